//! A file going out: from the store into the data connection.

use std::collections::BTreeMap;

use portolan_wire::report::{Report, StoreError};

use super::super::desk::Desk;
use super::super::files::{FileEvent, LocalFile};
use crate::endpoint::{BLOCK, ConnId, OUTSTANDING, OpenHow, Output};
use crate::tree::TreePath;

/// The bytes of an upload on their way.
///
/// Blocks are read ahead only while the connection has credit for more than was asked for already.
#[derive(Debug)]
pub(super) struct Upload {
    pub(super) file: LocalFile,
    /// Where the file ends.
    size: u64,
    /// Blocks up to here were asked for.
    asked: u64,
    /// Read and not yet sent, by offset. The store answers in any order.
    blocks: BTreeMap<u64, Vec<u8>>,
    sent: u64,
    credit: usize,
}

impl Upload {
    pub(super) const fn new(path: TreePath) -> Self {
        Self {
            file: LocalFile::new(path, OpenHow::Read),
            size: 0,
            asked: 0,
            blocks: BTreeMap::new(),
            sent: 0,
            credit: 0,
        }
    }

    /// How large the file is.
    pub(super) const fn size(&self) -> u64 {
        self.size
    }

    pub(super) const fn writable(&mut self, bytes: usize) {
        self.credit = self.credit.saturating_add(bytes);
    }

    /// The store has answered.
    ///
    /// # Errors
    /// When the store has failed.
    pub(super) fn stored(&mut self, event: FileEvent) -> Result<(), StoreError> {
        match event {
            FileEvent::Failed(why) => return Err(why),
            FileEvent::Opened { size } => self.size = size,
            FileEvent::Read { offset, bytes } => self.take_block(offset, bytes),
            FileEvent::Written { .. } | FileEvent::Closed => {}
        }
        Ok(())
    }

    fn take_block(&mut self, offset: u64, bytes: Vec<u8>) {
        let end = offset.saturating_add(bytes.len() as u64);
        if end < self.size && bytes.len() < BLOCK as usize {
            // The file has become shorter since it was opened, and ends here.
            self.size = end;
            self.blocks.retain(|start, _| *start < end);
        }
        if offset < self.size && !bytes.is_empty() {
            self.blocks.insert(offset, bytes);
        }
    }

    /// Sends what may be sent, and asks for what could be sent after it.
    pub(super) fn pump(&mut self, desk: &mut Desk, conn: ConnId) {
        while self.credit > 0
            && let Some(mut block) = self.blocks.remove(&self.sent)
        {
            let rest = block.split_off(self.credit.min(block.len()));
            let before = self.sent;
            self.credit = self.credit.saturating_sub(block.len());
            self.sent = self.sent.saturating_add(block.len() as u64);
            if !rest.is_empty() {
                self.blocks.insert(self.sent, rest);
            }
            desk.push(Output::Send { conn, bytes: block });
            self.report_progress(desk, conn, before);
        }
        self.ask(desk);
    }

    /// Reports each block's end, whatever pieces the block is sent in.
    fn report_progress(&self, desk: &mut Desk, conn: ConnId, before: u64) {
        let block = u64::from(BLOCK);
        let bytes = self.sent / block * block;
        if bytes > before {
            desk.report(Some(conn), Report::Progress { bytes });
        }
    }

    fn ask(&mut self, desk: &mut Desk) {
        while self.asked < self.size
            && self.blocks.len() + self.file.waiting() < OUTSTANDING
            && self.asked.saturating_sub(self.sent) < self.credit as u64
            && self.file.has_room()
        {
            let length = u32::try_from(self.size - self.asked).map_or(BLOCK, |rest| rest.min(BLOCK));
            self.file.read(desk, self.asked, length);
            self.asked += u64::from(length);
        }
    }

    /// Whether every byte of the file was sent, and the store is busy with nothing.
    pub(super) fn is_sent(&self) -> bool {
        self.sent >= self.size && self.file.is_at_rest()
    }

    /// Bytes of content so far.
    pub(super) const fn bytes(&self) -> u64 {
        self.sent
    }
}
