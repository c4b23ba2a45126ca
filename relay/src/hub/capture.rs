//! Captures of sessions with the relay's own sandbox, and the keys that decrypt them.
//!
//! # Whose keys
//! [`Keys`] come from [`crate::tls::Own::client`] and from nowhere else, and that trusts one certificate alone, whose private
//! key was made in this process and never left it: no connection with anybody else can be secured with it. A session with
//! another server has no [`Capture`].
//!
//! # What they show
//! The sandbox's password, which is made up anew at each start and shown to everybody who may open a session with it. Who
//! drives may say any other, though, perhaps one that is good elsewhere. So the keys are gone for good
//! ([`Capture::withhold`]) before the endpoint hears of such a one.
//!
//! # Bounds
//! * About [`MOST`] packets, with the first 256 KiB of each connection's directions and 16 MiB in all.
//! * Keys of the connections that are among these packets.
//! * One fetches a session's capture at a time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use portolan_protocol::tls::Keys;
use portolan_session::pcapng::{self, Vantage};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::live::Tape;

/// The most packets that are recorded of a session, about: a dialogue of days, or 300 megabytes.
pub const MOST: u32 = 20_000;

/// What is captured of a session.
pub struct Capture {
    tape: Tape,
    /// Where the keys of its connections come.
    keys: Keys,
    /// Those that came, unless they would show what is nobody's business.
    lines: Mutex<Option<String>>,
    place: Arc<Semaphore>,
}

/// A capture, and the place of whoever fetches it.
pub struct Fetched {
    /// As pcapng.
    pub bytes: Vec<u8>,
    /// To be held as long as they are.
    pub place: OwnedSemaphorePermit,
}

impl Capture {
    /// What is recorded on `tape`, with its keys.
    pub fn new(tape: Tape, keys: Keys) -> Self {
        Self {
            tape,
            keys,
            lines: Mutex::new(Some(String::new())),
            place: Arc::new(Semaphore::new(1)),
        }
    }

    /// Collects the keys that came.
    pub fn collect(&self) {
        let came = self.keys.take();
        // Of what is not recorded nothing is to be read.
        if !came.is_empty()
            && !self.tape.is_full()
            && let Some(lines) = &mut *self.lines()
        {
            lines.push_str(&came);
        }
    }

    /// Throws the keys away, and those to come.
    pub fn withhold(&self) {
        *self.lines() = None;
    }

    /// The capture so far; nothing while somebody else fetches it.
    pub fn fetch(&self) -> Option<Fetched> {
        let place = Arc::clone(&self.place).try_acquire_owned().ok()?;
        self.collect();
        let log = self.tape.log();
        let lines = self.lines().clone().unwrap_or_default();
        let bytes = pcapng::write_with_keys(&log, Vantage::Client, &lines).ok()?;
        Some(Fetched { bytes, place })
    }

    fn lines(&self) -> MutexGuard<'_, Option<String>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
