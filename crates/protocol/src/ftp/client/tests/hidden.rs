//! The password and the account of a live session, wherever a server may echo them.

use core::ops::Range;

use portolan_wire::report::{MASK, Trouble};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn live() -> Session {
    let mut session = Session::new(Config {
        show_secrets: false,
        discover: true,
        ..config()
    });
    session.connect();
    session
}

fn log_in_with(password: &str, account: &str) -> Action {
    Action::LogIn {
        user: argument("demo"),
        password: argument(password),
        account: Some(argument(account)),
    }
}

/// The marked parts of what was received over `conn`.
fn marked(outputs: &[Output], conn: ConnId, sent: bool) -> Vec<Range<u64>> {
    let mine = |output: &Output| match output {
        Output::Secret {
            conn: over,
            sent: way,
            range,
        } if (*over, *way) == (conn, sent) => Some(range.clone()),
        _ => None,
    };
    outputs.iter().filter_map(mine).collect()
}

/// What is left of `bytes` without the marked parts.
fn left(bytes: &[u8], ranges: &[Range<u64>]) -> Vec<u8> {
    let is_open = |at: usize| !ranges.iter().any(|range| range.contains(&(at as u64)));
    let kept = bytes.iter().enumerate().filter(|(at, _)| is_open(*at));
    kept.map(|(_, byte)| *byte).collect()
}

fn has(bytes: &[u8], secret: &str) -> bool {
    bytes.windows(secret.len()).any(|window| window == secret.as_bytes())
}

/// The server's side of a control connection, cut into pieces.
struct Teller<'a> {
    cuts: core::iter::Cycle<core::slice::Iter<'a, usize>>,
    said: Vec<u8>,
}

impl Teller<'_> {
    fn say(&mut self, session: &mut Session, text: &str) {
        let text = text.replace('\n', "\r\n") + "\r\n";
        self.said.extend_from_slice(text.as_bytes());
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            let (piece, more) = rest.split_at((*self.cuts.next().unwrap()).min(rest.len()));
            session.data(CONTROL, piece);
            rest = more;
        }
    }
}

/// A session whose server echoes in every place there is, its stream cut into pieces.
fn echoed(password: &str, account: &str, cuts: &[usize]) {
    let echo = format!("{password}{account}");
    let mut session = live();
    let mut teller = Teller {
        cuts: cuts.iter().cycle(),
        said: Vec::new(),
    };
    teller.say(&mut session, "220 ready");
    session.act(log_in_with(password, account));
    teller.say(&mut session, &format!("331 is it {echo}?"));
    teller.say(&mut session, &format!("332 {echo}?"));
    teller.say(&mut session, &format!("230-{echo}\n {echo}\n230 {echo}"));
    teller.say(&mut session, &format!("211-{echo}\n {echo} {echo}\n {echo}\n211 end"));
    session.act(raw(&format!("SITE {password} {account}")));
    teller.say(&mut session, &format!("500 SITE {echo}?"));
    session.act(Action::WorkingDirectory);
    teller.say(&mut session, &format!("257 \"/{echo}\""));
    session.act(Action::WorkingDirectory);
    teller.say(&mut session, &format!("200 {}{echo}", "x".repeat(190)));
    session.act(list());
    teller.say(&mut session, "200 text\n227 (192,0,2,1,234,96)");
    session.data_connected(DATA, 60_000);
    teller.say(&mut session, &format!("150 {echo}"));
    let listed = format!("-rw {echo}\r\n{echo}\r\n{echo}");
    for piece in listed.as_bytes().chunks(3) {
        session.data(DATA, piece);
    }
    session.eof(DATA);
    teller.say(&mut session, &format!("226 {echo}"));
    session.act(raw("NOOP"));
    teller.say(&mut session, &format!("{}{echo}", "x".repeat(180)));
    assert_hidden(&mut session, &[password, account], &teller.said, listed.as_bytes());
}

/// That the secrets stand in no report and no open part of what was sent, heard and listed.
fn assert_hidden(session: &mut Session, secrets: &[&str], heard: &[u8], listed: &[u8]) {
    let log = format!("{:?} {:?}", session.log, session.bench.endpoint());
    let Some((_, Report::Finished { outcome, .. })) = session.log.last() else {
        panic!("{log}");
    };
    let trouble = |outcome: &Outcome| {
        matches!(
            outcome,
            Outcome::Failed {
                trouble: Trouble::Malformed { .. }
            }
        )
    };
    assert!(trouble(outcome), "the session came to its end: {outcome:?}");
    let outputs = session.bench.take();
    let sent = outputs.iter().filter_map(|output| match output {
        Output::Send { conn: CONTROL, bytes } => Some(bytes.as_slice()),
        _ => None,
    });
    let sent = sent.collect::<Vec<_>>().concat();
    let streams = [
        (CONTROL, true, &sent[..]),
        (CONTROL, false, heard),
        (DATA, false, listed),
    ];
    for secret in secrets {
        assert!(!log.contains(secret), "{log}");
        for (conn, is_sent, bytes) in streams {
            let open = left(bytes, &marked(&outputs, conn, is_sent));
            assert!(has(bytes, secret) && !has(&open, secret), "{conn:?} {is_sent}");
        }
    }
}

#[test]
fn no_echo_shows_a_secret() {
    for cuts in [&[1_usize][..], &[7], &[100_000]] {
        echoed("sesame#1", "Kto-4711", cuts);
        echoed("with space", "space", cuts);
    }
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn no_secret_shows_however_the_stream_is_cut(
        password in "[Q-Z]{3}[!-/Q-Z]{1,9}",
        account in "[Q-Z]{3}[!-/Q-Z]{1,9}",
        cuts in vec(1..40_usize, 1..9),
    ) {
        echoed(&password, &account, &cuts);
    }
}

#[test]
fn a_raw_line_shows_no_secret_old_or_new() {
    let mut session = live();
    session.reply("220 ready");
    session.act(raw("PASS  sesame"));
    session.reply("503 what is sesame");
    session.act(raw(" acct\t4711"));
    session.reply("503 4711?");
    session.act(raw("HELP sesame"));
    session.reply("500 no help for sesame");
    let log = format!("{:?}", session.log);
    assert!(!log.contains("sesame") && !log.contains("4711"), "{log}");
    let line = argument(&format!("HELP {MASK}"));
    let what = Action::Raw { line };
    assert!(session.reported(&Report::Started { action: 4, what }));
    assert_eq!(session.said(), "PASS  sesame\r\n acct\t4711\r\nHELP sesame\r\n");
    let marked = marked(&session.bench.take(), CONTROL, true);
    assert_eq!(marked, [5..12, 20..24, 31..37]);
}

#[test]
fn an_account_is_masked_where_it_is_asked_for_and_said() {
    let mut session = live();
    session.reply("220 ready");
    session.act(log_in_with("sesame", "4711"));
    session.reply("332 account?");
    let (sent, verb) = (true, "ACCT".to_owned());
    let argument = Some(MASK.to_owned());
    assert!(session.reported(&Report::Command { sent, verb, argument }));
    let outputs = session.bench.take();
    let marked: Vec<u64> = marked(&outputs, CONTROL, true).into_iter().flatten().collect();
    assert_eq!(marked, [16, 17, 18, 19]);
}
