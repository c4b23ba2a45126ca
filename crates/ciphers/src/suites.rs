//! The suites: one for each version of TLS.

use rustls::crypto::tls12::PrfUsingHmac;
use rustls::crypto::tls13::HkdfUsingHmac;
use rustls::crypto::{CipherSuiteCommon, KeyExchangeAlgorithm};
use rustls::{CipherSuite, SignatureScheme, SupportedCipherSuite, Tls12CipherSuite, Tls13CipherSuite};

use crate::hash::{Authenticating, Hashing};
use crate::seal::Sealing;

/// TLS_CHACHA20_POLY1305_SHA256, of TLS 1.3.
pub(crate) static OF_1_3: SupportedCipherSuite = SupportedCipherSuite::Tls13(&Tls13CipherSuite {
    common: common(CipherSuite::TLS13_CHACHA20_POLY1305_SHA256),
    hkdf_provider: &HkdfUsingHmac(&Authenticating),
    aead_alg: &Sealing,
    quic: None,
});

/// TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, of TLS 1.2. Ed25519's signatures go by ECDSA's name there (RFC 8422
/// section 5.10).
pub(crate) static OF_1_2: SupportedCipherSuite = SupportedCipherSuite::Tls12(&Tls12CipherSuite {
    common: common(CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256),
    prf_provider: &PrfUsingHmac(&Authenticating),
    kx: KeyExchangeAlgorithm::ECDHE,
    sign: &[SignatureScheme::ED25519],
    aead_alg: &Sealing,
});

const fn common(suite: CipherSuite) -> CipherSuiteCommon {
    CipherSuiteCommon {
        suite,
        hash_provider: &Hashing,
        confidentiality_limit: u64::MAX,
    }
}
