//! The fields of a TCP segment.

use super::super::bytes::{be8, be16, be32};
use super::super::checksum::transport_holds;
use super::super::ip::Ip;
use super::super::options::{TcpOption, TcpOptions};
use super::super::tcp::{self, TcpFlags, TcpSummary};
use super::super::{Field, Layer};
use super::{checksum, counted, ftp, opaque};

const TCP: &str = "RFC 9293 section 3.1";

/// The segment's header, and its payload if it has one.
pub(super) fn fields(bytes: &[u8], ip: &Ip) -> Vec<Field> {
    let end = ip.end.min(bytes.len());
    let (from, to, summary) = match tcp::parse(bytes, ip.payload, ip.end) {
        Ok(parsed) => parsed,
        Err(error) => {
            return vec![opaque("Transmission Control Protocol", bytes, ip.payload..end).problem(error.to_string())];
        }
    };
    let start = summary.payload_range().start;
    let header = header(bytes, ip, &summary, start.min(end)).unwrap_or_default();
    let title = format!("{from} to {to}, {}", summary.flags);
    let mut fields = vec![
        Field::new("Transmission Control Protocol", title, ip.payload..start.min(end))
            .why(TCP)
            .children(header),
    ];
    if start < end {
        let payload = bytes.get(start..end).unwrap_or_default();
        let control = ftp::field(payload, from, to).map(|field| field.shifted(start));
        fields.push(control.unwrap_or_else(|| opaque("Payload", bytes, start..end)));
    }
    fields
}

/// As much of a segment as an ICMP message quotes: at least its first eight bytes (RFC 792).
pub(super) fn quoted(bytes: &[u8], ip: &Ip) -> Field {
    let end = ip.end.min(bytes.len());
    let start = ip.payload.min(end);
    let segment = Field::new(
        "Transmission Control Protocol",
        format!("{}, quoted", Layer::Tcp),
        start..end,
    )
    .why(TCP);
    let children = [
        port_field("Source port", bytes, start),
        port_field("Destination port", bytes, start + 2),
        number_field("Sequence number", bytes, start + 4),
    ];
    segment.children(
        children
            .into_iter()
            .flatten()
            .filter(|field| field.end as usize <= end)
            .collect(),
    )
}

fn header(bytes: &[u8], ip: &Ip, summary: &TcpSummary, end: usize) -> Option<Vec<Field>> {
    let at = ip.payload;
    let length = summary.payload_range().start - at;
    let mut fields = vec![
        port_field("Source port", bytes, at)?,
        port_field("Destination port", bytes, at + 2)?,
        number_field("Sequence number", bytes, at + 4)?,
        acknowledgment(summary, at + 8),
        Field::new("Header length", counted(length), at + 12..at + 13).why(TCP),
        flags(summary.flags, be8(bytes, at + 12)?, at),
        Field::new("Window", counted(usize::from(summary.window)), at + 14..at + 16).why("RFC 9293 section 3.8.6"),
        checksum(bytes, at + 16, transport_holds(bytes, ip), TCP)?,
        Field::new("Urgent pointer", be16(bytes, at + 18)?.to_string(), at + 18..at + 20).why(TCP),
    ];
    if length > 20 {
        fields.push(options(bytes.get(at + 20..end)?, at + 20, length - 20));
    }
    Some(fields)
}

fn acknowledgment(summary: &TcpSummary, at: usize) -> Field {
    let value = if summary.flags.contains(TcpFlags::ACK) {
        summary.ack.to_string()
    } else {
        format!("{} (means nothing without ACK)", summary.ack)
    };
    Field::new("Acknowledgment number", value, at..at + 4).why(TCP)
}

