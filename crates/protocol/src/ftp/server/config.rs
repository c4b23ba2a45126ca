//! What a server is told before it begins.

use core::fmt;
use core::net::Ipv4Addr;

use portolan_wire::Duration;
use portolan_wire::ftp::ReplyCode;
use portolan_wire::report::MASK;

use crate::endpoint::{Patience, Ports};
use crate::tree::TreePath;

/// What a server is told before it begins. Start from [`Config::default`] and change what differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The text of the 220 that greets; a line end in it begins a new line of the reply.
    pub greeting: String,
    /// Instead of greeting, say that this is one session too many, and close: limits on sessions are the driver's to
    /// watch, because a server knows no session but its own.
    pub turn_away: Option<TurnAway>,
    /// Who may log in. Nobody, unless somebody is named.
    pub accounts: Vec<Account>,
    /// So many failed logins end the session (RFC 2577 section 5: three to five are usual); zero counts as one.
    pub tries: u32,
    /// How late a login that failed is answered, so that guessing is slow (RFC 2577 section 5).
    pub login_delay: LoginDelay,
    /// Where the ports that passive mode listens on come from.
    pub passive_ports: Ports,
    /// The address a 227 tells, where it is not the control connection's own: for a server behind a NAT that knows so.
    pub passive_address: Option<Ipv4Addr>,
    /// Who may call the ports that passive mode listens on.
    pub passive_from: PassiveFrom,
    /// From which port active mode calls.
    pub active_from: ActiveFrom,
    /// Which addresses PORT and EPRT may name.
    pub active_to: ActiveTo,
    /// Limits of time.
    pub patience: Patience,
    /// Passwords stand in reports as they came. Only for simulations, where that they can be read is the lesson.
    pub show_secrets: bool,
    /// The date at [`portolan_wire::Instant::ZERO`], in seconds since 1970-01-01 UTC: listings show the time of day
    /// for what is younger than half a year, and the year for the rest.
    pub epoch: u64,
    /// Where a session begins.
    pub home: TreePath,
    /// What becomes of a client that asks for TLS, and of one that does not. What it takes to speak it is the shell's.
    pub security: Security,
    /// A client that speaks HTTP, TLS or SSH is answered with a 421 that says so, and hung up on. A page in a browser
    /// can be made to send a request to any port, and what its author put behind the head would be read as commands;
    /// the others took a wrong turn, and do not learn it from a 500 for each of their lines.
    pub hang_up_on_other_protocols: bool,
}

/// What a server says to AUTH (RFC 2228 section 3, RFC 4217).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Security {
    /// 502: it knows neither AUTH nor PBSZ, PROT and CCC.
    #[default]
    Unknown,
    /// 534: it knows it, and does not want it.
    Denied,
    /// 431: it would, and can't now.
    Unavailable,
    /// TLS, on these terms.
    Offered(Terms),
}

/// On which terms a server speaks TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// When it begins.
    pub begin: TlsBegins,
    /// Nobody logs in in the clear: USER is a 530 before AUTH.
    pub login_secured: bool,
    /// No data connection is in the clear: PROT C is a 534, and a transfer without PROT P a 521.
    pub data_secured: bool,
    /// A data connection has to resume a session of this control connection's, or the transfer is refused with this code: so
    /// nobody else can take its place (RFC 4217 section 10.2). vsftpd says 522, ProFTPD 425.
    pub reuse: Option<ReplyCode>,
    /// Whether the control connection may be cleared again (CCC): otherwise a 534.
    pub may_clear: bool,
}

/// When TLS begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsBegins {
    /// When AUTH asks for it (RFC 4217), on the port of FTP.
    WhenAsked,
    /// Before the first word, on a port of its own: "implicit" FTPS (draft-murray-auth-ftp-ssl). Data connections are
    /// protected without a PROT too.
    AtOnce,
}

impl Terms {
    /// As RFC 4217 has it, with everything allowed: AUTH, logins and data in the clear, any session, CCC.
    pub const EXPLICIT: Self = Self {
        begin: TlsBegins::WhenAsked,
        login_secured: false,
        data_secured: false,
        reuse: None,
        may_clear: true,
    };

    /// The same with TLS from the start.
    pub const IMPLICIT: Self = Self {
        begin: TlsBegins::AtOnce,
        ..Self::EXPLICIT
    };
}

