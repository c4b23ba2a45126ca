//! The tools that a build wants beside rustup: found on PATH, or else installed into a cache folder outside the clone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{self, Trouble, say};
use crate::workspace::{Workspace, tool_folder};

/// The newest Trunk that Rust 1.95 compiles.
const TRUNK: &str = "0.21.14";
const CARGO_DENY: &str = "0.20.2";
/// Debian's 108 does not know what today's rustc emits.
const BINARYEN: &str = "132";

/// Brings the standard library of a target.
pub fn target(name: &str) -> Result<(), Trouble> {
    let root = process::read(Command::new("rustc").args(["--print", "sysroot"]))?;
    if Path::new(root.trim())
        .join("lib/rustlib")
        .join(name)
        .join("lib")
        .is_dir()
    {
        return Ok(());
    }
    say(format_args!("bringing Rust's target {name}"));
    process::run(Command::new("rustup").args(["target", "add", name]))
        .map_err(|_| missing(&format!("Rust's target {name}"), &format!("rustup target add {name}")))
}

/// Brings Trunk, which builds the page.
pub fn trunk() -> Result<PathBuf, Trouble> {
    from_crate("trunk", "trunk", TRUNK)
}

/// Brings the `wasm-bindgen` that fits: it refuses WebAssembly made with any other version of its crate than its own.
pub fn wasm_bindgen(workspace: &Workspace) -> Result<PathBuf, Trouble> {
    let lock = fs::read_to_string(workspace.path("Cargo.lock"))
        .map_err(|error| Trouble::because(format!("Cargo.lock cannot be read: {error}")))?;
    let version = locked_version(&lock, "wasm-bindgen")
        .ok_or_else(|| Trouble::because("Cargo.lock names no wasm-bindgen, so nothing here is made for a browser"))?;
    from_crate("wasm-bindgen-cli", "wasm-bindgen", version)
}

/// How cargo runs a program for `wasm32-wasip1`, as a value of its configuration: an array, because it survives a path with a
/// space in it, which the environment variable for the same does not.
///
/// On one thread: Node 20 is prone to fall over when it ends while V8 still compiles in the background. And without garbage
/// being marked by and by: after some seconds of WebAssembly, the collection which that leads to moves objects that Node still
/// holds by their old place, and it falls over when the program returns.
pub fn wasi_runner(workspace: &Workspace) -> String {
    format!(
        "['node', '--no-warnings', '--single-threaded', '--no-incremental-marking', '{}']",
        workspace.path("xtask/wasi.mjs").display()
    )
}

/// Brings cargo-deny, which judges licences and sources.
pub fn cargo_deny() -> Result<PathBuf, Trouble> {
    from_crate("cargo-deny", "cargo-deny", CARGO_DENY)
}

/// Brings `wasm-opt`, if it can be had: pages are about a fifth larger without it, and work the same.
pub fn wasm_opt() -> Option<PathBuf> {
    let fits = |program: &PathBuf| has_version(program, BINARYEN);
    if let Some(program) = process::on_path("wasm-opt").filter(fits) {
        return Some(program);
    }
    let folder = tool_folder("binaryen", BINARYEN);
    let program = folder.join("node_modules/.bin/wasm-opt");
    if fits(&program) {
        return Some(program);
    }
    let npm = process::on_path("npm")?;
    say(format_args!("bringing wasm-opt {BINARYEN} (npm package binaryen)"));
    let package = format!("binaryen@{BINARYEN}.0.0");
    let install = ["install", "--no-audit", "--no-fund", "--no-update-notifier", "--prefix"];
    fs::create_dir_all(&folder).ok()?;
    process::run(Command::new(npm).args(install).arg(&folder).arg(package)).ok()?;
    Some(program).filter(fits)
}

/// A program of exactly this version, from PATH, from the cache or by `cargo install`.
fn from_crate(package: &str, program: &str, version: &str) -> Result<PathBuf, Trouble> {
    let fits = |file: &PathBuf| has_version(file, version);
    if let Some(file) = process::on_path(program).filter(fits) {
        return Ok(file);
    }
    let folder = tool_folder(package, version);
    let file = folder
        .join("bin")
        .join(format!("{program}{}", std::env::consts::EXE_SUFFIX));
    if fits(&file) {
        return Ok(file);
    }
    say(format_args!(
        "bringing {package} {version}: it is compiled once, which takes minutes"
    ));
    // The libraries that its authors built it with fit each other, which the newest do not always. Where a registry does not
    // have them all, the newest are a second chance.
    if process::run(install(package, version, &folder).arg("--locked")).is_err() {
        say(format_args!("once more, with the newest libraries"));
        process::run(&mut install(package, version, &folder)).map_err(|_| {
            missing(
                &format!("{package} {version}"),
                &format!("cargo install {package}@{version} --locked"),
            )
        })?;
    }
    if !fits(&file) {
        let found = file.display();
        return Err(Trouble::because(format!(
            "{package} {version} was installed, but {found} is not that version"
        )));
    }
    say(format_args!("{package} {version} is there"));
    Ok(file)
}

/// `cargo install`, hurried: these tools wait for cargo and for disks, so that optimising them buys nothing.
fn install(package: &str, version: &str, folder: &Path) -> Command {
    let mut command = process::cargo();
    command
        .args(["install", package, "--version", version, "--root"])
        .arg(folder)
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "0")
        // What belongs to the clone must not leak into a tool that all clones share.
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("RUSTFLAGS")
        .current_dir(
            folder
                .parent()
                .filter(|parent| parent.is_dir())
                .unwrap_or(Path::new("/")),
        );
    command
}

/// Whether `program --version` names this version as one of its words.
fn has_version(program: impl AsRef<Path>, version: &str) -> bool {
    let Ok(output) = Command::new(program.as_ref()).arg("--version").output() else {
        return false;
    };
    output.status.success() && names_version(&String::from_utf8_lossy(&output.stdout), version)
}

fn names_version(output: &str, version: &str) -> bool {
    output.split_whitespace().any(|word| word == version)
}

/// The version of a package in the text of a Cargo.lock; the first, if there are several.
fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let heading = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != heading).skip(1);
    lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')
}

fn missing(what: &str, command: &str) -> Trouble {
    Trouble::because(format!(
        "{what} is missing and could not be brought; this brings it:\n\n    {command}\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_a_whole_word() {
        assert!(names_version("trunk 0.21.14", "0.21.14"));
        assert!(names_version("wasm-opt version 132 (version_132)", "132"));
        assert!(!names_version("trunk 0.21.14-beta.1", "0.21.14"));
        assert!(!names_version("wasm-bindgen 0.2.1300", "0.2.130"));
    }

    #[test]
    fn the_lock_file_gives_the_version() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"1.0.0\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(locked_version(lock, "wasm"), None);
    }
}
