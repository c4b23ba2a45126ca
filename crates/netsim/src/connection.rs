//! One TCP connection at one host: smoltcp's socket, and what the world knows beside it.
//!
//! Each socket lives in a set of its own. The host finds a packet's connection by its addresses, so smoltcp never
//! searches, and a thousand connections in TIME-WAIT cost the others nothing.

use portolan_protocol::endpoint::{BLOCK, ConnId, Input};
use portolan_session::event::Conn;
use portolan_wire::report::Purpose;
use portolan_wire::{Duration, Instant};
use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::tcp;

use crate::app::{AppId, Apps};
use crate::packet::Flow;

/// How long an acknowledgement may wait for company: Linux's shortest delay. smoltcp acknowledges every second full
/// segment at once, as RFC 9293 section 3.8.6.3 asks.
const ACK_DELAY: Duration = Duration::from_millis(40);

/// How many segments with data are acknowledged one by one at the start of a bulk connection, as Linux does ("quick
/// acks"): its sender is in slow start and waits for each of them.
const QUICK_ACKS: u8 = 16;

/// How long the peer may be silent while something waits to be acknowledged, before the connection is given up. RFC 9293
/// section 3.8.3 asks for at least 100 seconds.
const GIVE_UP: Duration = Duration::from_secs(120);

/// Bytes that a program is given at once: a block of a file. More would only wait in memory.
const MOST_AT_ONCE: usize = BLOCK as usize;

/// One connection at one host.
pub(crate) struct Connection {
    pub(crate) sockets: SocketSet<'static>,
    handle: SocketHandle,
    pub(crate) flow: Flow,
    pub(crate) number: Conn,
    pub(crate) purpose: Purpose,
    pub(crate) phase: Phase,
    /// The program that knows of it; nothing before it is accepted and after it is over for the program.
    pub(crate) user: Option<User>,
    /// When the peer last said something, or this side began to wait for it.
    pub(crate) heard: Instant,
    /// When the clock will ask for it.
    pub(crate) scheduled: Option<Instant>,
    /// Whether it waits in the host's list of connections to look after.
    pub(crate) touched: bool,
    /// Whether it waits in the host's list of connections that may have something to send.
    pub(crate) pending: bool,
    quick_acks: u8,
    /// The packet that acknowledged the peer's FIN, if this side's FIN had left before it.
    pub(crate) farewell: Option<Vec<u8>>,
}

/// Where a connection stands, in the log's terms. smoltcp knows the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// This host called; nobody has answered yet.
    Calling {
        /// When it gives up.
        until: Instant,
    },
    /// This host was called; its SYN-ACK is not acknowledged yet.
    Answering {
        /// When it gives up.
        until: Instant,
        /// The listening port.
        port: u16,
    },
    /// Established, and not over in both directions.
    Open {
        /// Whether the first FIN left.
        fin_sent: bool,
        /// Whether the peer's FIN came.
        fin_received: bool,
    },
    /// Over in both directions; kept until its program has read the rest.
    Over,
}

/// What is owed to and granted by the program that holds a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct User {
    pub(crate) app: AppId,
    pub(crate) id: ConnId,
    /// Bytes that may be delivered.
    pub(crate) credit: usize,
    /// Bytes that it may still send.
    pub(crate) granted: usize,
    /// Its direction.
    pub(crate) sends: bool,
    /// The peer's direction, as far as the program was told.
    pub(crate) receives: bool,
}

impl User {
    pub(crate) const fn new(app: AppId, id: ConnId) -> Self {
        Self {
            app,
            id,
            credit: 0,
            granted: 0,
            sends: true,
            receives: true,
        }
    }
}

impl Connection {
    /// A closed socket, to be opened by its host.
    pub(crate) fn new(flow: Flow, number: Conn, purpose: Purpose, phase: Phase, now: Instant) -> Self {
        let (receive, send) = buffers(purpose);
        let mut socket = tcp::Socket::new(
            tcp::SocketBuffer::new(vec![0; receive]),
            tcp::SocketBuffer::new(vec![0; send]),
        );
        let quick_acks = tune(&mut socket, purpose);
        let mut sockets = SocketSet::new(Vec::with_capacity(1));
        let handle = sockets.add(socket);
        Self {
            sockets,
            handle,
            flow,
            number,
            purpose,
            phase,
            user: None,
            heard: now,
            scheduled: None,
            touched: false,
            pending: false,
            quick_acks,
            farewell: None,
        }
    }

