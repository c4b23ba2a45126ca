//! Logs for tests, written by hand with explicit times.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::collections::BTreeMap;

use portolan_wire::action::{Action, TransferMode};
use portolan_wire::dissect::TcpFlags;
use portolan_wire::ordered::Map;
use portolan_wire::report::{Outcome, Purpose, Report, TransferKind};
use portolan_wire::security::{Secured, ShownCertificate, Trusted};
use portolan_wire::{Argument, Duration, Instant};

use crate::event::{Conn, DropReason, Header, Host, HostId, Kind, Link, PacketId, Role, Seen, Source, VERSION};
use crate::lesson::Lesson;
use crate::log::{Log, Recorder};

/// A certificate for `ftp.example.net` and others, made by OpenSSL.
const CERTIFICATE: &[u8] = include_bytes!("../../wire/src/dissect/certificate/fixtures/rsa.der");

pub(crate) const CLIENT: HostId = HostId(0);
pub(crate) const ROUTER: HostId = HostId(1);
pub(crate) const SERVER: HostId = HostId(2);

/// One way, in microseconds; the router stands in the middle.
pub(crate) const LATENCY: u64 = 10_000;

/// The caller's first sequence number: near the wrap, so that tests cross it.
const FIRST_SEQ: u32 = u32::MAX - 5;

pub(crate) fn header() -> Header {
    let host = |id, name: &str, role, address| Host {
        id,
        name: name.into(),
        role,
        addresses: vec![IpAddr::V4(address)],
        ephemeral: (role == Role::Client).then_some((49152, 65535)),
        passive: (role == Role::Server).then_some((60000, 65535)),
        firewall: Vec::new(),
    };
    let link = |from, to| Link {
        between: (from, to),
        latency: Duration::from_micros(LATENCY / 2),
        bandwidth: 100_000_000,
        loss_ppm: 0,
    };
    Header {
        format: "portolan-log".into(),
        version: VERSION,
        source: Source::Simulation {
            scenario: "first-file".into(),
            seed: 1,
            settings: Map::new(),
        },
        title: "One file".into(),
        hosts: vec![
            host(CLIENT, "client", Role::Client, Ipv4Addr::new(198, 51, 100, 25)),
            host(ROUTER, "router", Role::Router, Ipv4Addr::new(198, 51, 100, 1)),
            host(SERVER, "server", Role::Server, Ipv4Addr::new(203, 0, 113, 10)),
        ],
        links: vec![link(CLIENT, ROUTER), link(ROUTER, SERVER)],
        lesson: None,
    }
}

pub(crate) fn address(host: HostId, port: u16) -> SocketAddr {
    let ip = if host == CLIENT {
        [198, 51, 100, 25]
    } else {
        [203, 0, 113, 10]
    };
    SocketAddr::from((ip, port))
}

/// What will be recorded, in any order; [`Script::log`] sorts it by time.
pub(crate) struct Script {
    pub(crate) header: Header,
    now: u64,
    entries: Vec<(u64, Entry)>,
    calls: Vec<CallState>,
    packets: usize,
}

enum Entry {
    Event(HostId, Option<Conn>, Kind),
    Sent(HostId, Option<Conn>, usize, Vec<u8>),
    Seen(HostId, Option<Conn>, usize, Seen),
}

#[derive(Clone, Copy)]
struct CallState {
    caller: (HostId, u16),
    called: (HostId, u16),
    purpose: Purpose,
    /// Next sequence numbers of caller and called.
    seq: (u32, u32),
}

impl Script {
    pub(crate) fn new() -> Self {
        Self {
            header: header(),
            now: 0,
            entries: Vec::new(),
            calls: Vec::new(),
            packets: 0,
        }
    }

    /// From here on it is this many milliseconds.
    pub(crate) fn at(&mut self, millis: u64) -> &mut Self {
        self.now = millis * 1_000;
        self
    }

    /// This many milliseconds later.
    pub(crate) fn wait(&mut self, millis: u64) -> &mut Self {
        self.now += millis * 1_000;
        self
    }

    pub(crate) fn event(&mut self, host: HostId, conn: Option<Conn>, kind: Kind) -> &mut Self {
        self.entries.push((self.now, Entry::Event(host, conn, kind)));
        self
    }

    pub(crate) fn report(&mut self, host: HostId, conn: Option<Conn>, report: Report) -> &mut Self {
        self.event(host, conn, Kind::report(report))
    }

