//! Replies: three digits and text, on one line or on several (RFC 959 section 4.2).
//!
//! A reply of several lines begins with its code and a hyphen and ends at the first line that begins with *the same*
//! code and a space. What stands between may look like anything, other replies included. Some servers write the code
//! and a hyphen before every line, some a space, some nothing; the text handed out has the code and hyphen taken off
//! and everything else kept.

use core::fmt;

use super::lines;
use crate::visible;

mod code;
mod parser;

pub use code::{ReplyClass, ReplyCode};
pub use parser::{Received, ReplyError, ReplyParser, ReplyReader};

/// A whole reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Its three digits.
    pub code: ReplyCode,
    /// Its text, line after line, without codes and line ends. A received reply has at least one line; one to be sent
    /// that has none is sent with an empty one. CR, LF and NUL in a text are sent as `?`.
    pub lines: Vec<String>,
}

impl Reply {
    /// A reply of one line.
    #[must_use]
    pub fn new(code: ReplyCode, text: impl Into<String>) -> Self {
        Self {
            code,
            lines: vec![text.into()],
        }
    }

    /// A reply of several lines.
    #[must_use]
    pub fn with_lines<T: Into<String>>(code: ReplyCode, lines: impl IntoIterator<Item = T>) -> Self {
        Self {
            code,
            lines: lines.into_iter().map(Into::into).collect(),
        }
    }

    /// Its first line's text.
    #[must_use]
    pub fn first_line(&self) -> &str {
        self.lines.first().map_or("", String::as_str)
    }

    /// Its text on one line, for people: control characters made visible.
    #[must_use]
    pub fn text(&self) -> String {
        visible(&self.lines.join(" "))
    }

    /// Appends the reply to `out`, line ends and all.
    ///
    /// A line in between that begins with a digit, or is empty, gets the code and a hyphen before it, so that it can
    /// neither end the reply nor look like another one. The rest stand as they are: RFC 2389 wants feature lines to
    /// begin with a space.
    pub fn emit_into(&self, out: &mut Vec<u8>) {
        let code = self.code.to_string();
        let last = self.lines.len().saturating_sub(1);
        if self.lines.is_empty() {
            emit_line(&code, " ", "", out);
        }
        for (index, line) in self.lines.iter().enumerate() {
            let plain = !line.is_empty() && !line.starts_with(|c: char| c.is_ascii_digit());
            if index == last {
                emit_line(&code, " ", line, out);
            } else if index > 0 && plain {
                emit_line("", "", line, out);
            } else {
                emit_line(&code, "-", line, out);
            }
        }
    }

    /// The reply as bytes, line ends and all.
    #[must_use]
    pub fn emit(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.emit_into(&mut out);
        out
    }
}

/// For people: code and text on one line.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.text())
    }
}

fn emit_line(code: &str, mark: &str, text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(code.as_bytes());
    out.extend_from_slice(mark.as_bytes());
    lines::emit_text(&text.replace(['\r', '\n', '\0'], "?"), out);
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
#[path = "reply_tests.rs"]
mod tests;
