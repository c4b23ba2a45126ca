//! A control connection, as somebody beside the wire reads it: an eavesdropper, or a NAT's FTP helper.
//!
//! It is fed the two directions' bytes in stream order, in any pieces, and reads them with the codecs that the
//! endpoints use. It knows no state of either endpoint. When the bytes stop being FTP it says so, once for each
//! direction, and never reads on: after the 234 to an `AUTH TLS` (RFC 4217 section 4) whatever follows is TLS, and a
//! reader that tried to find its way back in would read noise.

use core::net::IpAddr;

use crate::action::TransferMode;
use crate::ftp::{
    Command, CommandError, ExtendedHostPort, ExtendedPort, HostPort, Line, LineSplitter, Reply, ReplyCode, ReplyParser,
    Verb,
};
use crate::visible;

/// A direction of the control connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From the client: commands.
    ToServer,
    /// From the server: replies.
    ToClient,
}

/// Something that was read, and where it stands in its direction's stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Whose bytes.
    pub direction: Direction,
    /// Offset of its first byte; the stream's first byte has offset 0.
    pub start: u64,
    /// Offset behind its last byte, line end included.
    pub end: u64,
    /// What.
    pub what: What,
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A command.
    Command(Command),
    /// A line from the client that is no command, control characters made visible.
    Odd(String),
    /// A whole reply.
    Reply(Reply),
    /// An address for a data connection, in the command or reply seen just before. The offsets are those of the
    /// address's text alone, which is what a NAT's helper rewrites (of the whole line, if Telnet commands or a
    /// reply of several lines blur where it stands).
    Announced {
        /// In which of the four forms.
        mode: TransferMode,
        /// The address as told; a 229 tells none, and the control connection's server is meant.
        host: Option<IpAddr>,
        /// The port, never 0.
        port: u16,
    },
    /// From here on this direction can't be read. Start and end are the same: the first byte that can't be.
    Unreadable(Unreadable),
}

/// Why a control connection can't be read any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// A 234 agreed on a security mechanism.
    SecurityAccepted,
    /// A TLS record stands where a line should begin.
    TlsRecord,
    /// The server said something that is no reply.
    NotFtp,
    /// A line or a reply grew over every limit.
    TooLong,
}

/// Reads both directions of one control connection. Its memory is bounded: an unfinished line for each direction and
/// an unfinished reply.
#[derive(Clone, Debug, Default)]
pub struct ControlDissector {
    client: LineSplitter,
    server: LineSplitter,
    reply: ReplyParser,
    reply_start: u64,
    stopped: Option<Unreadable>,
}

impl ControlDissector {
    /// A dissector at the start of a connection.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes of a direction. The result is the same however a direction's bytes are cut, as long as
    /// the order between the directions is the same.
    pub fn feed(&mut self, direction: Direction, bytes: &[u8]) -> Vec<Sighting> {
        let mut input = bytes;
        let mut seen = Vec::new();
        while self.stopped.is_none() && !input.is_empty() {
            match direction {
                Direction::ToServer => self.step_client(&mut input, &mut seen),
                Direction::ToClient => self.step_server(&mut input, &mut seen),
            }
        }
        seen
    }

    /// Why it stopped reading, if it did.
    #[must_use]
    pub const fn unreadable(&self) -> Option<Unreadable> {
        self.stopped
    }

    fn step_client(&mut self, input: &mut &[u8], seen: &mut Vec<Sighting>) {
        if begins_tls(&self.client, input) {
            return self.stop(Unreadable::TlsRecord, Direction::ToServer, seen);
        }
        match self.client.next_line(input) {
            Ok(Some(line)) => take_command(&line, seen),
            Ok(None) => {}
            Err(_) => self.stop(Unreadable::TooLong, Direction::ToServer, seen),
        }
    }

    fn step_server(&mut self, input: &mut &[u8], seen: &mut Vec<Sighting>) {
        if begins_tls(&self.server, input) {
            return self.stop(Unreadable::TlsRecord, Direction::ToClient, seen);
        }
        match self.server.next_line(input) {
            Ok(Some(line)) => self.take_reply_line(&line, seen),
            Ok(None) => {}
            Err(_) => self.stop(Unreadable::TooLong, Direction::ToClient, seen),
        }
    }

    fn take_reply_line(&mut self, line: &Line, seen: &mut Vec<Sighting>) {
        use crate::ftp::ReplyError;
        if !self.reply.is_in_reply() {
            self.reply_start = line.start;
        }
        match self.reply.push(&line.bytes) {
            Ok(None) => {}
            Ok(Some(reply)) => {
                let code = reply.code;
                let announced = announced_in_reply(&reply, self.reply_start, line);
                seen.push(Sighting {
                    direction: Direction::ToClient,
                    start: self.reply_start,
                    end: line.end,
                    what: What::Reply(reply),
                });
                seen.extend(announced);
                if code == ReplyCode::SECURITY_ACCEPTED {
                    self.stop(Unreadable::SecurityAccepted, Direction::ToClient, seen);
                }
            }
            Err(ReplyError::Malformed { .. }) => self.stop_at(Unreadable::NotFtp, line.start, seen),
            Err(_) => self.stop_at(Unreadable::TooLong, self.reply_start, seen),
        }
    }

