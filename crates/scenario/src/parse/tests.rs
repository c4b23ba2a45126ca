use super::*;

/// The smallest scenario there can be.
const SMALL: &str = r#"name = "small"
title = "Small"
summary = "Two hosts and a call."

[[world.hosts]]
name = "client"
role = "client"
addresses = ["198.51.100.25"]

[[world.hosts]]
name = "server"
role = "server"
addresses = ["203.0.113.10"]
greeters = [{ port = 22, service = "SSH" }]

[[world.links]]
between = ["client", "server"]
latency = "10ms"
bandwidth = "100Mbit/s"

[[plan]]
do = "call"
port = 22
"#;

/// The error that `SMALL` gives when its line `old` reads `new`; also the number of that line.
#[track_caller]
fn error(old: &str, new: &str) -> (String, usize) {
    assert_eq!(SMALL.matches(old).count(), 1, "`{old}` must stand there once");
    let at = SMALL.find(old).unwrap();
    // A line that is put in front counts for itself.
    let line = SMALL[..at].matches('\n').count() + 1;
    match parse(&SMALL.replace(old, new)) {
        Ok(_) => panic!("`{new}` was taken"),
        Err(error) => (error.to_string(), line),
    }
}

#[track_caller]
fn says(old: &str, new: &str, words: &[&str]) {
    let (error, line) = error(old, new);
    assert!(
        error.starts_with(&format!("line {line}: ")),
        "line {line} was meant: {error}"
    );
    for word in words {
        assert!(error.contains(word), "`{word}` is missing: {error}");
    }
}

#[test]
fn the_small_one_is_right() {
    let scenario = parse(SMALL).unwrap();
    assert_eq!(scenario.client().unwrap().name, "client");
    assert_eq!(scenario.server().unwrap().greeters.len(), 1);
    assert_eq!(scenario.seed, 1);
}

#[test]
fn unknown_keys_are_refused_by_name_and_line() {
    says("title = ", "tittle = ", &["`tittle`", "`title`"]);
    says("latency = ", "latencee = ", &["`latencee`", "`latency`"]);
    says("port = 22\n", "prot = 22\n", &["`prot`", "`port`"]);
    says(
        "greeters = [{ port = 22, ",
        "greeters = [{ port = 22, colour = \"blue\", ",
        &["`colour`", "`says`"],
    );
    says(
        "role = \"server\"",
        "firewall = [{ reject = \"all\" }]\nrole = \"server\"",
        &["`reject`"],
    );
    says(
        "[[plan]]",
        "lesson = { goal = \"x\", chapter = [] }\n[[plan]]",
        // Inside the last table of `links`: `lesson` itself does not belong there.
        &["`lesson`", "`loss`"],
    );
}

#[test]
fn values_that_are_none_are_refused_with_their_line() {
    says(
        "latency = \"10ms\"",
        "latency = \"10\"",
        &["a number and us, ms, s or min"],
    );
    says("bandwidth = \"100Mbit/s\"", "bandwidth = \"fast\"", &["100Mbit/s"]);
    says("port = 22\n", "port = 70000\n", &["70000"]);
    says("do = \"call\"", "do = \"ring\"", &["`ring`", "`call`"]);
    says(
        "addresses = [\"198.51.100.25\"]",
        "addresses = [\"198.51.100.256\"]",
        &["IP address"],
    );
    says("port = 22\n", "host = \"a\\u000ab\"\nport = 22\n", &["line end"]);
}

#[test]
fn what_the_check_finds_has_its_line_too() {
    says("port = 22\n", "port = 0\n", &["plan[0].port", "port 0 is reserved"]);
    says(
        "between = [\"client\", \"server\"]",
        "between = [\"client\", \"sever\"]",
        &["`sever`", "`client`, `server`"],
    );
    says(
        "addresses = [\"203.0.113.10\"]",
        "addresses = [\"198.51.100.25\"]",
        &["already that of `client`"],
    );
    says(
        "port = 22\n",
        "path = \"/\"\n",
        &["`path` does not belong to a step that does `call`"],
    );
}

#[test]
fn hostile_text_is_shown_without_its_control_characters() {
    let error =
        parse("name = \"\\u001b[2J\"\ntitle = \"x\"\nsummary = \"x\"\nplan = []\nworld = { hosts = [], links = [] }");
    let shown = error.unwrap_err().to_string();
    assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
    assert!(shown.starts_with("line 1: "), "{shown}");
    assert!(parse(&"#".repeat(limits::FILE + 1)).is_err());
}

#[test]
fn the_examples_of_the_documentation_are_scenarios() {
    let format = include_str!("../../FORMAT.md");
    let mut examples = format
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next());
    let tiny = examples.next().unwrap();
    assert_eq!(parse(tiny).unwrap().name, "tiny");
    let lesson = examples.next().unwrap();
    let with_lesson = parse(&format!("{tiny}\n{lesson}")).unwrap();
    assert_eq!(with_lesson.lesson.unwrap().chapters.len(), 1);
    assert_eq!(examples.next(), None);
}