/// How late a login that failed is answered (RFC 2577 section 5 suggests 5 seconds). Only this session waits, and what
/// its client says meanwhile waits with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoginDelay {
    /// For the first of a session: most are slips of the finger. Twice as long for each that follows.
    pub first: Duration,
    /// The longest.
    pub most: Duration,
}

/// One session too many: how many there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TurnAway {
    /// So many sessions are the most this server has at once.
    Sessions(u32),
    /// So many sessions are the most it has at once for one address.
    SessionsOfAddress(u32),
}

/// Somebody who may log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The name, as USER says it.
    pub user: String,
    /// What PASS must say.
    pub password: Password,
    /// What ACCT must say after that, if it is wanted (332); otherwise ACCT is superfluous (202).
    pub account: Option<Password>,
}

/// What PASS or ACCT must say.
#[derive(Clone, PartialEq, Eq)]
pub enum Password {
    /// Anything, as for `anonymous` (RFC 1635).
    Any,
    /// This.
    Exactly(String),
}

/// Who may call a port that a server listens on in passive mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassiveFrom {
    /// The control connection's peer: nobody else can come before the client and take what is meant for it (port theft,
    /// RFC 2577 section 8).
    Peer,
    /// Whoever comes first: for transfers between two servers, and for lessons about theft.
    Anyone,
}

/// From which port a server calls in active mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActiveFrom {
    /// The one below the control connection's, 20 beside 21 (RFC 959 section 3.2); any, where that can't be had.
    BesideControl,
    /// Any: for a server that knows it has no privilege.
    Any,
}

/// Which addresses a server calls in active mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActiveTo {
    /// The control connection's peer, on a port from 1024 up (RFC 2577 section 3).
    Peer,
    /// Any address, on a port from 1024 up: for transfers between two servers.
    AnyHost,
    /// Whatever it is told: the bounce attack's open door. For lessons about it.
    Anyone,
}

impl LoginDelay {
    /// Every login is answered at once.
    pub const NONE: Self = Self {
        first: Duration::ZERO,
        most: Duration::ZERO,
    };

    /// How long the `nth` failure of a session waits, from 1.
    pub(super) fn of(self, nth: u32) -> Duration {
        let doubled = 1_u64.checked_shl(nth.saturating_sub(1)).unwrap_or(u64::MAX);
        let delay = self.first.as_micros().saturating_mul(doubled);
        Duration::from_micros(delay).min(self.most)
    }
}

/// 1, 2, 4 and from then on 5 seconds.
impl Default for LoginDelay {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            most: Duration::from_secs(5),
        }
    }
}

impl Config {
    /// The passive ports unless others are asked for: most of them lie above what Linux hands out to its own clients.
    pub const PASSIVE_PORTS: Ports = Ports::Range {
        first: 60_000,
        last: 65_535,
    };

    /// The same with one more account.
    #[must_use]
    pub fn with_account(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.accounts.push(Account {
            user: user.into(),
            password: Password::Exactly(password.into()),
            account: None,
        });
        self
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            greeting: "Portolan FTP server ready".to_owned(),
            turn_away: None,
            accounts: Vec::new(),
            tries: 5,
            login_delay: LoginDelay::default(),
            passive_ports: Self::PASSIVE_PORTS,
            passive_address: None,
            passive_from: PassiveFrom::Peer,
            active_from: ActiveFrom::BesideControl,
            active_to: ActiveTo::Peer,
            patience: Patience::default(),
            show_secrets: false,
            epoch: 0,
            home: TreePath::root(),
            security: Security::default(),
            hang_up_on_other_protocols: false,
        }
    }
}

impl Password {
    /// Whether `said` will do. Where the two begin to differ makes no difference to the time it takes.
    pub(super) fn accepts(&self, said: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exactly(right) => {
                let pairs = right.bytes().zip(said.bytes());
                let differs = pairs.fold(0, |differs, (a, b)| differs | (a ^ b));
                right.len() == said.len() && differs == 0
            }
        }
    }
}

/// Never the password itself: configurations get printed.
impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("Any"),
            Self::Exactly(_) => write!(f, "Exactly({MASK})"),
        }
    }
}
