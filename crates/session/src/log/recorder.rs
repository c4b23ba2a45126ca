//! The recorder: the one way in which events come into a log.

use portolan_wire::Instant;

use super::Log;
use super::packets::{Allowance, Limits};
use crate::event::{Conn, Event, Evidence, Header, HostId, Kind, PacketId, Seen};

/// Writes a log, in order.
///
/// It stands on the hot path of the simulated network: a packet's event allocates nothing of its own, and neither does
/// [`Recorder::sent`] (both write into vectors that grow by doubling).
///
/// Sequence numbers come from the place in the log, so there is no hole. Time never goes back: an event that claims an
/// earlier time than the one before it gets that one's (which a debug build holds for a mistake of the caller's).
#[derive(Clone, Debug)]
pub struct Recorder {
    log: Log,
    allowance: Allowance,
    connections: u32,
    now: Instant,
}

impl Recorder {
    /// A recorder with the default [`Limits`].
    #[must_use]
    pub fn new(header: Header) -> Self {
        Self::with_limits(header, Limits::default())
    }

    /// A recorder that keeps more or less payload.
    #[must_use]
    pub const fn with_limits(header: Header, limits: Limits) -> Self {
        Self {
            log: Log::new(header),
            allowance: Allowance::new(limits),
            connections: 0,
            now: Instant::ZERO,
        }
    }

    /// The number for a connection of which there is a first sign now.
    pub const fn open_conn(&mut self) -> Conn {
        let conn = Conn(self.connections);
        self.connections = self.connections.saturating_add(1);
        conn
    }

    /// Records what was observed. Gives the event's sequence number.
    pub fn event(&mut self, at: Instant, host: HostId, conn: Option<Conn>, kind: Kind) -> u64 {
        self.event_with(Evidence::Observed, at, host, conn, kind)
    }

    /// Records what is known in another way.
    pub fn event_with(&mut self, evidence: Evidence, at: Instant, host: HostId, conn: Option<Conn>, kind: Kind) -> u64 {
        debug_assert!(at >= self.now, "{at} lies before {}", self.now);
        self.now = self.now.max(at);
        self.log.push(Event {
            seq: 0,
            at: self.now,
            host,
            evidence,
            conn,
            kind,
        })
    }

    /// Records that a packet leaves the host that made it; `bytes` is the whole IP packet, which is kept as far as
    /// [`Limits`] allow.
    pub fn sent(&mut self, at: Instant, host: HostId, conn: Option<Conn>, bytes: &[u8]) -> PacketId {
        self.sent_with(Evidence::Observed, at, host, conn, bytes)
    }

    /// As [`Recorder::sent`], for packets that are known in another way.
    pub fn sent_with(
        &mut self,
        evidence: Evidence,
        at: Instant,
        host: HostId,
        conn: Option<Conn>,
        bytes: &[u8],
    ) -> PacketId {
        let kept = self.allowance.take(host, conn, bytes);
        let packet = PacketId(self.log.packets());
        let seq = self.event_with(
            evidence,
            at,
            host,
            conn,
            Kind::Packet {
                packet,
                seen: Seen::Sent,
            },
        );
        self.log.packets.keep(seq, bytes, kept)
    }

    /// Records what befell a packet elsewhere.
    pub fn seen(&mut self, at: Instant, host: HostId, conn: Option<Conn>, packet: PacketId, seen: Seen) -> u64 {
        self.event(at, host, conn, Kind::Packet { packet, seen })
    }

    /// Lets go of the events before `seq`; the others keep their numbers. For a recorder whose events have been written
    /// elsewhere: what is left is no whole log, so views are not to be asked of it, and packets' bytes stay.
    pub fn forget_before(&mut self, seq: u64) {
        self.log.forget_before(seq);
    }

    /// The log so far.
    #[must_use]
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// The log, when all is recorded.
    #[must_use]
    pub fn into_log(self) -> Log {
        self.log
    }
}
