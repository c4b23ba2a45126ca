//! TLS: AUTH, PBSZ, PROT, CCC (RFC 2228 section 3, RFC 4217).

use portolan_wire::Argument;
use portolan_wire::ftp::{Command, Reply, ReplyClass, Verb};
use portolan_wire::report::{Misuse, Outcome, Report, Trouble};
use portolan_wire::security::{Protection, Secured, SecurityCommand};

use super::Client;
use super::config::Security;
use super::desk::Wait;
use super::job::{AfterProt, Job, Next, Securing, not_wanted};
use super::known::is_unknown;
use super::link::{Guard, Standing};
use super::transfer::Happening;
use crate::endpoint::ConnId;

impl Client {
    /// AUTH TLS.
    pub(super) fn secure(&mut self) -> Next {
        match self.link.as_ref().map(|link| link.guard) {
            None => return Next::refuse(Misuse::NotConnected),
            Some(_) if self.config.security == Security::Never => return Next::refuse(Misuse::Unsupported),
            Some(Guard::Clear | Guard::Cleared { anew: true }) => {}
            Some(Guard::Shaking | Guard::Secured | Guard::Cleared { anew: false }) => {
                return Next::refuse(Misuse::AlreadySecured);
            }
        }
        self.say_with(Verb::AUTH, "TLS");
        Next::Go(Job::Securing(Securing::Auth))
    }

    /// PBSZ and PROT.
    pub(super) fn protect(&mut self, level: Protection) -> Next {
        match &self.link {
            None => Next::refuse(Misuse::NotConnected),
            Some(link) if !link.was_secured() => Next::refuse(Misuse::NotSecured),
            Some(_) => self.agree_on(level, AfterProt::Nothing),
        }
    }

    /// CCC.
    pub(super) fn clear_control(&mut self) -> Next {
        match self.link.as_ref().map(|link| link.guard) {
            None => Next::refuse(Misuse::NotConnected),
            Some(Guard::Secured) => {
                self.say(&Command::new(Verb::CCC));
                Next::Go(Job::Securing(Securing::Ccc))
            }
            Some(_) => Next::refuse(Misuse::NotSecured),
        }
    }

    /// Asks for a level of protection. PBSZ comes first, once (RFC 4217 section 8).
    pub(super) fn agree_on(&mut self, level: Protection, then: AfterProt) -> Next {
        if self.link.as_ref().is_some_and(|link| link.has_size) {
            self.say_with(Verb::PROT, level.letter());
            return Next::Go(Job::Securing(Securing::Level { level, then }));
        }
        self.say_with(Verb::PBSZ, "0");
        Next::Go(Job::Securing(Securing::Size { level, then }))
    }

    fn say_with(&mut self, verb: Verb, argument: &str) {
        let argument = Argument::new(argument).ok();
        self.say(&Command { verb, argument });
    }

    /// The answer to one of these.
    pub(super) fn securing_reply(&mut self, securing: Securing, reply: &Reply) -> Next {
        let class = reply.code.class();
        if class == ReplyClass::Preliminary {
            return Next::Go(Job::Securing(securing));
        }
        let is_yes = class == ReplyClass::Completion;
        match securing {
            Securing::Auth if is_yes => self.shake_hands(),
            Securing::Auth => self.stay_in_the_clear(reply),
            Securing::Size { level, then } if is_yes => {
                if let Some(link) = &mut self.link {
                    link.has_size = true;
                }
                self.agree_on(level, then)
            }
            Securing::Size { level, then } => self.not_agreed(SecurityCommand::Pbsz, (level, then), reply),
            Securing::Level { level, then } if is_yes => self.agreed(level, then),
            Securing::Level { level, then } => self.not_agreed(SecurityCommand::Prot, (level, then), reply),
            Securing::Ccc if is_yes => {
                self.clear(false);
                Next::Go(Job::Securing(Securing::Clearing))
            }
            Securing::Ccc => Next::Finish(not_wanted(reply)),
            other @ (Securing::Shaking | Securing::Clearing) => Next::Go(Job::Securing(other)),
        }
    }

