//! Endpoints in shells, on benches that know the contract.

use proptest::prelude::*;

use super::*;
use crate::endpoint::{ConnId, Input, Output};
use crate::speaker::{Heard, Said, Speaker};
use crate::testing::Bench;
use crate::tls::shell::{Shell, Side, WINDOW};

pub(super) const CONN: ConnId = ConnId::accepted(0);

/// Says what it has to say as fast as it may, and remembers what it hears.
#[derive(Debug, Default)]
pub(super) struct Talker {
    words: Vec<u8>,
    said: usize,
    /// How much it reads at a time; nothing at all is possible.
    reads: usize,
    is_secured: bool,
    /// Whether it ends its direction behind its last word.
    ends: bool,
    has_ended: bool,
    is_broken: bool,
    pub(super) heard: Vec<u8>,
    notes: Vec<Heard>,
    out: Vec<Said>,
}

impl Talker {
    pub(super) fn new(words: &[u8], reads: usize) -> Self {
        Self {
            words: words.to_vec(),
            reads,
            is_secured: true,
            ends: true,
            ..Self::default()
        }
    }

    fn says(&mut self, output: Output) {
        self.out.insert(0, Said::Plain(output));
    }

    fn note(&self, is_it: impl Fn(&Heard) -> bool) -> bool {
        self.notes.iter().any(is_it)
    }

    pub(super) fn has_heard_the_end(&self) -> bool {
        self.note(|heard| matches!(heard, Heard::Plain(Input::Eof { .. })))
    }

    pub(super) fn fault(&self) -> Option<&TlsFault> {
        self.notes.iter().find_map(|heard| match heard {
            Heard::Broken { fault, .. } => Some(fault),
            _ => None,
        })
    }
}

impl Speaker for Talker {
    fn handle(&mut self, _: Instant, heard: Heard) {
        assert!(
            !self.is_broken || matches!(heard, Heard::Plain(Input::Tick)),
            "{heard:?} of what is over"
        );
        match &heard {
            Heard::Plain(Input::Begin) => {
                if self.is_secured {
                    self.out.insert(0, Said::Secure { conn: CONN });
                }
                if self.reads > 0 {
                    let credit = self.reads;
                    self.says(Output::Read { conn: CONN, credit });
                }
            }
            Heard::Plain(Input::Received { bytes, .. }) => {
                self.heard.extend_from_slice(bytes);
                let credit = bytes.len();
                self.says(Output::Read { conn: CONN, credit });
            }
            Heard::Plain(Input::Writable { bytes, .. }) => {
                let to = self.words.len().min(self.said + bytes);
                let bytes = self.words[self.said..to].to_vec();
                let range = self.said as u64..to as u64;
                self.said = to;
                if !bytes.is_empty() {
                    let (conn, sent) = (CONN, true);
                    self.says(Output::Secret { conn, sent, range });
                    self.says(Output::Send { conn: CONN, bytes });
                }
            }
            Heard::Broken { .. } => self.is_broken = true,
            _ => {}
        }
        if self.ends && !self.is_broken && !self.has_ended && self.said == self.words.len() {
            self.has_ended = true;
            self.says(Output::Shutdown { conn: CONN });
        }
        if !matches!(heard, Heard::Plain(Input::Received { .. } | Input::Writable { .. })) {
            self.notes.push(heard);
        }
    }

    fn poll(&mut self) -> Said {
        self.out.pop().unwrap_or(Said::Plain(Output::Timeout(None)))
    }
}

pub(super) type Table = Bench<Shell<Talker>>;

fn table(talker: Talker, side: Side) -> Table {
    let mut bench = Bench::new(Shell::new(talker, side).with_connection(CONN)).with_connection(CONN);
    bench.give(Input::Begin);
    bench
}

pub(super) fn of_client(talker: Talker) -> Table {
    table(talker, Side::Client(client(Versions::Both, 3)))
}

