//! Suites that count their tests.
//!
//! Cargo joins the features of all packages it is asked to build at once, and builds a dependency anew when they differ. So
//! the native tests and each end-to-end suite ask for the same packages, all of them, and pick targets by name.

use std::fs;
use std::process::Command;

use super::plan::END_TO_END;
use crate::process::{self, Counts, Trouble, say};
use crate::workspace::Workspace;
use crate::{arrows, manifest, program, tools};

/// WebAssembly with just enough of a system around it for Rust's own test harness.
const WASI: &str = "wasm32-wasip1";

/// Where the tests in a real browser are.
const BROWSER_TESTS: &str = "tests/browser";

/// Everything but the end-to-end tests; examples in documentation too.
pub fn native(workspace: &Workspace) -> Result<Counts, Trouble> {
    let mut tests = process::cargo();
    tests
        .current_dir(workspace.root())
        .args(["test", "--workspace", "--no-fail-fast", "--lib", "--bins"]);
    for package in manifest::packages(workspace)?
        .into_iter()
        .filter(|package| package.name != END_TO_END)
    {
        tests.args(package.tests.iter().flat_map(|test| ["--test", test]));
    }
    let mut counts = process::count(&mut tests)?;
    let mut examples = process::cargo();
    examples
        .current_dir(workspace.root())
        .args(["test", "--workspace", "--no-fail-fast", "--doc"]);
    counts += process::count(&mut examples)?;
    Ok(counts)
}

/// The core's own tests, unchanged, compiled to WebAssembly and run by Node.
///
/// The page itself is made for `wasm32-unknown-unknown`, which has no harness of its own. For code that touches nothing
/// outside, which `arrows` sees to, the two differ in nothing but what a test may print or read.
pub fn wasm(workspace: &Workspace) -> Result<Counts, Trouble> {
    if process::on_path("node").is_none() {
        return Err(Trouble::because(
            "node is missing; it runs the WebAssembly (any version from 20)",
        ));
    }
    tools::target(WASI)?;
    let runner = format!("target.{WASI}.runner = {}", tools::wasi_runner(workspace));
    let mut tests = process::cargo();
    tests
        .current_dir(workspace.root())
        .args(["test", "--no-fail-fast", "--lib", "--tests", "--target", WASI]);
    for package in manifest::packages(workspace)?
        .iter()
        .filter(|package| arrows::is_core(workspace, package))
    {
        tests.args(["--package", &package.name]);
    }
    tests
        .args(["--config", &runner])
        // A panic ends the program there and then: what it says must not be kept back for later.
        .args(["--", "--nocapture"])
        // A reviewed snapshot is compared; there is no reviewer in here who could accept a new one.
        .env("INSTA_UPDATE", "no")
        .env("INSTA_WORKSPACE_ROOT", workspace.root());
    process::count(&mut tests)
}

/// One end-to-end suite, against the finished program.
pub fn end_to_end(workspace: &Workspace, test: &str) -> Result<Counts, Trouble> {
    program::build(workspace)?;
    let mut tests = process::cargo();
    tests
        .current_dir(workspace.root())
        .args(["test", "--workspace", "--no-fail-fast", "--test", test])
        .env("PORTOLAN_PROGRAM", workspace.program());
    process::count(&mut tests)
}

/// Whether there is anything for [`browser`] to run.
pub fn has_browser_tests(workspace: &Workspace) -> bool {
    let Ok(entries) = fs::read_dir(workspace.path(BROWSER_TESTS)) else {
        return false;
    };
    entries
        .flatten()
        .any(|entry| entry.file_name().to_string_lossy().ends_with(".test.mjs"))
}

/// The page in a real browser, served by the finished program.
pub fn browser(workspace: &Workspace) -> Result<Counts, Trouble> {
    program::build(workspace)?;
    let folder = workspace.path(BROWSER_TESTS);
    let read = |name: &str| fs::read_to_string(folder.join(name)).ok();
    // The copy says what was installed from; another lock file wants another install.
    let stamp = "node_modules/.portolan-lock";
    if read(stamp).is_none() || read(stamp) != read("package-lock.json") {
        say("bringing what the browser tests import (npm ci)");
        process::run(
            Command::new("npm")
                .current_dir(&folder)
                .args(["ci", "--no-audit", "--no-fund"]),
        )?;
        fs::copy(folder.join("package-lock.json"), folder.join(stamp))
            .map_err(|error| Trouble::because(format!("{stamp}: {error}")))?;
    }
    let mut tests = Command::new("node");
    tests
        .current_dir(&folder)
        .args(["--test", "--test-concurrency=1", "--test-reporter=spec"])
        .env("PORTOLAN_PROGRAM", workspace.program());
    process::count(&mut tests)
}
