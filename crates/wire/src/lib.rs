//! What stands on the wire, and the words in which the rest of Portolan speaks of it.
//!
//! * [`Instant`] and [`Duration`]: the one clock, integer microseconds.
//! * [`Argument`] and [`visible`]: untrusted text that was checked, and text made safe to show.
//! * [`action`]: what a user can ask of a session.
//! * [`report`]: what an endpoint says it did and understood (the *endpoint's eye*).
//! * [`ftp`]: one codec per grammar of RFC 959 and its extensions.
//! * [`dissect`]: what bytes alone tell (the *network's eye*).
//! * [`security`]: what becomes of a connection's security, in the words of reports.
//! * [`relay`]: what the page and the relay say to each other.
//! * [`plain`]: values as bytes between two programs of one build.
//! * [`hex`]: bytes as digits.
//! * [`ordered`]: maps and sets with an order, for little.
//!
//! The crate is light on purpose: the page links it, so neither `rustls` nor `smoltcp` may come in here.

// What `#[derive(Plain)]` writes names this crate, in this crate too.
extern crate self as portolan_wire;

pub mod action;
pub mod dissect;
pub mod ftp;
#[doc(hidden)]
pub mod fuzzing;
pub mod hex;
pub mod ordered;
pub mod plain;
pub mod relay;
pub mod report;
pub mod security;
mod text;
mod time;

pub use text::{Argument, ArgumentError, visible};
pub use time::{Duration, Instant};
