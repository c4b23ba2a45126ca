//! Two eyes on one session: the network's is shown what is on the wire, and nothing that TLS hides.

// Tests may fail loudly; clippy's own exception knows test functions, not their helpers.
#![allow(clippy::unwrap_used)]

use portolan_scenario::{Order, Run, Settings, built_in};
use portolan_session::event::{Conn, Event, Kind, Seen};
use portolan_session::log::Log;
use portolan_session::view::{
    Caption, Depth, Eye, Glimpse, Index, Lens, Rows, Said, ladder, stage, timeline, transcript,
};
use portolan_session::words;
use portolan_wire::report::Purpose;

fn run(name: &str, settings: &[&str], seed: Option<u64>) -> Log {
    let mut order = Order {
        seed,
        settings: Settings::new(),
        ..Order::default()
    };
    for setting in settings {
        order.settings.add_text(setting).unwrap();
    }
    let mut run = Run::new(built_in(name).unwrap(), &order).unwrap();
    run.finish();
    run.into_log()
}

const fn story(eye: Eye) -> Lens {
    Lens {
        depth: Depth::Story,
        eye,
    }
}

/// Everything that an eye is told in words, but for what the lesson says.
fn told(log: &Log, eye: Eye) -> String {
    let caption = |caption: &Caption| match caption {
        Caption::Said(_) => String::new(),
        caption => words::caption(caption),
    };
    let mut told = Vec::new();
    for milestone in timeline(log, story(eye), u64::MAX).milestones {
        told.push(caption(&milestone.caption));
        told.push(caption(&stage(log, milestone.seq, story(eye)).caption));
    }
    for row in transcript(log, eye, u64::MAX) {
        told.push(caption(&row.explains));
        told.push(words::said(&row.said));
    }
    for rung in ladder(log, story(eye), Rows::All, u64::MAX).rows {
        told.push(words::rung(&rung));
    }
    told.join("\n")
}

/// What the network's eye sees of a connection, in its order.
fn glimpses(log: &Log, conn: Conn) -> Vec<Glimpse> {
    let rows = transcript(log, Eye::Network, u64::MAX).into_iter();
    let seen = rows
        .filter(|row| row.conn == Some(conn))
        .filter_map(|row| match row.said {
            Said::Records { seen } => Some(seen),
            _ => None,
        });
    seen.flatten().collect()
}

const HIDDEN: [&str; 10] = [
    "anna",
    "seagull",
    "PASS",
    "PROT",
    "RETR",
    "STOR",
    "harbour.txt",
    "logbook.txt",
    "227 ",
    "226 The",
];

#[test]
fn the_network_is_told_nothing_that_tls_hides() {
    for name in ["ftps-explicit", "ftps-implicit"] {
        for version in ["tls=1.2", "tls=1.3"] {
            let log = run(name, &[version], None);
            let (meant, seen) = (told(&log, Eye::Endpoint), told(&log, Eye::Network));
            for hidden in HIDDEN {
                assert!(meant.contains(hidden), "{name} {version}: {hidden}");
                assert!(!seen.contains(hidden), "{name} {version}: {hidden} in {seen}");
            }
            // What is in the clear it reads as well as anybody.
            assert!(seen.contains("server name ftp.harbour.example"), "{name} {version}");
            assert_eq!(seen.contains("AUTH TLS"), name == "ftps-explicit");
            let certificate = seen.contains("Certificate of ftp.harbour.example");
            assert_eq!(certificate, version == "tls=1.2", "TLS 1.3 encrypts it");
            let end = stage(&log, u64::MAX, story(Eye::Network));
            assert!(end.lines.iter().all(|line| line.content.is_none()));
        }
    }
}

#[test]
fn a_port_that_is_told_under_tls_shows_when_it_is_called() {
    let log = run("ftps-explicit", &[], None);
    let called = log.events().iter().find(|event| match &event.kind {
        Kind::Attempted(call) => call.purpose == Purpose::Data,
        _ => false,
    });
    let called = called.unwrap().seq;
    for (moment, eye, wanted) in [
        (called - 1, Eye::Endpoint, true),
        (called - 1, Eye::Network, false),
        (called, Eye::Network, true),
    ] {
        let hosts = stage(&log, moment, story(eye)).hosts;
        let mut berths = hosts.iter().flat_map(|host| &host.berths);
        assert_eq!(berths.any(|berth| berth.port == 60_523), wanted, "{moment} {eye:?}");
    }
}

