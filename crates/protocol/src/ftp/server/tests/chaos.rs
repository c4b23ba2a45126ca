//! Anything in any order: no panic, the contract held, every command answered once, everything closed in the end.

use portolan_wire::report::{ConnectError, ListenError, StoreError};
use proptest::prelude::*;

use super::*;
use crate::endpoint::{BLOCK, StoreRequest};

/// Something that happens to a server.
#[derive(Clone, Debug)]
enum Happening {
    Line(&'static str),
    ControlCredit(usize),
    DataCredit(usize),
    Answer(usize),
    StoreFails(StoreError),
    Listening,
    ListenFailed,
    Call,
    StrangerCalls,
    Connected,
    ConnectFailed(ConnectError),
    Data(usize),
    DataEnds,
    DataResets,
    Pass(u64),
    ControlEnds,
    ControlResets,
}

/// Lines, some of them pipelined.
const LINES: &[&str] = &[
    "PASV\r\nRETR /pub/big.bin",
    "PASV\r\nRETR /pub/big.bin\r\nSTAT\r\nNOOP",
    "PASV\r\nRETR readme.txt",
    "EPSV\r\nSTOR /new",
    "EPSV\r\nSTOR /new\r\nRETR /new",
    "EPSV\r\nLIST",
    "PORT 198,51,100,7,156,64\r\nRETR /pub/big.bin",
    "PORT 198,51,100,7,156,64\r\nRETR /pub/big.bin\r\nPWD\r\nABOR\r\nPWD",
    "EPRT |1|198.51.100.7|40000|\r\nSTOR /new",
    "PORT 198,51,100,7,156,64\r\nLIST /pub",
    "USER ada\r\nPASS secret",
    "TYPE A",
    "TYPE I",
    "CWD pub",
    "CDUP",
    "PASV",
    "EPSV",
    "PORT 198,51,100,7,156,64",
    "PORT 203,0,113,66,156,64",
    "RETR /pub/empty",
    "RETR nothing",
    "STOR new",
    "STOR /pub",
    "LIST",
    "ABOR",
    "ABOR",
    "STAT",
    "NOOP",
    "HELP",
    "FOO",
    "",
    "PASV\r\nAPPE readme.txt",
    "PASV\r\nSTOU",
    "PASV\r\nSTOU readme.txt\r\nSTOU readme.txt",
    "PASV\r\nREST 5\r\nRETR readme.txt",
    "EPSV\r\nREST 5\r\nSTOR readme.txt",
    "PASV\r\nREST 500\r\nRETR readme.txt",
    "PASV\r\nNLST pub",
    "PASV\r\nMLSD",
    "PASV\r\nMLSD readme.txt",
    "PASV\r\nRETR /pub/big.bin\r\nREIN\r\nUSER ada\r\nPASS secret",
    "REST 5",
    "APPE new",
    "NLST",
    "MLSD pub",
    "MLST readme.txt",
    "STAT pub",
    "STAT readme.txt",
    "SIZE readme.txt",
    "MDTM readme.txt",
    "MKD dir",
    "MKD dir/deeper",
    "RMD dir",
    "RMD pub",
    "DELE new",
    "DELE readme.txt",
    "RNFR readme.txt\r\nRNTO moved.txt",
    "RNFR moved.txt\r\nRNTO readme.txt",
    "RNFR pub",
    "RNTO dir",
    "OPTS MLST size;",
    "OPTS UTF8 ON",
    "FEAT",
    "CLNT chaos",
    "ALLO 5",
    "SITE HELP",
    "ACCT x",
    "REIN",
    "USER ada\r\nPASS wrong",
    "XCWD pub",
    "EPSV ALL",
];

fn happening() -> impl Strategy<Value = Happening> {
    let store_error = proptest::sample::select(vec![StoreError::Full, StoreError::Failed, StoreError::Denied]);
    let connect_error = proptest::sample::select(vec![
        ConnectError::Refused,
        ConnectError::TimedOut,
        ConnectError::LocalPort,
        ConnectError::LocalPort,
    ]);
    prop_oneof![
        60 => proptest::sample::select(LINES).prop_map(Happening::Line),
        8 => (1_usize..3_000).prop_map(Happening::ControlCredit),
        20 => (1_usize..400_000).prop_map(Happening::DataCredit),
        60 => any::<usize>().prop_map(Happening::Answer),
        2 => store_error.prop_map(Happening::StoreFails),
        20 => Just(Happening::Listening),
        2 => Just(Happening::ListenFailed),
        20 => Just(Happening::Call),
        4 => Just(Happening::StrangerCalls),
        15 => Just(Happening::Connected),
        5 => connect_error.prop_map(Happening::ConnectFailed),
        20 => (1_usize..200_000).prop_map(Happening::Data),
        10 => Just(Happening::DataEnds),
        3 => Just(Happening::DataResets),
        8 => (0_u64..12_000).prop_map(Happening::Pass),
        1 => Just(Happening::ControlEnds),
        1 => Just(Happening::ControlResets),
    ]
}

struct Chaos {
    s: Script,
    /// Lines said that want a final reply each.
    lines: usize,
    codes: Vec<u16>,
    /// The newest listener, perhaps closed by now: a call may be on its way to it.
    listener: Option<ListenerId>,
    has_control: bool,
}

impl Chaos {
    fn new() -> Self {
        let mut s = Script::with_slow_store();
        s.outputs.clear();
        Self {
            s,
            lines: 0,
            codes: Vec::new(),
            listener: None,
            has_control: true,
        }
    }

