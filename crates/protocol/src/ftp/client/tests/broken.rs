//! Transfers that are denied, that break, and that nobody answers.

use portolan_wire::report::{ConnectError, StoreError, Trouble};

use super::*;

#[test]
fn a_no_is_an_answer_and_leaves_the_local_file_alone() {
    for (first, code) in [("", 550), ("", 450), ("150 well\n", 451), ("150 well\n", 426)] {
        let mut session = Session::logged_in(TransferMode::Passive);
        session.passive(get("small.txt"), "RETR small.txt\r\n");
        session.reply(&format!("{first}{code} no"));
        assert_eq!(session.outcomes(), [(3, denied(code, "no"))]);
        if first.is_empty() {
            assert!(session.has(&Output::Shutdown { conn: DATA }), "in order");
            session.eof(DATA);
            assert_eq!(session.file("/local/small.txt").unwrap(), b"a small file\n");
        } else {
            assert!(session.has(&Output::Abort { conn: DATA }));
        }
        session.quit();
    }
    // The server may close its side before it says no.
    let mut session = Session::logged_in(TransferMode::Passive);
    session.passive(get("small.txt"), "RETR small.txt\r\n");
    session.eof(DATA);
    session.reply("550 no");
    assert_eq!(session.outcomes(), [(3, denied(550, "no"))]);
    assert_eq!(session.file("/local/small.txt").unwrap(), b"a small file\n");
    session.quit();
}

#[test]
fn a_connection_that_lingers_is_thrown_away_in_the_end() {
    let mut session = Session::logged_in(TransferMode::Passive);
    session.passive(get("x"), "RETR x\r\n");
    session.reply("550 no");
    assert!(!session.has(&Output::Abort { conn: DATA }));
    session.pass(30);
    assert!(session.has(&Output::Abort { conn: DATA }));
    session.quit();
}

#[test]
fn a_type_that_is_denied_denies_the_transfer() {
    let mut session = Session::logged_in(TransferMode::Passive);
    session.act(put("small.txt"));
    session.reply("504 not that type");
    assert_eq!(session.outcomes(), [(3, denied(504, "not that type"))]);
    session.said();
    session.quit();
}

#[test]
fn an_upload_is_denied_or_breaks() {
    // Denied at once: nothing was sent.
    let mut session = Session::logged_in(TransferMode::Passive);
    session.passive(put("small.txt"), "STOR small.txt\r\n");
    session.grant(DATA, 100);
    session.reply("553 not that name");
    assert_eq!(session.outcomes(), [(3, denied(553, "not that name"))]);
    assert_eq!(session.bench.take_sent(DATA), b"");
    session.eof(DATA);
    session.quit();
    // Denied in the middle, with a reset before it: the server's word says more.
    let mut session = Session::logged_in(TransferMode::Passive);
    session.passive(put("large.bin"), "STOR large.bin\r\n");
    session.reply("150 send it");
    session.grant(DATA, 100_000);
    session.give(Input::Reset { conn: DATA });
    session.reply("552 you are over your quota");
    assert_eq!(session.outcomes(), [(3, denied(552, "you are over your quota"))]);
    session.said();
    session.quit();
    // Done before it is: not believed.
    let mut session = Session::logged_in(TransferMode::Passive);
    session.passive(put("large.bin"), "STOR large.bin\r\n");
    session.reply("150 send it");
    session.grant(DATA, 100_000);
    session.reply("226 got it all");
    let (code, text) = (226, "got it all".to_owned());
    assert_eq!(session.outcomes(), [(3, failed(Trouble::Unexpected { code, text }))]);
    assert!(session.has(&Output::Abort { conn: DATA }));
    session.said();
    session.quit();
}

#[test]
fn a_file_that_is_not_here_is_not_sent() {
    let mut session = Session::logged_in(TransferMode::Passive);
    session.act(put("missing"));
    let why = StoreError::NotFound;
    assert_eq!(session.outcomes(), [(3, failed(Trouble::Store { why }))]);
    assert_eq!(session.said(), "");
    let why = StoreError::WrongKind;
    for what in [put(".."), get("dir/"), get(""), get("a/..")] {
        let action = session.act(what);
        assert_eq!(session.outcomes(), [(action, failed(Trouble::Store { why }))]);
    }
    assert_eq!(session.said(), "");
    session.quit();
}

#[test]
fn a_store_that_fails_stops_the_download() {
    let mut session = Session::logged_in_with(Config {
        local: path("/nowhere"),
        ..config()
    });
    session.passive(get("x"), "RETR x\r\n");
    session.reply("150 here it comes");
    assert_eq!(session.said(), "ABOR\r\n");
    assert!(session.has(&Output::Abort { conn: DATA }));
    session.reply("426 aborted\n226 abort done");
    let why = StoreError::NotFound;
    assert_eq!(session.outcomes(), [(3, failed(Trouble::Store { why }))]);
    session.quit();
}

