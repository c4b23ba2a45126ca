//! What has been read of a log already, so that a look at it costs little.

use portolan_wire::ordered::Set;

use super::ladder::story_ladder;
use super::rungs::Story;
use super::transcript::{Listing, listed};
use super::{Depth, Eye, Ladder, Lens, Row, Rows, Stage, Timeline, ladder, stage, timeline, transcript};
use crate::lesson;
use crate::log::{Log, index};
use crate::state::{Marks, State};

/// States of one log at every [`Index::SPACING`]th event, and what its views found up to the last event read. Where the
/// checkpoints lie depends on the log alone, and every answer is the same as that of the function of its name.
///
/// An index belongs to one log, which may grow: call [`Index::catch_up`] from time to time. Of what lies behind that,
/// and of a horizon before the end, it knows no more than those functions: they read the log.
#[derive(Clone, Debug)]
pub struct Index {
    /// The state before the events 0, `SPACING`, 2 `SPACING`, ...
    checkpoints: Vec<State>,
    /// How many events were read.
    seen: u64,
    /// The state after them.
    state: State,
    marks: Marks,
    story: Story,
    listed: Vec<Listing>,
}

impl Index {
    /// Events between two checkpoints.
    pub const SPACING: u64 = 4_096;

    /// An index that has read nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            checkpoints: vec![State::default()],
            seen: 0,
            state: State::default(),
            marks: Marks::default(),
            story: Story::default(),
            listed: Vec::new(),
        }
    }

    /// Reads what the log has gained since the last time.
    pub fn catch_up(&mut self, log: &Log) {
        for event in log.events().get(index(self.seen)..).unwrap_or_default() {
            if let Some(mark) = self.state.apply(log, event) {
                self.marks.add(mark);
            }
            self.story.add(log, &self.state, event);
            self.listed.extend(listed(&self.state, event));
            self.seen += 1;
            if self.seen.is_multiple_of(Self::SPACING) {
                self.checkpoints.push(self.state.clone());
            }
        }
    }

    /// As [`super::stage`], from the nearest checkpoint.
    #[must_use]
    pub fn stage(&self, log: &Log, moment: u64, lens: impl Into<Lens>) -> Stage {
        stage::draw(log, &self.state(log, moment), moment, lens.into())
    }

    /// As [`super::timeline`].
    #[must_use]
    pub fn timeline(&self, log: &Log, lens: impl Into<Lens>, horizon: u64) -> Timeline {
        let lens = lens.into();
        if self.ends(log, horizon) {
            timeline::tell(log, lens, horizon, self.marks.by_place.values().cloned())
        } else {
            timeline(log, lens, horizon)
        }
    }

    /// As [`super::transcript`].
    #[must_use]
    pub fn transcript(&self, log: &Log, eye: Eye, horizon: u64) -> Vec<Row> {
        if self.ends(log, horizon) {
            transcript::tell(log, eye, self.marks.by_place.values().cloned(), &self.listed)
        } else {
            transcript(log, eye, horizon)
        }
    }

    /// As [`super::ladder`].
    #[must_use]
    pub fn ladder(&self, log: &Log, lens: impl Into<Lens>, wanted: Rows, horizon: u64) -> Ladder {
        let lens = lens.into();
        if lens.depth == Depth::Story && self.ends(log, horizon) {
            story_ladder(log, &self.story, lens.eye, wanted)
        } else {
            ladder(log, lens, wanted, horizon)
        }
    }

    /// Whether anything was under TLS so far, or should have been: without that, both eyes see the same of what is on the wire.
    #[must_use]
    pub fn is_private(&self) -> bool {
        let mut lines = self.state.lines.values();
        lines.any(|track| track.line.security.is_some() || track.tap.is_tls())
    }

    /// As [`lesson::resolve`].
    #[must_use]
    pub fn chapters(&self, log: &Log) -> Vec<(u64, u16)> {
        if self.ends(log, u64::MAX) {
            lesson::chapters(self.marks.by_place.values())
        } else {
            lesson::resolve(log)
        }
    }

    /// As [`lesson::horizon`].
    #[must_use]
    pub fn horizon(&self, log: &Log, answered: &Set<u16>) -> Option<u64> {
        lesson::bound(log, &self.chapters(log), answered)
    }

    /// Whether the events up to `horizon` are just those that were read.
    fn ends(&self, log: &Log, horizon: u64) -> bool {
        log.until(horizon).len() == index(self.seen)
    }

    /// The state after the event `moment`.
    fn state(&self, log: &Log, moment: u64) -> State {
        let nearest = index(moment.saturating_add(1) / Self::SPACING).min(self.checkpoints.len().saturating_sub(1));
        let mut state = self.checkpoints.get(nearest).cloned().unwrap_or_default();
        let from = nearest.saturating_mul(index(Self::SPACING));
        for event in log.until(moment).get(from..).unwrap_or_default() {
            state.apply(log, event);
        }
        state
    }
}

impl Default for Index {
    fn default() -> Self {
        Self::new()
    }
}
