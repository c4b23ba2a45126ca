//! The Internet checksum (RFC 1071) and what it covers (RFC 9293 section 3.1, RFC 8200 section 8.1).

use core::net::IpAddr;

use super::ip::{DissectError, Ip};
use super::protocol;

/// Whether a packet's checksums hold; nothing where there is none, or where it can't be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checksums {
    /// The IPv4 header's. IPv6 has none.
    pub header: Option<bool>,
    /// TCP's, UDP's, ICMP's. Not known of a fragment, or of a packet that was cut.
    pub transport: Option<bool>,
}

/// Checks the checksums of a raw IP packet. It reads every byte.
///
/// # Errors
/// When the IP header is cut or contradicts itself.
pub fn checksums(packet: &[u8]) -> Result<Checksums, DissectError> {
    let ip = Ip::parse(packet)?;
    Ok(Checksums {
        header: ip.source.is_ipv4().then(|| header_holds(packet, ip.payload)),
        transport: transport_holds(packet, &ip),
    })
}

/// The Internet checksum (RFC 1071) over these pieces, one behind the other, to be put where zeros stand in them.
///
/// A piece of odd length counts as if a zero followed, so only the last may be one.
#[must_use]
pub fn internet_checksum(pieces: &[&[u8]]) -> u16 {
    // Folded to sixteen bits, nothing is lost.
    #[expect(clippy::cast_possible_truncation, reason = "a folded sum has sixteen bits")]
    let folded = fold(pieces.iter().map(|piece| sum(piece)).sum()) as u16;
    !folded
}

/// Whether the sum over the IPv4 header is what it must be.
pub(super) fn header_holds(packet: &[u8], length: usize) -> bool {
    packet.get(..length).is_some_and(|header| fold(sum(header)) == 0xffff)
}

/// As [`Checksums::transport`].
pub(super) fn transport_holds(packet: &[u8], ip: &Ip) -> Option<bool> {
    if ip.fragment {
        return None;
    }
    let body = packet.get(ip.payload..ip.end)?;
    let total = match (ip.protocol, ip.source.is_ipv4()) {
        (protocol::ICMP, true) => sum(body),
        // RFC 768: zero means that the sender took no sum. IPv6 forbids that.
        (protocol::UDP, true) if body.get(6..8) == Some(&[0, 0]) => return None,
        (protocol::TCP | protocol::UDP, _) | (protocol::ICMPV6, false) => sum(body) + pseudo_header(ip, body.len()),
        _ => return None,
    };
    Some(fold(total) == 0xffff)
}

fn pseudo_header(ip: &Ip, length: usize) -> u64 {
    let address = |address: IpAddr| match address {
        IpAddr::V4(address) => sum(&address.octets()),
        IpAddr::V6(address) => sum(&address.octets()),
    };
    address(ip.source) + address(ip.destination) + u64::from(ip.protocol) + length as u64
}

/// The sum of the 16-bit numbers, with the carries added back in; an odd last byte counts as if a zero followed.
///
/// Every packet of a simulation comes by here, so it takes eight bytes at a time, and four times that in one turn: two numbers
/// added with their carry are as good as one of 32 bits, and the bytes need not be in the network's order before the end
/// (RFC 1071 section 2).
fn sum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let (fours, words) = words.as_chunks::<4>();
    let mut last = [0; 8];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    let halves = |word: &[u8; 8]| {
        let word = u64::from_le_bytes(*word);
        (word >> 32) + (word & 0xffff_ffff)
    };
    #[expect(clippy::cast_possible_truncation, reason = "a folded sum has sixteen bits")]
    let folded = {
        let mut sum = halves(&last);
        for [one, two, three, four] in fours {
            sum += halves(one) + halves(two) + halves(three) + halves(four);
        }
        fold(words.iter().fold(sum, |sum, word| sum + halves(word))) as u16
    };
    u64::from(folded.swap_bytes())
}

/// Adds the carries back in until sixteen bits are left.
const fn fold(mut sum: u64) -> u64 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_that_of_pairs_in_the_networks_order() {
        let bytes: Vec<u8> = (0..=255).cycle().skip(250).take(1_501).collect();
        for length in 0..bytes.len() {
            let bytes = &bytes[..length];
            let pair = |pair: &[u8]| u64::from(pair[0]) << 8 | u64::from(*pair.get(1).unwrap_or(&0));
            assert_eq!(sum(bytes), fold(bytes.chunks(2).map(pair).sum()), "{length}");
        }
        assert_eq!(sum(&[0xff; 1_460]), 0xffff);
        // RFC 1071 section 3 has this example.
        assert_eq!(sum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]), 0xddf2);
    }
}
