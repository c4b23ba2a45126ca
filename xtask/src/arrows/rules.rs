//! Which package may use which.

use std::path::Path;

use crate::manifest::{Kind, Package};

const WIRE: &str = "portolan-wire";
const PROTOCOL: &str = "portolan-protocol";
const SESSION: &str = "portolan-session";
const NETSIM: &str = "portolan-netsim";
const SCENARIO: &str = "portolan-scenario";
const PROGRAM: &str = "portolan";
const FRONTEND: &str = "portolan-frontend";
const LINK: &str = "portolan-link";
const ENGINE: &str = "portolan-engine";
const TESTS: &str = "portolan-tests";

/// For each package of the workspace those others it may use, in code, build script and tests alike.
const ARROWS: &[(&str, &[&str])] = &[
    (WIRE, &[]),
    (PROTOCOL, &[WIRE]),
    (SESSION, &[WIRE]),
    (NETSIM, &[WIRE, PROTOCOL, SESSION]),
    (SCENARIO, &[NETSIM, PROTOCOL, SESSION, WIRE]),
    (PROGRAM, &[WIRE, PROTOCOL, SESSION, NETSIM, SCENARIO]),
<<<<<<< HEAD
    (FRONTEND, &[WIRE, PROTOCOL, SESSION, NETSIM, SCENARIO]),
    ("portolan-bench", &[WIRE, PROTOCOL, SESSION, NETSIM, SCENARIO]),
=======
    (LINK, &[WIRE, SESSION]),
    (FRONTEND, &[WIRE, SESSION, LINK]),
    (ENGINE, &[WIRE, PROTOCOL, SESSION, NETSIM, SCENARIO, LINK]),
>>>>>>> eefb5bd (Paint the first screen without a program: HTML, styles, a place for the engine)
    (TESTS, &[WIRE, PROTOCOL, SESSION, NETSIM, SCENARIO, PROGRAM, FRONTEND]),
    ("xtask", &[]),
];

/// Of the frontend's crates, those that only the worker may name: with them the page would carry the whole engine.
const WORKERS_ONLY: &[&str] = &["portolan_protocol", "portolan_netsim", "portolan_scenario"];

/// Where in `frontend/src` the worker lives.
const WORKERS_SOURCES: &[&str] = &[
    "engine",
    "engine.rs",
    "worker",
    "worker.rs",
    "bin/engine",
    "bin/engine.rs",
    "bin/worker",
    "bin/worker.rs",
];

/// What the core must not declare: ways to the outside, to a clock, to randomness nobody handed in.
const OUTSIDE: &[&str] = &[
    "async-std",
    "chrono",
    "fastrand",
    "futures-executor",
    "getrandom",
    "gloo",
    "hyper",
    "instant",
    "js-sys",
    "libc",
    "mio",
    "nix",
    "rand",
    "reqwest",
    "rustix",
    "smol",
    "socket2",
    "tempfile",
    "time",
    "tokio",
    "walkdir",
    "wasm-bindgen",
    "web-sys",
    "web-time",
];

/// What must not come into the core by way of another crate either, as it is built for a browser.
const OUTSIDE_AT_ALL: &[&str] = &["async-std", "getrandom", "mio", "smol", "socket2", "tokio", "web-sys"];

/// What the page pays for and does not need.
const TOO_HEAVY_FOR_THE_PAGE: &[&str] = &["smoltcp", "rustls"];

/// Packages of the workspace that use others they may not.
pub fn arrows(packages: &[Package]) -> Vec<String> {
    let mut breaches = Vec::new();
    for package in packages {
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == package.name) else {
            breaches.push(format!(
                "{} has no place in the design: give it its arrows in xtask/src/arrows/rules.rs",
                package.name
            ));
            continue;
        };
        for dependency in &package.dependencies {
            let ours = packages.iter().any(|other| other.name == dependency.name);
            if ours && !allowed.contains(&dependency.name.as_str()) {
                breaches.push(format!("{} must not use {}", package.name, dependency.name));
            }
        }
    }
    breaches
}

