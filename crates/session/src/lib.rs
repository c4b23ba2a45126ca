//! The session log: what happened, who saw it, and everything that can be drawn or told from it.
//!
//! * [`event`]: the header and the typed events. The contract of the crate; read its rules first.
//! * [`log`]: the recorder that writes a log, and the log itself: events, packets' bytes, cursors.
//! * [`export`]: a log as a file: JSON Lines, pcapng.
//! * [`lesson`]: chapters, stops and questions that a scenario adds; answers are checked against the log.
//! * [`finding`]: why something failed, with the events that prove it.
//! * [`view`]: what the pictures draw, each a pure function of (log, moment).
//! * [`words`]: the one catalogue of messages; everything else is facts.

pub mod event;
pub mod export;
pub mod finding;
pub mod lesson;
pub mod log;
mod state;
pub mod view;
pub mod words;

pub use export::{jsonl, pcapng};
pub use log::Log;

#[cfg(test)]
mod testing;
