//! Tests of [`super`], with the bytes of real connections: `fixtures/` holds what the two sides of OpenSSL 3.0 sent each
//! other, each piece as its direction (`>` to the server), its length in two bytes, and itself. In each, the client says
//! `USER anna`, the server `331 Password?`, and both close in order. That no cut changes anything is `fuzzing::tls`.

use Direction::{ToClient, ToServer};

use super::*;

const TLS12: u16 = 0x0303;
const NAME: &str = "ftp.example.org";

const TLS12_FULL: &[u8] = include_bytes!("fixtures/tls12-full.bin");
const TLS12_RESUMED: &[u8] = include_bytes!("fixtures/tls12-resumed.bin");
const TLS13_FULL: &[u8] = include_bytes!("fixtures/tls13-full.bin");
const TLS13_RESUMED: &[u8] = include_bytes!("fixtures/tls13-resumed.bin");
const TLS13_RETRY: &[u8] = include_bytes!("fixtures/tls13-retry.bin");

fn pieces(mut fixture: &[u8]) -> Vec<(Direction, &[u8])> {
    let mut found = Vec::new();
    while let [way, high, low, rest @ ..] = fixture {
        let (piece, rest) = rest.split_at(u16::from_be_bytes([*high, *low]).into());
        found.push((if *way == b'>' { ToServer } else { ToClient }, piece));
        fixture = rest;
    }
    found
}

fn read(fixture: &[u8]) -> (TlsDissector, Vec<TlsSighting>) {
    let mut dissector = TlsDissector::default();
    let seen = pieces(fixture)
        .into_iter()
        .flat_map(|(direction, bytes)| dissector.feed(direction, bytes))
        .collect();
    (dissector, seen)
}

/// A line for each sighting, for people.
fn told(seen: &[TlsSighting]) -> Vec<String> {
    let line = |sighting: &TlsSighting| {
        let way = if sighting.direction == ToServer { '>' } else { '<' };
        let what = match &sighting.what {
            TlsWhat::Record { content, opaque, .. } => {
                format!("{content:?}{}", if *opaque { ", opaque" } else { "" })
            }
            TlsWhat::ClientHello(hello) => format!(
                "  client hello, {}{}",
                hello.server_name.as_deref().unwrap_or("nobody"),
                if hello.ticket { ", with a ticket" } else { "" }
            ),
            TlsWhat::ServerHello(hello) => format!(
                "  server hello, {}, {}{}",
                version_name(hello.version).unwrap_or("?"),
                suite_name(hello.suite).unwrap_or("?"),
                if hello.retry { ", again" } else { "" }
            ),
            TlsWhat::Certificates { lengths, own } => format!(
                "  {} certificate, of {}",
                lengths.len(),
                own.as_ref().and_then(|own| own.subject.as_deref()).unwrap_or("?")
            ),
            TlsWhat::Handshake { kind, .. } => format!("  handshake {kind}"),
            TlsWhat::ChangeCipherSpec => "  changes".to_owned(),
            TlsWhat::Alert { description, .. } => format!("  alert {}", alert_name(*description).unwrap_or("?")),
            TlsWhat::NotTls => "no TLS".to_owned(),
        };
        format!("{way} {what}")
    };
    seen.iter().map(line).collect()
}

fn client_hello(seen: &[TlsSighting]) -> &ClientHello {
    let found = seen.iter().find_map(|sighting| match &sighting.what {
        TlsWhat::ClientHello(hello) => Some(&**hello),
        _ => None,
    });
    found.expect("a client hello")
}

