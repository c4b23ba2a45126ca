//! A host: its addresses, its stack, its ports, its connections.

use core::net::{IpAddr, SocketAddr};
use core::ops::RangeInclusive;

use portolan_protocol::endpoint::{FromPort, ListenerId, Ports};
use portolan_session::event::{Conn, HostId, Kind};
use portolan_wire::ordered::Map;
use portolan_wire::report::{ConnectError, ListenError, Purpose};
use portolan_wire::{Duration, Instant};
use smoltcp::iface::{Config, Interface, SocketSet};
use smoltcp::wire::{HardwareAddress, IpCidr, IpEndpoint, IpListenEndpoint};

use crate::app::AppId;
use crate::connection::{Connection, Phase};
use crate::device::Device;
use crate::firewall::Guard;
use crate::lingering::Lingering;
use crate::links::LaneId;
use crate::packet::Flow;
use crate::plan::HostPlan;
use crate::ports::PortChooser;
use crate::random::Stream;
use crate::shared::Shared;

/// How long a connection stays half open at the host that was called: about what Linux's five SYN-ACKs take.
const ANSWERING: Duration = Duration::from_secs(60);

/// A host.
pub(crate) struct Host {
    pub(crate) id: HostId,
    pub(crate) iface: Interface,
    pub(crate) addresses: Vec<IpAddr>,
    /// Towards the net, and back to itself.
    pub(crate) lane: LaneId,
    pub(crate) loopback: LaneId,
    pub(crate) guard: Guard,
    pub(crate) listeners: Map<u16, Listener>,
    pub(crate) backlog: usize,
    pub(crate) conns: Slots,
    /// Connections whose program or clock wants them looked after, and those that may have something to send.
    pub(crate) touched: Vec<usize>,
    pub(crate) pending: Vec<usize>,
    /// No sockets at all: what answers a packet that belongs to no connection.
    pub(crate) nobody: SocketSet<'static>,
    chooser: PortChooser,
    ephemeral: RangeInclusive<u16>,
    privileged: bool,
    patience: Duration,
    pub(crate) lingering: Lingering,
}

/// A port that is listened on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listener {
    /// Unspecified for all of the host's.
    pub(crate) address: IpAddr,
    pub(crate) purpose: Purpose,
    pub(crate) owner: Owner,
    /// How many connections are half open.
    pub(crate) half_open: usize,
}

/// Who listens.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Owner {
    /// A service: every caller gets a machine of its own.
    Service(usize),
    /// A program.
    App(AppId, ListenerId),
}

impl Host {
    pub(crate) fn new(
        id: HostId,
        plan: &HostPlan,
        seed: u64,
        (lane, loopback): (LaneId, LaneId),
        device: &mut Device,
    ) -> Self {
        let stream = |of: &str| Stream::new(seed, &format!("host/{}/{of}", plan.name));
        let mut config = Config::new(HardwareAddress::Ip);
        config.random_seed = stream("sequence numbers").any();
        let mut iface = Interface::new(config, device, smoltcp::time::Instant::ZERO);
        iface.update_ip_addrs(|list| {
            for address in &plan.addresses {
                let length = if address.is_ipv4() { 32 } else { 128 };
                // The plan was checked: there are at most as many as fit.
                let _ = list.push(IpCidr::new((*address).into(), length));
            }
        });
        Self {
            id,
            iface,
            addresses: plan.addresses.clone(),
            lane,
            loopback,
            guard: Guard::new(plan.firewall.clone()),
            listeners: Map::new(),
            backlog: plan.backlog,
            conns: Slots::default(),
            touched: Vec::new(),
            pending: Vec::new(),
            nobody: SocketSet::new(Vec::new()),
            chooser: PortChooser::new(stream("ports"), plan.pinned.clone()),
            ephemeral: plan.ephemeral.0..=plan.ephemeral.1,
            privileged: plan.privileged,
            patience: plan.patience,
            lingering: Lingering::default(),
        }
    }

    /// Begins to call `to`. Returns the connection's place; its SYN leaves when the host is flushed.
    pub(crate) fn call(
        &mut self,
        shared: &mut Shared,
        purpose: Purpose,
        from: FromPort,
        to: SocketAddr,
    ) -> Result<usize, ConnectError> {
        self.lingering.expire(shared.now);
        let local = self.source(to.ip()).ok_or(ConnectError::Unreachable)?;
        if to.port() == 0 {
            return Err(ConnectError::Unreachable);
        }
        let port = match from {
            FromPort::Any => self.chooser.choose(&self.ephemeral, |port| {
                !self.listeners.contains_key(&port) && !self.conns.uses(port) && !self.lingering.uses(port)
            }),
            FromPort::Exactly(port) => Some(port).filter(|port| self.may_call_from(*port, local, to)),
        };
        let local = SocketAddr::new(local, port.ok_or(ConnectError::LocalPort)?);
        let flow = Flow { local, peer: to };
        let number = shared.recorder.open_conn();
        let until = shared.now + self.patience;
        let mut conn = Connection::new(flow, number, purpose, Phase::Calling { until }, shared.now);
        let (remote, from) = (IpEndpoint::from(to), IpListenEndpoint::from(local));
        if conn.socket().connect(self.iface.context(), remote, from).is_err() {
            return Err(ConnectError::Unreachable);
        }
        shared.note(self.id, Some(number), Kind::attempted(local, to, purpose));
        let slot = self.conns.add(conn);
        self.touch(slot);
        Ok(slot)
    }

