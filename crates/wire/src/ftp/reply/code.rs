//! A reply's three digits (RFC 959 section 4.2.1).

use core::fmt;

/// A reply's three digits: 100 to 699. The space is open; the first digit always has a meaning ([`ReplyCode::class`]).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplyCode(u16);

/// What the first digit says (RFC 959 section 4.2.1, RFC 2228 section 5.1 for the last).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReplyClass {
    /// 1yz: begun; another reply comes before the next command may be sent.
    Preliminary,
    /// 2yz: done.
    Completion,
    /// 3yz: understood; a further command is needed.
    Intermediate,
    /// 4yz: not this time.
    TransientNegative,
    /// 5yz: not like this.
    PermanentNegative,
    /// 6yz: a reply wrapped by a security mechanism. TLS wraps none this way.
    Protected,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $value:literal)*) => {
        impl ReplyCode {
            $($(#[$doc])* pub const $name: Self = Self($value);)*
        }
    };
}

codes! {
    /// 110, restart marker.
    RESTART_MARKER = 110
    /// 120, ready in some minutes.
    READY_SOON = 120
    /// 125, the data connection is open; the transfer starts.
    DATA_CONNECTION_OPEN = 125
    /// 150, file status okay; about to open the data connection.
    OPENING_DATA_CONNECTION = 150
    /// 200, okay.
    OKAY = 200
    /// 202, not implemented, superfluous here.
    SUPERFLUOUS = 202
    /// 211, system status or help (and the answer to FEAT).
    SYSTEM_STATUS = 211
    /// 212, directory status.
    DIRECTORY_STATUS = 212
    /// 213, file status (and the answer to SIZE and MDTM).
    FILE_STATUS = 213
    /// 214, help.
    HELP = 214
    /// 215, the system's name.
    SYSTEM_NAME = 215
    /// 220, ready for a new user: the greeting.
    READY = 220
    /// 221, closing the control connection.
    GOODBYE = 221
    /// 225, the data connection is open, and no transfer is running.
    DATA_CONNECTION_IDLE = 225
    /// 226, closing the data connection; the transfer is done.
    TRANSFER_COMPLETE = 226
    /// 227, entering passive mode, and the address.
    ENTERING_PASSIVE_MODE = 227
    /// 229, entering extended passive mode, and the port (RFC 2428).
    ENTERING_EXTENDED_PASSIVE_MODE = 229
    /// 230, logged in.
    LOGGED_IN = 230
    /// 232, logged in by the security mechanism (RFC 2228).
    LOGGED_IN_BY_SECURITY = 232
    /// 234, the security mechanism is accepted: TLS begins (RFC 4217).
    SECURITY_ACCEPTED = 234
    /// 250, the file action is done.
    FILE_ACTION_OKAY = 250
    /// 257, a path, created or current.
    PATH = 257
    /// 331, the name is okay, a password is needed.
    NEED_PASSWORD = 331
    /// 332, an account is needed.
    NEED_ACCOUNT = 332
    /// 334, the security mechanism needs data (RFC 2228).
    NEED_SECURITY_DATA = 334
    /// 350, the file action waits for more: after RNFR and REST.
    PENDING_FURTHER_INFORMATION = 350
    /// 421, the service is not available; the control connection closes.
    SERVICE_NOT_AVAILABLE = 421
    /// 425, the data connection can't be opened.
    CANNOT_OPEN_DATA_CONNECTION = 425
    /// 426, the data connection was closed; the transfer is aborted.
    TRANSFER_ABORTED = 426
    /// 431, a resource for security is missing (RFC 2228).
    NEED_SECURITY_RESOURCE = 431
    /// 450, the file is not available now.
    FILE_BUSY = 450
    /// 451, a local error.
    LOCAL_ERROR = 451
    /// 452, no room.
    INSUFFICIENT_STORAGE = 452
    /// 500, not understood.
    SYNTAX_ERROR = 500
    /// 501, the argument is not understood.
    ARGUMENT_ERROR = 501
    /// 502, not implemented.
    NOT_IMPLEMENTED = 502
    /// 503, bad order of commands.
    BAD_SEQUENCE = 503
    /// 504, not implemented for that argument.
    ARGUMENT_NOT_IMPLEMENTED = 504
    /// 521, no data connection with this level of protection (RFC 4217 section 9).
    DATA_NEEDS_PROTECTION = 521
    /// 522, this network protocol is not supported (RFC 2428), or the data connection lacks TLS (RFC 4217).
    PROTOCOL_NOT_SUPPORTED = 522
    /// 530, not logged in.
    NOT_LOGGED_IN = 530
    /// 532, an account is needed to store.
    NEED_ACCOUNT_TO_STORE = 532
    /// 533, denied for reasons of policy (RFC 2228).
    PROTECTION_DENIED = 533
    /// 534, denied for reasons of policy (RFC 2228).
    POLICY_DENIED = 534
    /// 536, this protection level is not supported (RFC 2228).
    PROTECTION_NOT_SUPPORTED = 536
    /// 550, the file is not available: not found, or no access.
    FILE_UNAVAILABLE = 550
    /// 551, the page type is unknown.
    PAGE_TYPE_UNKNOWN = 551
    /// 552, over the quota.
    QUOTA_EXCEEDED = 552
    /// 553, this name is not allowed.
    NAME_NOT_ALLOWED = 553
    /// 554, the transfer can't begin where REST said (RFC 1123 section 4.1.3.4).
    INVALID_RESTART = 554
    /// 555, the transfer parameters do not fit: a restart in type A (RFC 1123 section 4.1.3.4).
    TYPE_MISMATCH = 555
}

impl ReplyCode {
    /// The code of `value`, if it is from 100 to 699.
    #[must_use]
    pub const fn new(value: u16) -> Option<Self> {
        match value {
            100..=699 => Some(Self(value)),
            _ => None,
        }
    }

    /// The three digits as a number.
    #[must_use]
    pub const fn value(self) -> u16 {
        self.0
    }

    /// What the first digit says.
    #[must_use]
    pub const fn class(self) -> ReplyClass {
        match self.0 {
            ..200 => ReplyClass::Preliminary,
            200..300 => ReplyClass::Completion,
            300..400 => ReplyClass::Intermediate,
            400..500 => ReplyClass::TransientNegative,
            500..600 => ReplyClass::PermanentNegative,
            600.. => ReplyClass::Protected,
        }
    }

    /// 4yz or 5yz: the server answered no.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        matches!(
            self.class(),
            ReplyClass::TransientNegative | ReplyClass::PermanentNegative
        )
    }
}

impl fmt::Debug for ReplyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for ReplyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
