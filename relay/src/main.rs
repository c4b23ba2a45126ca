//! The program `portolan`. Everything is in the library beside it, where tests reach it.

use std::process::ExitCode;

fn main() -> ExitCode {
    portolan_relay::run(std::env::args_os())
}
