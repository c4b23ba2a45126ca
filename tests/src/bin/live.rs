//! What real sessions cost: `portolan connect` beside curl, with the same vsftpd over loopback. `cargo xtask bench` runs this
//! program and makes the table.
//!
//! Each line is what one run measured: its name, its unit and its value, with tabs between. A line that begins with `#` is
//! for people. Runs take turns, so that a while in which the machine is busy falls on both alike.
//!
//! Arguments name the parts that are wanted: `plain` and `tls` are large files, `small` is many small ones. Without any, all
//! are measured.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a benchmark that cannot run has nothing better to do than stop"
)]

use std::fs;
use std::io::Write as _;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use portolan_tests::program::{installed, runs_as_root};
use portolan_tests::server::{Server, Tls};
use tempfile::TempDir;

/// How often a large file goes each way.
const ROUNDS: usize = 5;
/// A large file.
const MEGABYTES: usize = 1_000;
/// Small files in one session: few, which curl gets too, and many, for which no more memory may be needed.
const FEW: usize = 1_000;
const MANY: usize = 10_000;
/// How large they are.
const SMALL: usize = 1_000;
/// How often it is looked whether a program is done, and what memory it has.
const LOOK: Duration = Duration::from_millis(2);

fn main() {
    let program = std::env::var_os("PORTOLAN_PROGRAM").expect("PORTOLAN_PROGRAM names the program");
    if installed("vsftpd").is_none() {
        return println!("# vsftpd is not installed, so no real session was measured");
    }
    if !runs_as_root() {
        return println!("# vsftpd lets nobody in unless root starts it, so no real session was measured");
    }
    let curl = installed("curl");
    if curl.is_none() {
        println!("# curl is not installed, so nothing stands beside `portolan connect`");
    }
    let here = Ipv4Addr::LOCALHOST.into();
    let (Some(plain), Some(tls)) = (Server::vsftpd(here), Server::vsftpd_tls(here, Tls::EXPLICIT)) else {
        return println!("# vsftpd could not be started, so no real session was measured");
    };
    let bench = Bench {
        program: program.into(),
        curl,
        local: tempfile::tempdir().unwrap(),
    };
    let asked: Vec<String> = std::env::args().skip(1).collect();
    let is_wanted = |part: &str| asked.is_empty() || asked.iter().any(|asked| asked == part);
    if is_wanted("plain") {
        bench.large("", &plain);
    }
    if is_wanted("tls") {
        bench.large(" under TLS", &tls);
    }
    if is_wanted("small") {
        bench.small(&plain);
    }
}

struct Bench {
    program: PathBuf,
    curl: Option<PathBuf>,
    local: TempDir,
}

/// What a program took.
struct Took {
    seconds: f64,
    /// The most memory that was its own at once, in kilobytes, where the system tells.
    memory: Option<u32>,
}

impl Bench {
    /// A large file, both ways, with a `server`.
    fn large(&self, how: &str, server: &Server) {
        let there = server.root().join("pub/large");
        let (up, down) = (server.root().join("incoming/large"), self.local("large"));
        write_large(&there);
        let (source, target) = (there.to_str().unwrap(), url_for_curl(server, "incoming/large"));
        let url = url_for_curl(server, "pub/large");
        let ways = [
            (
                "up",
                ["--put", source, "incoming/large"],
                ["--upload-file", source, &target],
                &up,
            ),
            (
                "down",
                ["--get", "pub/large", "large"],
                ["--output", "large", &url],
                &down,
            ),
        ];
        for round in 0..ROUNDS {
            for (way, ours, theirs, file) in &ways {
                let connect = || arrived(&format!("1 GB {way}{how}: connect"), &self.connect(server, ours), file);
                let curl = || {
                    if let Some(took) = self.curl(server, theirs) {
                        arrived(&format!("1 GB {way}{how}: curl"), &took, file);
                    }
                };
                // What one leaves for the disk to do falls on the next, so they take turns at being first.
                if round % 2 == 0 {
                    connect();
                    curl();
                } else {
                    curl();
                    connect();
                }
            }
        }
        fs::remove_file(there).unwrap();
    }

