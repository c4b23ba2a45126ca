//! Commands that ask the store something and tell the answer over the control connection: CWD, CDUP, PWD, MKD, RMD,
//! DELE, RNFR, RNTO (RFC 959 section 4.1.3), SIZE, MDTM, MLST (RFC 3659 sections 3, 4 and 7), and STAT of a path.

use portolan_wire::ftp::{FactLine, Reply, ReplyCode, TimeVal, Verb, path};
use portolan_wire::report::StoreError;

use super::without_options;
use crate::endpoint::{StoreAnswer, StoreRequest};
use crate::ftp::server::refusals::refusal;
use crate::ftp::server::session::Pending;
use crate::ftp::server::shapes::{facts, list_line};
use crate::ftp::server::{Server, Task};
use crate::tree::{Entry, EntryKind, TreePath};

/// The most entries of a directory that STAT tells: the control connection is for short answers.
const STATUS_ENTRIES: u32 = 100;

/// What the store was asked, and for which command.
#[derive(Clone, Debug)]
pub(in crate::ftp::server) enum Asked {
    /// CWD or CDUP: whether there is such a directory.
    Directory { verb: Verb, path: TreePath },
    /// MKD.
    Made { path: TreePath },
    /// RMD.
    Removed,
    /// DELE.
    Deleted,
    /// RNFR: whether there is anything to be renamed.
    Source { path: TreePath },
    /// RNTO.
    Renamed,
    /// SIZE.
    Size,
    /// MDTM.
    Time,
    /// MLST.
    Facts { path: TreePath },
    /// STAT of a path: what it is.
    Status { path: TreePath },
    /// STAT of a directory: what is in it.
    StatusPage { path: TreePath },
}

/// What comes of an answer.
enum Then {
    Say(Reply),
    Ask(StoreRequest, Asked),
}

impl Server {
    pub(super) fn print_directory(&mut self) {
        let quoted = path::quote(self.session.directory.as_str());
        self.reply(ReplyCode::PATH, format!("{quoted} is the working directory."));
    }

    pub(super) fn change_directory(&mut self, verb: Verb, to: &str) {
        let path = self.session.directory.join(to);
        let request = StoreRequest::Stat { path: path.clone() };
        self.ask(request, Asked::Directory { verb, path });
    }

    pub(super) fn make_directory(&mut self, argument: &str) {
        let path = self.session.directory.join(argument);
        let request = StoreRequest::MakeDirectory { path: path.clone() };
        self.ask(request, Asked::Made { path });
    }

    pub(super) fn remove_directory(&mut self, argument: &str) {
        let path = self.session.directory.join(argument);
        self.ask(StoreRequest::RemoveDirectory { path }, Asked::Removed);
    }

    pub(super) fn delete(&mut self, argument: &str) {
        let path = self.session.directory.join(argument);
        self.ask(StoreRequest::Delete { path }, Asked::Deleted);
    }

    pub(super) fn rename_from(&mut self, argument: &str) {
        let path = self.session.directory.join(argument);
        let request = StoreRequest::Stat { path: path.clone() };
        self.ask(request, Asked::Source { path });
    }

    pub(super) fn rename_to(&mut self, argument: &str, pending: Pending) {
        let Pending::Rename { from } = pending else {
            return self.reply(ReplyCode::BAD_SEQUENCE, "Say RNFR right before RNTO.");
        };
        let to = self.session.directory.join(argument);
        self.ask(StoreRequest::Rename { from, to }, Asked::Renamed);
    }

    /// SIZE is what RETR would send (RFC 3659 section 4). In type A that would take reading the whole file to count its
    /// lines, for one short command; 550 is the answer the RFC has for that.
    pub(super) fn size(&mut self, argument: &str) {
        if !self.session.representation.is_binary() {
            return self.reply(
                ReplyCode::FILE_UNAVAILABLE,
                "The size of a text transfer is not known beforehand; say TYPE I.",
            );
        }
        let path = self.session.directory.join(argument);
        self.ask(StoreRequest::Stat { path }, Asked::Size);
    }

    pub(super) fn modification_time(&mut self, argument: &str) {
        let path = self.session.directory.join(argument);
        self.ask(StoreRequest::Stat { path }, Asked::Time);
    }

    pub(super) fn facts_of_one(&mut self, argument: &str) {
        let path = self.session.directory.join(argument);
        let request = StoreRequest::Stat { path: path.clone() };
        self.ask(request, Asked::Facts { path });
    }

    pub(super) fn status_of(&mut self, argument: &str) {
        let path = self.session.directory.join(without_options(argument));
        let request = StoreRequest::Stat { path: path.clone() };
        self.ask(request, Asked::Status { path });
    }

    /// The store has answered the question that [`Task::Asking`] waits for.
    pub(in crate::ftp::server) fn answered(&mut self, result: &Result<StoreAnswer, StoreError>) {
        let Task::Asking { asked, .. } = self.take_task() else {
            return;
        };
        let verb = asked.verb();
        let then = match result {
            Ok(answer) => self.conclude(asked, answer),
            Err(why) => Err(*why),
        };
        match then {
            Ok(Then::Say(reply)) => self.say(reply),
            Ok(Then::Ask(request, asked)) => self.ask(request, asked),
            Err(why) => {
                let (code, text) = refusal(verb, why);
                self.reply(code, text);
            }
        }
    }

