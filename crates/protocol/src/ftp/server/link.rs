//! An open data connection, what waits to be sent over it, and connections that wait for the client to close them.

use portolan_wire::Instant;
use portolan_wire::ordered::Map;

use super::outbox::Outbox;
use crate::endpoint::{ConnId, Output};

/// An open data connection and the credit left in both directions.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) conn: ConnId,
    /// Bytes that may still be sent.
    pub(super) writable: usize,
    /// Bytes that may still come.
    pub(super) granted: usize,
    /// The client will send no more.
    pub(super) has_ended: bool,
    /// It is gone, when all that was wanted of it had come.
    pub(super) is_gone: bool,
    pub(super) guard: Guard,
}

/// How far a data connection is secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guard {
    /// Not at all.
    Clear,
    /// Hands are being shaken.
    Shaking,
    /// It is under TLS.
    Secured,
}

impl Link {
    pub(super) const fn new(conn: ConnId) -> Self {
        Self {
            conn,
            writable: 0,
            granted: 0,
            has_ended: false,
            is_gone: false,
            guard: Guard::Clear,
        }
    }

    /// Lets `credit` more bytes come, if that is any.
    pub(super) fn grant(&mut self, credit: usize, out: &mut Outbox) {
        if credit > 0 {
            self.granted += credit;
            out.push(Output::Read {
                conn: self.conn,
                credit,
            });
        }
    }
}

/// Bytes that wait for credit.
#[derive(Debug, Default)]
pub(super) struct Unsent {
    bytes: Vec<u8>,
    /// How many of them are sent.
    at: usize,
}

impl Unsent {
    pub(super) const fn len(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds bytes behind those that wait.
    pub(super) fn add(&mut self, bytes: Vec<u8>) {
        if self.is_empty() {
            *self = Self { bytes, at: 0 };
        } else {
            self.bytes.extend_from_slice(&bytes);
        }
    }

    /// Sends what `writable` allows over `conn`; says how much that was.
    pub(super) fn send(&mut self, conn: ConnId, writable: &mut usize, out: &mut Outbox) -> usize {
        let length = self.len().min(*writable);
        if length == 0 {
            return 0;
        }
        let end = self.at + length;
        let bytes = if length == self.bytes.len() {
            core::mem::take(&mut self.bytes)
        } else {
            self.bytes.get(self.at..end).unwrap_or_default().to_vec()
        };
        self.at = end;
        if self.is_empty() {
            *self = Self::default();
        }
        *writable -= length;
        out.push(Output::Send { conn, bytes });
        length
    }
}

/// Data connections whose last byte this side has sent, until the client closes them too.
///
/// A server must not wait for that before its 226 (a client may wait for the 226 first), nor throw them away (a reset
/// would overtake what the client has not read yet). So they stay here for a while.
#[derive(Debug, Default)]
pub(super) struct Lingering {
    until: Map<ConnId, Instant>,
}

impl Lingering {
    /// The most that may linger; the one that lingered longest is thrown away for a new one.
    const MOST: usize = 4;

    /// Keeps `conn`, which was shut down, until the moment `until` at the latest.
    pub(super) fn add(&mut self, conn: ConnId, until: Instant, out: &mut Outbox) {
        if self.until.len() >= Self::MOST
            && let Some((&oldest, _)) = self.until.iter().min_by_key(|(_, until)| **until)
        {
            self.abort(oldest, out);
        }
        self.until.insert(conn, until);
    }

    /// The client closed `conn`, in order or not.
    pub(super) fn remove(&mut self, conn: ConnId) {
        self.until.remove(&conn);
    }

    /// When the first has lingered long enough.
    pub(super) fn next(&self) -> Option<Instant> {
        self.until.values().min().copied()
    }

    /// Throws those away that have lingered long enough.
    pub(super) fn handle_time(&mut self, now: Instant, out: &mut Outbox) {
        while let Some((&conn, _)) = self.until.iter().find(|(_, until)| **until <= now) {
            self.abort(conn, out);
        }
    }

    fn abort(&mut self, conn: ConnId, out: &mut Outbox) {
        self.until.remove(&conn);
        out.push(Output::Abort { conn });
    }
}
