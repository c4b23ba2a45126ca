//! Actions of one command, or of two: directories, names, types, raw lines (RFC 959 section 5.3, RFC 2389).

use portolan_wire::Argument;
use portolan_wire::action::FileType;
use portolan_wire::ftp::{Command, Features, Reply, ReplyClass, ReplyCode, Representation, Verb, path};
use portolan_wire::report::{Misuse, Outcome, Report, Trouble};
use portolan_wire::security::Protection;

use super::Client;
use super::job::{Asking, Job, Next, Securing, not_wanted, outcome_of, raw_command};
use super::known::is_unknown;
use super::link::{Link, Standing};
use crate::shown::shown;

/// The most features of a report.
const MOST_FEATURES: usize = 100;

/// The most characters of one.
const LONGEST_FEATURE: usize = 200;

impl Client {
    /// Whether there is somebody to ask, and whether he listens.
    pub(super) fn check_logged_in(&self) -> Result<(), Misuse> {
        match self.link.as_ref().map(|link| link.standing) {
            None => Err(Misuse::NotConnected),
            Some(Standing::Stranger) => Err(Misuse::NotLoggedIn),
            Some(Standing::LoggedIn) => Ok(()),
        }
    }

    /// Says a command whose final reply decides.
    pub(super) fn ask(&mut self, verb: Verb, argument: Option<Argument>, asking: Asking) -> Next {
        if let Err(why) = self.check_logged_in() {
            return Next::refuse(why);
        }
        self.say(&Command { verb, argument });
        Next::Go(Job::Asking(asking))
    }

    pub(super) fn change_directory(&mut self, path: Argument) -> Next {
        if path.as_str() == ".." {
            self.ask(Verb::CDUP, None, Asking::Up { path })
        } else {
            self.ask(Verb::CWD, Some(path), Asking::Plain)
        }
    }

    /// FEAT may be asked by anybody, logged in or not (RFC 2389 section 3).
    pub(super) fn features(&mut self) -> Next {
        if self.link.is_none() {
            return Next::refuse(Misuse::NotConnected);
        }
        self.say(&Command::new(Verb::FEAT));
        Next::Go(Job::Asking(Asking::Features))
    }

    /// Without a session the type is only noted; within one the server is told at once, so that its no is heard.
    pub(super) fn change_type(&mut self, wanted: FileType) -> Next {
        let representation = representation_of(wanted);
        if self.check_logged_in().is_err() || self.has_type(representation) {
            self.config.file_type = wanted;
            return Next::Finish(Outcome::Done);
        }
        self.say_type(representation);
        Next::Go(Job::Asking(Asking::Type { wanted }))
    }

    /// Whether the server represents data so already.
    pub(super) fn has_type(&self, wanted: Representation) -> bool {
        self.link.as_ref().and_then(|link| link.representation) == Some(wanted)
    }

    /// Says TYPE. Until the server has agreed nobody knows which type it is: an abort can come in between.
    pub(super) fn say_type(&mut self, wanted: Representation) {
        self.keep_type(None);
        self.say(&Command::with(Verb::TYPE, wanted.to_argument()));
    }

