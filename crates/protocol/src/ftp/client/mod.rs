//! The FTP client (user-PI and user-DTP of RFC 959 section 2.3; RFC 1123 section 4.1, RFC 2428).

mod config;

use std::collections::VecDeque;

use portolan_wire::Instant;
use portolan_wire::report::{Misuse, Outcome, Report};

use crate::endpoint::{Endpoint, Input, Output};

pub use config::{Config, PassiveAddress};

/// An FTP client: one control connection at a time, and for each transfer a data connection.
///
/// It keeps the rules of [`portolan_wire::action`]: actions run one after the other, each finishes exactly once.
///
/// A connect action without host and port dials [`Config::server`]. Its port, if it names one, takes the place of the
/// server's; its host does so only if it is an address. A *name* stays in the reports and is taken to be what the
/// driver resolved to [`Config::server`].
#[derive(Debug)]
pub struct Client {
    config: Config,
    outputs: VecDeque<Output>,
}

impl Client {
    /// A client that has not begun.
    #[must_use]
    pub const fn new(config: Config) -> Self {
        Self {
            config,
            outputs: VecDeque::new(),
        }
    }

    /// What it was told.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }
}

impl Endpoint for Client {
    fn handle_input(&mut self, _now: Instant, input: Input) {
        if let Input::Act { action, .. } = input {
            let outcome = Outcome::Refused {
                why: Misuse::Unsupported,
            };
            let report = Report::Finished { action, outcome };
            self.outputs.push_back(Output::Event { conn: None, report });
        }
    }

    fn poll_output(&mut self) -> Output {
        self.outputs.pop_front().unwrap_or(Output::Timeout(None))
    }
}
