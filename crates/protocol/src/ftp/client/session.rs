//! How a session begins and ends: connect, abort, quit; and what becomes of a reply, or of its absence.

use portolan_wire::Argument;
use portolan_wire::action::Action;
use portolan_wire::ftp::{Command, Reply, ReplyClass, Verb};
use portolan_wire::report::{ConnectError, Misuse, Outcome, Purpose, Report, Trouble};

use core::net::SocketAddr;

use super::config::Security;
use super::desk::Wait;
use super::job::{Asking, Greeting, Heard, Job, Next, Quitting, Securing, Settling, not_wanted};
use super::link::Link;
use super::{Client, Running, Whose};
use crate::call::target;
use crate::endpoint::{ConnId, Output};

/// Where TLS usually begins before the first word (IANA: ftps).
const IMPLICIT_PORT: u16 = 990;

impl Client {
    pub(super) fn connect(&mut self, host: Option<&Argument>, port: Option<u16>) -> Next {
        if self.link.is_some() {
            return Next::refuse(Misuse::AlreadyConnected);
        }
        match target(self.config.server, host, port) {
            Err(why) => Next::refuse(why),
            Ok(to) => {
                let conn = self.desk.connect(Purpose::Control, to);
                self.desk.wait(Wait::ControlConnect);
                Next::Go(Job::Connecting { conn })
            }
        }
    }

    /// The control connection stands; the server speaks first.
    pub(super) fn connected(&mut self, conn: ConnId, local: SocketAddr, peer: SocketAddr) -> Next {
        let mut link = Link::new(&mut self.desk, conn, local, peer);
        let wait = match self.config.security {
            Security::Implicit => {
                link.begin_tls(&mut self.desk);
                Wait::Reply
            }
            _ if link.port() == IMPLICIT_PORT => Wait::ImplicitGreeting,
            _ => Wait::Reply,
        };
        self.link = Some(link);
        self.desk.wait(wait);
        Next::Go(Job::Greeting(Greeting::Awaited))
    }

    fn greeted(&mut self, greeting: Greeting, reply: &Reply) -> Next {
        match (reply.code.class(), greeting) {
            (ReplyClass::Completion, _) if self.config.security == Security::Explicit => self.secure(),
            (ReplyClass::Completion, _) => Next::Finish(Outcome::Done),
            (ReplyClass::Preliminary, Greeting::Awaited) => {
                self.desk.wait(Wait::Reply);
                Next::Go(Job::Greeting(Greeting::Promised))
            }
            (ReplyClass::Preliminary, Greeting::Promised) => Next::Go(Job::Greeting(greeting)),
            _ => {
                self.hang_up();
                Next::Finish(not_wanted(reply))
            }
        }
    }

    pub(super) fn quit(&mut self) -> Next {
        if self.link.is_none() {
            return Next::refuse(Misuse::NotConnected);
        }
        self.say(&Command::new(Verb::QUIT));
        Next::Go(Job::Quitting(Quitting::Said))
    }

    /// Whatever the server said to QUIT, we leave. It was to close the connection, and if it has not, we do.
    fn leave(&mut self, reply: &Reply) -> Next {
        if reply.code.class() == ReplyClass::Preliminary {
            return Next::Go(Job::Quitting(Quitting::Said));
        }
        let Some(link) = self.link.take() else {
            return Next::Finish(Outcome::Done);
        };
        let conn = link.conn();
        self.desk.push(Output::Shutdown { conn });
        self.desk.wait(Wait::Goodbye);
        Next::Go(Job::Quitting(Quitting::HungUp { conn }))
    }

    /// A reply came, and somebody waited for it.
    pub(super) fn job_reply(&mut self, job: Job, reply: &Reply) -> Next {
        match job {
            Job::Greeting(greeting) => self.greeted(greeting, reply),
            Job::Securing(securing) => self.securing_reply(securing, reply),
            Job::LogIn(login) => self.login_reply(login, reply),
            Job::Asking(asking) => self.answered(asking, reply),
            Job::Inspecting(inspecting) => self.inspected(inspecting, reply),
            Job::Transfer(transfer) => self.transfer_reply(transfer, reply),
            Job::Settling(settling) => self.settling_reply(settling, reply),
            Job::Quitting(Quitting::Said) => self.leave(reply),
            other @ (Job::Connecting { .. } | Job::Quitting(Quitting::HungUp { .. })) => Next::Go(other),
        }
    }

