//! What a session remembers from one command to the next.

use portolan_wire::ftp::Representation;

use super::config::Config;
use crate::tree::TreePath;

/// Who is logged in, where, and with which parameters.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) login: Login,
    pub(super) directory: TreePath,
    pub(super) representation: Representation,
    /// `EPSV ALL` was said: no other command may set up a data connection (RFC 2428 section 4).
    pub(super) only_epsv: bool,
}

/// How far the login is.
#[derive(Debug)]
pub(super) enum Login {
    /// Nobody.
    Nobody,
    /// USER named somebody; PASS has to follow.
    Named { user: String },
    /// Somebody.
    In { user: String },
}

impl Session {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            login: Login::Nobody,
            directory: config.home.clone(),
            representation: Representation::default(),
            only_epsv: false,
        }
    }

    pub(super) const fn is_logged_in(&self) -> bool {
        matches!(self.login, Login::In { .. })
    }
}
