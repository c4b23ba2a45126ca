//! Why a log could not be read, and how much is read at most.

use core::fmt;

use portolan_wire::{Instant, visible};

use crate::event::{Conn, HostId, PacketId, VERSION};

/// How much is read at most: a file comes from anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one line, without its end.
    pub line: usize,
    /// Events.
    pub events: usize,
    /// Bytes in all.
    pub total: u64,
}

/// 1 MiB a line (a packet of 64 KiB takes 128 KiB), 4,000,000 events, 1 GiB in all.
impl Default for Limits {
    fn default() -> Self {
        Self {
            line: 1 << 20,
            events: 4_000_000,
            total: 1 << 30,
        }
    }
}

/// A log could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// The line, from 1.
    pub line: u64,
    /// Why.
    pub why: ReadProblem,
}

/// Why a line could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadProblem {
    /// There is no line at all.
    Empty,
    /// The first line is not the header of a log.
    NotALog,
    /// The log is of a later version of the format.
    Newer {
        /// Which.
        version: u64,
    },
    /// The line is longer than may be.
    LineTooLong {
        /// [`Limits::line`].
        limit: usize,
    },
    /// There are more events than may be.
    TooManyEvents {
        /// [`Limits::events`].
        limit: usize,
    },
    /// There are more bytes than may be.
    TooLarge {
        /// [`Limits::total`].
        limit: u64,
    },
    /// It is not UTF-8.
    NotText,
    /// It is not JSON. Says why.
    NotJson(String),
    /// It is JSON, and not what it must be. Says why.
    Malformed(String),
    /// A number is 2^53 or more.
    NumberTooLarge,
    /// An event is missing, or stands twice, or in the wrong place.
    Sequence {
        /// The number that has its turn.
        expected: u64,
        /// The event's number.
        found: u64,
    },
    /// An event lies before the one in front of it.
    TimeGoesBack {
        /// The time in front.
        from: Instant,
        /// The event's.
        to: Instant,
    },
    /// Two hosts have one number.
    HostTwice(HostId),
    /// The header has no such host.
    NoSuchHost(HostId),
    /// A connection's number leaves out others.
    ConnOutOfTurn {
        /// The number that a new connection would have.
        next: Conn,
        /// The event's.
        found: Conn,
    },
    /// The event names a packet that was not sent before.
    NoSuchPacket(PacketId),
    /// A packet is sent, and its number has not its turn.
    PacketOutOfTurn {
        /// The number that has its turn.
        next: PacketId,
        /// The event's.
        found: PacketId,
    },
    /// A packet's bytes are no hexadecimal digits.
    NoDigits,
    /// A packet has more bytes than its length.
    MoreBytesThanLength {
        /// Its length.
        length: u32,
        /// Its bytes.
        bytes: usize,
    },
}

impl ReadProblem {
    /// What a parser says, fit to be shown: it may quote what it read.
    pub(super) fn malformed(message: &impl fmt::Display) -> Self {
        Self::Malformed(quoted(message))
    }

    /// The same of text that is not even JSON.
    pub(super) fn not_json(error: &serde_json::Error) -> Self {
        if error.is_eof() {
            return Self::NotJson("the line ends before its value does".into());
        }
        Self::NotJson(quoted(&format_args!("column {}: {}", error.column(), reason(error))))
    }
}

/// The longest quotation, in characters.
const QUOTATION: usize = 200;

fn quoted(message: &impl fmt::Display) -> String {
    let message = visible(&message.to_string());
    match message.char_indices().nth(QUOTATION) {
        Some((end, _)) => message.get(..end).unwrap_or_default().to_owned() + "…",
        None => message,
    }
}

/// The message without its place: the line is always the first of its text.
fn reason(error: &serde_json::Error) -> String {
    let message = error.to_string();
    match message.rfind(" at line ") {
        Some(end) => message.get(..end).unwrap_or_default().to_owned(),
        None => message,
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

impl core::error::Error for ReadError {}

impl fmt::Display for ReadProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the file is empty"),
            Self::NotALog => {
                f.write_str("this is no session log; the first line of one begins with {\"format\":\"portolan-log\"")
            }
            Self::Newer { version } => write!(
                f,
                "the log is of version {version} of the format, and this program reads version {VERSION}; \
                 a newer program is needed"
            ),
            Self::LineTooLong { limit } => write!(f, "the line is longer than {limit} bytes"),
            Self::TooManyEvents { limit } => write!(f, "the log has more than {limit} events"),
            Self::TooLarge { limit } => write!(f, "the log is larger than {limit} bytes"),
            Self::NotText => f.write_str("the line is not UTF-8"),
            Self::NotJson(why) => write!(f, "the line is not JSON: {why}"),
            Self::Malformed(why) => f.write_str(why),
            Self::NumberTooLarge => f.write_str("a number is 2^53 or more"),
            Self::Sequence { expected, found } => {
                write!(f, "event {expected} has its turn, and this is event {found}")
            }
            Self::TimeGoesBack { from, to } => write!(f, "time goes back, from {from} s to {to} s"),
            Self::HostTwice(HostId(id)) => write!(f, "two hosts have the number {id}"),
            Self::NoSuchHost(HostId(id)) => write!(f, "the header has no host of the number {id}"),
            Self::ConnOutOfTurn {
                next: Conn(next),
                found: Conn(found),
            } => write!(
                f,
                "connection {found} comes before connection {next}; they are counted from 0"
            ),
            Self::NoSuchPacket(PacketId(id)) => write!(f, "packet {id} is seen and was never sent"),
            Self::PacketOutOfTurn {
                next: PacketId(next),
                found: PacketId(found),
            } => write!(f, "packet {next} has its turn to be sent, and this is packet {found}"),
            Self::NoDigits => f.write_str("a packet's bytes are an even number of hexadecimal digits"),
            Self::MoreBytesThanLength { length, bytes } => {
                write!(f, "a packet {length} bytes long has {bytes} bytes")
            }
        }
    }
}
