//! The relay: real sessions for browsers, whose log their viewers read over WebSockets.
//!
//! `portolan_wire::relay` has the rules of the conversation, [`crate::guard`] those of whom a session may be with.
//!
//! # Bounds
//! * At most [`Bounds::sessions`] sessions run, and as many that are over are kept to be read, each for [`KEPT`].
//! * At most [`Bounds::sockets`] sockets. Of those that have not said hello at most [`LOBBY`] are heard; the oldest of
//!   them makes room for a new one.
//! * A message upwards is at most `relay::UP` bytes; a socket that takes nothing for [`SLOW`] is closed, and so is one
//!   that answers no ping for [`DEAF`].
//! * Everything of a session has a bound of its own: actions, log, files, blocks in flight, time.
//! * No task waits for a viewer but that viewer's own.

mod board;
mod capture;
mod files;
mod journal;
mod keys;
mod lobby;
mod security;
mod session;
mod socket;
mod tickets;
mod watched;

#[cfg(test)]
mod protocol_tests;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use portolan_wire::Argument;
use portolan_wire::relay::{Ending, Limits, Offered, Refusal, Server, Tls};
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;

use crate::guard::{Guard, Target};
use crate::tls::Own;

pub use journal::Journal;
pub use keys::{Key, NoRandomness, letters};
pub use socket::Trust;

use lobby::Lobby;
use security::Wanted;
use session::{NotTaken, Opened, Session};

pub(crate) use files::{bring, capture, fetch, wrong_method};
pub(crate) use socket::talk;

/// How long the log of a session that is over can be read.
const KEPT: Duration = Duration::from_secs(600);

/// The most sockets that have not said hello.
const LOBBY: usize = 64;

/// How long a socket may take to say hello.
const HELLO: Duration = Duration::from_secs(10);

/// How long a socket may take nothing of what is sent.
const SLOW: Duration = Duration::from_secs(30);

/// How long a socket may leave a ping without an answer.
const DEAF: Duration = Duration::from_secs(60);

/// How often a socket is told that the relay is there.
const BEAT: Duration = Duration::from_secs(20);

/// What a wrong token costs, at least.
const WRONG: Duration = Duration::from_secs(1);

/// How many there may be.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Sessions that run.
    pub sessions: usize,
    /// Sockets.
    pub sockets: usize,
}

/// A server that the relay has on offer.
#[derive(Clone, Debug)]
pub struct OnOffer {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub target: Target,
    /// Where it is for those who speak TLS before the first word, if that is elsewhere.
    pub implicit: Option<Target>,
    /// How sessions with it can be opened, the usual way first.
    pub tls: Vec<Tls>,
    /// The SHA-256 of its certificate, if not the system's authorities are to vouch for it.
    pub pin: Option<[u8; 32]>,
    /// If it is the relay's own sandbox: its certificate.
    pub sandbox: Option<Own>,
    /// Who logs in there.
    pub credentials: Option<(Argument, Argument)>,
}

/// What a relay is made of.
#[derive(Debug)]
pub struct Setting {
    /// Whom it may reach.
    pub guard: Guard,
    /// Whom it has on offer, the sandbox first.
    pub servers: Vec<OnOffer>,
    /// What it keeps to.
    pub limits: Limits,
    /// How many there may be.
    pub bounds: Bounds,
    /// What every socket has to show, if anything.
    pub token: Option<Key>,
    /// Where decisions are written down.
    pub journal: Journal,
}

/// The relay.
pub struct Hub {
    setting: Setting,
    sessions: Mutex<BTreeMap<String, Held>>,
    sockets: Arc<Semaphore>,
    lobby: Lobby,
    /// Sockets so far.
    sockets_ever: AtomicU64,
    /// Sessions so far.
    sessions_ever: AtomicU64,
    closing: watch::Sender<bool>,
}

struct Held {
    session: Arc<Session>,
    /// When it was over.
    over: Option<Instant>,
}

impl Hub {
    /// A relay in this setting.
    pub fn new(setting: Setting) -> Arc<Self> {
        Arc::new(Self {
            sockets: Arc::new(Semaphore::new(setting.bounds.sockets)),
            setting,
            sessions: Mutex::default(),
            lobby: Lobby::default(),
            sockets_ever: AtomicU64::new(0),
            sessions_ever: AtomicU64::new(0),
            closing: watch::Sender::new(false),
        })
    }

    /// Ends every session, tells every socket, and waits for the sockets to go.
    pub async fn close(&self) {
        self.closing.send_replace(true);
        for held in self.sessions().values() {
            held.session.end(Ending::Relay);
        }
        let all = u32::try_from(self.setting.bounds.sockets).unwrap_or(u32::MAX);
        let _gone = self.sockets.acquire_many(all).await;
    }

