//! The FTP client (user-PI and user-DTP of RFC 959 section 2.3; RFC 1123 section 4.1, RFC 2428).
//!
//! * `link`: the control connection: what is said, what is still to be answered.
//! * `job`: the running action's states. `session` has the ones of a session's beginning and end, `login`, `asking` and
//!   `inspect` the ones that need no data connection, `security` the ones of TLS, `transfer` the others.
//! * `known`: what was found out about the server.
//! * `files`: files of the store, and what is left when a transfer breaks.
//! * `desk`: outputs, ids, and the table of timers.
//! * `secrets`: what may not be shown.

mod asking;
mod config;
mod desk;
mod files;
mod inputs;
mod inspect;
mod job;
mod known;
mod link;
mod login;
mod secrets;
mod security;
mod session;
mod transfer;

#[cfg(test)]
mod tests;

use core::fmt;
use std::collections::VecDeque;

use portolan_wire::Argument;
use portolan_wire::Instant;
use portolan_wire::action::{Action, TransferMode};
use portolan_wire::ftp::{Command, Verb};
use portolan_wire::report::{Misuse, Outcome, Report};

use crate::endpoint::Output;
use crate::speaker::{Heard, Said, Speaker};

use desk::{Desk, Wait};
use files::Leftovers;
use job::{Asking, Job, Next, Settling};
use known::extended_verb;
use link::Link;
use secrets::secret_part;

pub use config::{Config, PassiveAddress, Security};

/// An FTP client: one control connection at a time, and for each transfer a data connection.
///
/// It keeps the rules of [`portolan_wire::action`]: actions run one after the other, each finishes exactly once.
///
/// * A connect action without host and port dials [`Config::server`]. Its port, if it names one, takes the place of the
///   server's; its host does so only if it is an address. A *name* stays in the reports and is taken to be what the
///   driver resolved to [`Config::server`].
/// * A 421 ends the session whenever it comes: the running action is denied with it.
/// * A reply that nobody waits for is reported and else ignored. More than a hundred on end, of those and of
///   preliminary ones, end the session.
/// * What the server refuses for good is not asked again within the session: EPSV and EPRT, in whose place PASV and
///   PORT come ([`Config::fall_back`]; a mode action tries them anew), MLSD, MLST.
/// * A type action is told to the server at once where there is a session, and else only noted.
/// * A raw line is sent as it was typed, and its final reply decides. Lines that need a data connection or start TLS
///   (RETR, STOR, STOU, APPE, LIST, NLST, MLSD, AUTH, CCC) are refused as [`Misuse::Unsupported`].
/// * A session that is to be secured is, before anything else is said, or ends ([`Config::security`]). A login from before TLS
///   counts for nothing behind it (RFC 2228 section 3).
/// * An abort of a transfer sends ABOR; of anything else it says nothing, and the running action ends when the reply it
///   waited for is in. A second abort does not wait for the server any more and throws the control connection away.
/// * [`Action::Call`] is not this endpoint's: see [`crate::call::Caller`].
pub struct Client {
    config: Config,
    desk: Desk,
    link: Option<Link>,
    running: Option<Running>,
    waiting: VecDeque<(u32, Action)>,
    leftovers: Leftovers,
}

/// The job that runs.
struct Running {
    whose: Whose,
    job: Job,
}

/// Who is told how a job ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// Whoever asked for this action.
    Action(u32),
    /// A job of the client's own: only its failure is told.
    Nobody,
}

