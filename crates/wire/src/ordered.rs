//! Ordered maps and sets for little: sorted vectors.
//!
//! What is walked through in this workspace has an order, so that one scenario gives the same bytes everywhere. The
//! standard library's B-trees have one too, but each pair of types brings kilobytes of balancing along, and the page and
//! its engine are downloaded. Nearly all maps here hold a few entries, or grow at their end alone; for these a sorted
//! vector is quicker as well. In the middle of many entries it is not: then take a B-tree.

mod map;
mod set;

#[cfg(test)]
mod tests;

pub use map::{Entry, Map};
pub use set::Set;
