//! Storage requests and handles that nobody waits for any more.

use portolan_wire::ordered::Set;
use portolan_wire::report::StoreError;

use super::outbox::Outbox;
use crate::endpoint::{HandleId, OpId, StoreAnswer, StoreRequest};

/// What transfers leave behind: handles to be closed once the requests for them were answered, and answers to be
/// ignored. So every handle is closed exactly once, however its transfer ended.
#[derive(Debug, Default)]
pub(super) struct Orphans {
    /// Files being opened for a transfer that is gone.
    opening: Set<OpId>,
    /// Requests whose answers change nothing.
    ignored: Set<OpId>,
    handles: Vec<Orphan>,
}

#[derive(Debug)]
struct Orphan {
    handle: HandleId,
    waiting: Set<OpId>,
    complete: bool,
}

impl Orphans {
    /// Sessions that leave more than this behind wait until the store has caught up.
    const MOST: usize = 8;

    pub(super) fn are_too_many(&self) -> bool {
        self.opening.len() + self.ignored.len() + self.handles.len() >= Self::MOST
    }

    /// The answer to `op` changes nothing any more.
    pub(super) fn adopt_answer(&mut self, op: OpId) {
        self.ignored.insert(op);
    }

    /// `op` opens a file that is not wanted any more.
    pub(super) fn adopt_opening(&mut self, op: OpId) {
        self.opening.insert(op);
    }

    /// `handle` is to be closed once all that is `waiting` was answered.
    pub(super) fn adopt(
        &mut self,
        handle: HandleId,
        waiting: impl IntoIterator<Item = OpId>,
        complete: bool,
        out: &mut Outbox,
    ) {
        self.handles.push(Orphan {
            handle,
            waiting: waiting.into_iter().collect(),
            complete,
        });
        self.close_idle(out);
    }

    /// Takes an answer, if it is to something left behind.
    pub(super) fn handle_stored(&mut self, op: OpId, result: &Result<StoreAnswer, StoreError>, out: &mut Outbox) {
        if self.opening.remove(&op) {
            if let Ok(StoreAnswer::Opened { handle, .. }) = result {
                self.adopt(*handle, None, false, out);
            }
        } else if !self.ignored.remove(&op) {
            for orphan in &mut self.handles {
                orphan.waiting.remove(&op);
            }
            self.close_idle(out);
        }
    }

    fn close_idle(&mut self, out: &mut Outbox) {
        for orphan in self.handles.extract_if(.., |orphan| orphan.waiting.is_empty()) {
            let Orphan { handle, complete, .. } = orphan;
            self.ignored.insert(out.store(StoreRequest::Close { handle, complete }));
        }
    }
}
