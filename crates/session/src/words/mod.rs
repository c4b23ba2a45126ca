//! Words: the one catalogue of messages. Everything else in this crate is facts.
//!
//! # Tone
//! * At most [`MOST_WORDS`] words a caption. Its subject is the client or the server.
//! * "Calls" means: sends a SYN. A port is listening, allowed or connected, never "open".
//! * Numbers come from the log.
//! * Text that came over the network is quoted, shortened, and its control characters are visible.
//!
//! Another language is another [`Catalogue`].

mod english;
mod tools;

pub use english::English;
pub use tools::span;

use portolan_wire::action::Action;
use portolan_wire::report::{Note, Outcome};

use crate::finding::{Cause, Finding};
use crate::state;
use crate::view::{Caption, CertificateView, Problem, Remark, Request, Rung, Said};

/// The most words in a caption: one breath.
pub const MOST_WORDS: usize = 22;

/// All sentences, in one language.
pub trait Catalogue {
    /// What happens now, in one or two short sentences. A lesson's own words come as they are.
    fn caption(&self, caption: &Caption) -> String;

    /// A line of the conversation: `RETR notes.txt`, `226 Transfer complete.`
    fn said(&self, said: &Said) -> String;

    /// A few words beside a row of the ladder.
    fn rung(&self, rung: &Rung) -> String;

    /// What was asked: `download notes.txt`.
    fn request(&self, request: &Request) -> String;

    /// Why it could not be had, in a sentence.
    fn problem(&self, problem: &Problem) -> String;

    /// Something worth knowing, in a sentence.
    fn remark(&self, remark: &Remark) -> String;

    /// Why something failed and what would help, in sentences a student understands.
    fn cause(&self, cause: &Cause) -> String;

    /// A certificate, in lines.
    fn certificate(&self, certificate: &CertificateView) -> Vec<String>;
}

/// [`Catalogue::caption`] in English.
#[must_use]
pub fn caption(caption: &Caption) -> String {
    English.caption(caption)
}

/// [`Catalogue::said`] in English.
#[must_use]
pub fn said(said: &Said) -> String {
    English.said(said)
}

/// [`Catalogue::rung`] in English.
#[must_use]
pub fn rung(rung: &Rung) -> String {
    English.rung(rung)
}

/// [`Catalogue::request`] in English.
#[must_use]
pub fn request(request: &Request) -> String {
    English.request(request)
}

/// What an action asks for, in a few words: `download notes.txt`.
#[must_use]
pub fn action(action: &Action) -> String {
    English.request(&state::request(action))
}

/// [`Catalogue::problem`] in English.
#[must_use]
pub fn problem(problem: &Problem) -> String {
    English.problem(problem)
}

/// [`Catalogue::remark`] in English.
#[must_use]
pub fn remark(remark: &Remark) -> String {
    English.remark(remark)
}

/// Something an endpoint noted, as a sentence.
#[must_use]
pub fn note(note: &Note) -> String {
    English.remark(&state::remark(note))
}

/// Why an action did not end as asked, in English; nothing if it did. The [`finding`]s of a log know more: they see
/// what the network did.
#[must_use]
pub fn failure(action: &Action, outcome: &Outcome) -> Option<String> {
    let (request, problem) = (state::request(action), state::problem(outcome)?);
    let what = match problem {
        Problem::Denied { code, text } => Cause::Denied { request, code, text },
        problem => Cause::Failed { request, problem },
    };
    Some(English.cause(&what))
}

/// [`Catalogue::certificate`] in English.
#[must_use]
pub fn certificate(certificate: &CertificateView) -> Vec<String> {
    English.certificate(certificate)
}

/// [`Catalogue::cause`] in English.
#[must_use]
pub fn finding(finding: &Finding) -> String {
    English.cause(&finding.what)
}

#[cfg(test)]
mod records_tests;
#[cfg(test)]
mod security_tests;
#[cfg(test)]
mod tests;
