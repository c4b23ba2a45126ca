//! From a plan to nodes: lanes are laid and ways are found.

use std::collections::VecDeque;

use portolan_session::event::HostId;

use crate::host::Host;
use crate::links::LaneId;
use crate::plan::{NodePlan, Topology};
use crate::random::Stream;
use crate::router::{Route, Router};
use crate::shared::Shared;
use crate::world::Node;

/// The nodes of a plan that was checked, and its lanes in `shared`.
pub(crate) fn nodes(topology: &Topology, seed: u64, shared: &mut Shared) -> Vec<Node> {
    let ways = lay(topology, seed, shared);
    let mut nodes = Vec::with_capacity(topology.nodes.len());
    for (plan, own) in topology.nodes.iter().zip(&ways) {
        let id = HostId(u16::try_from(nodes.len()).unwrap_or(u16::MAX));
        let node = match plan {
            NodePlan::Router(plan) => {
                let routes = routes(topology, &ways, id);
                Node::Router(Router::new(id, plan.addresses.clone(), routes))
            }
            NodePlan::Host(plan) => {
                let loopback = shared.links.add_loopback(id);
                // A checked plan gives every host one link.
                let lane = own.first().map_or(loopback, |(_, lane)| *lane);
                Node::Host(Box::new(Host::new(
                    id,
                    plan,
                    seed,
                    (lane, loopback),
                    &mut shared.device,
                )))
            }
        };
        nodes.push(node);
    }
    nodes
}

/// The neighbours of each node, in the order of the plan's links, and the lanes towards them.
type Ways = Vec<Vec<(HostId, LaneId)>>;

fn lay(topology: &Topology, seed: u64, shared: &mut Shared) -> Ways {
    let mut ways: Ways = vec![Vec::new(); topology.nodes.len()];
    let name = |id: HostId| topology.nodes.get(usize::from(id.0)).map_or("", NodePlan::name);
    for &(a, b, plan) in &topology.links {
        for (from, to) in [(a, b), (b, a)] {
            let dice = Stream::new(seed, &format!("link/{}/{}", name(from), name(to)));
            let lane = shared.links.add(to, plan, dice);
            if let Some(own) = ways.get_mut(usize::from(from.0)) {
                own.push((to, lane));
            }
        }
    }
    ways
}

/// The shortest ways from a router to every address, through routers only. Of equally short ones, the one over the
/// link that was planned first.
fn routes(topology: &Topology, ways: &Ways, from: HostId) -> Vec<Route> {
    let mut routes = Vec::new();
    let mut seen = vec![false; topology.nodes.len()];
    let mut queue: VecDeque<(HostId, Option<(HostId, LaneId)>)> = VecDeque::from([(from, None)]);
    while let Some((at, first)) = queue.pop_front() {
        let place = usize::from(at.0);
        match seen.get_mut(place) {
            Some(seen) if !*seen => *seen = true,
            _ => continue,
        }
        let Some(node) = topology.nodes.get(place) else {
            continue;
        };
        if let Some((next, lane)) = first {
            routes.extend(node.addresses().iter().map(|&to| Route { to, next, lane }));
        }
        if at == from || matches!(node, NodePlan::Router(_)) {
            for &(next, lane) in ways.get(place).into_iter().flatten() {
                queue.push_back((next, first.or(Some((next, lane)))));
            }
        }
    }
    routes
}
