//! How data connections come about: who listens, who calls, who may not.

use portolan_wire::action::TransferMode;
use portolan_wire::report::{ConnectError, ListenError, TransferKind};

use super::*;
use crate::endpoint::Ports;
use crate::ftp::server::ActiveFrom;

fn announced(sent: bool, mode: TransferMode, told: &str) -> Output {
    let (conn, address) = (Some(CONTROL), address(told));
    let report = Report::Announced { sent, mode, address };
    Output::Event { conn, report }
}

#[test]
fn a_227_is_said_when_the_port_is_known_and_not_before() {
    let mut s = Script::logged_in();
    s.command("PASV");
    s.expect_silence();
    let asked = s.outputs.iter().find_map(|output| match output {
        Output::Listen { address, ports, .. } => Some((address.to_string(), *ports)),
        _ => None,
    });
    let (first, last) = (60_000, 65_535);
    assert_eq!(asked, Some(("192.0.2.10".to_owned(), Ports::Range { first, last })));
    s.listening(60_123);
    assert!(s.expect_reply(227).text().contains("(192,0,2,10,234,219)"));
    s.expect(&announced(true, TransferMode::Passive, "192.0.2.10:60123"));

    s.command("EPSV");
    s.expect_silence();
    s.listening(60_124);
    assert!(s.expect_reply(229).text().contains("(|||60124|)"));
    s.expect(&announced(true, TransferMode::ExtendedPassive, "192.0.2.10:60124"));
    s.command("EPSV 1");
    s.listening(60_125);
    s.expect_reply(229);
    s.quit();
}

#[test]
fn a_port_that_cannot_be_had_is_a_425() {
    let mut s = Script::logged_in();
    s.command("PASV");
    let listener = s.bench.contract().opening_listeners().next().unwrap();
    let why = ListenError::Exhausted;
    s.give(Input::ListenFailed { listener, why });
    s.expect_reply(425);
    s.expect_trouble(CONTROL, Trouble::Listen { why });
    s.command("LIST");
    s.expect_reply(425);
    s.quit();
}

#[test]
fn a_server_behind_a_nat_tells_the_address_it_was_told() {
    let config = Config {
        passive_address: Some("203.0.113.5".parse().unwrap()),
        ..config()
    };
    let mut s = Script::with(config);
    s.log_in();
    s.command("PASV");
    s.listening(60_123);
    assert!(s.expect_reply(227).text().contains("(203,0,113,5,234,219)"));
    s.expect(&announced(true, TransferMode::Passive, "203.0.113.5:60123"));
}

#[test]
fn a_second_pasv_closes_the_first_listener() {
    let mut s = Script::logged_in();
    let first = s.passive();
    let second = s.passive();
    s.expect(&Output::StopListening { listener: first });
    // A call to the first was on its way.
    let late = s.call(first);
    s.expect(&Output::Abort { conn: late });
    let conn = s.call(second);
    s.expect(&Output::StopListening { listener: second });
    // A third PASV closes a connection that was never used, in order.
    s.passive();
    s.expect(&Output::Shutdown { conn });
    s.end(conn);
    s.quit();
}

#[test]
fn a_stranger_is_turned_away_and_uses_nothing_up() {
    let mut s = Script::logged_in();
    let listener = s.passive();
    let stranger = s.call_from(listener, "203.0.113.66:40000");
    s.expect_note(
        stranger,
        Note::StrangerRefused {
            peer: address("203.0.113.66:40000"),
        },
    );
    s.expect(&Output::Abort { conn: stranger });
    assert!(s.bench.contract().is_listening(listener));
    s.command("RETR readme.txt");
    s.expect_reply(150);
    s.call_from(listener, "203.0.113.66:40001");
    let conn = s.call(listener);
    assert!(!s.bench.contract().is_listening(listener));
    s.writable(conn, 99);
    assert_eq!(s.sent(conn), b"hello\nworld\n");
    s.expect_reply(226);
    // The listener is closed, but a second caller may have come before that was known.
    let second = s.call(listener);
    s.expect(&Output::Abort { conn: second });
    s.end(conn);
    s.quit();
}

