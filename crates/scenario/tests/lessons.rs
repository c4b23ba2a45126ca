//! The lessons of the built-in scenarios, against the logs they are about.

// Tests may fail loudly; clippy's own exception knows test functions, not their helpers.
#![allow(clippy::unwrap_used)]

use portolan_scenario::{Order, Run, catalogue};
use portolan_session::event::Kind;
use portolan_session::lesson::{Fact, Question, horizon, resolve, verdict};
use portolan_session::{Log, words};
use portolan_wire::ordered::Set;
use portolan_wire::report::Purpose;

fn log(name: &str, seed: Option<u64>) -> Log {
    let scenario = portolan_scenario::built_in(name).unwrap();
    let order = Order {
        seed,
        ..Order::default()
    };
    let mut run = Run::new(scenario.clone(), &order).unwrap();
    run.finish();
    run.into_log()
}

/// Every question of a log: the chapter, where it is asked, and the question.
fn questions(log: &Log) -> Vec<(u16, u64, Question)> {
    let chapters = &log.header().lesson.as_ref().unwrap().chapters;
    resolve(log)
        .into_iter()
        .filter_map(|(seq, number)| Some((number, seq, chapters.get(usize::from(number))?.question.clone()?)))
        .collect()
}

#[test]
fn every_chapter_is_found_in_its_place() {
    for scenario in catalogue() {
        let found = resolve(&log(&scenario.name, None));
        let chapters = scenario.lesson.unwrap().chapters;
        let numbers: Vec<usize> = found.iter().map(|(_, number)| usize::from(*number)).collect();
        assert_eq!(numbers, (0..chapters.len()).collect::<Vec<_>>(), "{}", scenario.name);
        assert!(found.is_sorted_by_key(|(seq, _)| *seq), "{}", scenario.name);
    }
}

#[test]
fn exactly_one_answer_is_true_whatever_the_seed() {
    for scenario in catalogue() {
        for seed in [None, Some(2), Some(3), Some(4_711)] {
            let log = log(&scenario.name, seed);
            let asked = questions(&log);
            assert!(seed.is_some() || !asked.is_empty(), "{} asks nothing", scenario.name);
            for (number, _, question) in asked {
                let right = verdict(&log, number).unwrap().right;
                assert_eq!(right.len(), question.answers.len());
                let count = right.iter().filter(|right| **right).count();
                assert_eq!(count, 1, "{}, seed {seed:?}: {} {right:?}", scenario.name, question.ask);
            }
        }
    }
}

#[test]
fn the_first_files_right_answers_are_the_ones_it_explains() {
    let log = log("first-file", None);
    let right: Vec<String> = questions(&log)
        .into_iter()
        .map(|(number, _, question)| {
            let place = verdict(&log, number)
                .unwrap()
                .right
                .iter()
                .position(|right| *right)
                .unwrap();
            question.answers.get(place).unwrap().text.clone()
        })
        .collect();
    assert_eq!(right, ["Two", "60523, which is 236 x 256 + 107"]);
}

/// A prediction is asked before the thing happens: what may be shown then does not tell the answer.
#[test]
fn questions_come_before_their_answers() {
    for scenario in catalogue() {
        let log = log(&scenario.name, None);
        for (number, stop, question) in questions(&log) {
            let shown = log.until(stop);
            let called = shown.iter().any(|event| match &event.kind {
                Kind::Attempted(call) => call.purpose == Purpose::Data,
                _ => false,
            });
            let connections: Set<_> = shown
                .iter()
                .filter(|event| matches!(event.kind, Kind::Established(_)))
                .filter_map(|event| event.conn)
                .collect();
            let answer = verdict(&log, number)
                .unwrap()
                .right
                .iter()
                .position(|right| *right)
                .unwrap();
            let unknown = match question.answers.get(answer).unwrap().claims {
                Fact::DataCalledBy(_) | Fact::DataCallsPort(_) | Fact::DataComesFromPort(_) => !called,
                Fact::ConnectionsEstablished(count) => (connections.len() as u64) < u64::from(count),
                // It is about what comes next, by its meaning.
                Fact::NextAttempt(_) => true,
            };
            assert!(unknown, "{}: {}", scenario.name, question.ask);
        }
    }
}

#[test]
fn nothing_is_shown_behind_a_question_until_it_is_answered() {
    let log = log("first-file", None);
    let mut answered = Set::new();
    for (number, stop, _) in questions(&log) {
        assert_eq!(horizon(&log, &answered), Some(stop));
        answered.insert(number);
    }
    assert_eq!(horizon(&log, &answered), log.last());
}

/// The words a lesson adds keep the rules of all words: short, and no port is ever "open".
#[test]
fn lessons_speak_as_the_catalogue_of_messages_does() {
    for scenario in catalogue() {
        for chapter in scenario.lesson.unwrap().chapters {
            let mut texts = vec![chapter.title];
            texts.extend(chapter.say);
            if let Some(question) = chapter.question {
                texts.extend([question.ask, question.because]);
                texts.extend(question.answers.into_iter().map(|answer| answer.text));
            }
            for text in texts {
                assert!(
                    text.split_whitespace().count() <= words::MOST_WORDS,
                    "{}: {text}",
                    scenario.name
                );
                let lower = text.to_lowercase();
                assert!(
                    !lower.contains("open port") && !lower.contains("ports open"),
                    "{}: {text}",
                    scenario.name
                );
            }
        }
    }
}
