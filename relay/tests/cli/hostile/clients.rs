//! Clients that keep no rules, before `portolan sandbox`. Next to each of them an honest one is served.

use std::fs;
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::process::Child;
use std::time::{Duration, Instant};

use socket2::{Domain, SockRef, Socket, Type};

use super::TOO_LONG;
use crate::live::{PASSWORD, Sandbox};

/// How long a write may be stuck before the server is taken to read no more.
const STUCK: Duration = Duration::from_millis(300);

/// The most memory that the sandbox may take, in KiB, whoever calls it. It begins with about 7000; what it sends and
/// nobody reads costs a quarter of a mebibyte for each connection.
const MOST_MEMORY: u64 = 64 * 1024;

type Session = BufReader<TcpStream>;

/// A sandbox, an attack on it, and honest sessions meanwhile and afterwards; its memory stays within bounds.
fn besieged(what: &str, attack: impl FnOnce(&Sandbox)) {
    let mut sandbox = Sandbox::with_user(&["--quiet", "--login-delay", "1"]);
    attack(&sandbox);
    honest(&sandbox);
    assert_eq!(sandbox.child.try_wait().unwrap(), None, "{what}: the sandbox has ended");
    if cfg!(target_os = "linux") {
        let peak = peak_of(&sandbox.child);
        assert!(peak < MOST_MEMORY, "{what}: the sandbox took {peak} KiB");
    }
}

