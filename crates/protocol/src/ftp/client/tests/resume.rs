//! Going on with what was begun: SIZE, REST, APPE; and names that the server finds.

use portolan_wire::action::{FileType, PutHow};
use portolan_wire::report::{Note, StoreError, TransferKind, Trouble};

use super::*;

/// `small.txt` here has 13 bytes.
fn resumed(remote: &str) -> Action {
    Action::Get {
        remote: argument(remote),
        local: None,
        resume: true,
    }
}

fn uploaded(local: &str, how: PutHow) -> Action {
    Action::Put {
        local: argument(local),
        remote: None,
        how,
    }
}

/// A passive resumed transfer up to the REST that was said.
fn up_to_rest(what: Action, size_reply: &str, rest: &str) -> Session {
    let mut session = Session::logged_in(TransferMode::Passive);
    session.act(what);
    session.reply("200 image");
    assert!(session.said().starts_with("TYPE I\r\nSIZE small.txt\r\n"));
    session.reply(size_reply);
    session.reply("227 (192,0,2,1,234,96)");
    session.data_connected(DATA, 60_000);
    assert_eq!(session.said(), format!("PASV\r\n{rest}\r\n"));
    session
}

fn transfer(kind: TransferKind, size: Option<u64>, offset: u64) -> Report {
    let path = "small.txt".to_owned();
    Report::Transfer {
        kind,
        path,
        size,
        offset,
    }
}

#[test]
fn a_download_goes_on_behind_what_is_here() {
    for (size, known) in [("213 20", Some(7)), ("550 not for you", None), ("502 no", None)] {
        let mut session = up_to_rest(resumed("small.txt"), size, "REST 13");
        assert!(session.reported(&transfer(TransferKind::Download, known, 13)));
        session.reply("350 from there");
        assert_eq!(session.said(), "RETR small.txt\r\n");
        session.reply("150 here");
        session.data(DATA, b"and m");
        session.data(DATA, b"or");
        session.eof(DATA);
        session.reply("226 done");
        assert_eq!(session.outcomes(), [(3, Outcome::Done)], "{size}");
        assert!(session.reported(&done(7)));
        assert_eq!(session.file("/local/small.txt").unwrap(), b"a small file\nand mor");
        session.quit();
    }
}

#[test]
fn what_is_not_here_is_downloaded_whole() {
    for name in ["new", "empty"] {
        let mut session = Session::logged_in(TransferMode::Passive);
        session.passive(resumed(name), &format!("PASV\r\nRETR {name}\r\n"));
        session.reply("150 here");
        session.data(DATA, b"all");
        session.eof(DATA);
        session.reply("226 done");
        assert_eq!(session.outcomes(), [(3, Outcome::Done)]);
        assert_eq!(session.file(&format!("/local/{name}")).unwrap(), b"all");
        session.quit();
    }
}

#[test]
fn a_refused_rest_denies_and_loses_nothing() {
    for (reply, outcome) in [
        ("502 no REST", denied(502, "no REST")),
        ("501 too far", denied(501, "too far")),
        (
            "200 fine",
            failed(Trouble::Unexpected {
                code: 200,
                text: "fine".to_owned(),
            }),
        ),
    ] {
        let mut session = up_to_rest(resumed("small.txt"), "213 20", "REST 13");
        // What comes unasked is not written.
        session.data(DATA, b"nonsense");
        session.reply(reply);
        assert_eq!(session.outcomes(), [(3, outcome)]);
        assert_eq!(session.said(), "", "it does not begin anew");
        assert!(session.has(&Output::Shutdown { conn: DATA }));
        session.eof(DATA);
        assert_eq!(session.file("/local/small.txt").unwrap(), b"a small file\n");
        session.quit();
    }
    let mut session = up_to_rest(resumed("small.txt"), "213 20", "REST 13");
    session.reply("350 from there");
    session.reply("550 not any more");
    session.eof(DATA);
    assert_eq!(session.outcomes(), [(3, denied(550, "not any more"))]);
    assert_eq!(session.file("/local/small.txt").unwrap(), b"a small file\n");
}

