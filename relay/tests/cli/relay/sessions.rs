//! What an honest page does.

use serde_json::json;

use super::{Relay, Speaker};

#[test]
fn a_session_with_the_sandbox_in_all_four_modes() {
    let relay = Relay::start(&[]);
    let mut driver = relay.driver();
    for mode in ["passive", "extended-passive", "active", "extended-active"] {
        driver.act(json!({"do": "mode", "mode": mode}));
        let list = driver.act(json!({"do": "list"}));
        let outcome = driver.until_finished(list);
        assert_eq!(outcome["outcome"], "done", "{mode}: {outcome}");
    }
    let listed = driver.until_event(|event| event["report"] == "listed");
    assert!(listed["lines"].to_string().contains("readme.txt"), "{listed}");
    driver.act(json!({"do": "quit"}));
    let ended = driver.until(|heard| heard["say"] == "ended");
    assert_eq!(ended["why"], "done");
    assert_eq!(driver.events.last().unwrap()["kind"], "ended");
}

#[test]
fn a_dropped_socket_resumes_where_it_was() {
    let relay = Relay::start(&[]);
    let mut driver = relay.driver();
    let seen = driver.events.len() as u64;
    let (session, key) = (driver.session.clone(), driver.drive.clone());
    let list = driver.act(json!({"do": "list"}));
    drop(driver);
    let mut again = relay.viewer();
    again.say(&json!({"say": "attach", "session": session, "key": key, "after": 0}));
    let attached = again.until(|heard| heard["say"] == "attached");
    assert_eq!(attached["driving"], true);
    // Whether it was taken or not: the driver says it again, and it is done once.
    again.say(&json!({"say": "act", "number": list, "what": {"do": "list"}}));
    again.given = list;
    assert_eq!(again.until_finished(list)["outcome"], "done");
    let started = again.events.iter().filter(|event| event["report"] == "started");
    assert_eq!(started.count() as u32, list);
    assert!(again.events.len() as u64 > seen);
    // From a cursor on, not from the beginning.
    let mut third = relay.viewer();
    third.say(&json!({"say": "attach", "session": session, "key": key, "after": seen}));
    let events = third.until(|heard| heard["say"] == "events");
    assert_eq!(events["from"], seen);
}

#[test]
fn who_attaches_with_the_drive_key_takes_over() {
    let relay = Relay::start(&[]);
    let mut first = relay.driver();
    let mut second = relay.viewer();
    second.say(&json!({"say": "attach", "session": first.session, "key": first.drive, "after": 0}));
    second.until(|heard| heard["say"] == "attached");
    assert_eq!(first.until_bye(), "taken-over");
    second.given = 2;
    let list = second.act(json!({"do": "list"}));
    assert_eq!(second.until_finished(list)["outcome"], "done");
}

#[test]
fn several_look_on_and_see_the_same() {
    let relay = Relay::start(&[]);
    let mut driver = relay.driver();
    let look_on = |relay: &Relay, driver: &Speaker| {
        let mut viewer = relay.viewer();
        viewer.say(&json!({"say": "attach", "session": driver.session, "key": driver.watch, "after": 0}));
        let attached = viewer.until(|heard| heard["say"] == "attached");
        assert_eq!(attached["driving"], false);
        viewer
    };
    let mut viewers = [look_on(&relay, &driver), look_on(&relay, &driver)];
    let list = driver.act(json!({"do": "list"}));
    driver.until_finished(list);
    driver.act(json!({"do": "quit"}));
    driver.until(|heard| heard["say"] == "ended");
    for viewer in &mut viewers {
        viewer.until(|heard| heard["say"] == "ended");
        assert_eq!(viewer.events, driver.events);
    }
    // Who comes when all is over reads it too.
    let mut late = look_on(&relay, &driver);
    late.until(|heard| heard["say"] == "ended");
    assert_eq!(late.events, driver.events);
}

