//! Calls against a scripted peer, with explicit time.

use super::*;

const SERVER: &str = "192.0.2.1:21";

struct Bench {
    caller: Caller,
    wants: Option<Instant>,
}

impl Bench {
    fn new() -> Self {
        Self {
            caller: Caller::new(SERVER.parse().unwrap(), Patience::default()),
            wants: None,
        }
    }

    /// Gives one input at `millis` and returns what the caller does.
    fn at(&mut self, millis: u64, input: Input) -> Vec<Output> {
        self.caller.handle_input(Instant::from_micros(millis * 1_000), input);
        let mut outputs = Vec::new();
        loop {
            match self.caller.poll_output() {
                Output::Timeout(at) => {
                    self.wants = at;
                    return outputs;
                }
                output => outputs.push(output),
            }
        }
    }

    fn call(&mut self, millis: u64, action: u32, port: u16) -> Vec<Output> {
        let what = Action::Call { host: None, port };
        self.at(millis, Input::Act { action, what })
    }

    fn connected(&mut self, millis: u64, conn: ConnId) -> Vec<Output> {
        let (local, peer) = ("192.0.2.9:40000".parse().unwrap(), SERVER.parse().unwrap());
        self.at(millis, Input::Connected { conn, local, peer })
    }
}

fn finished(outputs: &[Output]) -> Vec<(u32, Outcome)> {
    let finished = outputs.iter().filter_map(|output| match output {
        Output::Event {
            report: Report::Finished { action, outcome },
            ..
        } => Some((*action, outcome.clone())),
        _ => None,
    });
    finished.collect()
}

fn greeting(outputs: &[Output]) -> Option<&str> {
    outputs.iter().find_map(|output| match output {
        Output::Event {
            report: Report::Greeting { text },
            ..
        } => Some(text.as_str()),
        _ => None,
    })
}

#[test]
fn a_server_that_speaks_first_is_heard_and_hung_up_on_in_order() {
    let mut bench = Bench::new();
    let conn = ConnId::opened(0);
    let to = "192.0.2.1:2121".parse().unwrap();
    let dialled = Output::Connect {
        conn,
        purpose: Purpose::Other,
        from_port: FromPort::Any,
        to,
    };
    assert!(bench.call(0, 1, 2121).contains(&dialled));
    bench.connected(10, conn);
    let bytes = b"220-two li".to_vec();
    assert_eq!(bench.at(20, Input::Received { conn, bytes }), []);
    let bytes = b"nes\r\n220 here\r\n".to_vec();
    let outputs = bench.at(30, Input::Received { conn, bytes });
    assert_eq!(greeting(&outputs), Some("220-two lines"));
    assert!(outputs.contains(&Output::Shutdown { conn }));
    assert_eq!(finished(&outputs), [], "the other side has not hung up yet");
    assert_eq!(finished(&bench.at(40, Input::Eof { conn })), [(1, Outcome::Done)]);
    assert_eq!(bench.wants, None);
}

#[test]
fn a_server_that_waits_for_us_is_left_after_two_seconds() {
    let mut bench = Bench::new();
    let conn = ConnId::opened(0);
    bench.call(0, 1, 80);
    bench.connected(10, conn);
    assert_eq!(bench.wants, Some(Instant::from_micros(2_010_000)));
    let outputs = bench.at(2_010, Input::Tick);
    assert_eq!(outputs, [Output::Shutdown { conn }]);
    assert_eq!(finished(&bench.at(2_020, Input::Eof { conn })), [(1, Outcome::Done)]);
}

#[test]
fn who_does_not_answer_is_named_by_the_reason() {
    for why in [ConnectError::Refused, ConnectError::TimedOut, ConnectError::Unreachable] {
        let mut bench = Bench::new();
        bench.call(0, 1, 80);
        let conn = ConnId::opened(0);
        let outputs = bench.at(5, Input::ConnectFailed { conn, why });
        assert_eq!(finished(&outputs), [(1, failed(Trouble::ControlConnect { why }))]);
    }
}

#[test]
fn a_driver_without_patience_of_its_own_is_not_waited_for() {
    let mut bench = Bench::new();
    bench.call(0, 1, 80);
    let outputs = bench.at(30_000, Input::Tick);
    let why = ConnectError::TimedOut;
    assert!(outputs.contains(&Output::Abort {
        conn: ConnId::opened(0)
    }));
    assert_eq!(finished(&outputs), [(1, failed(Trouble::ControlConnect { why }))]);
}

#[test]
fn calls_run_one_after_the_other_and_port_zero_is_nobodys() {
    let mut bench = Bench::new();
    bench.call(0, 1, 80);
    assert_eq!(bench.call(1, 2, 0), [], "the second waits for the first");
    bench.call(2, 3, 81);
    let why = ConnectError::Refused;
    let conn = ConnId::opened(0);
    let outputs = bench.at(5, Input::ConnectFailed { conn, why });
    let refused = Outcome::Refused {
        why: Misuse::ReservedPort,
    };
    let first = failed(Trouble::ControlConnect { why });
    assert_eq!(finished(&outputs), [(1, first), (2, refused)]);
    let redialled = |output: &Output| matches!(output, Output::Connect { conn, .. } if *conn == ConnId::opened(1));
    assert!(outputs.iter().any(redialled));
}

#[test]
fn an_abort_ends_the_call_and_only_a_call() {
    let mut bench = Bench::new();
    bench.call(0, 1, 80);
    let abort = |action| Input::Act {
        action,
        what: Action::Abort,
    };
    let outputs = bench.at(5, abort(2));
    assert_eq!(finished(&outputs), [(1, Outcome::Aborted), (2, Outcome::Done)]);
    assert!(outputs.contains(&Output::Abort {
        conn: ConnId::opened(0)
    }));
    assert_eq!(bench.connected(6, ConnId::opened(0)), [], "a late answer is nobody's");
    let refused = Outcome::Refused {
        why: Misuse::NothingToAbort,
    };
    assert_eq!(finished(&bench.at(7, abort(3))), [(3, refused)]);
}

#[test]
fn a_flood_is_not_held_and_ends_the_call() {
    let mut bench = Bench::new();
    let conn = ConnId::opened(0);
    bench.call(0, 1, 19);
    bench.connected(1, conn);
    let bytes = vec![b'x'; MOST_HEARD];
    let outputs = bench.at(2, Input::Received { conn, bytes });
    assert_eq!(greeting(&outputs).map(str::len), Some(200));
    let bytes = vec![b'x'; 100];
    let more = bench.at(3, Input::Received { conn, bytes });
    assert_eq!(more, [Output::Read { conn, credit: 100 }]);
    assert_eq!(finished(&bench.at(60_001, Input::Tick)), []);
    assert_eq!(finished(&bench.at(60_002, Input::Tick)), [(1, Outcome::Done)]);
}