    /// Whether `key` is the token, or none is wanted.
    fn is_welcome(&self, key: Option<&str>) -> bool {
        let Some(token) = &self.setting.token else { return true };
        key.is_some_and(|key| token.opens_for(key))
    }

    /// The servers, as browsers see them.
    fn servers(&self) -> Vec<Offered> {
        let offered = |server: &OnOffer| {
            let (user, password) = match &server.credentials {
                None => (None, None),
                Some((user, password)) => (
                    Some(user.as_str().to_owned()),
                    // The sandbox's password is for those who come; others never leave.
                    server.sandbox.as_ref().map(|_| password.as_str().to_owned()),
                ),
            };
            Offered {
                name: server.name.clone(),
                address: server.target.to_string(),
                sandbox: server.sandbox.is_some(),
                tls: server.tls.clone(),
                user,
                password,
            }
        };
        self.setting.servers.iter().map(offered).collect()
    }

    /// Makes a session and sets it going.
    async fn open(self: &Arc<Self>, server: &Server, tls: Tls, pin: Option<&str>) -> Result<Arc<Session>, NotTaken> {
        self.has_room()?;
        let Wanted {
            host,
            port,
            credentials,
            trust,
        } = security::wanted(&self.setting.servers, server, tls, pin)?;
        let permit = self.setting.guard.permit(&host, port).await.map_err(|denied| {
            self.setting.journal.write(&format!("refused: {denied}"));
            refused(Refusal::Target, &denied.to_string())
        })?;
        let secured = trust.client(permit.target()).await.map_err(|why| {
            self.setting.journal.write(&format!("refused: {why}"));
            refused(Refusal::Target, &why)
        })?;
        let name = self.sessions_ever.fetch_add(1, Ordering::Relaxed) + 1;
        self.setting.journal.write(&format!(
            "session {name} with {}: {}, dialled at {}",
            permit.target(),
            permit.rule(),
            permit.first()
        ));
        let limits = self.setting.limits;
        let opened = Opened::new(name.to_string(), permit, credentials, secured, limits);
        let opened = opened.map_err(|NoRandomness| refused(Refusal::Limit, "The system has no random numbers."))?;
        let session = Arc::clone(&opened.session);
        {
            let mut sessions = self.sessions();
            // Others may have come while the name was resolved.
            has_room(&sessions, self.setting.bounds.sessions)?;
            let held = Held {
                session: Arc::clone(&session),
                over: None,
            };
            sessions.insert(name.to_string(), held);
        }
        let hub = Arc::clone(self);
        tokio::spawn(async move {
            opened.run(limits).await;
            hub.is_over(&name.to_string());
        });
        Ok(session)
    }

    fn session(&self, name: &str) -> Option<Arc<Session>> {
        self.sessions().get(name).map(|held| Arc::clone(&held.session))
    }

    fn has_room(&self) -> Result<(), NotTaken> {
        let mut sessions = self.sessions();
        let now = Instant::now();
        sessions.retain(|_, held| held.over.is_none_or(|over| now.duration_since(over) < KEPT));
        has_room(&sessions, self.setting.bounds.sessions)
    }

    fn is_over(&self, name: &str) {
        let mut sessions = self.sessions();
        if let Some(held) = sessions.get_mut(name) {
            held.over = Some(Instant::now());
            let why = held.session.board().over().map_or("its log is closed", why_over);
            self.setting.journal.write(&format!("session {name} is over: {why}"));
        }
        let kept = sessions.values().filter(|held| held.over.is_some()).count();
        if kept > self.setting.bounds.sessions {
            let oldest = sessions
                .iter()
                .filter_map(|(name, held)| Some((held.over?, name.clone())));
            if let Some((_, oldest)) = oldest.min() {
                sessions.remove(&oldest);
            }
        }
    }

    fn sessions(&self) -> MutexGuard<'_, BTreeMap<String, Held>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn has_room(sessions: &BTreeMap<String, Held>, most: usize) -> Result<(), NotTaken> {
    let running = sessions.values().filter(|held| held.over.is_none()).count();
    if running < most {
        return Ok(());
    }
    let text = format!("This relay holds {most} sessions, its limit. End one, or come again later.");
    Err(refused(Refusal::Limit, &text))
}

/// Why a session is over, for the operator.
const fn why_over(why: Ending) -> &'static str {
    match why {
        Ending::Done => "it came to its end",
        Ending::Asked => "its driver ended it",
        Ending::Away => "its driver was away for too long",
        Ending::Idle => "nobody acted for too long",
        Ending::LogFull => "its log is full",
        Ending::Relay => "the relay ends",
    }
}

fn refused(why: Refusal, text: &str) -> NotTaken {
    NotTaken {
        why,
        text: text.to_owned(),
    }
}
