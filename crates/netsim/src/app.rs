//! Programs: endpoints, and what the world keeps for each of them.

use std::collections::VecDeque;

use portolan_protocol::endpoint::{ConnId, Endpoint, Input, ListenerId};
use portolan_session::event::{Conn, HostId};
use portolan_wire::Instant;
use portolan_wire::ordered::Map;

use crate::store::StoreId;

/// A running program within one world: a client that was added, or a server's session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AppId(pub(crate) u32);

/// How many connections that are over a program may still name in its reports.
const REMEMBERED: usize = 64;

/// How far a transfer goes on before its next `Progress` is recorded, in bytes.
const PROGRESS: u64 = 64 * 1024;

/// A program: its machine, what waits for it, and what its ids mean.
pub(crate) struct App {
    pub(crate) host: HostId,
    /// For people.
    pub(crate) name: String,
    /// Taken out while it runs.
    pub(crate) endpoint: Option<Box<dyn Endpoint>>,
    pub(crate) inbox: VecDeque<Input>,
    /// Whether it waits in the list of programs to run.
    pub(crate) ready: bool,
    pub(crate) kind: AppKind,
    pub(crate) store: Option<StoreId>,
    /// Storage requests not yet answered.
    pub(crate) asked: u32,
    /// When it wants a tick, and when the clock will ask whether it still does.
    pub(crate) timer: Option<Instant>,
    pub(crate) scheduled: Option<Instant>,
    /// Connections accepted so far: the number of the next.
    pub(crate) accepted: u32,
    pub(crate) listeners: Map<ListenerId, u16>,
    conns: Map<ConnId, Held>,
    /// Connections that are over, oldest first.
    over: VecDeque<ConnId>,
}

/// What a program is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AppKind {
    /// It lives as long as the world.
    Client,
    /// A server's session; it ends with its connections.
    Session {
        /// Of which service.
        service: usize,
    },
}

/// A connection as a program holds it.
#[derive(Clone, Copy, Debug)]
struct Held {
    number: Conn,
    /// Where its host keeps it; nothing once it is over for the program.
    slot: Option<usize>,
    /// Bytes of the last `Progress` that was recorded.
    progress: Option<u64>,
}

impl App {
    pub(crate) fn new(
        host: HostId,
        name: String,
        endpoint: Box<dyn Endpoint>,
        kind: AppKind,
        store: Option<StoreId>,
    ) -> Self {
        Self {
            host,
            name,
            endpoint: Some(endpoint),
            inbox: VecDeque::new(),
            ready: false,
            kind,
            store,
            asked: 0,
            timer: None,
            scheduled: None,
            accepted: 0,
            listeners: Map::new(),
            conns: Map::new(),
            over: VecDeque::new(),
        }
    }

    /// Names the next accepted connection.
    pub(crate) fn accept(&mut self, number: Conn, slot: usize) -> ConnId {
        let id = ConnId::accepted(self.accepted);
        self.accepted += 1;
        self.hold(id, number, slot);
        id
    }

    pub(crate) fn hold(&mut self, id: ConnId, number: Conn, slot: usize) {
        let held = Held {
            number,
            slot: Some(slot),
            progress: None,
        };
        self.conns.insert(id, held);
    }

    /// The connection is over for the program; only its reports may still name it.
    pub(crate) fn let_go(&mut self, id: ConnId) {
        let Some(held) = self.conns.get_mut(&id) else {
            return;
        };
        if held.slot.take().is_none() {
            return;
        }
        self.over.push_back(id);
        if self.over.len() > REMEMBERED
            && let Some(oldest) = self.over.pop_front()
        {
            self.conns.remove(&oldest);
        }
    }

    /// Where the host keeps a connection that is not over.
    pub(crate) fn slot(&self, id: ConnId) -> Option<usize> {
        self.conns.get(&id)?.slot
    }

    /// A connection's number in the log.
    pub(crate) fn number(&self, id: ConnId) -> Option<Conn> {
        self.conns.get(&id).map(|held| held.number)
    }

    /// Whether a `Progress` of so many bytes is worth an event of its own.
    pub(crate) fn is_progress(&mut self, id: ConnId, bytes: u64) -> bool {
        let Some(held) = self.conns.get_mut(&id) else {
            return true;
        };
        let worth = held.progress.is_none_or(|last| bytes >= last.saturating_add(PROGRESS));
        if worth {
            held.progress = Some(bytes);
        }
        worth
    }

    /// Whether a session has come to its end: nothing is open, nothing waits, nothing was left unanswered.
    pub(crate) fn is_spent(&self) -> bool {
        self.inbox.is_empty()
            && self.asked == 0
            && self.listeners.is_empty()
            && self.conns.values().all(|held| held.slot.is_none())
    }
}

/// All programs. Their numbers are never used again.
#[derive(Default)]
pub(crate) struct Apps {
    all: Vec<Option<Box<App>>>,
    ready: VecDeque<AppId>,
}

impl Apps {
    pub(crate) fn add(&mut self, app: App) -> AppId {
        let id = AppId(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
        self.all.push(Some(Box::new(app)));
        id
    }

    pub(crate) fn get(&self, id: AppId) -> Option<&App> {
        self.all.get(id.0 as usize)?.as_deref()
    }

    pub(crate) fn get_mut(&mut self, id: AppId) -> Option<&mut App> {
        self.all.get_mut(id.0 as usize)?.as_deref_mut()
    }

    pub(crate) fn remove(&mut self, id: AppId) {
        if let Some(place) = self.all.get_mut(id.0 as usize) {
            *place = None;
        }
    }

    /// Puts an input into a program's inbox. One that has ended needs none.
    pub(crate) fn deliver(&mut self, id: AppId, input: Input) {
        if let Some(app) = self.get_mut(id) {
            app.inbox.push_back(input);
            self.look_after(id);
        }
    }

    /// Has a program's turn come although its inbox may be empty: it may have come to its end.
    pub(crate) fn look_after(&mut self, id: AppId) {
        if let Some(app) = self.all.get_mut(id.0 as usize).and_then(Option::as_deref_mut)
            && !app.ready
        {
            app.ready = true;
            self.ready.push_back(id);
        }
    }

    /// The next program that has something in its inbox.
    pub(crate) fn next_ready(&mut self) -> Option<AppId> {
        let id = self.ready.pop_front()?;
        if let Some(app) = self.get_mut(id) {
            app.ready = false;
        }
        Some(id)
    }
}
