//! The built-in scenarios.

use portolan_wire::plain;

use crate::file::Scenario;

/// The catalogue as plain bytes, made by `build.rs` out of `catalogue/*.toml`, which are checked there.
const BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/catalogue.bytes"));

/// The built-in scenarios, in the order in which they are taught.
#[must_use]
pub fn catalogue() -> Vec<Scenario> {
    let read = plain::read(BYTES);
    debug_assert!(read.is_some(), "build.rs wrote what the model cannot read");
    read.unwrap_or_default()
}

/// The built-in scenario of this name.
#[must_use]
pub fn built_in(name: &str) -> Option<Scenario> {
    catalogue().into_iter().find(|scenario| scenario.name == name)
}
