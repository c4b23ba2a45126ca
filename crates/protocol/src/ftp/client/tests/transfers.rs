//! Listings, downloads, uploads: the four modes, and every race of two connections.

use portolan_wire::report::{Note, Purpose, TransferKind};

use super::*;
use crate::endpoint::FromPort;
use crate::ftp::client::PassiveAddress;

#[test]
fn a_passive_download_in_the_usual_order() {
    let mut session = Session::logged_in(TransferMode::Passive);
    session.act(get("/pub/notes.txt"));
    assert_eq!(session.said(), "TYPE I\r\n");
    session.reply("200 type set");
    assert_eq!(session.said(), "PASV\r\n");
    session.reply("227 Entering Passive Mode (192,0,2,1,234,96)");
    assert!(session.has(&Output::Connect {
        conn: DATA,
        purpose: Purpose::Data,
        from_port: FromPort::Any,
        to: "192.0.2.1:60000".parse().unwrap(),
    }));
    assert_eq!(session.said(), "", "the verb waits for the connection");
    session.data_connected(DATA, 60_000);
    assert_eq!(session.said(), "RETR /pub/notes.txt\r\n");
    session.reply("150 here it comes");
    session.data(DATA, b"hello");
    assert_eq!(session.file("/local/notes.txt"), None);
    session.eof(DATA);
    assert!(session.has(&Output::Shutdown { conn: DATA }));
    assert!(session.reported(&done(5)));
    assert_eq!(session.outcomes(), []);
    session.reply("226 done");
    assert_eq!(session.outcomes(), [(3, Outcome::Done)]);
    assert_eq!(session.file("/local/notes.txt").unwrap(), b"hello");
    session.quit();
}

#[test]
fn replies_and_data_race_and_the_file_is_the_same() {
    // '1' and '2' are the 150 and the 226, 'd' is data, 'f' its end.
    for order in ["1df2", "1d2f", "12df", "d1f2", "df12", "d12f", "2df", "d2f", "df2"] {
        let mut session = Session::logged_in(TransferMode::Passive);
        session.passive(get("notes.txt"), "RETR notes.txt\r\n");
        for step in order.chars() {
            assert_eq!(session.outcomes(), [], "{order} at {step}");
            match step {
                '1' => session.reply("150 here it comes"),
                '2' => session.reply("226 done"),
                'd' => session.data(DATA, b"hello"),
                _ => session.eof(DATA),
            }
        }
        assert_eq!(session.outcomes(), [(3, Outcome::Done)], "{order}");
        assert_eq!(session.file("/local/notes.txt").unwrap(), b"hello", "{order}");
        session.quit();
    }
}

#[test]
fn an_empty_file_is_a_file() {
    for order in ["1f2", "f12", "12f", "f2", "2f"] {
        let mut session = Session::logged_in(TransferMode::Passive);
        session.passive(get("nothing"), "RETR nothing\r\n");
        for step in order.chars() {
            match step {
                '1' => session.reply("150 here it comes"),
                '2' => session.reply("226 done"),
                _ => session.eof(DATA),
            }
        }
        assert_eq!(session.outcomes(), [(3, Outcome::Done)], "{order}");
        assert_eq!(session.file("/local/nothing").unwrap(), b"", "{order}");
        session.quit();
    }
}

#[test]
fn a_listing_is_text_and_reported_line_by_line() {
    let mut session = Session::logged_in(TransferMode::Passive);
    let path = Some(argument("pub"));
    session.act(Action::List { path });
    assert_eq!(session.said(), "TYPE A\r\n");
    session.reply("200 text");
    session.reply("227 (192,0,2,1,234,96)");
    session.data_connected(DATA, 60_000);
    assert_eq!(session.said(), "PASV\r\nLIST pub\r\n");
    session.reply("150 here it comes");
    session.data(DATA, b"-rw-r--r-- 1 ftp ftp 5 Jan  1 00:00 a\r\nto");
    session.data(DATA, b"tal 2");
    session.eof(DATA);
    session.reply("226 done");
    let lines = vec!["-rw-r--r-- 1 ftp ftp 5 Jan  1 00:00 a".to_owned(), "total 2".to_owned()];
    assert!(session.reported(&Report::Listed {
        lines,
        form: portolan_wire::report::ListingForm::Lines
    }));
    let (kind, path, size) = (TransferKind::Listing, "pub".to_owned(), None);
    assert!(session.reported(&Report::Transfer {
        kind,
        path,
        size,
        offset: 0
    }));
    assert!(session.reported(&done(46)));
    assert_eq!(session.outcomes(), [(3, Outcome::Done)]);
    session.quit();
}

#[test]
fn a_long_listing_comes_in_portions_and_a_monstrous_line_is_left_out() {
    let mut session = Session::logged_in(TransferMode::Passive);
    session.passive(list(), "LIST\r\n");
    session.reply("150 here it comes");
    let mut bytes = Vec::new();
    for number in 0..200 {
        bytes.extend_from_slice(format!("{number}\r\n").as_bytes());
    }
    bytes.extend_from_slice(&[b'x'; 100_000]);
    bytes.extend_from_slice(b"\r\nlast");
    session.data(DATA, &bytes);
    session.eof(DATA);
    session.reply("226 done");
    let mut lines = Vec::new();
    for (_, report) in &session.log {
        if let Report::Listed { lines: more, form: _ } = report {
            assert!((1..=64).contains(&more.len()));
            lines.extend(more.iter().cloned());
        }
    }
    let wanted: Vec<_> = (0..200)
        .map(|number| number.to_string())
        .chain(["last".to_owned()])
        .collect();
    assert_eq!(lines, wanted);
    session.quit();
}

