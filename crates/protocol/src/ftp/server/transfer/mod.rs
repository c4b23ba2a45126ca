//! One transfer, from its command to its last byte.
//!
//! What goes over the data connection is a machine of its own for each direction: [`Listing`], [`Download`],
//! [`Upload`]. They know the store and an open data connection; how that connection came about, and which replies tell
//! the client, is not theirs.

mod download;
mod listing;
mod order;
mod upload;

use portolan_wire::report::StoreError;

use super::link::Link;
use super::orphans::Orphans;
use super::outbox::Outbox;
use crate::endpoint::{HandleId, OpId, OpenHow, StoreAnswer, StoreRequest};
use crate::tree::{EntryKind, TreePath};

pub(super) use download::Download;
pub(super) use listing::Listing;
pub(super) use order::Order;
pub(super) use upload::Upload;

/// A transfer under way.
#[derive(Debug)]
pub(super) struct Transfer {
    pub(super) order: Order,
    pub(super) path: TreePath,
    pub(super) stage: Stage,
}

/// How far it is.
#[derive(Debug)]
pub(super) enum Stage {
    /// The store was asked whether there is anything to transfer; the client has had no reply.
    Preparing(Preparing),
    /// There is, and the client was told (150 or 125); the data connection is awaited.
    Joining(Cargo),
    /// Bytes go over the data connection.
    Moving(Cargo),
}

/// What the store was asked.
#[derive(Clone, Copy, Debug)]
pub(super) enum Preparing {
    /// To open the file.
    Opening { op: OpId },
    /// It has answered, and there is nothing to be transferred; perhaps it has opened a file all the same.
    Refused { handle: Option<HandleId> },
    /// For the directory's first page.
    Paging { op: OpId },
    /// What the path is, as it is no directory: a file is listed alone.
    Looking { op: OpId },
}

/// What is carried.
#[derive(Debug)]
pub(super) enum Cargo {
    /// A directory, to the client.
    Listing(Listing),
    /// A file, to the client.
    Download(Download),
    /// A file, from the client.
    Upload(Upload),
}

/// What an answer of the store has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// It was for somebody else.
    NotMine,
    /// The transfer goes on.
    Fine,
    /// There is something to transfer: the client can be told.
    Ready,
    /// The store said no.
    Failed(StoreError),
}

/// What a transfer has to know of its session.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// Type A: line ends are translated.
    pub(super) is_text: bool,
    /// The date, in seconds since 1970-01-01 UTC.
    pub(super) date: u64,
}

impl Transfer {
    /// Begins one by asking the store.
    pub(super) fn begin(order: Order, path: TreePath, out: &mut Outbox) -> Self {
        let preparing = match order.opens() {
            Some(how) => open(&path, how, out),
            None => {
                let request = StoreRequest::List {
                    path: path.clone(),
                    after: None,
                    limit: listing::PAGE,
                };
                Preparing::Paging { op: out.store(request) }
            }
        };
        Self {
            order,
            path,
            stage: Stage::Preparing(preparing),
        }
    }

    /// Takes an answer of the store, if it is for this transfer.
    pub(super) fn handle_stored(
        &mut self,
        op: OpId,
        result: &mut Result<StoreAnswer, StoreError>,
        terms: Terms,
        out: &mut Outbox,
    ) -> Heard {
        match &mut self.stage {
            Stage::Preparing(preparing) if preparing.op() == Some(op) => {
                let preparing = *preparing;
                self.prepare(preparing, result, terms, out)
            }
            Stage::Preparing(_) => Heard::NotMine,
            Stage::Joining(cargo) | Stage::Moving(cargo) => match cargo.handle_stored(op, result) {
                None => Heard::NotMine,
                Some(Ok(())) => Heard::Fine,
                Some(Err(why)) => Heard::Failed(why),
            },
        }
    }

    /// Whether the client has had no reply.
    pub(super) const fn is_preparing(&self) -> bool {
        matches!(self.stage, Stage::Preparing(_))
    }

    /// Lets go of what it holds; `complete` if all of it arrived.
    pub(super) fn release(self, complete: bool, orphans: &mut Orphans, out: &mut Outbox) {
        match self.stage {
            Stage::Preparing(Preparing::Opening { op }) => orphans.adopt_opening(op),
            Stage::Preparing(Preparing::Refused { handle: Some(handle) }) => orphans.adopt(handle, None, false, out),
            Stage::Preparing(Preparing::Refused { handle: None }) => {}
            Stage::Preparing(Preparing::Paging { op } | Preparing::Looking { op }) => orphans.adopt_answer(op),
            Stage::Joining(cargo) | Stage::Moving(cargo) => match cargo {
                Cargo::Listing(listing) => listing.release(orphans),
                Cargo::Download(download) => download.release(complete, orphans, out),
                Cargo::Upload(upload) => upload.release(orphans, out),
            },
        }
    }

