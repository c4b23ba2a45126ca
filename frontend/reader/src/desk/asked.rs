//! What was asked of a session and what came of it, followed in its log.

use portolan_link::live::{Mark, Step};
use portolan_session::event::{Event, Kind};
use portolan_session::words as session_words;
use portolan_wire::action::{Action, FileType, TransferMode};
use portolan_wire::ftp::listing::{EntryKind, ListingLine};
use portolan_wire::ftp::{FactKind, FactLine};
use portolan_wire::report::{ConnectError, ListingForm, Outcome, Report, TransferKind, Trouble};
use portolan_wire::security::{Protection, TlsFault};
use portolan_wire::visible;

use crate::words;

/// The most of what was asked that is shown.
const MOST: usize = 8;

/// The most names of a listing that are offered.
const MOST_NAMES: usize = 200;

/// What was asked and what came of it.
pub struct Asked {
    entries: Vec<Entry>,
    /// How data connections are made.
    pub mode: TransferMode,
    /// How files are represented.
    pub representation: FileType,
    /// What data connections are protected by, where the control connection was secured.
    pub protection: Protection,
    /// The SHA-256 of a certificate that was not taken, as people compare it.
    pub certificate: Option<String>,
    /// How the control connection stands.
    pub control: Control,
    /// Names of the last listing: path, and what is shown.
    pub names: Vec<(String, String)>,
    /// The directory that is listed.
    listed: String,
    /// Whether the server could not call in active mode.
    blocked: bool,
    /// Whether the server spoke before anything was secured, as it does but for implicit FTPS.
    greeted: bool,
}

/// How the control connection can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// By everybody: it was never secured.
    Plain,
    /// By nobody.
    Secured,
    /// By everybody again.
    Cleared,
}

struct Entry {
    number: u32,
    text: String,
    what: Option<Action>,
    mark: Mark,
    /// What came of it, where that is worth a word.
    remark: Option<String>,
    size: Option<u64>,
}

/// A session begins with EPSV, as the relay has it.
impl Default for Asked {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            mode: TransferMode::ExtendedPassive,
            representation: FileType::Image,
            protection: Protection::Private,
            certificate: None,
            control: Control::Plain,
            names: Vec::new(),
            listed: String::new(),
            blocked: false,
            greeted: false,
        }
    }
}

impl Asked {
    /// An action was sent to the relay.
    pub fn sent(&mut self, number: u32, what: &Action) {
        self.entry(number).text = session_words::action(what);
    }

    /// It was not passed on.
    pub fn refused(&mut self, number: u32, why: String) {
        let entry = self.entry(number);
        entry.mark = Mark::Failed;
        entry.remark = Some(why);
    }

    /// Follows the log. Returns the number of an action that has begun.
    pub fn follow(&mut self, event: &Event) -> Option<u32> {
        let Kind::Endpoint { report } = &event.kind else {
            return None;
        };
        match &**report {
            Report::Started { action, what } => {
                self.started(*action, what);
                return Some(*action);
            }
            Report::Finished { action, outcome } => self.finished(*action, outcome),
            Report::Transfer { kind, size, .. } if *kind != TransferKind::Listing => {
                if let Some(entry) = self.running() {
                    entry.size = *size;
                }
            }
            Report::Progress { bytes } | Report::TransferDone { bytes } => self.progress(*bytes),
            Report::Announced { mode, .. } => self.mode = *mode,
            // A data connection is secured under a control connection that was, and tells nothing of it.
            Report::Secured(_) if self.control == Control::Plain => self.control = Control::Secured,
            Report::Reply { .. } if self.control == Control::Plain => self.greeted = true,
            Report::Cleared => self.control = Control::Cleared,
            Report::Listed { lines, form } => self.list(lines, *form),
            Report::Directory { path } => {
                if let Some(entry) = self.running() {
                    entry.remark = Some(visible(path));
                }
            }
            Report::Facts { size, .. } => {
                if let Some((entry, size)) = self.running().zip(*size) {
                    entry.remark = Some(words::size(size));
                }
            }
            _ => {}
        }
        None
    }

    /// What was asked last, the newest at the end.
    pub fn steps(&self) -> Vec<Step> {
        let skip = self.entries.len().saturating_sub(MOST);
        let step = |entry: &Entry| {
            let text = match &entry.remark {
                Some(remark) => format!("{}: {remark}", entry.text),
                None => entry.text.clone(),
            };
            Step { text, mark: entry.mark }
        };
        self.entries.iter().skip(skip).map(step).collect()
    }

    /// Whether a path is that of a file in the last listing.
    pub fn is_file(&self, path: &str) -> bool {
        self.names
            .iter()
            .any(|(known, shown)| known == path && !shown.ends_with('/'))
    }

