//! Puts the page into the program: every file of the page's folder, as it is and compressed with brotli.
//!
//! The folder is `PORTOLAN_PAGE_DIR`, or `dist` in the workspace's root if there is one. Without either the program is
//! built all the same, and `portolan serve` says how to build it with its page.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

/// A file of the page.
struct Asset {
    /// Where it is.
    file: PathBuf,
    /// Its path in an address, beginning with `/`.
    path: String,
}

fn build() -> Result<(), String> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=PORTOLAN_PAGE_DIR");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("no OUT_DIR")?);
    let mut assets = Vec::new();
    if let Some(folder) = folder()? {
        // A folder is watched with all that is in it.
        println!("cargo::rerun-if-changed={}", folder.display());
        collect(&folder, "", &mut assets)?;
    }
    assets.sort_by(|one, other| one.path.cmp(&other.path));
    let mut table = String::from("&[\n");
    for (nth, asset) in assets.iter().enumerate() {
        let bytes = read(&asset.file)?;
        let compressed = out.join(format!("{nth}.br"));
        let smaller = compress(&bytes)?;
        let worth_it = smaller.len() < bytes.len();
        if worth_it {
            write(&compressed, &smaller)?;
        }
        let brotli = if worth_it {
            format!("Some(include_bytes!({compressed:?}))")
        } else {
            "None".to_owned()
        };
        let tag = format!("{:016x}", fingerprint(&bytes));
        let row = format!(
            "    Asset {{ path: {:?}, tag: {tag:?}, plain: include_bytes!({:?}), brotli: {brotli} }},",
            asset.path, asset.file
        );
        writeln!(table, "{row}").map_err(|error| error.to_string())?;
    }
    table.push(']');
    write(&out.join("page.rs"), table.as_bytes())
}

/// The folder the page is in, if there is one.
fn folder() -> Result<Option<PathBuf>, String> {
    if let Some(named) = env::var_os("PORTOLAN_PAGE_DIR").filter(|named| !named.is_empty()) {
        let folder = PathBuf::from(named);
        return match folder.canonicalize() {
            Ok(folder) if folder.is_dir() => Ok(Some(folder)),
            _ => Err(format!(
                "PORTOLAN_PAGE_DIR names {}, which is no folder",
                folder.display()
            )),
        };
    }
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("no CARGO_MANIFEST_DIR")?);
    // Where it is missing it is not watched: cargo would take that for a change at every build. `cargo xtask build` names
    // the folder instead.
    let folder = root.join("..").join("dist");
    Ok(folder
        .canonicalize()
        .ok()
        .filter(|folder| folder.join("index.html").is_file()))
}

fn collect(folder: &Path, above: &str, assets: &mut Vec<Asset>) -> Result<(), String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries {
        let file = entry.map_err(|error| format!("{}: {error}", folder.display()))?.path();
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.is_empty() || name.starts_with('.') {
            continue;
        }
        let path = format!("{above}/{name}");
        if file.is_dir() {
            collect(&file, &path, assets)?;
        } else {
            assets.push(Asset { file, path });
        }
    }
    Ok(())
}

fn compress(bytes: &[u8]) -> Result<Vec<u8>, String> {
    // At its best it takes seconds for a megabyte of WebAssembly: worth it in what people get, not while developing.
    let released = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: if released { 11 } else { 5 },
        ..Default::default()
    };
    let mut smaller = Vec::new();
    brotli::BrotliCompress(&mut &*bytes, &mut smaller, &parameters).map_err(|error| error.to_string())?;
    Ok(smaller)
}

/// FNV-1a, 64 bits: tells one version of our own files from another.
fn fingerprint(bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    fs::write(path, bytes).map_err(|error| format!("{}: {error}", path.display()))
}
