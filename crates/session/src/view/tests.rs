use portolan_wire::dissect::TcpFlags;
use portolan_wire::report::Purpose;
use proptest::prelude::*;

use super::*;
use crate::event::Seen;
use crate::lesson::{Chapter, Lesson, When};
use crate::log::Log;
use crate::testing::{self, CLIENT, LATENCY, SERVER, Script};
use crate::words;

/// The story as a learner reads it.
pub(super) fn story(log: &Log) -> String {
    let timeline = timeline(log, Depth::Story, u64::MAX);
    let lines = timeline.milestones.iter().map(|milestone| {
        let chapter = milestone
            .chapter
            .map(|number| format!("[{number}] "))
            .unwrap_or_default();
        format!("{} {chapter}{}\n", milestone.at, words::caption(&milestone.caption))
    });
    lines.collect()
}

fn conversation(log: &Log) -> String {
    let rows = transcript(log, Eye::Endpoint, u64::MAX);
    rows.iter()
        .map(|row| format!("{:?}: {}\n", row.from, words::said(&row.said)))
        .collect()
}

pub(super) fn rungs(log: &Log, depth: Depth) -> String {
    let ladder = ladder(log, depth, Rows::All, u64::MAX);
    let mut text = String::new();
    for (number, row) in ladder.rows.iter().enumerate() {
        if let Some(gap) = ladder.gaps.iter().find(|gap| gap.before == number) {
            text.push_str(&format!("... {}\n", gap.span));
        }
        let side = if Some(&row.from) == ladder.hosts.first() {
            "->"
        } else {
            "<-"
        };
        let arrived = row.arrived_at.map_or("-".into(), |at| at.to_string());
        text.push_str(&format!(
            "{} {arrived} {:?} {side} {}\n",
            row.sent_at,
            row.lane,
            words::rung(row)
        ));
    }
    text
}

#[test]
fn the_story_of_one_file() {
    insta::assert_snapshot!(story(&testing::first_file()));
}

#[test]
fn the_conversation_of_one_file() {
    insta::assert_snapshot!(conversation(&testing::first_file()));
}

#[test]
fn the_ladder_of_one_file() {
    insta::assert_snapshot!(rungs(&testing::first_file(), Depth::Story));
}

#[test]
fn the_packets_of_three_calls() {
    insta::assert_snapshot!(rungs(&testing::call_a_port(), Depth::Packets));
}

#[test]
fn the_story_of_a_blocked_call() {
    let log = testing::active_blocked();
    insta::assert_snapshot!(format!("{}\n{}", story(&log), rungs(&log, Depth::Story)));
}

#[test]
fn the_story_of_three_calls() {
    insta::assert_snapshot!(story(&testing::call_a_port()));
}

#[test]
fn the_stage_shows_ports_and_lines_as_they_are() {
    let log = testing::first_file();
    let timeline = timeline(&log, Depth::Story, u64::MAX);
    let at = |wanted: &dyn Fn(&Caption) -> bool| {
        let milestone = timeline
            .milestones
            .iter()
            .find(|milestone| wanted(&milestone.caption))
            .unwrap();
        stage(&log, milestone.seq, Depth::Story)
    };
    let ports = |stage: &Stage, host: usize| {
        let berths = &stage.hosts[host].berths;
        berths
            .iter()
            .map(|berth| (berth.port, berth.listening, berth.connected))
            .collect::<Vec<_>>()
    };

    let start = stage(&log, timeline.milestones[0].seq, Depth::Story);
    assert_eq!(ports(&start, 2), [(21, true, 0), (22, true, 0)]);
    assert!(start.lines.is_empty());

    let told = at(&|caption| matches!(caption, Caption::Reply { code: 227, .. }));
    assert_eq!(ports(&told, 2), [(21, true, 1), (22, true, 0), (60523, true, 0)]);
    assert_eq!(ports(&told, 0), [(50123, false, 1)]);

    let bulk = at(&|caption| matches!(caption, Caption::Bulk { .. }));
    let data = &bulk.lines[1];
    assert_eq!(
        (data.purpose, data.nth, data.state),
        (Purpose::Data, 1, LineState::Closing)
    );
    assert_eq!(
        data.finished,
        (false, true),
        "the server's FIN left before its last bytes came"
    );
    assert_eq!((data.bytes_from_caller, data.bytes_from_called), (0, 2_920));
    assert_eq!(data.content.as_ref().unwrap().size, Some(2_920));
    assert_eq!(bulk.lines[0].state, LineState::Established);

    let end = stage(&log, u64::MAX, Depth::Story);
    assert!(end.lines.iter().all(|line| line.state == LineState::Closed));
    assert_eq!(ports(&end, 2), [(21, true, 0), (22, true, 0), (60523, false, 0)]);
}

