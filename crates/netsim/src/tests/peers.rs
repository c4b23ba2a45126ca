//! Small endpoints to try the world with. Each is watched: a broken rule of the contract, on either side, panics.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use portolan_protocol::endpoint::{ConnId, Endpoint, FromPort, Input, ListenerId, Output, Ports};
use portolan_protocol::testing::Contract;
use portolan_wire::Instant;
use portolan_wire::action::Action;
use portolan_wire::report::{ConnectError, Outcome, Purpose, Report, Trouble};
use std::net::{IpAddr, SocketAddr};

/// What a peer has seen, for the test to look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub received: u64,
    /// Whether every received byte was the one expected.
    pub intact: bool,
    pub eofs: u32,
    pub resets: u32,
    pub failed: Vec<ConnectError>,
    pub connected: Vec<(SocketAddr, SocketAddr)>,
    pub listening: Vec<SocketAddr>,
    pub listen_failed: u32,
    pub largest: usize,
}

pub type Shared = Rc<RefCell<Tally>>;

/// What one side of a connection does.
#[derive(Clone, Copy, Debug)]
pub struct Manners {
    /// Bytes it sends by itself.
    pub send: u64,
    /// Whether it sends back what it gets.
    pub echo: bool,
    /// Bytes it lets the other side send before it has taken them.
    pub window: usize,
    /// Whether it waits for the other side's end before it ends its own direction, or before it sends at all.
    pub end: End,
    /// Throws the connection away when so many bytes have come.
    pub abort_at: Option<u64>,
    pub purpose: Purpose,
    pub from: FromPort,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// As soon as everything was sent.
    WhenSent,
    /// When the other side has ended, too.
    AfterPeer,
    /// It sends only when the other side has ended.
    ReplyAfterPeer,
}

impl Manners {
    pub const SINK: Self = Self {
        send: 0,
        echo: false,
        window: 65_536,
        end: End::AfterPeer,
        abort_at: None,
        purpose: Purpose::Data,
        from: FromPort::Any,
    };
    pub const ECHO: Self = Self {
        echo: true,
        ..Self::SINK
    };

    pub const fn source(send: u64) -> Self {
        Self {
            send,
            end: End::WhenSent,
            ..Self::SINK
        }
    }
}

