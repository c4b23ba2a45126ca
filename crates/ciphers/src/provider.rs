//! All of it together.

use rustls::crypto::CryptoProvider;

use crate::random::Source;
use crate::{signing, suites};

/// A provider for one simulated host. The same seed gives the same handshakes, byte for byte, as long as the host does
/// the same things in the same order; so every host, and every run, has one of its own.
///
/// Fewer than a hundred bytes of each are never given back, because `rustls` wants a source of randomness that lives as
/// long as the program.
#[must_use]
pub fn provider(seed: [u8; 32]) -> CryptoProvider {
    let source: &'static Source = Box::leak(Box::new(Source::new(seed)));
    CryptoProvider {
        cipher_suites: vec![suites::OF_1_3, suites::OF_1_2],
        kx_groups: vec![source],
        signature_verification_algorithms: signing::ALGORITHMS,
        secure_random: source,
        key_provider: &signing::Keys,
    }
}
