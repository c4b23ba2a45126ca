//! The ladder: what was sent when, and when it arrived.

use portolan_wire::dissect::TcpFlags;
use portolan_wire::plain::Plain;
use portolan_wire::{Duration, Instant};

use super::packet_rungs::packet_rungs;
use super::rungs::Story;
use super::{Depth, Eye, Gist, Glimpse, Lens};
use crate::event::{Conn, DropReason, Evidence, HostId, PacketId, Role};
use crate::log::Log;
use crate::state::State;

/// Rows of the ladder, in the order of their sending.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub struct Ladder {
    /// The hosts that stand at the sides, in the order in which they are drawn; routers don't.
    pub hosts: Vec<HostId>,
    /// How many rows there are up to the horizon.
    pub total: usize,
    /// The first row's number.
    pub first: usize,
    /// The rows asked for.
    pub rows: Vec<Rung>,
    /// Where time is folded between these rows.
    pub gaps: Vec<Gap>,
}

/// Which rows are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Plain)]
pub enum Rows {
    /// All of them.
    All,
    /// At most so many from a row's number on.
    From {
        /// The first row's number.
        first: usize,
        /// At most how many.
        most: usize,
    },
    /// At most so many with the row in the middle that is current at a moment.
    Around {
        /// The moment.
        seq: u64,
        /// At most how many.
        most: usize,
    },
}

/// A row: something that went from one host to another.
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
    /// How it is known.
    pub evidence: Evidence,
    /// What it is.
    pub what: What,
}

/// A side of the ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Plain)]
pub enum Lane {
    /// Commands and replies.
    Control,
    /// Files and listings.
    Data,
    /// Neither.
    Other,
}

/// What a row shows.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub enum What {
    /// A whole handshake: the caller's port, the port called.
    Connects {
        /// From.
        from: u16,
        /// To.
        to: u16,
    },
    /// A call without an answer so far.
    Calls {
        /// From.
        from: u16,
        /// To.
        to: u16,
    },
    /// A call that was refused.
    Refused {
        /// From.
        from: u16,
        /// To.
        to: u16,
    },
    /// A call that was never answered.
    Silent {
        /// From.
        from: u16,
        /// To.
        to: u16,
        /// Where its packets were thrown away, if that is known.
        dropped: Option<(HostId, DropReason)>,
    },
    /// A call to which ICMP said that there is no way.
    Unreachable {
        /// From.
        from: u16,
        /// To.
        to: u16,
    },
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
        /// Its first line's text.
        text: String,
    },
    /// What a port said that was merely called.
    Greeting {
        /// What.
        text: String,
    },
    /// TLS records, as somebody without keys sees them: a flight of the handshake, or what one packet holds.
    Records {
        /// What is seen of them, in their order.
        seen: Vec<Glimpse>,
    },
    /// All bytes of one direction of a data connection so far.
    Bulk {
        /// How many.
        bytes: u64,
        /// In how many packets; 0 where packets are not seen.
        packets: u32,
    },
    /// A FIN.
    Closes,
    /// A RST that ends a connection.
    Resets,
    /// One packet.
    Packet {
        /// Which.
        packet: PacketId,
        /// From which port; 0 where there is none.
        from: u16,
        /// To which port.
        to: u16,
        /// What it is, in a word.
        gist: Gist,
        /// TCP's flags.
        flags: Option<TcpFlags>,
        /// Bytes of payload.
        length: u32,
        /// TCP's sequence number, counted from the sender's first SYN where that was seen.
        seq: u32,
        /// TCP's acknowledgment number, counted likewise.
        ack: u32,
        /// Where it ended unheard, if it did: the host, and why, if it was not lost on a link.
        ended: Option<(HostId, Option<DropReason>)>,
    },
}

/// A time in which nothing is drawn: longer than three round trips.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Plain)]
pub struct Gap {
    /// The number of the row that comes after it.
    pub before: usize,
    /// How long nothing happened.
    pub span: Duration,
}

