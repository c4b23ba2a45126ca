//! The lines of a control connection.
//!
//! A control connection follows the Telnet protocol (RFC 959 section 2.3): lines end with CRLF, and byte 255 (IAC)
//! begins a Telnet command. RFC 1123 section 4.1.2.12 allows a peer to send Telnet options; nobody has a use for
//! them on FTP, so they are skipped. Line ends follow the robustness rule: a bare LF ends a line too, and is noted.
//!
//! What is skipped: `IAC WILL|WONT|DO|DONT x`, `IAC SB ... IAC SE`, and every other two-byte command. `IAC IP` and
//! `IAC DM`, which a client sends before ABOR (RFC 959 section 4.1.3), mark the line as [`Line::interrupted`].
//! `IAC IAC` is a data byte 255. An IAC before a byte that is no Telnet command (below 240) is no Telnet at all but a
//! peer that sends Latin-1 without doubling: both bytes are kept. One exception: clients send the Data Mark as TCP
//! urgent data, and many a host takes the urgent byte out of the stream. The IAC that is left alone between `IAC IP`
//! and `ABOR` is dropped.

use core::fmt;

use super::octets;

/// Telnet's "interpret as command", RFC 854.
pub(crate) const IAC: u8 = 255;
const SE: u8 = 240;
const DATA_MARK: u8 = 242;
const INTERRUPT_PROCESS: u8 = 244;
const SB: u8 = 250;
const WILL: u8 = 251;
const DONT: u8 = 254;

/// One line, without its line end and without the Telnet commands in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The line's bytes. They may hold anything but LF.
    pub bytes: Vec<u8>,
    /// Where it starts: bytes since the stream's first, Telnet commands and line ends counted.
    pub start: u64,
    /// Where its line end ends; the next line starts here.
    pub end: u64,
    /// It ended with a LF that no CR stood before, against RFC 959.
    pub bare_lf: bool,
    /// A Telnet Interrupt Process or Data Mark stood in it, as before an ABOR.
    pub interrupted: bool,
    /// How many bytes of Telnet were taken out. While it is zero, byte `i` of the line is byte `start + i` of the
    /// stream.
    pub telnet: u64,
}

impl Line {
    /// The line as text; see [`octets`] for bytes that are no UTF-8.
    #[must_use]
    pub fn text(&self) -> String {
        octets::decode(&self.bytes)
    }

    /// Where byte `index` of the line stands in the stream, if that is known: Telnet commands in a line blur it.
    #[must_use]
    pub fn offset_of(&self, index: usize) -> Option<u64> {
        (self.telnet == 0).then(|| self.start.saturating_add(index as u64))
    }
}

/// A line is longer than its limit.
///
/// The splitter forgets the line, skips to its end and goes on with the next one; whether a session should is the
/// endpoint's to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineTooLong {
    /// The limit in bytes, line end not counted.
    pub limit: usize,
    /// Where the line starts.
    pub start: u64,
}

impl fmt::Display for LineTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a line on the control connection is longer than {} bytes",
            self.limit
        )
    }
}

impl core::error::Error for LineTooLong {}

/// Cuts a byte stream, fed in any pieces, into lines. It holds at most one unfinished line, at most its limit long.
#[derive(Clone, Debug)]
pub struct LineSplitter {
    limit: usize,
    /// Whether byte 255 has its Telnet meaning: on control connections, never in data.
    telnet: bool,
    offset: u64,
    line: Unfinished,
    state: State,
}

#[derive(Clone, Debug, Default)]
struct Unfinished {
    bytes: Vec<u8>,
    start: u64,
    interrupted: bool,
    telnet: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Data,
    /// After an IAC.
    Command,
    /// After IAC WILL, WONT, DO or DONT: the option comes.
    Option,
    /// Inside IAC SB ... IAC SE.
    Subnegotiation,
    /// After an IAC in there.
    SubnegotiationCommand,
    /// The line was too long; skipping to its end.
    Discard,
}

impl Default for LineSplitter {
    fn default() -> Self {
        Self::new(Self::LIMIT)
    }
}

impl LineSplitter {
    /// The limit unless another is asked for: RFC 959 knows none, and paths are at most 4 KiB nearly everywhere.
    pub const LIMIT: usize = 8 * 1024;

