//! Actions of one command or two: directories, names, features, facts, types.

use portolan_wire::action::FileType;
use portolan_wire::report::{PathKind, Trouble};

use super::*;

/// Acts, says the replies one after the other, and gives what the client said and how it ended.
fn asked(what: Action, replies: &[&str]) -> (String, Outcome, Session) {
    asked_in(Session::logged_in(TransferMode::Passive), what, replies)
}

fn asked_in(mut session: Session, what: Action, replies: &[&str]) -> (String, Outcome, Session) {
    let action = session.act(what);
    for reply in replies {
        assert_eq!(session.outcomes(), [], "before {reply}");
        session.reply(reply);
    }
    let outcomes = session.outcomes();
    let [(finished, outcome)] = &outcomes[..] else {
        panic!("{outcomes:?} {:?}", session.said());
    };
    assert_eq!(*finished, action);
    (session.said(), outcome.clone(), session)
}

fn unexpected(code: u16, text: &str) -> Outcome {
    let text = text.to_owned();
    failed(Trouble::Unexpected { code, text })
}

fn malformed(what: &str) -> Outcome {
    let what = what.to_owned();
    failed(Trouble::Malformed { what })
}

fn assert_asked(what: &Action, replies: &[&str], wanted: &str, outcome: Outcome) {
    let (said, ended, session) = asked(what.clone(), replies);
    assert_eq!((said.as_str(), ended), (wanted, outcome), "{what:?} {replies:?}");
    session.quit();
}

#[test]
fn one_command_and_its_answer() {
    let path = || argument("a b");
    let delete = Action::Delete { path: path() };
    assert_asked(&delete, &["250 gone"], "DELE a b\r\n", Outcome::Done);
    assert_asked(&delete, &["550 no"], "DELE a b\r\n", denied(550, "no"));
    assert_asked(&delete, &["350 sure?"], "DELE a b\r\n", unexpected(350, "sure?"));
    let remove = Action::RemoveDirectory { path: path() };
    assert_asked(&remove, &["250 gone"], "RMD a b\r\n", Outcome::Done);
    let make = Action::MakeDirectory { path: path() };
    assert_asked(&make, &["257 \"/a b\" made"], "MKD a b\r\n", Outcome::Done);
    assert_asked(&make, &["250 made"], "MKD a b\r\n", Outcome::Done);
    assert_asked(&make, &["521 is there"], "MKD a b\r\n", denied(521, "is there"));
    let change = Action::ChangeDirectory { path: path() };
    assert_asked(&change, &["250 ok"], "CWD a b\r\n", Outcome::Done);
}

#[test]
fn a_rename_is_two_commands() {
    let (from, to) = (argument("a"), argument("b c"));
    let rename = Action::Rename { from, to };
    let both = "RNFR a\r\nRNTO b c\r\n";
    assert_asked(&rename, &["350 to?", "250 done"], both, Outcome::Done);
    assert_asked(&rename, &["350 to?", "553 no"], both, denied(553, "no"));
    assert_asked(&rename, &["550 no such"], "RNFR a\r\n", denied(550, "no such"));
    assert_asked(&rename, &["250 done?"], "RNFR a\r\n", unexpected(250, "done?"));
}

#[test]
fn the_working_directory_stands_in_a_257() {
    let ask = Action::WorkingDirectory;
    assert_asked(&ask, &["257 \"/a\" is it"], "PWD\r\n", Outcome::Done);
    assert_asked(&ask, &["257 /a is it"], "PWD\r\n", malformed("257 /a is it"));
    assert_asked(&ask, &["257 \"/a"], "PWD\r\n", malformed("257 \"/a"));
    assert_asked(&ask, &["200 /a"], "PWD\r\n", unexpected(200, "/a"));
    assert_asked(&ask, &["550 no"], "PWD\r\n", denied(550, "no"));
}

#[test]
fn a_path_is_told_without_its_quotes() {
    let (_, _, session) = asked(Action::WorkingDirectory, &["257 \"/a \"\"b\"\"\" is it"]);
    let path = "/a \"b\"".to_owned();
    assert!(session.reported(&Report::Directory { path }));
    let path = argument("new");
    let (_, _, session) = asked(Action::MakeDirectory { path }, &["257 \"/home/new\" made"]);
    let path = "/home/new".to_owned();
    assert!(session.reported(&Report::Directory { path }));
}

