//! `portolan sandbox` and `portolan connect`, over real loopback sockets, against each other.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Output, Stdio};
use std::time::Duration;

use super::{portolan, run, stderr, stdout};

pub(super) const PASSWORD: &str = "seagull-4711";

/// A sandbox. Ended when it is dropped.
pub(super) struct Sandbox {
    pub(super) child: Child,
    pub(super) address: SocketAddr,
    /// Its first two lines.
    greeting: String,
    said: BufReader<std::process::ChildStdout>,
}

impl Sandbox {
    pub(super) fn start(arguments: &[&str]) -> Self {
        let mut all = vec!["sandbox"];
        if !arguments.contains(&"--ftp") {
            all.extend(["--ftp", "127.0.0.1:0"]);
        }
        all.extend(arguments);
        let mut child = portolan(&all).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut greeting = String::new();
        said.read_line(&mut greeting).unwrap();
        said.read_line(&mut greeting).unwrap();
        let (_, rest) = greeting.split_once('@').unwrap();
        let address = rest.split('/').next().unwrap().parse().unwrap();
        Self {
            child,
            address,
            greeting,
            said,
        }
    }

    pub(super) fn with_user(arguments: &[&str]) -> Self {
        let user = format!("anna:{PASSWORD}");
        Self::start(&[&["--user", &user][..], arguments].concat())
    }

    fn url(&self, path: &str) -> String {
        format!("ftp://anna:{PASSWORD}@{}/{path}", self.address)
    }

    /// Ends it; gives what it said.
    pub(super) fn end(mut self) -> String {
        self.child.kill().unwrap();
        let mut said = String::new();
        self.said.read_to_string(&mut said).unwrap();
        said
    }

