//! Whom somebody wants to reach: a name or an address, and a port, as text that was checked.

use core::fmt;
use core::str::FromStr;
use std::net::{IpAddr, Ipv4Addr};

use super::space::meant;

/// The longest name (RFC 1035 section 2.3.4), in bytes.
const NAME: usize = 253;

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// The host.
    pub host: Host,
    /// The control port.
    pub port: u16,
}

/// A host in the one spelling that is compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Host {
    /// A name: small letters, no dot at the end.
    Name(String),
    /// An address: IPv4 wherever IPv4 is meant.
    Address(IpAddr),
}

/// Why a text names no host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAHost {
    /// There is nothing.
    Empty,
    /// A name with a character that names have not.
    Character,
    /// A name or a part of it that is too long, or empty.
    Length,
    /// Looks like an address in a spelling that some systems read and others don't: octal, hexadecimal, one number.
    Number,
    /// The port is none, or zero.
    Port,
}

impl Host {
    /// Reads a host.
    ///
    /// # Errors
    /// When it is neither an address in its usual spelling nor a name of letters, digits, hyphens and underscores.
    pub fn new(text: &str) -> Result<Self, NotAHost> {
        let text = text.strip_suffix('.').unwrap_or(text);
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        if let Ok(address) = bare.unwrap_or(text).parse::<IpAddr>() {
            return Ok(Self::Address(meant(address)));
        }
        if text.is_empty() {
            return Err(NotAHost::Empty);
        }
        if text.len() > NAME {
            return Err(NotAHost::Length);
        }
        for label in text.split('.') {
            if label.is_empty() || label.len() > 63 {
                return Err(NotAHost::Length);
            }
            let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            if !label.bytes().all(known) {
                return Err(NotAHost::Character);
            }
        }
        // Names that end in a number are read as addresses by some: 2130706433, 0x7f.1, 127.1, 0177.0.0.1.
        let last = text.rsplit('.').next().unwrap_or(text).to_ascii_lowercase();
        if last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x") {
            return Err(NotAHost::Number);
        }
        Ok(Self::Name(text.to_ascii_lowercase()))
    }

    /// Whether a browser or a system takes this name for the machine it runs on (RFC 6761 section 6.3).
    pub fn is_localhost(&self) -> bool {
        match self {
            Self::Name(name) => name == "localhost" || name.ends_with(".localhost"),
            Self::Address(IpAddr::V4(Ipv4Addr::LOCALHOST)) => true,
            Self::Address(address) => address.is_loopback(),
        }
    }
}

impl FromStr for Target {
    type Err = NotAHost;

    fn from_str(text: &str) -> Result<Self, NotAHost> {
        let (host, port) = text.rsplit_once(':').ok_or(NotAHost::Port)?;
        // An IPv6 address without its brackets: which colon is the port's?
        if host.contains(':') && !host.starts_with('[') {
            return Err(NotAHost::Port);
        }
        let port = port.parse().ok().filter(|port| *port > 0).ok_or(NotAHost::Port)?;
        let host = Host::new(host)?;
        Ok(Self { host, port })
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(IpAddr::V6(v6)) => write!(f, "[{v6}]"),
            Self::Address(v4) => v4.fmt(f),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl fmt::Display for NotAHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "there is no host",
            Self::Character => {
                "a host's name has letters, digits, hyphens and dots; other scripts are written in punycode"
            }
            Self::Length => "a host's name has at most 253 characters, and from 1 to 63 between two dots",
            Self::Number => "an IPv4 address is four decimal numbers with dots, as in 203.0.113.10",
            Self::Port => {
                "a target is HOST:PORT, as in ftp.example.org:21 or [2001:db8::1]:21, with a port from 1 to 65535"
            }
        })
    }
}

impl core::error::Error for NotAHost {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_host_are_one() {
        for text in ["Ftp.Example.ORG:21", "ftp.example.org.:21"] {
            assert_eq!(
                text.parse::<Target>().unwrap().to_string(),
                "ftp.example.org:21",
                "{text}"
            );
        }
        for text in ["127.0.0.1:2121", "[::ffff:127.0.0.1]:2121", "[64:ff9b::7f00:1]:2121"] {
            assert_eq!(text.parse::<Target>().unwrap().to_string(), "127.0.0.1:2121", "{text}");
        }
        assert_eq!("[0:0::1]:21".parse::<Target>().unwrap().to_string(), "[::1]:21");
    }

    #[test]
    fn addresses_in_disguise_are_no_names() {
        for text in [
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "127.1",
            "0177.0.0.1",
            "127.0.0.1.",
            "1",
            "a.0x7f",
        ] {
            let host = Host::new(text);
            match text {
                "127.0.0.1." => assert_eq!(host, Ok(Host::Address(IpAddr::V4(Ipv4Addr::LOCALHOST)))),
                _ => assert_eq!(host, Err(NotAHost::Number), "{text}"),
            }
        }
    }

    #[test]
    fn what_names_nobody_is_said_so() {
        for (text, why) in [
            ("", NotAHost::Empty),
            ("a..b", NotAHost::Length),
            ("a b", NotAHost::Character),
            ("a\r\nb", NotAHost::Character),
            ("user@host", NotAHost::Character),
            ("ﬀ.example", NotAHost::Character),
            ("fe80::1%eth0", NotAHost::Character),
        ] {
            assert_eq!(Host::new(text), Err(why), "{text:?}");
        }
        let long = format!("{}.example", "a".repeat(64));
        assert_eq!(Host::new(&long), Err(NotAHost::Length));
        for text in [
            "ftp.example.org",
            "ftp.example.org:0",
            "ftp.example.org:65536",
            "ftp.example.org:x",
            "::1:21",
        ] {
            assert_eq!(text.parse::<Target>(), Err(NotAHost::Port), "{text}");
        }
    }
}