/// The most memory that a running program had at once, in KiB: Linux tells.
fn peak_of(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// A session that keeps all rules, from its greeting to its end.
#[track_caller]
fn honest(sandbox: &Sandbox) {
    let mut session = logged_in(sandbox);
    let mut data = passive(sandbox, &mut session);
    assert!(ask(&mut session, "RETR readme.txt").starts_with('1'));
    let mut file = String::new();
    data.read_to_string(&mut file).unwrap();
    assert!(file.contains("sandbox"), "{file}");
    assert!(line(&mut session).starts_with("226 "));
    assert!(ask(&mut session, "QUIT").starts_with("221 "));
    assert_eq!(line(&mut session), "");
}

fn greeted(sandbox: &Sandbox) -> Session {
    let mut session = sandbox.session();
    assert!(line(&mut session).starts_with("220 "));
    session
}

fn logged_in(sandbox: &Sandbox) -> Session {
    let mut session = greeted(sandbox);
    log_in(&mut session);
    session
}

fn log_in(session: &mut Session) {
    assert!(ask(session, "USER anna").starts_with("331 "));
    assert!(ask(session, &format!("PASS {PASSWORD}")).starts_with("230 "));
    assert!(ask(session, "TYPE I").starts_with("200 "));
}

fn say(session: &mut Session, bytes: &[u8]) {
    session.get_mut().write_all(bytes).unwrap();
}

fn ask(session: &mut Session, command: &str) -> String {
    say(session, format!("{command}\r\n").as_bytes());
    line(session)
}

fn passive_port(session: &mut Session) -> u16 {
    let told = ask(session, "EPSV");
    told.split('|').nth(3).unwrap().parse().unwrap()
}

fn passive(sandbox: &Sandbox, session: &mut Session) -> TcpStream {
    let port = passive_port(session);
    let data = TcpStream::connect((sandbox.address.ip(), port)).unwrap();
    data.set_read_timeout(Some(TOO_LONG)).unwrap();
    data
}

/// A line of the server's, without its end; nothing when it has closed.
#[track_caller]
fn line(session: &mut Session) -> String {
    let mut line = Vec::new();
    session.read_until(b'\n', &mut line).unwrap();
    String::from_utf8_lossy(&line).trim_end().to_owned()
}

/// All that still comes, until the server closes.
#[track_caller]
fn rest(session: &mut Session) -> String {
    let mut rest = String::new();
    session.read_to_string(&mut rest).unwrap();
    rest
}

/// Writes until the server takes no more; how much it took.
fn write_until_stuck(session: &Session, piece: &[u8]) -> usize {
    let mut stream = session.get_ref();
    stream.set_write_timeout(Some(STUCK)).unwrap();
    let mut taken = 0;
    loop {
        // From within a piece it goes on there, so that no line is cut.
        let from = taken % piece.len();
        match stream.write(&piece[from..]) {
            Ok(count) => taken += count,
            Err(error) if [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()) => return taken,
            Err(error) => panic!("{error}"),
        }
        assert!(taken < 1 << 28, "it reads without an end");
    }
}

#[test]
fn a_flood_of_commands_stops_where_its_answers_are_not_read() {
    besieged("a flood", |sandbox| {
        let mut session = greeted(sandbox);
        // Questions that fit into the buffers wait there, so this side's is small; and the answers are long.
        SockRef::from(session.get_ref())
            .set_send_buffer_size(32 * 1024)
            .unwrap();
        let taken = write_until_stuck(&session, b"HELP\r\n");
        honest(sandbox);
        // Nothing that was taken is lost once it reads.
        let mut writing = session.get_ref().try_clone().unwrap();
        let writer = std::thread::spawn(move || {
            writing.set_write_timeout(Some(TOO_LONG)).unwrap();
            writing.write_all(&b"HELP\r\n"[taken % 6..]).unwrap();
            writing.write_all(b"QUIT\r\n").unwrap();
        });
        let told = rest(&mut session);
        writer.join().unwrap();
        let (helped, goodbye) = told.split_at(told.rfind("221 ").unwrap());
        let answers = helped.lines().filter(|line| line.starts_with("214 "));
        assert_eq!(answers.count(), taken / 6 + 1);
        assert!(
            helped
                .lines()
                .all(|line| line.starts_with("214") || line.starts_with(' '))
        );
        assert!(goodbye.starts_with("221 "));
    });
}

#[test]
fn what_is_pipelined_is_answered_in_its_order() {
    besieged("a pipeline", |sandbox| {
        let mut session = logged_in(sandbox);
        let mut said = String::new();
        for number in 0..500 {
            said += &format!("MKD upload/{number}\r\nSIZE nothing\r\nRMD upload/{number}\r\n");
        }
        say(&mut session, said.as_bytes());
        honest(sandbox);
        for number in 0..500 {
            let made = line(&mut session);
            assert!(
                made.starts_with("257 ") && made.contains(&format!("/upload/{number}\"")),
                "{made}"
            );
            assert!(line(&mut session).starts_with("550 "));
            assert!(line(&mut session).starts_with("250 "));
        }
        // A wrong password holds up what comes behind it, and nobody else.
        say(&mut session, b"USER anna\r\nPASS wrong\r\nPWD\r\nQUIT\r\n");
        assert!(line(&mut session).starts_with("331 "));
        honest(sandbox);
        let codes: Vec<String> = rest(&mut session).lines().map(|line| line[..3].to_owned()).collect();
        assert_eq!(codes, ["530", "530", "221"]);
    });
}

#[test]
fn byte_by_byte_is_as_good_as_at_once() {
    besieged("a dribble", |sandbox| {
        let mut session = logged_in(sandbox);
        let mut data = passive(sandbox, &mut session);
        for byte in b"RETR readme.txt\r\nNOOP\r\n" {
            say(&mut session, &[*byte]);
        }
        let mut file = String::new();
        data.read_to_string(&mut file).unwrap();
        let codes = [(); 3].map(|()| line(&mut session)[..3].to_owned());
        assert!(file.contains("sandbox") && ["125", "150"].contains(&codes[0].as_str()));
        assert_eq!(codes[1..], ["226", "200"]);
    });
}

#[test]
fn aborted_transfers_leave_nothing_behind() {
    besieged("aborted transfers", |sandbox| {
        let mut session = logged_in(sandbox);
        for round in 0..60 {
            let mut data = passive(sandbox, &mut session);
            let command = if round % 2 == 0 {
                "RETR pub/large.bin"
            } else {
                "STOR upload/half"
            };
            assert!(ask(&mut session, command).starts_with('1'));
            let is_upload = round % 2 == 1;
            if is_upload {
                data.write_all(&[b'x'; 10_000]).unwrap();
            }
            match round % 6 / 2 {
                0 => {
                    let first = ask(&mut session, "ABOR");
                    assert!(first.starts_with("426 "), "{first}");
                    assert!(line(&mut session).starts_with("226 "));
                }
                1 => {
                    SockRef::from(&data).set_linger(Some(Duration::ZERO)).unwrap();
                    drop(data);
                    assert!(line(&mut session).starts_with("426 "));
                }
                _ => {
                    // An upload ends so, and a download is broken off.
                    drop(data);
                    let told = line(&mut session);
                    assert!(told.starts_with(if is_upload { "226 " } else { "426 " }), "{told}");
                }
            }
            assert!(ask(&mut session, "NOOP").starts_with("200 "));
        }
        // And some that simply go.
        for _ in 0..20 {
            let mut session = logged_in(sandbox);
            let _data = passive(sandbox, &mut session);
            assert!(ask(&mut session, "RETR pub/large.bin").starts_with('1'));
        }
    });
}

#[test]
#[cfg(target_os = "linux")]
fn strangers_at_the_data_port_do_not_use_it_up() {
    besieged("strangers", |sandbox| {
        let mut session = logged_in(sandbox);
        let port = passive_port(&mut session);
        let to = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        for number in 0..40 {
            // Linux has all of 127.0.0.0/8 for its own.
            let stranger = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
            let from = SocketAddr::from((Ipv4Addr::new(127, 0, 0, 2 + number), 0));
            stranger.bind(&from.into()).unwrap();
            stranger.connect(&to.into()).unwrap();
            let mut stranger = TcpStream::from(stranger);
            stranger.set_read_timeout(Some(TOO_LONG)).unwrap();
            let mut nothing = [0];
            // Reset or closed, and not a byte.
            assert!(!stranger.read(&mut nothing).is_ok_and(|count| count > 0));
        }
        let mut data = TcpStream::connect(to).unwrap();
        assert!(ask(&mut session, "RETR readme.txt").starts_with('1'));
        let mut file = String::new();
        data.read_to_string(&mut file).unwrap();
        assert!(file.contains("sandbox"));
        assert!(line(&mut session).starts_with("226 "));
    });
}

#[test]
fn lines_too_long_are_refused_and_gone() {
    besieged("long lines", |sandbox| {
        let mut session = logged_in(sandbox);
        for length in [8_193, 100_000, 20_000_000] {
            let long = vec![b'x'; length];
            say(&mut session, &long);
            honest(sandbox);
            say(&mut session, b"\r\nNOOP\r\n");
            assert!(line(&mut session).starts_with("500 "), "{length}");
            assert!(line(&mut session).starts_with("200 "), "{length}");
        }
        // One that never ends is never answered, and holds nothing.
        let mut endless = greeted(sandbox);
        for _ in 0..400 {
            say(&mut endless, &[b'x'; 65_536]);
        }
    });
}

#[test]
fn odd_bytes_are_no_commands_and_no_harm() {
    besieged("odd bytes", |sandbox| {
        let mut session = logged_in(sandbox);
        for (said, code) in [
            (&b"NO\0OP\r\n"[..], "500"),
            (b"MKD a\0b\r\n", "501"),
            (b"\0\0\0\r\n", "500"),
            (b"\r\n", "500"),
            (b"\n", "500"),
            (b"NOOP\n", "200"),
            (b"\xff\xf4\xff\xf2NO\xff\xfb\x01OP\r\n", "200"),
            (b"\xff\xfa\x18\x01NOISE\r\n\xff\xf0NOOP\r\n", "200"),
            (b"MKD \x1b[2J\xff\xff\r\n", "257"),
            (b"\x80\xff\xff\xfe\r\n", "500"),
        ] {
            say(&mut session, said);
            let told = line(&mut session);
            assert!(told.starts_with(code), "{}: {told:?}", said.escape_ascii());
        }
        assert!(ask(&mut session, "NOOP").starts_with("200 "));
        // Endless Telnet.
        let mut telnet = greeted(sandbox);
        for _ in 0..100 {
            say(&mut telnet, &b"\xff\xfa\x18x".repeat(10_000));
        }
    });
}

#[test]
fn clients_of_other_protocols_are_told_and_hung_up_on() {
    let sandbox = Sandbox::with_user(&[]);
    let greetings: [(&[u8], &str); 4] = [
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\nUSER anna\r\n", "not HTTP"),
        (
            b"POST /x HTTP/1.1\r\n\r\nUSER anna\r\nPASS seagull-4711\r\nDELE readme.txt\r\n",
            "not HTTP",
        ),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\r\n", "TLS"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "not SSH"),
    ];
    for (greeting, words) in greetings {
        let mut session = greeted(&sandbox);
        say(&mut session, greeting);
        let told = rest(&mut session);
        assert!(told.starts_with("421 ") && told.contains(words), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
        honest(&sandbox);
    }
    let said = sandbox.end();
    for words in [
        "The client speaks HTTP",
        "The client speaks TLS",
        "implicit FTPS",
        "The client speaks SSH",
        "SFTP",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn who_reads_no_data_costs_little_and_holds_up_nobody() {
    besieged("slow readers", |sandbox| {
        let mut slow: Vec<(Session, TcpStream)> = (0..40)
            .map(|_| {
                let mut session = logged_in(sandbox);
                let data = passive(sandbox, &mut session);
                assert!(ask(&mut session, "RETR pub/large.bin").starts_with('1'));
                (session, data)
            })
            .collect();
        honest(sandbox);
        // They are asked after, read on, and stop again.
        for (session, data) in &mut slow {
            assert!(ask(session, "STAT").starts_with("211"));
            let mut some = vec![0; 1_000_000];
            data.read_exact(&mut some).unwrap();
        }
        honest(sandbox);
    });
}

#[test]
fn who_closes_one_direction_or_none_is_gone_in_the_end() {
    besieged("half-open connections", |sandbox| {
        // What was said before the end is answered.
        let mut session = greeted(sandbox);
        say(&mut session, b"NOOP\r\nNOOP\r\nUNFINISHED");
        session.get_ref().shutdown(Shutdown::Write).unwrap();
        assert_eq!(rest(&mut session).lines().count(), 2);
        // An end in the middle of a transfer aborts it.
        let mut session = logged_in(sandbox);
        let mut data = passive(sandbox, &mut session);
        assert!(ask(&mut session, "RETR pub/large.bin").starts_with('1'));
        session.get_ref().shutdown(Shutdown::Write).unwrap();
        let told = line(&mut session);
        assert!(told.starts_with("426 "), "{told}");
        assert_eq!(rest(&mut session), "");
        let mut file = Vec::new();
        assert!(data.read_to_end(&mut file).is_err() || file.len() < 1 << 30);
        // Some say nothing, some reset, some come and go.
        let silent: Vec<Session> = (0..30).map(|_| greeted(sandbox)).collect();
        for _ in 0..100 {
            let session = sandbox.session();
            SockRef::from(session.get_ref())
                .set_linger(Some(Duration::ZERO))
                .unwrap();
        }
        honest(sandbox);
        drop(silent);
    });
}

#[test]
fn who_hangs_up_gives_the_place_back() {
    let sandbox = Sandbox::with_user(&["--quiet", "--sessions", "2", "--login-delay", "1"]);
    // A session that finds a place, if need be once another has given it back.
    let seated = || {
        let deadline = Instant::now() + TOO_LONG;
        loop {
            let mut session = sandbox.session();
            if line(&mut session).starts_with("220 ") {
                return session;
            }
            assert!(Instant::now() < deadline, "the places are not given back");
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    for _ in 0..3 {
        // One in the middle of an upload, one while its wrong password waits for an answer.
        let mut uploading = seated();
        log_in(&mut uploading);
        let mut data = passive(&sandbox, &mut uploading);
        assert!(ask(&mut uploading, "STOR upload/x").starts_with('1'));
        data.write_all(b"half").unwrap();
        let mut guessing = seated();
        say(&mut guessing, b"USER anna\r\nPASS wrong\r\n");
        assert!(line(&mut guessing).starts_with("331 "));
    }
}