    pub(crate) fn listens(&mut self, host: HostId, port: u16, purpose: Purpose, service: &str) -> &mut Self {
        self.event(host, None, Kind::listen_opened(address(host, port), purpose, service))
    }

    pub(crate) fn deafens(&mut self, host: HostId, port: u16) -> &mut Self {
        self.event(host, None, Kind::listen_closed(address(host, port)))
    }

    /// A call is attempted: its SYN leaves, and meets what `fate` says.
    pub(crate) fn calls(
        &mut self,
        caller: (HostId, u16),
        called: (HostId, u16),
        purpose: Purpose,
        fate: Result<(), (HostId, Seen)>,
    ) -> Conn {
        let conn = Conn(u32::try_from(self.calls.len()).unwrap());
        self.calls.push(CallState {
            caller,
            called,
            purpose,
            seq: (FIRST_SEQ, 1_000),
        });
        let kind = Kind::attempted(address(caller.0, caller.1), address(called.0, called.1), purpose);
        self.event(caller.0, Some(conn), kind);
        self.packet(conn, true, TcpFlags::SYN, &[], fate);
        conn
    }

    /// A whole handshake; takes a round trip.
    pub(crate) fn connects(&mut self, caller: (HostId, u16), called: (HostId, u16), purpose: Purpose) -> Conn {
        let conn = self.calls(caller, called, purpose, Ok(()));
        self.answers(conn);
        conn
    }

    pub(crate) fn answers(&mut self, conn: Conn) -> &mut Self {
        let CallState {
            caller,
            called,
            purpose,
            ..
        } = self.calls[conn.0 as usize];
        let (local, peer) = (address(caller.0, caller.1), address(called.0, called.1));
        self.now += LATENCY;
        self.packet(conn, false, TcpFlags::SYN | TcpFlags::ACK, &[], Ok(()));
        self.now += LATENCY;
        self.event(caller.0, Some(conn), Kind::established(local, peer, true, purpose));
        self.packet(conn, true, TcpFlags::ACK, &[], Ok(()));
        self.entries.push((
            self.now + LATENCY,
            Entry::Event(called.0, Some(conn), Kind::established(peer, local, false, purpose)),
        ));
        self
    }

    /// A RST answers a call; takes a round trip.
    pub(crate) fn refuses(&mut self, conn: Conn) -> &mut Self {
        let caller = self.calls[conn.0 as usize].caller.0;
        self.now += LATENCY;
        self.packet(conn, false, TcpFlags::RST | TcpFlags::ACK, &[], Ok(()));
        self.now += LATENCY;
        self.event(caller, Some(conn), Kind::Refused)
    }

    pub(crate) fn packet(
        &mut self,
        conn: Conn,
        by_caller: bool,
        flags: TcpFlags,
        payload: &[u8],
        fate: Result<(), (HostId, Seen)>,
    ) -> &mut Self {
        let state = &mut self.calls[conn.0 as usize];
        if flags.is_call() {
            state.seq.0 = FIRST_SEQ;
        }
        let (from, to) = if by_caller {
            (state.caller, state.called)
        } else {
            (state.called, state.caller)
        };
        let (seq, ack) = if by_caller {
            state.seq
        } else {
            (state.seq.1, state.seq.0)
        };
        let bytes = segment(address(from.0, from.1), address(to.0, to.1), (seq, ack), flags, payload);
        let takes =
            payload.len() as u32 + u32::from(flags.contains(TcpFlags::SYN)) + u32::from(flags.contains(TcpFlags::FIN));
        let next = if by_caller { &mut state.seq.0 } else { &mut state.seq.1 };
        *next = next.wrapping_add(takes);
        let (number, conn) = (self.packets, Some(conn));
        self.packets += 1;
        self.entries.push((self.now, Entry::Sent(from.0, conn, number, bytes)));
        match fate {
            Ok(()) => {
                self.entries.push((
                    self.now + LATENCY / 2,
                    Entry::Seen(ROUTER, conn, number, Seen::Forwarded),
                ));
                self.entries
                    .push((self.now + LATENCY, Entry::Seen(to.0, conn, number, Seen::Delivered)));
            }
            Err((host, seen)) => self
                .entries
                .push((self.now + LATENCY, Entry::Seen(host, conn, number, seen))),
        }
        self
    }

