//! Replies: three digits and text, on one line or on several (RFC 959 section 4.2).
//!
//! A reply of several lines begins with its code and a hyphen and ends at the first line that begins with *the same*
//! code and a space. What stands between may look like anything, other replies included. Some servers write the code
//! and a hyphen before every line, some a space, some nothing; the text handed out has the code and hyphen taken off
//! and everything else kept.

use core::fmt;

use super::{
    lines::{self, Line, LineSplitter, LineTooLong},
    octets,
};
use crate::visible;

/// A reply's three digits: 100 to 699. The space is open; the first digit always has a meaning ([`ReplyCode::class`]).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplyCode(u16);

/// What the first digit says (RFC 959 section 4.2.1, RFC 2228 section 5.1 for the last).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReplyClass {
    /// 1yz: begun; another reply comes before the next command may be sent.
    Preliminary,
    /// 2yz: done.
    Completion,
    /// 3yz: understood; a further command is needed.
    Intermediate,
    /// 4yz: not this time.
    TransientNegative,
    /// 5yz: not like this.
    PermanentNegative,
    /// 6yz: a reply wrapped by a security mechanism. TLS wraps none this way.
    Protected,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $value:literal)*) => {
        impl ReplyCode {
            $($(#[$doc])* pub const $name: Self = Self($value);)*
        }
    };
}

codes! {
    /// 110, restart marker.
    RESTART_MARKER = 110
    /// 120, ready in some minutes.
    READY_SOON = 120
    /// 125, the data connection is open; the transfer starts.
    DATA_CONNECTION_OPEN = 125
    /// 150, file status okay; about to open the data connection.
    OPENING_DATA_CONNECTION = 150
    /// 200, okay.
    OKAY = 200
    /// 202, not implemented, superfluous here.
    SUPERFLUOUS = 202
    /// 211, system status or help (and the answer to FEAT).
    SYSTEM_STATUS = 211
    /// 212, directory status.
    DIRECTORY_STATUS = 212
    /// 213, file status (and the answer to SIZE and MDTM).
    FILE_STATUS = 213
    /// 214, help.
    HELP = 214
    /// 215, the system's name.
    SYSTEM_NAME = 215
    /// 220, ready for a new user: the greeting.
    READY = 220
    /// 221, closing the control connection.
    GOODBYE = 221
    /// 225, the data connection is open, and no transfer is running.
    DATA_CONNECTION_IDLE = 225
    /// 226, closing the data connection; the transfer is done.
    TRANSFER_COMPLETE = 226
    /// 227, entering passive mode, and the address.
    ENTERING_PASSIVE_MODE = 227
    /// 229, entering extended passive mode, and the port (RFC 2428).
    ENTERING_EXTENDED_PASSIVE_MODE = 229
    /// 230, logged in.
    LOGGED_IN = 230
    /// 232, logged in by the security mechanism (RFC 2228).
    LOGGED_IN_BY_SECURITY = 232
    /// 234, the security mechanism is accepted: TLS begins (RFC 4217).
    SECURITY_ACCEPTED = 234
    /// 250, the file action is done.
    FILE_ACTION_OKAY = 250
    /// 257, a path, created or current.
    PATH = 257
    /// 331, the name is okay, a password is needed.
    NEED_PASSWORD = 331
    /// 332, an account is needed.
    NEED_ACCOUNT = 332
    /// 334, the security mechanism needs data (RFC 2228).
    NEED_SECURITY_DATA = 334
    /// 350, the file action waits for more: after RNFR and REST.
    PENDING_FURTHER_INFORMATION = 350
    /// 421, the service is not available; the control connection closes.
    SERVICE_NOT_AVAILABLE = 421
    /// 425, the data connection can't be opened.
    CANNOT_OPEN_DATA_CONNECTION = 425
    /// 426, the data connection was closed; the transfer is aborted.
    TRANSFER_ABORTED = 426
    /// 431, a resource for security is missing (RFC 2228).
    NEED_SECURITY_RESOURCE = 431
    /// 450, the file is not available now.
    FILE_BUSY = 450
    /// 451, a local error.
    LOCAL_ERROR = 451
    /// 452, no room.
    INSUFFICIENT_STORAGE = 452
    /// 500, not understood.
    SYNTAX_ERROR = 500
    /// 501, the argument is not understood.
    ARGUMENT_ERROR = 501
    /// 502, not implemented.
    NOT_IMPLEMENTED = 502
    /// 503, bad order of commands.
    BAD_SEQUENCE = 503
    /// 504, not implemented for that argument.
    ARGUMENT_NOT_IMPLEMENTED = 504
    /// 522, this network protocol is not supported (RFC 2428), or the data connection lacks TLS (RFC 4217).
    PROTOCOL_NOT_SUPPORTED = 522
    /// 530, not logged in.
    NOT_LOGGED_IN = 530
    /// 532, an account is needed to store.
    NEED_ACCOUNT_TO_STORE = 532
    /// 533, denied for reasons of policy (RFC 2228).
    PROTECTION_DENIED = 533
    /// 534, denied for reasons of policy (RFC 2228).
    POLICY_DENIED = 534
    /// 536, this protection level is not supported (RFC 2228).
    PROTECTION_NOT_SUPPORTED = 536
    /// 550, the file is not available: not found, or no access.
    FILE_UNAVAILABLE = 550
    /// 551, the page type is unknown.
    PAGE_TYPE_UNKNOWN = 551
    /// 552, over the quota.
    QUOTA_EXCEEDED = 552
    /// 553, this name is not allowed.
    NAME_NOT_ALLOWED = 553
}

impl ReplyCode {
    /// The code of `value`, if it is from 100 to 699.
    #[must_use]
    pub const fn new(value: u16) -> Option<Self> {
        match value {
            100..=699 => Some(Self(value)),
            _ => None,
        }
    }

    /// The three digits as a number.
    #[must_use]
    pub const fn value(self) -> u16 {
        self.0
    }

    /// What the first digit says.
    #[must_use]
    pub const fn class(self) -> ReplyClass {
        match self.0 {
            ..200 => ReplyClass::Preliminary,
            200..300 => ReplyClass::Completion,
            300..400 => ReplyClass::Intermediate,
            400..500 => ReplyClass::TransientNegative,
            500..600 => ReplyClass::PermanentNegative,
            600.. => ReplyClass::Protected,
        }
    }

    /// 4yz or 5yz: the server answered no.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        matches!(
            self.class(),
            ReplyClass::TransientNegative | ReplyClass::PermanentNegative
        )
    }
}

