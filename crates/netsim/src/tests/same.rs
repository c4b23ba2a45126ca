//! The same plan, seed and actions give the same log; another seed gives other ports.

use portolan_session::event::{Kind, PacketId};
use portolan_session::log::Log;
use portolan_wire::{Duration, Instant};
use proptest::prelude::*;

use super::lab::*;
use super::peers::Manners;
use crate::{Progress, World};

/// A busy little world: two clients, loss, a file each way.
fn busy(seed: u64) -> World {
    let mut lab = Lab { seed, ..Lab::default() };
    lab.near.loss_ppm = 10_000;
    let (mut world, _) = lab.serving(Manners::ECHO);
    let (one, _) = client(&mut world, CLIENT, v4(2), Manners::source(60_000));
    let (two, _) = client(&mut world, CLIENT, v6(2), Manners::source(30_000));
    let (refused, _) = client(&mut world, CLIENT, v4(2), Manners::SINK);
    for n in 0..3 {
        world.act(Instant::from_micros(u64::from(n) * 7_000), one, n, call(PORT));
        world.act(Instant::from_micros(u64::from(n) * 7_000), two, n, call(PORT));
        world.act(Instant::from_micros(u64::from(n) * 9_000), refused, n, call(4_444));
    }
    world
}

fn finish(mut world: World) -> Log {
    run(&mut world);
    world.finish()
}

fn assert_same(one: &Log, other: &Log) {
    assert_eq!(one.events().len(), other.events().len());
    for (one, other) in one.events().iter().zip(other.events()) {
        assert_eq!(one, other);
    }
    for number in 0..one.packets() {
        let (one, other) = (one.packet(PacketId(number)), other.packet(PacketId(number)));
        assert_eq!(one.unwrap().bytes, other.unwrap().bytes);
    }
    assert_eq!(one, other);
}

/// The callers' ports, in the order of the calls.
fn ports(log: &Log) -> Vec<u16> {
    let calls = log.events().iter().filter_map(|event| match &event.kind {
        Kind::Attempted(call) => Some(call.from.port()),
        _ => None,
    });
    calls.collect()
}

#[test]
fn the_same_seed_gives_the_same_log() {
    assert_same(&finish(busy(5)), &finish(busy(5)));
}

/// A number for everything that happened: times, places, and every byte of every packet that was kept.
fn fingerprint(log: &Log) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    };
    for event in log.events() {
        add(&event.at.as_micros().to_le_bytes());
        add(format!("{:?} {:?} {:?}", event.host, event.conn, event.kind).as_bytes());
    }
    for number in 0..log.packets() {
        add(log.packet(PacketId(number)).unwrap().bytes);
    }
    hash
}

#[test]
fn the_log_is_the_same_on_every_machine() {
    // Written down, so that WebAssembly and another processor are held to the same bytes. A change of the simulator that
    // is meant to change what happens changes this number.
    assert_eq!(fingerprint(&finish(busy(5))), 7_631_150_381_759_083_098);
}

#[test]
fn another_seed_gives_other_ports_and_sequence_numbers() {
    let (one, other) = (finish(busy(5)), finish(busy(6)));
    assert_eq!(ports(&one).len(), 9);
    assert!(ports(&one).iter().zip(ports(&other)).all(|(one, other)| *one != other));
    let first = |log: &Log| log.packet(PacketId(0)).unwrap().summary().unwrap().tcp().unwrap().seq;
    assert_ne!(first(&one), first(&other));
}

#[test]
fn ports_are_never_neighbours_and_come_from_the_range() {
    let ports = ports(&finish(busy(5)));
    assert!(ports.iter().all(|port| *port >= 49_152));
    assert!(ports.windows(2).all(|pair| pair[0].abs_diff(pair[1]) > 1));
}

#[test]
fn another_host_shifts_nobodys_ports() {
    let lab = Lab::default();
    let call_once = |mut world: World| {
        let (app, _) = client(&mut world, CLIENT, v4(2), Manners::SINK);
        world.act(Instant::ZERO, app, 0, call(4_444));
        ports(&finish(world))
    };
    let mut plan = crate::Topology::new();
    let client = plan.host(lab.client.clone());
    let router = plan.router(crate::RouterPlan::new("router", [v4(254)]));
    let server = plan.host(lab.server.clone());
    let third = plan.host(crate::HostPlan::new(
        "third",
        portolan_session::event::Role::Other,
        [v4(3)],
    ));
    for host in [third, client, server] {
        plan.link(host, router, crate::LinkPlan::default());
    }
    let header = plan.header(source(lab.seed), "three", None);
    let wider = World::new(&plan, lab.seed, header).unwrap();
    assert_eq!(call_once(wider), call_once(lab.build()));
}

#[test]
fn pinned_ports_are_what_the_story_says() {
    let mut lab = Lab::default();
    lab.client.pinned = vec![50_123, 51_890];
    let (mut world, _) = lab.serving(Manners::ECHO);
    let (app, _) = client(&mut world, CLIENT, v4(2), Manners::source(1));
    for n in 0..3 {
        world.act(Instant::ZERO, app, n, call(PORT));
    }
    let ports = ports(&finish(world));
    assert_eq!(ports[..2], [50_123, 51_890]);
    assert_ne!(ports[2], 51_891);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// However the work is cut into slices, the log is the same; also when each action is given only when the one
    /// before it has ended.
    #[test]
    fn slices_make_no_difference(budgets in prop::collection::vec(1_u32..200, 1..20), seed in 0_u64..1_000) {
        let sliced = |budgets: &[u32]| {
            let lab = Lab { seed, ..Lab::default() };
            let (mut world, _) = lab.serving(Manners::ECHO);
            let (app, _) = client(&mut world, CLIENT, v4(2), Manners::source(20_000));
            let (other, _) = client(&mut world, CLIENT, v6(2), Manners::source(9_000));
            world.act(Instant::ZERO, app, 0, call(PORT));
            world.act(Instant::ZERO, other, 0, call(PORT));
            let mut budgets = budgets.iter().cycle();
            loop {
                match world.step(*budgets.next().unwrap()) {
                    Progress::More => {}
                    Progress::Quiet => return world.finish(),
                    Progress::Finished { app: who, action, .. } => {
                        if who == app && action < 3 {
                            world.act(world.now() + Duration::from_millis(3), app, action + 1, call(PORT));
                        }
                    }
                }
            }
        };
        assert_same(&sliced(&budgets), &sliced(&[1_000_000]));
    }
}
