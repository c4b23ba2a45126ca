//! Marks: the moments a learner steps to, as the fold finds them and as they are told.

use portolan_wire::Instant;
use portolan_wire::ordered::Map;

use super::State;
use crate::event::{Conn, HostId};
use crate::log::Log;
use crate::view::{Caption, Eye};

/// A moment that is worth a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) seq: u64,
    pub(crate) at: Instant,
    pub(crate) host: HostId,
    pub(crate) conn: Option<Conn>,
    pub(crate) sort: MarkSort,
    /// What happened.
    pub(crate) facts: Facts,
    /// Whether its connection is under TLS.
    pub(crate) locked: bool,
    /// What a lesson says instead.
    pub(crate) said: Option<Caption>,
    /// The chapter that begins here.
    pub(crate) chapter: Option<u16>,
}

/// What happened, as each eye sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Facts {
    /// Both see the same.
    Same(Caption),
    /// They do not, or one of them sees nothing.
    Apart {
        /// What the endpoints meant.
        meant: Option<Caption>,
        /// What the network saw.
        seen: Option<Caption>,
    },
}

impl Facts {
    pub(super) const fn meant(caption: Caption) -> Self {
        Self::Apart {
            meant: Some(caption),
            seen: None,
        }
    }

    pub(super) const fn seen(caption: Caption) -> Self {
        Self::Apart {
            meant: None,
            seen: Some(caption),
        }
    }

    pub(crate) const fn of(&self, eye: Eye) -> Option<&Caption> {
        match (self, eye) {
            (Self::Same(caption), _) => Some(caption),
            (Self::Apart { meant, .. }, Eye::Endpoint) => meant.as_ref(),
            (Self::Apart { seen, .. }, Eye::Network) => seen.as_ref(),
        }
    }

    /// What one eye sees; the other's goes.
    pub(crate) fn into_of(self, eye: Eye) -> Option<Caption> {
        match (self, eye) {
            (Self::Same(caption), _) => Some(caption),
            (Self::Apart { meant, .. }, Eye::Endpoint) => meant,
            (Self::Apart { seen, .. }, Eye::Network) => seen,
        }
    }
}

/// How a mark goes together with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum MarkSort {
    /// It stands for itself.
    Plain,
    /// It takes the place of the one before it of its sort: the ports that are listened on at the start.
    Listening,
    /// It goes into the next mark of its connection if that is [`MarkSort::Connected`] and no chapter begins here.
    Calls,
    /// See there.
    Connected,
    /// It takes the place of the one before it of its connection: bytes add up to one step.
    Bulk,
    /// It takes the place of the one before it of its connection and number: records add up to a flight of a handshake.
    Flight(u32),
}

impl MarkSort {
    pub(super) const fn plain(caption: Caption) -> (Self, Facts) {
        (Self::Plain, Facts::Same(caption))
    }
}

impl Mark {
    /// What is said of it to one eye; nothing where that sees nothing.
    pub(crate) fn caption(&self, eye: Eye) -> Option<&Caption> {
        let facts = self.facts.of(eye);
        // Where a chapter begins, its words stand for everybody: who looks on is at the same place of the lesson.
        self.said.as_ref().or(facts)
    }
}

/// The marks up to `horizon`, in their order: each seq once. What they tell depends on no event behind it.
pub(crate) fn marks(log: &Log, horizon: u64) -> Vec<Mark> {
    let mut state = State::default();
    let mut together = Marks::default();
    for event in log.until(horizon) {
        if let Some(mark) = state.apply(log, event) {
            together.add(mark);
        }
    }
    together.by_place.into_values().collect()
}

/// Marks, while they are put together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marks {
    /// In their order.
    pub(crate) by_place: Map<u64, Mark>,
    listening: Option<u64>,
    /// The last mark of each sort that adds up, by connection.
    sums: Map<(Conn, MarkSort), u64>,
    /// Each connection's last mark, if that is a call that could go into the next one.
    calls: Map<Conn, u64>,
}

impl Marks {
    pub(crate) fn add(&mut self, mark: Mark) {
        let replaced = match (mark.sort, mark.conn) {
            (MarkSort::Listening, _) => self.listening.replace(mark.seq),
            (sort @ (MarkSort::Bulk | MarkSort::Flight(_)), Some(conn)) => self.sums.insert((conn, sort), mark.seq),
            (MarkSort::Connected, Some(conn)) => self.calls.remove(&conn),
            _ => None,
        };
        if let Some(replaced) = replaced {
            self.by_place.remove(&replaced);
        }
        if let Some(conn) = mark.conn {
            self.calls.remove(&conn);
            if mark.sort == MarkSort::Calls && mark.chapter.is_none() {
                self.calls.insert(conn, mark.seq);
            }
        }
        self.by_place.insert(mark.seq, mark);
    }
}