    /// The scenario that shows the same.
    pub fn nearest(&self) -> &'static str {
        match self.mode {
            TransferMode::Active | TransferMode::ExtendedActive if self.blocked => "active-blocked",
            _ if self.control != Control::Plain && self.greeted => "ftps-explicit",
            _ if self.control != Control::Plain => "ftps-implicit",
            TransferMode::Active => "ftp-active",
            TransferMode::Passive => "ftp-passive",
            TransferMode::ExtendedActive => "ftp-extended-active",
            TransferMode::ExtendedPassive => "ftp-extended-passive",
        }
    }

    fn started(&mut self, number: u32, what: &Action) {
        match what {
            Action::Mode { mode } => self.mode = *mode,
            Action::Connect { .. } => {
                self.control = Control::Plain;
                self.greeted = false;
                self.certificate = None;
            }
            Action::Protect { level } => self.protection = *level,
            Action::Type { representation } => self.representation = *representation,
            Action::List { path } | Action::Names { path } => {
                self.names.clear();
                self.listed = path.as_ref().map(|path| path.as_str().to_owned()).unwrap_or_default();
            }
            Action::ChangeDirectory { .. } => self.names.clear(),
            _ => {}
        }
        let entry = self.entry(number);
        entry.text = session_words::action(what);
        entry.what = Some(what.clone());
        entry.mark = Mark::Runs(None);
    }

    fn finished(&mut self, number: u32, outcome: &Outcome) {
        if let Outcome::Denied { code: 425, .. } = outcome {
            self.blocked = true;
        }
        if let Outcome::Failed {
            trouble:
                Trouble::Tls {
                    why: TlsFault::Certificate { shown: Some(shown), .. },
                    ..
                },
        } = outcome
        {
            self.certificate = Some(shown.fingerprint());
        }
        let entry = self.entry(number);
        if *outcome == Outcome::Done {
            entry.mark = Mark::Done;
            return;
        }
        entry.mark = Mark::Failed;
        let why = entry
            .what
            .as_ref()
            .and_then(|what| session_words::failure(what, outcome));
        entry.remark = why.or_else(|| entry.remark.take());
        if let (
            Outcome::Failed {
                trouble: Trouble::DataConnect {
                    why: ConnectError::NotAllowed,
                },
            },
            Some(remark),
        ) = (outcome, &mut entry.remark)
        {
            remark.push(' ');
            remark.push_str(words::DATA_NOT_ALLOWED);
        }
    }

    fn progress(&mut self, bytes: u64) {
        let Some(entry) = self.running() else { return };
        if matches!(entry.what, Some(Action::Get { .. } | Action::Put { .. })) {
            let share = entry
                .size
                .filter(|size| *size > 0)
                .map(|size| bytes.min(size) * 1_000 / size);
            entry.mark = Mark::Runs(share.and_then(|share| u16::try_from(share).ok()));
            entry.remark = Some(words::progress(bytes, entry.size.filter(|size| *size != bytes)));
        }
    }

    fn list(&mut self, lines: &[String], form: ListingForm) {
        for line in lines {
            let found = match form {
                ListingForm::Names => Some((line.clone(), false)),
                ListingForm::Facts => fact(line),
                ListingForm::Lines => entry(line),
            };
            let Some((name, directory)) = found else { continue };
            if self.names.len() >= MOST_NAMES || name.is_empty() {
                return;
            }
            let shown = visible(&name) + if directory { "/" } else { "" };
            self.names.push((joined(&self.listed, &name), shown));
        }
    }

    fn running(&mut self) -> Option<&mut Entry> {
        self.entries
            .iter_mut()
            .find(|entry| matches!(entry.mark, Mark::Runs(_)))
    }

    fn entry(&mut self, number: u32) -> &mut Entry {
        let at = self.entries.partition_point(|entry| entry.number < number);
        if self.entries.get(at).is_none_or(|entry| entry.number != number) {
            self.entries.insert(
                at,
                Entry {
                    number,
                    text: String::new(),
                    what: None,
                    mark: Mark::Waits,
                    remark: None,
                    size: None,
                },
            );
        }
        #[expect(
            clippy::indexing_slicing,
            reason = "it was put there just now, if it was not there before"
        )]
        &mut self.entries[at]
    }
}

fn fact(line: &str) -> Option<(String, bool)> {
    let fact = FactLine::parse(line).ok()?;
    match fact.facts.kind {
        Some(FactKind::Current | FactKind::Parent) => None,
        kind => Some((fact.name, kind == Some(FactKind::Directory))),
    }
}

fn entry(line: &str) -> Option<(String, bool)> {
    let ListingLine::Entry(entry) = ListingLine::parse(line) else {
        return None;
    };
    let dots = entry.name == "." || entry.name == "..";
    (!dots).then(|| (entry.name, entry.kind == EntryKind::Directory))
}

fn joined(directory: &str, name: &str) -> String {
    match directory {
        "" => name.to_owned(),
        _ if name.starts_with('/') => name.to_owned(),
        directory => format!("{}/{name}", directory.trim_end_matches('/')),
    }
}
