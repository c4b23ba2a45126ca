//! What protects a connection: TLS (RFC 8446, RFC 4217).

use portolan_wire::dissect::{Certificate, Key};
use portolan_wire::plain::Plain;
use portolan_wire::report::{Outcome, Purpose, Report, Trouble};
use portolan_wire::security::{CertificateFault, SecurityCommand, ShownCertificate, TlsFault, Trusted};
use portolan_wire::visible;

use crate::event::Kind;
use crate::log::Log;

/// What the client knows of a connection's TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Plain)]
pub struct Security {
    /// The event since when it is so. [`certificate`] tells what was shown there.
    pub seq: u64,
    /// The version, as it stands on the wire: see [`version_name`](portolan_wire::dissect::version_name).
    pub version: u16,
    /// The suite: see [`suite_name`](portolan_wire::dissect::suite_name).
    pub suite: u16,
    /// Whether an older session was resumed.
    pub resumed: bool,
    /// Why the client took the certificate.
    pub trusted: Option<Trusted>,
    /// How many tickets the client has left for other connections, as far as this connection has told.
    pub tickets: Option<u32>,
    /// Whether it was ended again, and the connection can be read (CCC).
    pub cleared: bool,
}

/// Why a connection is not as safe as it was meant to be. Texts in it have their control characters made visible.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub enum Insecurity {
    /// In a way that has no words of its own.
    Untold,
    /// The server said nothing.
    NoGreeting,
    /// The server refused what the session's security needs.
    Refused {
        /// The command that it refused.
        command: SecurityCommand,
        /// Its reply's code.
        code: u16,
        /// Its text.
        text: String,
    },
    /// TLS failed on one connection.
    Tls {
        /// What it was for.
        purpose: Purpose,
        /// Why.
        why: Fault,
    },
    /// A data connection did not resume the control connection's session.
    NotResumed,
}

/// Why TLS failed.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub enum Fault {
    /// The peer spoke in the clear.
    Plaintext {
        /// Its first words; nothing where they may be a secret.
        what: String,
    },
    /// The certificate's time is over.
    Expired {
        /// Its last second, since 1970-01-01 UTC.
        last: Option<u64>,
        /// Its fingerprint.
        shown: Option<String>,
    },
    /// The certificate's time has not come.
    NotYetValid {
        /// Its first second, since 1970-01-01 UTC.
        first: Option<u64>,
        /// Its fingerprint.
        shown: Option<String>,
    },
    /// The certificate is somebody else's.
    WrongName {
        /// The names it holds for.
        holds_for: Vec<String>,
        /// Its fingerprint.
        shown: Option<String>,
    },
    /// Nobody who is trusted signed the certificate.
    UnknownIssuer {
        /// Its fingerprint.
        shown: Option<String>,
    },
    /// The certificate is not the one that was pinned.
    NotPinned {
        /// Its fingerprint.
        shown: Option<String>,
    },
    /// The signature on the certificate is wrong.
    BadSignature {
        /// Its fingerprint.
        shown: Option<String>,
    },
    /// The certificate will not do for another reason.
    Unusable {
        /// In the TLS library's words.
        what: String,
        /// Its fingerprint.
        shown: Option<String>,
    },
    /// The peer gave up.
    Alert {
        /// By this number.
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
    /// The connection ended without a `close_notify`.
    CutShort,
    /// This side can't do what it was set up for.
    Setup {
        /// In the TLS library's words.
        what: String,
    },
}

impl Insecurity {
    /// Of a trouble with TLS.
    pub(crate) fn of(trouble: &Trouble) -> Self {
        match trouble {
            Trouble::NoGreeting => Self::NoGreeting,
            Trouble::Insecure { command, code, text } => Self::Refused {
                command: *command,
                code: *code,
                text: visible(text),
            },
            Trouble::Tls { purpose, why } => Self::Tls {
                purpose: *purpose,
                why: fault(why),
            },
            Trouble::NotResumed => Self::NotResumed,
            _ => Self::Untold,
        }
    }
}