    fn happens(&mut self, what: &Happening) {
        let contract = self.s.bench.contract();
        let opening = contract.opening_conns().next();
        let listening = contract.opening_listeners().next();
        let data = contract.open_conns().filter(|conn| *conn != CONTROL).last();
        match what {
            Happening::Line(line) if self.has_control => {
                self.lines += line.split("\r\n").count();
                self.s.command(line);
            }
            Happening::ControlCredit(bytes) if self.has_control => self.s.writable(CONTROL, *bytes),
            Happening::Answer(pick) => {
                self.s.bench.answer(*pick);
            }
            Happening::StoreFails(why) => {
                if let Some((op, request)) = self.s.bench.take_request() {
                    // What can't be closed is gone all the same.
                    if let StoreRequest::Close { .. } = request {
                        let _ = self.s.bench.tree().answer(request);
                    }
                    self.s.give(Input::Stored { op, result: Err(*why) });
                }
            }
            Happening::Listening => {
                if listening.is_some() {
                    self.listener = Some(self.s.listening(60_123));
                }
            }
            Happening::ListenFailed => {
                if let Some(listener) = listening {
                    let why = ListenError::Exhausted;
                    self.s.give(Input::ListenFailed { listener, why });
                }
            }
            Happening::Call => self.call("198.51.100.7:51890"),
            Happening::StrangerCalls => self.call("203.0.113.66:51890"),
            Happening::Connected => {
                if let Some(conn) = opening {
                    self.s.connected(conn);
                }
            }
            Happening::ConnectFailed(why) => {
                if let Some(conn) = opening {
                    self.s.give(Input::ConnectFailed { conn, why: *why });
                }
            }
            Happening::Pass(millis) => self.s.pass(Duration::from_millis(*millis)),
            Happening::ControlEnds if self.has_control => {
                self.has_control = false;
                self.s.end(CONTROL);
            }
            Happening::ControlResets if self.has_control => {
                self.has_control = false;
                self.s.reset(CONTROL);
            }
            happening => {
                if let Some(conn) = data {
                    self.happens_to_data(happening, conn);
                }
            }
        }
        self.s.look();
        self.codes.extend(self.s.codes());
        self.s.outputs.clear();
        self.has_control &= self.s.bench.contract().open_conns().any(|conn| conn == CONTROL);
    }

    fn happens_to_data(&mut self, what: &Happening, conn: ConnId) {
        match what {
            Happening::DataCredit(bytes) => self.s.writable(conn, *bytes),
            Happening::Data(length) => self.s.say(conn, &vec![b'\n'; *length]),
            Happening::DataEnds => self.s.end(conn),
            Happening::DataResets => self.s.reset(conn),
            _ => {}
        }
    }

    fn call(&mut self, peer: &str) {
        if let Some(listener) = self.listener {
            self.s.call_from(listener, peer);
        }
    }

    fn finals(&self) -> usize {
        self.codes.iter().filter(|code| **code >= 200).count()
    }

    /// The peer does all it can to let the running command come to its end.
    fn calm_down(&mut self) {
        for _ in 0..100 {
            if self.finals() >= self.lines || !self.has_control {
                break;
            }
            self.happens(&Happening::ControlCredit(100_000));
            for _ in 0..40 {
                let calm = [
                    Happening::Listening,
                    Happening::Call,
                    Happening::ConnectFailed(ConnectError::Refused),
                    Happening::DataCredit(BLOCK as usize),
                    Happening::DataEnds,
                    Happening::Answer(0),
                    Happening::Answer(0),
                ];
                for happening in &calm {
                    self.happens(happening);
                }
            }
            self.happens(&Happening::Pass(31_000));
        }
    }

    fn all_goes_away(&mut self) {
        let contract = self.s.bench.contract();
        let open: Vec<ConnId> = contract.open_conns().collect();
        for conn in open {
            let is_open = self.s.bench.contract().open_conns().any(|other| other == conn);
            if is_open {
                self.s.reset(conn);
            }
        }
        while self.s.bench.answer(1) {}
        self.s.pass(Duration::from_secs(60));
        self.s.expect_over();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn whatever_happens_each_command_is_answered_once(what in proptest::collection::vec(happening(), 0..120)) {
        let mut chaos = Chaos::new();
        for happening in &what {
            chaos.happens(happening);
        }
        chaos.calm_down();
        let is_whole = chaos.has_control && !chaos.codes.contains(&421);
        let finals = chaos.finals();
        if is_whole {
            prop_assert_eq!(finals, chaos.lines, "{:?}", &chaos.codes);
        } else {
            prop_assert!(finals <= chaos.lines + 1, "{:?}", &chaos.codes);
        }
        // A preliminary reply is followed by that command's final one, but for a status in between.
        let mut open = 0;
        for code in &chaos.codes {
            match code {
                100..200 => open += 1,
                211 => {}
                _ => open = 0,
            }
            prop_assert!(open <= 1, "{:?}", &chaos.codes);
        }
        chaos.all_goes_away();
    }
}
