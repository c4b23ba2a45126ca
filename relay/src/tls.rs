//! TLS for real sessions: an audited library's mathematics, the system's authorities, and a certificate of one's own.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

use portolan_protocol::tls::{Client, ClientConfig, Keys, Server, ServerConfig, Trust, Versions};
use portolan_wire::security::{self, TlsFault};
use portolan_wire::{Duration, visible};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::sign::CertifiedKey;

/// How long a handshake may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long the sandbox's own certificate is good: as long as it may be left running.
const GOOD_FOR: u64 = 365 * 24 * 60 * 60;

/// Whom a client trusts.
#[derive(Clone, Debug)]
pub(crate) enum Whom {
    /// Those whom the system trusts.
    System,
    /// The one whose certificate has this SHA-256.
    Pinned([u8; 32]),
    /// Anybody.
    Anybody,
}

/// A certificate for the sandbox, made when it starts.
#[derive(Clone, Debug)]
pub(crate) struct Own {
    identity: Arc<CertifiedKey>,
    /// By which people know it.
    pub(crate) sha256: [u8; 32],
}

/// The TLS side of a client of `host`.
///
/// # Errors
/// A sentence.
pub(crate) fn client(host: &str, whom: &Whom, versions: Versions) -> Result<Client, String> {
    // Nobody has the keys of real sessions: they would be good for the passwords in them.
    client_with(host, whom, versions, None)
}

fn client_with(host: &str, whom: &Whom, versions: Versions, keys: Option<Keys>) -> Result<Client, String> {
    let name = ServerName::try_from(host.to_owned()).map_err(|_| {
        format!(
            "no certificate can hold for `{}`: that is no host's name",
            visible(host)
        )
    })?;
    let trust = match whom {
        Whom::System => Trust::Authorities(system()?),
        Whom::Pinned(sha256) => Trust::Pinned(*sha256),
        Whom::Anybody => Trust::Anybody,
    };
    let config = ClientConfig {
        provider: provider(),
        trust,
        versions,
        resumes: true,
        name,
        epoch: now(),
        patience: PATIENCE,
        keys,
    };
    Client::new(config).map_err(|fault| sentence(&fault))
}

impl Own {
    /// Makes one, for this machine's loopback.
    ///
    /// # Errors
    /// A sentence.
    pub(crate) fn new() -> Result<Self, String> {
        let failed = |error: rcgen::Error| format!("no certificate could be made: {error}");
        let key = rcgen::KeyPair::generate().map_err(failed)?;
        let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).map_err(failed)?;
        for address in [[127, 0, 0, 1].into(), IpAddr::from(1_u128.to_be_bytes())] {
            params.subject_alt_names.push(rcgen::SanType::IpAddress(address));
        }
        params.distinguished_name = rcgen::DistinguishedName::new();
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, "Portolan sandbox");
        let from = SystemTime::now();
        params.not_before = from.into();
        params.not_after = (from + std::time::Duration::from_secs(GOOD_FOR)).into();
        let certificate = params.self_signed(&key).map_err(failed)?;
        let der = CertificateDer::from(certificate.der().to_vec());
        let hash = ring::default_provider();
        let sha256 = sha256(&hash, &der)?;
        let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(|error| format!("no key: {error}"))?;
        let key = hash.key_provider.load_private_key(key);
        let key = key.map_err(|error| format!("the key could not be used: {error}"))?;
        let identity = Arc::new(CertifiedKey::new(vec![der], key));
        Ok(Self { identity, sha256 })
    }

    /// The TLS side of one session's server.
    ///
    /// # Errors
    /// A sentence.
    pub(crate) fn server(&self) -> Result<Server, String> {
        let config = ServerConfig {
            provider: provider(),
            identity: Arc::clone(&self.identity),
            versions: Versions::Both,
            epoch: now(),
            patience: PATIENCE,
            keys: None,
        };
        Server::new(config).map_err(|fault| sentence(&fault))
    }

    /// The TLS side of a client of whoever shows this certificate at `host`, and the keys of its connections.
    ///
    /// Here alone the keys of real connections can be had. With anybody else none is secured: the certificate's private key
    /// was made by this process and has not left it.
    ///
    /// # Errors
    /// A sentence.
    pub(crate) fn client(&self, host: &str) -> Result<(Client, Keys), String> {
        let keys = Keys::default();
        let client = client_with(host, &Whom::Pinned(self.sha256), Versions::Both, Some(keys.clone()))?;
        Ok((client, keys))
    }

    /// Its SHA-256 as people compare it.
    pub(crate) fn fingerprint(&self) -> String {
        security::fingerprint(&self.sha256)
    }
}

