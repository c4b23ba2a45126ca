//! Authorities, and certificates that were pinned.

use portolan_wire::dissect::{Certificate, Key};

use super::*;

/// What comes of a handshake with `identity`, for a client who trusts like this.
fn meet(trust: Trust, versions: Versions, identity: &Identity) -> Result<Secured, TlsFault> {
    let mut pair = Pair::new();
    pair.begin(
        &client_who_trusts(trust, versions, 3),
        &server(Versions::Both, 4, identity),
    );
    pair.run();
    match pair.client.events.first().cloned() {
        Some(Event::Secured(secured)) => Ok(secured),
        Some(Event::Broken(fault)) => Err(fault),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_was_refused_can_be_looked_at_and_pinned() {
    // Wrong in every way: signed by itself, for another name, and its time is over.
    let over = Validity {
        from: EPOCH - 100,
        to: EPOCH - 1,
    };
    let odd = Identity::self_signed(&subject("nas.local"), [9; 32], over);
    for versions in [Versions::Only12, Versions::Only13] {
        let authorities = Trust::Authorities(vec![authority().root().clone()]);
        let Err(TlsFault::Certificate { shown: Some(shown), .. }) = meet(authorities, versions, &odd) else {
            panic!("nobody vouches for it");
        };
        let secured = meet(Trust::Pinned(shown.sha256), versions, &odd).unwrap();
        assert_eq!(secured.certificate, Some(shown));
    }
}

#[test]
fn a_pin_fits_one_certificate_and_an_authority_changes_nothing_about_it() {
    let first = meet(
        Trust::Authorities(vec![authority().root().clone()]),
        Versions::Both,
        &identity(),
    )
    .unwrap();
    let pin = Trust::Pinned(first.certificate.unwrap().sha256);
    let second = authority().issue(&subject(NAME), [5; 32], GOOD);
    let Err(TlsFault::Certificate { why, shown }) = meet(pin, Versions::Both, &second) else {
        panic!("another certificate");
    };
    assert_eq!(why, CertificateFault::NotPinned);
    assert_eq!(shown.unwrap().der, second.certified().cert[0].as_ref());
}

#[test]
fn the_certificate_without_its_key_opens_nothing() {
    let real = identity();
    let shown = meet(
        Trust::Authorities(vec![authority().root().clone()]),
        Versions::Both,
        &real,
    )
    .unwrap();
    let pin = Trust::Pinned(shown.certificate.unwrap().sha256);
    // Somebody else shows the same certificate, and signs with a key of their own.
    let own = authority().issue(&subject(NAME), [6; 32], GOOD).certified();
    let thief = rustls::sign::CertifiedKey::new(real.certified().cert.clone(), Arc::clone(&own.key));
    for versions in [Versions::Only12, Versions::Only13] {
        let mut pair = Pair::new();
        let server = Server::new(ServerConfig {
            provider: Arc::new(provider([4; 32])),
            identity: Arc::new(thief.clone()),
            versions,
            epoch: EPOCH,
            patience: Duration::from_secs(10),
            keys: None,
        });
        pair.begin(&client_who_trusts(pin.clone(), versions, 3), &server.unwrap());
        pair.run();
        let TlsFault::Certificate { why, .. } = pair.client.fault() else {
            panic!("{:?}", pair.client.fault());
        };
        assert_eq!(why, &CertificateFault::BadSignature);
    }
}

#[test]
fn who_trusts_nobody_is_told_before_anything_is_said() {
    let config = ClientConfig {
        provider: Arc::new(provider([0; 32])),
        trust: Trust::Authorities(Vec::new()),
        resumes: true,
        versions: Versions::Both,
        name: ServerName::try_from(NAME).unwrap(),
        epoch: EPOCH,
        patience: Duration::from_secs(10),
        keys: None,
    };
    assert!(matches!(Client::new(config), Err(TlsFault::Setup { .. })));
}

#[test]
fn what_the_little_authority_writes_is_read_as_it_was_meant() {
    let identity = identity();
    let read = Certificate::read(&identity.certified().cert[0]).unwrap();
    assert_eq!(read.subject.as_deref(), Some("FTP Server"));
    assert_eq!(read.issuer.as_deref(), Some("Portolan Test Authority"));
    assert_eq!((read.from, read.to), (GOOD.from, GOOD.to));
    assert_eq!((read.names, read.key), (vec![NAME.to_owned()], Key::Ed25519));
    assert!(!read.self_issued);
    let root = Certificate::read(authority().root()).unwrap();
    assert!(root.self_issued);
}
