//! The conversation: commands, replies, and what happened on the network between them.

use portolan_wire::plain::Plain;
use portolan_wire::report::{Purpose, Report};
use portolan_wire::{Instant, visible};

use super::{Call, Caption, CertificateView, Eye, Glimpse, Remark, Who, certificate};
use crate::event::{Conn, Event, HostId, Kind};
use crate::log::Log;
use crate::state::{Mark, Marks, State};

/// One line of the conversation. All text in it has its control characters made visible.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub struct Row {
    /// The moment.
    pub seq: u64,
    /// When that is.
    pub at: Instant,
    /// Where it was seen.
    pub host: HostId,
    /// The connection it belongs to.
    pub conn: Option<Conn>,
    /// Whether that is under TLS.
    pub locked: bool,
    /// Who speaks.
    pub from: Speaker,
    /// What is said.
    pub said: Said,
    /// What it means.
    pub explains: Caption,
    /// The certificate that was shown there, to the endpoints' eye.
    pub certificate: Option<CertificateView>,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Plain)]
pub enum Speaker {
    /// The client: on the control connection, or in TLS records.
    Client,
    /// The server, likewise.
    Server,
    /// Nobody: it happened on the network.
    Net,
}

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub enum Said {
    /// A command.
    Command {
        /// In upper case.
        verb: String,
        /// As it is shown.
        argument: Option<String>,
    },
    /// A reply.
    Reply {
        /// Its three digits.
        code: u16,
        /// Its lines, without codes.
        lines: Vec<String>,
    },
    /// What a port said that was merely called.
    Greeting {
        /// What.
        text: String,
    },
    /// A connection is under TLS from here on.
    Secured {
        /// What it is for.
        purpose: Purpose,
        /// The version, as it stands on the wire.
        version: u16,
        /// Whether an older session was resumed.
        resumed: bool,
    },
    /// The control connection can be read again.
    Cleared,
    /// TLS records passed by, as somebody without keys sees them.
    Records {
        /// What is seen of them, in their order.
        seen: Vec<Glimpse>,
    },
    /// A call that is not answered yet, or never.
    Calls(Call),
    /// A connection was established.
    Connected(Call),
    /// A call was refused.
    Refused(Call),
    /// A call was not answered.
    Silence(Call),
    /// There is no way for a call.
    Unreachable(Call),
    /// A call's packet was thrown away or lost.
    Dropped(Call),
    /// Bytes on a data connection.
    Bulk {
        /// How many.
        bytes: u64,
        /// In how many packets; 0 where packets are not seen.
        packets: u32,
    },
    /// No more bytes on a data connection.
    NoMoreBytes {
        /// How many there were in all.
        bytes: u64,
    },
    /// A connection is over.
    Closed {
        /// What it was for.
        purpose: Purpose,
        /// By a RST.
        reset: bool,
    },
    /// Lines of a listing.
    Listed {
        /// As the server wrote them.
        lines: Vec<String>,
    },
    /// An endpoint noted something.
    Noted(Remark),
    /// Only the explanation: a lesson's words, an action that failed.
    Explained,
}

/// The conversation up to `horizon`, in order.
#[must_use]
pub fn transcript(log: &Log, eye: Eye, horizon: u64) -> Vec<Row> {
    let (mut state, mut marks, mut listings) = (State::default(), Marks::default(), Vec::new());
    for event in log.until(horizon) {
        if let Some(mark) = state.apply(log, event) {
            marks.add(mark);
        }
        listings.extend(listed(&state, event));
    }
    tell(log, eye, marks.by_place.into_values(), &listings)
}

/// The conversation that these marks make, with the listings in it.
pub(super) fn tell(log: &Log, eye: Eye, marks: impl Iterator<Item = Mark>, listings: &[Listing]) -> Vec<Row> {
    let marked = marks.filter_map(|mark| row(log, log.event(mark.seq)?, mark, eye));
    let mut rows: Vec<Row> = marked.collect();
    for listing in listings {
        if eye == Eye::Network && listing.hidden {
            continue;
        }
        let row = &listing.row;
        rows.insert(rows.partition_point(|other| other.seq <= row.seq), row.clone());
    }
    rows
}

