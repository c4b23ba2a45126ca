//! What two layers say to each other.

use super::*;

#[test]
fn words_in_the_clear_are_the_wire() {
    let mut pair = Pair::new();
    pair.client.say(b"FEAT\r\n");
    pair.run();
    assert_eq!(pair.server.heard(), "FEAT\r\n");
    assert_eq!(pair.client.sent, b"FEAT\r\n");
}

#[test]
fn a_connection_is_secured_in_its_middle_and_nobody_reads_along() {
    for (versions, number, suite) in [(Versions::Only12, 0x0303, 0xcca9), (Versions::Both, 0x0304, 0x1303)] {
        let mut pair = Pair::new();
        pair.server.say(b"220 Ready\r\n");
        pair.client.say(b"AUTH TLS\r\n");
        pair.run();
        pair.server.say(b"234 Go on\r\n");
        pair.run();
        pair.begin(&client(versions, 3), &server(Versions::Both, 4, &identity()));
        pair.run();
        let secured = pair.client.secured().clone();
        assert_eq!(
            (secured.version, secured.suite, secured.resumed),
            (number, suite, false)
        );
        let shown = secured.certificate.unwrap();
        assert_eq!(shown.der, identity().certified().cert[0].as_ref());
        assert_eq!(pair.server.secured().certificate, None);
        pair.client.say(b"PASS secret-word\r\n");
        pair.server.say(b"230 Welcome\r\n");
        pair.run();
        assert_eq!(pair.server.heard(), "AUTH TLS\r\nPASS secret-word\r\n");
        assert_eq!(pair.client.heard(), "220 Ready\r\n234 Go on\r\n230 Welcome\r\n");
        assert!(!pair.client.sent.windows(11).any(|bytes| bytes == b"secret-word"));
    }
}

#[test]
fn ccc_goes_on_in_the_clear_also_when_all_comes_in_one_segment() {
    for versions in [Versions::Only12, Versions::Only13] {
        let mut pair = Pair::secured(&client(versions, 3), &server(versions, 4, &identity()));
        pair.client.say(b"CCC\r\n");
        pair.run();
        assert_eq!(pair.server.heard(), "CCC\r\n");
        // The reply and the goodbye fly together; the client reads the reply, then agrees.
        pair.server.say(b"200 In the clear\r\n");
        pair.server.layer.clear();
        pair.run();
        assert_eq!(pair.client.heard(), "200 In the clear\r\n");
        assert_eq!(pair.client.events.last(), Some(&Event::Goodbye));
        // The client's goodbye and its next line do, too.
        pair.client.layer.clear();
        pair.client.send();
        pair.client.say(b"PASV\r\n");
        pair.run();
        assert_eq!(pair.server.heard(), "PASV\r\n");
        assert!(pair.client.sent.ends_with(b"PASV\r\n"), "in the clear");
        let (up, down) = (cleared(&pair.client), cleared(&pair.server));
        assert_eq!(up.sent, (pair.client.sent.len() - b"CCC\r\nPASV\r\n".len()) as u64);
        assert_eq!((up.sent, up.received), (down.received, down.sent));
        assert!(pair.client.layer.is_plain() && pair.server.layer.is_plain());
    }
}

fn cleared(end: &End) -> Cleared {
    match end.events.last() {
        Some(Event::Cleared(cleared)) => *cleared,
        other => panic!("not cleared: {other:?}"),
    }
}

#[test]
fn plaintext_behind_a_goodbye_waits_for_ones_own() {
    let mut pair = Pair::secured(&client(Versions::Both, 3), &server(Versions::Both, 4, &identity()));
    pair.server.layer.clear();
    pair.run();
    pair.client.layer.handle_wire(Instant::ZERO, b"227 Entering");
    pair.client.look();
    assert_eq!(pair.client.heard(), "");
    pair.client.layer.clear();
    pair.run();
    assert_eq!(pair.client.heard(), "227 Entering");
}

#[test]
fn each_direction_ends_by_itself() {
    let mut pair = Pair::secured(&client(Versions::Both, 3), &server(Versions::Both, 4, &identity()));
    pair.server.say(b"the end");
    pair.server.layer.close();
    pair.run();
    assert_eq!(pair.client.heard(), "the end");
    assert_eq!(pair.client.events.last(), Some(&Event::Goodbye));
    pair.client.layer.handle_eof();
    pair.client.say(b"one more word");
    pair.client.layer.close();
    pair.run();
    assert_eq!(pair.server.heard(), "one more word");
    assert!(pair.client.layer.has_parted() && pair.server.layer.has_parted());
    pair.server.layer.handle_eof();
    pair.run();
    assert_eq!(
        pair.server.events.last(),
        Some(&Event::Goodbye),
        "nothing was cut short"
    );
    assert_eq!(pair.client.layer.write(b"too late"), 0);
}

#[test]
fn at_most_a_record_is_taken_while_the_wire_takes_nothing() {
    let mut pair = Pair::secured(&client(Versions::Both, 3), &server(Versions::Both, 4, &identity()));
    let much = vec![7; 1_000_000];
    let mut taken = 0;
    while let more @ 1.. = pair.client.layer.write(&much[taken..]) {
        taken += more;
    }
    assert_eq!(taken, 16 * 1024);
    assert!(pair.client.layer.waiting() < 17 * 1024);
    // The wire takes little at a time; the memory stays what it was.
    let mut wire = 0;
    while taken < much.len() {
        let piece = pair.client.layer.take_wire(1000);
        wire += piece.len();
        pair.server.layer.handle_wire(Instant::ZERO, &piece);
        pair.server.look();
        taken += pair.client.layer.write(&much[taken..]);
        assert!(pair.client.layer.waiting() < 34 * 1024);
    }
    pair.run();
    assert_eq!(pair.server.heard, much);
    assert!(wire > much.len() * 9 / 10);
}

#[test]
fn no_word_is_taken_before_hands_are_shaken() {
    let mut pair = Pair::new();
    pair.begin(&client(Versions::Both, 3), &server(Versions::Both, 4, &identity()));
    assert_eq!(pair.client.layer.write(b"USER"), 0);
    assert_eq!(pair.server.layer.write(b"220"), 0);
    assert_eq!(
        pair.client.layer.deadline(),
        Some(Instant::ZERO + Duration::from_secs(10))
    );
    pair.run();
    assert_eq!(pair.client.layer.write(b"USER"), 4);
    assert_eq!(pair.client.layer.deadline(), None);
}

#[test]
fn words_slipped_in_before_the_handshake_are_forgotten() {
    let mut pair = Pair::new();
    pair.server
        .layer
        .handle_wire(Instant::ZERO, b"AUTH TLS\r\nDELE precious\r\n");
    pair.begin(&client(Versions::Both, 3), &server(Versions::Both, 4, &identity()));
    pair.run();
    assert_eq!(pair.server.heard(), "");
    pair.server.secured();
}

#[test]
fn who_clears_without_a_goodbye_is_heard_all_the_same() {
    for versions in [Versions::Only12, Versions::Only13] {
        let mut pair = Pair::secured(&client(versions, 3), &server(versions, 4, &identity()));
        pair.server.layer.clear();
        pair.server.send();
        pair.server.layer.handle_wire(Instant::ZERO, b"PWD\r\n");
        pair.server.look();
        assert!(pair.server.layer.is_plain());
        assert_eq!(pair.server.heard(), "PWD\r\n");
        let has_cleared = pair
            .server
            .events
            .iter()
            .any(|event| matches!(event, Event::Cleared(_)));
        assert!(has_cleared, "{:?}", pair.server.events);
    }
}
