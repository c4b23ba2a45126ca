//! The program under test, and those of the machine that tests need.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Longer than any program here takes, in seconds.
const TOO_LONG: &str = "120";

/// A command that is ended, with status 124, when it takes too long.
pub fn bounded(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("timeout");
    command.args(["--kill-after=5", TOO_LONG]).arg(program);
    command
}

/// The finished program: what `PORTOLAN_PROGRAM` names, or else what cargo builds beside this test.
pub fn portolan() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| std::env::var_os("PORTOLAN_PROGRAM").map_or_else(build, PathBuf::from))
}

fn build() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    // target/PROFILE/deps/it-…
    let folder = test.ancestors().nth(2).unwrap();
    let profile = match folder.file_name().unwrap().to_str().unwrap() {
        "debug" => "dev",
        other => other,
    };
    let built = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["build", "--quiet", "--package", "portolan", "--profile", profile])
        .status();
    assert!(built.unwrap().success(), "the program cannot be built");
    folder.join("portolan")
}

/// The program called `name`, or nothing where the test cannot run; that is said, and with `CI=true` it is a failure.
pub fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.extend(["/usr/local/sbin", "/usr/sbin"].map(PathBuf::from));
    let found = folders
        .iter()
        .map(|folder| folder.join(name))
        .find(|file| file.is_file());
    if found.is_none() {
        skip(&format!("{name} is not installed"));
    }
    found
}

/// Whether this runs as root. If not, that is said, and with `CI=true` it is a failure.
pub fn is_root(why: &str) -> bool {
    use std::os::unix::fs::MetadataExt;
    // The owner of a process's own folder there is the process's user.
    let is_root = std::fs::metadata(Path::new("/proc/self")).is_ok_and(|about| about.uid() == 0);
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
