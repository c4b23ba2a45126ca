//! The FTP server (server-PI and server-DTP of RFC 959 section 2.3; RFC 1123 section 4.1, RFC 2428, RFC 2577).
//!
//! A [`Server`] is one control connection and what belongs to it. Its state is several small machines beside each other,
//! each in a file of its own:
//!
//! * `Phase`, here: from the greeting to the last goodbye.
//! * `session`: who is logged in, where, and with which parameters.
//! * `security`: what is under TLS.
//! * `data`: the data connection: agreed on, listened for, being called, open.
//! * `Task`, here, and `transfer`: what the command that is being carried out waits for.
//! * `commands`: what each command does; `refusals`: how it is answered when the store says no; `limits`: what ends a
//!   session that takes too much.
//! * `inbox` and `replies`: both directions of the control connection; `orphans`: what aborted transfers leave behind.
//!
//! # Commands in their order
//! One command is carried out at a time, and its replies are sent before the next one begins; see `inbox` for what
//! happens to commands that come early. While a transfer runs, three are special:
//!
//! * ABOR ends the transfer as soon as it is *read*, and with it every transfer whose command stands before it in the
//!   queue. Yet each command is answered in its turn: 426 for the transfer, then 226 for ABOR (RFC 959 section 4.1.3).
//! * STAT is answered at once if it is the next command, between the transfer's 150 and its 226.
//! * QUIT waits for the transfer's end, as RFC 959 section 4.1.1 wants it: its 221 comes behind the 226.
//!
//! # When the 226 is said
//! A listing or download is done when all was sent and this side's direction was shut down behind it; that *is* closing
//! the data connection in stream mode. Waiting for the client's FIN as well would deadlock with a client that waits for
//! the 226 before it closes. An upload is done when the client's FIN has come, every block is written and the file
//! closed: a client that reads 226 may take the file to be there.

mod addresses;
mod commands;
mod conduct;
mod config;
mod data;
mod inbox;
mod limits;
mod link;
mod orphans;
mod outbox;
mod refusals;
mod replies;
mod secrets;
mod security;
mod session;
mod shapes;
mod timers;
mod transfer;

use core::mem;
use core::net::SocketAddr;

use portolan_wire::Instant;
use portolan_wire::ftp::{Reply, ReplyCode};
use portolan_wire::report::{Report, StoreError, Trouble};

use self::commands::Asked;
use self::data::Data;
use self::inbox::Inbox;
use self::link::Lingering;
use self::orphans::Orphans;
use self::outbox::Outbox;
use self::replies::{Replies, Then};
use self::security::{Control, Shield};
use self::session::Session;
use self::timers::{Timer, Timers};
use self::transfer::Transfer;
use crate::endpoint::{ConnId, Input, OpId, Output, StoreAnswer};
use crate::speaker::{Heard, Said, Speaker};

pub use config::{
    Account, ActiveFrom, ActiveTo, Config, LoginDelay, PassiveFrom, Password, Security, Terms, TlsBegins, TurnAway,
};

/// An FTP server's side of one control connection, and of the data connections it brings about.
#[derive(Debug)]
pub struct Server {
    config: Config,
    /// The control connection, and its two ends.
    conn: ConnId,
    local: SocketAddr,
    peer: SocketAddr,
    now: Instant,
    phase: Phase,
    task: Task,
    session: Session,
    security: Shield,
    /// Logins that failed, over all of the control connection's life.
    failed_logins: u32,
    data: Data,
    inbox: Inbox,
    replies: Replies,
    lingering: Lingering,
    orphans: Orphans,
    timers: Timers,
    out: Outbox,
}

/// The control connection's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing was said.
    New,
    /// Commands are carried out.
    Serving,
    /// The last reply is on its way.
    Leaving,
    /// This side has closed; the client has not.
    Left,
    /// It is gone.
    Over,
}

