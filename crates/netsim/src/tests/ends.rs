//! How connections carry bytes and how they end: in order, halfway, by a reset, under loss.

use portolan_protocol::endpoint::{HandleId, OpenHow, StoreAnswer, StoreRequest};
use portolan_protocol::tree::{Content, Tree, TreePath};
use portolan_session::event::{DropReason, Kind, Seen};
use portolan_wire::action::Action;
use portolan_wire::report::{Outcome, StoreError, Trouble};
use portolan_wire::{Duration, Instant};

use super::lab::*;
use super::peers::{End, Manners};
use crate::{LinkPlan, Progress};

const LOTS: u64 = 3_000_000;

#[test]
fn bytes_arrive_whole_and_in_order_both_ways() {
    for to in [v4(2), v6(2)] {
        let (mut world, served) = Lab::default().serving(Manners::ECHO);
        let (app, seen) = client(&mut world, CLIENT, to, Manners::source(LOTS));
        world.act(Instant::ZERO, app, 0, call(PORT));
        assert_eq!(run(&mut world)[0].2, Outcome::Done);
        for tally in [served, seen] {
            assert_eq!((tally.borrow().received, tally.borrow().intact), (LOTS, true));
            assert_eq!((tally.borrow().eofs, tally.borrow().resets), (1, 0));
        }
        assert_checksums(world.log());
    }
}

#[test]
fn a_direction_that_has_ended_leaves_the_other_open() {
    let reply = Manners {
        send: LOTS,
        end: End::ReplyAfterPeer,
        ..Manners::SINK
    };
    let (mut world, served) = Lab::default().serving(reply);
    let (app, seen) = client(&mut world, CLIENT, v4(2), Manners::source(1_000));
    world.act(Instant::ZERO, app, 0, call(PORT));
    assert_eq!(run(&mut world)[0].2, Outcome::Done);
    assert_eq!((served.borrow().received, seen.borrow().received), (1_000, LOTS));
    let log = world.finish();
    let at_client = names(&story(&log, CLIENT, 0)).join(", ");
    assert!(at_client.ends_with("fin sent, fin received, closed"), "{at_client}");
    // Three megabytes lie between the two FINs.
    let between =
        when(&log, |kind| *kind == Kind::Closed).unwrap() - when(&log, |kind| *kind == Kind::FinReceived).unwrap();
    assert!(between > Duration::from_millis(200), "{between}");
}

#[test]
fn no_more_is_delivered_than_was_asked_for() {
    // The contract's watcher in each peer counts the credit; here, that a slow reader slows the sender down.
    let slow = Manners {
        window: 1_000,
        ..Manners::SINK
    };
    let (mut world, served) = Lab::default().serving(slow);
    let (app, _) = client(&mut world, CLIENT, v4(2), Manners::source(LOTS));
    world.act(Instant::ZERO, app, 0, call(PORT));
    assert_eq!(run(&mut world)[0].2, Outcome::Done);
    assert_eq!((served.borrow().received, served.borrow().intact), (LOTS, true));
    assert!(served.borrow().largest <= 1_000);
}

#[test]
fn a_reader_that_never_reads_fills_the_buffers_and_no_more() {
    let deaf = Manners {
        window: 1,
        abort_at: None,
        ..Manners::SINK
    };
    let never = Manners {
        echo: true,
        window: 1,
        end: End::ReplyAfterPeer,
        ..deaf
    };
    let (mut world, served) = Lab::default().serving(never);
    let (app, _) = client(&mut world, CLIENT, v4(2), Manners::source(LOTS));
    world.act(Instant::ZERO, app, 0, call(PORT));
    // The sender probes the closed window for ever, as it must.
    while world.now() < Instant::from_micros(60_000_000) {
        assert_eq!(world.step(100), Progress::More);
    }
    assert_eq!(served.borrow().received, 1);
    world.act(world.now(), app, 1, Action::Abort);
    run(&mut world);
    assert_eq!(served.borrow().resets, 1);
}

