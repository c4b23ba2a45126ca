//! Calls: answered, refused, unanswered, unreachable; and who may call or listen from where.

use std::net::IpAddr;

use portolan_protocol::endpoint::{FromPort, Ports};
use portolan_session::event::{DropReason, HostId, Kind, Role, Seen};
use portolan_wire::action::Action;
use portolan_wire::report::{ConnectError, Outcome, Purpose, Trouble};
use portolan_wire::{Duration, Instant};

use super::lab::*;
use super::peers::{Manners, Peer, Watched};
use crate::{Direction, FlowState, HostPlan, LinkPlan, RouterPlan, Rule, Stage, Topology, Verdict, World};

fn failed(why: ConnectError) -> Outcome {
    let trouble = Trouble::ControlConnect { why };
    Outcome::Failed { trouble }
}

/// One call to `to`; gives the outcome and the world.
fn one_call(lab: &Lab, to: IpAddr, port: u16) -> (Outcome, World) {
    let (mut world, _) = lab.serving(Manners::ECHO);
    let (app, _) = client(&mut world, CLIENT, to, Manners::source(10));
    world.act(Instant::ZERO, app, 0, call(port));
    let mut outcomes = run(&mut world);
    assert_eq!(outcomes.len(), 1);
    (outcomes.remove(0).2, world)
}

#[test]
fn an_answered_call_is_told_once_at_each_end_and_in_order() {
    for (from, to) in [(v4(1), v4(2)), (v6(1), v6(2))] {
        let (outcome, world) = one_call(&Lab::default(), to, PORT);
        assert_eq!(outcome, Outcome::Done);
        let log = world.finish();
        let at_client = story(&log, CLIENT, 0);
        assert_eq!(
            names(&at_client),
            [
                "attempted",
                "established by calling",
                "fin sent",
                "fin received",
                "closed"
            ]
        );
        let at_server = story(&log, SERVER, 0);
        assert_eq!(names(&at_server), ["established", "fin received", "fin sent", "closed"]);
        let Kind::Attempted(call) = &at_client[0] else { panic!() };
        assert_eq!((call.from.ip(), call.to.ip(), call.to.port()), (from, to, PORT));
        assert_eq!(call.purpose, Purpose::Data);
        let Kind::Established(made) = &at_server[0] else {
            panic!()
        };
        assert_eq!(
            (made.local, made.peer, made.purpose),
            (call.to, call.from, Purpose::Control)
        );
        assert_checksums(&log);
        assert_eq!(log.connections(), 1);
        // SYN, SYN-ACK, ACK; the last of them half a round trip after the first two.
        let caller = when(&log, |kind| matches!(kind, Kind::Established(made) if made.caller)).unwrap();
        let called = when(&log, |kind| matches!(kind, Kind::Established(made) if !made.caller)).unwrap();
        assert!(caller.as_micros() > 20_000 && caller.as_micros() < 21_000, "{caller}");
        assert!((called - caller).as_micros() > 10_000, "{called}");
    }
}

#[test]
fn a_port_without_listener_refuses() {
    let (outcome, world) = one_call(&Lab::default(), v4(2), 4_444);
    assert_eq!(outcome, failed(ConnectError::Refused));
    let log = world.finish();
    assert_eq!(names(&story(&log, CLIENT, 0)), ["attempted", "refused"]);
    assert!(story(&log, SERVER, 0).is_empty());
    assert_checksums(&log);
}

#[test]
fn a_filtered_port_is_silent_and_nobody_sends_a_reset() {
    let mut lab = Lab::default();
    lab.server.firewall = vec![Rule::allow_incoming(21..=21), Rule::drop_incoming_calls()];
    let (outcome, world) = one_call(&lab, v4(2), PORT);
    assert_eq!(outcome, failed(ConnectError::TimedOut));
    let log = world.finish();
    assert_eq!(names(&story(&log, CLIENT, 0)), ["attempted", "timed out"]);
    assert_eq!(
        when(&log, |kind| *kind == Kind::TimedOut),
        Some(Instant::from_micros(30_000_000))
    );
    let dropped = Seen::Dropped {
        by: DropReason::Firewall,
        rule: Some(1),
    };
    // At 0, 1, 3, 7 and 15 seconds, as RFC 6298 has it.
    assert_eq!(count(&log, SERVER, |seen| *seen == dropped), 5);
    assert_eq!(log.packets(), 5);
}

