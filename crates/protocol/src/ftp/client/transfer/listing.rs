//! A listing coming in: lines, reported as they are.

use portolan_wire::ftp::{Line, LineSplitter};
use portolan_wire::report::{ListingForm, Report};

use super::super::desk::Desk;
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
    splitter: LineSplitter,
    lines: Vec<String>,
    /// Bytes in `lines`.
    held: usize,
    received: u64,
}

impl Listing {
    pub(super) fn new() -> Self {
        Self {
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

    pub(super) fn received(&mut self, desk: &mut Desk, conn: ConnId, bytes: &[u8]) {
        let credit = bytes.len();
        self.received += bytes.len() as u64;
        self.read(desk, Some(conn), bytes);
        desk.push(Output::Read { conn, credit });
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
            desk.report(
                conn,
                Report::Listed {
                    lines,
                    form: ListingForm::Lines,
                },
            );
        }
    }
}