#[test]
fn a_full_handshake_of_1_2_shows_all_but_its_end() {
    let (dissector, seen) = read(TLS12_FULL);
    assert_eq!(
        told(&seen),
        [
            "> Handshake",
            ">   client hello, ftp.example.org",
            "< Handshake",
            "<   server hello, TLS 1.2, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "< Handshake",
            "<   1 certificate, of ftp.example.org",
            "< Handshake",
            "<   handshake 12",
            "< Handshake",
            "<   handshake 14",
            "> Handshake",
            ">   handshake 16",
            "> ChangeCipherSpec",
            ">   changes",
            "> Handshake, opaque",
            "< Handshake",
            "<   handshake 4",
            "< ChangeCipherSpec",
            "<   changes",
            "< Handshake, opaque",
            "> ApplicationData, opaque",
            "< ApplicationData, opaque",
            "> Alert, opaque",
            "< Alert, opaque",
        ]
    );
    assert_eq!((dissector.version(), dissector.resumes()), (Some(TLS12), Some(false)));
    let hello = client_hello(&seen);
    assert_eq!(hello.server_name.as_deref(), Some(NAME));
    assert_eq!(hello.protocols, ["ftp"]);
    assert_eq!(hello.versions, [TLS12]);
    assert!(!hello.ticket && !hello.early_data);
    assert!(hello.suites.contains(&0xc02c));
}

#[test]
fn a_session_of_1_2_that_goes_on_repeats_its_id_and_shows_no_certificate() {
    let (dissector, seen) = read(TLS12_RESUMED);
    assert!(client_hello(&seen).ticket);
    assert_eq!(dissector.resumes(), Some(true));
    assert!(
        !seen
            .iter()
            .any(|sighting| matches!(sighting.what, TlsWhat::Certificates { .. }))
    );
}

#[test]
fn in_1_3_all_is_application_data_behind_the_hellos() {
    let (dissector, seen) = read(TLS13_FULL);
    assert_eq!(
        told(&seen)[..7],
        [
            "> Handshake",
            ">   client hello, ftp.example.org",
            "< Handshake",
            "<   server hello, TLS 1.3, TLS_AES_256_GCM_SHA384",
            "< ChangeCipherSpec",
            "<   changes",
            "< ApplicationData, opaque",
        ]
    );
    let clear = seen
        .iter()
        .filter(|sighting| matches!(sighting.what, TlsWhat::Record { opaque: false, .. }));
    assert_eq!(
        clear.count(),
        4,
        "two hellos, and a ChangeCipherSpec of each for boxes in the way"
    );
    assert_eq!(
        (dissector.version(), dissector.resumes()),
        (Some(names::TLS13), Some(false))
    );
    assert_eq!(client_hello(&seen).versions, [names::TLS13]);
    let (dissector, seen) = read(TLS13_RESUMED);
    assert!(client_hello(&seen).ticket);
    assert_eq!(dissector.resumes(), Some(true));
}

#[test]
fn a_hello_that_is_asked_for_again_can_be_read_again() {
    let (dissector, seen) = read(TLS13_RETRY);
    let hellos: Vec<String> = told(&seen).into_iter().filter(|line| line.contains("hello")).collect();
    assert_eq!(
        hellos,
        [
            ">   client hello, ftp.example.org",
            "<   server hello, TLS 1.3, TLS_AES_256_GCM_SHA384, again",
            ">   client hello, ftp.example.org",
            "<   server hello, TLS 1.3, TLS_AES_256_GCM_SHA384",
        ]
    );
    assert_eq!(
        (dissector.version(), dissector.resumes()),
        (Some(names::TLS13), Some(false))
    );
}

#[test]
fn records_lie_one_behind_the_other_and_messages_within_them() {
    for fixture in [TLS12_FULL, TLS12_RESUMED, TLS13_FULL, TLS13_RESUMED, TLS13_RETRY] {
        let (_, seen) = read(fixture);
        for way in [ToServer, ToClient] {
            let length: usize = pieces(fixture)
                .iter()
                .filter(|(to, _)| *to == way)
                .map(|(_, bytes)| bytes.len())
                .sum();
            let mut end = 0;
            for sighting in seen.iter().filter(|sighting| sighting.direction == way) {
                if let TlsWhat::Record { length, .. } = sighting.what {
                    assert_eq!(sighting.start, end);
                    assert_eq!(sighting.end - sighting.start, u64::from(length) + 5);
                    end = sighting.end;
                } else {
                    assert!(sighting.start < sighting.end && sighting.end <= end);
                }
            }
            assert_eq!(end, length as u64);
        }
    }
}

