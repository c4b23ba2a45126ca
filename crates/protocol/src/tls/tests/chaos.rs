//! Whatever happens to a secured connection, the contract is kept (the bench sees to that), nobody hears what was not said, and
//! in the end nothing is left to wait for.

use proptest::prelude::*;

use super::shell::{CONN, Table, Talker, is_open, of_client, of_server, talker};
use super::*;
use crate::endpoint::{Input, Output};

#[derive(Clone, Debug)]
enum Step {
    /// So many bytes fly on, to the server or to the client.
    Carry(bool, usize),
    /// The byte that flies at this place is changed.
    Spoil(bool, usize, u8),
    /// Bytes that nobody said fly too.
    Forge(bool, Vec<u8>),
    /// The driver lets the client, or the server, send so much.
    Grant(bool, usize),
    /// The direction to the server, or to the client, ends in the middle.
    End(bool),
    /// The net throws the connection away, for the server or for the client.
    Reset(bool),
    Pass(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let length = || prop_oneof![1..50_usize, 50..3_000_usize, Just(100_000_usize)];
    // Most sessions should get somewhere.
    let step = prop_oneof![
        40 => (any::<bool>(), length()).prop_map(|(up, length)| Step::Carry(up, length)),
        30 => (any::<bool>(), length()).prop_map(|(up, length)| Step::Grant(up, length)),
        1 => (any::<bool>(), 0..500_usize, 1..=255_u8).prop_map(|(up, at, change)| Step::Spoil(up, at, change)),
        1 => (any::<bool>(), proptest::collection::vec(any::<u8>(), 1..40)).prop_map(|(up, bytes)| Step::Forge(up, bytes)),
        1 => any::<bool>().prop_map(Step::End),
        1 => any::<bool>().prop_map(Step::Reset),
        1 => (0..15_u64).prop_map(Step::Pass),
    ];
    proptest::collection::vec(step, 1..120)
}

/// One way of the connection.
#[derive(Default)]
struct Flight {
    bytes: Vec<u8>,
    /// Its sender ends it.
    ends: bool,
    /// Its receiver was told.
    has_ended: bool,
    /// Somebody else has touched it.
    is_touched: bool,
}

struct Net {
    tables: [Table; 2],
    flights: [Flight; 2],
}

impl Net {
    fn new(up: &[u8], down: &[u8], reads: usize) -> Self {
        let tables = [of_client(Talker::new(up, reads)), of_server(Talker::new(down, reads))];
        Self {
            tables,
            flights: [Flight::default(), Flight::default()],
        }
    }

    /// Takes from both what they send.
    fn collect(&mut self) {
        for (table, flight) in self.tables.iter_mut().zip(&mut self.flights) {
            flight.bytes.extend(table.take_sent(CONN));
            let ends = |output: &Output| matches!(output, Output::Shutdown { .. } | Output::Abort { .. });
            flight.ends |= table.take().iter().any(ends);
        }
    }

    fn carry(&mut self, from: usize, most: usize) {
        let (flight, to) = (&mut self.flights[from], &mut self.tables[1 - from]);
        let bytes: Vec<u8> = flight.bytes.drain(..most.min(flight.bytes.len())).collect();
        if flight.has_ended || !is_open(to) {
            return;
        }
        if !bytes.is_empty() {
            to.say(CONN, &bytes);
        }
        if flight.ends && flight.bytes.is_empty() && is_open(to) {
            flight.has_ended = true;
            to.end(CONN);
        }
    }

    fn grant(&mut self, to: usize, bytes: usize) {
        if is_open(&self.tables[to]) {
            self.tables[to].give(Input::Writable { conn: CONN, bytes });
        }
    }

    fn take(&mut self, step: &Step) {
        let from = |up: &bool| usize::from(!*up);
        match step {
            Step::Carry(up, most) => self.carry(from(up), *most),
            Step::Grant(up, bytes) => self.grant(from(up), *bytes),
            Step::Spoil(up, at, change) => {
                let flight = &mut self.flights[from(up)];
                if let Some(byte) = flight.bytes.get_mut(*at) {
                    *byte ^= change;
                    flight.is_touched = true;
                }
            }
            Step::Forge(up, bytes) => {
                let flight = &mut self.flights[from(up)];
                flight.bytes.extend(bytes);
                flight.is_touched = true;
            }
            Step::End(up) => {
                let flight = &mut self.flights[from(up)];
                flight.bytes.clear();
                flight.ends = true;
                flight.is_touched = true;
                self.carry(from(up), 0);
            }
            Step::Reset(up) => {
                let at = 1 - from(up);
                if is_open(&self.tables[at]) {
                    self.tables[at].give(Input::Reset { conn: CONN });
                }
                self.flights[1 - at].is_touched = true;
            }
            Step::Pass(seconds) => {
                for table in &mut self.tables {
                    table.pass(Duration::from_secs(*seconds));
                }
            }
        }
        self.collect();
    }

    /// Lets everything come to its end.
    fn finish(&mut self) {
        for _ in 0..40 {
            for side in [0, 1] {
                self.take(&Step::Grant(side == 0, 100_000));
                self.take(&Step::Carry(side == 0, usize::MAX));
            }
        }
        self.take(&Step::Pass(60));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn whatever_happens_only_what_was_said_is_heard_and_all_comes_to_an_end(
        up in 0..50_000_usize,
        down in 0..50_000_usize,
        reads in prop_oneof![1..500_usize, 20_000..100_000_usize],
        steps in steps(),
    ) {
        let (up, down) = (vec![1; up], vec![2; down]);
        let mut net = Net::new(&up, &down, reads);
        net.collect();
        for step in &steps {
            net.take(step);
        }
        net.finish();
        let [client, server] = &net.tables;
        for (said, hearer, flight) in [(&up, server, &net.flights[0]), (&down, client, &net.flights[1])] {
            let talker = talker(hearer);
            prop_assert!(said.starts_with(&talker.heard), "something that was not said is heard");
            if talker.has_heard_the_end() {
                prop_assert_eq!(talker.heard.len(), said.len(), "an end that is none");
                prop_assert!(talker.fault().is_none() || flight.is_touched || net.flights.iter().any(|flight| flight.is_touched));
            }
            prop_assert_eq!(hearer.deadline(), None, "something is still waited for");
        }
        if net.flights.iter().all(|flight| !flight.is_touched) && !steps.iter().any(|step| matches!(step, Step::Pass(_))) {
            prop_assert!(talker(server).heard == up && talker(client).heard == down);
        }
    }
}