    pub(crate) fn socket(&mut self) -> &mut tcp::Socket<'static> {
        self.sockets.get_mut(self.handle)
    }

    pub(crate) fn state(&self) -> tcp::State {
        self.sockets.get::<tcp::Socket<'_>>(self.handle).state()
    }

    /// Notes that a packet came, with or without data.
    pub(crate) fn note_packet(&mut self, now: Instant, data: bool) {
        self.heard = now;
        if data && self.quick_acks > 0 {
            self.quick_acks -= 1;
            if self.quick_acks == 0 {
                self.socket().set_ack_delay(Some(delay()));
            }
        }
    }

    /// Whether it needs no more than to linger: it is in TIME-WAIT, has said so, and its program is done with it.
    pub(crate) fn is_done(&self) -> bool {
        self.user.is_none() && self.farewell.is_some() && self.state() == tcp::State::TimeWait
    }

    /// Takes bytes from its program, as many as were granted.
    pub(crate) fn send(&mut self, now: Instant, bytes: &[u8]) {
        let Some(user) = &mut self.user else {
            return;
        };
        debug_assert!(user.sends && bytes.len() <= user.granted, "sent more than granted");
        user.granted = user.granted.saturating_sub(bytes.len());
        let socket = self.sockets.get_mut::<tcp::Socket<'_>>(self.handle);
        if socket.send_queue() == 0 {
            self.heard = now;
        }
        let taken = socket.send_slice(bytes).unwrap_or(0);
        // A connection that the peer's reset has ended meanwhile takes nothing; the reset is on its way to the program.
        debug_assert!(
            taken == bytes.len() || !socket.may_send(),
            "no room for what was granted"
        );
    }

    /// Lets its program have so many more bytes.
    pub(crate) fn grant(&mut self, credit: usize) {
        if let Some(user) = &mut self.user {
            user.credit = user.credit.saturating_add(credit);
        }
    }

    /// Ends this side's direction. One that is still being opened has none.
    pub(crate) fn shut(&mut self, now: Instant) {
        if matches!(self.phase, Phase::Calling { .. } | Phase::Answering { .. }) {
            return;
        }
        if let Some(user) = &mut self.user {
            user.sends = false;
        }
        self.heard = now;
        self.socket().close();
    }

    /// Gives its program what it may have: bytes, the end of bytes, room to send. True if there is more for it, once it
    /// has taken this.
    pub(crate) fn pump(&mut self, apps: &mut Apps) -> bool {
        let Some(user) = &mut self.user else {
            return false;
        };
        let socket = self.sockets.get_mut::<tcp::Socket<'_>>(self.handle);
        let (app, conn) = (user.app, user.id);
        let take = user.credit.min(socket.recv_queue()).min(MOST_AT_ONCE);
        if take > 0 {
            let bytes = read(socket, take);
            user.credit -= bytes.len();
            apps.deliver(app, Input::Received { conn, bytes });
        }
        // Before the end is told: behind it nothing may name a connection whose other direction is over too.
        if user.sends && socket.may_send() {
            let capacity = socket.send_capacity();
            let room = capacity.saturating_sub(socket.send_queue() + user.granted);
            // In pieces worth the trouble. Nothing waits for a smaller one: what is queued leaves, and makes room.
            if room >= capacity / 4 {
                user.granted += room;
                apps.deliver(app, Input::Writable { conn, bytes: room });
            }
        }
        let ended = match self.phase {
            Phase::Open { fin_received, .. } => fin_received,
            Phase::Over => true,
            Phase::Calling { .. } | Phase::Answering { .. } => false,
        };
        if ended && user.receives && socket.recv_queue() == 0 {
            user.receives = false;
            apps.deliver(app, Input::Eof { conn });
        }
        let more = user.credit > 0 && socket.recv_queue() > 0;
        self.release(apps);
        more
    }

    /// Lets the program go if both directions are over for it.
    pub(crate) fn release(&mut self, apps: &mut Apps) {
        if let Some(user) = self.user
            && !user.sends
            && !user.receives
        {
            self.user = None;
            if let Some(app) = apps.get_mut(user.app) {
                app.let_go(user.id);
            }
            apps.look_after(user.app);
        }
    }

    /// Whether the peer has been silent for too long about something that it should have acknowledged.
    pub(crate) fn is_hopeless(&mut self, now: Instant) -> bool {
        let waits = match self.state() {
            tcp::State::FinWait1 | tcp::State::Closing | tcp::State::LastAck => true,
            _ => self.socket().send_queue() > 0,
        };
        waits && now.since(self.heard) >= GIVE_UP
    }
}

/// Bytes of the receive and the send buffer. The receive buffer is the window: what a data connection can carry per
/// round trip. A control connection needs little, and there may be many.
pub(crate) const fn buffers(purpose: Purpose) -> (usize, usize) {
    match purpose {
        Purpose::Data => (256 * 1024, 256 * 1024),
        Purpose::Control | Purpose::Other => (64 * 1024, 16 * 1024),
    }
}

/// Sets what programs set on their sockets, and returns how many segments are acknowledged at once.
///
/// Control connections speak in small lines and switch Nagle's algorithm off, as FTP servers do. They delay their
/// acknowledgements from the start: in a dialogue the answer carries them.
fn tune(socket: &mut tcp::Socket<'_>, purpose: Purpose) -> u8 {
    let bulk = purpose == Purpose::Data;
    socket.set_nagle_enabled(bulk);
    socket.set_ack_delay(if bulk { None } else { Some(delay()) });
    if bulk { QUICK_ACKS } else { 0 }
}

const fn delay() -> smoltcp::time::Duration {
    smoltcp::time::Duration::from_micros(ACK_DELAY.as_micros())
}

/// Takes `count` bytes that are there, in one piece.
fn read(socket: &mut tcp::Socket<'_>, count: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(count);
    // The buffer is a ring: what is there lies in one piece or in two.
    while bytes.len() < count {
        let wanted = count - bytes.len();
        let taken = socket.recv(|buffer| {
            let piece = buffer.get(..wanted.min(buffer.len())).unwrap_or_default();
            bytes.extend_from_slice(piece);
            (piece.len(), piece.len())
        });
        if !matches!(taken, Ok(1..)) {
            break;
        }
    }
    bytes
}