fn fault(why: &TlsFault) -> Fault {
    match why {
        TlsFault::Plaintext { what } => Fault::Plaintext { what: visible(what) },
        TlsFault::Certificate { why, shown } => {
            certificate_fault(why, shown.as_ref().map(ShownCertificate::fingerprint))
        }
        TlsFault::Alert { description } => Fault::Alert {
            description: *description,
        },
        TlsFault::NothingInCommon => Fault::NothingInCommon,
        TlsFault::BadRecord => Fault::BadRecord,
        TlsFault::Misbehaved { what } => Fault::Misbehaved { what: visible(what) },
        TlsFault::Stalled => Fault::Stalled,
        TlsFault::Unfinished => Fault::Unfinished,
        TlsFault::CutShort => Fault::CutShort,
        TlsFault::Setup { what } => Fault::Setup { what: visible(what) },
    }
}

fn certificate_fault(why: &CertificateFault, shown: Option<String>) -> Fault {
    match why {
        CertificateFault::Expired { last } => Fault::Expired { last: *last, shown },
        CertificateFault::NotYetValid { first } => Fault::NotYetValid { first: *first, shown },
        CertificateFault::WrongName { holds_for } => Fault::WrongName {
            holds_for: holds_for.iter().map(|name| visible(name)).collect(),
            shown,
        },
        CertificateFault::UnknownIssuer => Fault::UnknownIssuer { shown },
        CertificateFault::NotPinned => Fault::NotPinned { shown },
        CertificateFault::BadSignature => Fault::BadSignature { shown },
        CertificateFault::Unusable { what } => Fault::Unusable {
            what: visible(what),
            shown,
        },
    }
}

/// A certificate, as far as people look at it. Texts in it have their control characters made visible.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub struct CertificateView {
    /// Its SHA-256, by which people compare certificates: pairs of digits with colons between them.
    pub fingerprint: String,
    /// What it says; nothing where it cannot be read.
    pub says: Option<CertificateText>,
}

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub struct CertificateText {
    /// Whose it is.
    pub subject: Option<String>,
    /// Who signed it.
    pub issuer: Option<String>,
    /// Whether it names itself as its issuer.
    pub self_issued: bool,
    /// The hosts it holds for.
    pub names: Vec<String>,
    /// Its first second, since 1970-01-01 UTC.
    pub from: u64,
    /// Its last second, likewise; the year 9999 says that there is none.
    pub to: u64,
    /// Its key's kind: `RSA, 2048 bits`.
    pub key: String,
}

/// The certificate that was shown with the event `seq`: one by which a connection was secured, or was not.
#[must_use]
pub fn certificate(log: &Log, seq: u64) -> Option<CertificateView> {
    let Kind::Endpoint { report } = &log.event(seq)?.kind else {
        return None;
    };
    let shown = match report.as_ref() {
        Report::Secured(secured) => secured.certificate.as_ref(),
        Report::Finished {
            outcome: Outcome::Failed { trouble },
            ..
        }
        | Report::Trouble { trouble } => refused(trouble),
        _ => None,
    }?;
    Some(CertificateView {
        fingerprint: shown.fingerprint(),
        says: Certificate::read(&shown.der).ok().map(CertificateText::from),
    })
}

const fn refused(trouble: &Trouble) -> Option<&ShownCertificate> {
    match trouble {
        Trouble::Tls {
            why: TlsFault::Certificate { shown, .. },
            ..
        } => shown.as_ref(),
        _ => None,
    }
}

impl From<Certificate> for CertificateText {
    fn from(certificate: Certificate) -> Self {
        Self {
            subject: certificate.subject,
            issuer: certificate.issuer,
            self_issued: certificate.self_issued,
            names: certificate.names,
            from: certificate.from,
            to: certificate.to,
            key: match certificate.key {
                Key::Rsa { bits } => format!("RSA, {bits} bits"),
                Key::Ec { bits } => format!("P-{bits}"),
                Key::Ed25519 => "Ed25519".into(),
                Key::Other => "another kind".into(),
            },
        }
    }
}
