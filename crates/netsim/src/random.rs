//! Randomness, all of it from one seed, in streams that do not disturb each other.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A stream of random numbers for one use. Streams with different labels have nothing to do with each other, so a
/// new host or a new draw in one place shifts nothing in another.
#[derive(Debug)]
pub(crate) struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream of a world's `seed` for the use named by `label`.
    pub(crate) fn new(seed: u64, label: &str) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(fnv1a(label));
        Self(rng)
    }

    /// Any number.
    pub(crate) fn any(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `bound`, or 0 for a bound of 0. The bias is below `bound` / 2^32: of no account for ports.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        let wide = u64::from(self.0.next_u32()) * u64::from(bound);
        // The upper half is below `bound`, so it fits.
        u32::try_from(wide >> 32).unwrap_or(0)
    }
}

/// The FNV-1a hash, 64 bits wide.
fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
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
    fn bounds_are_kept() {
        let mut stream = Stream::new(1, "bounds");
        assert!((0..1_000).all(|_| stream.below(3) < 3));
        assert_eq!(stream.below(0), 0);
    }
}
