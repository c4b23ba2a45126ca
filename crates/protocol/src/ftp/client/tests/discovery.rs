//! Accounts, and what is asked right after the login.

use portolan_wire::report::{ListingForm, Note, Trouble};

use super::*;

fn with_account() -> Action {
    Action::LogIn {
        user: argument("anonymous"),
        password: argument("sesame"),
        account: Some(argument("4711")),
    }
}

fn greeted(config: Config) -> Session {
    let mut session = Session::new(config);
    session.connect();
    session.reply("220 ready");
    session.outcomes();
    session
}

#[test]
fn an_account_is_told_where_it_is_asked_for() {
    let (user, pass, acct) = ("USER anonymous\r\n", "PASS sesame\r\n", "ACCT 4711\r\n");
    let ways: [(&[&str], &[&str], Outcome); 8] = [
        (&["230 in"], &[user], Outcome::Done),
        (&["331 ?", "230 in"], &[user, pass], Outcome::Done),
        (&["331 ?", "332 ?", "230 in"], &[user, pass, acct], Outcome::Done),
        (&["331 ?", "332 ?", "202 no need"], &[user, pass, acct], Outcome::Done),
        (&["332 ?", "230 in"], &[user, acct], Outcome::Done),
        (&["332 ?", "530 no"], &[user, acct], denied(530, "no")),
        (&["332 ?", "332 another?"], &[user, acct], denied(332, "another?")),
        (
            &["331 ?", "331 again?"],
            &[user, pass],
            failed(Trouble::Unexpected {
                code: 331,
                text: "again?".to_owned(),
            }),
        ),
    ];
    for (replies, said, outcome) in ways {
        let mut session = greeted(config());
        session.act(with_account());
        for reply in replies {
            session.reply(reply);
        }
        assert_eq!(session.said(), said.concat());
        assert_eq!(session.outcomes(), [(2, outcome)], "{replies:?}");
    }
}

fn discovering() -> Session {
    greeted(Config {
        discover: true,
        ..config()
    })
}

#[test]
fn features_are_asked_for_once_and_utf8_is_turned_on() {
    for utf8 in ["200 on", "202 always", "501 what?", "350 hm?"] {
        let mut session = discovering();
        session.act(log_in());
        session.reply("331 ?");
        session.reply("230 in");
        assert_eq!(session.said(), "USER demo\r\nPASS sesame\r\nFEAT\r\n");
        session.reply("211-have\n UTF8\n MLST type*;\n211 end");
        assert_eq!(session.said(), "OPTS UTF8 ON\r\n");
        assert_eq!(session.outcomes(), []);
        session.reply(utf8);
        assert_eq!(session.outcomes(), [(2, Outcome::Done)]);
        session.quit();
    }
}

#[test]
fn a_login_stands_whatever_is_said_to_feat() {
    for (reply, trouble) in [
        ("500 what?", None),
        ("530 first log in", None),
        ("211-have\n SIZE\n211 end", None),
        (
            "350 hm?",
            Some(Trouble::Unexpected {
                code: 350,
                text: "hm?".to_owned(),
            }),
        ),
    ] {
        let mut session = discovering();
        session.act(log_in());
        session.reply("230 in");
        session.reply(reply);
        assert_eq!(session.outcomes(), [(2, Outcome::Done)], "{reply}");
        if let Some(trouble) = trouble {
            assert!(session.reported(&Report::Trouble { trouble }));
        }
        session.said();
        session.act(list());
        assert_eq!(session.said(), "TYPE A\r\n");
    }
}

#[test]
fn a_session_may_end_while_features_are_asked_for() {
    let mut session = discovering();
    session.act(log_in());
    session.reply("230 in");
    session.reply("421 too slow");
    assert_eq!(session.outcomes(), [(2, denied(421, "too slow"))]);
    let mut session = discovering();
    session.act(log_in());
    session.reply("230 in");
    session.pass(60);
    assert_eq!(session.outcomes(), [(2, failed(Trouble::Timeout))]);
    session.assert_over();
}

fn told_of_mlst(config: Config) -> Session {
    let mut session = Session::logged_in_with(config);
    session.act(Action::Features);
    session.reply("211-have\n mlst Type*;\n211 end");
    session.outcomes();
    session.said();
    session
}

#[test]
fn machines_list_for_machines_where_they_can() {
    let mut session = told_of_mlst(config());
    let path = Some(argument("pub"));
    session.passive(Action::List { path }, "MLSD pub\r\n");
    session.reply("150 here");
    session.data(DATA, b"type=file;size=5; a b\r\n");
    session.eof(DATA);
    session.reply("226 done");
    assert_eq!(session.outcomes(), [(4, Outcome::Done)]);
    let lines = vec!["type=file;size=5; a b".to_owned()];
    let form = ListingForm::Facts;
    assert!(session.reported(&Report::Listed { lines, form }));
    session.quit();

    let mut session = told_of_mlst(Config {
        machine_listings: false,
        ..config()
    });
    session.passive(list(), "LIST\r\n");
}

#[test]
fn a_server_that_promised_mlsd_and_has_none_is_asked_for_list() {
    for code in [500, 502, 504] {
        let mut session = told_of_mlst(config());
        let path = Some(argument("pub"));
        session.passive(Action::List { path }, "MLSD pub\r\n");
        session.reply(&format!("{code} what?"));
        let note = Note::ListingFallback { code };
        assert!(session.reported(&Report::Note { note }));
        assert_eq!(session.said(), "PASV\r\n", "a data connection of its own");
        assert!(session.has(&Output::Shutdown { conn: DATA }), "in order");
        session.eof(DATA);
        session.reply("227 (192,0,2,1,234,97)");
        let conn = ConnId::opened(2);
        session.data_connected(conn, 60_001);
        assert_eq!(session.said(), "LIST pub\r\n");
        session.reply("150 here");
        session.data(conn, b"a\r\n");
        session.eof(conn);
        session.reply("226 done");
        assert_eq!(session.outcomes(), [(4, Outcome::Done)]);
        let (lines, form) = (vec!["a".to_owned()], ListingForm::Lines);
        assert!(session.reported(&Report::Listed { lines, form }));
        // And from now on at once.
        session.act(list());
        session.reply("227 (192,0,2,1,234,98)");
        let conn = ConnId::opened(3);
        session.data_connected(conn, 60_002);
        assert_eq!(session.said(), "PASV\r\nLIST\r\n");
    }
    // What is denied for another reason is denied.
    let mut session = told_of_mlst(config());
    session.passive(list(), "MLSD\r\n");
    session.reply("550 no such directory");
    assert_eq!(session.outcomes(), [(4, denied(550, "no such directory"))]);
}
