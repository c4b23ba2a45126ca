//! End to end, in one test program: our endpoints against real servers and clients, our captures before tshark, our logs
//! before their schema.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod capture;
mod conformance;
mod connect;
mod files;
mod keys;
mod log;
mod program;
mod relay;
mod sandbox;
mod session;
mod tshark;
mod vsftpd;

use portolan_tests::server;