/// The ladder up to `horizon`, or those of its rows that are wanted.
///
/// In Story depth a row is what a learner steps through, drawn where it was sent. In Packets depth it is a packet, and
/// its number is the packet's.
#[must_use]
pub fn ladder(log: &Log, lens: impl Into<Lens>, wanted: Rows, horizon: u64) -> Ladder {
    let lens = lens.into();
    match lens.depth {
        Depth::Story => story_ladder(log, &read(log, horizon), lens.eye, wanted),
        Depth::Packets => {
            let total = sent_until(log, horizon);
            let (first, most) = wanted.place(total, |seq| sent_until(log, seq).saturating_sub(1));
            finish(log, total, first, packet_rungs(log, first, most, horizon))
        }
    }
}

/// The Story's rows up to `horizon`.
fn read(log: &Log, horizon: u64) -> Story {
    let (mut story, mut state) = (Story::default(), State::default());
    for event in log.until(horizon) {
        state.apply(log, event);
        story.add(log, &state, event);
    }
    story
}

/// The rows that are wanted of those that were found.
pub(super) fn story_ladder(log: &Log, story: &Story, eye: Eye, wanted: Rows) -> Ladder {
    let rungs = || story.rungs(eye);
    let total = rungs().count();
    let current = |seq| rungs().take_while(|rung| rung.sent <= seq).count().saturating_sub(1);
    let (first, most) = wanted.place(total, current);
    let rows = rungs()
        .skip(first)
        .take(most)
        .map(|rung| story.told(rung, eye))
        .collect();
    finish(log, total, first, rows)
}

fn finish(log: &Log, total: usize, first: usize, rows: Vec<Rung>) -> Ladder {
    let hosts = log.header().hosts.iter().filter(|host| host.role != Role::Router);
    Ladder {
        hosts: hosts.map(|host| host.id).collect(),
        total,
        first,
        gaps: gaps(log, first, &rows),
        rows,
    }
}

impl Rows {
    /// The first row's number and at most how many rows, of `total`.
    fn place(self, total: usize, current: impl Fn(u64) -> usize) -> (usize, usize) {
        match self {
            Self::All => (0, total),
            Self::From { first, most } => (first.min(total), most.min(total.saturating_sub(first))),
            Self::Around { seq, most } => {
                let most = most.min(total);
                let first = current(seq).saturating_sub(most / 2).min(total - most);
                (first, most)
            }
        }
    }
}

/// How many packets were sent up to `moment`. They are numbered in the order of their sending.
fn sent_until(log: &Log, moment: u64) -> usize {
    let (mut low, mut high) = (0, log.packets());
    while low < high {
        let middle = low + (high - low) / 2;
        match log.packet(PacketId(middle)) {
            Some(record) if record.sent <= moment => low = middle + 1,
            _ => high = middle,
        }
    }
    low as usize
}

/// How many round trips nothing must happen for a gap.
const GAP: u64 = 3;

fn gaps(log: &Log, first: usize, rows: &[Rung]) -> Vec<Gap> {
    let shortest = round_trip(log, rows).as_micros().saturating_mul(GAP);
    let mut gaps = Vec::new();
    let mut quiet_since: Option<Instant> = None;
    for (number, row) in rows.iter().enumerate() {
        let span = quiet_since.map_or(Duration::ZERO, |since| row.sent_at.since(since));
        if span.as_micros() > shortest {
            gaps.push(Gap {
                before: first + number,
                span,
            });
        }
        // Waiting for an answer that never comes is just the time in which nothing happens.
        let end = match row.what {
            What::Silent { .. } => row.sent_at,
            _ => row.until.or(row.arrived_at).unwrap_or(row.sent_at),
        };
        quiet_since = quiet_since.max(Some(end));
    }
    gaps
}

/// What the links say; without links, the quickest handshake; without one, 20 ms.
fn round_trip(log: &Log, rows: &[Rung]) -> Duration {
    let links: u64 = log
        .header()
        .links
        .iter()
        .map(|link| link.latency.as_micros().saturating_mul(2))
        .sum();
    let handshakes = rows.iter().filter(|row| matches!(row.what, What::Connects { .. }));
    let quickest = handshakes
        .filter_map(|row| Some(row.until?.since(row.sent_at).as_micros()))
        .min();
    Duration::from_micros(Some(links).filter(|links| *links > 0).or(quickest).unwrap_or(20_000))
}
