//! What the page draws: rows whose sentences are made already, and the few facts that pictures need.
//!
//! The views of [`portolan_session::view`] are facts without sentences, for any front end. The page shows them in one
//! language, and so it is handed them printed, by whoever answers: it knows neither what can happen in a session nor the
//! words for it, and a new kind of event makes it no heavier.

use portolan_session::event::{Conn, HostId};
use portolan_session::view::{Content, End, HostView, Lane, Lens, LineState, Speaker};
use portolan_wire::Instant;
use portolan_wire::plain::Plain;
use portolan_wire::report::Purpose;

/// The rows of all views, up to one horizon.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub struct Sheet {
    /// How it is looked at.
    pub lens: Lens,
    /// Whether the two eyes see different things, now or further on.
    pub private: bool,
    /// The last event that may be shown; nothing in an empty log.
    pub horizon: Option<u64>,
    /// Whether the horizon is a question's stop rather than the log's end.
    pub asks: bool,
    /// The moments to step through, in their order, each once.
    pub milestones: Vec<Milestone>,
    /// The conversation.
    pub transcript: Vec<Row>,
    /// What was sent when.
    pub ladder: Ladder,
    /// What the connections that began by then are for, by number.
    pub purposes: Vec<Purpose>,
}

impl Sheet {
    /// What is said of this very moment, if it is a milestone.
    #[must_use]
    pub fn sentence(&self, moment: u64) -> Option<&str> {
        let place = self.milestones.partition_point(|milestone| milestone.seq < moment);
        let found = self.milestones.get(place).filter(|milestone| milestone.seq == moment)?;
        Some(&found.sentence)
    }
}

/// A moment worth a step.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub struct Milestone {
    /// The moment.
    pub seq: u64,
    /// When that is.
    pub at: Instant,
    /// What happens.
    pub sentence: String,
    /// Whether a call goes out.
    pub calls: bool,
    /// Whether a reply announces an address or a port.
    pub announces: bool,
    /// The lesson's chapter that begins here, from 0.
    pub chapter: Option<u16>,
    /// Whether autoplay halts here.
    pub stop: bool,
}

/// A line of the conversation. What it means is said by the milestone of its moment: [`Sheet::sentence`].
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub struct Row {
    /// The moment.
    pub seq: u64,
    /// When that is.
    pub at: Instant,
    /// The connection it belongs to.
    pub conn: Option<Conn>,
    /// Whether that is under TLS.
    pub locked: bool,
    /// Who speaks.
    pub from: Speaker,
    /// What is said.
    pub said: Said,
    /// What belongs to it, line by line: a certificate, parts of a handshake.
    pub more: Vec<String>,
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
        text: String,
    },
    /// Lines of a listing, as the server wrote them: [`Row::more`].
    Listing,
    /// Something else.
    Event {
        /// In a few words.
        text: String,
        /// Whether a call came to nothing.
        failed: bool,
    },
    /// Nothing beyond what the milestone says.
    Explained,
}

impl Said {
    /// Whether a call came to nothing.
    #[must_use]
    pub const fn is_failure(&self) -> bool {
        matches!(self, Self::Event { failed: true, .. })
    }
}

/// Rows of the ladder, in the order of their sending.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub struct Ladder {
    /// The hosts that stand at the sides, in the order in which they are drawn; routers don't.
    pub hosts: Vec<HostId>,
    /// How many rows there are up to the horizon.
    pub total: usize,
    /// The first row's number.
    pub first: usize,
    /// Rows from there on.
    pub rows: Vec<Rung>,
    /// Where time is folded between these rows.
    pub gaps: Vec<Gap>,
}

/// A row of the ladder: something that went from one host to another.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub struct Rung {
    /// The moment to go to when it is chosen; the same as the milestone's where it is one.
    pub seq: u64,
    /// The event of its sending.
    pub sent: u64,
    /// When it was sent.
    pub sent_at: Instant,
    /// When it (of several packets the first) arrived, if it did before the horizon.
    pub arrived_at: Option<Instant>,
    /// When the last of it arrived, where it is more than one packet.
    pub until: Option<Instant>,
    /// The host that sent it.
    pub from: HostId,
    /// The host it is for, if it is one of the log's.
    pub to: Option<HostId>,
    /// On which side it is drawn.
    pub lane: Lane,
    /// The connection it belongs to.
    pub conn: Option<Conn>,
    /// Whether it is under TLS.
    pub locked: bool,
    /// Whether it was not seen, but concluded or made up.
    pub inferred: bool,
    /// How it is drawn.
    pub shape: Shape,
    /// What stands beside it.
    pub text: String,
    /// The same in a word, for a packet on its way.
    pub label: String,
}

/// How a row of the ladder is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Plain)]
pub enum Shape {
    /// An arrow.
    Arrow,
    /// An arrow: the end of a connection, by a RST.
    Reset,
    /// There and back: a call that was answered.
    Answered,
    /// There and back: a call that was refused.
    Refused,
    /// There and back: a call to which ICMP said that there is no way.
    Unreachable,
    /// It ends on its way.
    Lost,
    /// A bar: many packets.
    Bulk,
}

impl Shape {
    /// Whether it is drawn as a failure.
    #[must_use]
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Reset | Self::Refused | Self::Unreachable | Self::Lost)
    }
}

/// A time in which nothing is drawn.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub struct Gap {
    /// The number of the row that comes after it.
    pub before: usize,
    /// How long nothing happened.
    pub span: String,
}

/// The picture after an event.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub struct Stage {
    /// The moment.
    pub seq: u64,
    /// The hosts, in the order in which they are drawn.
    pub hosts: Vec<HostView>,
    /// Every connection there was so far, in the order of the first sign of each; ghosts too.
    pub lines: Vec<Line>,
}

/// A connection, now or before.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub struct Line {
    /// Its number.
    pub conn: Conn,
    /// What it is for.
    pub purpose: Purpose,
    /// Which one of its purpose it is in this log, from 1.
    pub nth: u32,
    /// Who called.
    pub caller: End,
    /// Who was called.
    pub called: End,
    /// How it stands.
    pub state: LineState,
    /// Where its packets were thrown away last, if they were and it is not established.
    pub dropped_at: Option<HostId>,
    /// What goes over it.
    pub content: Option<Content>,
    /// Whether it is under TLS now.
    pub secured: bool,
}
