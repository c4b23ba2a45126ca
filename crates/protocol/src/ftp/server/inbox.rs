//! What the client says: bytes in, commands out, one at a time.
//!
//! Commands are carried out in their order, each when the one before it has been answered. A client may send the next
//! ones early; they wait here, and because the credit for the control connection counts them, no more than
//! [`Inbox::WINDOW`] bytes ever wait.
//!
//! While a transfer runs the next few commands are read all the same, because an ABOR or STAT among them is meant for
//! now. Of more than [`Inbox::AHEAD`] commands, or [`Inbox::WINDOW`] bytes, an ABOR at the end is not seen until there
//! is room: that is the price of bounded memory, and no client has a reason to pay it.

use std::collections::VecDeque;

use portolan_wire::ftp::{Command, CommandError, LineSplitter, LineTooLong, Verb};
use portolan_wire::report::{LooksLike, MASK, Report, Trouble};

use super::config::Config;
use super::outbox::Outbox;
use super::secrets::Secrets;
use crate::endpoint::{ConnId, Output};
use crate::ftp::opening::Opening;
use crate::shown::shown;

#[derive(Debug)]
pub(super) struct Inbox {
    conn: ConnId,
    show_secrets: bool,
    /// Whether the client speaks FTP at all, where that is of interest.
    opening: Option<Opening>,
    splitter: LineSplitter,
    secrets: Secrets,
    /// Bytes that have not been cut into lines.
    raw: Vec<u8>,
    waiting: VecDeque<Waiting>,
    /// What the client turned out to speak; nothing that it sends is read any more.
    other: Option<LooksLike>,
    /// Bytes that may still come.
    granted: usize,
    /// The client will send no more.
    has_ended: bool,
}

/// A line of the client's.
#[derive(Debug)]
pub(super) enum Said {
    Command(Command),
    /// It is no command.
    Nonsense(CommandError),
    /// It is longer than anything a server should be asked to hold.
    TooLong(LineTooLong),
    /// It speaks this.
    Other(LooksLike),
}

#[derive(Debug)]
struct Waiting {
    said: Said,
    /// What it counts against the window.
    bytes: usize,
}

impl Inbox {
    /// The most bytes that may be on their way or waiting.
    pub(super) const WINDOW: usize = 8 * 1024;

    /// The most commands that are read before their turn.
    pub(super) const AHEAD: usize = 16;

    pub(super) fn new(conn: ConnId, config: &Config) -> Self {
        Self {
            conn,
            show_secrets: config.show_secrets,
            opening: config.hang_up_on_other_protocols.then(Opening::of_client),
            splitter: LineSplitter::default(),
            secrets: Secrets::default(),
            raw: Vec::new(),
            waiting: VecDeque::new(),
            other: None,
            granted: 0,
            has_ended: false,
        }
    }

    /// Takes bytes as they come and marks the secrets in them.
    pub(super) fn handle_received(&mut self, bytes: &[u8], out: &mut Outbox) {
        self.granted = self.granted.saturating_sub(bytes.len());
        let conn = self.conn;
        self.secrets.feed(bytes, |range| {
            let sent = false;
            out.push(Output::Secret { conn, sent, range });
        });
        self.raw.extend_from_slice(bytes);
        if let Some(looks_like) = self.opening.as_mut().and_then(|opening| opening.hear(bytes)) {
            self.other = Some(looks_like);
        }
    }

    /// Takes bytes that nobody will read: they came in the clear, behind the command that asked for TLS, and whoever sits in
    /// the net may have put them there (RFC 4217 section 15). They count all the same.
    pub(super) fn handle_slipped_in(&mut self, bytes: &[u8], out: &mut Outbox) {
        self.handle_received(bytes, out);
        self.forget();
    }

    /// Forgets what came and was not carried out: what comes next begins a new line.
    pub(super) fn forget(&mut self) {
        self.discard();
        self.splitter = LineSplitter::default();
    }

    /// The client will send no more.
    pub(super) const fn handle_eof(&mut self) {
        self.has_ended = true;
    }