#[test]
fn an_offered_server_is_logged_in_to_without_the_browser() {
    let sandbox = super::super::live::Sandbox::start(&["--user", "anna:canary-password"]);
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("relay.toml");
    let target = sandbox.address;
    let text = format!(
        "allow-data = [\"127.0.0.1:60000-65535\"]\n[[target]]\nname = \"class\"\naddress = \"{target}\"\n\
         user = \"anna\"\npassword = \"canary-password\"\n"
    );
    std::fs::write(&config, text).unwrap();
    let relay = Relay::start(&["--config", config.to_str().unwrap()]);
    let mut driver = Speaker::call(relay.address, &relay.origin()).unwrap();
    let welcome = driver.hello(None);
    assert_eq!(welcome["servers"][1]["name"], "class");
    assert_eq!(welcome["servers"][1]["user"], "anna");
    driver.open(&json!({"server": "offered", "name": "class"}));
    driver.act(json!({"do": "connect"}));
    driver.say(&json!({"say": "log-in", "number": 2}));
    driver.given = 2;
    let list = driver.act(json!({"do": "list"}));
    assert_eq!(driver.until_finished(list)["outcome"], "done");
    assert!(!driver.text.contains("canary-password"), "{}", driver.text);
}

/// The header of the log that came with `attached`.
fn title(driver: &Speaker) -> String {
    let header = driver.text.lines().find(|line| line.contains("portolan-log"));
    let header: serde_json::Value = serde_json::from_str(header.unwrap()).unwrap();
    header["title"].as_str().unwrap().to_owned()
}

#[test]
fn the_sandbox_is_opened_in_every_way_of_tls_without_a_pin() {
    let relay = Relay::start(&[]);
    for (tls, title_begins, secured) in [
        ("none", "FTP with 127.0.0.1:", 0),
        ("explicit", "FTPS (explicit) with 127.0.0.1:", 2),
        ("implicit", "FTPS (implicit) with 127.0.0.1:", 2),
    ] {
        let mut driver = Speaker::call(relay.address, &relay.origin()).unwrap();
        let welcome = driver.hello(None);
        assert_eq!(welcome["servers"][0]["tls"], json!(["none", "explicit", "implicit"]));
        driver.open_tls(&json!({"server": "offered", "name": "sandbox"}), tls, None);
        driver.until(|heard| heard["say"] == "attached");
        driver.act(json!({"do": "connect"}));
        driver.say(&json!({"say": "log-in", "number": 2}));
        driver.given = 2;
        let list = driver.act(json!({"do": "list", "path": "pub"}));
        assert_eq!(driver.until_finished(list)["outcome"], "done", "{tls}");
        let found: Vec<_> = driver
            .events
            .iter()
            .filter(|event| event["report"] == "secured")
            .collect();
        assert_eq!(found.len(), secured, "{tls}: {found:?}");
        assert!(found.iter().all(|event| event["trusted"] == "pinned"), "{found:?}");
        assert!(title(&driver).starts_with(title_begins), "{}", title(&driver));
        assert!(!driver.text.contains("PRIVATE KEY"));
    }
}

#[test]
fn a_session_in_the_clear_is_secured_made_readable_and_then_told_no_password_of_the_operators() {
    let relay = Relay::start(&[]);
    let mut driver = relay.driver();
    let secure = driver.act(json!({"do": "secure"}));
    assert_eq!(driver.until_finished(secure)["outcome"], "done");
    let protect = driver.act(json!({"do": "protect", "level": "clear"}));
    assert_eq!(driver.until_finished(protect)["outcome"], "done");

    let mut driver = Speaker::call(relay.address, &relay.origin()).unwrap();
    driver.hello(None);
    driver.open_tls(&json!({"server": "offered", "name": "sandbox"}), "explicit", None);
    driver.act(json!({"do": "connect"}));
    let clear = driver.act(json!({"do": "clear-control"}));
    driver.say(&json!({"say": "log-in", "number": 3}));
    assert_eq!(driver.until(|heard| heard["say"] == "refused")["why"], "credentials");
    driver.until_finished(clear);
}

