//! What every node of a world uses: the time, the log, the links, the clock.

use portolan_session::event::{Conn, DropReason, HostId, Kind, Seen};
use portolan_wire::Instant;

use crate::clock::{Clock, Order, Work};
use crate::device::Device;
use crate::links::{LaneId, Links};
use crate::packet::Packet;
use portolan_session::log::Recorder;

/// What every node of a world uses.
pub(crate) struct Shared {
    pub(crate) now: Instant,
    pub(crate) order: Order,
    pub(crate) clock: Clock,
    pub(crate) links: Links,
    pub(crate) device: Device,
    pub(crate) recorder: Recorder,
}

impl Shared {
    /// Records that something happened at `host`.
    pub(crate) fn note(&mut self, host: HostId, conn: Option<Conn>, kind: Kind) {
        self.recorder.event(self.now, host, conn, kind);
    }

    /// Records what befell a packet at `host`.
    pub(crate) fn seen(&mut self, host: HostId, packet: &Packet, seen: Seen) {
        self.recorder.seen(self.now, host, packet.conn, packet.id, seen);
    }

    /// Throws a packet away at `host`; `rule` is the firewall rule that says so, if one does.
    pub(crate) fn discard(&mut self, host: HostId, packet: Packet, by: DropReason, rule: Option<u16>) {
        self.seen(host, &packet, Seen::Dropped { by, rule });
        self.device.recycle(packet.bytes);
    }

    /// A packet that `host` made, recorded as sent.
    pub(crate) fn sent(&mut self, host: HostId, conn: Option<Conn>, bytes: Vec<u8>) -> Packet {
        let id = self.recorder.sent(self.now, host, conn, &bytes);
        Packet { id, conn, bytes }
    }

    /// Puts a packet on its way; one that finds no room is dropped here.
    pub(crate) fn put(&mut self, host: HostId, lane: LaneId, packet: Packet) {
        let order = self.order.next();
        if let Err(packet) = self.links.send(lane, self.now, order, packet) {
            self.discard(host, packet, DropReason::QueueFull, None);
        }
    }

    /// Has something happen at `at`, or now if that is past.
    pub(crate) fn schedule(&mut self, at: Instant, work: Work) {
        let order = self.order.next();
        self.clock.push(at.max(self.now), order, work);
    }
}
