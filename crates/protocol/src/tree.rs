//! The virtual file tree: paths, entries, and a store that lives in memory.

use core::fmt;

/// A path from a store's root: absolute, `/` between names, without `.`, `..` or empty names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreePath(String);

impl TreePath {
    /// The root, `/`.
    #[must_use]
    pub fn root() -> Self {
        Self("/".to_owned())
    }

    /// What `path` means to somebody standing here. `..` above the root stays at the root (as in POSIX).
    #[must_use]
    pub fn join(&self, path: &str) -> Self {
        let start = if path.starts_with('/') { "" } else { self.0.as_str() };
        let mut names: Vec<&str> = Vec::new();
        for name in start.split('/').chain(path.split('/')) {
            match name {
                "" | "." => {}
                ".." => {
                    names.pop();
                }
                _ => names.push(name),
            }
        }
        Self(format!("/{}", names.join("/")))
    }

    /// The path as text, always beginning with `/`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its last name; nothing for the root.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.0.rsplit('/').next().filter(|name| !name.is_empty())
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leaves_the_root() {
        let here = TreePath::root().join("pub/docs");
        assert_eq!(here.join("../../../etc/passwd").as_str(), "/etc/passwd");
        assert_eq!(here.join("./a//b/").as_str(), "/pub/docs/a/b");
        assert_eq!(here.join("/x").as_str(), "/x");
        assert_eq!(here.join("..").join("..").name(), None);
    }
}
