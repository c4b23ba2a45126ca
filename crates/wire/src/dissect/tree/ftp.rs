//! The lines of FTP in one segment of a control connection.
//!
//! A segment alone does not say where in a conversation it stands, so this is for looking at: whoever needs to *know*
//! reads the streams with [`ControlDissector`](super::super::ControlDissector).

use crate::ftp::{Command, ExtendedHostPort, ExtendedPort, HostPort, Line, LineSplitter, ReplyCode, Verb, octets};
use crate::visible;

use super::super::Field;

const CONTROL: u16 = 21;

/// The FTP layer of `payload`, if one of the ports is FTP's and the bytes look like lines of text.
pub(super) fn field(payload: &[u8], from: u16, to: u16) -> Option<Field> {
    if from != CONTROL && to != CONTROL {
        return None;
    }
    let is_text = payload
        .iter()
        .all(|b| matches!(b, b' '..|b'\r'| b'\n' | b'\t') && *b != 0x7f);
    let begins_well = payload
        .first()
        .is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | 240..));
    if !is_text || !begins_well {
        return None;
    }
    let mut input = payload;
    let mut splitter = LineSplitter::default();
    let mut children = Vec::new();
    while let Ok(Some(line)) = splitter.next_line(&mut input) {
        children.push(if to == CONTROL { command(&line) } else { reply(&line) });
    }
    let read = usize::try_from(splitter.offset().saturating_sub(splitter.pending())).ok()?;
    if read < payload.len() {
        let rest = payload.get(read..)?;
        children.push(Field::new("Unfinished line", shown(rest), read..payload.len()));
    }
    let value = if to == CONTROL {
        "from the client"
    } else {
        "from the server"
    };
    let field = Field::new("File Transfer Protocol", value, 0..payload.len());
    Some(field.why("RFC 959").children(children))
}

fn command(line: &Line) -> Field {
    let range = range(line);
    let Ok(command) = Command::parse(&line.bytes) else {
        return Field::new("Line", shown(&line.bytes), range).problem("This is no FTP command.");
    };
    let verb = command.verb.as_str().len();
    let mut children =
        vec![Field::new("Command", command.verb.as_str(), part(line, 0, verb)).why(reference(command.verb))];
    if let Some(argument) = command.argument_str() {
        let place = part(line, verb + 1, line.bytes.len());
        let field = Field::new("Argument", visible(argument), place.clone());
        let announced = match command.verb {
            Verb::PORT => Some(HostPort::parse_argument(argument).map(|found| found.address().to_string())),
            Verb::EPRT => Some(ExtendedHostPort::parse_argument(argument).map(|found| found.address().to_string())),
            _ => None,
        };
        children.push(match announced {
            None => field,
            Some(Ok(address)) => {
                let meaning = Field::new("The client listens on", address, place).why(reference(command.verb));
                field.children(vec![meaning])
            }
            Some(Err(error)) => field.problem(error.to_string()),
        });
    }
    Field::new("Command line", command.to_string(), range)
        .why("RFC 959 section 5.3")
        .children(children)
}

fn reply(line: &Line) -> Field {
    let field = Field::new("Reply line", shown(&line.bytes), range(line)).why("RFC 959 section 4.2");
    let Some((code, text)) = code_of(&line.bytes) else {
        // A line within a reply may look like anything.
        return field;
    };
    let mut children = vec![Field::new("Code", code.to_string(), part(line, 0, 3)).why("RFC 959 section 4.2.1")];
    let place = |found: core::ops::Range<usize>| part(line, found.start + 3, found.end + 3);
    match code {
        ReplyCode::ENTERING_PASSIVE_MODE => {
            if let Ok((address, found)) = HostPort::find(text) {
                let value = address.address().to_string();
                children.push(Field::new("The server listens on", value, place(found)).why("RFC 959 section 4.1.2"));
            }
        }
        ReplyCode::ENTERING_EXTENDED_PASSIVE_MODE => {
            if let Ok((port, found)) = ExtendedPort::find(text) {
                let value = format!("port {} of its own address", port.port());
                children.push(Field::new("The server listens on", value, place(found)).why("RFC 2428 section 3"));
            }
        }
        _ => {}
    }
    field.children(children)
}

/// The code a line begins with, and everything behind it.
fn code_of(line: &[u8]) -> Option<(ReplyCode, &[u8])> {
    let (digits, rest) = line.split_at_checked(3)?;
    if !digits.iter().all(u8::is_ascii_digit) || !matches!(rest.first(), None | Some(b' ' | b'-')) {
        return None;
    }
    let code = str::from_utf8(digits).ok()?.parse().ok().and_then(ReplyCode::new)?;
    Some((code, rest))
}

const fn reference(verb: Verb) -> &'static str {
    match verb {
        Verb::EPRT => "RFC 2428 section 2",
        Verb::EPSV => "RFC 2428 section 3",
        Verb::AUTH | Verb::PBSZ | Verb::PROT | Verb::CCC => "RFC 4217",
        Verb::FEAT | Verb::OPTS => "RFC 2389",
        Verb::MDTM | Verb::SIZE | Verb::MLST | Verb::MLSD => "RFC 3659",
        Verb::LANG => "RFC 2640",
        Verb::HOST => "RFC 7151",
        _ => "RFC 959 section 4.1",
    }
}

fn shown(bytes: &[u8]) -> String {
    visible(&octets::decode(bytes))
}

/// Where the line stands in the payload, line end and all.
fn range(line: &Line) -> core::ops::Range<usize> {
    let clamp = |offset| usize::try_from(offset).unwrap_or(usize::MAX);
    clamp(line.start)..clamp(line.end)
}

/// Where a part of the line stands; the whole line if Telnet commands blur that.
fn part(line: &Line, start: usize, end: usize) -> core::ops::Range<usize> {
    let clamp = |offset| usize::try_from(offset).unwrap_or(usize::MAX);
    match (line.offset_of(start), line.offset_of(end)) {
        (Some(start), Some(end)) => clamp(start)..clamp(end),
        _ => range(line),
    }
}