    /// A command goes from client to server; takes a one-way trip.
    pub(crate) fn says(&mut self, conn: Conn, line: &str) -> &mut Self {
        let (verb, argument) = match line.split_once(' ') {
            Some((verb, argument)) => (verb.to_owned(), Some(argument.to_owned())),
            None => (line.to_owned(), None),
        };
        let command = |sent| Report::Command {
            sent,
            verb: verb.clone(),
            argument: argument.clone(),
        };
        self.packet(
            conn,
            true,
            TcpFlags::PSH | TcpFlags::ACK,
            format!("{line}\r\n").as_bytes(),
            Ok(()),
        );
        self.report(CLIENT, Some(conn), command(true));
        self.now += LATENCY;
        self.report(SERVER, Some(conn), command(false))
    }

    /// A reply goes from server to client; takes a one-way trip.
    pub(crate) fn replies(&mut self, conn: Conn, code: u16, text: &str) -> &mut Self {
        let reply = |sent| Report::Reply {
            sent,
            code,
            lines: vec![text.to_owned()],
        };
        self.packet(
            conn,
            false,
            TcpFlags::PSH | TcpFlags::ACK,
            format!("{code} {text}\r\n").as_bytes(),
            Ok(()),
        );
        self.report(SERVER, Some(conn), reply(true));
        self.now += LATENCY;
        self.report(CLIENT, Some(conn), reply(false))
    }

    /// A handshake is over: at the server, and a trip later at the client, which was shown a certificate.
    pub(crate) fn secures(&mut self, conn: Conn, resumed: bool) -> &mut Self {
        let server = Secured {
            version: 0x0304,
            suite: 0x1303,
            resumed,
            certificate: None,
            trusted: None,
            tickets: None,
        };
        let client = Secured {
            certificate: Some(ShownCertificate {
                der: CERTIFICATE.to_vec(),
                sha256: [0xa5; 32],
            }),
            trusted: Some(Trusted::Pinned),
            tickets: Some(0),
            ..server.clone()
        };
        self.report(SERVER, Some(conn), Report::Secured(server));
        self.now += LATENCY;
        self.report(CLIENT, Some(conn), Report::Secured(client))
    }

    /// One side says that no more bytes come; takes a one-way trip.
    pub(crate) fn finishes(&mut self, conn: Conn, by_caller: bool) -> &mut Self {
        let CallState { caller, called, .. } = self.calls[conn.0 as usize];
        let (from, to) = if by_caller {
            (caller.0, called.0)
        } else {
            (called.0, caller.0)
        };
        self.packet(conn, by_caller, TcpFlags::FIN | TcpFlags::ACK, &[], Ok(()));
        self.event(from, Some(conn), Kind::FinSent);
        self.now += LATENCY;
        self.event(to, Some(conn), Kind::FinReceived)
    }

    pub(crate) fn starts(&mut self, action: u32, what: Action) -> &mut Self {
        self.report(CLIENT, None, Report::Started { action, what })
    }

    pub(crate) fn done(&mut self, action: u32) -> &mut Self {
        self.report(
            CLIENT,
            None,
            Report::Finished {
                action,
                outcome: Outcome::Done,
            },
        )
    }

    pub(crate) fn log(self) -> Log {
        let Self {
            header, mut entries, ..
        } = self;
        entries.sort_by_key(|(at, _)| *at);
        let mut recorder = Recorder::new(header);
        let mut ids: BTreeMap<usize, PacketId> = BTreeMap::new();
        for (at, entry) in entries {
            let at = Instant::from_micros(at);
            match entry {
                Entry::Event(host, conn, kind) => {
                    recorder.event(at, host, conn, kind);
                }
                Entry::Sent(host, conn, number, bytes) => {
                    ids.insert(number, recorder.sent(at, host, conn, &bytes));
                }
                Entry::Seen(host, conn, number, seen) => {
                    recorder.seen(at, host, conn, ids[&number], seen);
                }
            }
        }
        recorder.into_log()
    }
}

/// An IPv4 packet with a TCP segment; the checksums are not filled in.
fn segment(from: SocketAddr, to: SocketAddr, (seq, ack): (u32, u32), flags: TcpFlags, payload: &[u8]) -> Vec<u8> {
    let (SocketAddr::V4(from), SocketAddr::V4(to)) = (from, to) else {
        panic!("IPv4 only")
    };
    let length = u16::try_from(40 + payload.len()).unwrap();
    let mut bytes = vec![0x45, 0];
    bytes.extend(length.to_be_bytes());
    bytes.extend([0, 0, 0x40, 0, 64, 6, 0, 0]);
    bytes.extend(from.ip().octets());
    bytes.extend(to.ip().octets());
    bytes.extend(from.port().to_be_bytes());
    bytes.extend(to.port().to_be_bytes());
    bytes.extend(seq.to_be_bytes());
    bytes.extend(ack.to_be_bytes());
    bytes.extend([0x50, flags.bits(), 0xff, 0xff, 0, 0, 0, 0]);
    bytes.extend(payload);
    bytes
}

