//! Signs of life while there is nothing to do.

use portolan_wire::report::Trouble;

use super::*;

fn kept_alive() -> Session {
    Session::logged_in_with(Config {
        keep_alive: Some(Duration::from_secs(50)),
        ..config()
    })
}

#[test]
fn an_idle_session_is_kept_alive() {
    let mut session = kept_alive();
    session.pass(49);
    assert_eq!(session.said(), "");
    session.pass(1);
    assert_eq!(session.said(), "NOOP\r\n");
    session.pass(59);
    assert_eq!(session.said(), "", "one at a time");
    session.reply("200 zzz");
    session.pass(50);
    assert_eq!(session.said(), "NOOP\r\n");
    session.reply("500 what is that?");
    session.pass(50);
    assert_eq!(session.said(), "NOOP\r\n", "any answer is a sign of life");
    session.reply("200 zzz");
    assert_eq!(session.outcomes(), []);
    session.quit();
}

#[test]
fn an_action_waits_for_the_answer_and_takes_none_of_it() {
    let mut session = kept_alive();
    session.pass(50);
    session.act(raw("SYST"));
    assert_eq!(session.said(), "NOOP\r\n");
    session.act(Action::Abort);
    assert_eq!(session.outcomes(), [(4, refused(Misuse::NothingToAbort))]);
    session.reply("200 zzz");
    assert_eq!(session.said(), "SYST\r\n");
    assert_eq!(session.outcomes(), []);
    session.reply("215 UNIX");
    assert_eq!(session.outcomes(), [(3, Outcome::Done)]);
    session.quit();
}

#[test]
fn nothing_is_said_into_a_transfer() {
    let mut session = kept_alive();
    session.passive(get("x"), "RETR x\r\n");
    session.reply("150 here");
    session.pass(200);
    session.data(DATA, b"x");
    session.pass(200);
    assert_eq!(session.said(), "");
    session.eof(DATA);
    session.reply("226 done");
    assert_eq!(session.outcomes(), [(3, Outcome::Done)]);
    session.pass(49);
    assert_eq!(session.said(), "");
    session.pass(1);
    assert_eq!(session.said(), "NOOP\r\n");
}

#[test]
fn a_stranger_is_not_kept_alive() {
    let mut session = Session::new(Config {
        keep_alive: Some(Duration::from_secs(50)),
        ..config()
    });
    session.connect();
    session.reply("220 ready");
    session.pass(500);
    assert_eq!(session.said(), "");
}

#[test]
fn no_answer_is_the_end_of_the_session() {
    let mut session = kept_alive();
    session.pass(50);
    session.act(list());
    session.pass(60);
    let trouble = Trouble::Timeout;
    assert!(session.reported(&Report::Trouble { trouble }));
    assert_eq!(session.outcomes(), [(3, refused(Misuse::NotConnected))]);
    session.assert_over();

    for is_reset in [true, false] {
        let mut session = kept_alive();
        session.pass(50);
        if is_reset {
            session.give(Input::Reset { conn: CONTROL });
        } else {
            session.eof(CONTROL);
        }
        let trouble = Trouble::ControlLost;
        assert!(session.reported(&Report::Trouble { trouble }));
        session.assert_over();
    }

    let mut session = kept_alive();
    session.pass(50);
    session.reply("421 too late");
    session.eof(CONTROL);
    assert_eq!(session.outcomes(), []);
    session.assert_over();
}

#[test]
fn no_span_at_all_is_a_second() {
    let mut session = Session::logged_in_with(Config {
        keep_alive: Some(Duration::from_secs(0)),
        ..config()
    });
    session.pass(1);
    assert_eq!(session.said(), "NOOP\r\n");
}
