use portolan_link::{Answer, Ladder, Question, Sheet};
use portolan_session::lesson::Verdict;
use portolan_session::view::{Overview, Provenance};
use portolan_wire::Instant;

use super::*;

fn milestone(seq: u64, chapter: Option<u16>, stop: bool) -> Milestone {
    Milestone {
        seq,
        at: Instant::from_micros(seq),
        sentence: format!("Step {seq}."),
        calls: false,
        announces: false,
        chapter,
        stop,
    }
}

fn sheet(milestones: Vec<Milestone>, asks: bool) -> Sheet {
    Sheet {
        lens: Depth::Story.into(),
        private: false,
        horizon: milestones.last().map(|last| last.seq),
        asks,
        milestones,
        transcript: Vec::new(),
        ladder: Ladder {
            hosts: Vec::new(),
            total: 0,
            first: 0,
            rows: Vec::new(),
            gaps: Vec::new(),
        },
        purposes: Vec::new(),
    }
}

fn heard(state: &mut State, reply: Reply) -> Vec<Effect> {
    reduce(state, Msg::Heard(Box::new(reply)))
}

/// A page whose run was opened and whose rows are there.
fn opened(milestones: Vec<Milestone>, asks: bool) -> State {
    let mut state = State::new();
    reduce(&mut state, Msg::Go(Place::Scenario("first-file".into()), Aim::Start));
    let overview = Overview {
        title: "One file".into(),
        source: Provenance::Simulation {
            scenario: "first-file".into(),
            seed: 1,
            settings: Vec::new(),
        },
        hosts: Vec::new(),
        links: Vec::new(),
        goal: String::new(),
        chapters: Vec::new(),
    };
    let run = state.run;
    heard(&mut state, Reply::Opened { run, overview });
    told(&mut state, Answer::Rows(Box::new(sheet(milestones, asks))));
    state
}

fn told(state: &mut State, answer: Answer) -> Vec<Effect> {
    let run = state.run;
    heard(state, Reply::Told { run, answer })
}

#[test]
fn a_port_is_a_whole_number_from_1_to_65535() {
    assert_eq!(port_of(" 21 "), Ok(21));
    assert_eq!(port_of("65535"), Ok(65_535));
    assert_eq!(port_of(""), Err(words::PORT_EMPTY));
    assert_eq!(port_of("0"), Err(words::PORT_ZERO));
    for nonsense in ["65536", "-1", "2 1", "ftp", "+21", "1e3", "99999999999999999999"] {
        assert_eq!(port_of(nonsense), Err(words::PORT_NONSENSE), "{nonsense}");
    }
}

#[test]
fn the_engine_starts_with_the_first_call_and_each_call_adds_one() {
    let mut state = State::new();
    assert!(state.is_first_screen());
    let effects = reduce(&mut state, Msg::Call("21".into()));
    assert!(matches!(
        effects.as_slice(),
        [Effect::Start, Effect::Post(Request::Open { run: 1, .. }), ..]
    ));
    let effects = reduce(&mut state, Msg::Call("80".into()));
    assert!(!effects.contains(&Effect::Start), "one engine is enough");
    assert_eq!(calls(&state.order).collect::<Vec<_>>(), [21, 80]);
    let before = state.clone();
    assert!(reduce(&mut state, Msg::Call("ftp".into())).is_empty());
    assert_eq!(state.complaint.as_deref(), Some(words::PORT_NONSENSE));
    assert_eq!(state.order, before.order);
}

#[test]
fn steps_stay_within_what_may_be_shown() {
    let mut state = opened(
        vec![
            milestone(0, None, false),
            milestone(4, None, false),
            milestone(9, None, false),
        ],
        false,
    );
    assert_eq!(state.moment, 0);
    reduce(&mut state, Msg::Back);
    assert_eq!(state.moment, 0);
    reduce(&mut state, Msg::Next);
    assert_eq!(state.moment, 4);
    reduce(&mut state, Msg::Last);
    assert_eq!(state.moment, 9);
    reduce(&mut state, Msg::Next);
    assert_eq!(state.moment, 9);
    reduce(&mut state, Msg::Seek(1_000));
    assert_eq!(state.moment, 9, "nothing lies behind the horizon");
    reduce(&mut state, Msg::First);
    assert_eq!(state.moment, 0);
}