pub(crate) fn argument(text: &str) -> Argument {
    Argument::new(text).unwrap()
}

/// A login and the download of one file, in passive mode.
pub(crate) fn first_file() -> Log {
    first_file_with(None)
}

pub(crate) fn first_file_with(lesson: Option<Lesson>) -> Log {
    let mut script = Script::new();
    script.header.lesson = lesson;
    let control = logged_in(&mut script);
    script.starts(
        2,
        Action::Get {
            remote: argument("notes.txt"),
            local: None,
            resume: false,
        },
    );
    script
        .says(control, "PASV")
        .listens(SERVER, 60523, Purpose::Data, "FTP data");
    script.replies(control, 227, "Entering Passive Mode (203,0,113,10,236,107).");
    let data = script.connects((CLIENT, 51890), (SERVER, 60523), Purpose::Data);
    transfer(&mut script, CLIENT, data, TransferKind::Download, None);
    script.says(control, "RETR notes.txt");
    transfer(&mut script, SERVER, data, TransferKind::Download, Some(2_920));
    script.deafens(SERVER, 60523);
    script.replies(control, 150, "Opening data connection.").wait(1);
    for part in 0..2u8 {
        script
            .packet(data, false, TcpFlags::PSH | TcpFlags::ACK, &[part; 1_460], Ok(()))
            .wait(1);
    }
    script.finishes(data, false);
    script.report(CLIENT, Some(data), Report::TransferDone { bytes: 2_920 });
    script.finishes(data, true).event(SERVER, Some(data), Kind::Closed);
    script.replies(control, 226, "Transfer complete.").done(2);
    goodbye(&mut script, control, 3);
    script.log()
}

fn transfer(script: &mut Script, host: HostId, data: Conn, kind: TransferKind, size: Option<u64>) {
    script.report(
        host,
        Some(data),
        Report::Transfer {
            kind,
            path: "notes.txt".into(),
            size,
            offset: 0,
        },
    );
}

/// Ports 21 and 22 are listened on; the client connects and logs in.
pub(crate) fn logged_in(script: &mut Script) -> Conn {
    script
        .listens(SERVER, 21, Purpose::Control, "FTP")
        .listens(SERVER, 22, Purpose::Other, "SSH");
    script.at(1).starts(0, Action::Connect { host: None, port: None });
    let control = script.connects((CLIENT, 50123), (SERVER, 21), Purpose::Control);
    script.wait(LATENCY / 1_000).replies(control, 220, "Ready.").done(0);
    script.starts(
        1,
        Action::LogIn {
            user: argument("student"),
            password: argument("sea-chart"),
            account: None,
        },
    );
    script
        .says(control, "USER student")
        .replies(control, 331, "Password, please.");
    script
        .says(control, "PASS sea-chart")
        .replies(control, 230, "Logged in.")
        .done(1);
    control
}

pub(crate) fn goodbye(script: &mut Script, control: Conn, action: u32) {
    script
        .starts(action, Action::Quit)
        .says(control, "QUIT")
        .replies(control, 221, "Goodbye.");
    script.finishes(control, false).finishes(control, true);
    script.event(CLIENT, Some(control), Kind::Closed).done(action);
    script.event(CLIENT, None, Kind::Ended);
}

/// A download in active mode; the client's firewall drops the server's call.
pub(crate) fn active_blocked() -> Log {
    let mut script = Script::new();
    let control = logged_in(&mut script);
    script
        .starts(
            2,
            Action::Mode {
                mode: TransferMode::Active,
            },
        )
        .done(2);
    script.starts(
        3,
        Action::Get {
            remote: argument("notes.txt"),
            local: None,
            resume: false,
        },
    );
    script.listens(CLIENT, 51890, Purpose::Data, "FTP data");
    script
        .says(control, "PORT 198,51,100,25,202,178")
        .replies(control, 200, "Noted.");
    script.says(control, "RETR notes.txt");
    let dropped = Err((
        CLIENT,
        Seen::Dropped {
            by: DropReason::Firewall,
            rule: Some(0),
        },
    ));
    let data = script.calls((SERVER, 20), (CLIENT, 51890), Purpose::Data, dropped);
    script.wait(1_000).packet(data, true, TcpFlags::SYN, &[], dropped);
    script.wait(9_000).event(SERVER, Some(data), Kind::TimedOut);
    script.replies(control, 425, "Can't open data connection.");
    let outcome = Outcome::Denied {
        code: 425,
        text: "Can't open data connection.".into(),
    };
    script.report(CLIENT, None, Report::Finished { action: 3, outcome });
    script.deafens(CLIENT, 51890);
    goodbye(&mut script, control, 4);
    script.log()
}

