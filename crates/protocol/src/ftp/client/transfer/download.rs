//! A file coming in: from the data connection into the store.

use portolan_wire::action::FileType;
use portolan_wire::report::StoreError;

use super::super::desk::Desk;
use super::super::files::{FileEvent, LocalFile};
use super::data::Data;
use crate::endpoint::{BLOCK, ConnId, OUTSTANDING, OpenHow, Output};
use crate::ftp::ascii::ToFile;
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
    /// Bytes of the file that are here already and are not to come again.
    base: u64,
    /// The size that the server has told for the whole file, if it was asked.
    size: Option<u64>,
    /// The way from text on the wire to text in the file, while there is more of it to come.
    text: Option<ToFile>,
    /// Received, and not yet given to the store.
    buffer: Vec<u8>,
    /// Given to the store.
    written: u64,
    /// What the sender may still send.
    granted: usize,
    /// What the store is busy with.
    storing: usize,
}

impl Download {
    pub(super) fn new(path: TreePath, file_type: FileType) -> Self {
        Self {
            file: LocalFile::new(path, OpenHow::Replace),
            base: 0,
            size: None,
            text: (file_type == FileType::Ascii).then(ToFile::default),
            buffer: Vec::new(),
            written: 0,
            granted: 0,
            storing: 0,
        }
    }

    /// Bytes that are here already.
    pub(super) const fn base(&self) -> u64 {
        self.base
    }

    /// How large the file is on the server.
    pub(super) const fn expect(&mut self, size: u64) {
        self.size = Some(size);
    }

    /// How many bytes are to come, if that is known.
    pub(super) fn to_come(&self) -> Option<u64> {
        self.size.map(|size| size.saturating_sub(self.base))
    }

    /// Whether fewer bytes came than were promised.
    pub(super) fn is_short(&self) -> bool {
        self.to_come().is_some_and(|to_come| self.bytes() < to_come)
    }

    /// The data connection is there. Bytes may come before the 150 does.
    pub(super) fn established(&mut self, desk: &mut Desk, conn: ConnId) {
        self.grant(desk, conn);
    }

    /// Bytes came. The file is not touched before the server was told to send it.
    pub(super) fn received(&mut self, desk: &mut Desk, conn: ConnId, bytes: &[u8], is_asked_for: bool) {
        self.granted = self.granted.saturating_sub(bytes.len());
        match &mut self.text {
            Some(text) => self.buffer.append(&mut text.translate(bytes)),
            None => self.buffer.extend_from_slice(bytes),
        }
        if is_asked_for {
            // The file is replaced only now that the server has something to replace it with.
            self.file.open(desk);
        }
        self.write_blocks(desk);
        self.grant(desk, conn);
    }

    /// The store has answered.
    ///
    /// # Errors
    /// When the store has failed.
    pub(super) fn stored(&mut self, desk: &mut Desk, data: &Data, event: FileEvent) -> Result<(), StoreError> {
        match event {
            FileEvent::Failed(why) => return Err(why),
            FileEvent::Found { size } => self.base = size,
            FileEvent::Written { length } => self.storing = self.storing.saturating_sub(length),
            FileEvent::Opened { .. } | FileEvent::Read { .. } | FileEvent::Closed => {}
        }
        if let Data::Open { conn } = *data {
            self.grant(desk, conn);
        }
        self.write_blocks(desk);
        Ok(())
    }

    /// The end came: the rest is written too. Whether all of it is.
    pub(super) fn is_stored(&mut self, desk: &mut Desk) -> bool {
        if let Some(text) = self.text.take() {
            self.buffer.extend_from_slice(text.finish());
        }
        self.write_blocks(desk);
        if !self.buffer.is_empty() && self.file.has_room() {
            self.write(desk, self.buffer.len());
        }
        self.buffer.is_empty() && self.file.is_at_rest()
    }

    /// Bytes of content so far, as they are in the file.
    pub(super) const fn bytes(&self) -> u64 {
        self.written + self.buffer.len() as u64
    }

    /// Lets the sender send what there is room for.
    fn grant(&mut self, desk: &mut Desk, conn: ConnId) {
        let taken = self.granted + self.buffer.len() + self.storing;
        let credit = WINDOW.saturating_sub(taken);
        if credit > 0 {
            self.granted += credit;
            desk.push(Output::Read { conn, credit });
        }
    }

    fn write_blocks(&mut self, desk: &mut Desk) {
        while self.buffer.len() >= BLOCK as usize && self.file.has_room() {
            self.write(desk, BLOCK as usize);
        }
    }

    fn write(&mut self, desk: &mut Desk, length: usize) {
        let rest = self.buffer.split_off(length);
        let block = core::mem::replace(&mut self.buffer, rest);
        let offset = self.base.saturating_add(self.written);
        self.written += block.len() as u64;
        self.storing += block.len();
        self.file.write(desk, offset, block);
    }
}
