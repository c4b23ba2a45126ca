//! Tests of [`super`]. That no cut of either direction changes anything is `fuzzing::control`, and the property below.

use proptest::prelude::*;

use super::*;
use crate::Argument;
use Direction::{ToClient, ToServer};

const SESSION: [(Direction, &str); 12] = [
    (ToClient, "220-Welcome\r\n220 Hello\r\n"),
    (ToServer, "USER anonymous\r\n"),
    (ToClient, "331 Password?\r\n"),
    (ToServer, "PASS guest@\r\n"),
    (ToClient, "230 In.\r\n"),
    (ToServer, "PASV\r\n"),
    (ToClient, "227 Entering Passive Mode (192,0,2,1,234,96).\r\n"),
    (ToServer, "EPSV\r\n"),
    (ToClient, "229 Entering Extended Passive Mode (|||60001|)\r\n"),
    (ToServer, "PORT 192,168,1,2,200,10\r\n"),
    (ToClient, "200 OK\r\n"),
    (ToServer, "EPRT |2|2001:db8::7|51234|\r\n"),
];

fn run<'a>(pieces: impl IntoIterator<Item = (Direction, &'a [u8])>) -> Vec<Sighting> {
    let mut dissector = ControlDissector::new();
    pieces
        .into_iter()
        .flat_map(|(direction, bytes)| dissector.feed(direction, bytes))
        .collect()
}

fn run_text(pieces: &[(Direction, &str)]) -> Vec<Sighting> {
    run(pieces.iter().map(|(direction, text)| (*direction, text.as_bytes())))
}

fn command(verb: Verb, argument: &str) -> What {
    What::Command(Command {
        verb,
        argument: Some(argument)
            .filter(|a| !a.is_empty())
            .map(|a| Argument::new(a).unwrap()),
    })
}

fn stops(seen: &[Sighting]) -> Vec<(Direction, u64, Unreadable)> {
    seen.iter()
        .filter_map(|sighting| match sighting.what {
            What::Unreadable(why) => Some((sighting.direction, sighting.start, why)),
            _ => None,
        })
        .collect()
}

#[test]
fn commands_and_replies_with_their_places() {
    let seen = run_text(&SESSION);
    let first = &seen[0];
    assert_eq!((first.direction, first.start, first.end), (ToClient, 0, 24));
    assert_eq!(
        first.what,
        What::Reply(Reply::with_lines(ReplyCode::READY, ["Welcome", "Hello"]))
    );
    assert_eq!(seen[1].what, command(Verb::USER, "anonymous"));
    assert_eq!(
        (seen[3].start, seen[3].end),
        (16, 29),
        "PASS, in the client's own count"
    );
    assert_eq!(
        seen[3].what,
        command(Verb::PASS, "guest@"),
        "an eavesdropper reads the password"
    );
}

#[test]
fn announced_addresses_are_where_a_helper_would_rewrite_them() {
    let mut streams = [Vec::new(), Vec::new()];
    for (direction, text) in SESSION {
        streams[direction as usize].extend_from_slice(text.as_bytes());
    }
    let announced: Vec<_> = run_text(&SESSION)
        .into_iter()
        .filter_map(|sighting| match sighting.what {
            What::Announced { mode, host, port } => {
                let stream = &streams[sighting.direction as usize];
                let text = &stream[usize::try_from(sighting.start).unwrap()..usize::try_from(sighting.end).unwrap()];
                Some((mode, host, port, String::from_utf8(text.to_vec()).unwrap()))
            }
            _ => None,
        })
        .collect();
    let ip = |text: &str| Some(text.parse().unwrap());
    assert_eq!(
        announced,
        [
            (
                TransferMode::Passive,
                ip("192.0.2.1"),
                60_000,
                "192,0,2,1,234,96".to_owned()
            ),
            (TransferMode::ExtendedPassive, None, 60_001, "|||60001|".to_owned()),
            (
                TransferMode::Active,
                ip("192.168.1.2"),
                51_210,
                "192,168,1,2,200,10".to_owned()
            ),
            (
                TransferMode::ExtendedActive,
                ip("2001:db8::7"),
                51_234,
                "|2|2001:db8::7|51234|".to_owned()
            ),
        ]
    );
}

#[test]
fn an_address_that_is_none_announces_nothing() {
    for line in [
        "PORT 1,2,3\r\n",
        "PORT 1,2,3,4,0,0\r\n",
        "EPRT |3|x|1|\r\n",
        "LIST 1,2,3,4,5,6\r\n",
        "PORT\r\n",
    ] {
        let seen = run_text(&[(ToServer, line)]);
        assert!(
            matches!(
                seen[..],
                [Sighting {
                    what: What::Command(_),
                    ..
                }]
            ),
            "{line:?}"
        );
    }
    for line in [
        "227 1,2,3,4,5\r\n",
        "227,1,2,3,4,5,6\r\n",
        "200 1,2,3,4,5,6\r\n",
        "229 1,2,3,4,5,6\r\n",
    ] {
        let seen = run_text(&[(ToClient, line)]);
        assert!(
            !seen
                .iter()
                .any(|sighting| matches!(sighting.what, What::Announced { .. })),
            "{line:?}"
        );
    }
}

