//! Our client against our server, over a net that delivers whatever it likes next, in pieces of any size.

use core::net::SocketAddr;
use std::collections::{BTreeMap, VecDeque};

use portolan_wire::Argument;
use portolan_wire::action::{Action, TransferMode};
use portolan_wire::report::{ConnectError, Outcome, Report};
use proptest::prelude::*;

use self::security::{How, Party};
use super::client::{self, Client};
use super::server::{self, Server};
use crate::endpoint::{ConnId, FromPort, Input, ListenerId, Output};
use crate::testing::{Bench, Contract};
use crate::tree::{Content, Generated, Tree, TreePath};

mod security;
mod verbs;

/// Bytes that may be under way in one direction of a connection.
const ROOM: usize = 20_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Client,
    Server,
}

impl Side {
    const fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

/// One direction of a connection.
#[derive(Debug)]
struct Pipe {
    to: ConnId,
    bytes: VecDeque<u8>,
    is_shut: bool,
    has_ended: bool,
}

/// What may happen next.
#[derive(Clone, Copy, Debug)]
enum Next {
    Input(Side),
    Deliver(Side, ConnId),
    Answer(Side),
}

struct Pair {
    client: Bench<Party<Client>>,
    server: Bench<Party<Server>>,
    /// By who sends, and over which of its connections.
    pipes: BTreeMap<(Side, ConnId), Pipe>,
    inputs: BTreeMap<Side, VecDeque<Input>>,
    listeners: BTreeMap<u16, (Side, ListenerId)>,
    accepted: BTreeMap<Side, u32>,
    plan: Vec<Action>,
    outcomes: Vec<(u32, Outcome)>,
    /// What else the client has reported.
    reports: Vec<Report>,
    /// And the server.
    there: Vec<Report>,
    /// What went over the net, by who sent it.
    wire: BTreeMap<Side, Vec<u8>>,
    next_port: u16,
    chance: u64,
    how: How,
}

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn at(path: &str) -> TreePath {
    TreePath::root().join(path)
}

fn text(text: &str) -> Argument {
    Argument::new(text).unwrap()
}

fn plan() -> Vec<Action> {
    let (host, port, path, local, remote) = (None, None, None, None, None);
    vec![
        Action::Connect { host, port },
        Action::LogIn {
            user: text("ada"),
            password: text("secret"),
            account: None,
        },
        Action::List { path },
        Action::Get {
            remote: text("pub/down.bin"),
            local,
            resume: false,
        },
        Action::Put {
            local: text("up.bin"),
            remote,
            how: portolan_wire::action::PutHow::Replace,
        },
        Action::ChangeDirectory { path: text("pub") },
        Action::Quit,
    ]
}

impl Pair {
    fn new(how: impl Into<How>, sizes: (u64, u64), seed: u64) -> Self {
        let mut here = Tree::new(0);
        let up = Generated { size: sizes.1, seed: 5 };
        here.add_file(&at("up.bin"), Content::from(up.read(0, usize::MAX)), 0)
            .unwrap();
        let mut there = Tree::new(0);
        let down = Generated { size: sizes.0, seed: 6 };
        there.add_file(&at("pub/down.bin"), down.into(), 0).unwrap();
        Self::with(how, (here, there), plan(), seed)
    }

    fn with(how: impl Into<How>, (here, there): (Tree, Tree), plan: Vec<Action>, seed: u64) -> Self {
        let how = how.into();
        let near = if how.is_ipv6 {
            "[2001:db8::7]:50123"
        } else {
            "198.51.100.7:50123"
        };
        let mut config = client::Config::new(how.server());
        config.mode = how.mode;
        let mut there_config = server::Config::default().with_account("ada", "secret");
        how.configure(&mut config, &mut there_config);
        let server = Server::new(there_config, ConnId::accepted(0), how.server(), address(near));
        let (client, server) = how.parties(Client::new(config), server);
        Self {
            client: Bench::new(client).with_slow_tree(here),
            server: Bench::new(server).with_slow_tree(there),
            how,
            pipes: BTreeMap::new(),
            inputs: BTreeMap::new(),
            listeners: BTreeMap::new(),
            accepted: BTreeMap::new(),
            plan,
            outcomes: Vec::new(),
            reports: Vec::new(),
            there: Vec::new(),
            wire: BTreeMap::new(),
            next_port: 60_000,
            chance: seed | 1,
        }
    }

