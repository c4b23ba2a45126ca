//! A packet in a glance.

use core::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::icmp::{self, IcmpSummary};
use super::ip::{DissectError, Ip};
use super::protocol;
use super::tcp::{self, TcpSummary};

/// What a recorder wants of every packet. Reading it allocates nothing and looks at headers alone: lengths and
/// versions are checked, checksums are not ([`super::checksums`] does that).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Who sent it. The port is 0 where the transport has none, or is one we don't read.
    pub source: SocketAddr,
    /// For whom it is; the port likewise.
    pub destination: SocketAddr,
    /// Time to live (IPv4), hop limit (IPv6): how many routers it may still pass.
    pub hops: u8,
    /// What it carries.
    pub transport: Transport,
}

/// What a packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// A TCP segment.
    Tcp(TcpSummary),
    /// An ICMP or ICMPv6 message.
    Icmp(IcmpSummary),
    /// A fragment that is not its packet's first: it has no transport header.
    Fragment {
        /// Of which protocol, see [`protocol`].
        protocol: u8,
    },
    /// Something else.
    Other {
        /// Of which protocol, see [`protocol`].
        protocol: u8,
    },
}

impl Summary {
    /// Reads a raw IP packet (no link layer).
    ///
    /// Bytes behind the packet's own end are padding and ignored. A payload that was cut off is no error: recorders
    /// keep the first bytes of long packets, and [`TcpSummary::payload_len`] is the whole length all the same.
    ///
    /// # Errors
    /// When a header is cut or contradicts itself.
    pub fn of(packet: &[u8]) -> Result<Self, DissectError> {
        let ip = Ip::parse(packet)?;
        let (mut from, mut to) = (0, 0);
        let transport = match ip.protocol {
            protocol if ip.later_fragment => Transport::Fragment { protocol },
            protocol::TCP => {
                let (source, destination, summary) = tcp::parse(packet, ip.payload, ip.end)?;
                (from, to) = (source, destination);
                Transport::Tcp(summary)
            }
            protocol::ICMP if ip.source.is_ipv4() => Transport::Icmp(icmp::parse(packet, ip.payload, ip.end, false)?),
            protocol::ICMPV6 if ip.source.is_ipv6() => Transport::Icmp(icmp::parse(packet, ip.payload, ip.end, true)?),
            protocol => Transport::Other { protocol },
        };
        Ok(Self {
            source: SocketAddr::new(ip.source, from),
            destination: SocketAddr::new(ip.destination, to),
            hops: ip.hops,
            transport,
        })
    }

    /// The TCP header, if it is TCP.
    #[must_use]
    pub const fn tcp(&self) -> Option<&TcpSummary> {
        match &self.transport {
            Transport::Tcp(summary) => Some(summary),
            _ => None,
        }
    }

    /// The ICMP message, if it is one.
    #[must_use]
    pub const fn icmp(&self) -> Option<&IcmpSummary> {
        match &self.transport {
            Transport::Icmp(summary) => Some(summary),
            _ => None,
        }
    }
}

#[cfg(test)]
#[path = "summary_tests.rs"]
mod tests;
