//! Blocks on their way into a file, one behind the other.
//!
//! Several threads that write to one file wait for each other inside the system, and burn time while they do. So a file has
//! one writer at most: it takes what is there until nothing is left, and whoever comes meanwhile only adds to that.

use std::collections::VecDeque;
use std::fs::File;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use portolan_protocol::endpoint::OpId;

use super::{Done, block};

/// A block that is to be written.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) op: OpId,
    pub(super) offset: u64,
    pub(super) bytes: Vec<u8>,
}

/// What waits to be written to a file.
#[derive(Debug, Default)]
pub(super) struct Writer {
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    blocks: VecDeque<Block>,
    /// Whether a thread is at it.
    busy: bool,
}

impl Writer {
    /// Has a block written to `file`, and its answer sent to `done`.
    pub(super) fn write(self: &Arc<Self>, file: &Arc<File>, block: Block, done: &Done) {
        let mut waiting = self.lock();
        waiting.blocks.push_back(block);
        if waiting.busy {
            return;
        }
        waiting.busy = true;
        drop(waiting);
        let (writer, file, done) = (Arc::clone(self), Arc::clone(file), done.clone());
        tokio::task::spawn_blocking(move || {
            while let Some(Block { op, offset, bytes }) = writer.next() {
                // Nobody listens any more once the session is over; what was received is still kept.
                let _over = done.send((op, block::write_at(&file, offset, &bytes)));
            }
        });
    }

    fn next(&self) -> Option<Block> {
        let mut waiting = self.lock();
        let next = waiting.blocks.pop_front();
        waiting.busy = next.is_some();
        next
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc;

    #[tokio::test]
    async fn blocks_are_written_in_their_order_and_each_is_answered() {
        let temporary = tempfile::NamedTempFile::new().unwrap();
        let file = Arc::new(temporary.reopen().unwrap());
        let writer = Arc::new(Writer::default());
        let (done, mut answers) = mpsc::unbounded_channel();
        for nth in 0..200_u8 {
            // Each covers half of the one before it, so that none may be late.
            let (op, offset, bytes) = (OpId(nth.into()), u64::from(nth) * 500, vec![nth; 1_000]);
            writer.write(&file, Block { op, offset, bytes }, &done);
        }
        for nth in 0..200 {
            let (op, answer) = answers.recv().await.unwrap();
            assert_eq!(op, OpId(nth));
            assert!(answer.is_ok());
        }
        let written = std::fs::read(temporary.path()).unwrap();
        assert_eq!(written.len(), 199 * 500 + 1_000);
        assert!((0..200).all(|nth| {
            written[nth * 500..(nth + 1) * 500]
                .iter()
                .all(|&byte| usize::from(byte) == nth)
        }));
    }

    #[tokio::test]
    async fn a_disk_that_refuses_is_told_for_each_block() {
        let temporary = tempfile::NamedTempFile::new().unwrap();
        // Opened for reading only.
        let file = Arc::new(File::open(temporary.path()).unwrap());
        let writer = Arc::new(Writer::default());
        let (done, mut answers) = mpsc::unbounded_channel();
        for nth in 0..3 {
            let (op, offset, bytes) = (OpId(nth), 0, vec![0]);
            writer.write(&file, Block { op, offset, bytes }, &done);
        }
        for nth in 0..3 {
            let (op, answer) = answers.recv().await.unwrap();
            assert_eq!((op, answer.is_err()), (OpId(nth), true));
        }
    }
}