#[test]
fn replies_and_allowed_ports_pass_a_firewall_that_drops_calls() {
    let mut lab = Lab::default();
    lab.client.firewall = vec![Rule::drop_incoming_calls()];
    lab.server.firewall = vec![Rule::allow_incoming(PORT..=PORT), Rule::drop_incoming_calls()];
    let (outcome, world) = one_call(&lab, v4(2), PORT);
    assert_eq!(outcome, Outcome::Done);
    let dropped = count(world.log(), SERVER, |seen| matches!(seen, Seen::Dropped { .. }));
    assert_eq!(dropped, 0);
}

#[test]
fn a_call_back_is_dropped_by_the_host_that_called_first() {
    // What breaks FTP's active mode: the server calls a port on which the client does listen.
    let mut lab = Lab::default();
    lab.client.firewall = vec![Rule::drop_incoming_calls()];
    let (mut world, _) = lab.serving(Manners::ECHO);
    let seen = tally();
    let peer = Peer::listener(v4(1), Ports::Any, Manners::SINK, seen.clone());
    let app = world.add_client(CLIENT, Box::new(Watched::client(peer)), None).unwrap();
    world.act(Instant::ZERO, app, 0, Action::List { path: None });
    run(&mut world);
    let port = seen.borrow().listening[0].port();
    let (back, failures) = client(&mut world, SERVER, v4(1), Manners::SINK);
    world.act(world.now(), back, 1, call(port));
    run(&mut world);
    assert_eq!(failures.borrow().failed, [ConnectError::TimedOut]);
    assert!(seen.borrow().connected.is_empty());
}

#[test]
fn a_rule_that_rejects_tells_the_caller() {
    let rule = |direction| Rule {
        direction,
        flow: FlowState::Any,
        ports: Some(PORT..=PORT),
        peer: None,
        verdict: Verdict::Reject,
    };
    let mut there = Lab::default();
    there.server.firewall = vec![rule(Direction::In)];
    let mut here = Lab::default();
    here.client.firewall = vec![rule(Direction::Out)];
    for (lab, at) in [(there, SERVER), (here, CLIENT)] {
        for to in [v4(2), v6(2)] {
            let (outcome, world) = one_call(&lab, to, PORT);
            assert_eq!(outcome, failed(ConnectError::Unreachable));
            assert_eq!(names(&story(world.log(), CLIENT, 0)), ["attempted", "unreachable"]);
            assert_eq!(count(world.log(), at, |seen| matches!(seen, Seen::Dropped { .. })), 1);
            assert_checksums(world.log());
        }
    }
}

#[test]
fn nobody_at_that_address_is_told_by_the_router() {
    for to in [v4(77), v6(77)] {
        let (outcome, world) = one_call(&Lab::default(), to, PORT);
        assert_eq!(outcome, failed(ConnectError::Unreachable));
        let log = world.finish();
        assert_eq!(names(&story(&log, CLIENT, 0)), ["attempted", "unreachable"]);
        let no_route = Seen::Dropped {
            by: DropReason::NoRoute,
            rule: None,
        };
        assert_eq!(count(&log, ROUTER, |seen| *seen == no_route), 1);
        // The ICMP message belongs to the connection that it is about.
        assert!(
            log.events()
                .iter()
                .filter(|event| event.host == ROUTER)
                .all(|event| event.conn.is_some())
        );
        assert_checksums(&log);
    }
}

