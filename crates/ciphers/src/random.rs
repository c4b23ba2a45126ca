//! Randomness from a seed.

use core::fmt;
use std::sync::{Mutex, PoisonError};

use rustls::crypto::{GetRandomFailed, SecureRandom};
use sha2::{Digest, Sha256};

/// A stream of bytes that its seed decides: SHA-256 over the seed and a counter.
///
/// `rustls` asks for a source that lives as long as the program, so each is leaked: fewer than a hundred bytes for each
/// host of a simulation.
pub(crate) struct Source(Mutex<State>);

struct State {
    seed: [u8; 32],
    counter: u64,
    /// Made and not yet handed out.
    rest: Vec<u8>,
}

impl Source {
    pub(crate) const fn new(seed: [u8; 32]) -> Self {
        Self(Mutex::new(State {
            seed,
            counter: 0,
            rest: Vec::new(),
        }))
    }

    /// The next 32 bytes.
    pub(crate) fn next_block(&self) -> [u8; 32] {
        let mut block = [0; 32];
        self.write(&mut block);
        block
    }

    fn write(&self, to: &mut [u8]) {
        // Nothing in here can panic half-way, so a poisoned lock guards a state as good as any.
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for byte in to {
            *byte = state.next_byte();
        }
    }
}

impl State {
    fn next_byte(&mut self) -> u8 {
        loop {
            if let Some(byte) = self.rest.pop() {
                return byte;
            }
            let block = Sha256::new()
                .chain_update(self.seed)
                .chain_update(self.counter.to_be_bytes());
            self.rest.extend(block.finalize().iter().rev());
            self.counter = self.counter.wrapping_add(1);
        }
    }
}

impl SecureRandom for Source {
    fn fill(&self, to: &mut [u8]) -> Result<(), GetRandomFailed> {
        self.write(to);
        Ok(())
    }
}

/// Not its state: who knows that knows every key to come.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Source")
    }
}