#[test]
fn sizes_are_compared_before_anything_is_moved() {
    for what in [resumed("small.txt"), uploaded("small.txt", PutHow::Resume)] {
        let mut session = Session::logged_in(TransferMode::Passive);
        session.act(what.clone());
        session.reply("200 image");
        session.reply("213 13");
        assert_eq!(session.outcomes(), [(3, Outcome::Done)], "{what:?}");
        let note = Note::NothingToResume { size: 13 };
        assert!(session.reported(&Report::Note { note }));
        assert_eq!(session.bench.tree().open_files(), 0);
        session.said();
        session.quit();
    }
    for (what, there) in [(resumed("small.txt"), 12), (uploaded("small.txt", PutHow::Resume), 14)] {
        let mut session = Session::logged_in(TransferMode::Passive);
        session.act(what);
        session.reply("200 image");
        session.reply(&format!("213 {there}"));
        let trouble = Trouble::ResumeMismatch { here: 13, there };
        assert_eq!(session.outcomes(), [(3, failed(trouble))]);
        assert_eq!(session.bench.tree().open_files(), 0);
        session.said();
        session.quit();
    }
    for what in [resumed("small.txt"), uploaded("small.txt", PutHow::Resume)] {
        for (reply, trouble) in [
            (
                "213 13 bytes",
                Trouble::Malformed {
                    what: "213 13 bytes".to_owned(),
                },
            ),
            (
                "350 hm?",
                Trouble::Unexpected {
                    code: 350,
                    text: "hm?".to_owned(),
                },
            ),
        ] {
            let mut session = Session::logged_in(TransferMode::Passive);
            session.act(what.clone());
            session.reply("200 image");
            session.reply(reply);
            assert_eq!(session.outcomes(), [(3, failed(trouble))]);
            session.said();
            session.quit();
        }
    }
}

#[test]
fn a_server_that_sends_less_than_it_promised_has_not_sent_it() {
    let mut session = up_to_rest(resumed("small.txt"), "213 20", "REST 13");
    session.reply("350 from there");
    session.reply("150 here");
    session.data(DATA, b"half");
    session.eof(DATA);
    session.reply("226 done");
    assert_eq!(session.outcomes(), [(3, failed(Trouble::DataLost))]);
    session.said();
    session.quit();
}

#[test]
fn text_is_not_resumed() {
    for what in [resumed("small.txt"), uploaded("small.txt", PutHow::Resume)] {
        let mut session = Session::logged_in_with(Config {
            file_type: FileType::Ascii,
            ..config()
        });
        session.act(what);
        assert_eq!(session.outcomes(), [(3, refused(Misuse::ResumedText))]);
        session.quit();
    }
}

#[test]
fn a_directory_here_or_a_store_that_fails_is_the_end_of_it() {
    let mut session = Session::logged_in_with(Config {
        local: path("/"),
        ..config()
    });
    session.act(resumed("local"));
    let why = StoreError::WrongKind;
    assert_eq!(session.outcomes(), [(3, failed(Trouble::Store { why }))]);
    session.quit();

    let mut session = Session::logged_in_without_store(TransferMode::Passive);
    session.act(resumed("x"));
    let (op, _) = session.bench.take_request().unwrap();
    let result = Err(StoreError::Denied);
    session.give(Input::Stored { op, result });
    let why = StoreError::Denied;
    assert_eq!(session.outcomes(), [(3, failed(Trouble::Store { why }))]);
    assert_eq!(session.said(), "");
    session.quit();
}