#[test]
fn a_reset_in_the_middle_is_told_once_at_each_end() {
    let fickle = Manners {
        abort_at: Some(400_000),
        ..Manners::SINK
    };
    let (mut world, served) = Lab::default().serving(Manners::source(LOTS));
    let (app, seen) = client(&mut world, CLIENT, v4(2), fickle);
    world.act(Instant::ZERO, app, 0, call(PORT));
    assert_eq!(run(&mut world)[0].2, Outcome::Aborted);
    assert_eq!((served.borrow().resets, seen.borrow().resets), (1, 0));
    let log = world.finish();
    assert_eq!(
        names(&story(&log, CLIENT, 0)),
        ["attempted", "established by calling", "reset sent"]
    );
    assert_eq!(names(&story(&log, SERVER, 0)), ["established", "reset received"]);
    assert_checksums(&log);
}

#[test]
fn an_attempt_that_is_called_off_leaves_nothing_behind() {
    let mut lab = Lab::default();
    lab.server.firewall = vec![crate::Rule::drop_incoming_calls()];
    let (mut world, _) = lab.serving(Manners::SINK);
    let (app, _) = client(&mut world, CLIENT, v4(2), Manners::SINK);
    world.act(Instant::ZERO, app, 0, call(PORT));
    world.act(Instant::from_micros(2_000_000), app, 1, Action::Abort);
    let outcomes = run(&mut world);
    assert_eq!(outcomes[0].2, Outcome::Aborted);
    assert_eq!(names(&story(world.log(), CLIENT, 0)), ["attempted", "timed out"]);
    assert_eq!(world.log().packets(), 2, "two SYNs and no RST");
}

#[test]
fn an_answer_to_a_call_that_was_called_off_is_refused() {
    let (mut world, served) = Lab::default().serving(Manners::SINK);
    let (app, _) = client(&mut world, CLIENT, v4(2), Manners::SINK);
    world.act(Instant::ZERO, app, 0, call(PORT));
    world.act(Instant::from_micros(15_000), app, 1, Action::Abort);
    run(&mut world);
    assert!(served.borrow().eofs == 0 && served.borrow().received == 0);
    // SYN, SYN-ACK, and the RST of a host that knows of no such connection.
    assert_eq!(world.log().packets(), 3);
    assert!(!world.host_mut(SERVER).unwrap().conns.uses(PORT));
}

#[test]
fn what_is_lost_is_sent_again() {
    for (seed, loss_ppm) in [(1, 20_000), (2, 50_000), (3, 100_000)] {
        let mut lab = Lab { seed, ..Lab::default() };
        lab.near.loss_ppm = loss_ppm;
        lab.far.loss_ppm = loss_ppm;
        let (mut world, served) = lab.serving(Manners::ECHO);
        let (app, seen) = client(&mut world, CLIENT, v4(2), Manners::source(100_000));
        world.act(Instant::ZERO, app, 0, call(PORT));
        assert_eq!(run(&mut world)[0].2, Outcome::Done);
        for tally in [served, seen] {
            assert_eq!((tally.borrow().received, tally.borrow().intact), (100_000, true));
        }
        let log = world.finish();
        let lost = [CLIENT, ROUTER, SERVER].map(|host| count(&log, host, |seen| *seen == Seen::Lost));
        assert!(lost.iter().sum::<usize>() > 0, "{lost:?}");
        for host in [CLIENT, SERVER] {
            let story = names(&story(&log, host, 0)).join(", ");
            assert_eq!(story.matches("fin sent").count(), 1, "{story}");
            assert_eq!(story.matches("fin received").count(), 1, "{story}");
            // The peer may have left TIME-WAIT before a FIN came to it again: then it knows of nothing any more.
            assert!(
                story.ends_with("closed") || story.ends_with("reset received"),
                "{story}"
            );
        }
        assert_checksums(&log);
    }
}