    /// Runs until nothing happens any more. After `abort_after` steps an abort is asked for; says whether it came to
    /// that.
    fn run(&mut self, abort_after: Option<usize>) -> bool {
        self.client.give(Input::Begin);
        for (action, what) in (0..).zip(core::mem::take(&mut self.plan)) {
            self.client.give(Input::Act { action, what });
        }
        for step in 0..200_000 {
            if Some(step) == abort_after {
                let what = Action::Abort;
                self.client.give(Input::Act { action: 99, what });
            }
            self.look(Side::Client);
            self.look(Side::Server);
            let possible = self.possible();
            if possible.is_empty() {
                let deadlines = [self.client.deadline(), self.server.deadline()];
                let Some(at) = deadlines.into_iter().flatten().min() else {
                    return abort_after.is_some_and(|after| after <= step);
                };
                let span = at - self.client.now();
                self.client.pass(span);
                self.server.pass(span);
                continue;
            }
            let pick = self.any(possible.len());
            self.happens(possible[pick]);
        }
        panic!("it does not come to rest");
    }

    /// Some number below `limit`.
    fn any(&mut self, limit: usize) -> usize {
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        usize::try_from(self.chance >> 40).unwrap() % limit
    }

    fn contract(&self, side: Side) -> &Contract {
        match side {
            Side::Client => self.client.contract(),
            Side::Server => self.server.contract(),
        }
    }

    fn is_open(&self, side: Side, conn: ConnId) -> bool {
        self.contract(side).open_conns().any(|open| open == conn)
    }

    fn possible(&self) -> Vec<Next> {
        let mut possible = Vec::new();
        for (&side, inputs) in &self.inputs {
            if !inputs.is_empty() {
                possible.push(Next::Input(side));
            }
        }
        for (&(from, conn), pipe) in &self.pipes {
            let is_wanted = !pipe.bytes.is_empty() && self.contract(from.other()).readable(pipe.to) > 0;
            let is_end = pipe.bytes.is_empty() && pipe.is_shut && !pipe.has_ended;
            if self.is_open(from.other(), pipe.to) && (is_wanted || is_end) {
                possible.push(Next::Deliver(from, conn));
            }
        }
        for side in [Side::Client, Side::Server] {
            let waits = match side {
                Side::Client => self.client.has_requests(),
                Side::Server => self.server.has_requests(),
            };
            if waits {
                possible.push(Next::Answer(side));
            }
        }
        possible
    }

    fn happens(&mut self, next: Next) {
        let any = self.any(3_000) + 1;
        match next {
            Next::Input(side) => {
                let input = self.inputs.get_mut(&side).and_then(VecDeque::pop_front).unwrap();
                self.give(side, input);
            }
            Next::Deliver(from, conn) => self.deliver(from, conn, any),
            Next::Answer(Side::Client) => assert!(self.client.answer(any)),
            Next::Answer(Side::Server) => assert!(self.server.answer(any)),
        }
    }

    fn give(&mut self, side: Side, input: Input) {
        let established = match &input {
            Input::Connected { conn, .. } | Input::Accepted { conn, .. } => Some(*conn),
            Input::Reset { conn } if !self.is_open(side, *conn) => return,
            _ => None,
        };
        match side {
            Side::Client => self.client.give(input),
            Side::Server => self.server.give(input),
        }
        if let Some(conn) = established {
            let bytes = ROOM;
            self.give(side, Input::Writable { conn, bytes });
        }
    }

    fn deliver(&mut self, from: Side, conn: ConnId, most: usize) {
        let pipe = &self.pipes[&(from, conn)];
        let (to, credit) = (pipe.to, self.contract(from.other()).readable(pipe.to));
        let pipe = self.pipes.get_mut(&(from, conn)).unwrap();
        let length = pipe.bytes.len().min(credit).min(most);
        let bytes: Vec<u8> = pipe.bytes.drain(..length).collect();
        if bytes.is_empty() {
            pipe.has_ended = true;
            return self.give(from.other(), Input::Eof { conn: to });
        }
        self.give(from.other(), Input::Received { conn: to, bytes });
        if self.is_open(from, conn) {
            let bytes = length;
            self.give(from, Input::Writable { conn, bytes });
        }
    }

    fn look(&mut self, side: Side) {
        let outputs = match side {
            Side::Client => self.client.take(),
            Side::Server => self.server.take(),
        };
        for output in outputs {
            match output {
                Output::Connect {
                    conn, to, from_port, ..
                } => self.connect(side, conn, to, from_port),
                Output::Listen { listener, address, .. } => {
                    self.next_port += 1;
                    self.listeners.insert(self.next_port, (side, listener));
                    let local = SocketAddr::new(address, self.next_port);
                    self.later(side, Input::Listening { listener, local });
                }
                Output::StopListening { listener } => {
                    self.listeners.retain(|_, open| *open != (side, listener));
                }
                Output::Send { conn, bytes } => {
                    let pipe = self.pipes.get_mut(&(side, conn)).unwrap();
                    self.wire.entry(side).or_default().extend_from_slice(&bytes);
                    pipe.bytes.extend(bytes);
                    assert!(pipe.bytes.len() <= ROOM);
                }
                Output::Shutdown { conn } => self.pipes.get_mut(&(side, conn)).unwrap().is_shut = true,
                Output::Abort { conn } => {
                    if let Some(pipe) = self.pipes.remove(&(side, conn)) {
                        self.later(side.other(), Input::Reset { conn: pipe.to });
                    }
                }
                Output::Event {
                    report: Report::Finished { action, outcome },
                    ..
                } => self.outcomes.push((action, outcome)),
                Output::Event { report, .. } if side == Side::Client => self.reports.push(report),
                Output::Event { report, .. } => self.there.push(report),
                _ => {}
            }
        }
    }

