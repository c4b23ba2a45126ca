//! The reducer: the log folded, event by event, into what is so at a moment.
//!
//! [`State::apply`] is the only place that knows what an event means. It gives a [`Mark`] where something happened that
//! a learner steps to; the views collect marks or draw the state. It looks at no event behind the one it is given, so
//! whatever is drawn from it cannot tell the future.

mod chapters;
mod line;
mod marks;
mod packets;
mod ports;
mod reports;
mod security;
mod talk;
mod tap;
mod veil;

pub(crate) use line::{Track, receives};
pub(crate) use marks::{Facts, Mark, MarkSort, Marks, marks};
pub(crate) use ports::Ports;
pub(crate) use reports::{problem, remark, request};
pub(crate) use tap::Sight;
pub(crate) use veil::is_client;

use core::net::{IpAddr, SocketAddr};

use portolan_wire::ordered::Map;
use portolan_wire::report::{Purpose, Report};

use crate::event::{Conn, Event, Header, Host, HostId, Kind, Role};
use crate::log::Log;
use crate::view::{Caption, Content, Eye, LineState, Request, Who};
use chapters::Chapters;
use talk::Talk;

/// Everything that is so at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    /// The ports that play a part, by host.
    pub(crate) ports: Map<HostId, Ports>,
    /// Every connection so far.
    pub(crate) lines: Map<Conn, Track>,
    /// The last mark's caption, as each eye sees it.
    pub(crate) caption: Told,
    /// The chapter that has begun last.
    pub(crate) chapter: Option<u16>,
    /// How many connections there were of each purpose.
    counts: Map<Purpose, u32>,
    /// Commands that wait for their replies, by control connection.
    talks: Map<Conn, Talk>,
    /// What was announced for a connection of which there was no sign yet, and whether under TLS.
    contents: Map<Conn, (Content, bool)>,
    /// What the client was asked to do last, by action.
    requests: Map<(HostId, u32), Request>,
    /// Which chapter is looked for.
    chapters: Chapters,
    /// Whether something has happened but for ports being listened on from the start.
    begun: bool,
}

/// What was said last, to each eye.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    endpoint: Option<Caption>,
    network: Option<Caption>,
}

impl Told {
    pub(crate) const fn to(&self, eye: Eye) -> Option<&Caption> {
        match eye {
            Eye::Endpoint => self.endpoint.as_ref(),
            Eye::Network => self.network.as_ref(),
        }
    }
}

impl State {
    /// Takes the next event. What it marks has this event's place and time.
    pub(crate) fn apply(&mut self, log: &Log, event: &Event) -> Option<Mark> {
        let header = log.header();
        let leading = !self.begun && matches!(event.kind, Kind::ListenOpened(_));
        self.begun |= !leading;
        let chapter = self.chapters.begins(header, event, |conn| {
            self.lines.get(&conn).map(|track| track.line.purpose)
        });
        let marked = match &event.kind {
            Kind::ListenOpened(open) => self.listen_opened(header, event.host, open, leading),
            Kind::ListenClosed { local } => self.listen_closed(header, event.host, **local),
            Kind::Packet { packet, seen } => self.packet(log, event, *packet, *seen),
            Kind::Endpoint { report } => match report.as_ref() {
                Report::Progress { bytes } | Report::TransferDone { bytes } => self
                    .progress(header, event, *bytes)
                    .map(|caption| self.veil_bulk(event, caption)),
                report => self
                    .report(header, event, report)
                    .map(|caption| (MarkSort::Plain, self.veil(event, caption))),
            },
            Kind::Unknown(unknown) => Some(MarkSort::plain(Caption::Unknown {
                name: unknown.name.clone(),
            })),
            Kind::Ended => None,
            _ => self.connection(header, event),
        };
        let marked = match (marked, chapter) {
            (None, None) => return None,
            (None, Some(chapter)) => {
                let caption = self.plain_caption(header, event, chapter);
                (MarkSort::Plain, self.veil(event, caption))
            }
            (Some(marked), _) => marked,
        };
        self.keep(header, event, marked, chapter)
    }

    fn keep(
        &mut self,
        header: &Header,
        event: &Event,
        (sort, facts): (MarkSort, Facts),
        chapter: Option<u16>,
    ) -> Option<Mark> {
        // The start moves on while ports are listened on, and its chapter with it.
        let chapter = chapter.or(self.chapter.filter(|_| sort == MarkSort::Listening));
        self.chapter = chapter.or(self.chapter);
        let said = chapter
            .and_then(|chapter| chapters::say(header, chapter))
            .map(Caption::Said);
        // At its place everybody stops, whatever there is to be seen.
        let title = || Caption::Said(chapters::title(header, chapter.unwrap_or_default()));
        let facts = match facts {
            Facts::Apart { meant, seen: None } if chapter.is_some() => Facts::Apart {
                meant,
                seen: Some(title()),
            },
            facts => facts,
        };
        let caption = |eye| said.as_ref().or(facts.of(eye)).cloned();
        self.caption.endpoint = caption(Eye::Endpoint).or_else(|| self.caption.endpoint.take());
        self.caption.network = caption(Eye::Network).or_else(|| self.caption.network.take());
        Some(Mark {
            seq: event.seq,
            at: event.at,
            host: event.host,
            conn: event.conn,
            sort,
            locked: event
                .conn
                .and_then(|conn| self.lines.get(&conn))
                .is_some_and(|track| track.line.is_secured()),
            facts,
            said,
            chapter,
        })
    }

