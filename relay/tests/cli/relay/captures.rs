//! Captures of sessions with the sandbox: who gets them, and whose keys are never in one.

use serde_json::json;

use super::super::{live::Sandbox, portolan, run, stderr};
use super::{Relay, Speaker};

/// What a key log's lines begin with, in each version of TLS.
const KEY_LOG: [&str; 4] = [
    "CLIENT_RANDOM",
    "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    "SERVER_TRAFFIC_SECRET",
    "EXPORTER_SECRET",
];

/// The answer's status and its body.
fn ask(relay: &Relay, method: &str, session: &str, key: Option<&str>) -> (String, Vec<u8>) {
    let key = key
        .map(|key| format!("Authorization: Bearer {key}\r\n"))
        .unwrap_or_default();
    let request = format!(
        "{method} /relay/capture/{session} HTTP/1.1\r\nHost: {}\r\n{key}Connection: close\r\n\r\n",
        relay.address
    );
    let answer = relay.ask(request.as_bytes());
    let start = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    let status = String::from_utf8(answer[9..12].to_vec()).unwrap();
    (status, answer[start..].to_vec())
}

fn capture(relay: &Relay, driver: &Speaker) -> Vec<u8> {
    let (status, capture) = ask(relay, "GET", &driver.session, Some(&driver.drive));
    assert_eq!(status, "200", "{}", String::from_utf8_lossy(&capture));
    assert!(capture.starts_with(&[0x0a, 0x0d, 0x0d, 0x0a]), "no pcapng");
    capture
}

/// Whether there is a Decryption Secrets Block (draft-ietf-opsawg-pcapng section 4.7).
fn has_secrets(pcapng: &[u8]) -> bool {
    let word = |at: usize| u32::from_le_bytes(pcapng[at..at + 4].try_into().unwrap());
    let (mut at, mut has) = (0, false);
    while at < pcapng.len() {
        has |= word(at) == 0x0a;
        at += word(at + 4) as usize;
    }
    assert_eq!(has, holds_keys(pcapng), "keys are in their block and nowhere else");
    has
}

fn holds_keys(bytes: &[u8]) -> bool {
    KEY_LOG
        .iter()
        .any(|label| bytes.windows(label.len()).any(|window| window == label.as_bytes()))
}

/// A session with the sandbox whose control connection is secured.
fn secured(relay: &Relay) -> Speaker {
    let mut driver = relay.viewer();
    driver.open_tls(&json!({"server": "offered", "name": "sandbox"}), "explicit", None);
    driver.until(|heard| heard["say"] == "attached");
    let connect = driver.act(json!({"do": "connect"}));
    assert_eq!(driver.until_finished(connect)["outcome"], "done");
    driver
}

fn lists(driver: &mut Speaker) {
    let list = driver.act(json!({"do": "list"}));
    assert_eq!(driver.until_finished(list)["outcome"], "done");
}

#[test]
fn a_capture_with_its_keys_is_for_who_drives() {
    let relay = Relay::start(&[]);
    let mut driver = secured(&relay);
    driver.say(&json!({"say": "log-in", "number": 2}));
    driver.given = 2;
    lists(&mut driver);
    assert!(has_secrets(&capture(&relay, &driver)));
    let other = relay.driver();
    for (session, key) in [
        (&driver.session, Some(driver.watch.as_str())),
        (&driver.session, Some(&other.drive)),
        (&driver.session, Some("")),
        (&driver.session, None),
        (&other.session, Some(&driver.drive)),
        (&"999".to_owned(), Some(&driver.drive)),
    ] {
        assert_eq!(ask(&relay, "GET", session, key).0, "404", "{session} {key:?}");
    }
    assert_eq!(ask(&relay, "POST", &driver.session, Some(&driver.drive)).0, "405");
    // In the clear there is nothing to decrypt.
    assert!(!has_secrets(&capture(&relay, &other)));
    // When all is over it is still there, and longer.
    let before = capture(&relay, &driver).len();
    driver.act(json!({"do": "quit"}));
    driver.until(|heard| heard["say"] == "ended");
    assert!(capture(&relay, &driver).len() > before);
    assert!(!holds_keys(driver.text.as_bytes()) && !holds_keys(other.text.as_bytes()));
}