fn flags(flags: TcpFlags, byte_before: u8, at: usize) -> Field {
    const EACH: [(TcpFlags, &str, &str); 8] = [
        (TcpFlags::CWR, "CWR: congestion window reduced", "RFC 3168 section 6.1"),
        (TcpFlags::ECE, "ECE: congestion was notified", "RFC 3168 section 6.1"),
        (TcpFlags::URG, "URG: the urgent pointer counts", TCP),
        (TcpFlags::ACK, "ACK: the acknowledgment number counts", TCP),
        (TcpFlags::PSH, "PSH: hand it to the program now", TCP),
        (TcpFlags::RST, "RST: reset the connection", TCP),
        (TcpFlags::SYN, "SYN: synchronise sequence numbers", TCP),
        (TcpFlags::FIN, "FIN: no more data from the sender", TCP),
    ];
    let range = at + 13..at + 14;
    let children = EACH
        .iter()
        .map(|(flag, name, why)| {
            let value = if flags.contains(*flag) { "set" } else { "not set" };
            Field::new(*name, value, range.clone()).why(why)
        })
        .collect();
    let field = Field::new("Flags", flags.to_string(), range)
        .why(TCP)
        .children(children);
    let opposed = flags.contains(TcpFlags::SYN) && (flags.contains(TcpFlags::FIN) || flags.contains(TcpFlags::RST));
    if opposed {
        return field.problem("SYN goes with neither FIN nor RST.");
    }
    // The low half of the byte before the flags is reserved and sent as zero.
    if byte_before & 0x0f != 0 {
        field.problem("Reserved bits before the flags are set.")
    } else {
        field
    }
}

fn options(bytes: &[u8], at: usize, length: usize) -> Field {
    let mut list = TcpOptions::new(bytes);
    let mut names = Vec::new();
    let mut children = Vec::new();
    for (option, range) in list.by_ref() {
        let (name, value, why) = describe(&option);
        if !matches!(option, TcpOption::NoOperation | TcpOption::End) {
            names.push(name);
        }
        children.push(Field::new(name, value, at + range.start..at + range.end).why(why));
    }
    let is_sound = list.rest().is_empty() || bytes.len() < length;
    let field = Field::new("Options", names.join(", "), at..at + bytes.len())
        .why(TCP)
        .children(children);
    if is_sound {
        field
    } else {
        field.problem("An option's length does not fit into the header.")
    }
}

fn describe(option: &TcpOption) -> (&'static str, String, &'static str) {
    match option {
        TcpOption::End => ("End of options", String::new(), TCP),
        TcpOption::NoOperation => ("No operation", String::new(), TCP),
        TcpOption::MaximumSegmentSize(size) => (
            "Maximum segment size",
            counted(usize::from(*size)),
            "RFC 9293 section 3.7.1",
        ),
        TcpOption::WindowScale(bits) => {
            let value = format!("{bits} (windows count {} times)", 1_u32 << (*bits).min(14));
            ("Window scale", value, "RFC 7323 section 2.2")
        }
        TcpOption::SackPermitted => (
            "Selective acknowledgments permitted",
            String::new(),
            "RFC 2018 section 2",
        ),
        TcpOption::Sack { blocks, count } => {
            let blocks: Vec<_> = blocks
                .iter()
                .take(usize::from(*count))
                .map(|(first, behind)| format!("{first} to {behind}"))
                .collect();
            ("Selective acknowledgment", blocks.join(", "), "RFC 2018 section 3")
        }
        TcpOption::Timestamps { value, echo } => (
            "Timestamps",
            format!("own {value}, echo {echo}"),
            "RFC 7323 section 3.2",
        ),
        TcpOption::Other { kind } => ("Option", format!("kind {kind}"), TCP),
    }
}

fn number_field(name: &'static str, bytes: &[u8], at: usize) -> Option<Field> {
    Some(Field::new(name, be32(bytes, at)?.to_string(), at..at + 4).why("RFC 9293 section 3.4"))
}

fn port_field(name: &'static str, bytes: &[u8], at: usize) -> Option<Field> {
    let port = be16(bytes, at)?;
    let field = Field::new(name, port_name(port), at..at + 2).why("RFC 6335 section 6");
    Some(if port == 0 {
        field.problem("Port 0 is reserved and never a real endpoint.")
    } else {
        field
    })
}

/// A port, its registered service where file transfer has one, and its range (RFC 6335 section 6).
fn port_name(port: u16) -> String {
    let service = match port {
        20 => "ftp-data, ",
        21 => "ftp, ",
        22 => "ssh, ",
        989 => "ftps-data, ",
        990 => "ftps, ",
        _ => "",
    };
    let range = match port {
        0 => "reserved",
        1..=1_023 => "system port",
        1_024..=49_151 => "user port",
        49_152.. => "dynamic port",
    };
    format!("{port} ({service}{range})")
}
