//! A session over real sockets as a log: what the sockets did, what the endpoint said, and (where it is wanted) packets
//! made up to show it.
//!
//! Only this side's view is known, so every event happens at this side's host. Times are those at which this side knew.
//! What is secret was marked by the endpoint before it comes here; bytes are masked before they are kept anywhere.

mod tape;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::{SystemTime, UNIX_EPOCH};

use portolan_protocol::endpoint::{ConnId, Input, ListenerId, Output};
use portolan_protocol::ftp::client::{Client, Config};
use portolan_protocol::tls::{self, shell::Shell};
use portolan_session::Log;
use portolan_session::event::{Conn, Header, Host, HostId, Kind, Role, Source, VERSION};
use portolan_session::log::Recorder;
use portolan_session::mask::Masker;
use portolan_session::synth::{Side, Synthesiser};
use portolan_wire::action::Action;
use portolan_wire::report::{ConnectError, Purpose, Report};
use portolan_wire::{Duration, Instant};
use tokio::sync::mpsc;

use crate::drive::{Driver, Gate, Store, Watch};
pub use tape::Tape;

const HERE: HostId = HostId(0);
const THERE: HostId = HostId(1);

/// How often a transfer's progress is kept: often enough to be drawn, seldom enough for an upload of days.
const PROGRESS: Duration = Duration::from_millis(200);

/// Writes down a client's live session.
pub struct Live<P> {
    recorder: Recorder,
    capture: Option<Tape>,
    lines: BTreeMap<ConnId, Line>,
    listeners: BTreeMap<ListenerId, Listener>,
    /// Bytes that came in this round: what is secret in them is known when it is over.
    came: Option<(ConnId, Vec<u8>)>,
    /// What followed from them, to be recorded behind them.
    later: Vec<(u32, Filmed)>,
    /// Is told of every report as well: a progress line, a transcript.
    tell: P,
}

/// What packets are made of.
type Filmed = Box<dyn FnOnce(&mut Synthesiser) + Send>;

/// A connection, as far as it has come.
struct Line {
    conn: Conn,
    purpose: Purpose,
    /// Both addresses: this side's, the peer's.
    local: Option<SocketAddr>,
    to: SocketAddr,
    sent: Masker,
    received: Masker,
    /// Directions that have not ended.
    open: u8,
    progress: Kept,
}

/// What is kept of a transfer's progress.
#[derive(Default)]
struct Kept {
    last: Option<Instant>,
    /// The newest, if it was not kept.
    newest: Option<u64>,
}

struct Listener {
    purpose: Purpose,
    local: Option<SocketAddr>,
}

/// What came of a session.
pub struct Recorded {
    /// The log.
    pub log: Log,
    /// A log of made-up packets, if one was asked for: to be written as a capture.
    pub capture: Option<Log>,
}

/// Holds one session as its client, for `connect` and for the relay alike, under TLS if there is any: opens nothing but what
/// `gate` allows, has its files in `store`, does what comes through `actions`, and lets `watch` look on. It is over when the
/// channel is closed and every action has finished; dropping the future before closes what is open.
pub async fn hold<W: Watch>(
    config: Config,
    tls: Option<tls::Client>,
    gate: impl Into<Gate>,
    store: impl Into<Store>,
    actions: mpsc::Receiver<Action>,
    watch: W,
) -> W {
    let client = Client::new(config);
    match tls {
        None => {
            let driver = Driver::new(client, store, actions, watch).behind(gate);
            driver.run().await.1
        }
        Some(tls) => {
            let shell = Shell::new(client, tls::shell::Side::Client(tls));
            let driver = Driver::new(shell, store, actions, watch).behind(gate);
            driver.run().await.1
        }
    }
}

impl<P: FnMut(&Report)> Live<P> {
    /// A log of a session with a server that is called `name` and may be at any of these addresses. With `capture`, about so
    /// many packets are made up besides, at most.
    pub fn new(name: &str, servers: &[SocketAddr], title: &str, capture: Option<u32>, tell: P) -> Self {
        let header = header(name, servers, title);
        Self {
            capture: capture.map(|most| Tape::new(Synthesiser::new(header.clone(), HERE, THERE), most)),
            recorder: Recorder::new(header),
            lines: BTreeMap::new(),
            listeners: BTreeMap::new(),
            came: None,
            later: Vec::new(),
            tell,
        }
    }

