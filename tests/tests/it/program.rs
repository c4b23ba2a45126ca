//! The program under test, and those of the machine that tests need.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

pub use portolan_tests::program::find;

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