#[test]
fn addresses_and_ports_that_nobody_can_call_fail_at_once() {
    let none = IpAddr::from([0, 0, 0, 0]);
    for (to, port) in [(none, PORT), (v4(2), 0), (IpAddr::from([224, 0, 0, 1]), PORT)] {
        let (outcome, world) = one_call(&Lab::default(), to, port);
        assert_eq!(outcome, failed(ConnectError::Unreachable), "{to}");
        assert_eq!(world.log().packets(), 0);
    }
    let mut lab = Lab::default();
    lab.client.addresses = vec![v4(1)];
    let (outcome, _) = one_call(&lab, v6(2), PORT);
    assert_eq!(outcome, failed(ConnectError::Unreachable));
}

#[test]
fn a_way_that_is_too_long_ends_at_a_router() {
    let mut plan = Topology::new();
    let first = plan.host(HostPlan::new("client", Role::Client, [v4(1), v6(1)]));
    let mut before = first;
    for n in 0..70_u8 {
        let address = IpAddr::from([10, 0, 0, n]);
        let next = plan.router(RouterPlan::new(
            format!("router {n}"),
            [address, v6(256 + u16::from(n))],
        ));
        plan.link(before, next, LinkPlan::default());
        before = next;
    }
    let last = plan.host(HostPlan::new("server", Role::Server, [v4(2), v6(2)]));
    plan.link(before, last, LinkPlan::default());
    let mut world = World::new(&plan, 1, plan.header(source(1), "far away", None)).unwrap();
    for to in [v4(2), v6(2)] {
        let (app, seen) = client(&mut world, first, to, Manners::SINK);
        world.act(Instant::ZERO, app, 0, call(PORT));
        run(&mut world);
        assert_eq!(seen.borrow().failed, [ConnectError::Unreachable]);
    }
    let expired = Seen::Dropped {
        by: DropReason::Expired,
        rule: None,
    };
    // Sent with 64 hops to go: the 64th router may not pass it on.
    assert_eq!(count(world.log(), HostId(64), |seen| *seen == expired), 2);
    assert_checksums(world.log());
}

#[test]
fn a_host_can_call_itself() {
    let lab = Lab::default();
    let (mut world, seen) = lab.serving(Manners::ECHO);
    let (app, echoed) = client(&mut world, SERVER, v4(2), Manners::source(5_000));
    world.act(Instant::ZERO, app, 0, call(PORT));
    assert_eq!(run(&mut world).len(), 1);
    assert_eq!((seen.borrow().received, echoed.borrow().received), (5_000, 5_000));
    assert_eq!(count(world.log(), ROUTER, |_| true), 0);
}

#[test]
fn a_burst_of_calls_fills_the_backlog_and_is_served_in_the_end() {
    let mut lab = Lab::default();
    lab.server.backlog = 4;
    let (mut world, _) = lab.serving(Manners::ECHO);
    let (app, seen) = client(&mut world, CLIENT, v4(2), Manners::source(10));
    for n in 0..10 {
        world.act(Instant::ZERO, app, n, call(PORT));
    }
    let outcomes = run(&mut world);
    assert!(outcomes.iter().all(|(_, _, outcome)| *outcome == Outcome::Done));
    assert_eq!(seen.borrow().connected.len(), 10);
    let log = world.finish();
    let full = Seen::Dropped {
        by: DropReason::QueueFull,
        rule: None,
    };
    // Six of ten at first; a second later those six come again and two of them find no room.
    assert_eq!(count(&log, SERVER, |seen| *seen == full), 6 + 2);
    assert!(
        log.events()
            .iter()
            .all(|event| !matches!(event.kind, Kind::Refused | Kind::Reset { .. }))
    );
}

