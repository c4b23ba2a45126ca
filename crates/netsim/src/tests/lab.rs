//! A client, a router and a server, and what tests ask of their log.

use std::cell::RefCell;
use std::net::IpAddr;
use std::rc::Rc;

use portolan_session::event::{Conn, HostId, Kind, Role, Seen, Source};
use portolan_session::log::Log;
use portolan_wire::action::Action;
use portolan_wire::dissect::checksums;
use portolan_wire::report::Outcome;
use portolan_wire::{Duration, Instant};

use super::peers::{Manners, Peer, Shared, Watched};
use crate::{AppId, HostPlan, LinkPlan, Progress, RouterPlan, Service, Topology, World};

pub const CLIENT: HostId = HostId(0);
pub const ROUTER: HostId = HostId(1);
pub const SERVER: HostId = HostId(2);
pub const PORT: u16 = 2_121;

/// A plan that tests change before they build it.
pub struct Lab {
    pub client: HostPlan,
    pub server: HostPlan,
    pub near: LinkPlan,
    pub far: LinkPlan,
    pub seed: u64,
}

pub fn v4(last: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, last])
}

pub fn v6(last: u16) -> IpAddr {
    IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, last])
}

impl Default for Lab {
    fn default() -> Self {
        Self {
            client: HostPlan::new("client", Role::Client, [v4(1), v6(1)]),
            server: HostPlan::new("server", Role::Server, [v4(2), v6(2)]),
            near: LinkPlan::default(),
            far: LinkPlan::default(),
            seed: 7,
        }
    }
}

pub fn source(seed: u64) -> Source {
    Source::Simulation {
        scenario: "test".to_owned(),
        seed,
        settings: portolan_wire::ordered::Map::new(),
    }
}

impl Lab {
    pub fn build(&self) -> World {
        let mut plan = Topology::new();
        let client = plan.host(self.client.clone());
        let router = plan.router(RouterPlan::new("router", [v4(254), v6(254)]));
        let server = plan.host(self.server.clone());
        plan.link(client, router, self.near);
        plan.link(router, server, self.far);
        let header = plan.header(source(self.seed), "test", None);
        World::new(&plan, self.seed, header).unwrap()
    }

    /// A world with a service of these manners on [`PORT`], and its tally.
    pub fn serving(&self, manners: Manners) -> (World, Shared) {
        let mut world = self.build();
        let tally = serve(&mut world, SERVER, PORT, manners);
        (world, tally)
    }
}

pub fn tally() -> Shared {
    Rc::new(RefCell::default())
}

pub fn serve(world: &mut World, host: HostId, port: u16, manners: Manners) -> Shared {
    let seen = tally();
    let shown = Rc::clone(&seen);
    let start = Box::new(move |session: crate::Session| {
        let peer = Peer::server(session.control, manners, Rc::clone(&shown));
        Box::new(Watched::server(peer, session.control)) as Box<dyn portolan_protocol::endpoint::Endpoint>
    });
    world.serve(host, Service::new(port, "test", start)).unwrap();
    seen
}

/// Adds a client that calls `to`.
pub fn client(world: &mut World, host: HostId, to: IpAddr, manners: Manners) -> (AppId, Shared) {
    let seen = tally();
    let peer = Peer::client(to, manners, Rc::clone(&seen));
    let app = world.add_client(host, Box::new(Watched::client(peer)), None).unwrap();
    (app, seen)
}

pub fn call(port: u16) -> Action {
    Action::Call { host: None, port }
}

/// Runs until nothing happens any more; gives the outcomes in the order in which they came.
pub fn run(world: &mut World) -> Vec<(AppId, u32, Outcome)> {
    let mut outcomes = Vec::new();
    loop {
        match world.step(1_000_000) {
            Progress::Finished { app, action, outcome } => outcomes.push((app, action, outcome)),
            Progress::Quiet => return outcomes,
            Progress::More => panic!("a million things happened, and no end is in sight at {}", world.now()),
        }
    }
}

/// The kinds of a connection's events at a host, packets left out.
pub fn story(log: &Log, host: HostId, conn: u32) -> Vec<Kind> {
    log.events()
        .iter()
        .filter(|event| event.host == host && event.conn == Some(Conn(conn)))
        .map(|event| event.kind.clone())
        .filter(|kind| !matches!(kind, Kind::Packet { .. } | Kind::Endpoint { .. }))
        .collect()
}

pub fn names(story: &[Kind]) -> Vec<&'static str> {
    story
        .iter()
        .map(|kind| match kind {
            Kind::Attempted(_) => "attempted",
            Kind::Established(made) if made.caller => "established by calling",
            Kind::Established(_) => "established",
            Kind::Refused => "refused",
            Kind::TimedOut => "timed out",
            Kind::Unreachable => "unreachable",
            Kind::FinSent => "fin sent",
            Kind::FinReceived => "fin received",
            Kind::Closed => "closed",
            Kind::Reset { sent: true } => "reset sent",
            Kind::Reset { sent: false } => "reset received",
            other => panic!("{other:?}"),
        })
        .collect()
}

/// How many packets `host` saw in this way.
pub fn count(log: &Log, host: HostId, fits: impl Fn(&Seen) -> bool) -> usize {
    log.events()
        .iter()
        .filter(|event| event.host == host && matches!(&event.kind, Kind::Packet { seen, .. } if fits(seen)))
        .count()
}

/// When the first event that fits happened.
pub fn when(log: &Log, fits: impl Fn(&Kind) -> bool) -> Option<Instant> {
    log.events()
        .iter()
        .find(|event| fits(&event.kind))
        .map(|event| event.at)
}

/// The packets that were kept whole, all with right checksums.
pub fn assert_checksums(log: &Log) {
    let mut whole = 0;
    for number in 0..log.packets() {
        let packet = log.packet(portolan_session::event::PacketId(number)).unwrap();
        if packet.is_cut() {
            continue;
        }
        whole += 1;
        let sums = checksums(packet.bytes).unwrap();
        assert_ne!(sums.header, Some(false), "packet {number}");
        assert_eq!(sums.transport, Some(true), "packet {number}");
    }
    assert!(whole > 0);
}

pub const SECOND: Duration = Duration::from_secs(1);
