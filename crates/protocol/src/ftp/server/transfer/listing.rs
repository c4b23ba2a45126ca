//! A directory's entries on their way to the client (LIST).

use portolan_wire::ftp::listing::{Entry as Line, EntryKind as LineKind, Modified};
use portolan_wire::report::{Report, StoreError};

use crate::endpoint::{OpId, StoreAnswer, StoreRequest};
use crate::ftp::server::link::{Link, Unsent};
use crate::ftp::server::orphans::Orphans;
use crate::ftp::server::outbox::Outbox;
use crate::tree::{Entry, EntryKind, TreePath};

/// Entries asked for at once.
pub(super) const PAGE: u32 = 128;

/// The next page is asked for when no more than this is left to send, in bytes.
const LOW: usize = 4 * 1024;

/// A directory being listed, page by page. It is always text with CRLF, whatever the type (RFC 959 section 4.1.3).
#[derive(Debug)]
pub(in crate::ftp::server) struct Listing {
    path: TreePath,
    /// The date that decides what is young enough for a time of day.
    today: Modified,
    rest: Rest,
    unsent: Unsent,
    sent: u64,
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
    /// A listing of the directory `path` at the date `now`, in seconds since 1970-01-01 UTC.
    pub(super) fn new(path: TreePath, now: u64, first: &[Entry], more: bool) -> Self {
        let mut listing = Self {
            path,
            today: date(now),
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
            self.line(entry).emit_into(&mut bytes);
        }
        self.unsent.add(bytes);
        // A page of nothing ends the listing, whatever it says: there is no name to go on behind.
        if let Some(last) = entries.last().filter(|_| more) {
            self.rest = Rest::Behind {
                name: last.name.clone(),
            };
        }
    }

    fn line(&self, entry: &Entry) -> Line {
        let kind = match entry.kind {
            EntryKind::File => LineKind::File,
            EntryKind::Directory => LineKind::Directory,
        };
        Line {
            kind,
            size: Some(entry.size),
            modified: date(entry.modified).shown(self.today),
            name: entry.name.clone(),
        }
    }
}

/// The date and time of day that lie `seconds` behind 1970-01-01 UTC.
///
/// Counted in 400-year cycles of years that begin in March, so that the leap day is the last of its year.
fn date(seconds: u64) -> Modified {
    // 0000-03-01 lies this many days before 1970-01-01.
    let days = seconds / 86_400 + 719_468;
    let (cycle, day) = (days / 146_097, days % 146_097);
    let year_of_cycle = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let (month, turn) = if month_from_march < 10 {
        (month_from_march + 3, 0)
    } else {
        (month_from_march - 9, 1)
    };
    let year = cycle * 400 + year_of_cycle + turn;
    let minutes = seconds % 86_400 / 60;
    let small = |value: u64| u8::try_from(value).unwrap_or(u8::MAX);
    Modified {
        year: Some(u16::try_from(year).unwrap_or(u16::MAX)),
        month: small(month),
        day: small(day_of_month),
        time: Some((small(minutes / 60), small(minutes % 60))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_become_dates() {
        for (seconds, year, month, day, time) in [
            (0, 1970, 1, 1, (0, 0)),
            (951_782_399, 2000, 2, 28, (23, 59)),
            (951_782_400, 2000, 2, 29, (0, 0)),
            (951_868_800, 2000, 3, 1, (0, 0)),
            (1_767_225_599, 2025, 12, 31, (23, 59)),
            (1_795_347_000, 2026, 11, 22, (11, 30)),
            (4_107_542_400, 2100, 3, 1, (0, 0)),
        ] {
            let year = Some(year);
            let time = Some(time);
            assert_eq!(date(seconds), Modified { year, month, day, time }, "{seconds}");
        }
    }
}
