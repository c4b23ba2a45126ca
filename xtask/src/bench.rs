//! `cargo xtask bench`: what the project measures, as a table, and the floors it must not fall through.

mod live;
mod relay;

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::process::{self, Trouble, say};
use crate::weight::{self, MOST, Weight};
use crate::workspace::Workspace;
use crate::{program, tools};
use live::Live;
use relay::Relay;

/// The benchmarks' package.
const PACKAGE: &str = "portolan-bench";
/// Where WebAssembly is measured: the engine's own profile, in Node's engine, which is Chromium's.
const WASI: &str = "wasm32-wasip1";
/// The simulator reaches this part of a bare network of the same stacks, and WebAssembly this part of native.
const FLOOR: f64 = 0.6;
/// What is measured natively and in WebAssembly, each in a process of its own: one leaves the heap in disorder for the next,
/// and a log that has to move as it grows is a sixth slower.
const SUBJECTS: [&str; 6] = [
    "bare stacks",
    "bare network",
    "simulator",
    "download",
    "private download",
    SESSIONS,
];
/// Whole sessions of explicit FTPS, and how many of them WebAssembly simulates in a second at least: one in 10 ms.
const SESSIONS: &str = "ftps-explicit";
const SESSIONS_FLOOR: f64 = 100.0;
/// How often natively and in WebAssembly take turns, so that a while in which the machine is busy falls on both.
const ROUNDS: usize = 6;
/// How often a whole process is run; the median counts.
const PROCESSES: usize = 11;

/// What the benchmark program said, by the measure's name and unit: a value of every run.
type Measures = BTreeMap<String, Vec<f64>>;

/// Runs all benchmarks and prints the table; trouble if a floor was not reached.
pub fn bench(workspace: &Workspace, arguments: &[String]) -> Result<(), Trouble> {
    if let Some(argument) = arguments.first() {
        return Err(Trouble::because(format!(
            "bench takes no argument, and `{argument}` is one"
        )));
    }
    program::build(workspace)?;
    let (mut native, mut wasm) = (Measures::new(), Measures::new());
    for round in 1..=ROUNDS {
        say(format!("measuring natively and in WebAssembly, {round} of {ROUNDS}"));
        for subject in SUBJECTS {
            measures(&run_native(workspace, subject)?, &mut native)?;
            measures(&run_wasm(workspace, subject)?, &mut wasm)?;
        }
    }
    say("measuring a whole process");
    let process = simulate(workspace)?;
    say("measuring real sessions");
    let live = Live::measure(workspace)?;
    say("measuring the relay");
    let relay = Relay::measure(workspace)?;
    let weights = weight::weights(workspace)?;

    speeds(&native, &wasm);
    println!("{:34} {:9.1}", "`simulate ftp-passive` (ms, median)", process * 1e3);
    println!();
    live.tell();
    relay.tell();
    told(&weights);
    let mut floors = Floors::default();
    floors.note(
        &native,
        "simulator",
        &native,
        "bare network",
        "simulator to a bare network",
    );
    floors.note(
        &wasm,
        "simulator",
        &native,
        "simulator",
        "simulator, WebAssembly to native",
    );
    floors.note(
        &wasm,
        "download",
        &native,
        "download",
        "download, WebAssembly to native",
    );
    let sessions = wasm.get(&format!("{SESSIONS}: whole (sessions/s)"));
    let sessions = sessions.map_or(0.0, |runs| best(runs));
    floors.hold(
        sessions,
        SESSIONS_FLOOR,
        "sessions of explicit FTPS a second, WebAssembly",
    );
    live.note(&mut floors);
    floors.told()?;
    weight::check(workspace)
}

/// The best of all runs counts: what else goes on in the machine only ever makes one slower. How far the median fell
/// behind it tells how busy the machine was.
fn speeds(native: &Measures, wasm: &Measures) {
    println!(
        "\n{:35} {:>9} {:>9} {:>12} {:>9} {:>6}",
        "best of all runs", "native", "(median)", "WebAssembly", "(median)", "part"
    );
    for (name, runs) in native {
        let there = wasm.get(name).map_or(&[][..], Vec::as_slice);
        let (best, best_there) = (best(runs), best(there));
        println!(
            "{name:35} {best:9.0} {:9.0} {best_there:12.0} {:9.0} {:6.2}",
            median(runs),
            median(there),
            best_there / best
        );
    }
}

