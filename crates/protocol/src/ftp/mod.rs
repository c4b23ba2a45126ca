//! FTP, both roles (RFC 959, 1123 section 4.1, 2428).

mod ascii;
pub mod client;
mod opening;
pub mod server;

#[cfg(test)]
mod pair_tests;
