//! Conducting a transfer: which replies tell the client how it goes, and when the data connection joins it.

use core::mem;

use portolan_wire::ftp::ReplyCode;
use portolan_wire::report::{Report, StoreError, TransferKind, Trouble};

use super::data::Data;
use super::refusals::refusal;
use super::timers::Timer;
use super::transfer::{Cargo, Heard, Order, Stage, Terms, Transfer};
use super::{Server, Task};
use crate::endpoint::{ConnId, OpId, StoreAnswer};

impl Server {
    /// A command that uses the data connection, of the file or directory `argument`.
    pub(super) fn begin_transfer(&mut self, order: Order, argument: &str) {
        if matches!(self.data, Data::None) {
            // RFC 959's default data port is the client's end of the control connection. Nobody listens there, and
            // calling it would need a port that may not be had; clients have to say PORT (RFC 1123 section 4.1.2.5).
            return self.reply(
                ReplyCode::CANNOT_OPEN_DATA_CONNECTION,
                "Say PORT, EPRT, PASV or EPSV first.",
            );
        }
        if self.must_be_protected() {
            return self.reply(
                ReplyCode::DATA_NEEDS_PROTECTION,
                "Data goes under TLS here; say PBSZ 0 and PROT P first.",
            );
        }
        let path = self.session.directory.join(argument);
        self.task = Task::Transferring(Transfer::begin(order, path, &mut self.out));
    }

    /// Takes an answer of the store, if it is for the running transfer.
    pub(super) fn transfer_stored(&mut self, op: OpId, result: &mut Result<StoreAnswer, StoreError>) -> bool {
        let terms = Terms {
            is_text: !self.session.representation.is_binary(),
            date: self.date(),
        };
        let Task::Transferring(transfer) = &mut self.task else {
            return false;
        };
        match transfer.handle_stored(op, result, terms, &mut self.out) {
            Heard::NotMine => return false,
            Heard::Fine => self.wind_up(),
            Heard::Ready => self.join(),
            Heard::Failed(why) => self.store_failed(why),
        }
        true
    }

    /// Bytes of an upload.
    pub(super) fn handle_data(&mut self, conn: ConnId, bytes: Vec<u8>) {
        let Some(link) = self.data.link_of(conn) else { return };
        link.granted = link.granted.saturating_sub(bytes.len());
        if let Task::Transferring(Transfer { stage, .. }) = &mut self.task
            && let Stage::Moving(Cargo::Upload(upload)) = stage
        {
            upload.handle_received(bytes, link, &mut self.out);
        }
        self.wind_up();
    }

    pub(super) fn handle_data_eof(&mut self, conn: ConnId) {
        self.lingering.remove(conn);
        if let Some(link) = self.data.link_of(conn) {
            link.has_ended = true;
        }
    }

    pub(super) fn handle_data_reset(&mut self, conn: ConnId) {
        self.lingering.remove(conn);
        let is_upload = matches!(
            &self.task,
            Task::Transferring(Transfer {
                stage: Stage::Moving(Cargo::Upload(_)),
                ..
            })
        );
        let Some(link) = self.data.link_of(conn) else { return };
        // All of the file has come. A client that has closed with TLS's tickets unread resets what it has ended.
        if is_upload && link.has_ended {
            link.is_gone = true;
            return;
        }
        self.data = Data::None;
        let is_moving = matches!(&self.task, Task::Transferring(transfer) if !transfer.is_preparing());
        if is_moving {
            let trouble = Trouble::DataLost;
            self.out.report(conn, Report::Trouble { trouble });
            self.abort_transfer("The data connection was lost; transfer aborted.");
        }
    }

    /// Moves what can be moved, and ends the transfer that has reached its end.
    pub(super) fn move_on(&mut self) {
        // 150 or 125 comes before any data.
        if self.replies.is_empty() {
            self.start_moving();
        }
        let Data::Open(link) = &mut self.data else { return };
        let Task::Transferring(Transfer { stage, .. }) = &mut self.task else {
            return;
        };
        let Stage::Moving(cargo) = stage else { return };
        let before = cargo.moved();
        let is_done = cargo.go_on(link, &mut self.out);
        if cargo.moved() != before {
            self.wind_up();
        }
        if is_done {
            self.transfer_done();
        }
    }

    /// The transfer ends without having reached its end, and the client is told so.
    pub(super) fn abort_transfer(&mut self, text: &str) {
        self.drop_transfer();
        self.data.abort(&mut self.out);
        self.reply(ReplyCode::TRANSFER_ABORTED, text);
    }

    /// The data connection could not be made.
    pub(super) fn cannot_open_data(&mut self) {
        self.drop_transfer();
        self.data.abort(&mut self.out);
        self.reply(
            ReplyCode::CANNOT_OPEN_DATA_CONNECTION,
            "The data connection could not be opened.",
        );
    }

