use std::path::Path;

use portolan_link::{Answer, Recording, read, write};
use portolan_session::view::{self, Depth, Said};
use portolan_session::words;
use portolan_wire::action::Action;
use portolan_wire::ordered::Set;

use super::*;

fn order(scenario: &str) -> Order {
    Order {
        scenario: scenario.to_owned(),
        ..Order::default()
    }
}

/// Runs the desk until it rests; the replies that matter.
fn run(desk: &mut Desk, request: Request) -> Vec<Reply> {
    let mut work = desk.take(request);
    let mut said = work.replies.clone();
    while work.more {
        work = desk.turn();
        said.extend(work.replies.clone());
    }
    said.retain(|reply| !matches!(reply, Reply::Running { .. }));
    said
}

#[test]
fn a_run_opens_and_answers_and_an_old_one_does_not() {
    let mut desk = Desk::default();
    let said = run(
        &mut desk,
        Request::Open {
            run: 1,
            order: order("first-file"),
        },
    );
    assert!(matches!(said.as_slice(), [Reply::Opened { run: 1, .. }]), "{said:?}");
    let ask = |run| Request::Ask {
        run,
        question: Question::Verdict { chapter: 0 },
    };
    assert!(matches!(
        run(&mut desk, ask(1)).as_slice(),
        [Reply::Told { run: 1, .. }]
    ));
    run(
        &mut desk,
        Request::Open {
            run: 2,
            order: order("call-a-port"),
        },
    );
    assert!(run(&mut desk, ask(1)).is_empty());
}

#[test]
fn an_order_that_makes_no_sense_is_refused_with_a_sentence() {
    let mut desk = Desk::default();
    let said = run(
        &mut desk,
        Request::Open {
            run: 7,
            order: order("no-such"),
        },
    );
    assert!(
        matches!(said.as_slice(), [Reply::Refused { run: 7, why }] if why.contains("no-such")),
        "{said:?}"
    );
    let mut wrong = order("ftp-passive");
    wrong.settings = vec![("latency".to_owned(), "soon".to_owned())];
    let said = run(&mut desk, Request::Open { run: 8, order: wrong });
    assert!(
        matches!(said.as_slice(), [Reply::Refused { run: 8, why }] if why.contains("latency")),
        "{said:?}"
    );
}

#[test]
fn a_newer_order_takes_the_place_of_a_running_one_with_one_chain_of_turns() {
    let mut desk = Desk::default();
    let first = desk.take(Request::Open {
        run: 1,
        order: order("ftp-passive"),
    });
    assert!(first.more);
    let second = desk.take(Request::Open {
        run: 2,
        order: order("ftp-active"),
    });
    assert!(!second.more, "the first one's turns go on for it");
    loop {
        let work = desk.turn();
        if !work.more {
            assert!(matches!(work.replies.as_slice(), [Reply::Opened { run: 2, .. }]));
            break;
        }
    }
}

fn rows(desk: &mut Desk, depth: Depth, answered: Set<u16>) -> portolan_link::Sheet {
    let question = Question::Rows {
        lens: depth.into(),
        answered,
        around: u64::MAX,
    };
    match run(desk, Request::Ask { run: 1, question }).pop() {
        Some(Reply::Told {
            answer: Answer::Rows(sheet),
            ..
        }) => *sheet,
        other => panic!("no rows but {other:?}"),
    }
}

#[test]
fn an_open_question_hides_what_comes_after_it() {
    let mut desk = Desk::default();
    run(
        &mut desk,
        Request::Open {
            run: 1,
            order: order("first-file"),
        },
    );
    let hidden = rows(&mut desk, Depth::Story, Set::new());
    let horizon = hidden.horizon.unwrap();
    assert!(hidden.asks);
    assert!(hidden.milestones.iter().all(|milestone| milestone.seq <= horizon));
    assert!(hidden.transcript.iter().all(|row| row.seq <= horizon));
    assert!(hidden.ladder.rows.is_empty() && hidden.purposes.is_empty());
    // A moment behind the horizon is drawn at the horizon.
    let question = Question::Stage {
        eye: view::Eye::Endpoint,
        moment: u64::MAX,
        answered: Set::new(),
    };
    let told = run(&mut desk, Request::Ask { run: 1, question });
    assert!(
        matches!(told.as_slice(), [Reply::Told { answer: Answer::Stage(stage), .. }] if stage.lines.is_empty()),
        "{told:?}"
    );
    let open = rows(&mut desk, Depth::Story, (0..20).collect());
    assert!(!open.asks && open.milestones.len() > 10 && open.purposes.len() == 2);
}