impl fmt::Debug for ReplyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for ReplyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A whole reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Its three digits.
    pub code: ReplyCode,
    /// Its text, line after line, without codes and line ends. A received reply has at least one line; one to be sent
    /// that has none is sent with an empty one. CR, LF and NUL in a text are sent as `?`.
    pub lines: Vec<String>,
}

impl Reply {
    /// A reply of one line.
    #[must_use]
    pub fn new(code: ReplyCode, text: impl Into<String>) -> Self {
        Self {
            code,
            lines: vec![text.into()],
        }
    }

    /// A reply of several lines.
    #[must_use]
    pub fn with_lines<T: Into<String>>(code: ReplyCode, lines: impl IntoIterator<Item = T>) -> Self {
        Self {
            code,
            lines: lines.into_iter().map(Into::into).collect(),
        }
    }

    /// Its first line's text.
    #[must_use]
    pub fn first_line(&self) -> &str {
        self.lines.first().map_or("", String::as_str)
    }

    /// Its text on one line, for people: control characters made visible.
    #[must_use]
    pub fn text(&self) -> String {
        visible(&self.lines.join(" "))
    }

    /// Appends the reply to `out`, line ends and all.
    ///
    /// A line in between that begins with a digit, or is empty, gets the code and a hyphen before it, so that it can
    /// neither end the reply nor look like another one. The rest stand as they are: RFC 2389 wants feature lines to
    /// begin with a space.
    pub fn emit_into(&self, out: &mut Vec<u8>) {
        let code = self.code.to_string();
        let last = self.lines.len().saturating_sub(1);
        if self.lines.is_empty() {
            emit_line(&code, " ", "", out);
        }
        for (index, line) in self.lines.iter().enumerate() {
            let plain = !line.is_empty() && !line.starts_with(|c: char| c.is_ascii_digit());
            if index == last {
                emit_line(&code, " ", line, out);
            } else if index > 0 && plain {
                emit_line("", "", line, out);
            } else {
                emit_line(&code, "-", line, out);
            }
        }
    }

    /// The reply as bytes, line ends and all.
    #[must_use]
    pub fn emit(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.emit_into(&mut out);
        out
    }
}

/// For people: code and text on one line.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.text())
    }
}

fn emit_line(code: &str, mark: &str, text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(code.as_bytes());
    out.extend_from_slice(mark.as_bytes());
    lines::emit_text(&text.replace(['\r', '\n', '\0'], "?"), out);
    out.extend_from_slice(b"\r\n");
}

/// Why lines are no reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplyError {
    /// A reply has to begin with a code from 100 to 699 and a space, a hyphen or the line's end.
    Malformed {
        /// The line, control characters made visible, at most 200 characters.
        what: String,
    },
    /// The reply has too many lines.
    TooManyLines {
        /// The limit.
        limit: usize,
    },
    /// The reply is too long.
    TooLong {
        /// The limit in bytes, codes counted, line ends not.
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
            Self::TooManyLines { limit } => write!(f, "a reply has more than {limit} lines"),
            Self::TooLong { limit } => write!(f, "a reply is longer than {limit} bytes"),
            Self::Line(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ReplyError {}

/// Puts replies together from lines. It holds at most [`ReplyParser::MAX_LINES`] lines and
/// [`ReplyParser::MAX_BYTES`] bytes of one unfinished reply.
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
    /// The most lines of one reply.
    pub const MAX_LINES: usize = 1_000;
    /// The most bytes of one reply, codes counted, line ends not.
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
                    bytes: line.len(),
                });
                Ok(None)
            }
        }
    }

    fn go_on(&mut self, mut open: Open, line: &[u8]) -> Result<Option<Reply>, ReplyError> {
        open.bytes = open.bytes.saturating_add(line.len());
        if open.bytes > Self::MAX_BYTES {
            return Err(ReplyError::TooLong { limit: Self::MAX_BYTES });
        }
        if open.reply.lines.len() >= Self::MAX_LINES {
            return Err(ReplyError::TooManyLines { limit: Self::MAX_LINES });
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

#[cfg(test)]
#[path = "reply_tests.rs"]
mod tests;
