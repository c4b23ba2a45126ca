//! A store that lives in memory.

use core::ops::Bound;

use portolan_wire::ordered::Map;
use portolan_wire::report::StoreError;

use crate::endpoint::{HandleId, OpenHow, StoreAnswer, StoreRequest};
use crate::tree::bytes::Pieces;
use crate::tree::{Bytes, Entry, EntryKind, Generated, TreePath};

/// A tree of directories and files in memory, answering storage requests at once.
///
/// What is written to a file shows when its handle is closed, complete or cut short: as on a real disk, an aborted
/// upload leaves the part that arrived. A name that was asked to be new is there at once, and empty until then. Who reads a file while it is replaced goes on reading the old one.
#[derive(Clone, Debug)]
pub struct Tree {
    root: Directory,
    /// Open files, by the number of their handle.
    open: Map<HandleId, OpenFile>,
    next_handle: u32,
    quota: Quota,
    /// Bytes of files that are kept or being written; generated ones cost nothing.
    held: u64,
    /// The time that changes get, in seconds since 1970-01-01 UTC.
    now: u64,
    writable: bool,
}

/// What a tree may hold in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Bytes of content kept in memory; generated files don't count.
    pub bytes: u64,
}

/// What a file holds. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// These bytes.
    Bytes(Bytes),
    /// Bytes that are computed.
    Generated(Generated),
}

impl Tree {
    /// A tree with nothing but its root, changed at `modified` (seconds since 1970-01-01 UTC).
    #[must_use]
    pub const fn new(modified: u64) -> Self {
        Self {
            root: Directory::new(modified),
            open: Map::new(),
            next_handle: 0,
            quota: Quota::DEFAULT,
            held: 0,
            now: modified,
            writable: true,
        }
    }

    /// The same tree with another quota.
    #[must_use]
    pub const fn with_quota(mut self, quota: Quota) -> Self {
        self.quota = quota;
        self
    }

    /// The same tree, refusing every write through [`Tree::answer`].
    #[must_use]
    pub const fn read_only(mut self) -> Self {
        self.writable = false;
        self
    }

    /// Sets the time that files get which are written from now on, in seconds since 1970-01-01 UTC.
    pub const fn set_time(&mut self, now: u64) {
        self.now = now;
    }

    /// Makes a directory and those above it that are missing. One that exists stays as it is.
    ///
    /// # Errors
    /// [`StoreError::WrongKind`] when a file is in the way.
    pub fn add_directory(&mut self, path: &TreePath, modified: u64) -> Result<(), StoreError> {
        self.root.make(path, modified).map(|_| ())
    }

    /// Puts a file into the tree, in place of one that was there, and makes the directories above it.
    ///
    /// # Errors
    /// [`StoreError::WrongKind`] when a directory is in its place, or a file in that of a directory above it;
    /// [`StoreError::Full`] when the quota is reached.
    pub fn add_file(&mut self, path: &TreePath, content: Content, modified: u64) -> Result<(), StoreError> {
        let (above, name) = path.split().ok_or(StoreError::WrongKind)?;
        let directory = self.root.make(&above, modified)?;
        let freed = match directory.names.get(name) {
            Some(Node::Directory(_)) => return Err(StoreError::WrongKind),
            Some(Node::File(old)) => old.content.cost(),
            None => 0,
        };
        let held = self.held.saturating_sub(freed).saturating_add(content.cost());
        if held > self.quota.bytes {
            return Err(StoreError::Full);
        }
        self.held = held;
        directory
            .names
            .insert(name.to_owned(), Node::File(File { content, modified }));
        Ok(())
    }

    /// What the file at `path` holds.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] or [`StoreError::WrongKind`].
    pub fn content(&self, path: &TreePath) -> Result<&Content, StoreError> {
        match self.root.find(path)? {
            Found::File(file) => Ok(&file.content),
            Found::Directory(_) => Err(StoreError::WrongKind),
        }
    }

    /// How many files are open: zero when every endpoint kept its word and closed what it opened.
    #[must_use]
    pub fn open_files(&self) -> usize {
        self.open.len()
    }