/// What a package of the core declares and must not. Its tests may use what they like.
pub fn direct(package: &Package) -> Vec<String> {
    let built = package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind == Kind::Normal);
    let outside = built.filter(|dependency| OUTSIDE.contains(&dependency.name.as_str()));
    outside
        .map(|dependency| {
            format!(
                "{} is part of the core and must not use {}",
                package.name, dependency.name
            )
        })
        .collect()
}

/// What comes into a package of the core by way of others and must not.
pub fn closure(package: &str, closure: &[String]) -> Vec<String> {
    let light = [WIRE, SESSION].contains(&package);
    let banned = |name: &&String| {
        OUTSIDE_AT_ALL.contains(&name.as_str()) || light && TOO_HEAVY_FOR_THE_PAGE.contains(&name.as_str())
    };
    let mut names: Vec<_> = closure.iter().filter(banned).collect();
    names.sort();
    names.dedup();
    names
        .into_iter()
        .map(|name| format!("{package} brings {name} along (`cargo tree -i {name}` says how)"))
        .collect()
}

/// Whether a file of `frontend/src` belongs to the worker.
pub fn is_workers(path: &Path) -> bool {
    WORKERS_SOURCES.iter().any(|worker| path.starts_with(worker))
}

/// Why the page must not name this.
pub fn page_names(word: &str) -> Option<String> {
    WORKERS_ONLY
        .contains(&word)
        .then(|| format!("only the worker may name {word}; the page sees `wire` and `session`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Dependency;

    fn package(name: &str, uses: &[(&str, Kind)]) -> Package {
        let dependencies = uses.iter().map(|(name, kind)| Dependency {
            name: (*name).into(),
            kind: *kind,
        });
        Package {
            name: name.into(),
            folder: "".into(),
            dependencies: dependencies.collect(),
            tests: vec![],
            suites: Default::default(),
        }
    }

    #[test]
    fn the_design_is_no_breach() {
        let packages: Vec<_> = ARROWS
            .iter()
            .map(|(name, allowed)| {
                package(
                    name,
                    &allowed.iter().map(|name| (*name, Kind::Normal)).collect::<Vec<_>>(),
                )
            })
            .collect();
        assert_eq!(arrows(&packages), [""; 0]);
    }

    #[test]
    fn an_arrow_the_wrong_way_is_a_breach_even_in_tests() {
        for kind in [Kind::Normal, Kind::Build, Kind::Dev] {
            let packages = [package(WIRE, &[(SESSION, kind)]), package(SESSION, &[(WIRE, kind)])];
            assert_eq!(arrows(&packages), ["portolan-wire must not use portolan-session"]);
        }
    }

    #[test]
    fn a_package_out_of_nowhere_is_a_breach() {
        assert_eq!(arrows(&[package("portolan-extra", &[])]).len(), 1);
    }

    #[test]
    fn the_core_must_not_declare_tokio_but_its_tests_may() {
        assert_eq!(
            direct(&package(NETSIM, &[("tokio", Kind::Dev), ("smoltcp", Kind::Normal)])),
            [""; 0]
        );
        let breaches = direct(&package(NETSIM, &[("tokio", Kind::Normal)]));
        assert_eq!(breaches, ["portolan-netsim is part of the core and must not use tokio"]);
    }

    #[test]
    fn what_comes_along_counts_too() {
        let along = ["serde".to_owned(), "smoltcp".to_owned()];
        assert_eq!(closure(NETSIM, &along), [""; 0]);
        assert_eq!(closure(SESSION, &along).len(), 1);
        assert_eq!(closure(NETSIM, &["mio".to_owned(), "mio".to_owned()]).len(), 1);
    }

    #[test]
    fn the_page_must_not_name_the_engine() {
        assert!(page_names("portolan_netsim").is_some());
        assert!(page_names("portolan_session").is_none());
        assert!(is_workers(Path::new("bin/engine.rs")) && is_workers(Path::new("engine/run.rs")));
        assert!(!is_workers(Path::new("bin/app.rs")) && !is_workers(Path::new("engineering.rs")));
    }
}
