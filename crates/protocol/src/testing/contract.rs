//! The rules of [`crate::endpoint`], watched.

use portolan_wire::ordered::{Map, Set};

use crate::endpoint::{
    BLOCK, ConnId, HandleId, Input, ListenerId, OUTSTANDING, OpId, Output, StoreAnswer, StoreRequest,
};

/// What an endpoint and its driver owe each other at the moment. Every broken rule panics and names the rule.
#[derive(Debug, Default)]
pub struct Contract {
    conns: Map<ConnId, Conn>,
    listeners: Map<ListenerId, Listener>,
    waiting: Map<OpId, Waiting>,
    used_ops: Set<OpId>,
    handles: Map<HandleId, Handle>,
    held: u64,
    most_held: u64,
}

#[derive(Debug)]
enum Conn {
    Opening,
    Open(Open),
    /// Over in the drain that is going on: events may still name it.
    Ending,
    Over,
    /// Thrown away by the endpoint: the driver may not have heard of it yet.
    Aborted,
}

#[derive(Debug, Default)]
struct Open {
    writable: usize,
    readable: usize,
    sent: u64,
    received: u64,
    is_shut: bool,
    has_ended: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Listener {
    Opening,
    Open,
    Over,
}

#[derive(Debug)]
struct Waiting {
    handle: Option<HandleId>,
    closes: bool,
}

#[derive(Debug, Default)]
struct Handle {
    waiting: usize,
    is_closed: bool,
}

impl Contract {
    /// A connection is there from the start.
    pub fn establish(&mut self, conn: ConnId) {
        self.open(conn);
    }

    /// How many bytes may be delivered.
    #[must_use]
    pub fn readable(&self, conn: ConnId) -> usize {
        match self.conns.get(&conn) {
            Some(Conn::Open(open)) if !open.has_ended => open.readable,
            _ => 0,
        }
    }

    /// How many bytes were delivered in all.
    #[must_use]
    pub fn received(&self, conn: ConnId) -> u64 {
        match self.conns.get(&conn) {
            Some(Conn::Open(open)) => open.received,
            _ => 0,
        }
    }

    /// How many bytes the endpoint may send.
    #[must_use]
    pub fn writable(&self, conn: ConnId) -> usize {
        match self.conns.get(&conn) {
            Some(Conn::Open(open)) if !open.is_shut => open.writable,
            _ => 0,
        }
    }

    /// The connections that are open.
    pub fn open_conns(&self) -> impl Iterator<Item = ConnId> {
        let is_open = |conn: &Conn| matches!(conn, Conn::Open(_));
        self.conns
            .iter()
            .filter(move |(_, conn)| is_open(conn))
            .map(|(id, _)| *id)
    }

    /// The connections that are being opened.
    pub fn opening_conns(&self) -> impl Iterator<Item = ConnId> {
        let is_opening = |conn: &Conn| matches!(conn, Conn::Opening);
        self.conns
            .iter()
            .filter(move |(_, conn)| is_opening(conn))
            .map(|(id, _)| *id)
    }

    /// Whether the connection's other end has ended its direction or more.
    #[must_use]
    pub fn has_ended(&self, conn: ConnId) -> bool {
        match self.conns.get(&conn) {
            Some(Conn::Open(open)) => open.has_ended,
            _ => true,
        }
    }

    /// Whether the listener is open.
    #[must_use]
    pub fn is_listening(&self, listener: ListenerId) -> bool {
        self.listeners.get(&listener) == Some(&Listener::Open)
    }

    /// The listeners that are being opened.
    pub fn opening_listeners(&self) -> impl Iterator<Item = ListenerId> {
        let of = |state: &Listener| *state == Listener::Opening;
        self.listeners
            .iter()
            .filter(move |(_, state)| of(state))
            .map(|(id, _)| *id)
    }

    /// The listeners that are open.
    pub fn open_listeners(&self) -> impl Iterator<Item = ListenerId> {
        let of = |state: &Listener| *state == Listener::Open;
        self.listeners
            .iter()
            .filter(move |(_, state)| of(state))
            .map(|(id, _)| *id)
    }

    /// Bytes of content that the endpoint holds: received or read, and not yet sent or written.
    #[must_use]
    pub const fn held(&self) -> u64 {
        self.held
    }

    /// The most bytes of content that the endpoint has held at once: received or read, and not yet sent or written.
    #[must_use]
    pub const fn most_held(&self) -> u64 {
        self.most_held
    }

