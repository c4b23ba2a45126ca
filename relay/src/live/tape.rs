//! Packets that are made up of a session while it goes on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use portolan_session::Log;
use portolan_session::synth::Synthesiser;

/// Packets, to be written as a capture at any time. Its clones are one.
#[derive(Clone)]
pub struct Tape(Arc<Mutex<Recording>>);

struct Recording {
    packets: Synthesiser,
    /// About how many may still come.
    left: u32,
}

impl Tape {
    /// One with room for about `most` packets. When it is full, nothing more is recorded: it is as if a capture program had
    /// been ended there.
    pub(super) fn new(packets: Synthesiser, most: u32) -> Self {
        Self(Arc::new(Mutex::new(Recording { packets, left: most })))
    }

    /// Whether nothing more is recorded.
    pub fn is_full(&self) -> bool {
        self.recording().left == 0
    }

    /// A log that holds the packets so far and nothing else.
    pub fn log(&self) -> Log {
        let packets = self.recording().packets.clone();
        packets.into_log()
    }

    /// The same, when all is over.
    pub(super) fn into_log(self) -> Log {
        match Arc::try_unwrap(self.0) {
            Ok(last) => {
                let recording = last.into_inner().unwrap_or_else(PoisonError::into_inner);
                recording.packets.into_log()
            }
            Err(shared) => Self(shared).log(),
        }
    }

    /// Records what takes about so many packets.
    pub(super) fn record(&self, about: u32, what: impl FnOnce(&mut Synthesiser)) {
        let mut recording = self.recording();
        if recording.left > 0 {
            recording.left = recording.left.saturating_sub(about);
            what(&mut recording.packets);
        }
    }

    fn recording(&self) -> MutexGuard<'_, Recording> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use core::net::SocketAddr;

    use portolan_session::event::Conn;
    use portolan_session::synth::Side;
    use portolan_wire::Instant;

    use super::super::{HERE, THERE, header};
    use super::*;

    #[test]
    fn a_full_tape_records_nothing_more() {
        let [here, there] = [1, 21].map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
        let tape = Tape::new(
            Synthesiser::new(header("server", &[there], "A session"), HERE, THERE),
            4,
        );
        let at = Instant::ZERO;
        tape.record(3, |packets| packets.established(at, Conn(0), here, there, Side::Here));
        assert!(!tape.is_full() && tape.log().packets() == 3);
        for _ in 0..9 {
            tape.record(2, |packets| packets.sent(at, Conn(0), Side::Here, b"NOOP\r\n"));
        }
        assert!(tape.is_full());
        assert_eq!(tape.clone().into_log().packets(), 5);
        assert_eq!(tape.into_log().packets(), 5);
    }
}