#[test]
fn a_service_with_enough_sessions_resets_one_more() {
    let mut world = Lab::default().build();
    let seen = tally();
    let shown = seen.clone();
    let start = Box::new(move |session: crate::Session| {
        let peer = Peer::server(session.control, Manners::ECHO, shown.clone());
        Box::new(Watched::server(peer, session.control)) as Box<dyn portolan_protocol::endpoint::Endpoint>
    });
    let mut service = crate::Service::new(PORT, "small", start);
    service.sessions = 2;
    world.serve(SERVER, service).unwrap();
    let waiting = Manners::SINK;
    let (app, seen) = client(&mut world, CLIENT, v4(2), waiting);
    for n in 0..3 {
        world.act(Instant::ZERO, app, n, call(PORT));
    }
    run(&mut world);
    assert_eq!((seen.borrow().connected.len(), seen.borrow().resets), (3, 1));
    // When those two are gone there is room again.
    world.act(world.now(), app, 3, Action::Abort);
    world.act(world.now() + SECOND, app, 4, call(PORT));
    run(&mut world);
    assert_eq!((seen.borrow().connected.len(), seen.borrow().resets), (4, 1));
}

#[test]
fn a_port_may_be_asked_for_and_is_refused_if_it_is_taken_or_privileged() {
    let mut lab = Lab::default();
    let exact = Manners {
        from: FromPort::Exactly(20),
        ..Manners::SINK
    };
    let (mut world, _) = lab.serving(Manners::ECHO);
    let other = serve(&mut world, SERVER, 2_222, Manners::ECHO);
    let (app, seen) = client(&mut world, CLIENT, v4(2), exact);
    world.act(Instant::ZERO, app, 0, call(PORT));
    // The same four numbers once more, and then a connection that shares nothing but the port.
    world.act(Instant::ZERO, app, 1, call(PORT));
    world.act(Instant::ZERO, app, 2, call(2_222));
    run(&mut world);
    assert_eq!(seen.borrow().failed, [ConnectError::LocalPort]);
    assert!(seen.borrow().connected.iter().all(|(local, _)| local.port() == 20));
    assert_eq!(seen.borrow().connected.len(), 2);
    drop(other);

    lab.client.privileged = false;
    let (mut world, _) = lab.serving(Manners::ECHO);
    let (app, seen) = client(&mut world, CLIENT, v4(2), exact);
    world.act(Instant::ZERO, app, 0, call(PORT));
    run(&mut world);
    assert_eq!(seen.borrow().failed, [ConnectError::LocalPort]);
    assert_eq!(world.log().connections(), 0);
}

#[test]
fn listeners_take_a_port_of_their_range_until_it_is_used_up() {
    let mut lab = Lab::default();
    lab.client.pinned = vec![60_001];
    let mut world = lab.build();
    let seen = tally();
    let ports = Ports::Range {
        first: 60_000,
        last: 60_002,
    };
    let peer = Peer::listener(v4(1), ports, Manners::ECHO, seen.clone());
    let app = world.add_client(CLIENT, Box::new(Watched::client(peer)), None).unwrap();
    world.name_client(app, "FTP client");
    for n in 0..4 {
        world.act(Instant::ZERO, app, n, Action::List { path: None });
    }
    run(&mut world);
    let mut bound: Vec<u16> = seen.borrow().listening.iter().map(|local| local.port()).collect();
    assert_eq!(bound[0], 60_001);
    bound.sort_unstable();
    assert_eq!(bound, [60_000, 60_001, 60_002]);
    assert_eq!(seen.borrow().listen_failed, 1);

    // Somebody calls one of them; then they are closed, and a call is refused.
    let (caller, echoed) = client(&mut world, SERVER, v4(1), Manners::source(100));
    world.act(world.now(), caller, 10, call(60_001));
    run(&mut world);
    assert_eq!(echoed.borrow().received, 100);
    let peer = Peer::listener(v4(9), Ports::Any, Manners::ECHO, seen.clone());
    let stranger = world.add_client(CLIENT, Box::new(Watched::client(peer)), None).unwrap();
    world.act(world.now(), stranger, 0, Action::List { path: None });
    run(&mut world);
    assert_eq!(seen.borrow().listen_failed, 2, "that address is another host's");
}

