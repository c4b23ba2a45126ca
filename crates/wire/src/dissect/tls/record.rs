//! One direction: records, and the messages in those that can be read.

use super::{ContentType, LONGEST_MESSAGE};

/// Bytes of a record's header: type, version, length.
const HEADER: usize = 5;

/// The most bytes of a record behind its header: 2^14, and what TLS 1.2 allows for its cipher (RFC 5246 section 6.2.3).
const LONGEST_RECORD: u16 = (1 << 14) + 2048;

/// Bytes of a handshake message's header: type, length.
const MESSAGE_HEADER: usize = 4;

/// One direction of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Half {
    /// Offset of the next byte.
    offset: u64,
    state: State,
    /// Whether a ChangeCipherSpec went by: in TLS 1.2, what follows is encrypted.
    changed: bool,
    message: Unfinished,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    /// What of a record's header is there.
    Header(Vec<u8>),
    /// In a record: what of it is kept, and how much is still to come.
    Body { head: Head, kept: Vec<u8>, left: u16 },
    /// A record is whole and was told of; what it says in the clear is read now, from `read` on.
    Whole { head: Head, kept: Vec<u8>, read: usize },
    /// Never again.
    Stopped,
}

impl Default for State {
    fn default() -> Self {
        Self::Header(Vec::new())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Head {
    start: u64,
    content: ContentType,
    version: u16,
    length: u16,
    opaque: bool,
}

/// A handshake message that may go over several records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Unfinished {
    start: u64,
    header: Vec<u8>,
    body: Vec<u8>,
    /// Bytes that were left out, because it is too long to be kept.
    skipped: usize,
}

/// Something whole, with the offsets of its first byte and behind its last.
#[derive(Debug)]
pub(super) enum Piece {
    Record {
        start: u64,
        end: u64,
        content: ContentType,
        version: u16,
        length: u16,
        opaque: bool,
    },
    Message {
        start: u64,
        end: u64,
        kind: u8,
        length: u32,
        /// Nothing if it was too long.
        body: Option<Vec<u8>>,
    },
    Alert {
        start: u64,
        end: u64,
        level: u8,
        description: u8,
    },
    ChangeCipherSpec {
        start: u64,
        end: u64,
    },
    Noise {
        start: u64,
    },
}

impl Piece {
    pub(super) const fn start(&self) -> u64 {
        match self {
            Self::Record { start, .. }
            | Self::Message { start, .. }
            | Self::Alert { start, .. }
            | Self::ChangeCipherSpec { start, .. }
            | Self::Noise { start } => *start,
        }
    }

    pub(super) const fn end(&self) -> u64 {
        match self {
            Self::Record { end, .. }
            | Self::Message { end, .. }
            | Self::Alert { end, .. }
            | Self::ChangeCipherSpec { end, .. } => *end,
            Self::Noise { start } => *start,
        }
    }
}

impl Half {
    pub(super) fn at(offset: u64) -> Self {
        Self {
            offset,
            ..Self::default()
        }
    }

    /// The next piece, from what is there already or from `input`. `tls13` says that this version was chosen: then what is
    /// encrypted always says that it is application data, and a ChangeCipherSpec means nothing.
    pub(super) fn take(&mut self, input: &mut &[u8], tls13: bool) -> Option<Piece> {
        loop {
            match core::mem::replace(&mut self.state, State::Stopped) {
                State::Stopped => {
                    self.pass(input, input.len());
                    return None;
                }
                State::Header(mut header) => {
                    let Some(&byte) = input.first() else {
                        self.state = State::Header(header);
                        return None;
                    };
                    header.push(byte);
                    if !may_be_header(&header) {
                        let start = self.offset.saturating_sub(header.len() as u64 - 1);
                        return Some(Piece::Noise { start });
                    }
                    self.pass(input, 1);
                    self.state = match self.head(&header, tls13) {
                        None => State::Header(header),
                        Some(head) => State::Body {
                            head,
                            kept: Vec::new(),
                            left: head.length,
                        },
                    };
                }
                State::Body { head, mut kept, left } => {
                    let bytes = self.pass(input, usize::from(left));
                    let left = left.saturating_sub(u16::try_from(bytes.len()).unwrap_or(left));
                    if !head.opaque {
                        kept.extend_from_slice(bytes);
                    }
                    if left > 0 {
                        self.state = State::Body { head, kept, left };
                        return None;
                    }
                    self.state = State::Whole { head, kept, read: 0 };
                    return Some(head.record(self.offset));
                }
                State::Whole { head, kept, mut read } => {
                    let piece = self.say(head, &kept, &mut read);
                    self.state = if piece.is_some() {
                        State::Whole { head, kept, read }
                    } else {
                        State::default()
                    };
                    if piece.is_some() {
                        return piece;
                    }
                }
            }
        }
    }

