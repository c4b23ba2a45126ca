//! Many connections, one after the other and at once.

use std::collections::BTreeSet;

use portolan_session::event::{Kind, Role};
use portolan_wire::report::Outcome;
use portolan_wire::{Duration, Instant};

use super::lab::*;
use super::peers::Manners;
use crate::lingering::TIME_WAIT;
use crate::{HostPlan, LinkPlan, Progress, RouterPlan, Topology, World};

#[test]
fn ten_thousand_connections_one_after_the_other_use_up_nothing() {
    let (mut world, served) = Lab::default().serving(Manners::ECHO);
    let (app, seen) = client(&mut world, CLIENT, v4(2), Manners::source(20));
    world.act(Instant::ZERO, app, 0, call(PORT));
    let mut done = 0;
    let mut most = 0;
    loop {
        match world.step(10_000) {
            Progress::Finished { action, outcome, .. } => {
                assert_eq!(outcome, Outcome::Done);
                done += 1;
                if done < 10_000 {
                    world.act(world.now(), app, action + 1, call(PORT));
                }
                most = most.max(world.host_mut(CLIENT).unwrap().conns.count());
            }
            Progress::More => {}
            Progress::Quiet => break,
        }
    }
    assert_eq!(done, 10_000);
    assert_eq!((served.borrow().received, seen.borrow().received), (200_000, 200_000));
    // Those that are over linger, but not as sockets.
    assert_eq!(most, 0);
    assert_eq!(world.host_mut(CLIENT).unwrap().conns.count(), 0);
    assert_eq!(world.host_mut(SERVER).unwrap().conns.count(), 0);
    assert!(world.services[0].open == 0 && world.services[0].begun == 10_000);

    // No port comes back while its last connection lingers.
    let mut recent: Vec<(Instant, u16)> = Vec::new();
    let log = world.finish();
    for event in log.events() {
        if let Kind::Attempted(call) = &event.kind {
            let port = call.from.port();
            recent.retain(|(at, _)| event.at - *at < TIME_WAIT);
            assert!(recent.iter().all(|(_, other)| *other != port), "{port} at {}", event.at);
            recent.push((event.at, port));
        }
    }
}

#[test]
fn two_clients_share_one_port_of_the_server() {
    let mut plan = Topology::new();
    let one = plan.host(HostPlan::new("one", Role::Client, [v4(1)]));
    let other = plan.host(HostPlan::new("other", Role::Client, [v4(3)]));
    let router = plan.router(RouterPlan::new("router", [v4(254)]));
    let server = plan.host(HostPlan::new("server", Role::Server, [v4(2)]));
    for host in [one, other, server] {
        plan.link(host, router, LinkPlan::default());
    }
    let mut world = World::new(&plan, 3, plan.header(source(3), "two", None)).unwrap();
    let served = serve(&mut world, server, PORT, Manners::ECHO);
    let (first, saw) = client(&mut world, one, v4(2), Manners::source(400_000));
    let (second, saw_too) = client(&mut world, other, v4(2), Manners::source(300_000));
    for app in [first, second] {
        for n in 0..2 {
            world.act(Instant::ZERO, app, n, call(PORT));
        }
    }
    assert_eq!(run(&mut world).len(), 4);
    assert_eq!((saw.borrow().received, saw_too.borrow().received), (800_000, 600_000));
    assert_eq!(served.borrow().received, 1_400_000);
    let log = world.finish();
    let callers = log.events().iter().filter_map(|event| match &event.kind {
        Kind::Established(made) if !made.caller => Some((made.local, made.peer)),
        _ => None,
    });
    let callers: BTreeSet<_> = callers.collect();
    assert_eq!(callers.len(), 4, "{callers:?}");
    assert_checksums(&log);
}

#[test]
fn a_range_of_ports_that_is_used_up_fails_calls_until_one_is_free_again() {
    let mut lab = Lab::default();
    lab.client.ephemeral = (50_000, 50_003);
    let (mut world, _) = lab.serving(Manners::ECHO);
    let (app, seen) = client(&mut world, CLIENT, v4(2), Manners::source(10));
    for n in 0..6 {
        world.act(Instant::ZERO, app, n, call(PORT));
    }
    run(&mut world);
    assert_eq!((seen.borrow().connected.len(), seen.borrow().failed.len()), (4, 2));
    // They linger; after that the ports can be had again.
    world.act(world.now() + Duration::from_secs(30), app, 6, call(PORT));
    world.act(world.now() + TIME_WAIT, app, 7, call(PORT));
    run(&mut world);
    assert_eq!((seen.borrow().connected.len(), seen.borrow().failed.len()), (5, 3));
}
