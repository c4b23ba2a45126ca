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