    /// Carries out one request.
    ///
    /// # Errors
    /// As the request deserves; [`StoreError::Failed`] for a handle that is not open, or open for the other thing.
    pub fn answer(&mut self, request: StoreRequest) -> Result<StoreAnswer, StoreError> {
        match request {
            StoreRequest::Open {
                path,
                how: OpenHow::Read,
            } => self.open_to_read(&path),
            StoreRequest::Open { path, how } => self.open_to_write(&path, how),
            StoreRequest::ReadAt { handle, offset, length } => match self.open.get(&handle) {
                Some(OpenFile::Reading(content)) => Ok(StoreAnswer::Data(content.read(offset, length as usize))),
                _ => Err(StoreError::Failed),
            },
            StoreRequest::WriteAt { handle, offset, bytes } => self.write(handle, offset, bytes),
            StoreRequest::Close { handle, complete: _ } => self.close(handle),
            StoreRequest::List { path, after, limit } => match self.root.find(&path)? {
                Found::Directory(directory) => Ok(directory.page(after, limit as usize)),
                Found::File(_) => Err(StoreError::WrongKind),
            },
            StoreRequest::Stat { path } => {
                let name = path.name().unwrap_or("/");
                Ok(StoreAnswer::Entry(self.root.find(&path)?.entry(name)))
            }
            StoreRequest::Delete { path } => self.delete(&path).map(|()| StoreAnswer::Done),
            StoreRequest::MakeDirectory { path } => self.make_directory(&path).map(|()| StoreAnswer::Done),
            StoreRequest::RemoveDirectory { path } => self.remove_directory(&path).map(|()| StoreAnswer::Done),
            StoreRequest::Rename { from, to } => self.rename(&from, &to).map(|()| StoreAnswer::Done),
        }
    }

    fn open_to_read(&mut self, path: &TreePath) -> Result<StoreAnswer, StoreError> {
        let content = self.content(path)?.clone();
        let size = content.size();
        let handle = self.keep_open(OpenFile::Reading(content));
        Ok(StoreAnswer::Opened { handle, size })
    }

    fn open_to_write(&mut self, path: &TreePath, how: OpenHow) -> Result<StoreAnswer, StoreError> {
        let (above, _) = path.split().ok_or(StoreError::WrongKind)?;
        if !matches!(self.root.find(&above)?, Found::Directory(_)) {
            return Err(StoreError::WrongKind);
        }
        let there = match self.root.find(path) {
            Ok(Found::Directory(_)) => return Err(StoreError::WrongKind),
            Ok(Found::File(file)) => Some(file.content.clone()),
            Err(_) => None,
        };
        if !self.writable {
            return Err(StoreError::Denied);
        }
        let size = there.as_ref().map_or(0, Content::size);
        let kept = match how {
            OpenHow::New if there.is_some() => return Err(StoreError::Exists),
            OpenHow::From(offset) if offset > 0 && there.is_none() => return Err(StoreError::NotFound),
            OpenHow::From(offset) if offset > size => return Err(StoreError::OutOfRange),
            OpenHow::Read | OpenHow::Replace | OpenHow::New => 0,
            OpenHow::Append => size,
            OpenHow::From(offset) => offset,
        };
        // Until it is closed, what was there and what is written are both held.
        let held = self.held.saturating_add(kept);
        if held > self.quota.bytes {
            return Err(StoreError::Full);
        }
        let Ok(length) = usize::try_from(kept) else {
            return Err(StoreError::Full);
        };
        self.held = held;
        let mut bytes = Pieces::default();
        if let Some(content) = there {
            bytes.write(0, content.read(0, length));
        }
        if how == OpenHow::New {
            // The name is taken from now on: two uploads that want a new one must not find the same.
            self.add_file(path, Content::from(&b""[..]), self.now)?;
        }
        let path = path.clone();
        let handle = self.keep_open(OpenFile::Writing { path, bytes });
        Ok(StoreAnswer::Opened { handle, size: kept })
    }

    /// The directory at `path`, to be changed.
    pub(super) fn changeable(&mut self, path: &TreePath) -> Result<&mut Directory, StoreError> {
        if !self.writable {
            return Err(StoreError::Denied);
        }
        let mut here = &mut self.root;
        for name in path.names() {
            here = match here.names.get_mut(name) {
                None => return Err(StoreError::NotFound),
                Some(Node::File(_)) => return Err(StoreError::WrongKind),
                Some(Node::Directory(directory)) => directory,
            };
        }
        Ok(here)
    }

    /// So many bytes of content are kept no longer.
    pub(super) const fn release(&mut self, bytes: u64) {
        self.held = self.held.saturating_sub(bytes);
    }

    /// The time that changes get.
    pub(super) const fn time(&self) -> u64 {
        self.now
    }

    fn keep_open(&mut self, file: OpenFile) -> HandleId {
        let handle = HandleId(self.next_handle);
        self.next_handle = self.next_handle.wrapping_add(1);
        self.open.insert(handle, file);
        handle
    }

