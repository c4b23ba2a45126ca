//! Takes the words out of the workers' panics. A panic ends a worker by a trap, and the message goes to standard error,
//! which a browser has none of: nobody can read it, and what makes it weighs four kilobytes. The page is left as it is: its
//! panics are written to the browser's console.

use std::collections::BTreeMap;
use std::ops::Range;

/// A body without locals that traps: `unreachable`, `end`.
const TRAP: [u8; 3] = [0, 0x00, 0x0b];

/// A body without locals that has written nothing and says that all is well: `i32.const 0`, `end`.
const EMPTY: [u8; 4] = [0, 0x41, 0x00, 0x0b];

/// A 32-bit number, as the type of a function's result.
const I32: u8 = 0x7f;

/// Sections of a WebAssembly file, by their numbers.
const CUSTOM: u8 = 0;
const TYPES: u8 = 1;
const IMPORTS: u8 = 2;
const FUNCTIONS: u8 = 3;
const CODE: u8 = 10;
const DATA: u8 = 11;

/// Which words of a worker nobody reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// Those of its panics.
    Panics,
    /// Those, and whatever is written by way of `Debug`.
    PanicsAndDebug,
}

impl Unread {
    /// Those of this file of the page; nothing if it is no worker's.
    pub fn of(file: &str) -> Option<Self> {
        match file {
            "engine_bg.wasm" => Some(Self::PanicsAndDebug),
            // Its sentences on a log that is none quote it by way of `Debug`.
            "reader_bg.wasm" => Some(Self::Panics),
            _ => None,
        }
    }
}

/// The file with a trap in the place of all that makes a panic's message, and with nothing in the place of what `Debug` writes;
/// `wasm-opt` then drops what only that used. A dependency's sentence may have a `Debug` in it, and lacks a word then. Nothing
/// if the file cannot be read. It must still have the functions' names.
pub fn silenced(wasm: &[u8], unread: Unread) -> Option<Vec<u8>> {
    let sections = sections(wasm)?;
    let (mut imported, mut names) = (0, BTreeMap::new());
    let (mut numeric, mut types) = (Vec::new(), Vec::new());
    for (kind, body) in &sections {
        match *kind {
            TYPES => numeric = numbers_returned(body)?,
            FUNCTIONS => types = numbers(body)?,
            IMPORTS => imported = imports(body)?,
            CUSTOM => names.append(&mut function_names(body).unwrap_or_default()),
            _ => {}
        }
    }
    let mut out = wasm.get(..8)?.to_vec();
    for (kind, body) in sections {
        out.push(kind);
        if kind == DATA {
            put_with_length(&mut out, &without_places(body)?);
        } else if kind == CODE {
            let returns_number = |nth: u32| {
                let kind = types.get(usize::try_from(nth).ok()?)?;
                numeric.get(usize::try_from(*kind).ok()?).copied()
            };
            let code = silenced_code(body, |nth| {
                let name = names.get(&(imported + nth)).filter(|name| is_message(name, unread))?;
                let writes = name.contains("fmt::Debug>::fmt") || name.contains("fmt::Display>::fmt");
                let body: &[u8] = if writes && returns_number(nth) == Some(true) {
                    &EMPTY
                } else {
                    &TRAP
                };
                Some(body)
            })?;
            put_with_length(&mut out, &code);
        } else {
            put_with_length(&mut out, body);
        }
    }
    Some(out)
}

/// Whether a function does nothing but end in a panic, or write what only a panic's message shows. The endpoints and the
/// network have a `Display` for whatever people read; `Debug` is for tests.
fn is_message(name: &str, unread: Unread) -> bool {
    const ENDINGS: [&str; 7] = [
        "_fail",
        "_fail_rt",
        "::assert_failed",
        "::unwrap_failed",
        "::expect_failed",
        "::handle_alloc_error",
        "::capacity_overflow",
    ];
    let name = without_hashes(name);
    let is_std = [
        "core::",
        "alloc::",
        "std::",
        "<core::",
        "<alloc::",
        "<std::",
        "__rustc::",
    ]
    .iter()
    .any(|start| name.starts_with(start));
    let is_end =
        name.contains("::panicking::") || name.contains("::rust_begin_unwind") || name.contains("::rust_panic");
    let is_debug = name.contains(" as core::fmt::Debug>::fmt") || name.contains("core::fmt::builders::");
    // Of the network stack's texts we show none, either.
    let is_stack = name.starts_with("<smoltcp::") && name.contains(" as core::fmt::Display>::fmt");
    // The names a certificate holds for: `webpki` tells them by way of `Debug`, and people read them.
    let is_read = name.contains("webpki::subject_name::");
    let debugs = unread == Unread::PanicsAndDebug && ((is_debug && !is_read) || is_stack);
    debugs || (is_std && (is_end || ENDINGS.iter().any(|ending| name.ends_with(ending))))
}

