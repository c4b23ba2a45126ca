//! What goes over a data connection, and which way.

use portolan_wire::ftp::Representation;
use portolan_wire::report::{Report, StoreError, TransferKind};

use super::super::desk::Desk;
use super::super::files::{FileEvent, LocalFile};
use super::data::Data;
use super::download::Download;
use super::listing::Listing;
use super::upload::Upload;
use crate::endpoint::{ConnId, OpId, StoreAnswer};
use crate::tree::TreePath;

/// What is transferred, with the state of its bytes.
#[derive(Debug)]
pub(super) enum Content {
    Listing(Listing),
    Download(Download),
    Upload(Upload),
}

impl Content {
    /// `path` is the file on this side; a listing has none.
    pub(super) fn new(kind: TransferKind, path: TreePath) -> Self {
        match kind {
            TransferKind::Listing => Self::Listing(Listing::new()),
            TransferKind::Download => Self::Download(Download::new(path)),
            TransferKind::Upload => Self::Upload(Upload::new(path)),
        }
    }

    /// The representation type it goes in.
    pub(super) const fn representation(&self) -> Representation {
        match self {
            Self::Listing(_) => Representation::Ascii,
            Self::Download(_) | Self::Upload(_) => Representation::Image,
        }
    }

    /// The data connection stands: reports what it is for, and lets bytes come.
    pub(super) fn established(&self, desk: &mut Desk, conn: ConnId, path: &str) {
        let (kind, size) = match self {
            Self::Listing(_) => (TransferKind::Listing, None),
            Self::Download(_) => (TransferKind::Download, None),
            Self::Upload(upload) => (TransferKind::Upload, Some(upload.size())),
        };
        let path = path.to_owned();
        desk.report(
            Some(conn),
            Report::Transfer {
                kind,
                path,
                size,
                offset: 0,
            },
        );
        match self {
            Self::Listing(_) => Listing::established(desk, conn),
            Self::Download(_) => Download::established(desk, conn),
            // Nothing is to come, and what comes all the same stays with the driver.
            Self::Upload(_) => {}
        }
    }

    pub(super) fn received(&mut self, desk: &mut Desk, conn: ConnId, bytes: &[u8]) {
        match self {
            Self::Listing(listing) => listing.received(desk, conn, bytes),
            Self::Download(download) => download.received(desk, conn, bytes),
            Self::Upload(_) => {}
        }
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
            Self::Download(download) => has_ended && download.is_stored(desk, data.conn()),
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
