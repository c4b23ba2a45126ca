//! From lines to a log.

use serde_json::Value;

use super::error::{Limits, ReadError, ReadProblem};
use super::extra;
use super::line::{Bytes, Envelope, Line};
use super::part::{self, Fault};
use super::write::TOO_LARGE;
use crate::event::{Conn, Event, Header, HostId, Kind, PacketId, Seen, Unknown, VERSION};
use crate::log::Log;

/// What a text may begin with on some systems, and what has no meaning in UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// What [`Header::format`] always is.
const FORMAT: &str = "portolan-log";

/// Reads a whole log, within the default [`Limits`].
///
/// # Errors
/// At the first line that is not as it must be.
pub fn read(bytes: &[u8]) -> Result<Log, ReadError> {
    let mut reader = Reader::new(Limits::default());
    reader.feed(bytes)?;
    reader.finish()
}

/// Reads a log that comes in pieces, cut anywhere.
///
/// What this version does not know it keeps, and [`super::write()`] writes it again: an event with an unknown kind (or
/// report, or action) is [`Kind::Unknown`]; unknown fields are [`Log::extra`] and [`Log::header_extra`]. Lines may end
/// in CR LF, and empty ones count for nothing.
///
/// It holds the log so far and at most one line.
#[derive(Clone, Debug)]
pub struct Reader {
    limits: Limits,
    log: Option<Log>,
    /// The beginning of a line whose end has not come.
    begun: Vec<u8>,
    /// The line that is being read, from 1.
    line: u64,
    total: u64,
    /// What went wrong: nothing is read after that.
    failed: Option<ReadError>,
}

impl Reader {
    /// A reader at the first line.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self {
            limits,
            log: None,
            begun: Vec::new(),
            line: 1,
            total: 0,
            failed: None,
        }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// At the first line that is not as it must be; the same again for whatever comes after it.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), ReadError> {
        match &self.failed {
            Some(error) => Err(error.clone()),
            None => self.take(bytes).map_err(|why| self.fail(why)),
        }
    }

    /// What has been read so far; nothing before the header.
    #[must_use]
    pub const fn log(&self) -> Option<&Log> {
        self.log.as_ref()
    }

    /// The log, when all bytes have come. The last line need not have an end.
    ///
    /// # Errors
    /// When the last line is not as it must be, or there is none at all.
    pub fn finish(mut self) -> Result<Log, ReadError> {
        self.feed(&[])?;
        let last = core::mem::take(&mut self.begun);
        self.take_line(&last).map_err(|why| self.fail(why))?;
        match self.log {
            Some(log) => Ok(log),
            None => Err(ReadError {
                line: 1,
                why: ReadProblem::Empty,
            }),
        }
    }

    fn fail(&mut self, why: ReadProblem) -> ReadError {
        let error = ReadError { line: self.line, why };
        self.failed = Some(error.clone());
        error
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), ReadProblem> {
        let mut lines = bytes.split(|byte| *byte == b'\n').peekable();
        while let Some(piece) = lines.next() {
            let ends = lines.peek().is_some();
            self.total += piece.len() as u64 + u64::from(ends);
            if self.total > self.limits.total {
                let limit = self.limits.total;
                return Err(ReadProblem::TooLarge { limit });
            }
            if self.begun.len() + piece.len() > self.limits.line {
                let limit = self.limits.line;
                return Err(ReadProblem::LineTooLong { limit });
            }
            if !ends {
                self.begun.extend_from_slice(piece);
            } else if self.begun.is_empty() {
                self.take_line(piece)?;
                self.line += 1;
            } else {
                let mut line = core::mem::take(&mut self.begun);
                line.extend_from_slice(piece);
                self.take_line(&line)?;
                self.line += 1;
            }
        }
        Ok(())
    }

    fn take_line(&mut self, line: &[u8]) -> Result<(), ReadProblem> {
        let mut text = core::str::from_utf8(line).map_err(|_| ReadProblem::NotText)?;
        if self.line == 1 {
            text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        }
        let text = text.trim_ascii();
        if text.is_empty() {
            return Ok(());
        }
        match &mut self.log {
            None => self.log = Some(header(text)?),
            Some(log) if log.events().len() >= self.limits.events => {
                let limit = self.limits.events;
                return Err(ReadProblem::TooManyEvents { limit });
            }
            Some(log) => event(log, text)?,
        }
        Ok(())
    }
}

fn parse(text: &str) -> Result<Value, ReadProblem> {
    let value = serde_json::from_str(text).map_err(|error| ReadProblem::not_json(&error))?;
    if numbers_are_exact(&value) {
        Ok(value)
    } else {
        Err(ReadProblem::NumberTooLarge)
    }
}

