//! The FTP client (user-PI and user-DTP of RFC 959 section 2.3; RFC 1123 section 4.1, RFC 2428).
//!
//! * `link`: the control connection: what is said, what is still to be answered.
//! * `job`: the running action's states; `session` has the ones that need no data connection, `transfer` the others.
//! * `files`: files of the store, and what is left when a transfer breaks.
//! * `desk`: outputs, ids, and the table of timers.
//! * `secrets`: what may not be shown.

mod config;
mod desk;
mod files;
mod inputs;
mod job;
mod link;
mod secrets;
mod session;
mod transfer;

#[cfg(test)]
mod tests;

use core::fmt;
use std::collections::VecDeque;

use portolan_wire::Argument;
use portolan_wire::Instant;
use portolan_wire::action::{Action, PutHow};
use portolan_wire::ftp::{Command, Verb};
use portolan_wire::report::{Misuse, Outcome, Report, Trouble};

use crate::endpoint::{Endpoint, Input, Output};

use desk::{Desk, Wait};
use files::Leftovers;
use job::{Job, Next, Settling};
use link::Link;

pub use config::{Config, PassiveAddress};

/// An FTP client: one control connection at a time, and for each transfer a data connection.
///
/// It keeps the rules of [`portolan_wire::action`]: actions run one after the other, each finishes exactly once.
///
/// * A connect action without host and port dials [`Config::server`]. Its port, if it names one, takes the place of the
///   server's; its host does so only if it is an address. A *name* stays in the reports and is taken to be what the
///   driver resolved to [`Config::server`].
/// * A 421 ends the session whenever it comes: the running action is denied with it.
/// * A reply that nobody waits for is reported and else ignored.
/// * A raw line is sent as it was typed, and its final reply decides. Lines that need a data connection or start TLS
///   (RETR, STOR, STOU, APPE, LIST, NLST, MLSD, AUTH, CCC) are refused as [`Misuse::Unsupported`].
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

/// The action that runs.
struct Running {
    action: u32,
    job: Job,
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
            self.apply(action, next);
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

    /// A raw line may hold a password.
    fn masked_line(&mut self, line: &Argument) -> Argument {
        match line.as_str().split_once(' ') {
            Some((verb, secret)) if Verb::new(verb).is_some_and(Verb::is_secret) => {
                self.desk.hide(secret);
                let shown = self.desk.shown_secret(secret.to_owned());
                Argument::new(format!("{verb} {shown}")).unwrap_or_else(|_| line.clone())
            }
            _ => line.clone(),
        }
    }

    fn start(&mut self, what: Action) -> Next {
        match what {
            Action::Connect { host, port } => self.connect(host.as_ref(), port),
            Action::LogIn {
                user,
                password,
                account: None,
            } => self.log_in(user, password),
            Action::List { path } => self.list(path),
            Action::Get {
                remote,
                local,
                resume: false,
            } => self.get(remote, local.as_ref()),
            Action::Put {
                local,
                remote,
                how: PutHow::Replace,
            } => self.put(&local, remote),
            Action::ChangeDirectory { path } => self.change_directory(path),
            Action::Mode { mode } => {
                self.config.mode = mode;
                Next::Finish(Outcome::Done)
            }
            Action::Quit => self.quit(),
            Action::Raw { line } => self.raw(&line),
            Action::Call { .. }
            | Action::LogIn { .. }
            | Action::Features
            | Action::Names { .. }
            | Action::Inspect { .. }
            | Action::Get { .. }
            | Action::Put { .. }
            | Action::Delete { .. }
            | Action::Rename { .. }
            | Action::MakeDirectory { .. }
            | Action::RemoveDirectory { .. }
            | Action::WorkingDirectory
            | Action::Type { .. } => Next::refuse(Misuse::Unsupported),
            // Taken at once, never queued; see `act`.
            Action::Abort => Next::refuse(Misuse::NothingToAbort),
        }
    }

    fn apply(&mut self, action: u32, next: Next) {
        match next {
            Next::Go(job) => self.running = Some(Running { action, job }),
            Next::Finish(outcome) => self.end(action, outcome),
            Next::FinishAborted { outcome, aborts } => {
                self.end(action, outcome);
                for abort in aborts {
                    self.finish(abort, Outcome::Done);
                }
            }
        }
    }

    fn end(&mut self, action: u32, outcome: Outcome) {
        self.desk.stop_waiting();
        self.finish(action, outcome);
    }

    fn finish(&mut self, action: u32, outcome: Outcome) {
        let outcome = match outcome {
            Outcome::Denied { code, text } => Outcome::Denied {
                code,
                text: self.desk.veil(text),
            },
            Outcome::Failed {
                trouble: Trouble::Unexpected { code, text },
            } => Outcome::Failed {
                trouble: Trouble::Unexpected {
                    code,
                    text: self.desk.veil(text),
                },
            },
            Outcome::Failed {
                trouble: Trouble::Malformed { what },
            } => Outcome::Failed {
                trouble: Trouble::Malformed {
                    what: self.desk.veil(what),
                },
            },
            other => other,
        };
        self.desk.report(None, Report::Finished { action, outcome });
    }

    /// Gives the running job to `how`, which says how it goes on.
    fn with_job(&mut self, how: impl FnOnce(&mut Self, Job) -> Next) {
        if let Some(Running { action, job }) = self.running.take() {
            let next = how(self, job);
            self.apply(action, next);
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
            .field("running", &self.running.as_ref().map(|running| running.action))
            .field("waiting", &self.waiting.len())
            .finish_non_exhaustive()
    }
}

impl Endpoint for Client {
    fn handle_input(&mut self, now: Instant, input: Input) {
        self.desk.set_now(now);
        self.take(input);
        self.tick();
        self.start_next();
    }

    fn poll_output(&mut self) -> Output {
        self.desk.pop()
    }
}
