//! Packets, as far as they change the picture.

use portolan_wire::dissect::{TcpFlags, TcpSummary};
use portolan_wire::report::Purpose;

use super::line::{Track, receives};
use super::veil::{is_client, nameless};
use super::{Facts, MarkSort, Sight, State, who};
use crate::event::{Event, Header, HostId, PacketId, Seen};
use crate::log::{Log, PacketRecord};
use crate::view::{Caption, LineState};

impl State {
    pub(super) fn packet(
        &mut self,
        log: &Log,
        event: &Event,
        packet: PacketId,
        seen: Seen,
    ) -> Option<(MarkSort, Facts)> {
        let track = self.lines.get_mut(&event.conn?)?;
        if seen == Seen::Forwarded {
            return None;
        }
        let record = log.packet(packet)?;
        let tcp = record.summary().ok().and_then(|summary| summary.tcp().copied());
        match seen {
            Seen::Sent => {
                track.line.packets = track.line.packets.saturating_add(1);
                track.sent(log.header(), event, record, &tcp?)
            }
            Seen::Delivered => track.delivered(log.header(), event.host, record, &tcp?),
            Seen::Lost | Seen::Dropped { .. } => track.stopped(log.header(), event.host, seen, &tcp?),
            Seen::Forwarded => None,
        }
    }
}

impl Track {
    fn sent(
        &mut self,
        header: &Header,
        event: &Event,
        record: PacketRecord<'_>,
        tcp: &TcpSummary,
    ) -> Option<(MarkSort, Facts)> {
        if tcp.flags.contains(TcpFlags::SYN) {
            self.flow(event.host).begins(tcp.seq);
        }
        let by_caller = self.is_caller(event.host);
        let payload = record.bytes.get(tcp.payload_at as usize..).unwrap_or_default();
        let anywhere = self.line.purpose != Purpose::Data;
        let sight = self.tap.sent(event.seq, by_caller, tcp, payload, anywhere)?;
        if is_client(header, event.host) {
            return self.sights(header, event.host, sight);
        }
        self.tap.wait(by_caller, sight);
        None
    }

    /// Records that passed by. Those of content add up, see [`Track::delivered`].
    fn sights(&mut self, header: &Header, sender: HostId, sight: Sight) -> Option<(MarkSort, Facts)> {
        let sort = match sight.flight {
            Some(number) => MarkSort::Flight(number),
            None if self.line.purpose == Purpose::Data => return None,
            None => MarkSort::Plain,
        };
        let caption = Caption::Records {
            sender: who(header, sender),
            purpose: self.line.purpose,
            seen: self.tap.tell(sight).glimpses,
        };
        Some((sort, Facts::seen(caption)))
    }

    fn flow(&mut self, sender: HostId) -> &mut super::line::Flow {
        if self.is_caller(sender) {
            &mut self.forth
        } else {
            &mut self.back
        }
    }

    fn delivered(
        &mut self,
        header: &Header,
        receiver: HostId,
        record: PacketRecord<'_>,
        tcp: &TcpSummary,
    ) -> Option<(MarkSort, Facts)> {
        if tcp.payload_len == 0 {
            return None;
        }
        let flow = self.flow(record.host);
        flow.arrived(tcp.seq, tcp.payload_len);
        let (bytes, packets) = (flow.bytes, flow.packets);
        if self.is_caller(record.host) {
            self.line.bytes_from_caller = bytes;
        } else {
            self.line.bytes_from_called = bytes;
        }
        if self.tap.is_tls() {
            return self.delivered_records(header, receiver, record.host, bytes);
        }
        (self.line.purpose == Purpose::Data).then(|| {
            let caption = self.bulk(header, receiver, bytes, packets);
            let facts = if self.is_private() {
                nameless(caption)
            } else {
                Facts::Same(caption)
            };
            (MarkSort::Bulk, facts)
        })
    }

    /// Under TLS: what the server's packets showed, and bytes of which nobody can tell what they are.
    fn delivered_records(
        &mut self,
        header: &Header,
        receiver: HostId,
        sender: HostId,
        bytes: u64,
    ) -> Option<(MarkSort, Facts)> {
        let by_caller = self.is_caller(sender);
        let mark = match self.tap.arrived(by_caller, bytes) {
            Some(sight) => self.sights(header, sender, sight),
            None => None,
        };
        if mark.is_some() || self.line.purpose != Purpose::Data {
            return mark;
        }
        let back = self.flow(receiver).bytes;
        let (bytes, packets) = self.tap.content(by_caller, bytes, back)?;
        self.passed = bytes;
        let caption = |kind, bytes| Caption::Bulk {
            sender: self.other(header, receiver),
            receiver: who(header, receiver),
            kind,
            bytes,
            packets,
        };
        let kind = self.line.content.as_ref().map(|content| content.kind);
        let content = Some(self.content(bytes)).filter(|content| *content > 0 && receives(header, receiver, kind));
        let facts = Facts::Apart {
            meant: content.map(|content| caption(kind, content)),
            seen: Some(caption(None, bytes)),
        };
        Some((MarkSort::Bulk, facts))
    }

    /// A packet ended unheard. Only a call's is told: what else is lost comes again, and the lesson is the call.
    fn stopped(&mut self, header: &Header, host: HostId, seen: Seen, tcp: &TcpSummary) -> Option<(MarkSort, Facts)> {
        if self.line.state != LineState::Attempted {
            return None;
        }
        self.line.dropped_at = Some(host);
        if !tcp.flags.is_call() {
            return None;
        }
        match seen {
            Seen::Dropped { by, .. } if !self.said.dropped => {
                self.said.dropped = true;
                let at = who(header, host);
                Some(MarkSort::plain(Caption::CallDropped {
                    call: self.call(header),
                    at,
                    by,
                }))
            }
            Seen::Lost if !self.said.lost => {
                self.said.lost = true;
                Some(MarkSort::plain(Caption::CallLost(self.call(header))))
            }
            _ => None,
        }
    }

    /// Bytes of content have come to `receiver`.
    pub(super) fn bulk(&self, header: &Header, receiver: HostId, bytes: u64, packets: u32) -> Caption {
        let kind = self.line.content.as_ref().map(|content| content.kind).filter(|kind| {
            // Content announced for the other direction is not what this is.
            receives(header, receiver, Some(*kind))
        });
        Caption::Bulk {
            sender: self.other(header, receiver),
            receiver: who(header, receiver),
            kind,
            bytes,
            packets,
        }
    }
}
