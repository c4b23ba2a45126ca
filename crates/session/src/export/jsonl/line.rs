//! An event as it stands in a line.

use serde::{Deserialize, Serialize};

use portolan_wire::Instant;

use crate::event::{Conn, Event, Evidence, HostId, Kind, Seen};
use crate::log::Log;

/// An event as it is written: with its packet's bytes, where it is the packet's sending.
#[derive(Serialize)]
pub(super) struct Line<'a> {
    #[serde(flatten)]
    event: &'a Event,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    packet: Option<Bytes>,
}

/// A packet's bytes, beside the event of its sending.
#[derive(Serialize, Deserialize)]
pub(super) struct Bytes {
    /// Its length on the wire.
    pub(super) length: u32,
    /// What was kept of it, as hexadecimal digits.
    pub(super) bytes: String,
}

/// What every event has, of whatever kind.
#[derive(Deserialize)]
pub(super) struct Envelope {
    pub(super) seq: u64,
    pub(super) at: Instant,
    pub(super) host: HostId,
    #[serde(default)]
    pub(super) evidence: Evidence,
    #[serde(default)]
    pub(super) conn: Option<Conn>,
    /// Read for itself later; here it only has to be there.
    #[serde(rename = "kind")]
    pub(super) _kind: String,
}

impl<'a> Line<'a> {
    /// An event of `log`.
    pub(super) fn of(log: &Log, event: &'a Event) -> Self {
        let record = match event.kind {
            Kind::Packet {
                packet,
                seen: Seen::Sent,
            } => log.packet(packet),
            _ => None,
        };
        let packet = record.map(|record| Bytes {
            length: record.length,
            bytes: portolan_wire::hex::digits(record.bytes),
        });
        Self { event, packet }
    }

    /// An event just read, with its packet's bytes.
    pub(super) const fn read(event: &'a Event, packet: Option<Bytes>) -> Self {
        Self { event, packet }
    }

    /// The packet's bytes, if there are any.
    pub(super) fn into_packet(self) -> Option<Bytes> {
        self.packet
    }
}
