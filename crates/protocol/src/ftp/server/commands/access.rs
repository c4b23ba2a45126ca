//! Who somebody is: USER, PASS, ACCT, REIN, QUIT (RFC 959 section 4.1.1; RFC 2577 sections 5 and 7).

use portolan_wire::ftp::{Reply, ReplyCode};

use crate::ftp::server::Server;
use crate::ftp::server::config::Account;
use crate::ftp::server::session::{Login, Session};

impl Server {
    pub(super) fn user(&mut self, user: &str) {
        if self.must_be_secured() {
            // The code that vsftpd has for it; RFC 959's list for USER has no better one.
            return self.reply(
                ReplyCode::NOT_LOGGED_IN,
                "Say AUTH TLS first: nobody logs in here in the clear.",
            );
        }
        // Whoever was logged in is not any more, and nobody learns which names exist.
        let user = user.to_owned();
        self.session.login = Login::Named { user };
        self.reply(ReplyCode::NEED_PASSWORD, "And the password?");
    }

    pub(super) fn pass(&mut self, password: &str) {
        let Login::Named { user } = &self.session.login else {
            return self.reply(ReplyCode::BAD_SEQUENCE, "Say USER first.");
        };
        let user = user.clone();
        let mut accounts = self.config.accounts.iter();
        match accounts.find(|account| account.user == user && account.password.accepts(password)) {
            Some(Account { account: None, .. }) => self.log_in(user),
            Some(Account { account: Some(_), .. }) => {
                self.session.login = Login::Unaccounted { user };
                self.reply(ReplyCode::NEED_ACCOUNT, "And the account?");
            }
            None => {
                self.session.login = Login::Nobody;
                self.failed_login("Wrong name or password.");
            }
        }
    }

    pub(super) fn acct(&mut self, account: &str) {
        match &self.session.login {
            Login::In { .. } => self.reply(ReplyCode::SUPERFLUOUS, "No account is needed."),
            Login::Nobody | Login::Named { .. } => {
                self.reply(ReplyCode::BAD_SEQUENCE, "Say USER and PASS first.");
            }
            Login::Unaccounted { user } => {
                let user = user.clone();
                let mut accounts = self.config.accounts.iter().filter(|known| known.user == user);
                let is_right = accounts.any(|known| known.account.as_ref().is_some_and(|a| a.accepts(account)));
                if is_right {
                    return self.log_in(user);
                }
                self.session.login = Login::Nobody;
                self.failed_login("Wrong account.");
            }
        }
    }

    /// A transfer that runs is completed first, because every command waits for the one before it.
    ///
    /// The control connection is in the clear again behind the reply (RFC 4217 section 11), if it was at the beginning.
    pub(super) fn reinitialize(&mut self) {
        self.close_data();
        self.session = Session::new(&self.config);
        let reply = Reply::new(ReplyCode::READY, "Everything is as it was in the beginning; say USER.");
        let then = self.reset_security();
        self.say_and(reply, then);
    }

    pub(super) fn quit(&mut self) {
        self.reply(ReplyCode::GOODBYE, "Goodbye.");
        self.leave();
    }

    /// The transfer parameters stay as they are (RFC 959 section 4.1.1, USER).
    fn log_in(&mut self, user: String) {
        self.session.login = Login::In { user };
        self.session.directory = self.config.home.clone();
        self.reply(ReplyCode::LOGGED_IN, "You are logged in.");
    }
}
