//! Packets on their way, and what is done to their bytes: time to live, checksums, ICMP errors.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use portolan_session::event::{Conn, PacketId};
use portolan_wire::dissect::{Summary, TcpFlags, Transport, internet_checksum, protocol};

/// A packet on its way. Its bytes are the whole IP packet.
#[derive(Debug)]
pub(crate) struct Packet {
    pub(crate) id: PacketId,
    /// The connection it belongs to, for the log alone: no node may decide anything by it.
    pub(crate) conn: Option<Conn>,
    pub(crate) bytes: Vec<u8>,
}

/// The little that every node wants to know of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// Who sent it; port 0 where there are no ports.
    pub(crate) source: SocketAddr,
    /// For whom it is.
    pub(crate) destination: SocketAddr,
    pub(crate) carries: Carries,
}

/// What a packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carries {
    /// A TCP segment, with or without data.
    Tcp { flags: TcpFlags, data: bool },
    /// An ICMP message.
    Icmp,
    /// Something else.
    Other,
}

impl Head {
    /// Reads a packet's head; nothing if it can't be read. This is done at every node that a packet passes, so TCP,
    /// which is nearly all there is, has a short way.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        tcp_v4(bytes).or_else(|| tcp_v6(bytes)).or_else(|| Self::of_any(bytes))
    }

    fn of_any(bytes: &[u8]) -> Option<Self> {
        let summary = Summary::of(bytes).ok()?;
        let carries = match &summary.transport {
            Transport::Tcp(tcp) => Carries::Tcp {
                flags: tcp.flags,
                data: tcp.payload_len > 0,
            },
            Transport::Icmp(_) => Carries::Icmp,
            Transport::Fragment { .. } | Transport::Other { .. } => Carries::Other,
        };
        Some(Self {
            source: summary.source,
            destination: summary.destination,
            carries,
        })
    }
}

/// A TCP segment in an IPv4 packet without options that is no fragment.
fn tcp_v4(bytes: &[u8]) -> Option<Head> {
    let ip = bytes.first_chunk::<20>()?;
    let whole = usize::from(u16::from_be_bytes([ip[2], ip[3]])) == bytes.len();
    let fragment = u16::from_be_bytes([ip[6], ip[7]]) & 0x3fff != 0;
    if ip[0] != 0x45 || ip[9] != protocol::TCP || !whole || fragment {
        return None;
    }
    let source = Ipv4Addr::new(ip[12], ip[13], ip[14], ip[15]);
    let destination = Ipv4Addr::new(ip[16], ip[17], ip[18], ip[19]);
    segment(source.into(), destination.into(), bytes.get(20..)?)
}

/// A TCP segment in an IPv6 packet without extension headers.
fn tcp_v6(bytes: &[u8]) -> Option<Head> {
    let ip = bytes.first_chunk::<40>()?;
    let whole = usize::from(u16::from_be_bytes([ip[4], ip[5]])) + 40 == bytes.len();
    if ip[0] >> 4 != 6 || ip[6] != protocol::TCP || !whole {
        return None;
    }
    let source = Ipv6Addr::from(*bytes.get(8..24)?.first_chunk()?);
    let destination = Ipv6Addr::from(*bytes.get(24..40)?.first_chunk()?);
    segment(source.into(), destination.into(), bytes.get(40..)?)
}

fn segment(source: IpAddr, destination: IpAddr, bytes: &[u8]) -> Option<Head> {
    let tcp = bytes.first_chunk::<20>()?;
    let header = usize::from(tcp[12] >> 4) * 4;
    if header < 20 || header > bytes.len() {
        return None;
    }
    Some(Head {
        source: SocketAddr::new(source, u16::from_be_bytes([tcp[0], tcp[1]])),
        destination: SocketAddr::new(destination, u16::from_be_bytes([tcp[2], tcp[3]])),
        carries: Carries::Tcp {
            flags: TcpFlags::from_bits(tcp[13]),
            data: bytes.len() > header,
        },
    })
}

impl Packet {
    /// What its bytes say of it.
    pub(crate) fn head(&self) -> Option<Head> {
        Head::of(&self.bytes)
    }

