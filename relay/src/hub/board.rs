//! A session's log as its viewers read it: one text that only grows, read from a cursor on by whoever likes, whenever.

use std::sync::{Mutex, MutexGuard, PoisonError};

use portolan_wire::relay::Ending;
use tokio::sync::watch;

/// The most bytes of lines in one message, unless a single line is longer.
const BATCH: usize = 64 * 1024;

/// A session's log, in its written form.
#[derive(Debug)]
pub struct Board {
    written: Mutex<Written>,
    /// Changes whenever something was written.
    changed: watch::Sender<u64>,
    /// The most bytes of lines.
    limit: usize,
}

#[derive(Debug)]
struct Written {
    header: String,
    text: String,
    /// Where each line ends.
    ends: Vec<usize>,
    over: Option<Ending>,
}

/// What a viewer reads next.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// So many lines, from this one on.
    Lines {
        /// How many.
        count: u32,
        /// Each with its end.
        text: String,
    },
    /// There will be no more.
    Over(Ending),
    /// Nothing yet.
    Nothing,
}

/// The log has reached its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl Board {
    /// A log that begins with this line, and holds at most `limit` bytes of others.
    pub fn new(header: String, limit: usize) -> Self {
        Self {
            written: Mutex::new(Written {
                header,
                text: String::new(),
                ends: Vec::new(),
                over: None,
            }),
            changed: watch::Sender::new(0),
            limit,
        }
    }

    /// The header's line.
    pub fn header(&self) -> String {
        self.written().header.clone()
    }

    /// Writes an event's line, which has its end.
    ///
    /// # Errors
    /// When it would be too much. The line is written all the same: the last one says why the session ended.
    pub fn push(&self, line: &str) -> Result<(), Full> {
        let length = {
            let mut written = self.written();
            written.text.push_str(line);
            let length = written.text.len();
            written.ends.push(length);
            length
        };
        self.changed.send_modify(|version| *version += 1);
        if length > self.limit { Err(Full) } else { Ok(()) }
    }

    /// Says that no more will be written. The first reason counts.
    pub fn end(&self, why: Ending) {
        self.written().over.get_or_insert(why);
        self.changed.send_modify(|version| *version += 1);
    }

    /// Why no more will be written, if that is so.
    pub fn over(&self) -> Option<Ending> {
        self.written().over
    }

    /// What lies behind the first `from` lines.
    pub fn read(&self, from: u64) -> Next {
        let written = self.written();
        let first = usize::try_from(from).unwrap_or(usize::MAX);
        if first >= written.ends.len() {
            return written.over.map_or(Next::Nothing, Next::Over);
        }
        let start = match first.checked_sub(1) {
            None => 0,
            Some(before) => written.ends.get(before).copied().unwrap_or_default(),
        };
        let later = written.ends.get(first..).unwrap_or_default();
        let count = later.partition_point(|end| end - start <= BATCH).max(1);
        let end = later.get(count - 1).copied().unwrap_or(start);
        Next::Lines {
            count: u32::try_from(count).unwrap_or(u32::MAX),
            text: written.text.get(start..end).unwrap_or_default().to_owned(),
        }
    }

    /// Tells when something was written.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// What a panic left locked is as good as before: every change leaves it whole.
    fn written(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_reads_at_a_pace_of_their_own() {
        let board = Board::new("header\n".to_owned(), 1 << 20);
        assert_eq!(board.read(0), Next::Nothing);
        for line in ["a\n", "bb\n", "ccc\n"] {
            board.push(line).unwrap();
        }
        let lines = |count, text: &str| Next::Lines {
            count,
            text: text.to_owned(),
        };
        assert_eq!(board.read(0), lines(3, "a\nbb\nccc\n"));
        assert_eq!(board.read(2), lines(1, "ccc\n"));
        assert_eq!(board.read(3), Next::Nothing);
        assert_eq!(board.read(u64::MAX), Next::Nothing);
        board.end(Ending::Asked);
        board.end(Ending::Idle);
        assert_eq!(board.read(1), lines(2, "bb\nccc\n"));
        assert_eq!(board.read(3), Next::Over(Ending::Asked));
    }

    #[test]
    fn messages_are_short_and_hold_whole_lines() {
        let board = Board::new(String::new(), 1 << 20);
        let line = format!("{}\n", "x".repeat(BATCH / 2 - 2));
        let long = format!("{}\n", "y".repeat(2 * BATCH));
        for line in [&line, &line, &line, &long, &line] {
            board.push(line).unwrap();
        }
        let counts: Vec<u32> = core::iter::successors(Some((0, 0)), |(from, _)| match board.read(*from) {
            Next::Lines { count, text } => {
                assert_eq!(text.lines().count(), count as usize);
                Some((from + u64::from(count), count))
            }
            _ => None,
        })
        .map(|(_, count)| count)
        .collect();
        assert_eq!(counts, [0, 2, 1, 1, 1]);
    }

    #[test]
    fn a_full_board_says_so_and_keeps_the_line() {
        let board = Board::new(String::new(), 3);
        assert_eq!(board.push("a\n"), Ok(()));
        assert_eq!(board.push("b\n"), Err(Full));
        assert!(matches!(board.read(1), Next::Lines { count: 1, .. }));
    }
}
