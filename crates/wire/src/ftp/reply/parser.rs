//! Reading replies: from lines, and from a stream of bytes.

use core::fmt;

use super::{Reply, ReplyCode};
use crate::ftp::lines::{Line, LineSplitter, LineTooLong};
use crate::ftp::octets;
use crate::visible;

/// Why lines are no reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplyError {
    /// A reply has to begin with a code from 100 to 699 and a space, a hyphen or the line's end.
    Malformed {
        /// The line, control characters made visible, at most 200 characters.
        what: String,
    },
    /// The reply is too long.
    TooLong {
        /// The limit in bytes, codes and line ends counted.
        limit: usize,
    },
    /// A line is too long.
    Line(LineTooLong),
}

impl From<LineTooLong> for ReplyError {
    fn from(error: LineTooLong) -> Self {
        Self::Line(error)
    }
}

impl fmt::Display for ReplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { what } => write!(f, "this is no FTP reply: {what}"),
            Self::TooLong { limit } => write!(f, "a reply is longer than {limit} bytes"),
            Self::Line(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ReplyError {}

/// Puts replies together from lines. It holds at most [`ReplyParser::MAX_BYTES`] bytes of one unfinished reply.
#[derive(Clone, Debug, Default)]
pub struct ReplyParser {
    open: Option<Open>,
}

#[derive(Clone, Debug)]
struct Open {
    reply: Reply,
    bytes: usize,
}

impl ReplyParser {
    /// The most bytes of one reply, codes counted, and two for each line end.
    pub const MAX_BYTES: usize = 64 * 1024;

    /// A parser between two replies.
    #[must_use]
    pub const fn new() -> Self {
        Self { open: None }
    }

    /// Whether a reply has begun and not ended.
    #[must_use]
    pub const fn is_in_reply(&self) -> bool {
        self.open.is_some()
    }

    /// Takes the next line, without its line end; hands out the reply that it completes.
    ///
    /// # Errors
    /// When the line can't begin a reply, or the reply grows over its limits. The parser is between two replies then.
    pub fn push(&mut self, line: &[u8]) -> Result<Option<Reply>, ReplyError> {
        match self.open.take() {
            None => self.begin(line),
            Some(open) => self.go_on(open, line),
        }
    }

    fn begin(&mut self, line: &[u8]) -> Result<Option<Reply>, ReplyError> {
        let (code, mark, text) = split(line).ok_or_else(|| malformed(line))?;
        let reply = Reply::new(code, octets::decode(text));
        match mark {
            Mark::End => Ok(Some(reply)),
            Mark::More => {
                self.open = Some(Open {
                    reply,
                    bytes: line.len() + LINE_END,
                });
                Ok(None)
            }
        }
    }

    fn go_on(&mut self, mut open: Open, line: &[u8]) -> Result<Option<Reply>, ReplyError> {
        open.bytes = open.bytes.saturating_add(line.len() + LINE_END);
        if open.bytes > Self::MAX_BYTES {
            return Err(ReplyError::TooLong { limit: Self::MAX_BYTES });
        }
        match split(line).filter(|(code, ..)| *code == open.reply.code) {
            Some((_, Mark::End, text)) => {
                open.reply.lines.push(octets::decode(text));
                return Ok(Some(open.reply));
            }
            Some((_, Mark::More, text)) => open.reply.lines.push(octets::decode(text)),
            None => open.reply.lines.push(octets::decode(line)),
        }
        self.open = Some(open);
        Ok(None)
    }
}

/// So that a flood of empty lines has an end too.
const LINE_END: usize = 2;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// A space, or nothing at all: some servers send a bare code.
    End,
    /// A hyphen.
    More,
}

fn split(line: &[u8]) -> Option<(ReplyCode, Mark, &[u8])> {
    let (digits, rest) = line.split_at_checked(3)?;
    let value = digits.iter().try_fold(0, |value, digit| {
        digit.is_ascii_digit().then(|| value * 10 + u16::from(digit - b'0'))
    })?;
    let code = ReplyCode::new(value)?;
    match rest.split_first() {
        None => Some((code, Mark::End, rest)),
        Some((b' ', text)) => Some((code, Mark::End, text)),
        Some((b'-', text)) => Some((code, Mark::More, text)),
        Some(_) => None,
    }
}

fn malformed(line: &[u8]) -> ReplyError {
    ReplyError::Malformed {
        what: visible(&octets::decode(line)).chars().take(200).collect(),
    }
}

/// A reply, and where it stood in the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The reply.
    pub reply: Reply,
    /// Offset of its first byte.
    pub start: u64,
    /// Offset behind its last line end.
    pub end: u64,
}

/// Reads replies from a byte stream fed in any pieces: a [`LineSplitter`] and a [`ReplyParser`].
#[derive(Clone, Debug, Default)]
pub struct ReplyReader {
    splitter: LineSplitter,
    parser: ReplyParser,
    start: u64,
}

impl ReplyReader {
    /// A reader at the start of a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes from the front of `input` until a reply is complete; the rest stays in `input`.
    ///
    /// # Errors
    /// When what came is no reply, or over a limit. Reading on starts at the next line.
    pub fn next_reply(&mut self, input: &mut &[u8]) -> Result<Option<Received>, ReplyError> {
        loop {
            match self.splitter.next_line(input) {
                Ok(None) => return Ok(None),
                Ok(Some(line)) => {
                    if let Some(received) = self.take(&line)? {
                        return Ok(Some(received));
                    }
                }
                Err(error) => {
                    self.parser = ReplyParser::new();
                    return Err(error.into());
                }
            }
        }
    }

    /// Whether nothing is held: no begun line, no begun reply. Before TLS starts, anything else is an attack.
    #[must_use]
    pub const fn is_idle(&self) -> bool {
        self.splitter.pending() == 0 && !self.parser.is_in_reply()
    }

    fn take(&mut self, line: &Line) -> Result<Option<Received>, ReplyError> {
        if !self.parser.is_in_reply() {
            self.start = line.start;
        }
        let reply = self.parser.push(&line.bytes)?;
        Ok(reply.map(|reply| Received {
            reply,
            start: self.start,
            end: line.end,
        }))
    }
}