    /// The flow that this packet is an ICMP error about, as the host sees it that sent the packet in question.
    pub(crate) fn about(&self) -> Option<Flow> {
        let summary = Summary::of(&self.bytes).ok()?;
        let icmp = summary.icmp().filter(|icmp| icmp.kind.is_error())?;
        let about = icmp.about?;
        Some(Flow {
            local: about.source,
            peer: about.destination,
        })
    }

    /// Whether it is an ICMP error: no error may be sent about one (RFC 1122 section 3.2.2, RFC 4443 section 2.4).
    pub(crate) fn is_icmp_error(&self) -> bool {
        let summary = Summary::of(&self.bytes).ok();
        summary.is_some_and(|summary| summary.icmp().is_some_and(|icmp| icmp.kind.is_error()))
    }
}

/// The two ends of a connection, as one host sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Flow {
    pub(crate) local: SocketAddr,
    pub(crate) peer: SocketAddr,
}

/// Why an ICMP error is sent, as far as we send any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IcmpError {
    /// No way to the destination.
    NoRoute,
    /// A rule forbids it.
    Prohibited,
    /// The time to live ran out.
    Expired,
    /// The destination does not speak this protocol.
    Protocol,
}

/// Takes one hop off. Returns false, and leaves the packet alone, if it may go no further.
///
/// The IPv4 checksum is mended rather than summed anew (RFC 1624): a router must not make a broken packet look whole.
pub(crate) fn take_hop(bytes: &mut [u8]) -> bool {
    match bytes.first().map(|first| first >> 4) {
        Some(4) => {
            let Some(header) = bytes.first_chunk_mut::<20>() else {
                return false;
            };
            if header[8] <= 1 {
                return false;
            }
            header[8] -= 1;
            // The field that holds the time to live lost 0x0100, so its complement sum gains that.
            let sum = u32::from(u16::from_be_bytes([header[10], header[11]])) + 0x0100;
            let folded = (sum & 0xffff) + (sum >> 16);
            [header[10], header[11]] = u16::try_from(folded).unwrap_or(0).to_be_bytes();
            true
        }
        Some(6) => {
            let Some(header) = bytes.first_chunk_mut::<40>() else {
                return false;
            };
            if header[7] <= 1 {
                return false;
            }
            header[7] -= 1;
            true
        }
        _ => false,
    }
}

/// An ICMP error from `from` about the packet `about`, quoting as much of it as may be quoted: RFC 1812 section 4.3.2.3
/// says 576 bytes in all for IPv4, RFC 4443 section 2.4 the minimum MTU of 1280 for IPv6. Nothing if `from` and the
/// packet are of different IP versions or it is not for one host.
pub(crate) fn icmp_error(from: IpAddr, about: &[u8], why: IcmpError) -> Option<Vec<u8>> {
    match (from, about.first().map(|first| first >> 4)) {
        (IpAddr::V4(from), Some(4)) => {
            let to = Ipv4Addr::from(*about.get(12..16)?.first_chunk()?);
            Some(icmp_v4(from, to, quoted(about, 576 - 28), why))
        }
        (IpAddr::V6(from), Some(6)) => {
            let to = Ipv6Addr::from(*about.get(8..24)?.first_chunk()?);
            Some(icmp_v6(from, to, quoted(about, 1_280 - 48), why))
        }
        _ => None,
    }
}

fn quoted(about: &[u8], most: usize) -> &[u8] {
    about.get(..most).unwrap_or(about)
}

fn icmp_v4(from: Ipv4Addr, to: Ipv4Addr, quote: &[u8], why: IcmpError) -> Vec<u8> {
    let (kind, code) = match why {
        IcmpError::NoRoute => (3, 0),
        IcmpError::Protocol => (3, 2),
        IcmpError::Prohibited => (3, 13),
        IcmpError::Expired => (11, 0),
    };
    let mut message = vec![kind, code, 0, 0, 0, 0, 0, 0];
    message.extend_from_slice(quote);
    let sum = internet_checksum(&[&message]);
    put(&mut message, 2, sum);

    let length = u16::try_from(20 + message.len()).unwrap_or(u16::MAX);
    // Version 4, five words of header; no options, no fragments; TTL 64; protocol 1.
    let mut packet = vec![0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 1, 0, 0];
    put(&mut packet, 2, length);
    packet.extend_from_slice(&from.octets());
    packet.extend_from_slice(&to.octets());
    let sum = internet_checksum(&[&packet]);
    put(&mut packet, 10, sum);
    packet.extend_from_slice(&message);
    packet
}

