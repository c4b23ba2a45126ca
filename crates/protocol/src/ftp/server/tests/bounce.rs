//! Whom a server calls when a client announces an address (RFC 2577 section 3).

use portolan_wire::action::TransferMode;

use super::*;
use crate::ftp::server::{ActiveTo, PassiveFrom};

#[test]
fn nobody_else_is_called_and_no_system_port() {
    let mut s = Script::logged_in();
    for (command, told, code) in [
        ("PORT 203,0,113,66,156,64", "203.0.113.66:40000", 501),
        ("PORT 198,51,100,7,0,25", "198.51.100.7:25", 504),
        ("PORT 198,51,100,7,3,255", "198.51.100.7:1023", 504),
        ("EPRT |1|203.0.113.66|40000|", "203.0.113.66:40000", 501),
        ("EPRT |1|198.51.100.7|22|", "198.51.100.7:22", 504),
    ] {
        s.command(command);
        s.expect_reply(code);
        let address = address(told);
        s.expect_note(CONTROL, Note::BounceRefused { address });
        s.command("LIST");
        s.expect_reply(425);
    }
    s.command("PORT 198,51,100,7,4,0");
    s.expect_reply(200);

    let config = Config {
        active_to: ActiveTo::Anyone,
        ..config()
    };
    let mut s = Script::with(config);
    s.log_in();
    s.command("PORT 203,0,113,66,0,25");
    s.command("LIST");
    assert_eq!(s.calling().2, address("203.0.113.66:25"));
}

#[test]
fn a_server_may_be_told_to_serve_two_servers_and_still_calls_no_system_port() {
    let config = Config {
        active_to: ActiveTo::AnyHost,
        passive_from: PassiveFrom::Anyone,
        ..config()
    };
    let mut s = Script::with(config);
    s.log_in();
    s.ask("PORT 203,0,113,66,0,25", 504);
    s.ask("EPRT |1|203.0.113.66|1023|", 504);
    s.ask("PORT 203,0,113,66,156,64", 200);
    s.command("LIST");
    assert_eq!(s.calling().2, address("203.0.113.66:40000"));
    s.command("ABOR");
    assert_eq!(s.codes(), [150, 426, 226]);
    // Whoever comes first has the port.
    let listener = s.passive();
    let conn = s.call_from(listener, "203.0.113.66:40000");
    assert!(!s.bench.contract().is_listening(listener));
    s.command("RETR readme.txt");
    s.writable(conn, 99);
    assert_eq!(s.sent(conn), b"hello\nworld\n");
    s.codes();
    s.quit();
}

#[test]
fn the_unspecified_address_is_the_clients_own() {
    for active_to in [ActiveTo::Peer, ActiveTo::AnyHost, ActiveTo::Anyone] {
        for line in ["PORT 0,0,0,0,156,64", "EPRT |1|0.0.0.0|40000|"] {
            let mut s = Script::with(Config { active_to, ..config() });
            s.log_in();
            s.ask(line, 200);
            s.command("LIST");
            assert_eq!(s.calling().2, address("198.51.100.7:40000"), "{line}");
        }
    }
    let mut s = Script::over_ipv6();
    s.ask("EPRT |2|::|40000|", 200);
    let (sent, mode, address) = (false, TransferMode::ExtendedActive, address("[2001:db8::7]:40000"));
    let (conn, report) = (Some(CONTROL), Report::Announced { sent, mode, address });
    s.expect(&Output::Event { conn, report });
    s.command("LIST");
    assert_eq!(s.calling().2, address);
    // It opens no door that is closed to the client's own address.
    for line in ["PORT 0,0,0,0,0,25", "EPRT |1|0.0.0.0|22|"] {
        Script::logged_in().ask(line, 504);
    }
    Script::over_ipv6().ask("EPRT |2|::|22|", 504);
}
