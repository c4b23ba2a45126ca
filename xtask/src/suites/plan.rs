//! Which suites there are, in which order: quick checks first, the browser last.

use std::path::Path;

use super::{checks, tests};
use crate::manifest::{self, Package};
use crate::process::{Counts, Trouble};
use crate::workspace::Workspace;

/// The package of the end-to-end tests. Each of its integration tests is a suite of its own.
pub const END_TO_END: &str = "portolan-tests";

/// One suite.
pub struct Suite {
    /// The name it is asked for by.
    pub name: String,
    /// What it shows, in a few words.
    pub about: &'static str,
    /// Programs that must be on the machine, and `namespaces` for what the kernel must give.
    pub needs: Vec<String>,
    body: Body,
}

enum Body {
    /// Passes or fails as a whole.
    Check(fn(&Workspace) -> Result<(), Trouble>),
    /// Counts its tests.
    Tests(fn(&Workspace) -> Result<Counts, Trouble>),
    /// Counts the tests of one end-to-end suite.
    EndToEnd(String),
}

impl Suite {
    fn new(name: &str, about: &'static str, body: Body) -> Self {
        Self {
            name: name.into(),
            about,
            needs: Vec::new(),
            body,
        }
    }

    /// Runs it to its end.
    pub fn run(&self, workspace: &Workspace) -> Result<Counts, Trouble> {
        match &self.body {
            Body::Check(check) => check(workspace).map(|()| Counts { passed: 1, failed: 0 }),
            Body::Tests(run) => run(workspace),
            Body::EndToEnd(test) => tests::end_to_end(workspace, test),
        }
    }
}

/// All suites. What there is to run end to end is declared by the package that holds it, so that a new suite needs no
/// change here.
pub fn suites(workspace: &Workspace) -> Result<Vec<Suite>, Trouble> {
    let packages = manifest::packages(workspace)?;
    let mut suites = vec![
        Suite::new("format", "cargo fmt changes nothing", Body::Check(checks::format)),
        Suite::new(
            "arrows",
            "crates use only what the design lets them use",
            Body::Check(checks::arrows),
        ),
        Suite::new(
            "deny",
            "licences and sources of dependencies",
            Body::Check(checks::deny),
        ),
        Suite::new("clippy", "no lint anywhere", Body::Check(checks::clippy)),
        Suite::new(
            "docs",
            "the documentation builds and its links hold",
            Body::Check(checks::docs),
        ),
        Suite::new(
            "native",
            "unit and integration tests of every crate",
            Body::Tests(tests::native),
        ),
        Suite::new(
            "wasm",
            "the core's tests once more, in WebAssembly",
            Body::Tests(tests::wasm),
        ),
    ];
    if has_page(workspace) {
        suites.push(Suite::new(
            "build",
            "page and program in release mode",
            Body::Check(checks::build),
        ));
        suites.push(Suite::new(
            "weight",
            "what a visitor waits for stays small",
            Body::Check(checks::weight),
        ));
    }
    for package in packages.iter().filter(|package| package.name == END_TO_END) {
        suites.extend(end_to_end(package));
    }
    if tests::has_browser_tests(workspace) {
        let needs = ["chromium", "node", "npm"].map(String::from).to_vec();
        let about = "the page in Chromium, by mouse and by keyboard";
        suites.push(Suite {
            needs,
            ..Suite::new("browser", about, Body::Tests(tests::browser))
        });
    }
    Ok(suites)
}

fn end_to_end(package: &Package) -> impl Iterator<Item = Suite> {
    package.tests.iter().map(|test| Suite {
        name: test.clone(),
        about: "end to end, against the finished program",
        needs: package.suites.get(test).cloned().unwrap_or_default(),
        body: Body::EndToEnd(test.clone()),
    })
}

fn has_page(workspace: &Workspace) -> bool {
    Path::is_file(&workspace.path("index.html"))
}