#[test]
fn a_question_holds_the_story_until_it_is_answered() {
    let mut state = opened(vec![milestone(0, None, false), milestone(4, Some(2), true)], true);
    assert_eq!(state.asked(), None);
    reduce(&mut state, Msg::Next);
    assert_eq!(state.asked(), Some(2));
    assert!(reduce(&mut state, Msg::Play(true)).is_empty() && !state.playing);
    let effects = reduce(&mut state, Msg::Answer(1));
    assert_eq!(state.answers.get(&2), Some(&Given::Chosen(1)));
    assert!(effects.iter().any(|effect| matches!(
        effect,
        Effect::Post(Request::Ask {
            question: Question::Verdict { chapter: 2 },
            ..
        })
    )));
    let verdict = Some(Verdict {
        right: vec![false, true],
        because: "So it is.".into(),
    });
    told(&mut state, Answer::Verdict { chapter: 2, verdict });
    told(
        &mut state,
        Answer::Rows(Box::new(sheet(
            vec![
                milestone(0, None, false),
                milestone(4, Some(2), true),
                milestone(9, None, false),
            ],
            false,
        ))),
    );
    assert_eq!((state.asked(), state.just_answered()), (None, Some(2)));
    assert_eq!(state.moment, 4, "the answer does not move the page");
    assert!(state.can_go_on());
}

#[test]
fn the_story_runs_by_reading_time_and_halts_at_stops() {
    let mut state = opened(
        vec![
            milestone(0, None, false),
            milestone(4, None, false),
            milestone(9, Some(1), true),
            milestone(12, None, false),
        ],
        false,
    );
    let effects = reduce(&mut state, Msg::Play(true));
    assert_eq!(state.moment, 4);
    assert!(effects.contains(&Effect::Read {
        moment: 4,
        millis: 1_500
    }));
    assert!(
        reduce(&mut state, Msg::ReadingDone(0)).is_empty(),
        "a timer of a step that was left"
    );
    reduce(&mut state, Msg::ReadingDone(4));
    assert_eq!((state.moment, state.playing), (9, false));
}

#[test]
fn replies_about_runs_that_were_left_are_ignored() {
    let mut state = opened(vec![milestone(0, None, false)], false);
    let old = state.run;
    reduce(&mut state, Msg::Go(Place::Scenario("ftp-active".into()), Aim::Start));
    let before = state.clone();
    heard(
        &mut state,
        Reply::Told {
            run: old,
            answer: Answer::Rows(Box::new(sheet(Vec::new(), false))),
        },
    );
    heard(&mut state, Reply::Running { run: old, events: 7 });
    assert_eq!(state, before);
}

#[test]
fn an_engine_that_fell_over_is_started_again_for_the_next_run() {
    let mut state = State::new();
    reduce(&mut state, Msg::Call("21".into()));
    heard(
        &mut state,
        Reply::Broken {
            why: "no memory".into(),
        },
    );
    assert!(matches!(state.engine, Engine::Broken { .. }));
    assert_eq!(reduce(&mut state, Msg::OpenRecording), [Effect::FetchRecording]);
    reduce(&mut state, Msg::Recorded);
    assert_eq!(
        (state.engine.clone(), state.order.scenario.as_str()),
        (Engine::Recorded, "first-file")
    );
    let effects = reduce(&mut state, Msg::Go(Place::Scenario("ftp-active".into()), Aim::Start));
    assert!(effects.contains(&Effect::Start));
}

/// A page at the Live tab whose log has these milestones.
fn live(milestones: Vec<Milestone>, follows: bool) -> State {
    let mut state = State::new();
    reduce(&mut state, Msg::Live);
    let panel = Panel {
        log: true,
        follows,
        ..Panel::default()
    };
    reduce(&mut state, Msg::Panel(Box::new(panel)));
    let overview = Overview {
        title: "Live".into(),
        source: Provenance::Live { began: 1 },
        hosts: Vec::new(),
        links: Vec::new(),
        goal: String::new(),
        chapters: Vec::new(),
    };
    let run = state.run;
    heard(&mut state, Reply::Opened { run, overview });
    told(&mut state, Answer::Rows(Box::new(sheet(milestones, false))));
    state
}

