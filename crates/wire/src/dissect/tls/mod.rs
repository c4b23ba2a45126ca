//! A TLS connection, as somebody beside the wire reads it: an eavesdropper, a firewall that looks deep.
//!
//! TLS hides what is said, and shows that something is: every record's type and length, and until the keys are there the
//! handshake in the clear, with the versions and suites on offer and the name of the server that is meant. This reads no
//! more than that. It has no keys, and it knows no state of either endpoint.
//!
//! Required reading: RFC 8446 sections 4 and 5 (TLS 1.3), RFC 5246 sections 6 and 7 (TLS 1.2), RFC 6066 section 3 (server
//! name), RFC 7301 (ALPN), RFC 5077 (tickets of TLS 1.2).

mod hello;
mod names;
mod record;

use super::Direction;
use super::certificate::Certificate;
pub use hello::{ClientHello, ServerHello};
pub use names::{alert_name, handshake_name, suite_name, version_name};
use record::{Half, Piece};

/// The longest handshake message that is read, in bytes; of a longer one only its kind and length are told.
pub const LONGEST_MESSAGE: usize = 64 * 1024;

/// Something that was seen, and where it stands in its direction's stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsSighting {
    /// Whose bytes. The client is who began the handshake, which in FTP is never the one who called (RFC 4217 section 7).
    pub direction: Direction,
    /// Offset of its first byte; the stream's first byte has offset 0.
    pub start: u64,
    /// Offset behind its last byte. A message that goes over several records has their headers within.
    pub end: u64,
    /// What.
    pub what: TlsWhat,
}

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsWhat {
    /// A whole record. What it carries in the clear follows it.
    Record {
        /// What it says it carries. In TLS 1.3 everything behind the hellos is `ApplicationData`.
        content: ContentType,
        /// The version in its header, which says little: see [`version_name`].
        version: u16,
        /// Bytes behind the header.
        length: u16,
        /// Whether nobody without the keys can read them.
        opaque: bool,
    },
    /// The client begins.
    ClientHello(Box<ClientHello>),
    /// The server chooses.
    ServerHello(Box<ServerHello>),
    /// The server's certificates, or the client's, as TLS 1.2 and older send them. In TLS 1.3 they are encrypted.
    Certificates {
        /// Their lengths in bytes, the sender's own first.
        lengths: Vec<u32>,
        /// What the sender's own says, if it can be read.
        own: Option<Box<Certificate>>,
    },
    /// Another handshake message, or one that is malformed or too long.
    Handshake {
        /// Its type (RFC 8446 section 4, RFC 5246 section 7.4).
        kind: u8,
        /// Its bytes behind its header.
        length: u32,
    },
    /// From here on this direction is encrypted (TLS 1.2); in TLS 1.3 it means nothing (RFC 8446 appendix D.4).
    ChangeCipherSpec,
    /// An alert in the clear.
    Alert {
        /// Whether the connection ends with it: level 2 (RFC 5246 section 7.2).
        fatal: bool,
        /// What it says, see [`alert_name`].
        description: u8,
    },
    /// What stands here is no record, and this direction is read no further.
    NotTls,
}

/// What a record carries, RFC 8446 section 5.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContentType {
    /// 20.
    ChangeCipherSpec,
    /// 21.
    Alert,
    /// 22.
    Handshake,
    /// 23.
    ApplicationData,
    /// 24, RFC 6520.
    Heartbeat,
}

impl ContentType {
    const fn of(byte: u8) -> Option<Self> {
        Some(match byte {
            20 => Self::ChangeCipherSpec,
            21 => Self::Alert,
            22 => Self::Handshake,
            23 => Self::ApplicationData,
            24 => Self::Heartbeat,
            _ => return None,
        })
    }
}

/// Reads both directions of one TLS connection. Its memory is bounded: for each direction an unfinished record, and an
/// unfinished message of at most [`LONGEST_MESSAGE`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsDissector {
    client: Half,
    server: Half,
    /// What the client said last of itself: who resumes a session of TLS 1.2 is told by comparing.
    session_id: Vec<u8>,
    /// The version that was chosen.
    chosen: Option<u16>,
    resumes: Option<bool>,
}

