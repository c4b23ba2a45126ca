//! Suites that pass or fail as a whole.

use std::process::Command;

use crate::process::{self, Trouble};
use crate::workspace::Workspace;
use crate::{arrows, manifest, program, tools, weight};

/// The target of the page and its engine.
const BROWSER: &str = "wasm32-unknown-unknown";

pub fn format(workspace: &Workspace) -> Result<(), Trouble> {
    cargo(workspace, &["fmt", "--all", "--check"])
}

pub fn arrows(workspace: &Workspace) -> Result<(), Trouble> {
    let breaches = arrows::breaches(workspace)?;
    if breaches.is_empty() {
        Ok(())
    } else {
        Err(Trouble::because(format!("\n  {}", breaches.join("\n  "))))
    }
}

pub fn deny(workspace: &Workspace) -> Result<(), Trouble> {
    let deny = tools::cargo_deny()?;
    process::run(
        Command::new(deny)
            .current_dir(workspace.root())
            .args(["check", "bans", "licenses", "sources"]),
    )
}

/// Everything as this machine compiles it, and what is for a browser once more as a browser gets it.
pub fn clippy(workspace: &Workspace) -> Result<(), Trouble> {
    let lint = |what: &[&str]| {
        let mut clippy = process::cargo();
        clippy
            .current_dir(workspace.root())
            .args(["clippy", "--keep-going"])
            .args(what);
        process::run(clippy.args(["--", "-D", "warnings"]))
    };
    lint(&["--workspace", "--all-targets"])?;
    tools::target(BROWSER)?;
    let packages = manifest::packages(workspace)?;
    let for_browsers = packages
        .iter()
        .filter(|package| package.folder.starts_with(workspace.path("frontend")));
    let names: Vec<_> = for_browsers.flat_map(|package| ["--package", &package.name]).collect();
    lint(&[names.as_slice(), &["--target", BROWSER]].concat())
}

pub fn docs(workspace: &Workspace) -> Result<(), Trouble> {
    let mut doc = process::cargo();
    doc.current_dir(workspace.root())
        .args(["doc", "--keep-going", "--no-deps", "--workspace"])
        .env("RUSTDOCFLAGS", "-D warnings");
    process::run(&mut doc)
}

pub fn build(workspace: &Workspace) -> Result<(), Trouble> {
    program::build(workspace)
}

pub fn weight(workspace: &Workspace) -> Result<(), Trouble> {
    weight::check(workspace)
}

fn cargo(workspace: &Workspace, arguments: &[&str]) -> Result<(), Trouble> {
    process::run(process::cargo().current_dir(workspace.root()).args(arguments))
}
