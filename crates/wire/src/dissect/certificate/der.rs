//! As much of DER (X.690) as a certificate is read with: values one behind the other, and values inside of values.

use super::NoCertificate;

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
/// A `dNSName` (RFC 5280 section 4.2.1.6).
pub(super) const DNS_NAME: u8 = context_primitive(2);
/// An `iPAddress`.
pub(super) const IP_ADDRESS: u8 = context_primitive(7);

const UTF8_STRING: u8 = 0x0c;
const PRINTABLE_STRING: u8 = 0x13;
const TELETEX_STRING: u8 = 0x14;
const IA5_STRING: u8 = 0x16;
const BMP_STRING: u8 = 0x1e;

/// A value that its place tells, with others inside.
pub(super) const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// A value that its place tells, with none inside.
pub(super) const fn context_primitive(number: u8) -> u8 {
    0x80 | number
}

/// Values one behind the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    /// Where they begin in the whole.
    at: usize,
}

/// A value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
    /// Where the content begins in the whole.
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The next value, whatever it is.
    pub(super) fn any(&mut self) -> Result<Value<'a>, NoCertificate> {
        let nonsense = NoCertificate { at: self.at };
        let (header, tag, length) = header(self.bytes).ok_or(nonsense)?;
        let end = header.checked_add(length).ok_or(nonsense)?;
        let content = self.bytes.get(header..end).ok_or(nonsense)?;
        let value = Value {
            tag,
            content,
            at: self.at + header,
        };
        self.bytes = self.bytes.get(end..).unwrap_or_default();
        self.at += end;
        Ok(value)
    }

    /// The next value, which must be of this kind.
    pub(super) fn value(&mut self, tag: u8) -> Result<Value<'a>, NoCertificate> {
        let nonsense = NoCertificate { at: self.at };
        self.any()
            .and_then(|value| if value.tag == tag { Ok(value) } else { Err(nonsense) })
    }

    /// What is inside of the next value, which must be of this kind.
    pub(super) fn inside(&mut self, tag: u8) -> Result<Self, NoCertificate> {
        self.value(tag).map(|value| value.reader())
    }

    /// The next value if it is of this kind.
    pub(super) fn optional(&mut self, tag: u8) -> Result<Option<Value<'a>>, NoCertificate> {
        if self.bytes.first() == Some(&tag) {
            self.any().map(Some)
        } else {
            Ok(None)
        }
    }
}

impl<'a> Value<'a> {
    /// The values inside.
    pub(super) const fn reader(&self) -> Reader<'a> {
        Reader {
            bytes: self.content,
            at: self.at,
        }
    }

    pub(super) const fn nonsense(&self) -> NoCertificate {
        NoCertificate { at: self.at }
    }

    /// Its text, if it is one (RFC 5280 section 4.1.2.4 has the kinds).
    pub(super) fn text(&self) -> Option<String> {
        match self.tag {
            UTF8_STRING | PRINTABLE_STRING | IA5_STRING => Some(String::from_utf8_lossy(self.content).into_owned()),
            // What is in use is Latin-1.
            TELETEX_STRING => Some(self.content.iter().copied().map(char::from).collect()),
            BMP_STRING => {
                let (pairs, _) = self.content.as_chunks::<2>();
                let units: Vec<u16> = pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
                Some(String::from_utf16_lossy(&units))
            }
            _ => None,
        }
    }
}

/// The length of a value's header, its tag and the length of its content. Tags of one byte and lengths of at most four are
/// all that a certificate has.
fn header(bytes: &[u8]) -> Option<(usize, u8, usize)> {
    let (tag, first) = (*bytes.first()?, *bytes.get(1)?);
    if tag & 0x1f == 0x1f {
        return None;
    }
    if first < 0x80 {
        return Some((2, tag, usize::from(first)));
    }
    let count = usize::from(first & 0x7f);
    let digits = bytes.get(2..2 + count).filter(|_| (1..=4).contains(&count))?;
    let length = digits.iter().fold(0, |length, digit| length << 8 | u64::from(*digit));
    Some((2 + count, tag, usize::try_from(length).ok()?))
}
