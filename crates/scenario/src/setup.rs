//! From a scenario to a world that can run: hosts, services, files, firewalls.

use core::net::{IpAddr, SocketAddr};

use portolan_netsim::{
    AppId, Direction, FlowState, HostPlan, LinkPlan, PlaceError, PlanError, RouterPlan, Service, Session, StoreId,
    Topology, World,
};
use portolan_protocol::call::Caller;
use portolan_protocol::endpoint::{Endpoint, Patience, Ports};
use portolan_protocol::ftp::{client, server};
use portolan_protocol::tls::shell::{Shell, Side};
use portolan_protocol::tls::{Client, Keys};
use portolan_protocol::tree::{Content, Generated, Quota, Tree, TreePath};
use portolan_session::event::{HostId, Role, Source};
use portolan_session::lesson::Lesson;
use portolan_wire::Duration;
use portolan_wire::report::Purpose;

use crate::file::{self, FtpService, HostRole, PortRange, Rule, Scenario, TlsBegin, Traffic, Verdict};
use crate::greeter::Greeter;
use crate::tls;

/// The moment at which every simulation begins, 2000-01-01 00:00 UTC, as in its captures: listings show dates, and a run
/// must be the same on every day.
pub(crate) const EPOCH: u64 = 946_684_800;

/// When the files of a scenario were last changed: 1999-12-29 09:30.
const MODIFIED: u64 = EPOCH - 3 * 86_400 + 9 * 3_600 + 30 * 60;

/// How long a storage request takes: about what a solid-state disk needs.
const STORE_LATENCY: Duration = Duration::from_micros(100);

/// The most bytes that a host's files may hold: downloads and uploads go there.
const QUOTA: Quota = Quota { bytes: 512 << 20 };

/// A world, and the client's programs in it.
pub(crate) struct Built {
    pub(crate) world: World,
    /// The FTP client.
    pub(crate) ftp: AppId,
    /// The caller of ports.
    pub(crate) caller: AppId,
    /// Where each host's files are.
    pub(crate) stores: Vec<(String, StoreId)>,
    /// The keys of what went under TLS: in a simulation everybody may have them.
    pub(crate) keys: Keys,
}

/// Why a world could not be built. A checked scenario can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BuildError {
    Plan(PlanError),
    Place(PlaceError),
    Incomplete,
}

/// Builds the world of a scenario.
pub(crate) fn build(
    scenario: &Scenario,
    seed: u64,
    source: Source,
    lesson: Option<Lesson>,
) -> Result<Built, BuildError> {
    let topology = topology(scenario, seed == scenario.seed);
    let header = topology.header(source, scenario.title.clone(), lesson);
    let mut world = World::new(&topology, seed, header).map_err(BuildError::Plan)?;
    let mut stores = Vec::new();
    let mut client = None;
    for (id, host) in (0_u16..).map(HostId).zip(&scenario.world.hosts) {
        if host.role == HostRole::Router {
            continue;
        }
        let store = world.add_store(tree(host), STORE_LATENCY);
        stores.push((host.name.clone(), store));
        if host.role == HostRole::Client {
            client = Some((id, store));
        }
        for ftp in &host.ftp {
            world
                .serve(id, ftp_service(ftp, store, seed))
                .map_err(BuildError::Place)?;
        }
        for greeter in &host.greeters {
            world.serve(id, greeter_service(greeter)).map_err(BuildError::Place)?;
        }
    }
    let (client, store) = client.ok_or(BuildError::Incomplete)?;
    let server = server_address(scenario).ok_or(BuildError::Incomplete)?;
    let keys = Keys::default();
    let (ftp, caller) = programs(scenario, server, tls::client(scenario, seed, &keys));
    let ftp = world.add_client(client, ftp, Some(store)).map_err(BuildError::Place)?;
    world.name_client(ftp, "FTP client");
    let caller = world.add_client(client, caller, None).map_err(BuildError::Place)?;
    world.name_client(caller, "caller");
    Ok(Built {
        world,
        ftp,
        caller,
        stores,
        keys,
    })
}

/// The address of a host in the IP version in use.
pub(crate) fn address(host: &file::Host, scenario: &Scenario) -> Option<IpAddr> {
    host.addresses
        .iter()
        .find(|address| scenario.world.ip.has(address))
        .copied()
}

/// The first server's FTP port; port 21 where it serves none.
fn server_address(scenario: &Scenario) -> Option<SocketAddr> {
    let server = scenario.server()?;
    let port = server.ftp.first().map_or(21, |ftp| ftp.port);
    Some(SocketAddr::new(address(server, scenario)?, port))
}

fn programs(scenario: &Scenario, server: SocketAddr, tls: Option<Client>) -> (Box<dyn Endpoint>, Box<dyn Endpoint>) {
    let config = client::Config {
        mode: scenario.mode,
        security: tls::when(scenario.security),
        protection: scenario.protection,
        show_secrets: true,
        ..client::Config::new(server)
    };
    let ftp = client::Client::new(config);
    let ftp: Box<dyn Endpoint> = match tls {
        Some(tls) => Box::new(Shell::new(ftp, Side::Client(tls))),
        None => Box::new(ftp),
    };
    let caller = Caller::new(server, Patience::default());
    (ftp, Box::new(caller))
}

