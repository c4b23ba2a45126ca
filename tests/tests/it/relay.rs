//! The relay's sessions with servers of the world, as a page holds them: every mode, down and up, and what came compared.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::files::{MODES, content, has};
use crate::program;
use crate::server::{PASSWORD, Server, Tls};

#[expect(dead_code, reason = "the relay's own tests use more of it")]
#[path = "../../../relay/tests/cli/relay/speaker.rs"]
mod speaker;

pub(crate) use speaker::Speaker;

/// The program, serving; ended when it is dropped.
pub(crate) struct Relay {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Relay {
    /// One that may reach this server.
    fn for_server(server: SocketAddr) -> Self {
        let data = format!("{}:1024-65535", bracketed(server));
        Self::start(&["--no-sandbox", "--allow", &server.to_string(), "--allow-data", &data])
    }

    /// One that may reach its own sandbox.
    pub(crate) fn with_sandbox() -> Self {
        Self::start(&[])
    }

    fn start(options: &[&str]) -> Self {
        let mut child = program::bounded(program::portolan())
            .args(["serve", "--listen", "127.0.0.1:0", "--quiet"])
            .args(options)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.trim_end().rsplit_once("http://").unwrap().1.parse().unwrap();
        Self { child, address }
    }

    /// Fetches or brings what a ticket is for; gives the answer's body.
    pub(crate) fn file(&self, method: &str, ticket: &str, body: &[u8]) -> Vec<u8> {
        let length = body.len();
        self.ask(
            method,
            &format!("file/{ticket}"),
            &format!("Content-Length: {length}\r\n"),
            body,
        )
    }

    /// A session's capture.
    pub(crate) fn capture(&self, session: &str, key: &str) -> Vec<u8> {
        let place = format!("capture/{session}");
        self.ask("GET", &place, &format!("Authorization: Bearer {key}\r\n"), b"")
    }

