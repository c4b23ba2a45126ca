//! How the ladder's rows are found in the log.

use std::collections::{BTreeMap, VecDeque};

use portolan_wire::dissect::{Summary, TcpFlags};
use portolan_wire::report::{Purpose, Report};
use portolan_wire::{Instant, visible};

use super::gist::gist;
use super::ladder::{Lane, Rung, What};
use super::stage::destination;
use crate::event::{Conn, DropReason, Event, Evidence, HostId, Kind, PacketId, Seen};
use crate::log::{Log, index};
use crate::state::State;

/// The rows of the Story, in the order of their sending.
pub(super) fn story_rungs(log: &Log, horizon: u64) -> Vec<Rung> {
    let mut story = Story {
        log,
        state: State::default(),
        rungs: BTreeMap::new(),
        open: BTreeMap::new(),
        stopped: BTreeMap::new(),
    };
    for event in log.until(horizon) {
        story.state.apply(log, event);
        if let Some(conn) = event.conn {
            story.add(event, conn);
        }
    }
    story.rungs.into_values().collect()
}

struct Story<'a> {
    log: &'a Log,
    state: State,
    /// By the event of their sending.
    rungs: BTreeMap<u64, Rung>,
    /// Rungs that have not arrived yet or can still grow, oldest first.
    open: BTreeMap<(Conn, Way), VecDeque<u64>>,
    /// Where a call's packets were thrown away last.
    stopped: BTreeMap<Conn, (HostId, DropReason)>,
}

/// What can be under way on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Call,
    Command,
    Reply,
    /// The first payload sent by that host, of a connection whose bytes are no conversation.
    Bytes(HostId),
    Fin(HostId),
    Reset(HostId),
}

