//! The client against scripted servers, with explicit time.

use portolan_wire::action::{Action, TransferMode};
use portolan_wire::report::{Misuse, Outcome, Report, Trouble};
use portolan_wire::{Argument, Duration};
use proptest::prelude::ProptestConfig;

use super::{Client, Config};
use crate::endpoint::{ConnId, Input, ListenerId, OpId, Output, StoreRequest};
use crate::testing::Bench;
use crate::tree::{Content, Generated, Tree, TreePath};

mod abort;
mod active;
mod alive;
mod broken;
mod commands;
mod discovery;
mod fallback;
mod hidden;
mod hostile;
mod large;
mod login;
mod resume;
mod security;
mod session;
mod splits;
mod surprises;
mod text;
mod transfers;

const SERVER: &str = "192.0.2.1:21";
const CLIENT: &str = "198.51.100.7:40000";
const CONTROL: ConnId = ConnId::opened(0);
/// The first passive data connection.
const DATA: ConnId = ConnId::opened(1);
/// The first active one.
const CALLED: ConnId = ConnId::accepted(0);
const LISTENER: ListenerId = ListenerId(0);

/// More than any test sends.
const PLENTY: usize = 1 << 30;

/// A client in the middle of a session, and all it has reported.
struct Session {
    bench: Bench<Client>,
    log: Vec<(Option<ConnId>, Report)>,
    outputs: Vec<Output>,
    actions: u32,
    /// What stands in for the store where the test answers.
    slow: Tree,
    late: Vec<(OpId, StoreRequest)>,
}

impl Session {
    fn new(config: Config) -> Self {
        Self::on(Bench::new(Client::new(config)).with_tree(stocked()))
    }

    fn on(bench: Bench<Client>) -> Self {
        let mut session = Self {
            bench,
            log: Vec::new(),
            outputs: Vec::new(),
            actions: 0,
            slow: stocked(),
            late: Vec::new(),
        };
        session.bench.give(Input::Begin);
        session
    }

    /// Connected, greeted, logged in; what was reported until then is forgotten.
    fn logged_in(mode: TransferMode) -> Self {
        Self::logged_in_with(Config { mode, ..config() })
    }

    /// The same; the test answers for the store.
    fn logged_in_without_store(mode: TransferMode) -> Self {
        let mut session = Self::idle_without_store(mode);
        session.come_in();
        session
    }

    fn idle_without_store(mode: TransferMode) -> Self {
        Self::on(Bench::new(Client::new(Config { mode, ..config() })))
    }

    /// Answers one of the storage requests that wait, if there is one.
    fn answer(&mut self, pick: usize) -> bool {
        self.late.extend(core::iter::from_fn(|| self.bench.take_request()));
        if self.late.is_empty() {
            return false;
        }
        let (op, request) = self.late.remove(pick % self.late.len());
        let result = self.slow.answer(request);
        self.give(Input::Stored { op, result });
        true
    }

    fn logged_in_with(config: Config) -> Self {
        let mut session = Self::new(config);
        session.come_in();
        session
    }

    fn come_in(&mut self) {
        let session = self;
        session.connect();
        session.reply("220 ready");
        session.act(log_in());
        session.reply("331 password?");
        session.reply("230 welcome");
        assert_eq!(session.said(), "USER demo\r\nPASS sesame\r\n");
        assert_eq!(session.outcomes(), [(1, Outcome::Done), (2, Outcome::Done)]);
        session.log.clear();
        session.outputs.clear();
    }

    fn connect(&mut self) -> u32 {
        let action = self.act(Action::Connect { host: None, port: None });
        let (local, peer) = (CLIENT.parse().unwrap(), SERVER.parse().unwrap());
        self.give(Input::Connected {
            conn: CONTROL,
            local,
            peer,
        });
        self.grant(CONTROL, PLENTY);
        action
    }

    fn act(&mut self, what: Action) -> u32 {
        self.actions += 1;
        let action = self.actions;
        self.give(Input::Act { action, what });
        action
    }

    fn give(&mut self, input: Input) {
        self.bench.give(input);
        self.log.append(&mut self.bench.take_reports());
    }

    fn grant(&mut self, conn: ConnId, bytes: usize) {
        self.give(Input::Writable { conn, bytes });
    }

    /// The server says a reply; line ends are added.
    fn reply(&mut self, lines: &str) {
        let mut bytes = lines.replace('\n', "\r\n").into_bytes();
        bytes.extend_from_slice(b"\r\n");
        self.bench.say(CONTROL, &bytes);
        self.log.append(&mut self.bench.take_reports());
    }

    fn data(&mut self, conn: ConnId, bytes: &[u8]) {
        self.bench.say(conn, bytes);
        self.log.append(&mut self.bench.take_reports());
    }

    fn eof(&mut self, conn: ConnId) {
        self.bench.end(conn);
        self.log.append(&mut self.bench.take_reports());
    }

    fn pass(&mut self, seconds: u64) {
        self.bench.pass(Duration::from_secs(seconds));
        self.log.append(&mut self.bench.take_reports());
    }

    /// What the client said on the control connection since this was last asked.
    fn said(&mut self) -> String {
        String::from_utf8(self.bench.take_sent(CONTROL)).unwrap()
    }

    /// How actions have ended since this was last asked.
    fn outcomes(&mut self) -> Vec<(u32, Outcome)> {
        let mut outcomes = Vec::new();
        self.log.retain(|(_, report)| match report {
            Report::Finished { action, outcome } => {
                outcomes.push((*action, outcome.clone()));
                false
            }
            _ => true,
        });
        outcomes
    }

