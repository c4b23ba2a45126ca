//! Which package may use which.

use crate::manifest::{Kind, Package};

const WIRE: &str = "portolan-wire";
const DERIVE: &str = "portolan-wire-derive";
const CIPHERS: &str = "portolan-ciphers";
const PROTOCOL: &str = "portolan-protocol";
const SESSION: &str = "portolan-session";
const NETSIM: &str = "portolan-netsim";
const SCENARIO: &str = "portolan-scenario";
const PROGRAM: &str = "portolan";
const PAGE: &str = "portolan-frontend";
const LINK: &str = "portolan-link";
const ENGINE: &str = "portolan-engine";
const READER: &str = "portolan-reader";
const BENCH: &str = "portolan-bench";
const TESTS: &str = "portolan-tests";

/// For each package of the workspace those others it may use, in code, build script and tests alike.
const ARROWS: &[(&str, &[&str])] = &[
    (DERIVE, &[]),
    (WIRE, &[DERIVE]),
    (CIPHERS, &[]),
    // Its tests alone use the ciphers: endpoints are handed theirs.
    (PROTOCOL, &[WIRE, CIPHERS]),
    (SESSION, &[WIRE]),
    (NETSIM, &[WIRE, PROTOCOL, SESSION]),
    (SCENARIO, &[NETSIM, PROTOCOL, SESSION, WIRE, CIPHERS]),
    (PROGRAM, &[WIRE, PROTOCOL, SESSION, NETSIM, SCENARIO, CIPHERS]),
    (LINK, &[WIRE, SESSION]),
    (PAGE, &[WIRE, SESSION, LINK]),
    (READER, &[WIRE, SESSION, LINK]),
    (ENGINE, &[WIRE, PROTOCOL, SESSION, NETSIM, SCENARIO, LINK]),
    (BENCH, &[WIRE, PROTOCOL, SESSION, NETSIM, SCENARIO, CIPHERS]),
    (
        TESTS,
        &[
            WIRE, PROTOCOL, SESSION, NETSIM, SCENARIO, CIPHERS, PROGRAM, LINK, PAGE, ENGINE, READER,
        ],
    ),
    ("xtask", &[]),
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

/// What comes into a package by way of others and must not. `core` says that it is part of the core.
pub fn closure(package: &str, core: bool, closure: &[String]) -> Vec<String> {
    let light = [WIRE, SESSION, LINK, PAGE, READER].contains(&package);
    let banned = |name: &&String| {
        core && OUTSIDE_AT_ALL.contains(&name.as_str()) || light && TOO_HEAVY_FOR_THE_PAGE.contains(&name.as_str())
    };
    let mut names: Vec<_> = closure.iter().filter(banned).collect();
    names.sort();
    names.dedup();
    names
        .into_iter()
        .map(|name| format!("{package} brings {name} along (`cargo tree -i {name}` says how)"))
        .collect()
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
        assert_eq!(closure(NETSIM, true, &along), [""; 0]);
        assert_eq!(closure(SESSION, true, &along).len(), 1);
        assert_eq!(closure(PAGE, false, &along).len(), 1);
        assert_eq!(closure(NETSIM, true, &["mio".to_owned(), "mio".to_owned()]).len(), 1);
        assert_eq!(closure(PAGE, false, &["web-sys".to_owned()]), [""; 0]);
    }

    #[test]
    fn the_page_must_not_use_the_engine() {
        let packages = [package(PAGE, &[(NETSIM, Kind::Normal)]), package(NETSIM, &[])];
        assert_eq!(arrows(&packages), ["portolan-frontend must not use portolan-netsim"]);
    }
}
