//! A caller: opens a connection to a port, hears who answers, and hangs up. The first lesson, before any FTP.

use std::collections::VecDeque;

use core::mem;
use core::net::{IpAddr, SocketAddr};

use portolan_wire::action::Action;
use portolan_wire::report::{ConnectError, Misuse, Outcome, Purpose, Report, Trouble};
use portolan_wire::{Argument, Duration, Instant};

use crate::endpoint::{ConnId, Endpoint, FromPort, Input, Output, Patience};
use crate::shown::shown;

/// How long a caller listens for a greeting. Most servers that speak first do so at once; a caller that waits longer
/// learns nothing more.
const GREETING: Duration = Duration::from_secs(2);

/// The most bytes of a greeting that are heard.
const MOST_HEARD: usize = 1_024;

/// An endpoint that knows one action, [`Action::Call`], and serves any number of them, one after the other.
///
/// The outcome is `Done` when somebody answered, whether or not a greeting came within two seconds, and else
/// [`Trouble::ControlConnect`] with the reason. The call's host is used if it is an address; a name is taken to be what
/// the driver resolved to the `server` given to [`Caller::new`].
#[derive(Debug)]
pub struct Caller {
    server: SocketAddr,
    patience: Patience,
    opened: u32,
    state: State,
    waiting: VecDeque<(u32, Action)>,
    outputs: VecDeque<Output>,
}

/// Where the running call stands.
#[derive(Debug)]
enum State {
    /// No call runs.
    Idle,
    /// Nobody has answered yet.
    Dialling { call: Call },
    /// Somebody answered; a greeting may come.
    Hearing { call: Call, heard: Vec<u8> },
    /// This side has hung up; the other has not.
    HangingUp { call: Call },
}

/// A call that is under way.
#[derive(Clone, Copy, Debug)]
struct Call {
    action: u32,
    conn: ConnId,
    /// When its present state has lasted too long.
    until: Instant,
}

impl Caller {
    /// A caller of `server`, unless a call names another address.
    #[must_use]
    pub const fn new(server: SocketAddr, patience: Patience) -> Self {
        Self {
            server,
            patience,
            opened: 0,
            state: State::Idle,
            waiting: VecDeque::new(),
            outputs: VecDeque::new(),
        }
    }

    fn act(&mut self, now: Instant, action: u32, what: Action) {
        match what {
            Action::Abort => self.abort(action),
            what => {
                self.waiting.push_back((action, what));
                self.start_next(now);
            }
        }
    }

    fn start_next(&mut self, now: Instant) {
        while matches!(self.state, State::Idle) {
            let Some((action, what)) = self.waiting.pop_front() else {
                return;
            };
            let target = match &what {
                Action::Call { host, port } => target(self.server, host.as_ref(), Some(*port)),
                _ => Err(Misuse::Unsupported),
            };
            self.report(None, Report::Started { action, what });
            match target {
                Ok(to) => self.dial(now, action, to),
                Err(why) => self.finish(action, Outcome::Refused { why }),
            }
        }
    }

    fn dial(&mut self, now: Instant, action: u32, to: SocketAddr) {
        let conn = ConnId::opened(self.opened);
        self.opened += 1;
        self.outputs.push_back(Output::Connect {
            conn,
            purpose: Purpose::Other,
            from_port: FromPort::Any,
            to,
        });
        let until = now + self.patience.connect;
        self.state = State::Dialling {
            call: Call { action, conn, until },
        };
    }

    fn abort(&mut self, action: u32) {
        let what = Action::Abort;
        self.report(None, Report::Started { action, what });
        let outcome = match self.hang_up_at_once() {
            Some(running) => {
                self.finish(running, Outcome::Aborted);
                Outcome::Done
            }
            None => Outcome::Refused {
                why: Misuse::NothingToAbort,
            },
        };
        self.finish(action, outcome);
    }

    /// Throws the running call's connection away; the action it belonged to is still to be finished.
    fn hang_up_at_once(&mut self) -> Option<u32> {
        let call = self.state.call()?;
        self.outputs.push_back(Output::Abort { conn: call.conn });
        self.state = State::Idle;
        Some(call.action)
    }

    fn answered(&mut self, now: Instant, call: Call) {
        let until = now + GREETING;
        self.state = State::Hearing {
            call: Call { until, ..call },
            heard: Vec::new(),
        };
        self.outputs.push_back(Output::Read {
            conn: call.conn,
            credit: MOST_HEARD,
        });
    }

    fn hear(&mut self, now: Instant, conn: ConnId, bytes: &[u8]) {
        match &mut self.state {
            State::Hearing { call, heard } if call.conn == conn => {
                heard.extend_from_slice(bytes);
                if heard.contains(&b'\n') || heard.len() >= MOST_HEARD {
                    self.hang_up(now);
                }
            }
            // What comes after the greeting is taken, so that the end behind it can be seen, but nobody listens.
            State::HangingUp { call } if call.conn == conn => self.outputs.push_back(Output::Read {
                conn,
                credit: bytes.len(),
            }),
            _ => {}
        }
    }

