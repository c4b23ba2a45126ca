//! ICMP and ICMPv6: what the net answers about a packet (RFC 792, RFC 4443).

use core::fmt;
use core::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::bytes::{array, be16};
use super::ip::{DissectError, Ip, Layer};
use super::{protocol, tcp};

/// An ICMP message in a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IcmpSummary {
    /// Its type and code.
    pub kind: IcmpKind,
    /// The packet it is about, if it is an error message and quotes one that can be read.
    pub about: Option<Quoted>,
}

/// Type and code. The space is open; what we know of it is [`IcmpKind::meaning`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IcmpKind {
    /// Whether this is ICMPv6, whose numbers are others.
    pub v6: bool,
    /// The type.
    pub kind: u8,
    /// The code.
    pub code: u8,
}

/// What an ICMP message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IcmpMeaning {
    /// Are you there?
    EchoRequest,
    /// I am here.
    EchoReply,
    /// No way to that network.
    NetworkUnreachable,
    /// No way to that host, or it does not answer on its link.
    HostUnreachable,
    /// That host does not speak that protocol.
    ProtocolUnreachable,
    /// Nobody listens on that port.
    PortUnreachable,
    /// The packet is too big for a link (IPv4: and must not be cut).
    TooBig,
    /// A rule forbids it.
    Prohibited,
    /// Unreachable for another reason.
    OtherUnreachable,
    /// The time to live ran out on the way, or a fragment stayed away.
    TimeExceeded,
    /// There is a better way.
    Redirect,
    /// A header can't be understood.
    ParameterProblem,
    /// IPv6's talk among neighbours and routers (RFC 4861, RFC 2710).
    NeighbourDiscovery,
    /// Something else.
    Other,
}

/// The packet that an ICMP error quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quoted {
    /// Its protocol number, see [`protocol`].
    pub protocol: u8,
    /// Who sent it; port 0 if it is neither TCP nor UDP, or the quotation is too short.
    pub source: SocketAddr,
    /// For whom it was.
    pub destination: SocketAddr,
    /// Its sequence number, if it is TCP: a host should believe only what fits (RFC 5927).
    pub seq: Option<u32>,
}

impl IcmpKind {
    /// What it says.
    #[must_use]
    pub const fn meaning(self) -> IcmpMeaning {
        if self.v6 { self.meaning_v6() } else { self.meaning_v4() }
    }

    /// Whether it is an error message, which quotes the packet it is about.
    #[must_use]
    pub const fn is_error(self) -> bool {
        if self.v6 {
            self.kind < 128
        } else {
            matches!(self.kind, 3 | 4 | 5 | 11 | 12)
        }
    }

    const fn meaning_v4(self) -> IcmpMeaning {
        match (self.kind, self.code) {
            (0, _) => IcmpMeaning::EchoReply,
            (8, _) => IcmpMeaning::EchoRequest,
            (3, 0 | 6 | 11) => IcmpMeaning::NetworkUnreachable,
            (3, 1 | 7 | 12) => IcmpMeaning::HostUnreachable,
            (3, 2) => IcmpMeaning::ProtocolUnreachable,
            (3, 3) => IcmpMeaning::PortUnreachable,
            (3, 4) => IcmpMeaning::TooBig,
            (3, 9 | 10 | 13) => IcmpMeaning::Prohibited,
            (3, _) => IcmpMeaning::OtherUnreachable,
            (5, _) => IcmpMeaning::Redirect,
            (11, _) => IcmpMeaning::TimeExceeded,
            (12, _) => IcmpMeaning::ParameterProblem,
            _ => IcmpMeaning::Other,
        }
    }

    const fn meaning_v6(self) -> IcmpMeaning {
        match (self.kind, self.code) {
            (128, _) => IcmpMeaning::EchoRequest,
            (129, _) => IcmpMeaning::EchoReply,
            (1, 0) => IcmpMeaning::NetworkUnreachable,
            (1, 1 | 5 | 6) => IcmpMeaning::Prohibited,
            (1, 3) => IcmpMeaning::HostUnreachable,
            (1, 4) => IcmpMeaning::PortUnreachable,
            (1, _) => IcmpMeaning::OtherUnreachable,
            (2, _) => IcmpMeaning::TooBig,
            (3, _) => IcmpMeaning::TimeExceeded,
            (4, 1) => IcmpMeaning::ProtocolUnreachable,
            (4, _) => IcmpMeaning::ParameterProblem,
            (137, _) => IcmpMeaning::Redirect,
            (130..=136, _) => IcmpMeaning::NeighbourDiscovery,
            _ => IcmpMeaning::Other,
        }
    }
}

impl fmt::Display for IcmpMeaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EchoRequest => "echo request",
            Self::EchoReply => "echo reply",
            Self::NetworkUnreachable => "network unreachable",
            Self::HostUnreachable => "host unreachable",
            Self::ProtocolUnreachable => "protocol unreachable",
            Self::PortUnreachable => "port unreachable",
            Self::TooBig => "packet too big",
            Self::Prohibited => "forbidden by a rule",
            Self::OtherUnreachable => "destination unreachable",
            Self::TimeExceeded => "time exceeded",
            Self::Redirect => "redirect",
            Self::ParameterProblem => "parameter problem",
            Self::NeighbourDiscovery => "neighbour discovery",
            Self::Other => "other",
        })
    }
}

impl fmt::Display for IcmpKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (type {}, code {})", self.meaning(), self.kind, self.code)
    }
}

/// Where the quotation starts in an ICMP error message.
pub(super) const QUOTE: usize = 8;

/// The message at `at` in `packet`, which ends at `end`.
pub(super) fn parse(packet: &[u8], at: usize, end: usize, v6: bool) -> Result<IcmpSummary, DissectError> {
    let missing = DissectError::Truncated {
        layer: Layer::Icmp,
        needs: at + QUOTE,
        has: packet.len().min(end),
    };
    let message = packet.get(at..end.min(packet.len())).ok_or(missing)?;
    let [kind, code, _, _, _, _, _, _]: [u8; QUOTE] = array(message, 0).ok_or(missing)?;
    let kind = IcmpKind { v6, kind, code };
    let about = if kind.is_error() {
        message.get(QUOTE..).and_then(quoted)
    } else {
        None
    };
    Ok(IcmpSummary { kind, about })
}

fn quoted(packet: &[u8]) -> Option<Quoted> {
    let ip = Ip::parse(packet).ok()?;
    let transport = packet
        .get(ip.payload..)
        .filter(|_| !ip.later_fragment)
        .unwrap_or_default();
    let (from, to, seq) = match ip.protocol {
        protocol::TCP => tcp::parse_quoted(transport).map_or((0, 0, None), |(from, to, seq)| (from, to, Some(seq))),
        protocol::UDP => (be16(transport, 0).unwrap_or(0), be16(transport, 2).unwrap_or(0), None),
        _ => (0, 0, None),
    };
    Some(Quoted {
        protocol: ip.protocol,
        source: SocketAddr::new(ip.source, from),
        destination: SocketAddr::new(ip.destination, to),
        seq,
    })
}