    fn settling_reply(&mut self, settling: Settling, reply: &Reply) -> Next {
        match &self.link {
            Some(link) if link.owed() > 0 => {
                if reply.code.class() == ReplyClass::Preliminary {
                    return Next::Go(Job::Settling(settling));
                }
                self.desk.wait(Wait::AbortGrace);
                let heard = Heard::One;
                Next::Go(Job::Settling(Settling { heard, ..settling }))
            }
            _ => Next::from(settling),
        }
    }

    /// What the running job waited for did not come in time.
    pub(super) fn job_late(&mut self, job: Job) -> Next {
        match job {
            Job::Connecting { conn } => {
                self.desk.push(Output::Abort { conn });
                let why = ConnectError::TimedOut;
                Next::fail(Trouble::ControlConnect { why })
            }
            Job::Greeting(_) if self.link.as_ref().is_some_and(Link::is_silent) => {
                self.throw_link_away();
                Next::fail(Trouble::NoGreeting)
            }
            Job::Greeting(_)
            | Job::Securing(_)
            | Job::LogIn(_)
            | Job::Asking(_)
            | Job::Inspecting(_)
            | Job::Quitting(Quitting::Said) => {
                self.throw_link_away();
                Next::fail(Trouble::Timeout)
            }
            Job::Transfer(transfer) => self.transfer_late(*transfer),
            Job::Settling(settling) => self.settling_late(settling),
            Job::Quitting(Quitting::HungUp { conn }) => {
                self.desk.push(Output::Abort { conn });
                Next::Finish(Outcome::Done)
            }
        }
    }

    /// A server that answered the transfer but not the ABOR meant both; one that answers nothing is lost.
    fn settling_late(&mut self, settling: Settling) -> Next {
        if settling.heard == Heard::One {
            if let Some(link) = &mut self.link {
                link.forgive();
            }
        } else {
            let trouble = Trouble::Timeout;
            let conn = self.link.as_ref().map(Link::conn);
            self.desk.report(conn, Report::Trouble { trouble });
            self.throw_link_away();
        }
        Next::from(settling)
    }

    /// An abort is taken at once, whatever runs.
    pub(super) fn abort(&mut self, action: u32) {
        let what = Action::Abort;
        self.desk.report(None, Report::Started { action, what });
        match self.running.take() {
            Some(Running {
                whose: whose @ Whose::Action(_),
                job,
            }) => {
                let next = self.abort_job(job, action);
                self.apply(whose, next);
            }
            idle => {
                self.running = idle;
                let why = Misuse::NothingToAbort;
                self.finish(action, Outcome::Refused { why });
            }
        }
    }

    fn abort_job(&mut self, job: Job, action: u32) -> Next {
        let outcome = Outcome::Aborted;
        let aborts = vec![action];
        match job {
            Job::Connecting { conn } | Job::Quitting(Quitting::HungUp { conn }) => {
                self.desk.push(Output::Abort { conn });
                Next::FinishAborted { outcome, aborts }
            }
            Job::Greeting(_)
            | Job::Securing(Securing::Auth | Securing::Shaking | Securing::Ccc | Securing::Clearing)
            | Job::Quitting(Quitting::Said) => {
                self.throw_link_away();
                Next::FinishAborted { outcome, aborts }
            }
            Job::Securing(Securing::Size { .. } | Securing::Level { .. })
            | Job::LogIn(_)
            | Job::Asking(_)
            | Job::Inspecting(_) => self.settle(Settling::new(outcome, aborts)),
            Job::Transfer(transfer) => self.break_off(*transfer, outcome, aborts),
            Job::Settling(mut settling) => {
                // The first abort can end an action that was failing anyway; the second is out of patience.
                if !settling.aborts.is_empty() {
                    self.throw_link_away();
                }
                settling.aborts.push(action);
                if self.link.is_none() {
                    return Next::from(settling);
                }
                Next::Go(Job::Settling(settling))
            }
        }
    }

    /// Says a NOOP when nothing has been asked for a while, so that neither the server nor a router on the way takes
    /// the session for forgotten. Its answer means nothing, and that there is none means that the session is lost.
    pub(super) fn keep_alive(&mut self) {
        let is_idle = self.running.is_none() && self.check_logged_in().is_ok();
        let span = self.config.keep_alive.filter(|_| is_idle);
        if self.desk.is_to_keep_alive(span) {
            self.say(&Command::new(Verb::NOOP));
            let (whose, job) = (Whose::Nobody, Job::Asking(Asking::KeepAlive));
            self.running = Some(Running { whose, job });
        }
    }
}
