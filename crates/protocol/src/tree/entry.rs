//! What is told of a name.

/// What a listing tells of one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name, without a path.
    pub name: String,
    /// File or directory.
    pub kind: EntryKind,
    /// Size in bytes; zero for a directory.
    pub size: u64,
    /// When it was last changed, in seconds since 1970-01-01 UTC.
    pub modified: u64,
}

/// File or directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A file.
    File,
    /// A directory.
    Directory,
}
