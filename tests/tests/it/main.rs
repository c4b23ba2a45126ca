//! End to end: our endpoints against real servers and clients, in one test program.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod program;
mod session;
mod vsftpd;