#[test]
fn up_is_cdup_or_what_means_the_same() {
    let up = || Action::ChangeDirectory { path: argument("..") };
    assert_eq!(asked(up(), &["250 up"]).0, "CDUP\r\n");
    assert_eq!(asked(up(), &["200 up"]).1, Outcome::Done);
    assert_eq!(asked(up(), &["550 no"]).1, denied(550, "no"));
    for code in [500, 502] {
        let (said, outcome, session) = asked(up(), &[&format!("{code} what?"), "250 up"]);
        assert_eq!((said.as_str(), outcome), ("CDUP\r\nCWD ..\r\n", Outcome::Done));
        session.quit();
    }
}

#[test]
fn nothing_is_asked_of_a_server_that_does_not_know_us() {
    let mut session = Session::new(config());
    let path = || argument("x");
    let actions = || {
        [
            Action::Names { path: None },
            Action::Inspect { path: path() },
            Action::Delete { path: path() },
            Action::Rename {
                from: path(),
                to: path(),
            },
            Action::MakeDirectory { path: path() },
            Action::RemoveDirectory { path: path() },
            Action::WorkingDirectory,
            Action::ChangeDirectory { path: argument("..") },
        ]
    };
    for what in actions() {
        let action = session.act(what);
        assert_eq!(session.outcomes(), [(action, refused(Misuse::NotConnected))]);
    }
    let action = session.act(Action::Features);
    assert_eq!(session.outcomes(), [(action, refused(Misuse::NotConnected))]);
    session.connect();
    session.reply("220 ready");
    session.outcomes();
    for what in actions() {
        let action = session.act(what);
        assert_eq!(session.outcomes(), [(action, refused(Misuse::NotLoggedIn))]);
    }
    assert_eq!(session.said(), "");
    session.act(Action::Features);
    assert_eq!(session.said(), "FEAT\r\n", "anybody may ask this");
}

#[test]
fn features_are_believed() {
    let (said, outcome, mut session) = asked(
        Action::Features,
        &["211-I have\n SIZE\n MLST type*;size*;\n\n utf8\n211 end"],
    );
    assert_eq!((said.as_str(), outcome), ("FEAT\r\n", Outcome::Done));
    let features = ["SIZE", "MLST type*;size*;", "UTF8"].map(str::to_owned).to_vec();
    assert!(session.reported(&Report::Features { features }));
    session.act(list());
    session.reply("200 text");
    session.reply("227 (192,0,2,1,234,96)");
    session.data_connected(DATA, 60_000);
    assert_eq!(session.said(), "TYPE A\r\nPASV\r\nMLSD\r\n");
}

#[test]
fn a_server_without_features_is_no_failure() {
    for reply in ["500 what?", "502 what?", "211 none"] {
        let (_, outcome, session) = asked(Action::Features, &[reply]);
        assert_eq!(outcome, Outcome::Done);
        let features = Vec::new();
        assert!(session.reported(&Report::Features { features }), "{reply}");
        session.quit();
    }
    assert_eq!(asked(Action::Features, &["530 log in"]).1, denied(530, "log in"));
    assert_eq!(asked(Action::Features, &["350 and?"]).1, unexpected(350, "and?"));
}

#[test]
fn only_so_many_features_are_told() {
    let many = "\n X".repeat(300);
    let (_, outcome, session) = asked(
        Action::Features,
        &[&format!("211-all{many}\n {}\n211 end", "y".repeat(500))],
    );
    assert_eq!(outcome, Outcome::Done);
    let features = vec!["X".to_owned(); 100];
    assert!(session.reported(&Report::Features { features }));
    let (_, _, session) = asked(Action::Features, &[&format!("211-all\n {}\n211 end", "y".repeat(500))]);
    let features = vec!["Y".repeat(200)];
    assert!(session.reported(&Report::Features { features }));
}

fn inspect() -> Action {
    Action::Inspect { path: argument("x") }
}

fn facts(path_kind: Option<PathKind>, size: Option<u64>, modified: Option<u64>) -> Report {
    let path = "x".to_owned();
    Report::Facts {
        path,
        path_kind,
        size,
        modified,
    }
}

#[test]
fn facts_come_from_mlst() {
    let reply = "250-here\n type=file;size=12;modify=19700101000100; /x\n250 end";
    let (said, outcome, session) = asked(inspect(), &[reply]);
    assert_eq!((said.as_str(), outcome), ("MLST x\r\n", Outcome::Done));
    assert!(session.reported(&facts(Some(PathKind::File), Some(12), Some(60))));
    session.quit();
    for (kind, told) in [
        ("dir", PathKind::Directory),
        ("cdir", PathKind::Directory),
        ("OS.unix=slink", PathKind::Other),
    ] {
        let (_, _, session) = asked(inspect(), &[&format!("250-here\n Type={kind}; x\n250 end")]);
        assert!(session.reported(&facts(Some(told), None, None)), "{kind}");
    }
    assert_eq!(asked(inspect(), &["550 no such"]).1, denied(550, "no such"));
    assert_eq!(asked(inspect(), &["250 fine"]).1, malformed("250 fine"));
    let odd = "250-here\n size=many; x\n250 end";
    assert_eq!(asked(inspect(), &[odd]).1, malformed("250 here  size=many; x end"));
}

