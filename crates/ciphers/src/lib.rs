//! Cryptography for simulated hosts: a provider for [`rustls`] that takes all its randomness from a seed, and a little
//! authority whose certificates it understands.
//!
//! **Not for real sessions.** What comes from a seed that stands in an address bar is no secret. The records are real all
//! the same: whoever has the session's keys can read them, and nobody else.
//!
//! It knows little, and all of it is modern: X25519 (RFC 7748), Ed25519 (RFC 8032), ChaCha20-Poly1305 (RFC 8439) and
//! SHA-256, in TLS 1.3 (RFC 8446) and TLS 1.2 (RFC 5246, with RFC 7905 and RFC 8422). It works in WebAssembly, where
//! ChaCha20 is five times as fast as AES.

mod authority;
mod der;
mod exchange;
mod hash;
mod provider;
mod random;
mod seal;
mod signing;
mod suites;

#[cfg(test)]
mod tests;

pub use authority::{Authority, Identity, Subject, Validity};
pub use provider::provider;
