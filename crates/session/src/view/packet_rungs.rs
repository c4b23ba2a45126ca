//! The ladder's rows where every packet is one.

use portolan_wire::dissect::{Summary, TcpFlags};
use portolan_wire::ordered::Map;

use super::Gist;
use super::gist::gist;
use super::ladder::{Lane, Rung, What};
use super::rungs::lane;
use super::stage::destination;
use crate::event::{Conn, Event, HostId, Kind, PacketId, Seen};
use crate::log::{Log, index};
use crate::state::State;

/// Rows for the packets `first..first + most`, as far as they were sent up to `horizon`.
pub(super) fn packet_rungs(log: &Log, first: usize, most: usize, horizon: u64) -> Vec<Rung> {
    let numbers = first..first.saturating_add(most);
    let numbers = numbers.map_while(|number| u32::try_from(number).ok());
    let mut rungs: Vec<Rung> = numbers
        .map_while(|number| packet_rung(log, PacketId(number), horizon))
        .collect();
    let Some(sent) = rungs.first().map(|rung| rung.sent) else {
        return rungs;
    };
    let mut missing = rungs.len();
    for event in log.until(horizon).get(index(sent)..).unwrap_or_default() {
        let Kind::Packet { packet, seen } = event.kind else {
            continue;
        };
        let number = (packet.0 as usize).checked_sub(first);
        let Some(rung) = number.and_then(|number| rungs.get_mut(number)) else {
            continue;
        };
        if rung.ends(event, seen) {
            missing -= 1;
        }
        if missing == 0 {
            break;
        }
    }
    count_from_first(log, &mut rungs);
    rungs
}

fn packet_rung(log: &Log, packet: PacketId, horizon: u64) -> Option<Rung> {
    let record = log.packet(packet).filter(|record| record.sent <= horizon)?;
    let event = log.event(record.sent)?;
    let summary = record.summary().ok();
    let tcp = summary.as_ref().and_then(Summary::tcp);
    Some(Rung {
        seq: record.sent,
        sent: record.sent,
        sent_at: record.sent_at,
        arrived_at: None,
        until: None,
        from: record.host,
        to: summary
            .as_ref()
            .and_then(|summary| destination(log.header(), summary.destination.ip())),
        lane: Lane::Other,
        conn: record.conn,
        locked: false,
        evidence: event.evidence,
        what: What::Packet {
            packet,
            from: summary.as_ref().map_or(0, |summary| summary.source.port()),
            to: summary.as_ref().map_or(0, |summary| summary.destination.port()),
            gist: summary.as_ref().map_or(Gist::Other, gist),
            flags: tcp.map(|tcp| tcp.flags),
            length: tcp.map_or(0, |tcp| tcp.payload_len),
            seq: tcp.map_or(0, |tcp| tcp.seq),
            ack: tcp.map_or(0, |tcp| tcp.ack),
            ended: None,
        },
    })
}

impl Rung {
    /// Takes what befell the packet; whether that was its end, for the first time.
    fn ends(&mut self, event: &Event, seen: Seen) -> bool {
        let What::Packet { ended, .. } = &mut self.what else {
            return false;
        };
        if self.arrived_at.is_some() || ended.is_some() {
            return false;
        }
        match seen {
            Seen::Sent | Seen::Forwarded => return false,
            Seen::Delivered => self.arrived_at = Some(event.at),
            Seen::Lost => *ended = Some((event.host, None)),
            Seen::Dropped { by, .. } => *ended = Some((event.host, Some(by))),
        }
        true
    }
}

/// Lanes, and sequence numbers counted from each side's first SYN: both need what came before the rows.
fn count_from_first(log: &Log, rungs: &mut [Rung]) {
    let Some(last) = rungs.last().map(|rung| rung.sent) else {
        return;
    };
    let mut first: Map<(Conn, HostId), u32> = Map::new();
    let mut lanes: Map<Conn, (Lane, Option<HostId>, Option<HostId>)> = Map::new();
    let mut state = State::default();
    for event in log.until(last) {
        match &event.kind {
            Kind::Packet {
                packet,
                seen: Seen::Sent,
            } => {
                let Some(conn) = event.conn else { continue };
                let tcp = log
                    .packet(*packet)
                    .and_then(|record| record.summary().ok()?.tcp().copied());
                if let Some(tcp) = tcp.filter(|tcp| tcp.flags.contains(TcpFlags::SYN)) {
                    first.entry((conn, event.host)).or_insert(tcp.seq);
                }
            }
            Kind::Attempted(_) | Kind::Established(_) => {
                state.apply(log, event);
            }
            _ => {}
        }
    }
    for (conn, track) in &state.lines {
        lanes.insert(
            *conn,
            (
                lane(Some(track.line.purpose)),
                track.line.caller.host,
                track.line.called.host,
            ),
        );
    }
    for rung in rungs {
        let Some(conn) = rung.conn else { continue };
        let Some((lane, caller, called)) = lanes.get(&conn) else {
            continue;
        };
        rung.lane = *lane;
        let peer = if *caller == Some(rung.from) { *called } else { *caller };
        let start = |host: Option<HostId>| host.and_then(|host| first.get(&(conn, host))).copied().unwrap_or(0);
        if let What::Packet { seq, ack, flags, .. } = &mut rung.what {
            *seq = seq.wrapping_sub(start(Some(rung.from)));
            let acknowledges = flags.is_some_and(|flags| flags.contains(TcpFlags::ACK));
            *ack = if acknowledges { ack.wrapping_sub(start(peer)) } else { 0 };
        }
    }
}
