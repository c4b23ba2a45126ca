//! The built-in scenarios.

use crate::file::Scenario;

/// The catalogue in postcard's form, made by `build.rs` out of `catalogue/*.toml`, which are checked there.
const BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/catalogue.bytes"));

/// The built-in scenarios, in the order in which they are taught.
#[must_use]
pub fn catalogue() -> Vec<Scenario> {
    let read = postcard::from_bytes(BYTES);
    debug_assert!(read.is_ok(), "build.rs wrote what the model cannot read");
    read.unwrap_or_default()
}

/// The built-in scenario of this name.
#[must_use]
pub fn built_in(name: &str) -> Option<Scenario> {
    catalogue().into_iter().find(|scenario| scenario.name == name)
}
