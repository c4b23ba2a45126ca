//! A small log for the tests: a client, a router and a server, and packets that meet every fate.

use core::net::{IpAddr, SocketAddr};

use portolan_wire::Instant;
use portolan_wire::report::Purpose;

use crate::event::{DropReason, Evidence, Header, Host, HostId, Kind, PacketId, Role, Seen, Source, VERSION};
use crate::log::{Limits, Log, Recorder};

pub(super) const CLIENT: HostId = HostId(0);
pub(super) const ROUTER: HostId = HostId(1);
pub(super) const SERVER: HostId = HostId(2);

/// A header for three hosts.
pub(super) fn header() -> Header {
    let host = |id, name: &str, role, address: [u8; 4]| Host {
        id,
        name: name.into(),
        role,
        addresses: vec![IpAddr::from(address)],
        ephemeral: None,
        passive: None,
        firewall: Vec::new(),
    };
    Header {
        format: "portolan-log".into(),
        version: VERSION,
        source: Source::Simulation {
            scenario: "sample".into(),
            seed: 7,
            settings: [("latency".to_owned(), "10ms".to_owned())].into(),
        },
        title: "Packets that meet every fate".into(),
        hosts: vec![
            host(CLIENT, "client", Role::Client, [198, 51, 100, 25]),
            host(ROUTER, "router", Role::Router, [198, 51, 100, 1]),
            host(SERVER, "server", Role::Server, [203, 0, 113, 10]),
        ],
        links: Vec::new(),
        lesson: None,
    }
}

/// An IPv4 packet of a TCP segment from port 50123 to port 21 with `payload` bytes. Its header's checksum is right.
pub(super) fn segment(payload: u16) -> Vec<u8> {
    let [high, low] = (40 + payload).to_be_bytes();
    let mut bytes = vec![0x45, 0, high, low, 0, 0, 0x40, 0, 64, 6, 0, 0];
    bytes.extend([198, 51, 100, 25, 203, 0, 113, 10]);
    let sum: u32 = bytes
        .chunks(2)
        .map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1]))
        .sum();
    let sum = !((sum & 0xffff) + (sum >> 16)) as u16;
    bytes[10..12].copy_from_slice(&sum.to_be_bytes());
    bytes.extend([
        0xc3, 0xcb, 0, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0,
    ]);
    bytes.extend((0..payload).map(|n| n as u8));
    bytes
}

/// Six packets, as [`FATES`] says.
pub(super) fn log() -> Log {
    let mut recorder = Recorder::with_limits(
        header(),
        Limits {
            per_direction: 100,
            total: 1_000,
        },
    );
    let conn = Some(recorder.open_conn());
    let at = Instant::from_micros;
    let local = SocketAddr::from(([198, 51, 100, 25], 50123));
    let peer = SocketAddr::from(([203, 0, 113, 10], 21));
    recorder.event(at(0), CLIENT, conn, Kind::attempted(local, peer, Purpose::Control));
    let firewall = Seen::Dropped {
        by: DropReason::Firewall,
        rule: Some(2),
    };
    let queue = Seen::Dropped {
        by: DropReason::QueueFull,
        rule: None,
    };
    let delivered = recorder.sent(at(10), CLIENT, conn, &segment(60));
    recorder.seen(at(20), ROUTER, conn, delivered, Seen::Forwarded);
    let cut = recorder.sent(at(25), CLIENT, conn, &segment(61));
    recorder.seen(at(30), SERVER, conn, delivered, Seen::Delivered);
    let overtaken = recorder.sent(at(31), SERVER, conn, &segment(0));
    recorder.seen(at(33), ROUTER, conn, cut, Seen::Forwarded);
    recorder.seen(at(40), CLIENT, conn, overtaken, Seen::Delivered);
    recorder.seen(at(45), SERVER, conn, cut, firewall);
    let lost = recorder.sent(at(50), CLIENT, conn, &segment(0));
    recorder.seen(at(51), ROUTER, conn, lost, Seen::Lost);
    let kept_in = recorder.sent(at(52), CLIENT, conn, &segment(0));
    recorder.seen(at(52), CLIENT, conn, kept_in, queue);
    recorder.sent_with(
        Evidence::Synthesised,
        at(u64::from(u32::MAX) + 1),
        CLIENT,
        conn,
        &segment(1),
    );
    assert_eq!(kept_in, PacketId(4));
    recorder.into_log()
}
