//! Facts: what MLST and MLSD tell of a name, for programs to read (RFC 3659 section 7).
//!
//! An entry is facts, one space, and the name: `type=file;size=12;modify=20261122113000; notes.txt`. Names of facts are
//! read in any case and in any order. Of the facts that RFC 3659 lists three are understood here, those that every
//! client wants; others are read over and left out.

use core::fmt;

use super::octets;
use super::time_val::TimeVal;

/// What is told of one name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// `type=`.
    pub kind: Option<FactKind>,
    /// `size=`, in bytes as an image has them.
    pub size: Option<u64>,
    /// `modify=`.
    pub modified: Option<TimeVal>,
}

/// `type=`: what a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FactKind {
    /// `file`.
    File,
    /// `dir`.
    Directory,
    /// `cdir`: the directory that is listed. Its name may be a whole path.
    Current,
    /// `pdir`: one above it.
    Parent,
    /// Something of the server's own, as `OS.unix=slink:/target`. A `;`, CR, LF or NUL in it is sent as `?`.
    Other(String),
}

/// One line of MLSD, or the one line in the middle of MLST's 250.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactLine {
    /// What is told.
    pub facts: Facts,
    /// Of what: a name in MLSD's lines, a path in MLST's. CR, LF and NUL in it are sent as `?`.
    pub name: String,
}

/// Why a line holds no facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactsError {
    /// No space stands before the name.
    NoName,
    /// Something before the name is no fact: `name=value;`.
    NoFact,
    /// `size=` or `modify=` has a value that is none.
    Value,
}

/// Which facts are told: what OPTS MLST chooses among (RFC 3659 section 7.9), and what FEAT shows (section 7.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FactSelection {
    /// `type`.
    pub kind: bool,
    /// `size`.
    pub size: bool,
    /// `modify`.
    pub modified: bool,
}

impl FactLine {
    /// Reads one line of MLSD, without its line end.
    ///
    /// # Errors
    /// When it is none; see [`FactsError`].
    pub fn parse(line: &str) -> Result<Self, FactsError> {
        let (facts, name) = line.split_once(' ').ok_or(FactsError::NoName)?;
        if name.is_empty() {
            return Err(FactsError::NoName);
        }
        let facts = Facts::parse(facts)?;
        let name = name.to_owned();
        Ok(Self { facts, name })
    }

    /// Reads the line in the middle of MLST's reply: it has one more space before it (RFC 3659 section 7.2), which
    /// some servers leave out.
    ///
    /// # Errors
    /// When it is none; see [`FactsError`].
    pub fn parse_reply_line(line: &str) -> Result<Self, FactsError> {
        Self::parse(line.strip_prefix(' ').unwrap_or(line))
    }

    /// The line, without a line end.
    #[must_use]
    pub fn to_line(&self) -> String {
        format!("{} {}", self.facts, self.name.replace(['\r', '\n', '\0'], "?"))
    }

    /// Appends the line to `out` as it goes over a data connection, line end and all.
    pub fn emit_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&octets::encode(&self.to_line()));
        out.extend_from_slice(b"\r\n");
    }
}

impl Facts {
    fn parse(text: &str) -> Result<Self, FactsError> {
        let mut facts = Self::default();
        if text.is_empty() {
            return Ok(facts);
        }
        // Each fact ends in a semicolon (section 7.2); one that is missing at the end is forgiven.
        for fact in text.strip_suffix(';').unwrap_or(text).split(';') {
            let (name, value) = fact.split_once('=').ok_or(FactsError::NoFact)?;
            match name.to_ascii_lowercase().as_str() {
                "" => return Err(FactsError::NoFact),
                "type" => facts.kind = Some(FactKind::parse(value)),
                "size" => facts.size = Some(super::count::parse(value).ok_or(FactsError::Value)?),
                "modify" => facts.modified = Some(TimeVal::parse(value).map_err(|_| FactsError::Value)?),
                _ => {}
            }
        }
        Ok(facts)
    }
}

impl FactKind {
    fn parse(value: &str) -> Self {
        match value.to_ascii_lowercase().as_str() {
            "file" => Self::File,
            "dir" => Self::Directory,
            "cdir" => Self::Current,
            "pdir" => Self::Parent,
            _ => Self::Other(value.to_owned()),
        }
    }
}

impl FactSelection {
    /// All that there are.
    pub const ALL: Self = Self {
        kind: true,
        size: true,
        modified: true,
    };

    /// None of them: names alone are told.
    pub const NONE: Self = Self {
        kind: false,
        size: false,
        modified: false,
    };

    /// Reads what stands behind `OPTS MLST`: names, each with a semicolon. Names that are not known here are passed
    /// over, as section 7.9 wants it.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut selection = Self::NONE;
        for name in text.split(';') {
            match name.trim_matches(' ').to_ascii_lowercase().as_str() {
                "type" => selection.kind = true,
                "size" => selection.size = true,
                "modify" => selection.modified = true,
                _ => {}
            }
        }
        selection
    }

    /// What stands behind `MLST` in FEAT's list: every fact there is, with a `*` behind those that are told.
    #[must_use]
    pub fn to_feature(self) -> String {
        let fact = |(name, is_told)| format!("{name}{};", if is_told { "*" } else { "" });
        self.named().map(fact).concat()
    }

    /// Reads what stands behind `MLST` in FEAT's list: which facts the server has, and which of them it tells.
    #[must_use]
    pub fn parse_feature(text: &str) -> (Self, Self) {
        let told: Vec<&str> = text.split(';').filter(|name| name.ends_with('*')).collect();
        (
            Self::parse(&text.replace('*', "")),
            Self::parse(&told.concat().replace('*', ";")),
        )
    }

    /// The same facts without those that were not chosen.
    #[must_use]
    pub fn choose(self, facts: Facts) -> Facts {
        Facts {
            kind: facts.kind.filter(|_| self.kind),
            size: facts.size.filter(|_| self.size),
            modified: facts.modified.filter(|_| self.modified),
        }
    }

    const fn named(self) -> [(&'static str, bool); 3] {
        [("type", self.kind), ("size", self.size), ("modify", self.modified)]
    }
}

/// Each fact with its semicolon.
impl fmt::Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(kind) = &self.kind {
            write!(f, "type={kind};")?;
        }
        if let Some(size) = self.size {
            write!(f, "size={size};")?;
        }
        match self.modified {
            Some(modified) => write!(f, "modify={modified};"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for FactKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => f.write_str("file"),
            Self::Directory => f.write_str("dir"),
            Self::Current => f.write_str("cdir"),
            Self::Parent => f.write_str("pdir"),
            // A space would end the facts.
            Self::Other(value) => f.write_str(&value.replace(['\r', '\n', '\0', ';', ' '], "?")),
        }
    }
}

/// The chosen facts' names, each with its semicolon: what OPTS MLST says and is answered with.
impl fmt::Display for FactSelection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told = self.named().into_iter().filter(|(_, is_told)| *is_told);
        told.try_for_each(|(name, _)| write!(f, "{name};"))
    }
}

impl fmt::Display for FactsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoName => "a line of facts has a space and then a name",
            Self::NoFact => "a fact is a name, `=`, a value and `;`",
            Self::Value => "a fact's value is not what its name promises",
        })
    }
}

impl core::error::Error for FactsError {}

#[cfg(test)]
#[path = "facts_tests.rs"]
mod tests;
