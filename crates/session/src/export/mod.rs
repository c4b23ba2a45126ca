//! What leaves the program: logs as files that other programs read.
//!
//! * [`jsonl`]: the whole log, for programs. `FORMAT.md` beside this crate describes it, in words, and$
//!   [`SCHEMA`] in JSON Schema.
//! * [`pcapng`]: the packets that one host saw, for Wireshark and its like.
//! * [`synth`]: packets made up to show what the sockets of a live session did: what its capture is made of.
//!
//! Both are functions of the log alone: the same log gives the same bytes, on every machine.

pub mod jsonl;
pub mod pcapng;
pub mod synth;

/// A JSON Schema (draft 2020-12) of one line of a log, the header or an event: exactly what this version writes.
pub const SCHEMA: &str = include_str!("../../schema/portolan-log-1.schema.json");

#[cfg(test)]
mod every;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod schema_tests;
