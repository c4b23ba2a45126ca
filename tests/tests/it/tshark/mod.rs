//! Every built-in scenario's capture, as tshark reads it: a second opinion on each packet and on the whole session.

mod live;
pub mod reader;
mod tls;

use portolan_protocol::tree::{Content, TreePath};
use portolan_scenario::{Order, Run, Settings, built_in, catalogue};
use portolan_session::event::{Conn, Event, HostId, Kind, Role};
use portolan_session::pcapng::{self, Vantage};
use portolan_session::{Log, jsonl};
use portolan_wire::report::{Purpose, Report, TransferKind};
use reader::{Capture, Packet, Remark};

/// A finished run.
struct Session {
    run: Run,
    log: Log,
    client: HostId,
    server: HostId,
}

/// What a session should look like from outside.
struct Expected {
    /// Data connections that the server calls, and that the client calls.
    active: usize,
    passive: usize,
    /// What tshark may remark, beside what it remarks on every session, and why that is so.
    remarks: &'static [(&'static str, &'static str)],
}

/// What tshark remarks on every orderly TCP connection.
pub const ORDERLY: [(&str, &str); 2] = [
    ("This frame initiates the connection closing", "connections are closed"),
    ("This frame undergoes the connection closing", "connections are closed"),
];

const SILENCE: (&str, &str) = (
    "This frame is a (suspected) retransmission",
    "a firewall drops the SYN without a word, and the caller sends it again",
);

const REFUSAL: (&str, &str) = ("Connection reset (RST)", "nobody listens on the port that is called");

/// A capture of all hosts has every packet up to three times, and tshark does not keep the interfaces apart.
const SEEN_AGAIN: [&str; 6] = [
    "This frame is a (suspected) retransmission",
    "This frame is a (suspected) fast retransmission",
    "This frame is a (suspected) spurious retransmission",
    "This frame is a (suspected) out-of-order segment",
    "Duplicate ACK (#",
    "TCP keep-alive segment",
];

/// The scenarios that this file holds a test for, by the name of the test.
const TESTED: [&str; 9] = [
    "call-a-port",
    "first-file",
    "ftp-active",
    "ftp-passive",
    "ftp-extended-active",
    "ftp-extended-passive",
    "active-blocked",
    "ftps-explicit",
    "ftps-implicit",
];

#[test]
fn no_scenario_is_forgotten() {
    let names: Vec<String> = catalogue().into_iter().map(|scenario| scenario.name).collect();
    assert_eq!(names, TESTED);
}

#[test]
fn call_a_port() {
    check(
        "call-a-port",
        &[],
        &Expected {
            active: 0,
            passive: 0,
            remarks: &[SILENCE, REFUSAL],
        },
    );
}

#[test]
fn first_file() {
    check("first-file", &[], &PASSIVE_ONCE);
}

#[test]
fn ftp_active() {
    check("ftp-active", &[], &ACTIVE);
}

#[test]
fn ftp_passive() {
    check("ftp-passive", &[], &PASSIVE);
}

#[test]
fn ftp_extended_active() {
    check("ftp-extended-active", &[], &ACTIVE);
    check("ftp-extended-active", &["ip=6"], &ACTIVE);
}

#[test]
fn ftp_extended_passive() {
    check("ftp-extended-passive", &[], &PASSIVE);
    check("ftp-extended-passive", &["ip=6"], &PASSIVE);
}

#[test]
fn active_blocked() {
    check(
        "active-blocked",
        &[],
        &Expected {
            active: 1,
            passive: 1,
            remarks: &[SILENCE],
        },
    );
}

const ACTIVE: Expected = Expected {
    active: 3,
    passive: 0,
    remarks: &[],
};

const PASSIVE: Expected = Expected {
    active: 0,
    passive: 3,
    remarks: &[],
};

const PASSIVE_ONCE: Expected = Expected {
    active: 0,
    passive: 1,
    remarks: &[],
};

fn check(scenario: &str, settings: &[&str], expected: &Expected) {
    let mut session = Session::of(scenario, settings);
    for vantage in [Vantage::Client, Vantage::Host(session.server), Vantage::All] {
        let Some(capture) = session.capture(vantage) else {
            return;
        };
        let packets = capture.packets();
        every_packet_is_sound(&packets, session.sights(vantage));
        remarks_are_expected(&packets, vantage, expected);
        if vantage == Vantage::All {
            continue;
        }
        dialogue_is_the_log_s(&session, &capture, &packets);
        calls_go_where_they_should(&session, &packets, expected);
        content_is_the_file_s(&mut session, &capture, &packets);
    }
}

