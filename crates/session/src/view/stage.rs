//! The stage: hosts, ports and connections as they are at a moment.

use core::net::{IpAddr, SocketAddr};

use portolan_wire::Instant;
use portolan_wire::dissect::TcpFlags;
use portolan_wire::plain::Plain;
use portolan_wire::report::{Purpose, TransferKind};

use super::gist::{gist, packet_caption};
use super::{Caption, Depth, Eye, Gist, Lens, Security};
use crate::event::{Conn, Header, Host, HostId, Kind, PacketId, Role, Seen};
use crate::log::Log;
use crate::state::{self, State, Track};

/// The picture after an event.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub struct Stage {
    /// The moment.
    pub seq: u64,
    /// When that is.
    pub at: Instant,
    /// The hosts, in the order in which they are drawn.
    pub hosts: Vec<HostView>,
    /// Every connection there was so far, in the order of the first sign of each; ghosts too.
    pub lines: Vec<Line>,
    /// The packet on its way, where the moment is a packet's event.
    pub moving: Option<Moving>,
    /// What happens now.
    pub caption: Caption,
    /// The lesson's chapter that the moment lies in, from 0.
    pub chapter: Option<u16>,
}

/// A host.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub struct HostView {
    /// Its number.
    pub id: HostId,
    /// Its name.
    pub name: String,
    /// Its part.
    pub role: Role,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// The ports that play a part so far, in port order.
    pub berths: Vec<Berth>,
    /// The ports offered for passive data connections: lowest and highest.
    pub passive: Option<(u16, u16)>,
    /// The ports its system chooses from: lowest and highest.
    pub ephemeral: Option<(u16, u16)>,
    /// Its firewall's rules in words.
    pub firewall: Vec<String>,
}

/// A port that plays a part.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub struct Berth {
    /// Its number.
    pub port: u16,
    /// Whether a program listens there now.
    pub listening: bool,
    /// What listens or listened there, for people.
    pub service: Option<String>,
    /// What it listens or is used for.
    pub purpose: Purpose,
    /// How many connections end here now; those still attempted at their caller's port count.
    pub connected: u32,
    /// Whether a call to it failed: refused or silent.
    pub tried: bool,
    /// Whether it belongs to a line, now or before.
    pub used: bool,
}

/// A connection, now or before.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub struct Line {
    /// Its number.
    pub conn: Conn,
    /// What it is for.
    pub purpose: Purpose,
    /// Which one of its purpose it is in this log, from 1.
    pub nth: u32,
    /// Who called.
    pub caller: End,
    /// Who was called.
    pub called: End,
    /// How it stands.
    pub state: LineState,
    /// Where its packets were thrown away last, if they were and it is not established.
    pub dropped_at: Option<HostId>,
    /// What goes over it.
    pub content: Option<Content>,
    /// Bytes of payload that reached the one who was called; sums of what endpoints report where no packet is seen.
    pub bytes_from_caller: u64,
    /// Bytes of payload that reached the caller.
    pub bytes_from_called: u64,
    /// Packets sent on it so far.
    pub packets: u32,
    /// Who has sent its FIN: the caller, the one called.
    pub finished: (bool, bool),
    /// What protects it, or did.
    pub security: Option<Security>,
}

impl Line {
    /// Whether it is under TLS now.
    #[must_use]
    pub const fn is_secured(&self) -> bool {
        matches!(self.security, Some(Security { cleared: false, .. }))
    }
}

/// An end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Plain)]
pub struct End {
    /// The host, if it is one of the log's.
    pub host: Option<HostId>,
    /// Its address and port.
    pub address: SocketAddr,
}

/// What goes over a data connection.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub struct Content {
    /// A listing, a download, an upload.
    pub kind: TransferKind,
    /// The file or directory, control characters made visible.
    pub path: String,
    /// Bytes it will carry, where that was known beforehand.
    pub size: Option<u64>,
}

/// How a connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Plain)]
pub enum LineState {
    /// Called, not answered yet.
    Attempted,
    /// Established, at its caller.
    Established,
    /// One side has no more bytes.
    Closing,
    /// Over in order.
    Closed,
    /// A RST answered the call.
    Refused,
    /// Nothing answered the call.
    Silent,
    /// An ICMP message said that there is no way.
    Unreachable,
    /// Over by a RST.
    Reset,
}

impl LineState {
    /// Whether it is over: what is left of it is a ghost.
    #[must_use]
    pub const fn is_over(self) -> bool {
        !matches!(self, Self::Attempted | Self::Established | Self::Closing)
    }
}

