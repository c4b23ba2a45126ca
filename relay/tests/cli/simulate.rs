//! `portolan simulate`.

use std::path::PathBuf;
use std::process::Stdio;

use super::{portolan, run, stderr, stdout};

/// A file of its own for a test, gone when it is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        Self(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{name}", std::process::id())))
    }

    fn holding(name: &str, text: &str) -> Self {
        let scratch = Self::new(name);
        std::fs::write(&scratch.0, text).unwrap();
        scratch
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

const TINY: &str = r#"name = "tiny"
title = "Tiny"
summary = "A call."
world.hosts = [
    { name = "client", role = "client", addresses = ["198.51.100.25"] },
    { name = "server", role = "server", addresses = ["203.0.113.10"], greeters = [{ port = 22, service = "SSH", says = "hello" }] },
]
world.links = [{ between = ["client", "server"], latency = "10ms", bandwidth = "100Mbit/s" }]
plan = [{ do = "call", port = 22 }]
"#;

/// The log of a run, line by line.
fn log(arguments: &[&str]) -> Vec<serde_json::Value> {
    let output = run(&[&["simulate"], arguments, &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    stdout(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn the_log_is_json_lines_with_a_header() {
    let log = log(&["first-file"]);
    let (header, events) = log.split_first().unwrap();
    assert_eq!(header["format"], "portolan-log");
    assert_eq!(
        header["source"],
        serde_json::json!({ "source": "simulation", "scenario": "first-file", "seed": 1 })
    );
    assert!(events.len() > 100);
    for (nth, event) in events.iter().enumerate() {
        assert_eq!(event["seq"], nth as u64);
    }
    assert_eq!(events.last().unwrap()["kind"], "ended");
}

#[test]
fn the_source_in_the_header_brings_the_same_log_again() {
    let settings = [
        "--seed",
        "12",
        "--set",
        "loss=2%",
        "--set",
        "mode=active",
        "--set",
        "latency=15ms",
    ];
    let first = log(&[&["ftp-passive"], &settings[..]].concat());
    let source = &first[0]["source"];
    let seed = source["seed"].to_string();
    let mut again = vec![
        source["scenario"].as_str().unwrap().to_owned(),
        "--seed".to_owned(),
        seed,
    ];
    for (key, value) in source["settings"].as_object().unwrap() {
        again.extend(["--set".to_owned(), format!("{key}={}", value.as_str().unwrap())]);
    }
    let again: Vec<&str> = again.iter().map(String::as_str).collect();
    assert_eq!(log(&again), first);
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_other_ports() {
    let capture = |seed: &str| {
        let output = run(&["simulate", "ftp-passive", "--seed", seed, "--pcapng", "-"]);
        assert_eq!(output.status.code(), Some(0));
        output.stdout
    };
    assert!(
        capture("7").starts_with(b"\x0a\x0d\x0d\x0a"),
        "a section header stands first"
    );
    assert!(capture("7") == capture("7"));
    assert!(capture("7") != capture("8"));
    let ports = |seed: &str| -> Vec<String> {
        let log = log(&["ftp-passive", "--seed", seed]);
        let calls = log.iter().filter(|event| event["kind"] == "attempted");
        calls
            .map(|event| format!("{} {}", event["from"], event["to"]))
            .collect()
    };
    assert_eq!(ports("7").len(), 4);
    assert_ne!(ports("7"), ports("8"));
}

#[test]
fn files_are_written_beside_the_transcript() {
    let (log, capture) = (Scratch::new("a.jsonl"), Scratch::new("a.pcapng"));
    let output = run(&[
        "simulate",
        "first-file",
        "--log",
        log.path(),
        "--pcapng",
        capture.path(),
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(!stdout(&output).starts_with('{'));
    let piped = run(&["simulate", "first-file", "--log", "-"]);
    assert!(std::fs::read(&log.0).unwrap() == piped.stdout);
    let piped = run(&["simulate", "first-file", "--pcapng", "-"]);
    assert!(std::fs::read(&capture.0).unwrap() == piped.stdout);
}

#[test]
fn the_transcript_tells_the_ports_and_who_called() {
    let output = run(&["simulate", "first-file"]);
    let text = stdout(&output);
    for wanted in ["50123", "51890", "60523", "227", "PASV", "RETR", "226"] {
        assert!(text.contains(wanted), "{wanted} is missing:\n{text}");
    }
}

#[test]
fn a_transcript_reads_as_reviewed() {
    insta::assert_snapshot!("first-file", stdout(&run(&["simulate", "first-file"])));
    insta::assert_snapshot!("active-blocked", stdout(&run(&["simulate", "active-blocked"])));
}

#[test]
fn an_eavesdropper_is_told_what_tls_does_not_hide() {
    let output = run(&["simulate", "ftps-explicit", "--eavesdrop"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    for readable in [
        "AUTH TLS",
        "server name ftp.harbour.example",
        "60523",
        "1 encrypted record",
    ] {
        assert!(text.contains(readable), "{readable} is missing:\n{text}");
    }
    for hidden in ["anna", "seagull", "RETR", "harbour.txt"] {
        assert!(!text.contains(hidden), "{hidden} is told:\n{text}");
    }
    let both = run(&["simulate", "ftps-explicit", "--eavesdrop", "--json"]);
    assert_eq!(both.status.code(), Some(2));
    assert!(stderr(&both).contains("give that a file"), "{}", stderr(&both));
}

#[test]
fn a_session_that_fails_is_status_1_with_a_sentence() {
    let output = run(&["simulate", "ftp-active", "--set", "client-blocks-incoming=true"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(!output.stdout.is_empty(), "what happened is told all the same");
    let why = stderr(&output);
    assert!(
        why.starts_with("portolan: The client could not list a directory. The server answered 425"),
        "{why}"
    );

    let output = run(&["simulate", "ftp-passive", "--set", "ip=6", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("EPRT and EPSV can"), "{}", stderr(&output));
}

#[test]
fn a_failure_that_the_plan_expects_is_none() {
    for name in ["active-blocked", "call-a-port"] {
        let output = run(&["simulate", name]);
        assert_eq!(output.status.code(), Some(0), "{name}");
        assert_eq!(stderr(&output), "", "{name}");
    }
}

#[track_caller]
fn wrong(arguments: &[&str], words: &[&str]) {
    let output = run(&[&["simulate"], arguments].concat());
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stderr(&output));
    assert!(output.stdout.is_empty(), "{arguments:?}");
    for word in words {
        assert!(
            stderr(&output).contains(word),
            "`{word}` is missing: {}",
            stderr(&output)
        );
    }
}

#[test]
fn a_wrong_command_line_says_what_would_be_right() {
    wrong(&["first-fiel"], &["`first-fiel`", "first-file"]);
    wrong(
        &["first-file", "--set", "latencee=1ms"],
        &["`latencee`", "client-blocks-incoming"],
    );
    wrong(
        &["first-file", "--set", "latency=long"],
        &["`latency`", "from 0ms to 5s"],
    );
    wrong(&["first-file", "--set", "latency"], &["KEY=VALUE"]);
    wrong(
        &["call-a-port", "--set", "file-size=9"],
        &["nothing that `file-size` could change"],
    );
    wrong(
        &["first-file", "--seed", "9007199254740992"],
        &["below 9007199254740992"],
    );
    wrong(&["first-file", "--json", "--pcapng", "-"], &["not both"]);
    wrong(
        &["first-file", "--log", "/nowhere/at/all.jsonl"],
        &["/nowhere/at/all.jsonl", "cannot be written"],
    );
}

#[test]
fn a_scenario_may_be_a_file() {
    let file = Scratch::holding("tiny.toml", TINY);
    let output = run(&["simulate", file.path()]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("22"));
}

#[test]
fn a_wrong_file_is_refused_with_key_and_line() {
    let file = Scratch::holding("colour.toml", &TINY.replace("plan =", "colour = 1\nplan ="));
    wrong(&[file.path()], &[file.path(), "line 9", "`colour`"]);
    let file = Scratch::holding("zero.toml", &TINY.replace("port = 22 }]\n", "port = 0 }]\n"));
    wrong(&[file.path()], &["line 9", "port 0 is reserved"]);
    let file = Scratch::holding("hostile.toml", "\u{9b}31m = \"\u{202e}\"\n");
    let output = run(&["simulate", file.path()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(!has_control(stderr(&output)), "{:?}", stderr(&output));
    wrong(&["/"], &["/: "]);
}

/// Whether a text could write on a terminal what it should not.
fn has_control(text: &str) -> bool {
    text.chars()
        .any(|c| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
}

#[test]
fn what_a_server_says_is_never_printed_with_its_control_characters() {
    // A scenario's own texts may not hold any; what a client types may, up to line ends, and the server echoes names.
    let session = r#"
plan = [
    { do = "connect" },
    { do = "log-in", user = "anna", password = "seagull" },
    { do = "get", remote = "\u001b]0;owned\u0007\u001b[2J\u009b31m\u202e.txt" },
]"#;
    let ftp = r#"ftp = [{ users = [{ name = "anna", password = "seagull" }] }], greeters ="#;
    let text = TINY
        .replace("greeters =", ftp)
        .replace("plan = [{ do = \"call\", port = 22 }]", session.trim());
    let file = Scratch::holding("escape.toml", &text);
    for arguments in [&[file.path()][..], &[file.path(), "--json"]] {
        let output = run(&[&["simulate"], arguments].concat());
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        assert!(stderr(&output).contains("550"), "{}", stderr(&output));
        assert!(!has_control(stderr(&output)), "{:?}", stderr(&output));
        let printed = stdout(&output);
        let reaches = printed.chars().any(|c| matches!(c, '\u{1b}' | '\u{7}'));
        assert!(!reaches, "{printed:?}");
        if arguments.len() == 1 {
            assert!(!has_control(printed), "{printed:?}");
        }
    }
}

#[test]
fn a_reader_who_has_seen_enough_is_no_failure() {
    for extra in [&[][..], &["--json"], &["--pcapng", "-"]] {
        let mut child = portolan(&[&["simulate", "ftp-passive"], extra].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{extra:?}");
        assert_eq!(stderr(&output), "", "{extra:?}");
    }
}
