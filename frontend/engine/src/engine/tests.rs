use std::collections::BTreeMap;
use std::path::Path;

use portolan_link::{Answered, Moment, Scene, first};
use portolan_session::event::Role;
use portolan_session::jsonl;
use portolan_session::view::Depth;
use portolan_wire::action::Action;

use super::*;

fn open(engine: &mut Engine, plan: Plan, look: Look) -> Vec<Response> {
    let (mut responses, mut next) = engine.hear(Request::Open { run: 7, plan, look });
    while next == Next::Slice {
        let (more, then) = engine.slice();
        responses.extend(more);
        next = then;
    }
    responses
}

fn scene(responses: Vec<Response>) -> Scene {
    match responses.into_iter().last() {
        Some(Response::Scene { run: 7, scene }) => *scene,
        other => panic!("no scene but {other:?}"),
    }
}

fn plan(scenario: &str) -> Plan {
    Plan {
        scenario: scenario.into(),
        ..Plan::default()
    }
}

fn calls(ports: &[u16]) -> Plan {
    let call = |port: &u16| Action::Call {
        host: None,
        port: *port,
    };
    Plan {
        actions: Some(ports.iter().map(call).collect()),
        ..plan(first::SCENARIO)
    }
}

#[test]
fn the_first_screen_is_the_scenario_before_anybody_calls() {
    let mut engine = Engine::new();
    let seen = scene(open(&mut engine, calls(&[21]), Look::default())).stage;
    let drawn = first::stage();
    let hosts: Vec<_> = seen.hosts.iter().filter(|host| host.role != Role::Router).collect();
    assert_eq!(hosts.len(), drawn.hosts.len());
    for (seen, drawn) in hosts.into_iter().zip(&drawn.hosts) {
        assert_eq!((seen.id, &seen.name, seen.role), (drawn.id, &drawn.name, drawn.role));
        assert_eq!(seen.addresses.first(), drawn.addresses.first());
        assert_eq!(
            seen.ephemeral.is_some(),
            drawn.ephemeral.is_some() || seen.role == Role::Server
        );
        let ports = |host: &portolan_session::view::HostView| {
            let listening = host.berths.iter().filter(|berth| berth.listening);
            listening
                .map(|berth| (berth.port, berth.service.clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(ports(seen), ports(drawn));
    }
}

#[test]
fn another_call_begins_where_the_last_one_ended() {
    let mut engine = Engine::new();
    let one = scene(open(&mut engine, calls(&[21]), Look::default()));
    let look = Look {
        moment: Moment::Action(1),
        ..Look::default()
    };
    let two = scene(open(&mut engine, calls(&[21, 80]), look));
    let common = one
        .timeline
        .milestones
        .iter()
        .zip(&two.timeline.milestones)
        .take_while(|(a, b)| a == b);
    assert_eq!(common.count(), one.timeline.milestones.len());
    let next = &two.timeline.milestones[one.timeline.milestones.len()];
    assert_eq!(two.moment, next.seq);
}

#[test]
fn an_open_question_hides_what_comes_after_it() {
    let mut engine = Engine::new();
    let seen = scene(open(
        &mut engine,
        plan("first-file"),
        Look {
            moment: Moment::At(u64::MAX),
            ..Look::default()
        },
    ));
    assert!(seen.more && seen.question.as_ref().is_some_and(|asked| asked.answer.is_none()));
    assert!(
        seen.timeline
            .milestones
            .iter()
            .all(|milestone| milestone.seq <= seen.moment)
    );
    assert!(seen.rows.iter().all(|row| row.seq <= seen.moment) && seen.stage.lines.is_empty());
    let chapter = seen.question.map(|asked| asked.chapter).unwrap();
    let answers = BTreeMap::from([(chapter, Answered::Chose(1))]);
    let (responses, _) = engine.hear(Request::Look {
        run: 7,
        look: Look {
            answers,
            ..Look::default()
        },
    });
    let after = scene(responses);
    let (_, verdict) = after.question.and_then(|asked| asked.answer).unwrap();
    assert_eq!(verdict.right, [false, true, false]);
    assert!(after.timeline.milestones.len() > 3);
}

#[test]
fn every_packet_of_every_built_in_can_be_looked_at() {
    for title in catalogue() {
        let mut engine = Engine::new();
        let answers = (0..20).map(|chapter| (chapter, Answered::Revealed)).collect();
        let look = Look {
            depth: Depth::Packets,
            moment: Moment::At(u64::MAX),
            answers,
            ..Look::default()
        };
        let seen = scene(open(&mut engine, plan(&title.name), look));
        assert!(!seen.more && seen.ladder.total > 10, "{}", title.name);
    }
}

#[test]
fn nonsense_is_refused_in_a_sentence() {
    let mut engine = Engine::new();
    let settings = BTreeMap::from([("latency".to_owned(), "soon".to_owned())]);
    let wrong = Plan {
        settings,
        ..plan("first-file")
    };
    let responses = open(&mut engine, wrong, Look::default());
    assert!(
        matches!(&responses[..], [Response::Refused { why, .. }] if why.contains("latency")),
        "{responses:?}"
    );
    assert_eq!(
        engine
            .hear(Request::Look {
                run: 7,
                look: Look::default()
            })
            .0,
        []
    );
}

/// The page plays this file where the engine cannot run. `PORTOLAN_RECORD=1` writes it anew.
#[test]
fn the_recorded_session_is_what_the_engine_makes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/first-file.jsonl");
    let mut run = begin(plan("first-file")).unwrap();
    run.finish();
    let made = jsonl::write(run.log()).unwrap();
    if std::env::var_os("PORTOLAN_RECORD").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    assert!(
        std::fs::read(&path).unwrap() == made,
        "frontend/static/first-file.jsonl is of another version"
    );
}
