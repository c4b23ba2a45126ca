//! Transfers that do not begin at the beginning, or do not replace: REST, APPE, STOU.

use portolan_wire::report::TransferKind;

use super::*;
use crate::endpoint::{OpenHow, StoreRequest};

#[track_caller]
fn expect_transfer(s: &Script, kind: TransferKind, size: Option<u64>, offset: u64) {
    let found = s.reports().into_iter().rev().find_map(|(_, report)| match report {
        Report::Transfer { kind, size, offset, .. } => Some((kind, size, offset)),
        _ => None,
    });
    assert_eq!(found, Some((kind, size, offset)));
}

/// After REST the port is there already: PASV would come between.
fn restart(s: &mut Script, offset: &str, line: &str) -> ConnId {
    let conn = s.passive_and_called();
    s.ask(&format!("REST {offset}"), 350);
    s.command(line);
    conn
}

#[test]
fn a_download_goes_on_where_it_is_told() {
    let mut s = Script::logged_in();
    for (offset, expected) in [("0", "hello\nworld\n"), ("6", "world\n"), ("007", "orld\n"), ("12", "")] {
        let conn = restart(&mut s, offset, "RETR readme.txt");
        s.writable(conn, 99);
        assert_eq!(s.sent(conn), expected.as_bytes(), "{offset}");
        assert_eq!(s.codes(), [125, 226]);
        s.end(conn);
        let offset = offset.parse().unwrap();
        expect_transfer(&s, TransferKind::Download, Some(12 - offset), offset);
    }
    // Not behind the end; and the port is still there for the next.
    let conn = restart(&mut s, "13", "RETR readme.txt");
    s.expect_reply(554);
    s.command("RETR readme.txt");
    s.writable(conn, 99);
    assert_eq!(s.codes(), [125, 226]);
    s.end(conn);
    s.quit();
}

#[test]
fn a_large_download_goes_on_in_the_middle() {
    let mut s = Script::logged_in();
    let all = s.content("pub/big.bin");
    for offset in [1, 65_535, 65_536, 65_537, 999_999] {
        let conn = restart(&mut s, &offset.to_string(), "RETR pub/big.bin");
        s.writable(conn, 2_000_000);
        assert!(s.sent(conn) == all[offset..], "{offset}");
        assert_eq!(s.codes(), [125, 226]);
        s.end(conn);
    }
    s.quit();
}

#[test]
fn an_upload_goes_on_where_it_is_told_and_ends_there() {
    let mut s = Script::logged_in();
    for (offset, text, expected) in [
        ("12", "more\n", "hello\nworld\nmore\n"),
        ("6", "you\n", "hello\nyou\n"),
        ("0", "new", "new"),
    ] {
        let conn = restart(&mut s, offset, "STOR readme.txt");
        s.say(conn, text.as_bytes());
        s.end(conn);
        assert_eq!(s.codes(), [125, 226]);
        assert_eq!(s.content("readme.txt"), expected.as_bytes());
        expect_transfer(&s, TransferKind::Upload, None, offset.parse().unwrap());
    }
    for line in ["STOR readme.txt", "STOR nothing"] {
        restart(&mut s, "4", line);
        s.expect_reply(554);
    }
    assert_eq!(s.content("readme.txt"), b"new");
    s.quit();
}

#[test]
fn a_restart_holds_for_the_next_command_alone() {
    let mut s = Script::logged_in();
    for between in ["NOOP", "TYPE I", "STAT", "PWD", "FOO", "", "REST", "SIZE readme.txt"] {
        let conn = s.passive_and_called();
        s.ask("REST 6", 350);
        s.command(between);
        s.codes();
        s.command("RETR readme.txt");
        s.writable(conn, 99);
        assert_eq!(s.sent(conn), b"hello\nworld\n", "{between}");
        assert_eq!(s.codes(), [125, 226]);
        s.end(conn);
    }
    // A second one replaces the first.
    let conn = s.passive_and_called();
    s.ask("REST 6", 350);
    s.ask("REST 11", 350);
    s.command("RETR readme.txt");
    s.writable(conn, 99);
    assert_eq!(s.sent(conn), b"\n");
}

