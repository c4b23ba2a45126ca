//! The timeline: the moments that Next and Back step through.

use portolan_wire::Instant;
use portolan_wire::plain::Plain;

use super::gist::packet_caption;
use super::{Caption, Depth, Eye, Lens};
use crate::event::{Event, Header, Kind, Seen};
use crate::log::Log;
use crate::state::{Mark, marks};

/// Milestones in their order.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub struct Timeline {
    /// The last event's sequence number, at most the horizon; nothing in an empty log.
    pub end: Option<u64>,
    /// When that event happened.
    pub end_at: Instant,
    /// The milestones, each at another moment.
    pub milestones: Vec<Milestone>,
}

/// A moment worth a step.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub struct Milestone {
    /// The moment.
    pub seq: u64,
    /// When that is.
    pub at: Instant,
    /// What happens.
    pub caption: Caption,
    /// The lesson's chapter that begins here, from 0.
    pub chapter: Option<u16>,
    /// Whether autoplay halts here.
    pub stop: bool,
}

/// The milestones up to `horizon`.
///
/// In Story depth: the ports that are listened on at the start; connections, each in one step, or in two where it
/// fails, where something happens to the call on its way, or where a chapter begins with it; commands when they are
/// sent; replies when they come; all bytes of a data connection in one step, when the last of them came; its FIN; the
/// end. In Packets depth also each packet when it is sent, and when it is lost or thrown away. So a milestone is always
/// where its event is: what was sent before something came stands before it.
#[must_use]
pub fn timeline(log: &Log, lens: impl Into<Lens>, horizon: u64) -> Timeline {
    tell(log, lens.into(), horizon, marks(log, horizon).into_iter())
}

/// The timeline that these marks make.
pub(super) fn tell(log: &Log, lens: Lens, horizon: u64, marks: impl Iterator<Item = Mark>) -> Timeline {
    let last = log.until(horizon).last();
    let story = marks.filter_map(|mark| milestone(log.header(), mark, lens.eye));
    let milestones = match lens.depth {
        Depth::Story => story.collect(),
        Depth::Packets => with_packets(log, horizon, story),
    };
    Timeline {
        end: last.map(|event| event.seq),
        end_at: last.map_or(Instant::ZERO, |event| event.at),
        milestones,
    }
}

/// Nothing where that eye sees nothing.
fn milestone(header: &Header, mark: Mark, eye: Eye) -> Option<Milestone> {
    let chapter = mark
        .chapter
        .and_then(|number| header.lesson.as_ref()?.chapters.get(usize::from(number)));
    Some(Milestone {
        seq: mark.seq,
        at: mark.at,
        stop: chapter.is_some_and(|chapter| chapter.stop || chapter.question.is_some()),
        chapter: mark.chapter,
        caption: mark.said.or_else(|| mark.facts.into_of(eye))?,
    })
}

fn with_packets(log: &Log, horizon: u64, story: impl Iterator<Item = Milestone>) -> Vec<Milestone> {
    let mut story = story.peekable();
    let mut all = Vec::new();
    for event in log.until(horizon) {
        match story.next_if(|milestone| milestone.seq == event.seq) {
            Some(milestone) => all.push(milestone),
            None => all.extend(packet(log, event)),
        }
    }
    all
}

fn packet(log: &Log, event: &Event) -> Option<Milestone> {
    let Kind::Packet {
        packet,
        seen: seen @ (Seen::Sent | Seen::Lost | Seen::Dropped { .. }),
    } = event.kind
    else {
        return None;
    };
    let caption = packet_caption(log, event.host, packet, seen)?;
    Some(Milestone {
        seq: event.seq,
        at: event.at,
        caption,
        chapter: None,
        stop: false,
    })
}