    /// Every file goes up, then every file comes down. curl's own waits are in its time: version 7.88 sleeps for a second
    /// whenever the answer to EPSV is there before it has looked for the first time.
    fn small(&self, server: &Server) {
        for folder in ["from", "to"] {
            fs::create_dir(self.local(folder)).unwrap();
        }
        for nth in 0..MANY {
            fs::write(self.local("from").join(nth.to_string()), [b'x'; SMALL]).unwrap();
        }
        for count in [FEW, MANY] {
            let name = format!("{count} files: connect");
            let steps = steps(count);
            let took = self.connect(server, &steps.iter().map(String::as_str).collect::<Vec<_>>());
            took.tell(&name, "ms a file", took.seconds * 1e3 / (2 * count) as f64);
            self.take_back(server, count);
        }
        let last = FEW - 1;
        let source = format!("from/[0-{last}]");
        let names = server.url(&format!("incoming/[0-{last}]"));
        let up = self.curl(server, &["--upload-file", &source, &server.url("incoming/")]);
        let down = self.curl(server, &["--output", "to/#1", &names]);
        if let (Some(up), Some(down)) = (up, down) {
            let each = (up.seconds + down.seconds) * 1e3 / (2 * FEW) as f64;
            up.tell(&format!("{FEW} files: curl"), "ms a file", each);
            self.take_back(server, FEW);
        }
    }

    /// Sees that all files came up and down, and removes them.
    fn take_back(&self, server: &Server, count: usize) {
        for nth in 0..count {
            let name = nth.to_string();
            for file in [server.root().join("incoming").join(&name), self.local("to").join(&name)] {
                assert_eq!(fs::metadata(&file).unwrap().len(), SMALL as u64, "{}", file.display());
                fs::remove_file(file).unwrap();
            }
        }
    }

    fn local(&self, name: &str) -> PathBuf {
        self.local.path().join(name)
    }

    fn connect(&self, server: &Server, arguments: &[&str]) -> Took {
        let mut connect = Command::new(&self.program);
        connect
            .args(["connect", "--quiet", &server.url("")])
            .args(server.trust())
            .args(arguments);
        self.run(connect)
    }

    fn curl(&self, server: &Server, arguments: &[&str]) -> Option<Took> {
        let mut curl = Command::new(self.curl.as_ref()?);
        curl.args(["--silent", "--show-error"]).args(arguments);
        if server.tls().is_some() {
            // Each of the two trusts this one certificate, and nobody else's.
            curl.arg("--ssl-reqd").arg("--cacert").arg(server.certificate());
        }
        Some(self.run(curl))
    }

    fn run(&self, mut command: Command) -> Took {
        let command = command.current_dir(self.local.path()).stdin(Stdio::null());
        let begin = Instant::now();
        let mut child = command.spawn().unwrap();
        let mut memory = None;
        let status = loop {
            // A program that has ended tells no more.
            memory = peak(&child).or(memory);
            match child.try_wait().unwrap() {
                Some(status) => break status,
                None => std::thread::sleep(LOOK),
            }
        };
        let seconds = begin.elapsed().as_secs_f64();
        assert!(status.success(), "{command:?} ended with {status}");
        Took { seconds, memory }
    }
}

impl Took {
    fn tell(&self, name: &str, unit: &str, value: f64) {
        println!("{name}\t{unit}\t{value:.3}");
        if let Some(memory) = self.memory {
            println!("{name}\tMB\t{:.3}", f64::from(memory) / 1e3);
        }
    }
}

/// A URL as curl has it: to it `ftp` with `--ssl-reqd` is what `ftpes` is to others.
fn url_for_curl(server: &Server, path: &str) -> String {
    server.url(path).replacen("ftpes:", "ftp:", 1)
}

/// Tells a large file's speed, if it is all there, and removes it.
fn arrived(name: &str, took: &Took, file: &Path) {
    assert_eq!(
        fs::metadata(file).unwrap().len(),
        MEGABYTES as u64 * 1_000_000,
        "{name}"
    );
    fs::remove_file(file).unwrap();
    took.tell(name, "MB/s", MEGABYTES as f64 / took.seconds);
}

/// Bytes in which no megabyte is like another.
fn write_large(path: &Path) {
    let mut megabyte: Vec<u8> = (0..1_000_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let mut file = fs::File::create(path).unwrap();
    for nth in 0..MEGABYTES {
        megabyte.rotate_left(nth % 4_096);
        file.write_all(&megabyte).unwrap();
    }
    // What is still to be written to the disk would fall on the first run alone.
    file.sync_all().unwrap();
}

/// The actions of a session that sends so many small files and fetches them back.
fn steps(count: usize) -> Vec<String> {
    let up = (0..count).flat_map(|nth| ["--put".to_owned(), format!("from/{nth}"), format!("incoming/{nth}")]);
    let down = (0..count).flat_map(|nth| ["--get".to_owned(), format!("incoming/{nth}"), format!("to/{nth}")]);
    up.chain(down).collect()
}

/// The most memory that a process has had so far, in kilobytes.
fn peak(child: &Child) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