/// A name as one reads it: without `[0123456789abcdef]` behind crates and `::h0123456789abcdef` at the end.
fn without_hashes(name: &str) -> String {
    let is_hash = |text: &str| text.len() >= 10 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut plain = String::new();
    for (nth, part) in name.split('[').enumerate() {
        match part.split_once(']') {
            Some((hash, rest)) if nth > 0 && is_hash(hash) => plain.push_str(rest),
            _ if nth > 0 => plain.extend(["[", part]),
            _ => plain.push_str(part),
        }
    }
    match plain.rsplit_once("::h") {
        Some((start, hash)) if is_hash(hash) => start.to_owned(),
        _ => plain,
    }
}

/// The code with what `other` gives for a function in its place.
fn silenced_code<'a>(body: &[u8], other: impl Fn(u32) -> Option<&'a [u8]>) -> Option<Vec<u8>> {
    let mut reader = Reader { rest: body };
    let count = reader.number()?;
    let mut code = Vec::new();
    put_number(&mut code, count);
    for nth in 0..count {
        let function = reader.piece()?;
        put_with_length(&mut code, other(nth).unwrap_or(function));
    }
    Some(code)
}

/// The data with zeros where it said in which line of which file a panic is: a path's address and length, line and column,
/// as `core::panic::Location` has them, and the paths, which are those of the machine that compiled it. Only messages read
/// them.
fn without_places(body: &[u8]) -> Option<Vec<u8>> {
    let mut data = body.to_vec();
    for (address, piece) in pieces(body)? {
        // What is read as four numbers begins at a multiple of four.
        let first = address.wrapping_neg() as usize % 4;
        for at in (first..piece.len().saturating_sub(15)).step_by(4) {
            let place = body.get(piece.start + at..piece.start + at + 16)?;
            let (numbers, _) = place.as_chunks::<4>();
            let [path, length, line, column] = *numbers else {
                continue;
            };
            let [path, length, line, column] = [path, length, line, column].map(u32::from_le_bytes);
            let start = path.checked_sub(address).map(|offset| piece.start + offset as usize);
            let path = start.map(|start| start..start.saturating_add(length as usize));
            let path = path.filter(|path| path.end <= piece.end && (1..100_000).contains(&line) && column < 1_000);
            if let Some(path) = path
                && body.get(path.clone()).is_some_and(is_source)
            {
                data.get_mut(path)?.fill(0);
                data.get_mut(piece.start + at..piece.start + at + 16)?.fill(0);
            }
        }
    }
    Some(data)
}

/// Whether this is the path of a file of Rust.
fn is_source(text: &[u8]) -> bool {
    text.ends_with(b".rs") && text.iter().all(u8::is_ascii_graphic)
}

/// The pieces of data: where each comes to lie in memory, and where it is in the section.
fn pieces(body: &[u8]) -> Option<Vec<(u32, Range<usize>)>> {
    const NUMBER: u8 = 0x41;
    const END: u8 = 0x0b;
    let mut reader = Reader { rest: body };
    let mut pieces = Vec::new();
    for _ in 0..reader.number()? {
        if (reader.byte()?, reader.byte()?) != (0, NUMBER) {
            return None;
        }
        // It is signed, but no memory of ours is so large that it mattered.
        let address = reader.number()?;
        if reader.byte()? != END {
            return None;
        }
        let length = reader.piece()?.len();
        let end = body.len() - reader.rest.len();
        pieces.push((address, end - length..end));
    }
    Some(pieces)
}