    /// Listens on a port of `ports`. Returns the port.
    pub(crate) fn listen(
        &mut self,
        now: Instant,
        address: IpAddr,
        ports: Ports,
        purpose: Purpose,
        owner: Owner,
    ) -> Result<u16, ListenError> {
        self.lingering.expire(now);
        if !address.is_unspecified() && !self.addresses.contains(&address) {
            return Err(ListenError::NoSuchAddress);
        }
        let range = match ports {
            Ports::Any => self.ephemeral.clone(),
            Ports::Range { first, last } => first..=last,
        };
        let free = |port: u16| !self.listeners.contains_key(&port) && !self.conns.uses(port);
        let fresh = |port: u16| free(port) && !self.lingering.uses(port);
        let port = self.chooser.choose(&range, fresh);
        // Rather than none, one that old connections linger on: servers listen with `SO_REUSEADDR`.
        let port = port.or_else(|| self.chooser.choose(&range, free));
        let port = port.ok_or(ListenError::Exhausted)?;
        self.insert_listener(port, address, purpose, owner);
        Ok(port)
    }

    /// Listens on this very port, also while old connections of it linger (as servers do, with `SO_REUSEADDR`).
    pub(crate) fn listen_on(&mut self, port: u16, purpose: Purpose, owner: Owner) -> Result<SocketAddr, ListenError> {
        if port == 0 {
            return Err(ListenError::NotAllowed);
        }
        if self.listeners.contains_key(&port) {
            return Err(ListenError::Exhausted);
        }
        let any = if self.addresses.iter().all(IpAddr::is_ipv6) {
            IpAddr::V6(core::net::Ipv6Addr::UNSPECIFIED)
        } else {
            IpAddr::V4(core::net::Ipv4Addr::UNSPECIFIED)
        };
        self.insert_listener(port, any, purpose, owner);
        Ok(SocketAddr::new(any, port))
    }

    /// Listens no longer. Half-open connections are forgotten; the last packet of their handshake will be refused.
    pub(crate) fn stop_listening(&mut self, port: u16) -> Option<SocketAddr> {
        let listener = self.listeners.remove(&port)?;
        for slot in self.conns.answering(port) {
            self.conns.remove(slot);
        }
        Some(SocketAddr::new(listener.address, port))
    }

    /// A connection that a SYN is about to open, if somebody listens and there is room.
    pub(crate) fn answer(&mut self, shared: &mut Shared, flow: Flow, number: Conn) -> Answer {
        let port = flow.local.port();
        let Some(listener) = self.listeners.get_mut(&port) else {
            return Answer::Nobody;
        };
        if !listener.address.is_unspecified() && listener.address != flow.local.ip() {
            return Answer::Nobody;
        }
        if listener.half_open >= self.backlog {
            return Answer::Full;
        }
        let until = shared.now + ANSWERING;
        let phase = Phase::Answering { until, port };
        let mut conn = Connection::new(flow, number, listener.purpose, phase, shared.now);
        if conn.socket().listen(IpListenEndpoint::from(flow.local)).is_err() {
            return Answer::Nobody;
        }
        listener.half_open += 1;
        Answer::Opening(self.conns.add(conn))
    }

    /// The connection's program or clock wants it looked after.
    pub(crate) fn touch(&mut self, slot: usize) {
        let Some(conn) = self.conns.get_mut(slot) else {
            return;
        };
        if !conn.touched {
            conn.touched = true;
            self.touched.push(slot);
        }
        if !conn.pending {
            conn.pending = true;
            self.pending.push(slot);
        }
    }

    /// Forgets a connection. What comes for it from now on is refused.
    pub(crate) fn remove(&mut self, slot: usize) {
        let Some(conn) = self.conns.remove(slot) else {
            return;
        };
        if let Phase::Answering { port, .. } = conn.phase {
            self.leave_backlog(port);
        }
    }

    /// A connection is no longer half open.
    pub(crate) fn leave_backlog(&mut self, port: u16) {
        if let Some(listener) = self.listeners.get_mut(&port) {
            listener.half_open = listener.half_open.saturating_sub(1);
        }
    }

