//! Fuzz bodies: one plain function for each parser, true of every input, run by the tests and by fuzz targets alike.
//!
//! Each panics where its property does not hold. No part of the crate's interface.

use crate::dissect::{
    Certificate, ControlDissector, Direction, Field, LONGEST_NAME, MOST_NAMES, Summary, TcpOptions, TlsDissector,
    checksums, packet,
};
use crate::ftp::listing::{ListingLine, ListingReader};
use crate::ftp::path::{quote, unquote};
use crate::ftp::{
    Command, ExtendedHostPort, ExtendedPort, FactLine, FactSelection, Features, HostPort, LineSplitter, Reply,
    ReplyReader, Representation, TimeVal, octets,
};

/// A body: it takes any input and panics where its property does not hold.
pub type Body = fn(&[u8]);

/// Every body, and its name.
pub const ALL: [(&str, Body); 15] = [
    ("lines", lines),
    ("command", command),
    ("reply", reply),
    ("host_port", host_port),
    ("listing", listing),
    ("path", path),
    ("representation", representation),
    ("facts", facts),
    ("features", features),
    ("time_val", time_val),
    ("packet", any_packet),
    ("tcp_options", tcp_options),
    ("control", control),
    ("tls", tls),
    ("certificate", certificate),
];

/// A splitter is small in memory, loses no byte, and does not care how its input is cut.
pub fn lines(data: &[u8]) {
    const LIMIT: usize = 40;
    let run = |pieces: &[&[u8]]| {
        let mut splitter = LineSplitter::new(LIMIT);
        let mut out = Vec::new();
        for piece in pieces {
            let mut input = *piece;
            loop {
                match splitter.next_line(&mut input) {
                    Ok(None) => break,
                    result => out.push(result),
                }
            }
        }
        assert_eq!(
            splitter.offset(),
            pieces.iter().map(|piece| piece.len() as u64).sum::<u64>()
        );
        (out, splitter.pending())
    };
    let (data, pieces) = cut(data);
    let whole = run(&[data]);
    assert_eq!(run(&pieces), whole);
    let mut end = 0;
    for line in whole.0 {
        match line {
            Ok(None) => {}
            Ok(Some(line)) => {
                assert!(line.start >= end && line.end > line.start);
                assert!(line.bytes.len() <= LIMIT && !line.bytes.contains(&b'\n'));
                end = line.end;
            }
            Err(error) => assert!(error.start >= end),
        }
    }
}

/// What parses as a command is emitted as one line that parses the same.
pub fn command(data: &[u8]) {
    if let Ok(command) = Command::parse(data) {
        let bytes = command.emit();
        let mut input = bytes.as_slice();
        // A byte 255 is doubled on the wire, and a byte that is no UTF-8 takes three in an argument: leave it room.
        let line = LineSplitter::new(64 * 1024).next_line(&mut input);
        let again = line.map(|line| line.map(|line| Command::parse(&line.bytes)));
        assert_eq!(again, Ok(Some(Ok(command))));
        assert!(input.is_empty());
    }
}

/// Replies don't care how their bytes are cut, and come back as they were emitted.
pub fn reply(data: &[u8]) {
    let run = |pieces: &[&[u8]]| {
        let mut reader = ReplyReader::new();
        let mut out = Vec::new();
        for piece in pieces {
            let mut input = *piece;
            loop {
                match reader.next_reply(&mut input) {
                    Ok(None) => break,
                    result => out.push(result),
                }
            }
        }
        out
    };
    let (data, pieces) = cut(data);
    let whole = run(&[data]);
    assert_eq!(run(&pieces), whole);
    for received in whole.into_iter().flatten().flatten() {
        assert!(received.end > received.start && !received.reply.lines.is_empty());
        same_after_emission(&received.reply);
    }
}

/// A reply comes back as it was emitted, whole, and nothing is left: no line of it passes for its end.
pub fn same_after_emission(reply: &Reply) {
    let bytes = reply.emit();
    let fits = bytes.len() < 8_000 && !reply.lines.is_empty();
    let is_clean = !reply.lines.iter().any(|line| line.contains(['\r', '\n', '\0']));
    if fits {
        let mut input = bytes.as_slice();
        let again = ReplyReader::new()
            .next_reply(&mut input)
            .ok()
            .flatten()
            .map(|received| received.reply);
        assert!(input.is_empty(), "{reply:?} ended early");
        assert_eq!(again.as_ref().map(|again| again.code), Some(reply.code));
        assert_eq!(again.as_ref().map(|again| again.lines.len()), Some(reply.lines.len()));
        if is_clean {
            assert_eq!(again.as_ref(), Some(reply));
        }
    }
}

