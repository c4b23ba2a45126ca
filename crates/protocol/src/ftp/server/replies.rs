//! What the server says: replies in, bytes out, as fast as the client reads.

use std::collections::VecDeque;

use portolan_wire::ftp::Reply;
use portolan_wire::report::Report;

use super::link::Unsent;
use super::outbox::Outbox;
use crate::endpoint::ConnId;

/// Replies on their way. The next command is only carried out when all of them are sent, so a client that sends and
/// never reads makes the server hold one command's replies and no more.
#[derive(Debug)]
pub(super) struct Replies {
    conn: ConnId,
    writable: usize,
    waiting: VecDeque<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    unsent: Unsent,
    reply: Reply,
    then: Then,
}

/// What happens behind a reply, because it only holds once the client can know.
#[derive(Debug)]
pub(super) enum Then {
    /// Nothing.
    Nothing,
    /// This is reported.
    Report(Report),
    /// The control connection is secured.
    Secure,
    /// It is in the clear again.
    Clear,
}

impl Replies {
    pub(super) const fn new(conn: ConnId) -> Self {
        Self {
            conn,
            writable: 0,
            waiting: VecDeque::new(),
        }
    }

    pub(super) const fn handle_writable(&mut self, bytes: usize) {
        self.writable = self.writable.saturating_add(bytes);
    }

    /// Says `reply`; when it is sent, it is reported, and `then` happens.
    pub(super) fn say(&mut self, reply: Reply, then: Then, out: &mut Outbox) {
        let mut unsent = Unsent::default();
        unsent.add(reply.emit());
        self.waiting.push_back(Waiting { unsent, reply, then });
        self.flush(out);
    }

    /// Whether everything that was said is sent.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Sends what may be sent.
    pub(super) fn flush(&mut self, out: &mut Outbox) {
        while let Some(waiting) = self.waiting.front_mut() {
            waiting.unsent.send(self.conn, &mut self.writable, out);
            if !waiting.unsent.is_empty() {
                return;
            }
            if let Some(Waiting { reply, then, .. }) = self.waiting.pop_front() {
                let (sent, code) = (true, reply.code.value());
                let lines = reply.lines;
                out.report(self.conn, Report::Reply { sent, code, lines });
                match then {
                    Then::Nothing => {}
                    Then::Report(report) => out.report(self.conn, report),
                    Then::Secure => out.secure(self.conn),
                    Then::Clear => out.clear(self.conn),
                }
            }
        }
    }

    /// Forgets what waits: nobody will hear it.
    pub(super) fn discard(&mut self) {
        self.waiting.clear();
    }
}
