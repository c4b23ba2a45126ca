//! Sequences of operations over every verb, against a client and a net that do their part: each command gets one final
//! reply, and that reply stands in its command's list.

use portolan_wire::ftp::Verb;
use proptest::prelude::*;

use super::*;

/// Codes that every command may get: not understood, argument, not implemented, not logged in, closing.
const ALWAYS: &[u16] = &[500, 501, 502, 530, 421];

/// What RFC 959 section 5.4 lists for a command, and what later RFCs add. (215 and so on stand for themselves.)
fn codes_of(verb: Verb) -> &'static [u16] {
    match verb.adopted() {
        Verb::USER => &[230, 331, 332],
        Verb::PASS => &[230, 202, 503, 332],
        Verb::ACCT => &[230, 202, 503],
        // A 451 is a local error's, whatever the list (RFC 1123 section 4.1.2.11).
        Verb::CWD | Verb::RMD => &[250, 550, 451],
        Verb::CDUP => &[200, 250, 550, 451],
        Verb::REIN => &[120, 220],
        // RFC 2577 section 3 has 504; after EPSV ALL there is 503.
        Verb::PORT => &[200, 503, 504],
        Verb::EPRT => &[200, 503, 504, 522],
        Verb::PASV => &[227, 425, 503, 522],
        Verb::EPSV => &[229, 200, 425, 522],
        Verb::MODE | Verb::TYPE | Verb::STRU => &[200, 504],
        Verb::ALLO => &[200, 202, 504],
        Verb::REST => &[350],
        // RFC 1123 section 4.1.3.4 has 554 and 555.
        Verb::STOR => &[
            125, 150, 226, 250, 425, 426, 451, 551, 552, 532, 450, 452, 553, 554, 555,
        ],
        Verb::STOU => &[125, 150, 226, 250, 425, 426, 451, 551, 552, 532, 450, 452, 553, 503],
        Verb::APPE => &[
            125, 150, 226, 250, 425, 426, 451, 551, 552, 532, 450, 550, 452, 553, 503,
        ],
        Verb::RETR => &[125, 150, 226, 250, 425, 426, 451, 450, 550, 554, 555],
        Verb::LIST | Verb::NLST => &[125, 150, 226, 250, 425, 426, 451, 450],
        Verb::MLSD => &[125, 150, 226, 250, 425, 426, 451, 550],
        Verb::RNFR => &[450, 550, 350],
        Verb::RNTO => &[250, 532, 553, 503, 451],
        Verb::DELE => &[250, 450, 550],
        Verb::MKD => &[257, 550, 451],
        Verb::PWD => &[257, 550],
        Verb::ABOR => &[225, 226],
        Verb::SYST => &[215],
        Verb::STAT => &[211, 212, 213, 450],
        Verb::HELP => &[211, 214],
        Verb::SITE => &[200, 202, 214],
        Verb::NOOP | Verb::CLNT | Verb::OPTS => &[200],
        Verb::FEAT => &[211],
        Verb::MDTM | Verb::SIZE => &[213, 550, 451],
        Verb::MLST => &[250, 550, 451],
        _ => &[],
    }
}

/// Arguments that mean something to some verb, and nothing to others.
const ARGUMENTS: &[&str] = &[
    "",
    "a",
    "b c",
    "caf\u{e9}",
    "say \"hi\"",
    "dir",
    "dir/x",
    "dir/deeper",
    "/",
    "..",
    "../../a",
    "-l",
    "-a dir",
    "0",
    "3",
    "99",
    "-1",
    "ada",
    "secret",
    "wrong",
    "I",
    "A",
    "E",
    "S",
    "F",
    "ALL",
    "1",
    "2",
    "198,51,100,7,156,64",
    "203,0,113,66,156,64",
    "198,51,100,7,0,25",
    "|1|198.51.100.7|40000|",
    "|2|2001:db8::7|40000|",
    "MLST size;",
    "UTF8 ON",
    "HELP",
    "RETR",
];