pub(super) fn of_server(talker: Talker) -> Table {
    table(talker, Side::Server(server(Versions::Both, 4, &identity())))
}

/// Grants `credit` to each by turns, and carries what they send, until neither says anything more.
fn run(client: &mut Table, server: &mut Table, credit: usize) {
    let mut quiet = 0;
    while quiet < 3 {
        let moved = turn(client, server, credit) | turn(server, client, credit);
        quiet = if moved { 0 } else { quiet + 1 };
    }
}

fn turn(from: &mut Table, to: &mut Table, credit: usize) -> bool {
    if is_open(from) {
        from.give(Input::Writable {
            conn: CONN,
            bytes: credit,
        });
    }
    let sent = from.take_sent(CONN);
    let ends = from.take().contains(&Output::Shutdown { conn: CONN });
    if !sent.is_empty() {
        to.say(CONN, &sent);
    }
    if ends {
        to.end(CONN);
    }
    !sent.is_empty() || ends
}

pub(super) fn is_open(bench: &Table) -> bool {
    bench.contract().open_conns().any(|conn| conn == CONN)
}

pub(super) fn talker(bench: &Table) -> &Talker {
    bench.endpoint().speaker()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn both_hear_every_word_and_the_end(
        up in 0..100_000_usize,
        down in 0..100_000_usize,
        reads in prop_oneof![1..50_usize, 1000..100_000_usize],
        credit in prop_oneof![300..3000_usize, 10_000..100_000_usize],
    ) {
        let (up, down) = (vec![1; up], vec![2; down]);
        let mut client = of_client(Talker::new(&up, reads));
        let mut server = of_server(Talker::new(&down, reads));
        run(&mut client, &mut server, credit);
        prop_assert!(talker(&server).heard == up && talker(&client).heard == down);
        for bench in [&client, &server] {
            prop_assert!(talker(bench).has_heard_the_end());
            prop_assert_eq!(talker(bench).fault(), None);
            prop_assert_eq!(bench.deadline(), None, "nothing is left to wait for");
        }
    }
}

#[test]
fn what_is_not_secured_goes_through_as_it_is() {
    let mut plain = Talker::new(b"220 Ready\r\n", 100);
    plain.is_secured = false;
    let mut bench = of_server(plain);
    bench.give(Input::Writable { conn: CONN, bytes: 5 });
    let range = 0..5;
    assert!(bench.has(&Output::Secret {
        conn: CONN,
        sent: true,
        range
    }));
    assert_eq!(bench.take_sent(CONN), b"220 R");
    bench.say(CONN, b"USER");
    bench.give(Input::Writable { conn: CONN, bytes: 50 });
    assert_eq!(bench.take_sent(CONN), b"eady\r\n");
    bench.end(CONN);
    assert_eq!(talker(&bench).heard, b"USER");
    assert!(talker(&bench).has_heard_the_end());
    assert!(bench.has(&Output::Shutdown { conn: CONN }));
}

#[test]
fn under_tls_nothing_is_marked_as_a_secret() {
    let mut server = of_server(Talker::new(b"", 100));
    let mut client = of_client(Talker::new(b"PASS secret-word\r\n", 100));
    let mut all = Vec::new();
    for _ in 0..5 {
        client.give(Input::Writable {
            conn: CONN,
            bytes: 5000,
        });
        let outputs = client.take();
        for output in &outputs {
            if let Output::Send { bytes, .. } = output {
                server.say(CONN, bytes);
            }
        }
        all.extend(outputs);
        if is_open(&server) {
            server.give(Input::Writable {
                conn: CONN,
                bytes: 5000,
            });
        }
        client.say(CONN, &server.take_sent(CONN));
    }
    assert!(!all.iter().any(|output| matches!(output, Output::Secret { .. })));
    assert_eq!(talker(&server).heard, b"PASS secret-word\r\n");
}

