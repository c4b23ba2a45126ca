//! Active mode: the client listens, the server calls.

use portolan_wire::report::{ListenError, Misuse, Note, Purpose, Trouble};

use super::*;
use crate::endpoint::{FromPort, Ports};

#[test]
fn an_active_download() {
    let ports = Ports::Range {
        first: 50_000,
        last: 50_100,
    };
    let mut session = Session::logged_in_with(Config {
        mode: TransferMode::Active,
        active_ports: ports,
        ..config()
    });
    session.active(get("notes.txt"), "RETR notes.txt\r\n");
    let address = "198.51.100.7".parse().unwrap();
    assert!(session.has(&Output::Listen {
        listener: LISTENER,
        purpose: Purpose::Data,
        address,
        ports,
    }));
    assert!(session.reported(&Report::Announced {
        sent: true,
        mode: TransferMode::Active,
        address: "198.51.100.7:45678".parse().unwrap(),
    }));
    session.reply("150 here it comes");
    session.accepted(CALLED, "192.0.2.1:20");
    assert!(session.has(&Output::StopListening { listener: LISTENER }));
    session.data(CALLED, b"hello");
    session.eof(CALLED);
    session.reply("226 done");
    assert_eq!(session.outcomes(), [(3, Outcome::Done)]);
    assert_eq!(session.file("/local/notes.txt").unwrap(), b"hello");
    session.quit();
}

#[test]
fn an_active_call_may_come_before_or_after_every_reply() {
    for order in ["a1df2", "1a2df", "12adf", "adf12", "a2df", "2adf"] {
        let mut session = Session::logged_in(TransferMode::Active);
        session.active(get("notes.txt"), "RETR notes.txt\r\n");
        for step in order.chars() {
            assert_eq!(session.outcomes(), [], "{order} at {step}");
            match step {
                'a' => session.accepted(CALLED, "192.0.2.1:20"),
                '1' => session.reply("150 here it comes"),
                '2' => session.reply("226 done"),
                'd' => session.data(CALLED, b"hello"),
                _ => session.eof(CALLED),
            }
        }
        assert_eq!(session.outcomes(), [(3, Outcome::Done)], "{order}");
        assert_eq!(session.file("/local/notes.txt").unwrap(), b"hello", "{order}");
        session.quit();
    }
}

#[test]
fn an_active_upload_and_a_listing_over_eprt() {
    let mut session = Session::logged_in(TransferMode::ExtendedActive);
    session.act(put("small.txt"));
    session.reply("200 type set");
    let local = "198.51.100.7:45678".parse().unwrap();
    session.give(Input::Listening {
        listener: LISTENER,
        local,
    });
    assert_eq!(session.said(), "TYPE I\r\nEPRT |1|198.51.100.7|45678|\r\n");
    session.reply("200 port noted");
    session.accepted(CALLED, "192.0.2.1:20");
    session.grant(CALLED, 100);
    session.reply("150 send it");
    assert_eq!(session.bench.take_sent(CALLED), b"a small file\n");
    session.eof(CALLED);
    session.reply("226 done");
    assert_eq!(session.outcomes(), [(3, Outcome::Done)]);
    session.said();
    session.quit();
}

#[test]
fn a_stranger_is_turned_away_and_uses_nothing_up() {
    let mut session = Session::logged_in(TransferMode::Active);
    session.active(get("notes.txt"), "RETR notes.txt\r\n");
    session.accepted(ConnId::accepted(0), "203.0.113.66:20");
    let peer = "203.0.113.66:20".parse().unwrap();
    let note = Note::StrangerRefused { peer };
    assert!(session.reported(&Report::Note { note }));
    assert!(session.has(&Output::Abort { conn: CALLED }));
    assert!(!session.has(&Output::StopListening { listener: LISTENER }));
    let friend = ConnId::accepted(1);
    session.accepted(friend, "192.0.2.1:20");
    session.accepted(ConnId::accepted(2), "192.0.2.1:20");
    let conn = ConnId::accepted(2);
    assert!(session.has(&Output::Abort { conn }), "the second call is of no use");
    session.reply("150 here it comes");
    session.eof(friend);
    session.reply("226 done");
    assert_eq!(session.outcomes(), [(3, Outcome::Done)]);
    session.accepted(ConnId::accepted(3), "192.0.2.1:20");
    let conn = ConnId::accepted(3);
    assert!(session.has(&Output::Abort { conn }), "nobody waits for a call");
    session.quit();
}

