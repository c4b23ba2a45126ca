//! Short names for what WebAssembly and its script call each other by. `wasm-bindgen` ends each with sixteen digits of a
//! hash, and what is random cannot be compressed.

use std::collections::BTreeMap;

use crate::process::Trouble;

/// What `wasm-opt` is told so that it shortens a file's names, and prints which is which.
pub const PASS: &str = "--minify-imports-and-exports-and-modules";

/// What it calls every module then.
const MODULE: &str = "a";

/// What `wasm-opt` renamed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Renamed {
    /// What the WebAssembly takes from its script, by its old name.
    imports: BTreeMap<String, String>,
    /// What it gives.
    exports: BTreeMap<String, String>,
    /// The old name of the module that the imports are from.
    module: String,
}

impl Renamed {
    /// Reads what `wasm-opt` printed: a line `["module", "old", "new"]` for each import, one `["old", "new"]` for each export.
    pub fn read(printed: &str) -> Self {
        let mut renamed = Self::default();
        for line in printed.lines() {
            let words: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
            match words.as_slice() {
                [module, old, new] => {
                    renamed.module = (*module).to_owned();
                    renamed.imports.insert((*old).to_owned(), (*new).to_owned());
                }
                [old, new] => {
                    renamed.exports.insert((*old).to_owned(), (*new).to_owned());
                }
                _ => {}
            }
        }
        renamed
    }

    /// The script with the new names. An export stands behind `wasm.`; an import's name is its own.
    ///
    /// # Errors
    /// When an import stands nowhere in the script: then the two would not work together.
    pub fn apply(&self, script: &str) -> Result<String, Trouble> {
        let module = format!("\"{}\"", self.module);
        let script = script.replace(&module, &format!("\"{MODULE}\""));
        let mut missing: BTreeMap<&str, &str> = names(&self.imports).collect();
        let mut renamed = String::new();
        let mut rest = script.as_str();
        while !rest.is_empty() {
            let end = rest.find(|c: char| !in_name(c)).unwrap_or(rest.len());
            let (name, behind) = rest.split_at(end);
            let new = match self.imports.get(name) {
                Some(new) => {
                    missing.remove(name);
                    new.as_str()
                }
                None if renamed.ends_with("wasm.") => self.exports.get(name).map_or(name, String::as_str),
                None => name,
            };
            renamed.push_str(new);
            let next = behind.find(in_name).unwrap_or(behind.len());
            let (between, behind) = behind.split_at(next);
            renamed.push_str(between);
            rest = behind;
        }
        match missing.keys().next() {
            None => Ok(renamed),
            Some(name) => Err(Trouble::because(format!("the script does not have {name}"))),
        }
    }
}

fn names(map: &BTreeMap<String, String>) -> impl Iterator<Item = (&str, &str)> {
    map.iter().map(|(old, new)| (old.as_str(), new.as_str()))
}

const fn in_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '$')
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = r#"{
 "imports": [
  ["./app_bg.js", "__wbg_now_463a", "$a"]
 ],
"exports": [
  ["memory", "b"],
  ["main", "c"]
 ]
}"#;

    #[test]
    fn both_sides_get_the_same_names() {
        let renamed = Renamed::read(PRINTED);
        let script = "const memory = { \"./app_bg.js\": { __wbg_now_463a: () => wasm.memory.buffer } }; wasm.main(main, x.memory);";
        assert_eq!(
            renamed.apply(script).unwrap(),
            "const memory = { \"a\": { $a: () => wasm.b.buffer } }; wasm.c(main, x.memory);"
        );
    }

    #[test]
    fn a_name_that_the_script_lacks_is_trouble() {
        let renamed = Renamed::read(PRINTED);
        assert!(renamed.apply("__wbg_now_463a_more: 1").is_err());
        assert!(renamed.apply("").is_err());
    }
}
