//! Stopping what runs, at every point where it can be stopped.

use portolan_wire::report::{Misuse, Trouble};

use super::*;

fn aborted(action: u32) -> Vec<(u32, Outcome)> {
    vec![(action, Outcome::Aborted), (action + 1, Outcome::Done)]
}

#[test]
fn a_transfer_stops_in_either_direction() {
    let ways = [
        // What a server sends that was still at it, that was done already, and that had not begun.
        ("150 go", "426 broken off\n226 aborted", 0),
        ("150 go", "226 done\n225 nothing to abort", 0),
        ("", "150 go\n226 done\n226 aborted", 0),
        ("", "550 no such file\n225 nothing to abort", 0),
        // One that answers only once.
        ("150 go", "426 broken off", 5),
    ];
    for (what, line) in [
        (get("x"), "RETR x\r\n"),
        (put("large.bin"), "STOR large.bin\r\n"),
        (list(), "LIST\r\n"),
    ] {
        for (before, after, wait) in ways {
            let mut session = Session::logged_in(TransferMode::Passive);
            session.passive(what.clone(), line);
            session.grant(DATA, 100_000);
            if !before.is_empty() {
                session.reply(before);
                session.data(DATA, b"half a fi");
            }
            session.act(Action::Abort);
            assert_eq!(session.said(), "ABOR\r\n");
            assert!(session.has(&Output::Abort { conn: DATA }));
            assert_eq!(session.outcomes(), [], "the server has not answered");
            session.reply(after);
            session.pass(wait);
            assert_eq!(session.outcomes(), aborted(3), "{what:?} {before} {after}");
            session.quit();
        }
    }
}

#[test]
fn the_next_action_waits_for_every_reply_to_the_abort() {
    let mut session = Session::logged_in(TransferMode::Passive);
    session.passive(get("x"), "RETR x\r\n");
    session.reply("150 go");
    session.act(raw("NOOP"));
    session.act(Action::Abort);
    assert_eq!(session.said(), "ABOR\r\n");
    session.reply("426 broken off");
    assert_eq!(session.said(), "");
    session.reply("226 aborted");
    assert_eq!(session.said(), "NOOP\r\n");
    assert_eq!(session.outcomes(), [(3, Outcome::Aborted), (5, Outcome::Done)]);
    session.reply("200 zzz");
    assert_eq!(session.outcomes(), [(4, Outcome::Done)]);
    session.quit();
}

#[test]
fn before_the_transfer_command_nothing_is_said() {
    // After how many of these steps the abort comes.
    for steps in 0..3 {
        for mode in [TransferMode::Passive, TransferMode::Active] {
            let mut session = Session::logged_in(mode);
            session.act(put("small.txt"));
            if steps > 0 {
                session.reply("200 type set");
            }
            if steps > 1 && mode.is_active() {
                let local = "198.51.100.7:45678".parse().unwrap();
                session.give(Input::Listening {
                    listener: LISTENER,
                    local,
                });
            }
            if steps > 1 && !mode.is_active() {
                session.reply("227 (192,0,2,1,234,96)");
            }
            session.said();
            session.act(Action::Abort);
            assert_eq!(session.said(), "");
            // A reply is owed to TYPE, to PASV and to PORT; none while a connection or a listener is being opened.
            let owes = matches!(
                (steps, mode),
                (0, _) | (1, TransferMode::Passive) | (2, TransferMode::Active)
            );
            if owes {
                assert_eq!(session.outcomes(), []);
                session.reply("200 late");
            }
            assert_eq!(session.outcomes(), aborted(3), "{steps} {mode:?}");
            session.quit();
        }
    }
}

#[test]
fn a_type_that_was_told_while_aborting_is_told_again() {
    let mut session = Session::logged_in(TransferMode::Passive);
    session.act(get("x"));
    session.reply("200 image");
    session.reply("502 no");
    assert_eq!(session.said(), "TYPE I\r\nPASV\r\n");
    session.act(list());
    assert_eq!(session.said(), "TYPE A\r\n");
    session.act(Action::Abort);
    session.reply("200 text");
    session.act(get("x"));
    assert_eq!(session.said(), "TYPE I\r\n", "a file must not come down as text");
}