    /// Bytes of content that went over the data connection.
    pub(super) const fn moved(&self) -> u64 {
        match &self.stage {
            Stage::Preparing(_) => 0,
            Stage::Joining(cargo) | Stage::Moving(cargo) => cargo.moved(),
        }
    }

    /// Whether it has come so far that it can only end: an upload that is all written and is being closed.
    pub(super) const fn is_closing(&self) -> bool {
        matches!(&self.stage, Stage::Moving(Cargo::Upload(upload)) if upload.is_closing())
    }

    fn prepare(
        &mut self,
        preparing: Preparing,
        result: &Result<StoreAnswer, StoreError>,
        terms: Terms,
        out: &mut Outbox,
    ) -> Heard {
        // What was asked is answered: nobody has to wait for it any more, whatever comes of it.
        self.stage = Stage::Preparing(Preparing::Refused { handle: None });
        let cargo = match (preparing, result) {
            (Preparing::Opening { .. }, Ok(StoreAnswer::Opened { handle, size })) => match self.order {
                Order::Retrieve { offset } if offset > *size => {
                    let handle = Some(*handle);
                    self.stage = Stage::Preparing(Preparing::Refused { handle });
                    return Heard::Failed(StoreError::OutOfRange);
                }
                Order::Retrieve { offset } => Cargo::Download(Download::new(*handle, offset..*size, terms.is_text)),
                Order::Append => Cargo::Upload(Upload::new(*handle, *size, terms.is_text)),
                Order::Store { offset } => Cargo::Upload(Upload::new(*handle, offset, terms.is_text)),
                _ => Cargo::Upload(Upload::new(*handle, 0, terms.is_text)),
            },
            (Preparing::Opening { .. }, Err(why)) => {
                let Some(path) = self.order.next_name(&self.path, *why) else {
                    return Heard::Failed(self.order.meant(*why));
                };
                self.stage = Stage::Preparing(open(&path, OpenHow::New, out));
                self.path = path;
                return Heard::Fine;
            }
            (Preparing::Paging { .. }, Ok(StoreAnswer::Page { entries, more })) => {
                let form = self.order.form(EntryKind::Directory, terms.date);
                Cargo::Listing(Listing::new(self.path.clone(), form, entries, *more))
            }
            (Preparing::Paging { .. }, Err(StoreError::WrongKind)) if self.order.lists_files() => {
                let path = self.path.clone();
                let op = out.store(StoreRequest::Stat { path });
                self.stage = Stage::Preparing(Preparing::Looking { op });
                return Heard::Fine;
            }
            (Preparing::Looking { .. }, Ok(StoreAnswer::Entry(entry))) if entry.kind == EntryKind::File => {
                let entries = core::slice::from_ref(entry);
                let form = self.order.form(EntryKind::File, terms.date);
                Cargo::Listing(Listing::new(self.path.clone(), form, entries, false))
            }
            (_, Err(why)) => return Heard::Failed(*why),
            (_, Ok(_)) => return Heard::Failed(StoreError::Failed),
        };
        self.stage = Stage::Joining(cargo);
        Heard::Ready
    }
}

impl Preparing {
    const fn op(self) -> Option<OpId> {
        match self {
            Self::Opening { op } | Self::Paging { op } | Self::Looking { op } => Some(op),
            Self::Refused { .. } => None,
        }
    }
}

impl Cargo {
    /// Bytes it will carry, where that is known beforehand.
    pub(super) fn size(&self) -> Option<u64> {
        match self {
            Self::Download(download) => download.size(),
            Self::Listing(_) | Self::Upload(_) => None,
        }
    }

    /// Bytes of the file before the first that is carried.
    pub(super) const fn offset(&self) -> u64 {
        match self {
            Self::Listing(_) => 0,
            Self::Download(download) => download.offset(),
            Self::Upload(upload) => upload.offset(),
        }
    }

    /// Moves as much as may be. True when it has reached its end on this side.
    pub(super) fn go_on(&mut self, link: &mut Link, out: &mut Outbox) -> bool {
        match self {
            Self::Listing(listing) => listing.go_on(link, out),
            Self::Download(download) => download.go_on(link, out),
            Self::Upload(upload) => upload.go_on(link, out),
        }
    }

    /// Bytes of content that went over the data connection.
    pub(super) const fn moved(&self) -> u64 {
        match self {
            Self::Listing(listing) => listing.sent(),
            Self::Download(download) => download.sent(),
            Self::Upload(upload) => upload.received(),
        }
    }

    fn handle_stored(
        &mut self,
        op: OpId,
        result: &mut Result<StoreAnswer, StoreError>,
    ) -> Option<Result<(), StoreError>> {
        match self {
            Self::Listing(listing) => listing.handle_stored(op, result),
            Self::Download(download) => download.handle_stored(op, result),
            Self::Upload(upload) => upload.handle_stored(op, result),
        }
    }
}

fn open(path: &TreePath, how: OpenHow, out: &mut Outbox) -> Preparing {
    let path = path.clone();
    let op = out.store(StoreRequest::Open { path, how });
    Preparing::Opening { op }
}