/// A packet on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Plain)]
pub struct Moving {
    /// Which.
    pub packet: PacketId,
    /// The connection it belongs to.
    pub conn: Option<Conn>,
    /// The host that made it.
    pub from: HostId,
    /// The host it is for, if it is one of the log's.
    pub to: Option<HostId>,
    /// The host where it was seen at this moment.
    pub here: HostId,
    /// Whether it ends here, unheard: lost or thrown away.
    pub ends: bool,
    /// TCP's flags; none where it is not TCP.
    pub flags: Option<TcpFlags>,
    /// Bytes of payload.
    pub payload: u32,
    /// What it is, in a word.
    pub gist: Gist,
}

/// The stage after the event `moment`; after the last one, if the log is shorter. Reads the log from its start: for a
/// long one ask an [`Index`](super::Index).
#[must_use]
pub fn stage(log: &Log, moment: u64, lens: impl Into<Lens>) -> Stage {
    draw(log, &state::fold(log, moment), moment, lens.into())
}

pub(super) fn draw(log: &Log, state: &State, moment: u64, lens: Lens) -> Stage {
    let event = log.until(moment).last();
    let packet = event.and_then(|event| match event.kind {
        Kind::Packet { packet, seen } => Some((event, packet, seen)),
        _ => None,
    });
    let of_packet = packet
        .filter(|_| lens.depth == Depth::Packets)
        .and_then(|(event, packet, seen)| packet_caption(log, event.host, packet, seen));
    Stage {
        seq: event.map_or(0, |event| event.seq),
        at: event.map_or(Instant::ZERO, |event| event.at),
        hosts: log
            .header()
            .hosts
            .iter()
            .map(|host| host_view(host, state, lens.eye))
            .collect(),
        lines: state.lines.values().map(|track| line(track, lens.eye)).collect(),
        moving: packet.and_then(|(event, packet, seen)| moving(log, event.host, packet, seen)),
        caption: of_packet
            .or_else(|| state.caption.to(lens.eye).cloned())
            .unwrap_or(Caption::Nothing),
        chapter: state.chapter,
    }
}

fn line(track: &Track, eye: Eye) -> Line {
    match eye {
        Eye::Endpoint => track.line.clone(),
        Eye::Network => track.seen(),
    }
}

fn host_view(host: &Host, state: &State, eye: Eye) -> HostView {
    let ports = state.ports.get(&host.id);
    // Who may be called for data is said under TLS, and to be seen when it is called.
    let hidden = eye == Eye::Network && state.is_talk_hidden();
    let berths = ports
        .into_iter()
        .flat_map(|ports| &ports.by_number)
        .filter(|(_, port)| !hidden || port.purpose != Purpose::Data || port.used)
        .map(|(number, port)| Berth {
            port: *number,
            listening: port.listeners > 0,
            service: port.service.clone(),
            purpose: port.purpose,
            connected: connected(state, host.id, *number),
            tried: port.tried,
            used: port.used,
        });
    HostView {
        id: host.id,
        name: host.name.clone(),
        role: host.role,
        addresses: host.addresses.clone(),
        berths: berths.collect(),
        passive: host.passive,
        ephemeral: host.ephemeral,
        firewall: host.firewall.clone(),
    }
}

fn connected(state: &State, host: HostId, port: u16) -> u32 {
    let is_here = |end: &End| end.host == Some(host) && end.address.port() == port;
    let ends = state
        .lines
        .values()
        .map(|track| &track.line)
        .filter(|line| !line.state.is_over())
        .map(|line| {
            let called = line.state != LineState::Attempted && is_here(&line.called);
            u32::from(is_here(&line.caller)) + u32::from(called)
        });
    ends.sum()
}

fn moving(log: &Log, here: HostId, packet: PacketId, seen: Seen) -> Option<Moving> {
    let record = log.packet(packet)?;
    let summary = record.summary().ok()?;
    let tcp = summary.tcp();
    Some(Moving {
        packet,
        conn: record.conn,
        from: record.host,
        to: destination(log.header(), summary.destination.ip()),
        here,
        ends: matches!(seen, Seen::Lost | Seen::Dropped { .. }),
        flags: tcp.map(|tcp| tcp.flags),
        payload: tcp.map_or(0, |tcp| tcp.payload_len),
        gist: gist(&summary),
    })
}

/// The host that has that address.
pub(super) fn destination(header: &Header, address: IpAddr) -> Option<HostId> {
    state::host_of(header, address).map(|host| host.id)
}
