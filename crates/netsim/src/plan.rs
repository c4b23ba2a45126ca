//! What a small internet is made of, before it runs: hosts, routers and the links between them.

use core::fmt;
use core::net::IpAddr;

use portolan_protocol::endpoint::Patience;
use portolan_session::event::{Header, Host, HostId, Link, Role, Source, VERSION};
use portolan_session::lesson::Lesson;
use portolan_wire::Duration;

use crate::firewall::Rule;

/// A plan of hosts, routers and links. Nodes are numbered in the order they are added, which is the order in which they
/// are drawn: client left, server right, boxes between.
#[derive(Clone, Debug, Default)]
pub struct Topology {
    pub(crate) nodes: Vec<NodePlan>,
    pub(crate) links: Vec<(HostId, HostId, LinkPlan)>,
}

/// One node of the plan.
#[derive(Clone, Debug)]
pub(crate) enum NodePlan {
    /// It has a TCP stack.
    Host(HostPlan),
    /// It forwards.
    Router(RouterPlan),
}

/// A host: one interface, one TCP/IP stack.
#[derive(Clone, Debug)]
pub struct HostPlan {
    /// Its name: unique, and part of the label of its random numbers, so that another host does not shift them.
    pub name: String,
    /// Its part in the session.
    pub role: Role,
    /// Its addresses, at most eight; the first of each IP version is the one it calls from.
    pub addresses: Vec<IpAddr>,
    /// The ports its system chooses from for outgoing connections, both ends included.
    pub ephemeral: (u16, u16),
    /// Ports that are handed out before any other, in this order: each goes to the first that asks for a range it lies
    /// in (the host's ephemeral ports, or an endpoint's passive range), if it is free then.
    pub pinned: Vec<u16>,
    /// The ports its FTP server offers for passive data connections, for the log's header. What is listened on is the
    /// endpoint's choice.
    pub passive: Option<(u16, u16)>,
    /// Whether its programs may call from ports below 1024 (RFC 6335's system ports).
    pub privileged: bool,
    /// Its firewall: the first rule that fits decides; without one, the packet passes.
    pub firewall: Vec<Rule>,
    /// How many connections may be half open (SYN received, not yet established) on one of its listening ports. When
    /// so many are, a further SYN is dropped without an answer, as Linux does. [`HostPlan::BACKLOG`] unless changed.
    pub backlog: usize,
    /// How long an attempt to connect may take before it is given up.
    pub patience: Duration,
}

/// A router.
#[derive(Clone, Debug)]
pub struct RouterPlan {
    /// Its name, unique.
    pub name: String,
    /// Its addresses; ICMP errors come from the first of the right IP version.
    pub addresses: Vec<IpAddr>,
}

/// A link, the same in both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkPlan {
    /// One way.
    pub latency: Duration,
    /// Bits per second, each way.
    pub bandwidth: u64,
    /// Packets lost of a million, each way.
    pub loss_ppm: u32,
    /// Bytes that may wait at each end for the link to be free. A packet that finds no room is dropped.
    pub queue: u32,
}

/// Why a plan cannot be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanError {
    /// Two nodes have this name.
    NameTwice(String),
    /// Two nodes have this address.
    AddressTwice(IpAddr),
    /// This host has no address, or more than eight.
    Addresses(String),
    /// This node has an address that no host can have: multicast, broadcast or unspecified.
    NotUnicast(IpAddr),
    /// This host has no link or more than one; only routers have several.
    Links(String),
    /// A link names a node that is not there, or both its ends are the same.
    NoSuchLink(HostId, HostId),
    /// A link without bandwidth.
    NoBandwidth(HostId, HostId),
    /// This host's ephemeral range is empty or holds port 0.
    Ephemeral(String),
}

