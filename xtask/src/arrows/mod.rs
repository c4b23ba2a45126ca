//! The rules of the design that no compiler checks: which crate may use which, and that the core touches nothing outside.
//!
//! * [`rules`] judges what manifests declare;
//! * [`source`] judges what the core's code names, with a [`lexer`] to leave out comments and literals.

mod lexer;
mod rules;
mod source;

use std::fs;
use std::path::{Path, PathBuf};

use crate::manifest::{self, Package};
use crate::process::{self, Trouble};
use crate::workspace::Workspace;

/// Every breach of the rules, one sentence each. None is what we want.
pub fn breaches(workspace: &Workspace) -> Result<Vec<String>, Trouble> {
    let packages = manifest::packages(workspace)?;
    let mut breaches = rules::arrows(&packages);
    for package in &packages {
        let core = is_core(workspace, package);
        breaches.extend(rules::closure(&package.name, core, &closure(workspace, &package.name)?));
        if core {
            breaches.extend(rules::direct(package));
            breaches.extend(impurities(workspace, &package.folder.join("src"))?);
        }
    }
    Ok(breaches)
}

/// The packages under `crates/`.
pub fn is_core(workspace: &Workspace, package: &Package) -> bool {
    package.folder.starts_with(workspace.path("crates"))
}

/// The names of all packages that end up in a browser when this one does.
fn closure(workspace: &Workspace, name: &str) -> Result<Vec<String>, Trouble> {
    let arguments = [
        "tree",
        "--quiet",
        "--edges",
        "normal,no-proc-macro",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ];
    let tree = process::read(process::cargo().current_dir(workspace.root()).args(arguments).args([
        "--target",
        "wasm32-unknown-unknown",
        "--package",
        name,
    ]))?;
    Ok(tree
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .map(String::from)
        .collect())
}

/// What the core's own code names and must not.
fn impurities(workspace: &Workspace, folder: &Path) -> Result<Vec<String>, Trouble> {
    let mut files = Vec::new();
    for path in rust_files(folder)? {
        files.push((path.clone(), read(&path)?));
    }
    let tests = source::test_files(&files);
    let mut breaches = Vec::new();
    for (path, text) in files
        .iter()
        .filter(|(path, _)| !tests.iter().any(|test| path.starts_with(test)))
    {
        let shown = path.strip_prefix(workspace.root()).unwrap_or(path).display();
        let found = source::impurities(text);
        breaches.extend(
            found
                .into_iter()
                .map(|found| format!("{shown}:{}: {}", found.line, found.why)),
        );
    }
    Ok(breaches)
}

fn rust_files(folder: &Path) -> Result<Vec<PathBuf>, Trouble> {
    let unreadable = |error| Trouble::because(format!("{} cannot be read: {error}", folder.display()));
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            files.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn read(path: &Path) -> Result<String, Trouble> {
    fs::read_to_string(path).map_err(|error| Trouble::because(format!("{} cannot be read: {error}", path.display())))
}
