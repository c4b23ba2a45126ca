//! The same bytes by way of everything: endpoints, files, two stacks, two links, a router, and every packet in the log.

use portolan_scenario::{Order, Run, Scenario, parse};

use crate::{BYTES, Moved};

/// The scenario, read once: reading is not what is measured.
pub fn scenario() -> Scenario {
    parse(include_str!("bulk.toml")).expect("the scenario is right")
}

/// Runs it to its end.
pub fn transfer(scenario: &Scenario) -> Moved {
    let mut run = Run::new(scenario, &Order::default()).expect("the scenario can run");
    run.finish();
    assert_eq!(run.failure(), None, "the download succeeds");
    Moved {
        bytes: BYTES,
        packets: u64::from(run.log().packets()),
    }
}
