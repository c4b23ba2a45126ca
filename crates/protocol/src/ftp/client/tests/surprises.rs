//! Servers that surprise: each kind once, with the name that it gets. Whatever random servers do, `hostile` tries.

use portolan_wire::report::{LooksLike, Trouble};

use super::*;

/// A connected client that waits for a greeting.
fn called() -> Session {
    let mut session = Session::new(config());
    session.connect();
    session
}

fn ended_by(session: &mut Session, action: u32, trouble: Trouble) {
    assert_eq!(session.outcomes(), [(action, failed(trouble))]);
    session.assert_over();
}

#[test]
fn a_line_without_an_end() {
    let mut session = called();
    for _ in 0..8_192 {
        session.data(CONTROL, b"2");
    }
    assert_eq!(session.outcomes(), []);
    session.data(CONTROL, b"2");
    ended_by(&mut session, 1, Trouble::LineTooLong { limit: 8_192 });
}

#[test]
fn a_reply_without_an_end() {
    for line in ["220-more\r\n", "\r\n", " 220 x\r\n", "221 other\r\n"] {
        let mut session = called();
        session.data(CONTROL, b"220-begun\r\n");
        let mut said = 11;
        while session.outcomes().is_empty() {
            session.log.clear();
            session.data(CONTROL, line.as_bytes());
            said += line.len();
            assert!(said < 70_000, "{line:?}");
            if let Some((_, Report::Finished { action, outcome })) = session.log.last() {
                let limit = 65_536;
                assert_eq!((*action, outcome), (1, &failed(Trouble::ReplyTooLong { limit })));
                assert!(said > limit);
                break;
            }
        }
        session.assert_over();
    }
}

#[test]
fn a_reply_that_dribbles_in_is_late_when_its_time_is_over() {
    // Byte by byte, and line by line.
    for piece in ["2", "220-still\r\n"] {
        let mut session = called();
        session.data(CONTROL, b"220-begun\r\n");
        for _ in 0..5 {
            session.pass(10);
            session.data(CONTROL, piece.as_bytes());
        }
        assert_eq!(session.outcomes(), []);
        session.pass(10);
        ended_by(&mut session, 1, Trouble::Timeout);
    }
    // And so for every action of one command.
    let path = || argument("x");
    for what in [
        log_in(),
        raw("NOOP"),
        Action::Features,
        Action::Inspect { path: path() },
        Action::Delete { path: path() },
        Action::WorkingDirectory,
        Action::ChangeDirectory { path: argument("..") },
        Action::Quit,
        list(),
        get("x"),
        put("small.txt"),
    ] {
        let mut session = Session::logged_in(TransferMode::Passive);
        let action = session.act(what);
        for _ in 0..6 {
            session.data(CONTROL, b"2");
            session.pass(10);
        }
        ended_by(&mut session, action, Trouble::Timeout);
    }
}

#[test]
fn a_line_feed_alone_ends_a_line() {
    let mut session = called();
    session.data(CONTROL, b"220-two\n220 lines\n");
    assert_eq!(session.outcomes(), [(1, Outcome::Done)]);
    session.quit();
}

#[test]
fn telnet_is_heard_over() {
    let mut session = called();
    session.data(
        CONTROL,
        b"\xff\xfb\x01\xff\xfd\x032\xff\xf12\xff\xfa\x18\x01\xff\xf00 re\xff\xffady\r\n",
    );
    assert_eq!(session.outcomes(), [(1, Outcome::Done)]);
    let lines = vec!["re\u{efff}ady".to_owned()];
    let (sent, code) = (false, 220);
    assert!(session.reported(&Report::Reply { sent, code, lines }));
    session.quit();
}

#[test]
fn a_nul_and_an_escape_drive_nothing() {
    let mut session = called();
    session.data(CONTROL, b"500 go\0 away\x1b[2J\r\n");
    assert_eq!(session.outcomes(), [(1, denied(500, "go␀ away␛[2J"))]);
    session.eof(CONTROL);
    session.assert_over();
    let mut session = called();
    session.data(CONTROL, b"\x00220 ready\r\n");
    let what = "␀220 ready".to_owned();
    ended_by(&mut session, 1, Trouble::Malformed { what });
}

