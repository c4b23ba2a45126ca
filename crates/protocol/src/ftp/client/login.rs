//! Logging in, and what is asked right after it (RFC 959 section 6, RFC 2389, RFC 2640).

use portolan_wire::Argument;
use portolan_wire::ftp::{Command, Reply, ReplyClass, ReplyCode, Verb};
use portolan_wire::report::{Misuse, Outcome, Report, Trouble};

use super::Client;
use super::job::{AfterProt, Job, LogIn, Next, not_wanted};
use super::link::{Link, Standing};

impl Client {
    pub(super) fn log_in(&mut self, user: Argument, password: Argument, account: Option<Argument>) -> Next {
        let Some(link) = &mut self.link else {
            return Next::refuse(Misuse::NotConnected);
        };
        // A new user may find a new session.
        link.standing = Standing::Stranger;
        link.representation = None;
        self.say(&Command::with(Verb::USER, user));
        Next::Go(Job::LogIn(LogIn::User { password, account }))
    }

    /// The answer to one of the login's commands: RFC 959 section 6 draws the diagram.
    pub(super) fn login_reply(&mut self, login: LogIn, reply: &Reply) -> Next {
        match (reply.code.class(), login) {
            (ReplyClass::Preliminary, login) => Next::Go(Job::LogIn(login)),
            (_, LogIn::Features) => self.discovered(reply),
            // Whatever it thinks of OPTS UTF8, names go out in UTF-8: RFC 2640 knows no other way.
            (_, LogIn::Utf8) => Next::Finish(Outcome::Done),
            // A 202 says that the command was superfluous.
            (ReplyClass::Completion, _) => self.let_in(),
            (ReplyClass::Intermediate, LogIn::User { password, account }) if reply.code == ReplyCode::NEED_PASSWORD => {
                self.say(&Command::with(Verb::PASS, password));
                Next::Go(Job::LogIn(LogIn::Password { account }))
            }
            (
                ReplyClass::Intermediate,
                LogIn::User {
                    account: Some(account), ..
                }
                | LogIn::Password { account: Some(account) },
            ) if reply.code == ReplyCode::NEED_ACCOUNT => {
                self.say(&Command::with(Verb::ACCT, account));
                Next::Go(Job::LogIn(LogIn::Account))
            }
            _ => {
                self.stand(Standing::Stranger);
                Next::Finish(kept_out(reply))
            }
        }
    }

    fn let_in(&mut self) -> Next {
        self.stand(Standing::LoggedIn);
        let is_to_agree = |link: &Link| link.was_secured() && link.protection.is_none();
        if self.link.as_ref().is_some_and(is_to_agree) {
            return self.agree_on(self.config.protection, AfterProt::LogIn);
        }
        self.discover()
    }

    /// The rest of the login.
    pub(super) fn discover(&mut self) -> Next {
        if !self.config.discover {
            return Next::Finish(Outcome::Done);
        }
        self.say(&Command::new(Verb::FEAT));
        Next::Go(Job::LogIn(LogIn::Features))
    }

    /// The login stands, whatever the server says to FEAT.
    fn discovered(&mut self, reply: &Reply) -> Next {
        if let Outcome::Failed { trouble } = self.told_features(reply) {
            let conn = self.link.as_ref().map(Link::conn);
            self.desk.report(conn, Report::Trouble { trouble });
        }
        let has_utf8 = self.link.as_ref().is_some_and(|link| link.known.has("UTF8"));
        match Argument::new("UTF8 ON") {
            Ok(argument) if has_utf8 => {
                self.say(&Command::with(Verb::OPTS, argument));
                Next::Go(Job::LogIn(LogIn::Utf8))
            }
            _ => Next::Finish(Outcome::Done),
        }
    }

    const fn stand(&mut self, standing: Standing) {
        if let Some(link) = &mut self.link {
            link.standing = standing;
        }
    }
}

/// A 332 for which there is no account denies as a 530 does.
fn kept_out(reply: &Reply) -> Outcome {
    match (reply.code, not_wanted(reply)) {
        (
            ReplyCode::NEED_ACCOUNT,
            Outcome::Failed {
                trouble: Trouble::Unexpected { code, text },
            },
        ) => Outcome::Denied { code, text },
        (_, outcome) => outcome,
    }
}
