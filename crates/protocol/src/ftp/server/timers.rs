//! The server's timers, one table for all of them.
//!
//! | timer | runs | when it rings |
//! | --- | --- | --- |
//! | [`Timer::Idle`] | while a session is served; wound up again by every command and by every byte of a file, but not by a command's bytes: who sends one a minute is idle | 421, and the session ends |
//! | [`Timer::Data`] | while a transfer waits for its data connection: for the client's call, or for an answer to ours | 425 |
//! | [`Timer::Refusal`] | after a login that failed, as long as the configuration says | 530, or 421 after the last try |
//! | [`Timer::Goodbye`] | after the last reply, until the client closes too | the control connection is thrown away |
//!
//! Data connections that linger have moments of their own, see [`super::link::Lingering`]. Sending the greeting needs
//! no timer.

use portolan_wire::Instant;
use portolan_wire::ordered::Map;

/// What is being waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    Idle,
    Data,
    Refusal,
    Goodbye,
}

#[derive(Debug, Default)]
pub(super) struct Timers {
    running: Map<Timer, Instant>,
}

impl Timers {
    pub(super) fn set(&mut self, timer: Timer, at: Instant) {
        self.running.insert(timer, at);
    }

    pub(super) fn stop(&mut self, timer: Timer) {
        self.running.remove(&timer);
    }

    pub(super) fn stop_all(&mut self) {
        self.running.clear();
    }

    /// The earliest moment at which one rings.
    pub(super) fn next(&self) -> Option<Instant> {
        self.running.values().min().copied()
    }

    /// Takes a timer that has rung by `now`.
    pub(super) fn take_rung(&mut self, now: Instant) -> Option<Timer> {
        let (&timer, _) = self.running.iter().find(|(_, at)| **at <= now)?;
        self.running.remove(&timer);
        Some(timer)
    }
}
