//! The session log: what happened, who saw it, and everything that can be drawn or told from it.
//!
//! * [`event`]: the header and the typed events. The contract of the crate; read its rules first.
//! * [`log`]: the recorder that writes a log, and the log itself: events, packets' bytes, cursors.
//! * [`export`]: a log as a file: JSON Lines, pcapng; packets made up to show what live sockets did.
//! * [`lesson`]: chapters, stops and questions that a scenario adds; answers are checked against the log.
//! * [`mask`]: what is recorded in place of secrets.
//! * [`finding`]: why something failed, with the events that prove it.
//! * [`transcript`]: the conversation as plain text.
//! * [`view`]: what the pictures draw, each a pure function of (log, moment).
//! * [`words`]: the one catalogue of messages; everything else is facts.

pub mod event;
pub mod export;
pub mod finding;
pub mod lesson;
pub mod log;
pub mod mask;
mod state;
pub mod transcript;
pub mod view;
pub mod words;

pub use export::{jsonl, pcapng, synth};
pub use log::Log;

#[cfg(test)]
mod testing;
