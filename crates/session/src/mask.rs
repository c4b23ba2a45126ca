//! Masking of secrets in recorded byte streams.
//!
//! An endpoint marks which ranges of a connection's bytes are secret; whoever records the bytes passes them through a
//! [`Masker`], one per connection and direction. Each secret becomes [`MASK`], whatever its length, so what is recorded
//! does not tell how long a password is. Packets of a live session's capture are made from the masked stream, and so
//! their lengths don't either.
//!
//! # Rules
//! * Positions count from the first byte of the original stream.
//! * A range is marked before its bytes pass. One that comes late is refused as far as it is late, and says so: the
//!   caller has recorded what it should not have, and must throw it away.
//! * Ranges that touch or overlap are one secret: an endpoint marks a secret that is split across inputs piece by piece.
//!   So the end of a secret at the very end of what has passed stays open; [`Masker`] waits to see whether it goes on.

use core::ops::Range;
use std::collections::VecDeque;

use portolan_wire::report::MASK;

/// Masks one direction of one connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Masker {
    /// How many bytes of the original stream have passed.
    passed: u64,
    /// What is marked and has not passed yet: in order, without overlap.
    marked: VecDeque<Range<u64>>,
    /// Whether the last byte that passed was secret.
    inside: bool,
}

/// A range was marked after bytes of it had passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLate {
    /// How many of its bytes had passed.
    pub bytes: u64,
}

impl core::fmt::Display for TooLate {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} secret bytes were recorded before they were marked", self.bytes)
    }
}

impl core::error::Error for TooLate {}

impl Masker {
    /// A masker at the start of its stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Marks bytes of the original stream as secret.
    ///
    /// # Errors
    /// When bytes of the range have passed already. What has not passed is masked all the same.
    pub fn mark(&mut self, range: Range<u64>) -> Result<(), TooLate> {
        let late = range.end.min(self.passed).saturating_sub(range.start);
        let start = range.start.max(self.passed);
        if start < range.end {
            self.insert(start..range.end);
        }
        if late == 0 {
            Ok(())
        } else {
            Err(TooLate { bytes: late })
        }
    }

    /// Passes the next bytes of the stream.
    #[must_use]
    pub fn pass(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut shown = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        while !rest.is_empty() {
            let (length, secret) = self.next_run(rest.len());
            let (run, behind) = rest.split_at(length.min(rest.len()));
            if !secret {
                shown.extend_from_slice(run);
            } else if !self.inside {
                shown.extend_from_slice(MASK.as_bytes());
            }
            self.inside = secret;
            self.passed = self.passed.saturating_add(run.len() as u64);
            rest = behind;
        }
        while self.marked.front().is_some_and(|range| range.end <= self.passed) {
            self.marked.pop_front();
        }
        shown
    }

    /// How many of the next `most` bytes are alike, and whether they are secret. At least one.
    fn next_run(&mut self, most: usize) -> (usize, bool) {
        while self.marked.front().is_some_and(|range| range.end <= self.passed) {
            self.marked.pop_front();
        }
        let (until, secret) = match self.marked.front() {
            Some(range) if range.start <= self.passed => (range.end, true),
            Some(range) => (range.start, false),
            None => return (most, false),
        };
        let length = usize::try_from(until.saturating_sub(self.passed)).unwrap_or(most);
        (length.clamp(1, most), secret)
    }

    /// Keeps the ranges in order and apart.
    fn insert(&mut self, mut new: Range<u64>) {
        self.marked.retain(|range| {
            let apart = range.end < new.start || new.end < range.start;
            if !apart {
                new = range.start.min(new.start)..range.end.max(new.end);
            }
            apart
        });
        let place = self.marked.partition_point(|range| range.end < new.start);
        self.marked.insert(place, new);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(masker: &mut Masker, bytes: &[u8]) -> String {
        String::from_utf8(masker.pass(bytes)).unwrap()
    }

    #[test]
    fn every_secret_looks_the_same() {
        for password in ["a", "seagull", "a much longer password than that"] {
            let line = format!("PASS {password}\r\nSYST\r\n");
            let mut masker = Masker::new();
            masker.mark(5..5 + password.len() as u64).unwrap();
            assert_eq!(shown(&mut masker, line.as_bytes()), format!("PASS {MASK}\r\nSYST\r\n"));
        }
    }

    #[test]
    fn a_secret_in_pieces_is_one_secret() {
        let mut masker = Masker::new();
        masker.mark(5..8).unwrap();
        assert_eq!(shown(&mut masker, b"PASS sea"), format!("PASS {MASK}"));
        masker.mark(8..12).unwrap();
        assert_eq!(shown(&mut masker, b"gull\r\n"), "\r\n");
        masker.mark(15..16).unwrap();
        assert_eq!(shown(&mut masker, b"xab"), format!("x{MASK}b"));
    }

    #[test]
    fn what_was_recorded_before_it_was_marked_is_told() {
        let mut masker = Masker::new();
        let _ = masker.pass(b"PASS sea");
        assert_eq!(masker.mark(5..12), Err(TooLate { bytes: 3 }));
        assert_eq!(shown(&mut masker, b"gull\r\n"), format!("{MASK}\r\n"));
        assert_eq!(masker.mark(0..0), Ok(()));
    }

    proptest! {
        #[test]
        fn no_secret_byte_passes_and_no_other_is_lost(
            ranges in prop::collection::vec((0u64..60, 1u64..10), 0..6),
            cuts in prop::collection::vec(1usize..9, 1..60),
        ) {
            let mut secret = [false; 80];
            let mut whole = Masker::new();
            for (start, length) in &ranges {
                whole.mark(*start..start + length).unwrap();
                (*start..start + length).for_each(|at| secret[usize::try_from(at).unwrap()] = true);
            }
            // Secret bytes are lower case, the others upper.
            let bytes: Vec<u8> = secret.iter().map(|secret| if *secret { b's' } else { b'P' }).collect();
            let mut expected = String::new();
            for (at, is_secret) in secret.iter().enumerate() {
                match (is_secret, at.checked_sub(1).map(|before| secret[before])) {
                    (false, _) => expected.push('P'),
                    (true, Some(true)) => {}
                    (true, _) => expected.push_str(MASK),
                }
            }
            let mut pieces = whole.clone();
            prop_assert_eq!(shown(&mut whole, &bytes), expected.clone());
            let (mut rest, mut joined) = (bytes.as_slice(), String::new());
            for cut in cuts.iter().cycle() {
                if rest.is_empty() { break; }
                let (piece, behind) = rest.split_at((*cut).min(rest.len()));
                joined.push_str(&shown(&mut pieces, piece));
                rest = behind;
            }
            prop_assert_eq!(joined, expected);
        }
    }
}