/// A SHA-256 as people type it: 64 hexadecimal digits, with colons between them or without.
pub(crate) fn parse_fingerprint(text: &str) -> Result<[u8; 32], String> {
    let digits: String = text.chars().filter(|digit| *digit != ':').collect();
    portolan_wire::hex::bytes(&digits)
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| {
            "a fingerprint is a SHA-256: 64 hexadecimal digits, with colons between them or without".to_owned()
        })
}

fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    Arc::clone(PROVIDER.get_or_init(|| Arc::new(ring::default_provider())))
}

/// The authorities that this system trusts.
fn system() -> Result<Vec<CertificateDer<'static>>, String> {
    let found = rustls_native_certs::load_native_certs();
    match found.errors.first() {
        // Of many, one that can't be read is no loss.
        _ if !found.certs.is_empty() => Ok(found.certs),
        Some(error) => Err(format!(
            "the authorities that this system trusts can't be read: {error}"
        )),
        None => Err("this system trusts no authority; a pin says which certificate to take".to_owned()),
    }
}

fn sha256(provider: &CryptoProvider, bytes: &[u8]) -> Result<[u8; 32], String> {
    let hashes = provider.cipher_suites.iter().map(|suite| match suite {
        rustls::SupportedCipherSuite::Tls12(suite) => suite.common.hash_provider,
        rustls::SupportedCipherSuite::Tls13(suite) => suite.common.hash_provider,
    });
    let digests = hashes.map(|hash| hash.hash(bytes));
    let mut digests = digests.filter_map(|digest| <[u8; 32]>::try_from(digest.as_ref()).ok());
    digests.next().ok_or_else(|| "there is no SHA-256".to_owned())
}

/// Seconds since 1970-01-01 UTC.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

fn sentence(fault: &TlsFault) -> String {
    match fault {
        TlsFault::Setup { what } => format!("TLS could not be set up: {what}"),
        other => format!("TLS could not be set up: {other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_read_as_it_is_printed() {
        let own = Own::new().unwrap();
        assert_eq!(parse_fingerprint(&own.fingerprint()), Ok(own.sha256));
        assert_eq!(parse_fingerprint(&"ab".repeat(32)), Ok([0xab; 32]));
        for wrong in ["", "ab", "zz", &"ab".repeat(33)] {
            assert!(parse_fingerprint(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_sandbox_shows_what_it_is() {
        let own = Own::new().unwrap();
        let read = portolan_wire::dissect::Certificate::read(&own.identity.cert[0]).unwrap();
        assert_eq!(read.subject.as_deref(), Some("Portolan sandbox"));
        assert_eq!(read.names, ["localhost", "127.0.0.1", "::1"]);
        assert!(read.from <= now() && now() + GOOD_FOR - 60 < read.to);
    }

    #[test]
    fn hosts_are_names_or_addresses() {
        for host in ["localhost", "127.0.0.1", "::1", "ftp.example.org"] {
            assert!(client(host, &Whom::Anybody, Versions::Both).is_ok(), "{host}");
        }
        assert!(client("not a host", &Whom::Anybody, Versions::Both).is_err());
    }
}
