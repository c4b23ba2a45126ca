//! The server, rule by rule: a scripted peer, explicit time, and the contract watched all along.

mod access;
mod bounce;
mod chaos;
mod control;
mod data;
mod ends;
mod files;
mod limits;
mod listings;
mod names;
mod operations;
mod refusals;
mod restart;
mod security;
mod size;
mod states;

use core::net::SocketAddr;
use std::collections::VecDeque;

use portolan_wire::Duration;
use portolan_wire::ftp::{Reply, ReplyReader};
use portolan_wire::report::{Note, Report, Trouble};

use super::{Config, LoginDelay, Server};
use crate::endpoint::{ConnId, FromPort, Input, ListenerId, Output};
use crate::testing::Bench;
use crate::tree::{Content, Generated, Tree, TreePath};

const CONTROL: ConnId = ConnId::accepted(0);

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn at(path: &str) -> TreePath {
    TreePath::root().join(path)
}

/// Ada may log in. That somebody may not is said at once.
fn config() -> Config {
    let login_delay = LoginDelay::NONE;
    let config = Config::default().with_account("ada", "secret");
    Config { login_delay, ..config }
}

/// A server at 192.0.2.10, called by 198.51.100.7.
fn server(config: Config) -> Server {
    Server::new(config, CONTROL, address("192.0.2.10:21"), address("198.51.100.7:50123"))
}

fn files() -> Tree {
    let mut tree = Tree::new(0);
    tree.add_file(&at("readme.txt"), Content::from(&b"hello\nworld\n"[..]), 0)
        .unwrap();
    tree.add_file(&at("pub/empty"), Content::from(&b""[..]), 0).unwrap();
    tree.add_file(
        &at("pub/big.bin"),
        Generated {
            size: 1_000_000,
            seed: 3,
        }
        .into(),
        0,
    )
    .unwrap();
    tree
}

/// A server on its bench, and a peer who follows a script.
struct Script {
    bench: Bench<Server>,
    reader: ReplyReader,
    replies: VecDeque<Reply>,
    /// What came out, but for the control connection's bytes.
    outputs: Vec<Output>,
    accepted: u32,
}

impl Script {
    /// The server with files, and a control connection over IPv4, greeted.
    fn new() -> Self {
        Self::with(config())
    }

    /// As [`Script::new`], and Ada is logged in with type I.
    fn logged_in() -> Self {
        let mut s = Self::new();
        s.log_in();
        s
    }

    /// As [`Script::logged_in`], but the store answers only when it is told to.
    fn with_slow_store() -> Self {
        let login_delay = LoginDelay::default();
        let config = Config {
            login_delay,
            ..config()
        };
        let mut s = Self::start(Bench::new(server(config)).with_slow_tree(files()));
        s.log_in();
        s
    }

    fn with(config: Config) -> Self {
        Self::start(Bench::new(server(config)).with_tree(files()))
    }

    /// Over IPv6.
    fn over_ipv6() -> Self {
        let (local, peer) = (address("[2001:db8::10]:21"), address("[2001:db8::7]:50123"));
        let mut s = Self::start(Bench::new(Server::new(config(), CONTROL, local, peer)).with_tree(files()));
        s.log_in();
        s
    }

    fn start(bench: Bench<Server>) -> Self {
        let mut s = Self {
            bench: bench.with_connection(CONTROL),
            reader: ReplyReader::new(),
            replies: VecDeque::new(),
            outputs: Vec::new(),
            accepted: 0,
        };
        s.give(Input::Begin);
        s.writable(CONTROL, 20_000);
        s.expect_reply(220);
        s
    }

    fn log_in(&mut self) {
        for (line, code) in [("USER ada", 331), ("PASS secret", 230), ("TYPE I", 200)] {
            self.command(line);
            self.expect_reply(code);
        }
    }

    fn give(&mut self, input: Input) {
        self.bench.give(input);
        self.look();
    }

    fn writable(&mut self, conn: ConnId, bytes: usize) {
        self.give(Input::Writable { conn, bytes });
    }

    fn say(&mut self, conn: ConnId, bytes: &[u8]) {
        self.bench.say(conn, bytes);
        self.look();
    }

    fn end(&mut self, conn: ConnId) {
        self.bench.end(conn);
        self.look();
    }

    fn reset(&mut self, conn: ConnId) {
        self.give(Input::Reset { conn });
    }

    fn pass(&mut self, span: Duration) {
        self.bench.pass(span);
        self.look();
    }

    fn command(&mut self, line: &str) {
        self.say(CONTROL, format!("{line}\r\n").as_bytes());
    }

    /// Answers the oldest storage request.
    fn answer(&mut self) {
        assert!(self.bench.answer(0), "nothing was asked of the store");
        self.look();
    }

    fn look(&mut self) {
        let sent = self.bench.take_sent(CONTROL);
        let mut sent = sent.as_slice();
        while let Some(received) = self.reader.next_reply(&mut sent).unwrap() {
            self.replies.push_back(received.reply);
        }
        self.outputs.append(&mut self.bench.take());
    }

    #[track_caller]
    fn expect_reply(&mut self, code: u16) -> Reply {
        let reply = self
            .replies
            .pop_front()
            .unwrap_or_else(|| panic!("no reply, instead of a {code}"));
        assert_eq!(reply.code.value(), code, "{reply}");
        reply
    }

