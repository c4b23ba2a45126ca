//! What a command asked of a transfer.

use portolan_wire::ftp::{FactSelection, Verb};
use portolan_wire::report::{StoreError, TransferKind};

use super::listing::Form;
use crate::endpoint::OpenHow;
use crate::tree::{EntryKind, TreePath};

/// The most names that STOU tries before it gives up.
const NAMES: u32 = 256;

/// What a command asked of a transfer.
#[derive(Clone, Debug)]
pub(in crate::ftp::server) enum Order {
    /// LIST.
    List,
    /// NLST, of the path `asked` as the client wrote it.
    Names { asked: String },
    /// MLSD.
    Facts { selection: FactSelection },
    /// RETR, from this byte of the file on.
    Retrieve { offset: u64 },
    /// STOR, from this byte of the file on.
    Store { offset: u64 },
    /// APPE.
    Append,
    /// STOU: so many names were tried, and were taken.
    Unique { tried: u32 },
}

impl Order {
    /// The command.
    pub(in crate::ftp::server) const fn verb(&self) -> Verb {
        match self {
            Self::List => Verb::LIST,
            Self::Names { .. } => Verb::NLST,
            Self::Facts { .. } => Verb::MLSD,
            Self::Retrieve { .. } => Verb::RETR,
            Self::Store { .. } => Verb::STOR,
            Self::Append => Verb::APPE,
            Self::Unique { .. } => Verb::STOU,
        }
    }

    /// What goes over the data connection.
    pub(in crate::ftp::server) const fn kind(&self) -> TransferKind {
        match self {
            Self::List | Self::Names { .. } | Self::Facts { .. } => TransferKind::Listing,
            Self::Retrieve { .. } => TransferKind::Download,
            Self::Store { .. } | Self::Append | Self::Unique { .. } => TransferKind::Upload,
        }
    }

    /// For what the file is opened, if it is one.
    pub(super) const fn opens(&self) -> Option<OpenHow> {
        match self {
            Self::List | Self::Names { .. } | Self::Facts { .. } => None,
            Self::Retrieve { .. } => Some(OpenHow::Read),
            Self::Store { offset: 0 } => Some(OpenHow::Replace),
            Self::Store { offset } => Some(OpenHow::From(*offset)),
            Self::Append => Some(OpenHow::Append),
            Self::Unique { .. } => Some(OpenHow::New),
        }
    }

    /// Whether a file is listed as a directory of one: MLSD has no such thing (RFC 3659 section 7.2.1).
    pub(super) const fn lists_files(&self) -> bool {
        matches!(self, Self::List | Self::Names { .. })
    }

    /// What the lines of a listing of a `kind` tell.
    pub(super) fn form(&self, kind: EntryKind, now: u64) -> Form {
        match self {
            Self::Facts { selection } => {
                let selection = *selection;
                Form::Facts { selection }
            }
            Self::Names { asked } => {
                let before = match (kind, asked.rfind('/')) {
                    (EntryKind::Directory, _) if asked.is_empty() || asked.ends_with('/') => asked.clone(),
                    (EntryKind::Directory, _) => format!("{asked}/"),
                    (EntryKind::File, slash) => {
                        asked.get(..slash.map_or(0, |at| at + 1)).unwrap_or_default().to_owned()
                    }
                };
                Form::Names { before }
            }
            _ => Form::Lines { now },
        }
    }

    /// What the store's refusal means for this order: an upload that goes on where there is no file has no place to
    /// go on from.
    pub(super) const fn meant(&self, why: StoreError) -> StoreError {
        match (self, why) {
            (Self::Store { offset: 1.. }, StoreError::NotFound) => StoreError::OutOfRange,
            _ => why,
        }
    }

    /// Another name for STOU, after one was taken by a file or a directory.
    pub(super) fn next_name(&mut self, path: &TreePath, why: StoreError) -> Option<TreePath> {
        let Self::Unique { tried } = self else {
            return None;
        };
        let is_taken = matches!(why, StoreError::Exists | StoreError::WrongKind);
        if !is_taken || *tried >= NAMES {
            return None;
        }
        let (above, name) = path.split()?;
        let proposed = match *tried {
            0 => name,
            number => name.strip_suffix(&format!(".{number}")).unwrap_or(name),
        };
        *tried += 1;
        Some(above.join(&format!("{proposed}.{tried}")))
    }
}
