//! Where things are: the clone, what is built from it, and the cache of tools outside it.

use std::env;
use std::path::{Path, PathBuf};

/// The clone that this program was built from.
pub struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// The clone around this package. Cargo rebuilds the package when the clone moves, so the path cannot be stale.
    pub fn here() -> Self {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = package.parent().unwrap_or(package).to_path_buf();
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => root.join(folder),
            None => root.join("target"),
        };
        Self { root, target }
    }

    /// The folder that holds the root `Cargo.toml`.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A path given relative to the root.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// The built page, as Trunk leaves it and the program takes it in.
    pub fn page(&self) -> PathBuf {
        self.path("dist")
    }

    /// The finished program.
    pub fn program(&self) -> PathBuf {
        self.target
            .join("release")
            .join(format!("portolan{}", env::consts::EXE_SUFFIX))
    }

    /// Notes these chores keep between runs; losing them costs time and nothing else.
    pub fn notes(&self) -> PathBuf {
        self.target.join("xtask")
    }
}

/// The folder that holds a tool of this name and version. It lies outside every clone, so that all share it; the version
/// is in the path, so that clones which want different ones do not fight over it.
pub fn tool_folder(name: &str, version: &str) -> PathBuf {
    let cache = env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    let cache = cache
        .or_else(|| env::home_dir().map(|home| home.join(".cache")))
        .unwrap_or_else(env::temp_dir);
    cache.join("portolan").join("tools").join(format!("{name}-{version}"))
}
