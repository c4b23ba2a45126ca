//! A packet, field by field.

mod ftp;
mod icmp;
mod ip;
mod tcp;

use super::Field;
use super::bytes::be16;
use super::ip::Ip;
use super::protocol;
use crate::visible;

/// The layers of a raw IP packet, outermost first, each with its fields.
///
/// It always has an answer: what can't be read is a field with a problem. A packet that was cut is read as far as it
/// goes; only what is wrong on the wire is a problem, not that a recorder kept less.
#[must_use]
pub fn packet(bytes: &[u8]) -> Vec<Field> {
    layers(bytes, Quoted::No)
}

/// Whether the packet is a quotation in an ICMP message, which is cut by design.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quoted {
    No,
    Yes,
}

fn layers(bytes: &[u8], quoted: Quoted) -> Vec<Field> {
    let ip = match Ip::parse(bytes) {
        Ok(ip) => ip,
        Err(error) => return vec![opaque("Packet", bytes, 0..bytes.len()).problem(error.to_string())],
    };
    let mut fields = vec![ip::field(bytes, &ip)];
    let end = ip.end.min(bytes.len());
    match ip.protocol {
        _ if ip.later_fragment => fields.push(opaque("Fragment of a packet", bytes, ip.payload..end)),
        protocol::TCP if quoted == Quoted::Yes => fields.push(tcp::quoted(bytes, &ip)),
        protocol::TCP => fields.extend(tcp::fields(bytes, &ip)),
        protocol::ICMP | protocol::ICMPV6 => fields.push(icmp::field(bytes, &ip)),
        _ if ip.payload < end => fields.push(opaque("Payload", bytes, ip.payload..end)),
        _ => {}
    }
    if end < bytes.len() {
        fields.push(opaque("Padding", bytes, end..bytes.len()));
    }
    fields
}

/// Bytes that are not taken apart: their number and, as far as it is text, what they say.
fn opaque(name: &'static str, bytes: &[u8], range: core::ops::Range<usize>) -> Field {
    let count = range.len();
    let content = bytes.get(range.clone()).unwrap_or_default();
    let is_text = !content.is_empty() && content.iter().all(|b| matches!(b, b' '..=b'~' | b'\r' | b'\n' | b'\t'));
    let value = if is_text {
        let start: String = visible(&String::from_utf8_lossy(content)).chars().take(80).collect();
        format!("{}: {start}", counted(count))
    } else {
        counted(count)
    };
    Field::new(name, value, range)
}

fn counted(bytes: usize) -> String {
    if bytes == 1 {
        "1 byte".to_owned()
    } else {
        format!("{bytes} bytes")
    }
}

/// A checksum field, and what checking it gave.
fn checksum(bytes: &[u8], at: usize, holds: Option<bool>, why: &'static str) -> Option<Field> {
    let value = be16(bytes, at)?;
    let field = |word: &str| Field::new("Checksum", format!("{value:#06x} ({word})"), at..at + 2).why(why);
    Some(match holds {
        Some(true) => field("correct"),
        Some(false) => field("wrong").problem("The bytes it covers were changed after it was computed."),
        None => field("not checked"),
    })
}

impl Field {
    /// The field and its parts, `by` bytes further on.
    fn shifted(mut self, by: usize) -> Self {
        let by = u32::try_from(by).unwrap_or(u32::MAX);
        self.start = self.start.saturating_add(by);
        self.end = self.end.saturating_add(by);
        self.children = self
            .children
            .into_iter()
            .map(|child| child.shifted(by as usize))
            .collect();
        self
    }
}

#[cfg(test)]
#[path = "../tree_tests.rs"]
mod tests;