#[test]
fn a_long_word_is_kept_in_part() {
    let mut session = called();
    session.reply(&format!("530 {}", "x".repeat(5_000)));
    assert_eq!(session.outcomes(), [(1, denied(530, &"x".repeat(200)))]);
}

#[test]
fn other_protocols_are_known_by_their_first_bytes() {
    let greetings: [(&[u8], LooksLike); 6] = [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", LooksLike::Http),
        (b"SSH-2.0-OpenSSH_9.2\r\n", LooksLike::Ssh),
        (b"\x15\x03\x01\x00\x02\x02\x46", LooksLike::Tls),
        (b"\x16\x03\x03\x00\x7a\x02", LooksLike::Tls),
        (b"+OK POP3 ready\r\n", LooksLike::Mail),
        (b"* OK IMAP4rev1\r\n", LooksLike::Mail),
    ];
    for (greeting, looks_like) in greetings {
        let mut whole = called();
        whole.data(CONTROL, greeting);
        ended_by(&mut whole, 1, Trouble::WrongProtocol { looks_like });
        let mut pieces = called();
        for byte in greeting {
            if pieces.bench.contract().open_conns().next().is_some() {
                pieces.data(CONTROL, &[*byte]);
            }
        }
        ended_by(&mut pieces, 1, Trouble::WrongProtocol { looks_like });
    }
    let mut session = called();
    session.data(CONTROL, b"RFB 003.008\n");
    let what = "RFB 003.008".to_owned();
    ended_by(&mut session, 1, Trouble::Malformed { what });
}

#[test]
fn replies_inside_replies_are_text() {
    let mut session = Session::logged_in(TransferMode::Passive);
    session.passive(get("x"), "RETR x\r\n");
    session.reply("150-here\n226 not yet\n421 nor this\n 150 nor that\n150-\n150 it comes");
    session.data(DATA, b"all");
    session.eof(DATA);
    assert_eq!(session.outcomes(), []);
    session.reply("226-almost\n550 no\n226-still\n226 done");
    assert_eq!(session.outcomes(), [(3, Outcome::Done)]);
    session.quit();
}

#[test]
fn a_421_comes_at_any_time() {
    // At every step of a transfer: each reply in turn is a 421 in its stead.
    let steps = [
        "200 image",
        "213 20",
        "227 (192,0,2,1,234,96)",
        "350 go on",
        "150 here",
        "226 done",
    ];
    for cut in 0..=steps.len() {
        let mut session = Session::logged_in(TransferMode::Passive);
        let action = session.act(Action::Get {
            remote: argument("small.txt"),
            local: None,
            resume: true,
        });
        for step in &steps[..cut] {
            session.reply(step);
            if step.starts_with("227") {
                session.data_connected(DATA, 60_000);
            }
        }
        session.reply("421 I go");
        assert_eq!(session.outcomes(), [(action, denied(421, "I go"))], "{cut}");
        session.eof(CONTROL);
        session.assert_over();
        assert_eq!(session.bench.tree().open_files(), 0);
    }
}

#[test]
fn a_226_comes_long_before_the_end_or_long_after() {
    let mut session = Session::logged_in(TransferMode::Passive);
    session.passive(get("x"), "RETR x\r\n");
    session.reply("150 here\n226 done");
    for _ in 0..10 {
        session.pass(50);
        session.data(DATA, &[b'x'; 10_000]);
    }
    session.eof(DATA);
    assert_eq!(session.outcomes(), [(3, Outcome::Done)]);
    assert_eq!(session.file("/local/x").unwrap().len(), 100_000);
    session.quit();

    let mut session = Session::logged_in(TransferMode::Passive);
    session.passive(get("x"), "RETR x\r\n");
    session.reply("150 here");
    session.data(DATA, b"all");
    session.eof(DATA);
    session.pass(59);
    session.reply("226 done");
    assert_eq!(session.outcomes(), [(3, Outcome::Done)]);
    session.quit();
}

#[test]
fn a_data_connection_that_never_ends() {
    for what in [get("x"), list()] {
        let mut session = Session::logged_in(TransferMode::Passive);
        let line = if what == list() { "LIST\r\n" } else { "RETR x\r\n" };
        session.passive(what, line);
        session.reply("150 here");
        session.data(DATA, b"all");
        session.reply("226 done");
        session.pass(60);
        assert_eq!(session.outcomes(), [(3, failed(Trouble::Timeout))]);
        assert!(session.has(&Output::Abort { conn: DATA }));
        session.quit();
    }
}

