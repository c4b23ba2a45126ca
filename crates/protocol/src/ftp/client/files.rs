//! Files on this side: opened, read or written in blocks, and closed exactly once, whatever becomes of the transfer.

use portolan_wire::ordered::{Map, Set};
use portolan_wire::report::StoreError;

use super::desk::{Desk, Wait};
use crate::endpoint::ConnId;
use crate::endpoint::{BLOCK, HandleId, OUTSTANDING, OpId, OpenHow, Output, StoreAnswer, StoreRequest};
use crate::tree::{EntryKind, TreePath};

/// One file of the store, for one transfer.
#[derive(Debug)]
pub(super) enum LocalFile {
    /// Nobody asked for it yet.
    Unopened { path: TreePath, how: OpenHow },
    /// The store was asked how much of it there is.
    Looking { op: OpId, path: TreePath },
    /// The store was asked to open it.
    Opening { op: OpId },
    /// It is open.
    Open {
        handle: HandleId,
        waiting: Map<OpId, Block>,
    },
    /// The store was asked to close it.
    Closing { op: OpId },
    /// It is closed, or was never opened.
    Closed,
}

/// A block that the store is busy with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    offset: u64,
    length: usize,
}

/// What a store's answer means to a transfer.
#[derive(Debug)]
pub(super) enum FileEvent {
    /// So much of the file is there already; nothing, if it is not there.
    Found { size: u64 },
    /// The file is open; so large it is.
    Opened { size: u64 },
    /// A block was read.
    Read { offset: u64, bytes: Vec<u8> },
    /// So many bytes are written.
    Written { length: usize },
    /// The file is closed.
    Closed,
    /// It went wrong.
    Failed(StoreError),
}

impl LocalFile {
    pub(super) const fn new(path: TreePath, how: OpenHow) -> Self {
        Self::Unopened { path, how }
    }

    /// Asks how much of the file is there. It will be opened to go on behind that.
    pub(super) fn look(&mut self, desk: &mut Desk) {
        if let Self::Unopened { path, .. } = self {
            let path = path.clone();
            let op = desk.store(StoreRequest::Stat { path: path.clone() });
            *self = Self::Looking { op, path };
        }
    }

    /// Asks for the file, unless that was done.
    pub(super) fn open(&mut self, desk: &mut Desk) {
        if let Self::Unopened { path, how } = self {
            let request = StoreRequest::Open {
                path: path.clone(),
                how: *how,
            };
            let op = desk.store(request);
            *self = Self::Opening { op };
        }
    }

    /// Whether the store can be asked for one block more.
    pub(super) fn has_room(&self) -> bool {
        matches!(self, Self::Open { waiting, .. } if waiting.len() < OUTSTANDING)
    }

    /// Whether it is open and the store busy with nothing.
    pub(super) fn is_at_rest(&self) -> bool {
        matches!(self, Self::Open { waiting, .. } if waiting.is_empty())
    }

    /// Blocks that the store is busy with.
    pub(super) fn waiting(&self) -> usize {
        match self {
            Self::Open { waiting, .. } => waiting.len(),
            _ => 0,
        }
    }

    pub(super) fn read(&mut self, desk: &mut Desk, offset: u64, length: u32) {
        if let Self::Open { handle, waiting } = self {
            let handle = *handle;
            let request = StoreRequest::ReadAt { handle, offset, length };
            let length = length as usize;
            waiting.insert(desk.store(request), Block { offset, length });
        }
    }

    /// Writes at most [`BLOCK`] bytes.
    pub(super) fn write(&mut self, desk: &mut Desk, offset: u64, bytes: Vec<u8>) {
        debug_assert!(bytes.len() <= BLOCK as usize, "a block is too large");
        if let Self::Open { handle, waiting } = self {
            let handle = *handle;
            let length = bytes.len();
            let request = StoreRequest::WriteAt { handle, offset, bytes };
            waiting.insert(desk.store(request), Block { offset, length });
        }
    }

    /// Closes the file, whose transfer has reached its end. The store must be at rest.
    pub(super) fn close(&mut self, desk: &mut Desk) {
        debug_assert!(self.is_at_rest(), "the store is still busy with this file");
        if let Self::Open { handle, .. } = self {
            let op = ask_to_close(desk, *handle, true);
            *self = Self::Closing { op };
        }
    }

    /// What the answer to `op` means, if it is this file's; else the answer comes back.
    pub(super) fn answered(&mut self, op: OpId, result: Answer) -> Result<FileEvent, Answer> {
        match self {
            Self::Looking { op: own, path } if *own == op => {
                let path = core::mem::replace(path, TreePath::root());
                Ok(self.found(path, result))
            }
            Self::Opening { op: own } if *own == op => Ok(self.opened(result)),
            Self::Closing { op: own } if *own == op => {
                *self = Self::Closed;
                Ok(result.map_or_else(FileEvent::Failed, |_| FileEvent::Closed))
            }
            Self::Open { waiting, .. } => match waiting.remove(&op) {
                Some(block) => Ok(block.answered(result)),
                None => Err(result),
            },
            _ => Err(result),
        }
    }

