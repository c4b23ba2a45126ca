//! Files that go through the relay.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::{Relay, Speaker};

/// The ticket that the driver is given for an action.
fn ticket(driver: &mut Speaker, way: &str) -> String {
    let file = driver.until(|heard| heard["say"] == "file" && heard["way"] == way);
    file["ticket"].as_str().unwrap().to_owned()
}

fn get(relay: &Relay, ticket: &str) -> Vec<u8> {
    let request = format!(
        "GET /relay/file/{ticket} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
        relay.address
    );
    relay.ask(request.as_bytes())
}

fn put(relay: &Relay, ticket: &str, origin: &str, body: &[u8]) -> Vec<u8> {
    let mut request = format!(
        "PUT /relay/file/{ticket} HTTP/1.1\r\nHost: {}\r\nOrigin: {origin}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        relay.address,
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    relay.ask(&request)
}

fn status(answer: &[u8]) -> &str {
    std::str::from_utf8(&answer[9..12]).unwrap()
}

/// The body of a chunked answer.
fn body(answer: &[u8]) -> Vec<u8> {
    let start = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    let (mut rest, mut body) = (&answer[start..], Vec::new());
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n").unwrap();
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            return body;
        }
        body.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 4 + size..];
    }
}

#[test]
fn up_and_down_again() {
    let relay = Relay::start(&[]);
    let mut driver = relay.driver();
    let content: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    for content in [&content[..], b""] {
        let up = driver.act(json!({"do": "put", "local": "mine.bin", "remote": "upload/mine.bin"}));
        let ticket_up = ticket(&mut driver, "upload");
        let answer = put(&relay, &ticket_up, &relay.origin(), content);
        assert_eq!(status(&answer), "200", "{}", String::from_utf8_lossy(&answer));
        assert_eq!(driver.until_finished(up)["outcome"], "done");
        let down = driver.act(json!({"do": "get", "remote": "upload/mine.bin"}));
        let ticket_down = ticket(&mut driver, "download");
        let answer = get(&relay, &ticket_down);
        assert_eq!(status(&answer), "200");
        let head = String::from_utf8_lossy(&answer[..answer.len().min(1000)]).into_owned();
        assert!(head.contains("attachment; filename*=UTF-8''mine.bin"), "{head}");
        assert!(body(&answer) == content, "the file came back changed");
        assert_eq!(driver.until_finished(down)["outcome"], "done");
        // A ticket is good once.
        assert_eq!(status(&get(&relay, &ticket_down)), "404");
        assert_eq!(status(&put(&relay, &ticket_up, &relay.origin(), b"x")), "404");
    }
}

#[test]
fn a_ticket_is_for_the_page_and_for_one_way() {
    let relay = Relay::start(&[]);
    let mut driver = relay.driver();
    driver.act(json!({"do": "put", "local": "a", "remote": "upload/a"}));
    let upload = ticket(&mut driver, "upload");
    assert_eq!(status(&get(&relay, &upload)), "404");
    assert_eq!(status(&put(&relay, &upload, "http://evil.example", b"x")), "403");
    let (session, key) = upload.split_once('.').unwrap();
    let guessed = format!("{session}.{}", "a".repeat(key.len()));
    assert_eq!(status(&put(&relay, &guessed, &relay.origin(), b"x")), "404");
    // It still is good for what it is for.
    assert_eq!(status(&put(&relay, &upload, &relay.origin(), b"x")), "200");
}

#[test]
fn a_broken_download_ends_the_transfer_and_nothing_else() {
    let relay = Relay::start(&[]);
    let mut driver = relay.driver();
    let down = driver.act(json!({"do": "get", "remote": "pub/large.bin"}));
    let ticket = ticket(&mut driver, "download");
    let mut stream = TcpStream::connect(relay.address).unwrap();
    let request = format!("GET /relay/file/{ticket} HTTP/1.1\r\nHost: {}\r\n\r\n", relay.address);
    stream.write_all(request.as_bytes()).unwrap();
    stream.read_exact(&mut [0; 100_000]).unwrap();
    drop(stream);
    assert_eq!(driver.until_finished(down)["outcome"], "failed");
    let list = driver.act(json!({"do": "list"}));
    assert_eq!(driver.until_finished(list)["outcome"], "done");
}

#[test]
fn an_aborted_download_is_no_whole_file() {
    let relay = Relay::start(&[]);
    let mut driver = relay.driver();
    let down = driver.act(json!({"do": "get", "remote": "pub/large.bin"}));
    let ticket = ticket(&mut driver, "download");
    let mut stream = TcpStream::connect(relay.address).unwrap();
    let request = format!("GET /relay/file/{ticket} HTTP/1.1\r\nHost: {}\r\n\r\n", relay.address);
    stream.write_all(request.as_bytes()).unwrap();
    stream.read_exact(&mut [0; 100_000]).unwrap();
    driver.act(json!({"do": "abort"}));
    let mut rest = Vec::new();
    let _reset = stream.read_to_end(&mut rest);
    assert!(!rest.ends_with(b"\r\n0\r\n\r\n"), "the browser would take it for whole");
    assert_eq!(driver.until_finished(down)["outcome"], "aborted");
}

#[test]
fn a_file_beyond_the_limit_is_refused_with_the_number() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("relay.toml");
    std::fs::write(&config, "[limits]\nfile-bytes = 100000\n").unwrap();
    let relay = Relay::start(&["--config", config.to_str().unwrap()]);
    let mut driver = relay.driver();
    let up = driver.act(json!({"do": "put", "local": "a", "remote": "upload/a"}));
    let upload = ticket(&mut driver, "upload");
    let answer = put(&relay, &upload, &relay.origin(), &[0; 100_001]);
    assert_eq!(status(&answer), "413");
    assert!(String::from_utf8_lossy(&answer).contains("100000"));
    // The ticket is not used up by that.
    assert_eq!(status(&put(&relay, &upload, &relay.origin(), &[0; 100_000])), "200");
    assert_eq!(driver.until_finished(up)["outcome"], "done");
    let down = driver.act(json!({"do": "get", "remote": "pub/large.bin"}));
    let download = ticket(&mut driver, "download");
    let answer = get(&relay, &download);
    assert!(
        answer.len() < 110_000 && !answer.ends_with(b"0\r\n\r\n"),
        "{}",
        answer.len()
    );
    let outcome: Value = driver.until_finished(down);
    assert_eq!(outcome["outcome"], "failed");
    assert!(outcome.to_string().contains("full"), "{outcome}");
}
