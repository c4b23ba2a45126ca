//! A listing coming in: lines, reported as they are.

use portolan_wire::ftp::{Line, LineSplitter};
use portolan_wire::report::{ListingForm, Report, Trouble};

use super::super::desk::Desk;
use super::super::secrets::Stream;
use crate::endpoint::{ConnId, Output};

/// What may be received and not yet read.
const WINDOW: usize = 64 * 1024;

/// The most lines of one report.
const LINES: usize = 64;

/// The most bytes of one report, or one line's length more.
const BYTES: usize = 16 * 1024;

/// The lines of a listing on their way.
#[derive(Debug)]
pub(super) struct Listing {
    form: ListingForm,
    /// The most bytes it may have.
    limit: u64,
    splitter: LineSplitter,
    lines: Vec<String>,
    /// Bytes in `lines`.
    held: usize,
    received: u64,
}

impl Listing {
    pub(super) fn new(form: ListingForm, limit: u64) -> Self {
        Self {
            form,
            limit,
            splitter: LineSplitter::for_data(LineSplitter::LIMIT),
            lines: Vec::new(),
            held: 0,
            received: 0,
        }
    }

    /// The data connection is there.
    pub(super) fn established(desk: &mut Desk, conn: ConnId) {
        let credit = WINDOW;
        desk.push(Output::Read { conn, credit });
    }

    /// # Errors
    /// When the listing has more bytes than it may have. What came before the limit was reported.
    pub(super) fn received(&mut self, desk: &mut Desk, conn: ConnId, bytes: &[u8]) -> Result<(), Trouble> {
        let credit = bytes.len();
        desk.mark_echoes(conn, Stream::Listing, self.received, bytes);
        let room = self.limit.saturating_sub(self.received);
        self.received = self.received.saturating_add(credit as u64);
        if credit as u64 > room {
            let fits = usize::try_from(room).ok().and_then(|room| bytes.get(..room));
            self.read(desk, Some(conn), fits.unwrap_or_default());
            self.report(desk, Some(conn));
            return Err(Trouble::ListingTooLong { limit: self.limit });
        }
        self.read(desk, Some(conn), bytes);
        desk.push(Output::Read { conn, credit });
        Ok(())
    }

    /// The end came: whatever stands behind the last line end is a line too.
    pub(super) fn end(&mut self, desk: &mut Desk, conn: Option<ConnId>) {
        if self.splitter.pending() > 0 {
            self.read(desk, conn, b"\n");
        }
        self.report(desk, conn);
    }

    /// Bytes of content so far.
    pub(super) const fn bytes(&self) -> u64 {
        self.received
    }

    fn read(&mut self, desk: &mut Desk, conn: Option<ConnId>, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            // A line that is too long to be one is left out.
            if let Ok(Some(line)) = self.splitter.next_line(&mut bytes) {
                self.take(desk, conn, &line);
            }
        }
    }

    fn take(&mut self, desk: &mut Desk, conn: Option<ConnId>, line: &Line) {
        self.held += line.bytes.len();
        self.lines.push(line.text());
        if self.lines.len() >= LINES || self.held >= BYTES {
            self.report(desk, conn);
        }
    }

    fn report(&mut self, desk: &mut Desk, conn: Option<ConnId>) {
        let lines = core::mem::take(&mut self.lines);
        self.held = 0;
        if !lines.is_empty() {
            let form = self.form;
            desk.report(conn, Report::Listed { lines, form });
        }
    }
}
