//! The one loop that drains an endpoint, shared by every driver.

use portolan_wire::Instant;

use crate::endpoint::{Endpoint, Input, Output};

/// More outputs than this from one input mean that an endpoint does not come to rest.
const MOST_OUTPUTS: usize = 1_000_000;

/// What a driver does with an endpoint's outputs.
pub trait Effects {
    /// Carries out one output, or begins to. It is never [`Output::Timeout`].
    ///
    /// What follows from it (a port that was bound, say) must not be given to the endpoint from in here: keep it, and
    /// give it by a later [`drive`].
    fn perform(&mut self, now: Instant, output: Output);
}

/// Gives `endpoint` one input and carries out all it wants done. Returns when it wants a tick.
pub fn drive<E: Endpoint + ?Sized>(
    endpoint: &mut E,
    now: Instant,
    input: Input,
    effects: &mut (impl Effects + ?Sized),
) -> Option<Instant> {
    endpoint.handle_input(now, input);
    for _ in 0..MOST_OUTPUTS {
        match endpoint.poll_output() {
            Output::Timeout(at) => return at,
            output => effects.perform(now, output),
        }
    }
    debug_assert!(false, "the endpoint does not come to rest");
    None
}