    /// Panics unless everything has come to its end: connections, listeners, storage requests, handles.
    pub fn assert_over(&self) {
        for (id, conn) in &self.conns {
            assert!(matches!(conn, Conn::Over | Conn::Aborted), "{id:?} is left: {conn:?}");
        }
        for (id, listener) in &self.listeners {
            assert!(*listener == Listener::Over, "{id:?} still listens");
        }
        assert!(self.waiting.is_empty(), "requests without answer: {:?}", self.waiting);
        for (id, handle) in &self.handles {
            assert!(handle.is_closed, "{id:?} was never closed");
        }
    }

    /// Watches an input. A panic here is the fault of the test.
    pub fn input(&mut self, input: &Input) {
        match input {
            Input::Begin | Input::Tick | Input::Act { .. } => {}
            Input::Listening { listener, .. } => {
                let state = self
                    .listeners
                    .get_mut(listener)
                    .unwrap_or_else(|| panic!("no {listener:?}"));
                match state {
                    Listener::Opening => *state = Listener::Open,
                    Listener::Over => {}
                    Listener::Open => panic!("{listener:?} was answered twice"),
                }
            }
            Input::ListenFailed { listener, .. } => {
                self.listeners.insert(*listener, Listener::Over);
            }
            Input::Accepted { conn, .. } => self.open(*conn),
            Input::Connected { conn, .. } => match self.conns.get(conn) {
                Some(Conn::Opening) => {
                    self.conns.insert(*conn, Conn::Open(Open::default()));
                }
                Some(Conn::Aborted) => {}
                other => panic!("{conn:?} was not being opened: {other:?}"),
            },
            Input::ConnectFailed { conn, .. } => match self.conns.get(conn) {
                Some(Conn::Opening) => self.is_over(*conn),
                Some(Conn::Aborted) => {}
                other => panic!("{conn:?} was not being opened: {other:?}"),
            },
            Input::Received { conn, bytes } => self.take_in(*conn, bytes.len()),
            Input::Writable { conn, bytes } => {
                if let Some(open) = self.live(*conn) {
                    open.writable += bytes;
                }
            }
            Input::Eof { conn } => {
                if let Some(open) = self.live(*conn) {
                    assert!(!open.has_ended, "{conn:?} ended twice");
                    open.has_ended = true;
                    if open.is_shut {
                        self.is_over(*conn);
                    }
                }
            }
            Input::Reset { conn } => {
                if self.live(*conn).is_some() {
                    self.is_over(*conn);
                }
            }
            Input::Stored { op, result } => self.stored(*op, result.as_ref().ok()),
        }
    }

    /// Watches an output. A panic here is the fault of the endpoint.
    pub fn output(&mut self, output: &Output) {
        match output {
            Output::Connect { conn, .. } => {
                assert!(!self.conns.contains_key(conn), "{conn:?} was used before");
                self.conns.insert(*conn, Conn::Opening);
            }
            Output::Listen { listener, .. } => {
                let before = self.listeners.insert(*listener, Listener::Opening);
                assert!(before.is_none(), "{listener:?} was used before");
            }
            Output::StopListening { listener } => {
                let before = self.listeners.insert(*listener, Listener::Over);
                assert!(
                    !matches!(before, None | Some(Listener::Over)),
                    "{listener:?} does not listen"
                );
            }
            Output::Send { conn, bytes } => self.sent(*conn, bytes.len()),
            Output::Shutdown { conn } => {
                let open = self.named(*conn, "Shutdown");
                assert!(!open.is_shut, "{conn:?} was shut down twice");
                open.is_shut = true;
                if open.has_ended {
                    self.is_over(*conn);
                }
            }
            Output::Abort { conn } => {
                let is_live = matches!(self.conns.get(conn), Some(Conn::Opening | Conn::Open(_)));
                assert!(is_live, "{conn:?} is not there to be aborted");
                self.conns.insert(*conn, Conn::Aborted);
            }
            Output::Read { conn, credit } => {
                assert!(*credit > 0, "credit of nothing");
                self.named(*conn, "Read").readable += credit;
            }
            Output::Store { op, request } => self.asked(*op, request),
            Output::Secret { conn, sent, range } => {
                assert!(range.start < range.end, "an empty secret");
                let open = self.named(*conn, "Secret");
                if *sent {
                    assert!(range.start >= open.sent, "marked after it was sent");
                } else {
                    assert!(range.end <= open.received, "marked before it was received");
                }
            }
            Output::Event {
                conn: Some(conn),
                report,
            } => {
                let is_known = matches!(self.conns.get(conn), Some(Conn::Opening | Conn::Open(_) | Conn::Ending));
                assert!(is_known, "{conn:?} is over, and {report:?} names it");
            }
            Output::Event { conn: None, .. } | Output::Timeout(_) => {}
        }
    }

