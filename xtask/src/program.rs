//! The finished program: built with the page inside, and started.

use std::process::Command;

use crate::page;
use crate::process::{self, Trouble, say};
use crate::workspace::Workspace;

/// Builds the page, then the program with the page inside. Does nothing where nothing has changed.
pub fn build(workspace: &Workspace) -> Result<(), Trouble> {
    page::build(workspace)?;
    say("building the program");
    process::run(
        process::cargo()
            .current_dir(workspace.root())
            .args(["build", "--release", "--package", "portolan"])
            .env("PORTOLAN_PAGE_DIR", workspace.page()),
    )?;
    say(format_args!("the program is {}", workspace.program().display()));
    Ok(())
}

/// Builds, then becomes `portolan serve`.
pub fn serve(workspace: &Workspace, arguments: &[String]) -> Result<(), Trouble> {
    build(workspace)?;
    let arguments = arguments
        .strip_prefix(["--".to_owned()].as_slice())
        .unwrap_or(arguments);
    let mut serve = Command::new(workspace.program());
    serve.arg("serve").args(arguments);
    become_it(serve)
}

/// Signals and the exit status are the program's own from here on.
#[cfg(unix)]
fn become_it(mut program: Command) -> Result<(), Trouble> {
    use std::os::unix::process::CommandExt;
    let error = program.exec();
    Err(Trouble::because(format!(
        "{} could not be started: {error}",
        program.get_program().display()
    )))
}

#[cfg(not(unix))]
fn become_it(mut program: Command) -> Result<(), Trouble> {
    process::run(&mut program)
}
