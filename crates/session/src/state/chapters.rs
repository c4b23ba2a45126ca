//! Where chapters begin.

use portolan_wire::report::{Purpose, Report};

use super::who;
use crate::event::{Conn, Event, Header, Kind};
use crate::lesson::{Chapter, When};
use crate::view::Who;

/// Chapters are found one after the other; this is the next one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Chapters {
    next: usize,
}

impl Chapters {
    /// The chapter that begins with this event, if one does. At most one does: the one after it begins later.
    pub(super) fn begins(
        &mut self,
        header: &Header,
        event: &Event,
        purpose: impl Fn(Conn) -> Option<Purpose>,
    ) -> Option<u16> {
        let chapter = chapter(header, self.next)?;
        if !fits(&chapter.at, header, event, purpose) {
            return None;
        }
        let number = u16::try_from(self.next).ok();
        self.next += 1;
        number
    }
}

fn chapter(header: &Header, number: usize) -> Option<&Chapter> {
    header.lesson.as_ref()?.chapters.get(number)
}

/// What a chapter says in place of a caption.
pub(super) fn say(header: &Header, number: u16) -> Option<String> {
    chapter(header, usize::from(number))?.say.clone()
}

/// A chapter's title.
pub(super) fn title(header: &Header, number: u16) -> String {
    chapter(header, usize::from(number))
        .map(|chapter| chapter.title.clone())
        .unwrap_or_default()
}

/// Whether an event is the moment that is looked for.
fn fits(when: &When, header: &Header, event: &Event, known: impl Fn(Conn) -> Option<Purpose>) -> bool {
    let of = |wanted: Purpose| event.conn.and_then(&known) == Some(wanted);
    match (when, &event.kind) {
        (When::Start, _) => true,
        (When::End, Kind::Ended) => true,
        (When::Attempted(wanted), Kind::Attempted(call)) => call.purpose == *wanted,
        (When::Established(wanted), Kind::Established(seen)) => seen.caller && seen.purpose == *wanted,
        (When::Failed(wanted), Kind::Refused | Kind::TimedOut | Kind::Unreachable) => of(*wanted),
        (When::Over(wanted), Kind::Closed | Kind::Reset { .. }) => of(*wanted),
        (_, Kind::Endpoint { report }) => match (when, report.as_ref()) {
            (When::Action(number), Report::Started { action, .. }) => {
                action == number && who(header, event.host) != Who::Server
            }
            (When::Command(wanted), Report::Command { sent: true, verb, .. }) => verb.eq_ignore_ascii_case(wanted),
            (When::Reply(wanted), Report::Reply { sent: false, code, .. }) => code == wanted,
            _ => false,
        },
        _ => false,
    }
}
