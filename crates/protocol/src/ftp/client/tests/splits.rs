//! Nets that cut the stream anywhere.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// Reports, the file that came down, and all other outputs.
type Whole = (Vec<(Option<ConnId>, Report)>, Option<Vec<u8>>, Vec<Output>);

/// One whole session, its server's bytes cut at `cuts`; what came of it.
fn whole_session(mode: TransferMode, cuts: &[usize]) -> Whole {
    let mut session = Session::new(Config { mode, ..config() });
    for what in [
        Action::Connect { host: None, port: None },
        log_in(),
        list(),
        get("notes.txt"),
        put("large.bin"),
        Action::Features,
        Action::Inspect { path: argument("x") },
        Action::WorkingDirectory,
        raw("HELP"),
        Action::Quit,
    ] {
        session.act(what);
    }
    let mut cuts = cuts.iter().copied().cycle();
    let mut calls = Calls {
        accepted: 0,
        listened: false,
        last: DATA,
    };
    let content: Vec<u8> = (0..200_000_u32).map(|n| (n % 251) as u8).collect();
    calls.next(&mut session);
    for (reply, is_data) in [
        ("220-welcome\r\n 220 not yet\r\n220 ready\r\n", None),
        ("331 password?\r\n", None),
        ("230 come in\r\n", None),
        ("200 text\r\n", None),
        ("", None),
        ("150 list\r\n", Some(&b"a\r\nb c\r\n"[..])),
        ("226-done\r\n200 not so\r\n226 done\r\n", None),
        ("200 image\r\n", None),
        ("", None),
        ("150-here it\r\n150 comes\r\n", Some(&content[..])),
        ("226 done\r\n", None),
        ("", None),
        ("150 send\r\n", Some(b"")),
        ("226 got it\r\n", None),
        ("211-have\r\n MLST size*;\r\n SIZE\r\n211 end\r\n", None),
        ("250-this\r\n size=3; x\r\n250 end\r\n", None),
        ("257 \"/a \"\"b\"\"\" is it\r\n", None),
        ("214-try\r\n214 nothing\r\n", None),
        ("221 bye\r\n", None),
    ] {
        let reply = if reply.is_empty() {
            calls.address(mode)
        } else {
            reply.to_owned()
        };
        in_pieces(&mut session, CONTROL, reply.as_bytes(), &mut cuts);
        calls.next(&mut session);
        if let Some(data) = is_data {
            let conn = calls.last;
            in_pieces(&mut session, conn, data, &mut cuts);
            session.eof(conn);
        }
    }
    session.eof(CONTROL);
    session.assert_over();
    let file = session.file("/local/notes.txt");
    let outputs = session.bench.take();
    (coalesced(session.log), file, outputs)
}

/// As a driver may keep them: how far a transfer came is told anew with every piece, and only the last counts.
fn coalesced(log: Vec<(Option<ConnId>, Report)>) -> Vec<(Option<ConnId>, Report)> {
    let mut kept: Vec<(Option<ConnId>, Report)> = Vec::new();
    for (conn, report) in log {
        if let (Report::Progress { bytes }, Some((last, Report::Progress { bytes: before }))) = (&report, kept.last())
            && conn == *last
        {
            assert!(bytes > before, "{bytes} after {before}");
            kept.pop();
        }
        kept.push((conn, report));
    }
    kept
}

fn in_pieces(session: &mut Session, conn: ConnId, bytes: &[u8], cuts: &mut impl Iterator<Item = usize>) {
    let mut rest = bytes;
    while !rest.is_empty() {
        let (piece, more) = rest.split_at(cuts.next().unwrap_or(1).min(rest.len()));
        session.data(conn, piece);
        rest = more;
    }
}

/// Makes the connections of a whole session.
struct Calls {
    accepted: u32,
    listened: bool,
    last: ConnId,
}

impl Calls {
    fn address(&self, mode: TransferMode) -> String {
        match mode {
            TransferMode::Passive => "227 (192,0,2,1,234,96)\r\n".to_owned(),
            TransferMode::ExtendedPassive => "229 (|||60000|)\r\n".to_owned(),
            TransferMode::Active | TransferMode::ExtendedActive => "200 noted\r\n".to_owned(),
        }
    }

    fn next(&mut self, session: &mut Session) {
        let opening = session.bench.contract().opening_conns().next();
        let open = session.bench.contract().open_listeners().next();
        if opening.is_some() || session.bench.contract().opening_listeners().next().is_some() {
            make_way(session, true);
        }
        if let Some(conn) = opening {
            self.last = conn;
            session.grant(conn, PLENTY);
        } else if let Some(listener) = open {
            if self.listened {
                let conn = ConnId::accepted(self.accepted);
                self.accepted += 1;
                let (local, peer) = (CLIENT.parse().unwrap(), "192.0.2.1:20".parse().unwrap());
                session.give(Input::Accepted {
                    listener,
                    conn,
                    local,
                    peer,
                });
                session.grant(conn, PLENTY);
                self.last = conn;
            }
            self.listened = !self.listened;
        }
    }
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn the_net_may_cut_the_stream_anywhere(mode in 0..4_usize, cuts in vec(1..5_000_usize, 1..20)) {
        let mode = TransferMode::ALL[mode];
        let (log, file, outputs) = whole_session(mode, &[usize::MAX]);
        prop_assert_eq!(log.iter().filter(|(_, report)| matches!(report, Report::Finished { outcome: Outcome::Done, .. })).count(), 10);
        let (cut_log, cut_file, cut_outputs) = whole_session(mode, &cuts);
        prop_assert_eq!(log, cut_log);
        prop_assert_eq!(file, cut_file);
        prop_assert_eq!(without_credit(outputs), without_credit(cut_outputs));
    }
}

#[test]
fn the_stream_may_come_byte_by_byte() {
    for mode in TransferMode::ALL {
        let whole = whole_session(mode, &[usize::MAX]);
        let bytes = whole_session(mode, &[1]);
        assert_eq!(whole.0, bytes.0);
        assert_eq!(whole.1, bytes.1);
    }
}

/// How often credit is renewed follows the pieces; nothing else does.
pub(super) fn without_credit(outputs: Vec<Output>) -> Vec<Output> {
    let is_credit = |output: &Output| matches!(output, Output::Read { .. });
    outputs.into_iter().filter(|output| !is_credit(output)).collect()
}