/// An address that was read is emitted and read again as the same, and never has port 0.
pub fn host_port(data: &[u8]) {
    let text = octets::decode(data);
    if let Ok(found) = HostPort::parse_argument(&text) {
        assert_eq!(HostPort::parse_argument(found.to_argument().as_str()), Ok(found));
    }
    if let Ok((found, range)) = HostPort::find(data) {
        let there = data.get(range).map(octets::decode).unwrap_or_default();
        assert_eq!(HostPort::parse_argument(&there), Ok(found));
        assert_eq!(HostPort::parse_reply_text(&found.to_reply_text()), Ok(found));
        assert_ne!(found.address().port(), 0);
    }
    if let Ok(found) = ExtendedHostPort::parse_argument(&text) {
        assert_eq!(
            ExtendedHostPort::parse_argument(found.to_argument().as_str()),
            Ok(found)
        );
        assert_ne!(found.address().port(), 0);
    }
    if let Ok((found, range)) = ExtendedPort::find(data) {
        let there = data.get(range).unwrap_or_default();
        assert_eq!(ExtendedPort::find(there), Ok((found, 0..there.len())));
        assert_eq!(ExtendedPort::parse_reply_text(&found.to_reply_text()), Ok(found));
        assert_ne!(found.port(), 0);
    }
}

/// A listing does not care how it is cut, and what was understood has a sensible date and a name.
pub fn listing(data: &[u8]) {
    let run = |pieces: &[&[u8]]| {
        let mut reader = ListingReader::new();
        let mut out = Vec::new();
        for piece in pieces {
            let mut input = *piece;
            while let Some(line) = reader.next_line(&mut input) {
                out.push(line);
            }
        }
        out.extend(reader.finish());
        out
    };
    let (data, pieces) = cut(data);
    let whole = run(&[data]);
    assert_eq!(run(&pieces), whole);
    for line in whole {
        if let ListingLine::Entry(entry) = line {
            assert!(entry.modified.is_valid() && !entry.name.is_empty(), "{entry:?}");
        }
    }
}

/// A quoted path is emitted as it stood there.
pub fn path(data: &[u8]) {
    let text = octets::decode(data);
    if let Ok((path, rest)) = unquote(&text) {
        assert_eq!(format!("{}{rest}", quote(&path)), text);
    }
    assert_eq!(unquote(&quote(&text)), Ok((text, "")));
}

/// A representation that was understood is emitted and understood again.
pub fn representation(data: &[u8]) {
    if let Ok(found) = Representation::parse(&octets::decode(data)) {
        assert_eq!(Representation::parse(found.to_argument().as_str()), Ok(found));
    }
}

/// A line of facts that was understood is emitted and understood again, and so is a choice of facts.
pub fn facts(data: &[u8]) {
    let text = octets::decode(data);
    for found in [FactLine::parse(&text), FactLine::parse_reply_line(&text)]
        .into_iter()
        .flatten()
    {
        // CR, LF and NUL are not sent as they are, so they do not come back.
        let is_clean = !text.contains(['\r', '\n', '\0']);
        if is_clean {
            assert_eq!(FactLine::parse(&found.to_line()), Ok(found));
        }
    }
    let chosen = FactSelection::parse(&text);
    assert_eq!(FactSelection::parse(&chosen.to_string()), chosen);
    let (all, told) = FactSelection::parse_feature(&chosen.to_feature());
    assert_eq!((all, told), (FactSelection::ALL, chosen));
}

/// A list of features is emitted and read again as the same.
pub fn features(data: &[u8]) {
    let mut input = data;
    while let Ok(Some(received)) = ReplyReader::new().next_reply(&mut input) {
        let found = Features::parse(&received.reply);
        let is_clean = !found
            .iter()
            .any(|feature| feature.to_line().contains(['\r', '\n', '\0']));
        let bytes = found.to_reply().emit();
        if is_clean && bytes.len() < 8_000 {
            let again = ReplyReader::new().next_reply(&mut bytes.as_slice());
            let again = again.ok().flatten().map(|received| Features::parse(&received.reply));
            assert_eq!(again, Some(found));
        }
    }
}

/// A time that was understood is emitted and understood again.
pub fn time_val(data: &[u8]) {
    if let Ok(found) = TimeVal::parse(&octets::decode(data)) {
        assert_eq!(TimeVal::parse(&found.to_string()), Ok(found));
    }
}