#[test]
fn bytes_sent_again_count_once() {
    let mut script = Script::new();
    let data = script.connects((CLIENT, 51890), (SERVER, 60523), Purpose::Data);
    script.wait(20).packet(data, false, TcpFlags::ACK, &[1; 100], Ok(()));
    let log_once = script.log();
    let mut script = Script::new();
    let data = script.connects((CLIENT, 51890), (SERVER, 60523), Purpose::Data);
    script.wait(20).packet(data, true, TcpFlags::ACK, &[1; 100], Ok(()));
    script.packet(data, true, TcpFlags::ACK, &[2; 50], Ok(()));
    let log = script.log();
    let bytes = |log: &Log| {
        let stage = stage(log, u64::MAX, Depth::Story);
        (stage.lines[0].bytes_from_caller, stage.lines[0].bytes_from_called)
    };
    assert_eq!(bytes(&log_once), (0, 100));
    assert_eq!(bytes(&log), (150, 0), "the caller's sequence numbers wrap in here");

    let mut recorder = crate::log::Recorder::new(testing::header());
    for event in log.events() {
        let crate::event::Kind::Packet { packet, seen } = event.kind else {
            recorder.event(event.at, event.host, event.conn, event.kind.clone());
            continue;
        };
        match seen {
            Seen::Sent => {
                recorder.sent(event.at, event.host, event.conn, log.packet(packet).unwrap().bytes);
            }
            Seen::Delivered => {
                // Everything arrives twice, as it does when an acknowledgement was lost.
                recorder.seen(event.at, event.host, event.conn, packet, seen);
                recorder.seen(event.at, event.host, event.conn, packet, seen);
            }
            _ => {}
        }
    }
    assert_eq!(bytes(recorder.log()), (150, 0));
}

#[test]
fn a_stop_at_a_call_makes_two_steps_of_a_handshake() {
    let chapter = |at, say: Option<&str>, stop| Chapter {
        title: "A chapter".into(),
        at,
        say: say.map(Into::into),
        stop,
        question: None,
    };
    let lesson = Lesson {
        goal: "Two connections".into(),
        chapters: vec![
            chapter(When::Start, Some("Here is a server."), false),
            chapter(When::Action(2), None, true),
            chapter(When::Attempted(Purpose::Data), None, true),
            chapter(When::Over(Purpose::Data), None, false),
            chapter(When::End, None, false),
        ],
    };
    insta::assert_snapshot!(story(&testing::first_file_with(Some(lesson))));
}

#[test]
fn checkpoints_lie_where_the_log_says() {
    let mut script = Script::new();
    let data = script.connects((CLIENT, 51890), (SERVER, 60523), Purpose::Data);
    for _ in 0..4_000 {
        script.wait(1).packet(data, false, TcpFlags::ACK, &[7; 100], Ok(()));
    }
    let log = script.log();
    let mut index = Index::new();
    index.catch_up(&log);
    for moment in [0, 1, 4_094, 4_095, 4_096, 4_097, 8_191, 8_192, 9_000, 12_000, u64::MAX] {
        for depth in [Depth::Story, Depth::Packets] {
            assert_eq!(index.stage(&log, moment, depth), stage(&log, moment, depth), "{moment}");
        }
    }
    assert_eq!(
        Index::new().stage(&log, 9_000, Depth::Story),
        stage(&log, 9_000, Depth::Story)
    );
}

#[test]
fn windows_of_the_ladder_are_parts_of_the_whole() {
    let log = testing::first_file();
    for depth in [Depth::Story, Depth::Packets] {
        let whole = ladder(&log, depth, Rows::All, u64::MAX);
        assert_eq!(whole.total, whole.rows.len());
        for first in 0..whole.total + 2 {
            let part = ladder(&log, depth, Rows::From { first, most: 3 }, u64::MAX);
            assert_eq!(
                part.rows,
                whole.rows.iter().skip(first).take(3).cloned().collect::<Vec<_>>()
            );
        }
        for (number, row) in whole.rows.iter().enumerate() {
            let around = ladder(&log, depth, Rows::Around { seq: row.sent, most: 5 }, u64::MAX);
            assert!((around.first..around.first + 5).contains(&number));
        }
    }
}

/// Everything that a view says about places in the log.
fn places(log: &Log, horizon: u64) -> Vec<u64> {
    let mut places = Vec::new();
    let mut whens = Vec::new();
    for depth in [Depth::Story, Depth::Packets] {
        let timeline = timeline(log, depth, horizon);
        places.extend(timeline.end);
        whens.push(timeline.end_at);
        places.extend(timeline.milestones.iter().map(|milestone| milestone.seq));
        let ladder = ladder(log, depth, Rows::All, horizon);
        for row in &ladder.rows {
            places.extend([row.seq, row.sent]);
            whens.extend([Some(row.sent_at), row.arrived_at, row.until].into_iter().flatten());
        }
        let stage = stage(log, horizon, depth);
        places.push(stage.seq);
    }
    places.extend(transcript(log, Eye::Endpoint, horizon).iter().map(|row| row.seq));
    // Times as places: the last event at that time or before; what lies behind the horizon has a later time or a later
    // place.
    let last = log.until(horizon).last().map(|event| event.at);
    assert!(
        whens.iter().all(|when| Some(*when) <= last || log.events().is_empty()),
        "{whens:?}"
    );
    places
}

