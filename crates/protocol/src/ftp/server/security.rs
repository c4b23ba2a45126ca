//! What is under TLS, and what becomes of it (RFC 4217).

use portolan_wire::ftp::ReplyCode;
use portolan_wire::report::{Purpose, Report, Trouble};
use portolan_wire::security::{Protection, Secured, TlsFault};

use super::config::{Config, Security, Terms, TlsBegins};
use super::data::Data;
use super::link::Guard;
use super::replies::Then;
use super::transfer::{Stage, Transfer};
use super::{Phase, Server, Task};
use crate::endpoint::ConnId;

/// The session's security.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shield {
    pub(super) control: Control,
    /// PBSZ was said, or need not be.
    pub(super) has_size: bool,
    /// What the next data connection is protected by.
    pub(super) protection: Protection,
}

/// The control connection's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Control {
    /// In the clear from the beginning.
    Clear,
    /// AUTH was answered, or this port begins so: hands are being shaken.
    Shaking,
    /// Under TLS.
    Secured,
    /// It goes back into the clear, where TLS may begin `anew` (REIN) or not (CCC).
    Clearing { anew: bool },
    /// In the clear again.
    Cleared,
}

impl Shield {
    pub(super) const fn new(config: &Config) -> Self {
        let is_implicit = matches!(
            config.security,
            Security::Offered(Terms {
                begin: TlsBegins::AtOnce,
                ..
            })
        );
        Self {
            control: Control::Clear,
            has_size: is_implicit,
            protection: if is_implicit {
                Protection::Private
            } else {
                Protection::Clear
            },
        }
    }

    /// Whether the control connection is where commands can be heard and answered.
    pub(super) const fn may_talk(&self) -> bool {
        matches!(self.control, Control::Clear | Control::Secured | Control::Cleared)
    }

    /// Whether the two have shaken hands in this session.
    pub(super) const fn was_secured(&self) -> bool {
        matches!(self.control, Control::Secured | Control::Cleared)
    }
}

impl Server {
    const fn terms(&self) -> Option<Terms> {
        match self.config.security {
            Security::Offered(terms) => Some(terms),
            _ => None,
        }
    }

    /// Whether TLS begins before the first word.
    pub(super) fn is_implicit(&self) -> bool {
        self.terms().is_some_and(|terms| terms.begin == TlsBegins::AtOnce)
    }

    /// Whether a name is not to be said in the clear, and would be.
    pub(super) fn must_be_secured(&self) -> bool {
        self.terms().is_some_and(|terms| terms.login_secured) && self.security.control != Control::Secured
    }

    /// Whether data may not go as it would now.
    pub(super) fn must_be_protected(&self) -> bool {
        self.terms().is_some_and(|terms| terms.data_secured) && self.security.protection == Protection::Clear
    }

    /// Hands are shaken next, on the control connection. What came before is nobody's.
    pub(super) fn begin_control_tls(&mut self) {
        self.security = Shield {
            control: Control::Shaking,
            ..Shield::new(&self.config)
        };
        self.inbox.forget();
    }

    /// As it was in the beginning: what has to happen behind the reply that says so.
    pub(super) fn reset_security(&mut self) -> Then {
        let control = self.security.control;
        self.security = Shield::new(&self.config);
        match control {
            Control::Secured if self.is_implicit() => {
                self.security.control = Control::Secured;
                Then::Nothing
            }
            Control::Secured => {
                self.security.control = Control::Clearing { anew: true };
                Then::Clear
            }
            _ => Then::Nothing,
        }
    }

    pub(super) fn handle_secured(&mut self, conn: ConnId, secured: Secured) {
        let resumed = secured.resumed;
        self.out.report(conn, Report::Secured(secured));
        if conn == self.conn {
            self.security.control = Control::Secured;
            if self.phase == Phase::New {
                self.greet();
            }
            return self.wind_up();
        }
        let Some(link) = self.data.link_of(conn) else { return };
        link.guard = Guard::Secured;
        if let Some(code) = self.terms().and_then(|terms| terms.reuse).filter(|_| !resumed) {
            let trouble = Trouble::NotResumed;
            self.out.report(conn, Report::Trouble { trouble });
            self.drop_transfer();
            self.data.abort(&mut self.out);
            self.reply(
                code,
                "The data connection has to resume the control connection's TLS session.",
            );
        }
    }

    pub(super) fn handle_cleared(&mut self, conn: ConnId) {
        if conn != self.conn {
            return;
        }
        self.out.report(conn, Report::Cleared);
        self.security.control = match self.security.control {
            Control::Clearing { anew: true } => Control::Clear,
            _ => Control::Cleared,
        };
    }

    /// TLS has failed on a connection, which is over.
    pub(super) fn handle_broken(&mut self, conn: ConnId, fault: TlsFault) {
        self.lingering.remove(conn);
        let is_control = conn == self.conn;
        // All of a file that was sent was sent, however the client ends its side; and so it is with a goodbye.
        let is_awaited = match is_control {
            true => matches!(self.phase, Phase::New | Phase::Serving),
            false => self.data.link_of(conn).is_some(),
        };
        if is_awaited {
            let purpose = if is_control { Purpose::Control } else { Purpose::Data };
            let why = without_words(fault);
            let trouble = Trouble::Tls { purpose, why };
            self.out.report(conn, Report::Trouble { trouble });
        }
        match (is_control, is_awaited) {
            (true, _) => self.end(),
            (false, true) => self.data_broken(),
            (false, false) => {}
        }
    }

    fn data_broken(&mut self) {
        self.data = Data::None;
        let (code, text) = match &self.task {
            Task::Transferring(Transfer { stage, .. }) => match stage {
                Stage::Moving(_) => (
                    ReplyCode::TRANSFER_ABORTED,
                    "TLS broke off on the data connection; transfer aborted.",
                ),
                // vsftpd's code too.
                _ => (
                    ReplyCode::PROTOCOL_NOT_SUPPORTED,
                    "TLS could not be agreed on for the data connection.",
                ),
            },
            _ => return,
        };
        self.drop_transfer();
        self.reply(code, text);
    }

    /// Whether the data connection may carry something: has it shaken hands that was to? Begins that, if nobody has.
    pub(super) fn is_guarded(&mut self) -> bool {
        let Data::Open(link) = &mut self.data else { return false };
        let is_to_be = self.security.protection == Protection::Private && self.security.was_secured();
        match link.guard {
            Guard::Clear if is_to_be => {
                link.guard = Guard::Shaking;
                self.out.secure(link.conn);
                false
            }
            Guard::Shaking => false,
            Guard::Clear | Guard::Secured => true,
        }
    }
}

/// A client that speaks in the clear may have begun with a password.
fn without_words(fault: TlsFault) -> TlsFault {
    match fault {
        TlsFault::Plaintext { .. } => TlsFault::Plaintext { what: String::new() },
        fault => fault,
    }
}
