//! For tests of endpoints: a driver with explicit time that panics when the contract is broken.
//!
//! A [`Bench`] holds one endpoint. The test plays the net and the peer: it lets connections be made, says bytes, grants
//! credit, and looks at what comes out. What the contract leaves to every driver, the bench does by itself: it delivers
//! no more than it was asked for, keeps the rest, and answers storage requests from a [`Tree`] if it has one.
#![allow(
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a broken contract has to fail the test that found it"
)]

mod contract;
mod talk;

use std::collections::VecDeque;

use portolan_wire::ordered::Map;
use portolan_wire::report::Report;
use portolan_wire::{Duration, Instant};

use crate::drive::{Effects, drive};
use crate::endpoint::{ConnId, Endpoint, Input, OpId, Output, StoreRequest};
use crate::tree::Tree;

pub use contract::Contract;
pub use talk::Talk;

/// An endpoint on a bench.
#[derive(Debug)]
pub struct Bench<E> {
    endpoint: E,
    now: Instant,
    deadline: Option<Instant>,
    hands: Hands,
    /// What peers said and the endpoint has not asked for yet.
    unsaid: Map<ConnId, Unsaid>,
}

/// What happens to outputs: watched, and put down in their order.
#[derive(Debug, Default)]
struct Hands {
    contract: Contract,
    outputs: Vec<Output>,
    tree: Option<Tree>,
    /// Requests wait until the test has them answered.
    is_slow: bool,
    requests: VecDeque<(OpId, StoreRequest)>,
}

#[derive(Debug, Default)]
struct Unsaid {
    bytes: VecDeque<u8>,
    eof: bool,
}

impl Effects for Hands {
    fn perform(&mut self, _now: Instant, output: Output) {
        self.contract.output(&output);
        match output {
            Output::Store { op, request } => self.requests.push_back((op, request)),
            output => self.outputs.push(output),
        }
    }
}

impl<E: Endpoint> Bench<E> {
    /// Puts `endpoint` on the bench, at the time zero. Nothing is given to it yet, not even [`Input::Begin`].
    pub fn new(endpoint: E) -> Self {
        Self {
            endpoint,
            now: Instant::ZERO,
            deadline: None,
            hands: Hands::default(),
            unsaid: Map::new(),
        }
    }

    /// The same with a connection that is established from the start, as a server's control connection is.
    #[must_use]
    pub fn with_connection(mut self, conn: ConnId) -> Self {
        self.establish(conn);
        self
    }

    /// From now on a connection is established that the endpoint did not ask for and that no input tells it of.
    pub fn establish(&mut self, conn: ConnId) {
        self.hands.contract.establish(conn);
    }

    /// The same with a store that answers at once. Without one, the test takes requests and answers them itself.
    #[must_use]
    pub fn with_tree(mut self, tree: Tree) -> Self {
        self.hands.tree = Some(tree);
        self
    }

    /// The same with a store that answers when the test says so ([`Bench::answer`]).
    #[must_use]
    pub fn with_slow_tree(mut self, tree: Tree) -> Self {
        self.hands.is_slow = true;
        self.with_tree(tree)
    }

    /// The time.
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// When the endpoint wants a tick.
    pub const fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// The endpoint.
    pub const fn endpoint(&self) -> &E {
        &self.endpoint
    }

    /// What was seen so far.
    pub const fn contract(&self) -> &Contract {
        &self.hands.contract
    }

    /// The store.
    pub fn tree(&mut self) -> &mut Tree {
        self.hands.tree.get_or_insert_with(|| Tree::new(0))
    }

    /// Gives one input, then does what the bench does by itself until all is quiet.
    pub fn give(&mut self, input: Input) {
        self.give_one(input);
        self.settle();
    }

    /// The peer says `bytes`; they are delivered as the endpoint asks for them.
    pub fn say(&mut self, conn: ConnId, bytes: &[u8]) {
        self.unsaid.entry(conn).or_default().bytes.extend(bytes);
        self.settle();
    }

