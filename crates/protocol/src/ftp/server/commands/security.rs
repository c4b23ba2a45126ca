//! Security: AUTH, PBSZ, PROT, CCC (RFC 2228 section 3, RFC 4217).

use portolan_wire::ftp::{Reply, ReplyCode};
use portolan_wire::security::Protection;

use crate::ftp::server::Server;
use crate::ftp::server::config::{Security, Terms};
use crate::ftp::server::replies::Then;
use crate::ftp::server::security::Control;
use crate::ftp::server::session::Login;

/// What means TLS. The last is older than the RFC, and clients still begin with it.
const MECHANISMS: [&str; 3] = ["TLS", "TLS-C", "SSL"];

impl Server {
    pub(super) fn auth(&mut self, mechanism: &str) {
        if !MECHANISMS.iter().any(|known| mechanism.eq_ignore_ascii_case(known)) {
            return self.reply(
                ReplyCode::ARGUMENT_NOT_IMPLEMENTED,
                "No security mechanism but TLS is implemented.",
            );
        }
        match self.config.security {
            Security::Unknown => self.reply(ReplyCode::NOT_IMPLEMENTED, "AUTH is not implemented."),
            Security::Denied => self.reply(ReplyCode::POLICY_DENIED, "TLS is not wanted here."),
            Security::Unavailable => self.reply(
                ReplyCode::NEED_SECURITY_RESOURCE,
                "TLS can't be had now; try again later.",
            ),
            Security::Offered(_) if self.security.control != Control::Clear => {
                self.reply(ReplyCode::BAD_SEQUENCE, "TLS was begun before, and is not begun twice.")
            }
            Security::Offered(_) => {
                // Whoever was logged in said so where everybody could have (RFC 2228 section 3).
                self.session.login = Login::Nobody;
                let reply = Reply::new(ReplyCode::SECURITY_ACCEPTED, "TLS begins behind this line.");
                self.begin_control_tls();
                self.say_and(reply, Then::Secure);
            }
        }
    }

    /// PBSZ. TLS protects a stream, so there is one size only (RFC 4217 section 8).
    pub(super) fn protection_size(&mut self, size: &str) {
        if !self.security.was_secured() {
            return self.reply(ReplyCode::BAD_SEQUENCE, "Say AUTH TLS first.");
        }
        match size.parse::<u32>() {
            Ok(size) => {
                self.security.has_size = true;
                let text = if size == 0 { "Fine." } else { "PBSZ=0" };
                self.reply(ReplyCode::OKAY, text);
            }
            Err(_) => self.reply(ReplyCode::ARGUMENT_ERROR, "PBSZ wants a number; with TLS it is 0."),
        }
    }

    pub(super) fn protect(&mut self, level: &str) {
        if !self.security.was_secured() {
            return self.reply(ReplyCode::BAD_SEQUENCE, "Say AUTH TLS first.");
        }
        if !self.security.has_size {
            return self.reply(ReplyCode::BAD_SEQUENCE, "Say PBSZ 0 first.");
        }
        let data_secured = matches!(
            self.config.security,
            Security::Offered(Terms { data_secured: true, .. })
        );
        match level.to_ascii_uppercase().as_str() {
            "P" => {
                self.security.protection = Protection::Private;
                self.reply(ReplyCode::OKAY, "Data connections use TLS from now on.");
            }
            "C" if data_secured => self.reply(ReplyCode::POLICY_DENIED, "Data goes under TLS here; say PROT P."),
            "C" => {
                self.security.protection = Protection::Clear;
                self.reply(ReplyCode::OKAY, "Data connections are in the clear from now on.");
            }
            "S" | "E" => self.reply(
                ReplyCode::PROTECTION_NOT_SUPPORTED,
                "TLS has no such level; say PROT C or PROT P.",
            ),
            _ => self.reply(ReplyCode::ARGUMENT_NOT_IMPLEMENTED, "The levels are C and P."),
        }
    }

    /// CCC (RFC 4217 section 12.3).
    pub(super) fn clear_control(&mut self) {
        if self.security.control != Control::Secured {
            return self.reply(ReplyCode::PROTECTION_DENIED, "The control connection is not under TLS.");
        }
        if !matches!(self.config.security, Security::Offered(Terms { may_clear: true, .. })) {
            return self.reply(ReplyCode::POLICY_DENIED, "The control connection stays under TLS here.");
        }
        let reply = Reply::new(
            ReplyCode::OKAY,
            "The control connection is in the clear behind this line.",
        );
        self.security.control = Control::Clearing { anew: false };
        self.say_and(reply, Then::Clear);
    }
}