    fn shake_hands(&mut self) -> Next {
        if let Some(link) = &mut self.link {
            link.begin_tls(&mut self.desk);
        }
        self.desk.wait(Wait::Handshake);
        Next::Go(Job::Securing(Securing::Shaking))
    }

    /// AUTH was refused. A session that may be in the clear goes on.
    fn stay_in_the_clear(&mut self, reply: &Reply) -> Next {
        match self.config.security {
            Security::Explicit => self.end_insecure(SecurityCommand::Auth, reply),
            _ => Next::Finish(not_wanted(reply)),
        }
    }

    fn agreed(&mut self, level: Protection, then: AfterProt) -> Next {
        if let Some(link) = &mut self.link {
            link.protection = Some(level);
        }
        self.config.protection = level;
        match then {
            AfterProt::Nothing => Next::Finish(Outcome::Done),
            AfterProt::LogIn => self.discover(),
        }
    }

    fn not_agreed(&mut self, command: SecurityCommand, what: (Protection, AfterProt), reply: &Reply) -> Next {
        match what {
            (_, AfterProt::Nothing) => Next::Finish(not_wanted(reply)),
            // Servers older than the RFC have no PROT, and protect what comes behind an implicit beginning.
            (Protection::Private, AfterProt::LogIn)
                if self.config.security == Security::Implicit && is_unknown(reply.code) =>
            {
                self.agreed(Protection::Private, AfterProt::LogIn)
            }
            (Protection::Private, AfterProt::LogIn) => self.end_insecure(command, reply),
            (Protection::Clear, AfterProt::LogIn) => Next::Finish(not_wanted(reply)),
        }
    }

    /// What was to be secured can't be: nothing more is said.
    fn end_insecure(&mut self, command: SecurityCommand, reply: &Reply) -> Next {
        self.hang_up();
        match not_wanted(reply) {
            Outcome::Denied { code, text } => Next::fail(Trouble::Insecure { command, code, text }),
            other => Next::Finish(other),
        }
    }

    /// The control connection goes back into the clear, behind what was said; where TLS may begin `anew`.
    fn clear(&mut self, anew: bool) {
        if let Some(link) = &mut self.link {
            link.guard = Guard::Cleared { anew };
            self.desk.clear(link.conn());
            self.desk.wait(Wait::Handshake);
        }
    }

    /// REIN was answered: true if TLS ends with it (RFC 4217 section 11).
    pub(super) fn begin_anew(&mut self) -> bool {
        let Some(link) = &mut self.link else { return false };
        link.has_size = false;
        link.protection = None;
        let is_to_end = link.guard == Guard::Secured && self.config.security != Security::Implicit;
        if is_to_end {
            self.clear(true);
        } else if link.guard == (Guard::Cleared { anew: false }) {
            link.guard = Guard::Cleared { anew: true };
        }
        is_to_end
    }
}

/// What becomes of connections.
impl Client {
    pub(super) fn secured(&mut self, conn: ConnId, secured: Secured) {
        self.desk.report(Some(conn), Report::Secured(secured));
        if !self.is_link(conn) {
            return self.happen(Happening::Secured { conn });
        }
        if let Some(link) = &mut self.link {
            link.guard = Guard::Secured;
            link.standing = Standing::Stranger;
        }
        self.with_job(|_, job| match job {
            Job::Securing(Securing::Shaking) => Next::Finish(Outcome::Done),
            job => Next::Go(job),
        });
    }

    pub(super) fn cleared(&mut self, conn: ConnId) {
        self.desk.report(Some(conn), Report::Cleared);
        self.with_job(|_, job| match job {
            Job::Securing(Securing::Clearing) => Next::Finish(Outcome::Done),
            job => Next::Go(job),
        });
    }
}