impl Story<'_> {
    fn add(&mut self, event: &Event, conn: Conn) {
        match &event.kind {
            Kind::Attempted(_) => self.sends(
                event,
                conn,
                Way::Call,
                self.ports(conn, |from, to| What::Calls { from, to }),
            ),
            Kind::Established(seen) => self.established(event, conn, seen.caller),
            Kind::Refused => self.answered(event, conn, self.ports(conn, |from, to| What::Refused { from, to })),
            Kind::TimedOut => {
                let dropped = self.stopped.get(&conn).copied();
                self.answered(
                    event,
                    conn,
                    self.ports(conn, |from, to| What::Silent { from, to, dropped }),
                );
            }
            Kind::Unreachable => {
                self.answered(event, conn, self.ports(conn, |from, to| What::Unreachable { from, to }))
            }
            Kind::FinSent => self.sends(event, conn, Way::Fin(event.host), Some(What::Closes)),
            Kind::FinReceived => {
                let way = Way::Fin(self.peer(conn, event.host).unwrap_or(event.host));
                self.arrives(event, conn, way, What::Closes);
            }
            Kind::Reset { sent: true } => self.sends(event, conn, Way::Reset(event.host), Some(What::Resets)),
            Kind::Reset { sent: false } => {
                let way = Way::Reset(self.peer(conn, event.host).unwrap_or(event.host));
                self.arrives(event, conn, way, What::Resets);
            }
            Kind::Packet { packet, seen } => self.packet(event, conn, *packet, *seen),
            Kind::Endpoint { report } => self.report(event, conn, report),
            _ => {}
        }
    }

    fn report(&mut self, event: &Event, conn: Conn, report: &Report) {
        match report {
            Report::Command { sent, verb, argument } => {
                let what = What::Command {
                    verb: visible(verb),
                    argument: argument.as_deref().map(visible),
                };
                if *sent {
                    self.sends(event, conn, Way::Command, Some(what));
                } else if let Some(rung) = self.take(conn, Way::Command) {
                    rung.arrived_at = Some(event.at);
                }
            }
            // Where a port is merely called, what it says is a greeting, in the eyes of whoever called.
            Report::Reply { .. } if self.purpose(conn) == Some(Purpose::Other) => {}
            Report::Reply { sent, code, lines } => {
                let text = lines.first().map(|line| visible(line)).unwrap_or_default();
                let what = What::Reply { code: *code, text };
                if *sent {
                    self.sends(event, conn, Way::Reply, Some(what));
                } else {
                    self.arrives(event, conn, Way::Reply, what);
                }
            }
            Report::Greeting { text } => {
                let what = What::Greeting { text: visible(text) };
                let way = Way::Bytes(self.peer(conn, event.host).unwrap_or(event.host));
                self.arrives(event, conn, way, what);
            }
            Report::Progress { bytes } | Report::TransferDone { bytes } => self.counted(event, conn, *bytes),
            _ => {}
        }
    }

    fn packet(&mut self, event: &Event, conn: Conn, packet: PacketId, seen: Seen) {
        let Some(record) = self.log.packet(packet) else { return };
        let Some(tcp) = record.summary().ok().and_then(|summary| summary.tcp().copied()) else {
            return;
        };
        match seen {
            Seen::Dropped { by, .. } => {
                self.stopped.insert(conn, (event.host, by));
            }
            Seen::Delivered if tcp.flags.is_call() => {
                if let Some(rung) = self.peek(conn, Way::Call) {
                    rung.arrived_at.get_or_insert(event.at);
                }
            }
            Seen::Sent if tcp.payload_len > 0 && self.purpose(conn) != Some(Purpose::Control) => {
                let way = Way::Bytes(record.host);
                if !self.open.contains_key(&(conn, way)) {
                    self.sends(event, conn, way, Some(What::Bulk { bytes: 0, packets: 0 }));
                }
            }
            Seen::Delivered if tcp.payload_len > 0 && self.purpose(conn) == Some(Purpose::Data) => {
                let Some(bytes) = self.arrived_bytes(conn, record.host) else {
                    return;
                };
                if let Some(rung) = self.peek(conn, Way::Bytes(record.host)) {
                    rung.grow(event, bytes, 1);
                }
            }
            _ => {}
        }
    }

    /// Bytes that an endpoint counted, where no packet is seen.
    fn counted(&mut self, event: &Event, conn: Conn, bytes: u64) {
        let Some(track) = self.state.lines.get(&conn) else {
            return;
        };
        if track.line.packets > 0 || track.line.purpose != Purpose::Data {
            return;
        }
        let sender = if track.line.bytes_from_caller >= bytes {
            track.line.caller
        } else {
            track.line.called
        };
        let way = Way::Bytes(sender.host.unwrap_or(event.host));
        if !self.open.contains_key(&(conn, way)) {
            self.sends(event, conn, way, Some(What::Bulk { bytes: 0, packets: 0 }));
        }
        if let Some(rung) = self.peek(conn, way) {
            rung.grow(event, bytes, 0);
        }
    }

    fn established(&mut self, event: &Event, conn: Conn, caller: bool) {
        let connects = self.ports(conn, |from, to| What::Connects { from, to });
        if caller
            || self
                .peek(conn, Way::Call)
                .is_some_and(|rung| rung.evidence != Evidence::Observed)
        {
            self.answered(event, conn, connects);
        } else if !self.open.contains_key(&(conn, Way::Call)) {
            // Only the side that was called is seen: when the call left is not known.
            self.sends(event, conn, Way::Call, connects);
            if let Some(rung) = self.peek(conn, Way::Call) {
                rung.level(event.at);
            }
        }
    }

    /// A call has come to its answer, or to none.
    fn answered(&mut self, event: &Event, conn: Conn, what: Option<What>) {
        if !self.open.contains_key(&(conn, Way::Call)) {
            self.sends(event, conn, Way::Call, what.clone());
        }
        if let (Some(rung), Some(what)) = (self.peek(conn, Way::Call), what) {
            rung.seq = event.seq;
            rung.until = Some(event.at);
            rung.what = what;
        }
    }

    /// Something leaves `event.host`.
    fn sends(&mut self, event: &Event, conn: Conn, way: Way, what: Option<What>) {
        let Some(what) = what else { return };
        let Some(track) = self.state.lines.get(&conn) else {
            return;
        };
        // A call always comes from its caller, whoever saw it.
        let from = match way {
            Way::Call => track.line.caller.host.unwrap_or(event.host),
            Way::Bytes(host) | Way::Fin(host) | Way::Reset(host) => host,
            Way::Command | Way::Reply => event.host,
        };
        let rung = self.rung(event, conn, from, what);
        self.rungs.insert(event.seq, rung);
        self.open.entry((conn, way)).or_default().push_back(event.seq);
    }

    /// Something that was sent arrives; if its sending was not seen, it is drawn level.
    fn arrives(&mut self, event: &Event, conn: Conn, way: Way, what: What) {
        if let Some(rung) = self.take(conn, way) {
            rung.arrived_at = Some(event.at);
            rung.seq = event.seq;
            rung.what = what;
            return;
        }
        let Some(peer) = self.peer(conn, event.host) else {
            return;
        };
        let mut rung = self.rung(event, conn, peer, what);
        rung.level(event.at);
        self.rungs.insert(event.seq, rung);
    }

    fn rung(&self, event: &Event, conn: Conn, from: HostId, what: What) -> Rung {
        Rung {
            seq: event.seq,
            sent: event.seq,
            sent_at: event.at,
            arrived_at: None,
            until: None,
            from,
            to: self.peer(conn, from),
            lane: lane(self.purpose(conn)),
            conn: Some(conn),
            evidence: event.evidence,
            what,
        }
    }

    fn peek(&mut self, conn: Conn, way: Way) -> Option<&mut Rung> {
        let sent = self.open.get(&(conn, way))?.front()?;
        self.rungs.get_mut(sent)
    }

    fn take(&mut self, conn: Conn, way: Way) -> Option<&mut Rung> {
        let sent = self.open.get_mut(&(conn, way))?.pop_front()?;
        self.rungs.get_mut(&sent)
    }

    fn purpose(&self, conn: Conn) -> Option<Purpose> {
        self.state.lines.get(&conn).map(|track| track.line.purpose)
    }

    /// The host at the other end.
    fn peer(&self, conn: Conn, host: HostId) -> Option<HostId> {
        let line = &self.state.lines.get(&conn)?.line;
        if line.caller.host == Some(host) {
            line.called.host
        } else {
            line.caller.host
        }
    }

    fn ports(&self, conn: Conn, what: impl Fn(u16, u16) -> What) -> Option<What> {
        let line = &self.state.lines.get(&conn)?.line;
        Some(what(line.caller.address.port(), line.called.address.port()))
    }

    /// Bytes from that host that have arrived.
    fn arrived_bytes(&self, conn: Conn, from: HostId) -> Option<u64> {
        let track = self.state.lines.get(&conn)?;
        Some(if track.is_caller(from) {
            track.line.bytes_from_caller
        } else {
            track.line.bytes_from_called
        })
    }
}