/// How many functions are imported: they come first in the count. `wasm-bindgen` imports nothing else.
fn imports(body: &[u8]) -> Option<u32> {
    let mut reader = Reader { rest: body };
    let count = reader.number()?;
    for _ in 0..count {
        let (_module, _name) = (reader.piece()?, reader.piece()?);
        if reader.byte()? != 0 {
            return None;
        }
        reader.number()?;
    }
    Some(count)
}

/// Of each type of function: whether its result is one 32-bit number.
fn numbers_returned(body: &[u8]) -> Option<Vec<bool>> {
    const FUNCTION: u8 = 0x60;
    let mut reader = Reader { rest: body };
    let mut types = Vec::new();
    for _ in 0..reader.number()? {
        if reader.byte()? != FUNCTION {
            return None;
        }
        let (_parameters, results) = (reader.piece()?, reader.piece()?);
        types.push(results == [I32]);
    }
    Some(types)
}

/// The type of each function that is not imported.
fn numbers(body: &[u8]) -> Option<Vec<u32>> {
    let mut reader = Reader { rest: body };
    let count = reader.number()?;
    (0..count).map(|_| reader.number()).collect()
}

/// The names of functions, by their numbers, if this is the section of names.
fn function_names(body: &[u8]) -> Option<BTreeMap<u32, String>> {
    const FUNCTIONS: u8 = 1;
    let mut reader = Reader { rest: body };
    if reader.piece()? != b"name" {
        return None;
    }
    let mut names = BTreeMap::new();
    while !reader.rest.is_empty() {
        let kind = reader.byte()?;
        let mut part = Reader { rest: reader.piece()? };
        if kind == FUNCTIONS {
            for _ in 0..part.number()? {
                let function = part.number()?;
                names.insert(function, String::from_utf8_lossy(part.piece()?).into_owned());
            }
        }
    }
    Some(names)
}

fn sections(wasm: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    const START: Range<usize> = 0..4;
    if wasm.get(START)? != b"\0asm" {
        return None;
    }
    let mut reader = Reader { rest: wasm.get(8..)? };
    let mut sections = Vec::new();
    while !reader.rest.is_empty() {
        sections.push((reader.byte()?, reader.piece()?));
    }
    Some(sections)
}

