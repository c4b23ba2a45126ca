//! Security in a scenario file: how servers speak TLS, and how the client takes them.

use portolan_wire::plain::Plain;
use serde::{Deserialize, Serialize};

/// How an FTP server speaks TLS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Tls {
    /// When it begins.
    #[serde(default)]
    pub begin: TlsBegin,
    /// The version it speaks.
    #[serde(default)]
    pub version: TlsVersion,
    /// The server's name, for which its certificate holds if it is in order, and which the client tells the net (SNI).
    #[serde(default = "hostname")]
    pub hostname: String,
    /// What its certificate is worth.
    #[serde(default)]
    pub certificate: Certificate,
    /// Whether names and passwords are refused in the clear.
    #[serde(default)]
    pub login_secured: bool,
    /// Whether data connections in the clear are refused.
    #[serde(default)]
    pub data_secured: bool,
    /// Whether a data connection has to resume a session of its control connection's.
    #[serde(default)]
    pub reuse_required: bool,
}

/// When TLS begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(rename_all = "kebab-case")]
pub enum TlsBegin {
    /// When AUTH asks for it.
    #[default]
    Explicit,
    /// Before the first word.
    Implicit,
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Plain)]
pub enum TlsVersion {
    /// TLS 1.2 (RFC 5246).
    #[serde(rename = "1.2")]
    V12,
    /// TLS 1.3 (RFC 8446).
    #[default]
    #[serde(rename = "1.3")]
    V13,
}

/// What a certificate is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(rename_all = "kebab-case")]
pub enum Certificate {
    /// An authority that the client trusts vouches for it.
    #[default]
    Trusted,
    /// It vouches for itself.
    SelfSigned,
    /// Its time is over.
    Expired,
    /// It is another host's.
    WrongName,
}

impl Certificate {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Trusted, Self::SelfSigned, Self::Expired, Self::WrongName];

    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trusted => "trusted",
            Self::SelfSigned => "self-signed",
            Self::Expired => "expired",
            Self::WrongName => "wrong-name",
        }
    }
}

/// When the client secures its session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(rename_all = "kebab-case")]
pub enum Security {
    /// Never.
    #[default]
    Never,
    /// When the plan says `secure`.
    WhenAsked,
    /// With AUTH, behind the greeting.
    Explicit,
    /// Before the first word.
    Implicit,
}

/// As a file has it that says nothing.
impl Default for Tls {
    fn default() -> Self {
        Self {
            begin: TlsBegin::default(),
            version: TlsVersion::default(),
            hostname: hostname(),
            certificate: Certificate::default(),
            login_secured: false,
            data_secured: false,
            reuse_required: false,
        }
    }
}

fn hostname() -> String {
    "ftp.harbour.example".to_owned()
}