impl Session {
    fn of(scenario: &str, settings: &[&str]) -> Self {
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
        let log = run.log().clone();
        let host = |role| log.header().hosts.iter().find(|host| host.role == role).unwrap().id;
        Self {
            client: host(Role::Client),
            server: host(Role::Server),
            run,
            log,
        }
    }

    /// What is captured at `vantage`. It does not matter whether the log was saved and read again.
    fn capture(&self, vantage: Vantage) -> Option<Capture> {
        let written = pcapng::write(&self.log, vantage).unwrap();
        let saved = jsonl::read(&jsonl::write(&self.log).unwrap()).unwrap();
        assert!(pcapng::write(&saved, vantage).unwrap() == written);
        Capture::of(&written)
    }

    /// How many packets a capture at `vantage` must hold.
    fn sights(&self, vantage: Vantage) -> usize {
        use portolan_session::event::Seen;
        let is_at = |host: HostId| match vantage {
            Vantage::Client => host == self.client,
            Vantage::Host(at) => host == at,
            Vantage::All => true,
        };
        let is_sight = |event: &&Event| matches!(&event.kind, Kind::Packet { seen, .. } if *seen != Seen::Lost);
        self.log
            .events()
            .iter()
            .filter(is_sight)
            .filter(|event| is_at(event.host))
            .count()
    }

    /// What the client reported, in order, and over which connection.
    fn reports(&self) -> impl Iterator<Item = (Option<Conn>, &Report)> {
        let at_client = self.log.events().iter().filter(|event| event.host == self.client);
        at_client.filter_map(|event| match &event.kind {
            Kind::Endpoint { report } => Some((event.conn, &**report)),
            _ => None,
        })
    }
}

/// Nothing malformed, and every checksum right.
pub fn every_packet_is_sound(packets: &[Packet], count: usize) {
    assert_eq!(packets.len(), count);
    assert!(!packets.is_empty());
    for packet in packets {
        let number = packet.one("frame.number");
        assert!(packet.all("_ws.malformed").is_empty(), "packet {number} is malformed");
        let is_four = !packet.one("ip.src").is_empty();
        assert!(
            !is_four || packet.is_good("ip.checksum.status"),
            "the IP checksum of packet {number} is wrong"
        );
        assert!(
            packet.is_good("tcp.checksum.status"),
            "the TCP checksum of packet {number} is wrong"
        );
    }
}

fn remarks_are_expected(packets: &[Packet], vantage: Vantage, expected: &Expected) {
    let is_expected = |message: &str| {
        let known = |(text, _): &(&str, &str)| *text == message;
        ORDERLY.iter().any(known)
            || expected.remarks.iter().any(known)
            || vantage == Vantage::All && SEEN_AGAIN.iter().any(|text| message.starts_with(text))
    };
    let mut seen = Vec::new();
    for packet in packets {
        for Remark { severity, message } in packet.remarks() {
            assert!(
                severity < Remark::NOTE || is_expected(&message),
                "{vantage:?}: packet {}: {message}",
                packet.one("frame.number")
            );
            seen.push(message);
        }
    }
    for (text, why) in expected.remarks {
        assert!(seen.iter().any(|message| message == text), "no `{text}`, though {why}");
    }
}

/// Commands, as tshark dissects them, are those that the client sent; and the replies that it understood are what came
/// back. Of two replies in one packet tshark dissects the first alone, so these are read from the stream.
fn dialogue_is_the_log_s(session: &Session, capture: &Capture, packets: &[Packet]) {
    let (mut said, mut heard) = (Vec::new(), String::new());
    for (_, report) in session.reports() {
        match report {
            Report::Command {
                sent: true,
                verb,
                argument,
            } => said.push((verb.as_str(), argument.as_deref().unwrap_or_default())),
            Report::Reply {
                sent: false,
                code,
                lines,
            } => {
                assert_eq!(lines.len(), 1, "a reply of several lines is written in another way");
                heard += &format!("{code} {}\r\n", lines[0]);
            }
            _ => {}
        }
    }
    let requests = packets
        .iter()
        .filter(|packet| !packet.all("ftp.request.command").is_empty());
    let dissected: Vec<_> = requests
        .map(|packet| (packet.one("ftp.request.command"), packet.one("ftp.request.arg")))
        .collect();
    assert_eq!(dissected, said);
    // Where no command was sent a port was merely called, and nobody took its greeting for a reply.
    if let Some(packet) = packets
        .iter()
        .find(|packet| !packet.all("ftp.request.command").is_empty())
    {
        let (_, received) = capture.stream(packet.one("tcp.stream"));
        assert_eq!(String::from_utf8(received).unwrap(), heard);
    } else {
        assert_eq!(heard, "");
    }
}

