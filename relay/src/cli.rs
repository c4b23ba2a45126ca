//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use portolan_scenario::Key;

/// A chart of the ports that file transfer uses.
#[derive(Debug, Parser)]
#[command(name = "portolan", version, about, disable_help_subcommand = true)]
pub(crate) struct Line {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the built-in scenarios.
    Scenarios(Scenarios),
    /// Run a scenario in the simulated network and print what happens.
    #[command(after_long_help = settings_help(), after_help = "Settings are listed by `portolan simulate --help`.")]
    Simulate(Simulate),
    /// Serve the page, to this machine only.
    Serve(Serve),
}

#[derive(Args, Debug)]
pub(crate) struct Scenarios {
    /// Print a JSON array instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Simulate {
    /// A built-in name (see `portolan scenarios`) or a scenario file in TOML.
    #[arg(value_name = "SCENARIO|FILE")]
    pub(crate) scenario: String,
    /// Another seed than the scenario's own: other ports, other losses. Below 2^53.
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Change a setting, as in --set latency=20ms. May be given several times.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Write the session log, JSON Lines, to this file; `-` means standard output, instead of the transcript.
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
    /// Write a capture of all packets, which Wireshark opens, to this file; `-` means standard output, instead of the
    /// transcript.
    #[arg(long, value_name = "FILE")]
    pub(crate) pcapng: Option<PathBuf>,
    /// Print the session log, JSON Lines, instead of the transcript.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What `serve` is told.
#[derive(Args, Debug)]
pub struct Serve {
    /// Address and port to listen on: a loopback address. Port 0 takes any free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8021")]
    pub listen: SocketAddr,
}

/// The settings, for the long help of `simulate`.
fn settings_help() -> String {
    let mut help = String::from("Settings (KEY=VALUE):\n");
    for key in Key::ALL {
        help.push_str(&format!(
            "  {:24}{}\n  {:24}{}\n",
            key.name(),
            key.meaning(),
            "",
            key.allowed()
        ));
    }
    help.push_str(concat!(
        "\nExit status:\n",
        "  0  the session did what it was asked\n",
        "  1  it failed; standard error says why. A failure that the scenario's plan expects is none\n",
        "  2  the command line or a file is wrong\n",
    ));
    help
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_makes_sense() {
        Line::command().debug_assert();
        assert!(settings_help().contains("client-blocks-incoming"));
    }
}