fn topology(scenario: &Scenario, pinned: bool) -> Topology {
    let mut topology = Topology::new();
    for host in &scenario.world.hosts {
        let addresses = host
            .addresses
            .iter()
            .filter(|address| scenario.world.ip.has(address))
            .copied();
        match host.role {
            HostRole::Router => topology.router(RouterPlan::new(&host.name, addresses)),
            HostRole::Client => topology.host(host_plan(host, Role::Client, addresses, pinned)),
            HostRole::Server => topology.host(host_plan(host, Role::Server, addresses, pinned)),
        };
    }
    for link in &scenario.world.links {
        let [one, other] = &link.between;
        if let (Some(one), Some(other)) = (topology.named(one), topology.named(other)) {
            let plan = LinkPlan {
                latency: link.latency.0,
                bandwidth: link.bandwidth.0,
                loss_ppm: link.loss.0,
                ..LinkPlan::default()
            };
            topology.link(one, other, plan);
        }
    }
    topology
}

fn host_plan(host: &file::Host, role: Role, addresses: impl Iterator<Item = IpAddr>, pinned: bool) -> HostPlan {
    let ends = |range: PortRange| (range.first(), range.last());
    HostPlan {
        ephemeral: ends(host.ephemeral.unwrap_or(PortRange::DYNAMIC)),
        pinned: if pinned { host.pinned_ports.clone() } else { Vec::new() },
        passive: host.ftp.first().map(|ftp| ends(ftp.passive)),
        firewall: host.firewall.iter().map(rule).collect(),
        ..HostPlan::new(&host.name, role, addresses)
    }
}

fn rule(rule: &Rule) -> portolan_netsim::Rule {
    portolan_netsim::Rule {
        direction: match rule.traffic {
            Traffic::IncomingCalls => Direction::In,
            Traffic::OutgoingCalls => Direction::Out,
        },
        flow: FlowState::New,
        ports: rule.ports.map(|range| range.first()..=range.last()),
        peer: None,
        verdict: match rule.verdict {
            Verdict::Pass => portolan_netsim::Verdict::Pass,
            Verdict::Drop => portolan_netsim::Verdict::Drop,
            Verdict::Reject => portolan_netsim::Verdict::Reject,
        },
    }
}

fn ftp_service(ftp: &FtpService, store: StoreId, seed: u64) -> Service {
    let mut config = server::Config {
        passive_ports: Ports::Range {
            first: ftp.passive.first(),
            last: ftp.passive.last(),
        },
        show_secrets: true,
        epoch: EPOCH,
        security: tls::terms(ftp.tls.as_ref()),
        // Somebody who begins with TLS where it comes later is told so.
        hang_up_on_other_protocols: ftp.tls.is_some(),
        ..server::Config::default()
    };
    if let Some(greeting) = &ftp.greeting {
        config.greeting.clone_from(greeting);
    }
    let servers = ftp.tls.as_ref().map(|tls| tls::Servers::new(tls, seed));
    for user in &ftp.users {
        config = config.with_account(&user.name, &user.password);
    }
    let start = move |session: Session| -> Box<dyn Endpoint> {
        let config = config.clone();
        let server = server::Server::new(config, session.control, session.local, session.peer);
        match servers.as_ref().map(|servers| servers.session(session.seed)) {
            Some(Ok(tls)) => Box::new(Shell::new(server, Side::Server(tls)).with_connection(session.control)),
            // Our own suites and versions fit each other.
            Some(Err(_)) | None => Box::new(server),
        }
    };
    let name = match &ftp.tls {
        Some(tls) if tls.begin == TlsBegin::Implicit => "FTPS",
        _ => "FTP",
    };
    Service::new(ftp.port, name, Box::new(start)).with_store(store)
}

fn greeter_service(greeter: &file::Greeter) -> Service {
    let says = greeter.says.clone();
    let start =
        move |session: Session| -> Box<dyn Endpoint> { Box::new(Greeter::new(session.control, says.as_deref())) };
    let mut service = Service::new(greeter.port, &greeter.service, Box::new(start));
    service.purpose = Purpose::Other;
    service
}

/// The files of a host.
fn tree(host: &file::Host) -> Tree {
    let mut tree = Tree::new(MODIFIED).with_quota(QUOTA);
    for file in &host.files {
        let path = TreePath::root().join(&file.path);
        let content = match file.generated {
            Some(file::Generated { size, seed }) => Content::Generated(Generated { size, seed }),
            None => Content::from(file.bytes().unwrap_or_default()),
        };
        // Directories come with the file. That there is room, and no name twice, was checked.
        let added = tree.add_file(&path, content, MODIFIED);
        debug_assert!(added.is_ok(), "{}: {added:?}", file.path);
    }
    tree.set_time(EPOCH);
    tree
}