#[test]
fn a_login_and_a_command_are_let_finish_without_a_word() {
    for what in [log_in(), raw("NOOP")] {
        let mut session = Session::logged_in(TransferMode::Passive);
        session.act(what);
        session.said();
        session.act(Action::Abort);
        assert_eq!(session.outcomes(), []);
        session.reply("331 go on");
        assert_eq!(session.said(), "", "no password follows");
        assert_eq!(session.outcomes(), aborted(3));
        let is_login = session.reported(&Report::Started {
            action: 3,
            what: log_in(),
        });
        session.act(list());
        let why = Misuse::NotLoggedIn;
        let is_refused = session.outcomes() == [(5, Outcome::Refused { why })];
        assert_eq!(is_refused, is_login, "who is logged in now, nobody knows");
    }
}

#[test]
fn a_connection_being_opened_is_thrown_away() {
    let mut session = Session::new(config());
    session.act(Action::Connect { host: None, port: None });
    session.act(Action::Abort);
    assert_eq!(session.outcomes(), aborted(1));
    assert!(session.has(&Output::Abort { conn: CONTROL }));
    session.assert_over();

    let mut session = Session::new(config());
    session.connect();
    session.act(Action::Abort);
    assert_eq!(session.outcomes(), aborted(1));
    session.assert_over();

    let mut session = Session::logged_in(TransferMode::Passive);
    session.act(Action::Quit);
    session.reply("221 bye");
    session.act(Action::Abort);
    assert_eq!(session.outcomes(), aborted(3));
    session.assert_over();
}

#[test]
fn an_idle_client_has_nothing_to_abort() {
    let mut session = Session::logged_in(TransferMode::Passive);
    session.act(Action::Abort);
    let why = Misuse::NothingToAbort;
    assert_eq!(session.outcomes(), [(3, Outcome::Refused { why })]);
    session.quit();
}

#[test]
fn a_server_that_does_not_answer_an_abort() {
    // It is waited for a minute.
    let mut session = Session::logged_in(TransferMode::Passive);
    session.passive(get("x"), "RETR x\r\n");
    session.act(Action::Abort);
    session.pass(60);
    assert_eq!(session.outcomes(), aborted(3));
    let trouble = Trouble::Timeout;
    assert!(session.reported(&Report::Trouble { trouble }));
    session.assert_over();
    // Or until the user asks again.
    let mut session = Session::logged_in(TransferMode::Passive);
    session.passive(get("x"), "RETR x\r\n");
    session.act(Action::Abort);
    session.act(Action::Abort);
    assert_eq!(
        session.outcomes(),
        [(3, Outcome::Aborted), (4, Outcome::Done), (5, Outcome::Done)]
    );
    session.assert_over();
    // Or until the connection ends.
    let mut session = Session::logged_in(TransferMode::Passive);
    session.passive(get("x"), "RETR x\r\n");
    session.act(Action::Abort);
    session.eof(CONTROL);
    assert_eq!(session.outcomes(), aborted(3));
    session.assert_over();
}

#[test]
fn a_handle_is_closed_whenever_its_answers_come() {
    for what in [get("x"), put("large.bin")] {
        for answers_before in 0..6 {
            let mut session = Session::logged_in_without_store(TransferMode::Passive);
            session.act(what.clone());
            if what == put("large.bin") {
                session.answer(0);
            }
            session.reply("200 type set");
            session.reply("227 (192,0,2,1,234,96)");
            session.data_connected(DATA, 60_000);
            session.grant(DATA, 1_000_000);
            session.reply("150 go");
            session.data(DATA, &[7; 300_000]);
            for _ in 0..answers_before {
                session.answer(1);
            }
            session.act(Action::Abort);
            session.reply("426 broken off\n226 aborted");
            assert_eq!(session.outcomes(), aborted(3), "the store is not waited for");
            assert!(
                !session.late.is_empty()
                    || session.bench.take_request().is_some_and(|late| {
                        session.late.push(late);
                        true
                    })
            );
            while session.answer(1) {}
            assert_eq!(session.slow.open_files(), 0);
            session.said();
            session.quit();
        }
    }
}