#[test]
fn a_connection_that_began_in_the_clear_counts_on_from_there() {
    let mut dissector = TlsDissector::at(10, 31);
    let (direction, hello) = pieces(TLS13_FULL)[0];
    let seen = dissector.feed(direction, hello);
    assert_eq!((seen[0].start, seen[1].start), (10, 15));
    assert_eq!(dissector.feed(ToClient, b"500 What?\r\n")[0].start, 31);
}

#[test]
fn what_is_no_record_is_said_once_and_stops_its_direction_alone() {
    for bytes in [
        &b"220 Welcome\r\n"[..],
        b"\x16\x02\x00",
        b"\x16\x03\x05",
        b"\x17\x03\x03\x48\x01",
    ] {
        let mut dissector = TlsDissector::default();
        let seen = dissector.feed(ToClient, bytes);
        assert_eq!(told(&seen), ["< no TLS"]);
        assert_eq!((seen[0].start, seen[0].end), (0, 0));
        assert_eq!(dissector.feed(ToClient, b"\x15\x03\x03\0\x02\x02\x28"), []);
        let seen = dissector.feed(ToServer, b"\x15\x03\x03\0\x02\x02\x28");
        assert_eq!(told(&seen), ["> Alert", ">   alert handshake_failure"]);
        assert!(matches!(seen[1].what, TlsWhat::Alert { fatal: true, .. }));
    }
}

#[test]
fn messages_go_over_records_and_many_lie_in_one() {
    let record = |body: &[u8]| {
        let mut bytes = vec![22, 3, 3];
        bytes.extend(u16::try_from(body.len()).unwrap().to_be_bytes());
        bytes.extend(body);
        bytes
    };
    let mut dissector = TlsDissector::default();
    // Two without content, and the beginning of a third.
    let seen = dissector.feed(ToClient, &record(&[0, 0, 0, 0, 14, 0, 0, 0, 20, 0]));
    assert_eq!(told(&seen), ["< Handshake", "<   handshake 0", "<   handshake 14"]);
    let seen = dissector.feed(ToClient, &record(&[0, 3, 1, 2, 3]));
    assert_eq!(told(&seen), ["< Handshake", "<   handshake 20"]);
    assert_eq!((seen[1].start, seen[1].end), (13, 25));
    // One that is longer than any that is read is counted, and kept nowhere.
    let long = u32::try_from(LONGEST_MESSAGE).unwrap() + 1;
    let [_, a, b, c] = long.to_be_bytes();
    let mut body = vec![11, a, b, c];
    body.resize(LONGEST_MESSAGE + 5, 0);
    let mut seen = Vec::new();
    for part in body.chunks(1 << 14) {
        seen.extend(dissector.feed(ToClient, &record(part)));
    }
    let last = &seen.last().unwrap().what;
    assert_eq!(*last, TlsWhat::Handshake { kind: 11, length: long });
}

#[test]
fn numbers_without_meaning_are_no_offer() {
    let mut body = vec![3, 3];
    body.extend([0; 32]);
    // No session, GREASE and a suite, no compression, and GREASE among the versions.
    body.extend([
        0, 0, 4, 0x3a, 0x3a, 0x13, 0x03, 1, 0, 0, 9, 0, 43, 0, 5, 4, 0xfa, 0xfa, 3, 4,
    ]);
    let hello = ClientHello::parse(&body).unwrap();
    assert_eq!((hello.suites, hello.versions), (vec![0x1303], vec![names::TLS13]));
    body.pop();
    assert_eq!(ClientHello::parse(&body), None, "cut short");
}
