//! The world of a scenario file: hosts with their services, files and firewalls, and the links between them.

use core::net::IpAddr;

use portolan_wire::plain::Plain;
use serde::{Deserialize, Serialize};

use super::security::Tls;
use super::units::{Loss, PortRange, Rate, Span};

/// The world: hosts, and links between them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Layout {
    /// The version of IP in use. Only addresses of this version exist in a run.
    #[serde(default)]
    pub ip: Ip,
    /// The hosts, in the order in which they are drawn: client left, server right, routers between.
    pub hosts: Vec<Host>,
    /// The links.
    pub links: Vec<Link>,
}

/// A version of IP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(try_from = "u8", into = "u8")]
pub enum Ip {
    /// IPv4.
    #[default]
    V4,
    /// IPv6.
    V6,
}

impl Ip {
    /// Whether `address` is of this version.
    #[must_use]
    pub const fn has(self, address: &IpAddr) -> bool {
        match self {
            Self::V4 => address.is_ipv4(),
            Self::V6 => address.is_ipv6(),
        }
    }
}

impl TryFrom<u8> for Ip {
    type Error = &'static str;

    fn try_from(number: u8) -> Result<Self, &'static str> {
        match number {
            4 => Ok(Self::V4),
            6 => Ok(Self::V6),
            _ => Err("there is IP version 4 and version 6; no other"),
        }
    }
}

impl From<Ip> for u8 {
    fn from(ip: Ip) -> Self {
        match ip {
            Ip::V4 => 4,
            Ip::V6 => 6,
        }
    }
}

/// One host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Host {
    /// Its name: small letters, digits and hyphens. Plans and links use it.
    pub name: String,
    /// Its part.
    pub role: HostRole,
    /// Its addresses, at least one of each IP version the scenario can be run with.
    pub addresses: Vec<IpAddr>,
    /// The ports its system takes for outgoing calls (RFC 6335's 49152-65535 unless said otherwise).
    #[serde(default)]
    pub ephemeral: Option<PortRange>,
    /// Ports that are handed out first, in this order, to whatever asks for one of a range that holds them: outgoing
    /// calls and active listeners (`ephemeral`), passive listeners (`passive`). With the scenario's own seed only.
    #[serde(default)]
    pub pinned_ports: Vec<u16>,
    /// FTP servers that run here.
    #[serde(default)]
    pub ftp: Vec<FtpService>,
    /// Ports that answer with a banner and do nothing else.
    #[serde(default)]
    pub greeters: Vec<Greeter>,
    /// Its files.
    #[serde(default)]
    pub files: Vec<File>,
    /// Its firewall, first match wins; without rules there is none.
    #[serde(default)]
    pub firewall: Vec<Rule>,
}

impl Host {
    /// Whether `name` means this host: its name, or one of its addresses.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name
            || name
                .parse()
                .is_ok_and(|address: IpAddr| self.addresses.contains(&address))
    }
}

/// A host's part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(rename_all = "kebab-case")]
pub enum HostRole {
    /// It acts: exactly one host does.
    Client,
    /// It serves.
    Server,
    /// It forwards packets between its links.
    Router,
}

/// An FTP server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FtpService {
    /// The port it listens on for control connections.
    #[serde(default = "ftp_port")]
    pub port: u16,
    /// The text of its 220.
    #[serde(default)]
    pub greeting: Option<String>,
    /// Who may log in.
    pub users: Vec<User>,
    /// The ports it listens on for passive data connections.
    #[serde(default = "passive_ports")]
    pub passive: PortRange,
    /// How it speaks TLS; otherwise it knows nothing of it.
    #[serde(default)]
    pub tls: Option<Tls>,
}

/// Somebody who may log in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct User {
    /// The name.
    pub name: String,
    /// The password: made up, and shown wherever the network could read it.
    pub password: String,
}

/// A port that answers every call with one line and hangs up when the caller does.
///
/// It is no SSH or web server: it says what such a server says first (an SSH identification, RFC 4253 section 4.2) and
/// understands nothing. It stands where a lesson needs somebody to answer a call, and nothing more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Greeter {
    /// The port.
    pub port: u16,
    /// The program's name, for people: `SSH`.
    pub service: String,
    /// The line it says, without line end; without one it is silent.
    #[serde(default)]
    pub says: Option<String>,
}

/// A file. Exactly one of `text`, `hex` and `generated` says what is in it; its directories come with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct File {
    /// Its path from the root of the host's tree: `/charts/harbour.txt`.
    pub path: String,
    /// The content as text.
    #[serde(default)]
    pub text: Option<String>,
    /// The content as hexadecimal digits, two a byte; white space between bytes is passed over.
    #[serde(default)]
    pub hex: Option<String>,
    /// The content as computed bytes, which cost no memory.
    #[serde(default)]
    pub generated: Option<Generated>,
}

impl File {
    /// How many bytes are in it.
    #[must_use]
    pub fn size(&self) -> u64 {
        let text = self.text.as_ref().map_or(0, String::len);
        let hex = self
            .hex
            .as_deref()
            .map_or(0, |hex| hex.bytes().filter(u8::is_ascii_hexdigit).count() / 2);
        let generated = self.generated.map_or(0, |generated| generated.size);
        u64::try_from(text.saturating_add(hex))
            .unwrap_or(u64::MAX)
            .saturating_add(generated)
    }

    /// The bytes that are written in the file itself: of `text` or `hex`. Nothing for a generated file or bad digits.
    #[must_use]
    pub fn bytes(&self) -> Option<Vec<u8>> {
        if let Some(text) = &self.text {
            return Some(text.clone().into_bytes());
        }
        let digits: Option<Vec<u8>> = self
            .hex
            .as_ref()?
            .chars()
            .filter(|c| !c.is_ascii_whitespace())
            .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect();
        digits?
            .chunks(2)
            .map(|pair| match pair {
                [high, low] => Some(high << 4 | low),
                _ => None,
            })
            .collect()
    }
}

/// Computed content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Generated {
    /// How many bytes.
    pub size: u64,
    /// Which bytes.
    #[serde(default)]
    pub seed: u64,
}

/// A firewall's rule. Firewalls here are stateful: an answer to a call that was let through is always let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rule {
    /// What it is about.
    pub traffic: Traffic,
    /// Only calls to these ports; without ports, all.
    #[serde(default)]
    pub ports: Option<PortRange>,
    /// What becomes of them.
    pub verdict: Verdict,
}

/// What a firewall's rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(rename_all = "kebab-case")]
pub enum Traffic {
    /// Calls from elsewhere: SYNs that come in and belong to no connection.
    IncomingCalls,
    /// Calls to elsewhere.
    OutgoingCalls,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It goes on.
    Pass,
    /// It is thrown away without a word.
    Drop,
    /// It is thrown away, and an ICMP message tells the caller.
    Reject,
}

/// A link between two hosts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Link {
    /// The names of the two hosts.
    pub between: [String; 2],
    /// How long a packet travels, one way.
    pub latency: Span,
    /// How much it carries, each way.
    pub bandwidth: Rate,
    /// How many packets it loses, each way.
    #[serde(default)]
    pub loss: Loss,
}

const fn ftp_port() -> u16 {
    21
}

const fn passive_ports() -> PortRange {
    PortRange::PASSIVE
}