fn told(weights: &[Weight]) {
    println!("\n{:35} {:>9} {:>9}", "weights", "bytes", "brotli");
    for weight in weights {
        println!("{:35} {:9} {:9}", weight.name, weight.plain, weight.brotli);
    }
    for (part, name, goal, _) in MOST {
        println!("{name:35} {:>9} {:9} of {goal}", "", weight::sum(weights, part));
    }
    println!();
}

fn run_native(workspace: &Workspace, subject: &str) -> Result<String, Trouble> {
    let arguments = ["run", "--release", "--quiet", "--package", PACKAGE, "--", subject];
    process::read(process::cargo().current_dir(workspace.root()).args(arguments))
}

fn run_wasm(workspace: &Workspace, subject: &str) -> Result<String, Trouble> {
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
        "--",
        subject,
    ];
    process::read(process::cargo().current_dir(workspace.root()).args(arguments))
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

/// Reads lines of `name`, `unit` and `value`, with tabs between, and puts them to those that were read before.
fn measures(output: &str, into: &mut Measures) -> Result<(), Trouble> {
    let measure = |line: &str| {
        let mut parts = line.split('\t');
        let (name, unit, value) = (parts.next()?, parts.next()?, parts.next()?.parse().ok()?);
        Some((format!("{name} ({unit})"), value))
    };
    for line in output.lines() {
        let (name, value) = measure(line).ok_or_else(|| Trouble::because(format!("no measure: {line}")))?;
        into.entry(name).or_default().push(value);
    }
    Ok(())
}

fn best(runs: &[f64]) -> f64 {
    runs.iter().copied().fold(0.0, f64::max)
}

fn median(runs: &[f64]) -> f64 {
    let mut runs = runs.to_vec();
    runs.sort_by(f64::total_cmp);
    runs.get(runs.len() / 2).copied().unwrap_or(0.0)
}

/// The ratios that must not be too small.
#[derive(Default)]
struct Floors {
    missed: usize,
}

impl Floors {
    /// How much of the other's bulk rate the one reaches. What was not measured reaches nothing.
    fn note(&mut self, measures: &Measures, one: &str, others: &Measures, other: &str, what: &str) {
        let bulk =
            |measures: &Measures, name: &str| measures.get(&format!("{name}: bulk (MB/s)")).map(|runs| best(runs));
        let ratio = match (bulk(measures, one), bulk(others, other)) {
            (Some(one), Some(other)) if other > 0.0 => one / other,
            _ => 0.0,
        };
        self.hold(ratio, FLOOR, what);
    }

    /// Notes whether a ratio is large enough.
    fn hold(&mut self, ratio: f64, floor: f64, what: &str) {
        let is_met = ratio >= floor;
        println!(
            "floor of {floor}, {what}: {ratio:.2}, {}",
            if is_met { "met" } else { "missed" }
        );
        self.missed += usize::from(!is_met);
    }

    fn told(&self) -> Result<(), Trouble> {
        match self.missed {
            0 => Ok(()),
            missed => Err(Trouble::because(format!("{missed} of the floors missed"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(output: &str) -> Measures {
        let mut read = Measures::new();
        measures(output, &mut read).unwrap();
        read
    }

    #[test]
    fn measures_are_read() {
        let read = read("simulator: bulk\tMB/s\t690\nbare network: bulk\tMB/s\t1000.5\nsimulator: bulk\tMB/s\t650\n");
        assert_eq!(read["simulator: bulk (MB/s)"], [690.0, 650.0]);
        assert_eq!(read.len(), 2);
        assert!(measures("690 MB/s", &mut Measures::new()).is_err());
    }

    #[test]
    fn the_best_run_counts_and_a_floor_that_is_missed_is_trouble() {
        let one = read("one: bulk\tMB/s\t590\none: bulk\tMB/s\t600\none: bulk\tMB/s\t10");
        let other = read("other: bulk\tMB/s\t1000");
        let mut floors = Floors::default();
        floors.note(&one, "one", &other, "other", "enough");
        assert!(floors.told().is_ok());
        let other = read("other: bulk\tMB/s\t1001");
        floors.note(&one, "one", &other, "other", "too little");
        assert!(floors.told().is_err());
    }

    #[test]
    fn what_was_not_measured_is_missed() {
        let mut floors = Floors::default();
        floors.note(&Measures::new(), "one", &Measures::new(), "other", "nothing");
        assert!(floors.told().is_err());
    }

    #[test]
    fn a_median_lies_in_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[]), 0.0);
    }
}
