//! The driver for the real world: runs an endpoint over tokio's sockets and a store's files.
//!
//! One future does everything, so nothing can be left behind: it polls the sockets, the listeners and the store's
//! answers, gives the endpoint one input at a time, and carries out what comes of it. Only file operations
//! that may have to wait for a disk run elsewhere, on tokio's blocking threads, and the driver waits for the last of them
//! before it returns.
//!
//! # Bounds
//! * A connection is read only as far as the endpoint granted credit, and at most `READ` bytes at a time; the kernel's
//!   window closes behind that.
//! * What the endpoint may send and the kernel has not taken is at most `SEND` bytes a connection.
//! * At most [`MOST_ACTIONS`] actions are taken from the channel and not finished.

mod conn;
mod files;
mod gate;
mod net;
mod open;
mod pipe;
mod store;
mod watch;

#[cfg(test)]
mod tests;

use core::future::poll_fn;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::collections::VecDeque;

use portolan_protocol::endpoint::{Endpoint, Input, Output};
use portolan_protocol::{Effects, drive};
use portolan_wire::Instant;
use portolan_wire::action::Action;
use portolan_wire::report::{ConnectError, ListenError, Report};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Duration, Sleep};

pub use files::Files;
pub use gate::Gate;
pub use pipe::{Offer, PICK_UP, Piece, Pipe, STALL};
pub use store::{Memory, Store};
pub use watch::Watch;

use net::Net;

/// The most actions that an endpoint holds unfinished; the others wait in their channel, an abort too.
pub const MOST_ACTIONS: usize = 64;

/// Runs one endpoint: a client, which ends with its actions, or a server's side of one session, which ends with its
/// connections.
pub struct Driver<E, W> {
    endpoint: E,
    hands: Hands<W>,
    work: Work,
    timer: Timer,
}

/// What carries out an endpoint's outputs.
struct Hands<W> {
    watch: W,
    gate: Gate,
    net: Net,
    store: Store,
    /// Inputs that followed at once from outputs.
    given: VecDeque<Input>,
    unfinished: usize,
}

/// What keeps an endpoint going.
enum Work {
    /// A client's actions.
    Actions(Actions),
    /// A server's connections.
    Connections,
}

/// Actions on their way to the endpoint.
struct Actions {
    channel: mpsc::Receiver<Action>,
    given: u32,
    is_closed: bool,
}