fn icmp_v6(from: Ipv6Addr, to: Ipv6Addr, quote: &[u8], why: IcmpError) -> Vec<u8> {
    let (kind, code) = match why {
        IcmpError::NoRoute => (1, 0),
        IcmpError::Prohibited => (1, 1),
        IcmpError::Expired => (3, 0),
        IcmpError::Protocol => (4, 1),
    };
    let mut message = vec![kind, code, 0, 0, 0, 0, 0, 0];
    message.extend_from_slice(quote);
    let length = u16::try_from(message.len()).unwrap_or(u16::MAX);

    // Version 6; next header 58; hop limit 64.
    let mut packet = vec![0x60, 0, 0, 0, 0, 0, 58, 64];
    put(&mut packet, 4, length);
    packet.extend_from_slice(&from.octets());
    packet.extend_from_slice(&to.octets());
    // The pseudo-header: both addresses, the length and the protocol (RFC 8200 section 8.1).
    let addresses = packet.get(8..).unwrap_or_default();
    let sum = internet_checksum(&[addresses, &length.to_be_bytes(), &[0, protocol::ICMPV6], &message]);
    put(&mut message, 2, sum);
    packet.extend_from_slice(&message);
    packet
}

fn put(bytes: &mut [u8], at: usize, value: u16) {
    if let Some(field) = bytes.get_mut(at..at + 2) {
        field.copy_from_slice(&value.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portolan_wire::dissect::{IcmpMeaning, checksums};

    fn v4(hops: u8) -> Vec<u8> {
        let mut packet = vec![
            0x45, 0, 0, 28, 0, 0, 0x40, 0, hops, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 9,
        ];
        let sum = internet_checksum(&[&packet]);
        put(&mut packet, 10, sum);
        packet.extend_from_slice(&[0x30, 0x39, 0, 53, 0, 8, 0, 0]);
        packet
    }

    #[test]
    fn a_hop_is_taken_and_the_checksum_still_holds() {
        for hops in 2..=255 {
            let mut packet = v4(hops);
            assert!(take_hop(&mut packet));
            assert_eq!(Summary::of(&packet).unwrap().hops, hops - 1);
            assert_eq!(checksums(&packet).unwrap().header, Some(true), "{hops}");
        }
        let mut last = v4(1);
        assert!(!take_hop(&mut last));
        assert_eq!(last, v4(1));
        assert!(!take_hop(&mut []));
    }

    #[test]
    fn a_broken_header_stays_broken() {
        let mut packet = v4(64);
        packet[10] ^= 0x40;
        assert!(take_hop(&mut packet));
        assert_eq!(checksums(&packet).unwrap().header, Some(false));
    }

    #[test]
    fn icmp_errors_are_whole_and_quote_the_packet() {
        let four = icmp_error(Ipv4Addr::new(192, 0, 2, 254).into(), &v4(1), IcmpError::Expired).unwrap();
        let seen = Summary::of(&four).unwrap();
        let icmp = seen.icmp().unwrap();
        assert_eq!(icmp.kind.meaning(), IcmpMeaning::TimeExceeded);
        assert_eq!(icmp.about.unwrap().destination, "198.51.100.9:53".parse().unwrap());
        assert_eq!(seen.destination.ip(), Ipv4Addr::new(192, 0, 2, 1));
        assert_eq!(checksums(&four).unwrap().header, Some(true));
        assert_eq!(checksums(&four).unwrap().transport, Some(true));

        let mut about = vec![0x60, 0, 0, 0, 0, 8, 17, 1];
        about.extend_from_slice(&Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).octets());
        about.extend_from_slice(&Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2).octets());
        about.extend_from_slice(&[0x30, 0x39, 0, 53, 0, 8, 0, 1]);
        let router = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0xff);
        let six = icmp_error(router.into(), &about, IcmpError::NoRoute).unwrap();
        let seen = Summary::of(&six).unwrap();
        assert_eq!(seen.icmp().unwrap().kind.meaning(), IcmpMeaning::NetworkUnreachable);
        assert_eq!(checksums(&six).unwrap().transport, Some(true));
        assert!(icmp_error(router.into(), &v4(1), IcmpError::Expired).is_none());
    }
}
