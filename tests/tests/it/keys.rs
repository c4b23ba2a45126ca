//! The keys of TLS in captures, as tshark uses them: with them it reads the dialogue, without them nobody does.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use portolan_ciphers::{Authority, Subject, Validity, provider};
use portolan_protocol::tls::{Client, ClientConfig, Keys, Layer, Server, ServerConfig, Trust, Versions};
use portolan_session::event::{Conn, Header, Host, HostId, Role, Source, VERSION};
use portolan_session::pcapng::{self, Vantage};
use portolan_session::synth::{Side, Synthesiser};
use portolan_wire::{Duration, Instant};

use crate::tshark::every_packet_is_sound;
use crate::tshark::reader::{Capture, Packet};

const NAME: &str = "ftp.example.net";
const EPOCH: u64 = 1_777_000_000;
const CONN: Conn = Conn(0);

const IN_THE_CLEAR: [(Side, &str); 3] = [
    (Side::There, "220 Ready\r\n"),
    (Side::Here, "AUTH TLS\r\n"),
    (Side::There, "234 Go on\r\n"),
];
const UNDER_TLS: [(Side, &str); 5] = [
    (Side::Here, "USER ada\r\n"),
    (Side::There, "331 Password?\r\n"),
    (Side::Here, "PASS fathoms\r\n"),
    (Side::There, "230 Welcome\r\n"),
    (Side::Here, "PASV\r\n"),
];

/// Both ends of a connection, and packets made of what they send.
struct Session {
    client: Layer,
    server: Layer,
    sides: (Client, Server),
    packets: Synthesiser,
    keys: Keys,
}

impl Session {
    /// In the clear.
    fn new(versions: Versions) -> Self {
        let keys = Keys::default();
        let validity = Validity {
            from: EPOCH - 1_000,
            to: EPOCH + 1_000,
        };
        let authority = Authority::new("Portolan Test Authority", [1; 32], validity);
        let subject = Subject {
            name: "FTP Server".to_owned(),
            hosts: vec![NAME.to_owned()],
            addresses: Vec::new(),
        };
        let client = Client::new(ClientConfig {
            provider: Arc::new(provider([3; 32])),
            trust: Trust::Authorities(vec![authority.root().clone()]),
            versions,
            resumes: true,
            name: NAME.try_into().unwrap(),
            epoch: EPOCH,
            patience: Duration::from_secs(10),
            keys: Some(keys.clone()),
        });
        let server = Server::new(ServerConfig {
            provider: Arc::new(provider([4; 32])),
            identity: authority.issue(&subject, [2; 32], validity).certified(),
            versions,
            epoch: EPOCH,
            patience: Duration::from_secs(10),
            keys: None,
        });
        let mut packets = Synthesiser::new(header(), HostId(0), HostId(1));
        let [local, peer] = [(1, 50_123), (2, 21)].map(|(host, port)| address(host, port));
        packets.established(Instant::ZERO, CONN, local, peer, Side::Here);
        Self {
            client: Layer::new(),
            server: Layer::new(),
            sides: (client.unwrap(), server.unwrap()),
            packets,
            keys,
        }
    }

    fn secure(&mut self) {
        self.client.begin_client(Instant::ZERO, &self.sides.0).unwrap();
        self.server.begin_server(Instant::ZERO, &self.sides.1).unwrap();
        self.carry();
    }

    fn carry(&mut self) {
        loop {
            let (up, down) = (self.client.take_wire(usize::MAX), self.server.take_wire(usize::MAX));
            if up.is_empty() && down.is_empty() {
                return;
            }
            for (side, bytes, to) in [
                (Side::Here, up, &mut self.server),
                (Side::There, down, &mut self.client),
            ] {
                self.packets.sent(Instant::ZERO, CONN, side, &bytes);
                to.handle_wire(Instant::ZERO, &bytes);
            }
        }
    }

    fn say(&mut self, side: Side, line: &str) {
        let speaker = match side {
            Side::Here => &mut self.client,
            Side::There => &mut self.server,
        };
        assert_eq!(speaker.write(line.as_bytes()), line.len());
        self.carry();
    }

    fn end(mut self) -> (Vec<u8>, Vec<u8>) {
        self.client.close();
        self.carry();
        self.server.close();
        self.carry();
        self.packets.finished(Instant::ZERO, CONN, Side::Here);
        self.packets.finished(Instant::ZERO, CONN, Side::There);
        let (log, keys) = (self.packets.into_log(), self.keys.take());
        assert!(!keys.is_empty() && self.keys.take().is_empty());
        let with = pcapng::write_with_keys(&log, Vantage::Client, &keys).unwrap();
        (with, pcapng::write(&log, Vantage::Client).unwrap())
    }
}

fn address(host: u8, port: u16) -> SocketAddr {
    (Ipv4Addr::new(192, 0, 2, host), port).into()
}

fn header() -> Header {
    let host = |id, name: &str, role, last| Host {
        id: HostId(id),
        name: name.to_owned(),
        role,
        addresses: vec![address(last, 0).ip()],
        ephemeral: None,
        passive: None,
        firewall: Vec::new(),
    };
    Header {
        format: "portolan-log".to_owned(),
        version: VERSION,
        source: Source::Live { began: 0 },
        title: "keys".to_owned(),
        hosts: vec![host(0, "client", Role::Client, 1), host(1, "server", Role::Server, 2)],
        links: Vec::new(),
        lesson: None,
    }
}

/// The lines of the dialogue that tshark sees.
fn dissected(packets: &[Packet]) -> Vec<String> {
    let texts = packets.iter().map(|packet| {
        let [command, argument, code] =
            ["ftp.request.command", "ftp.request.arg", "ftp.response.code"].map(|field| packet.one(field));
        format!("{command} {argument}{code}").trim().to_owned()
    });
    texts.filter(|text| !text.is_empty()).collect()
}

#[test]
fn with_its_keys_a_capture_shows_the_dialogue_and_without_them_none() {
    for versions in [Versions::Only12, Versions::Only13] {
        let mut session = Session::new(versions);
        for (side, line) in IN_THE_CLEAR {
            session.say(side, line);
        }
        session.secure();
        for (side, line) in UNDER_TLS {
            session.say(side, line);
        }
        let (with, without) = session.end();
        let (Some(with), Some(without)) = (Capture::of(&with), Capture::of(&without)) else {
            return;
        };
        let (with, without) = (with.packets(), without.packets());
        for packets in [&with, &without] {
            every_packet_is_sound(packets, packets.len());
        }
        let clear = ["220", "AUTH TLS", "234"];
        let hidden = ["USER ada", "331", "PASS fathoms", "230", "PASV"];
        assert_eq!(dissected(&with), [&clear[..], &hidden].concat(), "{versions:?}");
        assert_eq!(dissected(&without), clear, "{versions:?}");
    }
}
