//! What goes wrong, by name: `rustls`'s errors as [`TlsFault`]s.

use portolan_wire::security::{CertificateFault, ShownCertificate, TlsFault};
use rustls::{CertificateError, Error, PeerIncompatible};

/// What `rustls` says while it reads what the peer sent.
pub(super) fn of_peer(error: Error, shown: impl FnOnce() -> Option<ShownCertificate>) -> TlsFault {
    match error {
        Error::InvalidCertificate(why) => TlsFault::Certificate {
            why: of_certificate(why),
            shown: shown(),
        },
        Error::AlertReceived(description) => {
            let description = u8::from(description);
            TlsFault::Alert { description }
        }
        // The one that says nothing about what the two speak.
        Error::PeerIncompatible(PeerIncompatible::EcPointsExtensionRequired) => misbehaved(&error),
        Error::PeerIncompatible(_) => TlsFault::NothingInCommon,
        Error::DecryptError | Error::PeerSentOversizedRecord | Error::InvalidMessage(_) => TlsFault::BadRecord,
        other => misbehaved(&other),
    }
}

/// What `rustls` says before a byte was exchanged.
pub(super) fn of_setup(error: &Error) -> TlsFault {
    let what = error.to_string();
    TlsFault::Setup { what }
}

fn misbehaved(error: &Error) -> TlsFault {
    let what = error.to_string();
    TlsFault::Misbehaved { what }
}

fn of_certificate(why: CertificateError) -> CertificateFault {
    match why {
        CertificateError::Expired => CertificateFault::Expired { last: None },
        CertificateError::ExpiredContext { not_after, .. } => CertificateFault::Expired {
            last: Some(not_after.as_secs()),
        },
        CertificateError::NotValidYet => CertificateFault::NotYetValid { first: None },
        CertificateError::NotValidYetContext { not_before, .. } => CertificateFault::NotYetValid {
            first: Some(not_before.as_secs()),
        },
        CertificateError::NotValidForName => CertificateFault::WrongName { holds_for: Vec::new() },
        CertificateError::NotValidForNameContext { presented, .. } => {
            let holds_for = presented.iter().map(|name| bare(name)).collect();
            CertificateFault::WrongName { holds_for }
        }
        CertificateError::UnknownIssuer => CertificateFault::UnknownIssuer,
        CertificateError::ApplicationVerificationFailure => CertificateFault::NotPinned,
        CertificateError::BadSignature => CertificateFault::BadSignature,
        other => CertificateFault::Unusable {
            what: other.to_string(),
        },
    }
}

/// The name in what `rustls` tells of one: `DnsName("ftp.example.net")`, `IpAddress(192.0.2.1)`.
fn bare(presented: &str) -> String {
    let inside = presented.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    inside.unwrap_or(presented).trim_matches('"').to_owned()
}
