//! A file on its way from the client (STOR, APPE, STOU).

use portolan_wire::ordered::Map;
use portolan_wire::report::{Report, StoreError};

use crate::endpoint::{BLOCK, HandleId, OUTSTANDING, OpId, StoreAnswer, StoreRequest};
use crate::ftp::ascii::ToFile;
use crate::ftp::server::link::Link;
use crate::ftp::server::orphans::Orphans;
use crate::ftp::server::outbox::Outbox;

/// The most bytes that may have been asked for, or be held, or be on their way to the store.
const WINDOW: usize = BLOCK as usize * OUTSTANDING;

/// A file being received and written.
///
/// The file ends when the client ends its direction of the data connection. Only when the last block is written and the
/// file closed is the transfer done: a 226 says that the file is there.
#[derive(Debug)]
pub(in crate::ftp::server) struct Upload {
    handle: HandleId,
    line_ends: Option<ToFile>,
    /// Received, and too little for a block so far.
    gathered: Vec<u8>,
    /// Where it begins in the file.
    offset: u64,
    /// Where the next block to be written begins.
    next: u64,
    /// What is being written, and how long it is.
    writing: Map<OpId, usize>,
    received: u64,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The client is sending.
    Receiving,
    /// All has come; not all is written.
    Writing,
    /// All is written; the file is being closed.
    Closing {
        op: OpId,
    },
    Done,
}

impl Upload {
    /// Writes from the byte `offset` on; `text` asks for the line ends of type A.
    pub(super) fn new(handle: HandleId, offset: u64, text: bool) -> Self {
        Self {
            handle,
            line_ends: text.then(ToFile::default),
            gathered: Vec::new(),
            offset,
            next: offset,
            writing: Map::new(),
            received: 0,
            state: State::Receiving,
        }
    }

    pub(super) const fn received(&self) -> u64 {
        self.received
    }

    /// Where it begins in the file.
    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether it can't be stopped any more, only end.
    pub(super) const fn is_closing(&self) -> bool {
        matches!(self.state, State::Closing { .. } | State::Done)
    }

    /// Takes bytes that came over `link`.
    pub(in crate::ftp::server) fn handle_received(&mut self, bytes: Vec<u8>, link: &Link, out: &mut Outbox) {
        self.received += bytes.len() as u64;
        match &mut self.line_ends {
            Some(line_ends) => self.gathered.append(&mut line_ends.translate(&bytes)),
            None if self.gathered.is_empty() => self.gathered = bytes,
            None => self.gathered.extend_from_slice(&bytes),
        }
        let bytes = self.received;
        out.report(link.conn, Report::Progress { bytes });
    }

    /// Writes and asks for as much as may be. True when the file is closed.
    pub(super) fn go_on(&mut self, link: &mut Link, out: &mut Outbox) -> bool {
        if matches!(self.state, State::Receiving) && link.has_ended {
            let rest = self.line_ends.take().map_or(&b""[..], ToFile::finish);
            self.gathered.extend_from_slice(rest);
            self.state = State::Writing;
        }
        self.write(out);
        match self.state {
            State::Receiving => {
                let room = WINDOW.saturating_sub(self.held() + link.granted);
                // Credit in small coins would make small segments.
                if room >= BLOCK as usize {
                    link.grant(room, out);
                }
            }
            State::Writing if self.held() == 0 => {
                let (handle, complete) = (self.handle, true);
                let op = out.store(StoreRequest::Close { handle, complete });
                self.state = State::Closing { op };
            }
            _ => {}
        }
        matches!(self.state, State::Done)
    }

    /// Takes the answer to `op`, if that was one of its own.
    pub(super) fn handle_stored(
        &mut self,
        op: OpId,
        result: &Result<StoreAnswer, StoreError>,
    ) -> Option<Result<(), StoreError>> {
        let result = match result {
            Ok(StoreAnswer::Done) => Ok(()),
            Ok(_) => Err(StoreError::Failed),
            Err(why) => Err(*why),
        };
        match self.state {
            State::Closing { op: closing } if closing == op => self.state = State::Done,
            _ => {
                self.writing.remove(&op)?;
            }
        }
        Some(result)
    }

    /// Lets go of a file that was cut short; what was not handed to the store yet is lost. A file that is being closed
    /// is left to that.
    pub(super) fn release(self, orphans: &mut Orphans, out: &mut Outbox) {
        match self.state {
            State::Receiving | State::Writing => orphans.adopt(self.handle, self.writing.into_keys(), false, out),
            State::Closing { op } => orphans.adopt_answer(op),
            State::Done => {}
        }
    }

    fn write(&mut self, out: &mut Outbox) {
        while self.writing.len() < OUTSTANDING {
            let length = self.gathered.len().min(BLOCK as usize);
            let is_last = matches!(self.state, State::Writing);
            if length == 0 || (length < BLOCK as usize && !is_last) {
                return;
            }
            let rest = self.gathered.split_off(length);
            let bytes = core::mem::replace(&mut self.gathered, rest);
            let (handle, offset) = (self.handle, self.next);
            let op = out.store(StoreRequest::WriteAt { handle, offset, bytes });
            self.writing.insert(op, length);
            self.next += length as u64;
        }
    }

    fn held(&self) -> usize {
        self.gathered.len() + self.writing.values().sum::<usize>()
    }
}
