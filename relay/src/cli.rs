//! The command line.

mod steps;

use core::fmt;
use core::str::FromStr;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use portolan_scenario::Key;

pub(crate) use steps::{Step, Steps};

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
    /// Hold a real FTP session and show what happens.
    #[command(after_help = CONNECT_HELP)]
    Connect(Connect),
    /// Run an FTP server to try things on, for this machine only.
    Sandbox(Sandbox),
    /// Serve the page, and hold real sessions for it.
    #[command(after_help = SERVE_HELP)]
    Serve(Serve),
    /// Tell whether the relay may reach a target, and by which rule.
    #[command(after_help = "Exit status: 0 it is allowed, 1 it is refused, 2 the command line or a file is wrong.")]
    Policy(Policy),
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
    /// Tell the session as somebody on the way sees it, without what TLS hides.
    #[arg(long)]
    pub(crate) eavesdrop: bool,
}

/// What `connect` is told.
#[derive(Args, Debug)]
pub(crate) struct Connect {
    /// ftp://[USER[:PASSWORD]@]HOST[:PORT][/PATH], ftpes:// with TLS when it is asked for (AUTH TLS, port 21), or ftps://
    /// with TLS from the start (port 990). Without a user it is anonymous. A password that is not in the URL
    /// comes from the environment variable PORTOLAN_PASSWORD, or is asked for. Without an action, a PATH that ends
    /// with / is listed and any other is downloaded.
    #[arg(value_name = "URL")]
    pub(crate) url: String,
    #[command(flatten)]
    pub(crate) steps: Steps,
    /// How data connections are made. An extended mode that the server refuses becomes the plain one.
    #[arg(long, value_enum, default_value = "extended-passive")]
    pub(crate) mode: Mode,
    /// Go on with downloads and uploads that were cut short.
    #[arg(long)]
    pub(crate) resume: bool,
    /// Transfer text: line ends are translated.
    #[arg(long)]
    pub(crate) ascii: bool,
    /// List with MLSD, which is for programs, where the server has it.
    #[arg(long)]
    pub(crate) machine_listings: bool,
    /// What is dialled when a 227 names an address that is not the server's.
    #[arg(long, value_enum, default_value = "control")]
    pub(crate) passive_address: PassiveAddress,
    /// The address that PORT and EPRT name: of the router, for a client behind one that forwards.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) active_address: Option<IpAddr>,
    /// The ports to listen on in active mode.
    #[arg(long, value_name = "FIRST-LAST")]
    pub(crate) active_ports: Option<PortRange>,
    /// With ftpes:// and ftps://: leave files and listings readable (PROT C).
    #[arg(long)]
    pub(crate) clear_data: bool,
    /// With ftpes:// and ftps://: make the control connection readable again behind the login (CCC), for a NAT that has to
    /// read it.
    #[arg(long)]
    pub(crate) clear_control: bool,
    /// Speak this version of TLS only.
    #[arg(long, value_enum, value_name = "VERSION")]
    pub(crate) tls: Option<TlsVersion>,
    /// Trust the server that shows the certificate with this SHA-256, and nobody else, instead of those whom the system
    /// trusts.
    #[arg(long, value_name = "SHA256", value_parser = crate::tls::parse_fingerprint, conflicts_with_all = ["insecure", "known_servers"])]
    pub(crate) pin: Option<[u8; 32]>,
    /// Trust on first use: a server that the system does not trust is taken as it is the first time, its certificate's
    /// SHA-256 is printed and written to this file, and it has to show the same one from then on.
    #[arg(long, value_name = "FILE", conflicts_with = "insecure")]
    pub(crate) known_servers: Option<PathBuf>,
    /// Trust anybody. Whoever sits between can read and change everything.
    #[arg(long)]
    pub(crate) insecure: bool,
    /// How many seconds the server may take to answer. A transfer may stand still five times as long, and 300 seconds
    /// at most.
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) patience: u64,
    /// Write the session log, JSON Lines, to this file; `-` means standard output, instead of the transcript.
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
    /// Write a capture with packets made up from what the sockets did, which Wireshark opens, to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) pcapng: Option<PathBuf>,
    /// Print the session log, JSON Lines, instead of the transcript.
    #[arg(long)]
    pub(crate) json: bool,
    /// Print nothing but errors.
    #[arg(long, conflicts_with = "json")]
    pub(crate) quiet: bool,
}

const SERVE_HELP: &str = "\
Without options the page is for this machine, and sessions are with the relay's own sandbox alone.
See docs/relay.md for a class, a reverse proxy, and the configuration file.";

const CONNECT_HELP: &str = "\
Actions are carried out in the order in which they are given. Names on this side are those of the working directory.

Exit status:
  0  the session did what it was asked
  1  it failed; standard error says why
  2  the command line or a file is wrong";

