//! What becomes of a connection's security (TLS: RFC 8446, RFC 5246; over FTP: RFC 2228, RFC 4217), in the words of reports.
//!
//! Nothing in here computes: who speaks TLS makes these values, and whoever reads a log understands them.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::hex;
use crate::plain::Plain;

/// What data connections are protected by (PROT, RFC 4217 section 9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Plain)]
#[serde(rename_all = "kebab-case")]
pub enum Protection {
    /// PROT C: nothing. Files and listings can be read on their way.
    Clear,
    /// PROT P: TLS.
    #[default]
    Private,
}

impl Protection {
    /// Both, in the order in which they are taught.
    pub const ALL: [Self; 2] = [Self::Clear, Self::Private];

    /// What PROT calls it.
    #[must_use]
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Clear => "C",
            Self::Private => "P",
        }
    }
}

/// A command that a session's security hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(rename_all = "UPPERCASE")]
pub enum SecurityCommand {
    /// TLS from here on.
    Auth,
    /// The size of what is protected at once: always 0 with TLS (RFC 4217 section 8).
    Pbsz,
    /// The level for data connections.
    Prot,
    /// The control connection in the clear again.
    Ccc,
}

impl SecurityCommand {
    /// The verb.
    #[must_use]
    pub const fn verb(self) -> &'static str {
        match self {
            Self::Auth => "AUTH",
            Self::Pbsz => "PBSZ",
            Self::Prot => "PROT",
            Self::Ccc => "CCC",
        }
    }
}

/// What a handshake came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secured {
    /// The version, as it stands on the wire: `0x0304` is TLS 1.3.
    pub version: u16,
    /// The suite's number in IANA's registry.
    pub suite: u16,
    /// Whether an older session was resumed: then no certificate was shown.
    pub resumed: bool,
    /// The server's certificate, at a client; of a resumed session the one that was shown then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<ShownCertificate>,
    /// Why a client took the certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trusted: Option<Trusted>,
    /// How many tickets of TLS 1.3 a client has left for other connections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tickets: Option<u32>,
}

/// Why a client took a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(rename_all = "kebab-case")]
pub enum Trusted {
    /// An authority that it trusts vouches for it.
    Authority,
    /// It is the one that somebody looked at before, and took as it is.
    Pinned,
    /// It was asked not to look: anybody may be at the other end.
    Unchecked,
}

/// A certificate that a server showed. [`crate::dissect::Certificate`] reads it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownCertificate {
    /// The certificate, in DER.
    #[serde(with = "hex::text")]
    pub der: Vec<u8>,
    /// Its SHA-256, by which people compare certificates.
    #[serde(with = "hex::text_32")]
    pub sha256: [u8; 32],
}

impl ShownCertificate {
    /// The SHA-256 as people compare it: pairs of digits in upper case, with colons between them.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.sha256)
    }
}

/// A SHA-256 as people compare it: pairs of digits in upper case, with colons between them.
#[must_use]
pub fn fingerprint(sha256: &[u8; 32]) -> String {
    let pairs: Vec<String> = sha256.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

impl fmt::Debug for ShownCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "ShownCertificate({} bytes, SHA-256 {})",
            self.der.len(),
            self.fingerprint()
        )
    }
}

/// Why a connection could not be secured, or did not stay so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub enum TlsFault {
    /// What came is no TLS at all: the peer speaks in the clear.
    Plaintext {
        /// Its first words, control characters made visible, at most 200; nothing where they may be a secret.
        what: String,
    },
    /// The server's certificate will not do.
    Certificate {
        /// Why.
        why: CertificateFault,
        /// The certificate, for who looks at it and trusts it all the same.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shown: Option<ShownCertificate>,
    },
    /// The peer gave up, and said why.
    Alert {
        /// By this number (RFC 8446 section 6).
        description: u8,
    },
    /// The two share no version, suite or key exchange.
    NothingInCommon,
    /// A record was changed on its way, or is none.
    BadRecord,
    /// The peer did not keep to the protocol.
    Misbehaved {
        /// In the TLS library's words.
        what: String,
    },
    /// The handshake did not end in time.
    Stalled,
    /// The connection ended in the middle of the handshake.
    Unfinished,
    /// The connection ended without a `close_notify`: what came may be cut short (RFC 8446 section 6.1).
    CutShort,
    /// This side can't do what it was set up for: no key for the certificate, no suite for the version.
    Setup {
        /// In the TLS library's words.
        what: String,
    },
}

/// Why a certificate will not do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "certificate", rename_all = "kebab-case")]
pub enum CertificateFault {
    /// Its time is over.
    Expired {
        /// Its last second, since 1970-01-01 UTC, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        last: Option<u64>,
    },
    /// Its time has not come.
    NotYetValid {
        /// Its first second, since 1970-01-01 UTC, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        first: Option<u64>,
    },
    /// It is somebody else's.
    WrongName {
        /// The names it holds for, where they are known.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        holds_for: Vec<String>,
    },
    /// Nobody who is trusted signed it: it vouches for itself, or an unknown authority does.
    UnknownIssuer,
    /// It is not the one that was pinned: the server has a new one, or somebody else answers.
    NotPinned,
    /// The signature on it is wrong.
    BadSignature,
    /// Something else.
    Unusable {
        /// In the TLS library's words.
        what: String,
    },
}
