//! A directory's entries on their way to the client (LIST, NLST, MLSD).

use portolan_wire::ftp::{FactLine, FactSelection, octets};
use portolan_wire::report::{Report, StoreError};

use crate::endpoint::{OpId, StoreAnswer, StoreRequest};
use crate::ftp::server::link::{Link, Unsent};
use crate::ftp::server::orphans::Orphans;
use crate::ftp::server::outbox::Outbox;
use crate::ftp::server::shapes;
use crate::tree::{Entry, TreePath};

/// Entries asked for at once.
pub(super) const PAGE: u32 = 128;

/// The next page is asked for when no more than this is left to send, in bytes.
const LOW: usize = 4 * 1024;

/// A directory being listed, page by page. It is always text with CRLF, whatever the type (RFC 959 section 4.1.3).
#[derive(Debug)]
pub(in crate::ftp::server) struct Listing {
    path: TreePath,
    form: Form,
    rest: Rest,
    unsent: Unsent,
    sent: u64,
}

/// What a line tells.
#[derive(Clone, Debug)]
pub(super) enum Form {
    /// LIST: what `ls -l` would show at the date `now`, in seconds since 1970-01-01 UTC.
    Lines { now: u64 },
    /// NLST: the name, behind what makes it a path that the client can use (RFC 1123 section 4.1.2.7).
    Names { before: String },
    /// MLSD.
    Facts { selection: FactSelection },
}

/// What is behind the pages that came.
#[derive(Debug)]
enum Rest {
    Nothing,
    /// More, behind this name.
    Behind {
        name: String,
    },
    /// It was asked for.
    Asked {
        op: OpId,
    },
}

impl Listing {
    /// A listing of the directory `path`, which begins with the page `first`.
    pub(super) fn new(path: TreePath, form: Form, first: &[Entry], more: bool) -> Self {
        let mut listing = Self {
            path,
            form,
            rest: Rest::Nothing,
            unsent: Unsent::default(),
            sent: 0,
        };
        listing.add(first, more);
        listing
    }

    pub(super) const fn sent(&self) -> u64 {
        self.sent
    }

    /// Asks and sends as much as may be. True when all of it is sent.
    pub(super) fn go_on(&mut self, link: &mut Link, out: &mut Outbox) -> bool {
        match self.unsent.send(link.conn, &mut link.writable, out) {
            0 => {}
            length => {
                self.sent += length as u64;
                out.report(link.conn, Report::Progress { bytes: self.sent });
            }
        }
        if self.unsent.len() <= LOW
            && let Rest::Behind { name } = &mut self.rest
        {
            let after = Some(core::mem::take(name));
            let (path, limit) = (self.path.clone(), PAGE);
            let op = out.store(StoreRequest::List { path, after, limit });
            self.rest = Rest::Asked { op };
        }
        self.unsent.is_empty() && matches!(self.rest, Rest::Nothing)
    }

    /// Takes the answer to `op`, if that was one of its own.
    pub(super) fn handle_stored(
        &mut self,
        op: OpId,
        result: &Result<StoreAnswer, StoreError>,
    ) -> Option<Result<(), StoreError>> {
        if !matches!(self.rest, Rest::Asked { op: asked } if asked == op) {
            return None;
        }
        self.rest = Rest::Nothing;
        Some(match result {
            Ok(StoreAnswer::Page { entries, more }) => {
                self.add(entries, *more);
                Ok(())
            }
            Ok(_) => Err(StoreError::Failed),
            Err(why) => Err(*why),
        })
    }

    /// Lets go of the directory.
    pub(super) fn release(self, orphans: &mut Orphans) {
        if let Rest::Asked { op } = self.rest {
            orphans.adopt_answer(op);
        }
    }

    fn add(&mut self, entries: &[Entry], more: bool) {
        let mut bytes = Vec::new();
        for entry in entries {
            self.form.emit_into(entry, &mut bytes);
        }
        self.unsent.add(bytes);
        // A page of nothing ends the listing, whatever it says: there is no name to go on behind.
        if let Some(last) = entries.last().filter(|_| more) {
            self.rest = Rest::Behind {
                name: last.name.clone(),
            };
        }
    }
}

impl Form {
    /// Appends the line of `entry` to `out`, line end and all. CR, LF and NUL in a name are sent as `?`.
    fn emit_into(&self, entry: &Entry, out: &mut Vec<u8>) {
        let line = match self {
            Self::Lines { now } => shapes::list_line(entry, *now),
            Self::Names { before } => format!("{before}{}", entry.name).replace(['\r', '\n', '\0'], "?"),
            Self::Facts { selection } => {
                let facts = selection.choose(shapes::facts(entry));
                let name = entry.name.clone();
                FactLine { facts, name }.to_line()
            }
        };
        out.extend_from_slice(&octets::encode(&line));
        out.extend_from_slice(b"\r\n");
    }
}