#[test]
fn the_moment_goes_along_with_a_log_that_grows_until_one_goes_back() {
    let steps = |count: u64| {
        (0..count)
            .map(|seq| milestone(seq * 2, None, false))
            .collect::<Vec<_>>()
    };
    let mut state = live(steps(2), true);
    assert_eq!(state.moment, 2);
    let run = state.run;
    let asked = heard(&mut state, Reply::Running { run, events: 7 });
    assert!(matches!(
        asked[..],
        [Effect::Post(Request::Ask {
            question: Question::Rows { .. },
            ..
        })]
    ));
    told(&mut state, Answer::Rows(Box::new(sheet(steps(4), false))));
    assert_eq!(state.moment, 6);
    reduce(&mut state, Msg::Back);
    told(&mut state, Answer::Rows(Box::new(sheet(steps(5), false))));
    assert_eq!(state.moment, 4);
    reduce(&mut state, Msg::Last);
    told(&mut state, Answer::Rows(Box::new(sheet(steps(6), false))));
    assert_eq!(state.moment, 10);
}

#[test]
fn a_log_from_a_file_begins_at_its_first_step() {
    let state = live(vec![milestone(3, None, false), milestone(9, None, false)], false);
    assert_eq!(state.moment, 3);
}

#[test]
fn a_log_that_was_closed_is_shown_no_more() {
    let mut state = live(vec![milestone(3, None, false)], false);
    assert!(state.told.is_some());
    reduce(&mut state, Msg::Panel(Box::default()));
    assert!(state.told.is_none() && state.live.is_some());
}

#[test]
fn the_live_tab_and_the_simulations_leave_each_other_alone() {
    let mut state = opened(vec![milestone(1, None, false)], false);
    let simulated = state.run;
    let effects = reduce(&mut state, Msg::Live);
    assert_eq!(effects, [Effect::Enter(state.run), Effect::Address]);
    assert!(state.told.is_none() && !state.is_calling());
    // What the engine says late is about a run that was left.
    heard(
        &mut state,
        Reply::Running {
            run: simulated,
            events: 5,
        },
    );
    assert!(state.told.is_none());
    assert_eq!(reduce(&mut state, Msg::Live), [], "it is there already");

    let read = state.run;
    reduce(&mut state, Msg::Go(Place::Scenario("ftp-active".into()), Aim::Start));
    assert!(state.live.is_none());
    let engine = state.engine.clone();
    heard(&mut state, Reply::Running { run: read, events: 5 });
    assert_eq!(state.engine, engine);
    reduce(&mut state, Msg::Panel(Box::default()));
    assert!(state.live.is_none(), "what the reader says late brings nobody back");
}

#[test]
fn the_other_eye_looks_at_the_same_moment_or_the_nearest() {
    let story = |seqs: &[u64]| seqs.iter().map(|seq| milestone(*seq, None, false)).collect::<Vec<_>>();
    let mut state = opened(story(&[0, 4, 9, 20]), false);
    reduce(&mut state, Msg::Seek(9));
    let effects = reduce(&mut state, Msg::Eye(Eye::Network));
    let asks = |eye| move |effect: &Effect| matches!(effect, Effect::Post(Request::Ask { question: Question::Rows { lens, .. }, .. }) if lens.eye == eye);
    assert!(effects.iter().any(asks(Eye::Network)));
    // Rows of the eye before come too late.
    told(&mut state, Answer::Rows(Box::new(sheet(story(&[0, 1]), false))));
    assert_eq!(state.milestones().len(), 4);
    let lens = Lens {
        eye: Eye::Network,
        ..Lens::default()
    };
    let seen = Sheet {
        lens,
        ..sheet(story(&[0, 5, 10, 19]), false)
    };
    told(&mut state, Answer::Rows(Box::new(seen)));
    assert_eq!(state.moment, 10);
    // Another place is looked at as it is meant.
    reduce(&mut state, Msg::Go(Place::Scenario("ftp-active".into()), Aim::Start));
    assert_eq!(state.lens, Lens::default());
}
