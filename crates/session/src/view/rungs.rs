//! How the Story's rows of the ladder are found in the log.

mod records;

use std::collections::VecDeque;

use portolan_wire::ordered::{Map, Set};
use portolan_wire::report::{Purpose, Report};
use portolan_wire::{Instant, visible};

use super::Eye;
use super::ladder::{Lane, Rung, What};
use crate::event::{Conn, DropReason, Event, Evidence, HostId, Kind, PacketId, Seen};
use crate::log::Log;
use crate::state::State;

/// The rows of the Story, while the log is read.
#[derive(Clone, Debug, Default)]
pub(super) struct Story {
    /// By the event of their sending.
    pub(super) rungs: Map<u64, Rung>,
    /// Rungs that have not arrived yet or can still grow, oldest first.
    open: Map<(Conn, Way), VecDeque<u64>>,
    /// Where a call's packets were thrown away last.
    stopped: Map<Conn, (HostId, DropReason)>,
    /// The rungs that only one eye sees.
    only: Map<u64, Eye>,
    /// The rung that shows a flight of a handshake, by connection and the flight's number.
    flights: Map<(Conn, u32), u64>,
    /// The rungs of which the network's eye knows only that they were there: no packets are seen.
    veiled: Set<u64>,
    /// Bytes of content by the rung of their bytes, where TLS adds its own.
    content: Map<u64, u64>,
}

/// An event of a connection, and what is so after it.
#[derive(Clone, Copy)]
struct Here<'a> {
    log: &'a Log,
    state: &'a State,
    event: &'a Event,
    conn: Conn,
}

impl Here<'_> {
    fn purpose(self) -> Option<Purpose> {
        self.state.lines.get(&self.conn).map(|track| track.line.purpose)
    }

    /// The host at the other end.
    fn peer(self, host: HostId) -> Option<HostId> {
        let line = &self.state.lines.get(&self.conn)?.line;
        if line.caller.host == Some(host) {
            line.called.host
        } else {
            line.caller.host
        }
    }

    fn ports(self, what: impl Fn(u16, u16) -> What) -> Option<What> {
        let line = &self.state.lines.get(&self.conn)?.line;
        Some(what(line.caller.address.port(), line.called.address.port()))
    }

    /// Bytes from that host that have arrived, without those of a handshake.
    fn arrived_bytes(self, from: HostId) -> Option<u64> {
        let track = self.state.lines.get(&self.conn)?;
        let by_caller = track.is_caller(from);
        let bytes = if by_caller {
            track.line.bytes_from_caller
        } else {
            track.line.bytes_from_called
        };
        Some(bytes.saturating_sub(track.tap.handshake(by_caller).unwrap_or(0)))
    }

    /// How many of them are content.
    fn content(self, bytes: u64) -> u64 {
        self.state
            .lines
            .get(&self.conn)
            .map_or(bytes, |track| track.content(bytes))
    }
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
    /// A packet from that host, with TLS records that are rungs of their own.
    Records(HostId),
}

impl Story {
    /// Takes the next event; `state` is what is so after it.
    pub(super) fn add(&mut self, log: &Log, state: &State, event: &Event) {
        let Some(conn) = event.conn else { return };
        let here = Here {
            log,
            state,
            event,
            conn,
        };
        match &event.kind {
            Kind::Attempted(_) => self.sends(here, Way::Call, here.ports(|from, to| What::Calls { from, to })),
            Kind::Established(seen) => self.established(here, seen.caller),
            Kind::Refused => self.answered(here, here.ports(|from, to| What::Refused { from, to })),
            Kind::TimedOut => {
                let dropped = self.stopped.get(&conn).copied();
                self.answered(here, here.ports(|from, to| What::Silent { from, to, dropped }));
            }
            Kind::Unreachable => self.answered(here, here.ports(|from, to| What::Unreachable { from, to })),
            Kind::FinSent => self.sends(here, Way::Fin(event.host), Some(What::Closes)),
            Kind::FinReceived => {
                let way = Way::Fin(here.peer(event.host).unwrap_or(event.host));
                self.arrives(here, way, What::Closes);
            }
            Kind::Reset { sent: true } => self.sends(here, Way::Reset(event.host), Some(What::Resets)),
            Kind::Reset { sent: false } => {
                let way = Way::Reset(here.peer(event.host).unwrap_or(event.host));
                self.arrives(here, way, What::Resets);
            }
            Kind::Packet { packet, seen } => self.packet(here, *packet, *seen),
            Kind::Endpoint { report } => self.report(here, report),
            _ => {}
        }
    }