/// It may be good elsewhere, and the keys would show it.
#[test]
fn a_password_that_is_not_the_sandboxs_takes_the_keys_away() {
    let relay = Relay::start(&[]);
    let mut driver = Speaker::call(relay.address, &relay.origin()).unwrap();
    let welcome = driver.hello(None);
    let (user, own) = (&welcome["servers"][0]["user"], &welcome["servers"][0]["password"]);
    driver.open_tls(&json!({"server": "offered", "name": "sandbox"}), "explicit", None);
    driver.act(json!({"do": "connect"}));
    let log_in = driver.act(json!({"do": "log-in", "user": user, "password": own}));
    assert_eq!(driver.until_finished(log_in)["outcome"], "done");
    lists(&mut driver);
    assert!(has_secrets(&capture(&relay, &driver)), "it is the sandbox's own, typed");
    let log_in = driver.act(json!({"do": "log-in", "user": user, "password": "canary-password"}));
    driver.until_finished(log_in);
    assert!(!has_secrets(&capture(&relay, &driver)));
    let log_in = driver.act(json!({"do": "log-in", "user": user, "password": own}));
    driver.until_finished(log_in);
    lists(&mut driver);
    assert!(!has_secrets(&capture(&relay, &driver)), "keys came again");

    let mut driver = secured(&relay);
    let account = driver.act(json!({"do": "log-in", "user": user, "password": own, "account": "canary-account"}));
    driver.until_finished(account);
    assert!(!has_secrets(&capture(&relay, &driver)), "an account is a secret too");
}

#[test]
fn no_other_servers_keys_are_kept() {
    // It is a sandbox, but another program's.
    let sandbox = Sandbox::with_user(&[]);
    let target = sandbox.address.to_string();
    let relay = Relay::start(&["--allow", &target, "--allow-data", "127.0.0.1:60000-65535"]);
    let typed = json!({"server": "typed", "host": "127.0.0.1", "port": sandbox.address.port()});
    let mut stranger = relay.viewer();
    stranger.open_tls(&typed, "explicit", None);
    let connect = stranger.act(json!({"do": "connect"}));
    let refused = stranger.until_finished(connect);
    let pin = refused["trouble"]["why"]["shown"]["sha256"].as_str().unwrap();
    let mut driver = relay.viewer();
    driver.open_tls(&typed, "explicit", Some(pin));
    driver.act(json!({"do": "connect"}));
    driver.act(json!({"do": "log-in", "user": "anna", "password": super::super::live::PASSWORD}));
    lists(&mut driver);
    let (status, answer) = ask(&relay, "GET", &driver.session, Some(&driver.drive));
    assert_eq!(status, "404");
    assert!(!holds_keys(&answer) && !holds_keys(driver.text.as_bytes()));

    let folder = tempfile::tempdir().unwrap();
    let (log, file) = (folder.path().join("log"), folder.path().join("capture"));
    let url = format!("ftpes://anna:{}@{target}/", super::super::live::PASSWORD);
    let files = ["--log", log.to_str().unwrap(), "--pcapng", file.to_str().unwrap()];
    let output = portolan(&[&["connect", &url, "--pin", pin][..], &files].concat())
        .env("SSLKEYLOGFILE", folder.path().join("keys"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(!has_secrets(&std::fs::read(file).unwrap()));
    assert!(!holds_keys(&std::fs::read(log).unwrap()) && !holds_keys(&output.stdout));
    assert!(!folder.path().join("keys").exists(), "the environment got the keys");
    // A simulation's capture has them: what is looked for is what is written.
    let file = folder.path().join("simulated");
    let simulated = run(&["simulate", "ftps-explicit", "--pcapng", file.to_str().unwrap()]);
    assert_eq!(simulated.status.code(), Some(0));
    assert!(has_secrets(&std::fs::read(file).unwrap()));
}
