//! What a session remembers from one command to the next.

use portolan_wire::ftp::{FactSelection, Representation};

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
    /// The facts that OPTS MLST chose (RFC 3659 section 7.9).
    pub(super) facts: FactSelection,
    pub(super) pending: Pending,
}

/// How far the login is.
#[derive(Debug)]
pub(super) enum Login {
    /// Nobody.
    Nobody,
    /// USER named somebody; PASS has to follow.
    Named { user: String },
    /// The password was right; ACCT has to follow.
    Unaccounted { user: String },
    /// Somebody.
    In { user: String },
}

/// What the command before said for the next one alone: whichever that is, it is forgotten behind it.
#[derive(Debug, Default)]
pub(super) enum Pending {
    /// Nothing.
    #[default]
    Nothing,
    /// REST: the transfer begins at this byte (RFC 3659 section 5).
    Restart { offset: u64 },
    /// RNFR: this is what RNTO moves.
    Rename { from: TreePath },
}

impl Session {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            login: Login::Nobody,
            directory: config.home.clone(),
            representation: Representation::default(),
            only_epsv: false,
            facts: FactSelection::ALL,
            pending: Pending::Nothing,
        }
    }

    pub(super) const fn is_logged_in(&self) -> bool {
        matches!(self.login, Login::In { .. })
    }
}

impl Pending {
    /// Where a transfer begins.
    pub(super) const fn offset(&self) -> u64 {
        match self {
            Self::Restart { offset } => *offset,
            Self::Nothing | Self::Rename { .. } => 0,
        }
    }
}
