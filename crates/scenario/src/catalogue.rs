//! The built-in scenarios.

use crate::file::Scenario;

/// The catalogue as JSON, made by `build.rs` out of `catalogue/*.toml`, which are checked there.
const JSON: &str = include_str!(concat!(env!("OUT_DIR"), "/catalogue.json"));

/// The built-in scenarios, in the order in which they are taught.
#[must_use]
pub fn catalogue() -> Vec<Scenario> {
    let read = serde_json::from_str(JSON);
    debug_assert!(read.is_ok(), "build.rs wrote what the model cannot read");
    read.unwrap_or_default()
}

/// The built-in scenario of this name.
#[must_use]
pub fn built_in(name: &str) -> Option<Scenario> {
    catalogue().into_iter().find(|scenario| scenario.name == name)
}
