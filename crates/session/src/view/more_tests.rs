//! Stories that are rarer: loss, resets, ICMP, and a live session of which only the client's sockets are seen.

use core::net::SocketAddr;

use portolan_wire::action::Action;
use portolan_wire::dissect::TcpFlags;
use portolan_wire::plain::{self, Plain};
use portolan_wire::report::{Note, Purpose, Report, TransferKind};

use super::tests::{rungs, story};
use super::*;
use crate::event::{Conn, DropReason, Evidence, Kind, Seen, Source, Unknown};
use crate::log::Log;
use crate::testing::{self, CLIENT, ROUTER, SERVER, Script, address, argument};

#[test]
fn a_lost_call_is_called_again() {
    let mut script = Script::new();
    let lost = Err((ROUTER, Seen::Lost));
    let conn = script.calls((CLIENT, 50123), (SERVER, 21), Purpose::Control, lost);
    script
        .wait(1_000)
        .packet(conn, true, TcpFlags::SYN, &[], Ok(()))
        .answers(conn);
    let log = script.log();
    insta::assert_snapshot!(format!("{}\n{}", story(&log), rungs(&log, Depth::Packets)));
    assert_eq!(crate::finding::findings(&log), []);
    let lines = stage(&log, u64::MAX, Depth::Story).lines;
    assert_eq!((lines[0].state, lines[0].dropped_at), (LineState::Established, None));
}

#[test]
fn resets_and_unreachable_hosts_are_steps() {
    let mut script = Script::new();
    let conn = script.connects((CLIENT, 50123), (SERVER, 21), Purpose::Control);
    script.wait(50).packet(conn, false, TcpFlags::RST, &[], Ok(()));
    script.event(SERVER, Some(conn), Kind::Reset { sent: true });
    script.wait(10).event(CLIENT, Some(conn), Kind::Reset { sent: false });
    let dropped = Err((
        ROUTER,
        Seen::Dropped {
            by: DropReason::NoRoute,
            rule: None,
        },
    ));
    let second = script.calls((CLIENT, 51000), (SERVER, 22), Purpose::Other, dropped);
    script.wait(20).event(CLIENT, Some(second), Kind::Unreachable);
    let log = script.log();
    insta::assert_snapshot!(format!("{}\n{}", story(&log), rungs(&log, Depth::Story)));
    let states: Vec<LineState> = stage(&log, u64::MAX, Depth::Story)
        .lines
        .iter()
        .map(|line| line.state)
        .collect();
    assert_eq!(states, [LineState::Reset, LineState::Unreachable]);
}

/// What a relay's own sockets show: no packets, no other host's view; in active mode it is called.
fn live() -> Log {
    let mut script = Script::new();
    script.header.source = Source::Live {
        began: 1_790_000_000_000_000,
    };
    script.header.links.clear();
    let (control, data) = (Some(Conn(0)), Some(Conn(1)));
    let (here, there) = (address(CLIENT, 50123), address(SERVER, 21));
    script
        .at(5)
        .event(CLIENT, control, Kind::attempted(here, there, Purpose::Control));
    script
        .wait(20)
        .event(CLIENT, control, Kind::established(here, there, true, Purpose::Control));
    let reply = |code, text: &str| Report::Reply {
        sent: false,
        code,
        lines: vec![text.into()],
    };
    let command = |verb: &str, argument: &str| Report::Command {
        sent: true,
        verb: verb.into(),
        argument: Some(argument.into()),
    };
    script.wait(20).report(CLIENT, control, reply(220, "(vsFTPd 3.0.3)"));
    let (listen, caller) = (address(CLIENT, 51890), address(SERVER, 20));
    script.event(CLIENT, None, Kind::listen_opened(listen, Purpose::Data, ""));
    script.report(CLIENT, control, command("PORT", "198,51,100,25,202,178"));
    script
        .wait(20)
        .report(CLIENT, control, reply(200, "PORT command successful."));
    script.report(CLIENT, control, command("RETR", "notes.txt"));
    script
        .wait(20)
        .event(CLIENT, data, Kind::established(listen, caller, false, Purpose::Data));
    let transfer = Report::Transfer {
        kind: TransferKind::Download,
        path: "notes.txt".into(),
        size: None,
        offset: 0,
    };
    script
        .report(CLIENT, data, transfer)
        .report(CLIENT, control, reply(150, "Opening BINARY mode."));
    for bytes in [4_096, 65_536, 120_000] {
        script.wait(5).report(CLIENT, data, Report::Progress { bytes });
    }
    script
        .wait(1)
        .event(CLIENT, data, Kind::FinReceived)
        .event(CLIENT, data, Kind::FinSent);
    script
        .report(CLIENT, data, Report::TransferDone { bytes: 120_000 })
        .event(CLIENT, data, Kind::Closed);
    script.wait(1).report(CLIENT, control, reply(226, "Transfer complete."));
    let note = Note::DataPortFallback { wanted: 20 };
    script
        .report(CLIENT, control, Report::Note { note })
        .event(CLIENT, control, Kind::Closed);
    script.log()
}

