//! The control connection: what is said on it, what is still to be answered, and what the session stands at.

use std::collections::VecDeque;

use core::net::{IpAddr, SocketAddr};
use core::ops::Range;

use portolan_wire::Argument;
use portolan_wire::ftp::{
    Command, Received, ReplyClass, ReplyCode, ReplyError, ReplyReader, Representation, Verb, octets,
};
use portolan_wire::report::Report;

use super::desk::Desk;
use crate::endpoint::{ConnId, Output};

/// How many unread bytes the driver may hold for us: enough for any reply that is no flood.
const READ_CREDIT: usize = 16 * 1024;

/// An established control connection.
#[derive(Debug)]
pub(super) struct Link {
    conn: ConnId,
    local: SocketAddr,
    peer: SocketAddr,
    /// What may be sent, as the driver granted it.
    credit: usize,
    /// Bytes given to the queue below since the connection began.
    said: u64,
    unsent: VecDeque<Outgoing>,
    reader: ReplyReader,
    /// Bytes that the server has sent since the connection began.
    heard: u64,
    /// Final replies to come: one for each command, and one for having called.
    owed: usize,
    /// Whether somebody is logged in.
    pub(super) standing: Standing,
    /// The representation type that the server has last agreed to.
    pub(super) representation: Option<Representation>,
}

/// What the server takes us for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Stranger,
    LoggedIn,
}

/// A line on its way out.
#[derive(Debug)]
struct Outgoing {
    bytes: Vec<u8>,
    /// Marked before the first byte is sent.
    secret: Option<Range<u64>>,
    /// Made when the last byte was sent.
    reports: Vec<Report>,
}

impl Link {
    /// The connection is established, and the server owes a greeting.
    pub(super) fn new(desk: &mut Desk, conn: ConnId, local: SocketAddr, peer: SocketAddr) -> Self {
        let credit = READ_CREDIT;
        desk.push(Output::Read { conn, credit });
        Self {
            conn,
            local,
            peer,
            credit: 0,
            said: 0,
            unsent: VecDeque::new(),
            reader: ReplyReader::new(),
            heard: 0,
            owed: 1,
            standing: Standing::Stranger,
            representation: None,
        }
    }

    pub(super) const fn conn(&self) -> ConnId {
        self.conn
    }

    /// This side's address.
    pub(super) fn local(&self) -> IpAddr {
        self.local.ip().to_canonical()
    }

    /// The server's.
    pub(super) fn peer(&self) -> IpAddr {
        self.peer.ip().to_canonical()
    }

    /// The server's address with another port. An IPv6 address keeps its scope that way.
    pub(super) const fn peer_at(&self, port: u16) -> SocketAddr {
        let mut peer = self.peer;
        peer.set_port(port);
        peer
    }

    /// Final replies that are still to come.
    pub(super) const fn owed(&self) -> usize {
        self.owed
    }

    /// The server left out what it owed.
    pub(super) const fn forgive(&mut self) {
        self.owed = 0;
    }

    pub(super) fn say(&mut self, desk: &mut Desk, command: &Command) {
        self.say_and_report(desk, command, None);
    }

    /// Says `command`; when it is sent, that is reported, and then `more`.
    pub(super) fn say_and_report(&mut self, desk: &mut Desk, command: &Command, more: Option<Report>) {
        let argument = command.argument_str().unwrap_or_default();
        self.queue(desk, command.emit(), Spoken::new(command.verb, argument), more);
    }

    /// Says a line as it was typed.
    pub(super) fn say_line(&mut self, desk: &mut Desk, line: &Argument) {
        let mut bytes = octets::encode(line.as_str());
        bytes.extend_from_slice(b"\r\n");
        self.queue(desk, bytes, Spoken::of_line(line.as_str()), None);
    }

    fn queue(&mut self, desk: &mut Desk, bytes: Vec<u8>, spoken: Spoken, more: Option<Report>) {
        let length = bytes.len() as u64;
        let secret = spoken.secret_from.map(|from| {
            // Behind the verb and its space, before the line end.
            let start = self.said.saturating_add(from as u64);
            start..self.said.saturating_add(length.saturating_sub(2)).max(start)
        });
        self.said = self.said.saturating_add(length);
        self.owed = self.owed.saturating_add(1);
        let reports = [spoken.into_report(desk)].into_iter().chain(more).collect();
        let secret = secret.filter(|range| !range.is_empty());
        self.unsent.push_back(Outgoing { bytes, secret, reports });
        self.flush(desk);
    }

    pub(super) fn writable(&mut self, desk: &mut Desk, bytes: usize) {
        self.credit = self.credit.saturating_add(bytes);
        self.flush(desk);
    }

    fn flush(&mut self, desk: &mut Desk) {
        let conn = self.conn;
        while self.credit > 0
            && let Some(mut line) = self.unsent.pop_front()
        {
            if let Some(range) = line.secret.take() {
                let sent = true;
                desk.push(Output::Secret { conn, sent, range });
            }
            let rest = line.bytes.split_off(self.credit.min(line.bytes.len()));
            self.credit = self.credit.saturating_sub(line.bytes.len());
            desk.push(Output::Send {
                conn,
                bytes: line.bytes,
            });
            if rest.is_empty() {
                for report in line.reports {
                    desk.report(Some(conn), report);
                }
            } else {
                line.bytes = rest;
                self.unsent.push_front(line);
            }
        }
    }

    /// Bytes came, and will be read.
    pub(super) fn hear(&mut self, desk: &mut Desk, bytes: &[u8]) {
        desk.mark_echoes(self.conn, self.heard, bytes);
        self.heard = self.heard.saturating_add(bytes.len() as u64);
    }

    /// The next whole reply of `input`.
    pub(super) fn read(&mut self, input: &mut &[u8]) -> Result<Option<Received>, ReplyError> {
        self.reader.next_reply(input)
    }

    /// Counts a reply. Whether anybody was waiting for it.
    pub(super) fn count(&mut self, code: ReplyCode) -> bool {
        let was_owed = self.owed > 0;
        if code.class() != ReplyClass::Preliminary {
            self.owed = self.owed.saturating_sub(1);
        }
        was_owed
    }
}

/// A command as reports tell of it.
struct Spoken {
    verb: String,
    argument: Option<String>,
    /// If the argument is a secret: at which byte of the line it starts.
    secret_from: Option<usize>,
}

impl Spoken {
    fn new(verb: Verb, argument: &str) -> Self {
        let verb_text = verb.as_str().to_owned();
        Self {
            secret_from: verb.is_secret().then_some(verb_text.len() + 1),
            verb: verb_text,
            argument: Some(argument.to_owned()).filter(|text| !text.is_empty()),
        }
    }

    fn of_line(line: &str) -> Self {
        let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
        match Verb::new(first) {
            Some(verb) => Self::new(verb, rest),
            None => Self {
                verb: first.to_ascii_uppercase(),
                argument: Some(rest.to_owned()).filter(|text| !text.is_empty()),
                secret_from: None,
            },
        }
    }

    fn into_report(self, desk: &mut Desk) -> Report {
        let is_secret = self.secret_from.is_some();
        let argument = self.argument.map(|argument| {
            if is_secret {
                desk.hide(&argument);
                desk.shown_secret(argument)
            } else {
                argument
            }
        });
        Report::Command {
            sent: true,
            verb: self.verb,
            argument,
        }
    }
}
