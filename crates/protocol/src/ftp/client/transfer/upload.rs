//! A file going out: from the store into the data connection.

use portolan_wire::action::FileType;
use portolan_wire::ordered::Map;
use portolan_wire::report::{Report, StoreError};

use super::super::desk::Desk;
use super::super::files::{FileEvent, LocalFile};
use crate::endpoint::{BLOCK, ConnId, OUTSTANDING, OpenHow, Output};
use crate::ftp::ascii::ToNetwork;
use crate::tree::TreePath;

/// The bytes of an upload on their way.
///
/// Blocks are read ahead only while the connection has credit for more than was asked for already. All offsets are the
/// file's, though text is longer on the wire than it is there.
#[derive(Debug)]
pub(super) struct Upload {
    pub(super) file: LocalFile,
    /// Where the file ends.
    size: u64,
    /// Where it begins for us: the server has what is before.
    base: u64,
    /// Blocks up to here were asked for.
    asked: u64,
    /// Read and not yet begun to be sent, by offset. The store answers in any order.
    blocks: Map<u64, Vec<u8>>,
    /// The block that is being sent.
    current: Current,
    /// The way from text in the file to text on the wire.
    text: Option<ToNetwork>,
    credit: usize,
}

/// What is being sent.
#[derive(Debug, Default)]
struct Current {
    /// As it goes over the wire, without what was sent already.
    rest: Vec<u8>,
    /// Where in the file it began, and where it ends.
    start: u64,
    end: u64,
}

impl Upload {
    pub(super) fn new(path: TreePath, file_type: FileType) -> Self {
        Self {
            file: LocalFile::new(path, OpenHow::Read),
            size: 0,
            base: 0,
            asked: 0,
            blocks: Map::new(),
            current: Current::default(),
            text: (file_type == FileType::Ascii).then(ToNetwork::default),
            credit: 0,
        }
    }

    /// How large the file is.
    pub(super) const fn size(&self) -> u64 {
        self.size
    }

    /// How many bytes are to go, if that is known: of text nobody has counted the lines.
    pub(super) const fn to_go(&self) -> Option<u64> {
        match self.text {
            Some(_) => None,
            None => Some(self.size.saturating_sub(self.base)),
        }
    }

    /// What stands before this byte is left out. Nothing was asked for yet.
    pub(super) const fn start_at(&mut self, base: u64) {
        self.base = base;
        self.asked = base;
        self.current.start = base;
        self.current.end = base;
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
            FileEvent::Found { .. } | FileEvent::Written { .. } | FileEvent::Closed => {}
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
        while self.credit > 0 && self.has_current() {
            let before = self.sent();
            let rest = self.current.rest.split_off(self.credit.min(self.current.rest.len()));
            let bytes = core::mem::replace(&mut self.current.rest, rest);
            self.credit = self.credit.saturating_sub(bytes.len());
            desk.push(Output::Send { conn, bytes });
            self.report_progress(desk, conn, before);
        }
        self.ask(desk);
    }

    /// Whether there is something to be sent; takes the next block if the one before is through.
    fn has_current(&mut self) -> bool {
        if self.current.rest.is_empty()
            && let Some(block) = self.blocks.remove(&self.current.end)
        {
            let start = self.current.end;
            let end = start.saturating_add(block.len() as u64);
            let rest = match &mut self.text {
                Some(text) => text.translate(&block),
                None => block,
            };
            self.current = Current { rest, start, end };
        }
        !self.current.rest.is_empty()
    }

    /// Up to which byte the file was sent. A block of text counts when it is through.
    const fn sent(&self) -> u64 {
        let Current { rest, start, end } = &self.current;
        match self.text {
            None => end.saturating_sub(rest.len() as u64),
            Some(_) if rest.is_empty() => *end,
            Some(_) => *start,
        }
    }

    /// Reports each block's end, whatever pieces the block is sent in.
    fn report_progress(&self, desk: &mut Desk, conn: ConnId, before: u64) {
        let block = u64::from(BLOCK);
        let bytes = self.bytes() / block * block;
        if bytes > before.saturating_sub(self.base) {
            desk.report(Some(conn), Report::Progress { bytes });
        }
    }

    fn ask(&mut self, desk: &mut Desk) {
        while self.asked < self.size
            && self.blocks.len() + usize::from(!self.current.rest.is_empty()) + self.file.waiting() < OUTSTANDING
            && self.asked.saturating_sub(self.sent()) < self.credit as u64
            && self.file.has_room()
        {
            let length = u32::try_from(self.size - self.asked).map_or(BLOCK, |rest| rest.min(BLOCK));
            self.file.read(desk, self.asked, length);
            self.asked += u64::from(length);
        }
    }

    /// Whether every byte of the file was sent, and the store is busy with nothing.
    pub(super) fn is_sent(&self) -> bool {
        self.sent() >= self.size && self.file.is_at_rest()
    }

    /// Bytes of content so far, as they are in the file.
    pub(super) const fn bytes(&self) -> u64 {
        self.sent().saturating_sub(self.base)
    }
}