/// The log as it was when it had `length` events.
fn prefix(log: &Log, length: usize) -> Log {
    let mut recorder = crate::log::Recorder::new(log.header().clone());
    for event in log.events().iter().take(length) {
        match event.kind {
            crate::event::Kind::Packet {
                packet,
                seen: Seen::Sent,
            } => {
                recorder.sent(event.at, event.host, event.conn, log.packet(packet).unwrap().bytes);
            }
            _ => {
                recorder.event(event.at, event.host, event.conn, event.kind.clone());
            }
        }
    }
    recorder.into_log()
}

/// Every way of looking.
const LENSES: [Lens; 4] = [
    Lens {
        depth: Depth::Story,
        eye: Eye::Endpoint,
    },
    Lens {
        depth: Depth::Packets,
        eye: Eye::Endpoint,
    },
    Lens {
        depth: Depth::Story,
        eye: Eye::Network,
    },
    Lens {
        depth: Depth::Packets,
        eye: Eye::Network,
    },
];

proptest! {
    #[test]
    fn an_index_answers_as_the_functions_do(which in 0usize..3, known in 0usize..200, horizon in 0u64..250) {
        let log = testing::all().swap_remove(which).1;
        // The log grows behind what the index has read, or not.
        let mut index = Index::new();
        index.catch_up(&prefix(&log, known));
        if horizon % 2 == 0 {
            index.catch_up(&log);
        }
        for horizon in [horizon, u64::MAX] {
            for lens in LENSES {
                prop_assert_eq!(index.timeline(&log, lens, horizon), timeline(&log, lens, horizon));
                prop_assert_eq!(index.stage(&log, horizon, lens), stage(&log, horizon, lens));
                for rows in [Rows::All, Rows::From { first: 3, most: 4 }, Rows::Around { seq: horizon / 2, most: 4 }] {
                    prop_assert_eq!(index.ladder(&log, lens, rows, horizon), ladder(&log, lens, rows, horizon));
                }
                prop_assert_eq!(index.transcript(&log, lens.eye, horizon), transcript(&log, lens.eye, horizon));
            }
        }
        prop_assert_eq!(index.chapters(&log), crate::lesson::resolve(&log));
    }

    #[test]
    fn no_view_shows_what_lies_behind_the_horizon(which in 0usize..3, horizon in 0u64..400) {
        let log = testing::all().swap_remove(which).1;
        prop_assert!(places(&log, horizon).into_iter().all(|place| place <= horizon));
        // Not by its form either: the future may be anything, and the picture is the same.
        let cut = prefix(&log, usize::try_from(horizon).unwrap() + 1);
        for lens in LENSES {
            prop_assert_eq!(timeline(&log, lens, horizon), timeline(&cut, lens, u64::MAX));
            prop_assert_eq!(ladder(&log, lens, Rows::All, horizon), ladder(&cut, lens, Rows::All, u64::MAX));
            prop_assert_eq!(stage(&log, horizon, lens), stage(&cut, u64::MAX, lens));
            prop_assert_eq!(transcript(&log, lens.eye, horizon), transcript(&cut, lens.eye, u64::MAX));
        }
    }

    #[test]
    fn milestones_come_in_order_and_each_once(which in 0usize..3, horizon in 0u64..400) {
        let log = testing::all().swap_remove(which).1;
        for depth in [Depth::Story, Depth::Packets] {
            let seqs: Vec<u64> = timeline(&log, depth, horizon).milestones.iter().map(|one| one.seq).collect();
            prop_assert!(seqs.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }

    #[test]
    fn nothing_panics_on_events_in_any_order(which in 0usize..3, order in prop::collection::vec(0usize..200, 0..120)) {
        let log = testing::all().swap_remove(which).1;
        let mut recorder = crate::log::Recorder::new(log.header().clone());
        let mut at = portolan_wire::Instant::ZERO;
        for place in order {
            let Some(event) = log.events().get(place) else { continue };
            at += portolan_wire::Duration::from_micros(LATENCY);
            recorder.event(at, event.host, event.conn, event.kind.clone());
        }
        let mixed = recorder.into_log();
        let last = u64::try_from(mixed.events().len()).unwrap();
        for horizon in [0, last / 2, last] {
            prop_assert!(places(&mixed, horizon).into_iter().all(|place| place <= horizon));
        }
        let sentences: Vec<String> = crate::finding::findings(&mixed).iter().map(words::finding).collect();
        prop_assert!(sentences.iter().all(|sentence| !sentence.is_empty()));
    }
}
