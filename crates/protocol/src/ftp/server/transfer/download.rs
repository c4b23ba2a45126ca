//! A file on its way to the client (RETR).

use core::ops::Range;

use portolan_wire::ordered::Map;
use portolan_wire::report::{Report, StoreError};

use crate::endpoint::{BLOCK, HandleId, OUTSTANDING, OpId, StoreAnswer, StoreRequest};
use crate::ftp::ascii::ToNetwork;
use crate::ftp::server::link::{Link, Unsent};
use crate::ftp::server::orphans::Orphans;
use crate::ftp::server::outbox::Outbox;

/// A file being read and sent.
///
/// Several blocks are asked for ahead, so that a disk has work while the net has; those that were asked for, those that
/// came before their turn and the one being sent are together never more than [`OUTSTANDING`]. What is sent is the file
/// as long as it was when it was opened, or shorter if it has shrunk.
#[derive(Debug)]
pub(in crate::ftp::server) struct Download {
    handle: HandleId,
    /// Where it begins in the file, and how long the file is.
    offset: u64,
    size: u64,
    line_ends: Option<ToNetwork>,
    /// Where the next block to be asked for begins.
    asked: u64,
    /// What was asked for, and where it begins.
    reading: Map<OpId, u64>,
    /// Blocks that came and wait for their turn, by where they begin.
    ready: Map<u64, Vec<u8>>,
    /// Where the next block to be sent begins.
    next: u64,
    unsent: Unsent,
    sent: u64,
}

impl Download {
    /// Sends the bytes `range` of the file; `text` asks for the line ends of type A.
    pub(super) fn new(handle: HandleId, range: Range<u64>, text: bool) -> Self {
        Self {
            handle,
            offset: range.start,
            size: range.end,
            line_ends: text.then(ToNetwork::default),
            asked: range.start,
            reading: Map::new(),
            ready: Map::new(),
            next: range.start,
            unsent: Unsent::default(),
            sent: 0,
        }
    }

    /// Bytes it will send, where that is known: line ends change it.
    pub(super) fn size(&self) -> Option<u64> {
        let size = self.size.saturating_sub(self.offset);
        self.line_ends.is_none().then_some(size)
    }

    /// Where it begins in the file.
    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    pub(super) const fn sent(&self) -> u64 {
        self.sent
    }

    /// Asks and sends as much as may be. True when all of it is sent.
    pub(super) fn go_on(&mut self, link: &mut Link, out: &mut Outbox) -> bool {
        loop {
            self.ask(out);
            if self.unsent.is_empty() {
                let Some(block) = self.ready.remove(&self.next) else {
                    break;
                };
                self.next += block.len() as u64;
                let bytes = match &mut self.line_ends {
                    Some(line_ends) => line_ends.translate(&block),
                    None => block,
                };
                self.unsent.add(bytes);
            }
            match self.unsent.send(link.conn, &mut link.writable, out) {
                0 => break,
                length => {
                    self.sent += length as u64;
                    out.report(link.conn, Report::Progress { bytes: self.sent });
                }
            }
        }
        self.unsent.is_empty() && self.next >= self.size
    }

    /// Takes the answer to `op`, if that was one of its own.
    pub(super) fn handle_stored(
        &mut self,
        op: OpId,
        result: &mut Result<StoreAnswer, StoreError>,
    ) -> Option<Result<(), StoreError>> {
        let offset = self.reading.remove(&op)?;
        let block = match result {
            Ok(StoreAnswer::Data(block)) => core::mem::take(block),
            Ok(_) => return Some(Err(StoreError::Failed)),
            Err(why) => return Some(Err(*why)),
        };
        let end = offset.saturating_add(block.len() as u64);
        let wanted = self.end_of_block(offset);
        if end > wanted {
            // More than was asked for: this store can't be trusted with the places of blocks.
            return Some(Err(StoreError::Failed));
        }
        if end < wanted {
            // The file has shrunk. Blocks behind its new end hold nothing.
            self.size = end;
            self.ready.retain(|offset, _| *offset < end);
        }
        if offset < self.size {
            self.ready.insert(offset, block);
        }
        Some(Ok(()))
    }

    /// Lets go of the file; `complete` if it was sent to its end.
    pub(super) fn release(self, complete: bool, orphans: &mut Orphans, out: &mut Outbox) {
        orphans.adopt(self.handle, self.reading.into_keys(), complete, out);
    }

    fn ask(&mut self, out: &mut Outbox) {
        while self.asked < self.size && self.blocks() < OUTSTANDING {
            let offset = self.asked;
            self.asked = self.end_of_block(offset);
            // At most a block.
            let length = u32::try_from(self.asked - offset).unwrap_or(BLOCK);
            let handle = self.handle;
            let op = out.store(StoreRequest::ReadAt { handle, offset, length });
            self.reading.insert(op, offset);
        }
    }

    /// Where a block that begins at `offset` ends.
    fn end_of_block(&self, offset: u64) -> u64 {
        self.size.min(offset.saturating_add(u64::from(BLOCK)))
    }

    fn blocks(&self) -> usize {
        self.reading.len() + self.ready.len() + usize::from(!self.unsent.is_empty())
    }
}
