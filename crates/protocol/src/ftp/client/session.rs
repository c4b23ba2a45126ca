//! The actions that need no data connection: connect, log in, change directory, raw lines, abort, quit.

use portolan_wire::Argument;
use portolan_wire::action::Action;
use portolan_wire::ftp::{Command, Reply, ReplyClass, ReplyCode, Representation, Verb};
use portolan_wire::report::{ConnectError, Misuse, Outcome, Purpose, Report, Trouble};

use core::net::SocketAddr;

use super::Client;
use super::Running;
use super::desk::Wait;
use super::job::{Asking, Greeting, Heard, Job, LogIn, Next, Quitting, Settling, not_wanted, outcome_of, raw_command};
use super::link::{Link, Standing};
use crate::call::target;
use crate::endpoint::{ConnId, Output};

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
        self.link = Some(Link::new(&mut self.desk, conn, local, peer));
        self.desk.wait(Wait::Reply);
        Next::Go(Job::Greeting(Greeting::Awaited))
    }

    fn greeted(&mut self, greeting: Greeting, reply: &Reply) -> Next {
        match (reply.code.class(), greeting) {
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

    pub(super) fn log_in(&mut self, user: Argument, password: Argument) -> Next {
        let Some(link) = &mut self.link else {
            return Next::refuse(Misuse::NotConnected);
        };
        // A new user may find a new session.
        link.standing = Standing::Stranger;
        link.representation = None;
        self.say(&Command::with(Verb::USER, user));
        Next::Go(Job::LogIn(LogIn::User { password }))
    }

    /// The answer to USER or PASS (the state diagram of RFC 959 section 6). We have no account to give to a 332.
    fn login_reply(&mut self, login: LogIn, reply: &Reply) -> Next {
        match (reply.code.class(), login) {
            (ReplyClass::Preliminary, login) => Next::Go(Job::LogIn(login)),
            (ReplyClass::Completion, _) => {
                self.stand(Standing::LoggedIn);
                Next::Finish(Outcome::Done)
            }
            (ReplyClass::Intermediate, LogIn::User { password }) if reply.code == ReplyCode::NEED_PASSWORD => {
                self.say(&Command::with(Verb::PASS, password));
                Next::Go(Job::LogIn(LogIn::Password))
            }
            _ => {
                self.stand(Standing::Stranger);
                Next::Finish(match reply.code {
                    ReplyCode::NEED_ACCOUNT => Outcome::Denied {
                        code: reply.code.value(),
                        text: reply.text().chars().take(200).collect(),
                    },
                    _ => not_wanted(reply),
                })
            }
        }
    }

    fn stand(&mut self, standing: Standing) {
        if let Some(link) = &mut self.link {
            link.standing = standing;
        }
    }

    pub(super) fn change_directory(&mut self, path: Argument) -> Next {
        match self.link.as_ref().map(|link| link.standing) {
            None => Next::refuse(Misuse::NotConnected),
            Some(Standing::Stranger) => Next::refuse(Misuse::NotLoggedIn),
            Some(Standing::LoggedIn) => {
                self.say(&Command::with(Verb::CWD, path));
                Next::Go(Job::Asking(Asking::Own))
            }
        }
    }

    pub(super) fn raw(&mut self, line: &Argument) -> Next {
        let Some(link) = &mut self.link else {
            return Next::refuse(Misuse::NotConnected);
        };
        match raw_command(line) {
            Err(why) => Next::refuse(why),
            Ok(command) => {
                link.say_line(&mut self.desk, line);
                self.desk.wait(Wait::Reply);
                Next::Go(Job::Asking(Asking::Raw { command }))
            }
        }
    }

    fn answered(&mut self, asking: Asking, reply: &Reply) -> Next {
        if reply.code.class() == ReplyClass::Preliminary {
            return Next::Go(Job::Asking(asking));
        }
        match asking {
            Asking::Own => Next::Finish(outcome_of(reply)),
            Asking::Raw { command } => {
                if let Some(command) = command {
                    self.learn(&command, reply);
                }
                // To a line of the user's own, "go on" is as good an answer as "done".
                let is_yes = reply.code.class() == ReplyClass::Intermediate;
                Next::Finish(if is_yes { Outcome::Done } else { outcome_of(reply) })
            }
        }
    }

    /// A raw command has changed the session behind our back.
    fn learn(&mut self, command: &Command, reply: &Reply) {
        let Some(link) = &mut self.link else { return };
        let is_done = reply.code.class() == ReplyClass::Completion;
        match command.verb {
            Verb::USER | Verb::PASS if is_done => link.standing = Standing::LoggedIn,
            Verb::USER | Verb::PASS => link.standing = Standing::Stranger,
            Verb::REIN if is_done => {
                link.standing = Standing::Stranger;
                link.representation = None;
            }
            Verb::TYPE if is_done => {
                let argument = command.argument_str().unwrap_or_default();
                link.representation = Representation::parse(argument).ok();
            }
            _ => {}
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
            Job::LogIn(login) => self.login_reply(login, reply),
            Job::Asking(asking) => self.answered(asking, reply),
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
            Job::Greeting(_) | Job::LogIn(_) | Job::Asking(_) | Job::Quitting(Quitting::Said) => {
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
            None => {
                let why = Misuse::NothingToAbort;
                self.finish(action, Outcome::Refused { why });
            }
            Some(Running { action: running, job }) => {
                let next = self.abort_job(job, action);
                self.apply(running, next);
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
            Job::Greeting(_) | Job::Quitting(Quitting::Said) => {
                self.throw_link_away();
                Next::FinishAborted { outcome, aborts }
            }
            Job::LogIn(_) | Job::Asking(_) => self.settle(Settling::new(outcome, aborts)),
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
}
