//! What the sandbox's sessions see: a directory, or a tree in memory that begins with a few things to fetch.

use core::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use portolan_protocol::tree::{Content, Generated, Quota, Tree, TreePath};
use portolan_wire::visible;

use crate::Trouble;
use crate::drive::{Files, Memory, Store};

/// What uploads may fill of the memory, in bytes.
const ROOM: u64 = 256 << 20;

/// The same for each session, where each has its own.
const ROOM_OF_EACH: u64 = 32 << 20;

/// A file of a gibibyte that takes no memory, for transfers that last.
const LARGE: Generated = Generated { size: 1 << 30, seed: 1 };

/// Where the files lie.
#[derive(Clone)]
pub(super) enum Place {
    Directory {
        files: PathBuf,
        read_only: bool,
    },
    Memory {
        tree: Arc<Mutex<Tree>>,
        read_only: bool,
    },
    /// In memory, for each session anew.
    Each,
}

impl Place {
    pub(super) fn new(directory: Option<&Path>, read_only: bool) -> Result<Self, Trouble> {
        match directory {
            None => {
                let tree = if read_only { tree(ROOM).read_only() } else { tree(ROOM) };
                let tree = Arc::new(Mutex::new(tree));
                Ok(Self::Memory { tree, read_only })
            }
            Some(path) => {
                let files = path.canonicalize().and_then(|files| Files::new(&files).map(|_| files));
                let files = files.map_err(|error| {
                    let path = visible(&path.display().to_string());
                    Trouble::Wrong(format!("{path} cannot be served: {error}"))
                })?;
                Ok(Self::Directory { files, read_only })
            }
        }
    }

    /// One session's view.
    pub(super) fn store(&self) -> Store {
        match self {
            Self::Memory { tree, .. } => Memory::new(Arc::clone(tree)).into(),
            Self::Each => Memory::new(Arc::new(Mutex::new(tree(ROOM_OF_EACH)))).into(),
            Self::Directory { files, read_only } => match Files::new(files) {
                Ok(files) if *read_only => files.read_only().into(),
                Ok(files) => files.into(),
                // The directory is gone. An empty one is what is left of it.
                Err(_) => Memory::new(Arc::new(Mutex::new(Tree::new(0).read_only()))).into(),
            },
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (place, read_only) = match self {
            Self::Directory { files, read_only } => (visible(&files.display().to_string()), read_only),
            Self::Memory { read_only, .. } => ("in memory".to_owned(), read_only),
            Self::Each => ("in memory, for each session anew".to_owned(), &false),
        };
        f.write_str(&place)?;
        if *read_only {
            f.write_str(" (nothing may be changed)")?;
        }
        Ok(())
    }
}

/// The date, in seconds since 1970-01-01 UTC.
pub(super) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

fn tree(room: u64) -> Tree {
    let modified = now();
    let mut tree = Tree::new(modified).with_quota(Quota { bytes: room });
    let root = TreePath::root();
    for (path, content) in [
        ("readme.txt", Content::from(readme(room).into_bytes())),
        ("pub/large.bin", LARGE.into()),
    ] {
        // The names are free and there is room.
        let _made = tree.add_file(&root.join(path), content, modified);
    }
    let _made = tree.add_directory(&root.join("upload"), modified);
    tree
}

fn readme(room: u64) -> String {
    format!(
        "Welcome to Portolan's sandbox.\n\
         \n\
         Everything here lives in memory and is gone when the program ends.\n\
         Fetch pub/large.bin for a transfer that lasts, and upload what you like: there\n\
         is room for {} MiB.\n",
        room >> 20
    )
}