    /// The address this host calls `to` from.
    fn source(&self, to: IpAddr) -> Option<IpAddr> {
        let callable = match to {
            IpAddr::V4(to) => !(to.is_unspecified() || to.is_multicast() || to.is_broadcast()),
            IpAddr::V6(to) => !(to.is_unspecified() || to.is_multicast()),
        };
        let fits = |address: &&IpAddr| address.is_ipv4() == to.is_ipv4();
        self.addresses.iter().find(fits).copied().filter(|_| callable)
    }

    /// Whether a program may call `to` from this very port: it may share the port with other connections, but not with
    /// a listener, and no two connections may have the same four numbers.
    fn may_call_from(&self, port: u16, local: IpAddr, to: SocketAddr) -> bool {
        let flow = Flow {
            local: SocketAddr::new(local, port),
            peer: to,
        };
        port != 0
            && (port >= 1_024 || self.privileged)
            && !self.listeners.contains_key(&port)
            && self.conns.find(&flow).is_none()
            && !self.lingering.has(&flow)
    }

    fn insert_listener(&mut self, port: u16, address: IpAddr, purpose: Purpose, owner: Owner) {
        let listener = Listener {
            address,
            purpose,
            owner,
            half_open: 0,
        };
        self.listeners.insert(port, listener);
    }
}

/// What becomes of a SYN that belongs to no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// A connection is being opened in this slot.
    Opening(usize),
    /// The backlog is full.
    Full,
    /// Nobody listens.
    Nobody,
}

/// A host's connections, found by place, by addresses and by local port.
#[derive(Default)]
pub(crate) struct Slots {
    all: Vec<Option<Box<Connection>>>,
    free: Vec<usize>,
    flows: Map<Flow, usize>,
    ports: Map<u16, u32>,
    /// The one that was found last: packets come in runs.
    last: Option<(Flow, usize)>,
}

impl Slots {
    pub(crate) fn get_mut(&mut self, slot: usize) -> Option<&mut Connection> {
        self.all.get_mut(slot)?.as_deref_mut()
    }

    /// Where the connection with these ends is.
    pub(crate) fn find(&self, flow: &Flow) -> Option<usize> {
        match &self.last {
            Some((last, slot)) if last == flow => Some(*slot),
            _ => self.flows.get(flow).copied(),
        }
    }

    /// As [`Slots::find`], and remembers it for the next packet.
    pub(crate) fn find_again(&mut self, flow: &Flow) -> Option<usize> {
        if let Some((last, slot)) = &self.last
            && last == flow
        {
            return Some(*slot);
        }
        let slot = self.flows.get(flow).copied()?;
        self.last = Some((*flow, slot));
        Some(slot)
    }

    /// Whether a connection has this local port.
    pub(crate) fn uses(&self, port: u16) -> bool {
        self.ports.contains_key(&port)
    }

    pub(crate) fn add(&mut self, conn: Connection) -> usize {
        let flow = conn.flow;
        let slot = self.free.pop().unwrap_or(self.all.len());
        match self.all.get_mut(slot) {
            Some(place) => *place = Some(Box::new(conn)),
            None => self.all.push(Some(Box::new(conn))),
        }
        self.flows.insert(flow, slot);
        *self.ports.entry(flow.local.port()).or_default() += 1;
        slot
    }

    pub(crate) fn remove(&mut self, slot: usize) -> Option<Box<Connection>> {
        let conn = self.all.get_mut(slot)?.take()?;
        self.free.push(slot);
        self.flows.remove(&conn.flow);
        self.last = None;
        let port = conn.flow.local.port();
        if let Some(count) = self.ports.get_mut(&port) {
            *count -= 1;
            if *count == 0 {
                self.ports.remove(&port);
            }
        }
        Some(conn)
    }

    /// How many there are.
    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.flows.len()
    }

    /// The connections that are half open on a listening port.
    fn answering(&self, on: u16) -> Vec<usize> {
        let all = self.all.iter().enumerate();
        all.filter_map(|(slot, conn)| match conn.as_deref()?.phase {
            Phase::Answering { port, .. } if port == on => Some(slot),
            _ => None,
        })
        .collect()
    }
}

/// Our time in smoltcp's words.
pub(crate) fn ticks(at: Instant) -> smoltcp::time::Instant {
    smoltcp::time::Instant::from_micros(i64::try_from(at.as_micros()).unwrap_or(i64::MAX))
}

/// smoltcp's time in our words.
pub(crate) fn moment(at: smoltcp::time::Instant) -> Instant {
    Instant::from_micros(u64::try_from(at.total_micros()).unwrap_or(0))
}
