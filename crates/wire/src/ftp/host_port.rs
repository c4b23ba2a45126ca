//! Addresses for data connections: PORT and 227 (RFC 959 section 4.1.2), EPRT and 229 (RFC 2428).
//!
//! None of the types here can hold port 0, which is reserved and never a real endpoint (RFC 6335 section 6).

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};
use core::num::NonZeroU16;
use core::ops::Range;

use crate::Argument;

/// Why a text names no address for a data connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostPortError {
    /// It has not the form.
    Malformed,
    /// A number is too large: over 255 in PORT and 227, a port over 65535 in EPRT and 229.
    OutOfRange {
        /// The number as it stood there (numbers of more than nine digits are [`HostPortError::Malformed`]).
        value: u32,
    },
    /// Port 0 is reserved.
    PortZero,
    /// EPRT names a network protocol other than 1 (IPv4) and 2 (IPv6): a 522 to a server.
    UnknownProtocol {
        /// The number as it stood there.
        protocol: u32,
    },
    /// EPRT's address is none, or not of the protocol it names.
    Address,
}

/// An IPv4 address and a port, as PORT and 227 carry them: six numbers with commas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostPort(SocketAddrV4);

impl HostPort {
    /// Checks the port.
    ///
    /// # Errors
    /// When it is 0.
    pub const fn new(address: SocketAddrV4) -> Result<Self, HostPortError> {
        match address.port() {
            0 => Err(HostPortError::PortZero),
            _ => Ok(Self(address)),
        }
    }

    /// The address.
    #[must_use]
    pub const fn address(self) -> SocketAddrV4 {
        self.0
    }

    /// PORT's argument: `192,168,1,2,200,10`.
    #[must_use]
    pub fn to_argument(self) -> Argument {
        Argument::known_good(self.to_string())
    }

    /// A 227's text: `Entering Passive Mode (192,168,1,2,200,10).`
    #[must_use]
    pub fn to_reply_text(self) -> String {
        format!("Entering Passive Mode ({self}).")
    }

    /// Reads PORT's argument: the six numbers and nothing else.
    ///
    /// # Errors
    /// When it has not the form, a number is over 255, or the port is 0.
    pub fn parse_argument(argument: &str) -> Result<Self, HostPortError> {
        let mut scan = Scan::new(argument.as_bytes());
        let numbers = scan.six_numbers().ok_or(HostPortError::Malformed)?;
        if !scan.rest().is_empty() {
            return Err(HostPortError::Malformed);
        }
        Self::from_numbers(numbers)
    }

    /// Reads a 227's text: the first six numbers with commas between, wherever they stand. RFC 1123 section 4.1.2.6:
    /// a client must search for the digits, for not every server writes parentheses.
    ///
    /// # Errors
    /// When there are none, a number is over 255, or the port is 0.
    pub fn parse_reply_text(text: &str) -> Result<Self, HostPortError> {
        Self::find(text.as_bytes()).map(|(found, _)| found)
    }

    /// As [`HostPort::parse_reply_text`], and says which bytes the six numbers are: what a NAT's helper rewrites.
    ///
    /// # Errors
    /// As there.
    pub fn find(text: &[u8]) -> Result<(Self, Range<usize>), HostPortError> {
        let mut before_is_digit = false;
        for (start, byte) in text.iter().enumerate() {
            let is_digit = byte.is_ascii_digit();
            if is_digit && !before_is_digit {
                let mut scan = Scan::new(text.get(start..).unwrap_or_default());
                if let Some(numbers) = scan.six_numbers() {
                    return Self::from_numbers(numbers).map(|found| (found, start..start + scan.at));
                }
            }
            before_is_digit = is_digit;
        }
        Err(HostPortError::Malformed)
    }

    fn from_numbers(numbers: [u32; 6]) -> Result<Self, HostPortError> {
        let mut octets = [0; 6];
        for (octet, value) in octets.iter_mut().zip(numbers) {
            *octet = u8::try_from(value).map_err(|_| HostPortError::OutOfRange { value })?;
        }
        let [a, b, c, d, high, low] = octets;
        Self::new(SocketAddrV4::new(
            Ipv4Addr::new(a, b, c, d),
            u16::from_be_bytes([high, low]),
        ))
    }
}

/// The six numbers.
impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d] = self.0.ip().octets();
        let [high, low] = self.0.port().to_be_bytes();
        write!(f, "{a},{b},{c},{d},{high},{low}")
    }
}

/// An address of either IP version and a port, as EPRT carries them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExtendedHostPort {
    address: IpAddr,
    port: NonZeroU16,
}

impl ExtendedHostPort {
    /// Checks the port. What an IPv6 address has beside its 128 bits (flow, scope) means nothing to a peer and is
    /// dropped.
    ///
    /// # Errors
    /// When the port is 0.
    pub const fn new(address: SocketAddr) -> Result<Self, HostPortError> {
        match NonZeroU16::new(address.port()) {
            None => Err(HostPortError::PortZero),
            Some(port) => Ok(Self {
                address: address.ip(),
                port,
            }),
        }
    }

    /// The address.
    #[must_use]
    pub const fn address(self) -> SocketAddr {
        SocketAddr::new(self.address, self.port.get())
    }

    /// EPRT's argument: `|2|2001:db8::7|51234|`.
    #[must_use]
    pub fn to_argument(self) -> Argument {
        Argument::known_good(self.to_string())
    }

