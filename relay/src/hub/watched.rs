//! What puts a session's log on its board while it is made.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use portolan_protocol::endpoint::{ConnId, Input, Output};
use portolan_session::jsonl;
use portolan_wire::Instant;
use portolan_wire::relay::Ending;
use portolan_wire::report::Report;

use super::session::Session;
use crate::drive::Watch;
use crate::live::Live;

/// Is told of reports.
pub type Tell = Box<dyn FnMut(&Report) + Send>;

/// A session's log on its way to the board. The driver has one, and who ends the session another.
#[derive(Clone)]
pub struct Shared(Arc<Mutex<Watched>>);

struct Watched {
    live: Live<Tell>,
    session: Arc<Session>,
    /// Events that are on the board.
    written: u64,
    /// When something happened last.
    now: Instant,
    began: tokio::time::Instant,
}

impl Shared {
    /// Writes what `live` records on `session`'s board.
    pub fn new(live: Live<Tell>, session: Arc<Session>) -> Self {
        Self(Arc::new(Mutex::new(Watched {
            live,
            session,
            written: 0,
            now: Instant::ZERO,
            began: tokio::time::Instant::now(),
        })))
    }

    /// The driver is gone, and all that was open is closed.
    pub fn end(&self) {
        let mut watched = self.watched();
        let passed = u64::try_from(watched.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let now = watched.now.max(Instant::from_micros(passed));
        watched.live.end(now);
        watched.flush();
    }

    fn watched(&self) -> MutexGuard<'_, Watched> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watched {
    fn flush(&mut self) {
        let log = self.live.log();
        let window = log.after(self.written, usize::MAX);
        for event in window.events {
            let mut line = Vec::new();
            // A number that JSON cannot hold: such an event would have to be a file of eight pebibytes.
            if jsonl::write_event(&mut line, log, event).is_err() {
                self.session.end(Ending::LogFull);
                return;
            }
            if self.session.board().push(&String::from_utf8_lossy(&line)).is_err() {
                self.session.end(Ending::LogFull);
            }
        }
        self.written = window.cursor;
        // The board has them; nobody asks the log itself again.
        self.live.forget_before(self.written);
    }
}

impl Watch for Shared {
    fn report(&mut self, now: Instant, conn: Option<ConnId>, report: Report) {
        let mut watched = self.watched();
        watched.session.hear(&report);
        watched.live.report(now, conn, report);
    }

    fn calling(&mut self, now: Instant, conn: ConnId, local: SocketAddr) {
        self.watched().live.calling(now, conn, local);
    }

    fn input(&mut self, now: Instant, input: &Input) {
        self.watched().live.input(now, input);
    }

    fn output(&mut self, now: Instant, output: &Output) {
        self.watched().live.output(now, output);
    }

    fn drained(&mut self, now: Instant) {
        let mut watched = self.watched();
        watched.now = now;
        watched.live.drained(now);
        watched.session.collect_keys();
        watched.flush();
    }
}
