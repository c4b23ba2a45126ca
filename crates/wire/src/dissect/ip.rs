//! IPv4 and IPv6 headers (RFC 791 section 3.1, RFC 8200 sections 3 and 4).

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::bytes::{array, be8, be16};

/// A header, as a part of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// IPv4 or IPv6.
    Ip,
    /// TCP.
    Tcp,
    /// ICMP or ICMPv6.
    Icmp,
}

/// Why bytes are no packet that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DissectError {
    /// They end before something does.
    Truncated {
        /// In which layer.
        layer: Layer,
        /// How many bytes of the packet it takes.
        needs: usize,
        /// How many there are.
        has: usize,
    },
    /// The IP version is neither 4 nor 6.
    Version {
        /// What it is.
        version: u8,
    },
    /// A header says it is shorter than it can be, or longer than what holds it.
    HeaderLength {
        /// In which layer.
        layer: Layer,
        /// The length in bytes that it says.
        length: usize,
    },
    /// The packet's total length is less than its header's.
    TotalLength {
        /// The length in bytes that it says.
        length: usize,
    },
    /// More IPv6 extension headers than anybody sends.
    TooManyExtensions,
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ip => "IP",
            Self::Tcp => "TCP",
            Self::Icmp => "ICMP",
        })
    }
}

impl fmt::Display for DissectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { layer, needs, has } => {
                write!(f, "the {layer} layer needs {needs} bytes, and the packet has {has}")
            }
            Self::Version { version } => write!(f, "{version} is no version of IP that is in use"),
            Self::HeaderLength { layer, length } => write!(f, "a {layer} header can't be {length} bytes long"),
            Self::TotalLength { length } => write!(f, "a packet of {length} bytes can't hold its own header"),
            Self::TooManyExtensions => f.write_str("too many IPv6 extension headers"),
        }
    }
}

impl core::error::Error for DissectError {}

/// What the layers above want to know of an IP header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ip {
    pub source: IpAddr,
    pub destination: IpAddr,
    /// Time to live, hop limit.
    pub hops: u8,
    /// Of what comes behind the header and its extensions.
    pub protocol: u8,
    /// Where that starts.
    pub payload: usize,
    /// Where the packet ends, by its own word; the bytes at hand may end before or after.
    pub end: usize,
    /// Not the first fragment of its packet: what comes has no transport header.
    pub later_fragment: bool,
    /// A fragment, the first or a later one: the transport's checksum can't be checked.
    pub fragment: bool,
}

/// Extension headers that are walked; a packet with more is refused.
const MAX_EXTENSIONS: usize = 8;

const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const DESTINATION_OPTIONS: u8 = 60;

impl Ip {
    /// Reads the header. The payload may be cut; the header (IPv6: with its extensions) may not.
    pub(super) fn parse(packet: &[u8]) -> Result<Self, DissectError> {
        let version = be8(packet, 0).ok_or(truncated(1, packet))? >> 4;
        match version {
            4 => Self::parse_v4(packet),
            6 => Self::parse_v6(packet),
            _ => Err(DissectError::Version { version }),
        }
    }

    fn parse_v4(packet: &[u8]) -> Result<Self, DissectError> {
        let fixed: [u8; 20] = array(packet, 0).ok_or(truncated(20, packet))?;
        let [
            version_length,
            _,
            total_high,
            total_low,
            _,
            _,
            fragment_high,
            fragment_low,
            hops,
            protocol,
            _,
            _,
            source @ ..,
        ] = fixed;
        let length = usize::from(version_length & 0x0f) * 4;
        let end = usize::from(u16::from_be_bytes([total_high, total_low]));
        let fragment = u16::from_be_bytes([fragment_high, fragment_low]);
        if length < 20 {
            return Err(DissectError::HeaderLength {
                layer: Layer::Ip,
                length,
            });
        }
        if end < length {
            return Err(DissectError::TotalLength { length: end });
        }
        if packet.len() < length {
            return Err(truncated(length, packet));
        }
        let [a, b, c, d, e, f, g, h] = source;
        Ok(Self {
            source: Ipv4Addr::new(a, b, c, d).into(),
            destination: Ipv4Addr::new(e, f, g, h).into(),
            hops,
            protocol,
            payload: length,
            end,
            later_fragment: fragment & 0x1fff != 0,
            fragment: fragment & 0x3fff != 0,
        })
    }

    fn parse_v6(packet: &[u8]) -> Result<Self, DissectError> {
        let missing = truncated(40, packet);
        let length = be16(packet, 4).ok_or(missing)?;
        let [protocol, hops] = array(packet, 6).ok_or(missing)?;
        let source: [u8; 16] = array(packet, 8).ok_or(missing)?;
        let destination: [u8; 16] = array(packet, 24).ok_or(missing)?;
        let mut ip = Self {
            source: Ipv6Addr::from(source).into(),
            destination: Ipv6Addr::from(destination).into(),
            hops,
            protocol,
            payload: 40,
            end: 40 + usize::from(length),
            later_fragment: false,
            fragment: false,
        };
        ip.skip_extensions(packet)?;
        Ok(ip)
    }

    fn skip_extensions(&mut self, packet: &[u8]) -> Result<(), DissectError> {
        for _ in 0..MAX_EXTENSIONS {
            if !matches!(self.protocol, HOP_BY_HOP | ROUTING | FRAGMENT | DESTINATION_OPTIONS) || self.later_fragment {
                return Ok(());
            }
            let needs = self.payload + 8;
            let [next, units, high, low] = array(packet, self.payload).ok_or(truncated(needs, packet))?;
            let length = if self.protocol == FRAGMENT {
                let fragment = u16::from_be_bytes([high, low]);
                self.later_fragment = fragment & 0xfff8 != 0;
                self.fragment = fragment & 0xfff9 != 0;
                8
            } else {
                (usize::from(units) + 1) * 8
            };
            self.payload += length;
            self.protocol = next;
            if self.payload > self.end {
                return Err(DissectError::HeaderLength {
                    layer: Layer::Ip,
                    length,
                });
            }
            if self.payload > packet.len() {
                return Err(truncated(self.payload, packet));
            }
        }
        Err(DissectError::TooManyExtensions)
    }
}

const fn truncated(needs: usize, packet: &[u8]) -> DissectError {
    DissectError::Truncated {
        layer: Layer::Ip,
        needs,
        has: packet.len(),
    }
}
