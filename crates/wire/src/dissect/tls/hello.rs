//! The handshake's messages that can be read: who offers what, what is chosen, and whose certificates come.

use super::super::certificate::Certificate;
use crate::visible;

/// ClientHello, RFC 8446 section 4.1.2.
pub(super) const CLIENT_HELLO: u8 = 1;
/// ServerHello, RFC 8446 section 4.1.3.
pub(super) const SERVER_HELLO: u8 = 2;
/// Certificate, RFC 5246 section 7.4.2.
pub(super) const CERTIFICATE: u8 = 11;

/// Extensions that are read; the numbers are IANA's.
mod extension {
    pub(super) const SERVER_NAME: u16 = 0;
    pub(super) const ALPN: u16 = 16;
    pub(super) const SESSION_TICKET: u16 = 35;
    pub(super) const PRE_SHARED_KEY: u16 = 41;
    pub(super) const EARLY_DATA: u16 = 42;
    pub(super) const SUPPORTED_VERSIONS: u16 = 43;
}

/// What stands for a ServerHello's random bytes where it is a HelloRetryRequest (RFC 8446 section 4.1.3).
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11,
    0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// What a client offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientHello {
    /// Versions, the client's first choice first.
    pub versions: Vec<u16>,
    /// Cipher suites, likewise; see [`suite_name`](super::suite_name).
    pub suites: Vec<u16>,
    /// The host that is meant (RFC 6066 section 3), control characters made visible. It is readable to all.
    pub server_name: Option<String>,
    /// Protocols that may be spoken inside (RFC 7301), control characters made visible.
    pub protocols: Vec<String>,
    /// The session to go on with, or a number without meaning (RFC 8446 appendix D.4); 32 bytes at most.
    pub session_id: Vec<u8>,
    /// Whether it has a ticket or a key of an earlier session: of TLS 1.2 (RFC 5077) or 1.3.
    pub ticket: bool,
    /// Whether data follows at once (RFC 8446 section 4.2.10).
    pub early_data: bool,
}

/// What a server chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerHello {
    /// The version.
    pub version: u16,
    /// The cipher suite.
    pub suite: u16,
    /// The session's id: the client's own, repeated, where an earlier session goes on (TLS 1.2).
    pub session_id: Vec<u8>,
    /// Which of the client's tickets it goes on with, from 0 (TLS 1.3).
    pub ticket: Option<u16>,
    /// The protocol that is spoken inside, as far as it is told in the clear (TLS 1.2).
    pub protocol: Option<String>,
    /// Whether it asks the client to begin anew: a HelloRetryRequest.
    pub retry: bool,
}

impl ClientHello {
    pub(super) fn parse(body: &[u8]) -> Option<Self> {
        let mut read = Read(body);
        let oldest = read.u16()?;
        read.bytes(32)?;
        let session_id = read.vec8()?.to_vec();
        let suites = numbers(read.vec16()?)?;
        // Compression, which nobody does any more.
        read.vec8()?;
        let mut hello = Self {
            versions: vec![oldest],
            suites,
            server_name: None,
            protocols: Vec::new(),
            session_id,
            ticket: false,
            early_data: false,
        };
        for (kind, content) in extensions(&mut read)? {
            match kind {
                extension::SERVER_NAME => hello.server_name = server_name(content),
                extension::ALPN => hello.protocols = protocols(content)?,
                extension::SESSION_TICKET => hello.ticket |= !content.is_empty(),
                extension::PRE_SHARED_KEY => hello.ticket = true,
                extension::EARLY_DATA => hello.early_data = true,
                extension::SUPPORTED_VERSIONS => hello.versions = numbers(Read(content).vec8()?)?,
                _ => {}
            }
        }
        // Numbers that mean nothing, so that servers learn to skip what they do not know (RFC 8701).
        hello.versions.retain(|number| !is_grease(*number));
        hello.suites.retain(|number| !is_grease(*number));
        Some(hello)
    }
}

