//! Paths within a store.

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

    /// Its names from the root on.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').filter(|name| !name.is_empty())
    }

    /// The path above it and its last name; nothing for the root.
    #[must_use]
    pub fn split(&self) -> Option<(Self, &str)> {
        let (above, name) = self.0.rsplit_once('/')?;
        if name.is_empty() {
            return None;
        }
        let above = if above.is_empty() {
            Self::root()
        } else {
            Self(above.to_owned())
        };
        Some((above, name))
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

    #[test]
    fn a_path_is_a_path_and_a_name() {
        let path = TreePath::root().join("pub/docs/a.txt");
        let (above, name) = path.split().unwrap();
        assert_eq!((above.as_str(), name), ("/pub/docs", "a.txt"));
        assert_eq!(path.names().collect::<Vec<_>>(), ["pub", "docs", "a.txt"]);
        assert_eq!(TreePath::root().join("x").split().unwrap().0, TreePath::root());
        assert_eq!(TreePath::root().split(), None);
    }
}
