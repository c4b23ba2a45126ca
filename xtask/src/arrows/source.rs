//! As much Rust as it takes to see what code names: words and marks, with comments and literals left out.
//!
//! This is no compiler. A macro that pastes `std` and `fs` together would get past it, and so would a re-export from another
//! crate; it is here to catch what slips in without a thought.

use std::path::{Path, PathBuf};

use super::lexer::{Kind, Token, tokens};

/// What the core must not name, and what it does instead.
const FORBIDDEN: &[(&str, &str)] = &[
    ("std::collections::HashMap", "its order is random: use BTreeMap"),
    ("std::collections::HashSet", "its order is random: use BTreeSet"),
    ("std::collections::hash_map", "its order is random: use BTreeMap"),
    ("std::collections::hash_set", "its order is random: use BTreeSet"),
    ("std::env", "the core has no environment: take an argument"),
    ("std::fs", "files are effects: ask the driver"),
    ("std::hash::RandomState", "randomness is handed in"),
    ("std::net::TcpListener", "sockets belong to drivers"),
    ("std::net::TcpStream", "sockets belong to drivers"),
    ("std::net::ToSocketAddrs", "names are resolved by drivers"),
    ("std::net::UdpSocket", "sockets belong to drivers"),
    ("std::os", "the core runs in a browser too"),
    ("std::process", "the core starts nothing and ends nothing"),
    ("std::thread", "the core has one thread: its caller's"),
    ("std::time::Instant", "time is handed in: use portolan_wire::Instant"),
    ("std::time::SystemTime", "time is handed in: use portolan_wire::Instant"),
    ("std::time::UNIX_EPOCH", "time is handed in: use portolan_wire::Instant"),
];

/// Macros that print, and functions that give the means to.
const PRINTERS: &[(&str, char)] = &[
    ("print", '!'),
    ("println", '!'),
    ("eprint", '!'),
    ("eprintln", '!'),
    ("dbg", '!'),
    ("stdin", '('),
    ("stdout", '('),
    ("stderr", '('),
];

/// Something the core must not name.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    /// The line it stands in, from 1.
    pub line: usize,
    /// What it is and what to do about it.
    pub why: String,
}

/// What code outside its tests names and must not.
pub fn impurities(text: &str) -> Vec<Found> {
    let tokens = without_tests(&tokens(text)).tokens;
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let Kind::Word(word) = &token.kind else { continue };
        let next = tokens.get(index + 1).map(|token| &token.kind);
        if PRINTERS
            .iter()
            .any(|(name, mark)| name == word && next == Some(&Kind::Mark(*mark)))
        {
            found.push(Found {
                line: token.line,
                why: format!("{word}: the core reads and prints nothing itself"),
            });
        }
        if word == "std" {
            let mut paths = Vec::new();
            follow(&tokens, index, &mut Vec::new(), &mut paths);
            found.extend(paths.iter().filter_map(|path| {
                Some(Found {
                    line: token.line,
                    why: judged(path)?,
                })
            }));
        }
    }
    found
}

/// Files and folders that hold nothing but tests: what `#[cfg(test)] mod name;` refers to.
pub fn test_files(files: &[(PathBuf, String)]) -> Vec<PathBuf> {
    let mut tests = Vec::new();
    for (path, text) in files {
        for module in without_tests(&tokens(text)).modules {
            let folder = folder_of_modules(path);
            tests.extend([folder.join(format!("{module}.rs")), folder.join(module)]);
        }
    }
    tests
}

/// Where the modules that a file declares are looked for.
fn folder_of_modules(path: &Path) -> PathBuf {
    let own_folder = ["lib.rs", "main.rs", "mod.rs"].iter().any(|name| path.ends_with(name));
    if own_folder {
        path.parent().unwrap_or(path).to_path_buf()
    } else {
        path.with_extension("")
    }
}

