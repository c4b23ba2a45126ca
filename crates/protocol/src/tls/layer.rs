//! The layer itself: one connection, in the clear or under TLS.

use core::mem;
use core::ops::Range;
use std::collections::VecDeque;
use std::io::{BufRead, Write};

use portolan_wire::Instant;
use portolan_wire::security::{Secured, TlsFault};
use rustls::HandshakeKind;

use super::fault;
use super::queue::take;
use super::record::{Next, Records};
use super::setup::{Client, Server, Session};
use crate::shown::shown;

/// The most plaintext that goes into one record (RFC 8446 section 5.1).
const RECORD: usize = 16 * 1024;

/// One connection. See the module for the rules.
#[derive(Debug, Default)]
pub struct Layer {
    state: State,
    /// From the wire, and not yet understood.
    records: Records,
    /// For the wire, and not yet taken.
    wire: VecDeque<u8>,
    /// Understood, and not yet taken.
    plain: Vec<u8>,
    events: VecDeque<Event>,
    said: Counted,
    heard: Counted,
}

/// The bytes of one direction, from the layer's beginning.
#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    words: u64,
    wire: u64,
}

impl Counted {
    /// How many more there were on the wire than there were words.
    const fn overhead(self) -> u64 {
        self.wire.saturating_sub(self.words)
    }
}

/// What a connection is.
#[derive(Debug, Default)]
enum State {
    /// In the clear.
    #[default]
    Plain,
    /// The handshake is under way; it must be over at `until`.
    Handshaking { session: Box<Session>, until: Instant },
    /// Secured, and neither side has said goodbye.
    Secured { session: Box<Session> },
    /// This side has said goodbye; the peer may go on.
    Said { session: Box<Session>, then: Then },
    /// The peer has said goodbye; this side may go on. What came behind its `close_notify` waits.
    Heard { session: Box<Session> },
    /// Both have said goodbye, and the connection will end.
    Parted,
    /// It can't go on.
    Broken,
}

/// What follows when both have said goodbye.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// The connection's end.
    End,
    /// Words in the clear (CCC).
    Plain,
}

/// Something that happened, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The handshake is done.
    Secured(Secured),
    /// The server sent tickets: so many are left for other connections.
    Tickets {
        /// That number.
        left: u32,
    },
    /// The peer said goodbye (`close_notify`): what came before it is whole.
    Goodbye,
    /// The connection is in the clear again.
    Cleared(Cleared),
    /// It can't go on. Whatever is left to send says so to the peer; then the connection is to be ended.
    Broken(TlsFault),
}

/// By how much what is said in the clear again lies further behind on the wire than among the words, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cleared {
    /// In this side's direction.
    pub sent: u64,
    /// In the peer's.
    pub received: u64,
}

/// What becomes of the connection, and of what is asked of it.
impl Layer {
    /// A connection in the clear.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Secures the connection, as its client.
    ///
    /// # Errors
    /// [`TlsFault::Setup`]; the connection stays in the clear.
    pub fn begin_client(&mut self, now: Instant, client: &Client) -> Result<(), TlsFault> {
        let begun = client.begin(now)?;
        self.begin(begun);
        Ok(())
    }

    /// Secures the connection, as its server.
    ///
    /// # Errors
    /// [`TlsFault::Setup`]; the connection stays in the clear.
    pub fn begin_server(&mut self, now: Instant, server: &Server) -> Result<(), TlsFault> {
        let begun = server.begin(now)?;
        self.begin(begun);
        Ok(())
    }

    fn begin(&mut self, (session, until): (Session, Instant)) {
        let session = Box::new(session);
        // Plaintext from before is nobody's now; see the module's rules.
        self.plain.clear();
        self.records = Records::default();
        self.state = State::Handshaking { session, until };
        self.collect();
    }

    /// Says goodbye: nothing is said any more, what the peer says is still heard.
    pub fn close(&mut self) {
        self.say_goodbye(Then::End);
    }

    /// Says goodbye, and goes on in the clear when the peer has done so too (CCC, RFC 4217 section 12.3).
    pub fn clear(&mut self) {
        self.say_goodbye(Then::Plain);
    }

    fn say_goodbye(&mut self, then: Then) {
        match mem::take(&mut self.state) {
            State::Secured { session } => {
                self.state = State::Said { session, then };
                self.send_goodbye();
            }
            State::Heard { session } => {
                self.state = State::Said { session, then };
                self.send_goodbye();
                self.part(then);
                self.advance();
            }
            // Nothing is said before the handshake is done, so nothing can be cut short.
            state @ (State::Plain | State::Handshaking { .. } | State::Said { .. } | State::Parted | State::Broken) => {
                self.state = state;
            }
        }
    }

    fn send_goodbye(&mut self) {
        if let Some(session) = self.session() {
            session.tls.send_close_notify();
        }
        self.collect();
    }

