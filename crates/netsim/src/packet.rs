//! Packets on their way, and what is done to their bytes: time to live, checksums, ICMP errors.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use portolan_session::event::{Conn, PacketId};

/// A packet on its way. Its bytes are the whole IP packet.
#[derive(Debug)]
pub(crate) struct Packet {
    pub(crate) id: PacketId,
    /// The connection it belongs to, for the log alone: no node may decide anything by it.
    pub(crate) conn: Option<Conn>,
    pub(crate) bytes: Vec<u8>,
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
    let sum = !checksum(0, &message);
    put(&mut message, 2, sum);

    let length = u16::try_from(20 + message.len()).unwrap_or(u16::MAX);
    // Version 4, five words of header; no options, no fragments; TTL 64; protocol 1.
    let mut packet = vec![0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 1, 0, 0];
    put(&mut packet, 2, length);
    packet.extend_from_slice(&from.octets());
    packet.extend_from_slice(&to.octets());
    let sum = !checksum(0, &packet);
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
    let start = u32::from(checksum(0, addresses)) + u32::from(length) + 58;
    let sum = !checksum(start, &message);
    put(&mut message, 2, sum);
    packet.extend_from_slice(&message);
    packet
}

/// The sum of 16-bit words in ones' complement (RFC 1071), begun with `start`, not yet complemented.
fn checksum(start: u32, bytes: &[u8]) -> u16 {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut sum = u64::from(start);
    sum += pairs
        .iter()
        .map(|pair| u64::from(u16::from_be_bytes(*pair)))
        .sum::<u64>();
    sum += rest.first().map_or(0, |last| u64::from(*last) << 8);
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    u16::try_from(sum).unwrap_or(0)
}

fn put(bytes: &mut [u8], at: usize, value: u16) {
    if let Some(field) = bytes.get_mut(at..at + 2) {
        field.copy_from_slice(&value.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portolan_wire::dissect::{IcmpMeaning, Summary, checksums};

    fn v4(hops: u8) -> Vec<u8> {
        let mut packet = vec![
            0x45, 0, 0, 28, 0, 0, 0x40, 0, hops, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 9,
        ];
        let sum = !checksum(0, &packet);
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
