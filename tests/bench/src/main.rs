//! Portolan's benchmarks. `cargo xtask bench` runs this program natively and in WebAssembly, and makes the table.
//!
//! Each line is what one run measured: its name, its unit and its value, with tabs between. Larger is better. The runs take
//! turns, so that a while in which the machine is busy falls on all alike. With an argument, only what is called so is run.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot run has nothing better to do than stop"
)]

mod bare;
mod network;
mod simulated;

use std::time::Instant;

/// The engine's own.
#[cfg(target_family = "wasm")]
#[global_allocator]
static MEMORY: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// Whole sessions of explicit FTPS, and how many a run has.
const SESSIONS: &str = "ftps-explicit";
const COUNT: u32 = 20;
/// How often each is run.
const RUNS: usize = 5;
const BYTES: u64 = 50_000_000;

/// What a run moved.
struct Moved {
    bytes: u64,
    packets: u64,
}

/// Something to measure.
struct Subject {
    name: &'static str,
    run: Box<dyn Fn() -> Moved>,
}

fn main() {
    let scenario = simulated::scenario();
    let mut subjects = vec![
        Subject::new("bare stacks", || bare::transfer(BYTES)),
        Subject::new("bare network", || network::transfer(BYTES)),
        Subject::new("simulator", || simulated::transfer(BYTES)),
        Subject::new("download", {
            let scenario = scenario.clone();
            move || simulated::download(&scenario)
        }),
        Subject::new("private download", {
            let scenario = simulated::private(scenario);
            move || simulated::download(&scenario)
        }),
    ];
    if let Some(only) = std::env::args().nth(1) {
        subjects.retain(|subject| subject.name == only);
    }
    let is_asked_for = std::env::args().nth(1).is_none_or(|only| only == SESSIONS);
    for _ in 0..RUNS {
        subjects.iter().for_each(Subject::measure);
        if is_asked_for {
            let start = Instant::now();
            simulated::sessions(COUNT);
            let each = f64::from(COUNT) / start.elapsed().as_secs_f64();
            println!("{SESSIONS}: whole\tsessions/s\t{each:.1}");
        }
    }
}

impl Subject {
    fn new(name: &'static str, run: impl Fn() -> Moved + 'static) -> Self {
        Self {
            name,
            run: Box::new(run),
        }
    }

    fn measure(&self) {
        let start = Instant::now();
        let moved = (self.run)();
        let seconds = start.elapsed().as_secs_f64();
        println!("{}: bulk\tMB/s\t{:.0}", self.name, moved.bytes as f64 / 1e6 / seconds);
        println!(
            "{}: packets\tpackets/s\t{:.0}",
            self.name,
            moved.packets as f64 / seconds
        );
    }
}
