//! The page: Trunk builds it and `wasm-opt` makes it small; neither runs when nothing has changed.

use std::collections::hash_map::DefaultHasher;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::names::{self, Renamed};
use crate::process::{self, Trouble, say};
use crate::silence::{self, Unread};
use crate::tools;
use crate::workspace::Workspace;

/// What the page is made of.
const SOURCES: &[&str] = &[
    "index.html",
    "Trunk.toml",
    "Cargo.toml",
    "Cargo.lock",
    ".cargo/config.toml",
    "crates",
    "frontend",
    // What is done to the page afterwards.
    "xtask/src/names.rs",
    "xtask/src/page.rs",
    "xtask/src/silence.rs",
];

/// What rustc's WebAssembly uses. Named one by one: `--all-features` would let `wasm-opt` use what browsers have not.
const FEATURES: &[&str] = &[
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--enable-simd",
];

/// How `wasm-opt` goes about it, in this order. Rust puts the stack lowest in memory, so nothing else lies there and an
/// offset can be part of a load; what goes over flattened code finds branches that LLVM left; a large function that stands
/// for itself, next to those of its own module, compresses better than inside its only caller; names of tools are no use.
const PASSES: &[&str] = &[
    "--one-caller-inline-max-function-size=20",
    "--always-inline-max-function-size=4",
    "-Oz",
    "--low-memory-unused",
    "--flatten",
    "--rereloop",
    "-Oz",
    "--flatten",
    "--rereloop",
    "-Oz",
    "--gufa-optimizing",
    "--monomorphize",
    "-Oz",
    "--code-folding",
    "-Oz",
    "--reorder-functions-by-name",
    "--strip-producers",
    "--strip-target-features",
    names::PASS,
];

/// Builds the page into `dist/`, unless it is there and as it should be.
pub fn build(workspace: &Workspace) -> Result<(), Trouble> {
    for needed in ["index.html", "Trunk.toml"] {
        if !workspace.path(needed).is_file() {
            return Err(Trouble::because(format!(
                "the page is missing: there is no {needed} at the root"
            )));
        }
    }
    tools::target("wasm32-unknown-unknown")?;
    let trunk = tools::trunk()?;
    let bindgen = tools::wasm_bindgen(workspace)?;
    let optimiser = tools::wasm_opt();

    let stamp = stamp(workspace, optimiser.is_some())?;
    let stamp_file = workspace.notes().join("page.stamp");
    let page = workspace.page();
    if page.join("index.html").is_file() && fs::read_to_string(&stamp_file).is_ok_and(|old| old == stamp) {
        say("the page is as it was");
        return Ok(());
    }
    say("building the page");
    // Without its stamp a page that is only half done is never taken for a finished one.
    let _ = fs::remove_file(&stamp_file);
    process::run(
        Command::new(trunk)
            .current_dir(workspace.root())
            // Not `--release`: Trunk.toml names the profile, and all the flag adds is a `wasm-opt` run that ends in an error
            // where there is none. What that run would do is done below.
            .args(["build", "--offline", "--dist"])
            .arg(&page)
            .arg("index.html")
            .env("PATH", path_with(&bindgen))
            // Trunk wants `true` or `false` here, and ends with an error at the `1` that is usual elsewhere.
            .env_remove("NO_COLOR"),
    )?;
    join_styles(&page)?;
    tell_the_service_worker(&page)?;
    for file in files(&page)? {
        slim(&file)?;
    }
    match optimiser {
        Some(optimiser) => optimise(&optimiser, &page)?,
        None => say("wasm-opt and npm are missing: the page works, and is about a fifth larger than it need be"),
    }
    fs::create_dir_all(workspace.notes())
        .and_then(|()| fs::write(&stamp_file, stamp))
        .map_err(io("target"))
}

/// Writes into the service worker which files the page has, but for itself and for itself under its file's name.
fn tell_the_service_worker(page: &Path) -> Result<(), Trouble> {
    const NONE: &str = "const FILES = [];";
    let worker = page.join("offline.js");
    let failed = || io("offline.js");
    let text = fs::read_to_string(&worker).map_err(failed())?;
    let mut names: Vec<String> = files(page)?
        .iter()
        .filter_map(|file| file.file_name()?.to_str().map(str::to_owned))
        .filter(|name| name != "offline.js" && name != "index.html")
        .collect();
    names.sort();
    let list: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    if !text.contains(NONE) {
        return Err(Trouble::because(format!(
            "offline.js has no place for the page's files: `{NONE}`"
        )));
    }
    fs::write(
        &worker,
        text.replace(NONE, &format!("const FILES = [{}];", list.join(", "))),
    )
    .map_err(failed())
}

/// Makes every WebAssembly file of the page small, in place.
fn optimise(optimiser: &Path, page: &Path) -> Result<(), Trouble> {
    for file in files(page)?
        .into_iter()
        .filter(|file| file.extension().is_some_and(|extension| extension == "wasm"))
    {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        say(format_args!("optimising {name}"));
        if let Some(unread) = Unread::of(&name) {
            silence(&file, unread)?;
        }
        let printed = process::read(
            Command::new(optimiser)
                .args(FEATURES)
                .arg(&file)
                .args(PASSES)
                .arg("-o")
                .arg(&file),
        )?;
        let script = page.join(format!("{}.js", name.trim_end_matches("_bg.wasm")));
        let failed = || io(&script.display().to_string());
        let text = fs::read_to_string(&script).map_err(failed())?;
        let text = Renamed::read(&printed).apply(&text)?;
        fs::write(&script, text).map_err(failed())?;
    }
    Ok(())
}

