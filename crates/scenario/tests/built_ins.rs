//! The built-in scenarios as reviewed snapshots: what a person can read, and hashes for the bytes that nobody reads.
//!
//! These tests run natively and in WebAssembly against the same files: the two must agree.

// Tests may fail loudly; clippy's own exception knows test functions, not their helpers.
#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;

use portolan_scenario::{Advance, Order, Run, Scenario, catalogue};
use portolan_session::event::{Attempted, Event, Kind, Seen};
use portolan_session::pcapng::Vantage;
use portolan_session::{Log, jsonl, pcapng};
use portolan_wire::dissect::{Summary, TcpFlags};
use portolan_wire::report::{Outcome, Report};

/// The log of a run, cut into slices of `budget`.
fn log(scenario: &Scenario, budget: u32) -> Log {
    let mut run = Run::new(scenario.clone(), &Order::default()).unwrap();
    while run.advance(budget) == Advance::More {}
    run.into_log()
}

#[test]
fn built_ins_read_as_reviewed() {
    for scenario in catalogue() {
        insta::assert_snapshot!(scenario.name.clone(), story(&log(&scenario, u32::MAX)));
    }
}

#[test]
fn logs_and_captures_are_the_same_byte_for_byte() {
    let mut table = String::new();
    for (nth, scenario) in (1..).zip(catalogue()) {
        let log = log(&scenario, nth * 10);
        let lines = jsonl::write(&log).unwrap();
        let capture = pcapng::write(&log, Vantage::Client).unwrap();
        let all = pcapng::write(&log, Vantage::All).unwrap();
        let [lines, capture, all] = [lines, capture, all].map(|bytes| format!("{:016x}", hash(&bytes)));
        writeln!(table, "{:21} log {lines} client {capture} all {all}", scenario.name).unwrap();
    }
    insta::assert_snapshot!("hashes", table);
}

/// FNV-1a, 64 bits.
fn hash(bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

/// What happened, line by line: events in words, packets as they leave, bulk folded.
fn story(log: &Log) -> String {
    let mut text = String::new();
    let mut bulk: Option<Bulk> = None;
    for event in log.events() {
        let Some(line) = line(log, event) else { continue };
        match line {
            Line::Bulk(more) => match &mut bulk {
                Some(bulk) if bulk.conn == more.conn => bulk.add(&more),
                _ => flush(&mut text, bulk.replace(more)),
            },
            Line::Text(line) => {
                flush(&mut text, bulk.take());
                let host = &log.host(event.host).unwrap().name;
                let conn = event.conn.map_or_else(String::new, |conn| format!("#{}", conn.0));
                writeln!(text, "{:>12} {host:6} {conn:>2} {line}", event.at.to_string()).unwrap();
            }
        }
    }
    flush(&mut text, bulk);
    text
}

enum Line {
    Text(String),
    /// A packet of a data connection that is one of many.
    Bulk(Bulk),
}

struct Bulk {
    conn: u32,
    packets: u32,
    bytes: u32,
}

impl Bulk {
    fn add(&mut self, more: &Self) {
        self.packets += more.packets;
        self.bytes += more.bytes;
    }
}

fn flush(text: &mut String, bulk: Option<Bulk>) {
    if let Some(Bulk { conn, packets, bytes }) = bulk {
        writeln!(text, "{:19} #{conn} ... {packets} packets, {bytes} bytes", "").unwrap();
    }
}

fn line(log: &Log, event: &Event) -> Option<Line> {
    let text = match &event.kind {
        Kind::ListenOpened(opened) => format!("listens on {}: {}", opened.local, opened.service),
        Kind::ListenClosed { local } => format!("no longer listens on {local}"),
        Kind::Attempted(attempted) => {
            let Attempted { from, to, purpose } = **attempted;
            format!("calls {from} -> {to} ({purpose:?})")
        }
        Kind::Established(established) if established.caller => "established".to_owned(),
        Kind::Established(_) => "established, called".to_owned(),
        Kind::Refused => "refused".to_owned(),
        Kind::TimedOut => "silence".to_owned(),
        Kind::Closed => "closed".to_owned(),
        Kind::Reset { sent } => format!("reset, {}", if *sent { "sent" } else { "received" }),
        Kind::Ended => "ended".to_owned(),
        Kind::Packet { packet, seen } => {
            let summary = log.packet(*packet).unwrap().summary().unwrap();
            return sighting(&summary, event, *seen);
        }
        Kind::Endpoint { report } => told(report)?,
        _ => return None,
    };
    Some(Line::Text(text))
}

fn sighting(summary: &Summary, event: &Event, seen: Seen) -> Option<Line> {
    let tcp = summary.tcp()?;
    let (from, to) = (summary.source.port(), summary.destination.port());
    let text = format!("{from} -> {to} {} {}", tcp.flags, tcp.payload_len);
    let marks = [TcpFlags::SYN, TcpFlags::FIN, TcpFlags::RST];
    let plain = !marks.iter().any(|mark| tcp.flags.contains(*mark));
    match seen {
        Seen::Sent if plain && from != 21 && to != 21 => Some(Line::Bulk(Bulk {
            conn: event.conn?.0,
            packets: 1,
            bytes: tcp.payload_len,
        })),
        Seen::Sent => Some(Line::Text(text)),
        Seen::Dropped { by, rule } => Some(Line::Text(format!("{text} dropped by {by:?}, rule {rule:?}"))),
        Seen::Lost => Some(Line::Text(format!("{text} lost"))),
        Seen::Forwarded | Seen::Delivered => None,
    }
}

fn told(report: &Report) -> Option<String> {
    Some(match report {
        Report::Command {
            sent: true,
            verb,
            argument,
        } => match argument {
            Some(argument) => format!("> {verb} {argument}"),
            None => format!("> {verb}"),
        },
        Report::Reply {
            sent: true,
            code,
            lines,
        } => format!("< {code} {}", lines.join(" / ")),
        Report::Listed { lines, form: _ } => format!("listed: {}", lines.join(" / ")),
        Report::Greeting { text } => format!("heard: {text}"),
        Report::TransferDone { bytes } => format!("transfer done: {bytes} bytes"),
        Report::Finished { action, outcome } => match outcome {
            Outcome::Done => format!("action {action} done"),
            outcome => format!("action {action}: {outcome:?}"),
        },
        Report::Trouble { trouble } => format!("trouble: {trouble:?}"),
        Report::Note { note } => format!("note: {note:?}"),
        _ => return None,
    })
}
