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
    /// What is reported behind the reply, because it only holds once the client can know.
    then: Option<Report>,
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

    /// Says `reply`; when it is sent, it is reported, and so is `then`.
    pub(super) fn say(&mut self, reply: Reply, then: Option<Report>, out: &mut Outbox) {
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
                if let Some(then) = then {
                    out.report(self.conn, then);
                }
            }
        }
    }

    /// Forgets what waits: nobody will hear it.
    pub(super) fn discard(&mut self) {
        self.waiting.clear();
    }
}