/// Any bytes can be looked at: fields stay within the packet and within their parents, and the glance agrees with
/// the inspector on what is a packet at all.
pub fn any_packet(data: &[u8]) {
    let layers = packet(data);
    for layer in &layers {
        nested(layer, 0, data.len());
    }
    if let Ok(summary) = Summary::of(data) {
        assert!(layers.iter().all(|layer| layer.name != "Packet"));
        assert!(checksums(data).is_ok());
        if let Some(tcp) = summary.tcp() {
            assert!(tcp.payload(data).len() <= tcp.payload_len as usize);
        }
    }
}

fn nested(field: &Field, start: usize, end: usize) {
    let (own_start, own_end) = (field.start as usize, field.end as usize);
    assert!(
        start <= own_start && own_start <= own_end && own_end <= end,
        "{field:?} is not within {start}..{end}"
    );
    for child in &field.children {
        nested(child, own_start, own_end);
    }
}

/// Options lie one behind the other, and their list ends.
pub fn tcp_options(data: &[u8]) {
    let mut at = 0;
    for (_, range) in TcpOptions::new(data) {
        assert!(range.start == at && range.end > at && range.end <= data.len());
        at = range.end;
    }
}

/// A dissector does not care how either direction is cut, and never reads on after it said that it can't.
pub fn control(data: &[u8]) {
    let (data, pieces) = cut(data);
    let run = |pieces: &[(Direction, &[u8])]| {
        let mut dissector = ControlDissector::new();
        let mut out = Vec::new();
        for (direction, piece) in pieces {
            let was_readable = dissector.unreadable().is_none();
            let seen = dissector.feed(*direction, piece);
            assert!(was_readable || seen.is_empty());
            out.extend(seen);
        }
        out
    };
    // Both directions, whole against cut: the client speaks first, or the server does.
    let half = data.len() / 2;
    let (first, second) = data.split_at_checked(half).unwrap_or_default();
    for (one, other) in [
        (Direction::ToServer, Direction::ToClient),
        (Direction::ToClient, Direction::ToServer),
    ] {
        let whole = run(&[(one, first), (other, second)]);
        let mut at = 0;
        let mut parts = Vec::new();
        for piece in &pieces {
            let (before, after) = piece.split_at_checked(half.saturating_sub(at)).unwrap_or((piece, &[]));
            parts.extend([(one, before), (other, after)]);
            at += piece.len();
        }
        assert_eq!(run(&parts), whole);
    }
}

/// A TLS connection is read the same however it is cut, and what is seen lies in the stream.
pub fn tls(data: &[u8]) {
    let (data, pieces) = cut(data);
    for direction in [Direction::ToServer, Direction::ToClient] {
        let run = |pieces: &[&[u8]]| {
            let mut dissector = TlsDissector::default();
            let seen: Vec<_> = pieces
                .iter()
                .flat_map(|piece| dissector.feed(direction, piece))
                .collect();
            (seen, dissector.version(), dissector.resumes())
        };
        let whole = run(&[data]);
        assert_eq!(run(&pieces), whole);
        for sighting in whole.0 {
            assert!(sighting.start <= sighting.end && sighting.end <= data.len() as u64);
        }
    }
}

/// Whatever stands in it, a certificate is read within bounds, and one that is cut short is none.
pub fn certificate(data: &[u8]) {
    match Certificate::read(data) {
        Ok(read) => {
            assert!(
                read.names
                    .iter()
                    .chain(&read.subject)
                    .chain(&read.issuer)
                    .all(|name| name.chars().count() <= LONGEST_NAME)
            );
            assert!(read.names.len() <= MOST_NAMES && read.serial.len() <= 20);
            let behind = [data, b"behind"].concat();
            assert_eq!(Certificate::read(&behind), Ok(read));
        }
        Err(error) => assert!(error.at <= data.len()),
    }
}

/// Takes the first bytes as the lengths of pieces, and cuts the rest into them; single bytes where they run out.
fn cut(data: &[u8]) -> (&[u8], Vec<&[u8]>) {
    let (lengths, data) = data.split_at_checked(4).unwrap_or((&[], data));
    let mut lengths = lengths.iter();
    let mut pieces = Vec::new();
    let mut rest = data;
    while !rest.is_empty() {
        let length = lengths.next().map_or(1, |length| usize::from(*length)).min(rest.len());
        let (piece, behind) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        pieces.push(piece);
        rest = behind;
    }
    (data, pieces)
}

#[cfg(test)]
#[path = "fuzzing_tests.rs"]
mod tests;
