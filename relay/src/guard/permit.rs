//! What the guard has let through, and how far.

use std::net::{IpAddr, SocketAddr};

use super::space::meant;
use super::{Rule, Target};
use crate::cli::PortRange;

/// Addresses that were checked, and what may be done with them. Only the guard makes one.
#[derive(Debug)]
pub struct Permit {
    target: Target,
    rule: Rule,
    /// At least one.
    to: Vec<SocketAddr>,
    /// The data ports of each address, in the order of `to`.
    data: Vec<DataPorts>,
    first: SocketAddr,
}

/// The ports that data connections may go to.
#[derive(Debug)]
pub(super) struct DataPorts {
    pub(super) allowed: Vec<PortRange>,
    pub(super) never: Vec<u16>,
}

impl Permit {
    /// A permit for these addresses; nothing if there are none.
    pub(super) fn new(target: Target, rule: Rule, to: Vec<SocketAddr>, data: Vec<DataPorts>) -> Option<Self> {
        let first = *to.first()?;
        Some(Self {
            target,
            rule,
            to,
            data,
            first,
        })
    }

    /// Where to call first.
    pub const fn first(&self) -> SocketAddr {
        self.first
    }

    /// Whom it is for.
    pub const fn target(&self) -> &Target {
        &self.target
    }

    /// By which rule.
    pub const fn rule(&self) -> &Rule {
        &self.rule
    }

    /// Where to call, in the system's order; at least one.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.to
    }

    /// Whether the control connection may go there.
    pub fn may_call(&self, to: SocketAddr) -> bool {
        self.to.contains(&to)
    }

    /// Whether a data connection may go there while the control connection is with `control`.
    pub fn may_call_for_data(&self, control: SocketAddr, to: SocketAddr) -> bool {
        let same = |address: &SocketAddr| meant(address.ip()) == meant(control.ip());
        let known = self.to.iter().position(same).and_then(|place| self.data.get(place));
        known.is_some_and(|ports| meant(to.ip()) == meant(control.ip()) && ports.allow(to.port()))
    }

    /// Whether a listener may stand at `address` while this side of the control connection is `local`.
    pub fn may_listen(local: IpAddr, address: IpAddr) -> bool {
        meant(local) == meant(address)
    }
}

impl DataPorts {
    fn allow(&self, port: u16) -> bool {
        let is_allowed = self
            .allowed
            .iter()
            .any(|range| range.first <= port && port <= range.last);
        is_allowed && !self.never.contains(&port)
    }
}
