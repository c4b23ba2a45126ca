//! Fuzz bodies: any bytes are read as what happens to an endpoint, one thing after the other. Whatever that is, the
//! contract is kept, every action finishes once, and in the end nothing is left open.
//!
//! Run by the tests and by fuzz targets alike. What each byte means may change at any time: a corpus is worth its
//! coverage and no more.
#![allow(clippy::expect_used, clippy::missing_panics_doc, reason = "a fuzz body fails loudly")]

use core::net::{Ipv4Addr, SocketAddr};

use portolan_wire::action::{Action, FileType, PutHow, TransferMode};
use portolan_wire::ordered::Set;
use portolan_wire::report::{ConnectError, ListenError, Report};
use portolan_wire::{Argument, Duration};

use crate::endpoint::{ConnId, Endpoint, Input};
use crate::ftp::{client, server};
use crate::testing::Bench;
use crate::tree::{Content, Generated, Tree, TreePath};

/// A body: it takes any input and panics where its property does not hold.
pub type Body = fn(&[u8]);

/// Every body, and its name.
pub const ALL: [(&str, Body); 2] = [("client", client), ("server", server)];

const SERVER: SocketAddr = SocketAddr::new(core::net::IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 21);
const CLIENT: SocketAddr = SocketAddr::new(core::net::IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7)), 50_123);
const STRANGER: SocketAddr = SocketAddr::new(core::net::IpAddr::V4(Ipv4Addr::new(203, 0, 113, 66)), 50_123);

/// What a client may say: whole lines, some of them several.
const LINES: &[&str] = &[
    "USER ada\r\nPASS secret\r\n",
    "USER ada\r\nPASS wrong\r\n",
    "PASV\r\n",
    "EPSV\r\n",
    "EPSV ALL\r\n",
    "PORT 198,51,100,7,156,64\r\n",
    "PORT 203,0,113,66,156,64\r\n",
    "EPRT |1|0.0.0.0|40000|\r\n",
    "EPRT |2|2001:db8::7|40000|\r\n",
    "RETR pub/big\r\n",
    "RETR a\r\n",
    "REST 3\r\nRETR a\r\n",
    "STOR b\r\n",
    "APPE a\r\n",
    "STOU\r\n",
    "LIST\r\n",
    "NLST pub\r\n",
    "MLSD\r\n",
    "MLST a\r\n",
    "ABOR\r\n",
    "\u{ff}\u{f4}ABOR\r\n",
    "STAT\r\n",
    "STAT pub\r\n",
    "NOOP\r\n",
    "QUIT\r\n",
    "REIN\r\n",
    "TYPE A\r\n",
    "TYPE I\r\n",
    "CWD pub\r\n",
    "CDUP\r\n",
    "MKD c\r\n",
    "RMD c\r\n",
    "DELE b\r\n",
    "RNFR a\r\nRNTO d\r\n",
    "SIZE a\r\n",
    "MDTM a\r\n",
    "FEAT\r\n",
    "OPTS MLST size;\r\n",
    "GET / HTTP/1.1\r\n",
    "\r\n",
];

/// What a server may say: whole replies.
const REPLIES: &[&str] = &[
    "220 ready\r\n",
    "331 password?\r\n",
    "230 welcome\r\n",
    "332 account?\r\n",
    "200 fine\r\n",
    "150 here\r\n",
    "125 go\r\n",
    "226 done\r\n",
    "226-two\r\n 226 lines\r\n226 done\r\n",
    "227 (192,0,2,1,234,96)\r\n",
    "227 (10,0,0,1,234,96)\r\n",
    "227 (256,0,0,1,0,0)\r\n",
    "229 (|||60000|)\r\n",
    "229 (|||0|)\r\n",
    "211-have\r\n MLST type*;size*;\r\n REST STREAM\r\n UTF8\r\n211 end\r\n",
    "213 20\r\n",
    "213 20261122113000\r\n",
    "250-here\r\n type=file;size=5; a\r\n250 end\r\n",
    "250 fine\r\n",
    "257 \"/a\"\r\n",
    "350 go on\r\n",
    "120 wait\r\n",
    "421 I go\r\n",
    "425 no\r\n",
    "426 broken\r\n",
    "450 no\r\n",
    "500 no\r\n",
    "502 no\r\n",
    "530 no\r\n",
    "550 no\r\n",
    "SSH-2.0-x\r\n",
    "999 ?\r\n",
];

/// A server and whatever calls it.
pub fn server(data: &[u8]) {
    serve(data);
}

/// What the server reported.
fn serve(data: &[u8]) -> Vec<Report> {
    let mut script = Script(data);
    let flags = script.byte();
    let config = server::Config {
        hang_up_on_other_protocols: flags & 1 > 0,
        login_delay: match flags & 2 {
            0 => server::LoginDelay::NONE,
            _ => server::LoginDelay::default(),
        },
        ..server::Config::default()
    };
    let control = ConnId::accepted(0);
    let server = server::Server::new(config.with_account("ada", "secret"), control, SERVER, CLIENT);
    let bench = Bench::new(server).with_connection(control);
    let mut play = Play::new(bench, LINES, control, flags & 4 > 0);
    if flags & 8 > 0 {
        play.grant(control, 9_999);
        play.bench.say(control, b"USER ada\r\nPASS secret\r\nTYPE I\r\n");
    }
    while script.goes_on() {
        let step = script.byte();
        play.step(step, &mut script);
    }
    play.wind_up();
    play.reports()
}

