//! Handshakes of `rustls` with itself on this provider, and what its verifier says of the authority's certificates.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{ServerName, UnixTime};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::time_provider::TimeProvider;
use rustls::version::{TLS12, TLS13};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, Error, RootCertStore, ServerConfig, ServerConnection,
    SupportedProtocolVersion,
};

use super::*;

const NOW: u64 = 1_777_000_000;
const GOOD: Validity = Validity {
    from: NOW - 1000,
    to: NOW + 1000,
};

#[derive(Debug)]
struct Fixed;

impl TimeProvider for Fixed {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(core::time::Duration::from_secs(NOW)))
    }
}

#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

fn authority() -> Authority {
    Authority::new("Portolan Test Authority", [1; 32], GOOD)
}

fn subject(host: &str) -> Subject {
    Subject {
        name: "FTP Server".to_owned(),
        hosts: vec![host.to_owned()],
        addresses: vec!["192.0.2.10".parse().unwrap(), "2001:db8::10".parse().unwrap()],
    }
}

fn client(
    provider: CryptoProvider,
    version: &'static SupportedProtocolVersion,
    name: &str,
) -> Result<ClientConnection, Error> {
    let provider = Arc::new(provider);
    let mut roots = RootCertStore::empty();
    roots.add(authority().root().clone())?;
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .build()
        .unwrap();
    let config = ClientConfig::builder_with_details(provider, Arc::new(Fixed))
        .with_protocol_versions(&[version])?
        .with_webpki_verifier(verifier)
        .with_no_client_auth();
    ClientConnection::new(Arc::new(config), ServerName::try_from(name.to_owned()).unwrap())
}

fn server(
    provider: CryptoProvider,
    version: &'static SupportedProtocolVersion,
    identity: &Identity,
) -> Result<ServerConnection, Error> {
    let config = ServerConfig::builder_with_details(Arc::new(provider), Arc::new(Fixed))
        .with_protocol_versions(&[version])?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Always(identity.certified())));
    ServerConnection::new(Arc::new(config))
}

/// Everything that went over the wire until both are satisfied, and a word each way behind it.
fn talk(
    version: &'static SupportedProtocolVersion,
    name: &str,
    identity: &Identity,
    seed: u8,
) -> Result<(Vec<u8>, Vec<u8>), Error> {
    use std::io::{Read, Write};
    let mut client = client(provider([seed; 32]), version, name)?;
    let mut server = server(provider([seed + 1; 32]), version, identity)?;
    let (mut sent, mut answered) = (Vec::new(), Vec::new());
    let mut has_spoken = false;
    for _ in 0..10 {
        let mut flight = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut flight).unwrap();
        }
        server.read_tls(&mut flight.as_slice()).unwrap();
        server.process_new_packets()?;
        sent.extend(flight);
        let mut flight = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut flight).unwrap();
        }
        client.read_tls(&mut flight.as_slice()).unwrap();
        client.process_new_packets()?;
        answered.extend(flight);
        if !client.is_handshaking() && !server.is_handshaking() && !has_spoken {
            client.writer().write_all(b"USER anonymous\r\n").unwrap();
            server.writer().write_all(b"331 ...\r\n").unwrap();
            has_spoken = true;
        }
    }
    let mut heard = [0; 16];
    server.reader().read_exact(&mut heard).unwrap();
    assert_eq!(&heard, b"USER anonymous\r\n");
    client.reader().read_exact(&mut heard[..9]).unwrap();
    assert_eq!(&heard[..9], b"331 ...\r\n");
    Ok((sent, answered))
}

#[test]
fn both_versions_shake_hands_and_one_seed_gives_one_wire() {
    let identity = authority().issue(&subject("ftp.example.net"), [2; 32], GOOD);
    for version in [&TLS12, &TLS13] {
        let first = talk(version, "ftp.example.net", &identity, 7).unwrap();
        assert_eq!(first, talk(version, "ftp.example.net", &identity, 7).unwrap());
        assert_ne!(first, talk(version, "ftp.example.net", &identity, 9).unwrap());
    }
}