    /// Both have said goodbye.
    fn part(&mut self, then: Then) {
        match then {
            Then::End => self.state = State::Parted,
            Then::Plain => {
                self.state = State::Plain;
                let mut heard = self.heard;
                // What lies behind the goodbye is in the clear.
                heard.wire = heard.wire.saturating_sub(self.records.rest().len() as u64);
                self.events.push_back(Event::Cleared(Cleared {
                    sent: self.said.overhead(),
                    received: heard.overhead(),
                }));
            }
        }
    }

    /// When a handshake has to be over.
    #[must_use]
    pub const fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Handshaking { until, .. } => Some(until),
            _ => None,
        }
    }

    /// Ends a handshake whose time is over.
    pub fn handle_time(&mut self, now: Instant) {
        if self.deadline().is_some_and(|until| until <= now) {
            self.fail(TlsFault::Stalled);
        }
    }

    /// Whether words go over the connection in the clear.
    #[must_use]
    pub const fn is_plain(&self) -> bool {
        matches!(self.state, State::Plain)
    }

    /// Whether both sides have said all they will, under TLS.
    #[must_use]
    pub const fn has_parted(&self) -> bool {
        matches!(self.state, State::Parted)
    }

    fn fail(&mut self, fault: TlsFault) {
        self.state = State::Broken;
        self.records = Records::default();
        self.events.push_back(Event::Broken(fault));
    }
}

/// What comes in.
impl Layer {
    /// Bytes came.
    pub fn handle_wire(&mut self, now: Instant, bytes: &[u8]) {
        if matches!(self.state, State::Parted | State::Broken) {
            return;
        }
        if let Some(session) = self.session() {
            session.set_time(now);
        }
        self.heard.wire += bytes.len() as u64;
        self.records.add(bytes);
        self.advance();
    }

    /// The peer will send no more.
    pub fn handle_eof(&mut self) {
        match &self.state {
            State::Handshaking { .. } => self.fail(TlsFault::Unfinished),
            State::Secured { .. } | State::Said { .. } => self.fail(TlsFault::CutShort),
            State::Plain | State::Heard { .. } | State::Parted | State::Broken => {}
        }
    }

    /// What was understood, in its order; all of it.
    pub fn take_plain(&mut self) -> Vec<u8> {
        mem::take(&mut self.plain)
    }

    /// The next thing that happened.
    ///
    /// Events and plaintext come in two queues; the order between them is: plaintext came before [`Event::Goodbye`], and
    /// before or after all others.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Understands what can be understood.
    fn advance(&mut self) {
        loop {
            match self.state {
                State::Plain => {
                    let bytes = self.records.take();
                    self.heard.words += bytes.len() as u64;
                    self.plain.extend(bytes);
                    return;
                }
                State::Handshaking { .. } | State::Secured { .. } | State::Said { .. } => match self.records.next() {
                    Next::Nothing => return,
                    Next::Record(at) => self.feed(at),
                    // curl says no goodbye of its own when it waited for the server's. What it had to say under TLS was
                    // answered before this side said goodbye.
                    Next::NoRecord if self.is_clearing() => self.part(Then::Plain),
                    Next::NoRecord => {
                        let fault = self.no_record();
                        self.fail(fault);
                        return;
                    }
                },
                // What stands behind a goodbye waits for this side's own.
                State::Heard { .. } | State::Parted | State::Broken => return,
            }
        }
    }

    /// Whether only the peer's goodbye is missing for words in the clear.
    const fn is_clearing(&self) -> bool {
        matches!(self.state, State::Said { then: Then::Plain, .. })
    }

    /// What bytes mean that are no record: plaintext while hands are shaken, something spoilt later.
    fn no_record(&self) -> TlsFault {
        match self.state {
            State::Handshaking { .. } => {
                let what = shown(self.records.rest());
                TlsFault::Plaintext { what }
            }
            _ => TlsFault::BadRecord,
        }
    }

    /// Lets `rustls` read one whole record.
    fn feed(&mut self, at: Range<usize>) {
        let mut plain = mem::take(&mut self.plain);
        let records = mem::take(&mut self.records);
        let known = plain.len();
        let (mut read, mut after) = (Ok(false), None);
        if let Some(session) = self.session() {
            let before = session.tickets_left();
            read = read_record(session, records.record(at), &mut plain);
            after = session.tickets_left().filter(|after| Some(*after) != before);
        }
        self.heard.words += (plain.len() - known) as u64;
        self.plain = plain;
        self.records = records;
        // An alert that says what is wrong goes out too, unless this side has said its last word.
        if read.is_ok() || !matches!(self.state, State::Said { .. }) {
            self.collect();
        }
        match read {
            Ok(has_ended) => {
                self.secure();
                if let Some(left) = after {
                    self.events.push_back(Event::Tickets { left });
                }
                if has_ended {
                    self.hear_goodbye();
                }
            }
            Err(fault) => self.fail(fault),
        }
    }