impl TlsDissector {
    /// A dissector whose streams' first bytes stand at these offsets: 0 where TLS comes first, behind the 234 and its
    /// AUTH where it comes later.
    #[must_use]
    pub fn at(to_server: u64, to_client: u64) -> Self {
        Self {
            client: Half::at(to_server),
            server: Half::at(to_client),
            ..Self::default()
        }
    }

    /// Takes the next bytes of a direction. The result is the same however a direction's bytes are cut, as long as the
    /// order between the directions is the same.
    pub fn feed(&mut self, direction: Direction, bytes: &[u8]) -> Vec<TlsSighting> {
        let mut seen = Vec::new();
        let mut input = bytes;
        loop {
            let half = match direction {
                Direction::ToServer => &mut self.client,
                Direction::ToClient => &mut self.server,
            };
            let tls13 = self.chosen.is_some_and(|version| version >= names::TLS13);
            let Some(piece) = half.take(&mut input, tls13) else {
                return seen;
            };
            self.understand(direction, piece, &mut seen);
        }
    }

    /// The version that was chosen, as soon as the server has.
    #[must_use]
    pub const fn version(&self) -> Option<u16> {
        self.chosen
    }

    /// Whether the handshake goes on with an earlier session, as far as that can be seen: TLS 1.3 tells by an index into
    /// the client's tickets (RFC 8446 section 4.2.11), TLS 1.2 by repeating the client's session id (RFC 5246 section
    /// 7.4.1.3, RFC 5077 section 3.4).
    #[must_use]
    pub const fn resumes(&self) -> Option<bool> {
        self.resumes
    }

    fn understand(&mut self, direction: Direction, piece: Piece, seen: &mut Vec<TlsSighting>) {
        let (start, end) = (piece.start(), piece.end());
        let what = match piece {
            Piece::Noise { .. } => TlsWhat::NotTls,
            Piece::Record {
                content,
                version,
                length,
                opaque,
                ..
            } => TlsWhat::Record {
                content,
                version,
                length,
                opaque,
            },
            Piece::Alert { level, description, .. } => TlsWhat::Alert {
                fatal: level == 2,
                description,
            },
            Piece::ChangeCipherSpec { .. } => TlsWhat::ChangeCipherSpec,
            Piece::Message { kind, length, body, .. } => self.message(direction, kind, length, body.as_deref()),
        };
        seen.push(TlsSighting {
            direction,
            start,
            end,
            what,
        });
    }

    fn message(&mut self, direction: Direction, kind: u8, length: u32, body: Option<&[u8]>) -> TlsWhat {
        let read = body.and_then(|body| match (kind, direction) {
            (hello::CLIENT_HELLO, Direction::ToServer) => {
                let hello = ClientHello::parse(body)?;
                self.session_id.clone_from(&hello.session_id);
                Some(TlsWhat::ClientHello(Box::new(hello)))
            }
            (hello::SERVER_HELLO, Direction::ToClient) => {
                let hello = ServerHello::parse(body)?;
                self.chose(&hello);
                Some(TlsWhat::ServerHello(Box::new(hello)))
            }
            (hello::CERTIFICATE, _) => {
                let (lengths, own) = hello::certificates(body)?;
                let own = own.map(Box::new);
                Some(TlsWhat::Certificates { lengths, own })
            }
            _ => None,
        });
        read.unwrap_or(TlsWhat::Handshake { kind, length })
    }

    fn chose(&mut self, hello: &ServerHello) {
        self.chosen = Some(hello.version);
        if hello.retry {
            return;
        }
        self.resumes = Some(if hello.version >= names::TLS13 {
            hello.ticket.is_some()
        } else {
            !hello.session_id.is_empty() && hello.session_id == self.session_id
        });
    }
}

#[cfg(test)]
mod tests;