/// A client and whatever it calls.
pub fn client(data: &[u8]) {
    call(data);
}

/// What the client reported.
fn call(data: &[u8]) -> Vec<Report> {
    let mut script = Script(data);
    let (flags, more) = (script.byte(), script.byte());
    let mode = TransferMode::ALL
        .get(usize::from(flags & 3))
        .copied()
        .unwrap_or_default();
    let config = client::Config {
        mode,
        file_type: if flags & 4 > 0 {
            FileType::Ascii
        } else {
            FileType::Image
        },
        discover: flags & 8 > 0,
        machine_listings: flags & 16 > 0,
        fall_back: flags & 32 > 0,
        keep_alive: (flags & 64 > 0).then(|| Duration::from_secs(40)),
        listing_limit: 100_000,
        ..client::Config::new(SERVER)
    };
    let control = ConnId::opened(0);
    let bench = Bench::new(client::Client::new(config));
    let mut play = Play::new(bench, REPLIES, control, more & 1 > 0);
    let mut actions = 0;
    let mut act = |play: &mut Play<client::Client>, what: Action| {
        actions += 1;
        let action = actions;
        play.bench.give(Input::Act { action, what });
    };
    act(&mut play, Action::Connect { host: None, port: None });
    if more & 2 > 0 {
        play.make_way(true);
        act(&mut play, action(1));
        for reply in ["220 ready\r\n", "331 password?\r\n", "230 welcome\r\n"] {
            play.bench.say(control, reply.as_bytes());
        }
    }
    while script.goes_on() {
        match script.byte() {
            step @ 0..=219 => play.step(step, &mut script),
            _ => act(&mut play, action(script.byte())),
        }
    }
    play.wind_up();
    let mut finished = Set::new();
    let reports = play.reports();
    for report in &reports {
        if let Report::Finished { action, .. } = report {
            assert!(finished.insert(*action), "action {action} finishes twice");
        }
    }
    assert_eq!(finished.iter().count(), actions as usize, "each action finishes");
    reports
}

fn action(which: u8) -> Action {
    let path = || Argument::new("a").expect("a name of one letter");
    let how = [PutHow::Replace, PutHow::Resume, PutHow::Append, PutHow::Unique];
    match which % 24 {
        0 => Action::Connect { host: None, port: None },
        1 => Action::LogIn {
            user: path(),
            password: path(),
            account: None,
        },
        2 => Action::LogIn {
            user: path(),
            password: path(),
            account: Some(path()),
        },
        3 => Action::Features,
        4 | 5 => Action::List { path: None },
        6 => Action::Names { path: Some(path()) },
        7 => Action::Inspect { path: path() },
        8..=11 => Action::Get {
            remote: path(),
            local: None,
            resume: which & 1 > 0,
        },
        12..=15 => Action::Put {
            local: path(),
            remote: None,
            how: how.get(usize::from(which % 4)).copied().unwrap_or_default(),
        },
        16 => Action::Delete { path: path() },
        17 => Action::Rename {
            from: path(),
            to: path(),
        },
        18 => Action::MakeDirectory { path: path() },
        19 => Action::WorkingDirectory,
        20 => Action::Type {
            representation: if which > 99 { FileType::Ascii } else { FileType::Image },
        },
        21 => Action::Mode {
            mode: TransferMode::ALL
                .get(usize::from(which % 4))
                .copied()
                .unwrap_or_default(),
        },
        22 => Action::Abort,
        _ => Action::Quit,
    }
}

/// Bytes that tell what happens next.
struct Script<'a>(&'a [u8]);

impl Script<'_> {
    fn goes_on(&self) -> bool {
        !self.0.is_empty()
    }

    /// The next byte; zero where there is none.
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    fn bytes(&mut self, most: u8) -> &[u8] {
        let (bytes, rest) = self.0.split_at(usize::from(most).min(self.0.len()));
        self.0 = rest;
        bytes
    }
}

/// An endpoint and what happens to it.
struct Play<E> {
    bench: Bench<E>,
    /// What the peer may say.
    words: &'static [&'static str],
    control: ConnId,
    called: u32,
}

