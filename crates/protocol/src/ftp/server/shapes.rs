//! What a store tells of a name, in the shapes that FTP has for it.

use portolan_wire::ftp::listing::{Entry as Line, EntryKind as LineKind, Modified};
use portolan_wire::ftp::{Date, FactKind, Facts, TimeVal};

use crate::tree::{Entry, EntryKind};

/// The line that LIST and STAT show, as it looks at the date `now`, in seconds since 1970-01-01 UTC.
pub(super) fn list_line(entry: &Entry, now: u64) -> String {
    let kind = match entry.kind {
        EntryKind::File => LineKind::File,
        EntryKind::Directory => LineKind::Directory,
    };
    let modified = Modified::from(Date::of(entry.modified));
    let line = Line {
        kind,
        size: Some(entry.size),
        modified: modified.shown(Date::of(now).into()),
        name: entry.name.clone(),
    };
    line.to_line()
}

/// The facts that MLST and MLSD choose from. A directory has no size: what it would tell is not its files'.
pub(super) fn facts(entry: &Entry) -> Facts {
    let (kind, size) = match entry.kind {
        EntryKind::File => (FactKind::File, Some(entry.size)),
        EntryKind::Directory => (FactKind::Directory, None),
    };
    Facts {
        kind: Some(kind),
        size,
        modified: Some(TimeVal::new(entry.modified)),
    }
}