    /// Stops where the direction's unfinished line begins.
    fn stop(&mut self, why: Unreadable, first: Direction, seen: &mut Vec<Sighting>) {
        self.stopped = Some(why);
        let client = unreadable(why, Direction::ToServer, line_start(&self.client));
        let server = unreadable(why, Direction::ToClient, line_start(&self.server));
        match first {
            Direction::ToServer => seen.extend([client, server]),
            Direction::ToClient => seen.extend([server, client]),
        }
    }

    /// Stops at a line of the server's that was read already.
    fn stop_at(&mut self, why: Unreadable, start: u64, seen: &mut Vec<Sighting>) {
        self.stopped = Some(why);
        seen.push(unreadable(why, Direction::ToClient, start));
        seen.push(unreadable(why, Direction::ToServer, line_start(&self.client)));
    }
}

/// TLS content types, RFC 8446 section 5.1 (and heartbeat). No line of FTP begins with a control character.
fn begins_tls(splitter: &LineSplitter, input: &[u8]) -> bool {
    splitter.pending() == 0 && matches!(input.first(), Some(20..=24))
}

const fn line_start(splitter: &LineSplitter) -> u64 {
    splitter.offset().saturating_sub(splitter.pending())
}

const fn unreadable(why: Unreadable, direction: Direction, at: u64) -> Sighting {
    Sighting {
        direction,
        start: at,
        end: at,
        what: What::Unreadable(why),
    }
}

fn take_command(line: &Line, seen: &mut Vec<Sighting>) {
    let direction = Direction::ToServer;
    let (start, end) = (line.start, line.end);
    match Command::parse(&line.bytes) {
        Ok(command) => {
            let announced = announced_in_command(&command, line);
            seen.push(Sighting {
                direction,
                start,
                end,
                what: What::Command(command),
            });
            seen.extend(announced);
        }
        // An empty line asks nothing and gets no answer.
        Err(CommandError::Empty) => {}
        Err(CommandError::Verb | CommandError::Argument { .. }) => {
            seen.push(Sighting {
                direction,
                start,
                end,
                what: What::Odd(visible(&line.text())),
            });
        }
    }
}

fn announced_in_command(command: &Command, line: &Line) -> Option<Sighting> {
    let argument = command.argument_str()?;
    let (mode, address) = match command.verb {
        Verb::PORT => (
            TransferMode::Active,
            HostPort::parse_argument(argument).ok()?.address().into(),
        ),
        Verb::EPRT => (
            TransferMode::ExtendedActive,
            ExtendedHostPort::parse_argument(argument).ok()?.address(),
        ),
        _ => return None,
    };
    let text = command.verb.as_str().len() + 1..line.bytes.len();
    let (start, end) = offsets(line, text).unwrap_or((line.start, line.end));
    let what = What::Announced {
        mode,
        host: Some(address.ip()),
        port: address.port(),
    };
    Some(Sighting {
        direction: Direction::ToServer,
        start,
        end,
        what,
    })
}

fn announced_in_reply(reply: &Reply, start: u64, last: &Line) -> Option<Sighting> {
    let find = |text: &[u8]| match reply.code {
        ReplyCode::ENTERING_PASSIVE_MODE => HostPort::find(text).ok().map(|(found, range)| {
            let address = found.address();
            let host = Some(IpAddr::V4(*address.ip()));
            (
                What::Announced {
                    mode: TransferMode::Passive,
                    host,
                    port: address.port(),
                },
                range,
            )
        }),
        ReplyCode::ENTERING_EXTENDED_PASSIVE_MODE => ExtendedPort::find(text).ok().map(|(found, range)| {
            (
                What::Announced {
                    mode: TransferMode::ExtendedPassive,
                    host: None,
                    port: found.port(),
                },
                range,
            )
        }),
        _ => None,
    };
    if reply.lines.len() > 1 {
        let (what, _) = reply.lines.iter().find_map(|line| find(line.as_bytes()))?;
        return Some(Sighting {
            direction: Direction::ToClient,
            start,
            end: last.end,
            what,
        });
    }
    // The code may not be read as a number of the address.
    let text = last.bytes.get(3..)?;
    let (what, range) = find(text)?;
    let (start, end) = offsets(last, range.start + 3..range.end + 3).unwrap_or((last.start, last.end));
    Some(Sighting {
        direction: Direction::ToClient,
        start,
        end,
        what,
    })
}

fn offsets(line: &Line, range: core::ops::Range<usize>) -> Option<(u64, u64)> {
    Some((line.offset_of(range.start)?, line.offset_of(range.end)?))
}

#[cfg(test)]
#[path = "ftp_tests.rs"]
mod tests;
