//! Logs as JSON Lines: a header, then one event a line. `FORMAT.md` beside this crate describes every field.

mod hex;
mod write;

pub use write::{WriteError, write};

#[cfg(test)]
mod tests;
