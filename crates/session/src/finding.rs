//! Findings: why something failed, each with the events that prove it.
//!
//! A finding is drawn from the log alone. It says no more than what its proof shows: that a firewall dropped a call is
//! said where the packet was seen to be dropped, and silence is only silence where it was not (a live session).

use core::net::SocketAddr;

use portolan_wire::ordered::Map;
use portolan_wire::plain::Plain;
use portolan_wire::report::{Outcome, Purpose, Report};

use crate::event::{Conn, DropReason, Event, HostId, Kind, Seen};
use crate::log::Log;
use crate::state::{self, State};
use crate::view::{Call, Problem, Remark, Request, Who};

/// Why something failed.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub struct Finding {
    /// The event by which it is known.
    pub seq: u64,
    /// Where.
    pub host: HostId,
    /// The connection it is about, if it is about one.
    pub conn: Option<Conn>,
    /// The events that prove it, in order; `seq` is the last of them.
    pub proof: Vec<u64>,
    /// What.
    pub what: Cause,
}

/// What made something fail.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub enum Cause {
    /// The caller got a RST: its call came to a port where no program listens.
    NobodyListens(Call),
    /// The caller heard nothing, because its call was thrown away on the way.
    CallDropped {
        /// The call.
        call: Call,
        /// At whose place.
        at: Who,
        /// By what.
        by: DropReason,
        /// Whether it is the server's call in active mode that the client's own firewall throws away: passive mode
        /// would get through.
        passive_helps: bool,
    },
    /// The caller heard nothing, because every one of its calls was lost on a link.
    CallLost(Call),
    /// The caller heard nothing, and nobody saw why.
    Silence(Call),
    /// The caller was told that there is no way.
    NoWay(Call),
    /// The server answered no.
    Denied {
        /// What was asked.
        request: Request,
        /// The reply's code.
        code: u16,
        /// Its text, control characters made visible.
        text: String,
    },
    /// What was asked failed in another way.
    Failed {
        /// What was asked.
        request: Request,
        /// What went wrong.
        problem: Problem,
    },
    /// A PORT or EPRT named an address that is refused.
    BounceRefused {
        /// Which.
        address: SocketAddr,
    },
}

/// Everything that failed, in the order in which it became known. An action whose failure the network explains gives no
/// finding of its own: the network's says why.
#[must_use]
pub fn findings(log: &Log) -> Vec<Finding> {
    let mut search = Search {
        log,
        state: State::default(),
        calls: Map::new(),
        actions: Map::new(),
        found: Vec::new(),
    };
    for event in log.events() {
        search.state.apply(log, event);
        search.look(event);
    }
    search.found
}

/// What has been seen of a call so far.
struct CallSeen {
    attempted: u64,
    dropped: Option<(u64, HostId, DropReason)>,
    lost: Option<u64>,
}

struct Search<'a> {
    log: &'a Log,
    state: State,
    calls: Map<Conn, CallSeen>,
    /// What each host was asked, by action: where it began and how many findings there were.
    actions: Map<(HostId, u32), (u64, usize, Request)>,
    found: Vec<Finding>,
}

impl Search<'_> {
    fn look(&mut self, event: &Event) {
        match &event.kind {
            Kind::Attempted(_) => {
                if let Some(conn) = event.conn {
                    let seen = CallSeen {
                        attempted: event.seq,
                        dropped: None,
                        lost: None,
                    };
                    self.calls.entry(conn).or_insert(seen);
                }
            }
            Kind::Packet { seen, .. } => self.packet(event, *seen),
            Kind::Refused => self.call_failed(event, |_, _, call| Cause::NobodyListens(call)),
            Kind::Unreachable => self.call_failed(event, |_, _, call| Cause::NoWay(call)),
            Kind::TimedOut => self.call_failed(event, Self::silence),
            Kind::Endpoint { report } => self.report(event, report),
            _ => {}
        }
    }

    fn packet(&mut self, event: &Event, seen: Seen) {
        let Some(call) = event.conn.and_then(|conn| self.calls.get_mut(&conn)) else {
            return;
        };
        match seen {
            Seen::Dropped { by, .. } => call.dropped = call.dropped.or(Some((event.seq, event.host, by))),
            Seen::Lost => call.lost = call.lost.or(Some(event.seq)),
            Seen::Sent | Seen::Forwarded | Seen::Delivered => {}
        }
    }

    fn call_failed(&mut self, event: &Event, cause: impl Fn(&Self, &CallSeen, Call) -> Cause) {
        let Some(conn) = event.conn else { return };
        let (Some(seen), Some(track)) = (self.calls.get(&conn), self.state.lines.get(&conn)) else {
            return;
        };
        let what = cause(self, seen, track.call(self.log.header()));
        let dropped = seen.dropped.map(|(seq, _, _)| seq).or(seen.lost);
        let mut proof = vec![seen.attempted, event.seq];
        proof.extend(dropped.filter(|_| matches!(what, Cause::CallDropped { .. } | Cause::CallLost(_))));
        proof.sort_unstable();
        self.found.push(Finding {
            seq: event.seq,
            host: event.host,
            conn: Some(conn),
            proof,
            what,
        });
    }

    fn silence(&self, seen: &CallSeen, call: Call) -> Cause {
        match seen.dropped {
            Some((_, host, by)) => {
                let at = state::who(self.log.header(), host);
                let passive_helps = by == DropReason::Firewall
                    && call.purpose == Purpose::Data
                    && call.caller == Who::Server
                    && call.called == Who::Client
                    && at == Who::Client;
                Cause::CallDropped {
                    call,
                    at,
                    by,
                    passive_helps,
                }
            }
            None if seen.lost.is_some() => Cause::CallLost(call),
            None => Cause::Silence(call),
        }
    }

    fn report(&mut self, event: &Event, report: &Report) {
        match report {
            Report::Started { action, what } => {
                let began = (event.seq, self.found.len(), state::request(what));
                self.actions.insert((event.host, *action), began);
            }
            Report::Finished { action, outcome } => self.finished(event, *action, outcome),
            Report::Note { note } => {
                if let Remark::BounceRefused { address } = state::remark(note) {
                    self.push(event, vec![event.seq], Cause::BounceRefused { address });
                }
            }
            _ => {}
        }
    }

    fn finished(&mut self, event: &Event, action: u32, outcome: &Outcome) {
        let Some((began, before, request)) = self.actions.remove(&(event.host, action)) else {
            return;
        };
        let Some(problem) = state::problem(outcome) else { return };
        // What the network did to a call of this action is the cause, and has been found.
        if self.found.len() > before {
            return;
        }
        let what = match problem {
            Problem::Denied { code, text } => Cause::Denied { request, code, text },
            Problem::Aborted => return,
            problem => Cause::Failed { request, problem },
        };
        self.push(event, vec![began, event.seq], what);
    }

    fn push(&mut self, event: &Event, proof: Vec<u64>, what: Cause) {
        self.found.push(Finding {
            seq: event.seq,
            host: event.host,
            conn: event.conn,
            proof,
            what,
        });
    }
}

#[cfg(test)]
mod tests;