    fn ask(&mut self, request: StoreRequest, asked: Asked) {
        let op = self.out.store(request);
        self.task = Task::Asking { op, asked };
    }

    fn conclude(&mut self, asked: Asked, answer: &StoreAnswer) -> Result<Then, StoreError> {
        let then = match asked {
            Asked::Directory { path, .. } => {
                directory(answer)?;
                let quoted = path::quote(path.as_str());
                self.session.directory = path;
                // CDUP too: RFC 959 section 4.1.1 gives it the codes of CWD, although section 5.4 lists a 200.
                say(
                    ReplyCode::FILE_ACTION_OKAY,
                    format!("{quoted} is the working directory now."),
                )
            }
            Asked::Made { path } => {
                done(answer)?;
                let quoted = path::quote(path.as_str());
                say(ReplyCode::PATH, format!("{quoted} is made."))
            }
            Asked::Removed => {
                done(answer)?;
                say(ReplyCode::FILE_ACTION_OKAY, "The directory is removed.")
            }
            Asked::Deleted => {
                done(answer)?;
                say(ReplyCode::FILE_ACTION_OKAY, "The file is deleted.")
            }
            Asked::Source { path } => {
                entry(answer)?;
                self.session.pending = Pending::Rename { from: path };
                say(
                    ReplyCode::PENDING_FURTHER_INFORMATION,
                    "It is there; RNTO says its new name.",
                )
            }
            Asked::Renamed => {
                done(answer)?;
                say(ReplyCode::FILE_ACTION_OKAY, "It is renamed.")
            }
            Asked::Size => say(ReplyCode::FILE_STATUS, file(answer)?.size.to_string()),
            Asked::Time => {
                let modified = TimeVal::new(file(answer)?.modified);
                say(ReplyCode::FILE_STATUS, modified.to_string())
            }
            Asked::Facts { path } => {
                let facts = self.session.facts.choose(facts(entry(answer)?));
                let name = path.as_str().to_owned();
                let line = FactLine { facts, name }.to_line();
                let lines = ["Facts:".to_owned(), format!(" {line}"), "End".to_owned()];
                Then::Say(Reply::with_lines(ReplyCode::FILE_ACTION_OKAY, lines))
            }
            Asked::Status { path } => self.status_found(path, entry(answer)?),
            Asked::StatusPage { path } => match answer {
                StoreAnswer::Page { entries, more } => self.status_page(&path, entries, *more),
                _ => return Err(StoreError::Failed),
            },
        };
        Ok(then)
    }

    fn status_found(&self, path: TreePath, entry: &Entry) -> Then {
        match entry.kind {
            EntryKind::Directory => {
                let (after, limit) = (None, STATUS_ENTRIES);
                let request = StoreRequest::List {
                    path: path.clone(),
                    after,
                    limit,
                };
                Then::Ask(request, Asked::StatusPage { path })
            }
            EntryKind::File => {
                let lines = [
                    format!("Status of {path}:"),
                    list_line(entry, self.date()),
                    "End".to_owned(),
                ];
                Then::Say(Reply::with_lines(ReplyCode::FILE_STATUS, lines))
            }
        }
    }

    fn status_page(&self, path: &TreePath, entries: &[Entry], more: bool) -> Then {
        let mut lines = vec![format!("Status of {path}:")];
        lines.extend(entries.iter().map(|entry| list_line(entry, self.date())));
        lines.push(match more {
            true => format!("Only the first {STATUS_ENTRIES} are told here; LIST tells all."),
            false => "End".to_owned(),
        });
        Then::Say(Reply::with_lines(ReplyCode::DIRECTORY_STATUS, lines))
    }
}

impl Asked {
    /// The command.
    const fn verb(&self) -> Verb {
        match self {
            Self::Directory { verb, .. } => *verb,
            Self::Made { .. } => Verb::MKD,
            Self::Removed => Verb::RMD,
            Self::Deleted => Verb::DELE,
            Self::Source { .. } => Verb::RNFR,
            Self::Renamed => Verb::RNTO,
            Self::Size => Verb::SIZE,
            Self::Time => Verb::MDTM,
            Self::Facts { .. } => Verb::MLST,
            Self::Status { .. } | Self::StatusPage { .. } => Verb::STAT,
        }
    }
}

fn say(code: ReplyCode, text: impl Into<String>) -> Then {
    Then::Say(Reply::new(code, text))
}

/// An answer that does not fit its question is the store's failure.
const fn done(answer: &StoreAnswer) -> Result<(), StoreError> {
    match answer {
        StoreAnswer::Done => Ok(()),
        _ => Err(StoreError::Failed),
    }
}

const fn entry(answer: &StoreAnswer) -> Result<&Entry, StoreError> {
    match answer {
        StoreAnswer::Entry(entry) => Ok(entry),
        _ => Err(StoreError::Failed),
    }
}

fn file(answer: &StoreAnswer) -> Result<&Entry, StoreError> {
    match entry(answer)? {
        entry if entry.kind == EntryKind::File => Ok(entry),
        _ => Err(StoreError::WrongKind),
    }
}

fn directory(answer: &StoreAnswer) -> Result<&Entry, StoreError> {
    match entry(answer)? {
        entry if entry.kind == EntryKind::Directory => Ok(entry),
        _ => Err(StoreError::WrongKind),
    }
}