/// Three ports are called: one listens and greets, one refuses, one is silent.
pub(crate) fn call_a_port() -> Log {
    let mut script = Script::new();
    script.listens(SERVER, 21, Purpose::Control, "FTP").at(1);
    script.starts(0, Action::Call { host: None, port: 21 });
    let first = script.connects((CLIENT, 50123), (SERVER, 21), Purpose::Other);
    script
        .wait(10)
        .packet(first, false, TcpFlags::PSH | TcpFlags::ACK, b"220 Ready.\r\n", Ok(()))
        .wait(10);
    script.report(
        CLIENT,
        Some(first),
        Report::Greeting {
            text: "220 Ready.".into(),
        },
    );
    script
        .finishes(first, true)
        .finishes(first, false)
        .event(CLIENT, Some(first), Kind::Closed)
        .done(0);
    script.starts(1, Action::Call { host: None, port: 80 });
    let second = script.calls((CLIENT, 53017), (SERVER, 80), Purpose::Other, Ok(()));
    script.refuses(second).done(1);
    script.starts(2, Action::Call { host: None, port: 8080 });
    let dropped = Err((
        SERVER,
        Seen::Dropped {
            by: DropReason::Firewall,
            rule: Some(0),
        },
    ));
    let third = script.calls((CLIENT, 49777), (SERVER, 8080), Purpose::Other, dropped);
    script
        .wait(5_000)
        .event(CLIENT, Some(third), Kind::TimedOut)
        .done(2)
        .event(CLIENT, None, Kind::Ended);
    script.log()
}

/// Explicit FTPS: the control connection is secured, a listing comes over TLS, and the control connection is cleared. Nothing
/// is encrypted in it: what is seen of TLS comes from the reports.
pub(crate) fn secured() -> Log {
    let mut script = Script::new();
    script.listens(SERVER, 21, Purpose::Control, "FTP").at(1);
    script.starts(0, Action::Connect { host: None, port: None });
    let control = script.connects((CLIENT, 50123), (SERVER, 21), Purpose::Control);
    script.wait(10).replies(control, 220, "Ready.").done(0);
    script.starts(1, Action::Secure);
    script.says(control, "AUTH TLS").replies(control, 234, "Go on.");
    script.secures(control, false).wait(1);
    script
        .report(CLIENT, Some(control), Report::Tickets { left: 2 })
        .done(1);
    script.says(control, "USER student").replies(control, 230, "Logged in.");
    script
        .says(control, "PASV")
        .listens(SERVER, 60523, Purpose::Data, "FTP data");
    script.replies(control, 227, "Entering Passive Mode (203,0,113,10,236,107).");
    let data = script.connects((CLIENT, 51890), (SERVER, 60523), Purpose::Data);
    script.says(control, "RETR notes.txt");
    transfer(&mut script, CLIENT, data, TransferKind::Download, None);
    script.secures(data, true);
    script
        .packet(data, false, TcpFlags::PSH | TcpFlags::ACK, &[7; 500], Ok(()))
        .wait(20);
    script.finishes(data, false).finishes(data, true);
    script.event(SERVER, Some(data), Kind::Closed);
    script.replies(control, 226, "Transfer complete.");
    script.starts(2, Action::ClearControl);
    script.says(control, "CCC").replies(control, 200, "Clear.");
    script.report(SERVER, Some(control), Report::Cleared).wait(10);
    script.report(CLIENT, Some(control), Report::Cleared).done(2);
    script.says(control, "USER student").replies(control, 230, "Still.");
    goodbye(&mut script, control, 3);
    script.log()
}

/// All of them, for what must hold of any log.
pub(crate) fn all() -> Vec<(&'static str, Log)> {
    vec![
        ("first-file", first_file()),
        ("active-blocked", active_blocked()),
        ("call-a-port", call_a_port()),
        ("secured", secured()),
    ]
}