impl Topology {
    /// A plan without nodes.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            nodes: Vec::new(),
            links: Vec::new(),
        }
    }

    /// Adds a host and tells its number.
    pub fn host(&mut self, plan: HostPlan) -> HostId {
        self.add(NodePlan::Host(plan))
    }

    /// Adds a router and tells its number.
    pub fn router(&mut self, plan: RouterPlan) -> HostId {
        self.add(NodePlan::Router(plan))
    }

    /// Lays a link between two nodes.
    pub fn link(&mut self, a: HostId, b: HostId, plan: LinkPlan) {
        self.links.push((a, b, plan));
    }

    /// The number of the node with this name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<HostId> {
        let place = self.nodes.iter().position(|node| node.name() == name)?;
        u16::try_from(place).ok().map(HostId)
    }

    /// The plan of a host; nothing for a router or a number that is not there.
    #[must_use]
    pub fn host_plan(&self, id: HostId) -> Option<&HostPlan> {
        match self.nodes.get(usize::from(id.0))? {
            NodePlan::Host(plan) => Some(plan),
            NodePlan::Router(_) => None,
        }
    }

    /// The header of a log of this plan.
    #[must_use]
    pub fn header(&self, source: Source, title: impl Into<String>, lesson: Option<Lesson>) -> Header {
        let hosts = (0_u16..).zip(&self.nodes).map(|(id, node)| node.described(HostId(id)));
        let links = self.links.iter().map(|&(a, b, plan)| Link {
            between: (a, b),
            latency: plan.latency,
            bandwidth: plan.bandwidth,
            loss_ppm: plan.loss_ppm,
        });
        Header {
            format: "portolan-log".to_owned(),
            version: VERSION,
            source,
            title: title.into(),
            hosts: hosts.collect(),
            links: links.collect(),
            lesson,
        }
    }

    /// Whether this plan can be built.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn check(&self) -> Result<(), PlanError> {
        for (place, node) in self.nodes.iter().enumerate() {
            let before = self.nodes.get(..place).unwrap_or_default();
            if before.iter().any(|other| other.name() == node.name()) {
                return Err(PlanError::NameTwice(node.name().to_owned()));
            }
            for address in node.addresses() {
                if before.iter().any(|other| other.addresses().contains(address)) {
                    return Err(PlanError::AddressTwice(*address));
                }
                if !is_unicast(*address) {
                    return Err(PlanError::NotUnicast(*address));
                }
            }
            if let NodePlan::Host(host) = node {
                self.check_host(host, place)?;
            }
        }
        for &(a, b, plan) in &self.links {
            let missing = [a, b].iter().any(|end| usize::from(end.0) >= self.nodes.len());
            if missing || a == b {
                return Err(PlanError::NoSuchLink(a, b));
            }
            if plan.bandwidth == 0 {
                return Err(PlanError::NoBandwidth(a, b));
            }
        }
        Ok(())
    }

    fn check_host(&self, host: &HostPlan, place: usize) -> Result<(), PlanError> {
        if host.addresses.is_empty() || host.addresses.len() > 8 {
            return Err(PlanError::Addresses(host.name.clone()));
        }
        if host.ephemeral.0 == 0 || host.ephemeral.0 > host.ephemeral.1 {
            return Err(PlanError::Ephemeral(host.name.clone()));
        }
        let links = self
            .links
            .iter()
            .filter(|(a, b, _)| usize::from(a.0) == place || usize::from(b.0) == place);
        if links.count() != 1 {
            return Err(PlanError::Links(host.name.clone()));
        }
        Ok(())
    }

    fn add(&mut self, node: NodePlan) -> HostId {
        // A log has room for 65,535 hosts; a world of more would not fit a memory anyway.
        let id = HostId(u16::try_from(self.nodes.len()).unwrap_or(u16::MAX));
        self.nodes.push(node);
        id
    }
}

impl HostPlan {
    /// Linux's default range of ephemeral ports.
    pub const LINUX_PORTS: (u16, u16) = (32_768, 60_999);
    /// The dynamic ports of RFC 6335, and Windows' default.
    pub const DYNAMIC_PORTS: (u16, u16) = (49_152, 65_535);
    /// Half-open connections per listening port, unless a plan says otherwise.
    pub const BACKLOG: usize = 128;

    /// A host with these addresses and everything else as usual: the dynamic ports of RFC 6335, no firewall.
    #[must_use]
    pub fn new(name: impl Into<String>, role: Role, addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        Self {
            name: name.into(),
            role,
            addresses: addresses.into_iter().collect(),
            ephemeral: Self::DYNAMIC_PORTS,
            pinned: Vec::new(),
            passive: None,
            privileged: true,
            firewall: Vec::new(),
            backlog: Self::BACKLOG,
            patience: Patience::default().connect,
        }
    }
}

impl RouterPlan {
    /// A router with these addresses.
    #[must_use]
    pub fn new(name: impl Into<String>, addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        Self {
            name: name.into(),
            addresses: addresses.into_iter().collect(),
        }
    }
}

impl Default for LinkPlan {
    /// 5 ms, 100 Mbit/s, no loss, 512 KiB of queue: more than one connection's window, so that a lone transfer loses
    /// nothing.
    fn default() -> Self {
        Self {
            latency: Duration::from_millis(5),
            bandwidth: 100_000_000,
            loss_ppm: 0,
            queue: 512 * 1024,
        }
    }
}

impl NodePlan {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Host(plan) => &plan.name,
            Self::Router(plan) => &plan.name,
        }
    }

    pub(crate) fn addresses(&self) -> &[IpAddr] {
        match self {
            Self::Host(plan) => &plan.addresses,
            Self::Router(plan) => &plan.addresses,
        }
    }

    fn described(&self, id: HostId) -> Host {
        match self {
            Self::Host(plan) => Host {
                id,
                name: plan.name.clone(),
                role: plan.role,
                addresses: plan.addresses.clone(),
                ephemeral: Some(plan.ephemeral),
                passive: plan.passive,
                firewall: plan.firewall.iter().map(ToString::to_string).collect(),
            },
            Self::Router(plan) => Host {
                id,
                name: plan.name.clone(),
                role: Role::Router,
                addresses: plan.addresses.clone(),
                ephemeral: None,
                passive: None,
                firewall: Vec::new(),
            },
        }
    }
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NameTwice(name) => write!(f, "two hosts are called {name}"),
            Self::AddressTwice(address) => write!(f, "two hosts have the address {address}"),
            Self::Addresses(name) => write!(f, "{name} needs between one and eight addresses"),
            Self::NotUnicast(address) => write!(f, "{address} is no address that one host can have"),
            Self::Links(name) => write!(f, "{name} needs exactly one link; only routers have several"),
            Self::NoSuchLink(a, b) => write!(f, "there is no link between host {} and host {}", a.0, b.0),
            Self::NoBandwidth(a, b) => write!(f, "the link between host {} and host {} carries nothing", a.0, b.0),
            Self::Ephemeral(name) => write!(f, "the ephemeral ports of {name} are no range of ports"),
        }
    }
}

impl core::error::Error for PlanError {}

fn is_unicast(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !(address.is_multicast() || address.is_broadcast() || address.is_unspecified()),
        IpAddr::V6(address) => !(address.is_multicast() || address.is_unspecified()),
    }
}