    /// Says that the handshake is done, when it is.
    fn secure(&mut self) {
        self.state = match mem::take(&mut self.state) {
            State::Handshaking { session, .. } if !session.tls.is_handshaking() => {
                self.events.push_back(Event::Secured(secured(&session)));
                State::Secured { session }
            }
            state => state,
        };
    }

    fn hear_goodbye(&mut self) {
        match mem::take(&mut self.state) {
            State::Secured { session } => {
                self.state = State::Heard { session };
                self.events.push_back(Event::Goodbye);
            }
            State::Said { then, .. } => {
                self.events.push_back(Event::Goodbye);
                self.part(then);
            }
            // Gone before it was there.
            State::Handshaking { .. } => self.fail(TlsFault::Unfinished),
            state => self.state = state,
        }
    }
}

/// What goes out.
impl Layer {
    /// Takes words to be sent, as many as are its business now, and says how many: at most a record's worth, and none
    /// while a handshake is under way, behind a goodbye, or while much waits to be sent.
    pub fn write(&mut self, plain: &[u8]) -> usize {
        if self.wire.len() >= RECORD {
            return 0;
        }
        let part = plain.get(..RECORD.min(plain.len())).unwrap_or_default();
        let written = match &mut self.state {
            State::Plain => {
                self.send(part);
                part.len()
            }
            State::Secured { session } | State::Heard { session } => {
                // It buffers without a limit but ours, and cannot fail.
                let written = session.tls.writer().write(part).unwrap_or_default();
                self.collect();
                written
            }
            State::Handshaking { .. } | State::Said { .. } | State::Parted | State::Broken => 0,
        };
        self.said.words += written as u64;
        written
    }

    /// Takes all of these words, of a connection in the clear: they are few, and have to be on their way before it is secured.
    pub(super) fn write_in_the_clear(&mut self, plain: &[u8]) {
        if self.is_plain() {
            self.send(plain);
            self.said.words += plain.len() as u64;
        }
    }

    fn send(&mut self, bytes: &[u8]) {
        self.said.wire += bytes.len() as u64;
        self.wire.extend(bytes);
    }

    /// The next bytes for the wire: at most `credit`, and none when nothing waits.
    pub fn take_wire(&mut self, credit: usize) -> Vec<u8> {
        take(&mut self.wire, credit)
    }

    /// How many bytes wait for the wire.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.wire.len()
    }

    /// Takes from `rustls` what it has for the wire.
    fn collect(&mut self) {
        let mut bytes = Vec::new();
        if let Some(session) = self.session() {
            // A vector takes everything.
            while session.tls.wants_write() && session.tls.write_tls(&mut bytes).is_ok_and(|written| written > 0) {}
        }
        if self.wire.is_empty() {
            self.said.wire += bytes.len() as u64;
            self.wire = bytes.into();
        } else {
            self.send(&bytes);
        }
    }

    fn session(&mut self) -> Option<&mut Session> {
        match &mut self.state {
            State::Handshaking { session, .. }
            | State::Secured { session }
            | State::Said { session, .. }
            | State::Heard { session } => Some(session),
            State::Plain | State::Parted | State::Broken => None,
        }
    }
}

/// Reads one whole record, adds what it says to `plain`, and tells whether it was the peer's goodbye.
fn read_record(session: &mut Session, mut record: &[u8], plain: &mut Vec<u8>) -> Result<bool, TlsFault> {
    let mut has_ended = false;
    while !record.is_empty() {
        // It reads from memory, and refuses only what it has no room for; there is room, as all is taken out at once.
        let read = session.tls.read_tls(&mut record).unwrap_or_default();
        let state = match session.tls.process_new_packets() {
            Ok(state) => state,
            Err(error) => return Err(fault::of_peer(error, || session.refused())),
        };
        has_ended |= state.peer_has_closed();
        if read == 0 {
            return Err(TlsFault::BadRecord);
        }
        let mut reader = session.tls.reader();
        while let Ok(bytes) = reader.fill_buf() {
            let length = bytes.len();
            if length == 0 {
                break;
            }
            plain.extend_from_slice(bytes);
            reader.consume(length);
        }
    }
    Ok(has_ended)
}

fn secured(session: &Session) -> Secured {
    let tls = &session.tls;
    Secured {
        version: tls.protocol_version().map_or(0, u16::from),
        suite: tls
            .negotiated_cipher_suite()
            .map_or(0, |suite| u16::from(suite.suite())),
        resumed: tls.handshake_kind() == Some(HandshakeKind::Resumed),
        certificate: session.certificate(),
        trusted: session.trusted(),
        tickets: session.tickets_left(),
    }
}
