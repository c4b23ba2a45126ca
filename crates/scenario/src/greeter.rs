//! A greeter: says one line to every caller, understands nothing, and hangs up when the caller does.
//!
//! It stands where a lesson needs somebody to answer a call on a port that is not FTP's. It is no SSH or web server.

use std::collections::VecDeque;

use portolan_protocol::endpoint::{ConnId, Endpoint, Input, Output};
use portolan_wire::Instant;

/// How much it hears at a time; all of it is thrown away.
const HEARS: usize = 1_024;

/// A greeter's side of one connection.
#[derive(Debug)]
pub(crate) struct Greeter {
    conn: ConnId,
    state: State,
    outputs: VecDeque<Output>,
}

/// What is still to be done.
#[derive(Debug)]
enum State {
    /// These bytes are still to be said.
    Saying { rest: Vec<u8> },
    /// Everything is said; the caller may talk.
    Hearing,
    /// The connection is over for this side.
    Over,
}

impl Greeter {
    /// A greeter on an established connection; `says` is its line without line end.
    pub(crate) fn new(conn: ConnId, says: Option<&str>) -> Self {
        let rest = says.map_or_else(Vec::new, |line| format!("{line}\r\n").into_bytes());
        let state = if rest.is_empty() {
            State::Hearing
        } else {
            State::Saying { rest }
        };
        Self {
            conn,
            state,
            outputs: VecDeque::new(),
        }
    }

    fn say(&mut self, bytes: usize) {
        if let State::Saying { rest } = &mut self.state {
            let said: Vec<u8> = rest.drain(..bytes.min(rest.len())).collect();
            if rest.is_empty() {
                self.state = State::Hearing;
            }
            if !said.is_empty() {
                let conn = self.conn;
                self.outputs.push_back(Output::Send { conn, bytes: said });
            }
        }
    }

    fn hear(&mut self, credit: usize) {
        if !matches!(self.state, State::Over) {
            let conn = self.conn;
            self.outputs.push_back(Output::Read { conn, credit });
        }
    }
}

impl Endpoint for Greeter {
    fn handle_input(&mut self, _now: Instant, input: Input) {
        match input {
            Input::Begin => self.hear(HEARS),
            Input::Writable { bytes, .. } => self.say(bytes),
            Input::Received { bytes, .. } => self.hear(bytes.len()),
            Input::Eof { .. } if !matches!(self.state, State::Over) => {
                // Who hung up does not want to hear the rest.
                self.state = State::Over;
                self.outputs.push_back(Output::Shutdown { conn: self.conn });
            }
            Input::Reset { .. } => self.state = State::Over,
            _ => {}
        }
    }

    fn poll_output(&mut self) -> Output {
        self.outputs.pop_front().unwrap_or(Output::Timeout(None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONN: ConnId = ConnId::accepted(0);

    fn outputs(greeter: &mut Greeter, input: Input) -> Vec<Output> {
        greeter.handle_input(Instant::ZERO, input);
        core::iter::from_fn(|| match greeter.poll_output() {
            Output::Timeout(_) => None,
            output => Some(output),
        })
        .collect()
    }

    #[test]
    fn it_says_its_line_as_credit_comes_and_hangs_up_last() {
        let mut greeter = Greeter::new(CONN, Some("hello"));
        let read = |credit| Output::Read { conn: CONN, credit };
        let send = |bytes: &[u8]| Output::Send {
            conn: CONN,
            bytes: bytes.to_vec(),
        };
        assert_eq!(outputs(&mut greeter, Input::Begin), [read(HEARS)]);
        let writable = |bytes| Input::Writable { conn: CONN, bytes };
        assert_eq!(outputs(&mut greeter, writable(3)), [send(b"hel")]);
        assert_eq!(outputs(&mut greeter, writable(100)), [send(b"lo\r\n")]);
        assert_eq!(outputs(&mut greeter, writable(100)), []);
        let heard = Input::Received {
            conn: CONN,
            bytes: vec![b'x'; 7],
        };
        assert_eq!(outputs(&mut greeter, heard), [read(7)]);
        assert_eq!(
            outputs(&mut greeter, Input::Eof { conn: CONN }),
            [Output::Shutdown { conn: CONN }]
        );
        assert_eq!(outputs(&mut greeter, Input::Eof { conn: CONN }), []);
    }

    #[test]
    fn a_silent_one_only_listens() {
        let mut greeter = Greeter::new(CONN, None);
        assert_eq!(outputs(&mut greeter, Input::Begin).len(), 1);
        assert_eq!(outputs(&mut greeter, Input::Writable { conn: CONN, bytes: 9 }), []);
        assert_eq!(outputs(&mut greeter, Input::Reset { conn: CONN }), []);
    }
}
