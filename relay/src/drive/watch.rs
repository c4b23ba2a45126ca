//! Who looks on while a driver works: a log, a progress line, a test.

use core::net::SocketAddr;

use portolan_protocol::endpoint::{ConnId, Input, Output};
use portolan_wire::Instant;
use portolan_wire::report::Report;

/// Is told of what passes between a driver and its endpoint, in its order, at the time since the driver was made.
///
/// It is called between two inputs, so it must be quick and must not block.
///
/// # Rules
/// * An input is shown before the endpoint has it; the outputs that follow from it, reports aside, are shown as they
///   are carried out; then [`Watch::drained`] closes the round.
/// * A secret in bytes that were received is marked in the round of their input, so whoever records bytes does so in
///   [`Watch::drained`]; a secret that is sent is marked before its bytes (see the endpoint's contract).
pub trait Watch {
    /// The endpoint reports something, of a connection or of no one in particular.
    fn report(&mut self, now: Instant, conn: Option<ConnId>, report: Report);

    /// A connection is being opened from this local address.
    fn calling(&mut self, _now: Instant, _conn: ConnId, _local: SocketAddr) {}

    /// The endpoint is told something.
    fn input(&mut self, _now: Instant, _input: &Input) {}

    /// The endpoint wants something done that is no report.
    fn output(&mut self, _now: Instant, _output: &Output) {}

    /// The endpoint has come to rest.
    fn drained(&mut self, _now: Instant) {}
}

/// A function that is told of reports and of nothing else.
impl<F: FnMut(Instant, Option<ConnId>, Report)> Watch for F {
    fn report(&mut self, now: Instant, conn: Option<ConnId>, report: Report) {
        self(now, conn, report);
    }
}
