//! `portolan scenarios`.

use std::process::Stdio;

use super::{portolan, run, stdout};

const NAMES: [&str; 9] = [
    "call-a-port",
    "first-file",
    "ftp-active",
    "ftp-passive",
    "ftp-extended-active",
    "ftp-extended-passive",
    "active-blocked",
    "ftps-explicit",
    "ftps-implicit",
];

#[test]
fn the_table_names_the_built_in_ones_in_order() {
    let output = run(&["scenarios"]);
    assert_eq!(output.status.code(), Some(0));
    let names: Vec<&str> = stdout(&output)
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(names, NAMES);
}

#[test]
fn json_is_json() {
    let output = run(&["scenarios", "--json"]);
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    let names: Vec<&str> = rows.iter().filter_map(|row| row["name"].as_str()).collect();
    assert_eq!(names, NAMES);
    assert!(
        rows.iter()
            .all(|row| row["title"].is_string() && row["summary"].is_string())
    );
}

#[test]
fn a_reader_who_has_seen_enough_is_no_failure() {
    let mut child = portolan(&["scenarios"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
}
