use super::*;
use crate::log::Recorder;
use crate::testing;

fn chapter(title: &str, at: When, question: Option<Question>) -> Chapter {
    Chapter {
        title: title.into(),
        at,
        say: None,
        stop: false,
        question,
    }
}

fn question(claims: &[Fact]) -> Question {
    let answers = claims.iter().map(|claims| Answer {
        text: format!("{claims:?}"),
        claims: claims.clone(),
    });
    Question {
        ask: "What happens?".into(),
        answers: answers.collect(),
        because: "It does.".into(),
    }
}

fn lesson() -> Lesson {
    Lesson {
        goal: "Learn".into(),
        chapters: vec![
            chapter("Ports", When::Start, None),
            chapter(
                "How many?",
                When::Action(1),
                Some(question(&[
                    Fact::ConnectionsEstablished(1),
                    Fact::ConnectionsEstablished(2),
                    Fact::ConnectionsEstablished(3),
                ])),
            ),
            chapter(
                "Who calls?",
                When::Reply(227),
                Some(question(&[
                    Fact::DataCalledBy("server".into()),
                    Fact::DataCalledBy("client".into()),
                    Fact::DataCallsPort(60523),
                    Fact::DataCallsPort(20),
                    Fact::DataComesFromPort(51890),
                    Fact::NextAttempt(Fate::Established),
                    Fact::NextAttempt(Fate::Silence),
                ])),
            ),
            chapter("Asking", When::Command("retr".into()), None),
            chapter("Done", When::Reply(226), None),
            chapter("Never", When::Failed(Purpose::Data), None),
            chapter("Behind it", When::End, None),
        ],
    }
}

#[test]
fn chapters_are_found_one_after_the_other_until_one_is_not() {
    let log = testing::first_file_with(Some(lesson()));
    let found = resolve(&log);
    assert_eq!(
        found.iter().map(|(_, number)| *number).collect::<Vec<_>>(),
        [0, 1, 2, 3, 4]
    );
    assert!(found.windows(2).all(|pair| pair[0].0 < pair[1].0));
    assert_eq!(
        found[0].0, 1,
        "the start is where the last of the first ports is listened on"
    );
}

#[test]
fn unanswered_questions_bound_what_is_shown() {
    let log = testing::first_file_with(Some(lesson()));
    let found = resolve(&log);
    let mut answered = Set::new();
    assert_eq!(horizon(&log, &answered), Some(found[1].0));
    answered.insert(2);
    assert_eq!(horizon(&log, &answered), Some(found[1].0));
    answered.insert(1);
    assert_eq!(horizon(&log, &answered), log.last());
    let mut index = crate::view::Index::new();
    index.catch_up(&log);
    assert_eq!(index.horizon(&log, &Set::new()), Some(found[1].0));
    assert_eq!(index.horizon(&log, &answered), log.last());
    assert_eq!(horizon(Recorder::new(testing::header()).log(), &answered), None);
}

#[test]
fn answers_are_checked_against_the_log() {
    let log = testing::first_file_with(Some(lesson()));
    assert_eq!(verdict(&log, 1).unwrap().right, [false, true, false]);
    assert_eq!(
        verdict(&log, 2).unwrap().right,
        [false, true, true, false, true, true, false]
    );
    assert_eq!(verdict(&log, 0), None);
    assert_eq!(verdict(&log, 5), None);
}

#[test]
fn the_fate_of_the_next_attempt_is_its_own() {
    let blocked = testing::active_blocked();
    let attempt = blocked
        .events()
        .iter()
        .rfind(|event| matches!(event.kind, Kind::Attempted(_)))
        .unwrap()
        .seq;
    assert!(Fact::NextAttempt(Fate::Established).holds(&blocked, 0));
    assert!(Fact::NextAttempt(Fate::Silence).holds(&blocked, attempt));
    assert!(!Fact::NextAttempt(Fate::Refused).holds(&blocked, attempt));
    assert!(
        !Fact::NextAttempt(Fate::Silence).holds(&blocked, attempt + 1),
        "no attempt is left"
    );
    let calls = testing::call_a_port();
    let second = calls
        .events()
        .iter()
        .filter(|event| matches!(event.kind, Kind::Attempted(_)))
        .nth(1)
        .unwrap()
        .seq;
    assert!(Fact::NextAttempt(Fate::Refused).holds(&calls, second));
}