    pub(super) const fn keep_type(&mut self, representation: Option<Representation>) {
        if let Some(link) = &mut self.link {
            link.representation = representation;
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
                self.desk.wait(super::desk::Wait::Reply);
                Next::Go(Job::Asking(Asking::Raw { command }))
            }
        }
    }

    /// The answer to one of these.
    pub(super) fn answered(&mut self, asking: Asking, reply: &Reply) -> Next {
        let class = reply.code.class();
        if class == ReplyClass::Preliminary {
            return Next::Go(Job::Asking(asking));
        }
        match asking {
            Asking::Plain => Next::Finish(outcome_of(reply)),
            Asking::KeepAlive => Next::Finish(Outcome::Done),
            Asking::Up { path } if is_unknown(reply.code) => self.ask(Verb::CWD, Some(path), Asking::Plain),
            Asking::Up { .. } => Next::Finish(outcome_of(reply)),
            Asking::WorkingDirectory => Next::Finish(self.told_directory(reply)),
            Asking::MakeDirectory => {
                let _: Outcome = self.told_directory(reply);
                Next::Finish(outcome_of(reply))
            }
            Asking::RenameFrom { to } if class == ReplyClass::Intermediate => {
                self.ask(Verb::RNTO, Some(to), Asking::Plain)
            }
            Asking::RenameFrom { .. } => Next::Finish(not_wanted(reply)),
            Asking::Type { wanted } => {
                if class == ReplyClass::Completion {
                    self.keep_type(Some(representation_of(wanted)));
                    self.config.file_type = wanted;
                }
                Next::Finish(outcome_of(reply))
            }
            Asking::Features => Next::Finish(self.told_features(reply)),
            Asking::Raw { command } => {
                if let Some(command) = command {
                    self.learn(&command, reply);
                    if command.verb == Verb::REIN && class == ReplyClass::Completion && self.begin_anew() {
                        return Next::Go(Job::Securing(Securing::Clearing));
                    }
                }
                // To a line of the user's own, "go on" is as good an answer as "done".
                let is_yes = class == ReplyClass::Intermediate;
                Next::Finish(if is_yes { Outcome::Done } else { outcome_of(reply) })
            }
        }
    }

    /// A 257 with its path.
    fn told_directory(&mut self, reply: &Reply) -> Outcome {
        if reply.code.class() != ReplyClass::Completion {
            return not_wanted(reply);
        }
        // Masked before it is read: without its quotes, a part of a secret would be no longer known.
        match path::unquote(&self.desk.veil(reply.first_line().to_owned())) {
            Ok((path, _)) => {
                let conn = self.link.as_ref().map(Link::conn);
                self.desk.report(conn, Report::Directory { path });
                Outcome::Done
            }
            Err(_) if reply.code == ReplyCode::PATH => failed(malformed(reply)),
            Err(_) => not_wanted(reply),
        }
    }

    /// The answer to FEAT. A server that does not know it has no features (RFC 2389 section 3.3), and that is an answer.
    pub(super) fn told_features(&mut self, reply: &Reply) -> Outcome {
        let features = match reply.code.class() {
            ReplyClass::Completion => Features::parse(reply),
            _ if is_unknown(reply.code) => Features::default(),
            _ => return not_wanted(reply),
        };
        let shown = Features::parse(&self.veiled(reply));
        let shown = shown.iter().take(MOST_FEATURES).map(|feature| {
            let line = feature.to_line();
            line.trim_start().chars().take(LONGEST_FEATURE).collect()
        });
        let told = shown.collect();
        if let Some(link) = &mut self.link {
            link.known.learn(features);
            let conn = Some(link.conn());
            self.desk.report(conn, Report::Features { features: told });
        }
        Outcome::Done
    }

    /// A reply as it may be shown. What it means is read from the reply itself.
    pub(super) fn veiled(&self, reply: &Reply) -> Reply {
        Reply::with_lines(reply.code, reply.lines.iter().map(|line| self.desk.veil(line.clone())))
    }

    /// A raw command has changed the session behind our back.
    fn learn(&mut self, command: &Command, reply: &Reply) {
        let Some(link) = &mut self.link else { return };
        let is_done = reply.code.class() == ReplyClass::Completion;
        match command.verb {
            Verb::USER | Verb::PASS if is_done => link.standing = Standing::LoggedIn,
            Verb::USER | Verb::PASS => link.standing = Standing::Stranger,
            Verb::ACCT if reply.code == ReplyCode::LOGGED_IN => link.standing = Standing::LoggedIn,
            Verb::REIN if is_done => {
                link.standing = Standing::Stranger;
                link.representation = None;
            }
            Verb::PBSZ if is_done => link.has_size = true,
            Verb::PROT if is_done => {
                let level = command.argument_str().unwrap_or_default();
                let is_it = |protection: &Protection| level.eq_ignore_ascii_case(protection.letter());
                link.protection = Protection::ALL.into_iter().find(is_it);
            }
            Verb::REST if reply.code == ReplyCode::PENDING_FURTHER_INFORMATION => link.is_restarting = true,
            Verb::TYPE if is_done => {
                let argument = command.argument_str().unwrap_or_default();
                link.representation = Representation::parse(argument).ok();
            }
            _ => {}
        }
    }
}

/// How files of that type go over the wire.
pub(super) const fn representation_of(file_type: FileType) -> Representation {
    match file_type {
        FileType::Image => Representation::Image,
        FileType::Ascii => Representation::Ascii,
    }
}

/// A reply that is no answer in its own grammar.
pub(super) fn malformed(reply: &Reply) -> Trouble {
    let what = shown(format!("{} {}", reply.code, reply.lines.join(" ")).as_bytes());
    Trouble::Malformed { what }
}

const fn failed(trouble: Trouble) -> Outcome {
    Outcome::Failed { trouble }
}
