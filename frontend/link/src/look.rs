//! How a log answers.

use std::collections::BTreeSet;

use portolan_session::Log;
use portolan_session::event::Kind;
use portolan_session::lesson;
use portolan_session::view::{self, Depth, Index, Rows, Timeline};
use portolan_wire::report::Report;

use crate::{Asked, Look, Moment, Scene};

/// At most so many rows of the ladder where every packet is one.
const MOST_PACKETS: usize = 600;

/// Everything there is to draw of `log` where `look` looks; nothing while the log is empty.
#[must_use]
pub fn look(log: &Log, index: &Index, look: &Look) -> Option<Scene> {
    let answered: BTreeSet<u16> = look.answers.keys().copied().collect();
    let horizon = lesson::horizon(log, &answered)?;
    let timeline = view::timeline(log, look.depth, horizon);
    let moment = moment(log, look.moment, &timeline, horizon);
    let wanted = match look.depth {
        Depth::Story => Rows::All,
        Depth::Packets => Rows::Around {
            seq: moment,
            most: MOST_PACKETS,
        },
    };
    Some(Scene {
        ask: look.ask,
        moment,
        more: log.last().is_some_and(|last| horizon < last),
        stage: index.stage(log, moment, look.depth),
        rows: view::transcript(log, horizon),
        ladder: view::ladder(log, look.depth, wanted, horizon),
        question: asked(log, look, moment),
        timeline,
    })
}

/// The event that is meant, at most the horizon.
fn moment(log: &Log, wanted: Moment, timeline: &Timeline, horizon: u64) -> u64 {
    let start = timeline.milestones.first().map_or(0, |first| first.seq);
    let seq = match wanted {
        Moment::Start => Some(start),
        Moment::At(seq) => Some(seq),
        Moment::Action(number) => began(log, number).and_then(|begin| {
            let after = |milestone: &&view::Milestone| milestone.seq > begin;
            timeline.milestones.iter().find(after).map(|milestone| milestone.seq)
        }),
        Moment::Chapter(number) => lesson::resolve(log)
            .into_iter()
            .find(|(_, chapter)| *chapter == number)
            .map(|(seq, _)| seq),
    };
    seq.unwrap_or(start).min(horizon)
}

/// The event at which an action began.
fn began(log: &Log, number: u32) -> Option<u64> {
    log.events().iter().find_map(|event| match &event.kind {
        Kind::Endpoint { report } if matches!(**report, Report::Started { action, .. } if action == number) => {
            Some(event.seq)
        }
        _ => None,
    })
}

/// The question whose chapter begins at this moment.
fn asked(log: &Log, look: &Look, moment: u64) -> Option<Asked> {
    let chapters = view::overview(log.header()).chapters;
    let (chapter, question) = lesson::resolve(log)
        .into_iter()
        .filter(|(seq, _)| *seq == moment)
        .find_map(|(_, number)| Some((number, chapters.get(usize::from(number))?.question.clone()?)))?;
    let answer = look
        .answers
        .get(&chapter)
        .and_then(|answered| Some((*answered, lesson::verdict(log, chapter)?)));
    Some(Asked {
        chapter,
        question,
        answer,
    })
}
