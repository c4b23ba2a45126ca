//! The same bytes by way of the simulator.

use portolan_netsim::bench;
use portolan_scenario::{Order, Run, Scenario, Security, Tls, TlsBegin, built_in, parse};

use crate::{BYTES, Moved};

/// As in `network.rs`: 10 Gbit/s.
const BANDWIDTH: u64 = 10_000_000_000;

/// The simulator alone: two programs that do nothing but send and take, two stacks, two links, a router, and every packet
/// in the log.
pub fn transfer(bytes: u64) -> Moved {
    let moved = bench::transfer(bytes, BANDWIDTH).expect("the plan is right");
    assert_eq!(moved.bytes, bytes, "all bytes arrive");
    Moved {
        bytes,
        packets: moved.packets,
    }
}

/// The scenario of a download, read once: reading is not what is measured.
pub fn scenario() -> Scenario {
    parse(include_str!("bulk.toml")).expect("the scenario is right")
}

/// The same scenario with TLS from the start and on the data connection.
pub fn private(mut scenario: Scenario) -> Scenario {
    scenario.security = Security::Implicit;
    for host in &mut scenario.world.hosts {
        for ftp in &mut host.ftp {
            ftp.port = 990;
            ftp.tls = Some(Tls {
                begin: TlsBegin::Implicit,
                ..Tls::default()
            });
        }
    }
    scenario
}

/// Whole sessions of explicit FTPS, with four handshakes each: so many.
pub fn sessions(count: u32) {
    for seed in 0..u64::from(count) {
        let order = Order {
            seed: Some(seed),
            ..Order::default()
        };
        let scenario = built_in("ftps-explicit").expect("it is in the catalogue");
        let mut run = Run::new(scenario, &order).expect("the scenario can run");
        run.finish();
        assert_eq!(run.failure(), None, "the session succeeds");
    }
}

/// A whole session on the simulator: FTP at both ends, a file that is computed at one and kept at the other.
pub fn download(scenario: &Scenario) -> Moved {
    let mut run = Run::new(scenario.clone(), &Order::default()).expect("the scenario can run");
    run.finish();
    assert_eq!(run.failure(), None, "the download succeeds");
    Moved {
        bytes: BYTES,
        packets: u64::from(run.log().packets()),
    }
}
