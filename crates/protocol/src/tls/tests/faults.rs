//! What goes wrong, and what it is called.

use super::*;

/// A handshake with the server's `identity`, broken off by the client.
fn refusal(identity: &Identity) -> CertificateFault {
    let mut pair = Pair::new();
    pair.begin(&client(Versions::Both, 3), &server(Versions::Both, 4, identity));
    pair.run();
    let fault = pair.client.fault().clone();
    // The server hears why.
    assert!(
        matches!(pair.server.fault(), TlsFault::Alert { .. }),
        "{:?}",
        pair.server.fault()
    );
    let TlsFault::Certificate { why, shown } = fault else {
        panic!("{fault:?}");
    };
    assert_eq!(shown.unwrap().der, identity.certified().cert[0].as_ref());
    why
}

#[test]
fn a_certificate_that_will_not_do_is_told_by_its_fault() {
    let issue = |name, from, to| authority().issue(&subject(name), [2; 32], Validity { from, to });
    let old = issue(NAME, EPOCH - 100, EPOCH - 1);
    let last = Some(EPOCH - 1);
    assert_eq!(refusal(&old), CertificateFault::Expired { last });
    let young = issue(NAME, EPOCH + 60, EPOCH + 100);
    let first = Some(EPOCH + 60);
    assert_eq!(refusal(&young), CertificateFault::NotYetValid { first });
    let other = issue("www.example.net", GOOD.from, GOOD.to);
    let CertificateFault::WrongName { holds_for } = refusal(&other) else {
        panic!("the name is wrong");
    };
    assert_eq!(holds_for, ["www.example.net"]);
    let own = Identity::self_signed(&subject(NAME), [2; 32], GOOD);
    assert_eq!(refusal(&own), CertificateFault::UnknownIssuer);
}

#[test]
fn certificates_age_while_the_endpoint_lives() {
    let mut pair = Pair::new();
    pair.now = Instant::ZERO + Duration::from_secs(100_001);
    pair.begin(&client(Versions::Both, 3), &server(Versions::Both, 4, &identity()));
    pair.run();
    let last = Some(GOOD.to);
    let TlsFault::Certificate { why, .. } = pair.client.fault() else {
        panic!("{:?}", pair.client.fault());
    };
    assert_eq!(why, &CertificateFault::Expired { last });
}

#[test]
fn plaintext_where_a_record_was_expected_is_shown() {
    let mut end = End::default();
    end.layer
        .begin_client(Instant::ZERO, &client(Versions::Both, 3))
        .unwrap();
    end.layer.handle_wire(Instant::ZERO, b"220 Ready\r\n");
    end.look();
    let what = "220 Ready␍␊".to_owned();
    assert_eq!(end.fault(), &TlsFault::Plaintext { what });
    let mut end = End::default();
    end.layer
        .begin_server(Instant::ZERO, &server(Versions::Both, 4, &identity()))
        .unwrap();
    end.layer.handle_wire(Instant::ZERO, b"U");
    end.look();
    assert_eq!(end.fault(), &TlsFault::Plaintext { what: "U".to_owned() });
}

#[test]
fn a_stalled_handshake_ends_at_its_time_and_not_before() {
    let mut end = End::default();
    end.layer
        .begin_client(Instant::ZERO, &client(Versions::Both, 3))
        .unwrap();
    let until = end.layer.deadline().unwrap();
    end.layer.handle_time(Instant::from_micros(until.as_micros() - 1));
    end.look();
    assert_eq!(end.events, []);
    end.layer.handle_time(until);
    end.look();
    assert_eq!(end.fault(), &TlsFault::Stalled);
    assert_eq!(end.layer.deadline(), None);
}

#[test]
fn a_connection_that_ends_in_the_handshake_says_so() {
    let mut end = End::default();
    end.layer
        .begin_client(Instant::ZERO, &client(Versions::Both, 3))
        .unwrap();
    end.layer.handle_eof();
    end.look();
    assert_eq!(end.fault(), &TlsFault::Unfinished);
}

#[test]
fn an_end_without_goodbye_may_be_a_cut() {
    for at in [0, 3] {
        let mut pair = Pair::secured(&client(Versions::Both, 3), &server(Versions::Both, 4, &identity()));
        pair.server.say(b"half a file");
        pair.run();
        pair.client.layer.handle_wire(Instant::ZERO, &[23, 3, 3][..at]);
        pair.client.layer.handle_eof();
        pair.client.look();
        assert_eq!(pair.client.heard(), "half a file");
        assert_eq!(pair.client.fault(), &TlsFault::CutShort);
    }
}

#[test]
fn a_record_that_was_changed_ends_the_connection_and_the_peer_hears_of_it() {
    let mut pair = Pair::secured(&client(Versions::Both, 3), &server(Versions::Both, 4, &identity()));
    pair.client.say(b"STOR file\r\n");
    *pair.client.flying.last_mut().unwrap() ^= 1;
    pair.run();
    assert_eq!(pair.server.heard(), "");
    assert_eq!(pair.server.fault(), &TlsFault::BadRecord);
    // bad_record_mac
    assert_eq!(pair.client.fault(), &TlsFault::Alert { description: 20 });
}

#[test]
fn bytes_in_the_clear_under_tls_end_the_connection() {
    let mut pair = Pair::secured(&client(Versions::Both, 3), &server(Versions::Both, 4, &identity()));
    pair.server.layer.handle_wire(Instant::ZERO, b"DELE precious\r\n");
    pair.server.look();
    assert_eq!(pair.server.heard(), "");
    assert_eq!(pair.server.fault(), &TlsFault::BadRecord);
}

#[test]
fn two_that_share_no_version_part() {
    let mut pair = Pair::new();
    pair.begin(&client(Versions::Only12, 3), &server(Versions::Only13, 4, &identity()));
    pair.run();
    assert_eq!(pair.server.fault(), &TlsFault::NothingInCommon);
    // protocol_version
    assert_eq!(pair.client.fault(), &TlsFault::Alert { description: 70 });
}

#[test]
fn a_provider_without_a_suite_is_this_sides_fault() {
    let mut nothing = provider([0; 32]);
    nothing.cipher_suites.clear();
    let config = ServerConfig {
        provider: Arc::new(nothing),
        identity: identity().certified(),
        versions: Versions::Both,
        epoch: EPOCH,
        patience: Duration::from_secs(10),
        keys: None,
    };
    assert!(matches!(Server::new(config), Err(TlsFault::Setup { .. })));
}

#[test]
fn who_has_said_goodbye_says_no_more_of_what_is_spoilt() {
    for versions in [Versions::Only12, Versions::Only13] {
        let mut pair = Pair::secured(&client(versions, 3), &server(versions, 4, &identity()));
        pair.server.layer.close();
        pair.run();
        let goodbye = pair.server.sent.len();
        pair.client.say(b"STOR\r\n");
        *pair.client.flying.last_mut().unwrap() ^= 1;
        pair.run();
        assert_eq!(pair.server.fault(), &TlsFault::BadRecord);
        assert_eq!(pair.server.sent.len(), goodbye, "nothing follows a goodbye");
    }
}
