//! Where an endpoint's files lie: in a directory, in a tree in memory that several sessions share, or with somebody else.

use core::task::{Context, Poll};
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use portolan_protocol::endpoint::{HandleId, Input, OpId, StoreAnswer, StoreRequest};
use portolan_protocol::tree::Tree;

use super::files::Files;
use super::pipe::Pipe;

/// Where an endpoint's files lie.
#[derive(Debug)]
pub enum Store {
    /// In a directory.
    Directory(Files),
    /// In memory.
    Memory(Memory),
    /// With somebody else.
    Pipe(Pipe),
}

/// One session's view of a tree in memory that others may share.
#[derive(Debug)]
pub struct Memory {
    tree: Arc<Mutex<Tree>>,
    /// What this session has open: closed with it.
    open: BTreeSet<HandleId>,
    answers: VecDeque<Input>,
}

impl From<Files> for Store {
    fn from(files: Files) -> Self {
        Self::Directory(files)
    }
}

impl From<Memory> for Store {
    fn from(memory: Memory) -> Self {
        Self::Memory(memory)
    }
}

impl From<Pipe> for Store {
    fn from(pipe: Pipe) -> Self {
        Self::Pipe(pipe)
    }
}

impl Store {
    pub(super) fn is_idle(&self) -> bool {
        match self {
            Self::Directory(files) => files.is_idle(),
            Self::Memory(memory) => memory.answers.is_empty(),
            Self::Pipe(pipe) => pipe.is_idle(),
        }
    }

    pub(super) fn ask(&mut self, op: OpId, request: StoreRequest) {
        match self {
            Self::Directory(files) => files.ask(op, request),
            Self::Memory(memory) => memory.ask(op, request),
            Self::Pipe(pipe) => pipe.ask(op, request),
        }
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Input> {
        match self {
            Self::Directory(files) => files.poll(cx),
            Self::Memory(memory) => memory.answers.pop_front().map_or(Poll::Pending, Poll::Ready),
            Self::Pipe(pipe) => pipe.poll(cx),
        }
    }
}

impl Memory {
    /// A view of `tree`.
    #[must_use]
    pub const fn new(tree: Arc<Mutex<Tree>>) -> Self {
        Self {
            tree,
            open: BTreeSet::new(),
            answers: VecDeque::new(),
        }
    }

    fn ask(&mut self, op: OpId, request: StoreRequest) {
        if let StoreRequest::Close { handle, .. } = &request {
            self.open.remove(handle);
        }
        let result = {
            let mut tree = lock(&self.tree);
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            tree.set_time(now.map_or(0, |since| since.as_secs()));
            tree.answer(request)
        };
        if let Ok(StoreAnswer::Opened { handle, .. }) = &result {
            self.open.insert(*handle);
        }
        self.answers.push_back(Input::Stored { op, result });
    }
}

/// A session that was dropped in the middle of a transfer leaves nothing open.
impl Drop for Memory {
    fn drop(&mut self) {
        let mut tree = lock(&self.tree);
        for handle in core::mem::take(&mut self.open) {
            let complete = false;
            // It can only fail for a handle that is closed already.
            let _closed = tree.answer(StoreRequest::Close { handle, complete });
        }
    }
}

/// A tree that a panic left locked is as good as before: every request leaves it whole.
fn lock(tree: &Mutex<Tree>) -> MutexGuard<'_, Tree> {
    tree.lock().unwrap_or_else(PoisonError::into_inner)
}
