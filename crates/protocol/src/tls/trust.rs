//! Whom a client trusts, and what it was shown.

use core::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::hash::{Hash, HashAlgorithm};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use portolan_wire::security::{ShownCertificate, TlsFault, Trusted};

/// Whom a client trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Whoever has a certificate that one of these authorities signed, for the server's name and for now (RFC 5280,
    /// RFC 9525). Of a system's many, those that can't be read are left out.
    Authorities(Vec<CertificateDer<'static>>),
    /// Whoever has the key of the certificate with this SHA-256, and nobody else: somebody has looked at it before, and taken
    /// it as it is. Neither its name nor its time is looked at then.
    Pinned([u8; 32]),
    /// Whoever answers: it is not looked at. What goes over the connection is hidden from those who only listen, and from
    /// nobody who is in between.
    Anybody,
}

/// A verifier that remembers what it was shown, so that a refusal can be followed by a pin.
pub(super) struct Seen {
    /// Why it takes what it takes.
    pub(super) trusted: Trusted,
    verifier: Arc<dyn ServerCertVerifier>,
    hash: &'static dyn Hash,
    last: Mutex<Option<ShownCertificate>>,
}

impl Trust {
    pub(super) fn to_verifier(&self, provider: &Arc<CryptoProvider>) -> Result<Arc<Seen>, TlsFault> {
        let mut suites = provider.cipher_suites.iter();
        let hash = suites.find_map(|suite| {
            let hash = match suite {
                rustls::SupportedCipherSuite::Tls12(suite) => suite.common.hash_provider,
                rustls::SupportedCipherSuite::Tls13(suite) => suite.common.hash_provider,
            };
            (hash.algorithm() == HashAlgorithm::SHA256).then_some(hash)
        });
        let hash = hash.ok_or_else(|| TlsFault::Setup {
            what: "the provider has no SHA-256".to_owned(),
        })?;
        let pin = |sha256| {
            let provider = Arc::clone(provider);
            Arc::new(Pin { sha256, hash, provider })
        };
        let (trusted, verifier): (_, Arc<dyn ServerCertVerifier>) = match self {
            Self::Authorities(authorities) => (Trusted::Authority, of_authorities(authorities, provider)?),
            Self::Pinned(sha256) => (Trusted::Pinned, pin(Some(*sha256))),
            Self::Anybody => (Trusted::Unchecked, pin(None)),
        };
        let last = Mutex::new(None);
        Ok(Arc::new(Seen {
            trusted,
            verifier,
            hash,
            last,
        }))
    }
}

fn of_authorities(
    authorities: &[CertificateDer<'static>],
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>, TlsFault> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(authorities.iter().cloned());
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
        .build()
        .map_err(|error| TlsFault::Setup {
            what: error.to_string(),
        })
}

impl Seen {
    /// What was shown last and not asked for yet.
    pub(super) fn take(&self) -> Option<ShownCertificate> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(super) fn look_at(&self, certificate: &CertificateDer<'_>) -> ShownCertificate {
        let der = certificate.to_vec();
        let sha256 = sha256(self.hash, &der);
        ShownCertificate { der, sha256 }
    }
}

impl ServerCertVerifier for Seen {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.look_at(leaf));
        self.verifier.verify_server_cert(leaf, between, name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

/// One certificate, or any at all; and its key in either case.
struct Pin {
    sha256: Option<[u8; 32]>,
    hash: &'static dyn Hash,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pin {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.sha256.is_none_or(|pinned| sha256(self.hash, leaf) == pinned) {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn sha256(hash: &dyn Hash, bytes: &[u8]) -> [u8; 32] {
    hash.hash(bytes).as_ref().try_into().unwrap_or_default()
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Seen").field(&self.verifier).finish()
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pin").field(&self.sha256).finish()
    }
}