    fn report(&mut self, here: Here<'_>, report: &Report) {
        let (event, conn) = (here.event, here.conn);
        match report {
            Report::Command { sent, verb, argument } => {
                let what = What::Command {
                    verb: visible(verb),
                    argument: argument.as_deref().map(visible),
                };
                if *sent {
                    self.sends(here, Way::Command, Some(what));
                    self.veil(here);
                } else if let Some(rung) = self.take(conn, Way::Command) {
                    rung.arrived_at = Some(event.at);
                }
            }
            // Where a port is merely called, what it says is a greeting, in the eyes of whoever called.
            Report::Reply { .. } if here.purpose() == Some(Purpose::Other) => {}
            Report::Reply { sent, code, lines } => {
                let text = lines.first().map(|line| visible(line)).unwrap_or_default();
                let what = What::Reply { code: *code, text };
                if *sent {
                    self.sends(here, Way::Reply, Some(what));
                    self.veil(here);
                } else {
                    self.arrives(here, Way::Reply, what);
                    self.veil(here);
                }
            }
            Report::Greeting { text } => {
                let what = What::Greeting { text: visible(text) };
                let way = Way::Bytes(here.peer(event.host).unwrap_or(event.host));
                self.arrives(here, way, what);
            }
            Report::Progress { bytes } | Report::TransferDone { bytes } => self.counted(here, *bytes),
            _ => {}
        }
    }