/// Not before: whoever closes behind its last byte, with tickets unread, would reset the connection over it.
#[test]
fn who_only_sends_gets_tickets_with_the_goodbye() {
    for (ends, left) in [(false, None), (true, Some(2))] {
        let mut uploader = Talker::new(b"a file", 0);
        uploader.ends = false;
        let mut client = of_client(uploader);
        let mut taker = Talker::new(b"", 100);
        taker.ends = ends;
        let mut server = of_server(taker);
        run(&mut client, &mut server, 5000);
        assert_eq!(talker(&server).heard, b"a file");
        let mut tickets = talker(&client).notes.iter().rev();
        let came = tickets.find_map(|heard| match heard {
            Heard::Tickets { left, .. } => Some(*left),
            _ => None,
        });
        assert_eq!(came, left);
    }
}

#[test]
fn who_does_not_read_is_not_drowned() {
    let mut deaf = Talker::new(b"", 0);
    deaf.ends = false;
    let mut client = of_client(deaf);
    let mut server = of_server(Talker::new(&vec![7; 1_000_000], 100));
    let mut carried = 0;
    for _ in 0..100 {
        if client.contract().readable(CONN) == 0 {
            break;
        }
        client.give(Input::Writable {
            conn: CONN,
            bytes: 5000,
        });
        server.say(CONN, &client.take_sent(CONN));
        server.give(Input::Writable {
            conn: CONN,
            bytes: 5000,
        });
        let sent = server.take_sent(CONN);
        carried += sent.len();
        client.say(CONN, &sent);
    }
    assert_eq!(client.contract().readable(CONN), 0, "no more is asked for");
    assert!(carried < 2 * WINDOW, "{carried}");
    assert_eq!(talker(&client).heard, b"");
}

#[test]
fn an_end_without_goodbye_is_no_end() {
    let mut silent = Talker::new(b"", 1000);
    silent.ends = false;
    let mut client = of_client(silent);
    let mut half = Talker::new(b"half a file", 100);
    half.ends = false;
    let mut server = of_server(half);
    run(&mut client, &mut server, 5000);
    assert_eq!(talker(&client).heard, b"half a file");
    client.end(CONN);
    assert_eq!(talker(&client).fault(), Some(&TlsFault::CutShort));
    assert!(!talker(&client).has_heard_the_end());
    assert!(client.has(&Output::Shutdown { conn: CONN }));
    assert_eq!(client.deadline(), None, "both directions have ended");
}

#[test]
fn who_is_refused_hears_why_before_the_end() {
    let expired = authority().issue(
        &subject(NAME),
        [2; 32],
        Validity {
            from: EPOCH - 100,
            to: EPOCH - 1,
        },
    );
    let mut client = of_client(Talker::new(b"PASS secret-word", 100));
    let side = Side::Server(server(Versions::Both, 4, &expired));
    let mut server = table(Talker::new(b"", 100), side);
    run(&mut client, &mut server, 5000);
    assert!(matches!(
        talker(&client).fault(),
        Some(TlsFault::Certificate {
            why: CertificateFault::Expired { .. },
            ..
        })
    ));
    assert!(matches!(talker(&server).fault(), Some(TlsFault::Alert { .. })));
    assert_eq!((client.deadline(), server.deadline()), (None, None));
}

#[test]
fn a_stalled_handshake_is_given_up_and_the_connection_thrown_away() {
    let mut client = of_client(Talker::new(b"", 100));
    client.give(Input::Writable {
        conn: CONN,
        bytes: 5000,
    });
    client.pass(Duration::from_secs(9));
    assert_eq!(talker(&client).fault(), None);
    client.pass(Duration::from_secs(1));
    assert_eq!(talker(&client).fault(), Some(&TlsFault::Stalled));
    assert!(client.has(&Output::Shutdown { conn: CONN }));
    assert!(!client.has(&Output::Abort { conn: CONN }));
    client.pass(Duration::from_secs(2));
    assert!(client.has(&Output::Abort { conn: CONN }));
    assert_eq!(client.deadline(), None);
}