/// Why a path must not be named. `std::time` alone is as bad as what is in it: the next line can take that from it.
fn judged(path: &[String]) -> Option<String> {
    let named = path.join("::");
    let module = named.strip_suffix("::*").unwrap_or(&named);
    if module == "std" {
        return (named != module).then(|| format!("{named}: name what you take"));
    }
    let (forbidden, instead) = FORBIDDEN
        .iter()
        .find(|(forbidden, _)| is_or_inside(module, forbidden) || (is_or_inside(forbidden, module)))?;
    let why = if is_or_inside(module, forbidden) {
        (*instead).to_owned()
    } else {
        format!("name what you take from it; {forbidden} is not for the core")
    };
    Some(format!("{named}: {why}"))
}

/// Whether a path is another or leads on from it.
fn is_or_inside(path: &str, other: &str) -> bool {
    path.strip_prefix(other)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Collects the paths that begin with the word at `index`, also through `{...}`; returns where they end.
fn follow(tokens: &[Token], index: usize, path: &mut Vec<String>, paths: &mut Vec<Vec<String>>) -> usize {
    let kind = |index: usize| tokens.get(index).map(|token| &token.kind);
    let is = |index: usize, mark: char| kind(index) == Some(&Kind::Mark(mark));
    let depth = path.len();
    let mut at = index;
    loop {
        match kind(at) {
            Some(Kind::Word(word)) if word == "self" => {}
            Some(Kind::Word(word)) => path.push(word.clone()),
            Some(Kind::Mark('*')) => path.push("*".into()),
            _ => break,
        }
        at += 1;
        if !(is(at, ':') && is(at + 1, ':')) {
            break;
        }
        at += 2;
        if is(at, '{') {
            at += 1;
            while at < tokens.len() && !is(at, '}') {
                at = match kind(at) {
                    Some(Kind::Word(word)) if word == "as" => at + 2,
                    Some(Kind::Word(_) | Kind::Mark('*')) => follow(tokens, at, path, paths),
                    _ => at + 1,
                };
            }
            path.truncate(depth);
            return at + 1;
        }
    }
    paths.push(path.clone());
    path.truncate(depth);
    at
}

/// Code with what `#[cfg(test)]` marks left out.
struct Untested {
    tokens: Vec<Token>,
    /// The names in `#[cfg(test)] mod name;`.
    modules: Vec<String>,
}

fn without_tests(tokens: &[Token]) -> Untested {
    let mut kept = Untested {
        tokens: Vec::new(),
        modules: Vec::new(),
    };
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if let Some(after) = test_attribute(tokens, at) {
            at = skip_item(tokens, after, &mut kept.modules);
        } else {
            kept.tokens.push(token.clone());
            at += 1;
        }
    }
    kept
}

/// Where `#[cfg(test)]` or `#[cfg(all(test, ...))]` ends, if it begins here.
fn test_attribute(tokens: &[Token], at: usize) -> Option<usize> {
    let text: String = tokens
        .get(at..)?
        .iter()
        .take(8)
        .map(|token| token.kind.to_string())
        .collect();
    let marks_tests = text.starts_with("#[cfg(test)]") || text.starts_with("#[cfg(all(test");
    marks_tests.then(|| closing(tokens, at + 1))
}

/// Passes over the item that starts here, with its other attributes.
fn skip_item(tokens: &[Token], mut at: usize, modules: &mut Vec<String>) -> usize {
    let mut last = String::new();
    let mut before = String::new();
    while let Some(token) = tokens.get(at) {
        match &token.kind {
            Kind::Mark('{') => return closing(tokens, at),
            Kind::Mark('(' | '[') => at = closing(tokens, at),
            Kind::Mark(';') => {
                if before == "mod" {
                    modules.push(last);
                }
                return at + 1;
            }
            Kind::Mark(_) => at += 1,
            Kind::Word(word) => {
                before = std::mem::replace(&mut last, word.clone());
                at += 1;
            }
        }
    }
    at
}

/// Where the bracket that opens here is closed again: the index after it.
fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        match token.kind {
            Kind::Mark('{' | '(' | '[') => depth += 1,
            Kind::Mark('}' | ')' | ']') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return index + 1;
        }
    }
    tokens.len()
}

#[cfg(test)]
#[path = "source_tests.rs"]
mod tests;
