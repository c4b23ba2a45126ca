//! An endpoint around one that speaks in the clear: connections are secured under its feet, and cleared again.
//!
//! The [`Shell`] around a [`Speaker`] is an [`Endpoint`] whose `Send` and `Received` are wire bytes.
//!
//! # What the driver may rely on
//! * The rules of the contract, counted on the wire. For a secured connection the shell holds at most [`WINDOW`] bytes of the
//!   speaker's words, a record on its way out, [`WINDOW`] bytes from the wire and what they came to: when the
//!   speaker does not read, nothing more is asked for. While nothing waits to be read, there is always credit for a
//!   record or two, whether or not the speaker reads: tickets and goodbyes come also to who only sends.
//! * A range of a secured connection's bytes is never marked as a secret: nobody beside the wire can read it. What is marked
//!   in one that was cleared is where it lies on the wire.
//! * A broken connection is told why (an alert), shut down, and thrown away if the peer does not end it too.

mod conn;

use std::collections::VecDeque;

use portolan_wire::Instant;
use portolan_wire::ordered::Map;

use self::conn::Conn;
use super::setup::{Client, Server};
use crate::endpoint::{ConnId, Endpoint, Input, Output};
use crate::speaker::{Heard, Said, Speaker};

/// How many bytes of plaintext a speaker may have on their way, and how many bytes from the wire may wait, each for one
/// secured connection.
pub const WINDOW: usize = 40 * 1024;

/// Which side of TLS an endpoint is, on all of its connections (RFC 4217 section 7).
#[derive(Clone, Debug)]
pub enum Side {
    /// An FTP client's, whoever calls.
    Client(Client),
    /// An FTP server's.
    Server(Server),
}

/// A speaker, and TLS around its connections.
#[derive(Debug)]
pub struct Shell<S> {
    speaker: S,
    side: Side,
    now: Instant,
    conns: Map<ConnId, Conn>,
    /// For the speaker, and not yet heard.
    heard: VecDeque<Heard>,
    out: VecDeque<Output>,
    /// When the speaker wants a tick.
    tick: Option<Instant>,
}

impl<S: Speaker> Shell<S> {
    /// A shell around `speaker`.
    pub fn new(speaker: S, side: Side) -> Self {
        Self {
            speaker,
            side,
            now: Instant::ZERO,
            conns: Map::new(),
            heard: VecDeque::new(),
            out: VecDeque::new(),
            tick: None,
        }
    }

    /// The same with a connection that is established from the start, as a server's control connection is.
    #[must_use]
    pub fn with_connection(mut self, conn: ConnId) -> Self {
        self.conns.insert(conn, Conn::default());
        self
    }

    /// The speaker.
    pub const fn speaker(&self) -> &S {
        &self.speaker
    }

    /// What an input means to the speaker, if it is for it.
    fn translate(&mut self, input: Input) -> Option<Input> {
        match &input {
            Input::Accepted { conn, .. } => {
                self.conns.insert(*conn, Conn::default());
            }
            Input::ConnectFailed { conn, .. } => {
                self.conns.remove(conn);
            }
            Input::Reset { conn } => {
                let was_known = self.conns.remove(conn).is_none_or(|known| known.is_known());
                return was_known.then_some(input);
            }
            Input::Received { conn, bytes } => {
                if let Some(known) = self.conns.get_mut(conn) {
                    return known.handle_received(self.now, bytes).then_some(input);
                }
            }
            Input::Writable { conn, bytes } => {
                if let Some(known) = self.conns.get_mut(conn) {
                    return known.handle_writable(*bytes).then_some(input);
                }
            }
            Input::Eof { conn } => {
                if let Some(known) = self.conns.get_mut(conn) {
                    return known.handle_eof().then_some(input);
                }
            }
            _ => {}
        }
        Some(input)
    }

    /// Does what the speaker said.
    fn obey(&mut self, output: Output) {
        let (Output::Send { conn, .. } | Output::Shutdown { conn } | Output::Read { conn, .. }) = &output else {
            return self.obey_otherwise(output);
        };
        let passes = match (self.conns.get_mut(conn), &output) {
            (Some(known), Output::Send { bytes, .. }) => known.send(bytes),
            (Some(known), Output::Read { credit, .. }) => known.read(*credit),
            (Some(known), _) => known.shut_down(),
            (None, _) => true,
        };
        if passes {
            self.out.push_back(output);
        }
    }

    fn obey_otherwise(&mut self, mut output: Output) {
        let passes = match &mut output {
            Output::Connect { conn, .. } => {
                self.conns.insert(*conn, Conn::default());
                true
            }
            Output::Abort { conn } => self.conns.get(conn).is_none_or(|known| {
                // A broken one is thrown away in its time: what is wrong has to reach the peer.
                known.is_known()
            }),
            Output::Secret { conn, sent, range } => match self.conns.get(conn).map(|known| known.overhead(*sent)) {
                None => true,
                Some(None) => false,
                Some(Some(overhead)) => {
                    *range = range.start.saturating_add(overhead)..range.end.saturating_add(overhead);
                    true
                }
            },
            _ => true,
        };
        if let (Output::Abort { conn }, true) = (&output, passes) {
            self.conns.remove(conn);
        }
        if passes {
            self.out.push_back(output);
        }
    }

    fn secure(&mut self, conn: ConnId) {
        let Some(known) = self.conns.get_mut(&conn) else { return };
        let mut layer = known.take_layer();
        let begun = match &self.side {
            Side::Client(client) => layer.begin_client(self.now, client),
            Side::Server(server) => layer.begin_server(self.now, server),
        };
        match begun {
            Ok(()) => known.secure(layer),
            Err(fault) => {
                known.give_up(self.now);
                self.heard.push_back(Heard::Broken { conn, fault });
            }
        }
    }

    /// Lets the speaker say all it has to say.
    fn listen(&mut self) {
        loop {
            match self.speaker.poll() {
                Said::Plain(Output::Timeout(at)) => {
                    self.tick = at;
                    return;
                }
                Said::Plain(output) => self.obey(output),
                Said::Secure { conn } => self.secure(conn),
                Said::Clear { conn } => {
                    if let Some(known) = self.conns.get_mut(&conn) {
                        known.clear();
                    }
                }
            }
        }
    }

    /// Does all that can be done without another input.
    fn go_on(&mut self) {
        loop {
            self.listen();
            for (conn, known) in &mut self.conns {
                known.go_on(*conn, self.now, &mut self.out, &mut self.heard);
            }
            self.conns.retain(|_, known| !known.is_over());
            let Some(heard) = self.heard.pop_front() else { return };
            self.speaker.handle(self.now, heard);
        }
    }
}

impl<S: Speaker> Endpoint for Shell<S> {
    fn handle_input(&mut self, now: Instant, input: Input) {
        self.now = now;
        for known in self.conns.values_mut() {
            known.handle_time(now);
        }
        if let Some(input) = self.translate(input) {
            self.speaker.handle(now, Heard::Plain(input));
        }
        self.go_on();
    }

    fn poll_output(&mut self) -> Output {
        self.out.pop_front().unwrap_or_else(|| {
            let deadlines = self.conns.values().filter_map(Conn::deadline);
            Output::Timeout(deadlines.chain(self.tick).min())
        })
    }
}