/// The endpoint's timeout.
struct Timer {
    start: tokio::time::Instant,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl<E: Endpoint, W: Watch> Driver<E, W> {
    /// A driver of a client, whose files lie in `store` and whose actions come through `actions`, numbered from 1.
    pub fn new(endpoint: E, store: impl Into<Store>, actions: mpsc::Receiver<Action>, watch: W) -> Self {
        let actions = Actions {
            channel: actions,
            given: 0,
            is_closed: false,
        };
        Self::with(endpoint, Net::default(), store.into(), Work::Actions(actions), watch)
    }

    /// A driver of a server's side of one session, whose control connection is `stream`, established already.
    pub fn serving(endpoint: E, stream: TcpStream, store: impl Into<Store>, watch: W) -> Self {
        Self::with(
            endpoint,
            Net::with_accepted(stream),
            store.into(),
            Work::Connections,
            watch,
        )
    }

    fn with(endpoint: E, net: Net, store: Store, work: Work, watch: W) -> Self {
        Self {
            endpoint,
            hands: Hands {
                watch,
                gate: Gate::Open,
                net,
                store,
                given: VecDeque::new(),
                unfinished: 0,
            },
            work,
            timer: Timer {
                start: tokio::time::Instant::now(),
                sleep: None,
            },
        }
    }

    /// Lets it open nothing but what `gate` allows.
    #[must_use]
    pub fn behind(mut self, gate: impl Into<Gate>) -> Self {
        self.hands.gate = gate.into();
        self
    }

    /// Runs a client until the channel of actions is closed and every action has finished, a server until its last
    /// connection is over and every file operation was answered.
    ///
    /// Connections that are open then are closed. Dropping the future before closes them too; a file operation that is
    /// under way ends by itself.
    pub async fn run(mut self) -> (E, W) {
        self.give(Input::Begin);
        while let Some(input) = poll_fn(|cx| self.poll_input(cx)).await {
            self.give(input);
        }
        (self.endpoint, self.hands.watch)
    }

    fn give(&mut self, input: Input) {
        let now = self.timer.now();
        self.hands.watch.input(now, &input);
        self.hands.gate.input(&input);
        let deadline = drive(&mut self.endpoint, now, input, &mut self.hands);
        self.hands.watch.drained(now);
        self.timer.set(deadline);
    }

    /// The next input; nothing when all is done.
    fn poll_input(&mut self, cx: &mut Context<'_>) -> Poll<Option<Input>> {
        if let Some(input) = self.hands.given.pop_front() {
            return Poll::Ready(Some(input));
        }
        if self.timer.poll(cx).is_ready() {
            return Poll::Ready(Some(Input::Tick));
        }
        if let Poll::Ready(input) = self.hands.store.poll(cx) {
            return Poll::Ready(Some(input));
        }
        if let Work::Actions(actions) = &mut self.work
            && self.hands.unfinished < MOST_ACTIONS
            && let Poll::Ready(Some(input)) = actions.poll(cx)
        {
            self.hands.unfinished += 1;
            return Poll::Ready(Some(input));
        }
        if self.is_done() {
            return Poll::Ready(None);
        }
        let polled = self.hands.net.poll(cx);
        // A connection whose peer had ended first is over without another input, and may have been the last.
        if polled.is_pending() && self.is_done() {
            return Poll::Ready(None);
        }
        polled.map(Some)
    }

    fn is_done(&self) -> bool {
        let has_no_work = match &self.work {
            Work::Actions(actions) => actions.is_closed && self.hands.unfinished == 0,
            Work::Connections => self.hands.net.is_over(),
        };
        has_no_work && self.hands.store.is_idle()
    }
}

impl<W: Watch> Effects for Hands<W> {
    fn perform(&mut self, now: Instant, output: Output) {
        if !matches!(output, Output::Event { .. }) {
            self.watch.output(now, &output);
        }
        match output {
            Output::Connect { conn, purpose, to, .. } if !self.gate.may_call(conn, purpose, to) => {
                let why = ConnectError::NotAllowed;
                self.given.push_back(Input::ConnectFailed { conn, why });
            }
            Output::Connect {
                conn, from_port, to, ..
            } => {
                if let Some(local) = self.net.connect(conn, from_port, to) {
                    self.watch.calling(now, conn, local);
                }
            }
            Output::Listen { listener, address, .. } if !self.gate.may_listen(address) => {
                let why = ListenError::NotAllowed;
                self.given.push_back(Input::ListenFailed { listener, why });
            }
            Output::Listen {
                listener,
                address,
                ports,
                ..
            } => self.given.push_back(self.net.listen(listener, address, ports)),
            Output::StopListening { listener } => self.net.stop_listening(listener),
            Output::Send { conn, bytes } => self.net.send(conn, bytes),
            Output::Shutdown { conn } => self.net.shutdown(conn),
            Output::Abort { conn } => self.net.abort(conn),
            Output::Read { conn, credit } => self.net.read(conn, credit),
            Output::Store { op, request } => self.store.ask(op, request),
            Output::Event { conn, report } => {
                if matches!(report, Report::Finished { .. }) {
                    self.unfinished = self.unfinished.saturating_sub(1);
                }
                self.watch.report(now, conn, report);
            }
            // What is recorded, the watch masks; the timeout goes to the timer.
            Output::Secret { .. } | Output::Timeout(_) => {}
        }
    }
}

impl Actions {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Input>> {
        if self.is_closed {
            return Poll::Ready(None);
        }
        self.channel.poll_recv(cx).map(|what| {
            if what.is_none() {
                self.is_closed = true;
            }
            let what = what?;
            self.given += 1;
            let action = self.given;
            Some(Input::Act { action, what })
        })
    }
}

impl Timer {
    fn now(&self) -> Instant {
        let micros = self.start.elapsed().as_micros();
        Instant::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
    }

    fn set(&mut self, deadline: Option<Instant>) {
        let Some(deadline) = deadline else {
            self.sleep = None;
            return;
        };
        let at = self.start + Duration::from_micros(deadline.as_micros());
        match &mut self.sleep {
            Some(sleep) => sleep.as_mut().reset(at),
            None => self.sleep = Some(Box::pin(tokio::time::sleep_until(at))),
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match &mut self.sleep {
            None => Poll::Pending,
            Some(sleep) => {
                let done = sleep.as_mut().poll(cx);
                if done.is_ready() {
                    self.sleep = None;
                }
                done
            }
        }
    }
}