impl ServerHello {
    pub(super) fn parse(body: &[u8]) -> Option<Self> {
        let mut read = Read(body);
        let version = read.u16()?;
        let retry = read.bytes(32)? == RETRY;
        let session_id = read.vec8()?.to_vec();
        let suite = read.u16()?;
        read.bytes(1)?;
        let mut hello = Self {
            version,
            suite,
            session_id,
            ticket: None,
            protocol: None,
            retry,
        };
        for (kind, content) in extensions(&mut read)? {
            match kind {
                extension::ALPN => hello.protocol = protocols(content)?.pop(),
                extension::PRE_SHARED_KEY => hello.ticket = Some(Read(content).u16()?),
                extension::SUPPORTED_VERSIONS => hello.version = Read(content).u16()?,
                _ => {}
            }
        }
        Some(hello)
    }
}

/// The certificates of TLS 1.2's message: their lengths, and what the first says.
pub(super) fn certificates(body: &[u8]) -> Option<(Vec<u32>, Option<Certificate>)> {
    let mut read = Read(body);
    let mut list = Read(read.vec24()?);
    let mut first = None;
    let mut lengths = Vec::new();
    while !list.0.is_empty() {
        let certificate = list.vec24()?;
        if lengths.is_empty() {
            first = Certificate::read(certificate).ok();
        }
        lengths.push(u32::try_from(certificate.len()).ok()?);
    }
    Some((lengths, first))
}

/// Type and content of each extension. Hellos of old end without any.
fn extensions<'a>(read: &mut Read<'a>) -> Option<Vec<(u16, &'a [u8])>> {
    let mut found = Vec::new();
    if read.0.is_empty() {
        return Some(found);
    }
    let mut list = Read(read.vec16()?);
    while !list.0.is_empty() {
        found.push((list.u16()?, list.vec16()?));
    }
    Some(found)
}

/// The one name of type `host_name`.
fn server_name(content: &[u8]) -> Option<String> {
    let mut list = Read(Read(content).vec16()?);
    while !list.0.is_empty() {
        let kind = list.bytes(1)?;
        let name = list.vec16()?;
        if kind == [0] {
            return Some(visible(&String::from_utf8_lossy(name)));
        }
    }
    None
}

fn protocols(content: &[u8]) -> Option<Vec<String>> {
    let mut list = Read(Read(content).vec16()?);
    let mut names = Vec::new();
    while !list.0.is_empty() {
        names.push(visible(&String::from_utf8_lossy(list.vec8()?)));
    }
    Some(names)
}

fn numbers(bytes: &[u8]) -> Option<Vec<u16>> {
    let mut read = Read(bytes);
    let mut numbers = Vec::with_capacity(bytes.len() / 2);
    while !read.0.is_empty() {
        numbers.push(read.u16()?);
    }
    Some(numbers)
}

/// Both bytes the same, and each ends with `a` (RFC 8701 section 2).
const fn is_grease(number: u16) -> bool {
    let [high, low] = number.to_be_bytes();
    high == low && low & 0x0f == 0x0a
}

/// Reads from the front.
struct Read<'a>(&'a [u8]);

impl<'a> Read<'a> {
    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(bytes)
    }

    fn u16(&mut self) -> Option<u16> {
        let bytes = self.bytes(2)?.first_chunk()?;
        Some(u16::from_be_bytes(*bytes))
    }

    /// Bytes behind their length, which is a byte.
    fn vec8(&mut self) -> Option<&'a [u8]> {
        let &[length] = self.bytes(1)?.first_chunk()?;
        self.bytes(length.into())
    }

    /// Bytes behind their length, which is two bytes.
    fn vec16(&mut self) -> Option<&'a [u8]> {
        let length = self.u16()?;
        self.bytes(length.into())
    }

    /// Bytes behind their length, which is three bytes.
    fn vec24(&mut self) -> Option<&'a [u8]> {
        let &[a, b, c] = self.bytes(3)?.first_chunk()?;
        let length = u32::from_be_bytes([0, a, b, c]);
        self.bytes(usize::try_from(length).ok()?)
    }
}
