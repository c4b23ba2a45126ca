//! The control connection: greeting, login, syntax, order, pipelining, secrets, idleness, the end.

use portolan_wire::ftp::LineSplitter;
use portolan_wire::report::{ConnectError, MASK, Report};
use proptest::prelude::*;

use super::*;
use crate::ftp::server::{Account, Password};

#[test]
fn a_login_and_a_goodbye() {
    let mut s = Script::new();
    s.command("USER ada");
    s.expect_reply(331);
    s.command("PASS secret");
    s.expect_reply(230);
    s.command("SYST");
    assert_eq!(s.expect_reply(215).text(), "UNIX Type: L8");
    s.command("NOOP");
    s.expect_reply(200);
    s.command("QUIT");
    s.expect_reply(221);
    s.expect(&Output::Shutdown { conn: CONTROL });
    s.end(CONTROL);
    s.expect_over();
}

#[test]
fn the_greeting_waits_for_credit_and_is_reported_when_it_is_sent() {
    let config = Config {
        greeting: "Welcome\n331 lines".to_owned(),
        ..config()
    };
    let server = server(config);
    let mut bench = Bench::new(server).with_connection(CONTROL);
    bench.give(Input::Begin);
    assert_eq!(bench.take_sent(CONTROL), b"");
    assert_eq!(bench.take_reports(), []);
    bench.give(Input::Writable {
        conn: CONTROL,
        bytes: 5,
    });
    assert_eq!(bench.take_sent(CONTROL), b"220-W");
    assert_eq!(bench.take_reports(), []);
    bench.give(Input::Writable {
        conn: CONTROL,
        bytes: 99,
    });
    assert_eq!(bench.take_sent(CONTROL), b"elcome\r\n220 331 lines\r\n");
    let lines = vec!["Welcome".to_owned(), "331 lines".to_owned()];
    let (sent, code) = (true, 220);
    assert_eq!(
        bench.take_reports(),
        [(Some(CONTROL), Report::Reply { sent, code, lines })]
    );
}

#[test]
fn nobody_gets_in_with_a_wrong_password_or_learns_a_name() {
    let anonymous = Account {
        user: "anonymous".to_owned(),
        password: Password::Any,
        account: None,
    };
    let mut config = Config { tries: 99, ..config() };
    config.accounts.push(anonymous);
    let mut s = Script::with(config);
    for (user, password, code) in [
        ("ada", "wrong!", 530),
        ("ada", "secre", 530),
        ("ada", "secrets", 530),
        ("ada", "", 530),
        ("nobody", "secret", 530),
        ("anonymous", "", 230),
        ("anonymous", "me@example.net", 230),
        ("ada", "secret", 230),
    ] {
        s.command(&format!("USER {user}"));
        s.expect_reply(331);
        s.command(&format!("PASS {password}"));
        s.expect_reply(code);
        s.command("PWD");
        s.expect_reply(if code == 230 { 257 } else { 530 });
    }
    // A new USER logs out at once.
    s.command("USER ada");
    s.expect_reply(331);
    s.command("PWD");
    s.expect_reply(530);
}

#[test]
fn each_wrong_command_has_its_code() {
    let mut s = Script::new();
    for (line, code) in [
        // Not understood.
        ("FOO", 500),
        ("", 500),
        ("HELLO", 500),
        ("GET / HTTP/1.1", 500),
        // An argument that is missing, too much, or malformed; before the login too.
        ("USER", 501),
        ("NOOP x", 501),
        ("PASV x", 501),
        ("RETR", 501),
        // Known, and not here.
        ("SMNT x", 502),
        ("AUTH TLS", 502),
        ("LANG en", 502),
        // Not before the login.
        ("PASV", 530),
        ("EPSV", 530),
        ("PORT 198,51,100,7,156,64", 530),
        ("EPRT |1|198.51.100.7|40000|", 530),
        ("LIST", 530),
        ("RETR readme.txt", 530),
        ("STOR x", 530),
        ("PWD", 530),
        ("CWD pub", 530),
        ("CDUP", 530),
        ("TYPE I", 530),
        ("STAT", 530),
        // Out of order.
        ("PASS x", 503),
        // Fine without one.
        ("NOOP", 200),
        ("HELP", 214),
        ("FEAT", 211),
        ("SYST", 215),
        ("ABOR", 226),
    ] {
        s.command(line);
        s.expect_reply(code);
    }
    s.log_in();
    for (line, code) in [
        ("PASS x", 503),
        ("TYPE X", 501),
        ("TYPE E", 504),
        ("TYPE L 8", 200),
        ("TYPE a", 200),
        ("MODE S", 200),
        ("MODE B", 504),
        ("MODE X", 501),
        ("STRU f", 200),
        ("STRU R", 504),
        ("STRU X", 501),
        ("STAT readme.txt", 213),
        ("STAT", 211),
        ("PORT 1,2,3", 501),
        ("PORT 198,51,100,7,0,0", 501),
        ("PORT 198,51,100,700,156,64", 501),
        ("EPRT |1|198.51.100.7|0|", 501),
        ("EPRT |3|198.51.100.7|40000|", 522),
        ("EPRT |2|2001:db8::7|40000|", 522),
        ("EPRT what", 501),
        ("EPSV 2", 522),
        ("EPSV 77", 522),
        ("EPSV one", 501),
        ("RETR readme.txt", 425),
        ("LIST", 425),
        ("STOR x", 425),
    ] {
        s.command(line);
        s.expect_reply(code);
    }
    s.quit();
}

