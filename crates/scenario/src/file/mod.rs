//! Scenario files: the model, its units, its checks.
//!
//! This module is compiled twice: into the crate, and (by a `#[path]`) into `build.rs`, which turns the catalogue's
//! TOML into bytes that name no fields, so none may be left out of them. It uses nothing of the rest of the crate, and neither netsim nor protocol.

mod check;
mod fault;
mod layout;
mod plan;
mod security;
mod units;

pub use check::{check, limits};
pub use fault::{At, Fault, Problem};
pub use layout::{
    File, FtpService, Generated, Greeter, Host, HostRole, Ip, Layout, Link, Rule, Traffic, User, Verdict,
};
pub use plan::{Expected, Step, StepError, Verb};
pub use security::{Certificate, Security, Tls, TlsBegin, TlsVersion};
pub use units::{Loss, PortRange, Rate, Span, UnitError};

use portolan_session::lesson::Lesson;
use portolan_wire::action::TransferMode;
use portolan_wire::plain::Plain;
use portolan_wire::security::Protection;
use serde::{Deserialize, Serialize};

/// A scenario: a world, what the client does in it, and what one may learn from it.
///
/// The written form is TOML, one file a scenario; `catalogue/` holds the built-in ones. Every key that is not known is
/// refused, so that a misspelt one is found. See [`check`] for what else a scenario must keep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scenario {
    /// Its name on the command line and in links: small letters, digits and hyphens.
    pub name: String,
    /// A title for people.
    pub title: String,
    /// One or two sentences on what happens.
    pub summary: String,
    /// The seed of a run that names none. Pinned ports hold for this seed only.
    #[serde(default = "first_seed")]
    pub seed: u64,
    /// How the client makes data connections until the plan says otherwise.
    #[serde(default)]
    pub mode: TransferMode,
    /// When the client secures its session.
    #[serde(default)]
    pub security: Security,
    /// What data connections are protected by in a secured session, until the plan says otherwise.
    #[serde(default)]
    pub protection: Protection,
    /// Whether the client's data connections resume the control connection's TLS session, as clients do.
    #[serde(default = "yes")]
    pub resumes: bool,
    /// The hosts and the links between them.
    pub world: Layout,
    /// What the client does, one step after the other.
    pub plan: Vec<Step>,
    /// Chapters and questions.
    #[serde(default)]
    pub lesson: Option<Lesson>,
}

impl Scenario {
    /// The host that acts: the one with the role `client`. A checked scenario has one.
    #[must_use]
    pub fn client(&self) -> Option<&Host> {
        self.world.hosts.iter().find(|host| host.role == HostRole::Client)
    }

    /// The host that is called where the plan names none: the first with the role `server`.
    #[must_use]
    pub fn server(&self) -> Option<&Host> {
        self.world.hosts.iter().find(|host| host.role == HostRole::Server)
    }
}

const fn yes() -> bool {
    true
}

const fn first_seed() -> u64 {
    1
}