#[test]
fn an_abort_while_the_file_is_looked_at() {
    let mut session = Session::logged_in_without_store(TransferMode::Passive);
    session.act(resumed("small.txt"));
    session.act(Action::Abort);
    assert_eq!(session.outcomes(), [(3, Outcome::Aborted), (4, Outcome::Done)]);
    assert!(session.answer(0));
    session.quit();
    for replies in [&["200 image"][..], &["200 image", "213 20"]] {
        let mut session = Session::logged_in(TransferMode::Passive);
        session.act(resumed("small.txt"));
        for reply in replies {
            session.reply(reply);
        }
        session.act(Action::Abort);
        session.reply("200 late");
        assert_eq!(session.outcomes(), [(3, Outcome::Aborted), (4, Outcome::Done)]);
        session.said();
        session.quit();
    }
    let mut session = up_to_rest(resumed("small.txt"), "213 20", "REST 13");
    session.act(Action::Abort);
    session.reply("350 from there");
    assert_eq!(session.outcomes(), [(3, Outcome::Aborted), (4, Outcome::Done)]);
    assert_eq!(session.said(), "");
    session.quit();
}

#[test]
fn a_rest_that_was_left_over_is_taken_back() {
    let mut aborted = up_to_rest(resumed("small.txt"), "213 20", "REST 13");
    aborted.act(Action::Abort);
    aborted.reply("350 from there");
    let mut typed = Session::logged_in(TransferMode::Passive);
    typed.act(raw("REST 5"));
    typed.reply("350 from there");
    for (mut session, conn) in [(aborted, ConnId::opened(2)), (typed, DATA)] {
        let forget = |session: &mut Session| {
            session.outcomes();
            session.said();
        };
        forget(&mut session);
        session.act(get("new"));
        if conn == DATA {
            session.reply("200 image");
        }
        session.reply("227 (192,0,2,1,234,97)");
        session.data_connected(conn, 60_001);
        assert!(session.said().ends_with("PASV\r\nREST 0\r\n"));
        session.reply("350 from the beginning");
        assert_eq!(session.said(), "RETR new\r\n");
        session.reply("550 no");
        session.eof(conn);
        forget(&mut session);
        session.act(get("new"));
        let next = ConnId::opened(if conn == DATA { 2 } else { 3 });
        session.reply("227 (192,0,2,1,234,98)");
        session.data_connected(next, 60_002);
        assert_eq!(session.said(), "PASV\r\nRETR new\r\n", "once is enough");
    }
    // Nothing is begun where the server may begin anywhere; and APPE is no way out.
    let mut session = Session::logged_in(TransferMode::Passive);
    session.act(raw("REST 5"));
    session.reply("350 from there");
    session.outcomes();
    session.passive(put("small.txt"), "PASV\r\nREST 0\r\n");
    session.reply("501 not to nothing");
    session.eof(DATA);
    assert_eq!(session.outcomes(), [(4, denied(501, "not to nothing"))]);
    session.quit();
}

#[test]
fn an_upload_goes_on_behind_what_is_there() {
    let mut session = up_to_rest(uploaded("small.txt", PutHow::Resume), "213 8", "REST 8");
    assert!(session.reported(&transfer(TransferKind::Upload, Some(5), 8)));
    session.reply("350 from there");
    assert_eq!(session.said(), "STOR small.txt\r\n");
    session.grant(DATA, 100);
    session.reply("150 send it");
    assert_eq!(session.bench.take_sent(DATA), b"file\n");
    assert!(session.reported(&done(5)));
    session.reply("226 got it");
    session.eof(DATA);
    assert_eq!(session.outcomes(), [(3, Outcome::Done)]);
    session.quit();
}

#[test]
fn where_there_is_no_rest_appe_adds_what_is_missing() {
    for code in [500, 501, 502, 504] {
        let mut session = up_to_rest(uploaded("small.txt", PutHow::Resume), "213 8", "REST 8");
        session.reply(&format!("{code} no REST"));
        assert_eq!(session.said(), "APPE small.txt\r\n");
        session.grant(DATA, 100);
        session.reply("150 send it");
        assert_eq!(session.bench.take_sent(DATA), b"file\n");
        session.reply("226 got it");
        session.eof(DATA);
        assert_eq!(session.outcomes(), [(3, Outcome::Done)]);
        session.quit();
    }
    let mut session = up_to_rest(uploaded("small.txt", PutHow::Resume), "213 8", "REST 8");
    session.reply("550 not for you");
    session.eof(DATA);
    assert_eq!(session.outcomes(), [(3, denied(550, "not for you"))]);
    session.quit();
}

