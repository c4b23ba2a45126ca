//! The guard: nobody is called for a browser, and nothing is listened on, but by a rule.
//!
//! # Rules
//! * Nothing is allowed but the relay's own sandbox and what the operator has named, host and port together.
//! * A text becomes a [`Target`] in one spelling before it is compared; an address in disguise is no target at all.
//! * A name is resolved once. Every address it has must be public, or be allowed as an address itself; one that is not
//!   refuses them all, since an honest name has no such company. What was checked is what is dialled: a [`Permit`] holds
//!   addresses, and nothing else makes one.
//! * A data connection goes to the control connection's peer and to nobody else; never to a port that the relay itself
//!   listens on; on this machine only to the sandbox's passive ports and to those the operator allowed; elsewhere not
//!   below port 1024, where other services are (RFC 2577 section 3).
//! * Who listens does so at the control connection's own address.

mod permit;
mod space;
mod target;

use core::fmt;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;

use portolan_wire::visible;

use crate::cli::PortRange;

pub use permit::Permit;
pub use space::Space;
pub use target::{Host, NotAHost, Target};

use permit::DataPorts;
use space::meant;

/// Which targets a relay may reach.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    /// What the operator allowed.
    allowed: Vec<Target>,
    /// For data connections: an address and the ports.
    data: Vec<(IpAddr, PortRange)>,
    /// The relay's own sandbox servers.
    sandboxes: Vec<Sandbox>,
    /// Where the relay itself listens, the sandbox servers among them.
    own: Vec<SocketAddr>,
}

/// A sandbox server of the relay's own.
#[derive(Clone, Copy, Debug)]
pub struct Sandbox {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its passive ports.
    pub passive: PortRange,
}

/// Why something is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// It is the relay's own sandbox.
    Sandbox,
    /// The operator named it.
    Allowed(Target),
}

/// Why something is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denied {
    /// The text names nobody.
    NotAHost {
        /// The text, made visible.
        text: String,
        /// What is wrong with it.
        why: NotAHost,
    },
    /// The operator has not named it.
    NotAllowed(Target),
    /// A name leads to an address that has to be allowed itself.
    Space {
        /// The target.
        target: Target,
        /// The address as it is meant.
        address: IpAddr,
        /// Where that lies.
        space: Space,
    },
    /// The address is none that anybody may be called at.
    Never {
        /// The target.
        target: Target,
        /// Where it lies.
        space: Space,
    },
    /// The relay itself listens there.
    Own(Target),
    /// The name has no address.
    NoAddress {
        /// The target.
        target: Target,
        /// What the system says, if it says something.
        why: String,
    },
}

/// A target that a rule allows, before its name was resolved.
struct Wanted {
    target: Target,
    rule: Rule,
}

impl Guard {
    /// A guard that allows `allowed`, and data connections to `data` on top of the usual.
    pub fn new(allowed: Vec<Target>, data: Vec<(IpAddr, PortRange)>) -> Self {
        let data = data
            .into_iter()
            .map(|(address, ports)| (meant(address), ports))
            .collect();
        Self {
            allowed,
            data,
            ..Self::default()
        }
    }

    /// Tells where the relay itself listens.
    pub fn listens(&mut self, address: SocketAddr) {
        self.own.push(address);
    }

    /// Tells of a sandbox server of the relay's own.
    pub fn runs(&mut self, sandbox: Sandbox) {
        self.own.push(sandbox.address);
        self.sandboxes.push(sandbox);
    }

    /// Whether the operator has named anybody.
    pub fn allows_some(&self) -> bool {
        !self.allowed.is_empty()
    }

    /// The ports that nobody is to be called at on this machine.
    pub fn own_ports(&self) -> Vec<u16> {
        self.own.iter().map(SocketAddr::port).collect()
    }

    /// Lets somebody through to `host`, or says by which rule not. Asks the system for a name's addresses, once.
    ///
    /// # Errors
    /// When no rule allows it.
    pub async fn permit(&self, host: &str, port: u16) -> Result<Arc<Permit>, Denied> {
        let wanted = self.wanted(host, port)?;
        let found = match &wanted.target.host {
            Host::Address(address) => Ok(vec![*address]),
            Host::Name(name) => tokio::net::lookup_host((name.as_str(), port))
                .await
                .map(|found| found.map(|address| address.ip()).collect()),
        };
        let found = found.map_err(|error| Denied::NoAddress {
            target: wanted.target.clone(),
            why: error.to_string(),
        });
        self.admit(wanted, &found?).map(Arc::new)
    }

