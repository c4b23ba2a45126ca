//! What will happen when: timers, and things that take virtual time. Packets wait on their links (`links.rs`).

use core::cmp::Ordering;
use std::collections::BinaryHeap;

use portolan_protocol::endpoint::{OpId, StoreAnswer};
use portolan_session::event::{Conn, HostId};
use portolan_wire::Instant;
use portolan_wire::action::Action;
use portolan_wire::report::StoreError;

use crate::app::AppId;

/// Something that happens at its time.
#[derive(Debug)]
pub(crate) enum Work {
    /// A program begins.
    Begin(AppId),
    /// A user's action.
    Act { app: AppId, number: u32, what: Box<Action> },
    /// A timer of a program's.
    Tick(AppId),
    /// A store's answer is ready.
    Stored {
        app: AppId,
        op: OpId,
        result: Box<Result<StoreAnswer, StoreError>>,
    },
    /// A timer of a connection's. The slot may have another connection by then: the number tells.
    Wake { host: HostId, slot: usize, number: Conn },
}

/// The order of things that happen at the same time: the order in which they were brought about.
#[derive(Debug, Default)]
pub(crate) struct Order(u64);

impl Order {
    pub(crate) const fn next(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

/// The heap of things to come.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    heap: BinaryHeap<Entry>,
}

#[derive(Debug)]
struct Entry {
    at: Instant,
    order: u64,
    work: Work,
}

impl Clock {
    pub(crate) fn push(&mut self, at: Instant, order: u64, work: Work) {
        self.heap.push(Entry { at, order, work });
    }

    /// When the next thing happens, and its place among those of the same time.
    pub(crate) fn next(&self) -> Option<(Instant, u64)> {
        self.heap.peek().map(|entry| (entry.at, entry.order))
    }

    pub(crate) fn pop(&mut self) -> Option<Work> {
        self.heap.pop().map(|entry| entry.work)
    }
}

// The heap gives the greatest first: the earliest is the greatest.
impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.order).cmp(&(self.at, self.order))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_comes_first_and_ties_keep_their_order() {
        let mut clock = Clock::default();
        let mut order = Order::default();
        for (app, at) in [(0, 5), (1, 3), (2, 5), (3, 3)] {
            clock.push(Instant::from_micros(at), order.next(), Work::Tick(AppId(app)));
        }
        assert_eq!(clock.next().map(|(at, _)| at), Some(Instant::from_micros(3)));
        let apps: Vec<u32> = core::iter::from_fn(|| clock.pop())
            .map(|work| match work {
                Work::Tick(app) => app.0,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(apps, [1, 3, 0, 2]);
    }
}