/// Lines of a listing that came.
#[derive(Clone, Debug)]
pub(super) struct Listing {
    row: Row,
    /// Whether they came under TLS.
    hidden: bool,
}

/// Nothing where that eye sees nothing.
fn row(log: &Log, event: &Event, mark: Mark, eye: Eye) -> Option<Row> {
    let explains = mark.caption(eye)?.clone();
    let (from, said) = match mark.facts.into_of(eye) {
        Some(facts) => said(event, facts),
        None => (Speaker::Net, Said::Explained),
    };
    // Where a session is resumed nobody shows a certificate; the client remembers the one it saw.
    let is_shown = eye == Eye::Endpoint && !matches!(said, Said::Secured { resumed: true, .. });
    let certificate = if is_shown { certificate(log, event.seq) } else { None };
    Some(Row {
        certificate,
        seq: mark.seq,
        at: mark.at,
        host: mark.host,
        conn: mark.conn,
        locked: mark.locked,
        from,
        said,
        explains,
    })
}

fn said(event: &Event, facts: Caption) -> (Speaker, Said) {
    let said = match facts {
        Caption::Command { verb, argument, .. } => return (Speaker::Client, Said::Command { verb, argument }),
        Caption::Reply { code, text, .. } => {
            return (
                Speaker::Server,
                Said::Reply {
                    code,
                    lines: reply_lines(event).unwrap_or_else(|| vec![text]),
                },
            );
        }
        Caption::Greeting { text, .. } => return (Speaker::Server, Said::Greeting { text }),
        Caption::Secured {
            purpose,
            version,
            resumed,
        } => Said::Secured {
            purpose,
            version,
            resumed,
        },
        Caption::Cleared => Said::Cleared,
        Caption::Records { sender, seen, .. } => {
            let speaker = match sender {
                Who::Client => Speaker::Client,
                Who::Server => Speaker::Server,
                Who::Named(_) => Speaker::Net,
            };
            return (speaker, Said::Records { seen });
        }
        Caption::Calls(call) => Said::Calls(call),
        Caption::Connected(call) => Said::Connected(call),
        Caption::Refused(call) => Said::Refused(call),
        Caption::Silence(call) => Said::Silence(call),
        Caption::Unreachable(call) => Said::Unreachable(call),
        Caption::CallDropped { call, .. } | Caption::CallLost(call) => Said::Dropped(call),
        Caption::Bulk { bytes, packets, .. } => Said::Bulk { bytes, packets },
        Caption::NoMoreBytes { bytes, .. } => Said::NoMoreBytes { bytes },
        Caption::Closed { purpose, .. } => Said::Closed { purpose, reset: false },
        Caption::Reset { purpose, .. } => Said::Closed { purpose, reset: true },
        Caption::Noted { note, .. } => Said::Noted(note),
        _ => Said::Explained,
    };
    (Speaker::Net, said)
}

fn reply_lines(event: &Event) -> Option<Vec<String>> {
    let Kind::Endpoint { report } = &event.kind else {
        return None;
    };
    let Report::Reply { lines, .. } = report.as_ref() else {
        return None;
    };
    Some(lines.iter().map(|line| visible(line)).collect())
}

/// Lines of a listing: no step of their own, but part of the conversation.
pub(super) fn listed(state: &State, event: &Event) -> Option<Listing> {
    let Kind::Endpoint { report } = &event.kind else {
        return None;
    };
    let Report::Listed { lines, form: _ } = report.as_ref() else {
        return None;
    };
    let track = event.conn.and_then(|conn| state.lines.get(&conn));
    let hidden = track.is_some_and(|track| track.line.is_secured());
    let row = Row {
        locked: hidden,
        seq: event.seq,
        at: event.at,
        host: event.host,
        conn: event.conn,
        from: Speaker::Net,
        said: Said::Listed {
            lines: lines.iter().map(|line| visible(line)).collect(),
        },
        explains: Caption::Nothing,
        certificate: None,
    };
    Some(Listing { row, hidden })
}
