//! What ends a session that takes too much: each limit names its number, and is noted.

use portolan_wire::report::{Limit, ListenError, LooksLike};
use proptest::prelude::*;

use super::*;
use crate::endpoint::{Patience, Ports};
use crate::ftp::server::{LoginDelay, TurnAway};

#[track_caller]
fn expect_limit(s: &Script, limit: Limit) {
    s.expect_note(CONTROL, Note::LimitReached { limit });
}

#[test]
fn one_session_too_many_is_told_so_instead_of_greeted() {
    for (why, limit, number) in [
        (TurnAway::Sessions(200), Limit::Sessions, "200"),
        (TurnAway::SessionsOfAddress(3), Limit::SessionsOfAddress, "3"),
    ] {
        let turn_away = Some(why);
        let config = Config { turn_away, ..config() };
        let mut bench = Bench::new(server(config)).with_connection(CONTROL);
        bench.give(Input::Begin);
        let (conn, bytes) = (CONTROL, 999);
        bench.give(Input::Writable { conn, bytes });
        let said = String::from_utf8(bench.take_sent(CONTROL)).unwrap();
        assert!(said.starts_with("421 ") && said.contains(number), "{said}");
        let note = Note::LimitReached { limit };
        let (conn, report) = (Some(CONTROL), Report::Note { note });
        assert!(bench.has(&Output::Event { conn, report }));
        assert!(bench.has(&Output::Shutdown { conn: CONTROL }));
        // It goes on talking, and nobody listens.
        bench.say(CONTROL, b"USER ada\r\nPASS secret\r\n");
        bench.end(CONTROL);
        assert_eq!(bench.take_sent(CONTROL), b"");
        bench.contract().assert_over();
    }
}

#[test]
fn so_many_logins_may_fail() {
    for tries in [0, 1, 3] {
        let mut s = Script::with(Config { tries, ..config() });
        for _ in 1..tries {
            s.ask("USER ada", 331);
            s.ask("PASS wrong", 530);
        }
        s.ask("USER ada", 331);
        let text = s.ask("PASS wrong", 421);
        assert!(text.contains(&tries.max(1).to_string()), "{text}");
        expect_limit(&s, Limit::Tries);
        s.command("USER ada");
        s.expect_silence();
        s.end(CONTROL);
        s.expect_over();
    }
}

#[test]
fn neither_a_login_nor_starting_over_begins_the_count_anew() {
    let mut s = Script::with(Config { tries: 3, ..config() });
    for (line, code) in [
        ("USER ada", 331),
        ("PASS wrong", 530),
        ("USER ada", 331),
        ("PASS secret", 230),
        ("REIN", 220),
        ("USER ada", 331),
        ("PASS wrong", 530),
        ("USER ada", 331),
        ("PASS wrong", 421),
    ] {
        s.ask(line, code);
    }
}

#[test]
fn idleness_is_counted_from_command_to_command() {
    let mut s = Script::logged_in();
    // A byte now and then is no command.
    for byte in b"NOOP NOOP" {
        s.say(CONTROL, &[*byte]);
        s.pass(Duration::from_secs(33));
    }
    s.expect_silence();
    s.pass(Duration::from_secs(3));
    let text = s.expect_reply(421).text();
    assert!(text.contains("300 seconds"), "{text}");
    expect_limit(&s, Limit::Idle);
    s.end(CONTROL);
    s.expect_over();

    let patience = Patience {
        idle: Duration::from_millis(1_500),
        ..Patience::default()
    };
    let mut s = Script::with(Config { patience, ..config() });
    s.pass(Duration::from_secs(2));
    assert!(s.expect_reply(421).text().contains("1.500000 seconds"));
}

#[test]
fn a_status_now_and_then_keeps_a_session() {
    let mut s = Script::logged_in();
    s.passive_and_called();
    s.command("RETR pub/big.bin");
    s.expect_reply(125);
    for _ in 0..5 {
        s.pass(Duration::from_secs(200));
        s.ask("STAT", 211);
    }
    s.pass(Duration::from_secs(301));
    s.expect_reply(421);
}

#[test]
fn all_passive_ports_taken_is_a_425_and_the_session_goes_on() {
    for (passive_ports, number) in [
        (
            Ports::Range {
                first: 60_000,
                last: 60_005,
            },
            "6 ports",
        ),
        (Ports::Any, "All ports"),
    ] {
        let mut s = Script::with(Config {
            passive_ports,
            ..config()
        });
        s.log_in();
        for command in ["PASV", "EPSV"] {
            s.command(command);
            let listener = s.bench.contract().opening_listeners().next().unwrap();
            let why = ListenError::Exhausted;
            s.give(Input::ListenFailed { listener, why });
            let text = s.expect_reply(425).text();
            assert!(text.contains(number), "{text}");
            expect_limit(&s, Limit::PassivePorts);
        }
        s.passive();
        s.quit();
    }
}

#[test]
fn a_browser_is_hung_up_on_where_that_is_wanted() {
    let request = b"POST /x HTTP/1.1\r\nHost: a\r\n\r\nUSER ada\r\nPASS secret\r\nDELE readme.txt\r\n";
    let mut s = Script::with(Config {
        hang_up_on_other_protocols: true,
        ..config()
    });
    s.say(CONTROL, request);
    assert_eq!(s.codes(), [421]);
    let looks_like = LooksLike::Http;
    s.expect_note(CONTROL, Note::OtherProtocol { looks_like });
    s.end(CONTROL);
    s.expect_over();
    assert!(s.bench.tree().content(&at("readme.txt")).is_ok());
    // And that is the reason.
    let mut s = Script::new();
    s.say(CONTROL, request);
    assert_eq!(s.codes(), [500, 500, 500, 331, 230, 250]);
}