    /// The log so far.
    pub const fn log(&self) -> &Log {
        self.recorder.log()
    }

    /// The packets that are made up, if any are.
    pub fn tape(&self) -> Option<Tape> {
        self.capture.clone()
    }

    /// Lets go of the events before `seq`, which are not wanted any more or are written elsewhere.
    pub fn forget_before(&mut self, seq: u64) {
        self.recorder.forget_before(seq);
    }

    /// Writes down that this side closes what is still open, and that all is over.
    pub fn end(&mut self, at: Instant) {
        let open: Vec<ConnId> = self.lines.keys().copied().collect();
        for id in open {
            match self.lines.get(&id).map(|line| line.local) {
                Some(Some(_)) => self.ended(at, id, Side::Here),
                _ => self.reset(at, id, Side::Here),
            }
        }
        self.recorder.event(at, HERE, None, Kind::Ended);
    }

    /// The log, when all is over.
    pub fn finish(mut self, at: Instant) -> Recorded {
        self.end(at);
        Recorded {
            log: self.recorder.into_log(),
            capture: self.capture.map(Tape::into_log),
        }
    }

    fn begin(&mut self, id: ConnId, purpose: Purpose, local: Option<SocketAddr>, to: SocketAddr) {
        let conn = self.recorder.open_conn();
        let line = Line {
            conn,
            purpose,
            local,
            to,
            sent: Masker::new(),
            received: Masker::new(),
            open: 2,
            progress: Kept::default(),
        };
        self.lines.insert(id, line);
    }

    fn established(&mut self, at: Instant, id: ConnId, local: SocketAddr, peer: SocketAddr, caller: Side) {
        let Some(line) = self.lines.get(&id) else { return };
        let (conn, purpose) = (line.conn, line.purpose);
        let kind = Kind::established(local, peer, caller == Side::Here, purpose);
        self.recorder.event(at, HERE, Some(conn), kind);
        self.film(3, move |packets| packets.established(at, conn, local, peer, caller));
    }

    fn failed(&mut self, at: Instant, id: ConnId, why: ConnectError) {
        let Some(line) = self.lines.remove(&id) else { return };
        let kind = match why {
            ConnectError::Refused => Kind::Refused,
            ConnectError::TimedOut => Kind::TimedOut,
            ConnectError::Unreachable => Kind::Unreachable,
            // Nothing was sent; the endpoint's report says what stood in the way.
            ConnectError::LocalPort | ConnectError::NotAllowed => return,
        };
        self.recorder.event(at, HERE, Some(line.conn), kind);
    }

    fn ended(&mut self, at: Instant, id: ConnId, side: Side) {
        let Some(line) = self.lines.get_mut(&id) else { return };
        let conn = line.conn;
        line.open = line.open.saturating_sub(1);
        let is_over = line.open == 0;
        // How far a transfer came is known before its end is seen.
        if let Some(bytes) = line.progress.newest.take() {
            let kind = Kind::report(Report::Progress { bytes });
            self.recorder.event(at, HERE, Some(conn), kind);
        }
        let kind = match side {
            Side::Here => Kind::FinSent,
            Side::There => Kind::FinReceived,
        };
        self.recorder.event(at, HERE, Some(conn), kind);
        self.film(2, move |packets| packets.finished(at, conn, side));
        if is_over {
            self.recorder.event(at, HERE, Some(conn), Kind::Closed);
            self.lines.remove(&id);
        }
    }

    fn reset(&mut self, at: Instant, id: ConnId, side: Side) {
        let Some(line) = self.lines.remove(&id) else { return };
        // A call that was given up before it was answered is a silence.
        let kind = match line.local {
            None => Kind::TimedOut,
            Some(_) => Kind::Reset {
                sent: side == Side::Here,
            },
        };
        self.recorder.event(at, HERE, Some(line.conn), kind);
        self.film(1, move |packets| packets.reset(at, line.conn, side));
    }

