use core::net::{IpAddr, Ipv4Addr, SocketAddr};

use portolan_wire::report::Purpose;

use super::*;
use crate::event::{Kind, Role, Seen, Source};

const CLIENT: HostId = HostId(0);
const SERVER: HostId = HostId(1);

fn header() -> Header {
    let host = |id, name: &str, role, last| Host {
        id,
        name: name.into(),
        role,
        addresses: vec![IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))],
        ephemeral: None,
        passive: None,
        firewall: Vec::new(),
    };
    Header {
        format: "portolan-log".into(),
        version: crate::event::VERSION,
        source: Source::Live { began: 0 },
        title: "test".into(),
        hosts: vec![
            host(CLIENT, "client", Role::Client, 1),
            host(SERVER, "server", Role::Server, 2),
        ],
        links: Vec::new(),
        lesson: None,
    }
}

/// An IPv4 packet with a TCP segment of `payload` bytes.
fn segment(payload: usize) -> Vec<u8> {
    let length = 40 + payload;
    let mut bytes = vec![0x45, 0, (length >> 8) as u8, length as u8, 0, 0, 0x40, 0, 64, 6, 0, 0];
    bytes.extend([192, 0, 2, 1, 192, 0, 2, 2]);
    bytes.extend([
        0xc3, 0xcb, 0, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0,
    ]);
    bytes.extend((0..payload).map(|n| n as u8));
    bytes
}

#[test]
fn payload_is_cut_by_direction_and_in_all_while_headers_stay() {
    let mut recorder = Recorder::with_limits(
        header(),
        Limits {
            per_direction: 100,
            total: 150,
        },
    );
    let conn = Some(recorder.open_conn());
    let other = Some(recorder.open_conn());
    let at = Instant::ZERO;
    let ids = [
        recorder.sent(at, CLIENT, conn, &segment(80)),
        recorder.sent(at, CLIENT, conn, &segment(80)),
        recorder.sent(at, CLIENT, conn, &segment(0)),
        recorder.sent(at, SERVER, conn, &segment(30)),
        recorder.sent(at, CLIENT, other, &segment(80)),
        recorder.sent(at, CLIENT, other, &segment(80)),
    ];
    let log = recorder.into_log();
    let kept = ids.map(|id| log.packet(id).map(|p| (p.length, p.bytes.len(), p.is_cut())).unwrap());
    assert_eq!(
        kept,
        [
            (120, 120, false),
            (120, 60, true),
            (40, 40, false),
            (70, 70, false),
            (120, 60, true),
            (120, 40, true),
        ]
    );
    let first = log.packet(ids[1]).unwrap();
    assert_eq!(first.bytes, &segment(80)[..60]);
    assert_eq!(first.summary().unwrap().tcp().unwrap().payload_len, 80);
    assert_eq!(log.packets(), 6);
    assert_eq!(log.connections(), 2);
}

#[test]
fn a_cursor_reads_everything_once() {
    let mut recorder = Recorder::new(header());
    for n in 0..10 {
        recorder.event(Instant::from_micros(n), CLIENT, None, Kind::Refused);
    }
    let log = recorder.log();
    let (mut cursor, mut seen) = (0, Vec::new());
    loop {
        let window = log.after(cursor, 4);
        seen.extend(window.events.iter().map(|event| event.seq));
        cursor = window.cursor;
        if !window.more {
            break;
        }
    }
    assert_eq!(seen, (0..10).collect::<Vec<_>>());
    assert_eq!(
        log.after(cursor, 4),
        Window {
            events: &[],
            cursor: 10,
            more: false
        }
    );
    assert_eq!(
        log.after(99, 4),
        Window {
            events: &[],
            cursor: 99,
            more: false
        }
    );
    assert_eq!(log.at_time(Instant::from_micros(4)), Some(4));
    assert_eq!(log.at_time(Instant::from_micros(400)), Some(9));
    assert_eq!(log.until(3).len(), 4);
    assert_eq!(log.until(u64::MAX).len(), 10);
}

#[test]
fn packets_are_found_where_they_were_sent() {
    let mut recorder = Recorder::new(header());
    let conn = Some(recorder.open_conn());
    let local = SocketAddr::from(([192, 0, 2, 1], 50123));
    let peer = SocketAddr::from(([192, 0, 2, 2], 21));
    recorder.event(
        Instant::ZERO,
        CLIENT,
        conn,
        Kind::attempted(local, peer, Purpose::Control),
    );
    let packet = recorder.sent(Instant::from_micros(3), CLIENT, conn, &segment(0));
    recorder.seen(Instant::from_micros(9), SERVER, conn, packet, Seen::Delivered);
    let record = recorder.log().packet(packet).unwrap();
    assert_eq!(
        (record.sent, record.sent_at, record.host),
        (1, Instant::from_micros(3), CLIENT)
    );
    assert_eq!(record.summary().unwrap().source, local);
    assert!(recorder.log().packet(PacketId(1)).is_none());
}

#[test]
fn what_was_let_go_of_leaves_the_numbers_of_the_rest() {
    let mut recorder = Recorder::new(header());
    for micros in 0..10 {
        recorder.event(Instant::from_micros(micros), CLIENT, None, Kind::Refused);
    }
    recorder.forget_before(7);
    recorder.forget_before(3);
    assert_eq!(
        recorder.event(Instant::from_micros(10), CLIENT, None, Kind::Refused),
        10
    );
    let log = recorder.log();
    let seqs = |events: &[Event]| events.iter().map(|event| event.seq).collect::<Vec<_>>();
    assert_eq!(seqs(log.events()), [7, 8, 9, 10]);
    assert_eq!(log.event(6), None);
    assert_eq!(log.event(8).map(|event| event.at), Some(Instant::from_micros(8)));
    assert_eq!(seqs(log.until(8)), [7, 8]);
    assert_eq!(seqs(log.until(6)), Vec::<u64>::new());
    let window = log.after(0, 2);
    assert_eq!((seqs(window.events), window.cursor, window.more), (vec![7, 8], 9, true));
    let window = log.after(window.cursor, 5);
    assert_eq!(
        (seqs(window.events), window.cursor, window.more),
        (vec![9, 10], 11, false)
    );
    assert_eq!(log.at_time(Instant::from_micros(9)), Some(9));
    let mut recorder = Recorder::new(header());
    recorder.event(Instant::ZERO, CLIENT, None, Kind::Refused);
    recorder.forget_before(u64::MAX);
    assert_eq!((recorder.log().events().len(), recorder.log().last()), (0, None));
    assert_eq!(recorder.event(Instant::ZERO, CLIENT, None, Kind::Refused), 1);
}
