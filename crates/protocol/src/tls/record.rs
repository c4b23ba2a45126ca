//! Where one record ends and the next begins (RFC 8446 section 5.1, RFC 5246 section 6.2).

use core::mem;
use core::ops::Range;

const HEADER: usize = 5;

/// The most bytes that may stand behind a header: what TLS 1.2 allows, which is more than TLS 1.3 does.
const LONGEST: usize = 16 * 1024 + 2048;

/// Bytes that came and were not handed on.
#[derive(Debug, Default)]
pub(super) struct Records {
    bytes: Vec<u8>,
    /// How many of them were handed on.
    at: usize,
}

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing that is whole.
    Nothing,
    /// A whole record, header included, which [`Records::record`] shows until more is added.
    Record(Range<usize>),
    /// Something that is no record.
    NoRecord,
}

impl Records {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        // Before there is more, not while: so every byte is moved once at most.
        if self.at > 0 {
            self.bytes.drain(..self.at);
            self.at = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn next(&mut self) -> Next {
        let rest = self.rest();
        // A first byte that is wrong is enough: there may never be a fifth.
        let is_record =
            rest.first().is_none_or(|kind| (20..=23).contains(kind)) && rest.get(1).is_none_or(|major| *major == 3);
        if !is_record {
            return Next::NoRecord;
        }
        let &[_, _, _, high, low, ..] = rest else {
            return Next::Nothing;
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length > LONGEST {
            return Next::NoRecord;
        }
        let end = HEADER + length;
        if rest.len() < end {
            return Next::Nothing;
        }
        let begin = self.at;
        self.at += end;
        Next::Record(begin..self.at)
    }

    /// What [`Next::Record`] is about, where it lies.
    pub(super) fn record(&self, at: Range<usize>) -> &[u8] {
        self.bytes.get(at).unwrap_or_default()
    }

    /// What was not handed on.
    pub(super) fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// All that was not handed on; nothing stays.
    pub(super) fn take(&mut self) -> Vec<u8> {
        let mut bytes = mem::take(&mut self.bytes);
        bytes.drain(..mem::take(&mut self.at));
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(bytes: &[u8]) -> Next {
        let mut records = Records::default();
        records.add(bytes);
        records.next()
    }

    #[test]
    fn a_record_is_handed_on_when_its_last_byte_is_there() {
        let record = [23, 3, 3, 0, 2, 7, 8];
        for length in 0..record.len() {
            assert_eq!(after(&record[..length]), Next::Nothing);
        }
        assert_eq!(after(&record), Next::Record(0..7));
        let mut records = Records::default();
        records.add(&[record, record].concat());
        records.add(&record[..3]);
        for _ in 0..2 {
            let Next::Record(at) = records.next() else {
                panic!("a whole record is there");
            };
            assert_eq!(records.record(at), record);
        }
        assert_eq!(records.next(), Next::Nothing);
        assert_eq!(records.take(), record[..3]);
        assert_eq!(records.take(), []);
    }

    #[test]
    fn what_is_no_record_is_known_by_its_first_byte_that_is_wrong() {
        assert_eq!(after(b"2"), Next::NoRecord);
        assert_eq!(after(b"\x16\x02"), Next::NoRecord);
        assert_eq!(after(b"\x13"), Next::NoRecord);
        assert_eq!(after(b"\x18"), Next::NoRecord);
        assert_eq!(after(&[22, 3, 1, 0x48, 0]), Next::Nothing);
        assert_eq!(after(&[22, 3, 1, 0x48, 1]), Next::NoRecord);
    }
}