/// What `sandbox` is told.
#[derive(Args, Debug)]
pub(crate) struct Sandbox {
    /// Serve this directory; without it, files in memory that are gone afterwards.
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// Listen for FTP here: a loopback address. Port 0 takes any free one.
    #[arg(long, value_name = "ADDR", num_args = 0..=1, default_value = "127.0.0.1:2121", default_missing_value = "127.0.0.1:2121")]
    pub(crate) ftp: SocketAddr,
    /// Listen for FTPS with TLS from the start here: a loopback address. (FTP has TLS when it is asked for, AUTH TLS.)
    #[arg(long, value_name = "ADDR", num_args = 0..=1, default_missing_value = "127.0.0.1:2990")]
    pub(crate) ftps: Option<SocketAddr>,
    /// Refuse logins and data connections without TLS, and data connections that resume no session of their control
    /// connection's.
    #[arg(long)]
    pub(crate) require_tls: bool,
    /// Who may log in. Without it, the user is `portolan` and the password random.
    #[arg(long, value_name = "NAME:PASSWORD")]
    pub(crate) user: Option<String>,
    /// Let `anonymous` in as well, with any password.
    #[arg(long)]
    pub(crate) anonymous: bool,
    /// Let nobody change anything.
    #[arg(long)]
    pub(crate) read_only: bool,
    /// The ports that passive mode listens on.
    #[arg(long, value_name = "FIRST-LAST", default_value = "60000-65535")]
    pub(crate) passive_ports: PortRange,
    /// How many sessions there may be at once.
    #[arg(long, value_name = "N", default_value = "256", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) sessions: u32,
    /// How many sessions of one address there may be at once.
    #[arg(long, value_name = "N", default_value = "256", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) sessions_of_address: u32,
    /// How many seconds a wrong password waits for its answer at most: one the first time, twice as many each time
    /// after. 0 answers at once.
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = clap::value_parser!(u64).range(0..=60))]
    pub(crate) login_delay: u64,
    /// Don't print what the sessions do.
    #[arg(long)]
    pub(crate) quiet: bool,
}

impl Sandbox {
    /// What it is told when nothing is said.
    pub(crate) fn usual() -> Result<Self, clap::Error> {
        let command = Self::augment_args(clap::Command::new("sandbox"));
        Self::from_arg_matches(&command.try_get_matches_from(["sandbox"])?)
    }
}

/// How data connections are made.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Mode {
    /// PORT: the client listens, the server calls.
    Active,
    /// PASV: the server listens, the client calls.
    Passive,
    /// EPRT: as active, for IPv4 and IPv6.
    ExtendedActive,
    /// EPSV: as passive, for IPv4 and IPv6.
    ExtendedPassive,
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum TlsVersion {
    /// TLS 1.2 (RFC 5246).
    #[value(name = "1.2")]
    V12,
    /// TLS 1.3 (RFC 8446).
    #[value(name = "1.3")]
    V13,
}

/// What is dialled after a 227.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum PassiveAddress {
    /// The address of the control connection.
    Control,
    /// The address as told.
    AsTold,
    /// The address as told, unless it is private and the server's is not.
    IfUnroutable,
}

/// A range of ports, both ends included.
#[derive(Clone, Copy, Debug)]
pub struct PortRange {
    /// The lowest.
    pub first: u16,
    /// The highest.
    pub last: u16,
}

impl FromStr for PortRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "a range of ports is FIRST-LAST, as in 60000-65535, from 1 to 65535".to_owned();
        let (first, last) = text.split_once('-').ok_or_else(wrong)?;
        let port = |text: &str| text.parse().ok().filter(|port| *port > 0).ok_or_else(wrong);
        let (first, last) = (port(first)?, port(last)?);
        if first > last {
            return Err(format!("{first} is above {last}"));
        }
        Ok(Self { first, last })
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

/// What `serve` is told.
#[derive(Args, Debug)]
pub struct Serve {
    /// Address and port to listen on. Port 0 takes any free one. Beyond loopback, --origin must be given too.
    /// Otherwise 127.0.0.1:8021.
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    #[command(flatten)]
    pub(crate) reach: Reach,
    /// The address under which browsers reach the page, as in https://portolan.example.org; may be given several times.
    /// One that is not this machine's needs an access token, which is printed once.
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) origin: Vec<String>,
    /// Read the access token from this file instead of making one up.
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// Don't run the sandbox servers.
    #[arg(long)]
    pub(crate) no_sandbox: bool,
    /// Don't write down decisions on standard error.
    #[arg(long)]
    pub(crate) quiet: bool,
}

/// What `policy` is told.
#[derive(Args, Debug)]
pub(crate) struct Policy {
    /// The target, as in ftp.example.org:21 or [2001:db8::1]:21.
    #[arg(value_name = "HOST:PORT")]
    pub(crate) target: String,
    #[command(flatten)]
    pub(crate) reach: Reach,
}

/// Whom the relay may reach.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Reach {
    /// Read what else is allowed, offered and limited from this file, in TOML.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Allow sessions with this target; may be given several times.
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) allow: Vec<String>,
    /// Allow data connections to these ports of an address of this machine; may be given several times.
    #[arg(long, value_name = "ADDRESS:FIRST-LAST")]
    pub(crate) allow_data: Vec<String>,
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
        assert_eq!(Sandbox::usual().unwrap().ftp.port(), 2121);
    }
}