impl<E: Endpoint> Play<E> {
    fn new(bench: Bench<E>, words: &'static [&'static str], control: ConnId, is_slow: bool) -> Self {
        let bench = if is_slow {
            bench.with_slow_tree(files())
        } else {
            bench.with_tree(files())
        };
        let called = 0;
        let mut play = Self {
            bench,
            words,
            control,
            called,
        };
        play.bench.give(Input::Begin);
        play
    }

    fn step(&mut self, step: u8, script: &mut Script<'_>) {
        let control = self.control;
        let data = self
            .bench
            .contract()
            .open_conns()
            .filter(|conn| *conn != control)
            .last();
        match (step % 20, data) {
            (0, _) => {
                let many = script.byte();
                let bytes = script.bytes(many).to_vec();
                self.say(control, &bytes);
            }
            (1..=7, _) => {
                let which = usize::from(script.byte()) % self.words.len();
                let words = self.words.get(which).copied().unwrap_or_default();
                // A word of Telnet's is one byte on the wire.
                let bytes: Vec<u8> = words.chars().map(|letter| u32::from(letter).to_le_bytes()[0]).collect();
                self.say(control, &bytes);
            }
            (8, _) => self.make_way(true),
            (9, _) => self.make_way(false),
            (10, _) => self.call(if script.byte() & 3 > 0 { self.peer() } else { STRANGER }),
            (11, Some(conn)) => {
                let many = usize::from(script.byte()) * 300 + 1;
                self.say(conn, &b"a line\r\n".repeat(many / 8 + 1));
            }
            (12, Some(conn)) => self.bench.end(conn),
            (13, Some(conn)) if script.byte() & 3 == 0 => self.bench.give(Input::Reset { conn }),
            (14, Some(conn)) => self.grant(conn, usize::from(script.byte()) * 999 + 1),
            (15, _) => self.grant(control, usize::from(script.byte()) * 9 + 1),
            (16 | 17, _) => {
                self.bench.answer(usize::from(script.byte()));
            }
            (18, _) => self.bench.pass(Duration::from_millis(u64::from(script.byte()) * 333)),
            (19, _) => match script.byte() {
                0..20 => self.bench.end(control),
                20..30 if self.is_open(control) => self.bench.give(Input::Reset { conn: control }),
                _ => {}
            },
            _ => {}
        }
    }

    /// Who the endpoint's peer is: whoever opened connections itself is a client.
    fn peer(&self) -> SocketAddr {
        if self.control == ConnId::accepted(0) {
            CLIENT
        } else {
            SERVER
        }
    }

    fn is_open(&self, wanted: ConnId) -> bool {
        self.bench.contract().open_conns().any(|conn| conn == wanted)
    }

    fn say(&mut self, conn: ConnId, bytes: &[u8]) {
        if self.is_open(conn) {
            self.bench.say(conn, bytes);
        }
    }

    fn grant(&mut self, conn: ConnId, bytes: usize) {
        if self.is_open(conn) {
            self.bench.give(Input::Writable { conn, bytes });
        }
    }

    fn call(&mut self, peer: SocketAddr) {
        let listener = self.bench.contract().open_listeners().next();
        if let Some(listener) = listener {
            self.called += 1;
            let conn = ConnId::accepted(self.called);
            let local = SERVER;
            self.bench.give(Input::Accepted {
                listener,
                conn,
                local,
                peer,
            });
        }
    }

    /// What is being opened is open now, or is not to be had.
    fn make_way(&mut self, works: bool) {
        let conns: Vec<_> = self.bench.contract().opening_conns().collect();
        for conn in conns {
            let (local, peer) = (CLIENT, SERVER);
            self.bench.give(match works {
                true => Input::Connected { conn, local, peer },
                false => Input::ConnectFailed {
                    conn,
                    why: ConnectError::Refused,
                },
            });
            self.grant(conn, 9_999);
        }
        let listeners: Vec<_> = self.bench.contract().opening_listeners().collect();
        for listener in listeners {
            let (local, why) = (SocketAddr::new(CLIENT.ip(), 60_123), ListenError::Exhausted);
            self.bench.give(match works {
                true => Input::Listening { listener, local },
                false => Input::ListenFailed { listener, why },
            });
        }
    }

    fn reports(&mut self) -> Vec<Report> {
        self.bench
            .take_reports()
            .into_iter()
            .map(|(_, report)| report)
            .collect()
    }

    /// Whatever happened, an end of all connections, the store's answers and time bring it to its end.
    fn wind_up(&mut self) {
        for _ in 0..2_000 {
            while self.bench.answer(0) {}
            self.make_way(false);
            if self.bench.has_requests() {
                continue;
            }
            let open = self.bench.contract().open_conns().next();
            match (self.bench.deadline(), open) {
                (Some(_), _) => self.bench.pass(Duration::from_secs(400)),
                // Behind it, the next action may begin.
                (None, Some(conn)) => self.bench.give(Input::Reset { conn }),
                (None, None) => break,
            }
        }
        while self.bench.answer(0) {}
        assert_eq!(self.bench.deadline(), None, "a machine that is over waits for nothing");
        self.bench.contract().assert_over();
        assert_eq!(self.bench.tree().open_files(), 0, "a file is left open");
    }
}

fn files() -> Tree {
    let mut tree = Tree::new(0);
    let large = Generated { size: 300_000, seed: 3 };
    for (path, content) in [("a", Content::from(&b"some bytes\n"[..])), ("pub/big", large.into())] {
        let _made = tree.add_file(&TreePath::root().join(path), content, 0);
    }
    tree
}

#[cfg(test)]
#[path = "fuzzing_tests.rs"]
mod tests;
