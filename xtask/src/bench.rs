//! `cargo xtask bench`: what the project measures, as a table, and the floors it must not fall through.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::process::{self, Trouble, say};
use crate::weight::{self, LIMIT, Part};
use crate::workspace::Workspace;
use crate::{program, tools};

/// The benchmarks' package.
const PACKAGE: &str = "portolan-bench";
/// Where WebAssembly is measured: the engine's own profile, in Node's engine, which is Chromium's.
const WASI: &str = "wasm32-wasip1";
/// The simulator reaches this part of a bare loop of its TCP/IP stack, and WebAssembly this part of native.
const FLOOR: f64 = 0.6;
/// How often a whole process is run; the median counts.
const PROCESSES: usize = 11;

/// What the benchmark program said: value and unit of each measure.
type Measures = BTreeMap<String, (f64, String)>;

/// Runs all benchmarks and prints the table; trouble if a floor was not reached.
pub fn bench(workspace: &Workspace, arguments: &[String]) -> Result<(), Trouble> {
    if let Some(argument) = arguments.first() {
        return Err(Trouble::because(format!(
            "bench takes no argument, and `{argument}` is one"
        )));
    }
    program::build(workspace)?;
    say("measuring natively");
    let native = native(workspace)?;
    say("measuring in WebAssembly");
    let wasm = wasm(workspace)?;
    say("measuring a whole process");
    let process = simulate(workspace)?;
    let weights = weight::weights(workspace)?;

    let mut floors = Floors::default();
    println!("\n{:34} {:>12} {:>12} {:>8}", "", "native", "WebAssembly", "part");
    for (name, (value, unit)) in &native {
        let (there, _) = wasm
            .get(name)
            .ok_or_else(|| Trouble::because(format!("{name} was not measured twice")))?;
        println!(
            "{:34} {value:12.0} {there:12.0} {:8.2}",
            format!("{name} ({unit})"),
            there / value
        );
        if name.starts_with("simulator") {
            floors.note(&format!("{name}, WebAssembly to native"), there / value);
        }
    }
    println!("{:34} {:12.1}", "`simulate ftp-passive` (ms)", process * 1e3);
    println!("\n{:34} {:>12} {:>12}", "", "bytes", "brotli");
    for weight in &weights {
        println!("{:34} {:12} {:12}", weight.name, weight.plain, weight.brotli);
    }
    println!(
        "{:34} {:>12} {:12}",
        "page without engine",
        "",
        weight::sum(&weights, Part::Page)
    );
    println!("{:34} {:>12} {:12}", "engine", "", weight::sum(&weights, Part::Engine));
    println!("{:34} {:>12} {:12}\n", "(either at most)", "", LIMIT);

    let bulk = |name: &str| native.get(name).map(|(value, _)| *value);
    if let (Some(simulator), Some(bare)) = (bulk("simulator: bulk"), bulk("bare smoltcp: bulk")) {
        floors.note("simulator: bulk, to bare smoltcp", simulator / bare);
    }
    floors.told()?;
    weight::check(workspace)
}

fn native(workspace: &Workspace) -> Result<Measures, Trouble> {
    let arguments = ["run", "--release", "--quiet", "--package", PACKAGE];
    measures(&process::read(
        process::cargo().current_dir(workspace.root()).args(arguments),
    )?)
}

fn wasm(workspace: &Workspace) -> Result<Measures, Trouble> {
    tools::target(WASI)?;
    let runner = format!("target.{WASI}.runner = {}", tools::wasi_runner(workspace));
    let arguments = [
        "run",
        "--profile",
        "web",
        "--quiet",
        "--package",
        PACKAGE,
        "--target",
        WASI,
        "--config",
        &runner,
    ];
    measures(&process::read(
        process::cargo().current_dir(workspace.root()).args(arguments),
    )?)
}

/// The seconds that one `portolan simulate ftp-passive` takes from start to end.
fn simulate(workspace: &Workspace) -> Result<f64, Trouble> {
    let mut seconds = Vec::new();
    for _ in 0..PROCESSES {
        let start = Instant::now();
        process::run(
            Command::new(workspace.program())
                .args(["simulate", "ftp-passive"])
                .stdout(Stdio::null()),
        )?;
        seconds.push(start.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    seconds
        .get(PROCESSES / 2)
        .copied()
        .ok_or_else(|| Trouble::because("no process was measured"))
}

/// Lines of `name`, `unit` and `value`, with tabs between.
fn measures(output: &str) -> Result<Measures, Trouble> {
    let measure = |line: &str| {
        let mut parts = line.split('\t');
        let (name, unit, value) = (parts.next()?, parts.next()?, parts.next()?.parse().ok()?);
        Some((name.to_owned(), (value, unit.to_owned())))
    };
    let lines = output
        .lines()
        .map(|line| measure(line).ok_or_else(|| Trouble::because(format!("no measure: {line}"))));
    lines.collect()
}

/// The ratios that must not be too small.
#[derive(Default)]
struct Floors {
    below: usize,
}

impl Floors {
    fn note(&mut self, what: &str, ratio: f64) {
        let verdict = if ratio < FLOOR { "TOO LOW" } else { "ok" };
        println!("{what}: {ratio:.2}, at least {FLOOR}: {verdict}");
        self.below += usize::from(ratio < FLOOR);
    }

    fn told(&self) -> Result<(), Trouble> {
        match self.below {
            0 => Ok(()),
            below => Err(Trouble::because(format!("{below} of the floors not reached"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_are_read() {
        let read = measures("simulator: bulk\tMB/s\t690\nbare smoltcp: bulk\tMB/s\t1000.5\n").unwrap();
        assert_eq!(read["simulator: bulk"], (690.0, "MB/s".to_owned()));
        assert_eq!(read.len(), 2);
        assert!(measures("690 MB/s").is_err());
    }

    #[test]
    fn a_floor_not_reached_is_trouble() {
        let mut floors = Floors::default();
        floors.note("enough", 0.6);
        assert!(floors.told().is_ok());
        floors.note("too little", 0.59);
        assert!(floors.told().is_err());
    }
}