    fn has(&mut self, wanted: &Output) -> bool {
        self.outputs.append(&mut self.bench.take());
        self.outputs.contains(wanted)
    }

    fn reported(&self, wanted: &Report) -> bool {
        self.log.iter().any(|(_, report)| report == wanted)
    }

    /// The passive data connection that was asked for stands.
    fn data_connected(&mut self, conn: ConnId, port: u16) {
        let local = "198.51.100.7:40001".parse().unwrap();
        let peer = format!("192.0.2.1:{port}").parse().unwrap();
        self.give(Input::Connected { conn, local, peer });
    }

    fn accepted(&mut self, conn: ConnId, peer: &str) {
        self.give(Input::Accepted {
            listener: LISTENER,
            conn,
            local: "198.51.100.7:45678".parse().unwrap(),
            peer: peer.parse().unwrap(),
        });
    }

    fn file(&mut self, at: &str) -> Option<Vec<u8>> {
        let content = self.bench.tree().content(&path(at)).ok()?;
        let size = usize::try_from(content.size()).unwrap();
        Some(content.read(0, size))
    }

    /// A passive transfer up to its transfer command.
    fn passive(&mut self, what: Action, verb_line: &str) -> u32 {
        let action = self.act(what);
        self.reply("200 type set");
        self.reply("227 Entering Passive Mode (192,0,2,1,234,96)");
        self.data_connected(DATA, 60_000);
        let said = self.said();
        assert!(said.ends_with(verb_line), "{said:?}");
        action
    }

    /// An active one.
    fn active(&mut self, what: Action, verb_line: &str) -> u32 {
        let action = self.act(what);
        self.reply("200 type set");
        let local = "198.51.100.7:45678".parse().unwrap();
        self.give(Input::Listening {
            listener: LISTENER,
            local,
        });
        assert!(self.said().ends_with("PORT 198,51,100,7,178,110\r\n"));
        self.reply("200 port noted");
        assert_eq!(self.said(), verb_line);
        action
    }

    /// Quits, and sees that nothing is left behind.
    fn quit(mut self) {
        self.log.clear();
        let action = self.act(Action::Quit);
        assert_eq!(self.said(), "QUIT\r\n");
        self.reply("221 goodbye");
        self.eof(CONTROL);
        assert_eq!(self.outcomes(), [(action, Outcome::Done)]);
        self.assert_over();
    }

    fn assert_over(&mut self) {
        self.bench.contract().assert_over();
        assert_eq!(self.bench.deadline(), None, "a timer runs for nothing");
    }
}

fn stocked() -> Tree {
    let mut tree = Tree::new(0);
    let small = Content::Bytes(b"a small file\n".as_slice().into());
    tree.add_file(&path("/local/small.txt"), small, 0).unwrap();
    tree.add_file(&path("/local/empty"), Content::Bytes([].as_slice().into()), 0)
        .unwrap();
    let large = Content::Generated(Generated {
        size: 1_000_000,
        seed: 3,
    });
    tree.add_file(&path("/local/large.bin"), large, 0).unwrap();
    tree
}

fn config() -> Config {
    Config {
        show_secrets: true,
        local: path("/local"),
        ..Config::new(SERVER.parse().unwrap())
    }
}

fn path(text: &str) -> TreePath {
    TreePath::root().join(text)
}

fn argument(text: &str) -> Argument {
    Argument::new(text).unwrap()
}

fn log_in() -> Action {
    Action::LogIn {
        user: argument("demo"),
        password: argument("sesame"),
        account: None,
    }
}

fn list() -> Action {
    Action::List { path: None }
}

fn get(remote: &str) -> Action {
    Action::Get {
        remote: argument(remote),
        local: None,
        resume: false,
    }
}

fn put(local: &str) -> Action {
    Action::Put {
        local: argument(local),
        remote: None,
        how: portolan_wire::action::PutHow::Replace,
    }
}

fn raw(line: &str) -> Action {
    Action::Raw { line: argument(line) }
}

fn denied(code: u16, text: &str) -> Outcome {
    let text = text.to_owned();
    Outcome::Denied { code, text }
}

fn failed(trouble: Trouble) -> Outcome {
    Outcome::Failed { trouble }
}

fn done(bytes: u64) -> Report {
    Report::TransferDone { bytes }
}

fn refused(why: Misuse) -> Outcome {
    Outcome::Refused { why }
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Connections and listeners that are being opened are opened, or fail.
fn make_way(session: &mut Session, works: bool) {
    use portolan_wire::report::{ConnectError, ListenError};
    let conns: Vec<_> = session.bench.contract().opening_conns().collect();
    for conn in conns {
        session.give(if works {
            let (local, peer) = (CLIENT.parse().unwrap(), SERVER.parse().unwrap());
            Input::Connected { conn, local, peer }
        } else {
            let why = ConnectError::Refused;
            Input::ConnectFailed { conn, why }
        });
    }
    let listeners: Vec<_> = session.bench.contract().opening_listeners().collect();
    for listener in listeners {
        session.give(if works {
            let local = "198.51.100.7:45678".parse().unwrap();
            Input::Listening { listener, local }
        } else {
            let why = ListenError::Exhausted;
            Input::ListenFailed { listener, why }
        });
    }
    grant_all(session);
}

fn grant_all(session: &mut Session) {
    let open: Vec<_> = session.bench.contract().open_conns().collect();
    for conn in open {
        session.grant(conn, 10_000);
    }
}