#[test]
fn what_is_not_there_is_uploaded_whole_and_what_nobody_knows_is_not() {
    for size in ["550 no such file", "213 0"] {
        let mut session = Session::logged_in(TransferMode::Passive);
        session.act(uploaded("small.txt", PutHow::Resume));
        session.reply("200 image");
        session.reply(size);
        session.reply("227 (192,0,2,1,234,96)");
        session.data_connected(DATA, 60_000);
        assert!(session.said().ends_with("PASV\r\nSTOR small.txt\r\n"));
    }
    let mut session = Session::logged_in(TransferMode::Passive);
    session.act(uploaded("small.txt", PutHow::Resume));
    session.reply("200 image");
    session.reply("500 SIZE?");
    assert_eq!(session.outcomes(), [(3, denied(500, "SIZE?"))]);
    assert_eq!(session.bench.tree().open_files(), 0);
    session.said();
    session.quit();
}

#[test]
fn a_large_resumed_upload_keeps_its_blocks_and_their_order() {
    let mut session = Session::logged_in_without_store(TransferMode::Passive);
    session.act(uploaded("large.bin", PutHow::Resume));
    session.answer(0);
    session.reply("200 image");
    session.reply("213 123457");
    session.reply("227 (192,0,2,1,234,96)");
    session.data_connected(DATA, 60_000);
    session.reply("350 from there");
    session.reply("150 send it");
    let mut sent = Vec::new();
    for turn in 0..2_000 {
        session.grant(DATA, 7_777);
        session.answer(turn);
        sent.extend(session.bench.take_sent(DATA));
    }
    let large = Generated {
        size: 1_000_000,
        seed: 3,
    };
    assert!(sent == large.read(123_457, 1_000_000));
    let progress: Vec<u64> = session
        .log
        .iter()
        .filter_map(|(_, report)| match report {
            Report::Progress { bytes } => Some(*bytes),
            _ => None,
        })
        .collect();
    assert_eq!(progress, (1..=13).map(|block| block * 65_536).collect::<Vec<_>>());
}

#[test]
fn an_upload_is_appended() {
    let mut session = Session::logged_in(TransferMode::Passive);
    session.passive(uploaded("small.txt", PutHow::Append), "APPE small.txt\r\n");
    session.grant(DATA, 100);
    session.reply("150 send it");
    assert_eq!(session.bench.take_sent(DATA), b"a small file\n");
    session.reply("226 got it");
    session.eof(DATA);
    assert_eq!(session.outcomes(), [(3, Outcome::Done)]);
    session.quit();
}

#[test]
fn the_server_finds_a_name_and_tells_it() {
    for (begun, done, name) in [
        ("150 FILE: stou.1", "226 done", Some("stou.1")),
        (
            "125 open",
            "226 Transfer complete (unique file name:stou.2).",
            Some("stou.2"),
        ),
        ("150 FILE: first", "250 FILE: second", Some("first")),
        ("150 ok", "226 done", None),
    ] {
        let mut session = Session::logged_in(TransferMode::Passive);
        session.passive(uploaded("small.txt", PutHow::Unique), "PASV\r\nSTOU\r\n");
        assert!(session.reported(&transfer(TransferKind::Upload, Some(13), 0)));
        session.grant(DATA, 100);
        session.reply(begun);
        session.reply(done);
        session.eof(DATA);
        assert_eq!(session.outcomes(), [(3, Outcome::Done)]);
        let told: Vec<&str> = session
            .log
            .iter()
            .filter_map(|(_, report)| match report {
                Report::StoredAs { name } => Some(name.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(told, Vec::from_iter(name), "{begun} {done}");
        session.quit();
    }
    let mut session = Session::logged_in(TransferMode::Passive);
    let what = Action::Put {
        local: argument("small.txt"),
        remote: Some(argument("like this")),
        how: PutHow::Unique,
    };
    session.passive(what, "STOU like this\r\n");
}