#[test]
fn a_server_that_cannot_call_says_425() {
    let mut session = Session::logged_in(TransferMode::Active);
    session.active(list(), "LIST\r\n");
    session.pass(75);
    assert_eq!(session.outcomes(), [], "vsftpd tries for a minute before it says so");
    session.reply("425 your firewall swallows my SYN");
    assert_eq!(session.outcomes(), [(3, denied(425, "your firewall swallows my SYN"))]);
    assert!(session.has(&Output::StopListening { listener: LISTENER }));
    session.quit();
}

#[test]
fn a_call_that_was_promised_and_never_comes() {
    let mut session = Session::logged_in(TransferMode::Active);
    session.active(list(), "LIST\r\n");
    session.reply("150 calling you");
    session.pass(60);
    assert_eq!(session.said(), "ABOR\r\n");
    session.reply("426 so be it\n226 aborted");
    assert_eq!(session.outcomes(), [(3, failed(Trouble::DataNotCalled))]);
    session.quit();
}

#[test]
fn a_port_that_cannot_be_had_or_announced() {
    let mut session = Session::logged_in(TransferMode::Active);
    session.act(put("small.txt"));
    session.reply("200 type set");
    let why = ListenError::Exhausted;
    session.give(Input::ListenFailed {
        listener: LISTENER,
        why,
    });
    assert_eq!(session.outcomes(), [(3, failed(Trouble::Listen { why }))]);
    session.act(put("small.txt"));
    session.give(Input::Listening {
        listener: ListenerId(1),
        local: "198.51.100.7:45678".parse().unwrap(),
    });
    session.reply("500 Illegal PORT command");
    assert_eq!(session.outcomes(), [(4, denied(500, "Illegal PORT command"))]);
    session.said();
    session.quit();
}

#[test]
fn the_announced_address_can_be_a_forwarding_routers() {
    let mut session = Session::logged_in_with(Config {
        mode: TransferMode::Active,
        active_address: Some("203.0.113.1".parse().unwrap()),
        ..config()
    });
    session.act(list());
    session.reply("200 type set");
    session.give(Input::Listening {
        listener: LISTENER,
        local: "198.51.100.7:45678".parse().unwrap(),
    });
    assert_eq!(session.said(), "TYPE A\r\nPORT 203,0,113,1,178,110\r\n");
}

#[test]
fn ipv6_has_no_pasv_and_no_port() {
    for mode in TransferMode::ALL {
        let mut session = Session::new(Config {
            mode,
            ..Config::new("[2001:db8::1]:21".parse().unwrap())
        });
        session.act(Action::Connect { host: None, port: None });
        session.give(Input::Connected {
            conn: CONTROL,
            local: "[2001:db8::7]:40000".parse().unwrap(),
            peer: "[2001:db8::1]:21".parse().unwrap(),
        });
        session.grant(CONTROL, PLENTY);
        session.reply("220 ready");
        session.act(log_in());
        session.reply("230 welcome");
        session.said();
        session.act(list());
        session.reply("200 type set");
        let listener = LISTENER;
        let local = "[2001:db8::7]:45678".parse().unwrap();
        match mode {
            TransferMode::Active | TransferMode::Passive => {
                let why = Misuse::WrongAddressFamily;
                assert_eq!(session.outcomes().last(), Some(&(3, Outcome::Refused { why })));
                assert_eq!(session.said(), "");
            }
            TransferMode::ExtendedActive => {
                session.give(Input::Listening { listener, local });
                assert_eq!(session.said(), "TYPE A\r\nEPRT |2|2001:db8::7|45678|\r\n");
            }
            TransferMode::ExtendedPassive => {
                assert_eq!(session.said(), "TYPE A\r\nEPSV\r\n");
                session.reply("229 (|||60000|)");
                assert!(session.has(&Output::Connect {
                    conn: DATA,
                    purpose: Purpose::Data,
                    from_port: FromPort::Any,
                    to: "[2001:db8::1]:60000".parse().unwrap(),
                }));
            }
        }
    }
}