#[test]
fn what_blurs_the_place_leaves_the_whole_line() {
    let seen = run([(ToServer, &b"NOOP\r\n\xff\xf1PORT 192,168,1,2,200,10\r\n"[..])]);
    let What::Announced { port: 51_210, .. } = seen[2].what else {
        panic!("{seen:?}")
    };
    assert_eq!((seen[2].start, seen[2].end), (6, 33));
    let seen = run_text(&[(ToClient, "227-see\r\n 192,0,2,1,234,96\r\n227 .\r\n")]);
    assert_eq!((seen[1].start, seen[1].end), (0, 35), "{seen:?}");
    assert!(matches!(seen[1].what, What::Announced { port: 60_000, .. }));
}

#[test]
fn a_234_ends_the_reading_in_both_directions() {
    let mut dissector = ControlDissector::new();
    assert_eq!(dissector.feed(ToServer, b"AUTH TLS\r\n").len(), 1);
    let seen = dissector.feed(ToClient, b"234 Go ahead\r\n220 not read\r\n");
    assert!(matches!(&seen[0].what, What::Reply(reply) if reply.code == ReplyCode::SECURITY_ACCEPTED));
    let why = Unreadable::SecurityAccepted;
    assert_eq!(stops(&seen), [(ToClient, 14, why), (ToServer, 10, why)]);
    assert_eq!(dissector.unreadable(), Some(why));
    for direction in [ToServer, ToClient] {
        assert_eq!(
            dissector.feed(direction, b"\x16\x03\x01USER x\r\nPORT 1,2,3,4,5,6\r\n"),
            []
        );
    }
}

#[test]
fn a_refused_auth_leaves_it_readable() {
    let seen = run_text(&[
        (ToServer, "AUTH TLS\r\n"),
        (ToClient, "502 No\r\n"),
        (ToServer, "PASV\r\n"),
    ]);
    assert_eq!(stops(&seen), []);
    assert_eq!(seen[2].what, command(Verb::PASV, ""));
}

#[test]
fn implicit_tls_is_not_readable_from_its_first_byte() {
    let seen = run([(ToServer, &b"\x16\x03\x01\x02\x00\x01\x00\x0a"[..])]);
    let why = Unreadable::TlsRecord;
    assert_eq!(stops(&seen), [(ToServer, 0, why), (ToClient, 0, why)]);
    assert_eq!(seen.len(), 2);
}

#[test]
fn other_protocols_and_endless_lines_end_it_too() {
    let seen = run_text(&[(ToClient, "SSH-2.0-OpenSSH_9.2\r\n"), (ToServer, "SSH-2.0-x\r\n")]);
    assert_eq!(
        stops(&seen),
        [(ToClient, 0, Unreadable::NotFtp), (ToServer, 0, Unreadable::NotFtp)]
    );
    let seen = run_text(&[
        (ToServer, "NOOP\r\nPA"),
        (ToClient, &format!("220 a\r\n{}", "x".repeat(9_000))),
    ]);
    assert_eq!(
        stops(&seen),
        [(ToClient, 7, Unreadable::TooLong), (ToServer, 6, Unreadable::TooLong)]
    );
    let endless = format!("220 a\r\n220-\r\n{}", format!("{}\r\n", "x".repeat(4_000)).repeat(17));
    assert_eq!(
        stops(&run_text(&[(ToClient, &endless)]))[0],
        (ToClient, 7, Unreadable::TooLong)
    );
}

#[test]
fn a_client_that_types_nonsense_is_still_read() {
    let seen = run_text(&[(ToServer, "hello there\r\n\r\nGET / HTTP/1.1\r\nCWD a\0b\r\nNOOP\r\n")]);
    let whats: Vec<_> = seen.iter().map(|sighting| &sighting.what).collect();
    assert_eq!(whats[0], &What::Odd("hello there".into()));
    assert!(matches!(whats[1], What::Command(command) if command.verb.as_str() == "GET"));
    assert_eq!(whats[2], &What::Odd("CWD a␀b".into()));
    assert_eq!(whats[3], &command(Verb::NOOP, ""));
}

proptest! {
    #[test]
    fn whole_or_in_pieces_it_sees_the_same(sizes in proptest::collection::vec(1_usize..12, 1..40), tls in any::<bool>()) {
        let mut session = SESSION.to_vec();
        if tls {
            session.extend([(ToServer, "AUTH TLS\r\nX"), (ToClient, "234 Go\r\n\u{16}\u{3}\u{1}"), (ToServer, "\u{16}\n")]);
        }
        let mut sizes = sizes.iter().cycle();
        let pieces: Vec<(Direction, &[u8])> = session
            .iter()
            .flat_map(|(direction, text)| {
                let mut rest = text.as_bytes();
                let mut pieces = Vec::new();
                while !rest.is_empty() {
                    let (piece, behind) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
                    pieces.push((*direction, piece));
                    rest = behind;
                }
                pieces
            })
            .collect();
        let whole = run_text(&session);
        prop_assert_eq!(stops(&whole).len(), if tls { 2 } else { 0 });
        prop_assert_eq!(run(pieces), whole);
    }
}