#[test]
fn a_live_session_is_told_from_one_side() {
    let log = live();
    insta::assert_snapshot!(format!("{}\n{}", story(&log), rungs(&log, Depth::Story)));
    let ladder = ladder(&log, Depth::Story, Rows::All, u64::MAX);
    for row in &ladder.rows {
        let level = row.arrived_at == Some(row.sent_at);
        assert_eq!(row.evidence == Evidence::Inferred, level, "{row:?}");
    }
    let data = &stage(&log, u64::MAX, Depth::Story).lines[1];
    assert_eq!((data.caller.address.port(), data.called.address.port()), (20, 51890));
    assert_eq!((data.bytes_from_caller, data.bytes_from_called), (120_000, 0));
}

#[test]
fn what_is_not_known_is_shown() {
    let mut script = Script::new();
    let json = r#"{"seq":0,"at":0,"host":0,"kind":"tls-hello"}"#.to_owned();
    script.event(
        CLIENT,
        None,
        Kind::Unknown(Box::new(Unknown {
            name: "tls-hello".into(),
            json,
        })),
    );
    let log = script.log();
    let told = crate::transcript::text(&log);
    assert!(told.contains("tls-hello"), "{told}");
    assert_eq!(timeline(&log, Depth::Story, u64::MAX).milestones.len(), 1);
}

/// An engine in a worker hands views over as plain bytes.
fn crosses<T: Plain + PartialEq + core::fmt::Debug>(view: &T) {
    let bytes = plain::write(view);
    assert_eq!(plain::read::<T>(&bytes).as_ref(), Some(view));
    for end in 0..bytes.len() {
        assert_eq!(plain::read::<T>(&bytes[..end]), None, "{end} of {} bytes", bytes.len());
    }
}

#[test]
fn views_cross_as_plain_bytes() {
    let mut logs: Vec<Log> = testing::all().into_iter().map(|(_, log)| log).collect();
    logs.push(live());
    for log in &logs {
        crosses(&overview(log.header()));
        crosses(&transcript(log, Eye::Endpoint, u64::MAX));
        crosses(&crate::finding::findings(log));
        for depth in [Depth::Story, Depth::Packets] {
            let timeline = timeline(log, depth, u64::MAX);
            for milestone in &timeline.milestones {
                crosses(&stage(log, milestone.seq, depth));
            }
            crosses(&timeline);
            crosses(&ladder(log, depth, Rows::All, u64::MAX));
        }
    }
}

#[test]
fn hosts_that_share_a_part_are_called_by_name() {
    let mut script = Script::new();
    let mut second = script.header.hosts[2].clone();
    second.id = crate::event::HostId(3);
    second.name = "archive".into();
    second.addresses = vec![[203, 0, 113, 11].into()];
    script.header.hosts.push(second);
    script.starts(
        0,
        Action::Get {
            remote: argument("x"),
            local: None,
            resume: false,
        },
    );
    let call = Kind::attempted(
        address(CLIENT, 50123),
        SocketAddr::from(([203, 0, 113, 11], 21)),
        Purpose::Control,
    );
    script.event(CLIENT, Some(Conn(0)), call);
    let stranger = Kind::attempted(
        SocketAddr::from(([192, 0, 2, 9], 7)),
        address(CLIENT, 51890),
        Purpose::Data,
    );
    script.event(CLIENT, Some(Conn(1)), stranger);
    let told = story(&script.log());
    assert!(
        told.contains("The client calls archive port 21 from its own port 50123."),
        "{told}"
    );
}
