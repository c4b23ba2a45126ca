//! Portolan's benchmarks. `cargo xtask bench` runs this program twice, natively and in WebAssembly, and makes the table.
//!
//! Each line is a measure: its name, its unit and its value, with tabs between. Larger is better. Each is the best of a few
//! runs, since what else goes on in the machine only ever makes one slower.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot run has nothing better to do than stop"
)]

mod bare;
mod simulated;

use std::time::Instant;

const RUNS: usize = 5;
const BYTES: u64 = 50_000_000;

/// What a run moved.
struct Moved {
    bytes: u64,
    packets: u64,
}

fn main() {
    bulk("bare smoltcp", || bare::transfer(BYTES));
    let scenario = simulated::scenario();
    bulk("simulator", || simulated::transfer(&scenario));
}

fn bulk(name: &str, run: impl Fn() -> Moved) {
    let (mut rate, mut packets) = (0.0_f64, 0.0_f64);
    for _ in 0..RUNS {
        let start = Instant::now();
        let moved = run();
        let seconds = start.elapsed().as_secs_f64();
        rate = rate.max(moved.bytes as f64 / 1e6 / seconds);
        packets = packets.max(moved.packets as f64 / seconds);
    }
    println!("{name}: bulk\tMB/s\t{rate:.0}");
    println!("{name}: packets\tpackets/s\t{packets:.0}");
}
