//! Walking through a story: step by step, by itself, and past its questions.

use portolan_link::{Question, Request};
use portolan_session::view::Depth;

use super::{Effect, Given, State};

/// So many milestones on, or back.
pub fn step(state: &mut State, by: isize) -> Vec<Effect> {
    let last = state.milestones().len().saturating_sub(1);
    let here = state.here().unwrap_or(0);
    let there = here.saturating_add_signed(by).min(last);
    let Some(moment) = state.milestones().get(there).map(|milestone| milestone.seq) else {
        return Vec::new();
    };
    state.playing = false;
    move_to(state, moment)
}

/// Stands at a moment: the picture of it is asked for.
pub fn move_to(state: &mut State, moment: u64) -> Vec<Effect> {
    let horizon = state.told.as_ref().and_then(|told| told.sheet.as_ref()?.horizon);
    state.moment = moment.min(horizon.unwrap_or(moment));
    let mut effects = vec![ask(
        state,
        Question::Stage {
            moment: state.moment,
            eye: state.lens.eye,
            answered: state.answered(),
        },
    )];
    if state.lens.depth == Depth::Packets {
        effects.extend(ask_rows(state));
    }
    effects.push(Effect::Address);
    effects
}

fn ask(state: &State, question: Question) -> Effect {
    Effect::Post(Request::Ask {
        run: state.run,
        question,
    })
}

/// The rows of all views are asked for.
pub fn ask_rows(state: &State) -> Vec<Effect> {
    vec![ask(
        state,
        Question::Rows {
            lens: state.lens,
            answered: state.answered(),
            around: state.moment,
        },
    )]
}

/// The story runs, or halts.
pub fn play(state: &mut State, playing: bool) -> Vec<Effect> {
    state.playing = playing && state.asked().is_none();
    if !state.playing {
        return Vec::new();
    }
    if state.can_go_on() {
        // A first step at once: whoever presses Play has read what stands there.
        return go_on(state);
    }
    let first = state.milestones().first().map_or(0, |milestone| milestone.seq);
    let mut effects = move_to(state, first);
    effects.extend(reading(state));
    effects
}

/// The caption of a moment was read.
pub fn read_on(state: &mut State, moment: u64) -> Vec<Effect> {
    if !state.playing || state.moment != moment {
        return Vec::new();
    }
    if !state.can_go_on() || state.asked().is_some() {
        state.playing = false;
        return Vec::new();
    }
    go_on(state)
}

/// One step of the running story; it halts at stops.
fn go_on(state: &mut State) -> Vec<Effect> {
    let mut effects = step(state, 1);
    state.playing = state.can_go_on() && !state.milestone().is_some_and(|milestone| milestone.stop);
    if state.playing {
        effects.extend(reading(state));
    }
    effects
}

/// The time to read: the longer of 1.5 s and 0.3 s a word.
pub fn reading(state: &State) -> Option<Effect> {
    let words = state.sentence()?.split_whitespace().count();
    let millis = u32::try_from(words).unwrap_or(u32::MAX).saturating_mul(300).max(1_500);
    Some(Effect::Read {
        moment: state.moment,
        millis,
    })
}

/// The question that is asked now gets this.
pub fn answer(state: &mut State, given: Given) -> Vec<Effect> {
    let Some(chapter) = state.asked() else {
        return Vec::new();
    };
    settle(state, chapter, given)
}

/// A question is answered, or its answer shown: its truth is asked for, and what lay behind it.
pub fn settle(state: &mut State, chapter: u16, given: Given) -> Vec<Effect> {
    state.answers.insert(chapter, given);
    let mut effects = vec![ask(state, Question::Verdict { chapter })];
    effects.extend(ask_rows(state));
    effects.push(Effect::Address);
    effects
}
