//! Transfers: listings, downloads, uploads, and how they end.

use portolan_wire::report::TransferKind;

use super::*;
use crate::endpoint::{BLOCK, HandleId, OUTSTANDING, StoreAnswer, StoreRequest};

/// A file's bytes.
fn content(s: &mut Script, path: &str) -> Vec<u8> {
    s.bench.tree().content(&at(path)).unwrap().read(0, usize::MAX)
}

#[test]
fn a_listing_is_text_with_one_line_for_each_entry() {
    let mut s = Script::logged_in();
    for (command, expected) in [
        ("LIST", &["drwxr-xr-x", " pub\r\n", "readme.txt\r\n"][..]),
        ("LIST -la", &["pub\r\n", "readme.txt\r\n"]),
        ("LIST -a -l pub", &["big.bin\r\n", "empty\r\n"]),
        ("LIST readme.txt", &["-rw-r--r--", " 12 Jan  1 00:00 readme.txt\r\n"]),
    ] {
        let conn = s.passive_and_called();
        s.command(command);
        s.writable(conn, 9_999);
        let listing = String::from_utf8(s.sent(conn)).unwrap();
        for part in expected {
            assert!(listing.contains(part), "{command}: {listing:?}");
        }
        assert_eq!(
            listing.lines().count(),
            expected.iter().filter(|part| part.ends_with('\n')).count()
        );
        assert_eq!(s.codes(), [125, 226]);
        s.end(conn);
    }
    s.passive();
    s.command("LIST nowhere");
    s.expect_reply(450);
    s.quit();
}

#[test]
fn a_long_listing_comes_in_pages() {
    let mut tree = Tree::new(0);
    for number in 0..1_000 {
        tree.add_file(&at(&format!("file{number:04}")), Content::from(&b""[..]), 0)
            .unwrap();
    }
    let mut s = Script::start(Bench::new(server(config())).with_tree(tree));
    s.log_in();
    let conn = s.passive_and_called();
    s.command("LIST");
    let mut listing = Vec::new();
    for _ in 0..1_000 {
        s.writable(conn, 100);
        listing.extend(s.sent(conn));
    }
    let names: Vec<String> = String::from_utf8(listing)
        .unwrap()
        .lines()
        .map(|line| line.rsplit(' ').next().unwrap().to_owned())
        .collect();
    let expected: Vec<String> = (0..1_000).map(|number| format!("file{number:04}")).collect();
    assert_eq!(names, expected);
    assert_eq!(s.codes(), [125, 226]);
}

#[test]
fn an_empty_directory_is_an_empty_listing() {
    let mut s = Script::start(Bench::new(server(config())).with_tree(Tree::new(0)));
    s.log_in();
    let conn = s.passive_and_called();
    s.command("LIST");
    assert_eq!(s.codes(), [125, 226]);
    s.expect(&Output::Shutdown { conn });
    assert_eq!(s.sent(conn), b"");
}

#[test]
fn a_download_is_over_when_this_side_has_closed() {
    let mut s = Script::logged_in();
    let conn = s.passive_and_called();
    s.command("RETR readme.txt");
    s.expect_reply(125);
    s.writable(conn, 11);
    assert_eq!(s.sent(conn), b"hello\nworld");
    s.expect_silence();
    s.writable(conn, 11);
    let order: Vec<&Output> = s
        .outputs
        .iter()
        .filter(|output| match output {
            Output::Send { conn: over, .. } | Output::Shutdown { conn: over } => *over == conn,
            Output::Event { report, .. } => matches!(report, Report::Reply { code: 226, .. }),
            _ => false,
        })
        .collect();
    assert!(
        matches!(
            order[..],
            [Output::Send { .. }, Output::Shutdown { .. }, Output::Event { .. }]
        ),
        "{order:?}"
    );
    s.expect_reply(226);
    // The client closes later; or never, and is thrown off.
    s.end(conn);
    let conn = s.passive_and_called();
    s.command("RETR pub/empty");
    assert_eq!(s.codes(), [125, 226]);
    s.pass(Duration::from_secs(30));
    s.expect(&Output::Abort { conn });
    s.quit();
}

#[test]
fn a_client_that_has_closed_its_half_still_gets_its_file() {
    let mut s = Script::logged_in();
    let conn = s.passive_and_called();
    s.end(conn);
    s.command("RETR readme.txt");
    s.writable(conn, 99);
    assert_eq!(s.sent(conn), b"hello\nworld\n");
    assert_eq!(s.codes(), [125, 226]);
    s.quit();
}

#[test]
fn data_waits_for_the_150() {
    let mut s = Script::logged_in();
    let conn = s.passive_and_called();
    // The client stops reading replies, until there is credit for a part of the next one only.
    while s.bench.contract().writable(CONTROL) >= 40 {
        s.command("NOOP");
    }
    s.codes();
    s.command("RETR readme.txt");
    s.writable(conn, 99);
    assert_eq!(s.sent(conn), b"");
    s.expect_silence();
    s.writable(CONTROL, 9_999);
    s.expect_reply(125);
    assert_eq!(s.sent(conn), b"hello\nworld\n");
}

