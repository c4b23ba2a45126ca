//! Logs as JSON Lines: a header, then one event a line. `FORMAT.md` beside this crate describes every field.

mod error;
mod extra;
mod line;
mod part;
mod read;
mod write;

pub use error::{Limits, ReadError, ReadProblem};
pub use read::{Reader, read};
pub use write::{WriteError, write, write_event, write_header};

#[cfg(test)]
mod tests;