#[test]
fn after_ccc_the_network_reads_commands_again() {
    let log = run("ftps-explicit", &["ccc=true"], None);
    let seen = told(&log, Eye::Network);
    assert!(seen.contains("RETR harbour.txt") && seen.contains("227 Entering"));
    assert!(!seen.contains("seagull") && !seen.contains("USER"));
}

#[test]
fn where_nothing_is_encrypted_both_eyes_see_the_same() {
    for name in ["first-file", "ftp-active", "active-blocked"] {
        let log = run(name, &[], None);
        let on_the_wire = |eye| {
            let rows = transcript(&log, eye, u64::MAX).into_iter();
            // What a user asked for, and what an endpoint thinks of it, is not on the wire.
            rows.filter(|row| !matches!(row.said, Said::Explained | Said::Noted(_)))
                .collect::<Vec<_>>()
        };
        assert_eq!(on_the_wire(Eye::Endpoint), on_the_wire(Eye::Network), "{name}");
        let rows = |eye| ladder(&log, story(eye), Rows::All, u64::MAX).rows;
        assert_eq!(rows(Eye::Endpoint), rows(Eye::Network), "{name}");
    }
}

#[test]
fn each_record_is_seen_once_however_often_it_is_sent() {
    let control = Conn(0);
    for version in ["tls=1.2", "tls=1.3"] {
        let whole = glimpses(&run("ftps-explicit", &[version], None), control);
        let mut tried = 0;
        for seed in 1..40 {
            let log = run("ftps-explicit", &[version, "loss=2%"], Some(seed));
            let is_lost = |event: &Event| matches!(event.kind, Kind::Packet { seen: Seen::Lost, .. });
            // A session that timed out is none to compare with.
            if log.events().iter().any(is_lost) && told(&log, Eye::Endpoint).contains("221 Goodbye") {
                assert_eq!(kinds(&whole), kinds(&glimpses(&log, control)), "{version}, seed {seed}");
                tried += 1;
            }
        }
        assert!(tried > 3, "{tried} of {version}");
    }
}

fn kinds(seen: &[Glimpse]) -> Vec<std::mem::Discriminant<Glimpse>> {
    seen.iter().map(std::mem::discriminant).collect()
}

#[test]
fn the_endpoints_count_content_and_the_network_what_passes() {
    for version in ["tls=1.2", "tls=1.3"] {
        let log = run("ftps-explicit", &[version, "file-size=100000"], None);
        let bytes = |eye| {
            let rows = transcript(&log, eye, u64::MAX).into_iter();
            let bulk = rows.filter_map(|row| match row.said {
                Said::Bulk { bytes, .. } => Some(bytes),
                _ => None,
            });
            bulk.collect::<Vec<_>>()
        };
        let (meant, seen) = (bytes(Eye::Endpoint), bytes(Eye::Network));
        // One by PROT P, one by PROT C, and one upload by PROT P.
        assert_eq!(meant[..2], [100_000, 100_000]);
        assert_eq!(seen[1], 100_000);
        assert!(seen[0] > meant[0] && seen[0] < meant[0] + 1_000, "{seen:?}");
        assert!(seen[2] > meant[2] && seen[2] < meant[2] + 1_000, "{seen:?}");
    }
}

#[test]
fn an_index_answers_for_both_eyes() {
    let log = run("ftps-explicit", &["tls=1.2", "loss=5%"], None);
    let mut index = Index::new();
    index.catch_up(&log);
    for eye in [Eye::Endpoint, Eye::Network] {
        for horizon in [u64::MAX, 200, 40] {
            let lens = story(eye);
            assert_eq!(index.timeline(&log, lens, horizon), timeline(&log, lens, horizon));
            assert_eq!(index.transcript(&log, eye, horizon), transcript(&log, eye, horizon));
            let rows = Rows::Around { seq: 100, most: 9 };
            assert_eq!(
                index.ladder(&log, lens, rows, horizon),
                ladder(&log, lens, rows, horizon)
            );
            assert_eq!(index.stage(&log, horizon, lens), stage(&log, horizon, lens));
        }
    }
}
