//! Servers that keep no rules.

use portolan_wire::action::{FileType, PutHow};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// What a server does next.
#[derive(Clone, Debug)]
enum Step {
    /// What a good server would do, so that the rest does not all happen at the door.
    Right,
    /// What one would do that has not heard of the command.
    Refuse,
    Say(Vec<u8>),
    /// On the data connection, if there is one.
    Data(Vec<u8>),
    EndData,
    ResetData,
    End,
    Reset,
    /// A data connection is made, if one is being made, or a listener is opened.
    Connect(bool),
    Call(bool),
    Abort,
    Answer(usize),
    Wait(u64),
}

fn reply() -> impl Strategy<Value = Vec<u8>> {
    let code = prop_oneof![
        Just(150),
        Just(200),
        Just(211),
        Just(213),
        Just(220),
        Just(221),
        Just(226),
        Just(227),
        Just(229),
        Just(230),
        Just(250),
        Just(257),
        Just(331),
        Just(332),
        Just(350),
        Just(421),
        Just(425),
        Just(426),
        Just(500),
        Just(502),
        Just(550),
        100_u16..700,
    ];
    let text = prop_oneof![
        Just("ok".to_owned()),
        Just("(192,0,2,1,234,96)".to_owned()),
        Just("(|||60000|)".to_owned()),
        Just("MLST type*;".to_owned()),
        Just("type=file;size=5; x".to_owned()),
        Just("\"/a\"".to_owned()),
        Just("FILE: x".to_owned()),
        (0..30_u8).prop_map(|size| size.to_string()),
        "\\PC{0,12}",
    ];
    prop_oneof![
        8 => (code, text, any::<bool>()).prop_map(|(code, text, many)| {
            if many {
                format!("{code}-{text}\r\n {text}\r\n{code} end\r\n").into_bytes()
            } else {
                format!("{code} {text}\r\n").into_bytes()
            }
        }),
        1 => vec(any::<u8>(), 1..40),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        60 => Just(Step::Right),
        6 => Just(Step::Refuse),
        4 => reply().prop_map(Step::Say),
        2 => vec(any::<u8>(), 1..70_000).prop_map(Step::Data),
        1 => Just(Step::EndData),
        1 => Just(Step::ResetData),
        1 => Just(Step::End),
        1 => Just(Step::Reset),
        4 => any::<bool>().prop_map(Step::Connect),
        2 => any::<bool>().prop_map(Step::Call),
        1 => Just(Step::Abort),
        4 => (0..4_usize).prop_map(Step::Answer),
        1 => (0..100_u64).prop_map(Step::Wait),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    let path = || argument("x");
    prop_oneof![
        2 => Just(Action::Connect { host: None, port: None }),
        2 => Just(log_in()),
        1 => Just(Action::LogIn { user: path(), password: path(), account: Some(path()) }),
        2 => Just(Action::Features),
        8 => Just(list()),
        2 => Just(Action::Names { path: None }),
        2 => Just(Action::Inspect { path: path() }),
        8 => (any::<bool>(), any::<bool>()).prop_map(|(is_here, resume)| Action::Get {
            remote: argument(if is_here { "small.txt" } else { "x" }),
            local: None,
            resume,
        }),
        8 => (0..4_usize).prop_map(|how| Action::Put {
            local: argument("large.bin"),
            remote: None,
            how: [PutHow::Replace, PutHow::Resume, PutHow::Append, PutHow::Unique][how],
        }),
        1 => Just(Action::Delete { path: path() }),
        1 => Just(Action::Rename { from: path(), to: path() }),
        1 => Just(Action::MakeDirectory { path: path() }),
        1 => Just(Action::RemoveDirectory { path: path() }),
        1 => Just(Action::WorkingDirectory),
        1 => Just(Action::ChangeDirectory { path: argument("..") }),
        1 => any::<bool>().prop_map(|is_text| Action::Type {
            representation: if is_text { FileType::Ascii } else { FileType::Image },
        }),
        2 => Just(raw("NOOP")),
        2 => Just(Action::Quit),
        2 => (0..4_usize).prop_map(|n| Action::Mode { mode: TransferMode::ALL[n] }),
    ]
}

/// A client with every switch in some position.
fn any_config() -> impl Strategy<Value = Config> {
    (0..4_usize, any::<[bool; 5]>()).prop_map(|(mode, [text, discover, machines, fall_back, alive])| Config {
        mode: TransferMode::ALL[mode],
        file_type: if text { FileType::Ascii } else { FileType::Image },
        discover,
        machine_listings: machines,
        fall_back,
        keep_alive: alive.then(|| Duration::from_secs(40)),
        listing_limit: 250_000,
        ..config()
    })
}

/// Plays `steps` against a client; the bench sees to the contract.
fn play(session: &mut Session, steps: &[Step]) {
    let mut calls = 0;
    let mut good = Good::default();
    for step in steps {
        let open: Vec<_> = session.bench.contract().open_conns().collect();
        let control = open.first().copied();
        let data = open.last().copied().filter(|conn| *conn != CONTROL);
        match step {
            Step::Right => good.act(session, &mut calls, true),
            Step::Refuse => good.act(session, &mut calls, false),
            Step::Say(bytes) => control.into_iter().for_each(|conn| session.data(conn, bytes)),
            Step::Data(bytes) => data.into_iter().for_each(|conn| session.data(conn, bytes)),
            Step::EndData => data.into_iter().for_each(|conn| session.eof(conn)),
            Step::ResetData => data.into_iter().for_each(|conn| session.give(Input::Reset { conn })),
            Step::End => control.into_iter().for_each(|conn| session.eof(conn)),
            Step::Reset => control.into_iter().for_each(|conn| session.give(Input::Reset { conn })),
            Step::Connect(works) => make_way(session, *works),
            Step::Call(is_server) => call(session, &mut calls, *is_server),
            Step::Abort => {
                session.act(Action::Abort);
            }
            Step::Answer(which) => {
                session.answer(*which);
            }
            Step::Wait(seconds) => session.pass(*seconds),
        }
    }
}

/// Somebody calls a listener, if there is one.
fn call(session: &mut Session, calls: &mut u32, is_server: bool) {
    let listener = session.bench.contract().open_listeners().next();
    if let Some(listener) = listener {
        let conn = ConnId::accepted(*calls);
        *calls += 1;
        let peer = if is_server { "192.0.2.1:20" } else { "203.0.113.9:20" };
        let (local, peer) = (CLIENT.parse().unwrap(), peer.parse().unwrap());
        session.give(Input::Accepted {
            listener,
            conn,
            local,
            peer,
        });
        grant_all(session);
    }
}

/// A good server: answers one command after the other, and carries transfers out.
#[derive(Default)]
struct Good {
    unread: String,
    /// The transfer that was begun, and how far it is.
    transfer: Option<(String, u32)>,
}

impl Good {
    fn act(&mut self, session: &mut Session, calls: &mut u32, is_willing: bool) {
        make_way(session, true);
        while session.answer(0) {}
        let open: Vec<_> = session.bench.contract().open_conns().collect();
        let Some(control) = open.first().copied() else { return };
        let sent = session.bench.take_sent(control);
        self.unread.push_str(&String::from_utf8_lossy(&sent));
        if let Some((verb, step)) = self.transfer.take() {
            self.go_on(session, (verb, step), control, open.last().copied());
            return;
        }
        let Some((line, rest)) = self.unread.split_once("\r\n") else {
            if open.len() == 1 {
                session.data(control, b"220 ready\r\n");
            }
            return;
        };
        let verb = line.get(..4).unwrap_or(line).trim().to_owned();
        self.unread = rest.to_owned();
        let answer = match verb.as_str() {
            _ if !is_willing => "502 no",
            "USER" => "331 password?",
            "PASS" => "230 welcome",
            "PASV" => "227 (192,0,2,1,234,96)",
            "EPSV" => "229 (|||60000|)",
            "QUIT" => "221 bye",
            "FEAT" => "211-have\r\n MLST type*;\r\n UTF8\r\n211 end",
            "MLST" => "250-here\r\n type=file; x\r\n250 end",
            "SIZE" => "213 20",
            "MDTM" => "213 20261122113000",
            "PWD" | "MKD" => "257 \"/a\"",
            "REST" | "RNFR" => "350 go on",
            "RETR" | "LIST" | "NLST" | "MLSD" | "STOR" | "APPE" | "STOU" => {
                call(session, calls, true);
                self.transfer = Some((verb, 0));
                "150 go"
            }
            _ => "200 fine",
        };
        session.data(control, format!("{answer}\r\n").as_bytes());
    }

    fn go_on(&mut self, session: &mut Session, (verb, step): (String, u32), control: ConnId, data: Option<ConnId>) {
        let data = data.filter(|conn| *conn != control);
        match (step, data) {
            (0 | 1, Some(conn)) if !matches!(verb.as_str(), "STOR" | "APPE" | "STOU") => {
                session.data(conn, &[b'x'; 100_000]);
            }
            (0 | 1, Some(conn)) => session.grant(conn, PLENTY),
            (2, Some(conn)) => session.eof(conn),
            (3, _) | (_, None) => {
                session.data(control, b"226 done\r\n");
                return;
            }
            _ => {}
        }
        self.transfer = Some((verb, step + 1));
    }
}

/// Whatever happened, time and the store's answers bring it all to an end.
fn wind_up(session: &mut Session, actions: u32) {
    for _ in 0..2_000 {
        while session.answer(0) {}
        make_way(session, false);
        while session.answer(0) {}
        let contract = session.bench.contract();
        let is_opening = contract.opening_conns().next().is_some() || contract.opening_listeners().next().is_some();
        match session.bench.deadline() {
            Some(_) => session.pass(400),
            None if is_opening => {}
            None => break,
        }
    }
    let finished = session.outcomes();
    let mut ids: Vec<_> = finished.iter().map(|(action, _)| *action).collect();
    ids.sort_unstable();
    let all: Vec<_> = (1..=actions).collect();
    assert_eq!(ids, all, "each action finishes, and once");
    // What may be left is an idle session.
    let control: Vec<_> = session.bench.contract().open_conns().collect();
    assert!(control.len() <= 1, "{control:?}");
    for conn in control {
        session.give(Input::Reset { conn });
    }
    while session.answer(0) {}
    assert_eq!(session.slow.open_files(), 0);
    session.assert_over();
}

/// A session with `config` before its first action or, with `logged_in`, after its login.
fn begun(config: Config, logged_in: bool) -> Session {
    // A scripted login has no place for a FEAT.
    let discover = config.discover && !logged_in;
    let mut session = Session::on(Bench::new(Client::new(Config { discover, ..config })));
    if logged_in {
        session.come_in();
    }
    session
}

proptest! {
    #![proptest_config(cases(700))]

    #[test]
    fn no_server_makes_it_stumble_or_wait_for_ever(
        actions in vec(action(), 1..6),
        logged_in in any::<bool>(),
        config in any_config(),
        steps in vec(step(), 0..60),
    ) {
        let mut session = begun(config, logged_in);
        let before = session.actions;
        if !logged_in {
            session.act(Action::Connect { host: None, port: None });
            session.act(log_in());
        }
        for what in actions {
            session.act(what);
        }
        play(&mut session, &steps);
        session.log.retain(|(_, report)| !matches!(report, Report::Finished { action, .. } if *action <= before));
        let told: Vec<_> = (1..=before).map(|action| (None, Report::Finished { action, outcome: Outcome::Done })).collect();
        session.log.extend(told);
        let actions = session.actions;
        wind_up(&mut session, actions);
    }

    #[test]
    fn no_cut_of_what_it_says_makes_a_difference(
        actions in vec(action(), 1..5),
        config in any_config(),
        said in vec(reply(), 1..12),
        cuts in vec(1..9_usize, 1..9),
    ) {
        let played = |cuts: &[usize]| {
            let mut session = begun(config.clone(), true);
            for what in &actions {
                session.act(what.clone());
            }
            let mut cuts = cuts.iter().cycle();
            for bytes in &said {
                while session.answer(0) {}
                make_way(&mut session, true);
                let mut rest = &bytes[..];
                while !rest.is_empty() && session.bench.contract().open_conns().any(|conn| conn == CONTROL) {
                    let (piece, more) = rest.split_at((*cuts.next().unwrap()).min(rest.len()));
                    session.data(CONTROL, piece);
                    rest = more;
                }
            }
            let outputs = splits::without_credit(session.bench.take());
            (session.log, outputs)
        };
        prop_assert_eq!(played(&[usize::MAX]), played(&cuts));
    }
}
