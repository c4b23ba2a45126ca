//! A file coming in: from the data connection into the store.

use portolan_wire::report::{Report, StoreError};

use super::super::desk::Desk;
use super::super::files::{FileEvent, LocalFile};
use super::data::Data;
use crate::endpoint::{BLOCK, ConnId, OUTSTANDING, OpenHow, Output};
use crate::tree::TreePath;

/// What may be received and not yet written. A block's credit is given back when the block is written, so a slow store
/// slows the sender down.
const WINDOW: usize = BLOCK as usize * OUTSTANDING;

/// The bytes of a download on their way.
///
/// Only whole blocks are written, and a last shorter one, so the store sees the same whatever the net cuts the stream
/// into.
#[derive(Debug)]
pub(super) struct Download {
    pub(super) file: LocalFile,
    /// Received, and not yet given to the store.
    buffer: Vec<u8>,
    /// Given to the store.
    written: u64,
}

impl Download {
    pub(super) const fn new(path: TreePath) -> Self {
        Self {
            file: LocalFile::new(path, OpenHow::Replace),
            buffer: Vec::new(),
            written: 0,
        }
    }

    /// The data connection is there. Bytes may come before the 150 does.
    pub(super) fn established(desk: &mut Desk, conn: ConnId) {
        let credit = WINDOW;
        desk.push(Output::Read { conn, credit });
    }

    pub(super) fn received(&mut self, desk: &mut Desk, conn: ConnId, bytes: &[u8]) {
        // The file is replaced only now that the server has something to replace it with.
        self.file.open(desk);
        // Up to a whole block first: what is behind it would only make its memory grow, and be moved.
        let room = (BLOCK as usize).saturating_sub(self.buffer.len());
        let (now, later) = bytes.split_at(room.min(bytes.len()));
        self.buffer.extend_from_slice(now);
        self.write_blocks(desk, Some(conn));
        self.buffer.extend_from_slice(later);
        self.write_blocks(desk, Some(conn));
    }

    /// The store has answered.
    ///
    /// # Errors
    /// When the store has failed.
    pub(super) fn stored(&mut self, desk: &mut Desk, data: &Data, event: FileEvent) -> Result<(), StoreError> {
        match (event, data) {
            (FileEvent::Failed(why), _) => return Err(why),
            (FileEvent::Written { length: credit }, &Data::Open { conn }) => desk.push(Output::Read { conn, credit }),
            _ => {}
        }
        self.write_blocks(desk, data.conn());
        Ok(())
    }

    /// The end came: the rest is written too. Whether all of it is.
    pub(super) fn is_stored(&mut self, desk: &mut Desk, conn: Option<ConnId>) -> bool {
        self.write_blocks(desk, conn);
        if !self.buffer.is_empty() && self.file.has_room() {
            self.write(desk, self.buffer.len());
        }
        self.buffer.is_empty() && self.file.is_at_rest()
    }

    /// Bytes of content so far.
    pub(super) const fn bytes(&self) -> u64 {
        self.written + self.buffer.len() as u64
    }

    fn write_blocks(&mut self, desk: &mut Desk, conn: Option<ConnId>) {
        while self.buffer.len() >= BLOCK as usize && self.file.has_room() {
            self.write(desk, BLOCK as usize);
            let bytes = self.written;
            desk.report(conn, Report::Progress { bytes });
        }
    }

    fn write(&mut self, desk: &mut Desk, length: usize) {
        // Behind a whole block there comes another, as a rule.
        let mut rest = Vec::with_capacity(if length == BLOCK as usize { length } else { 0 });
        rest.extend_from_slice(self.buffer.get(length..).unwrap_or_default());
        let mut block = core::mem::replace(&mut self.buffer, rest);
        block.truncate(length);
        let offset = self.written;
        self.written += block.len() as u64;
        self.file.write(desk, offset, block);
    }
}
