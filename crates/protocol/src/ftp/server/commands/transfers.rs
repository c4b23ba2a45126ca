//! What goes over a data connection: LIST, NLST, MLSD, RETR, STOR, APPE, STOU; and ABOR (RFC 959 section 4.1.3,
//! RFC 3659 sections 5 and 7).

use portolan_wire::ftp::ReplyCode;

use super::without_options;
use crate::ftp::server::Server;
use crate::ftp::server::session::Pending;
use crate::ftp::server::transfer::Order;

impl Server {
    pub(super) fn list(&mut self, argument: &str) {
        self.begin_transfer(Order::List, without_options(argument));
    }

    pub(super) fn names(&mut self, argument: &str) {
        let argument = without_options(argument);
        let asked = argument.to_owned();
        self.begin_transfer(Order::Names { asked }, argument);
    }

    pub(super) fn facts_of_all(&mut self, argument: &str) {
        let selection = self.session.facts;
        self.begin_transfer(Order::Facts { selection }, argument);
    }

    pub(super) fn retrieve(&mut self, argument: &str, pending: &Pending) {
        let offset = pending.offset();
        if !self.refused_restart(offset) {
            self.begin_transfer(Order::Retrieve { offset }, argument);
        }
    }

    pub(super) fn store(&mut self, argument: &str, pending: &Pending) {
        let offset = pending.offset();
        if !self.refused_restart(offset) {
            self.begin_transfer(Order::Store { offset }, argument);
        }
    }

    pub(super) fn append(&mut self, argument: &str, pending: &Pending) {
        if !self.refused_place(pending) {
            self.begin_transfer(Order::Append, argument);
        }
    }

    /// The name that the client proposes is taken if it is free.
    pub(super) fn store_unique(&mut self, argument: Option<&str>, pending: &Pending) {
        if !self.refused_place(pending) {
            let proposed = argument.unwrap_or("upload");
            self.begin_transfer(Order::Unique { tried: 0 }, proposed);
        }
    }

    /// ABOR in its turn.
    pub(super) fn abort(&mut self) {
        // No transfer is running, or this would not be ABOR's turn: it would have ended it before.
        self.close_data();
        self.reply(ReplyCode::TRANSFER_COMPLETE, "No transfer is running.");
    }

    /// In type A nobody knows which byte of the data connection is which byte of the file, without reading the file up
    /// to there (RFC 1123 section 4.1.3.4 has the code for it).
    fn refused_restart(&mut self, offset: u64) -> bool {
        let is_refused = offset > 0 && !self.session.representation.is_binary();
        if is_refused {
            self.reply(
                ReplyCode::TYPE_MISMATCH,
                "A text transfer can't be restarted; say TYPE I before REST.",
            );
        }
        is_refused
    }

    /// APPE and STOU know themselves where to begin: REST before them is out of order.
    fn refused_place(&mut self, pending: &Pending) -> bool {
        let is_refused = matches!(pending, Pending::Restart { .. });
        if is_refused {
            self.reply(ReplyCode::BAD_SEQUENCE, "REST goes with RETR and STOR alone.");
        }
        is_refused
    }
}
