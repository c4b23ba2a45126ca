//! Two eyes: what client and server meant, and what somebody beside the wire sees.

use portolan_wire::dissect::ContentType;
use portolan_wire::plain::Plain;

use super::{CertificateText, Depth};

/// Whose eye looks. Where nothing is encrypted, both see the same of what is on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Plain)]
pub enum Eye {
    /// The endpoints': what client and server mean, and what they know.
    #[default]
    Endpoint,
    /// The network's: bytes on the wire, as a firewall, a NAT's helper or an eavesdropper reads them. It has no keys, hears
    /// nothing of what goes on within an endpoint, and reads records off the packets alone. A log without packets, as a live
    /// session's is, tells it that something passed by, and no size.
    Network,
}

/// How a log is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Plain)]
pub struct Lens {
    /// How much is shown.
    pub depth: Depth,
    /// Whose eye looks.
    pub eye: Eye,
}

/// With the endpoints' eye.
impl From<Depth> for Lens {
    fn from(depth: Depth) -> Self {
        Self {
            depth,
            eye: Eye::Endpoint,
        }
    }
}

/// A part of a TLS connection, as far as it can be seen without keys. Texts in it have their control characters made
/// visible.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub enum Glimpse {
    /// The client begins.
    ClientHello {
        /// The versions on offer, the first choice first; [`version_name`](portolan_wire::dissect::version_name) names them.
        versions: Vec<u16>,
        /// How many cipher suites are on offer.
        suites: u16,
        /// The host that is meant.
        server_name: Option<String>,
        /// Whether it offers to go on with an earlier session.
        resumes: bool,
    },
    /// The server chooses.
    ServerHello {
        /// The version.
        version: u16,
        /// The suite; [`suite_name`](portolan_wire::dissect::suite_name) names it.
        suite: u16,
        /// Whether it goes on with an earlier session.
        resumes: bool,
    },
    /// The server's certificate, which TLS 1.2 sends in the clear; nothing where it cannot be read.
    Certificate(Option<CertificateText>),
    /// Another handshake message in the clear.
    Handshake {
        /// Its type (RFC 8446 section 4, RFC 5246 section 7.4).
        kind: u8,
    },
    /// From here on this direction is encrypted (TLS 1.2); in TLS 1.3 it means nothing.
    ChangeCipherSpec,
    /// An alert in the clear.
    Alert {
        /// What it says; [`alert_name`](portolan_wire::dissect::alert_name) names it.
        description: u8,
    },
    /// A record that nobody without the keys can read.
    Opaque {
        /// What it says it carries.
        carries: Carries,
        /// Bytes behind its header; nothing where they were not recorded.
        bytes: Option<u32>,
    },
}

/// What an encrypted record says it carries. In TLS 1.3 all say [`Carries::Data`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Plain)]
pub enum Carries {
    /// A message of the handshake: in TLS 1.2 the Finished.
    Handshake,
    /// An alert: in TLS 1.2 a `close_notify`, as a rule.
    Alert,
    /// Application data.
    Data,
}

impl Carries {
    pub(crate) const fn of(content: ContentType) -> Self {
        match content {
            ContentType::Handshake => Self::Handshake,
            ContentType::Alert => Self::Alert,
            ContentType::ApplicationData | ContentType::ChangeCipherSpec | ContentType::Heartbeat => Self::Data,
        }
    }
}