    /// Makes about so many packets, behind those of what came in this round.
    fn film(&mut self, about: u32, what: impl FnOnce(&mut Synthesiser) + Send + 'static) {
        match &self.capture {
            Some(_) if self.came.is_some() => self.later.push((about, Box::new(what))),
            Some(capture) => capture.record(about, what),
            None => {}
        }
    }
}

impl<P: FnMut(&Report)> Watch for Live<P> {
    fn report(&mut self, now: Instant, id: Option<ConnId>, report: Report) {
        (self.tell)(&report);
        let line = id.and_then(|id| self.lines.get_mut(&id));
        let conn = line.as_ref().map(|line| line.conn);
        if let (Report::Progress { bytes }, Some(line)) = (&report, line) {
            if line.progress.last.is_some_and(|last| now.since(last) < PROGRESS) {
                line.progress.newest = Some(*bytes);
                return;
            }
            line.progress = Kept {
                last: Some(now),
                newest: None,
            };
        }
        self.recorder.event(now, HERE, conn, Kind::report(report));
    }

    fn calling(&mut self, now: Instant, id: ConnId, local: SocketAddr) {
        let Some(line) = self.lines.get(&id) else { return };
        let kind = Kind::attempted(local, line.to, line.purpose);
        self.recorder.event(now, HERE, Some(line.conn), kind);
    }

    fn input(&mut self, now: Instant, input: &Input) {
        match input {
            Input::Connected { conn, local, peer } => {
                if let Some(line) = self.lines.get_mut(conn) {
                    line.local = Some(*local);
                }
                self.established(now, *conn, *local, *peer, Side::Here);
            }
            Input::ConnectFailed { conn, why } => self.failed(now, *conn, *why),
            Input::Accepted {
                listener,
                conn,
                local,
                peer,
            } => {
                let purpose = self
                    .listeners
                    .get(listener)
                    .map_or(Purpose::Data, |listener| listener.purpose);
                self.begin(*conn, purpose, Some(*local), *peer);
                self.established(now, *conn, *local, *peer, Side::There);
            }
            Input::Listening { listener, local } => {
                if let Some(known) = self.listeners.get_mut(listener) {
                    known.local = Some(*local);
                    let kind = Kind::listen_opened(*local, known.purpose, "FTP client");
                    self.recorder.event(now, HERE, None, kind);
                }
            }
            Input::Received { conn, bytes } if self.capture.is_some() => self.came = Some((*conn, bytes.clone())),
            Input::Eof { conn } => self.ended(now, *conn, Side::There),
            Input::Reset { conn } => self.reset(now, *conn, Side::There),
            _ => {}
        }
    }

    fn output(&mut self, now: Instant, output: &Output) {
        match output {
            Output::Connect { conn, purpose, to, .. } => self.begin(*conn, *purpose, None, *to),
            Output::Listen { listener, purpose, .. } => {
                let (purpose, local) = (*purpose, None);
                self.listeners.insert(*listener, Listener { purpose, local });
            }
            Output::StopListening { listener } => {
                if let Some(Listener { local: Some(local), .. }) = self.listeners.remove(listener) {
                    self.recorder
                        .event(now, HERE, None, Kind::ListenClosed { local: Box::new(local) });
                }
            }
            Output::Send { conn, bytes } => {
                if let (Some(line), true) = (self.lines.get_mut(conn), self.capture.is_some()) {
                    let (conn, shown) = (line.conn, line.sent.pass(bytes));
                    self.film(2, move |packets| packets.sent(now, conn, Side::Here, &shown));
                }
            }
            Output::Secret { conn, sent, range } => {
                if let Some(line) = self.lines.get_mut(conn) {
                    let masker = if *sent { &mut line.sent } else { &mut line.received };
                    // What comes too late has not been kept: bytes are passed when their round is over.
                    let _late = masker.mark(range.clone());
                }
            }
            Output::Shutdown { conn } => self.ended(now, *conn, Side::Here),
            Output::Abort { conn } => self.reset(now, *conn, Side::Here),
            Output::Read { .. } | Output::Store { .. } | Output::Event { .. } | Output::Timeout(_) => {}
        }
    }

