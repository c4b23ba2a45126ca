//! Scenarios under TLS, as tshark reads them with their keys and without.

use portolan_scenario::{Order, Run, Settings, built_in};
use portolan_session::Log;
use portolan_session::event::{Conn, Kind};
use portolan_session::pcapng::{self, Vantage};
use portolan_session::view::{Carries, Eye, Glimpse, Said, transcript};
use portolan_wire::report::Report;

use super::reader::{Capture, Packet};

/// A run with these settings: its log, and its keys.
fn run(scenario: &str, settings: &[&str]) -> (Log, String) {
    let mut order = Order {
        settings: Settings::new(),
        ..Order::default()
    };
    for setting in settings {
        order.settings.add_text(setting).unwrap();
    }
    let mut run = Run::new(built_in(scenario).unwrap(), &order).unwrap();
    run.finish();
    assert_eq!(run.failure(), None, "{scenario} {settings:?}");
    let keys = run.take_keys();
    (run.into_log(), keys)
}

/// The verbs that the client has said.
fn said(log: &Log) -> Vec<String> {
    let reports = log.events().iter().filter_map(|event| match &event.kind {
        Kind::Endpoint { report } => Some(report.as_ref()),
        _ => None,
    });
    let verbs = reports.filter_map(|report| match report {
        Report::Command { sent: true, verb, .. } => Some(verb.clone()),
        _ => None,
    });
    verbs.collect()
}

/// The verbs that tshark sees.
pub(super) fn seen(packets: &[Packet]) -> Vec<String> {
    let verbs = packets
        .iter()
        .map(|packet| packet.one("ftp.request.command").to_owned());
    verbs.filter(|verb| !verb.is_empty()).collect()
}

#[test]
fn with_its_keys_an_explicit_session_is_read_and_without_them_what_was_in_the_clear() {
    for settings in [
        &["tls=1.3"][..],
        &["tls=1.2"],
        &["tls=1.3", "mode=extended-active"],
        &["prot=C"],
    ] {
        let (log, keys) = run("ftps-explicit", settings);
        let with = pcapng::write_with_keys(&log, Vantage::Client, &keys).unwrap();
        let without = pcapng::write(&log, Vantage::Client).unwrap();
        let (Some(with), Some(without)) = (Capture::of(&with), Capture::of(&without)) else {
            return;
        };
        let (with, without) = (with.packets(), without.packets());
        assert_eq!(seen(&with), said(&log), "{settings:?}");
        assert_eq!(seen(&without), ["AUTH"], "{settings:?}");
        for packet in with.iter().chain(&without) {
            assert!(packet.all("_ws.malformed").is_empty(), "{settings:?}");
        }
    }
}

#[test]
fn after_ccc_commands_are_read_again_without_keys() {
    let (log, _) = run("ftps-explicit", &["ccc=true"]);
    let written = pcapng::write(&log, Vantage::Client).unwrap();
    let is_found = |words: &[u8]| written.windows(words.len()).any(|window| window == words);
    assert!(is_found(b"RETR harbour.txt\r\n") && is_found(b"227 Entering") && !is_found(b"USER"));
    let Some(capture) = Capture::of(&written) else {
        return;
    };
    let seen = seen(&capture.packets());
    assert!(!seen.contains(&"USER".to_owned()), "{seen:?}");
}

#[test]
fn an_implicit_session_shows_tls_and_nothing_else() {
    let (log, _) = run("ftps-implicit", &[]);
    let Some(capture) = Capture::of(&pcapng::write(&log, Vantage::Client).unwrap()) else {
        return;
    };
    let packets = capture.packets();
    assert_eq!(seen(&packets), [""; 0]);
    assert!(
        packets
            .iter()
            .any(|packet| packet.one("_ws.col.Protocol").starts_with("TLS"))
    );
}

/// The lengths of the records that the network's eye is shown of one connection, in their order, and of those that tshark
/// finds in it: what is encrypted and no part of TLS 1.2's handshake.
#[test]
fn the_network_s_eye_sees_the_records_that_tshark_sees() {
    for (scenario, settings) in [
        ("ftps-explicit", &["tls=1.3"][..]),
        ("ftps-explicit", &["tls=1.2"]),
        ("ftps-implicit", &["tls=1.3"]),
    ] {
        let (log, _) = run(scenario, settings);
        let Some(capture) = Capture::of(&pcapng::write(&log, Vantage::Client).unwrap()) else {
            return;
        };
        let packets = capture.packets();
        let control = packets.iter().filter(|packet| packet.one("tcp.stream") == "0");
        let data = control.flat_map(|packet| packet.all("tls.app_data"));
        let theirs: Vec<u32> = data
            .map(|hex| u32::try_from(hex.replace(':', "").len() / 2).unwrap())
            .collect();
        assert!(theirs.len() > 20, "{theirs:?}");
        let rows = transcript(&log, Eye::Network, u64::MAX).into_iter();
        let glimpses = rows
            .filter(|row| row.conn == Some(Conn(0)))
            .flat_map(|row| match row.said {
                Said::Records { seen } => seen,
                _ => Vec::new(),
            });
        let ours = glimpses.filter_map(|glimpse| match glimpse {
            Glimpse::Opaque {
                carries: Carries::Data,
                bytes,
            } => bytes,
            _ => None,
        });
        assert_eq!(ours.collect::<Vec<_>>(), theirs, "{scenario} {settings:?}");
    }
}