    /// Lets go of the running transfer, if there is one; its data connection and its reply are the caller's.
    pub(super) fn drop_transfer(&mut self) {
        self.timers.stop(Timer::Data);
        if let Task::Transferring(transfer) = self.take_task() {
            transfer.release(false, &mut self.orphans, &mut self.out);
        }
    }

    /// Closes the data connection in order, or gives up what was agreed on about it.
    pub(super) fn close_data(&mut self) {
        let until = self.now + self.config.patience.data;
        self.data.close(&mut self.lingering, until, &mut self.out);
    }

    /// The store has something to transfer: the client is told, and the data connection is looked after.
    fn join(&mut self) {
        match self.data {
            Data::Open(_) => self.say_begun(
                ReplyCode::DATA_CONNECTION_OPEN,
                "The data connection is open; starting.",
            ),
            Data::Listening { .. } => {
                self.timers.set(Timer::Data, self.now + self.config.patience.data);
                self.say_opening("Ready for your call on the data port.");
            }
            Data::Announced { address } => {
                self.say_opening("Calling you for the data connection.");
                self.call_client(address);
            }
            // It was open when the command came, and has been lost since.
            Data::None | Data::ListenRequested { .. } | Data::Connecting { .. } => self.cannot_open_data(),
        }
    }

    /// A transfer whose data connection is open now, and secured if it is to be, may begin to move.
    fn start_moving(&mut self) {
        let is_joining = matches!(
            &self.task,
            Task::Transferring(Transfer {
                stage: Stage::Joining(_),
                ..
            })
        );
        if !is_joining || !self.is_guarded() {
            return;
        }
        let Data::Open(link) = &self.data else { return };
        self.task = match mem::take(&mut self.task) {
            Task::Transferring(Transfer {
                order,
                path,
                stage: Stage::Joining(cargo),
            }) => {
                let report = Report::Transfer {
                    kind: order.kind(),
                    path: path.as_str().to_owned(),
                    size: cargo.size(),
                    offset: cargo.offset(),
                };
                self.out.report(link.conn, report);
                let stage = Stage::Moving(cargo);
                Task::Transferring(Transfer { order, path, stage })
            }
            other => other,
        };
    }

    fn say_opening(&mut self, text: &str) {
        self.say_begun(ReplyCode::OPENING_DATA_CONNECTION, text);
    }

    fn say_begun(&mut self, code: ReplyCode, text: &str) {
        match self.name_found() {
            Some(name) => self.reply(code, name),
            None => self.reply(code, text),
        }
    }

    /// What STOU tells of the name that was found, in the form that RFC 1123 section 4.1.2.9 fixes.
    fn name_found(&self) -> Option<String> {
        let Task::Transferring(transfer) = &self.task else {
            return None;
        };
        let above = transfer.path.split().map(|(above, _)| above);
        let name = match transfer.path.name() {
            Some(name) if above.as_ref() == Some(&self.session.directory) => name,
            _ => transfer.path.as_str(),
        };
        matches!(transfer.order, Order::Unique { .. }).then(|| format!("FILE: {name}"))
    }

    fn transfer_done(&mut self) {
        let name = self.name_found();
        let Task::Transferring(transfer) = mem::take(&mut self.task) else {
            return;
        };
        let bytes = transfer.moved();
        let kind = transfer.order.kind();
        transfer.release(true, &mut self.orphans, &mut self.out);
        if let Data::Open(link) = &self.data
            && !link.is_gone
        {
            // Before the connection is closed, for a closed one may not be named.
            self.out.report(link.conn, Report::TransferDone { bytes });
        }
        self.close_data();
        let text = match kind {
            TransferKind::Listing => "The listing is complete.",
            TransferKind::Download => "The file is sent.",
            TransferKind::Upload => "The file is stored.",
        };
        let text = name.unwrap_or_else(|| text.to_owned());
        self.reply(ReplyCode::TRANSFER_COMPLETE, text);
    }

    /// The store said no: before the first reply to the command, that is all there is to it; later, the data
    /// connection is closed too.
    fn store_failed(&mut self, why: StoreError) {
        let Task::Transferring(transfer) = &self.task else {
            return;
        };
        let (code, text) = if transfer.is_preparing() {
            refusal(transfer.order.verb(), why)
        } else {
            let trouble = Trouble::Store { why };
            let conn = match &self.data {
                Data::Open(link) if !link.is_gone => link.conn,
                _ => self.conn,
            };
            self.out.report(conn, Report::Trouble { trouble });
            self.data.abort(&mut self.out);
            match why {
                StoreError::Full => (ReplyCode::QUOTA_EXCEEDED, "There is no more room; transfer aborted."),
                _ => (ReplyCode::LOCAL_ERROR, "The store failed; transfer aborted."),
            }
        };
        self.drop_transfer();
        self.reply(code, text);
    }
}