    /// Says a line, and takes the one reply that comes at once.
    #[track_caller]
    fn ask(&mut self, line: &str, code: u16) -> String {
        self.command(line);
        let reply = self.expect_reply(code);
        self.expect_silence();
        reply.lines.join("\n")
    }

    /// Uploads `bytes` with the command `line`, over a new passive connection; the codes that were said.
    fn upload(&mut self, line: &str, bytes: &[u8]) -> Vec<u16> {
        let conn = self.passive_and_called();
        self.command(line);
        self.say(conn, bytes);
        self.end(conn);
        self.codes()
    }

    /// Downloads with the command `line`, over a new passive connection; what came, and the codes that were said.
    fn download(&mut self, line: &str) -> (Vec<u8>, Vec<u16>) {
        let conn = self.passive_and_called();
        self.command(line);
        self.writable(conn, 1 << 20);
        let bytes = self.sent(conn);
        self.end(conn);
        (bytes, self.codes())
    }

    #[track_caller]
    fn content(&mut self, path: &str) -> Vec<u8> {
        self.bench.tree().content(&at(path)).unwrap().read(0, usize::MAX)
    }

    #[track_caller]
    fn expect_silence(&self) {
        assert_eq!(self.replies.front(), None);
    }

    /// All codes that were said since they were last looked at.
    fn codes(&mut self) -> Vec<u16> {
        self.replies.drain(..).map(|reply| reply.code.value()).collect()
    }

    /// Says PASV, opens the port, and returns the listener; the 227 has been checked.
    #[track_caller]
    fn passive(&mut self) -> ListenerId {
        self.command("PASV");
        self.expect_silence();
        let listener = self.listening(60_123);
        let reply = self.expect_reply(227);
        assert!(reply.text().contains("(192,0,2,10,234,219)"), "{reply}");
        listener
    }

    /// Opens the listener that was asked for.
    #[track_caller]
    fn listening(&mut self, port: u16) -> ListenerId {
        let listener = self
            .bench
            .contract()
            .opening_listeners()
            .next()
            .expect("no listener was asked for");
        let local = SocketAddr::new(address("192.0.2.10:0").ip(), port);
        self.give(Input::Listening { listener, local });
        listener
    }

    /// The client calls; the connection's id.
    fn call(&mut self, listener: ListenerId) -> ConnId {
        self.call_from(listener, "198.51.100.7:51890")
    }

    fn call_from(&mut self, listener: ListenerId, peer: &str) -> ConnId {
        self.accepted += 1;
        let conn = ConnId::accepted(self.accepted);
        self.give(Input::Accepted {
            listener,
            conn,
            local: address("192.0.2.10:60123"),
            peer: address(peer),
        });
        conn
    }

    /// A passive data connection that the client has opened.
    #[track_caller]
    fn passive_and_called(&mut self) -> ConnId {
        let listener = self.passive();
        self.call(listener)
    }

    /// The call that the server is making: its id, its port, its target.
    #[track_caller]
    fn calling(&mut self) -> (ConnId, FromPort, SocketAddr) {
        let found = self.outputs.iter().rev().find_map(|output| match output {
            Output::Connect {
                conn, from_port, to, ..
            } => Some((*conn, *from_port, *to)),
            _ => None,
        });
        found.expect("nobody is being called")
    }

    fn connected(&mut self, conn: ConnId) {
        let (local, peer) = (address("192.0.2.10:20"), address("198.51.100.7:40000"));
        self.give(Input::Connected { conn, local, peer });
    }

    /// What was sent over a data connection.
    fn sent(&mut self, over: ConnId) -> Vec<u8> {
        let mut sent = Vec::new();
        self.outputs.retain(|output| match output {
            Output::Send { conn, bytes } if *conn == over => {
                sent.extend_from_slice(bytes);
                false
            }
            _ => true,
        });
        sent
    }

    fn has(&self, wanted: &Output) -> bool {
        self.outputs.contains(wanted)
    }

    #[track_caller]
    fn expect(&self, wanted: &Output) {
        assert!(self.has(wanted), "{wanted:?} is not among {:#?}", self.outputs);
    }

    fn reports(&self) -> Vec<(Option<ConnId>, Report)> {
        let event = |output: &Output| match output {
            Output::Event { conn, report } => Some((*conn, report.clone())),
            _ => None,
        };
        self.outputs.iter().filter_map(event).collect()
    }

    #[track_caller]
    fn expect_note(&self, conn: ConnId, note: Note) {
        let (conn, report) = (Some(conn), Report::Note { note });
        self.expect(&Output::Event { conn, report });
    }

    #[track_caller]
    fn expect_trouble(&self, conn: ConnId, trouble: Trouble) {
        let (conn, report) = (Some(conn), Report::Trouble { trouble });
        self.expect(&Output::Event { conn, report });
    }

    /// Everything has been brought to its end.
    #[track_caller]
    fn expect_over(&mut self) {
        self.bench.contract().assert_over();
        assert_eq!(self.bench.deadline(), None, "a machine that is over waits for nothing");
        assert_eq!(self.bench.tree().open_files(), 0);
    }

    /// The session ends with QUIT, and both sides close.
    #[track_caller]
    fn quit(&mut self) {
        self.command("QUIT");
        self.expect_reply(221);
        self.end(CONTROL);
        let open: Vec<ConnId> = self.bench.contract().open_conns().collect();
        for conn in open {
            self.end(conn);
        }
        self.expect_over();
    }
}