    fn found(&mut self, path: TreePath, result: Answer) -> FileEvent {
        *self = Self::Closed;
        let size = match result {
            Ok(StoreAnswer::Entry(entry)) if entry.kind == EntryKind::File => entry.size,
            Ok(StoreAnswer::Entry(_)) => return FileEvent::Failed(StoreError::WrongKind),
            Err(StoreError::NotFound) => 0,
            Ok(_) => return FileEvent::Failed(StoreError::Failed),
            Err(why) => return FileEvent::Failed(why),
        };
        let how = if size == 0 {
            OpenHow::Replace
        } else {
            OpenHow::From(size)
        };
        *self = Self::Unopened { path, how };
        FileEvent::Found { size }
    }

    fn opened(&mut self, result: Answer) -> FileEvent {
        *self = Self::Closed;
        match result {
            Ok(StoreAnswer::Opened { handle, size }) => {
                let waiting = Map::new();
                *self = Self::Open { handle, waiting };
                FileEvent::Opened { size }
            }
            Ok(_) => FileEvent::Failed(StoreError::Failed),
            Err(why) => FileEvent::Failed(why),
        }
    }
}

type Answer = Result<StoreAnswer, StoreError>;

impl Block {
    fn answered(self, result: Answer) -> FileEvent {
        match result {
            Ok(StoreAnswer::Data(bytes)) if bytes.len() <= self.length => FileEvent::Read {
                offset: self.offset,
                bytes,
            },
            Ok(StoreAnswer::Done) => FileEvent::Written { length: self.length },
            Ok(_) => FileEvent::Failed(StoreError::Failed),
            Err(why) => FileEvent::Failed(why),
        }
    }
}

fn ask_to_close(desk: &mut Desk, handle: HandleId, complete: bool) -> OpId {
    desk.store(StoreRequest::Close { handle, complete })
}

/// What is left of transfers that are over: nobody waits for it, and all of it ends by itself.
#[derive(Debug, Default)]
pub(super) struct Leftovers {
    /// Connections whose own direction has ended, waiting for the peer's to do so.
    conns: Set<ConnId>,
    files: Vec<LeftFile>,
}

/// A file that no transfer wants any more. It is closed when the store has answered all that was asked.
#[derive(Debug)]
enum LeftFile {
    Opening { op: OpId },
    Busy { handle: HandleId, waiting: Set<OpId> },
}

impl Leftovers {
    /// Ends our direction of `conn`, and waits for the peer's end.
    pub(super) fn hang_up(&mut self, desk: &mut Desk, conn: ConnId) {
        desk.push(Output::Shutdown { conn });
        self.conns.insert(conn);
        desk.wait(Wait::Linger);
    }

    /// The peer ended its direction of `conn` too, or the connection is gone.
    pub(super) fn ended(&mut self, desk: &mut Desk, conn: ConnId) {
        self.conns.remove(&conn);
        if self.conns.is_empty() {
            desk.stop_lingering();
        }
    }

    /// The time of those that linger is over.
    pub(super) fn throw_away(&mut self, desk: &mut Desk) {
        for conn in core::mem::take(&mut self.conns) {
            desk.push(Output::Abort { conn });
        }
    }

    /// Takes a file over from a transfer that did not reach its end.
    pub(super) fn abandon(&mut self, desk: &mut Desk, file: LocalFile) {
        match file {
            LocalFile::Opening { op } => self.files.push(LeftFile::Opening { op }),
            LocalFile::Open { handle, waiting } if waiting.is_empty() => {
                ask_to_close(desk, handle, false);
            }
            LocalFile::Open { handle, waiting } => {
                let waiting = waiting.into_keys().collect();
                self.files.push(LeftFile::Busy { handle, waiting });
            }
            // Of a file being closed nobody wants to know any more how that went.
            LocalFile::Unopened { .. } | LocalFile::Looking { .. } | LocalFile::Closing { .. } | LocalFile::Closed => {}
        }
    }

    /// An answer for a file that nobody waits for.
    pub(super) fn answered(&mut self, desk: &mut Desk, op: OpId, result: Answer) {
        let mut done = Vec::new();
        self.files.retain_mut(|file| match file {
            LeftFile::Opening { op: own } if *own == op => {
                if let Ok(StoreAnswer::Opened { handle, .. }) = &result {
                    done.push(*handle);
                }
                false
            }
            LeftFile::Busy { handle, waiting } => {
                if waiting.remove(&op) && waiting.is_empty() {
                    done.push(*handle);
                    return false;
                }
                true
            }
            LeftFile::Opening { .. } => true,
        });
        for handle in done {
            ask_to_close(desk, handle, false);
        }
    }
}
