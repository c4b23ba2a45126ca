//! Servers that keep no rules.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// What a server does next.
#[derive(Clone, Debug)]
enum Step {
    /// What a good server would do, so that the rest does not all happen at the door.
    Right,
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
        Just(220),
        Just(221),
        Just(226),
        Just(227),
        Just(229),
        Just(230),
        Just(331),
        Just(421),
        Just(425),
        Just(426),
        Just(550),
        100_u16..700,
    ];
    let text = prop_oneof![
        Just("ok".to_owned()),
        Just("(192,0,2,1,234,96)".to_owned()),
        Just("(|||60000|)".to_owned()),
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
    prop_oneof![
        1 => Just(Action::Connect { host: None, port: None }),
        1 => Just(log_in()),
        4 => Just(list()),
        4 => Just(get("x")),
        4 => Just(put("large.bin")),
        1 => Just(raw("NOOP")),
        1 => Just(Action::Quit),
        1 => (0..4_usize).prop_map(|n| Action::Mode { mode: TransferMode::ALL[n] }),
    ]
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
            Step::Right => good.act(session, &mut calls),
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
    fn act(&mut self, session: &mut Session, calls: &mut u32) {
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
            "USER" => "331 password?",
            "PASS" => "230 welcome",
            "PASV" => "227 (192,0,2,1,234,96)",
            "EPSV" => "229 (|||60000|)",
            "QUIT" => "221 bye",
            "RETR" | "LIST" | "STOR" => {
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
            (0 | 1, Some(conn)) if verb != "STOR" => session.data(conn, &[b'x'; 100_000]),
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

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn no_server_makes_it_stumble_or_wait_for_ever(
        actions in vec(action(), 1..6),
        logged_in in any::<bool>(),
        mode in 0..4_usize,
        steps in vec(step(), 0..60),
    ) {
        let mode = TransferMode::ALL[mode];
        let mut session = if logged_in {
            Session::logged_in_without_store(mode)
        } else {
            Session::idle_without_store(mode)
        };
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
}