#[test]
fn what_is_no_offset() {
    let mut s = Script::logged_in();
    for line in [
        "REST",
        "REST x",
        "REST -1",
        "REST +1",
        "REST 1 2",
        "REST 99999999999999999999",
    ] {
        s.ask(line, 501);
    }
    // All that a number can hold is one; no file reaches it.
    for line in ["RETR readme.txt", "STOR readme.txt"] {
        restart(&mut s, &u64::MAX.to_string(), line);
        s.expect_reply(554);
    }
    s.quit();
}

#[test]
fn text_and_what_has_its_own_place_are_not_restarted() {
    let mut s = Script::logged_in();
    s.ask("TYPE A", 200);
    for line in ["RETR readme.txt", "STOR readme.txt"] {
        restart(&mut s, "6", line);
        s.expect_reply(555);
    }
    // From the beginning it is no restart.
    let conn = restart(&mut s, "0", "RETR readme.txt");
    s.writable(conn, 99);
    assert_eq!(s.sent(conn), b"hello\r\nworld\r\n");
    assert_eq!(s.codes(), [125, 226]);
    s.end(conn);
    for line in ["APPE readme.txt", "STOU"] {
        restart(&mut s, "6", line);
        s.expect_reply(503);
    }
    assert_eq!(s.content("readme.txt"), b"hello\nworld\n");
    s.quit();
}

#[test]
fn appending_adds_to_what_is_there() {
    let mut s = Script::logged_in();
    assert_eq!(s.upload("APPE readme.txt", b"more\n"), [125, 226]);
    expect_transfer(&s, TransferKind::Upload, None, 12);
    assert_eq!(s.upload("APPE new.txt", b"first\n"), [125, 226]);
    expect_transfer(&s, TransferKind::Upload, None, 0);
    s.ask("TYPE A", 200);
    assert_eq!(s.upload("APPE new.txt", b"second\r\n"), [125, 226]);
    assert_eq!(s.content("readme.txt"), b"hello\nworld\nmore\n");
    assert_eq!(s.content("new.txt"), b"first\nsecond\n");
    s.passive();
    s.ask("APPE pub", 553);
    s.quit();
}

#[test]
fn a_unique_name_is_found_and_told() {
    let mut s = Script::logged_in();
    for (line, name) in [
        ("STOU", "upload"),
        ("STOU", "upload.1"),
        ("STOU readme.txt", "readme.txt.1"),
        ("STOU readme.txt", "readme.txt.2"),
        // A directory of that name is in the way as well.
        ("STOU pub", "pub.1"),
        ("STOU pub/x", "/pub/x"),
        ("STOU /free", "free"),
    ] {
        let conn = s.passive_and_called();
        s.command(line);
        let text = format!("FILE: {name}");
        assert_eq!(s.expect_reply(125).text(), text);
        s.say(conn, name.as_bytes());
        s.end(conn);
        assert_eq!(s.expect_reply(226).text(), text);
        assert_eq!(s.content(name), name.as_bytes());
    }
    assert_eq!(s.content("readme.txt"), b"hello\nworld\n");
    // A 150 says it as well.
    s.passive();
    s.command("STOU readme.txt");
    assert_eq!(s.expect_reply(150).text(), "FILE: readme.txt.3");
    s.command("ABOR");
    assert_eq!(s.codes(), [426, 226]);
    s.passive();
    s.ask("STOU nowhere/x", 553);
    s.ask("STOU /", 553);
    s.quit();
}

#[test]
fn a_name_is_not_looked_for_without_end() {
    let mut s = Script::with_slow_store();
    s.passive();
    s.command("STOU x");
    let mut asked = 0;
    while let Some((op, request)) = s.bench.take_request() {
        assert!(matches!(request, StoreRequest::Open { how: OpenHow::New, .. }));
        let result = Err(portolan_wire::report::StoreError::Exists);
        s.give(Input::Stored { op, result });
        asked += 1;
    }
    s.expect_reply(553);
    assert_eq!(asked, 257);
    s.quit();
}
