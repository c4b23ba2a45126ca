//! Programs of the machine that tests need.

use std::path::{Path, PathBuf};

/// The program called `name`, wherever systems keep theirs.
#[must_use]
pub fn installed(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.extend(["/usr/local/sbin", "/usr/sbin"].map(PathBuf::from));
    folders
        .iter()
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// The program called `name`, or nothing where the test cannot run; that is said, and with `CI=true` it is a failure.
#[must_use]
pub fn find(name: &str) -> Option<PathBuf> {
    let found = installed(name);
    if found.is_none() {
        skip(&format!("{name} is not installed"));
    }
    found
}

/// Whether this process is root's.
#[must_use]
pub fn runs_as_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    // The owner of a process's own folder there is the process's user.
    std::fs::metadata(Path::new("/proc/self")).is_ok_and(|about| about.uid() == 0)
}

/// Whether this runs as root. If not, that is said, and with `CI=true` it is a failure.
#[must_use]
pub fn is_root(why: &str) -> bool {
    let is_root = runs_as_root();
    if !is_root {
        skip(why);
    }
    is_root
}

/// Says that a test cannot run here; with `CI=true` that is a failure.
pub fn skip(why: &str) {
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "{why}, and with CI=true nothing is skipped"
    );
    eprintln!("skipped: {why}");
}
