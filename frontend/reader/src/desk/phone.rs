//! The socket to the relay, as a state.

use portolan_wire::relay::{Refusal, SILENCE};

/// The longest wait before the relay is dialled again, in milliseconds.
pub const LONGEST: u64 = 15_000;

/// The shortest.
const SHORTEST: u64 = 500;

/// The socket to the relay.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Phone {
    /// Nobody has asked for it yet.
    #[default]
    Idle,
    /// It is being opened, for the so-manieth time in vain.
    Dialling {
        /// Times that it was in vain.
        tries: u32,
    },
    /// It is open, and hello was said.
    Greeting {
        /// Times that it was in vain.
        tries: u32,
    },
    /// The relay has said welcome.
    Up {
        /// When it was heard last, in milliseconds.
        heard: u64,
    },
    /// It was lost, and will be dialled again.
    Resting {
        /// Times that it was in vain.
        tries: u32,
        /// When, in milliseconds.
        until: u64,
    },
    /// It said why it will not talk; nothing changes by asking again.
    Barred {
        /// Why.
        why: Refusal,
        /// The same in a sentence.
        text: String,
    },
    /// There never was one.
    Nobody,
}

impl Phone {
    /// Whether the relay talks to us.
    pub const fn is_up(&self) -> bool {
        matches!(self, Self::Up { .. })
    }

    /// Whether something is under way or will be.
    pub const fn is_busy(&self) -> bool {
        matches!(
            self,
            Self::Dialling { .. } | Self::Greeting { .. } | Self::Up { .. } | Self::Resting { .. }
        )
    }

    /// The socket is open; whether hello is to be said.
    pub fn opened(&mut self) -> bool {
        let Self::Dialling { tries } = *self else { return false };
        *self = Self::Greeting { tries };
        true
    }

    /// Something came.
    pub const fn heard(&mut self, now: u64) {
        if let Self::Up { heard } = self {
            *heard = now;
        }
    }

    /// The socket is closed. `ever` says that there was a relay before.
    pub fn closed(&mut self, now: u64, ever: bool) {
        let tries = match *self {
            Self::Up { .. } => 0,
            Self::Dialling { tries } | Self::Greeting { tries } if ever => tries + 1,
            Self::Dialling { .. } | Self::Greeting { .. } => {
                *self = Self::Nobody;
                return;
            }
            _ => return,
        };
        let wait = SHORTEST.saturating_mul(1 << tries.min(10)).min(LONGEST);
        *self = Self::Resting {
            tries,
            until: now + wait,
        };
    }

    /// Whether it has been silent for so long that it is lost.
    pub fn is_silent(&self, now: u64) -> bool {
        matches!(self, Self::Up { heard } if now.saturating_sub(*heard) > u64::from(SILENCE) * 1_000)
    }

    /// Whether it is time to dial again; how often that was in vain.
    pub const fn is_due(&self, now: u64) -> Option<u32> {
        match self {
            Self::Resting { tries, until } if *until <= now => Some(*tries),
            _ => None,
        }
    }
}
