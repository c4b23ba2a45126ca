//! Portolan's chores. `cargo xtask help` lists them.
//!
//! A fresh clone needs rustup and nothing else: what a chore wants beyond that it brings itself (see [`tools`] and
//! [`debian`]), and what it cannot bring it names, with the command that does.

mod arrows;
mod bench;
mod debian;
mod manifest;
mod names;
mod page;
mod process;
mod program;
mod silence;
mod suites;
mod tools;
mod weight;
mod workspace;

use std::env;
use std::process::ExitCode;

use process::Trouble;
use workspace::Workspace;

const HELP: &str = "\
Portolan's chores:

    cargo xtask serve [ARGUMENT]...   build, then start `portolan serve` (its own arguments are passed on)
    cargo xtask build                 leave the finished program, page inside, at target/release/portolan
    cargo xtask test [SUITE]...       every check and every test, or only the suites named; ends with `N passed, N failed`
    cargo xtask suites                the suites that `test` knows, and what they need
    cargo xtask bench                 the benchmarks, as a table
    cargo xtask help                  this text

Tools that are missing are installed into $XDG_CACHE_HOME/portolan/tools (or ~/.cache/portolan/tools).
With CI=true a suite that was skipped is a failure, unless the kernel is what cannot run it.
";

fn main() -> ExitCode {
    process::start_clock();
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (chore, rest) = match arguments.split_first() {
        Some((chore, rest)) => (chore.as_str(), rest),
        None => ("help", [].as_slice()),
    };
    let workspace = Workspace::here();
    let outcome = match chore {
        "serve" => program::serve(&workspace, rest),
        "build" => program::build(&workspace),
        "test" => suites::test(&workspace, rest),
        "suites" => suites::list(&workspace),
        "bench" => bench::bench(&workspace, rest),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => {
            eprint!("xtask: there is no chore called `{other}`\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Trouble::Told) => ExitCode::FAILURE,
        Err(Trouble::Because(why)) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}