    pub(super) const fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// The next command to be carried out.
    pub(super) fn next(&mut self, out: &mut Outbox) -> Option<Said> {
        // It is known by its first bytes, so nothing stands before it.
        if let Some(looks_like) = self.other.take() {
            return Some(Said::Other(looks_like));
        }
        if self.waiting.is_empty() {
            self.read(out);
        }
        self.waiting.pop_front().map(|waiting| waiting.said)
    }

    /// Reads a command before its turn. False when there is none, or too many wait.
    pub(super) fn read_ahead(&mut self, out: &mut Outbox) -> bool {
        self.waiting.len() < Self::AHEAD && self.read(out)
    }

    /// Whether an ABOR waits among the commands that were read.
    pub(super) fn holds_abort(&self) -> bool {
        let is_abort =
            |waiting: &Waiting| matches!(&waiting.said, Said::Command(command) if command.verb == Verb::ABOR);
        self.waiting.iter().any(is_abort)
    }

    /// Whether the very next command asks how things are going.
    pub(super) fn begins_with_status(&self) -> bool {
        let first = self.waiting.front().map(|waiting| &waiting.said);
        matches!(first, Some(Said::Command(command)) if command.verb == Verb::STAT && command.argument.is_none())
    }

    /// Asks for more, as far as there is room.
    pub(super) fn grant(&mut self, out: &mut Outbox) {
        let held = self.raw.len() + self.waiting.iter().map(|waiting| waiting.bytes).sum::<usize>();
        let credit = Self::WINDOW.saturating_sub(held + self.granted);
        // Not for every byte of every command.
        if credit >= Self::WINDOW / 2 && !self.has_ended {
            self.granted += credit;
            let conn = self.conn;
            out.push(Output::Read { conn, credit });
        }
    }

    /// Forgets what waits: the session is over, and whatever else comes is not read.
    pub(super) fn discard(&mut self) {
        self.raw.clear();
        self.waiting.clear();
    }

    /// Reads one line, if a whole one is there.
    fn read(&mut self, out: &mut Outbox) -> bool {
        let mut rest = self.raw.as_slice();
        let line = self.splitter.next_line(&mut rest);
        let bytes = self.raw.len() - rest.len();
        self.raw.drain(..bytes);
        let said = match line {
            Ok(None) => return false,
            Ok(Some(line)) => self.understand(&line.bytes, out),
            Err(error) => {
                let trouble = Trouble::LineTooLong { limit: error.limit };
                out.report(self.conn, Report::Trouble { trouble });
                Said::TooLong(error)
            }
        };
        self.waiting.push_back(Waiting { said, bytes });
        true
    }

    fn understand(&self, line: &[u8], out: &mut Outbox) -> Said {
        let (said, verb, argument) = match Command::parse(line) {
            Ok(command) => {
                let verb = command.verb;
                let argument = command
                    .argument_str()
                    .map(|text| match verb.is_secret() && !self.show_secrets {
                        true => MASK.to_owned(),
                        false => text.to_owned(),
                    });
                (Said::Command(command), verb.to_string(), argument)
            }
            Err(error) => {
                let verb = match &error {
                    CommandError::Argument { verb, .. } => verb.to_string(),
                    CommandError::Empty => String::new(),
                    CommandError::Verb => self.no_verb(line),
                };
                (Said::Nonsense(error), verb, None)
            }
        };
        let sent = false;
        out.report(self.conn, Report::Command { sent, verb, argument });
        said
    }

    /// What is shown of a line that does not begin with a verb: its first word, unless it may be a mistyped password.
    fn no_verb(&self, line: &[u8]) -> String {
        let line = line.trim_ascii_start();
        let start = line
            .get(..4)
            .and_then(|verb| str::from_utf8(verb).ok())
            .and_then(Verb::new);
        if start.is_some_and(Verb::is_secret) && !self.show_secrets {
            return MASK.to_owned();
        }
        let word = line.split(|&byte| byte == b' ').next().unwrap_or_default();
        shown(word)
    }
}
