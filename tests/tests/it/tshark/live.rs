//! Real sessions under TLS, as tshark reads their captures: those with the relay's own sandbox with their keys, all others
//! without.

use std::net::{Ipv4Addr, SocketAddr};

use serde_json::json;

use super::reader::{Capture, Packet};
use super::{every_packet_is_sound, tls::seen};
use crate::connect::Line;
use crate::relay::{Relay, Speaker, ticket};
use crate::server::{Server, Tls};

/// Where the control connection went.
fn control(driver: &Speaker) -> SocketAddr {
    let is_control = |event: &&serde_json::Value| event["kind"] == "established" && event["purpose"] == "control";
    let established = driver.events.iter().find(is_control).unwrap();
    established["peer"].as_str().unwrap().parse().unwrap()
}

/// The verbs that were said, by the log.
fn said(driver: &Speaker) -> Vec<String> {
    let commands = driver.events.iter().filter(|event| event["report"] == "command");
    commands
        .map(|event| event["verb"].as_str().unwrap().to_owned())
        .collect()
}

/// A session that lists and downloads under TLS, from which a capture is fetched when all is over. Who is `mistaken` says
/// another password first.
fn session(tls: &str, mistaken: bool) -> (Speaker, Vec<u8>) {
    let relay = Relay::with_sandbox();
    let mut driver = Speaker::call(relay.address, &format!("http://{}", relay.address)).unwrap();
    let welcome = driver.hello(None);
    driver.open_tls(&json!({"server": "offered", "name": "sandbox"}), tls, None);
    let (user, password) = (&welcome["servers"][0]["user"], &welcome["servers"][0]["password"]);
    driver.act(json!({"do": "connect"}));
    if mistaken {
        let log_in = driver.act(json!({"do": "log-in", "user": user, "password": "good-elsewhere"}));
        assert_ne!(driver.until_finished(log_in)["outcome"], "done");
    }
    driver.act(json!({"do": "log-in", "user": user, "password": password}));
    driver.act(json!({"do": "list"}));
    let get = driver.act(json!({"do": "get", "remote": "readme.txt"}));
    let fetched = ticket(&mut driver);
    relay.file("GET", &fetched, b"");
    assert_eq!(driver.until_finished(get)["outcome"], "done");
    driver.act(json!({"do": "quit"}));
    driver.until(|heard| heard["say"] == "ended");
    let capture = relay.capture(&driver.session, &driver.drive);
    (driver, capture)
}

/// The packets of a session whose control connection is secured behind the greeting.
fn packets(capture: &[u8], control: SocketAddr) -> Option<Vec<Packet>> {
    let packets = Capture::of_server(capture, control.port())?.packets();
    every_packet_is_sound(&packets, packets.len());
    Some(packets)
}

/// The verbs that can be decrypted of one that is secured from the start, which tshark does not know how to dissect.
fn decrypted(capture: &[u8], control: SocketAddr) -> Option<Vec<String>> {
    let capture = Capture::of(capture)?;
    let packets = capture.packets();
    every_packet_is_sound(&packets, packets.len());
    let port = control.port().to_string();
    let there = packets.iter().find(|packet| packet.one("tcp.dstport") == port);
    let (_greeted, sent) = capture.decrypted(there.unwrap().one("tcp.stream"));
    let sent = String::from_utf8(sent).unwrap();
    let verbs = sent.lines().filter_map(|line| line.split(' ').next());
    Some(verbs.map(str::to_owned).collect())
}

#[test]
fn a_session_with_the_sandbox_is_read_with_the_keys_in_its_capture() {
    let (driver, capture) = session("explicit", false);
    let Some(packets) = packets(&capture, control(&driver)) else {
        return;
    };
    assert_eq!(seen(&packets), said(&driver));
    let transfers: Vec<&str> = packets.iter().map(|packet| packet.one("ftp-data.command")).collect();
    assert!(transfers.contains(&"RETR readme.txt"), "{transfers:?}");

    let (driver, capture) = session("implicit", false);
    assert_eq!(decrypted(&capture, control(&driver)), Some(said(&driver)));
}

#[test]
fn after_a_password_that_is_good_elsewhere_nothing_is_read() {
    let (driver, capture) = session("explicit", true);
    let Some(packets) = packets(&capture, control(&driver)) else {
        return;
    };
    assert_eq!(seen(&packets), ["AUTH"]);
    assert!(said(&driver).len() > 5);

    let (driver, capture) = session("implicit", true);
    assert_eq!(decrypted(&capture, control(&driver)), Some(Vec::new()));
}

#[test]
fn a_session_with_another_server_is_not_read() {
    let Some(server) = Server::vsftpd_tls(Ipv4Addr::LOCALHOST.into(), Tls::EXPLICIT) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let ran = Line::to(&server, "extended-passive").run(folder.path());
    ran.is_done();
    let Some(packets) = packets(&ran.capture, server.address) else {
        return;
    };
    assert_eq!(seen(&packets), ["AUTH"]);
    assert!(ran.commands().len() > 5);
}