#[test]
fn an_address_that_is_none_leaves_the_session_usable() {
    for (mode, reply) in [
        (TransferMode::Passive, "227 here you are"),
        (TransferMode::Passive, "227 (192,0,2,1,0,0)"),
        (TransferMode::Passive, "227 (192,0,2,999,1,1)"),
        (TransferMode::ExtendedPassive, "229 (|||99999|)"),
    ] {
        let mut session = Session::logged_in(mode);
        session.act(put("small.txt"));
        session.reply("200 type set");
        session.reply(reply);
        let what = reply.to_owned();
        assert_eq!(session.outcomes(), [(3, failed(Trouble::Malformed { what }))]);
        session.said();
        session.quit();
    }
    // RFC 2428's own reply is not RFC 959's.
    let mut session = Session::logged_in(TransferMode::Passive);
    session.act(list());
    session.reply("200 type set\n229 (|||60000|)");
    session.said();
    let (code, text) = (229, "(|||60000|)".to_owned());
    session.reply("229 (|||60000|)");
    assert_eq!(session.outcomes(), [(3, failed(Trouble::Unexpected { code, text }))]);
    session.quit();
}

#[test]
fn a_passive_connection_that_fails_leaves_nothing_owed() {
    for why in [ConnectError::Refused, ConnectError::TimedOut, ConnectError::Unreachable] {
        let mut session = Session::logged_in(TransferMode::Passive);
        session.act(put("small.txt"));
        session.reply("200 type set");
        session.reply("227 (192,0,2,1,234,96)");
        session.give(Input::ConnectFailed { conn: DATA, why });
        assert_eq!(session.outcomes(), [(3, failed(Trouble::DataConnect { why }))]);
        session.said();
        session.quit();
    }
    let mut session = Session::logged_in(TransferMode::Passive);
    session.act(list());
    session.reply("200 type set");
    session.reply("227 (192,0,2,1,234,96)");
    session.pass(30);
    let why = ConnectError::TimedOut;
    assert_eq!(session.outcomes(), [(3, failed(Trouble::DataConnect { why }))]);
    assert!(session.has(&Output::Abort { conn: DATA }));
    session.said();
    session.quit();
}

#[test]
fn a_data_connection_that_breaks() {
    for (order, outcome) in [
        ("1r2", failed(Trouble::DataLost)),
        ("12r", failed(Trouble::DataLost)),
        ("1r4", denied(426, "broken")),
        ("r4", denied(426, "broken")),
        ("1rt", failed(Trouble::DataLost)),
        // What came before the end had all come.
        ("1fr2", Outcome::Done),
    ] {
        let mut session = Session::logged_in(TransferMode::Passive);
        session.passive(get("x"), "RETR x\r\n");
        session.data(DATA, b"half a fi");
        for step in order.chars() {
            match step {
                '1' => session.reply("150 here it comes"),
                '2' => session.reply("226 done"),
                '4' => session.reply("426 broken"),
                'r' => {
                    if session.bench.contract().open_conns().any(|conn| conn == DATA) {
                        session.give(Input::Reset { conn: DATA });
                    }
                }
                'f' => session.eof(DATA),
                _ => session.pass(60),
            }
        }
        assert_eq!(session.outcomes(), [(3, outcome)], "{order}");
        if order.ends_with('t') {
            session.assert_over();
        } else {
            session.quit();
        }
    }
}

#[test]
fn nothing_moves_for_five_minutes() {
    for what in [get("x"), put("large.bin")] {
        let mut session = Session::logged_in(TransferMode::Passive);
        let line = if what == get("x") {
            "RETR x\r\n"
        } else {
            "STOR large.bin\r\n"
        };
        session.passive(what, line);
        session.reply("150 go");
        session.pass(299);
        session.data(DATA, b"x");
        session.grant(DATA, 1);
        session.pass(299);
        assert_eq!(session.said(), "");
        session.pass(1);
        assert_eq!(session.said(), "ABOR\r\n");
        session.reply("426 aborted\n225 fine");
        assert_eq!(session.outcomes(), [(3, failed(Trouble::Timeout))]);
        session.quit();
    }
}

#[test]
fn a_server_that_says_nothing_to_the_end_is_left() {
    let mut session = Session::logged_in(TransferMode::Passive);
    session.passive(get("x"), "RETR x\r\n");
    session.reply("150 go");
    session.data(DATA, b"all of it");
    session.eof(DATA);
    session.pass(60);
    assert_eq!(session.outcomes(), [(3, failed(Trouble::Timeout))]);
    session.assert_over();
}

#[test]
fn the_end_of_the_control_connection_takes_the_transfer_with_it() {
    for (what, line) in [(get("x"), "RETR x\r\n"), (put("large.bin"), "STOR large.bin\r\n")] {
        for reset in [true, false] {
            let mut session = Session::logged_in(TransferMode::Passive);
            session.passive(what.clone(), line);
            session.reply("150 go");
            session.data(DATA, b"half a fi");
            session.grant(DATA, 10);
            if reset {
                session.give(Input::Reset { conn: CONTROL });
            } else {
                session.eof(CONTROL);
            }
            assert_eq!(session.outcomes(), [(3, failed(Trouble::ControlLost))]);
            session.assert_over();
        }
    }
    let mut session = Session::logged_in(TransferMode::Passive);
    session.passive(get("x"), "RETR x\r\n");
    session.reply("150 go\n421 the house is on fire");
    assert_eq!(session.outcomes(), [(3, denied(421, "the house is on fire"))]);
    session.eof(CONTROL);
    session.assert_over();
}
