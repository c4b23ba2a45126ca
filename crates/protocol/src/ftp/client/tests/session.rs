//! Single commands, and the ends that a session can come to.

use portolan_wire::report::{Misuse, Trouble};

use super::*;

#[test]
fn a_line_goes_out_in_the_pieces_that_credit_allows() {
    let mut session = Session::new(config());
    session.act(Action::Connect { host: None, port: None });
    let (local, peer) = (CLIENT.parse().unwrap(), SERVER.parse().unwrap());
    session.give(Input::Connected {
        conn: CONTROL,
        local,
        peer,
    });
    session.reply("220 ready");
    session.act(raw("NOOP"));
    assert_eq!(session.said(), "");
    let report = Report::Command {
        sent: true,
        verb: "NOOP".to_owned(),
        argument: None,
    };
    for _ in 0..6 {
        assert!(!session.reported(&report), "reported before it was sent");
        session.grant(CONTROL, 1);
    }
    assert_eq!(session.said(), "NOOP\r\n");
    assert!(session.reported(&report));
}

#[test]
fn what_makes_no_sense_now_is_refused_and_changes_nothing() {
    let mut session = Session::new(config());
    for what in [log_in(), list(), get("x"), put("small.txt"), raw("NOOP"), Action::Quit] {
        let action = session.act(what);
        assert_eq!(session.outcomes(), [(action, refused(Misuse::NotConnected))]);
    }
    session.act(Action::Abort);
    session.act(Action::Call { host: None, port: 21 });
    assert_eq!(
        session.outcomes(),
        [(7, refused(Misuse::NothingToAbort)), (8, refused(Misuse::Unsupported))]
    );
    session.assert_over();

    let mut session = Session::logged_in(TransferMode::Passive);
    session.act(Action::Connect { host: None, port: None });
    assert_eq!(session.outcomes(), [(3, refused(Misuse::AlreadyConnected))]);
    session.quit();
}

#[test]
fn actions_wait_for_each_other() {
    let mut session = Session::logged_in(TransferMode::Passive);
    let path = argument("pub");
    session.act(Action::ChangeDirectory { path });
    session.act(raw("NOOP"));
    session.act(Action::Quit);
    assert_eq!(session.said(), "CWD pub\r\n");
    session.reply("550 no such directory");
    assert_eq!(session.outcomes(), [(3, denied(550, "no such directory"))]);
    assert_eq!(session.said(), "NOOP\r\n");
    session.reply("200 zzz");
    assert_eq!(session.said(), "QUIT\r\n");
    session.reply("221 bye");
    session.eof(CONTROL);
    assert_eq!(session.outcomes(), [(4, Outcome::Done), (5, Outcome::Done)]);
    session.assert_over();
}

#[test]
fn replies_that_come_together_mean_what_they_mean_apart() {
    for together in [true, false] {
        let mut session = Session::logged_in(TransferMode::Passive);
        session.act(raw("NOOP"));
        session.act(raw("SITE"));
        if together {
            session.reply("200 zzz\n502 no");
        } else {
            session.reply("200 zzz");
            session.reply("502 no");
        }
        assert_eq!(session.outcomes(), [(3, Outcome::Done), (4, denied(502, "no"))]);
        session.said();
        session.quit();
    }
}

#[test]
fn raw_lines_go_out_as_typed_and_teach_the_client() {
    let mut session = Session::logged_in(TransferMode::Passive);
    session.act(raw("stat /pub  "));
    assert_eq!(session.said(), "stat /pub  \r\n");
    session.reply("213-listing\n drwx pub\n213 end");
    session.act(raw("?"));
    session.reply("500 what?");
    session.act(raw("RNFR a"));
    session.reply("350 to what?");
    for line in ["RETR x", "list", "AUTH TLS"] {
        session.act(raw(line));
    }
    session.act(raw("TYPE A"));
    session.reply("200 text");
    let outcomes = session.outcomes();
    assert_eq!(outcomes[0], (3, Outcome::Done));
    assert_eq!(outcomes[1], (4, denied(500, "what?")));
    assert_eq!(outcomes[2], (5, Outcome::Done));
    for action in 6..=8 {
        assert!(outcomes.contains(&(action, refused(Misuse::Unsupported))));
    }
    session.said();
    session.act(list());
    assert_eq!(session.said(), "PASV\r\n", "the type is A already");
    session.reply("502 no");
    session.act(raw("REIN"));
    session.reply("220 who is it?");
    session.act(list());
    assert_eq!(session.outcomes().last().unwrap().1, refused(Misuse::NotLoggedIn));
}

