//! A little authority (X.509, RFC 5280) whose certificates hold what a lesson needs, and no more.

use core::net::IpAddr;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::sign::CertifiedKey;
use sha2::{Digest, Sha256};

use crate::der::{BIT_STRING, BOOLEAN, INTEGER, OBJECT, OCTET_STRING, SEQUENCE, SET, UTF8, time, value};
use crate::signing::Key;

/// Ed25519 (RFC 8410 section 3).
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
/// commonName.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
/// keyUsage.
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
/// subjectAltName.
const ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1d, 0x11];
/// basicConstraints.
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];

/// Who signs the certificates of simulated servers.
#[derive(Debug)]
pub struct Authority {
    name: String,
    key: Key,
    root: CertificateDer<'static>,
}

/// Whom a certificate is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The common name, which people read and programs ignore (RFC 9525).
    pub name: String,
    /// The host names it holds for.
    pub hosts: Vec<String>,
    /// The addresses it holds for.
    pub addresses: Vec<IpAddr>,
}

/// From when to when a certificate is good, both included, in seconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The first second.
    pub from: u64,
    /// The last second.
    pub to: u64,
}

/// What a server shows, and the key that goes with it.
#[derive(Clone, Debug)]
pub struct Identity(Arc<CertifiedKey>);

impl Authority {
    /// An authority named `name`, whose key comes from `seed`.
    #[must_use]
    pub fn new(name: &str, seed: [u8; 32], validity: Validity) -> Self {
        let key = Key::new(&seed);
        let authority = [
            // Itself an authority; and its key signs certificates.
            extension(
                BASIC_CONSTRAINTS,
                true,
                &value(SEQUENCE, &[&value(BOOLEAN, &[&[0xff]])]),
            ),
            extension(KEY_USAGE, true, &value(BIT_STRING, &[&[2, 0b0000_0100]])),
        ];
        let root = certificate(name, &key, name, &key, validity, &authority.concat());
        let name = name.to_owned();
        Self { name, key, root }
    }

    /// Its own certificate, for those who trust it.
    #[must_use]
    pub const fn root(&self) -> &CertificateDer<'static> {
        &self.root
    }

    /// A certificate for `subject`, whose key comes from `seed`.
    #[must_use]
    pub fn issue(&self, subject: &Subject, seed: [u8; 32], validity: Validity) -> Identity {
        let key = Key::new(&seed);
        let names = names(subject);
        let leaf = certificate(&self.name, &self.key, &subject.name, &key, validity, &names);
        Identity::new(leaf, key)
    }
}

impl Identity {
    /// One that vouches for itself and is signed by nobody else.
    #[must_use]
    pub fn self_signed(subject: &Subject, seed: [u8; 32], validity: Validity) -> Self {
        let key = Key::new(&seed);
        let leaf = certificate(&subject.name, &key, &subject.name, &key, validity, &names(subject));
        Self::new(leaf, key)
    }

    fn new(leaf: CertificateDer<'static>, key: Key) -> Self {
        Self(Arc::new(CertifiedKey::new(vec![leaf], Arc::new(key))))
    }

    /// As `rustls` takes it.
    #[must_use]
    pub fn certified(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.0)
    }
}

/// A certificate for the key of `subject`, signed with the key of `issuer`.
fn certificate(
    issuer: &str,
    signing: &Key,
    subject: &str,
    key: &Key,
    validity: Validity,
    extensions: &[u8],
) -> CertificateDer<'static> {
    let algorithm = value(SEQUENCE, &[&value(OBJECT, &[ED25519])]);
    let signed = value(
        SEQUENCE,
        &[
            // Version 3.
            &value(0xa0, &[&value(INTEGER, &[&[2]])]),
            &value(INTEGER, &[&serial(issuer, subject, key, validity)]),
            &algorithm,
            &name(issuer),
            &value(SEQUENCE, &[&time(validity.from), &time(validity.to)]),
            &name(subject),
            &value(SEQUENCE, &[&algorithm, &value(BIT_STRING, &[&[0], &key.public()])]),
            &value(0xa3, &[&value(SEQUENCE, &[extensions])]),
        ],
    );
    let signature = value(BIT_STRING, &[&[0], &signing.signature(&signed)]);
    CertificateDer::from(value(SEQUENCE, &[&signed, &algorithm, &signature]))
}

/// Two certificates of one authority never have the same (RFC 5280 section 4.1.2.2): it is made of what they differ in.
fn serial(issuer: &str, subject: &str, key: &Key, validity: Validity) -> [u8; 8] {
    let digest = Sha256::new()
        .chain_update((issuer.len() as u64).to_be_bytes())
        .chain_update(issuer)
        .chain_update((subject.len() as u64).to_be_bytes())
        .chain_update(subject)
        .chain_update(key.public())
        .chain_update(validity.from.to_be_bytes())
        .chain_update(validity.to.to_be_bytes())
        .finalize();
    let mut serial: [u8; 8] = digest.first_chunk().copied().unwrap_or_default();
    // Positive, and without a leading zero.
    let [first, ..] = &mut serial;
    *first = *first & 0x3f | 0x40;
    serial
}

fn name(common: &str) -> Vec<u8> {
    let pair = value(
        SEQUENCE,
        &[&value(OBJECT, &[COMMON_NAME]), &value(UTF8, &[common.as_bytes()])],
    );
    value(SEQUENCE, &[&value(SET, &[&pair])])
}

fn names(subject: &Subject) -> Vec<u8> {
    let hosts = subject.hosts.iter().map(|host| value(0x82, &[host.as_bytes()]));
    let addresses = subject.addresses.iter().map(|address| match address {
        IpAddr::V4(address) => value(0x87, &[&address.octets()]),
        IpAddr::V6(address) => value(0x87, &[&address.octets()]),
    });
    let all: Vec<u8> = hosts.chain(addresses).flatten().collect();
    extension(ALTERNATIVE_NAME, false, &value(SEQUENCE, &[&all]))
}

fn extension(id: &[u8], is_critical: bool, content: &[u8]) -> Vec<u8> {
    let critical = if is_critical {
        value(BOOLEAN, &[&[0xff]])
    } else {
        Vec::new()
    };
    value(
        SEQUENCE,
        &[&value(OBJECT, &[id]), &critical, &value(OCTET_STRING, &[content])],
    )
}
