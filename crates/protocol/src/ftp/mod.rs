//! FTP, both roles (RFC 959, 1123 section 4.1, 2428).

mod ascii;
pub mod client;
pub mod server;

#[cfg(test)]
mod pair_tests;