    /// Reads EPRT's argument. Any character from 33 to 126 may be the delimiter (RFC 2428 section 2).
    ///
    /// # Errors
    /// See [`HostPortError`].
    pub fn parse_argument(argument: &str) -> Result<Self, HostPortError> {
        let delimiter = argument
            .chars()
            .next()
            .filter(char::is_ascii_graphic)
            .ok_or(HostPortError::Malformed)?;
        let inner = argument
            .strip_prefix(delimiter)
            .and_then(|rest| rest.strip_suffix(delimiter));
        // The protocol from the left and the port from the right: an IPv6 address may hold a colon as delimiter.
        let (protocol, rest) = inner
            .and_then(|inner| inner.split_once(delimiter))
            .ok_or(HostPortError::Malformed)?;
        let (address, port) = rest.rsplit_once(delimiter).ok_or(HostPortError::Malformed)?;
        let protocol = whole_number(protocol).ok_or(HostPortError::Malformed)?;
        let address = match protocol {
            1 => address.parse().map(IpAddr::V4),
            2 => address.parse().map(IpAddr::V6),
            _ => return Err(HostPortError::UnknownProtocol { protocol }),
        };
        let address = address.map_err(|_| HostPortError::Address)?;
        let port = port_of(whole_number(port).ok_or(HostPortError::Malformed)?)?;
        Ok(Self { address, port })
    }
}

/// EPRT's argument.
impl fmt::Display for ExtendedHostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = if self.address.is_ipv4() { 1 } else { 2 };
        write!(f, "|{protocol}|{}|{}|", self.address, self.port)
    }
}

/// A port alone, as 229 carries it: the address is the control connection's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExtendedPort(NonZeroU16);

impl ExtendedPort {
    /// Checks the port.
    ///
    /// # Errors
    /// When it is 0.
    pub const fn new(port: u16) -> Result<Self, HostPortError> {
        match NonZeroU16::new(port) {
            None => Err(HostPortError::PortZero),
            Some(port) => Ok(Self(port)),
        }
    }

    /// The port, never 0.
    #[must_use]
    pub const fn port(self) -> u16 {
        self.0.get()
    }

    /// A 229's text: `Entering Extended Passive Mode (|||60000|)`. RFC 2428 wants the parentheses.
    #[must_use]
    pub fn to_reply_text(self) -> String {
        format!("Entering Extended Passive Mode (|||{}|)", self.0)
    }

    /// Reads a 229's text: three delimiters, digits, a delimiter, wherever they stand.
    ///
    /// # Errors
    /// See [`HostPortError`].
    pub fn parse_reply_text(text: &str) -> Result<Self, HostPortError> {
        Self::find(text.as_bytes()).map(|(found, _)| found)
    }

    /// As [`ExtendedPort::parse_reply_text`], and says which bytes `|||port|` is.
    ///
    /// # Errors
    /// As there.
    pub fn find(text: &[u8]) -> Result<(Self, Range<usize>), HostPortError> {
        for (start, window) in text.windows(3).enumerate() {
            let [delimiter, second, third] = *window else { continue };
            if !delimiter.is_ascii_punctuation() || second != delimiter || third != delimiter {
                continue;
            }
            let mut scan = Scan::new(text.get(start + 3..).unwrap_or_default());
            let Some(port) = scan.number(9) else { continue };
            if scan.byte(delimiter) {
                return port_of(port).map(|port| (Self(port), start..start + 3 + scan.at));
            }
        }
        Err(HostPortError::Malformed)
    }
}

impl fmt::Display for HostPortError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("this names no address and port"),
            Self::OutOfRange { value } => write!(f, "{value} is too large for its place in an address"),
            Self::PortZero => f.write_str("port 0 is reserved and never a real endpoint"),
            Self::UnknownProtocol { protocol } => {
                write!(f, "network protocol {protocol} is unknown; 1 is IPv4 and 2 is IPv6")
            }
            Self::Address => f.write_str("the address is not one of the protocol it is said to be"),
        }
    }
}

impl core::error::Error for HostPortError {}

fn port_of(value: u32) -> Result<NonZeroU16, HostPortError> {
    let port = u16::try_from(value).map_err(|_| HostPortError::OutOfRange { value })?;
    NonZeroU16::new(port).ok_or(HostPortError::PortZero)
}

fn whole_number(text: &str) -> Option<u32> {
    let mut scan = Scan::new(text.as_bytes());
    scan.number(9).filter(|_| scan.rest().is_empty())
}

/// A place in a text, and what can be read from there.
struct Scan<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Scan<'a> {
    const fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0 }
    }

    fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn byte(&mut self, wanted: u8) -> bool {
        let is_there = self.rest().first() == Some(&wanted);
        self.at += usize::from(is_there);
        is_there
    }

    /// A decimal number of one to `most` digits (at most nine, so that it always fits), all there are.
    fn number(&mut self, most: usize) -> Option<u32> {
        let digits = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        if !(1..=most).contains(&digits) {
            return None;
        }
        let value = self
            .rest()
            .iter()
            .take(digits)
            .fold(0, |value, digit| value * 10 + u32::from(digit - b'0'));
        self.at += digits;
        Some(value)
    }

    fn six_numbers(&mut self) -> Option<[u32; 6]> {
        let mut numbers = [0; 6];
        for (index, number) in numbers.iter_mut().enumerate() {
            if index > 0 && !self.byte(b',') {
                return None;
            }
            *number = self.number(9)?;
        }
        Some(numbers)
    }
}

#[cfg(test)]
#[path = "host_port_tests.rs"]
mod tests;