#[test]
fn without_mlst_size_and_time_are_asked_for() {
    let (said, outcome, session) = asked(inspect(), &["500 what?", "200 image", "213 12", "213 19700101000100.5"]);
    assert_eq!(said, "MLST x\r\nTYPE I\r\nSIZE x\r\nMDTM x\r\n");
    assert_eq!(outcome, Outcome::Done);
    assert!(session.reported(&facts(None, Some(12), Some(60))));
    // It is not asked for again.
    let (said, outcome, session) = asked_in(session, inspect(), &["502 no", "213 19691231235959"]);
    assert_eq!((said.as_str(), outcome), ("SIZE x\r\nMDTM x\r\n", Outcome::Done));
    assert!(session.reported(&facts(None, None, None)), "a time before all times");
    let (_, outcome, session) = asked_in(session, inspect(), &["213 7", "502 no"]);
    assert_eq!(outcome, Outcome::Done);
    assert!(session.reported(&facts(None, Some(7), None)));
    for (replies, ended) in [
        (&["550 no such"][..], denied(550, "no such")),
        (&["502 no", "550 no such"], denied(550, "no such")),
        (&["213 seven"], malformed("213 seven")),
        (&["213 18446744073709551616"], malformed("213 18446744073709551616")),
        (&["350 go on"], unexpected(350, "go on")),
        (&["213 7", "213 yesterday"], malformed("213 yesterday")),
    ] {
        let mut session = Session::logged_in(TransferMode::Passive);
        session.act(inspect());
        session.reply("502 no");
        session.reply("200 image");
        for reply in replies {
            session.reply(reply);
        }
        assert_eq!(session.outcomes(), [(3, ended)], "{replies:?}");
        session.said();
        session.quit();
    }
    // Nor where FEAT has not told of it.
    let (_, _, session) = asked(Action::Features, &["211-have\n SIZE\n211 end"]);
    let (said, _, _) = asked_in(session, inspect(), &["200 image", "550 no"]);
    assert_eq!(said, "TYPE I\r\nSIZE x\r\n");
    assert_eq!(asked(inspect(), &["500 what?", "504 no"]).1, denied(504, "no"));
}

#[test]
fn a_type_is_told_at_once_where_there_is_somebody_to_tell() {
    let ascii = || Action::Type {
        representation: FileType::Ascii,
    };
    let mut session = Session::new(config());
    session.act(ascii());
    assert_eq!(session.outcomes(), [(1, Outcome::Done)]);
    assert_eq!(session.bench.endpoint().config().file_type, FileType::Ascii);

    let (said, outcome, session) = asked(ascii(), &["200 text"]);
    assert_eq!((said.as_str(), outcome), ("TYPE A\r\n", Outcome::Done));
    assert_eq!(session.bench.endpoint().config().file_type, FileType::Ascii);
    let (said, outcome, session) = asked_in(session, ascii(), &[]);
    assert_eq!((said.as_str(), outcome), ("", Outcome::Done), "it knows");
    session.quit();

    let (_, outcome, mut session) = asked(ascii(), &["504 no"]);
    assert_eq!(outcome, denied(504, "no"));
    assert_eq!(session.bench.endpoint().config().file_type, FileType::Image);
    session.act(list());
    assert_eq!(session.said(), "TYPE A\r\n", "a listing asks again");
}

#[test]
fn a_listing_of_names() {
    for (replies, outcome) in [
        (&["150 here"][..], Outcome::Done),
        (&["550 no files"], denied(550, "no files")),
        (&["450 no files"], denied(450, "no files")),
    ] {
        let mut session = Session::logged_in(TransferMode::Passive);
        let path = Some(argument("pub"));
        session.passive(Action::Names { path }, "NLST pub\r\n");
        for reply in replies {
            session.reply(reply);
        }
        if outcome == Outcome::Done {
            session.data(DATA, b"a\r\nb c\r\n");
            session.eof(DATA);
            session.reply("226 done");
            let (lines, form) = (
                vec!["a".to_owned(), "b c".to_owned()],
                portolan_wire::report::ListingForm::Names,
            );
            assert!(session.reported(&Report::Listed { lines, form }));
        } else {
            session.eof(DATA);
        }
        assert_eq!(session.outcomes(), [(3, outcome)]);
        session.quit();
    }
}
