//! Connecting and logging in.

use portolan_wire::report::{ConnectError, MASK, Misuse, Purpose, Trouble};

use super::*;
use crate::endpoint::FromPort;

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
            account: None,
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
