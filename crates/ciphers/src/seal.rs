//! Records sealed with ChaCha20-Poly1305 (RFC 8439): in TLS 1.3 (RFC 8446 section 5.2) and in TLS 1.2 (RFC 7905).

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Tag};
use rustls::crypto::cipher::{
    AeadKey, BorrowedPayload, InboundOpaqueMessage, InboundPlainMessage, Iv, KeyBlockShape, MessageDecrypter,
    MessageEncrypter, Nonce, OutboundOpaqueMessage, OutboundPlainMessage, PrefixedPayload, Tls12AeadAlgorithm,
    Tls13AeadAlgorithm, UnsupportedOperationError, make_tls12_aad, make_tls13_aad,
};
use rustls::{ConnectionTrafficSecrets, ContentType, Error, ProtocolVersion};

const KEY: usize = 32;
const IV: usize = 12;
const TAG: usize = 16;

/// The most that a record carries (RFC 8446 section 5.1).
const FRAGMENT: usize = 16 * 1024;

/// ChaCha20-Poly1305, for both versions.
pub(crate) struct Sealing;

impl Tls13AeadAlgorithm for Sealing {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        Box::new(Sealer13(Keyed::new(&key, iv)))
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        Box::new(Sealer13(Keyed::new(&key, iv)))
    }

    fn key_len(&self) -> usize {
        KEY
    }

    fn extract_keys(&self, key: AeadKey, iv: Iv) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        Ok(ConnectionTrafficSecrets::Chacha20Poly1305 { key, iv })
    }
}

impl Tls12AeadAlgorithm for Sealing {
    fn encrypter(&self, key: AeadKey, iv: &[u8], _: &[u8]) -> Box<dyn MessageEncrypter> {
        Box::new(Sealer12(Keyed::new(&key, iv_of(iv))))
    }

    fn decrypter(&self, key: AeadKey, iv: &[u8]) -> Box<dyn MessageDecrypter> {
        Box::new(Sealer12(Keyed::new(&key, iv_of(iv))))
    }

    fn key_block_shape(&self) -> KeyBlockShape {
        KeyBlockShape {
            enc_key_len: KEY,
            fixed_iv_len: IV,
            explicit_nonce_len: 0,
        }
    }

    fn extract_keys(
        &self,
        key: AeadKey,
        iv: &[u8],
        _: &[u8],
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        let iv = iv_of(iv);
        Ok(ConnectionTrafficSecrets::Chacha20Poly1305 { key, iv })
    }
}

/// As many bytes as the shape above asks for.
fn iv_of(bytes: &[u8]) -> Iv {
    Iv::new(bytes.try_into().unwrap_or_default())
}

/// One direction's key.
struct Keyed {
    cipher: ChaCha20Poly1305,
    iv: Iv,
}

impl Keyed {
    fn new(key: &AeadKey, iv: Iv) -> Self {
        let key: [u8; KEY] = key.as_ref().try_into().unwrap_or_default();
        let cipher = ChaCha20Poly1305::new(&key.into());
        Self { cipher, iv }
    }

    /// Seals `payload` as the record with the number `seq`.
    fn seal(&self, seq: u64, aad: &[u8], payload: &mut PrefixedPayload) -> Result<(), Error> {
        let nonce = Nonce::new(&self.iv, seq).0;
        let tag = self
            .cipher
            .encrypt_inout_detached(&nonce.into(), aad, payload.as_mut().into())
            .map_err(|_| Error::EncryptError)?;
        payload.extend_from_slice(&tag);
        Ok(())
    }

    /// Opens `payload` where it lies, and cuts its tag off.
    fn open(&self, seq: u64, aad: &[u8], payload: &mut BorrowedPayload<'_>) -> Result<(), Error> {
        let nonce = Nonce::new(&self.iv, seq).0;
        let length = payload.len().checked_sub(TAG).ok_or(Error::DecryptError)?;
        let (sealed, tag) = payload.split_at_mut_checked(length).ok_or(Error::DecryptError)?;
        let tag: [u8; TAG] = (&*tag).try_into().map_err(|_| Error::DecryptError)?;
        self.cipher
            .decrypt_inout_detached(&nonce.into(), aad, sealed.into(), &Tag::from(tag))
            .map_err(|_| Error::DecryptError)?;
        payload.truncate(length);
        Ok(())
    }
}

/// Records of TLS 1.3: their kind is sealed too, and stands behind the content.
struct Sealer13(Keyed);

impl MessageEncrypter for Sealer13 {
    fn encrypt(&mut self, message: OutboundPlainMessage<'_>, seq: u64) -> Result<OutboundOpaqueMessage, Error> {
        let length = self.encrypted_payload_len(message.payload.len());
        let mut payload = PrefixedPayload::with_capacity(length);
        payload.extend_from_chunks(&message.payload);
        payload.extend_from_slice(&message.typ.to_array());
        self.0.seal(seq, &make_tls13_aad(length), &mut payload)?;
        // Every such record says that it is data of TLS 1.2.
        let (kind, version) = (ContentType::ApplicationData, ProtocolVersion::TLSv1_2);
        Ok(OutboundOpaqueMessage::new(kind, version, payload))
    }

    fn encrypted_payload_len(&self, length: usize) -> usize {
        length + 1 + TAG
    }
}

impl MessageDecrypter for Sealer13 {
    fn decrypt<'a>(
        &mut self,
        mut message: InboundOpaqueMessage<'a>,
        seq: u64,
    ) -> Result<InboundPlainMessage<'a>, Error> {
        let aad = make_tls13_aad(message.payload.len());
        self.0.open(seq, &aad, &mut message.payload)?;
        message.into_tls13_unpadded_message()
    }
}

/// Records of TLS 1.2.
struct Sealer12(Keyed);

impl MessageEncrypter for Sealer12 {
    fn encrypt(&mut self, message: OutboundPlainMessage<'_>, seq: u64) -> Result<OutboundOpaqueMessage, Error> {
        let length = message.payload.len();
        let mut payload = PrefixedPayload::with_capacity(self.encrypted_payload_len(length));
        payload.extend_from_chunks(&message.payload);
        let aad = make_tls12_aad(seq, message.typ, message.version, length);
        self.0.seal(seq, &aad, &mut payload)?;
        Ok(OutboundOpaqueMessage::new(message.typ, message.version, payload))
    }

    fn encrypted_payload_len(&self, length: usize) -> usize {
        length + TAG
    }
}

impl MessageDecrypter for Sealer12 {
    fn decrypt<'a>(
        &mut self,
        mut message: InboundOpaqueMessage<'a>,
        seq: u64,
    ) -> Result<InboundPlainMessage<'a>, Error> {
        let length = message.payload.len().checked_sub(TAG).ok_or(Error::DecryptError)?;
        if length > FRAGMENT {
            return Err(Error::PeerSentOversizedRecord);
        }
        let aad = make_tls12_aad(seq, message.typ, message.version, length);
        self.0.open(seq, &aad, &mut message.payload)?;
        Ok(message.into_plain_message())
    }
}