    /// The peer ends its direction, behind all it said.
    pub fn end(&mut self, conn: ConnId) {
        self.unsaid.entry(conn).or_default().eof = true;
        self.settle();
    }

    /// Has one waiting storage request answered from the tree, the one that `pick` chooses, zero for the oldest. False
    /// if none waits.
    pub fn answer(&mut self, pick: usize) -> bool {
        let has_answered = self.answer_one(pick);
        self.settle();
        has_answered
    }

    fn answer_one(&mut self, pick: usize) -> bool {
        if self.hands.requests.is_empty() {
            return false;
        }
        let index = pick % self.hands.requests.len();
        let Some((op, request)) = self.hands.requests.remove(index) else {
            return false;
        };
        let result = self.tree().answer(request);
        self.give_one(Input::Stored { op, result });
        true
    }

    /// Whether storage requests wait.
    pub fn has_requests(&self) -> bool {
        !self.hands.requests.is_empty()
    }

    /// Takes the oldest storage request, to be answered by the test.
    pub fn take_request(&mut self) -> Option<(OpId, StoreRequest)> {
        self.hands.requests.pop_front()
    }

    /// Lets time pass, with a tick at each moment that the endpoint asked for.
    pub fn pass(&mut self, span: Duration) {
        let until = self.now + span;
        while let Some(at) = self.deadline.filter(|at| *at <= until) {
            assert!(self.now <= at, "a deadline lies in the past: {at} at {}", self.now);
            self.now = at;
            let before = self.deadline;
            self.give(Input::Tick);
            assert!(self.deadline != before, "the tick that was asked for changed nothing");
        }
        self.now = until;
    }

    /// All outputs since this was last asked, but for storage requests, which wait to be answered.
    pub fn take(&mut self) -> Vec<Output> {
        core::mem::take(&mut self.hands.outputs)
    }

    /// Takes the bytes sent over `conn` out of what [`Bench::take`] would give.
    pub fn take_sent(&mut self, conn: ConnId) -> Vec<u8> {
        let mut sent = Vec::new();
        self.hands.outputs.retain(|output| match output {
            Output::Send { conn: over, bytes } if *over == conn => {
                sent.extend_from_slice(bytes);
                false
            }
            _ => true,
        });
        sent
    }

    /// Takes the reports out of what [`Bench::take`] would give.
    pub fn take_reports(&mut self) -> Vec<(Option<ConnId>, Report)> {
        let mut reports = Vec::new();
        self.hands.outputs.retain(|output| match output {
            Output::Event { conn, report } => {
                reports.push((*conn, report.clone()));
                false
            }
            _ => true,
        });
        reports
    }

    /// Whether `wanted` stands among what [`Bench::take`] would give.
    pub fn has(&self, wanted: &Output) -> bool {
        self.hands.outputs.contains(wanted)
    }

    fn give_one(&mut self, input: Input) {
        self.hands.contract.input(&input);
        self.deadline = drive(&mut self.endpoint, self.now, input, &mut self.hands);
        self.hands.contract.rest();
    }

    fn settle(&mut self) {
        loop {
            if self.hands.tree.is_some() && !self.hands.is_slow && self.answer_one(0) {
                continue;
            }
            let Some(input) = self.next_said() else { break };
            self.give_one(input);
        }
    }

    fn next_said(&mut self) -> Option<Input> {
        let contract = &self.hands.contract;
        for (&conn, unsaid) in &mut self.unsaid {
            let length = unsaid.bytes.len().min(contract.readable(conn));
            if length > 0 {
                let bytes = unsaid.bytes.drain(..length).collect();
                return Some(Input::Received { conn, bytes });
            }
            if unsaid.bytes.is_empty() && unsaid.eof {
                unsaid.eof = false;
                if !contract.has_ended(conn) {
                    return Some(Input::Eof { conn });
                }
            }
        }
        None
    }
}