#[test]
fn directories_are_changed_only_to_directories() {
    let mut s = Script::logged_in();
    s.command("CWD pub");
    s.expect_reply(250);
    s.command("PWD");
    assert_eq!(s.expect_reply(257).text(), "\"/pub\" is the working directory.");
    for line in ["CWD empty", "CWD nowhere", "CWD ../readme.txt"] {
        s.command(line);
        s.expect_reply(550);
    }
    s.command("CDUP");
    s.expect_reply(250);
    s.command("CDUP");
    assert!(
        s.expect_reply(250).text().starts_with("\"/\""),
        "the root has no parent"
    );
}

#[test]
fn what_is_too_long_is_refused_and_the_session_goes_on() {
    let mut s = Script::logged_in();
    s.command(&format!("CWD {}", "x".repeat(LineSplitter::LIMIT)));
    s.expect_reply(500);
    s.command(&format!("CWD {}", "x".repeat(5_000)));
    s.expect_reply(501);
    s.command("NOOP");
    s.expect_reply(200);
    let trouble = Trouble::LineTooLong {
        limit: LineSplitter::LIMIT,
    };
    s.expect_trouble(CONTROL, trouble);
}

#[test]
fn passwords_stand_in_no_report_unless_that_is_the_lesson() {
    for show_secrets in [false, true] {
        let config = Config {
            show_secrets,
            ..config()
        };
        let mut s = Script::with(config);
        s.command("USER ada");
        s.command("PASS secret");
        s.command("ACCT money");
        s.command("PASSsecret");
        let all = format!("{:?}", s.reports());
        assert_eq!(all.contains("secret"), show_secrets, "{all}");
        assert_eq!(all.contains("money"), show_secrets, "{all}");
        assert_eq!(all.contains(MASK), !show_secrets, "{all}");
        // The bytes are marked all the same.
        let (conn, sent, range) = (CONTROL, false, 15..21);
        s.expect(&Output::Secret { conn, sent, range });
    }
}

#[test]
fn pipelined_commands_are_answered_in_order_and_held_within_bounds() {
    let mut s = Script::with_slow_store();
    s.writable(CONTROL, 100_000);
    // The first waits for the store, and so the rest wait for it.
    s.command("CWD pub");
    for _ in 0..5_000 {
        s.command("NOOP");
    }
    s.command("PWD");
    s.expect_silence();
    let delivered = s.bench.contract().received(CONTROL);
    assert!(
        delivered < 10_000,
        "{delivered} bytes were asked for, and none could be carried out"
    );
    s.answer();
    s.expect_reply(250);
    for _ in 0..5_000 {
        s.expect_reply(200);
    }
    assert!(s.expect_reply(257).text().starts_with("\"/pub\""));
}

#[test]
fn who_does_not_read_replies_is_not_served() {
    let server = server(config());
    let mut bench = Bench::new(server).with_connection(CONTROL);
    bench.give(Input::Begin);
    for _ in 0..5_000 {
        bench.say(CONTROL, b"HELP\r\n");
    }
    assert!(bench.contract().received(CONTROL) < 10_000);
    assert_eq!(bench.take_sent(CONTROL), b"");
    // Then it reads, a little at a time.
    let mut said = Vec::new();
    while !said.ends_with(b"HELP\r\n") && said.len() < 5_000_000 {
        bench.give(Input::Writable {
            conn: CONTROL,
            bytes: 700,
        });
        let sent = bench.take_sent(CONTROL);
        if sent.is_empty() {
            break;
        }
        said.extend(sent);
        bench.take();
    }
    let replies = said.windows(8).filter(|window| window == b"214 End\r").count();
    assert_eq!(replies, 5_000);
}

#[test]
fn idleness_ends_in_421() {
    let mut s = Script::logged_in();
    s.pass(Duration::from_secs(299));
    s.command("NOOP");
    s.expect_reply(200);
    s.pass(Duration::from_secs(299));
    s.expect_silence();
    s.pass(Duration::from_secs(2));
    s.expect_reply(421);
    s.expect(&Output::Shutdown { conn: CONTROL });
    // The client does not close: it is thrown out.
    s.pass(Duration::from_secs(31));
    s.expect(&Output::Abort { conn: CONTROL });
    s.expect_over();
}