impl Rung {
    /// When it was sent is not known: it is drawn level, and says so.
    const fn level(&mut self, at: Instant) {
        self.arrived_at = Some(at);
        self.evidence = Evidence::Inferred;
    }

    fn grow(&mut self, event: &Event, all_bytes: u64, more_packets: u32) {
        if let What::Bulk { bytes, packets } = &mut self.what {
            *bytes = all_bytes.max(*bytes);
            *packets = packets.saturating_add(more_packets);
        }
        self.arrived_at.get_or_insert(event.at);
        self.until = Some(event.at);
        self.seq = event.seq;
    }
}

const fn lane(purpose: Option<Purpose>) -> Lane {
    match purpose {
        Some(Purpose::Control) => Lane::Control,
        Some(Purpose::Data) => Lane::Data,
        Some(Purpose::Other) | None => Lane::Other,
    }
}

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
        evidence: event.evidence,
        what: What::Packet {
            packet,
            from: summary.as_ref().map_or(0, |summary| summary.source.port()),
            to: summary.as_ref().map_or(0, |summary| summary.destination.port()),
            gist: summary.as_ref().map_or(super::Gist::Other, gist),
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
    let mut first: BTreeMap<(Conn, HostId), u32> = BTreeMap::new();
    let mut lanes: BTreeMap<Conn, (Lane, Option<HostId>, Option<HostId>)> = BTreeMap::new();
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
                    first.insert((conn, event.host), tcp.seq);
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
