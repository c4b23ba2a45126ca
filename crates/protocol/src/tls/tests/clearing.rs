//! CCC under the feet of endpoints: from TLS back into the clear (RFC 4217 section 12.3).

use std::collections::VecDeque;

use proptest::prelude::*;

use super::*;
use crate::endpoint::{ConnId, Input, Output};
use crate::speaker::{Heard, Said, Speaker};
use crate::testing::Bench;
use crate::tls::shell::{Shell, Side};

const CONN: ConnId = ConnId::accepted(0);
const PASSWORD: &[u8] = b"fathoms";

/// One side of a session that clears its control connection and then logs in.
#[derive(Debug)]
struct Party {
    is_client: bool,
    /// What it does when it has heard a line: says one, clears, marks a secret.
    lines: Vec<(&'static [u8], &'static [u8], bool)>,
    heard: Vec<u8>,
    /// How much of that was answered.
    done: usize,
    said: u64,
    is_cleared: bool,
    has_ended: bool,
    out: VecDeque<Said>,
}

impl Party {
    fn new(is_client: bool) -> Self {
        let lines: Vec<(&[u8], &[u8], bool)> = if is_client {
            vec![(b"200 OK\r\n", b"", true)]
        } else {
            vec![
                (b"CCC\r\n", b"200 OK\r\n", true),
                (b"PASS fathoms\r\n", b"230 Welcome\r\n", false),
            ]
        };
        Self {
            is_client,
            lines,
            heard: Vec::new(),
            done: 0,
            said: 0,
            is_cleared: false,
            has_ended: false,
            out: VecDeque::new(),
        }
    }

    fn says(&mut self, output: Output) {
        self.out.push_back(Said::Plain(output));
    }

    fn send(&mut self, bytes: &[u8]) {
        self.said += bytes.len() as u64;
        self.says(Output::Send {
            conn: CONN,
            bytes: bytes.to_vec(),
        });
    }

    fn secret(&mut self, sent: bool, from: u64) {
        let range = from..from + PASSWORD.len() as u64;
        self.says(Output::Secret {
            conn: CONN,
            sent,
            range,
        });
    }

    fn answer(&mut self) {
        while let Some((line, answer, clears)) = self.lines.first().copied()
            && self.heard[self.done..].starts_with(line)
        {
            if line.ends_with(b"fathoms\r\n") {
                self.secret(false, (self.done + b"PASS ".len()) as u64);
            }
            self.done += line.len();
            self.lines.remove(0);
            self.send(answer);
            if clears {
                self.out.push_back(Said::Clear { conn: CONN });
            }
        }
    }
}

impl Speaker for Party {
    fn handle(&mut self, _: Instant, heard: Heard) {
        match heard {
            Heard::Plain(Input::Begin) => {
                self.out.push_back(Said::Secure { conn: CONN });
                self.says(Output::Read {
                    conn: CONN,
                    credit: 1000,
                });
            }
            Heard::Plain(Input::Received { bytes, .. }) => {
                self.heard.extend(bytes);
                self.answer();
            }
            Heard::Plain(Input::Eof { .. }) => {
                self.has_ended = true;
                self.says(Output::Shutdown { conn: CONN });
            }
            Heard::Secured { .. } if self.is_client => self.send(b"CCC\r\n"),
            Heard::Cleared { .. } => {
                assert!(!self.is_cleared && self.lines.len() < 2);
                self.is_cleared = true;
                if self.is_client {
                    self.secret(true, self.said + b"PASS ".len() as u64);
                    self.send(b"PASS fathoms\r\n");
                }
            }
            Heard::Broken { fault, .. } => panic!("{fault:?}"),
            _ => {}
        }
    }

    fn poll(&mut self) -> Said {
        self.out.pop_front().unwrap_or(Said::Plain(Output::Timeout(None)))
    }
}

type Table = Bench<Shell<Party>>;

fn table(party: Party, side: Side) -> Table {
    let mut bench = Bench::new(Shell::new(party, side).with_connection(CONN)).with_connection(CONN);
    bench.give(Input::Begin);
    bench
}

/// What a side has put on the wire, and which of its outputs were marks.
#[derive(Default)]
struct Wire {
    bytes: Vec<u8>,
    /// Handed on to the other side.
    carried: usize,
    marks: Vec<(bool, core::ops::Range<u64>)>,
}

impl Wire {
    fn collect(&mut self, bench: &mut Table) {
        bench.give(Input::Writable { conn: CONN, bytes: 500 });
        for output in bench.take() {
            match output {
                Output::Send { bytes, .. } => self.bytes.extend(bytes),
                Output::Secret { sent, range, .. } => self.marks.push((sent, range)),
                _ => {}
            }
        }
    }

    fn carry(&mut self, to: &mut Table, most: usize) {
        let most = most.min(self.bytes.len() - self.carried);
        if most > 0 {
            to.say(CONN, &self.bytes[self.carried..self.carried + most]);
            self.carried += most;
        }
    }
}

fn check(versions: Versions, cuts: &[usize]) {
    let mut client = table(Party::new(true), Side::Client(client(versions, 3)));
    let mut server = table(Party::new(false), Side::Server(server(versions, 4, &identity())));
    let (mut up, mut down) = (Wire::default(), Wire::default());
    for cut in cuts.iter().cycle().take(20_000) {
        up.collect(&mut client);
        down.collect(&mut server);
        if client.endpoint().speaker().heard.ends_with(b"230 Welcome\r\n") {
            break;
        }
        up.carry(&mut server, *cut);
        down.carry(&mut client, *cut);
    }
    assert_eq!(client.endpoint().speaker().heard, b"200 OK\r\n230 Welcome\r\n");
    assert_eq!(server.endpoint().speaker().heard, b"CCC\r\nPASS fathoms\r\n");
    assert!(up.bytes.ends_with(b"PASS fathoms\r\n"), "in the clear");
    assert!(down.bytes.ends_with(b"230 Welcome\r\n"));
    let end = up.bytes.len() as u64 - 2;
    let range = end - PASSWORD.len() as u64..end;
    assert_eq!(up.marks, [(true, range.clone())], "where it lies on the wire");
    assert_eq!(down.marks, [(false, range)]);
    // The end of the bytes is now the end that counts.
    client.end(CONN);
    server.end(CONN);
    for bench in [&client, &server] {
        assert!(bench.endpoint().speaker().has_ended);
        assert!(bench.has(&Output::Shutdown { conn: CONN }));
        assert_eq!(bench.deadline(), None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_cleared_connection_is_heard_and_marked_in_the_clear(
        cuts in proptest::collection::vec(prop_oneof![1..20_usize, 20..5_000_usize], 1..8),
        only_12 in any::<bool>(),
    ) {
        check(if only_12 { Versions::Only12 } else { Versions::Only13 }, &cuts);
    }
}

#[test]
fn a_reply_and_its_goodbye_in_one_segment_are_no_end() {
    for versions in [Versions::Only12, Versions::Only13] {
        check(versions, &[usize::MAX]);
    }
}
