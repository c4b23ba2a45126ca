//! What Portolan's end-to-end tests and its benchmark of real sessions share: servers of the world, and where programs are.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

pub mod program;
pub mod server;