#[test]
fn a_queue_that_overflows_drops_and_the_transfer_comes_through() {
    let far = LinkPlan {
        bandwidth: 2_000_000,
        queue: 20_000,
        ..LinkPlan::default()
    };
    let lab = Lab { far, ..Lab::default() };
    let (mut world, served) = lab.serving(Manners::SINK);
    let (app, _) = client(&mut world, CLIENT, v4(2), Manners::source(500_000));
    world.act(Instant::ZERO, app, 0, call(PORT));
    assert_eq!(run(&mut world)[0].2, Outcome::Done);
    assert_eq!((served.borrow().received, served.borrow().intact), (500_000, true));
    let full = |seen: &Seen| {
        matches!(
            seen,
            Seen::Dropped {
                by: DropReason::QueueFull,
                ..
            }
        )
    };
    assert!(count(world.log(), ROUTER, full) > 0);
    // 500 kB over 2 Mbit/s take two seconds at least.
    let over = when(world.log(), |kind| *kind == Kind::Closed).unwrap();
    assert!(over > Instant::from_micros(2_000_000), "{over}");
}

#[test]
fn a_peer_that_is_gone_refuses_what_comes_late() {
    // The client aborts while data is under way: each late segment is answered by a RST, and the log has one reset.
    let fickle = Manners {
        abort_at: Some(1),
        ..Manners::SINK
    };
    let (mut world, _) = Lab::default().serving(Manners::source(LOTS));
    let (app, _) = client(&mut world, CLIENT, v4(2), fickle);
    world.act(Instant::ZERO, app, 0, call(PORT));
    run(&mut world);
    let resets = |host| {
        story(world.log(), host, 0)
            .iter()
            .filter(|kind| matches!(kind, Kind::Reset { .. }))
            .count()
    };
    assert_eq!((resets(CLIENT), resets(SERVER)), (1, 1));
}

#[test]
fn a_store_answers_when_its_latency_has_passed() {
    use portolan_protocol::endpoint::{Endpoint, Input, OpId, Output};

    /// Opens a file on [`Action::List`] and finishes when the answer is there.
    struct Opener(Vec<Output>, Option<Result<StoreAnswer, StoreError>>);
    impl Endpoint for Opener {
        fn handle_input(&mut self, _: Instant, input: Input) {
            match input {
                Input::Act { .. } => self.0.push(Output::Store {
                    op: OpId(0),
                    request: StoreRequest::Open {
                        path: TreePath::root().join("notes.txt"),
                        how: OpenHow::Read,
                    },
                }),
                Input::Stored { result, .. } => {
                    let outcome = match &result {
                        Ok(_) => Outcome::Done,
                        Err(why) => Outcome::Failed {
                            trouble: Trouble::Store { why: *why },
                        },
                    };
                    self.1 = Some(result);
                    let report = portolan_wire::report::Report::Finished { action: 0, outcome };
                    self.0.push(Output::Event { conn: None, report });
                }
                _ => {}
            }
        }
        fn poll_output(&mut self) -> Output {
            self.0.pop().unwrap_or(Output::Timeout(None))
        }
    }

    let mut tree = Tree::new(0);
    let file = Content::Bytes(b"hello".as_slice().into());
    tree.add_file(&TreePath::root().join("notes.txt"), file, 0).unwrap();
    let mut world = Lab::default().build();
    let slow = world.add_store(tree, Duration::from_millis(3));
    let app = world
        .add_client(CLIENT, Box::new(Opener(Vec::new(), None)), Some(slow))
        .unwrap();
    let none = world
        .add_client(CLIENT, Box::new(Opener(Vec::new(), None)), None)
        .unwrap();
    for app in [app, none] {
        world.act(Instant::ZERO, app, 0, Action::List { path: None });
    }
    let trouble = Trouble::Store {
        why: StoreError::Failed,
    };
    assert_eq!(
        world.step(100),
        Progress::Finished {
            app: none,
            action: 0,
            outcome: Outcome::Failed { trouble }
        }
    );
    assert_eq!(world.now(), Instant::ZERO);
    assert_eq!(
        world.step(100),
        Progress::Finished {
            app,
            action: 0,
            outcome: Outcome::Done
        }
    );
    assert_eq!(world.now(), Instant::from_micros(3_000));
    let tree = world.store::<Tree>(slow).unwrap();
    assert_eq!(tree.open_files(), 1);
    let close = StoreRequest::Close {
        handle: HandleId(0),
        complete: true,
    };
    assert_eq!(tree.answer(close), Ok(StoreAnswer::Done));
}