#[test]
fn a_client_that_speaks_something_else_is_told_what_to_try() {
    let greetings: [(&[u8], LooksLike, &str); 2] = [
        (
            b"\x16\x03\x01\x02\x00\x01\x00\n\r\nUSER ada\r\nPASS secret\r\n",
            LooksLike::Tls,
            "990",
        ),
        (b"SSH-2.0-OpenSSH_9.2\r\nUSER ada\r\n", LooksLike::Ssh, "22"),
    ];
    for (greeting, looks_like, port) in greetings {
        for cut in [1, 3, greeting.len()] {
            let mut s = Script::with(Config {
                hang_up_on_other_protocols: true,
                ..config()
            });
            for piece in greeting.chunks(cut) {
                s.say(CONTROL, piece);
            }
            let text = s.expect_reply(421).text();
            assert!(text.contains(port), "{text}");
            s.expect_silence();
            s.expect_note(CONTROL, Note::OtherProtocol { looks_like });
            s.end(CONTROL);
            s.expect_over();
        }
    }
    // Later such bytes are a client's mistake, and no more.
    let mut s = Script::with(Config {
        hang_up_on_other_protocols: true,
        ..config()
    });
    s.ask("NOOP", 200);
    s.ask("SSH-2.0-OpenSSH_9.2", 500);
    s.quit();
}

/// A session in which logins fail as late as by default.
fn slow() -> Script {
    let login_delay = LoginDelay::default();
    Script::with(Config {
        login_delay,
        ..config()
    })
}

#[test]
fn a_login_that_failed_is_answered_late_and_later_each_time() {
    let mut s = slow();
    for (seconds, code) in [(1, 530), (2, 530), (4, 530), (5, 530), (5, 421)] {
        s.ask("USER ada", 331);
        s.command("PASS wrong");
        s.pass(Duration::from_micros(seconds * 1_000_000 - 1));
        s.expect_silence();
        s.pass(Duration::from_micros(1));
        s.expect_reply(code);
    }
    expect_limit(&s, Limit::Tries);
    s.end(CONTROL);
    s.expect_over();
    // Not one that works.
    let mut s = slow();
    s.ask("USER ada", 331);
    s.ask("PASS secret", 230);
    s.quit();
}

#[test]
fn what_comes_while_a_failure_waits_waits_too() {
    let mut s = slow();
    s.say(
        CONTROL,
        b"USER ada\r\nPASS wrong\r\nUSER ada\r\nPASS secret\r\nABOR\r\nSTAT\r\nQUIT\r\n",
    );
    assert_eq!(s.codes(), [331]);
    s.pass(Duration::from_secs(1));
    assert_eq!(s.codes(), [530, 331, 230, 226, 211, 221]);
    s.end(CONTROL);
    s.expect_over();
}

#[test]
fn a_session_that_ends_while_a_failure_waits_is_over() {
    let mut s = slow();
    s.say(CONTROL, b"USER ada\r\nPASS wrong\r\n");
    s.reset(CONTROL);
    s.expect_over();
    // One that only closed its own side hears it still.
    let mut s = slow();
    s.say(CONTROL, b"USER ada\r\nPASS wrong\r\n");
    s.end(CONTROL);
    assert_eq!(s.codes(), [331]);
    s.pass(Duration::from_secs(1));
    assert_eq!(s.codes(), [530]);
    s.expect_over();
    // And idleness ends that as well.
    let patience = Patience {
        idle: Duration::from_millis(500),
        ..Patience::default()
    };
    let login_delay = LoginDelay::default();
    let mut s = Script::with(Config {
        patience,
        login_delay,
        ..config()
    });
    s.say(CONTROL, b"USER ada\r\nPASS wrong\r\n");
    s.pass(Duration::from_secs(1));
    assert_eq!(s.codes(), [331, 421]);
    s.end(CONTROL);
    s.expect_over();
}

proptest! {
    /// Whatever comes, little is asked for before it is answered, and the session is alive or has said why not.
    #[test]
    fn no_noise_makes_it_hold_much(noise in proptest::collection::vec(any::<u8>(), 0..4_000), lines: bool) {
        let mut s = Script::new();
        let mut noise = noise;
        if lines {
            noise.iter_mut().skip(7).step_by(9).for_each(|byte| *byte = b'\n');
        }
        for piece in noise.chunks(97) {
            s.say(CONTROL, piece);
            s.writable(CONTROL, 9_999);
        }
        // Whatever Telnet subnegotiation is open, is closed.
        s.say(CONTROL, b"\xff\xf0\xff\xf0\r\nNOOP\r\n");
        s.writable(CONTROL, 9_999);
        let codes = s.codes();
        prop_assert!(codes.iter().all(|code| [200, 202, 211, 214, 215, 220, 221, 226, 331, 421, 500, 501, 502, 503, 530].contains(code)), "{codes:?}");
        prop_assert!(codes.ends_with(&[200]) || codes.contains(&221) || codes.contains(&421), "{codes:?}");
    }
}
