//! Packets, as far as they change the picture.

use portolan_wire::dissect::{TcpFlags, TcpSummary};
use portolan_wire::report::Purpose;

use super::line::{Track, receives};
use super::{MarkSort, State, who};
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
    ) -> Option<(MarkSort, Caption)> {
        let track = self.lines.get_mut(&event.conn?)?;
        if seen == Seen::Forwarded {
            return None;
        }
        let record = log.packet(packet)?;
        let tcp = record.summary().ok().and_then(|summary| summary.tcp().copied());
        match seen {
            Seen::Sent => {
                track.line.packets = track.line.packets.saturating_add(1);
                track.sent(event.host, &tcp?);
                None
            }
            Seen::Delivered => track.delivered(log.header(), event.host, record, &tcp?),
            Seen::Lost | Seen::Dropped { .. } => track.stopped(log.header(), event.host, seen, &tcp?),
            Seen::Forwarded => None,
        }
    }
}

impl Track {
    fn sent(&mut self, host: HostId, tcp: &TcpSummary) {
        if tcp.flags.contains(TcpFlags::SYN) {
            self.flow(host).begins(tcp.seq);
        }
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
    ) -> Option<(MarkSort, Caption)> {
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
        (self.line.purpose == Purpose::Data).then(|| self.bulk(header, receiver, bytes, packets))
    }

    /// A packet ended unheard. Only a call's is told: what else is lost comes again, and the lesson is the call.
    fn stopped(&mut self, header: &Header, host: HostId, seen: Seen, tcp: &TcpSummary) -> Option<(MarkSort, Caption)> {
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
    pub(super) fn bulk(&self, header: &Header, receiver: HostId, bytes: u64, packets: u32) -> (MarkSort, Caption) {
        let kind = self.line.content.as_ref().map(|content| content.kind).filter(|kind| {
            // Content announced for the other direction is not what this is.
            receives(header, receiver, Some(*kind))
        });
        let caption = Caption::Bulk {
            sender: self.other(header, receiver),
            receiver: who(header, receiver),
            kind,
            bytes,
            packets,
        };
        (MarkSort::Bulk, caption)
    }
}