#[test]
fn a_raw_quit_closes_in_order() {
    let mut session = Session::logged_in(TransferMode::Passive);
    session.act(raw("QUIT"));
    session.reply("221 bye");
    assert_eq!(session.outcomes(), [(3, Outcome::Done)]);
    session.eof(CONTROL);
    session.assert_over();
    session.connect_again();
}

impl Session {
    fn connect_again(&mut self) {
        let action = self.act(Action::Connect { host: None, port: None });
        self.give(Input::Connected {
            conn: DATA,
            local: CLIENT.parse().unwrap(),
            peer: SERVER.parse().unwrap(),
        });
        self.bench.say(DATA, b"220 again\r\n");
        self.log.append(&mut self.bench.take_reports());
        assert_eq!(self.outcomes(), [(action, Outcome::Done)]);
    }
}

#[test]
fn the_end_of_the_control_connection_ends_the_action_and_not_the_client() {
    let mut session = Session::logged_in(TransferMode::Passive);
    session.act(raw("NOOP"));
    session.act(raw("NOOP"));
    session.eof(CONTROL);
    assert_eq!(
        session.outcomes(),
        [(3, failed(Trouble::ControlLost)), (4, refused(Misuse::NotConnected))]
    );
    session.assert_over();
    session.connect_again();

    let mut session = Session::logged_in(TransferMode::Passive);
    session.give(Input::Reset { conn: CONTROL });
    let trouble = Trouble::ControlLost;
    assert!(session.reported(&Report::Trouble { trouble }));
    session.assert_over();
    session.connect_again();
}

#[test]
fn a_421_ends_the_session_at_any_time() {
    let mut session = Session::logged_in(TransferMode::Passive);
    session.reply("421 you were idle for too long");
    assert!(session.has(&Output::Shutdown { conn: CONTROL }));
    session.eof(CONTROL);
    session.assert_over();
    let trouble = Trouble::ControlLost;
    assert!(!session.reported(&Report::Trouble { trouble }), "it was announced");

    let mut session = Session::logged_in(TransferMode::Passive);
    session.act(raw("NOOP"));
    session.reply("421 shutting down");
    assert_eq!(session.outcomes(), [(3, denied(421, "shutting down"))]);
    session.eof(CONTROL);
    session.assert_over();
}

#[test]
fn a_server_that_never_hangs_up_is_not_waited_for() {
    let mut session = Session::logged_in(TransferMode::Passive);
    session.act(Action::Quit);
    session.reply("221 bye");
    assert_eq!(session.outcomes(), []);
    session.pass(60);
    assert_eq!(session.outcomes(), [(3, Outcome::Done)]);
    session.assert_over();

    let mut session = Session::logged_in(TransferMode::Passive);
    session.act(Action::Quit);
    session.eof(CONTROL);
    assert_eq!(session.outcomes(), [(3, Outcome::Done)]);
    session.assert_over();
}

#[test]
fn silence_and_nonsense_end_the_session() {
    let mut session = Session::logged_in(TransferMode::Passive);
    session.act(raw("NOOP"));
    session.pass(60);
    assert_eq!(session.outcomes(), [(3, failed(Trouble::Timeout))]);
    session.assert_over();

    let mut session = Session::logged_in(TransferMode::Passive);
    session.act(raw("NOOP"));
    session.reply(&format!("HTTP/1.1 {}\u{1b}", "x".repeat(300)));
    match &session.outcomes()[..] {
        [
            (
                3,
                Outcome::Failed {
                    trouble: Trouble::Malformed { what },
                },
            ),
        ] => {
            assert_eq!(what.chars().count(), 200);
            assert!(what.starts_with("HTTP/1.1 xxx"));
        }
        other => panic!("{other:?}"),
    }
    session.assert_over();

    let mut session = Session::logged_in(TransferMode::Passive);
    session.act(raw("NOOP"));
    session.reply(&"2".repeat(10_000));
    let limit = 8_192;
    assert_eq!(session.outcomes(), [(3, failed(Trouble::LineTooLong { limit }))]);
    session.assert_over();
}

#[test]
fn a_reply_that_nobody_waits_for_is_reported_and_changes_nothing() {
    let mut session = Session::logged_in(TransferMode::Passive);
    session.reply("226 what was that?");
    let report = Report::Reply {
        sent: false,
        code: 226,
        lines: vec!["what was that?".to_owned()],
    };
    assert!(session.reported(&report));
    session.quit();
}
