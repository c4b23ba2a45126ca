//! Reading a scenario file. Compiled where TOML is wanted: with the feature `toml`, and into `build.rs`.

use core::fmt;
use core::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::file::{At, Problem, Scenario, check, limits};

/// Why a file is no scenario: the line, and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    /// The line, from 1, where it is known.
    pub line: Option<usize>,
    /// The line's text, where it is known.
    pub text: Option<String>,
    /// What is wrong.
    pub wrong: Wrong,
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It is longer than a scenario may be.
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// It is no TOML, or holds an unknown key, or a value of another type than wanted. In the parser's words.
    Form(String),
    /// Its form is right, its content is not.
    Content(Box<Problem>),
}

/// Reads and checks a scenario.
///
/// # Errors
/// When it is no TOML, holds an unknown key, or does not pass [`check`].
pub fn parse(text: &str) -> Result<Scenario, FileError> {
    if text.len() > limits::FILE {
        return Err(FileError {
            line: None,
            text: None,
            wrong: Wrong::TooLong { length: text.len() },
        });
    }
    let scenario: Scenario = toml::from_str(text)
        .map_err(|error| FileError::at(text, error.span(), Wrong::Form(one_line(error.message()))))?;
    match check(&scenario) {
        Ok(()) => Ok(scenario),
        Err(problem) => {
            let span = DeTable::parse(text)
                .ok()
                .and_then(|table| place(table.get_ref(), &problem.at));
            Err(FileError::at(text, span, Wrong::Content(Box::new(problem))))
        }
    }
}

impl FileError {
    fn at(text: &str, span: Option<Range<usize>>, wrong: Wrong) -> Self {
        let start = span.map(|span| span.start);
        let line = start
            .and_then(|start| text.get(..start))
            .map(|before| before.matches('\n').count());
        Self {
            line: line.map(|line| line.saturating_add(1)),
            text: line
                .and_then(|line| text.lines().nth(line))
                .map(|line| line.trim().to_owned()),
            wrong,
        }
    }
}

/// Where in the file the value at the end of `way` stands; where a part of the way is missing, what is nearest to it.
fn place(table: &DeTable<'_>, way: &[At]) -> Option<Range<usize>> {
    let mut found = None;
    let mut here = Here::Table(table);
    for at in way {
        let (span, value) = match (here, at) {
            (Here::Table(table), At::Key(key)) => {
                let Some((name, value)) = table.iter().find(|(name, _)| name.get_ref() == key) else {
                    break;
                };
                (name.span(), value)
            }
            (Here::List(list), At::Index(index)) => {
                let Some(value) = list.get(*index) else { break };
                (value.span(), value)
            }
            _ => break,
        };
        found = Some(span);
        here = match value.get_ref() {
            DeValue::Table(table) => Here::Table(table),
            DeValue::Array(list) => Here::List(list),
            _ => break,
        };
    }
    found
}

/// Where the search stands.
#[derive(Clone, Copy)]
enum Here<'a> {
    Table(&'a DeTable<'a>),
    List(&'a [toml::Spanned<DeValue<'a>>]),
}

fn one_line(message: &str) -> String {
    let lines: Vec<&str> = message.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    portolan_wire::visible(&lines.join("; "))
}

/// `line 12: … (in: "remot = …")`
impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        match &self.wrong {
            Wrong::TooLong { length } => {
                write!(
                    f,
                    "{length} bytes are too long for a scenario (at most {})",
                    limits::FILE
                )?;
            }
            Wrong::Form(message) => f.write_str(message)?,
            Wrong::Content(problem) => problem.fmt(f)?,
        }
        match self.text.as_deref().filter(|text| !text.is_empty()) {
            Some(text) => {
                let short: String = text.chars().take(80).collect();
                write!(f, "\n    {}", portolan_wire::visible(&short))
            }
            None => Ok(()),
        }
    }
}

impl core::error::Error for FileError {}

#[cfg(test)]
// Named, because this file is compiled into build.rs by a path of its own.
#[path = "parse/tests.rs"]
mod tests;