/// What the command that is being carried out waits for.
#[derive(Debug, Default)]
enum Task {
    /// No command waits.
    #[default]
    Idle,
    /// PASV or EPSV: the listener. Which one, the data connection's state knows.
    Listening,
    /// PASS or ACCT that was wrong: the moment at which it is said, in these words.
    Refusing { text: &'static str },
    /// A command that asked the store something.
    Asking { op: OpId, asked: Asked },
    /// A command that uses the data connection.
    Transferring(Transfer),
}

impl Server {
    /// A server for the control connection `control`, which is established from `peer` to `local`.
    /// It greets on [`Input::Begin`].
    #[must_use]
    pub fn new(config: Config, control: ConnId, local: SocketAddr, peer: SocketAddr) -> Self {
        Self {
            conn: control,
            local,
            peer,
            now: Instant::ZERO,
            phase: Phase::New,
            task: Task::Idle,
            session: Session::new(&config),
            security: Shield::new(&config),
            failed_logins: 0,
            data: Data::None,
            inbox: Inbox::new(control, &config),
            replies: Replies::new(control),
            lingering: Lingering::default(),
            orphans: Orphans::default(),
            timers: Timers::default(),
            out: Outbox::default(),
            config,
        }
    }
}

impl Speaker for Server {
    fn handle(&mut self, now: Instant, heard: Heard) {
        self.now = now;
        match heard {
            Heard::Plain(input) => self.handle_plain(input),
            Heard::Secured { conn, secured } => self.handle_secured(conn, secured),
            Heard::Cleared { conn } => self.handle_cleared(conn),
            Heard::Broken { conn, fault } => self.handle_broken(conn, fault),
            // Who hands them out has no use for them.
            Heard::Tickets { .. } => {}
        }
        self.handle_time();
        self.go_on();
    }

    fn poll(&mut self) -> Said {
        self.out.pop().unwrap_or_else(|| {
            let deadlines = [self.timers.next(), self.lingering.next()];
            Said::Plain(Output::Timeout(deadlines.into_iter().flatten().min()))
        })
    }
}

/// What every endpoint hears.
impl Server {
    fn handle_plain(&mut self, input: Input) {
        match input {
            Input::Begin => self.begin(),
            // Timers are looked at after every input.
            Input::Tick | Input::Act { .. } => {}
            Input::Listening { listener, local } => self.handle_listening(listener, local),
            Input::ListenFailed { listener, why } => self.handle_listen_failed(listener, why),
            Input::Accepted {
                listener, conn, peer, ..
            } => self.handle_accepted(listener, conn, peer),
            Input::Connected { conn, .. } => self.handle_connected(conn),
            Input::ConnectFailed { conn, why } => self.handle_connect_failed(conn, why),
            Input::Received { conn, bytes } if conn == self.conn => self.handle_control(&bytes),
            Input::Received { conn, bytes } => self.handle_data(conn, bytes),
            Input::Writable { conn, bytes } if conn == self.conn => self.replies.handle_writable(bytes),
            Input::Writable { conn, bytes } => {
                if let Some(link) = self.data.link_of(conn) {
                    link.writable = link.writable.saturating_add(bytes);
                }
            }
            Input::Eof { conn } if conn == self.conn => self.handle_control_eof(),
            Input::Eof { conn } => self.handle_data_eof(conn),
            Input::Reset { conn } if conn == self.conn => self.handle_control_reset(),
            Input::Reset { conn } => self.handle_data_reset(conn),
            Input::Stored { op, result } => self.handle_stored(op, result),
        }
    }
}

/// The control connection's life.
impl Server {
    fn begin(&mut self) {
        if self.is_implicit() && self.phase == Phase::New && self.security.control == Control::Clear {
            self.begin_control_tls();
            return self.out.secure(self.conn);
        }
        self.greet();
    }

    fn greet(&mut self) {
        if self.phase == Phase::New {
            self.phase = Phase::Serving;
            self.wind_up();
            if let Some(why) = self.config.turn_away {
                return self.turn_away(why);
            }
            let lines: Vec<&str> = self.config.greeting.lines().collect();
            let reply = Reply::with_lines(ReplyCode::READY, lines);
            self.say(reply);
        }
    }

    fn handle_control(&mut self, bytes: &[u8]) {
        // What comes after this side threw the connection away is nobody's, its secrets included.
        // It does not count as a sign of life before it is a command: see the timers.
        if self.phase == Phase::Over {
            return;
        }
        if self.security.control == Control::Shaking {
            return self.inbox.handle_slipped_in(bytes, &mut self.out);
        }
        self.inbox.handle_received(bytes, &mut self.out);
    }

    fn handle_control_eof(&mut self) {
        self.inbox.handle_eof();
        if self.phase == Phase::Left {
            self.end();
        }
    }

    fn handle_control_reset(&mut self) {
        if self.phase == Phase::Serving {
            let trouble = Trouble::ControlLost;
            self.out.report(self.conn, Report::Trouble { trouble });
        }
        self.end();
    }

    fn handle_stored(&mut self, op: OpId, mut result: Result<StoreAnswer, StoreError>) {
        if matches!(self.task, Task::Asking { op: asked, .. } if asked == op) {
            self.answered(&result);
        } else if !self.transfer_stored(op, &mut result) {
            self.orphans.handle_stored(op, &result, &mut self.out);
        }
    }