    /// Goes on in the stream by at most so many bytes, and gives them.
    fn pass<'a>(&mut self, input: &mut &'a [u8], most: usize) -> &'a [u8] {
        let (bytes, rest) = input.split_at(most.min(input.len()));
        *input = rest;
        self.offset = self.offset.saturating_add(bytes.len() as u64);
        bytes
    }

    /// The header, once it is whole.
    fn head(&self, header: &[u8], tls13: bool) -> Option<Head> {
        let &[content, major, minor, high, low] = header.first_chunk::<HEADER>()?;
        let content = ContentType::of(content)?;
        let opaque = match content {
            ContentType::ApplicationData | ContentType::Heartbeat => true,
            ContentType::ChangeCipherSpec => false,
            ContentType::Alert | ContentType::Handshake => self.changed && !tls13,
        };
        Some(Head {
            start: self.offset.saturating_sub(HEADER as u64),
            content,
            version: u16::from_be_bytes([major, minor]),
            length: u16::from_be_bytes([high, low]),
            opaque,
        })
    }

    /// What a record says in the clear, one after the other.
    fn say(&mut self, head: Head, kept: &[u8], read: &mut usize) -> Option<Piece> {
        let rest = kept.get(*read..).filter(|rest| !rest.is_empty())?;
        let start = head.start + (HEADER + *read) as u64;
        match head.content {
            ContentType::Handshake => {
                let before = rest.len();
                let mut rest = rest;
                let piece = self.message.take(&mut rest, start);
                *read += before - rest.len();
                piece
            }
            ContentType::Alert => {
                let &[level, description] = rest.first_chunk()?;
                *read += 2;
                Some(Piece::Alert {
                    start,
                    end: start + 2,
                    level,
                    description,
                })
            }
            ContentType::ChangeCipherSpec => {
                *read = kept.len();
                self.changed = true;
                let end = start + rest.len() as u64;
                Some(Piece::ChangeCipherSpec { start, end })
            }
            ContentType::ApplicationData | ContentType::Heartbeat => None,
        }
    }
}

impl Head {
    const fn record(self, end: u64) -> Piece {
        Piece::Record {
            start: self.start,
            end,
            content: self.content,
            version: self.version,
            length: self.length,
            opaque: self.opaque,
        }
    }
}

impl Unfinished {
    /// Takes bytes of a record, the first of which stands at `at`; a message, once it is whole.
    fn take(&mut self, bytes: &mut &[u8], at: u64) -> Option<Piece> {
        let before = bytes.len();
        let mut pass = |most: usize| {
            let (taken, rest) = bytes.split_at(most.min(bytes.len()));
            *bytes = rest;
            taken
        };
        if self.header.is_empty() {
            self.start = at;
        }
        let missing = MESSAGE_HEADER - self.header.len();
        self.header.extend_from_slice(pass(missing));
        let &[kind, a, b, c] = self.header.first_chunk::<MESSAGE_HEADER>()?;
        let length = u32::from_be_bytes([0, a, b, c]);
        let whole = usize::try_from(length).unwrap_or(usize::MAX);
        let part = pass(whole - self.body.len() - self.skipped);
        if whole > LONGEST_MESSAGE {
            self.skipped += part.len();
        } else {
            self.body.extend_from_slice(part);
        }
        if self.body.len() + self.skipped < whole {
            return None;
        }
        let end = at + (before - bytes.len()) as u64;
        let message = core::mem::take(self);
        Some(Piece::Message {
            start: message.start,
            end,
            kind,
            length,
            body: (whole <= LONGEST_MESSAGE).then_some(message.body),
        })
    }
}

/// Whether these bytes can be the beginning of a record's header.
fn may_be_header(header: &[u8]) -> bool {
    match *header {
        [content] => ContentType::of(content).is_some(),
        [_, major] => major == 3,
        [_, _, minor] => minor <= 4,
        [_, _, _, high, low] => u16::from_be_bytes([high, low]) <= LONGEST_RECORD,
        _ => true,
    }
}