    fn packet(&mut self, here: Here<'_>, packet: PacketId, seen: Seen) {
        let (event, conn) = (here.event, here.conn);
        let Some(record) = here.log.packet(packet) else { return };
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
            Seen::Sent if tcp.payload_len > 0 && self.records(here, record.host) => {}
            Seen::Sent if tcp.payload_len > 0 && here.purpose() != Some(Purpose::Control) => {
                let way = Way::Bytes(record.host);
                if !self.open.contains_key(&(conn, way)) {
                    self.sends(here, way, Some(What::Bulk { bytes: 0, packets: 0 }));
                    self.only_seen(here, record.host);
                }
            }
            Seen::Delivered if tcp.payload_len > 0 && self.records_arrive(here, record.host) => {}
            Seen::Delivered if tcp.payload_len > 0 && here.purpose() == Some(Purpose::Data) => {
                let Some(bytes) = here.arrived_bytes(record.host) else {
                    return;
                };
                if let Some(rung) = self.peek(conn, Way::Bytes(record.host)) {
                    rung.grow(event, bytes, 1);
                    let (sent, content) = (rung.sent, here.content(bytes));
                    if content != bytes {
                        self.content.insert(sent, content);
                    }
                }
            }
            _ => {}
        }
    }

    /// Bytes that an endpoint counted, where no packet is seen.
    fn counted(&mut self, here: Here<'_>, bytes: u64) {
        let (event, conn) = (here.event, here.conn);
        let Some(track) = here.state.lines.get(&here.conn) else {
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
        let sender = sender.host.unwrap_or(event.host);
        let way = Way::Bytes(sender);
        if !self.open.contains_key(&(conn, way)) {
            self.sends(here, way, Some(What::Bulk { bytes: 0, packets: 0 }));
        }
        if let Some(rung) = self.peek(conn, way) {
            rung.count(event, bytes, sender == event.host);
        }
    }

    fn established(&mut self, here: Here<'_>, caller: bool) {
        let (event, conn) = (here.event, here.conn);
        let connects = here.ports(|from, to| What::Connects { from, to });
        if caller {
            self.answered(here, connects);
        } else if !self.open.contains_key(&(conn, Way::Call)) {
            // Only the side that was called is seen: when the call left is not known.
            self.sends(here, Way::Call, connects);
            if let Some(rung) = self.peek(conn, Way::Call) {
                rung.level(event.at);
            }
        }
    }

    /// A call has come to its answer, or to none.
    fn answered(&mut self, here: Here<'_>, what: Option<What>) {
        let (event, conn) = (here.event, here.conn);
        if !self.open.contains_key(&(conn, Way::Call)) {
            self.sends(here, Way::Call, what.clone());
        }
        if let (Some(rung), Some(what)) = (self.peek(conn, Way::Call), what) {
            rung.seq = event.seq;
            rung.until = Some(event.at);
            rung.what = what;
        }
    }

    /// Something leaves `event.host`.
    fn sends(&mut self, here: Here<'_>, way: Way, what: Option<What>) {
        let (event, conn) = (here.event, here.conn);
        let Some(what) = what else { return };
        let Some(track) = here.state.lines.get(&here.conn) else {
            return;
        };
        // A call always comes from its caller, whoever saw it.
        let from = match way {
            Way::Call => track.line.caller.host.unwrap_or(event.host),
            Way::Bytes(host) | Way::Fin(host) | Way::Reset(host) | Way::Records(host) => host,
            Way::Command | Way::Reply => event.host,
        };
        let rung = self.rung(here, from, what);
        self.rungs.insert(event.seq, rung);
        self.open.entry((conn, way)).or_default().push_back(event.seq);
    }

    /// Something that was sent arrives; if its sending was not seen, it is drawn level.
    fn arrives(&mut self, here: Here<'_>, way: Way, what: What) {
        let (event, conn) = (here.event, here.conn);
        if let Some(rung) = self.take(conn, way) {
            rung.arrived_at = Some(event.at);
            rung.seq = event.seq;
            rung.what = what;
            return;
        }
        let Some(peer) = here.peer(event.host) else {
            return;
        };
        let mut rung = self.rung(here, peer, what);
        rung.level(event.at);
        self.rungs.insert(event.seq, rung);
    }

    fn rung(&self, here: Here<'_>, from: HostId, what: What) -> Rung {
        let event = here.event;
        Rung {
            seq: event.seq,
            sent: event.seq,
            sent_at: event.at,
            arrived_at: None,
            until: None,
            from,
            to: here.peer(from),
            lane: lane(here.purpose()),
            conn: Some(here.conn),
            locked: here
                .state
                .lines
                .get(&here.conn)
                .is_some_and(|track| track.line.is_secured()),
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
}

impl Rung {
    /// When it was sent is not known: it is drawn level, and says so.
    const fn level(&mut self, at: Instant) {
        self.arrived_at = Some(at);
        self.evidence = Evidence::Inferred;
    }

    /// An endpoint counted bytes: it knows when it sent them, or when they came, but not both.
    fn count(&mut self, event: &Event, counted: u64, sending: bool) {
        let What::Bulk { bytes, .. } = &mut self.what else {
            return;
        };
        if counted <= *bytes {
            return;
        }
        *bytes = counted;
        self.until = Some(event.at);
        self.seq = event.seq;
        if !sending && self.arrived_at.is_none() {
            self.level(event.at);
        }
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

pub(super) const fn lane(purpose: Option<Purpose>) -> Lane {
    match purpose {
        Some(Purpose::Control) => Lane::Control,
        Some(Purpose::Data) => Lane::Data,
        Some(Purpose::Other) | None => Lane::Other,
    }
}
