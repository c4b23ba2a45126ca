//! `portolan serve`, over real loopback sockets.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::{portolan, run, stderr};

/// A program that serves. Ended when it is dropped.
struct Served {
    child: Child,
    address: SocketAddr,
    rest: BufReader<std::process::ChildStdout>,
}

impl Served {
    fn start(listen: &str) -> Self {
        let mut child = portolan(&["serve", "--listen", listen])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut rest = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        rest.read_line(&mut line).unwrap();
        let address = line.trim_end().rsplit_once("http://").unwrap().1.parse().unwrap();
        Self { child, address, rest }
    }

    /// The answer to a request's head, as it came.
    fn ask(&self, head: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn get(&self, path: &str, host: &str) -> String {
        self.ask(&format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        ))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_page_comes_with_its_guards() {
    let served = Served::start("127.0.0.1:0");
    let answer = served.get("/", &served.address.to_string());
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("<!DOCTYPE html>"), "{answer}");
    let head = answer.split("\r\n\r\n").next().unwrap().to_ascii_lowercase();
    for guard in [
        "content-type: text/html; charset=utf-8",
        "content-security-policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval'",
        "x-content-type-options: nosniff",
        "cross-origin-opener-policy: same-origin",
        "etag: \"",
    ] {
        assert!(head.contains(guard), "{guard} is missing in {head}");
    }
    assert!(
        !head.contains("unsafe-inline") && !head.contains("'unsafe-eval'"),
        "{head}"
    );
    assert!(
        served
            .get("/", &format!("localhost:{}", served.address.port()))
            .starts_with("HTTP/1.1 200")
    );
}

#[test]
fn another_host_gets_nothing() {
    let served = Served::start("127.0.0.1:0");
    let port = served.address.port();
    for host in [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        "127.0.0.1".to_owned(),
    ] {
        let answer = served.get("/", &host);
        assert!(answer.starts_with("HTTP/1.1 421"), "{host}: {answer}");
        assert!(!answer.contains("<html"), "{host}");
    }
    let without = served.ask("GET / HTTP/1.0\r\n\r\n");
    assert!(
        without.starts_with("HTTP/1.0 421") || without.starts_with("HTTP/1.1 421"),
        "{without}"
    );
}

#[test]
fn six_is_served_too_where_the_machine_has_it() {
    if TcpListener::bind("[::1]:0").is_err() {
        return;
    }
    let served = Served::start("[::1]:0");
    assert!(served.get("/", &served.address.to_string()).starts_with("HTTP/1.1 200"));
}

#[test]
fn beyond_loopback_an_origin_is_wanted() {
    for address in ["0.0.0.0:0", "203.0.113.10:8021", "[::]:0"] {
        let output = run(&["serve", "--listen", address]);
        assert_eq!(output.status.code(), Some(2), "{address}");
        assert!(stderr(&output).contains("--origin"), "{}", stderr(&output));
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_taken_port_is_said_so() {
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = holder.local_addr().unwrap();
    let output = run(&["serve", "--listen", &address.to_string()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains(&format!("port {} is taken", address.port())),
        "{}",
        stderr(&output)
    );
    assert!(output.stdout.is_empty());
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_cleanly_even_while_somebody_is_connected() {
    let mut served = Served::start("127.0.0.1:0");
    // One who says nothing, and one who keeps the connection open after an answer.
    let _silent = TcpStream::connect(served.address).unwrap();
    let mut kept = TcpStream::connect(served.address).unwrap();
    write!(kept, "GET / HTTP/1.1\r\nHost: {}\r\n\r\n", served.address).unwrap();
    let mut first = [0; 12];
    kept.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    let interrupted = Command::new("kill")
        .args(["-INT", &served.child.id().to_string()])
        .status()
        .unwrap();
    assert!(interrupted.success());
    assert_eq!(served.child.wait().unwrap().code(), Some(0));
    let mut more = String::new();
    served.rest.read_to_string(&mut more).unwrap();
    assert_eq!(more, "", "exactly one line is printed");
}