/// Whether every reader of JSON would read the same numbers.
fn numbers_are_exact(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_f64().is_some_and(|number| number.abs() < TOO_LARGE as f64),
        Value::Array(items) => items.iter().all(numbers_are_exact),
        Value::Object(fields) => fields.values().all(numbers_are_exact),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

fn malformed(fault: Fault) -> ReadProblem {
    ReadProblem::malformed(&fault)
}

/// A log with the header in the first line, and without events.
fn header(text: &str) -> Result<Log, ReadProblem> {
    let value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) if text.contains(FORMAT) => return Err(ReadProblem::not_json(&error)),
        Err(_) => Value::Null,
    };
    if value.get("format").and_then(Value::as_str) != Some(FORMAT) {
        return Err(ReadProblem::NotALog);
    }
    match value.get("version").and_then(Value::as_u64) {
        Some(version) if version > u64::from(VERSION) => return Err(ReadProblem::Newer { version }),
        Some(1..) => {}
        _ => return Err(ReadProblem::malformed(&"a log's version is a number from 1")),
    }
    if !numbers_are_exact(&value) {
        return Err(ReadProblem::NumberTooLarge);
    }
    let header = known_header(&value)?;
    for (nth, host) in header.hosts.iter().enumerate() {
        if header.hosts.iter().take(nth).any(|other| other.id == host.id) {
            return Err(ReadProblem::HostTwice(host.id));
        }
    }
    for link in &header.links {
        for end in [link.between.0, link.between.1] {
            known_host(&header, end)?;
        }
    }
    let extra = extra::of(&value, &header).map_err(|error| ReadProblem::malformed(&error))?;
    let mut log = Log::new(header);
    log.set_header_extra(extra);
    Ok(log)
}

/// The header. A lesson with parts that are not known is no lesson for this version; it stays among what is not known.
fn known_header(value: &Value) -> Result<Header, ReadProblem> {
    match part::read(value) {
        Err(Fault::Unknown(_)) if value.get("lesson").is_some() => {
            let mut value = value.clone();
            if let Value::Object(fields) = &mut value {
                fields.remove("lesson");
            }
            part::read(&value).map_err(malformed)
        }
        result => result.map_err(malformed),
    }
}

fn known_host(header: &Header, id: HostId) -> Result<(), ReadProblem> {
    if header.hosts.iter().any(|host| host.id == id) {
        Ok(())
    } else {
        Err(ReadProblem::NoSuchHost(id))
    }
}

/// Reads an event and puts it into the log.
fn event(log: &mut Log, text: &str) -> Result<(), ReadProblem> {
    let value = parse(text)?;
    let envelope: Envelope = part::read(&value).map_err(malformed)?;
    check(log, &envelope)?;
    let event: Event = match part::read(&value) {
        Ok(event) => event,
        Err(Fault::Unknown(name)) => {
            let event = unknown(&envelope, name, text);
            log.push_read(event, None, None);
            return Ok(());
        }
        Err(fault) => return Err(malformed(fault)),
    };
    let packet = packet(log, &event, &value)?;
    let line = Line::read(&event, packet);
    let extra = extra::of(&value, &line).map_err(|error| ReadProblem::malformed(&error))?;
    let packet = match line.into_packet() {
        None => None,
        Some(packet) => Some((packet.length, bytes(&packet)?)),
    };
    let packet = packet.as_ref().map(|(length, bytes)| (*length, bytes.as_slice()));
    log.push_read(event, packet, extra);
    Ok(())
}

/// What must be true of every event, whatever its kind.
fn check(log: &Log, envelope: &Envelope) -> Result<(), ReadProblem> {
    let expected = log.events().len() as u64;
    if envelope.seq != expected {
        return Err(ReadProblem::Sequence {
            expected,
            found: envelope.seq,
        });
    }
    let from = log.events().last().map(|event| event.at).unwrap_or_default();
    if envelope.at < from {
        return Err(ReadProblem::TimeGoesBack { from, to: envelope.at });
    }
    known_host(log.header(), envelope.host)?;
    match envelope.conn {
        Some(found) if found.0 > log.connections() => Err(ReadProblem::ConnOutOfTurn {
            next: Conn(log.connections()),
            found,
        }),
        _ => Ok(()),
    }
}

fn unknown(envelope: &Envelope, name: String, text: &str) -> Event {
    Event {
        seq: envelope.seq,
        at: envelope.at,
        host: envelope.host,
        evidence: envelope.evidence,
        conn: envelope.conn,
        kind: Kind::Unknown(Box::new(Unknown {
            name,
            json: text.to_owned(),
        })),
    }
}

/// The bytes beside the sending of a packet. Other events can only name packets that were sent.
fn packet(log: &Log, event: &Event, value: &Value) -> Result<Option<Bytes>, ReadProblem> {
    let next = PacketId(log.packets());
    match event.kind {
        Kind::Packet {
            packet: found,
            seen: Seen::Sent,
        } if found != next => Err(ReadProblem::PacketOutOfTurn { next, found }),
        Kind::Packet { seen: Seen::Sent, .. } => part::read(value).map(Some).map_err(malformed),
        Kind::Packet { packet, .. } if packet >= next => Err(ReadProblem::NoSuchPacket(packet)),
        _ => Ok(None),
    }
}

fn bytes(packet: &Bytes) -> Result<Vec<u8>, ReadProblem> {
    let bytes = portolan_wire::hex::bytes(&packet.bytes).ok_or(ReadProblem::NoDigits)?;
    if bytes.len() as u64 > u64::from(packet.length) {
        return Err(ReadProblem::MoreBytesThanLength {
            length: packet.length,
            bytes: bytes.len(),
        });
    }
    Ok(bytes)
}
