//! SHA-256 and HMAC over it, as `rustls` asks for them.

use hmac::{KeyInit, Mac};
use rustls::crypto::hash::{Context, Hash, HashAlgorithm, Output};
use rustls::crypto::hmac::{Hmac, Key, Tag};
use sha2::{Digest, Sha256};

/// SHA-256.
pub(crate) struct Hashing;

impl Hash for Hashing {
    fn start(&self) -> Box<dyn Context> {
        Box::new(Running(Sha256::new()))
    }

    fn hash(&self, data: &[u8]) -> Output {
        Output::new(&Sha256::digest(data))
    }

    fn output_len(&self) -> usize {
        32
    }

    fn algorithm(&self) -> HashAlgorithm {
        HashAlgorithm::SHA256
    }
}

struct Running(Sha256);

impl Context for Running {
    fn fork_finish(&self) -> Output {
        Output::new(&self.0.clone().finalize())
    }

    fn fork(&self) -> Box<dyn Context> {
        Box::new(Self(self.0.clone()))
    }

    fn finish(self: Box<Self>) -> Output {
        Output::new(&self.0.finalize())
    }

    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }
}

/// HMAC over SHA-256 (RFC 2104).
pub(crate) struct Authenticating;

impl Hmac for Authenticating {
    fn with_key(&self, key: &[u8]) -> Box<dyn Key> {
        // A key of any length will do: a long one is hashed first, a short one filled up.
        let whole = hmac::Hmac::<Sha256>::new_from_slice(key);
        Box::new(Keyed(whole.unwrap_or_else(|_| hmac::Hmac::new(&Default::default()))))
    }

    fn hash_output_len(&self) -> usize {
        32
    }
}

struct Keyed(hmac::Hmac<Sha256>);

impl Key for Keyed {
    fn sign_concat(&self, first: &[u8], middle: &[&[u8]], last: &[u8]) -> Tag {
        let mut mac = self.0.clone();
        mac.update(first);
        for part in middle {
            mac.update(part);
        }
        mac.update(last);
        Tag::new(&mac.finalize().into_bytes())
    }

    fn tag_len(&self) -> usize {
        32
    }
}
