//! What goes over a data connection, and which way.

use portolan_wire::report::{Report, StoreError, TransferKind, Trouble};

use super::super::desk::Desk;
use super::super::files::{FileEvent, LocalFile};
use super::data::Data;
use super::download::Download;
use super::listing::Listing;
use super::upload::Upload;
use crate::endpoint::{ConnId, OpId, StoreAnswer};

/// What is transferred, with the state of its bytes.
#[derive(Debug)]
pub(super) enum Content {
    Listing(Listing),
    Download(Download),
    Upload(Upload),
}

impl Content {
    /// The data connection stands: reports what it is for, and lets bytes come.
    pub(super) fn established(&mut self, desk: &mut Desk, conn: ConnId, path: String, offset: u64) {
        let (kind, size) = match self {
            Self::Listing(_) => (TransferKind::Listing, None),
            Self::Download(download) => (TransferKind::Download, download.to_come()),
            Self::Upload(upload) => (TransferKind::Upload, upload.to_go()),
        };
        desk.report(
            Some(conn),
            Report::Transfer {
                kind,
                path,
                size,
                offset,
            },
        );
        match self {
            Self::Listing(_) => Listing::established(desk, conn),
            Self::Download(download) => download.established(desk, conn),
            // Nothing is to come, and what comes all the same stays with the driver.
            Self::Upload(_) => {}
        }
    }

    /// Bytes came; `is_asked_for` when the transfer command was said before them.
    ///
    /// # Errors
    /// When there are more of them than there may be.
    pub(super) fn received(
        &mut self,
        desk: &mut Desk,
        conn: ConnId,
        bytes: &[u8],
        is_asked_for: bool,
    ) -> Result<(), Trouble> {
        match self {
            Self::Listing(listing) => return listing.received(desk, conn, bytes),
            Self::Download(download) => download.received(desk, conn, bytes, is_asked_for),
            Self::Upload(_) => {}
        }
        Ok(())
    }

    /// How much of the file is on this side: all of one that goes out, what there is of one that comes in.
    pub(super) const fn here(&self) -> u64 {
        match self {
            Self::Listing(_) => 0,
            Self::Download(download) => download.base(),
            Self::Upload(upload) => upload.size(),
        }
    }

    /// Whether less came than was promised.
    pub(super) fn is_short(&self) -> bool {
        matches!(self, Self::Download(download) if download.is_short())
    }

    pub(super) const fn writable(&mut self, bytes: usize) {
        if let Self::Upload(upload) = self {
            upload.writable(bytes);
        }
    }

    /// What the store's answer means, if it is for this transfer; else it comes back.
    pub(super) fn answered(&mut self, op: OpId, result: Answer) -> Result<FileEvent, Answer> {
        match self.file_mut() {
            Some(file) => file.answered(op, result),
            None => Err(result),
        }
    }

    /// Takes what [`Content::answered`] found out.
    ///
    /// # Errors
    /// When the store has failed.
    pub(super) fn stored(&mut self, desk: &mut Desk, data: &Data, event: FileEvent) -> Result<(), StoreError> {
        match self {
            Self::Listing(_) => Ok(()),
            Self::Download(download) => download.stored(desk, data, event),
            Self::Upload(upload) => upload.stored(event),
        }
    }

    /// Moves what can be moved. Whether the content has been moved to its end, this side's part of it.
    pub(super) fn is_moved(&mut self, desk: &mut Desk, data: &Data) -> bool {
        let has_ended = matches!(data, Data::Ended { .. });
        match self {
            Self::Listing(listing) => {
                if has_ended {
                    listing.end(desk, data.conn());
                }
                has_ended
            }
            Self::Download(download) => has_ended && download.is_stored(desk),
            Self::Upload(upload) => {
                if let Some(conn) = data.conn() {
                    upload.pump(desk, conn);
                }
                data.conn().is_some() && upload.is_sent()
            }
        }
    }

    /// Bytes of content so far.
    pub(super) const fn bytes(&self) -> u64 {
        match self {
            Self::Listing(listing) => listing.bytes(),
            Self::Download(download) => download.bytes(),
            Self::Upload(upload) => upload.bytes(),
        }
    }

    pub(super) const fn file_mut(&mut self) -> Option<&mut LocalFile> {
        match self {
            Self::Listing(_) => None,
            Self::Download(download) => Some(&mut download.file),
            Self::Upload(upload) => Some(&mut upload.file),
        }
    }

    pub(super) fn into_file(self) -> Option<LocalFile> {
        match self {
            Self::Listing(_) => None,
            Self::Download(download) => Some(download.file),
            Self::Upload(upload) => Some(upload.file),
        }
    }
}

type Answer = Result<StoreAnswer, StoreError>;
