//! The control connection: what is said on it, what is still to be answered, and what the session stands at.

use std::collections::VecDeque;

use core::net::{IpAddr, SocketAddr};
use core::ops::Range;

use portolan_wire::Argument;
use portolan_wire::ftp::{
    Command, Received, ReplyClass, ReplyCode, ReplyError, ReplyReader, Representation, Verb, octets,
};
use portolan_wire::report::{LooksLike, Report};
use portolan_wire::security::Protection;

use super::desk::Desk;
use super::known::Known;
use super::secrets::{Stream, secret_part};
use crate::endpoint::{ConnId, Output};
use crate::ftp::opening::Opening;

/// How many unread bytes the driver may hold for us: enough for any reply that is no flood.
const READ_CREDIT: usize = 16 * 1024;

/// The most replies that a server may say without need: preliminary ones, and ones to nothing that was said.
const MOST_NEEDLESS: u32 = 100;

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
    opening: Opening,
    /// Bytes that the server has sent since the connection began.
    heard: u64,
    /// Final replies to come: one for each command, and one for having called.
    owed: usize,
    /// Replies since the last that was owed and final.
    needless: u32,
    /// A REST was said and no transfer after it: whatever is transferred next may not begin at its first byte.
    pub(super) is_restarting: bool,
    /// What was found out about the server.
    pub(super) known: Known,
    pub(super) guard: Guard,
    /// PBSZ was agreed on.
    pub(super) has_size: bool,
    /// What the server has last agreed to protect data connections by.
    pub(super) protection: Option<Protection>,
    /// Whether somebody is logged in.
    pub(super) standing: Standing,
    /// The representation type that the server has last agreed to.
    pub(super) representation: Option<Representation>,
}

/// How far the control connection is secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guard {
    /// Not at all, so far.
    Clear,
    /// Hands are being shaken.
    Shaking,
    /// It is under TLS.
    Secured,
    /// It was, and is in the clear again: for ever, or until TLS begins `anew`.
    Cleared { anew: bool },
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
    secrets: Vec<Range<u64>>,
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
            opening: Opening::of_server(),
            heard: 0,
            owed: 1,
            needless: 0,
            is_restarting: false,
            known: Known::default(),
            guard: Guard::Clear,
            has_size: false,
            protection: None,
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
        let bytes = command.emit();
        let mut secrets = Vec::new();
        if command.verb.is_secret() {
            // Behind the verb and its space, before the line end.
            secrets.push(command.verb.as_str().len() + 1..bytes.len().saturating_sub(2));
        }
        let argument = command.argument_str().filter(|text| !text.is_empty());
        let report = Report::Command {
            sent: true,
            verb: command.verb.as_str().to_owned(),
            argument: argument.map(|argument| shown_argument(desk, command.verb, argument)),
        };
        self.queue(desk, bytes, secrets, [report].into_iter().chain(more).collect());
    }

    /// Says a line as it was typed.
    pub(super) fn say_line(&mut self, desk: &mut Desk, line: &Argument) {
        let mut bytes = octets::encode(line.as_str());
        let new = secret_part(line.as_str()).map(|from| from..bytes.len());
        let secrets = new.map_or_else(|| desk.secrets_in(&bytes), |range| vec![range]);
        bytes.extend_from_slice(b"\r\n");
        let report = line_report(desk, line.as_str());
        self.queue(desk, bytes, secrets, vec![report]);
    }

    fn queue(&mut self, desk: &mut Desk, bytes: Vec<u8>, secrets: Vec<Range<usize>>, reports: Vec<Report>) {
        let said = self.said;
        let offset = |at: usize| said.saturating_add(at as u64);
        let secrets = secrets
            .into_iter()
            .map(|range| offset(range.start)..offset(range.end))
            .filter(|range| !range.is_empty())
            .collect();
        self.said = offset(bytes.len());
        self.owed = self.owed.saturating_add(1);
        let line = Outgoing {
            bytes,
            secrets,
            reports,
        };
        self.unsent.push_back(line);
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
            for range in core::mem::take(&mut line.secrets) {
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

    /// Bytes came, and will be read, unless it is clear by now that the server speaks something else.
    pub(super) fn hear(&mut self, desk: &mut Desk, bytes: &[u8]) -> Option<LooksLike> {
        desk.mark_echoes(self.conn, Stream::Control, self.heard, bytes);
        self.heard = self.heard.saturating_add(bytes.len() as u64);
        self.opening.hear(bytes)
    }

    /// Hands are shaken next. What came and was no whole reply is forgotten: it may be somebody else's.
    pub(super) fn begin_tls(&mut self, desk: &mut Desk) {
        self.guard = Guard::Shaking;
        self.reader = ReplyReader::new();
        self.has_size = false;
        self.protection = None;
        self.standing = Standing::Stranger;
        desk.secure(self.conn);
    }

    /// Whether the two have shaken hands in this session, so that PROT means something.
    pub(super) const fn was_secured(&self) -> bool {
        matches!(self.guard, Guard::Secured | Guard::Cleared { anew: false })
    }

    /// Whether the server has said nothing at all.
    pub(super) const fn is_silent(&self) -> bool {
        self.heard == 0
    }

    /// The server's port.
    pub(super) const fn port(&self) -> u16 {
        self.peer.port()
    }

    /// The next whole reply of `input`.
    pub(super) fn read(&mut self, input: &mut &[u8]) -> Result<Option<Received>, ReplyError> {
        self.reader.next_reply(input)
    }

    /// Counts a reply.
    pub(super) const fn count(&mut self, code: ReplyCode) -> Counted {
        let was_owed = self.owed > 0;
        let is_final = !matches!(code.class(), ReplyClass::Preliminary);
        if was_owed && is_final {
            self.owed -= 1;
            self.needless = 0;
            return Counted::Owed;
        }
        self.needless += 1;
        if self.needless > MOST_NEEDLESS {
            Counted::Flood
        } else if was_owed {
            Counted::Owed
        } else {
            Counted::Unasked
        }
    }
}

/// What a reply is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    /// Somebody waited for it.
    Owed,
    /// Nobody did.
    Unasked,
    /// Nor for very many before it.
    Flood,
}

/// An argument as reports show it; from now on it is hidden if it is a secret.
fn shown_argument(desk: &mut Desk, verb: Verb, argument: &str) -> String {
    if verb.is_secret() {
        desk.hide(argument);
        desk.shown_secret(argument.to_owned())
    } else {
        argument.to_owned()
    }
}

/// A line as it was typed, as reports tell of it. It may hold a secret anywhere.
fn line_report(desk: &mut Desk, line: &str) -> Report {
    let line = match secret_part(line) {
        Some(from) => {
            let (open, secret) = line.split_at(from);
            desk.hide(secret);
            format!("{open}{}", desk.shown_secret(secret.to_owned()))
        }
        None => desk.veil(line.to_owned()),
    };
    let (first, rest) = line.split_once(' ').unwrap_or((&line, ""));
    Report::Command {
        sent: true,
        verb: first.to_ascii_uppercase(),
        argument: Some(rest.to_owned()).filter(|text| !text.is_empty()),
    }
}