    fn ask(&self, method: &str, place: &str, field: &str, body: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let head = format!(
            "{method} /relay/{place} HTTP/1.0\r\nHost: {0}\r\nOrigin: http://{0}\r\n{field}\r\n",
            self.address,
        );
        stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        assert!(
            answer.starts_with(b"HTTP/1.0 200"),
            "{}",
            String::from_utf8_lossy(&answer)
        );
        let start = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        answer.split_off(start)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        // `timeout` passes it on.
        let _ = std::process::Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        let _ = self.child.wait();
    }
}

fn bracketed(address: SocketAddr) -> String {
    let text = address.to_string();
    text.rsplit_once(':').map_or(String::new(), |(host, _)| host.to_owned())
}

pub(crate) fn ticket(driver: &mut Speaker) -> String {
    let file = driver.until(|heard| heard["say"] == "file");
    file["ticket"].as_str().unwrap().to_owned()
}

/// Somebody at a page of this relay's.
fn driver(relay: &Relay) -> Speaker {
    let mut driver = Speaker::call(relay.address, &format!("http://{}", relay.address)).unwrap();
    let welcome = driver.hello(None);
    assert_eq!(welcome["typed"], true);
    driver
}

/// The server as a user types it.
fn typed(server: &Server) -> Value {
    let (host, port) = (server.address.ip().to_string(), server.address.port());
    json!({"server": "typed", "host": host, "port": port})
}

/// A session that lists, uploads and downloads in every mode that the address allows.
fn holds_a_session(server: &Server) {
    let relay = Relay::for_server(server.address);
    let mut driver = driver(&relay);
    match (server.tls(), server.fingerprint()) {
        (Some(tls), pin) => driver.open_tls(&typed(server), tls, pin),
        (None, _) => driver.open(&typed(server)),
    }
    driver.act(json!({"do": "connect"}));
    driver.act(json!({"do": "log-in", "user": server.user, "password": PASSWORD}));
    let modes = if server.address.is_ipv4() { &MODES } else { &MODES[2..] };
    let wanted = content(200_000);
    for (mode, _) in modes {
        driver.act(json!({"do": "mode", "mode": mode}));
        let name = format!("incoming/{mode}.bin");
        let up = driver.act(json!({"do": "put", "local": "mine.bin", "remote": name}));
        let brought = ticket(&mut driver);
        relay.file("PUT", &brought, &wanted);
        assert_eq!(driver.until_finished(up)["outcome"], "done", "{mode}");
        let list = driver.act(json!({"do": "list", "path": "incoming"}));
        assert_eq!(driver.until_finished(list)["outcome"], "done", "{mode}");
        assert!(has(driver.text.as_bytes(), &format!("{mode}.bin")), "{mode}");
        let down = driver.act(json!({"do": "get", "remote": name}));
        let fetched = ticket(&mut driver);
        let came = relay.file("GET", &fetched, b"");
        assert!(came == wanted, "{mode}: {} bytes came", came.len());
        assert_eq!(driver.until_finished(down)["outcome"], "done", "{mode}");
    }
    driver.act(json!({"do": "quit"}));
    assert_eq!(driver.until(|heard| heard["say"] == "ended")["why"], "done");
    assert!(!has(driver.text.as_bytes(), PASSWORD), "the password came back");
}

#[test]
fn a_session_with_vsftpd() {
    let Some(server) = Server::vsftpd(Ipv4Addr::LOCALHOST.into()) else {
        return;
    };
    holds_a_session(&server);
}

#[test]
fn a_session_with_vsftpd_over_ipv6() {
    let Some(server) = Server::vsftpd(Ipv6Addr::LOCALHOST.into()) else {
        return;
    };
    holds_a_session(&server);
}

#[test]
fn a_session_with_proftpd() {
    let Some(server) = Server::proftpd(Ipv4Addr::LOCALHOST.into()) else {
        return;
    };
    holds_a_session(&server);
}

const IMPLICIT: Tls = Tls {
    implicit: true,
    ..Tls::EXPLICIT
};

/// Each data connection resumes a session of the control connection's.
const REUSE: Tls = Tls {
    reuse: true,
    ..Tls::EXPLICIT
};

#[test]
fn a_session_with_vsftpd_under_tls() {
    for tls in [Tls::EXPLICIT, IMPLICIT, REUSE] {
        let Some(server) = Server::vsftpd_tls(Ipv4Addr::LOCALHOST.into(), tls) else {
            return;
        };
        holds_a_session(&server);
    }
}

#[test]
fn a_session_with_proftpd_under_tls() {
    for tls in [Tls::EXPLICIT, IMPLICIT] {
        let Some(server) = Server::proftpd_tls(Ipv4Addr::LOCALHOST.into(), tls) else {
            return;
        };
        holds_a_session(&server);
    }
}

/// Nothing is said to a server with a wrong certificate, not even who would log in.
#[test]
fn a_server_with_another_certificate_hears_no_name() {
    let wrong = "07".repeat(32);
    for (tls, way) in [(Tls::EXPLICIT, "explicit"), (IMPLICIT, "implicit")] {
        let Some(server) = Server::vsftpd_tls(Ipv4Addr::LOCALHOST.into(), tls) else {
            return;
        };
        let relay = Relay::for_server(server.address);
        for (pin, why) in [(None, "unknown-issuer"), (Some(wrong.as_str()), "not-pinned")] {
            let mut driver = driver(&relay);
            driver.open_tls(&typed(&server), way, pin);
            let connect = driver.act(json!({"do": "connect"}));
            let log_in = driver.act(json!({"do": "log-in", "user": server.user, "password": PASSWORD}));
            let outcome = driver.until_finished(connect);
            assert_eq!(outcome["trouble"]["why"]["why"]["certificate"], why, "{outcome}");
            let shown = outcome["trouble"]["why"]["shown"]["sha256"].as_str();
            assert_eq!(shown, server.fingerprint());
            assert_ne!(driver.until_finished(log_in)["outcome"], "done");
            assert!(!has(driver.text.as_bytes(), "USER"), "{}", driver.text);
        }
        let mut driver = driver(&relay);
        driver.open_tls(&typed(&server), way, Some("seagull"));
        assert_eq!(driver.until(|heard| heard["say"] == "refused")["why"], "malformed");
    }
}
