//! From a log to lines.

use core::fmt;
use std::io;

use serde::Serialize;

use super::extra;
use super::line::Line;
use crate::event::{Event, Kind};
use crate::log::Log;

/// The first number that not every JSON reader keeps whole: 2^53 (RFC 8259 section 6).
pub(super) const TOO_LARGE: u64 = 1 << 53;

/// A log could not be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteError {
    /// The event that could not be; without one, it was the header.
    pub seq: Option<u64>,
    /// Why.
    pub why: String,
}

/// Writes a log: its header in the first line, then one event a line. Every line ends in a line feed.
///
/// # Errors
/// When a number in it is 2^53 or more. A simulation refuses such seeds and sizes beforehand.
pub fn write(log: &Log) -> Result<Vec<u8>, WriteError> {
    let mut out = Vec::new();
    write_header(&mut out, log)?;
    for event in log.events() {
        write_event(&mut out, log, event)?;
    }
    Ok(out)
}

/// Writes the first line of a log, its end included.
///
/// # Errors
/// As [`write()`].
pub fn write_header(out: &mut Vec<u8>, log: &Log) -> Result<(), WriteError> {
    let line = header(log).map_err(|why| WriteError { seq: None, why })?;
    out.extend_from_slice(&line);
    out.push(b'\n');
    Ok(())
}

/// Writes the line of one of the log's events, its end included.
///
/// # Errors
/// As [`write()`].
pub fn write_event(out: &mut Vec<u8>, log: &Log, event: &Event) -> Result<(), WriteError> {
    let place = |why| WriteError {
        seq: Some(event.seq),
        why,
    };
    put_event(out, log, event).map_err(place)?;
    out.push(b'\n');
    Ok(())
}

fn header(log: &Log) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    match log.header_extra() {
        None => put(&mut out, log.header())?,
        Some(extra) => put(&mut out, &extra::put_back(log.header(), extra)?)?,
    }
    Ok(out)
}

fn put_event(out: &mut Vec<u8>, log: &Log, event: &Event) -> Result<(), String> {
    if let Kind::Unknown(unknown) = &event.kind {
        out.extend_from_slice(unknown.json.as_bytes());
        return Ok(());
    }
    let line = Line::of(log, event);
    match log.extra(event.seq) {
        None => put(out, &line),
        Some(extra) => put(out, &extra::put_back(&line, extra)?),
    }
}

fn put(out: &mut Vec<u8>, value: &impl Serialize) -> Result<(), String> {
    value
        .serialize(&mut serde_json::Serializer::with_formatter(out, Exact))
        .map_err(|error| error.to_string())
}

/// The compact form, with numbers held to their limit.
struct Exact;

impl serde_json::ser::Formatter for Exact {
    fn write_u64<W: io::Write + ?Sized>(&mut self, writer: &mut W, number: u64) -> io::Result<()> {
        if number >= TOO_LARGE {
            return Err(io::Error::other(format!(
                "{number} is 2^53 or more; not every reader of JSON keeps such numbers whole"
            )));
        }
        write!(writer, "{number}")
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.seq {
            None => write!(f, "the header cannot be written: {}", self.why),
            Some(seq) => write!(f, "event {seq} cannot be written: {}", self.why),
        }
    }
}

impl core::error::Error for WriteError {}
