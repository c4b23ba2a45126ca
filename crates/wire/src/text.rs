//! Text at the edge: what may become part of a command line, and what may be shown.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::ftp::octets;

/// Text that may stand as an argument on an FTP command line.
///
/// It holds no CR, LF or NUL, so it can never become a second command (a client library once shipped an advisory for
/// letting it). The emitter of commands takes only this type. At most [`Argument::MAX`] bytes, because RFC 959 knows
/// no limit and a peer should not be asked to hold more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Argument(String);

/// Why a text may not be an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgumentError {
    /// It holds a carriage return, a line feed or a NUL, at this byte.
    ControlCharacter {
        /// Byte offset of the offending character.
        at: usize,
    },
    /// It is longer than [`Argument::MAX`] bytes.
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
}

impl Argument {
    /// The longest argument, in bytes.
    pub const MAX: usize = 4_096;

    /// Checks `text`.
    ///
    /// # Errors
    /// When it holds CR, LF or NUL, or is longer than [`Argument::MAX`].
    pub fn new(text: impl Into<String>) -> Result<Self, ArgumentError> {
        let text = text.into();
        if let Some(at) = text.find(['\r', '\n', '\0']) {
            return Err(ArgumentError::ControlCharacter { at });
        }
        if text.len() > Self::MAX {
            return Err(ArgumentError::TooLong { length: text.len() });
        }
        Ok(Self(text))
    }

    /// Text that this crate made itself, of digits and delimiters.
    pub(crate) fn known_good(text: String) -> Self {
        debug_assert!(Self::new(text.clone()).is_ok(), "{text:?}");
        Self(text)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&visible(&self.0))
    }
}

impl TryFrom<String> for Argument {
    type Error = ArgumentError;

    fn try_from(text: String) -> Result<Self, ArgumentError> {
        Self::new(text)
    }
}

impl From<Argument> for String {
    fn from(argument: Argument) -> Self {
        argument.0
    }
}

impl fmt::Display for ArgumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ControlCharacter { at } => {
                write!(f, "a line end or NUL at byte {at} may not be part of a command")
            }
            Self::TooLong { length } => {
                write!(
                    f,
                    "{length} bytes are too long for an argument (limit {})",
                    Argument::MAX
                )
            }
        }
    }
}

impl core::error::Error for ArgumentError {}

/// `text` with every control character made visible, fit for a terminal or a page.
///
/// C0 controls become their Unicode control pictures (`␛` for escape), DEL becomes `␡`; C1 controls and the
/// characters that turn the direction of text become `\u{…}`: a server must not be able to write on a student's
/// terminal, nor make a name read backwards. A byte that was no UTF-8 ([`crate::ftp::octets`]) becomes `\xE9`.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{0}'..='\u{1f}' => shown.extend(char::from_u32(0x2400 + c as u32)),
            '\u{7f}' => shown.push('␡'),
            '\u{80}'..='\u{9f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}' => shown.extend(c.escape_unicode()),
            _ => match octets::escaped(c) {
                Some(byte) => shown.push_str(&format!("\\x{byte:02X}")),
                None => shown.push(c),
            },
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_can_never_hold_a_second_command() {
        assert!(Argument::new("notes.txt").is_ok());
        for bad in ["a\r\nDELE b", "a\n", "\0"] {
            assert!(
                matches!(Argument::new(bad), Err(ArgumentError::ControlCharacter { .. })),
                "{bad:?}"
            );
        }
        assert_eq!(
            Argument::new("x".repeat(4_097)),
            Err(ArgumentError::TooLong { length: 4_097 })
        );
    }

    #[test]
    fn shown_text_drives_no_terminal() {
        assert_eq!(visible("ok\u{1b}[2J\u{9b}\u{202e}"), "ok␛[2J\\u{9b}\\u{202e}");
    }
}
