//! Turns the catalogue's TOML files into bytes that the crate compiles in, so that the engine in the browser needs no
//! parser of texts. A bad file fails the build, with its line.

// The model's modules are shared with the crate; not everything in them is used here.
#![allow(dead_code, unused_imports, missing_docs)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

#[path = "src/file/mod.rs"]
mod file;
#[path = "src/parse.rs"]
mod parse;

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("no CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("no OUT_DIR")?).join("catalogue.bytes");
    let folder = root.join("catalogue");
    for watched in ["catalogue", "src/file", "src/parse.rs", "build.rs"] {
        println!("cargo::rerun-if-changed={watched}");
    }
    let mut scenarios = Vec::new();
    // The file's order is the catalogue's: the names carry a number, `1-call-a-port.toml`.
    for path in files(&folder)? {
        scenarios.push(read(&path)?);
    }
    fs::write(&out, portolan_wire::plain::write(&scenarios)).map_err(|error| format!("{}: {error}", out.display()))
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| format!("{}: {error}", folder.display()))?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> Result<file::Scenario, String> {
    let shown = path.display();
    let text = fs::read_to_string(path).map_err(|error| format!("{shown}: {error}"))?;
    let scenario = parse::parse(&text).map_err(|error| format!("{shown}: {error}"))?;
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    match stem.split_once('-') {
        Some((_, name)) if name == scenario.name => Ok(scenario),
        _ => Err(format!(
            "{shown}: the file's name must be a number, a hyphen and `{}`",
            scenario.name
        )),
    }
}