    /// What the text alone decides.
    fn wanted(&self, host: &str, port: u16) -> Result<Wanted, Denied> {
        let not_a_host = |why| Denied::NotAHost {
            text: visible(host),
            why,
        };
        let host = Host::new(host).map_err(not_a_host)?;
        if port == 0 {
            return Err(not_a_host(NotAHost::Port));
        }
        let target = Target { host, port };
        let is_sandbox = |sandbox: &Sandbox| target == of(sandbox.address);
        let rule = if self.sandboxes.iter().any(is_sandbox) {
            Rule::Sandbox
        } else if self.allowed.contains(&target) {
            Rule::Allowed(target.clone())
        } else {
            return Err(Denied::NotAllowed(target));
        };
        Ok(Wanted { target, rule })
    }

    /// What its addresses decide.
    fn admit(&self, wanted: Wanted, found: &[IpAddr]) -> Result<Permit, Denied> {
        let Wanted { target, rule } = wanted;
        let mut to: Vec<SocketAddr> = Vec::new();
        for &address in found {
            let (space, literal) = (Space::of(address), meant(address));
            match space {
                Space::Public => {}
                Space::Unspecified | Space::Multicast => return Err(Denied::Never { target, space }),
                _ if self.is_named(literal, target.port) => {}
                _ => {
                    let address = literal;
                    return Err(Denied::Space { target, address, space });
                }
            }
            if rule != Rule::Sandbox && self.is_own(literal, target.port) {
                return Err(Denied::Own(target));
            }
            // Behind NAT64 the address is dialled as it was told; every other spelling as it is meant.
            let dialled = if space == Space::Public { address } else { literal };
            let dialled = SocketAddr::new(dialled, target.port);
            if !to.contains(&dialled) {
                to.push(dialled);
            }
        }
        let data = to.iter().map(|address| self.data_ports(&rule, *address)).collect();
        let why = String::new();
        Permit::new(target.clone(), rule, to, data).ok_or(Denied::NoAddress { target, why })
    }

    /// Whether the operator, or the relay's own sandbox, stands for this very address.
    fn is_named(&self, address: IpAddr, port: u16) -> bool {
        let host = Host::Address(address);
        let target = Target { host, port };
        self.allowed.contains(&target) || self.sandboxes.iter().any(|sandbox| of(sandbox.address) == target)
    }

    /// Whether the relay listens there: at that port, at any address of this machine.
    fn is_own(&self, address: IpAddr, port: u16) -> bool {
        self.own.iter().any(|own| own.port() == port) && is_here(address)
    }

    /// The ports that data connections may go to.
    fn data_ports(&self, rule: &Rule, control: SocketAddr) -> DataPorts {
        let address = meant(control.ip());
        let mut allowed: Vec<PortRange> = self
            .data
            .iter()
            .filter(|(data, _)| *data == address)
            .map(|(_, ports)| *ports)
            .collect();
        if *rule == Rule::Sandbox {
            let its = |sandbox: &&Sandbox| of(sandbox.address) == of(control);
            allowed.extend(self.sandboxes.iter().filter(its).map(|sandbox| sandbox.passive));
        } else if !is_here(address) {
            allowed.push(PortRange {
                first: 1024,
                last: u16::MAX,
            });
        }
        let never = if is_here(address) { self.own_ports() } else { Vec::new() };
        DataPorts { allowed, never }
    }
}

/// An address as a target.
fn of(address: SocketAddr) -> Target {
    Target {
        host: Host::Address(meant(address.ip())),
        port: address.port(),
    }
}

/// Whether an address is this machine's own. The system knows: what it would send there comes from there. Nothing is sent.
fn is_here(address: IpAddr) -> bool {
    if address.is_loopback() || address.is_unspecified() {
        return true;
    }
    let any: SocketAddr = match address {
        IpAddr::V4(_) => ([0; 4], 0).into(),
        IpAddr::V6(_) => ([0_u16; 8], 0).into(),
    };
    let from = UdpSocket::bind(any).and_then(|socket| {
        socket.connect(SocketAddr::new(address, 9))?;
        socket.local_addr()
    });
    from.is_ok_and(|from| from.ip() == address)
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sandbox => f.write_str("it is the relay's own sandbox"),
            Self::Allowed(target) => write!(f, "the operator allowed {target}"),
        }
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAHost { text, why } => write!(f, "\"{text}\" is no target: {why}."),
            Self::NotAllowed(target) => write!(
                f,
                "This relay may not connect to {target}. Its operator can allow it with --allow {target}."
            ),
            Self::Space { target, address, space } => {
                let host = Host::Address(*address);
                write!(
                    f,
                    "This relay may not connect to {target}: the name leads to {host}, {space}. Its operator can allow \
                     it with --allow {host}:{}.",
                    target.port
                )
            }
            Self::Never { target, space } => {
                write!(
                    f,
                    "This relay may not connect to {target}: that is {space}, and no rule allows it."
                )
            }
            Self::Own(target) => write!(f, "This relay may not connect to {target}: it listens there itself."),
            Self::NoAddress { target, why } if why.is_empty() => write!(f, "{} has no address.", target.host),
            Self::NoAddress { target, why } => write!(f, "{} has no address: {why}.", target.host),
        }
    }
}

#[cfg(test)]
mod tests;
