//! One line of an inspector.

use core::ops::Range;
use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// A field of a packet: what it is called, what it says, which bytes it is, and where that is written.
///
/// A child's bytes lie within its parent's. Flags and derived values may share a byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name, for people: `Sequence number`.
    pub name: Cow<'static, str>,
    /// Its value, for people; control characters are made visible.
    pub value: String,
    /// Its first byte, counted from the packet's start.
    pub start: u32,
    /// The byte behind its last.
    pub end: u32,
    /// Its parts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Field>,
    /// Where it is specified: `RFC 9293 section 3.1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Cow<'static, str>>,
    /// What is wrong with it, if something is, as a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Cow<'static, str>>,
}

impl Field {
    /// A field of the bytes `range`.
    #[must_use]
    pub fn new(name: impl Into<Cow<'static, str>>, value: impl Into<String>, range: Range<usize>) -> Self {
        let clamp = |at| u32::try_from(at).unwrap_or(u32::MAX);
        Self {
            name: name.into(),
            value: value.into(),
            start: clamp(range.start),
            end: clamp(range.end),
            children: Vec::new(),
            why: None,
            problem: None,
        }
    }

    /// With the place where it is specified.
    #[must_use]
    pub fn why(mut self, why: &'static str) -> Self {
        self.why = Some(Cow::Borrowed(why));
        self
    }

    /// With something that is wrong.
    #[must_use]
    pub fn problem(mut self, problem: impl Into<Cow<'static, str>>) -> Self {
        self.problem = Some(problem.into());
        self
    }

    /// With its parts.
    #[must_use]
    pub fn children(mut self, children: Vec<Self>) -> Self {
        self.children = children;
        self
    }
}
