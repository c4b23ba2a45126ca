//! The virtual file tree: paths, entries, and a store that lives in memory.
//!
//! A [`Tree`] answers [`crate::endpoint::StoreRequest`]s as a disk would, at once and without one. Its files are bytes
//! or [`Generated`]: gigabytes that cost nothing, because any block of them can be computed.

mod bytes;
mod change;
mod entry;
mod generated;
mod path;
mod store;

pub use bytes::Bytes;
pub use entry::{Entry, EntryKind};
pub use generated::Generated;
pub use path::TreePath;
pub use store::{Content, Quota, Tree};
