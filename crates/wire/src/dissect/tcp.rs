//! TCP headers (RFC 9293 section 3.1).

use core::fmt;
use core::ops::{BitOr, Range};

use serde::{Deserialize, Serialize};

use super::bytes::{array, be16, be32};
use super::ip::{DissectError, Layer};
use crate::plain::Plain;

/// The eight flag bits of a TCP header, as they stand in its byte 13.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Plain)]
#[serde(transparent)]
pub struct TcpFlags(u8);

impl TcpFlags {
    /// No more data from this side.
    pub const FIN: Self = Self(0x01);
    /// Let us agree on sequence numbers: a connection begins.
    pub const SYN: Self = Self(0x02);
    /// There is no such connection, or no longer.
    pub const RST: Self = Self(0x04);
    /// Hand it to the program now.
    pub const PSH: Self = Self(0x08);
    /// The acknowledgment number counts.
    pub const ACK: Self = Self(0x10);
    /// The urgent pointer counts.
    pub const URG: Self = Self(0x20);
    /// Echo of a congestion notice (RFC 3168).
    pub const ECE: Self = Self(0x40);
    /// The congestion window was reduced (RFC 3168).
    pub const CWR: Self = Self(0x80);

    const NAMES: [(Self, &str); 8] = [
        (Self::SYN, "SYN"),
        (Self::FIN, "FIN"),
        (Self::RST, "RST"),
        (Self::PSH, "PSH"),
        (Self::ACK, "ACK"),
        (Self::URG, "URG"),
        (Self::ECE, "ECE"),
        (Self::CWR, "CWR"),
    ];

    /// The flags in a header's byte 13.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// That byte.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether all of `flags` are set.
    #[must_use]
    pub const fn contains(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// SYN without ACK: somebody calls.
    #[must_use]
    pub const fn is_call(self) -> bool {
        self.contains(Self::SYN) && !self.contains(Self::ACK)
    }
}

impl BitOr for TcpFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// `SYN, ACK`; a dash for none.
impl fmt::Display for TcpFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (_, name) in Self::NAMES.iter().filter(|(flag, _)| self.contains(*flag)) {
            write!(f, "{separator}{name}")?;
            separator = ", ";
        }
        if separator.is_empty() { f.write_str("-") } else { Ok(()) }
    }
}

impl fmt::Debug for TcpFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A TCP header in a glance. Ports are the summary's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TcpSummary {
    /// Flags.
    pub flags: TcpFlags,
    /// Sequence number of the first byte (of the SYN, if there is one).
    pub seq: u32,
    /// The next byte that is expected; means something with [`TcpFlags::ACK`] only.
    pub ack: u32,
    /// The window as it stands in the header, not scaled.
    pub window: u16,
    /// Where the payload starts in the packet.
    pub payload_at: u32,
    /// How long it is.
    pub payload_len: u32,
}

impl TcpSummary {
    /// Where the payload stands in the packet.
    #[must_use]
    pub const fn payload_range(&self) -> Range<usize> {
        let start = self.payload_at as usize;
        start..start + self.payload_len as usize
    }

    /// The payload, if `packet` is the packet that this is the summary of; as much of it as `packet` has.
    #[must_use]
    pub fn payload<'a>(&self, packet: &'a [u8]) -> &'a [u8] {
        let Range { start, end } = self.payload_range();
        packet.get(start..end.min(packet.len())).unwrap_or_default()
    }

    /// How many sequence numbers the segment takes: one for each byte, one for SYN, one for FIN.
    #[must_use]
    pub const fn sequence_length(&self) -> u32 {
        self.payload_len + self.flags.contains(TcpFlags::SYN) as u32 + self.flags.contains(TcpFlags::FIN) as u32
    }
}

/// The ports and the summary of the segment at `at` in `packet`, which ends at `end`.
pub(super) fn parse(packet: &[u8], at: usize, end: usize) -> Result<(u16, u16, TcpSummary), DissectError> {
    let missing = DissectError::Truncated {
        layer: Layer::Tcp,
        needs: at + 20,
        has: packet.len().min(end),
    };
    let segment = packet.get(at..end.min(packet.len())).ok_or(missing)?;
    let fixed: [u8; 16] = array(segment, 0).filter(|_| segment.len() >= 20).ok_or(missing)?;
    let [s0, s1, d0, d1, q0, q1, q2, q3, a0, a1, a2, a3, offset, flags, w0, w1] = fixed;
    let length = usize::from(offset >> 4) * 4;
    if length < 20 || at + length > end {
        return Err(DissectError::HeaderLength {
            layer: Layer::Tcp,
            length,
        });
    }
    // A packet is at most 65,575 bytes long, so both fit.
    let payload_at = u32::try_from(at + length).unwrap_or(u32::MAX);
    let payload_len = u32::try_from(end - at - length).unwrap_or(u32::MAX);
    let summary = TcpSummary {
        flags: TcpFlags(flags),
        seq: u32::from_be_bytes([q0, q1, q2, q3]),
        ack: u32::from_be_bytes([a0, a1, a2, a3]),
        window: u16::from_be_bytes([w0, w1]),
        payload_at,
        payload_len,
    };
    Ok((u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1]), summary))
}

/// What the first eight bytes of a segment tell: ports and sequence number, as an ICMP message quotes them.
pub(super) fn parse_quoted(segment: &[u8]) -> Option<(u16, u16, u32)> {
    Some((be16(segment, 0)?, be16(segment, 2)?, be32(segment, 4)?))
}