#[test]
fn a_call_that_comes_before_the_command_is_kept() {
    let mut s = Script::logged_in();
    let conn = s.passive_and_called();
    s.expect_silence();
    s.command("RETR readme.txt");
    s.expect_reply(125);
    s.writable(conn, 99);
    s.expect_reply(226);

    // Kept, and lost before it was used.
    let conn = s.passive_and_called();
    s.reset(conn);
    s.command("RETR readme.txt");
    s.expect_reply(425);
    s.quit();
}

#[test]
fn a_refused_command_leaves_the_port_for_the_next() {
    let mut s = Script::logged_in();
    let listener = s.passive();
    s.command("RETR nothing");
    s.expect_reply(550);
    s.command("RETR readme.txt");
    s.expect_reply(150);
    let conn = s.call(listener);
    s.writable(conn, 99);
    s.expect_reply(226);
    s.command("RETR readme.txt");
    s.expect_reply(425);
    s.quit();
}

#[test]
fn nobody_calls() {
    let mut s = Script::logged_in();
    let listener = s.passive();
    s.command("RETR readme.txt");
    s.expect_reply(150);
    s.pass(Duration::from_secs(29));
    s.expect_silence();
    s.pass(Duration::from_secs(1));
    s.expect_reply(425);
    s.expect_trouble(CONTROL, Trouble::DataNotCalled);
    s.expect(&Output::StopListening { listener });
    assert_eq!(s.bench.tree().open_files(), 0);
    s.quit();
}

#[test]
fn active_the_server_calls_from_beside_its_port_when_the_command_comes() {
    for (command, mode) in [
        ("PORT 198,51,100,7,156,64", TransferMode::Active),
        ("EPRT |1|198.51.100.7|40000|", TransferMode::ExtendedActive),
    ] {
        let mut s = Script::logged_in();
        s.command(command);
        s.expect_reply(200);
        s.expect(&announced(false, mode, "198.51.100.7:40000"));
        assert_eq!(s.bench.contract().opening_conns().count(), 0, "not when PORT comes");
        s.command("RETR readme.txt");
        s.expect_reply(150);
        let (conn, from_port, to) = s.calling();
        assert_eq!((from_port, to), (FromPort::Exactly(20), address("198.51.100.7:40000")));
        s.connected(conn);
        s.writable(conn, 99);
        assert_eq!(s.sent(conn), b"hello\nworld\n");
        s.expect_reply(226);
        // One address, one transfer.
        s.command("RETR readme.txt");
        s.expect_reply(425);
        s.quit();
    }
}

#[test]
fn without_privilege_it_calls_from_any_port() {
    let mut s = Script::logged_in();
    s.command("PORT 198,51,100,7,156,64");
    s.command("LIST");
    let (conn, ..) = s.calling();
    let why = ConnectError::LocalPort;
    s.give(Input::ConnectFailed { conn, why });
    s.expect_note(conn, Note::DataPortFallback { wanted: 20 });
    let (second, from_port, to) = s.calling();
    assert_ne!(second, conn);
    assert_eq!((from_port, to), (FromPort::Any, address("198.51.100.7:40000")));
    // And if that fails for the same reason, that is that.
    s.give(Input::ConnectFailed { conn: second, why });
    assert_eq!(s.codes(), [200, 150, 425]);
    s.quit();

    let config = Config {
        active_from: ActiveFrom::Any,
        ..config()
    };
    let mut s = Script::with(config);
    s.log_in();
    s.command("PORT 198,51,100,7,156,64");
    s.command("LIST");
    assert_eq!(s.calling().1, FromPort::Any);
}

#[test]
fn a_client_that_does_not_answer_is_a_425() {
    let mut s = Script::logged_in();
    for why in [
        ConnectError::Refused,
        ConnectError::Unreachable,
        ConnectError::NotAllowed,
    ] {
        s.command("PORT 198,51,100,7,156,64");
        s.command("STOR new");
        let (conn, ..) = s.calling();
        s.give(Input::ConnectFailed { conn, why });
        assert_eq!(s.codes(), [200, 150, 425]);
        s.expect_trouble(conn, Trouble::DataConnect { why });
    }
    s.command("PORT 198,51,100,7,156,64");
    s.command("LIST");
    let (conn, ..) = s.calling();
    s.pass(Duration::from_secs(30));
    assert_eq!(s.codes(), [200, 150, 425]);
    let why = ConnectError::TimedOut;
    s.expect_trouble(conn, Trouble::DataConnect { why });
    s.expect(&Output::Abort { conn });
    // The answer was on its way.
    s.connected(conn);
    s.quit();
}

