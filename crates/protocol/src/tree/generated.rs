//! Files that are computed instead of kept.

/// A file whose content is a function of its seed and the offset alone, so that any block of it can be computed
/// without the ones before, and two ends can compare what they hold without holding it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generated {
    /// Its size in bytes.
    pub size: u64,
    /// What tells it from other files of its size.
    pub seed: u64,
}

impl Generated {
    /// At most `length` bytes from `offset` on; fewer at the end, none behind it.
    #[must_use]
    pub fn read(&self, offset: u64, length: usize) -> Vec<u8> {
        let left = self.size.saturating_sub(offset);
        let length = usize::try_from(left).unwrap_or(usize::MAX).min(length);
        let skip = (offset % WORD) as usize;
        let words = (skip + length).div_ceil(WORD as usize);
        let mut bytes = vec![0; words * WORD as usize];
        let mut index = offset / WORD;
        for place in bytes.as_chunks_mut().0 {
            *place = self.word(index).to_le_bytes();
            index = index.wrapping_add(1);
        }
        bytes.truncate(skip + length);
        bytes.drain(..skip);
        bytes
    }

    /// The eight bytes number `index`: the output function of `SplitMix64`, whose state is known at every step, over
    /// a seed that was stirred once so that neighbouring seeds don't give shifted copies of one file.
    fn word(self, index: u64) -> u64 {
        stir(stir(self.seed).wrapping_add(index.wrapping_mul(GOLDEN)))
    }
}

/// Bytes computed at once.
const WORD: u64 = 8;

/// 2^64 divided by the golden ratio, odd: `SplitMix64`'s step.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

fn stir(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_block_is_the_same_however_it_is_reached() {
        let file = Generated { size: 1_003, seed: 7 };
        let whole = file.read(0, 5_000);
        assert_eq!(whole.len(), 1_003);
        for (offset, length) in [
            (0, 1),
            (1, 7),
            (7, 2),
            (8, 8),
            (500, 503),
            (1_002, 9),
            (1_003, 1),
            (u64::MAX, 4),
        ] {
            let from = usize::try_from(offset).unwrap_or(usize::MAX).min(whole.len());
            let to = from.saturating_add(length).min(whole.len());
            assert_eq!(file.read(offset, length), whole[from..to], "{offset}+{length}");
        }
    }

    #[test]
    fn offsets_beyond_four_gigabytes_do_not_wrap() {
        let file = Generated {
            size: (4 << 30) + 10,
            seed: 1,
        };
        assert_eq!(file.read(4 << 30, 100).len(), 10);
        assert_ne!(file.read(4 << 30, 10), file.read(0, 10));
        assert_ne!(file.read(0, 64), Generated { seed: 2, ..file }.read(0, 64));
    }
}
