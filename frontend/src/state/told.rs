//! What the engine told, and what follows from it.

use portolan_link::{Answer, Reply, Said, Sheet, Stage};
use portolan_session::lesson::Verdict;
use portolan_session::view::Overview;
use portolan_wire::ordered::Map;

use crate::shared::Shared;

use super::run::aim_at;
use super::walk::{ask_rows, move_to, reading, settle};
use super::{Aim, Effect, Given, State};

/// The engine, as the page sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Nobody needed it yet.
    Asleep,
    /// It loads.
    Starting {
        /// For longer than a user would not notice.
        late: bool,
    },
    /// It is there, and works on a run.
    Running {
        /// Events so far.
        events: u64,
    },
    /// It is there, and the run is done.
    Done,
    /// It could not start, or fell over.
    Broken {
        /// Why, for whoever looks for the cause.
        why: String,
    },
    /// A recorded session answers in its place.
    Recorded,
}

/// What was told of a run's log.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// What is known before anything happens.
    pub overview: Overview,
    /// The rows of all views.
    pub sheet: Option<Shared<Sheet>>,
    /// The picture at a moment: at the page's, or still at the one before.
    pub stage: Option<Shared<Stage>>,
    /// The truth about the questions that were answered.
    pub verdicts: Map<u16, Verdict>,
}

/// Takes what the engine said.
pub fn hear(state: &mut State, reply: Reply) -> Vec<Effect> {
    match reply {
        Reply::Ready => {
            if matches!(state.engine, Engine::Starting { .. }) {
                state.engine = Engine::Running { events: 0 };
            }
            Vec::new()
        }
        Reply::Running { run, .. } if run == state.run && state.live.is_some() => ask_rows(state),
        Reply::Running { run, events } if run == state.run => {
            state.engine = Engine::Running { events };
            Vec::new()
        }
        Reply::Opened { run, overview } if run == state.run => {
            if state.live.is_some() {
                // Another log in the same place: a session that has begun, a file that was closed.
                state.aim = Some(Aim::Start);
                state.moment = 0;
                state.answers.clear();
            } else if state.engine != Engine::Recorded {
                state.engine = Engine::Done;
            }
            // The picture of the run before stays until the new one is there: nothing flickers between two calls.
            let stage = state.told.take().and_then(|told| told.stage);
            state.told = Some(Told {
                overview,
                sheet: None,
                stage,
                verdicts: Map::new(),
            });
            ask_rows(state)
        }
        Reply::Told { run, answer } if run == state.run => take(state, answer),
        Reply::Refused { run, why } if run == state.run => {
            state.engine = Engine::Done;
            state.complaint = Some(why);
            Vec::new()
        }
        Reply::Broken { why } => {
            state.engine = Engine::Broken { why };
            state.playing = false;
            Vec::new()
        }
        _ => Vec::new(),
    }
}

fn take(state: &mut State, answer: Answer) -> Vec<Effect> {
    let at_end = !state.can_go_on();
    let Some(told) = &mut state.told else { return Vec::new() };
    match answer {
        Answer::Rows(sheet) => {
            if sheet.lens != state.lens {
                // That was changed again in the meantime.
                return Vec::new();
            }
            let horizon = sheet.horizon;
            let follows = at_end && state.live.as_ref().is_some_and(|panel| panel.follows);
            told.sheet = Some(Shared::new(*sheet));
            match horizon.filter(|_| follows) {
                Some(end) => follow(state, end),
                None => arrive(state),
            }
        }
        Answer::Stage(stage) => {
            told.stage = Some(Shared::new(*stage));
            Vec::new()
        }
        Answer::Verdict { chapter, verdict } => {
            told.verdicts.extend(verdict.map(|verdict| (chapter, verdict)));
            Vec::new()
        }
    }
}

/// The log has grown, and whoever stood at its end stays there.
fn follow(state: &mut State, end: u64) -> Vec<Effect> {
    state.aim = None;
    if end == state.moment {
        return Vec::new();
    }
    move_to(state, end)
}

/// Rows are there: stands where it was meant to stand.
fn arrive(state: &mut State) -> Vec<Effect> {
    let Some(aim) = state.aim else { return Vec::new() };
    let hidden = state
        .told
        .as_ref()
        .and_then(|told| told.sheet.as_ref())
        .is_some_and(|sheet| sheet.asks);
    let question = state.milestones().last().and_then(|milestone| milestone.chapter);
    if aim_at(state, aim).is_none()
        && hidden
        && let Some(chapter) = question
    {
        return settle(state, chapter, Given::Revealed);
    }
    state.aim = None;
    let Some(moment) = aim_at(state, aim).or_else(|| aim_at(state, Aim::Start)) else {
        return Vec::new();
    };
    let mut effects = move_to(state, moment);
    if aim == Aim::LastCall && state.can_go_on() {
        state.playing = true;
        effects.extend(reading(state));
    }
    effects
}

/// When this reply comes first. Asked of the conversation: a milestone may have a lesson's words in the reply's place.
pub fn moment_of_reply(told: &Told, wanted: u16) -> Option<u64> {
    let rows = &told.sheet.as_ref()?.transcript;
    let row = rows
        .iter()
        .find(|row| matches!(row.said, Said::Reply { code, .. } if code == wanted));
    row.map(|row| row.seq)
}