    fn handle_time(&mut self) {
        self.lingering.handle_time(self.now, &mut self.out);
        while let Some(timer) = self.timers.take_rung(self.now) {
            match timer {
                Timer::Idle if !self.security.may_talk() => self.throw_away(),
                Timer::Idle => self.was_idle(),
                Timer::Data => self.data_not_connected(),
                Timer::Refusal => self.refuse_late(),
                Timer::Goodbye => self.throw_away(),
            }
        }
    }

    /// Does all that can be done without another input.
    fn go_on(&mut self) {
        loop {
            self.replies.flush(&mut self.out);
            match self.phase {
                Phase::Serving => {
                    self.move_on();
                    if !self.take_turn() {
                        break;
                    }
                }
                Phase::Leaving if self.replies.is_empty() => self.shut_down(),
                Phase::New | Phase::Leaving | Phase::Left | Phase::Over => break,
            }
        }
        match self.phase {
            Phase::Serving => self.inbox.grant(&mut self.out),
            // What still comes is taken and thrown away: bytes left unread would turn the close into a reset.
            Phase::Leaving | Phase::Left => {
                self.inbox.discard();
                self.inbox.grant(&mut self.out);
            }
            Phase::New | Phase::Over => {}
        }
    }

    /// Carries out the next command, if it is time. False when there is nothing more to do now.
    fn take_turn(&mut self) -> bool {
        let is_ready = matches!(self.task, Task::Idle) && self.replies.is_empty() && self.security.may_talk();
        if is_ready && !self.orphans.are_too_many() {
            return match self.inbox.next(&mut self.out) {
                Some(said) => {
                    self.wind_up();
                    self.carry_out(said);
                    true
                }
                None if self.inbox.has_ended() => {
                    self.leave();
                    true
                }
                None => false,
            };
        }
        if let Task::Transferring(transfer) = &self.task {
            if self.inbox.holds_abort() && !transfer.is_closing() {
                self.abort_transfer("Transfer aborted, as asked.");
                return true;
            }
            if self.inbox.begins_with_status()
                && self.replies.is_empty()
                && let Some(said) = self.inbox.next(&mut self.out)
            {
                self.wind_up();
                self.carry_out(said);
                return true;
            }
        }
        // One by one, so that what is special about a command does not depend on what came with it.
        if self.inbox.read_ahead(&mut self.out) {
            return true;
        }
        if matches!(self.task, Task::Transferring(_)) && self.inbox.has_ended() {
            // A control connection that closes without QUIT counts as an ABOR (RFC 959 section 4.1.1).
            let trouble = Trouble::ControlLost;
            self.out.report(self.conn, Report::Trouble { trouble });
            self.abort_transfer("The control connection was closed; transfer aborted.");
            self.leave();
            return true;
        }
        false
    }

    /// Begins to end the session: what was said goes out, then this side closes.
    fn leave(&mut self) {
        if self.phase != Phase::Serving {
            return;
        }
        self.phase = Phase::Leaving;
        self.task = Task::Idle;
        self.close_data();
        self.timers.stop_all();
        self.timers.set(Timer::Goodbye, self.now + self.config.patience.data);
    }

    fn shut_down(&mut self) {
        self.out.push(Output::Shutdown { conn: self.conn });
        if self.inbox.has_ended() {
            self.end();
        } else {
            self.phase = Phase::Left;
        }
    }

    fn throw_away(&mut self) {
        self.out.push(Output::Abort { conn: self.conn });
        self.end();
    }

    /// The control connection is over, and everything with it that was not brought to its end before.
    fn end(&mut self) {
        self.phase = Phase::Over;
        self.drop_transfer();
        self.data.abort(&mut self.out);
        self.inbox.discard();
        self.replies.discard();
        self.timers.stop_all();
    }

    /// Something happened: the session is not idle.
    fn wind_up(&mut self) {
        if self.phase == Phase::Serving {
            self.timers.set(Timer::Idle, self.now + self.config.patience.idle);
        }
    }

    fn say(&mut self, reply: Reply) {
        self.say_and(reply, Then::Nothing);
    }

    /// Says `reply`; `then` happens behind it.
    fn say_and(&mut self, reply: Reply, then: Then) {
        if self.phase == Phase::Serving {
            self.replies.say(reply, then, &mut self.out);
        }
    }

    fn reply(&mut self, code: ReplyCode, text: impl Into<String>) {
        self.say(Reply::new(code, text));
    }

    fn take_task(&mut self) -> Task {
        mem::take(&mut self.task)
    }

    /// The date, in seconds since 1970-01-01 UTC.
    const fn date(&self) -> u64 {
        self.config.epoch.saturating_add(self.now.as_micros() / 1_000_000)
    }
}

#[cfg(test)]
mod tests;
