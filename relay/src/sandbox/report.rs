//! What the sandbox says of its sessions: a line for each command and its answer, on standard output.

use std::net::SocketAddr;

use portolan_protocol::endpoint::ConnId;
use portolan_session::words;
use portolan_wire::report::Report;
use portolan_wire::{Instant, visible};

use crate::drive::Watch;
use crate::output;

/// Says what happens in one session.
#[derive(Clone)]
pub(super) struct Reporter {
    number: u64,
    peer: SocketAddr,
    quiet: bool,
    /// The command that has not been answered yet. Secrets are masked in it by its maker.
    command: Option<String>,
}

impl Reporter {
    pub(super) const fn new(number: u64, peer: SocketAddr, quiet: bool) -> Self {
        Self {
            number,
            peer,
            quiet,
            command: None,
        }
    }

    pub(super) fn say(&mut self, what: &str) {
        if !self.quiet {
            // Who closes our output wants to hear no more; sessions go on.
            let line = format!("[{}] {} {what}\n", self.number, self.peer);
            self.quiet = output::print(line.as_bytes()).is_err();
        }
    }
}

impl Watch for Reporter {
    fn report(&mut self, _now: Instant, _conn: Option<ConnId>, report: Report) {
        match report {
            Report::Command {
                sent: false,
                verb,
                argument,
            } => {
                let text = argument.map_or_else(|| verb.clone(), |argument| format!("{verb} {argument}"));
                self.command = Some(visible(&text));
            }
            Report::Reply { sent: true, code, .. } => {
                let command = self.command.take();
                self.say(&command.map_or_else(|| format!("-> {code}"), |command| format!("{command} -> {code}")));
            }
            Report::Note { note } => self.say(&words::note(&note)),
            _ => {}
        }
    }
}