    fn write(&mut self, handle: HandleId, offset: u64, block: Vec<u8>) -> Result<StoreAnswer, StoreError> {
        let Some(OpenFile::Writing { bytes, .. }) = self.open.get_mut(&handle) else {
            return Err(StoreError::Failed);
        };
        // Asked before anything is allocated: an offset alone must not cost memory.
        let end = offset.saturating_add(block.len() as u64);
        let grown = end.saturating_sub(bytes.end() as u64);
        if self.held.saturating_add(grown) > self.quota.bytes {
            return Err(StoreError::Full);
        }
        bytes.write(usize::try_from(offset).map_err(|_| StoreError::Full)?, block);
        self.held += grown;
        Ok(StoreAnswer::Done)
    }

    fn close(&mut self, handle: HandleId) -> Result<StoreAnswer, StoreError> {
        match self.open.remove(&handle) {
            None => Err(StoreError::Failed),
            Some(OpenFile::Reading(_)) => Ok(StoreAnswer::Done),
            Some(OpenFile::Writing { path, bytes }) => {
                // Counted again when it is added.
                self.held = self.held.saturating_sub(bytes.end() as u64);
                self.add_file(&path, Content::Bytes(bytes.into()), self.now)?;
                Ok(StoreAnswer::Done)
            }
        }
    }
}

impl Quota {
    /// 64 MiB: a simulation lives in a browser's tab.
    pub const DEFAULT: Self = Self { bytes: 64 << 20 };
}

impl Default for Quota {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Content {
    /// Its size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.size(),
            Self::Generated(generated) => generated.size,
        }
    }

    /// At most `length` bytes from `offset` on; fewer at the end, none behind it.
    #[must_use]
    pub fn read(&self, offset: u64, length: usize) -> Vec<u8> {
        match self {
            Self::Bytes(bytes) => bytes.read(offset, length),
            Self::Generated(generated) => generated.read(offset, length),
        }
    }

    /// Bytes of memory that the quota counts.
    pub(super) fn cost(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.size(),
            Self::Generated(_) => 0,
        }
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl From<&[u8]> for Content {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl From<Generated> for Content {
    fn from(generated: Generated) -> Self {
        Self::Generated(generated)
    }
}

#[derive(Clone, Debug)]
enum OpenFile {
    Reading(Content),
    Writing { path: TreePath, bytes: Pieces },
}

#[derive(Clone, Debug)]
pub(super) enum Node {
    File(File),
    Directory(Directory),
}

#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) content: Content,
    modified: u64,
}

#[derive(Clone, Debug)]
pub(super) struct Directory {
    pub(super) names: Map<String, Node>,
    modified: u64,
}

enum Found<'a> {
    File(&'a File),
    Directory(&'a Directory),
}

impl Node {
    const fn found(&self) -> Found<'_> {
        match self {
            Self::File(file) => Found::File(file),
            Self::Directory(directory) => Found::Directory(directory),
        }
    }
}

impl Found<'_> {
    fn entry(&self, name: &str) -> Entry {
        let (kind, size, modified) = match self {
            Self::File(file) => (EntryKind::File, file.content.size(), file.modified),
            Self::Directory(directory) => (EntryKind::Directory, 0, directory.modified),
        };
        Entry {
            name: name.to_owned(),
            kind,
            size,
            modified,
        }
    }
}

impl Directory {
    pub(super) const fn new(modified: u64) -> Self {
        let names = Map::new();
        Self { names, modified }
    }

    fn find(&self, path: &TreePath) -> Result<Found<'_>, StoreError> {
        let mut here = Found::Directory(self);
        for name in path.names() {
            let Found::Directory(directory) = here else {
                return Err(StoreError::NotFound);
            };
            here = directory.names.get(name).ok_or(StoreError::NotFound)?.found();
        }
        Ok(here)
    }

    fn make(&mut self, path: &TreePath, modified: u64) -> Result<&mut Self, StoreError> {
        let mut here = self;
        for name in path.names() {
            let node = here
                .names
                .entry(name.to_owned())
                .or_insert_with(|| Node::Directory(Self::new(modified)));
            here = match node {
                Node::Directory(directory) => directory,
                Node::File(_) => return Err(StoreError::WrongKind),
            };
        }
        Ok(here)
    }

    fn page(&self, after: Option<String>, limit: usize) -> StoreAnswer {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = self.names.range::<String, _>((from, Bound::Unbounded));
        let entries = rest
            .by_ref()
            .take(limit)
            .map(|(name, node)| node.found().entry(name))
            .collect();
        StoreAnswer::Page {
            entries,
            more: rest.next().is_some(),
        }
    }
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
