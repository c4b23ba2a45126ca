//! Running other programs: their output goes straight through, each of our own steps is one line with the seconds so far.

use std::fmt;
use std::io::{self, BufRead, BufReader, Write};
use std::ops::AddAssign;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Instant;
use std::{env, ffi::OsStr};

static START: OnceLock<Instant> = OnceLock::new();

/// Begins the count of seconds that [`say`] shows.
pub fn start_clock() {
    START.get_or_init(Instant::now);
}

/// One line of progress, on standard error so that it never mixes with what a program is asked to print.
pub fn say(line: impl fmt::Display) {
    let seconds = START.get_or_init(Instant::now).elapsed().as_secs_f64();
    eprintln!("[{seconds:7.1} s] {line}");
}

/// Why a chore stopped.
#[derive(Debug)]
pub enum Trouble {
    /// Everything was said already; only the exit status is left.
    Told,
    /// A sentence for whoever started the chore.
    Because(String),
}

impl Trouble {
    /// Trouble with its sentence.
    pub fn because(why: impl Into<String>) -> Self {
        Self::Because(why.into())
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Told => f.write_str("see above"),
            Self::Because(why) => f.write_str(why),
        }
    }
}

/// What a run of tests came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tests that passed.
    pub passed: u64,
    /// Tests that failed.
    pub failed: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// The cargo that runs this chore.
pub fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a program to its end with its output passed through.
pub fn run(command: &mut Command) -> Result<(), Trouble> {
    let status = command.status().map_err(|error| not_started(command, &error))?;
    if status.success() {
        Ok(())
    } else {
        Err(Trouble::because(format!("{} ended with {status}", shown(command))))
    }
}

/// Runs a program to its end and returns what it wrote to standard output.
pub fn read(command: &mut Command) -> Result<String, Trouble> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| not_started(command, &error))?;
    if !output.status.success() {
        return Err(Trouble::because(format!(
            "{} ended with {}",
            shown(command),
            output.status
        )));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program can be run and succeeds; what it prints is dropped.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
}

/// Runs a test runner with its output passed through, and adds up the lines in which it says what it came to.
///
/// A run that ends badly without having counted a failure (a test that took the whole process down, code that does not
/// compile) counts as one.
pub fn count(command: &mut Command) -> Result<Counts, Trouble> {
    count_through(command, &mut io::stdout())
}

fn count_through(command: &mut Command, through: &mut impl Write) -> Result<Counts, Trouble> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| not_started(command, &error))?;
    let mut counts = Counts::default();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).split(b'\n') {
            let line = line.map_err(|error| Trouble::because(format!("{}: {error}", shown(command))))?;
            counts += result_line(&String::from_utf8_lossy(&line));
            // A reader that went away must not end the run.
            let _ = through.write_all(&[line.as_slice(), b"\n"].concat());
        }
    }
    let status = child
        .wait()
        .map_err(|error| Trouble::because(format!("{}: {error}", shown(command))))?;
    if !status.success() && counts.failed == 0 {
        say(format_args!("{} ended with {status}", shown(command)));
        counts.failed = 1;
    }
    Ok(counts)
}

/// The file that a program name stands for on PATH.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let name = format!("{program}{}", env::consts::EXE_SUFFIX);
    let sbin = ["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from);
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(sbin)
        .map(|folder| folder.join(&name))
        .find(|file| file.is_file())
}

/// The last lines of test runners as numbers; any other line as none. Rust's harness says `test result: ok. 5 passed; 1
/// failed; ...`, Node's says `pass 5` and `fail 1` on lines of their own, with a mark in front.
fn result_line(line: &str) -> Counts {
    let line = line.trim();
    if let Some(result) = line.strip_prefix("test result: ") {
        let number = |label: &str| {
            let words = result
                .split([';', '.'])
                .find_map(|part| part.trim().strip_suffix(label));
            words.and_then(|number| number.trim().parse().ok()).unwrap_or(0)
        };
        return Counts {
            passed: number("passed"),
            failed: number("failed"),
        };
    }
    let number = |label: &str| {
        let words = line.strip_prefix(['#', 'ℹ'])?.trim_start().strip_prefix(label)?;
        words.strip_prefix(' ')?.parse().ok()
    };
    Counts {
        passed: number("pass").unwrap_or(0),
        failed: number("fail").unwrap_or(0),
    }
}

fn not_started(command: &Command, error: &io::Error) -> Trouble {
    Trouble::because(format!("{} could not be started: {error}", shown(command)))
}

/// A command as somebody would type it.
fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(OsStr::to_string_lossy).collect();
    format!("`{}`", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_are_added_up() {
        let line = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s";
        assert_eq!(result_line(line), Counts { passed: 12, failed: 0 });
        let line = "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!(result_line(line), Counts { passed: 3, failed: 2 });
        assert_eq!(result_line("12 passed; 3 failed"), Counts::default());
        assert_eq!(result_line("# pass 12"), Counts { passed: 12, failed: 0 });
        assert_eq!(result_line("ℹ fail 3"), Counts { passed: 0, failed: 3 });
        assert_eq!(result_line("# passengers 4"), Counts::default());
        assert_eq!(result_line("pass 4"), Counts::default());
    }

    #[test]
    #[cfg(unix)]
    fn a_run_that_dies_without_counting_is_a_failure() {
        // Not to standard output: whoever runs this test may be counting too.
        let run = |script: &str| count_through(Command::new("sh").args(["-c", script]), &mut io::sink()).unwrap();
        let died = run("echo 'test result: ok. 2 passed; 0 failed;'; exit 101");
        assert_eq!(died, Counts { passed: 2, failed: 1 });
        let failed = run("echo 'test result: FAILED. 2 passed; 3 failed;'; exit 101");
        assert_eq!(failed, Counts { passed: 2, failed: 3 });
    }
}