#[test]
fn a_client_that_goes_without_a_word_is_let_go() {
    let mut s = Script::logged_in();
    s.say(CONTROL, b"NOOP\r\nNOOP\r\nNOO");
    s.end(CONTROL);
    assert_eq!(s.codes(), [200, 200]);
    s.expect(&Output::Shutdown { conn: CONTROL });
    s.expect_over();

    let mut s = Script::logged_in();
    s.passive();
    s.reset(CONTROL);
    s.expect_trouble(CONTROL, Trouble::ControlLost);
    s.expect_over();
}

#[test]
fn what_comes_after_goodbye_is_thrown_away() {
    let mut s = Script::logged_in();
    s.say(CONTROL, b"QUIT\r\nNOOP\r\nPASS secret\r\n");
    assert_eq!(s.codes(), [221]);
    for _ in 0..10 {
        s.say(CONTROL, &[b'x'; 4_096]);
    }
    s.end(CONTROL);
    s.expect_silence();
    s.expect_over();
}

/// What a client may say that needs no data connection to be answered.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let lines: &[&[u8]] = &[
        b"USER ada\r\n",
        b"PASS secret\r\n",
        b"pass x\n",
        b"TYPE I\r\n",
        b"PWD\r\n",
        b"CWD pub\r\n",
        b"CWD nowhere\r\n",
        b"PASV\r\n",
        b"EPSV\r\n",
        b"PORT 198,51,100,7,156,64\r\n",
        b"RETR readme.txt\r\n",
        b"STOR new\r\n",
        b"LIST\r\n",
        b"\xff\xf4\xff\xf2ABOR\r\n",
        b"STAT\r\n",
        b"STAT pub\r\n",
        b"RNFR readme.txt\r\nRNTO a b\r\n",
        b"REST 5\r\nRETR readme.txt\r\n",
        b"MKD caf\xe9 \xff\xff\r\nMLST caf\xe9 \xff\xff\r\n",
        b"OPTS MLST size;\r\nFEAT\r\n",
        b"ACCT money\r\n",
        b"REIN\r\n",
        b"SIZE a\r\0b\r\n",
        b"NOOP\r\n",
        b"QUIT\r\n",
        b"\r\n",
        b"caf\xe9 \xff\xff\r\n",
        b"PASSW\r\r\n",
    ];
    let line = proptest::sample::select(lines);
    let all = proptest::collection::vec(line, 0..24).prop_map(|lines| lines.concat());
    (any::<bool>(), all).prop_map(|(logged_in, rest)| match logged_in {
        true => [&b"USER ada\r\nPASS secret\r\n"[..], &rest].concat(),
        false => rest,
    })
}

/// What comes of a stream in these pieces: what was sent, what was done and reported, and which bytes are secret.
///
/// All of the stream comes before the store and the net begin to answer, so that only the pieces differ.
fn outcome(pieces: &[&[u8]]) -> (Vec<u8>, Vec<Output>, Vec<u64>) {
    let mut bench = Bench::new(server(config()))
        .with_connection(CONTROL)
        .with_slow_tree(files());
    bench.give(Input::Begin);
    bench.give(Input::Writable {
        conn: CONTROL,
        bytes: 1 << 20,
    });
    for piece in pieces {
        bench.say(CONTROL, piece);
    }
    loop {
        let listener = bench.contract().opening_listeners().next();
        let conn = bench.contract().opening_conns().next();
        if let Some(listener) = listener {
            let local = address("192.0.2.10:60123");
            bench.give(Input::Listening { listener, local });
        } else if let Some(conn) = conn {
            let why = ConnectError::Refused;
            bench.give(Input::ConnectFailed { conn, why });
        } else if !bench.answer(0) {
            break;
        }
    }
    let sent = bench.take_sent(CONTROL);
    let mut secrets = Vec::new();
    let mut outputs = bench.take();
    outputs.retain(|output| match output {
        Output::Secret { range, .. } => {
            secrets.extend(range.clone());
            false
        }
        Output::Read { .. } => false,
        _ => true,
    });
    (sent, outputs, secrets)
}

proptest! {
    #[test]
    fn no_split_of_the_stream_makes_a_difference(stream in stream(), cuts in proptest::collection::vec(0_usize..400, 0..8)) {
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(stream.len())).collect();
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|cut| &stream[cut[0]..cut[1]]).filter(|p| !p.is_empty()).collect();
        let whole: Vec<&[u8]> = [&stream[..]].into_iter().filter(|p| !p.is_empty()).collect();
        let bytes: Vec<&[u8]> = stream.chunks(1).collect();
        let expected = outcome(&whole);
        prop_assert_eq!(outcome(&pieces), expected.clone());
        prop_assert_eq!(outcome(&bytes), expected);
    }
}