#[test]
fn certificates_are_looked_at_whatever_a_browser_says() {
    let sandbox = super::super::live::Sandbox::start(&[]);
    let target = sandbox.address.to_string();
    let relay = Relay::start(&["--allow", &target]);
    let typed = json!({"server": "typed", "host": "127.0.0.1", "port": sandbox.address.port()});
    let wrong = "07".repeat(32);
    // Nobody vouches for it, or it is another than was wanted.
    for (pin, why) in [(None, "unknown-issuer"), (Some(wrong.as_str()), "not-pinned")] {
        let mut driver = relay.viewer();
        driver.open_tls(&typed, "explicit", pin);
        let connect = driver.act(json!({"do": "connect"}));
        let outcome = driver.until_finished(connect);
        let why_not = &outcome["trouble"]["why"];
        assert_eq!(why_not["fault"], "certificate", "{outcome}");
        assert_eq!(why_not["why"]["certificate"], why, "{outcome}");
        let shown = why_not["shown"]["sha256"].as_str().unwrap().to_owned();
        // The user may take that very one.
        let mut again = relay.viewer();
        again.open_tls(&typed, "explicit", Some(&shown));
        let connect = again.act(json!({"do": "connect"}));
        assert_eq!(again.until_finished(connect)["outcome"], "done");
    }
    // What is no pin opens nothing, and neither does a pin for a server that is the relay's to know.
    let mut driver = relay.viewer();
    for pin in ["", "anybody", "0707"] {
        driver.open_tls(&typed, "explicit", Some(pin));
        let refused = driver.until(|heard| heard["say"] == "refused");
        assert_eq!(refused["why"], "malformed", "{refused}");
        assert!(
            refused["text"].as_str().unwrap().contains("64 hexadecimal digits"),
            "{refused}"
        );
    }
    driver.open_tls(
        &json!({"server": "offered", "name": "sandbox"}),
        "explicit",
        Some(&wrong),
    );
    assert_eq!(driver.until(|heard| heard["say"] == "refused")["why"], "malformed");
    // There is no word for "do not look".
    driver.say(&json!({"say": "open", "server": typed, "tls": "insecure"}));
    assert_eq!(driver.until_bye(), "malformed");
}

/// A relay with these limits.
fn limited(limits: &str) -> Relay {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("relay.toml");
    std::fs::write(&config, format!("[limits]\n{limits}\n")).unwrap();
    Relay::start(&["--config", config.to_str().unwrap()])
}

#[test]
fn a_session_ends_when_nobody_acts_and_says_so() {
    let relay = limited("idle-seconds = 1");
    let mut driver = relay.driver();
    assert_eq!(driver.until(|heard| heard["say"] == "ended")["why"], "idle");
    // What was open was closed, and the log says it.
    let kinds: Vec<&str> = driver
        .events
        .iter()
        .filter_map(|event| event["kind"].as_str())
        .collect();
    assert!(kinds.ends_with(&["fin-sent", "ended"]), "{kinds:?}");
    driver.given = 2;
    driver.act(json!({"do": "list"}));
    assert_eq!(driver.until(|heard| heard["say"] == "refused")["why"], "over");
}

#[test]
fn a_session_whose_driver_stays_away_ends() {
    let relay = limited("away-seconds = 1");
    let driver = relay.driver();
    let mut viewer = relay.viewer();
    viewer.say(&json!({"say": "attach", "session": driver.session, "key": driver.watch, "after": 0}));
    drop(driver);
    assert_eq!(viewer.until(|heard| heard["say"] == "ended")["why"], "away");
}

#[test]
fn a_full_log_ends_the_session_with_all_of_it_shown() {
    let relay = limited("log-bytes = 10000");
    let mut driver = relay.driver();
    let ended = loop {
        driver.act(json!({"do": "list"}));
        let list = driver.given;
        let heard = driver.until(|heard| heard["say"] != "refused");
        if heard["say"] == "ended" {
            break heard;
        }
        assert!(list < 100, "the log is never full");
    };
    assert_eq!(ended["why"], "log-full");
    assert_eq!(driver.events.last().unwrap()["kind"], "ended");
}

#[test]
fn the_relay_says_goodbye_when_it_ends() {
    let mut relay = Relay::start(&[]);
    let mut driver = relay.driver();
    relay.interrupt();
    assert_eq!(driver.until(|heard| heard["say"] == "ended")["why"], "relay");
    assert_eq!(driver.until_bye(), "ending");
    assert_eq!(relay.wait(), Some(0));
}
