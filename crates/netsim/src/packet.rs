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
    /// Reads a packet's head; nothing if it can't be read. This is done at every host that a packet passes, so TCP, which is
    /// nearly all there is, has a short way.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        let Some((version, segment)) = tcp_segment(bytes) else {
            return Self::of_any(bytes);
        };
        let tcp = segment.first_chunk::<20>()?;
        let (source, destination) = match version {
            Version::V4 => (v4_at(bytes, 12)?, v4_at(bytes, 16)?),
            Version::V6 => (v6_at(bytes, 8)?, v6_at(bytes, 24)?),
        };
        Some(Self {
            source: SocketAddr::new(source, u16::from_be_bytes([tcp[0], tcp[1]])),
            destination: SocketAddr::new(destination, u16::from_be_bytes([tcp[2], tcp[3]])),
            carries: Carries::Tcp {
                flags: TcpFlags::from_bits(tcp[13]),
                data: segment.len() > header_length(tcp),
            },
        })
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

/// The version of IP.
#[derive(Clone, Copy)]
enum Version {
    V4,
    V6,
}

/// The TCP segment in a packet that is no fragment and has neither options nor extension headers, if its header is whole.
#[inline]
fn tcp_segment(bytes: &[u8]) -> Option<(Version, &[u8])> {
    let ip = bytes.first_chunk::<20>()?;
    let (version, segment) = match ip[0] >> 4 {
        4 => {
            let whole = usize::from(u16::from_be_bytes([ip[2], ip[3]])) == bytes.len();
            let fragment = u16::from_be_bytes([ip[6], ip[7]]) & 0x3fff != 0;
            let plain = ip[0] == 0x45 && ip[9] == protocol::TCP && whole && !fragment;
            (Version::V4, bytes.get(20..).filter(|_| plain)?)
        }
        6 => {
            let whole = usize::from(u16::from_be_bytes([ip[4], ip[5]])) + 40 == bytes.len();
            let plain = ip[6] == protocol::TCP && whole;
            (Version::V6, bytes.get(40..).filter(|_| plain)?)
        }
        _ => return None,
    };
    let header = header_length(segment.first_chunk()?);
    (20..=segment.len()).contains(&header).then_some((version, segment))
}

fn header_length(tcp: &[u8; 20]) -> usize {
    usize::from(tcp[12] >> 4) * 4
}

#[inline]
fn v4_at(bytes: &[u8], at: usize) -> Option<IpAddr> {
    let octets: [u8; 4] = *bytes.get(at..)?.first_chunk()?;
    Some(Ipv4Addr::from(octets).into())
}

#[inline]
fn v6_at(bytes: &[u8], at: usize) -> Option<IpAddr> {
    let octets: [u8; 16] = *bytes.get(at..)?.first_chunk()?;
    Some(Ipv6Addr::from(octets).into())
}

impl Packet {
    /// What its bytes say of it.
    pub(crate) fn head(&self) -> Option<Head> {
        Head::of(&self.bytes)
    }

    /// For whom it is; nothing if it is no packet of IP. All that a router wants to know of most.
    pub(crate) fn destination(&self) -> Option<IpAddr> {
        match self.bytes.first()? >> 4 {
            4 => v4_at(&self.bytes, 16),
            6 => v6_at(&self.bytes, 24),
            _ => None,
        }
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

/// Puts the checksum into a TCP segment whose field for it holds zeros (RFC 9293 section 3.1). Leaves all other packets alone.
pub(crate) fn put_tcp_checksum(bytes: &mut [u8]) {
    // As the stack writes them: IPv4 without options, IPv6 without extension headers. Both addresses end the header.
    let (addresses, header) = match (bytes.first(), bytes.get(9), bytes.get(6)) {
        (Some(0x45), Some(&protocol::TCP), _) => (12, 20),
        (Some(first), _, Some(&protocol::TCP)) if first >> 4 == 6 => (8, 40),
        _ => return,
    };
    let (Some(addresses), Some(segment)) = (bytes.get(addresses..header), bytes.get(header..)) else {
        return;
    };
    let length = u16::try_from(segment.len()).unwrap_or(u16::MAX).to_be_bytes();
    let sum = internet_checksum(&[addresses, &[0, protocol::TCP], &length, segment]);
    put(bytes, header + 16, sum);
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
    fn a_segment_gets_its_checksum() {
        let addresses = |length: usize| (1..).take(length).collect::<Vec<u8>>();
        for payload in [0, 1, 7, 8, 9, 1_460] {
            let mut segment = vec![0x50; 20 + payload];
            segment[16..18].fill(0);
            let length = u8::try_from(segment.len() & 0xff).unwrap();
            let high = u8::try_from(segment.len() >> 8).unwrap();
            let total = u16::try_from(20 + segment.len()).unwrap().to_be_bytes();
            let v4 = [
                &[0x45, 0, total[0], total[1], 0, 0, 0x40, 0, 64, 6, 0, 0],
                &addresses(8)[..],
            ]
            .concat();
            let v6 = [&[0x60, 0, 0, 0, high, length, 6, 64], &addresses(32)[..]].concat();
            for header in [v4, v6] {
                let mut packet = [header, segment.clone()].concat();
                assert_eq!(checksums(&packet).unwrap().transport, Some(false));
                put_tcp_checksum(&mut packet);
                assert_eq!(checksums(&packet).unwrap().transport, Some(true));
            }
        }
        let mut other = v4(64);
        put_tcp_checksum(&mut other);
        assert_eq!(other, v4(64));
        for length in 0..45 {
            let mut cut = vec![6; length];
            put_tcp_checksum(&mut cut);
            assert_eq!(cut, vec![6; length]);
        }
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
