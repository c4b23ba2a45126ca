//! The representation type: TYPE's argument (RFC 959 section 3.1.1).

use core::fmt;

use crate::Argument;

/// How a file's bytes become the data connection's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Representation {
    /// `A`: text, with CRLF line ends on the wire. Every session starts with it; it damages binary files.
    #[default]
    Ascii,
    /// `I`: bytes as they are.
    Image,
    /// `L 8`: bytes as they are, asked for by their size.
    Local8,
}

/// Why TYPE's argument names no representation that we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepresentationError {
    /// It has not the form: a 501 to a server.
    Malformed,
    /// RFC 959 knows it, and next to nobody else does (EBCDIC, carriage control, odd byte sizes): a 504 to a server.
    Unsupported,
}

impl Representation {
    /// TYPE's argument.
    #[must_use]
    pub fn to_argument(self) -> Argument {
        Argument::known_good(self.to_string())
    }

    /// Whether the file's bytes go over the wire unchanged.
    #[must_use]
    pub const fn is_binary(self) -> bool {
        matches!(self, Self::Image | Self::Local8)
    }

    /// Reads TYPE's argument, in any case. `A N` (non-print, the default format) is `A`.
    ///
    /// # Errors
    /// When it is malformed or unsupported.
    pub fn parse(argument: &str) -> Result<Self, RepresentationError> {
        let mut words = argument.split(' ').map(str::to_ascii_uppercase);
        let (first, second) = (words.next().unwrap_or_default(), words.next());
        if words.next().is_some() {
            return Err(RepresentationError::Malformed);
        }
        match (first.as_str(), second.as_deref()) {
            ("A", None | Some("N")) => Ok(Self::Ascii),
            ("I", None) => Ok(Self::Image),
            ("L", Some("8")) => Ok(Self::Local8),
            ("A", Some("T" | "C")) | ("E", None | Some("N" | "T" | "C")) => Err(RepresentationError::Unsupported),
            ("L", Some(size)) if size.parse().is_ok_and(|size: u8| size > 0) => Err(RepresentationError::Unsupported),
            _ => Err(RepresentationError::Malformed),
        }
    }
}

impl fmt::Display for Representation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ascii => "A",
            Self::Image => "I",
            Self::Local8 => "L 8",
        })
    }
}

impl fmt::Display for RepresentationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "this is no representation type",
            Self::Unsupported => "this representation type is not supported",
        })
    }
}

impl core::error::Error for RepresentationError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_comes_back_as_it_went() {
        for kind in [Representation::Ascii, Representation::Image, Representation::Local8] {
            assert_eq!(Representation::parse(kind.to_argument().as_str()), Ok(kind));
        }
    }

    #[test]
    fn what_it_understands_and_what_it_refuses() {
        use RepresentationError::{Malformed, Unsupported};
        assert_eq!(Representation::parse("a n"), Ok(Representation::Ascii));
        assert_eq!(Representation::parse("i"), Ok(Representation::Image));
        for argument in ["E", "A T", "A C", "E N", "L 36"] {
            assert_eq!(Representation::parse(argument), Err(Unsupported), "{argument}");
        }
        for argument in [
            "", "X", "L", "L 0", "L 300", "L x", "I N", "A X", "A N N", " A", "A ", "\u{efe9}",
        ] {
            assert_eq!(Representation::parse(argument), Err(Malformed), "{argument}");
        }
    }
}
