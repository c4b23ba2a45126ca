//! Randomness, all of it from one seed, in streams that do not disturb each other.
//!
//! The numbers are those of ChaCha with eight rounds, as `rand_chacha` gives them: a test compares the two. Its code is made
//! for speed, and is as large as ten times this one's; here a few hundred numbers are drawn in a whole run.

/// A stream of random numbers for one use. Streams with different labels have nothing to do with each other, so a
/// new host or a new draw in one place shifts nothing in another.
#[derive(Debug)]
pub(crate) struct Stream {
    /// ChaCha's state: four constants, the key, the block's number and the stream's.
    state: [u32; 16],
    /// What is left of the block, in the reverse of its order.
    block: Vec<u32>,
}

impl Stream {
    /// The stream of a world's `seed` for the use named by `label`.
    pub(crate) fn new(seed: u64, label: &str) -> Self {
        let mut state = [0; 16];
        let stream = fnv1a(label);
        let words = CONSTANTS
            .into_iter()
            .chain(key(seed))
            .chain([0, 0])
            .chain(halves(stream));
        for (place, word) in state.iter_mut().zip(words) {
            *place = word;
        }
        Self {
            state,
            block: Vec::new(),
        }
    }

    /// Any number.
    pub(crate) fn any(&mut self) -> u64 {
        let low = u64::from(self.word());
        u64::from(self.word()) << 32 | low
    }

    /// A number below `bound`, or 0 for a bound of 0. The bias is below `bound` / 2^32: of no account for ports.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        let wide = u64::from(self.word()) * u64::from(bound);
        // The upper half is below `bound`, so it fits.
        u32::try_from(wide >> 32).unwrap_or(0)
    }

    fn word(&mut self) -> u32 {
        if self.block.is_empty() {
            self.block = block(&self.state);
            self.block.reverse();
            // No run draws four thousand million blocks.
            if let Some(number) = self.state.get_mut(12) {
                *number = number.wrapping_add(1);
            }
        }
        self.block.pop().unwrap_or_default()
    }
}

/// "expand 32-byte k".
const CONSTANTS: [u32; 4] = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574];

/// Two rounds: a quarter round (RFC 8439 section 2.1) on each column, then one on each diagonal.
const QUARTERS: [[usize; 4]; 8] = [
    [0, 4, 8, 12],
    [1, 5, 9, 13],
    [2, 6, 10, 14],
    [3, 7, 11, 15],
    [0, 5, 10, 15],
    [1, 6, 11, 12],
    [2, 7, 8, 13],
    [3, 4, 9, 14],
];

/// A block: the state, mixed, and added to itself as it was (RFC 8439 section 2.3).
fn block(state: &[u32; 16]) -> Vec<u32> {
    let mut mixed = *state;
    for _ in 0..4 {
        for quarter in QUARTERS {
            let Ok([a, b, c, d]) = mixed.get_disjoint_mut(quarter) else {
                continue;
            };
            for [first, second] in [[16, 12], [8, 7]] {
                *a = a.wrapping_add(*b);
                *d = (*d ^ *a).rotate_left(first);
                *c = c.wrapping_add(*d);
                *b = (*b ^ *c).rotate_left(second);
            }
        }
    }
    let sums = mixed.iter().zip(state).map(|(mixed, word)| mixed.wrapping_add(*word));
    sums.collect()
}

/// A key out of a seed: eight numbers of PCG32 (O'Neill), the way `rand_core` makes one.
fn key(mut seed: u64) -> [u32; 8] {
    core::array::from_fn(|_| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(11_634_580_027_462_260_723);
        let [shifted, _] = halves(((seed >> 18) ^ seed) >> 27);
        let [_, high] = halves(seed);
        shifted.rotate_right(high >> 27)
    })
}

/// The lower half of a number, then the upper one.
const fn halves(number: u64) -> [u32; 2] {
    [number as u32, (number >> 32) as u32]
}

/// The FNV-1a hash, 64 bits wide.
fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};

    use super::*;

    #[test]
    fn the_same_seed_and_label_give_the_same_numbers_everywhere() {
        // Written down, so that another machine, another version or WebAssembly can't drift unseen.
        let mut ports = Stream::new(7, "host/client/ports");
        assert_eq!(
            [ports.below(1_000), ports.below(1_000), ports.below(1_000)],
            [565, 800, 119]
        );
        assert_ne!(Stream::new(7, "a").any(), Stream::new(7, "b").any());
        assert_ne!(Stream::new(7, "a").any(), Stream::new(8, "a").any());
    }

    #[test]
    fn the_numbers_are_those_of_rand_chacha() {
        for seed in [0, 1, 7, u64::MAX] {
            for label in ["", "host/client/ports", "link/loss"] {
                let mut theirs = ChaCha8Rng::seed_from_u64(seed);
                theirs.set_stream(fnv1a(label));
                let mut ours = Stream::new(seed, label);
                // One word first, so that numbers of two words lie across the ends of blocks.
                assert_eq!(ours.word(), theirs.next_u32());
                for _ in 0..100 {
                    assert_eq!(ours.any(), theirs.next_u64());
                }
            }
        }
    }

    #[test]
    fn bounds_are_kept() {
        let mut stream = Stream::new(1, "bounds");
        assert!((0..1_000).all(|_| stream.below(3) < 3));
        assert_eq!(stream.below(0), 0);
    }
}
