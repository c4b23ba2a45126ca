//! What a visitor downloads: the page, its engine and its reader, as a server sends them, compressed with brotli.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::process::{self, Trouble};
use crate::workspace::Workspace;

/// What each download should weigh at most, in bytes of brotli: the engine with TLS in it, and the cryptography for both its ends.
/// Behind it what it weighs by now, and a little over: a ratchet, to be turned down with every saving until the two are one.
pub const MOST: [(Part, &str, u64, u64); 3] = [
    (Part::Page, "page", 150 * 1024, 136 * 1024),
    (Part::Engine, "engine", 320 * 1024, 320 * 1024),
    (Part::Reader, "reader", 150 * 1024, 219 * 1024),
];

/// Compresses with Node, which has brotli built in and is needed for the tests anyway.
const COMPRESS: &str = "\
    const { readFileSync } = require('node:fs'); const { brotliCompressSync } = require('node:zlib');\
    for (const file of process.argv.slice(1)) console.log(brotliCompressSync(readFileSync(file)).length);";

/// A file of the page.
pub struct Weight {
    /// Its name.
    pub name: String,
    /// Its size as it is, in bytes.
    pub plain: u64,
    /// Its size after brotli at its best, in bytes.
    pub brotli: u64,
    /// Which of the downloads it belongs to.
    pub part: Part,
}

/// The downloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What the first screen needs.
    Page,
    /// The web worker, loaded when first needed.
    Engine,
    /// The other web worker, loaded with the Live tab or a log from a file.
    Reader,
}

/// Every file of the built page.
pub fn weights(workspace: &Workspace) -> Result<Vec<Weight>, Trouble> {
    let folder = workspace.page();
    let unreadable = |error| Trouble::because(format!("{} cannot be read: {error}", folder.display()));
    let mut files = Vec::new();
    for entry in fs::read_dir(&folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    let output = process::read(Command::new("node").args(["--eval", COMPRESS, "--"]).args(&files))?;
    let sizes = output.lines().filter_map(|line| line.parse().ok());
    let weight = |(path, brotli): (&std::path::PathBuf, u64)| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Weight {
            part: part(Path::new(&name)),
            plain: fs::metadata(path).map_or(0, |data| data.len()),
            brotli,
            name,
        }
    };
    Ok(files.iter().zip(sizes).map(weight).collect())
}

/// The sum of one of the downloads, in bytes of brotli.
pub fn sum(weights: &[Weight], part: Part) -> u64 {
    weights
        .iter()
        .filter(|weight| weight.part == part)
        .map(|weight| weight.brotli)
        .sum()
}

/// Trouble if one of the downloads has become heavier than it was, or is not there at all.
pub fn check(workspace: &Workspace) -> Result<(), Trouble> {
    let weights = weights(workspace)?;
    for (part, name, goal, most) in MOST {
        let sum = sum(&weights, part);
        let (now, goal) = (sum as f64 / 1024.0, goal / 1024);
        println!(
            "{name}: {now:.1} KB brotli; the goal is {goal} KB, the most it may be now {} KB",
            most / 1024
        );
        if sum == 0 || sum > most {
            return Err(Trouble::because(format!(
                "the {name} weighs {sum} bytes, which is not between 1 and {most}"
            )));
        }
    }
    Ok(())
}

fn part(name: &Path) -> Part {
    let name = name.to_string_lossy();
    if name.starts_with("engine") || name.starts_with("worker") {
        Part::Engine
    } else if name.starts_with("reader") {
        Part::Reader
    } else {
        Part::Page
    }
}
