//! Portolan's native program: the simulator on the command line, the page, and real sessions.
//!
//! Exit status, the same for every command: 0, it did what it was asked; 1, it failed, and standard error says why in a
//! sentence a student understands; 2, the command line or a file is wrong.

mod cli;
mod connect;
pub mod drive;
mod failure;
pub mod guard;
mod hub;
mod live;
mod output;
mod sandbox;
mod scenarios;
mod serve;
mod simulate;
mod tls;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

pub use cli::PortRange;
use cli::{Command, Line};

/// What a command's sockets run on: one thread, and others for files.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Trouble> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Trouble::Failed(format!("the program could not begin: {error}")))
}

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// What was tried failed: exit status 1.
    Failed(String),
    /// The command line or a file is wrong: exit status 2.
    Wrong(String),
}

/// Has the allocator keep what is freed, for the next block of a file. A block of 64 KiB that is freed at the heap's end would
/// otherwise go back to the system, and come again as sixteen pages that have to be cleared: a third of the system's time in a
/// transfer.
///
/// glibc takes the largest mapped block that was ever freed, and doubles it, for what to keep (mallopt(3),
/// `M_MMAP_THRESHOLD`). Elsewhere this does nothing.
fn keep_freed_memory() {
    drop(std::hint::black_box(Vec::<u8>::with_capacity(1 << 20)));
}

/// Runs the program with these arguments, the first of which is its name.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    keep_freed_memory();
    let line = match Line::try_parse_from(arguments) {
        Ok(line) => line,
        Err(error) => {
            // Help and version are what was asked for; they go to standard output and are no failure.
            let wrong = error.use_stderr();
            return match error.print() {
                _ if wrong => ExitCode::from(2),
                Ok(()) => ExitCode::SUCCESS,
                Err(error) if output::is_closed(&error) => ExitCode::SUCCESS,
                Err(_) => ExitCode::from(2),
            };
        }
    };
    let done = match line.command {
        Command::Scenarios(asked) => scenarios::run(&asked),
        Command::Simulate(asked) => simulate::run(&asked),
        Command::Connect(asked) => connect::run(&asked),
        Command::Sandbox(asked) => sandbox::run(&asked),
        Command::Serve(asked) => serve::run(&asked),
        Command::Policy(asked) => serve::policy(&asked),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Trouble::Failed(why)) => {
            output::complain(&why);
            ExitCode::from(1)
        }
        Err(Trouble::Wrong(why)) => {
            output::complain(&why);
            ExitCode::from(2)
        }
    }
}