    fn drained(&mut self, now: Instant) {
        let Some((id, bytes)) = self.came.take() else { return };
        if let Some(line) = self.lines.get_mut(&id) {
            let (conn, shown) = (line.conn, line.received.pass(&bytes));
            self.film(2, move |packets| packets.sent(now, conn, Side::There, &shown));
        }
        for (about, what) in core::mem::take(&mut self.later) {
            self.film(about, what);
        }
    }
}

fn header(name: &str, servers: &[SocketAddr], title: &str) -> Header {
    let host = |id, name: &str, role, addresses: Vec<IpAddr>| Host {
        id,
        name: name.to_owned(),
        role,
        addresses,
        ephemeral: None,
        passive: None,
        firewall: Vec::new(),
    };
    let mut local: Vec<IpAddr> = Vec::new();
    for address in servers.iter().filter_map(|server| local_address(*server)) {
        if !local.contains(&address) {
            local.push(address);
        }
    }
    let began = SystemTime::now().duration_since(UNIX_EPOCH);
    Header {
        format: "portolan-log".to_owned(),
        version: VERSION,
        source: Source::Live {
            began: began.map_or(0, |since| u64::try_from(since.as_micros()).unwrap_or_default()),
        },
        title: title.to_owned(),
        hosts: vec![
            host(HERE, "client", Role::Client, local),
            host(THERE, name, Role::Server, servers.iter().map(SocketAddr::ip).collect()),
        ],
        links: Vec::new(),
        lesson: None,
    }
}

/// Which of this machine's addresses leads to `server`. The system knows; nothing is sent.
fn local_address(server: SocketAddr) -> Option<IpAddr> {
    let any: SocketAddr = match server {
        SocketAddr::V4(_) => ([0; 4], 0).into(),
        SocketAddr::V6(_) => ([0_u16; 8], 0).into(),
    };
    let socket = UdpSocket::bind(any).ok()?;
    socket.connect(server).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

#[cfg(test)]
mod tests {
    use portolan_protocol::endpoint::FromPort;
    use portolan_session::event::PacketId;

    use super::*;

    #[test]
    fn what_came_lies_before_what_was_answered() {
        let [local, peer] = [50_123, 21].map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
        let mut live = Live::new("server", &[peer], "A session", Some(100), |_: &Report| {});
        let (at, conn) = (Instant::ZERO, ConnId::opened(0));
        let (from_port, purpose) = (FromPort::Any, Purpose::Control);
        live.output(
            at,
            &Output::Connect {
                conn,
                purpose,
                from_port,
                to: peer,
            },
        );
        live.input(at, &Input::Connected { conn, local, peer });
        let bytes = b"220 here\r\n".to_vec();
        live.input(at, &Input::Received { conn, bytes });
        let bytes = b"QUIT\r\n".to_vec();
        live.output(at, &Output::Send { conn, bytes });
        live.output(at, &Output::Shutdown { conn });
        live.drained(at);
        let log = live.tape().unwrap().log();
        let lengths = (0..log.packets()).filter_map(|packet| Some(log.packet(PacketId(packet))?.length));
        let carried: Vec<u32> = lengths.map(|length| length - 40).collect();
        // Three for the handshake, two of them with options; then the reply, the command and the end, each acknowledged.
        assert_eq!(carried, [8, 8, 0, 10, 0, 6, 0, 0, 0]);
    }

    #[test]
    fn a_server_is_known_by_each_of_its_addresses() {
        let servers: [SocketAddr; 3] = ["[::1]:21", "127.0.0.1:21", "127.0.0.1:21"].map(|text| text.parse().unwrap());
        let live = Live::new("localhost", &servers[..2], "A session", None, |_: &Report| {});
        let hosts = &live.log().header().hosts;
        let [client, server] = &hosts[..] else {
            panic!("two hosts")
        };
        assert_eq!(
            server.addresses,
            servers[..2].iter().map(SocketAddr::ip).collect::<Vec<_>>()
        );
        assert!(client.addresses.contains(&servers[1].ip()));
        // Two servers that one address of ours leads to are no reason to name it twice.
        let live = Live::new("localhost", &servers[1..], "A session", None, |_: &Report| {});
        assert_eq!(live.log().header().hosts[0].addresses, [servers[1].ip()]);
    }
}
