//! What goes wrong, by name.

use rustls::{AlertDescription, CertificateError, Error, PeerIncompatible, PeerMisbehaved};

use super::trust::Shown;

/// Why a connection could not be secured, or did not stay so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// What came is no TLS at all: the peer speaks in the clear.
    Plaintext {
        /// Its first bytes, at most 200, as they came.
        what: Vec<u8>,
    },
    /// The server's certificate will not do.
    Certificate {
        /// Why.
        why: CertificateFault,
        /// The certificate: who looks at it and trusts it may pin it ([`super::Trust::Pinned`]).
        shown: Option<Shown>,
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
        /// In `rustls`'s words.
        what: String,
    },
    /// The handshake did not end in time.
    Stalled,
    /// The connection ended in the middle of the handshake.
    Unfinished,
    /// The connection ended without a `close_notify`: what came may be cut short.
    CutShort,
    /// This side can't do what it was set up for: no key for the certificate, no suite for the version.
    Setup {
        /// In `rustls`'s words.
        what: String,
    },
}

/// Why a certificate will not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateFault {
    /// Its time is over.
    Expired {
        /// Its last second, since 1970-01-01 UTC, where that is known.
        last: Option<u64>,
    },
    /// Its time has not come.
    NotYetValid {
        /// Its first second, since 1970-01-01 UTC, where that is known.
        first: Option<u64>,
    },
    /// It is somebody else's.
    WrongName {
        /// The names it holds for, where they are known.
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
        /// In `rustls`'s words.
        what: String,
    },
}

impl Fault {
    /// What `rustls` says while it reads what the peer sent.
    pub(super) fn of_peer(error: Error, shown: impl FnOnce() -> Option<Shown>) -> Self {
        match error {
            Error::InvalidCertificate(why) => Self::Certificate {
                why: why.into(),
                shown: shown(),
            },
            Error::AlertReceived(description) => Self::alert(description),
            Error::PeerIncompatible(why) => Self::incompatible(&why),
            Error::PeerMisbehaved(why) => Self::misbehaved(&why),
            Error::DecryptError | Error::PeerSentOversizedRecord | Error::InvalidMessage(_) => Self::BadRecord,
            other => Self::Misbehaved {
                what: other.to_string(),
            },
        }
    }

    /// What `rustls` says before a byte was exchanged.
    pub(super) fn of_setup(error: &Error) -> Self {
        let what = error.to_string();
        Self::Setup { what }
    }

    fn alert(description: AlertDescription) -> Self {
        let description = u8::from(description);
        Self::Alert { description }
    }

    fn incompatible(why: &PeerIncompatible) -> Self {
        match why {
            // The one that says nothing about what the two speak.
            PeerIncompatible::EcPointsExtensionRequired => {
                let what = Error::PeerIncompatible(why.clone()).to_string();
                Self::Misbehaved { what }
            }
            _ => Self::NothingInCommon,
        }
    }

    fn misbehaved(why: &PeerMisbehaved) -> Self {
        let what = Error::PeerMisbehaved(why.clone()).to_string();
        Self::Misbehaved { what }
    }
}

impl From<CertificateError> for CertificateFault {
    fn from(why: CertificateError) -> Self {
        match why {
            CertificateError::Expired => Self::Expired { last: None },
            CertificateError::ExpiredContext { not_after, .. } => Self::Expired {
                last: Some(not_after.as_secs()),
            },
            CertificateError::NotValidYet => Self::NotYetValid { first: None },
            CertificateError::NotValidYetContext { not_before, .. } => Self::NotYetValid {
                first: Some(not_before.as_secs()),
            },
            CertificateError::NotValidForName => Self::WrongName { holds_for: Vec::new() },
            CertificateError::NotValidForNameContext { presented, .. } => Self::WrongName { holds_for: presented },
            CertificateError::UnknownIssuer => Self::UnknownIssuer,
            CertificateError::ApplicationVerificationFailure => Self::NotPinned,
            CertificateError::BadSignature => Self::BadSignature,
            other => Self::Unusable {
                what: other.to_string(),
            },
        }
    }
}
