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

/// What a line counts against the limit at least: about what it costs to keep, even if it is empty. Lines of LIST and
/// MLSD are hardly ever shorter.
const LINE: u64 = 64;

/// The lines of a listing on their way.
#[derive(Debug)]
pub(super) struct Listing {
    form: ListingForm,
    /// The most bytes it may have.
    limit: u64,
    /// What its lines count beyond their bytes.
    padding: u64,
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
            padding: 0,
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
        self.received = self.received.saturating_add(credit as u64);
        self.read(desk, Some(conn), bytes, self.limit);
        if self.received.saturating_add(self.padding) > self.limit {
            self.report(desk, Some(conn));
            return Err(Trouble::ListingTooLong { limit: self.limit });
        }
        desk.push(Output::Read { conn, credit });
        Ok(())
    }

    /// The end came: whatever stands behind the last line end is a line too.
    pub(super) fn end(&mut self, desk: &mut Desk, conn: Option<ConnId>) {
        if self.splitter.pending() > 0 {
            self.read(desk, conn, b"\n", u64::MAX);
        }
        self.report(desk, conn);
    }

    /// Bytes of content so far.
    pub(super) const fn bytes(&self) -> u64 {
        self.received
    }

    /// Reads lines, up to the one that ends behind `limit`.
    fn read(&mut self, desk: &mut Desk, conn: Option<ConnId>, mut bytes: &[u8], limit: u64) {
        while !bytes.is_empty() {
            // A line that is too long to be one is left out.
            if let Ok(Some(line)) = self.splitter.next_line(&mut bytes) {
                let padding = LINE.saturating_sub(line.end.saturating_sub(line.start));
                self.padding = self.padding.saturating_add(padding);
                if line.end.saturating_add(self.padding) > limit {
                    return;
                }
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
