//! Lessons: chapters, stops and questions over a log.
//!
//! A lesson is written in a scenario file and travels in the log's header, so that a saved log teaches too. Where a
//! chapter begins is found in the log ([`When`]), and whether an answer is right is checked against the log
//! ([`Fact`]): the file never says which answer is the right one.
//!
//! # Rules
//! * Chapters are found one after the other: each begins at the first event after the one before it that fits.
//! * Exactly one answer of a question is true of the log; a test checks each built-in scenario for that.
//! * Until a question is answered or revealed, no view shows an event behind its stop: [`horizon`] says how far that is.

use portolan_wire::ordered::Set;
use portolan_wire::plain::Plain;
use portolan_wire::report::Purpose;
use serde::{Deserialize, Serialize};

use crate::event::{Attempted, Event, Kind};
use crate::log::Log;
use crate::state::{Mark, marks};

/// Chapters in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(deny_unknown_fields)]
pub struct Lesson {
    /// One sentence: what one learns here.
    pub goal: String,
    /// The chapters.
    #[serde(default)]
    pub chapters: Vec<Chapter>,
}

/// One step of the story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Its words.
    pub text: String,
    /// What it claims of the log.
    pub claims: Fact,
}

/// A claim about a log, true or false of it. It looks at the whole log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
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
    /// The first connection attempted at the stop or after it ends so.
    NextAttempt(Fate),
}

/// How an attempt to connect ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
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

/// The truth about a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
pub struct Verdict {
    /// For each answer, whether what it claims is true of the log.
    pub right: Vec<bool>,
    /// What is said when it has been answered.
    pub because: String,
}

/// Where the log's chapters begin: the event, and the chapter's number. Chapters that are not found are left out, and
/// so are all after them.
#[must_use]
pub fn resolve(log: &Log) -> Vec<(u64, u16)> {
    match log.header().lesson {
        Some(_) => chapters(marks(log, u64::MAX).iter()),
        None => Vec::new(),
    }
}

/// The chapters that begin with these marks.
pub(crate) fn chapters<'a>(marks: impl Iterator<Item = &'a Mark>) -> Vec<(u64, u16)> {
    marks.filter_map(|mark| Some((mark.seq, mark.chapter?))).collect()
}

/// The last event that may be shown: the stop of the first question that is not in `answered`, or the log's end.
/// Nothing in an empty log.
#[must_use]
pub fn horizon(log: &Log, answered: &Set<u16>) -> Option<u64> {
    bound(log, &resolve(log), answered)
}

/// As [`horizon`], with the chapters already found.
pub(crate) fn bound(log: &Log, found: &[(u64, u16)], answered: &Set<u16>) -> Option<u64> {
    let lesson = log.header().lesson.as_ref();
    let chapter = |number: u16| lesson?.chapters.get(usize::from(number));
    let asks = |number: u16| chapter(number).is_some_and(|chapter| chapter.question.is_some());
    let open = found
        .iter()
        .find(|(_, number)| asks(*number) && !answered.contains(number));
    open.map(|(seq, _)| *seq).or(log.last())
}

/// Which answers of a chapter's question are true of the whole log; nothing if it asks none, or does not begin.
#[must_use]
pub fn verdict(log: &Log, chapter: u16) -> Option<Verdict> {
    let (stop, _) = resolve(log).into_iter().find(|(_, number)| *number == chapter)?;
    let question = log
        .header()
        .lesson
        .as_ref()?
        .chapters
        .get(usize::from(chapter))?
        .question
        .as_ref()?;
    Some(Verdict {
        right: question
            .answers
            .iter()
            .map(|answer| answer.claims.holds(log, stop))
            .collect(),
        because: question.because.clone(),
    })
}

impl Fact {
    /// Whether it is true of the log; `stop` is the event at which it is asked.
    #[must_use]
    pub fn holds(&self, log: &Log, stop: u64) -> bool {
        match self {
            Self::ConnectionsEstablished(count) => established(log) == u64::from(*count),
            Self::DataCalledBy(name) => first_data(log).is_some_and(|(event, _)| {
                let caller = log.host(event.host);
                caller.is_some_and(|host| host.name == *name)
            }),
            Self::DataCallsPort(port) => first_data(log).is_some_and(|(_, call)| call.to.port() == *port),
            Self::DataComesFromPort(port) => first_data(log).is_some_and(|(_, call)| call.from.port() == *port),
            Self::NextAttempt(fate) => next_attempt(log, stop) == Some(*fate),
        }
    }
}

/// Connections that were established, each counted once.
fn established(log: &Log) -> u64 {
    let connections = log
        .events()
        .iter()
        .filter(|event| matches!(event.kind, Kind::Established(_)));
    connections.filter_map(|event| event.conn).collect::<Set<_>>().len() as u64
}

fn first_data(log: &Log) -> Option<(&Event, &Attempted)> {
    log.events().iter().find_map(|event| match &event.kind {
        Kind::Attempted(call) if call.purpose == Purpose::Data => Some((event, call.as_ref())),
        _ => None,
    })
}

fn next_attempt(log: &Log, stop: u64) -> Option<Fate> {
    let rest = log.events().get(crate::log::index(stop)..)?;
    let attempt = rest.iter().find(|event| matches!(event.kind, Kind::Attempted(_)))?;
    rest.iter()
        .filter(|event| event.conn == attempt.conn)
        .find_map(|event| match &event.kind {
            Kind::Established(seen) if seen.caller => Some(Fate::Established),
            Kind::Refused => Some(Fate::Refused),
            Kind::TimedOut => Some(Fate::Silence),
            Kind::Unreachable => Some(Fate::Unreachable),
            _ => None,
        })
}

#[cfg(test)]
mod tests;
