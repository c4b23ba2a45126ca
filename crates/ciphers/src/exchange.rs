//! The key exchange: X25519 (RFC 7748, RFC 8446 section 4.2.8.2).

use rustls::crypto::{ActiveKeyExchange, SharedSecret, SupportedKxGroup};
use rustls::ffdhe_groups::FfdheGroup;
use rustls::{Error, NamedGroup, PeerMisbehaved};
use x25519_dalek::{PublicKey, StaticSecret};

use crate::random::Source;

/// The source of randomness is the group, because `rustls` hands none to it.
impl SupportedKxGroup for Source {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let secret = StaticSecret::from(self.next_block());
        let public = PublicKey::from(&secret);
        Ok(Box::new(Exchange { secret, public }))
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::X25519
    }
}

/// An exchange whose other half is awaited.
struct Exchange {
    secret: StaticSecret,
    public: PublicKey,
}

impl ActiveKeyExchange for Exchange {
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        let bad = Error::PeerMisbehaved(PeerMisbehaved::InvalidKeyShare);
        let Ok(peer) = <[u8; 32]>::try_from(peer) else {
            return Err(bad);
        };
        let shared = self.secret.diffie_hellman(&PublicKey::from(peer));
        // All zeros come of a peer's point of small order (RFC 8446 section 7.4.2).
        if shared.was_contributory() {
            Ok(SharedSecret::from(shared.as_bytes().as_slice()))
        } else {
            Err(bad)
        }
    }

    fn pub_key(&self) -> &[u8] {
        self.public.as_bytes()
    }

    fn group(&self) -> NamedGroup {
        NamedGroup::X25519
    }
}
