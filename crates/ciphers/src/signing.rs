//! Signatures: Ed25519 (RFC 8032), made and verified.

use core::fmt;
use std::sync::Arc;

use ed25519_dalek::{Signature, Signer as _, VerifyingKey};
use rustls::crypto::{KeyProvider, WebPkiSupportedAlgorithms};
use rustls::pki_types::{AlgorithmIdentifier, InvalidSignature, PrivateKeyDer, SignatureVerificationAlgorithm, alg_id};
use rustls::sign::{Signer, SigningKey};
use rustls::{Error, SignatureAlgorithm, SignatureScheme};

/// What a key looks like in PKCS #8 (RFC 8410 section 7): these bytes, then its 32.
const PKCS8: &[u8] = &[
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// What certificates and handshakes may be signed with.
pub(crate) const ALGORITHMS: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[&Verifying],
    mapping: &[(SignatureScheme::ED25519, &[&Verifying])],
};

#[derive(Debug)]
struct Verifying;

impl SignatureVerificationAlgorithm for Verifying {
    fn verify_signature(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        let key = key.try_into().map_err(|_| InvalidSignature)?;
        let key = VerifyingKey::from_bytes(key).map_err(|_| InvalidSignature)?;
        let signature = Signature::from_slice(signature).map_err(|_| InvalidSignature)?;
        key.verify_strict(message, &signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ED25519
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ED25519
    }
}

/// Reads private keys.
#[derive(Debug)]
pub(crate) struct Keys;

impl KeyProvider for Keys {
    fn load_private_key(&self, key: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, Error> {
        let seed = key
            .secret_der()
            .strip_prefix(PKCS8)
            .and_then(|seed| <[u8; 32]>::try_from(seed).ok());
        match seed {
            Some(seed) => Ok(Arc::new(Key::new(&seed))),
            None => Err(Error::General("the key is no Ed25519 key in PKCS #8".to_owned())),
        }
    }
}

/// A private key.
#[derive(Clone)]
pub(crate) struct Key(Arc<ed25519_dalek::SigningKey>);

impl Key {
    pub(crate) fn new(seed: &[u8; 32]) -> Self {
        Self(Arc::new(ed25519_dalek::SigningKey::from_bytes(seed)))
    }

    pub(crate) fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    pub(crate) fn signature(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl SigningKey for Key {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered
            .contains(&SignatureScheme::ED25519)
            .then(|| Box::new(self.clone()) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ED25519
    }
}

impl Signer for Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(self.signature(message).to_vec())
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}

/// Never the key itself: configurations get printed.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}