/// Takes the words that nobody reads out of a worker, in place.
fn silence(file: &Path, unread: Unread) -> Result<(), Trouble> {
    let failed = || io(&file.display().to_string());
    let wasm = fs::read(file).map_err(failed())?;
    let wasm = silence::silenced(&wasm, unread)
        .ok_or_else(|| Trouble::because(format!("{} is no WebAssembly that can be read", file.display())))?;
    fs::write(file, wasm).map_err(failed())
}

/// Makes one file of all styles, in their order: what they have in common is then compressed once.
fn join_styles(page: &Path) -> Result<(), Trouble> {
    const LINK: [&str; 2] = ["<link rel=\"stylesheet\" href=\"./", "\"/>"];
    const JOINED: &str = "page.css";
    let index = page.join("index.html");
    let failed = |path: &Path| io(&path.display().to_string());
    let (mut html, mut styles) = (String::new(), String::new());
    for line in fs::read_to_string(&index).map_err(failed(&index))?.lines() {
        let style = line
            .trim()
            .strip_prefix(LINK[0])
            .and_then(|rest| rest.strip_suffix(LINK[1]));
        let Some(style) = style else {
            html.push_str(line);
            html.push('\n');
            continue;
        };
        if styles.is_empty() {
            html.push_str(&format!("{}{JOINED}{}\n", LINK[0], LINK[1]));
        }
        let style = page.join(style);
        styles.push_str(&fs::read_to_string(&style).map_err(failed(&style))?);
        fs::remove_file(&style).map_err(failed(&style))?;
    }
    let joined = page.join(JOINED);
    fs::write(&joined, styles).map_err(failed(&joined))?;
    fs::write(&index, html).map_err(failed(&index))
}

/// Takes indentation and lines of comment out of a script or a style, in place; what `wasm-bindgen` writes is a quarter of
/// both. Nothing of ours, nor of its, has a text that goes over several lines.
fn slim(file: &Path) -> Result<(), Trouble> {
    let kind = file.extension().and_then(|extension| extension.to_str());
    if !matches!(kind, Some("js" | "css")) {
        return Ok(());
    }
    let failed = || io(&file.display().to_string());
    let text = fs::read_to_string(file).map_err(failed())?;
    fs::write(file, slimmed(&text)).map_err(failed())
}

/// Without indentation, empty lines, and comments that have their lines to themselves.
fn slimmed(text: &str) -> String {
    let mut slim = String::new();
    let mut in_comment = false;
    for line in text.lines().map(str::trim) {
        in_comment |= line.starts_with("/*");
        let skipped = in_comment || line.is_empty() || line.starts_with("//");
        if in_comment && let Some((_, rest)) = line.split_once("*/") {
            in_comment = false;
            // What follows on the line counts.
            if !rest.trim().is_empty() {
                slim.push_str(rest.trim());
                slim.push('\n');
            }
        } else if !skipped {
            slim.push_str(line);
            slim.push('\n');
        }
    }
    slim
}

/// PATH with a tool's folder in front.
fn path_with(tool: &Path) -> OsString {
    let path = env::var_os("PATH").unwrap_or_default();
    let first = tool.parent().map(Path::to_path_buf);
    env::join_paths(first.into_iter().chain(env::split_paths(&path))).unwrap_or(path)
}

/// A number that changes whenever a source does. Contents are read, not times: a fresh checkout of the same tree is the same.
fn stamp(workspace: &Workspace, optimised: bool) -> Result<String, Trouble> {
    let mut hasher = DefaultHasher::new();
    optimised.hash(&mut hasher);
    for source in SOURCES {
        for file in files(&workspace.path(source))? {
            file.strip_prefix(workspace.root()).unwrap_or(&file).hash(&mut hasher);
            fs::read(&file)
                .map_err(io(&file.display().to_string()))?
                .hash(&mut hasher);
        }
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// A file, or all files of a folder and those below, in order; none if there is nothing.
fn files(path: &Path) -> Result<Vec<PathBuf>, Trouble> {
    if path.is_file() {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut files = Vec::new();
    if path.is_dir() {
        let failed = io(&path.display().to_string());
        let entries = fs::read_dir(path).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
        let mut entries: Vec<PathBuf> = entries.map_err(failed)?;
        entries.sort();
        for entry in entries {
            files.extend(self::files(&entry)?);
        }
    }
    Ok(files)
}

fn io(what: &str) -> impl FnOnce(std::io::Error) -> Trouble + use<> {
    let what = what.to_owned();
    move |error| Trouble::because(format!("{what}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::slimmed;

    #[test]
    fn what_is_no_comment_stays() {
        let text = "/**\n * Why.\n */\nlet a = 1; // one\n\n    // two\n    b(\"/* no */\");\n/* x */ p { /* y */ }\n";
        assert_eq!(slimmed(text), "let a = 1; // one\nb(\"/* no */\");\np { /* y */ }\n");
    }
}
