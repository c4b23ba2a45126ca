//! Lessons: chapters, stops and questions over a log.
//!
//! A lesson is written in a scenario file and travels in the log's header, so that a saved log teaches too. Where a
//! chapter begins is found in the log ([`When`]), and whether an answer is right is checked against the log
//! ([`Fact`]): the file never says which answer is the right one.
//!
//! # Rules
//! * Chapters are found one after the other: each begins at the first event after the one before it that fits.
//! * Exactly one answer of a question is true of the log; a test checks each built-in scenario for that.
//! * Until a question is answered or revealed, no view shows an event behind its stop.

use portolan_wire::report::Purpose;
use serde::{Deserialize, Serialize};

/// Chapters in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lesson {
    /// One sentence: what one learns here.
    pub goal: String,
    /// The chapters.
    #[serde(default)]
    pub chapters: Vec<Chapter>,
}

/// One step of the story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Chapter {
    /// A few words.
    pub title: String,
    /// Where it begins.
    pub at: When,
    /// What is said there instead of the caption that the event itself would get.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub say: Option<String>,
    /// Whether autoplay halts here.
    #[serde(default)]
    pub stop: bool,
    /// A question to answer before going on; a question always stops.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<Question>,
}

/// A moment, found in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum When {
    /// Before anything.
    Start,
    /// When everything is over.
    End,
    /// When the client's action of this number (from 0) begins.
    Action(u32),
    /// When a command with this verb is sent.
    Command(String),
    /// When a reply with this code is received.
    Reply(u16),
    /// When a connection for this purpose is attempted.
    Attempted(Purpose),
    /// When a connection for this purpose is established at its caller.
    Established(Purpose),
    /// When a connection for this purpose fails: refused, timed out or unreachable.
    Failed(Purpose),
    /// When a connection for this purpose is closed in order or reset.
    Over(Purpose),
}

/// A question with two to four answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// What is asked.
    pub ask: String,
    /// The answers to choose from.
    pub answers: Vec<Answer>,
    /// Said when it has been answered.
    pub because: String,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Its words.
    pub text: String,
    /// What it claims of the log.
    pub claims: Fact,
}

/// A claim about a log, true or false of it. It looks at the whole log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Fact {
    /// This many connections are established (at their callers).
    ConnectionsEstablished(u32),
    /// The first data connection is called by the host of this name.
    DataCalledBy(String),
    /// The first data connection goes to this port.
    DataCallsPort(u16),
    /// The first data connection comes from this port.
    DataComesFromPort(u16),
    /// The first attempted connection after the stop ends so.
    NextAttempt(Fate),
}

/// How an attempt to connect ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// Established.
    Established,
    /// A RST came back.
    Refused,
    /// Nothing came back.
    Silence,
    /// An ICMP message came back.
    Unreachable,
}
