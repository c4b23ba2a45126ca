//! The bytes of a file that is kept.

use std::sync::Arc;

use crate::endpoint::BLOCK;

/// A file's bytes. Cheap to clone, and equal if the bytes are.
///
/// They stay in the pieces in which they were written: a large file that comes block by block is neither copied nor
/// moved, and no piece of memory is as large as the file.
#[derive(Clone, Debug, Default)]
pub struct Bytes {
    pieces: Arc<Pieces>,
}

impl Bytes {
    /// How many there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.pieces.end() as u64
    }

    /// At most `length` bytes from `offset` on; fewer at the end, none behind it.
    #[must_use]
    pub fn read(&self, offset: u64, length: usize) -> Vec<u8> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(self.pieces.end());
        let end = start.saturating_add(length).min(self.pieces.end());
        let mut bytes = Vec::with_capacity(end - start);
        for piece in self.pieces.from(start) {
            if bytes.len() == end - start {
                break;
            }
            let within = start + bytes.len() - piece.start;
            let rest = piece.bytes.get(within..).unwrap_or_default();
            let wanted = end - start - bytes.len();
            bytes.extend_from_slice(rest.get(..wanted).unwrap_or(rest));
        }
        bytes
    }
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Self) -> bool {
        let all = |bytes: &Self| bytes.read(0, usize::MAX);
        self.size() == other.size() && (Arc::ptr_eq(&self.pieces, &other.pieces) || all(self) == all(other))
    }
}

impl Eq for Bytes {}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        let mut pieces = Pieces::default();
        pieces.append(bytes);
        pieces.into()
    }
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}

impl From<Pieces> for Bytes {
    fn from(mut pieces: Pieces) -> Self {
        if let Some(last) = pieces.all.last_mut() {
            last.bytes.shrink_to_fit();
        }
        Self {
            pieces: Arc::new(pieces),
        }
    }
}

/// Bytes that are being written.
#[derive(Clone, Debug, Default)]
pub(super) struct Pieces {
    /// One behind the other, without a gap, none empty.
    all: Vec<Piece>,
}

#[derive(Clone, Debug)]
struct Piece {
    start: usize,
    bytes: Vec<u8>,
}

impl Pieces {
    /// How many bytes there are.
    pub(super) fn end(&self) -> usize {
        self.all.last().map_or(0, |last| last.start + last.bytes.len())
    }

    /// Writes at `offset`. What was there is replaced; what lies between the end and `offset`, if anything, is zeros.
    pub(super) fn write(&mut self, offset: usize, mut bytes: Vec<u8>) {
        if offset > self.end() {
            self.append(vec![0; offset - self.end()]);
        }
        let known = bytes.len().min(self.end() - offset);
        if known > 0 {
            let behind = bytes.split_off(known);
            self.replace(offset, &bytes);
            bytes = behind;
        }
        self.append(bytes);
    }

    /// Puts bytes behind the last. A block becomes a piece as it is; smaller ones go together.
    fn append(&mut self, bytes: Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        if let Some(last) = self.all.last_mut()
            && last.bytes.len() + bytes.len() <= BLOCK as usize
        {
            last.bytes.extend_from_slice(&bytes);
            return;
        }
        let start = self.end();
        self.all.push(Piece { start, bytes });
    }

    /// Replaces bytes that are there.
    fn replace(&mut self, offset: usize, mut bytes: &[u8]) {
        let first = self.place(offset);
        for piece in self.all.iter_mut().skip(first) {
            let within = offset.saturating_sub(piece.start);
            let place = piece.bytes.get_mut(within..).unwrap_or_default();
            let (now, later) = bytes.split_at(place.len().min(bytes.len()));
            if let Some(place) = place.get_mut(..now.len()) {
                place.copy_from_slice(now);
            }
            bytes = later;
            if bytes.is_empty() {
                return;
            }
        }
    }

    /// The pieces from the one that holds `offset` on.
    fn from(&self, offset: usize) -> &[Piece] {
        self.all.get(self.place(offset)..).unwrap_or_default()
    }

    /// Which piece holds `offset`; the last one for what lies behind it.
    fn place(&self, offset: usize) -> usize {
        self.all
            .partition_point(|piece| piece.start <= offset)
            .saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// As one piece of memory would hold them, whatever is written where, and read from where.
        #[test]
        fn bytes_are_what_was_written_last(
            writes in prop::collection::vec((0_usize..200_000, 0_usize..100_000, any::<u8>()), 0..8),
            offset in 0_usize..300_000,
            length in 0_usize..200_000,
        ) {
            let (mut pieces, mut plain) = (Pieces::default(), Vec::new());
            for (offset, length, byte) in writes {
                // Half of them go on where the last ended, as blocks of a file do.
                let offset = if byte % 2 == 0 { plain.len() } else { offset };
                pieces.write(offset, vec![byte; length]);
                plain.resize(plain.len().max(offset), 0);
                let kept = plain.len().min(offset + length);
                plain.splice(offset..kept, vec![byte; length]);
                prop_assert_eq!(pieces.end(), plain.len());
            }
            let bytes = Bytes::from(pieces);
            let end = plain.len().min(offset + length);
            prop_assert!(bytes.read(offset as u64, length) == plain[offset.min(end)..end]);
            prop_assert!(bytes.read(0, usize::MAX) == plain);
            prop_assert!(bytes == Bytes::from(plain));
        }
    }

    #[test]
    fn bytes_differ_where_one_does() {
        let bytes = |last: u8| Bytes::from([b'a', last].as_slice());
        assert_eq!(bytes(1), bytes(1));
        assert_ne!(bytes(1), bytes(2));
        assert_ne!(bytes(1), Bytes::default());
    }
}
