//! Values as plain bytes, for two programs of one build: no names, no versions, nothing that tells what follows.
//!
//! The page and its engine speak to each other so, and the built-in scenarios are compiled in so. It is small in bytes,
//! and above all in the code that reads them: both are what a visitor's browser loads.
//!
//! # Form
//! * Numbers stand in seven bits a byte, lowest first; the eighth says that more follow. A truth value is 0 or 1.
//! * Texts and lists begin with their length; an `Option` is a list of at most one.
//! * A struct is its fields, an enum the number of its variant and that variant's fields: `#[derive(Plain)]`.
//!
//! # Reading what may be wrong
//! [`Plain::take`] always gives a value. A [`Reader`] that met bytes which stand for nothing is spoilt: it has no more
//! bytes, and whatever is taken from it is the least that there is (0, an empty list, the first variant). Only [`read`]
//! asks for that, once, at the end; a question after each field was half of the code. A list's length is never believed
//! further than there are bytes.

mod base;
mod reader;

pub use portolan_wire_derive::Plain;
pub use reader::Reader;

/// What has plain bytes.
pub trait Plain: Sized {
    /// Writes it behind what is there.
    fn put(&self, to: &mut Vec<u8>);

    /// Reads it. What comes from a spoilt reader means nothing.
    fn take(from: &mut Reader<'_>) -> Self;
}

/// A value's bytes.
#[must_use]
pub fn write<T: Plain>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.put(&mut bytes);
    bytes
}

/// The value whose bytes these are, all of them; nothing if they are not those of such a value.
#[must_use]
pub fn read<T: Plain>(bytes: &[u8]) -> Option<T> {
    let mut reader = Reader::new(bytes);
    let value = T::take(&mut reader);
    reader.is_done().then_some(value)
}

#[cfg(test)]
mod tests;
