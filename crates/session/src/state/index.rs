//! States at checkpoints, so that a moment far into a log costs little.

use super::State;
use crate::log::{Log, index};

/// States of one log at every [`Index::SPACING`]th event. Where they lie depends on the log alone.
///
/// An index belongs to one log, which may grow: call [`Index::catch_up`] from time to time. A moment behind what it has
/// seen is only slower to reach.
#[derive(Clone, Debug)]
pub struct Index {
    /// The state before the events 0, `SPACING`, 2 `SPACING`, ...
    checkpoints: Vec<State>,
    /// The state after all events seen.
    head: State,
    /// How many those are.
    seen: u64,
}

impl Index {
    /// Events between two checkpoints.
    pub const SPACING: u64 = 4_096;

    /// An index that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            checkpoints: vec![State::default()],
            head: State::default(),
            seen: 0,
        }
    }

    /// Reads what the log has gained since the last time.
    pub fn catch_up(&mut self, log: &Log) {
        for event in log.events().get(index(self.seen)..).unwrap_or_default() {
            self.head.apply(log, event);
            self.seen += 1;
            if self.seen.is_multiple_of(Self::SPACING) {
                self.checkpoints.push(self.head.clone());
            }
        }
    }

    /// The state after the event `moment`.
    pub(crate) fn state(&self, log: &Log, moment: u64) -> State {
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

/// The state after the event `moment`, from the start.
pub(crate) fn fold(log: &Log, moment: u64) -> State {
    let mut state = State::default();
    for event in log.until(moment) {
        state.apply(log, event);
    }
    state
}
