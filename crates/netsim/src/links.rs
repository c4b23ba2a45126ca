//! Links: packets wait to be sent, take their time on the way, arrive in order, or are lost.

use std::collections::VecDeque;

use portolan_session::event::HostId;
use portolan_wire::{Duration, Instant};

use crate::packet::Packet;
use crate::plan::LinkPlan;
use crate::random::Stream;

/// All links of a world, each as two one-way lanes.
#[derive(Debug, Default)]
pub(crate) struct Links {
    lanes: Vec<Lane>,
    /// The first arrival on each lane, beside one another: they are asked for at every step.
    heads: Vec<Option<(Instant, u64)>>,
}

/// The number of a lane: one direction of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LaneId(usize);

/// A packet that has left one end and not reached the other.
#[derive(Debug)]
pub(crate) struct Flight {
    pub(crate) at: Instant,
    pub(crate) order: u64,
    pub(crate) packet: Packet,
    /// It will not arrive: its end is noted at the time it would have.
    pub(crate) lost: bool,
}

#[derive(Debug)]
struct Lane {
    to: HostId,
    /// In nanoseconds: fast links send several packets within a microsecond.
    latency: u64,
    /// Bits per second.
    bandwidth: u64,
    loss_ppm: u32,
    /// How long the sending end may be busy with what waits, in nanoseconds.
    patience: u64,
    dice: Stream,
    /// When the sending end has sent all that it was given, in nanoseconds.
    free_at: u64,
    /// In the order of arrival: latency is the same for all.
    flying: VecDeque<Flight>,
}

impl Links {
    /// Adds one direction of a link, towards `to`.
    pub(crate) fn add(&mut self, to: HostId, plan: LinkPlan, dice: Stream) -> LaneId {
        // A queue of more than 2 GB is as good as one of those.
        let patience = (u64::from(plan.queue) * 8).saturating_mul(1_000_000_000) / plan.bandwidth.max(1);
        self.lanes.push(Lane {
            to,
            latency: plan.latency.as_micros().saturating_mul(1_000),
            bandwidth: plan.bandwidth.max(1),
            loss_ppm: plan.loss_ppm,
            patience,
            dice,
            free_at: 0,
            flying: VecDeque::new(),
        });
        self.heads.push(None);
        LaneId(self.lanes.len() - 1)
    }

    /// A lane on which a host reaches itself: no bandwidth to speak of, and a microsecond.
    pub(crate) fn add_loopback(&mut self, host: HostId) -> LaneId {
        let plan = LinkPlan {
            latency: Duration::from_micros(1),
            bandwidth: 40_000_000_000,
            loss_ppm: 0,
            queue: u32::MAX,
        };
        self.add(host, plan, Stream::new(0, "loopback"))
    }

    /// Sends a packet, or gives it back if the queue is full.
    pub(crate) fn send(&mut self, lane: LaneId, now: Instant, order: u64, packet: Packet) -> Result<(), Packet> {
        let (Some(lane), Some(head)) = (self.lanes.get_mut(lane.0), self.heads.get_mut(lane.0)) else {
            return Err(packet);
        };
        // Virtual time would have to run for centuries before this is too large.
        let now = now.as_micros() * 1_000;
        if lane.free_at.saturating_sub(now) > lane.patience {
            return Err(packet);
        }
        let bits = packet.bytes.len() as u64 * 8;
        let takes = (bits * 1_000_000_000).div_ceil(lane.bandwidth);
        lane.free_at = lane.free_at.max(now).saturating_add(takes);
        let at = lane.free_at.saturating_add(lane.latency).div_ceil(1_000);
        let lost = lane.loss_ppm > 0 && lane.dice.below(1_000_000) < lane.loss_ppm;
        let at = Instant::from_micros(at);
        head.get_or_insert((at, order));
        lane.flying.push_back(Flight {
            at,
            order,
            packet,
            lost,
        });
        Ok(())
    }

    /// The lane whose packet arrives next, when that is, and its place among those of the same time.
    #[inline]
    pub(crate) fn next(&self) -> Option<(Instant, u64, LaneId)> {
        let mut first: Option<(Instant, u64, LaneId)> = None;
        for (number, head) in self.heads.iter().enumerate() {
            if let Some((at, order)) = *head
                && first.is_none_or(|(then, before, _)| (at, order) < (then, before))
            {
                first = Some((at, order, LaneId(number)));
            }
        }
        first
    }

    /// Where a lane ends.
    pub(crate) fn leads_to(&self, lane: LaneId) -> Option<HostId> {
        self.lanes.get(lane.0).map(|lane| lane.to)
    }

    /// Takes the next packet off a lane, and tells where it arrives.
    pub(crate) fn take(&mut self, lane: LaneId) -> Option<(HostId, Flight)> {
        let (lane, head) = (self.lanes.get_mut(lane.0)?, self.heads.get_mut(lane.0)?);
        let flight = lane.flying.pop_front()?;
        *head = lane.flying.front().map(|next| (next.at, next.order));
        Some((lane.to, flight))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portolan_session::event::PacketId;

    const TO: HostId = HostId(1);

    fn packet(id: u32, length: usize) -> Packet {
        Packet {
            id: PacketId(id),
            conn: None,
            bytes: vec![0; length],
        }
    }

    fn lane(plan: LinkPlan) -> (Links, LaneId) {
        let mut links = Links::default();
        let lane = links.add(TO, plan, Stream::new(1, "link"));
        (links, lane)
    }

    #[test]
    fn a_packet_takes_serialisation_and_latency_and_waits_for_the_one_before_it() {
        // 8 Mbit/s: a byte a microsecond.
        let (mut links, lane) = lane(LinkPlan {
            latency: Duration::from_micros(100),
            bandwidth: 8_000_000,
            ..LinkPlan::default()
        });
        let at = |micros| Instant::from_micros(micros);
        links.send(lane, at(10), 1, packet(0, 40)).unwrap();
        links.send(lane, at(10), 2, packet(1, 1_000)).unwrap();
        links.send(lane, at(5_000), 3, packet(2, 40)).unwrap();
        let arrivals: Vec<u64> = core::iter::from_fn(|| links.take(lane))
            .map(|(_, f)| f.at.as_micros())
            .collect();
        assert_eq!(arrivals, [150, 1_150, 5_140]);
    }

    #[test]
    fn a_full_queue_gives_packets_back_until_it_has_drained() {
        let (mut links, lane) = lane(LinkPlan {
            bandwidth: 8_000_000,
            queue: 3_000,
            ..LinkPlan::default()
        });
        let sent = (0..10)
            .filter(|n| links.send(lane, Instant::ZERO, 0, packet(*n, 1_000)).is_ok())
            .count();
        assert_eq!(sent, 4);
        assert!(
            links
                .send(lane, Instant::from_micros(2_000), 0, packet(10, 1_000))
                .is_ok()
        );
    }

    #[test]
    fn about_as_many_are_lost_as_the_plan_says() {
        let (mut links, lane) = lane(LinkPlan {
            loss_ppm: 100_000,
            queue: u32::MAX,
            ..LinkPlan::default()
        });
        for n in 0..10_000 {
            links.send(lane, Instant::ZERO, 0, packet(n, 40)).unwrap();
        }
        let lost = core::iter::from_fn(|| links.take(lane))
            .filter(|(_, flight)| flight.lost)
            .count();
        assert!((900..1_100).contains(&lost), "{lost}");
    }
}