/// Reads from the front of what is left.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// A number of at most 32 bits: seven in each byte, the lowest first, and a mark where another byte follows (LEB128).
    fn number(&mut self) -> Option<u32> {
        let mut number = 0_u32;
        for shift in (0..32).step_by(7) {
            let byte = self.byte()?;
            number |= u32::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// A length, and as many bytes.
    fn piece(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (piece, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(piece)
    }
}

fn put_with_length(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, u32::try_from(bytes.len()).unwrap_or(u32::MAX));
    out.extend_from_slice(bytes);
}

fn put_number(out: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
        let mut out = vec![kind];
        put_with_length(&mut out, &parts.concat());
        out
    }

    /// One imported function and two of its own, with these names; the code of each is `nop`, `end`.
    fn module(names: [&str; 2]) -> Vec<u8> {
        let import = section(IMPORTS, &[&[1, 1, b'a', 1, b'b', 0, 0]]);
        let code = section(CODE, &[&[2, 3, 0, 1, 0x0b, 3, 0, 1, 0x0b]]);
        let mut functions = vec![3, 0, 1, b'b'];
        for (number, name) in (1..).zip(names) {
            functions.push(number);
            put_with_length(&mut functions, name.as_bytes());
        }
        let mut all = vec![4, b'n', b'a', b'm', b'e', 1];
        put_with_length(&mut all, &functions);
        [b"\0asm\x01\0\0\0".to_vec(), import, code, section(CUSTOM, &[&all])].concat()
    }

    #[test]
    fn only_what_makes_a_message_becomes_a_trap() {
        let before = module(["engine::main", "core[c5930c85a12de822]::panicking::panic_fmt"]);
        let after = silenced(&before, Unread::Panics).unwrap();
        let code = |wasm: &[u8]| {
            let all = sections(wasm).unwrap();
            all.iter().find(|(kind, _)| *kind == CODE).unwrap().1.to_vec()
        };
        assert_eq!(code(&before), [2, 3, 0, 1, 0x0b, 3, 0, 1, 0x0b]);
        assert_eq!(code(&after), [2, 3, 0, 1, 0x0b, 3, 0, 0, 0x0b]);
        assert_eq!(before.len(), after.len());
        let others = module(["engine::main", "portolan_wire::text::visible::h0123456789abcdef"]);
        assert_eq!(silenced(&others, Unread::PanicsAndDebug).unwrap(), others);
    }

    #[test]
    fn what_debug_writes_is_nothing_rather_than_a_trap() {
        let named = "<engine::Thing as core[c5930c85a12de822]::fmt::Debug>::fmt";
        let plain = module(["engine::main", named]);
        // The first type gives a number, the second nothing.
        for (kind, wanted) in [(0, EMPTY.as_slice()), (1, TRAP.as_slice())] {
            let types = section(TYPES, &[&[2, 0x60, 2, I32, I32, 1, I32, 0x60, 0, 0]]);
            let functions = section(FUNCTIONS, &[&[2, 0, kind]]);
            let wasm = [&plain[..8], &types, &functions, &plain[8..]].concat();
            let all = silenced(&wasm, Unread::PanicsAndDebug).unwrap();
            let all = sections(&all).unwrap();
            let code = all.iter().find(|(kind, _)| *kind == CODE).unwrap().1;
            assert!(code.ends_with(wanted), "{code:?}");
        }
    }

    #[test]
    fn places_are_forgotten_and_other_data_stays() {
        let numbers = |numbers: [u32; 4]| numbers.map(u32::to_le_bytes).concat();
        // Two places and something else that points to a text, behind the text, at address 1024.
        let text = b"src/main.rs and more";
        let places = [[1_024, 11, 7, 9], [1_024, 11, 700, 1], [1_040, 4, 7, 9]]
            .map(numbers)
            .concat();
        let data = |text: &[u8], places: &[u8]| {
            let mut body = vec![1, 0, 0x41, 0x80, 0x08, 0x0b];
            put_with_length(&mut body, &[text, places].concat());
            body
        };
        let expected = data(b"\0\0\0\0\0\0\0\0\0\0\0 and more", &[&[0; 32], &places[32..]].concat());
        assert_eq!(without_places(&data(text, &places)), Some(expected));
        assert_eq!(without_places(&[1, 1, 0]), None);
    }

    #[test]
    fn names_tell_what_makes_a_message() {
        assert!(!is_message(
            "<webpki[12e1f3ad14a2f1ee]::subject_name::GeneralName as core[c5930c85a12de822]::fmt::Debug>::fmt",
            Unread::PanicsAndDebug
        ));
        for name in [
            "core[c5930c85a12de822]::str::slice_error_fail_rt",
            "<alloc[3ca501edff3f0c7c]::vec::Vec<_, _>>::remove::assert_failed",
            "<char as core[c5930c85a12de822]::fmt::Debug>::fmt",
            "<smoltcp::wire::ip::Address as core::fmt::Debug>::fmt::h6be8cf71128bc48e",
            "__rustc[b7974e8690430dd9]::rust_begin_unwind",
            "core::panicking::panic_display::h70d27e1f97d6b5ea",
        ] {
            assert!(is_message(name, Unread::PanicsAndDebug), "{name}");
            // What is written by way of `Debug` is no panic by itself.
            let is_debug = name.contains("Debug");
            assert_eq!(is_message(name, Unread::Panics), !is_debug, "{name}");
        }
        for name in [
            "<char as core[c5930c85a12de822]::fmt::Display>::fmt",
            "core[c5930c85a12de822]::str::converts::from_utf8",
            "portolan_session::finding::may_fail",
            "portolan_netsim::host::Slots::add::hafa52c99fc888e1b",
            "std[a543996e6e7dbf1e]::time::Instant::now",
        ] {
            assert!(!is_message(name, Unread::PanicsAndDebug), "{name}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_left_alone() {
        let module = module(["a", "b"]);
        for cut in [0, 3, 7, 10, 20] {
            assert_eq!(silenced(&module[..cut], Unread::Panics), None, "{cut}");
        }
        let number = |bytes: &[u8]| Reader { rest: bytes }.number();
        assert_eq!(number(&[0xe5, 0x8e, 0x26]), Some(624_485));
        assert_eq!(number(&[0x80]), None);
        assert_eq!(number(&[0xff; 6]), None);
    }
}
