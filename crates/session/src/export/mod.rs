//! What leaves the program: logs as files that other programs read.
//!
//! * [`jsonl`]: the whole log, for programs. `FORMAT.md` beside this crate describes it, in words.
//! * [`pcapng`]: the packets that one host saw, for Wireshark and its like.
//!
//! Both are functions of the log alone: the same log gives the same bytes, on every machine.

pub mod jsonl;
pub mod pcapng;

#[cfg(test)]
mod every;
#[cfg(test)]
mod sample;
