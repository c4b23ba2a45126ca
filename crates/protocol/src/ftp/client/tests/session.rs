//! Connecting, logging in, single commands, leaving.

use portolan_wire::report::{ConnectError, MASK, Misuse, Purpose, Trouble};

use super::*;
use crate::endpoint::FromPort;

fn refused(why: Misuse) -> Outcome {
    Outcome::Refused { why }
}

#[test]
fn a_session_from_hello_to_goodbye() {
    Session::logged_in(TransferMode::Passive).quit();
}

#[test]
fn the_port_of_the_action_or_the_one_of_the_configuration_is_called() {
    let calls = [
        (None, None, "192.0.2.1:21"),
        (None, Some(2_121), "192.0.2.1:2121"),
        (Some("203.0.113.5"), None, "203.0.113.5:21"),
        (Some("files.example"), Some(990), "192.0.2.1:990"),
    ];
    for (host, port, to) in calls {
        let mut session = Session::new(config());
        let host = host.map(argument);
        session.act(Action::Connect { host, port });
        assert!(session.has(&Output::Connect {
            conn: CONTROL,
            purpose: Purpose::Control,
            from_port: FromPort::Any,
            to: to.parse().unwrap(),
        }));
    }
    let mut session = Session::new(config());
    let port = Some(0);
    session.act(Action::Connect { host: None, port });
    assert_eq!(session.outcomes(), [(1, refused(Misuse::ReservedPort))]);
}

#[test]
fn who_cannot_be_called_is_named_by_the_reason() {
    for why in [ConnectError::Refused, ConnectError::TimedOut, ConnectError::Unreachable] {
        let mut session = Session::new(config());
        session.act(Action::Connect { host: None, port: None });
        session.give(Input::ConnectFailed { conn: CONTROL, why });
        assert_eq!(session.outcomes(), [(1, failed(Trouble::ControlConnect { why }))]);
        session.assert_over();
    }
    let mut session = Session::new(config());
    session.act(Action::Connect { host: None, port: None });
    session.pass(30);
    let why = ConnectError::TimedOut;
    assert_eq!(session.outcomes(), [(1, failed(Trouble::ControlConnect { why }))]);
    session.assert_over();
}

#[test]
fn a_server_may_ask_for_patience_once() {
    let mut session = Session::new(config());
    session.connect();
    session.pass(50);
    session.reply("120 ready in a minute");
    session.pass(50);
    assert_eq!(session.outcomes(), []);
    session.reply("120 another minute");
    session.pass(20);
    assert_eq!(session.outcomes(), [(1, failed(Trouble::Timeout))]);

    let mut session = Session::new(config());
    session.connect();
    session.reply("120 ready in a minute\n220-two\n220 lines");
    assert_eq!(session.outcomes(), [(1, Outcome::Done)]);
}

#[test]
fn a_server_that_greets_with_no_is_left() {
    for (greeting, outcome) in [
        ("421 too many users", denied(421, "too many users")),
        ("530 go away", denied(530, "go away")),
        (
            "331 what?",
            failed(Trouble::Unexpected {
                code: 331,
                text: "what?".to_owned(),
            }),
        ),
    ] {
        let mut session = Session::new(config());
        session.connect();
        session.reply(greeting);
        assert_eq!(session.outcomes(), [(1, outcome)]);
        assert!(session.has(&Output::Shutdown { conn: CONTROL }));
        session.eof(CONTROL);
        session.assert_over();
    }
}