#[test]
fn every_packet_of_every_built_in_can_be_looked_at() {
    for scenario in portolan_scenario::catalogue() {
        let mut desk = Desk::default();
        run(
            &mut desk,
            Request::Open {
                run: 1,
                order: order(&scenario.name),
            },
        );
        let sheet = rows(&mut desk, Depth::Packets, (0..20).collect());
        assert!(!sheet.asks && sheet.ladder.total > 10, "{}", scenario.name);
    }
}

#[test]
fn another_call_begins_where_the_last_one_ended() {
    let calls = |ports: &[u16]| Order {
        actions: Some(
            ports
                .iter()
                .map(|port| Action::Call {
                    host: None,
                    port: *port,
                })
                .collect(),
        ),
        ..order("call-a-port")
    };
    let mut desk = Desk::default();
    run(
        &mut desk,
        Request::Open {
            run: 1,
            order: calls(&[21]),
        },
    );
    let one = rows(&mut desk, Depth::Story, Set::new()).milestones;
    run(
        &mut desk,
        Request::Open {
            run: 1,
            order: calls(&[21, 80]),
        },
    );
    let two = rows(&mut desk, Depth::Story, Set::new()).milestones;
    let common = one.iter().zip(&two).take_while(|(a, b)| a == b).count();
    assert!(
        common >= one.len() - 1 && two.len() > one.len(),
        "{common} of {}",
        one.len()
    );
}

/// What a row means stands in its sheet once, with the milestones.
#[test]
fn every_row_of_a_conversation_is_explained_by_the_milestone_of_its_moment() {
    for scenario in portolan_scenario::catalogue() {
        let mut run = begin(&order(&scenario.name)).unwrap();
        run.finish();
        let book = Book::open(run.into_log());
        let rows = view::transcript(book.log(), view::Eye::Endpoint, u64::MAX);
        for depth in [Depth::Story, Depth::Packets] {
            let answered = (0..20).collect();
            let around = 0;
            let Answer::Rows(sheet) = book.answer(&Question::Rows {
                lens: depth.into(),
                answered,
                around,
            }) else {
                panic!("no rows");
            };
            assert_eq!(rows.len(), sheet.transcript.len());
            for row in rows.iter().filter(|row| !matches!(row.said, Said::Listed { .. })) {
                let meant = words::caption(&row.explains);
                assert_eq!(sheet.sentence(row.seq), Some(meant.as_str()), "{}", scenario.name);
            }
        }
    }
}

fn recorded() -> (Book, Recording) {
    let mut run = begin(&order("first-file")).unwrap();
    run.finish();
    let book = Book::open(run.into_log());
    let recording = Recording::of(&book).unwrap();
    (book, recording)
}

/// The page plays this file where the engine cannot run. `PORTOLAN_RECORD=1` writes it anew.
#[test]
fn the_recorded_session_is_what_the_engine_makes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/first-file.recording");
    let (_, recording) = recorded();
    let made = write(&recording);
    if std::env::var_os("PORTOLAN_RECORD").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read(&path).unwrap();
    assert!(
        kept == made,
        "frontend/static/first-file.recording is of another version"
    );
    assert_eq!(read(&kept), Some(recording));
}

#[test]
fn a_recording_answers_every_question_as_its_log_does() {
    let (book, recording) = recorded();
    assert_eq!(*recording.overview(), book.overview());
    let chapters = u16::try_from(book.overview().chapters.len()).unwrap();
    let end = book.log().last().unwrap();
    let mut asked = Vec::new();
    for chapter in 0..chapters + 2 {
        asked.push(Question::Verdict { chapter });
        // All up to a chapter, all but it, and it alone.
        for answered in [
            (0..chapter).collect::<Set<u16>>(),
            (0..chapters).filter(|other| *other != chapter).collect(),
            [chapter].into(),
        ] {
            for depth in [Depth::Story, Depth::Packets] {
                for around in [0, end / 2, u64::MAX] {
                    asked.push(Question::Rows {
                        lens: depth.into(),
                        answered: answered.clone(),
                        around,
                    });
                }
            }
            for moment in (0..=end + 1).chain([u64::MAX]) {
                let answered = answered.clone();
                asked.push(Question::Stage {
                    moment,
                    eye: view::Eye::Endpoint,
                    answered,
                });
            }
        }
    }
    for question in asked {
        assert!(
            recording.answer(&question) == Some(book.answer(&question)),
            "{question:?}"
        );
    }
}

/// What is handed over in windows cannot be worked out beforehand.
#[test]
fn a_long_log_is_not_recorded() {
    let calls = |number| {
        let actions = Some(vec![Action::Call { host: None, port: 21 }; number]);
        let mut run = begin(&Order {
            actions,
            ..order("call-a-port")
        })
        .unwrap();
        run.finish();
        Recording::of(&Book::open(run.into_log()))
    };
    assert!(calls(1).is_some());
    assert!(calls(60).is_none());
}
