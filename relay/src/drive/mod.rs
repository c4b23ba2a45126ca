//! The driver for the real world: runs a client endpoint over tokio's sockets and a directory's files.
//!
//! One future does everything, so nothing can be left behind: it polls the sockets, the listeners and the store's
//! answers, gives the endpoint one input at a time, and carries out what comes of it. Only file operations run
//! elsewhere, on tokio's blocking threads, and the driver waits for the last of them before it returns.
//!
//! # Bounds
//! * A connection is read only as far as the endpoint granted credit, and at most `READ` bytes at a time; the kernel's
//!   window closes behind that.
//! * What the endpoint may send and the kernel has not taken is at most `SEND` bytes a connection.
//! * At most [`MOST_ACTIONS`] actions are taken from the channel and not finished.

mod conn;
mod files;
mod net;
mod open;

#[cfg(test)]
mod tests;

use core::future::poll_fn;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::collections::VecDeque;

use portolan_protocol::endpoint::{ConnId, Endpoint, Input, Output};
use portolan_protocol::{Effects, drive};
use portolan_wire::Instant;
use portolan_wire::action::Action;
use portolan_wire::report::Report;
use tokio::sync::mpsc;
use tokio::time::{Duration, Sleep};

pub use files::Files;

use net::Net;

/// The most actions that an endpoint holds unfinished; the others wait in their channel, an abort too.
pub const MOST_ACTIONS: usize = 64;

/// Runs one client endpoint.
///
/// `H` is told of every report, with the time since the driver was made and the connection it belongs to. It is called
/// between two inputs, so it must be quick.
pub struct Driver<E, H> {
    endpoint: E,
    hands: Hands<H>,
    actions: Actions,
    timer: Timer,
}

/// What carries out an endpoint's outputs.
struct Hands<H> {
    hook: H,
    net: Net,
    files: Files,
    /// Inputs that followed at once from outputs.
    given: VecDeque<Input>,
    unfinished: usize,
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

impl<E: Endpoint, H: FnMut(Instant, Option<ConnId>, Report)> Driver<E, H> {
    /// A driver of `endpoint`, whose files lie in `files` and whose actions come through `actions`, numbered from 1.
    pub fn new(endpoint: E, files: Files, actions: mpsc::Receiver<Action>, hook: H) -> Self {
        Self {
            endpoint,
            hands: Hands {
                hook,
                net: Net::default(),
                files,
                given: VecDeque::new(),
                unfinished: 0,
            },
            actions: Actions {
                channel: actions,
                given: 0,
                is_closed: false,
            },
            timer: Timer {
                start: tokio::time::Instant::now(),
                sleep: None,
            },
        }
    }

    /// Runs until the channel of actions is closed and every action has finished.
    ///
    /// Connections that are open then are closed. Dropping the future before closes them too; a file operation that is
    /// under way ends by itself.
    pub async fn run(mut self) -> E {
        self.give(Input::Begin);
        while let Some(input) = poll_fn(|cx| self.poll_input(cx)).await {
            self.give(input);
        }
        self.endpoint
    }

    fn give(&mut self, input: Input) {
        let now = self.timer.now();
        let deadline = drive(&mut self.endpoint, now, input, &mut self.hands);
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
        if let Poll::Ready(input) = self.hands.files.poll(cx) {
            return Poll::Ready(Some(input));
        }
        if self.hands.unfinished < MOST_ACTIONS
            && let Poll::Ready(Some(input)) = self.actions.poll(cx)
        {
            self.hands.unfinished += 1;
            return Poll::Ready(Some(input));
        }
        if self.actions.is_closed && self.hands.unfinished == 0 && self.hands.files.is_idle() {
            return Poll::Ready(None);
        }
        self.hands.net.poll(cx).map(Some)
    }
}

impl<H: FnMut(Instant, Option<ConnId>, Report)> Effects for Hands<H> {
    fn perform(&mut self, now: Instant, output: Output) {
        match output {
            Output::Connect {
                conn, from_port, to, ..
            } => self.net.connect(conn, from_port, to),
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
            Output::Store { op, request } => self.files.ask(op, request),
            Output::Event { conn, report } => {
                if matches!(report, Report::Finished { .. }) {
                    self.unfinished = self.unfinished.saturating_sub(1);
                }
                (self.hook)(now, conn, report);
            }
            // Nothing is recorded here, so nothing has to be masked; the timeout goes to the timer.
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
