//! What cargo says the workspace is made of.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::process::{self, Trouble};
use crate::workspace::Workspace;

/// A package of the workspace.
#[derive(Debug)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// The folder of its manifest.
    pub folder: PathBuf,
    /// Every dependency it declares, for all targets and features.
    pub dependencies: Vec<Dependency>,
    /// Its integration tests.
    pub tests: Vec<String>,
    /// `[package.metadata.suites]`: for each of its integration tests the programs that must be on the machine.
    pub suites: BTreeMap<String, Vec<String>>,
}

/// A dependency as declared in a manifest.
#[derive(Debug)]
pub struct Dependency {
    /// The package's own name, whatever it is renamed to.
    pub name: String,
    /// When it is there.
    pub kind: Kind,
}

/// When a dependency is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// In what is built.
    Normal,
    /// In a build script.
    Build,
    /// In tests.
    Dev,
}

/// The packages of the workspace, in the order of their names.
pub fn packages(workspace: &Workspace) -> Result<Vec<Package>, Trouble> {
    let text = process::read(process::cargo().current_dir(workspace.root()).args([
        "metadata",
        "--no-deps",
        "--format-version",
        "1",
    ]))?;
    parse(&text)
}

fn parse(metadata: &str) -> Result<Vec<Package>, Trouble> {
    let metadata: Value = serde_json::from_str(metadata)
        .map_err(|error| Trouble::because(format!("`cargo metadata` wrote something else than JSON: {error}")))?;
    let mut packages: Vec<_> = list(&metadata, "packages").iter().map(package).collect();
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(packages)
}

fn package(value: &Value) -> Package {
    let manifest = PathBuf::from(text(value, "manifest_path"));
    let targets = |kind: &str| {
        let of_kind = |target: &&Value| list(target, "kind").iter().any(|found| found == kind);
        list(value, "targets")
            .iter()
            .filter(of_kind)
            .map(|target| text(target, "name"))
            .collect()
    };
    Package {
        name: text(value, "name"),
        folder: manifest.parent().unwrap_or(Path::new("")).to_path_buf(),
        dependencies: list(value, "dependencies").iter().map(dependency).collect(),
        tests: targets("test"),
        suites: suites(value),
    }
}

fn dependency(value: &Value) -> Dependency {
    let kind = match value.get("kind").and_then(Value::as_str) {
        Some("dev") => Kind::Dev,
        Some("build") => Kind::Build,
        _ => Kind::Normal,
    };
    Dependency {
        name: text(value, "name"),
        kind,
    }
}

fn suites(value: &Value) -> BTreeMap<String, Vec<String>> {
    let Some(suites) = value.pointer("/metadata/suites").and_then(Value::as_object) else {
        return BTreeMap::new();
    };
    let words = |value: &Value| {
        value
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(String::from)
            .collect()
    };
    suites
        .iter()
        .map(|(name, programs)| (name.clone(), words(programs)))
        .collect()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_read() {
        let packages = parse(
            r#"{"packages": [{"name": "portolan-tests", "manifest_path": "/clone/tests/Cargo.toml",
                "dependencies": [{"name": "tokio", "kind": null}, {"name": "insta", "kind": "dev"}],
                "targets": [{"name": "browser", "kind": ["test"]}, {"name": "bench", "kind": ["bin"]}],
                "metadata": {"suites": {"browser": ["chromium"]}}}]}"#,
        );
        let packages = packages.unwrap();
        let tests = &packages[0];
        assert_eq!(
            (tests.name.as_str(), tests.folder.as_path()),
            ("portolan-tests", Path::new("/clone/tests"))
        );
        assert_eq!(tests.tests, ["browser"]);
        assert_eq!(tests.dependencies[0].kind, Kind::Normal);
        assert_eq!(tests.dependencies[1].kind, Kind::Dev);
        assert_eq!(tests.suites["browser"], ["chromium"]);
    }

    #[test]
    fn something_else_is_refused() {
        assert!(parse("error: no such command").is_err());
    }
}
