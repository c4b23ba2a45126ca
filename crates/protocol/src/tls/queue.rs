//! Queues of bytes.

use core::mem;
use std::collections::VecDeque;

/// Takes as much from the front of a queue as there is, and at most so much. Its own iterators would go byte by byte, which
/// takes longer than to encrypt what they bring.
pub(super) fn take(queue: &mut VecDeque<u8>, most: usize) -> Vec<u8> {
    if most >= queue.len() {
        // Not even copied, if it begins where its memory does.
        return mem::take(queue).into();
    }
    let (first, second) = queue.as_slices();
    let from_first = most.min(first.len());
    let parts = [first.get(..from_first), second.get(..most - from_first)];
    let taken = parts.map(Option::unwrap_or_default).concat();
    queue.drain(..most);
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_is_what_was_there_wherever_it_lies_in_memory() {
        for turned in 0..8 {
            for most in 0..10 {
                let mut queue = VecDeque::with_capacity(8);
                // Its beginning moves on in its memory, so that some of its bytes lie in front of others that come first.
                queue.extend(vec![0; turned]);
                queue.drain(..turned);
                queue.extend(1..=7_u8);
                let taken = take(&mut queue, most);
                assert_eq!(taken, (1..=7_u8).take(most).collect::<Vec<_>>(), "{turned} {most}");
                assert_eq!(queue, (1..=7_u8).skip(most).collect::<Vec<_>>(), "{turned} {most}");
            }
        }
    }
}
