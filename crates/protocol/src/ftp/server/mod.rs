//! The FTP server (server-PI and server-DTP of RFC 959 section 2.3; RFC 1123 section 4.1, RFC 2428, RFC 2577).

mod config;

use core::net::SocketAddr;
use std::collections::VecDeque;

use portolan_wire::Instant;

use crate::endpoint::{ConnId, Endpoint, Input, Output};

pub use config::{Account, ActiveFrom, ActiveTo, Config, Password};

/// An FTP server's side of one control connection, and of the data connections it brings about.
#[derive(Debug)]
pub struct Server {
    outputs: VecDeque<Output>,
}

impl Server {
    /// A server for the control connection `control`, which is established from `peer` to `local`.
    /// It greets on [`Input::Begin`].
    #[must_use]
    pub fn new(_config: Config, _control: ConnId, _local: SocketAddr, _peer: SocketAddr) -> Self {
        Self {
            outputs: VecDeque::new(),
        }
    }
}

impl Endpoint for Server {
    fn handle_input(&mut self, _now: Instant, _input: Input) {}

    fn poll_output(&mut self) -> Output {
        self.outputs.pop_front().unwrap_or(Output::Timeout(None))
    }
}