#[test]
fn the_type_is_told_when_it_changes_and_not_else() {
    let mut session = Session::logged_in_with(Config {
        mode: TransferMode::ExtendedPassive,
        fall_back: false,
        ..config()
    });
    session.act(list());
    session.act(get("a"));
    session.act(get("b"));
    assert_eq!(session.said(), "TYPE A\r\n");
    session.reply("200 text");
    assert_eq!(session.said(), "EPSV\r\n");
    session.reply("502 no");
    assert_eq!(session.said(), "TYPE I\r\n");
    session.reply("200 image");
    assert_eq!(session.said(), "EPSV\r\n");
    session.reply("502 no");
    assert_eq!(session.said(), "EPSV\r\n");
    session.reply("229 ok (|||60000|)");
    session.data_connected(DATA, 60_000);
    session.reply("550 no");
    session.eof(DATA);
    assert_eq!(
        session.outcomes(),
        [(3, denied(502, "no")), (4, denied(502, "no")), (5, denied(550, "no"))]
    );
    session.said();
    session.quit();
}

#[test]
fn a_passive_upload() {
    let mut session = Session::logged_in(TransferMode::Passive);
    session.passive(put("small.txt"), "STOR small.txt\r\n");
    let (kind, path, size) = (TransferKind::Upload, "small.txt".to_owned(), Some(13));
    assert!(session.reported(&Report::Transfer {
        kind,
        path,
        size,
        offset: 0
    }));
    session.grant(DATA, 5);
    assert_eq!(session.bench.take_sent(DATA), b"", "nothing goes before the 150");
    session.reply("150 send it");
    assert_eq!(session.bench.take_sent(DATA), b"a sma");
    session.grant(DATA, 100);
    assert_eq!(session.bench.take_sent(DATA), b"ll file\n");
    assert!(
        session.has(&Output::Shutdown { conn: DATA }),
        "the sender ends the file"
    );
    assert!(session.reported(&done(13)));
    assert_eq!(session.outcomes(), []);
    session.reply("226 done");
    assert_eq!(session.outcomes(), [(3, Outcome::Done)]);
    session.eof(DATA);
    session.quit();
}

#[test]
fn an_upload_of_nothing_and_one_under_another_name() {
    let mut session = Session::logged_in(TransferMode::Passive);
    let what = Action::Put {
        local: argument("empty"),
        remote: Some(argument("/incoming/none")),
        how: portolan_wire::action::PutHow::Replace,
    };
    session.passive(what, "STOR /incoming/none\r\n");
    session.reply("125 already open");
    assert!(session.has(&Output::Shutdown { conn: DATA }));
    session.eof(DATA);
    session.reply("226 done");
    assert_eq!(session.outcomes(), [(3, Outcome::Done)]);
    session.quit();
}

#[test]
fn an_address_that_is_not_the_servers_is_named_and_not_dialled() {
    let told = "10.0.0.5:60000".parse().unwrap();
    let used = "192.0.2.1:60000".parse().unwrap();
    for (policy, dialled) in [
        (PassiveAddress::Control, used),
        (PassiveAddress::AsTold, told),
        (PassiveAddress::IfUnroutable, used),
    ] {
        let mut session = Session::logged_in_with(Config {
            passive_address: policy,
            ..config()
        });
        session.act(list());
        session.reply("200 type set");
        session.reply("227 =10,0,0,5,234,96");
        assert!(session.has(&Output::Connect {
            conn: DATA,
            purpose: Purpose::Data,
            from_port: FromPort::Any,
            to: dialled,
        }));
        let note = Note::PassiveAddressIgnored { told, used };
        assert_eq!(session.reported(&Report::Note { note }), dialled == used);
        let (sent, mode, address) = (false, TransferMode::Passive, told);
        assert!(session.reported(&Report::Announced { sent, mode, address }));
    }
}

#[test]
fn a_mode_action_changes_the_mode() {
    let mut session = Session::logged_in(TransferMode::Passive);
    let mode = TransferMode::ExtendedPassive;
    session.act(Action::Mode { mode });
    assert_eq!(session.outcomes(), [(3, Outcome::Done)]);
    assert_eq!(session.bench.endpoint().config().mode, mode);
    session.act(list());
    session.reply("200 text");
    assert_eq!(session.said(), "TYPE A\r\nEPSV\r\n");
}

#[test]
fn an_address_that_needs_a_scope_keeps_it() {
    let mut session = Session::new(Config {
        mode: TransferMode::ExtendedPassive,
        ..Config::new("[fe80::1%3]:21".parse().unwrap())
    });
    session.act(Action::Connect { host: None, port: None });
    session.give(Input::Connected {
        conn: CONTROL,
        local: "[fe80::7%3]:40000".parse().unwrap(),
        peer: "[fe80::1%3]:21".parse().unwrap(),
    });
    session.grant(CONTROL, PLENTY);
    session.reply("220 ready");
    session.act(log_in());
    session.reply("230 welcome");
    session.act(list());
    session.reply("200 type set");
    session.reply("229 (|||60000|)");
    assert!(session.has(&Output::Connect {
        conn: DATA,
        purpose: Purpose::Data,
        from_port: FromPort::Any,
        to: "[fe80::1%3]:60000".parse().unwrap(),
    }));
}