#[test]
fn the_ways_to_be_logged_in_and_not() {
    let ways: [(&[&str], &str, Outcome); 6] = [
        (&["230 come in"], "USER demo\r\n", Outcome::Done),
        (
            &["331 and?", "202 no need"],
            "USER demo\r\nPASS sesame\r\n",
            Outcome::Done,
        ),
        (&["530 no"], "USER demo\r\n", denied(530, "no")),
        (
            &["331 and?", "530 no"],
            "USER demo\r\nPASS sesame\r\n",
            denied(530, "no"),
        ),
        (&["332 account?"], "USER demo\r\n", denied(332, "account?")),
        (
            &["331 and?", "332 account?"],
            "USER demo\r\nPASS sesame\r\n",
            denied(332, "account?"),
        ),
    ];
    for (replies, said, outcome) in ways {
        let mut session = Session::new(config());
        session.connect();
        session.reply("220 ready");
        session.act(log_in());
        for reply in replies {
            session.reply(reply);
        }
        assert_eq!(session.said(), said);
        assert_eq!(session.outcomes(), [(1, Outcome::Done), (2, outcome.clone())]);
        session.act(list());
        let is_refused = session.outcomes() == [(3, refused(Misuse::NotLoggedIn))];
        assert_eq!(is_refused, outcome != Outcome::Done);
    }
}

#[test]
fn a_password_is_marked_before_it_is_sent_and_shown_only_where_that_is_the_lesson() {
    for show_secrets in [true, false] {
        let mut session = Session::new(Config {
            show_secrets,
            ..config()
        });
        session.connect();
        session.reply("220 ready");
        session.act(log_in());
        session.reply("331 password?");
        session.reply("530 sesame is not it, demo");
        let outputs = session.bench.take();
        let marked = outputs.iter().position(|output| {
            let range = 16..22;
            let sent = true;
            let conn = CONTROL;
            *output == Output::Secret { conn, sent, range }
        });
        let is_pass = |output: &Output| matches!(output, Output::Send { bytes, .. } if bytes.starts_with(b"PASS"));
        let sent = outputs.iter().position(is_pass);
        assert!(marked.unwrap() < sent.unwrap());
        let shown = if show_secrets { "sesame" } else { MASK };
        let what = Action::LogIn {
            user: argument("demo"),
            password: argument(shown),
        };
        assert!(session.reported(&Report::Started { action: 2, what }));
        assert!(session.reported(&Report::Command {
            sent: true,
            verb: "PASS".to_owned(),
            argument: Some(shown.to_owned()),
        }));
        assert!(session.reported(&Report::Reply {
            sent: false,
            code: 530,
            lines: vec![format!("{shown} is not it, demo")],
        }));
        assert_eq!(
            session.outcomes(),
            [
                (1, Outcome::Done),
                (2, denied(530, &format!("{shown} is not it, demo")))
            ]
        );
    }
}

#[test]
fn an_echoed_password_is_marked_where_it_is_received() {
    let mut session = Session::new(Config {
        show_secrets: false,
        ..config()
    });
    session.connect();
    session.reply("220 ready");
    session.act(log_in());
    session.reply("331 password?");
    let heard: u64 = 11 + 15;
    session.data(CONTROL, b"530 ses");
    session.data(CONTROL, b"ame?\r\n");
    let (conn, sent) = (CONTROL, false);
    for range in [heard + 4..heard + 7, heard + 7..heard + 10] {
        assert!(session.has(&Output::Secret { conn, sent, range }));
    }
    assert!(!format!("{:?} {:?}", session.bench.endpoint(), session.log).contains("sesame"));
}

#[test]
fn a_raw_password_is_a_secret_too() {
    let mut session = Session::new(Config {
        show_secrets: false,
        ..config()
    });
    session.connect();
    session.reply("220 ready");
    session.act(raw("pass sesame"));
    session.reply("503 name first; not sesame");
    assert_eq!(session.said(), "pass sesame\r\n");
    assert!(!format!("{:?}", session.log).contains("sesame"), "{:?}", session.log);
}

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
fn another_login_begins_anew() {
    let mut session = Session::logged_in(TransferMode::Passive);
    session.act(get("x"));
    session.reply("200 image\n502 no");
    session.reply("502 no");
    session.act(log_in());
    session.reply("230 somebody else now");
    session.said();
    session.act(get("x"));
    assert_eq!(session.said(), "TYPE I\r\n");
    session.reply("200 image");
    session.reply("502 no");
    session.act(log_in());
    session.reply("530 nobody");
    session.log.clear();
    let action = session.act(list());
    assert_eq!(session.outcomes(), [(action, refused(Misuse::NotLoggedIn))]);
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
