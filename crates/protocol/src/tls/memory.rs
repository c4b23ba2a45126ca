//! What outlives one connection: the sessions that later ones resume; and the time of day.

use core::fmt;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use portolan_wire::Instant;
use rustls::NamedGroup;
use rustls::client::{ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls::pki_types::{ServerName, UnixTime};
use rustls::server::StoresServerSessions;
use rustls::time_provider::TimeProvider;

/// The date, as `rustls` asks for it: the endpoint's time, handed on.
#[derive(Debug)]
pub(super) struct Clock {
    /// The date at [`Instant::ZERO`], in seconds since 1970-01-01 UTC.
    epoch: u64,
    seconds: AtomicU64,
}

impl Clock {
    pub(super) const fn new(epoch: u64) -> Self {
        Self {
            epoch,
            seconds: AtomicU64::new(epoch),
        }
    }

    pub(super) fn set(&self, now: Instant) {
        let seconds = self.epoch.saturating_add(now.as_micros() / 1_000_000);
        self.seconds.store(seconds, Ordering::Relaxed);
    }
}

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = self.seconds.load(Ordering::Relaxed);
        Some(UnixTime::since_unix_epoch(core::time::Duration::from_secs(seconds)))
    }
}

/// What a client can resume: the sessions of one control connection and of its data connections, with one server.
#[derive(Default)]
pub(super) struct Tickets(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    group: Option<NamedGroup>,
    /// TLS 1.2: the same session again and again.
    session: Option<Tls12ClientSessionValue>,
    /// TLS 1.3: each once, the oldest first.
    tickets: VecDeque<Tls13ClientSessionValue>,
}

impl Tickets {
    /// The most that are kept; for one that is too many the oldest goes.
    const MOST: usize = 8;

    /// Connections that can still resume: none may mean that the last ticket was used.
    pub(super) fn left(&self) -> u32 {
        // At most [`Self::MOST`].
        u32::try_from(self.kept().tickets.len()).unwrap_or(u32::MAX)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Nothing in here panics half-way, so a poisoned lock guards a state as good as any.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// There is one server only, so its name is no key.
impl ClientSessionStore for Tickets {
    fn set_kx_hint(&self, _: ServerName<'static>, group: NamedGroup) {
        self.kept().group = Some(group);
    }

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        self.kept().group
    }

    fn set_tls12_session(&self, _: ServerName<'static>, session: Tls12ClientSessionValue) {
        self.kept().session = Some(session);
    }

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.kept().session.clone()
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {
        self.kept().session = None;
    }

    fn insert_tls13_ticket(&self, _: ServerName<'static>, ticket: Tls13ClientSessionValue) {
        let mut kept = self.kept();
        if kept.tickets.len() >= Self::MOST {
            kept.tickets.pop_front();
        }
        kept.tickets.push_back(ticket);
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.kept().tickets.pop_front()
    }
}

/// Not the sessions: they hold keys.
impl fmt::Debug for Tickets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tickets({})", self.left())
    }
}

/// What a server remembers: the sessions of one control connection and of its data connections.
///
/// A session is resumed as often as the client likes, also of TLS 1.3: clients with OpenSSL or GnuTLS know one ticket, the control
/// connection's, and show it again for each data connection. What that gives away (RFC 8446 appendix C.4) is that the two are
/// the same client's, which is what FTP wants to know; and no early data is taken that somebody could say again.
#[derive(Default)]
pub(super) struct Sessions(Mutex<VecDeque<(Vec<u8>, Vec<u8>)>>);

impl Sessions {
    /// The most that are remembered; for one that is too many the one goes that was not used for longest. Two come with every
    /// handshake of TLS 1.3.
    const MOST: usize = 32;

    fn all(&self) -> MutexGuard<'_, VecDeque<(Vec<u8>, Vec<u8>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StoresServerSessions for Sessions {
    fn put(&self, key: Vec<u8>, value: Vec<u8>) -> bool {
        let mut all = self.all();
        all.retain(|(known, _)| *known != key);
        if all.len() >= Self::MOST {
            all.pop_front();
        }
        all.push_back((key, value));
        true
    }

    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        let mut all = self.all();
        let at = all.iter().position(|(known, _)| known == key)?;
        let used = all.remove(at)?;
        let value = used.1.clone();
        all.push_back(used);
        Some(value)
    }

    fn take(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.get(key)
    }

    fn can_cache(&self) -> bool {
        true
    }
}

/// Not the sessions: they hold keys.
impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sessions({})", self.all().len())
    }
}
