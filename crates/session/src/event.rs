//! Header and events of the session log.
//!
//! A simulation, a live session and (later) an imported capture all become one log: a [`Header`], then [`Event`]s in
//! the order of their sequence numbers. Every view is a pure function of (log, moment), and a moment is a sequence
//! number.
//!
//! # Rules
//! * Sequence numbers begin at 0 and have no holes; times never go back.
//! * Every event says where it happened ([`Event::host`]) and how it is known ([`Event::evidence`]). One thing that
//!   two hosts see is two events: a connection is established at its caller when the SYN-ACK came, and at the host
//!   that was called one latency later.
//! * A connection's number ([`Conn`]) is the same at every host that sees it; it names one use of a 5-tuple.
//! * Events are small. A packet's bytes lie beside the events, in the log's packet store, under its [`PacketId`]; its
//!   first event is `Seen::Sent`, and later ones tell where else it was seen. Payload is kept up to a limit, cut by
//!   a rule that depends on nothing but the bytes that came before (see the recorder).
//! * Numbers stay below 2^53, so that every JSON reader keeps them whole.
//! * An event of a kind this version does not know is kept and shown as [`Kind::Unknown`].
//! * Secrets are masked before an event is made. In a simulation the made-up password stays readable, on purpose.

use core::net::{IpAddr, SocketAddr};

use portolan_wire::ordered::Map;
use portolan_wire::plain::Plain;
use portolan_wire::report::{Purpose, Report};
use portolan_wire::{Duration, Instant};
use serde::{Deserialize, Serialize};

use crate::lesson::Lesson;

/// The version of the format that this crate writes.
pub const VERSION: u32 = 1;

/// What stands before the events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Always `portolan-log`: tells a reader what it opened.
    pub format: String,
    /// Version of the format; this crate writes [`VERSION`].
    pub version: u32,
    /// Where the log came from. Views say it and use it for nothing else.
    pub source: Source,
    /// A title for people.
    pub title: String,
    /// The hosts that appear, in the order in which they are drawn (client left, server right, boxes between).
    pub hosts: Vec<Host>,
    /// The links between them, where they are known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// Chapters, stops and questions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lesson: Option<Lesson>,
}

/// Where a log came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "source", rename_all = "kebab-case")]
pub enum Source {
    /// The simulated network. The rest is what reproduces it.
    Simulation {
        /// The scenario's name.
        scenario: String,
        /// The seed.
        seed: u64,
        /// Settings that differ from the scenario's own.
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        settings: Map<String, String>,
    },
    /// Real sockets.
    Live {
        /// When it began, in microseconds since 1970-01-01 UTC.
        began: u64,
    },
}

/// One host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// Its number in events.
    pub id: HostId,
    /// Its name, for people and for scenarios.
    pub name: String,
    /// Its part in the session.
    pub role: Role,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// The ports its system chooses from for outgoing connections, where known: lowest and highest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ephemeral: Option<(u16, u16)>,
    /// The ports its FTP server offers for passive data connections, where known: lowest and highest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passive: Option<(u16, u16)>,
    /// Its firewall's rules in words, first match wins; empty where there is no firewall.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub firewall: Vec<String>,
}

/// A host's part in the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It asks.
    Client,
    /// It serves.
    Server,
    /// It forwards packets.
    Router,
    /// It stands by.
    Other,
}

/// A link between two hosts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Its ends.
    pub between: (HostId, HostId),
    /// One way.
    pub latency: Duration,
    /// Bits per second, each way.
    pub bandwidth: u64,
    /// Packets lost of a million, each way.
    #[serde(default)]
    pub loss_ppm: u32,
}

/// A host's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Plain)]
#[serde(transparent)]
pub struct HostId(pub u16);

/// A connection's number, counted from 0 in the order of the first sign of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Plain)]
#[serde(transparent)]
pub struct Conn(pub u32);

/// A packet's number, counted from 0 in the order of sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Plain)]
#[serde(transparent)]
pub struct PacketId(pub u32);

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its place in the log.
    pub seq: u64,
    /// When, in microseconds.
    pub at: Instant,
    /// Where.
    pub host: HostId,
    /// How it is known.
    #[serde(default, skip_serializing_if = "Evidence::is_observed")]
    pub evidence: Evidence,
    /// The connection it belongs to, if it belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conn: Option<Conn>,
    /// What.
    #[serde(flatten)]
    pub kind: Kind,
}

/// How an event is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// Seen at the host it names.
    #[default]
    Observed,
    /// Not seen, but it must have been so.
    Inferred,
    /// Made up to complete a picture (the packets of a live session's capture).
    Synthesised,
}

impl Evidence {
    /// Whether it was seen.
    #[must_use]
    pub const fn is_observed(&self) -> bool {
        matches!(self, Self::Observed)
    }
}