/// Natively and in WebAssembly, today and tomorrow: links that reproduce a session rest on it. A new `rustls` may say other
/// things in its hello; then these change, and so do the built-in sessions.
#[test]
fn a_seed_gives_these_bytes_everywhere() {
    use sha2::{Digest, Sha256};
    let identity = authority().issue(&subject("ftp.example.net"), [2; 32], GOOD);
    let digests = [&TLS12, &TLS13].map(|version| {
        let (sent, answered) = talk(version, "ftp.example.net", &identity, 7).unwrap();
        let digest = Sha256::new().chain_update(sent).chain_update(answered).finalize();
        digest[..8].iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    });
    assert_eq!(digests, ["5c829a516d6ac055", "f81ef26e769509cc"]);
}

#[test]
fn a_certificate_holds_for_its_names_and_addresses_and_for_no_others() {
    let identity = authority().issue(&subject("ftp.example.net"), [2; 32], GOOD);
    for name in ["ftp.example.net", "192.0.2.10", "2001:db8::10"] {
        talk(&TLS13, name, &identity, 1).unwrap();
    }
    for name in ["www.example.net", "192.0.2.11", "2001:db8::11"] {
        let Err(Error::InvalidCertificate(why)) = talk(&TLS13, name, &identity, 1) else {
            panic!("{name} is none of its names");
        };
        assert!(
            matches!(why, CertificateError::NotValidForNameContext { .. }),
            "{why:?}"
        );
    }
}

#[test]
fn what_is_old_young_or_signed_by_nobody_is_refused() {
    let certificate = |from, to| authority().issue(&subject("ftp.example.net"), [2; 32], Validity { from, to });
    let refusal = |identity: &Identity| match talk(&TLS12, "ftp.example.net", identity, 1) {
        Err(Error::InvalidCertificate(why)) => why,
        other => panic!("{other:?}"),
    };
    let why = refusal(&certificate(NOW - 1000, NOW - 1));
    assert!(matches!(why, CertificateError::ExpiredContext { .. }), "{why:?}");
    let why = refusal(&certificate(NOW + 1, NOW + 1000));
    assert!(matches!(why, CertificateError::NotValidYetContext { .. }), "{why:?}");
    let own = Identity::self_signed(&subject("ftp.example.net"), [2; 32], GOOD);
    assert!(matches!(refusal(&own), CertificateError::UnknownIssuer));
    let impostor = Authority::new("Portolan Test Authority", [3; 32], GOOD);
    let forged = impostor.issue(&subject("ftp.example.net"), [2; 32], GOOD);
    let why = refusal(&forged);
    assert!(
        matches!(why, CertificateError::BadSignature | CertificateError::UnknownIssuer),
        "{why:?}"
    );
}

#[test]
fn a_record_that_was_changed_is_not_opened() {
    let identity = authority().issue(&subject("ftp.example.net"), [2; 32], GOOD);
    for version in [&TLS12, &TLS13] {
        let mut client = client(provider([1; 32]), version, "ftp.example.net").unwrap();
        let mut server = server(provider([2; 32]), version, &identity).unwrap();
        for _ in 0..4 {
            let mut flight = Vec::new();
            while client.wants_write() {
                client.write_tls(&mut flight).unwrap();
            }
            server.read_tls(&mut flight.as_slice()).unwrap();
            server.process_new_packets().unwrap();
            flight.clear();
            while server.wants_write() {
                server.write_tls(&mut flight).unwrap();
            }
            client.read_tls(&mut flight.as_slice()).unwrap();
            client.process_new_packets().unwrap();
        }
        std::io::Write::write_all(&mut client.writer(), b"QUIT\r\n").unwrap();
        let mut record = Vec::new();
        client.write_tls(&mut record).unwrap();
        *record.last_mut().unwrap() ^= 1;
        server.read_tls(&mut record.as_slice()).unwrap();
        assert_eq!(server.process_new_packets().unwrap_err(), Error::DecryptError);
    }
}

#[test]
fn a_private_key_is_read_from_pkcs_8_and_nothing_else() {
    use rustls::pki_types::PrivatePkcs8KeyDer;
    let provider = provider([0; 32]);
    let mut der = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".to_vec();
    der.extend([5; 32]);
    assert!(
        provider
            .key_provider
            .load_private_key(PrivatePkcs8KeyDer::from(der.clone()).into())
            .is_ok()
    );
    der.pop();
    assert!(
        provider
            .key_provider
            .load_private_key(PrivatePkcs8KeyDer::from(der).into())
            .is_err()
    );
}
