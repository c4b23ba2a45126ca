//! One row for each command, one column for each thing a store may refuse with.

use portolan_wire::report::StoreError;

use super::*;
use crate::endpoint::{StoreAnswer, StoreRequest};

const COLUMNS: [StoreError; 8] = [
    StoreError::NotFound,
    StoreError::WrongKind,
    StoreError::Denied,
    StoreError::Exists,
    StoreError::NotEmpty,
    StoreError::OutOfRange,
    StoreError::Full,
    StoreError::Failed,
];

/// What is said before the command, the command, and its codes. `WrongKind` of LIST and NLST is looked into (a file is
/// listed alone), and a taken name of STOU is followed by another: those ask the store again, and hear the same again.
const TABLE: &[(&[&str], &str, [u16; 8])] = &[
    //                                 no such, kind, denied, exists, not empty, range, full, failed
    (&[], "CWD x", [550, 550, 550, 550, 550, 550, 550, 451]),
    (&[], "CDUP", [550, 550, 550, 550, 550, 550, 550, 451]),
    (&[], "MKD x", [550, 550, 550, 550, 550, 550, 550, 451]),
    (&[], "RMD x", [550, 550, 550, 550, 550, 550, 550, 451]),
    (&[], "DELE x", [550, 550, 550, 550, 550, 550, 550, 450]),
    (&[], "RNFR x", [550, 550, 550, 550, 550, 550, 550, 450]),
    (&["RNFR readme.txt"], "RNTO x", [553, 553, 553, 553, 553, 553, 553, 451]),
    (&[], "SIZE x", [550, 550, 550, 550, 550, 550, 550, 451]),
    (&[], "MDTM x", [550, 550, 550, 550, 550, 550, 550, 451]),
    (&[], "MLST x", [550, 550, 550, 550, 550, 550, 550, 451]),
    (&[], "STAT x", [450, 450, 450, 450, 450, 450, 450, 450]),
    (&["PORT"], "LIST x", [450, 450, 450, 450, 450, 450, 450, 450]),
    (&["PORT"], "NLST x", [450, 450, 450, 450, 450, 450, 450, 450]),
    (&["PORT"], "MLSD x", [550, 501, 550, 550, 550, 550, 550, 451]),
    (&["PORT"], "RETR x", [550, 550, 550, 550, 550, 554, 550, 450]),
    (&["PORT"], "STOR x", [553, 553, 553, 553, 553, 554, 452, 450]),
    (&["PORT", "REST 5"], "STOR x", [554, 553, 553, 553, 553, 554, 452, 450]),
    (&["PORT"], "APPE x", [553, 553, 553, 553, 553, 554, 452, 450]),
    (&["PORT"], "STOU x", [553, 553, 553, 553, 553, 554, 452, 450]),
];

fn script(before: &[&str]) -> Script {
    let mut s = Script::with_slow_store();
    for line in before {
        match *line {
            "PORT" => s.command("PORT 198,51,100,7,156,64"),
            line => s.command(line),
        }
        while s.bench.answer(0) {}
        s.look();
        s.codes();
    }
    s
}

/// Answers everything that is asked of the store with `why`.
fn refuse(s: &mut Script, why: StoreError) {
    let mut refused = 0;
    while let Some((op, request)) = s.bench.take_request() {
        assert!(!matches!(request, StoreRequest::Close { .. }), "nothing was opened");
        s.give(Input::Stored { op, result: Err(why) });
        refused += 1;
    }
    assert!(refused > 0, "the store was not asked");
}

#[test]
fn each_command_has_its_code_for_each_refusal() {
    for (before, line, codes) in TABLE {
        for (why, code) in COLUMNS.into_iter().zip(codes) {
            let mut s = script(before);
            s.command(line);
            refuse(&mut s, why);
            assert_eq!(s.codes(), [*code], "{line}, {why:?}");
            // It is over with that: the session goes on, and nothing is left.
            s.ask("NOOP", 200);
            s.quit();
        }
    }
}

#[test]
fn refusals_pile_nothing_up() {
    let mut s = Script::logged_in();
    s.passive();
    for _ in 0..50 {
        for (line, code) in [
            ("RETR nothing", 550),
            ("STOR pub", 553),
            ("LIST nothing", 450),
            ("MLSD readme.txt", 501),
            ("CWD nothing", 550),
        ] {
            s.ask(line, code);
        }
        s.ask("REST 99", 350);
        s.ask("RETR readme.txt", 554);
    }
    s.quit();
}

#[test]
fn a_store_that_answers_another_question_has_failed() {
    for (before, line, codes) in TABLE {
        let mut s = script(before);
        s.command(line);
        let (op, request) = s.bench.take_request().unwrap();
        let answer = match request {
            StoreRequest::Stat { .. } => StoreAnswer::Done,
            _ => StoreAnswer::Data(Vec::new()),
        };
        s.give(Input::Stored { op, result: Ok(answer) });
        assert_eq!(s.codes(), codes[7..], "{line}");
        s.quit();
    }
}

#[test]
fn a_store_that_only_reads_refuses_every_change() {
    let mut s = Script::start(Bench::new(server(config())).with_tree(files().read_only()));
    s.log_in();
    for (line, code) in [
        ("MKD x", 550),
        ("RMD pub", 550),
        ("DELE readme.txt", 550),
        ("RNFR readme.txt", 350),
        ("RNTO x", 553),
    ] {
        s.ask(line, code);
    }
    s.ask("PORT 198,51,100,7,156,64", 200);
    for line in ["STOR x", "APPE readme.txt", "STOU"] {
        s.ask(line, 553);
    }
    s.quit();
}
