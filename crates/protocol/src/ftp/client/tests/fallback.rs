//! From the extended forms to the plain ones.

use portolan_wire::report::Note;

use super::*;

fn note(from: TransferMode, to: TransferMode, code: u16) -> Report {
    let note = Note::ModeFallback { from, to, code };
    Report::Note { note }
}

#[test]
fn a_refused_epsv_becomes_pasv_for_the_session() {
    for code in [500, 501, 502, 504, 522] {
        let mut session = Session::logged_in(TransferMode::ExtendedPassive);
        session.act(list());
        session.reply("200 text");
        session.reply(&format!("{code} what?"));
        assert_eq!(session.said(), "TYPE A\r\nEPSV\r\nPASV\r\n");
        assert!(session.reported(&note(TransferMode::ExtendedPassive, TransferMode::Passive, code)));
        session.reply("227 (192,0,2,1,234,96)");
        session.data_connected(DATA, 60_000);
        assert_eq!(session.said(), "LIST\r\n");
        session.reply("550 no");
        session.eof(DATA);
        assert_eq!(session.outcomes(), [(3, denied(550, "no"))]);
        session.act(list());
        assert_eq!(session.said(), "PASV\r\n");
        session.reply("425 no");
        assert_eq!(session.outcomes(), [(4, denied(425, "no"))]);
        assert_eq!(session.bench.endpoint().config().mode, TransferMode::ExtendedPassive);
        // Who asks for it again gets it again.
        let mode = TransferMode::ExtendedPassive;
        session.act(Action::Mode { mode });
        session.act(list());
        assert_eq!(session.said(), "EPSV\r\n");
    }
}

#[test]
fn a_refused_eprt_becomes_port_on_the_same_listener() {
    for code in [500, 501, 502, 504, 522] {
        let mut session = Session::logged_in(TransferMode::ExtendedActive);
        session.act(list());
        session.reply("200 text");
        let local = "198.51.100.7:45678".parse().unwrap();
        let listener = LISTENER;
        session.give(Input::Listening { listener, local });
        session.reply(&format!("{code} what?"));
        assert_eq!(
            session.said(),
            "TYPE A\r\nEPRT |1|198.51.100.7|45678|\r\nPORT 198,51,100,7,178,110\r\n"
        );
        assert!(session.reported(&note(TransferMode::ExtendedActive, TransferMode::Active, code)));
        let (sent, mode, address) = (true, TransferMode::Active, local);
        assert!(session.reported(&Report::Announced { sent, mode, address }));
        session.reply("200 noted");
        assert_eq!(session.said(), "LIST\r\n");
        session.reply("150 here");
        session.accepted(CALLED, "192.0.2.1:20");
        session.eof(CALLED);
        session.reply("226 done");
        assert_eq!(session.outcomes(), [(3, Outcome::Done)]);
        session.quit();
    }
}

#[test]
fn what_is_refused_twice_is_denied() {
    let mut session = Session::logged_in(TransferMode::ExtendedPassive);
    session.act(list());
    session.reply("200 text");
    session.reply("500 what?");
    session.reply("500 what?");
    assert_eq!(session.outcomes(), [(3, denied(500, "what?"))]);
    session.said();
    session.quit();
    let mut session = Session::logged_in(TransferMode::ExtendedActive);
    session.act(list());
    session.reply("200 text");
    let local = "198.51.100.7:45678".parse().unwrap();
    let listener = LISTENER;
    session.give(Input::Listening { listener, local });
    session.reply("500 what?");
    session.reply("500 what?");
    assert_eq!(session.outcomes(), [(3, denied(500, "what?"))]);
    assert!(session.has(&Output::StopListening { listener }));
    session.said();
    session.quit();
}

#[test]
fn other_reasons_and_other_wishes_deny() {
    for (mode, fall_back, reply) in [
        (TransferMode::ExtendedPassive, true, "425 no ports left"),
        (TransferMode::ExtendedPassive, true, "530 log in"),
        (TransferMode::ExtendedPassive, false, "500 what?"),
    ] {
        let mut session = Session::logged_in_with(Config {
            mode,
            fall_back,
            ..config()
        });
        session.act(list());
        session.reply("200 text");
        session.reply(reply);
        let (code, text) = reply.split_once(' ').unwrap();
        assert_eq!(session.outcomes(), [(3, denied(code.parse().unwrap(), text))]);
        session.said();
        session.quit();
    }
}

#[test]
fn ipv6_has_no_plain_form() {
    for mode in [TransferMode::ExtendedPassive, TransferMode::ExtendedActive] {
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
        session.act(list());
        session.reply("200 text");
        if mode.is_active() {
            let local = "[2001:db8::7]:45678".parse().unwrap();
            let listener = LISTENER;
            session.give(Input::Listening { listener, local });
        }
        session.reply("522 use (1)");
        assert_eq!(session.outcomes()[2..], [(3, denied(522, "use (1)"))]);
        session.said();
        session.quit();
    }
}
