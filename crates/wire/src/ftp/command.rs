//! Commands: a verb of three or four letters and perhaps an argument (RFC 959 section 5.3, registry: RFC 5797).

use core::fmt;

use super::{lines, octets};
use crate::{Argument, ArgumentError, visible};

/// A command's verb: three or four letters, kept in upper case.
///
/// The space is open: servers know verbs that no registry lists, and a dissector must name them all the same.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Verb {
    /// The fourth is zero in a verb of three.
    letters: [u8; 4],
}

macro_rules! verbs {
    ($($(#[$doc:meta])* $name:ident)*) => {
        impl Verb {
            $($(#[$doc])* pub const $name: Self = Self::known(stringify!($name));)*

            /// Every verb that has a constant here.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

verbs! {
    /// User name (RFC 959).
    USER
    /// Password (RFC 959).
    PASS
    /// Account (RFC 959).
    ACCT
    /// Change working directory (RFC 959).
    CWD
    /// Change to the parent directory (RFC 959).
    CDUP
    /// Structure mount (RFC 959).
    SMNT
    /// Log out and close (RFC 959).
    QUIT
    /// Start over without closing (RFC 959).
    REIN
    /// The client listens here (RFC 959).
    PORT
    /// Let the server listen (RFC 959).
    PASV
    /// Representation type (RFC 959).
    TYPE
    /// File structure (RFC 959).
    STRU
    /// Transfer mode (RFC 959).
    MODE
    /// Download (RFC 959).
    RETR
    /// Upload (RFC 959).
    STOR
    /// Upload under a name of the server's choice (RFC 959).
    STOU
    /// Append (RFC 959).
    APPE
    /// Allocate room (RFC 959).
    ALLO
    /// Start the next transfer at an offset (RFC 959, RFC 3659).
    REST
    /// Rename from (RFC 959).
    RNFR
    /// Rename to (RFC 959).
    RNTO
    /// Abort the transfer (RFC 959).
    ABOR
    /// Delete a file (RFC 959).
    DELE
    /// Remove a directory (RFC 959).
    RMD
    /// Make a directory (RFC 959).
    MKD
    /// Print working directory (RFC 959).
    PWD
    /// List for people (RFC 959).
    LIST
    /// List of names (RFC 959).
    NLST
    /// The server's own commands (RFC 959).
    SITE
    /// Which system (RFC 959).
    SYST
    /// Status (RFC 959).
    STAT
    /// Help (RFC 959).
    HELP
    /// Nothing, politely (RFC 959).
    NOOP
    /// Which features (RFC 2389).
    FEAT
    /// Options of a command (RFC 2389).
    OPTS
    /// Modification time (RFC 3659).
    MDTM
    /// Size of a file as it would be sent (RFC 3659).
    SIZE
    /// Facts of one file (RFC 3659).
    MLST
    /// Facts of a directory's files (RFC 3659).
    MLSD
    /// The client listens here, in either IP version (RFC 2428).
    EPRT
    /// Let the server listen, in either IP version (RFC 2428).
    EPSV
    /// Security mechanism: TLS (RFC 2228, RFC 4217).
    AUTH
    /// Protection buffer size (RFC 2228).
    PBSZ
    /// Protection of the data channel (RFC 2228).
    PROT
    /// Back to a clear command channel (RFC 2228).
    CCC
    /// Language of replies (RFC 2640).
    LANG
    /// Which of the server's hosts (RFC 7151).
    HOST
    /// The client's name; in no RFC, but in use.
    CLNT
    /// CDUP as it was called before RFC 959 (RFC 775, RFC 1123 section 4.1.3.1).
    XCUP
    /// CWD as it was called before RFC 959.
    XCWD
    /// MKD as it was called before RFC 959 (RFC 775).
    XMKD
    /// PWD as it was called before RFC 959 (RFC 775).
    XPWD
    /// RMD as it was called before RFC 959 (RFC 775).
    XRMD
}

impl Verb {
    /// The verb that `text` is, in any case.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        Self::from_bytes(text.as_bytes())
    }

    /// The letters, in upper case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let letters: &[u8] = match &self.letters {
            [three @ .., 0] => three,
            four => four,
        };
        // Only ASCII letters ever come in.
        str::from_utf8(letters).unwrap_or_default()
    }

    /// Whether its argument is a secret: PASS and ACCT.
    #[must_use]
    pub fn is_secret(self) -> bool {
        matches!(self, Self::PASS | Self::ACCT)
    }

    /// The verb of today for one of the old experimental names that RFC 1123 section 4.1.3.1 wants to be understood;
    /// any other is itself.
    #[must_use]
    pub const fn adopted(self) -> Self {
        match self {
            Self::XCUP => Self::CDUP,
            Self::XCWD => Self::CWD,
            Self::XMKD => Self::MKD,
            Self::XPWD => Self::PWD,
            Self::XRMD => Self::RMD,
            other => other,
        }
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let letters = match *bytes {
            [a, b, c] => [a, b, c, b'\0'],
            [a, b, c, d] => [a, b, c, d],
            _ => return None,
        };
        let count = bytes.len();
        letters.iter().take(count).all(u8::is_ascii_alphabetic).then_some(())?;
        Some(Self {
            letters: letters.map(|letter| letter.to_ascii_uppercase()),
        })
    }

    /// For the table above alone, whose names are verbs; a test sees to it.
    const fn known(name: &str) -> Self {
        let letters = match *name.as_bytes() {
            [a, b, c] => [a, b, c, 0],
            [a, b, c, d] => [a, b, c, d],
            _ => [0; 4],
        };
        Self { letters }
    }
}

impl fmt::Debug for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A command as it stands on the control connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What is asked.
    pub verb: Verb,
    /// Everything behind the one space after the verb, verbatim, further spaces included.
    ///
    /// An empty argument on the wire (`LIST` and a space) is none, and an empty one here is sent as none. Bytes that
    /// are no UTF-8 are kept as [`octets`] says, so that a name goes back as it came.
    pub argument: Option<Argument>,
}

/// Why a line is no command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandError {
    /// The line is empty.
    Empty,
    /// It does not begin with three or four letters and a space or the line's end.
    Verb,
    /// The verb is one, and its argument holds what none may.
    Argument {
        /// The verb.
        verb: Verb,
        /// What is wrong with the argument.
        why: ArgumentError,
    },
}

impl Command {
    /// A command without an argument.
    #[must_use]
    pub const fn new(verb: Verb) -> Self {
        Self { verb, argument: None }
    }

    /// A command with one.
    #[must_use]
    pub const fn with(verb: Verb, argument: Argument) -> Self {
        Self {
            verb,
            argument: Some(argument),
        }
    }

    /// The argument's text, if there is one.
    #[must_use]
    pub fn argument_str(&self) -> Option<&str> {
        self.argument.as_ref().map(Argument::as_str)
    }

    /// Reads a command from `line`, which has no line end any more (see [`lines::Line::bytes`]).
    ///
    /// # Errors
    /// When it is none; see [`CommandError`]. All of them are a 500 or 501 to a server.
    pub fn parse(line: &[u8]) -> Result<Self, CommandError> {
        if line.is_empty() {
            return Err(CommandError::Empty);
        }
        let (verb, argument) = match line.iter().position(|&byte| byte == b' ') {
            Some(space) => (
                line.get(..space).unwrap_or_default(),
                line.get(space + 1..).unwrap_or_default(),
            ),
            None => (line, &[][..]),
        };
        let verb = Verb::from_bytes(verb).ok_or(CommandError::Verb)?;
        if argument.is_empty() {
            return Ok(Self::new(verb));
        }
        match Argument::new(octets::decode(argument)) {
            Ok(argument) => Ok(Self::with(verb, argument)),
            Err(why) => Err(CommandError::Argument { verb, why }),
        }
    }

    /// Appends the command to `out`, line end and all.
    pub fn emit_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.verb.as_str().as_bytes());
        if let Some(argument) = self.argument_str().filter(|text| !text.is_empty()) {
            out.push(b' ');
            lines::emit_text(argument, out);
        }
        out.extend_from_slice(b"\r\n");
    }

    /// The command as bytes, line end and all.
    #[must_use]
    pub fn emit(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.emit_into(&mut out);
        out
    }
}

/// For people: no line end, control characters made visible. A password is shown; masking is the caller's.
impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.argument_str() {
            Some(argument) => write!(f, "{} {}", self.verb, visible(argument)),
            None => self.verb.fmt(f),
        }
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("an empty line is no command"),
            Self::Verb => f.write_str("a command begins with a verb of three or four letters"),
            Self::Argument { verb, why } => write!(f, "the argument of {verb} will not do: {why}"),
        }
    }
}

impl core::error::Error for CommandError {}

#[cfg(test)]
#[path = "command_tests.rs"]
mod tests;