/// Who calls whom, from which port to which, in each data connection.
fn calls_go_where_they_should(session: &Session, packets: &[Packet], expected: &Expected) {
    let ports = |fields: [&str; 2]| -> Vec<String> {
        let values = packets.iter().flat_map(|packet| fields.map(|field| packet.all(field)));
        values.flatten().cloned().collect()
    };
    let announced_by_client = ports(["ftp.active.port", "ftp.eprt.port"]);
    let announced_by_server = ports(["ftp.passive.port", "ftp.epsv.port"]);
    let is_client = |end: &str| {
        let address = end.split(' ').next().unwrap().parse().unwrap();
        session.log.host(session.client).unwrap().addresses.contains(&address)
    };
    let (mut active, mut passive) = (Vec::new(), Vec::new());
    for packet in packets {
        let stream = packet.one("tcp.stream").to_owned();
        if !packet.has("tcp.flags.syn") || packet.has("tcp.flags.ack") {
            continue;
        }
        let (from, to) = (packet.one("tcp.srcport"), packet.one("tcp.dstport"));
        let (caller, called) = packet.way();
        if from == "20" {
            assert!(
                !is_client(&caller) && is_client(&called),
                "{caller} calls {called} from port 20"
            );
            assert!(announced_by_client.contains(&to.to_owned()), "{to} was not announced");
            active.push(stream);
        } else if to.parse::<u16>().unwrap() >= 60_000 {
            assert!(is_client(&caller) && !is_client(&called), "{caller} calls {called}");
            assert!(announced_by_server.contains(&to.to_owned()), "{to} was not announced");
            passive.push(stream);
        } else {
            assert!(is_client(&caller) && !is_client(&called), "{caller} calls {called}");
            let is_called = |port: &str| session.reports().any(|(_, report)| calls(report, port));
            assert!(to == "21" || is_called(to), "nobody wanted to call port {to}");
        }
    }
    // The same call sent again is of the same stream.
    active.dedup();
    passive.dedup();
    assert_eq!((active.len(), passive.len()), (expected.active, expected.passive));
}

fn calls(report: &Report, to: &str) -> bool {
    use portolan_wire::action::Action;
    matches!(report, Report::Started { what: Action::Call { port, .. }, .. } if port.to_string() == to)
}

/// What went over each data connection is the file, byte for byte, or the listing that the client understood.
fn content_is_the_file_s(session: &mut Session, capture: &Capture, packets: &[Packet]) {
    let transfers: Vec<(Conn, TransferKind, String)> = session
        .reports()
        .filter_map(|(conn, report)| match report {
            Report::Transfer { kind, path, .. } => Some((conn.unwrap(), *kind, path.clone())),
            _ => None,
        })
        .collect();
    for (conn, kind, path) in transfers {
        let (sent, received) = capture.stream(&stream(session, packets, conn));
        let carried = if sent.is_empty() { received } else { sent };
        assert!(!carried.is_empty(), "{path}: nothing was carried");
        let original = match kind {
            TransferKind::Listing => listing(session, conn),
            TransferKind::Download => file(session, "server", &path),
            TransferKind::Upload => file(session, "client", &path),
        };
        assert!(carried == original, "{path}: {} bytes carried", carried.len());
        if kind != TransferKind::Listing {
            let name = path.rsplit('/').next().unwrap();
            assert!(
                file(session, "client", name) == original,
                "{path} is another at the client"
            );
            assert!(
                file(session, "server", &path) == original,
                "{path} is another at the server"
            );
        }
    }
}

/// The number that tshark gave to a data connection.
fn stream(session: &Session, packets: &[Packet], conn: Conn) -> String {
    let established = session.log.events().iter().find_map(|event| match &event.kind {
        Kind::Established(established) if event.conn == Some(conn) && event.host == session.client => Some(established),
        _ => None,
    });
    let established = established.unwrap();
    assert_eq!(established.purpose, Purpose::Data);
    let end = |address: core::net::SocketAddr| format!("{} {}", address.ip(), address.port());
    let ways = [
        (end(established.local), end(established.peer)),
        (end(established.peer), end(established.local)),
    ];
    let packet = packets.iter().find(|packet| ways.contains(&packet.way()));
    packet.unwrap().one("tcp.stream").to_owned()
}

fn listing(session: &Session, conn: Conn) -> Vec<u8> {
    let listed = session.reports().filter_map(|(at, report)| match report {
        Report::Listed { lines, form: _ } if at == Some(conn) => Some(lines),
        _ => None,
    });
    listed
        .flatten()
        .map(|line| format!("{line}\r\n"))
        .collect::<String>()
        .into_bytes()
}

fn file(session: &mut Session, host: &str, path: &str) -> Vec<u8> {
    let tree = session.run.files(host).unwrap();
    let content: &Content = tree.content(&TreePath::root().join(path)).unwrap();
    content.read(0, usize::try_from(content.size()).unwrap())
}