/// What happened.
///
/// What holds addresses or text is boxed: nearly all events are packets, and an event should be small.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Kind {
    /// A port is listened on from now on.
    ListenOpened(Box<ListenOpened>),
    /// A port is no longer listened on.
    ListenClosed {
        /// Address and port.
        local: Box<SocketAddr>,
    },
    /// A host calls: its first SYN leaves.
    Attempted(Box<Attempted>),
    /// The connection is established, in this host's view.
    Established(Box<Established>),
    /// A RST answered the SYN: nobody listens there.
    Refused,
    /// Nothing answered the SYN in the time the caller was willing to wait.
    TimedOut,
    /// An ICMP message said that there is no way.
    Unreachable,
    /// This host sent its FIN: it has no more bytes to send.
    FinSent,
    /// The other side's FIN came: it has no more bytes to send.
    FinReceived,
    /// Over in both directions, in order, in this host's view.
    Closed,
    /// Over by a RST.
    Reset {
        /// Whether this host sent it.
        sent: bool,
    },
    /// A packet was seen.
    Packet {
        /// Which: its bytes and addresses are in the packet store.
        packet: PacketId,
        /// What befell it here.
        #[serde(flatten)]
        seen: Seen,
    },
    /// What an endpoint did or understood.
    Endpoint {
        /// What.
        #[serde(flatten)]
        report: Box<Report>,
    },
    /// Nothing more will happen: the network is quiet and the plan is done.
    Ended,
    /// A kind that this version does not know, kept as it came.
    #[serde(skip)]
    Unknown(Box<Unknown>),
}

/// A port that is listened on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListenOpened {
    /// Address and port; an unspecified address means all of the host's.
    pub local: SocketAddr,
    /// What for.
    pub purpose: Purpose,
    /// The program's name, for people: `FTP`.
    pub service: String,
}

/// A call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempted {
    /// The caller's address and port.
    pub from: SocketAddr,
    /// The address and port called.
    pub to: SocketAddr,
    /// What for.
    pub purpose: Purpose,
}

/// A connection as one of its hosts sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Established {
    /// This host's address and port.
    pub local: SocketAddr,
    /// The other side's.
    pub peer: SocketAddr,
    /// Whether this host called.
    pub caller: bool,
    /// What for, in this host's view.
    pub purpose: Purpose,
}

/// An event of a kind that this version does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The kind's name, or the name of the part of it that is not known.
    pub name: String,
    /// The whole event as one line of JSON text.
    pub json: String,
}

impl Kind {
    /// A port is listened on from now on.
    #[must_use]
    pub fn listen_opened(local: SocketAddr, purpose: Purpose, service: impl Into<String>) -> Self {
        Self::ListenOpened(Box::new(ListenOpened {
            local,
            purpose,
            service: service.into(),
        }))
    }

    /// A port is no longer listened on.
    #[must_use]
    pub fn listen_closed(local: SocketAddr) -> Self {
        Self::ListenClosed { local: Box::new(local) }
    }

    /// A host calls.
    #[must_use]
    pub fn attempted(from: SocketAddr, to: SocketAddr, purpose: Purpose) -> Self {
        Self::Attempted(Box::new(Attempted { from, to, purpose }))
    }

    /// A connection is established, in the view of the host at `local`.
    #[must_use]
    pub fn established(local: SocketAddr, peer: SocketAddr, caller: bool, purpose: Purpose) -> Self {
        Self::Established(Box::new(Established {
            local,
            peer,
            caller,
            purpose,
        }))
    }

    /// An endpoint's report.
    #[must_use]
    pub fn report(report: Report) -> Self {
        Self::Endpoint {
            report: Box::new(report),
        }
    }
}

/// What befell a packet at a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "seen", rename_all = "kebab-case")]
pub enum Seen {
    /// It left the host that made it.
    Sent,
    /// A router passed it on.
    Forwarded,
    /// It reached the host it was for.
    Delivered,
    /// It was lost on a link, towards this host.
    Lost,
    /// It was thrown away without a word.
    Dropped {
        /// By what.
        by: DropReason,
        /// By which of the host's firewall rules, from 0, where it was one of them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rule: Option<u16>,
    },
}

/// Why a packet was thrown away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Plain)]
#[serde(rename_all = "kebab-case")]
pub enum DropReason {
    /// A firewall of the host where it was seen.
    Firewall,
    /// No way to its destination.
    NoRoute,
    /// Its time to live ran out.
    Expired,
    /// A queue was full.
    QueueFull,
}

/// A log of 100,000 packets holds three times as many events, and nearly all the time that recording one costs is for the
/// memory it takes.
const _: () = assert!(size_of::<Event>() <= 48);