#[derive(Clone, Debug)]
enum Operation {
    /// Any verb with any argument.
    Line(Verb, &'static str),
    /// A transfer with all that it takes, perhaps a restart.
    Transfer {
        passive: bool,
        rest: Option<u8>,
        verb: Verb,
        name: &'static str,
    },
    /// A renaming, from and to.
    Rename(&'static str, &'static str),
    /// A login, right or wrong.
    LogIn(bool),
}

fn operation() -> impl Strategy<Value = Operation> {
    let verbs: Vec<Verb> = Verb::ALL.iter().copied().filter(|verb| *verb != Verb::QUIT).collect();
    let transfers = vec![
        Verb::RETR,
        Verb::STOR,
        Verb::APPE,
        Verb::STOU,
        Verb::LIST,
        Verb::NLST,
        Verb::MLSD,
    ];
    let argument = || proptest::sample::select(ARGUMENTS);
    let name = || proptest::sample::select(&ARGUMENTS[..12]);
    let rest = proptest::option::weighted(0.3, 0_u8..15);
    prop_oneof![
        10 => (proptest::sample::select(verbs), argument()).prop_map(|(verb, argument)| Operation::Line(verb, argument)),
        10 => (any::<bool>(), rest, proptest::sample::select(transfers), name())
            .prop_map(|(passive, rest, verb, name)| Operation::Transfer { passive, rest, verb, name }),
        3 => (name(), name()).prop_map(|(from, to)| Operation::Rename(from, to)),
        2 => any::<bool>().prop_map(Operation::LogIn),
    ]
}

impl Operation {
    fn lines(&self) -> Vec<(Verb, String)> {
        let line = |verb: Verb, argument: &str| (verb, format!("{verb} {argument}").trim_end().to_owned());
        match self {
            Self::Line(verb, argument) => vec![line(*verb, argument)],
            Self::Transfer {
                passive,
                rest,
                verb,
                name,
            } => {
                let first = match passive {
                    true => line(Verb::EPSV, ""),
                    false => line(Verb::PORT, "198,51,100,7,156,64"),
                };
                let rest = rest.map(|offset| line(Verb::REST, &offset.to_string()));
                let all = [Some(first), rest, Some(line(*verb, name))];
                all.into_iter().flatten().collect()
            }
            Self::Rename(from, to) => vec![line(Verb::RNFR, from), line(Verb::RNTO, to)],
            Self::LogIn(right) => vec![
                line(Verb::USER, "ada"),
                line(Verb::PASS, if *right { "secret" } else { "wrong" }),
            ],
        }
    }
}

/// A client and a net that do their part.
struct Session {
    s: Script,
    listener: Option<ListenerId>,
}

impl Session {
    /// Says the line, and does what the server asks for until the final reply is there.
    fn carry_out(&mut self, line: &str) -> Vec<u16> {
        self.s.command(line);
        let mut codes = self.s.codes();
        for _ in 0..20 {
            if codes.last().is_some_and(|code| *code >= 200) {
                break;
            }
            self.step();
            codes.extend(self.s.codes());
        }
        codes
    }

    fn step(&mut self) {
        let s = &mut self.s;
        s.writable(CONTROL, 10_000);
        let contract = s.bench.contract();
        let opening = contract.opening_conns().next();
        let is_asked_to_listen = contract.opening_listeners().next().is_some();
        let data = contract.open_conns().filter(|conn| *conn != CONTROL).last();
        if is_asked_to_listen {
            self.listener = Some(s.listening(60_123));
        } else if let Some(conn) = opening {
            s.connected(conn);
        } else if let Some(conn) = data.filter(|conn| s.bench.contract().readable(*conn) > 0) {
            s.say(conn, b"some\r\ntext");
            s.end(conn);
        } else if let Some(conn) = data {
            s.writable(conn, 100_000);
        } else if let Some(listener) = self.listener.filter(|it| s.bench.contract().is_listening(*it)) {
            s.call(listener);
        }
    }

    /// The client closes what the server has closed.
    fn close_data(&mut self) {
        let contract = self.s.bench.contract();
        let data: Vec<ConnId> = contract.open_conns().filter(|conn| *conn != CONTROL).collect();
        for conn in data {
            self.s.end(conn);
        }
        self.s.outputs.clear();
    }
}

fn small_tree() -> Tree {
    let mut tree = Tree::new(0);
    for name in ["a", "b c", "dir/x"] {
        tree.add_file(&at(name), Content::from(&b"hello\nworld\n"[..]), 0)
            .unwrap();
    }
    tree
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn each_command_is_answered_from_its_list(operations in proptest::collection::vec(operation(), 0..60)) {
        let config = Config { tries: 9, ..config() };
        let mut s = Script::start(Bench::new(server(config)).with_tree(small_tree()));
        s.log_in();
        let mut session = Session { s, listener: None };
        'all: for operation in &operations {
            for (verb, line) in operation.lines() {
                let codes = session.carry_out(&line);
                let (last, before) = codes.split_last().unwrap_or((&0, &[]));
                prop_assert!(*last >= 200, "{line}: {codes:?}");
                prop_assert!(before.len() <= 1 && before.iter().all(|code| *code < 200), "{line}: {codes:?}");
                for code in &codes {
                    prop_assert!(codes_of(verb).contains(code) || ALWAYS.contains(code), "{line}: {codes:?}");
                }
                // No transfer outlives its final reply, and no file stays open.
                prop_assert_eq!(session.s.bench.tree().open_files(), 0);
                session.close_data();
                if *last == 421 {
                    break 'all;
                }
            }
        }
        session.s.end(CONTROL);
        session.s.expect_over();
    }
}
