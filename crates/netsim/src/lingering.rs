//! Connections in TIME-WAIT (RFC 9293 section 3.6): over, but their ports stay taken, and a FIN that comes again is
//! acknowledged again.
//!
//! smoltcp keeps the whole socket for that, buffers and all, and always for ten seconds. Here a few dozen bytes are kept:
//! the last acknowledgement, as it was sent.

use std::collections::VecDeque;

use portolan_wire::dissect::TcpFlags;
use portolan_wire::ordered::Map;
use portolan_wire::{Duration, Instant};

use crate::packet::Flow;

/// How long a connection lingers, as in Linux. RFC 9293 says twice the longest life of a segment, which is four minutes;
/// no system waits that long any more.
pub(crate) const TIME_WAIT: Duration = Duration::from_secs(60);

/// A host's connections in TIME-WAIT.
#[derive(Debug, Default)]
pub(crate) struct Lingering {
    all: Map<Flow, Old>,
    /// How many there are on each local port.
    ports: Map<u16, u32>,
    /// When each may be forgotten, in that order: all wait equally long, so the newest is always the last. One that waits
    /// anew stands here twice, and only the time that it knows itself counts.
    ends: VecDeque<(Instant, Flow)>,
}

#[derive(Debug)]
struct Old {
    until: Instant,
    /// The packet that acknowledged the peer's FIN.
    farewell: Vec<u8>,
}

/// What becomes of a segment for a connection in TIME-WAIT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Late {
    /// There is no such connection.
    Unknown,
    /// Nothing. A RST must not end the wait (RFC 1337).
    Ignored,
    /// The peer does not know yet that it is over: it is told once more, by this packet.
    Again(Vec<u8>),
    /// The peer calls anew from the same port, which ends the wait (RFC 9293 section 3.6.1, MAY-2; sequence numbers here
    /// are too far apart to meet).
    CalledAnew,
}

impl Lingering {
    /// Lets a connection that is over linger from now on.
    pub(crate) fn add(&mut self, now: Instant, flow: Flow, farewell: Vec<u8>) {
        let until = now + TIME_WAIT;
        self.remove(&flow);
        self.all.insert(flow, Old { until, farewell });
        self.ends.push_back((until, flow));
        *self.ports.entry(flow.local.port()).or_default() += 1;
    }

    /// Whether a connection lingers on this local port.
    pub(crate) fn uses(&self, port: u16) -> bool {
        self.ports.contains_key(&port)
    }

    /// Whether this very connection lingers.
    pub(crate) fn has(&self, flow: &Flow) -> bool {
        self.all.contains_key(flow)
    }

    /// A segment has come that belongs to no connection that is alive.
    pub(crate) fn take(&mut self, now: Instant, flow: &Flow, flags: TcpFlags, data: bool) -> Late {
        let Some(old) = self.all.get_mut(flow) else {
            return Late::Unknown;
        };
        if flags.is_call() {
            self.remove(flow);
            return Late::CalledAnew;
        }
        if flags.contains(TcpFlags::RST) || !(data || flags.contains(TcpFlags::FIN)) {
            return Late::Ignored;
        }
        old.until = now + TIME_WAIT;
        self.ends.push_back((old.until, *flow));
        Late::Again(old.farewell.clone())
    }

    /// Forgets those whose time is over. Nobody can tell when exactly that is done, so it is done whenever somebody asks,
    /// and no timer has to run for it.
    pub(crate) fn expire(&mut self, now: Instant) {
        while let Some((until, flow)) = self.ends.pop_front_if(|(until, _)| *until <= now) {
            if self.all.get(&flow).is_some_and(|old| old.until == until) {
                self.remove(&flow);
            }
        }
    }

    fn remove(&mut self, flow: &Flow) {
        if self.all.remove(flow).is_none() {
            return;
        }
        let port = flow.local.port();
        if let Some(count) = self.ports.get_mut(&port) {
            *count -= 1;
            if *count == 0 {
                self.ports.remove(&port);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(port: u16) -> Flow {
        Flow {
            local: ([192, 0, 2, 1], port).into(),
            peer: ([192, 0, 2, 2], 21).into(),
        }
    }

    fn at(secs: u64) -> Instant {
        Instant::ZERO + Duration::from_secs(secs)
    }

    #[test]
    fn a_fin_that_comes_again_is_acknowledged_again_and_the_wait_begins_anew() {
        let mut old = Lingering::default();
        old.add(at(0), flow(50_000), vec![1, 2, 3]);
        let again = old.take(at(50), &flow(50_000), TcpFlags::FIN, false);
        assert_eq!(again, Late::Again(vec![1, 2, 3]));
        assert_eq!(old.take(at(50), &flow(50_000), TcpFlags::ACK, true), again);
        old.expire(at(100));
        assert!(old.has(&flow(50_000)) && old.uses(50_000));
        old.expire(at(110));
        assert!(!old.has(&flow(50_000)) && !old.uses(50_000));
        assert!(old.ends.is_empty());
    }

    #[test]
    fn a_reset_does_not_end_the_wait_and_a_call_does() {
        let mut old = Lingering::default();
        old.add(at(0), flow(50_000), Vec::new());
        for flags in [TcpFlags::RST, TcpFlags::ACK] {
            assert_eq!(old.take(at(1), &flow(50_000), flags, false), Late::Ignored);
        }
        assert_eq!(old.take(at(1), &flow(50_001), TcpFlags::FIN, false), Late::Unknown);
        assert_eq!(old.take(at(1), &flow(50_000), TcpFlags::SYN, false), Late::CalledAnew);
        assert_eq!(old.take(at(1), &flow(50_000), TcpFlags::FIN, false), Late::Unknown);
    }

    #[test]
    fn a_port_is_taken_until_its_last_connection_is_forgotten() {
        let mut old = Lingering::default();
        let other = Flow {
            peer: ([192, 0, 2, 3], 21).into(),
            ..flow(50_000)
        };
        old.add(at(0), flow(50_000), Vec::new());
        old.add(at(10), other, Vec::new());
        old.expire(at(60));
        assert!(old.uses(50_000) && !old.has(&flow(50_000)));
        old.expire(at(70));
        assert!(!old.uses(50_000));
    }
}
