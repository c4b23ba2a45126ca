//! A speaker without a shell: the test says what becomes of its connections.

use portolan_wire::Instant;
use portolan_wire::report::{Outcome, Report, Trouble};
use portolan_wire::security::Secured;

use crate::endpoint::{ConnId, Input, Output};
use crate::speaker::{Heard, Said, Speaker};
use crate::tree::Tree;

/// A speaker with files that answer at once, and all it has said but for timeouts.
#[derive(Debug)]
pub struct Talk<S> {
    speaker: S,
    store: Tree,
    /// What it has said, in order.
    pub said: Vec<Said>,
}

impl<S: Speaker> Talk<S> {
    /// It has heard nothing.
    pub const fn new(speaker: S, store: Tree) -> Self {
        let said = Vec::new();
        Self { speaker, store, said }
    }

    /// It hears this.
    pub fn hear(&mut self, heard: Heard) {
        self.speaker.handle(Instant::ZERO, heard);
        loop {
            match self.speaker.poll() {
                Said::Plain(Output::Timeout(_)) => return,
                Said::Plain(Output::Store { op, request }) => {
                    let result = self.store.answer(request.clone());
                    self.said.push(Said::Plain(Output::Store { op, request }));
                    let stored = Input::Stored { op, result };
                    self.speaker.handle(Instant::ZERO, Heard::Plain(stored));
                }
                said => self.said.push(said),
            }
        }
    }

    /// It hears this, in the clear.
    pub fn give(&mut self, input: Input) {
        self.hear(Heard::Plain(input));
    }

    /// A line comes over `conn`.
    pub fn line(&mut self, conn: ConnId, line: &str) {
        let bytes = format!("{line}\r\n").into_bytes();
        self.give(Input::Received { conn, bytes });
    }

    /// Hands were shaken on `conn`.
    pub fn secured(&mut self, conn: ConnId) {
        let secured = Secured {
            version: 0x0304,
            suite: 0x1301,
            resumed: false,
            certificate: None,
            trusted: None,
            tickets: None,
        };
        self.hear(Heard::Secured { conn, secured });
    }

    /// Whether it has said that.
    pub fn has_said(&self, wanted: &Said) -> bool {
        self.said.contains(wanted)
    }

    /// What it has reported, in order.
    pub fn reports(&self) -> impl Iterator<Item = &Report> {
        self.said.iter().filter_map(|said| match said {
            Said::Plain(Output::Event { report, .. }) => Some(report),
            _ => None,
        })
    }

    /// How an action has ended.
    pub fn outcome(&self, wanted: u32) -> Option<&Outcome> {
        self.reports().find_map(|report| match report {
            Report::Finished { action, outcome } if *action == wanted => Some(outcome),
            _ => None,
        })
    }

    /// What has gone wrong, in order.
    pub fn troubles(&self) -> Vec<&Trouble> {
        let troubles = self.reports().filter_map(|report| match report {
            Report::Trouble { trouble } => Some(trouble),
            _ => None,
        });
        troubles.collect()
    }
}
