//! The log: a header, events in order, and the packets' bytes beside them.

mod packets;
mod recorder;

pub use packets::{Limits, PacketRecord};
pub use recorder::Recorder;

use portolan_wire::Instant;
use portolan_wire::ordered::Map;

use crate::event::{Conn, Event, Header, Host, HostId, PacketId};
use packets::Packets;

/// A session log. Made by a [`Recorder`] or read from a file; it only ever grows, unless whoever records it lets go of its
/// beginning ([`Recorder::forget_before`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    header: Header,
    /// How many events were let go of: the sequence number of the first that is held.
    first: u64,
    events: Vec<Event>,
    packets: Packets,
    /// One more than the highest connection number seen.
    connections: u32,
    /// Fields of events that this version does not know, by sequence number: kept for whoever reads on.
    extras: Map<u64, String>,
    /// The same of the header.
    header_extra: Option<String>,
}

/// Events after a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window<'a> {
    /// The events, in order and without a hole.
    pub events: &'a [Event],
    /// The cursor to ask with next time.
    pub cursor: u64,
    /// Whether the log holds more events behind these now.
    pub more: bool,
}

impl Log {
    /// An empty log.
    #[must_use]
    pub const fn new(header: Header) -> Self {
        Self {
            header,
            first: 0,
            events: Vec::new(),
            packets: Packets::new(),
            connections: 0,
            extras: Map::new(),
            header_extra: None,
        }
    }

    /// What stands before the events.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// All events that are held. In a whole log an event's place is its sequence number.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The events up to and including the moment `moment`.
    #[must_use]
    pub fn until(&self, moment: u64) -> &[Event] {
        let end = self.place(moment).map_or(0, |place| place.saturating_add(1));
        let end = end.min(self.events.len());
        self.events.get(..end).unwrap_or_default()
    }

    /// The event at `seq`, if there is one.
    #[must_use]
    pub fn event(&self, seq: u64) -> Option<&Event> {
        self.events.get(self.place(seq)?)
    }

    /// The last event's sequence number; nothing in an empty log.
    #[must_use]
    pub fn last(&self) -> Option<u64> {
        self.events.last().map(|event| event.seq)
    }

    /// At most `most` events from the cursor on. A cursor is the sequence number of the next event to read: begin with
    /// 0, go on with [`Window::cursor`]. A cursor behind the end gives nothing and stays where it is; one before the first
    /// event that is held goes on with that.
    #[must_use]
    pub fn after(&self, cursor: u64, most: usize) -> Window<'_> {
        let cursor = cursor.max(self.first);
        let from = self.place(cursor).unwrap_or_default();
        let rest = self.events.get(from..).unwrap_or_default();
        let events = rest.get(..most.min(rest.len())).unwrap_or_default();
        Window {
            events,
            cursor: cursor.saturating_add(events.len() as u64),
            more: events.len() < rest.len(),
        }
    }

    /// The last event that happened at `at` or before: where a scrubbed timeline stands.
    #[must_use]
    pub fn at_time(&self, at: Instant) -> Option<u64> {
        let behind = self.events.partition_point(|event| event.at <= at);
        behind
            .checked_sub(1)
            .and_then(|last| self.events.get(last))
            .map(|event| event.seq)
    }

    /// A packet's record.
    #[must_use]
    pub fn packet(&self, packet: PacketId) -> Option<PacketRecord<'_>> {
        let (sent, length, bytes) = self.packets.slot(packet)?;
        let event = self.event(sent)?;
        Some(PacketRecord {
            packet,
            sent,
            sent_at: event.at,
            host: event.host,
            conn: event.conn,
            length,
            bytes,
        })
    }

    /// How many packets there are. Their numbers run from 0.
    #[must_use]
    pub fn packets(&self) -> u32 {
        self.packets.count()
    }

    /// How many connections there are. Their numbers run from 0.
    #[must_use]
    pub const fn connections(&self) -> u32 {
        self.connections
    }

    /// The host of that number.
    #[must_use]
    pub fn host(&self, id: HostId) -> Option<&Host> {
        self.header.hosts.iter().find(|host| host.id == id)
    }

    /// Fields of the event at `seq` that this version does not know, as the text of one JSON object.
    #[must_use]
    pub fn extra(&self, seq: u64) -> Option<&str> {
        self.extras.get(&seq).map(String::as_str)
    }

    /// Fields of the header that this version does not know, as the text of one JSON object.
    #[must_use]
    pub fn header_extra(&self) -> Option<&str> {
        self.header_extra.as_deref()
    }

    /// Takes the next event; its sequence number is given by its place.
    fn push(&mut self, mut event: Event) -> u64 {
        let seq = self.first.saturating_add(self.events.len() as u64);
        event.seq = seq;
        if let Some(Conn(number)) = event.conn {
            self.connections = self.connections.max(number.saturating_add(1));
        }
        self.events.push(event);
        seq
    }

    /// Lets go of the events before `seq`; the others keep their numbers.
    fn forget_before(&mut self, seq: u64) {
        let gone = self.place(seq).unwrap_or_default().min(self.events.len());
        self.events.drain(..gone);
        self.first = self.first.saturating_add(gone as u64);
    }

    /// Where the event with that number would be held.
    fn place(&self, seq: u64) -> Option<usize> {
        seq.checked_sub(self.first).map(index)
    }

    /// As [`Log::push`], for readers: with a packet's bytes, and with fields that are not known.
    pub(crate) fn push_read(&mut self, event: Event, packet: Option<(u32, &[u8])>, extra: Option<String>) -> u64 {
        let seq = self.push(event);
        if let Some((length, bytes)) = packet {
            self.packets.restore(seq, length, bytes);
        }
        if let Some(extra) = extra {
            self.extras.insert(seq, extra);
        }
        seq
    }

    /// Takes what is not known of the header, for readers.
    pub(crate) fn set_header_extra(&mut self, extra: Option<String>) {
        self.header_extra = extra;
    }
}

/// A sequence number as a place in memory.
pub(crate) fn index(seq: u64) -> usize {
    usize::try_from(seq).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