#[test]
fn a_226_without_any_data_connection() {
    let mut session = Session::logged_in(TransferMode::Active);
    session.active(list(), "LIST\r\n");
    session.reply("226 done");
    session.pass(60);
    assert_eq!(session.outcomes(), [(3, failed(Trouble::DataNotCalled))]);
    session.quit();

    let mut session = Session::logged_in(TransferMode::Active);
    session.active(put("small.txt"), "STOR small.txt\r\n");
    session.reply("226 done");
    let (code, text) = (226, "done".to_owned());
    assert_eq!(session.outcomes(), [(3, failed(Trouble::Unexpected { code, text }))]);
    assert!(session.has(&Output::StopListening { listener: LISTENER }));
    session.quit();
}

#[test]
fn a_listing_without_an_end_is_cut_at_its_limit() {
    let limit = 100_000;
    let told = |line: &[u8], cut: usize| {
        let mut session = Session::logged_in_with(Config {
            listing_limit: limit,
            ..config()
        });
        session.passive(list(), "LIST\r\n");
        session.reply("150 here");
        let flood = line.repeat(120_000 / line.len());
        for piece in flood.chunks(cut) {
            if session.bench.contract().open_conns().any(|conn| conn == DATA) {
                session.data(DATA, piece);
            }
        }
        assert_eq!(session.said(), "ABOR\r\n");
        session.reply("426 aborted\n226 abort done");
        let trouble = Trouble::ListingTooLong { limit };
        assert_eq!(session.outcomes(), [(3, failed(trouble))]);
        session
            .log
            .retain(|(_, report)| matches!(report, Report::Listed { .. }));
        let log = core::mem::take(&mut session.log);
        session.quit();
        log
    };
    let long = [&[b'x'; 98][..], b"\r\n"].concat();
    // Short lines cost as much to keep as longer ones, and count as much.
    for (line, most) in [
        (long.as_slice(), 1_000),
        (b"a\r\n", 100_000 / 64),
        (b"\n", 100_000 / 64),
    ] {
        let whole = told(line, 60_000);
        let lines: usize = whole
            .iter()
            .map(|(_, report)| match report {
                Report::Listed { lines, .. } => lines.len(),
                _ => 0,
            })
            .sum();
        assert_eq!(lines, most);
        assert_eq!(told(line, 1), whole);
        assert_eq!(told(line, 977), whole);
    }

    // One that has just as many as it may is whole.
    let mut session = Session::logged_in_with(Config {
        listing_limit: 64,
        ..config()
    });
    session.passive(list(), "LIST\r\n");
    session.reply("150 here");
    session.data(DATA, b"a\r\n");
    session.eof(DATA);
    session.reply("226 done");
    assert_eq!(session.outcomes(), [(3, Outcome::Done)]);
    session.quit();
}

#[test]
fn a_flood_of_replies_ends_the_session() {
    // Preliminary ones.
    let mut session = Session::logged_in(TransferMode::Passive);
    session.act(raw("NOOP"));
    session.reply(&"150 soon\n".repeat(150));
    let (code, text) = (150, "soon".to_owned());
    ended_by(&mut session, 3, Trouble::Unexpected { code, text });
    // Ones to nothing that was said.
    let mut session = Session::logged_in(TransferMode::Passive);
    session.reply("200 did you call?\n".repeat(150).trim_end());
    let (code, text) = (200, "did you call?".to_owned());
    let trouble = Trouble::Unexpected { code, text };
    assert!(session.reported(&Report::Trouble { trouble }));
    let replies = session
        .log
        .iter()
        .filter(|(_, report)| matches!(report, Report::Reply { .. }));
    assert_eq!(replies.count(), 101);
    session.assert_over();
    // A few between two answers are none.
    let mut session = Session::logged_in(TransferMode::Passive);
    for _ in 0..4 {
        session.reply("200 did you call?\n".repeat(90).trim_end());
        session.act(raw("NOOP"));
        session.reply("200 zzz");
    }
    session.said();
    session.quit();
}