impl Client {
    /// A client that has not begun.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            desk: Desk::new(config.patience, config.show_secrets),
            config,
            link: None,
            running: None,
            waiting: VecDeque::new(),
            leftovers: Leftovers::default(),
        }
    }

    /// What it was told; a mode action has changed the mode in it.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    fn act(&mut self, action: u32, what: Action) {
        if what == Action::Abort {
            self.abort(action);
        } else {
            self.waiting.push_back((action, what));
        }
    }

    /// Starts actions until one does not finish at once.
    fn start_next(&mut self) {
        while self.running.is_none()
            && let Some((action, what)) = self.waiting.pop_front()
        {
            self.report_start(action, &what);
            let next = self.start(what);
            self.apply(Whose::Action(action), next);
        }
    }

    fn report_start(&mut self, action: u32, what: &Action) {
        let what = match what {
            Action::LogIn {
                user,
                password,
                account,
            } => {
                for secret in [Some(password), account.as_ref()].into_iter().flatten() {
                    self.desk.hide(secret.as_str());
                }
                Action::LogIn {
                    user: user.clone(),
                    password: self.masked(password),
                    account: account.as_ref().map(|account| self.masked(account)),
                }
            }
            Action::Raw { line } => Action::Raw {
                line: self.masked_line(line),
            },
            other => other.clone(),
        };
        self.desk.report(None, Report::Started { action, what });
    }

    fn masked(&self, secret: &Argument) -> Argument {
        let shown = self.desk.shown_secret(secret.as_str().to_owned());
        Argument::new(shown).unwrap_or_else(|_| secret.clone())
    }

    /// A raw line may hold a password, a new one or one that is known.
    fn masked_line(&mut self, line: &Argument) -> Argument {
        let text = line.as_str();
        let shown = match secret_part(text) {
            Some(from) => {
                let (open, secret) = text.split_at(from);
                self.desk.hide(secret);
                format!("{open}{}", self.desk.shown_secret(secret.to_owned()))
            }
            None => self.desk.veil(text.to_owned()),
        };
        // A mask may make it longer than an argument can be: then the mask is all there is to show.
        Argument::new(shown)
            .or_else(|_| Argument::new(portolan_wire::report::MASK))
            .unwrap_or_else(|_| line.clone())
    }

    fn start(&mut self, what: Action) -> Next {
        match what {
            Action::Connect { host, port } => self.connect(host.as_ref(), port),
            Action::LogIn {
                user,
                password,
                account,
            } => self.log_in(user, password, account),
            Action::Features => self.features(),
            Action::List { path } => self.list(path),
            Action::Names { path } => self.names(path),
            Action::Inspect { path } => self.inspect(path),
            Action::Get { remote, local, resume } => self.get(remote, local.as_ref(), resume),
            Action::Put { local, remote, how } => self.put(&local, remote, how),
            Action::Delete { path } => self.ask(Verb::DELE, Some(path), Asking::Plain),
            Action::Rename { from, to } => self.ask(Verb::RNFR, Some(from), Asking::RenameFrom { to }),
            Action::MakeDirectory { path } => self.ask(Verb::MKD, Some(path), Asking::MakeDirectory),
            Action::RemoveDirectory { path } => self.ask(Verb::RMD, Some(path), Asking::Plain),
            Action::WorkingDirectory => self.ask(Verb::PWD, None, Asking::WorkingDirectory),
            Action::ChangeDirectory { path } => self.change_directory(path),
            Action::Type { representation } => self.change_type(representation),
            Action::Mode { mode } => self.change_mode(mode),
            Action::Quit => self.quit(),
            Action::Raw { line } => self.raw(&line),
            Action::Secure => self.secure(),
            Action::Protect { level } => self.protect(level),
            Action::ClearControl => self.clear_control(),
            Action::Call { .. } => Next::refuse(Misuse::Unsupported),
            // Taken at once, never queued; see `act`.
            Action::Abort => Next::refuse(Misuse::NothingToAbort),
        }
    }

    fn change_mode(&mut self, mode: TransferMode) -> Next {
        self.config.mode = mode;
        // Who asks for it again means it.
        if let (Some(link), Some((verb, _))) = (&mut self.link, extended_verb(mode)) {
            link.known.forgive(verb);
        }
        Next::Finish(Outcome::Done)
    }

    fn apply(&mut self, whose: Whose, next: Next) {
        match next {
            Next::Go(job) => self.running = Some(Running { whose, job }),
            Next::Finish(outcome) => self.end(whose, outcome),
            Next::FinishAborted { outcome, aborts } => {
                self.end(whose, outcome);
                for abort in aborts {
                    self.finish(abort, Outcome::Done);
                }
            }
        }
    }

    fn end(&mut self, whose: Whose, outcome: Outcome) {
        self.desk.stop_waiting();
        match (whose, outcome) {
            (Whose::Action(action), outcome) => self.finish(action, outcome),
            (Whose::Nobody, Outcome::Failed { trouble }) => self.desk.report(None, Report::Trouble { trouble }),
            (Whose::Nobody, _) => {}
        }
    }

    fn finish(&mut self, action: u32, outcome: Outcome) {
        self.desk.report(None, Report::Finished { action, outcome });
    }

    /// Gives the running job to `how`, which says how it goes on.
    fn with_job(&mut self, how: impl FnOnce(&mut Self, Job) -> Next) {
        if let Some(Running { whose, job }) = self.running.take() {
            let next = how(self, job);
            self.apply(whose, next);
        }
    }

    /// Says a command on the control connection, and waits for the reply.
    fn say(&mut self, command: &Command) {
        if let Some(link) = &mut self.link {
            link.say(&mut self.desk, command);
            self.desk.wait(Wait::Reply);
        }
    }

    /// The action is over as soon as the server owes nothing any more.
    fn settle(&mut self, settling: Settling) -> Next {
        match &self.link {
            Some(link) if link.owed() > 0 => {
                self.desk.wait(Wait::Reply);
                Next::Go(Job::Settling(settling))
            }
            _ => Next::from(settling),
        }
    }

    /// Throws the control connection away.
    fn throw_link_away(&mut self) {
        if let Some(link) = self.link.take() {
            self.desk.push(Output::Abort { conn: link.conn() });
        }
    }

    /// Ends the control connection in order.
    fn hang_up(&mut self) {
        if let Some(link) = self.link.take() {
            self.leftovers.hang_up(&mut self.desk, link.conn());
        }
    }
}

/// Passwords lie in the actions and lines that wait, so little is shown.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("config", &self.config)
            .field("is_connected", &self.link.is_some())
            .field("running", &self.running.as_ref().map(|running| running.whose))
            .field("waiting", &self.waiting.len())
            .finish_non_exhaustive()
    }
}

impl Speaker for Client {
    fn handle(&mut self, now: Instant, heard: Heard) {
        self.desk.set_now(now);
        match heard {
            Heard::Plain(input) => self.take(input),
            Heard::Secured { conn, secured } => self.secured(conn, secured),
            Heard::Cleared { conn } => self.cleared(conn),
            Heard::Tickets { conn, left } => self.desk.report(Some(conn), Report::Tickets { left }),
            Heard::Broken { conn, fault } => self.broken(conn, fault),
        }
        self.tick();
        self.start_next();
        self.keep_alive();
    }

    fn poll(&mut self) -> Said {
        self.desk.pop()
    }
}