    /// A session by hand: the greeting has been read.
    pub(super) fn session(&self) -> BufReader<TcpStream> {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        BufReader::new(stream)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn line(session: &mut BufReader<TcpStream>) -> String {
    let mut line = String::new();
    session.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

fn connect_in(folder: &Path, arguments: &[&str]) -> Output {
    let all = [&["connect"], arguments].concat();
    portolan(&all)
        .current_dir(folder)
        .env_remove("PORTOLAN_PASSWORD")
        .output()
        .unwrap()
}

/// Bytes in which every position is another.
fn content(length: u32) -> Vec<u8> {
    let number = |number: u32| number.wrapping_mul(2_654_435_761).to_be_bytes();
    (0..length.div_ceil(4)).flat_map(number).take(length as usize).collect()
}

#[test]
fn files_go_both_ways_in_every_mode_and_come_back_as_they_were() {
    let sandbox = Sandbox::with_user(&[]);
    let folder = tempfile::tempdir().unwrap();
    for (name, length) in [("empty", 0), ("small", 5), ("three blocks and a byte", 196_609)] {
        fs::write(folder.path().join(name), content(length)).unwrap();
    }
    for mode in ["active", "passive", "extended-active", "extended-passive"] {
        let mut arguments = vec![sandbox.url(""), "--mode".to_owned(), mode.to_owned()];
        for name in ["empty", "small", "three blocks and a byte"] {
            arguments.extend(["--put", name, &format!("upload/{mode} {name}")].map(str::to_owned));
            arguments.extend(["--get", &format!("upload/{mode} {name}"), &format!("{mode} {name}")].map(str::to_owned));
        }
        arguments.extend(["--list", "upload"].map(str::to_owned));
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = connect_in(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(0), "{mode}: {}", stderr(&output));
        assert!(
            stdout(&output).contains(&format!("{mode} three blocks")),
            "{}",
            stdout(&output)
        );
        for (name, length) in [("empty", 0), ("small", 5), ("three blocks and a byte", 196_609)] {
            let back = fs::read(folder.path().join(format!("{mode} {name}"))).unwrap();
            assert!(back == content(length), "{mode} {name}");
        }
    }
}

#[test]
fn a_session_is_told_by_role_and_its_ports_are_real() {
    // Below the ports that other tests' clients are given: the one beside it has to be free.
    let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    let first = 20_000 + (std::process::id() % 5_000) as u16 * 2;
    let port = (first..32_000)
        .find(|port| is_free(*port) && is_free(port - 1))
        .unwrap();
    let sandbox = Sandbox::with_user(&["--ftp", &format!("127.0.0.1:{port}")]);
    let folder = tempfile::tempdir().unwrap();
    let output = connect_in(folder.path(), &[&sandbox.url("readme.txt"), "--mode", "active"]);
    let told = stdout(&output);
    let port = sandbox.address.port();
    assert!(
        told.contains(&format!("The client calls server port {port} from its own port")),
        "{told}"
    );
    // Active mode: the server calls, from the port beside its own (RFC 959 section 3.2).
    assert!(told.contains(&format!("server {} -> client", port - 1)), "{told}");
    assert!(
        fs::read_to_string(folder.path().join("readme.txt"))
            .unwrap()
            .contains("sandbox")
    );
}

#[test]
fn the_password_is_nowhere() {
    let sandbox = Sandbox::with_user(&[]);
    let folder = tempfile::tempdir().unwrap();
    let (log, capture) = (folder.path().join("log"), folder.path().join("capture"));
    let url = sandbox.url("");
    let files = ["--log", log.to_str().unwrap(), "--pcapng", capture.to_str().unwrap()];
    let output = connect_in(folder.path(), &[&[url.as_str()][..], &files].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let json = connect_in(folder.path(), &[&url, "--json"]);
    let wrong = connect_in(folder.path(), &[&url.replace(PASSWORD, &format!("x{PASSWORD}"))]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(stderr(&wrong).contains("530"), "{}", stderr(&wrong));
    let said = sandbox.end();
    assert!(said.contains("PASS ******** -> 230"), "{said}");
    for (what, bytes) in [
        ("transcript", output.stdout),
        ("errors", [output.stderr, wrong.stdout, wrong.stderr].concat()),
        ("log on standard output", json.stdout),
        ("log", fs::read(log).unwrap()),
        ("capture", fs::read(capture).unwrap()),
        ("sandbox", said.into_bytes()),
    ] {
        assert!(bytes.len() > 100 || what == "errors", "{what}");
        let found = bytes
            .windows(PASSWORD.len())
            .any(|window| window == PASSWORD.as_bytes());
        assert!(!found, "the password is in the {what}");
    }
}

#[test]
fn what_fails_is_said_and_is_status_1() {
    let sandbox = Sandbox::with_user(&["--read-only"]);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("here"), "x").unwrap();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = nobody.local_addr().unwrap();
    drop(nobody);
    for (arguments, why) in [
        (vec![sandbox.url("nothing")], "550"),
        (vec![sandbox.url(""), "--put".into(), "here".into()], "553"),
        (
            vec![sandbox.url(""), "--put".into(), "not here".into()],
            "there is no such file",
        ),
        (vec![format!("ftp://{gone}/")], "nobody listens"),
        (vec!["ftp://host.invalid/".to_owned()], "host.invalid has no address"),
    ] {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = connect_in(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(why), "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn what_is_wrong_on_the_command_line_is_status_2() {
    for (arguments, why) in [
        (&["connect", "gopher://example.org/"][..], "ftp://"),
        (&["connect", "ftp://anna@127.0.0.1/"], "PORTOLAN_PASSWORD"),
        (&["connect", "ftp://127.0.0.1/", "--active-ports", "9-1"], "above"),
        (&["sandbox", "--ftp", "0.0.0.0:0"], "loopback"),
        (&["sandbox", "--ftp", "127.0.0.1:0", "--user", "anna"], "NAME:PASSWORD"),
        (
            &["sandbox", "--ftp", "127.0.0.1:0", "--dir", "/no/such/place"],
            "/no/such/place",
        ),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(why), "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn without_a_user_the_password_is_random() {
    let (one, other) = (Sandbox::start(&[]), Sandbox::start(&[]));
    let password = |sandbox: &Sandbox| {
        let (_, password) = sandbox.greeting.split_once("password ").unwrap();
        password.lines().next().unwrap().to_owned()
    };
    assert_eq!(password(&one).len(), 16);
    assert_ne!(password(&one), password(&other));
    let folder = tempfile::tempdir().unwrap();
    let url = format!("ftp://portolan@{}/readme.txt", one.address);
    let output = portolan(&["connect", &url])
        .current_dir(folder.path())
        .env("PORTOLAN_PASSWORD", password(&one))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    // Nor is anybody else let in.
    let anonymous = connect_in(folder.path(), &[&format!("ftp://{}/", one.address)]);
    assert!(stderr(&anonymous).contains("530"), "{}", stderr(&anonymous));
}

#[test]
fn one_session_too_many_hears_a_number() {
    let sandbox = Sandbox::with_user(&["--quiet", "--sessions", "3", "--sessions-of-address", "2"]);
    let (mut first, mut second) = (sandbox.session(), sandbox.session());
    for session in [&mut first, &mut second] {
        assert!(line(session).starts_with("220 "));
    }
    let refused = line(&mut sandbox.session());
    assert!(refused.starts_with("421 ") && refused.contains('2'), "{refused}");
    // A place that is given back is taken again.
    first.get_mut().write_all(b"QUIT\r\n").unwrap();
    assert!(line(&mut first).starts_with("221 "));
    assert_eq!(line(&mut first), "");
    drop(first);
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while !line(&mut sandbox.session()).starts_with("220 ") {
        assert!(std::time::Instant::now() < deadline, "the place is not given back");
    }
}

#[test]
fn two_hundred_clients_at_once_are_all_served() {
    let sandbox = Sandbox::with_user(&["--quiet"]);
    let mut sessions: Vec<_> = (0..200).map(|_| sandbox.session()).collect();
    for session in &mut sessions {
        assert!(line(session).starts_with("220 "));
        session
            .get_mut()
            .write_all(format!("USER anna\r\nPASS {PASSWORD}\r\nPWD\r\n").as_bytes())
            .unwrap();
    }
    for session in &mut sessions {
        let codes: Vec<String> = (0..3).map(|_| line(session).chars().take(3).collect()).collect();
        assert_eq!(codes, ["331", "230", "257"]);
    }
}

#[test]
fn links_do_not_lead_out_of_the_directory() {
    let (inside, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(outside.path().join("secret"), "x").unwrap();
    fs::write(inside.path().join("file"), "x").unwrap();
    std::os::unix::fs::symlink(outside.path(), inside.path().join("out")).unwrap();
    let sandbox = Sandbox::with_user(&["--dir", inside.path().to_str().unwrap()]);
    let folder = tempfile::tempdir().unwrap();
    let output = connect_in(folder.path(), &[&sandbox.url("file")]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    for path in ["out/secret", "../secret", "//etc/passwd", "out/../../etc/passwd"] {
        let output = connect_in(folder.path(), &[&sandbox.url(path)]);
        assert_eq!(output.status.code(), Some(1), "{path}");
        assert!(stderr(&output).contains("550"), "{path}: {}", stderr(&output));
    }
}

#[test]
fn an_abort_that_is_urgent_is_heard() {
    let sandbox = Sandbox::with_user(&[]);
    let mut session = sandbox.session();
    line(&mut session);
    session
        .get_mut()
        .write_all(format!("USER anna\r\nPASS {PASSWORD}\r\nEPSV\r\n").as_bytes())
        .unwrap();
    let [_, _, passive] = [(); 3].map(|()| line(&mut session));
    let port: u16 = passive.split('|').nth(3).unwrap().parse().unwrap();
    let _data = TcpStream::connect((sandbox.address.ip(), port)).unwrap();
    session.get_mut().write_all(b"RETR pub/large.bin\r\n").unwrap();
    assert!(line(&mut session).starts_with('1'));
    // As RFC 959 section 4.1.3 has it: IP, Synch with its Data Mark urgent, then ABOR.
    let urgent = socket2::SockRef::from(session.get_ref());
    urgent.send(&[0xff, 0xf4]).unwrap();
    urgent.send_out_of_band(&[0xff, 0xf2]).unwrap();
    session.get_mut().write_all(b"ABOR\r\n").unwrap();
    assert!(line(&mut session).starts_with("426 "));
    assert!(line(&mut session).starts_with("226 "));
}
