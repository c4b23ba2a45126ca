use portolan_wire::action::Action;

use super::*;
use crate::testing::{self, SERVER, Script, argument, goodbye, logged_in};
use crate::words;

fn sentences(log: &Log) -> Vec<String> {
    let found = findings(log);
    for finding in &found {
        assert_eq!(finding.proof.last(), Some(&finding.seq));
        assert!(finding.proof.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(finding.proof.iter().all(|seq| log.event(*seq).is_some()));
    }
    found.iter().map(words::finding).collect()
}

#[test]
fn success_finds_nothing() {
    assert_eq!(sentences(&testing::first_file()), Vec::<String>::new());
}

#[test]
fn a_blocked_call_is_explained_by_the_firewall_and_once() {
    let log = testing::active_blocked();
    assert_eq!(
        sentences(&log),
        [
            "The server called client port 51890 from its own port 20 for a data connection. The firewall of the client \
          dropped the call without a word, so the server heard nothing and gave up. In passive mode the client would \
          call, and its firewall lets its own calls out."
        ]
    );
    let proof = &findings(&log)[0].proof;
    assert_eq!(proof.len(), 3);
    assert!(matches!(log.event(proof[0]).unwrap().kind, Kind::Attempted(_)));
    assert!(matches!(
        log.event(proof[1]).unwrap().kind,
        Kind::Packet {
            seen: Seen::Dropped { .. },
            ..
        }
    ));
    assert!(matches!(log.event(proof[2]).unwrap().kind, Kind::TimedOut));
}

#[test]
fn refusal_and_silence_are_told_apart() {
    let told = sentences(&testing::call_a_port());
    assert_eq!(told.len(), 2);
    assert!(told[0].contains("no program listens there"), "{told:?}");
    assert!(told[1].contains("firewall of the server dropped"), "{told:?}");
    assert!(!told[1].contains("passive"), "{told:?}");
}

#[test]
fn an_answer_of_no_is_quoted() {
    let mut script = Script::new();
    let control = logged_in(&mut script);
    script.starts(
        2,
        Action::Get {
            remote: argument("maps.txt"),
            local: None,
            resume: false,
        },
    );
    script
        .says(control, "RETR maps.txt")
        .replies(control, 550, "No such file.");
    let outcome = Outcome::Denied {
        code: 550,
        text: "No such file.".into(),
    };
    script.report(testing::CLIENT, None, Report::Finished { action: 2, outcome });
    goodbye(&mut script, control, 3);
    assert_eq!(
        sentences(&script.log()),
        ["The client could not download maps.txt. The server answered 550: No such file."]
    );
}

#[test]
fn silence_without_a_witness_is_only_silence() {
    let mut script = Script::new();
    let lost = Err((SERVER, Seen::Forwarded));
    let conn = script.calls((testing::CLIENT, 50123), (SERVER, 21), Purpose::Control, lost);
    script.wait(5_000).event(testing::CLIENT, Some(conn), Kind::TimedOut);
    let told = sentences(&script.log());
    assert!(told[0].contains("Nothing came back at all"), "{told:?}");
}