#[test]
fn text_is_translated_and_images_are_not() {
    let mut s = Script::logged_in();
    s.command("TYPE A");
    s.expect_reply(200);
    let conn = s.passive_and_called();
    s.command("RETR readme.txt");
    s.writable(conn, 99);
    assert_eq!(s.sent(conn), b"hello\r\nworld\r\n");
    assert_eq!(s.codes(), [125, 226]);
    let report = Report::Transfer {
        kind: TransferKind::Download,
        path: "/readme.txt".to_owned(),
        size: None,
        offset: 0,
    };
    s.expect(&Output::Event {
        conn: Some(conn),
        report,
    });

    for (kind, sent, stored) in [("A", "a\r\nb\r\n\r", "a\nb\n\r"), ("I", "a\r\nb\r\n\r", "a\r\nb\r\n\r")] {
        s.command(&format!("TYPE {kind}"));
        s.expect_reply(200);
        let conn = s.passive_and_called();
        s.command("STOR new");
        for byte in sent.as_bytes() {
            s.say(conn, core::slice::from_ref(byte));
        }
        s.end(conn);
        assert_eq!(s.codes(), [125, 226]);
        assert_eq!(content(&mut s, "new"), stored.as_bytes());
        let report = Report::TransferDone { bytes: 7 };
        s.expect(&Output::Event {
            conn: Some(conn),
            report,
        });
    }
}

#[test]
fn an_upload_is_over_when_the_file_is_closed() {
    let mut s = Script::with_slow_store();
    let conn = s.passive_and_called();
    s.command("STOR new");
    s.expect_silence();
    s.answer();
    s.expect_reply(125);
    s.say(conn, b"some ");
    s.say(conn, b"text");
    s.end(conn);
    s.expect_silence();
    // The last block is written, and then the file is closed.
    s.answer();
    s.expect_silence();
    assert!(!s.has(&Output::Shutdown { conn }));
    s.answer();
    s.expect(&Output::Shutdown { conn });
    s.expect_reply(226);
    assert_eq!(content(&mut s, "new"), b"some text");
    s.quit();
}

#[test]
fn files_large_and_small_go_both_ways_unharmed() {
    let mut s = Script::logged_in();
    for size in [0, 1, BLOCK as usize, BLOCK as usize + 1, 700_000] {
        let bytes = Generated {
            size: size as u64,
            seed: 9,
        }
        .read(0, size);
        let conn = s.passive_and_called();
        s.command("STOR copy");
        for piece in bytes.chunks(1_460) {
            s.say(conn, piece);
        }
        s.end(conn);
        assert_eq!(s.codes(), [125, 226]);
        let conn = s.passive_and_called();
        s.command("RETR copy");
        let mut back = Vec::new();
        for _ in 0..=size / 30_000 {
            s.writable(conn, 30_000);
            back.extend(s.sent(conn));
        }
        assert!(back == bytes, "{size}");
        assert_eq!(s.codes(), [125, 226]);
        s.end(conn);
    }
    s.quit();
}

#[test]
fn blocks_may_come_in_any_order() {
    let mut s = Script::with_slow_store();
    let conn = s.passive_and_called();
    s.command("RETR pub/big.bin");
    s.answer();
    s.expect_reply(125);
    s.writable(conn, 2_000_000);
    let mut pick = 3;
    while s.bench.answer(pick) {
        pick = (pick * 7 + 1) % 1_000;
    }
    s.look();
    let expected = content(&mut s, "pub/big.bin");
    assert!(s.sent(conn) == expected);
    s.expect_reply(226);
    s.end(conn);
    s.quit();
}

#[test]
fn a_file_that_shrinks_is_sent_as_far_as_it_goes() {
    let mut s = Script::with_slow_store();
    let conn = s.passive_and_called();
    s.command("RETR pub/big.bin");
    s.answer();
    s.expect_reply(125);
    s.writable(conn, 9_999_999);
    let mut answer = |length: usize| {
        let (op, request) = s.bench.take_request().unwrap();
        assert!(matches!(request, StoreRequest::ReadAt { .. }));
        let result = Ok(StoreAnswer::Data(vec![b'x'; length]));
        s.give(Input::Stored { op, result });
    };
    answer(BLOCK as usize);
    answer(10);
    answer(0);
    answer(0);
    assert_eq!(s.sent(conn).len(), BLOCK as usize + 10);
    s.expect_reply(226);
    // The read that was asked for meanwhile.
    while s.bench.answer(0) {}
    s.end(conn);
    s.quit();
}

#[test]
fn reads_are_asked_ahead_but_never_more_than_allowed() {
    let mut s = Script::with_slow_store();
    s.passive_and_called();
    s.command("RETR pub/big.bin");
    s.answer();
    let mut offsets = Vec::new();
    while let Some((_, request)) = s.bench.take_request() {
        let StoreRequest::ReadAt {
            handle: HandleId(0),
            offset,
            length,
        } = request
        else {
            panic!("{request:?}");
        };
        assert_eq!(length, BLOCK);
        offsets.push(offset);
    }
    let expected: Vec<u64> = (0..OUTSTANDING as u64).map(|block| block * u64::from(BLOCK)).collect();
    assert_eq!(offsets, expected);
}