    fn connect(&mut self, side: Side, conn: ConnId, to: SocketAddr, from_port: FromPort) {
        if matches!(from_port, FromPort::Exactly(_)) && self.any(2) == 0 {
            let why = ConnectError::LocalPort;
            return self.later(side, Input::ConnectFailed { conn, why });
        }
        let (near, far) = match (side, self.how.is_ipv6) {
            (Side::Client, false) => (address("198.51.100.7:51000"), to),
            (Side::Client, true) => (address("[2001:db8::7]:51000"), to),
            (Side::Server, _) => (
                SocketAddr::new(self.how.server().ip(), self.how.server().port() - 1),
                to,
            ),
        };
        let other = if to == self.how.server() {
            self.server.establish(ConnId::accepted(0));
            self.give(Side::Server, Input::Begin);
            let (conn, bytes) = (ConnId::accepted(0), ROOM);
            self.give(Side::Server, Input::Writable { conn, bytes });
            conn
        } else if let Some(&(listening, listener)) = self.listeners.get(&to.port()) {
            let count = self.accepted.entry(listening).or_default();
            *count += 1;
            let conn = ConnId::accepted(*count);
            let (local, peer) = (far, near);
            self.later(
                listening,
                Input::Accepted {
                    listener,
                    conn,
                    local,
                    peer,
                },
            );
            conn
        } else {
            let why = ConnectError::Refused;
            return self.later(side, Input::ConnectFailed { conn, why });
        };
        for (from, own, to) in [(side, conn, other), (side.other(), other, conn)] {
            let (bytes, is_shut, has_ended) = (VecDeque::new(), false, false);
            let pipe = Pipe {
                to,
                bytes,
                is_shut,
                has_ended,
            };
            self.pipes.insert((from, own), pipe);
        }
        let (local, peer) = (near, far);
        self.later(side, Input::Connected { conn, local, peer });
    }

    fn later(&mut self, side: Side, input: Input) {
        self.inputs.entry(side).or_default().push_back(input);
    }
}

/// One of the ways in which all of it has to work.
fn how() -> impl Strategy<Value = How> {
    proptest::sample::select(How::grid())
}

fn mode() -> impl Strategy<Value = TransferMode> {
    proptest::sample::select(&TransferMode::ALL[..])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn whatever_comes_first_the_files_arrive(how in how(), down in 0_u64..200_000, up in 0_u64..200_000, seed: u64) {
        let mut pair = Pair::new(how, (down, up), seed);
        pair.run(None);
        let done: Vec<(u32, Outcome)> = (0..7).map(|action| (action, Outcome::Done)).collect();
        prop_assert_eq!(&pair.outcomes, &done);
        pair.client.contract().assert_over();
        pair.server.contract().assert_over();
        prop_assert_eq!(pair.client.tree().open_files() + pair.server.tree().open_files(), 0);
        let whole = |content: &Content| content.read(0, usize::MAX);
        let got = whole(pair.client.tree().content(&at("down.bin")).unwrap());
        let expected = Generated { size: down, seed: 6 }.read(0, usize::MAX);
        prop_assert!(got == expected);
        let put = whole(pair.server.tree().content(&at("up.bin")).unwrap());
        let expected = Generated { size: up, seed: 5 }.read(0, usize::MAX);
        prop_assert!(put == expected);
    }

    #[test]
    fn an_abort_at_any_moment_leaves_nothing_open(how in how(), size in 0_u64..100_000, seed: u64, at in 0_usize..900) {
        let mut pair = Pair::new(how, (size, size), seed);
        let was_asked = pair.run(Some(at));
        let mut finished: Vec<u32> = pair.outcomes.iter().map(|(action, _)| *action).collect();
        finished.sort_unstable();
        let mut expected = vec![0, 1, 2, 3, 4, 5, 6];
        if was_asked {
            expected.push(99);
        }
        prop_assert_eq!(finished, expected);
        pair.client.contract().assert_over();
        pair.server.contract().assert_over();
        prop_assert_eq!(pair.client.tree().open_files() + pair.server.tree().open_files(), 0);
    }
}