    /// A splitter at the start of a stream. `limit` is in bytes, line end not counted, Telnet commands counted.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            telnet: true,
            offset: 0,
            line: Unfinished::default(),
            state: State::Data,
        }
    }

    /// A splitter for text on a data connection, where no Telnet is spoken.
    #[must_use]
    pub fn for_data(limit: usize) -> Self {
        Self {
            telnet: false,
            ..Self::new(limit)
        }
    }

    /// Takes bytes from the front of `input` until a line is complete; the rest stays in `input`.
    ///
    /// Call it until it returns `Ok(None)`; `input` is empty then. That it stops at each line is what lets an
    /// endpoint hand the bytes behind an `AUTH TLS` to somebody else.
    ///
    /// # Errors
    /// When a line is longer than the limit, once for that line. The call can be repeated.
    pub fn next_line(&mut self, input: &mut &[u8]) -> Result<Option<Line>, LineTooLong> {
        while let Some((&byte, rest)) = input.split_first() {
            *input = rest;
            self.offset = self.offset.saturating_add(1);
            if let Some(line) = self.take(byte)? {
                return Ok(Some(line));
            }
        }
        Ok(None)
    }

    /// Bytes of the unfinished line that the stream has brought so far.
    #[must_use]
    pub const fn pending(&self) -> u64 {
        self.offset.saturating_sub(self.line.start)
    }

    /// How many bytes of the stream were taken in all.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    fn take(&mut self, byte: u8) -> Result<Option<Line>, LineTooLong> {
        match self.state {
            State::Discard => {
                if byte == b'\n' {
                    self.line.start = self.offset;
                    self.state = State::Data;
                }
                return Ok(None);
            }
            State::Data if byte == b'\n' => return Ok(Some(self.finish())),
            State::Data if byte == IAC && self.telnet => self.state = State::Command,
            State::Data => self.line.bytes.push(byte),
            State::Command if byte == b'\n' => {
                // Not Telnet (see the module), and the line end counts.
                self.line.bytes.push(IAC);
                return Ok(Some(self.finish()));
            }
            State::Command => self.take_command(byte),
            State::Option => self.leave_telnet(3),
            State::Subnegotiation => {
                self.line.telnet += 1;
                if byte == IAC {
                    self.state = State::SubnegotiationCommand;
                }
            }
            State::SubnegotiationCommand => {
                self.line.telnet += 1;
                self.state = if byte == SE { State::Data } else { State::Subnegotiation };
            }
        }
        self.check_length(byte)
    }

    fn take_command(&mut self, byte: u8) {
        match byte {
            IAC => {
                self.line.bytes.push(IAC);
                self.leave_telnet(1);
            }
            WILL..=DONT => self.state = State::Option,
            SB => {
                self.line.telnet += 2;
                self.state = State::Subnegotiation;
            }
            SE..SB => {
                self.line.interrupted |= matches!(byte, INTERRUPT_PROCESS | DATA_MARK);
                self.leave_telnet(2);
            }
            ..SE if self.line.interrupted && self.line.bytes.is_empty() => {
                self.line.bytes.push(byte);
                self.leave_telnet(1);
            }
            ..SE => {
                self.line.bytes.extend_from_slice(&[IAC, byte]);
                self.state = State::Data;
            }
        }
    }

    fn leave_telnet(&mut self, length: u64) {
        self.line.telnet += length;
        self.state = State::Data;
    }

    /// Raw length counts, so that endless Telnet is bounded too; one CR more is allowed, for it may be the line end's.
    fn check_length(&mut self, byte: u8) -> Result<Option<Line>, LineTooLong> {
        let over = self.pending().saturating_sub(self.limit as u64);
        if over == 0 || (over == 1 && byte == b'\r' && self.state == State::Data) {
            return Ok(None);
        }
        let start = self.line.start;
        self.line = Unfinished {
            start,
            ..Unfinished::default()
        };
        self.state = State::Discard;
        Err(LineTooLong {
            limit: self.limit,
            start,
        })
    }

    fn finish(&mut self) -> Line {
        self.state = State::Data;
        let next = Unfinished {
            start: self.offset,
            ..Unfinished::default()
        };
        let Unfinished {
            mut bytes,
            start,
            interrupted,
            telnet,
        } = core::mem::replace(&mut self.line, next);
        let bare_lf = bytes.last() != Some(&b'\r');
        if !bare_lf {
            bytes.pop();
        }
        Line {
            bytes,
            start,
            end: self.offset,
            bare_lf,
            interrupted,
            telnet,
        }
    }
}

/// Appends `text` as it goes over a control connection: its bytes, with 255 doubled (RFC 854).
pub(crate) fn emit_text(text: &str, out: &mut Vec<u8>) {
    for byte in octets::encode(text) {
        if byte == IAC {
            out.push(IAC);
        }
        out.push(byte);
    }
}

#[cfg(test)]
#[path = "lines_tests.rs"]
mod tests;