    /// Enough was heard: reports it and ends this side's direction.
    fn hang_up(&mut self, now: Instant) {
        match mem::replace(&mut self.state, State::Idle) {
            State::Hearing { call, heard } => {
                self.report_greeting(call.conn, &heard);
                self.outputs.push_back(Output::Shutdown { conn: call.conn });
                let until = now + self.patience.reply;
                self.state = State::HangingUp {
                    call: Call { until, ..call },
                };
            }
            state => self.state = state,
        }
    }

    fn report_greeting(&mut self, conn: ConnId, heard: &[u8]) {
        let line = heard.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if !line.is_empty() {
            let text = shown(line);
            self.report(Some(conn), Report::Greeting { text });
        }
    }

    /// The other side will say no more.
    fn ended(&mut self, now: Instant, conn: ConnId) {
        if self.state.call().is_some_and(|call| call.conn == conn) {
            self.hang_up(now);
            self.over(Outcome::Done);
        }
    }

    fn over(&mut self, outcome: Outcome) {
        let call = self.state.call();
        self.state = State::Idle;
        if let Some(call) = call {
            self.finish(call.action, outcome);
        }
    }

    fn tick(&mut self, now: Instant) {
        let Some(call) = self.state.call().filter(|call| call.until <= now) else {
            return;
        };
        match self.state {
            State::Hearing { .. } => self.hang_up(now),
            State::Dialling { .. } => {
                self.outputs.push_back(Output::Abort { conn: call.conn });
                let why = ConnectError::TimedOut;
                self.over(failed(Trouble::ControlConnect { why }));
            }
            // Somebody did answer; that they would not hang up does not change it.
            State::HangingUp { .. } => {
                self.outputs.push_back(Output::Abort { conn: call.conn });
                self.over(Outcome::Done);
            }
            State::Idle => {}
        }
    }

    fn report(&mut self, conn: Option<ConnId>, report: Report) {
        self.outputs.push_back(Output::Event { conn, report });
    }

    fn finish(&mut self, action: u32, outcome: Outcome) {
        self.report(None, Report::Finished { action, outcome });
    }
}

impl State {
    const fn call(&self) -> Option<Call> {
        match self {
            Self::Idle => None,
            Self::Dialling { call } | Self::Hearing { call, .. } | Self::HangingUp { call } => Some(*call),
        }
    }

    fn is_dialling(&self, conn: ConnId) -> Option<Call> {
        match self {
            Self::Dialling { call } if call.conn == conn => Some(*call),
            _ => None,
        }
    }
}

impl Endpoint for Caller {
    fn handle_input(&mut self, now: Instant, input: Input) {
        match input {
            Input::Act { action, what } => self.act(now, action, what),
            Input::Connected { conn, .. } => {
                if let Some(call) = self.state.is_dialling(conn) {
                    self.answered(now, call);
                }
            }
            Input::ConnectFailed { conn, why } => {
                if self.state.is_dialling(conn).is_some() {
                    self.over(failed(Trouble::ControlConnect { why }));
                }
            }
            Input::Received { conn, bytes } => self.hear(now, conn, &bytes),
            Input::Eof { conn } => self.ended(now, conn),
            Input::Reset { conn } => match &self.state {
                State::Hearing { call, .. } if call.conn == conn => self.over(failed(Trouble::ControlLost)),
                State::HangingUp { call } if call.conn == conn => self.over(Outcome::Done),
                _ => {}
            },
            Input::Tick => {}
            // A caller asked for none of these.
            Input::Begin
            | Input::Listening { .. }
            | Input::ListenFailed { .. }
            | Input::Accepted { .. }
            | Input::Writable { .. }
            | Input::Stored { .. } => {}
        }
        self.tick(now);
        self.start_next(now);
    }

    fn poll_output(&mut self) -> Output {
        match self.outputs.pop_front() {
            Some(output) => output,
            None => Output::Timeout(self.state.call().map(|call| call.until)),
        }
    }
}

const fn failed(trouble: Trouble) -> Outcome {
    Outcome::Failed { trouble }
}

/// Whom an action means that names a host, a port, both or neither.
///
/// # Errors
/// [`Misuse::ReservedPort`] for port 0.
pub(crate) fn target(server: SocketAddr, host: Option<&Argument>, port: Option<u16>) -> Result<SocketAddr, Misuse> {
    let port = port.unwrap_or(server.port());
    if port == 0 {
        return Err(Misuse::ReservedPort);
    }
    let address: Option<IpAddr> = host.and_then(|host| host.as_str().parse().ok());
    Ok(SocketAddr::new(address.unwrap_or(server.ip()), port))
}

#[cfg(test)]
mod tests;