#[test]
fn a_thousand_strangers_use_nothing_up() {
    let mut s = Script::logged_in();
    let listener = s.passive();
    for number in 0..1_000 {
        let stranger = s.call_from(listener, &format!("203.0.113.66:{}", 40_000 + number));
        assert!(s.has(&Output::Abort { conn: stranger }));
        s.outputs.clear();
    }
    let conn = s.call(listener);
    s.command("RETR readme.txt");
    s.writable(conn, 99);
    assert_eq!(s.sent(conn), b"hello\nworld\n");
    assert_eq!(s.codes(), [125, 226]);
    s.quit();
}

#[test]
fn after_epsv_all_nothing_else_will_do() {
    let mut s = Script::logged_in();
    s.command("EPSV ALL");
    s.expect_reply(200);
    for line in ["PASV", "PORT 198,51,100,7,156,64", "EPRT |1|198.51.100.7|40000|"] {
        s.command(line);
        s.expect_reply(503);
    }
    s.command("EPSV");
    s.listening(60_123);
    s.expect_reply(229);
}

#[test]
fn ipv6_has_the_extended_commands_only() {
    let mut s = Script::over_ipv6();
    s.command("PASV");
    s.expect_reply(522);
    s.command("PORT 198,51,100,7,156,64");
    s.expect_reply(501);
    for line in ["EPRT |1|198.51.100.7|40000|", "EPSV 1"] {
        s.command(line);
        assert!(s.expect_reply(522).text().contains("(2)"));
    }
    s.command("EPSV 2");
    s.listening(60_123);
    s.expect_reply(229);
    s.command("EPRT |2|2001:db8::7|40000|");
    s.expect_reply(200);
    s.command("LIST");
    assert_eq!(s.calling().2, address("[2001:db8::7]:40000"));
}

#[test]
fn an_address_mapped_into_ipv6_is_the_ipv4_one() {
    let (local, peer) = (
        address("[::ffff:192.0.2.10]:21"),
        address("[::ffff:198.51.100.7]:50123"),
    );
    let mut s = Script::start(Bench::new(Server::new(config(), CONTROL, local, peer)).with_tree(files()));
    s.log_in();
    let listener = s.passive();
    let conn = s.call(listener);
    assert!(!s.has(&Output::Abort { conn }));
    s.command("PORT 198,51,100,7,156,64");
    s.expect_reply(200);
}

#[test]
fn reports_come_in_the_order_of_what_they_tell() {
    let mut s = Script::logged_in();
    s.outputs.clear();
    let listener = s.passive();
    s.command("RETR readme.txt");
    let conn = s.call(listener);
    s.writable(conn, 99);
    s.sent(conn);
    let told: Vec<(Option<ConnId>, String)> = s
        .reports()
        .into_iter()
        .map(|(conn, report)| {
            let text = match report {
                Report::Command { sent: false, verb, .. } => verb,
                Report::Reply { sent: true, code, .. } => code.to_string(),
                Report::Transfer {
                    kind,
                    path,
                    size,
                    offset: _,
                } => {
                    assert_eq!((kind, size), (TransferKind::Download, Some(12)));
                    path
                }
                Report::Announced { .. } => "announced".to_owned(),
                Report::Progress { bytes } => format!("progress {bytes}"),
                Report::TransferDone { bytes } => format!("done {bytes}"),
                other => format!("{other:?}"),
            };
            (conn, text)
        })
        .collect();
    let (control, data) = (Some(CONTROL), Some(conn));
    let expected = [
        (control, "PASV"),
        (control, "227"),
        (control, "announced"),
        (control, "RETR"),
        (control, "150"),
        (data, "/readme.txt"),
        (data, "progress 12"),
        (data, "done 12"),
        (control, "226"),
    ];
    assert_eq!(told, expected.map(|(conn, text)| (conn, text.to_owned())));
}
