//! What every part of the client needs at hand: the time, the outputs, ids, and how long to wait for what.

use std::collections::VecDeque;

use portolan_wire::report::{Purpose, Report};
use portolan_wire::{Duration, Instant};

use core::net::SocketAddr;
use core::ops::Range;

use super::secrets::{Secrets, Stream};
use crate::endpoint::{ConnId, FromPort, ListenerId, OpId, Output, Patience, StoreRequest};
use crate::speaker::Said;

/// The least time between two signs of life.
const SHORTEST_SPAN: Duration = Duration::from_secs(1);

/// What a client can be waiting for. This is the table of all its timers, but for the one of
/// [`Config::keep_alive`](super::Config::keep_alive), which runs while there is no job.
///
/// Only one wait of the running job is under way at a time; [`Wait::Linger`] runs beside it. None begins anew because
/// bytes of a reply came: a reply that dribbles in is late when its time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// The control connection is being opened. Drivers give up by themselves too; this is the longest.
    ControlConnect,
    /// A reply to what was said, or the greeting.
    Reply,
    /// The greeting, on the port where TLS usually begins before it: who waits there for the other to begin waits for ever.
    ImplicitGreeting,
    /// Both sides shake hands, or part. Who does it for us gives up sooner.
    Handshake,
    /// The reply to a transfer command in active mode: the server may call first and answer when it gave up.
    ActiveReply,
    /// A passive data connection is being opened.
    DataConnect,
    /// The server said that it calls, and has not. As long as its own attempt may take and then some: its 425 says
    /// more than our giving up.
    DataCall,
    /// A data connection is open, and nothing moves on it.
    Stall,
    /// Of the two replies after an ABOR one came. Some servers send only one.
    AbortGrace,
    /// The server said goodbye and has not hung up.
    Goodbye,
    /// A connection that we hung up on is open on the other side still.
    Linger,
}

impl Wait {
    fn length(self, patience: &Patience) -> Duration {
        match self {
            Self::ControlConnect | Self::DataConnect => patience.connect,
            Self::Reply | Self::Goodbye | Self::Handshake => patience.reply,
            Self::ImplicitGreeting => patience.reply.min(Duration::from_secs(5)),
            Self::ActiveReply => patience.connect + patience.reply,
            Self::DataCall => patience.connect + patience.data,
            Self::Stall => patience.idle,
            Self::AbortGrace => patience.reply.min(Duration::from_secs(5)),
            Self::Linger => patience.data,
        }
    }
}

/// The client's desk: outputs go over it, and nothing else does.
#[derive(Debug)]
pub(super) struct Desk {
    now: Instant,
    patience: Patience,
    said: VecDeque<Said>,
    conns: u32,
    listeners: u32,
    ops: u32,
    job: Option<Instant>,
    linger: Option<Instant>,
    keep_alive: Option<Instant>,
    secrets: Secrets,
}

impl Desk {
    pub(super) const fn new(patience: Patience, show_secrets: bool) -> Self {
        Self {
            now: Instant::ZERO,
            patience,
            said: VecDeque::new(),
            conns: 0,
            listeners: 0,
            ops: 0,
            job: None,
            linger: None,
            keep_alive: None,
            secrets: if show_secrets {
                Secrets::Shown
            } else {
                Secrets::Hidden(Vec::new())
            },
        }
    }

    pub(super) fn set_now(&mut self, now: Instant) {
        self.now = self.now.max(now);
    }

    pub(super) fn push(&mut self, output: Output) {
        self.said.push_back(Said::Plain(output));
    }

    /// `conn` is to be under TLS, behind all that was sent over it.
    pub(super) fn secure(&mut self, conn: ConnId) {
        self.said.push_back(Said::Secure { conn });
    }

    /// `conn` is to be in the clear again, behind all that was sent over it.
    pub(super) fn clear(&mut self, conn: ConnId) {
        self.said.push_back(Said::Clear { conn });
    }

    pub(super) fn pop(&mut self) -> Said {
        self.said.pop_front().unwrap_or_else(|| {
            let deadlines = [self.job, self.linger, self.keep_alive];
            Said::Plain(Output::Timeout(deadlines.into_iter().flatten().min()))
        })
    }

    pub(super) fn report(&mut self, conn: Option<ConnId>, report: Report) {
        let report = self.secrets.veil_report(report);
        self.push(Output::Event { conn, report });
    }

    pub(super) fn connect(&mut self, purpose: Purpose, to: SocketAddr) -> ConnId {
        let conn = ConnId::opened(self.conns);
        self.conns += 1;
        self.push(Output::Connect {
            conn,
            purpose,
            from_port: FromPort::Any,
            to,
        });
        conn
    }

    pub(super) const fn new_listener(&mut self) -> ListenerId {
        let listener = ListenerId(self.listeners);
        self.listeners += 1;
        listener
    }

    pub(super) fn store(&mut self, request: StoreRequest) -> OpId {
        let op = OpId(self.ops);
        // Four billion blocks of 64 KiB lie behind the wrap, and at most a few are waiting at once.
        self.ops = self.ops.wrapping_add(1);
        self.push(Output::Store { op, request });
        op
    }

    /// From now on the running job waits for this, and for nothing it waited for before.
    pub(super) fn wait(&mut self, wait: Wait) {
        let until = Some(self.now + wait.length(&self.patience));
        match wait {
            Wait::Linger => self.linger = until,
            _ => self.job = until,
        }
    }

    /// The running job waits for nothing but the store or the driver, which always answer.
    pub(super) const fn stop_waiting(&mut self) {
        self.job = None;
    }

    pub(super) const fn stop_lingering(&mut self) {
        self.linger = None;
    }

    pub(super) fn job_is_late(&mut self) -> bool {
        Self::is_over(&mut self.job, self.now)
    }

    pub(super) fn linger_is_over(&mut self) -> bool {
        Self::is_over(&mut self.linger, self.now)
    }

    /// Whether nothing has happened for `span`, counted from the first call; none when something happens.
    pub(super) fn is_to_keep_alive(&mut self, span: Option<Duration>) -> bool {
        let Some(span) = span else {
            self.keep_alive = None;
            return false;
        };
        // A span of no length would leave the server no rest.
        let until = self.now + span.max(SHORTEST_SPAN);
        self.keep_alive.get_or_insert(until);
        Self::is_over(&mut self.keep_alive, self.now)
    }

    fn is_over(until: &mut Option<Instant>, now: Instant) -> bool {
        until.take_if(|until| *until <= now).is_some()
    }

    /// From now on `secret` stands in no report, unless secrets may be shown.
    pub(super) fn hide(&mut self, secret: &str) {
        self.secrets.hide(secret);
    }

    /// `text` with every known secret in it masked.
    pub(super) fn veil(&self, text: String) -> String {
        self.secrets.veil(text)
    }

    /// What a report may show of a secret.
    pub(super) fn shown_secret(&self, secret: String) -> String {
        self.secrets.shown(secret)
    }

    /// Where known secrets stand in a line that was typed, in its bytes.
    pub(super) fn secrets_in(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        self.secrets.found_in(bytes)
    }

    /// Marks the secrets that a server echoes in `bytes`, which begin at the offset `start` of what it sent.
    pub(super) fn mark_echoes(&mut self, conn: ConnId, stream: Stream, start: u64, bytes: &[u8]) {
        let sent = false;
        for range in self.secrets.echoes(stream, start, bytes) {
            self.push(Output::Secret { conn, sent, range });
        }
    }
}