/// The byte at a place of every stream here.
pub fn pattern(at: u64) -> u8 {
    (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8
}

/// One connection under way.
#[derive(Debug)]
struct Line {
    id: ConnId,
    manners: Manners,
    writable: usize,
    sent: u64,
    received: u64,
    echo: VecDeque<u8>,
    ended: bool,
    shut: bool,
    over: bool,
}

impl Line {
    fn new(id: ConnId, manners: Manners) -> Self {
        Self {
            id,
            manners,
            writable: 0,
            sent: 0,
            received: 0,
            echo: VecDeque::new(),
            ended: false,
            shut: false,
            over: false,
        }
    }

    fn begin(&self, out: &mut VecDeque<Output>) {
        let credit = self.manners.window;
        out.push_back(Output::Read { conn: self.id, credit });
    }

    fn receive(&mut self, bytes: &[u8], tally: &Shared, out: &mut VecDeque<Output>) {
        let mut tally = tally.borrow_mut();
        let expected = (self.received..).map(pattern);
        tally.intact &= bytes.iter().copied().eq(expected.take(bytes.len()));
        tally.received += bytes.len() as u64;
        tally.largest = tally.largest.max(bytes.len());
        self.received += bytes.len() as u64;
        if self.manners.abort_at.is_some_and(|most| self.received >= most) {
            self.over = true;
            out.push_back(Output::Abort { conn: self.id });
            return;
        }
        if self.manners.echo {
            self.echo.extend(bytes);
        } else {
            out.push_back(Output::Read {
                conn: self.id,
                credit: bytes.len(),
            });
        }
        self.work(out);
    }

    fn work(&mut self, out: &mut VecDeque<Output>) {
        if self.over || self.shut {
            return;
        }
        let may_send = self.manners.end != End::ReplyAfterPeer || self.ended;
        let conn = self.id;
        while may_send && self.writable > 0 {
            let bytes: Vec<u8> = if self.manners.echo {
                let count = self.echo.len().min(self.writable);
                self.echo.drain(..count).collect()
            } else {
                let count = (self.manners.send - self.sent).min(self.writable as u64).min(65_536);
                (self.sent..self.sent + count).map(pattern).collect()
            };
            if bytes.is_empty() {
                break;
            }
            self.writable -= bytes.len();
            self.sent += bytes.len() as u64;
            let credit = bytes.len();
            out.push_back(Output::Send { conn, bytes });
            if self.manners.echo && !self.ended {
                out.push_back(Output::Read { conn, credit });
            }
        }
        let done = if self.manners.echo {
            self.echo.is_empty()
        } else {
            self.sent == self.manners.send
        };
        if done && (self.ended || self.manners.end == End::WhenSent) {
            self.shut = true;
            self.over |= self.ended;
            out.push_back(Output::Shutdown { conn });
        }
    }

    fn eof(&mut self, out: &mut VecDeque<Output>) {
        self.ended = true;
        self.over |= self.shut;
        self.work(out);
    }
}

/// A server's machine, or a client that calls where [`Action::Call`] says. It reports actions as finished when their
/// connection is over. [`Action::Connect`] calls and never ends by itself; [`Action::Abort`] aborts what is open.
#[derive(Debug)]
pub struct Peer {
    to: IpAddr,
    manners: Manners,
    lines: Vec<(Line, Option<u32>)>,
    opened: u32,
    tally: Shared,
    out: VecDeque<Output>,
    /// For a client that listens: where.
    listen: Option<(IpAddr, Ports)>,
    listened: u32,
}

impl Peer {
    pub fn server(control: ConnId, manners: Manners, tally: Shared) -> Self {
        let mut peer = Self::client(IpAddr::from([0, 0, 0, 0]), manners, tally);
        peer.lines.push((Line::new(control, manners), None));
        peer
    }

    pub fn client(to: IpAddr, manners: Manners, tally: Shared) -> Self {
        tally.borrow_mut().intact = true;
        Self {
            to,
            manners,
            lines: Vec::new(),
            opened: 0,
            tally,
            out: VecDeque::new(),
            listen: None,
            listened: 0,
        }
    }

    /// A client whose [`Action::List`] listens and whose [`Action::Quit`] stops that.
    pub fn listener(address: IpAddr, ports: Ports, manners: Manners, tally: Shared) -> Self {
        let mut peer = Self::client(address, manners, tally);
        peer.listen = Some((address, ports));
        peer
    }

    fn act(&mut self, action: u32, what: &Action) {
        match (what, self.listen) {
            (Action::Call { port, .. }, _) => {
                let conn = ConnId::opened(self.opened);
                self.opened += 1;
                self.lines.push((Line::new(conn, self.manners), Some(action)));
                self.out.push_back(Output::Connect {
                    conn,
                    purpose: self.manners.purpose,
                    from_port: self.manners.from,
                    to: SocketAddr::new(self.to, *port),
                });
            }
            (Action::List { .. }, Some((address, ports))) => {
                let listener = ListenerId(self.listened);
                self.listened += 1;
                let purpose = self.manners.purpose;
                self.out.push_back(Output::Listen {
                    listener,
                    purpose,
                    address,
                    ports,
                });
                self.finish(Some(action), Outcome::Done);
            }
            (Action::Quit, Some(_)) => {
                for listener in 0..self.listened {
                    let listener = ListenerId(listener);
                    self.out.push_back(Output::StopListening { listener });
                }
                self.finish(Some(action), Outcome::Done);
            }
            (Action::Abort, _) => {
                for (line, number) in core::mem::take(&mut self.lines) {
                    if !line.over {
                        self.out.push_back(Output::Abort { conn: line.id });
                    }
                    self.finish(number, Outcome::Aborted);
                }
                self.finish(Some(action), Outcome::Done);
            }
            other => panic!("no test needs {other:?}"),
        }
    }

    fn finish(&mut self, action: Option<u32>, outcome: Outcome) {
        if let Some(action) = action {
            let report = Report::Finished { action, outcome };
            self.out.push_back(Output::Event { conn: None, report });
        }
    }

    fn line(&mut self, conn: ConnId, act: impl FnOnce(&mut Line, &Shared, &mut VecDeque<Output>)) {
        let Some(place) = self.lines.iter().position(|(line, _)| line.id == conn) else {
            return;
        };
        let (line, number) = &mut self.lines[place];
        act(line, &self.tally, &mut self.out);
        if line.over {
            let number = *number;
            let outcome = if line.ended { Outcome::Done } else { Outcome::Aborted };
            self.lines.remove(place);
            self.finish(number, outcome);
        }
    }

    fn end(&mut self, conn: ConnId, trouble: Trouble) {
        if let Some(place) = self.lines.iter().position(|(line, _)| line.id == conn) {
            let (_, number) = self.lines.remove(place);
            self.finish(number, Outcome::Failed { trouble });
        }
    }
}

impl Endpoint for Peer {
    fn handle_input(&mut self, _: Instant, input: Input) {
        match input {
            Input::Begin => {
                for (line, _) in &self.lines {
                    line.begin(&mut self.out);
                }
            }
            Input::Act { action, what } => self.act(action, &what),
            Input::Connected { conn, local, peer } => {
                self.tally.borrow_mut().connected.push((local, peer));
                self.line(conn, |line, _, out| line.begin(out));
            }
            Input::Accepted { conn, local, peer, .. } => {
                self.tally.borrow_mut().connected.push((local, peer));
                self.lines.push((Line::new(conn, self.manners), None));
                self.line(conn, |line, _, out| line.begin(out));
            }
            Input::ConnectFailed { conn, why } => {
                self.tally.borrow_mut().failed.push(why);
                self.end(conn, Trouble::ControlConnect { why });
            }
            Input::Received { conn, bytes } => self.line(conn, |line, tally, out| line.receive(&bytes, tally, out)),
            Input::Writable { conn, bytes } => self.line(conn, |line, _, out| {
                line.writable += bytes;
                line.work(out);
            }),
            Input::Eof { conn } => {
                self.tally.borrow_mut().eofs += 1;
                self.line(conn, |line, _, out| line.eof(out));
            }
            Input::Reset { conn } => {
                self.tally.borrow_mut().resets += 1;
                self.end(conn, Trouble::ControlLost);
            }
            Input::Listening { local, .. } => self.tally.borrow_mut().listening.push(local),
            Input::ListenFailed { .. } => self.tally.borrow_mut().listen_failed += 1,
            Input::Tick | Input::Stored { .. } => {}
        }
    }

    fn poll_output(&mut self) -> Output {
        self.out.pop_front().unwrap_or(Output::Timeout(None))
    }
}

/// An endpoint, and an eye on it and its driver.
pub struct Watched<E> {
    endpoint: E,
    contract: Contract,
    began: bool,
    now: Instant,
}

impl<E> Watched<E> {
    pub fn client(endpoint: E) -> Self {
        Self {
            endpoint,
            contract: Contract::default(),
            began: false,
            now: Instant::ZERO,
        }
    }

    pub fn server(endpoint: E, control: ConnId) -> Self {
        let mut watched = Self::client(endpoint);
        watched.contract.establish(control);
        watched
    }
}

impl<E: Endpoint> Endpoint for Watched<E> {
    fn handle_input(&mut self, now: Instant, input: Input) {
        assert_eq!(!self.began, input == Input::Begin, "{input:?}");
        self.began = true;
        assert!(now >= self.now, "time went back");
        self.now = now;
        self.contract.input(&input);
        self.endpoint.handle_input(now, input);
    }

    fn poll_output(&mut self) -> Output {
        let output = self.endpoint.poll_output();
        match &output {
            Output::Timeout(_) => self.contract.rest(),
            output => self.contract.output(output),
        }
        output
    }
}