    /// What is said of an event that is no mark by itself, where a chapter begins with it.
    fn plain_caption(&self, header: &Header, event: &Event, chapter: u16) -> Caption {
        let request = |action: &u32| self.requests.get(&(event.host, *action)).cloned();
        let said = match &event.kind {
            Kind::Endpoint { report } => match report.as_ref() {
                Report::Started { action, .. } => request(action).map(Caption::Asked),
                _ => None,
            },
            Kind::Ended => Some(Caption::Ended),
            Kind::Closed => event
                .conn
                .and_then(|conn| self.lines.get(&conn))
                .map(|track| track.closed(header)),
            _ => None,
        };
        said.unwrap_or_else(|| Caption::Said(chapters::title(header, chapter)))
    }

    /// A connection's life, apart from its packets.
    fn connection(&mut self, header: &Header, event: &Event) -> Option<(MarkSort, Facts)> {
        let conn = event.conn?;
        match &event.kind {
            Kind::Attempted(call) => {
                let track = self.open(header, conn, (call.from, call.to), call.purpose, (event.host, true))?;
                Some((MarkSort::Calls, Facts::Same(Caption::Calls(track.call(header)))))
            }
            Kind::Established(seen) => {
                let ends = if seen.caller {
                    (seen.local, seen.peer)
                } else {
                    (seen.peer, seen.local)
                };
                let new = self
                    .open(header, conn, ends, seen.purpose, (event.host, seen.caller))
                    .is_some();
                let track = self.lines.get_mut(&conn)?;
                let answered = (new || seen.caller) && track.line.state <= LineState::Attempted;
                if new || seen.caller {
                    track.answer();
                }
                answered.then(|| (MarkSort::Connected, Facts::Same(Caption::Connected(track.call(header)))))
            }
            Kind::Refused => self.failed(header, conn, LineState::Refused).map(MarkSort::plain),
            Kind::TimedOut => self.failed(header, conn, LineState::Silent).map(MarkSort::plain),
            Kind::Unreachable => self.failed(header, conn, LineState::Unreachable).map(MarkSort::plain),
            kind => {
                let caption = self.lines.get_mut(&conn)?.ending(header, event.host, kind)?;
                Some((MarkSort::Plain, self.veil(event, caption)))
            }
        }
    }

    /// The track of a connection of which this is the first sign; nothing if it is known already. It is seen at a host,
    /// which is the caller or not.
    fn open(
        &mut self,
        header: &Header,
        conn: Conn,
        (from, to): (SocketAddr, SocketAddr),
        purpose: Purpose,
        seen: (HostId, bool),
    ) -> Option<&mut Track> {
        if self.lines.contains_key(&conn) {
            return None;
        }
        let count = self.counts.entry(purpose).or_default();
        *count += 1;
        let mut track = Track::new(header, conn, (from, to), purpose, seen, *count);
        if let Some((content, private)) = self.contents.remove(&conn) {
            track.carries(content, private);
        }
        for end in [track.line.caller, track.line.called] {
            if let Some(host) = end.host {
                self.ports.entry(host).or_default().used(end.address.port(), purpose);
            }
        }
        Some(self.lines.entry(conn).or_insert(track))
    }

    fn failed(&mut self, header: &Header, conn: Conn, how: LineState) -> Option<Caption> {
        let track = self.lines.get_mut(&conn)?;
        if track.line.state != LineState::Attempted {
            return None;
        }
        track.line.state = how;
        let called = track.line.called;
        let call = track.call(header);
        if let Some(host) = called.host {
            self.ports.entry(host).or_default().tried(called.address.port());
        }
        Some(match how {
            LineState::Refused => Caption::Refused(call),
            LineState::Silent => Caption::Silence(call),
            _ => Caption::Unreachable(call),
        })
    }
}

/// The state after the event `moment`, from the start.
pub(crate) fn fold(log: &Log, moment: u64) -> State {
    let mut state = State::default();
    for event in log.until(moment) {
        state.apply(log, event);
    }
    state
}

/// The host of that number, as sentences call it.
pub(crate) fn who(header: &Header, host: HostId) -> Who {
    let Some(found) = header.hosts.iter().find(|candidate| candidate.id == host) else {
        return Who::Named(format!("host {}", host.0));
    };
    let alone = header.hosts.iter().filter(|other| other.role == found.role).count() == 1;
    match found.role {
        Role::Client if alone => Who::Client,
        Role::Server if alone => Who::Server,
        _ => Who::Named(found.name.clone()),
    }
}

/// The host of that number; without one, whoever has that address.
pub(crate) fn who_at(header: &Header, host: Option<HostId>, address: IpAddr) -> Who {
    match host {
        Some(host) => who(header, host),
        None => Who::Named(address.to_string()),
    }
}

/// The host that has that address.
pub(crate) fn host_of(header: &Header, address: IpAddr) -> Option<&Host> {
    header.hosts.iter().find(|host| host.addresses.contains(&address))
}