    /// The drain is done.
    pub fn rest(&mut self) {
        for conn in self.conns.values_mut() {
            if matches!(conn, Conn::Ending) {
                *conn = Conn::Over;
            }
        }
    }

    fn open(&mut self, conn: ConnId) {
        let before = self.conns.insert(conn, Conn::Open(Open::default()));
        assert!(before.is_none(), "{conn:?} was used before");
    }

    /// The connection if it is open, nothing if the endpoint has thrown it away.
    fn live(&mut self, conn: ConnId) -> Option<&mut Open> {
        match self.conns.get_mut(&conn) {
            Some(Conn::Open(open)) => Some(open),
            Some(Conn::Aborted) => None,
            other => panic!("an input for {conn:?}, which is {other:?}"),
        }
    }

    fn named(&mut self, conn: ConnId, by: &str) -> &mut Open {
        match self.conns.get_mut(&conn) {
            Some(Conn::Open(open)) => open,
            other => panic!("{by} names {conn:?}, which is {other:?}"),
        }
    }

    fn is_over(&mut self, conn: ConnId) {
        self.conns.insert(conn, Conn::Ending);
    }

    fn take_in(&mut self, conn: ConnId, length: usize) {
        assert!(length > 0, "nothing was received");
        let Some(open) = self.live(conn) else { return };
        assert!(!open.has_ended, "{conn:?} had ended");
        assert!(open.readable >= length, "more than was granted");
        open.readable -= length;
        open.received += length as u64;
        self.hold(length);
    }

    fn sent(&mut self, conn: ConnId, length: usize) {
        assert!(length > 0, "nothing was sent");
        let open = self.named(conn, "Send");
        assert!(!open.is_shut, "{conn:?} was shut down");
        assert!(
            open.writable >= length,
            "{length} bytes over a credit of {}",
            open.writable
        );
        open.writable -= length;
        open.sent += length as u64;
        self.held = self.held.saturating_sub(length as u64);
    }

    fn asked(&mut self, op: OpId, request: &StoreRequest) {
        assert!(self.used_ops.insert(op), "{op:?} was used before");
        let (handle, closes) = match request {
            StoreRequest::Open { .. }
            | StoreRequest::List { .. }
            | StoreRequest::Stat { .. }
            | StoreRequest::Delete { .. }
            | StoreRequest::MakeDirectory { .. }
            | StoreRequest::RemoveDirectory { .. }
            | StoreRequest::Rename { .. } => (None, false),
            StoreRequest::ReadAt { handle, length, .. } => {
                assert!((1..=BLOCK).contains(length), "a block of {length}");
                (Some(*handle), false)
            }
            StoreRequest::WriteAt { handle, bytes, .. } => {
                assert!(
                    (1..=BLOCK as usize).contains(&bytes.len()),
                    "a block of {}",
                    bytes.len()
                );
                self.held = self.held.saturating_sub(bytes.len() as u64);
                (Some(*handle), false)
            }
            StoreRequest::Close { handle, .. } => (Some(*handle), true),
        };
        if let Some(handle) = handle {
            let known = self
                .handles
                .get_mut(&handle)
                .unwrap_or_else(|| panic!("{handle:?} was never opened"));
            assert!(!known.is_closed, "{handle:?} was closed before");
            assert!(
                !closes || known.waiting == 0,
                "{handle:?} is closed while requests for it wait"
            );
            known.waiting += 1;
            known.is_closed = closes;
            assert!(
                known.waiting <= OUTSTANDING,
                "{handle:?} has {} requests waiting",
                known.waiting
            );
        }
        self.waiting.insert(op, Waiting { handle, closes });
    }

    fn stored(&mut self, op: OpId, answer: Option<&StoreAnswer>) {
        let waiting = self
            .waiting
            .remove(&op)
            .unwrap_or_else(|| panic!("nobody asked {op:?}"));
        if let Some(handle) = waiting.handle.filter(|_| !waiting.closes)
            && let Some(known) = self.handles.get_mut(&handle)
        {
            known.waiting -= 1;
        }
        match answer {
            Some(StoreAnswer::Opened { handle, .. }) => {
                let before = self.handles.insert(*handle, Handle::default());
                assert!(
                    before.is_none_or(|handle| handle.is_closed),
                    "{handle:?} is open already"
                );
            }
            Some(StoreAnswer::Data(bytes)) => self.hold(bytes.len()),
            _ => {}
        }
    }

    fn hold(&mut self, length: usize) {
        self.held += length as u64;
        self.most_held = self.most_held.max(self.held);
    }
}
