//! A router: ours, since smoltcp does not forward. The place where NATs and firewalls sit.

use core::net::IpAddr;

use portolan_session::event::{DropReason, HostId, Seen};
use portolan_wire::Instant;

use crate::firewall::Verdict;
use crate::links::LaneId;
use crate::packet::{IcmpError, Packet, icmp_error, take_hop};
use crate::shared::Shared;

/// Something in a router that looks at packets, may change them, and may stop them: a firewall, a NAT.
///
/// It sees bytes and nothing else, as a box in the net does; what it must know of a flow it has to remember. Stages are
/// asked in the order in which they were added.
pub trait Stage {
    /// A packet has come in; where it goes is decided after this, by the destination it has then. A stage that changes
    /// a packet leaves its checksums right.
    fn arriving(&mut self, now: Instant, packet: &mut Vec<u8>) -> Verdict {
        let _ = (now, packet);
        Verdict::Pass
    }

    /// A packet is about to leave towards `next`, a neighbour of the router. As [`Stage::arriving`] otherwise.
    fn leaving(&mut self, now: Instant, packet: &mut Vec<u8>, next: HostId) -> Verdict {
        let _ = (now, packet, next);
        Verdict::Pass
    }
}

/// A router.
pub(crate) struct Router {
    pub(crate) id: HostId,
    addresses: Vec<IpAddr>,
    routes: Vec<Route>,
    pub(crate) stages: Vec<Box<dyn Stage>>,
}

/// The way to one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) to: IpAddr,
    /// The neighbour on the way, and the lane towards it.
    pub(crate) next: HostId,
    pub(crate) lane: LaneId,
}

impl Router {
    pub(crate) const fn new(id: HostId, addresses: Vec<IpAddr>, routes: Vec<Route>) -> Self {
        Self {
            id,
            addresses,
            routes,
            stages: Vec::new(),
        }
    }

    /// Takes a packet that has arrived, and forwards it if it can. `lost`: it has not, this is only when it would have.
    pub(crate) fn take(&mut self, shared: &mut Shared, mut packet: Packet, lost: bool) {
        if lost {
            shared.seen(self.id, &packet, Seen::Lost);
            return shared.device.recycle(packet.bytes);
        }
        let stages = self.stages.iter_mut();
        let verdict = first_objection(stages.map(|stage| stage.arriving(shared.now, &mut packet.bytes)));
        if verdict != Verdict::Pass {
            return self.stop(shared, packet, verdict);
        }
        let Some(to) = packet.destination() else {
            return self.discard(shared, packet, DropReason::NoRoute, None);
        };
        if self.addresses.contains(&to) {
            // It is for this router, which runs no program that could answer.
            return self.discard(shared, packet, DropReason::NoRoute, Some(IcmpError::Protocol));
        }
        let Some(route) = self.route(to) else {
            return self.discard(shared, packet, DropReason::NoRoute, Some(IcmpError::NoRoute));
        };
        if !take_hop(&mut packet.bytes) {
            return self.discard(shared, packet, DropReason::Expired, Some(IcmpError::Expired));
        }
        let stages = self.stages.iter_mut();
        let verdict = first_objection(stages.map(|stage| stage.leaving(shared.now, &mut packet.bytes, route.next)));
        if verdict != Verdict::Pass {
            return self.stop(shared, packet, verdict);
        }
        shared.seen(self.id, &packet, Seen::Forwarded);
        shared.put(self.id, route.lane, packet);
    }

    fn route(&self, to: IpAddr) -> Option<Route> {
        self.routes.iter().find(|route| route.to == to).copied()
    }

    /// A stage objects.
    fn stop(&self, shared: &mut Shared, packet: Packet, verdict: Verdict) {
        let answer = (verdict == Verdict::Reject).then_some(IcmpError::Prohibited);
        self.discard(shared, packet, DropReason::Firewall, answer);
    }

    /// Throws a packet away, and tells its sender if there is something to tell.
    fn discard(&self, shared: &mut Shared, packet: Packet, by: DropReason, answer: Option<IcmpError>) {
        if let Some(why) = answer {
            self.complain(shared, &packet, why);
        }
        shared.discard(self.id, packet, by, None);
    }

    fn complain(&self, shared: &mut Shared, about: &Packet, why: IcmpError) {
        let Some(head) = about.head().filter(|_| !about.is_icmp_error()) else {
            return;
        };
        let to = head.source.ip();
        let from = self.addresses.iter().find(|address| address.is_ipv4() == to.is_ipv4());
        let (Some(from), Some(route)) = (from, self.route(to)) else {
            return;
        };
        if let Some(bytes) = icmp_error(*from, &about.bytes, why) {
            let packet = shared.sent(self.id, about.conn, bytes);
            shared.put(self.id, route.lane, packet);
        }
    }
}

/// What the first stage that objects says. The stages behind it are not asked.
fn first_objection(mut verdicts: impl Iterator<Item = Verdict>) -> Verdict {
    verdicts
        .find(|verdict| *verdict != Verdict::Pass)
        .unwrap_or(Verdict::Pass)
}