#[test]
fn a_closed_listener_refuses_and_leaves_its_connections_alone() {
    let mut world = Lab::default().build();
    let seen = tally();
    let peer = Peer::listener(v4(1), Ports::Any, Manners::ECHO, seen.clone());
    let app = world.add_client(CLIENT, Box::new(Watched::client(peer)), None).unwrap();
    world.act(Instant::ZERO, app, 0, Action::List { path: None });
    run(&mut world);
    let port = seen.borrow().listening[0].port();
    let (caller, echoed) = client(&mut world, SERVER, v4(1), Manners::source(2_000_000));
    let start = world.now();
    world.act(start, caller, 1, call(port));
    world.act(start + Duration::from_millis(100), app, 2, Action::Quit);
    world.act(start + Duration::from_millis(101), caller, 3, call(port));
    let outcomes = run(&mut world);
    assert!(outcomes.contains(&(caller, 3, failed(ConnectError::Refused))));
    assert!(outcomes.contains(&(caller, 1, Outcome::Done)));
    assert_eq!(echoed.borrow().received, 2_000_000);
    let closed = |kind: &Kind| matches!(kind, Kind::ListenClosed { local } if local.port() == port);
    assert!(when(world.log(), closed).is_some());
}

/// A stage that lets nothing but a few packets through, as a cable that is pulled out.
struct Cut {
    left: u32,
    verdict: Verdict,
}

impl Stage for Cut {
    fn leaving(&mut self, _: Instant, packet: &mut Vec<u8>, next: HostId) -> Verdict {
        assert!(!packet.is_empty() && next != ROUTER);
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                Verdict::Pass
            }
            None => self.verdict,
        }
    }
}

#[test]
fn a_stage_in_the_router_can_stop_packets() {
    for (verdict, why) in [
        (Verdict::Drop, ConnectError::TimedOut),
        (Verdict::Reject, ConnectError::Unreachable),
    ] {
        let (mut world, _) = Lab::default().serving(Manners::ECHO);
        world.add_stage(ROUTER, Box::new(Cut { left: 0, verdict })).unwrap();
        let (app, seen) = client(&mut world, CLIENT, v4(2), Manners::SINK);
        world.act(Instant::ZERO, app, 0, call(PORT));
        run(&mut world);
        assert_eq!(seen.borrow().failed, [why]);
        assert!(world.add_stage(CLIENT, Box::new(Cut { left: 0, verdict })).is_err());
    }
}

#[test]
fn a_connection_whose_peer_falls_silent_is_given_up() {
    let (mut world, served) = Lab::default().serving(Manners::SINK);
    let cut = Cut {
        left: 40,
        verdict: Verdict::Drop,
    };
    world.add_stage(ROUTER, Box::new(cut)).unwrap();
    let (app, seen) = client(&mut world, CLIENT, v4(2), Manners::source(1_000_000));
    world.act(Instant::ZERO, app, 0, call(PORT));
    let outcomes = run(&mut world);
    assert!(matches!(outcomes[0].2, Outcome::Failed { .. }));
    assert_eq!(seen.borrow().resets, 1);
    let given_up = when(world.log(), |kind| *kind == Kind::Reset { sent: true }).unwrap();
    assert!((120..300).contains(&(given_up.as_micros() / 1_000_000)), "{given_up}");
    assert!(served.borrow().received > 0);
}

#[test]
fn half_open_connections_are_forgotten() {
    // Only the SYN and the first SYN-ACK pass: the server never sees the handshake's end.
    let mut lab = Lab::default();
    lab.server.backlog = 1;
    let (mut world, _) = lab.serving(Manners::SINK);
    let cut = Cut {
        left: 2,
        verdict: Verdict::Drop,
    };
    world.add_stage(ROUTER, Box::new(cut)).unwrap();
    let (app, _) = client(&mut world, CLIENT, v4(2), Manners::source(10));
    world.act(Instant::ZERO, app, 0, call(PORT));
    run(&mut world);
    let host = world.host_mut(SERVER).unwrap();
    assert_eq!(host.listeners.get(&PORT).unwrap().half_open, 0);
    assert!(!host.conns.uses(PORT));
    assert!(!names(&story(world.log(), SERVER, 0)).contains(&"established"));
}
