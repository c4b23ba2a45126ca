//! The captures of real sessions, as tshark reads them: packets made up from what the sockets did, and sound.

use std::collections::BTreeSet;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use portolan_wire::report::Report;

use crate::connect::{Line, Ran};
use crate::files::{MODES, content, has};
use crate::server::{PASSWORD, Server};
use crate::tshark::reader::{Capture, Packet, Remark};
use crate::tshark::{ORDERLY, every_packet_is_sound};

/// Of several packets' worth of what is read or written at once, and within what the log keeps of a direction: packets that
/// are cut have no checksum to check.
const LENGTH: u32 = 100_000;

fn check(server: &Server, mode: &str, verb: &str) -> Option<()> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("up"), content(LENGTH)).unwrap();
    server.put("pub/down", &content(LENGTH));
    let mut line = Line::to(server, mode);
    // tshark shows arguments as ASCII.
    let up = format!("incoming/{mode} up");
    line.add(&["--list", "pub", "--get", "pub/down", "--put", "up", &up]);
    let ran = line.run(folder.path());
    ran.is_done();
    assert!(
        has(&ran.capture, "its packets were not: they are made up"),
        "the capture does not say what it is"
    );
    let capture = Capture::of_server(&ran.capture, server.address.port())?;
    let packets = capture.packets();
    every_packet_is_sound(&packets, packets.len());
    for packet in &packets {
        let number = packet.one("frame.number");
        assert!(
            packet.one("frame.comment").contains("made up"),
            "packet {number} says nothing"
        );
        for Remark { severity, message } in packet.remarks() {
            let known = ORDERLY.iter().any(|(text, _)| *text == message);
            assert!(severity < Remark::NOTE || known, "{mode}: packet {number}: {message}");
        }
    }
    dialogue_is_the_log_s(&ran, &capture, &packets);
    content_is_there(&ran, &capture, &packets, verb);
    Some(())
}

/// Commands as tshark dissects them are those that were said, but for the password; and there is a code to each reply.
fn dialogue_is_the_log_s(ran: &Ran, capture: &Capture, packets: &[Packet]) {
    let requests = packets
        .iter()
        .filter(|packet| !packet.one("ftp.request.command").is_empty());
    let dissected: Vec<String> = requests
        .map(|packet| {
            format!(
                "{} {}",
                packet.one("ftp.request.command"),
                packet.one("ftp.request.arg")
            )
        })
        .map(|command| command.trim_end().to_owned())
        .collect();
    assert_eq!(dissected, ran.commands());
    assert!(dissected.contains(&"PASS ********".to_owned()), "{dissected:?}");
    let control = packets
        .iter()
        .find(|packet| packet.one("ftp.request.command") == "USER")
        .unwrap();
    let (said, heard) = capture.stream(control.one("tcp.stream"));
    assert!(!has(&said, PASSWORD) && !has(&heard, PASSWORD));
    let heard = String::from_utf8(heard).unwrap();
    let ends = |line: &&str| line.as_bytes()[..3].iter().all(u8::is_ascii_digit) && line.as_bytes()[3] == b' ';
    let heard: Vec<&str> = heard.lines().filter(ends).map(|line| &line[..3]).collect();
    let codes: Vec<String> = ran
        .reports()
        .filter_map(|report| match report {
            Report::Reply { code, .. } => Some(code.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(heard, codes);
}

/// What the data connections carried is the listing and the file, once in each direction, and tshark knows what for.
fn content_is_there(ran: &Ran, capture: &Capture, packets: &[Packet], verb: &str) {
    let control = packets
        .iter()
        .find(|packet| packet.one("ftp.request.command") == "USER");
    let control = control.unwrap().one("tcp.stream");
    let of_data = |packet: &&Packet| packet.one("tcp.stream") != control;
    let streams: BTreeSet<&str> = packets
        .iter()
        .filter(of_data)
        .map(|packet| packet.one("tcp.stream"))
        .collect();
    assert_eq!(streams.len(), 3, "{verb}");
    let mut files = 0;
    for stream in streams {
        let (sent, received) = capture.stream(stream);
        assert!(
            sent.is_empty() || received.is_empty(),
            "stream {stream} carries both ways"
        );
        let carried = if sent.is_empty() { received } else { sent };
        if carried == content(LENGTH) {
            files += 1;
        } else {
            let lines = String::from_utf8(carried).unwrap();
            assert!(lines.lines().eq(ran.listed()), "{lines}");
        }
    }
    assert_eq!(files, 2);
    let known: BTreeSet<&str> = packets.iter().map(|packet| packet.one("ftp-data.command")).collect();
    // After a PORT, tshark waits for a call from port 20; this server is at no port of its own and calls from another.
    if verb != "PORT" {
        for command in ["LIST", "RETR", "STOR"] {
            assert!(known.iter().any(|text| text.starts_with(command)), "{verb}: {known:?}");
        }
    }
    assert_eq!(ran.count(verb), 3);
}

fn of_vsftpd(address: IpAddr, modes: &[(&str, &str)]) {
    let Some(server) = Server::vsftpd(address) else { return };
    for (mode, verb) in modes {
        check(&server, mode, verb);
    }
}

#[test]
fn captures_of_all_four_modes_are_sound() {
    of_vsftpd(Ipv4Addr::LOCALHOST.into(), &MODES);
}

#[test]
fn captures_over_ipv6_are_sound() {
    of_vsftpd(Ipv6Addr::LOCALHOST.into(), &MODES[2..]);
}
