//! The packet store: an arena for all packets' bytes, and the rule by which payload is cut.

use portolan_wire::Instant;
use portolan_wire::dissect::{DissectError, Summary, protocol};
use portolan_wire::ordered::Map;

use crate::event::{Conn, HostId, PacketId};

/// How much payload is kept.
///
/// Headers are always kept whole. Of payload, each direction of each connection has an allowance and the whole log has
/// one: a packet's payload is kept as far as both last, from its first byte on, and counts against both. So what is
/// kept depends on nothing but the packets sent before. A packet that is not TCP counts as payload behind its first
/// [`Limits::PLAIN`] bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of payload kept per connection and direction.
    pub per_direction: u64,
    /// Bytes of payload kept in all.
    pub total: u64,
}

impl Limits {
    /// What is kept of a packet whose transport has no header we read.
    pub const PLAIN: usize = 128;
}

/// 256 KiB per connection and direction, 16 MiB in all.
impl Default for Limits {
    fn default() -> Self {
        Self {
            per_direction: 256 << 10,
            total: 16 << 20,
        }
    }
}

/// One packet, as it left the host that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketRecord<'a> {
    /// Its number.
    pub packet: PacketId,
    /// The event of its sending.
    pub sent: u64,
    /// When that was.
    pub sent_at: Instant,
    /// The host that made it.
    pub host: HostId,
    /// The connection it belongs to, if it belongs to one.
    pub conn: Option<Conn>,
    /// Its length on the wire, in bytes, without a link layer.
    pub length: u32,
    /// The bytes that were kept: headers always, payload by the rule of [`Limits`].
    pub bytes: &'a [u8],
}

impl PacketRecord<'_> {
    /// Whether bytes of it were cut off.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        (self.bytes.len() as u64) < u64::from(self.length)
    }

    /// The packet in a glance.
    ///
    /// # Errors
    /// When it is no IP packet that can be read; a recorder takes any bytes.
    pub fn summary(&self) -> Result<Summary, DissectError> {
        Summary::of(self.bytes)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot {
    /// Which chunk of the arena its bytes are in, and where they begin there.
    chunk: u32,
    start: u32,
    /// The event of its sending.
    sent: u64,
    kept: u32,
    length: u32,
}

/// How many bytes lie in a chunk of the arena, unless it holds one packet that is longer.
const CHUNK: usize = 256 << 10;

/// All packets' bytes, one behind the other, in chunks: more packets never move those that are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Packets {
    slots: Vec<Slot>,
    arena: Vec<Vec<u8>>,
}

impl Packets {
    pub(super) const fn new() -> Self {
        Self {
            slots: Vec::new(),
            arena: Vec::new(),
        }
    }

    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.slots.len()).unwrap_or(u32::MAX)
    }

    /// The event of its sending, its length on the wire, its bytes.
    pub(super) fn slot(&self, packet: PacketId) -> Option<(u64, u32, &[u8])> {
        let slot = self.slots.get(usize::try_from(packet.0).ok()?)?;
        let chunk = self.arena.get(slot.chunk as usize)?;
        let bytes = chunk.get(slot.start as usize..)?.get(..slot.kept as usize)?;
        Some((slot.sent, slot.length, bytes))
    }

    /// Keeps the first `kept` of `bytes`, which is the whole packet.
    pub(super) fn keep(&mut self, sent: u64, bytes: &[u8], kept: usize) -> PacketId {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.restore(sent, length, bytes.get(..kept).unwrap_or(bytes))
    }

    /// Takes back a packet that was kept before.
    pub(super) fn restore(&mut self, sent: u64, length: u32, bytes: &[u8]) -> PacketId {
        let packet = PacketId(self.count());
        let (chunk, start) = self.put(bytes);
        let kept = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.slots.push(Slot {
            chunk,
            start,
            sent,
            kept,
            length,
        });
        packet
    }

    /// Puts bytes into the arena, and tells where. Which chunk they go to depends on the bytes before them and on nothing
    /// else, so that two logs of the same packets are equal.
    fn put(&mut self, bytes: &[u8]) -> (u32, u32) {
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        match self.arena.last_mut() {
            Some(chunk) if chunk.len() + bytes.len() <= CHUNK => {
                let start = number(chunk.len());
                chunk.extend_from_slice(bytes);
                (number(self.arena.len() - 1), start)
            }
            last => {
                // The first one grows with its log: most logs are small.
                let room = if last.is_some() { CHUNK } else { 0 };
                let mut chunk = Vec::with_capacity(room);
                chunk.extend_from_slice(bytes);
                self.arena.push(chunk);
                (number(self.arena.len() - 1), 0)
            }
        }
    }
}

/// What is left of the allowances.
#[derive(Clone, Debug)]
pub(super) struct Allowance {
    limits: Limits,
    used: u64,
    directions: Map<(Option<Conn>, HostId), u64>,
}

impl Allowance {
    pub(super) const fn new(limits: Limits) -> Self {
        Self {
            limits,
            used: 0,
            directions: Map::new(),
        }
    }

    /// How many of a packet's bytes are kept; takes them from the allowances.
    pub(super) fn take(&mut self, host: HostId, conn: Option<Conn>, bytes: &[u8]) -> usize {
        let head = headers(bytes);
        let payload = bytes.len().saturating_sub(head);
        if payload == 0 {
            return bytes.len();
        }
        let direction = self.directions.entry((conn, host)).or_default();
        let left = self.limits.per_direction.saturating_sub(*direction);
        let left = left.min(self.limits.total.saturating_sub(self.used));
        let kept = payload.min(usize::try_from(left).unwrap_or(usize::MAX));
        *direction += kept as u64;
        self.used += kept as u64;
        head + kept
    }
}

/// How many of a packet's bytes are headers. Every packet of a simulation comes by, and nearly all are TCP in IPv4 without
/// options: those have a short way.
fn headers(bytes: &[u8]) -> usize {
    short_way(bytes).unwrap_or_else(|| {
        let summary = Summary::of(bytes).ok();
        let payload_at = summary.and_then(|summary| summary.tcp().map(|tcp| tcp.payload_at));
        payload_at.map_or(Limits::PLAIN, |at| at as usize)
    })
}

fn short_way(bytes: &[u8]) -> Option<usize> {
    let fixed = bytes.first_chunk::<40>()?;
    let end = usize::from(u16::from_be_bytes([fixed[2], fixed[3]]));
    let fragment = u16::from_be_bytes([fixed[6], fixed[7]]) & 0x1fff != 0;
    let payload_at = 20 + usize::from(fixed[32] >> 4) * 4;
    let is_plain = fixed[0] == 0x45 && fixed[9] == protocol::TCP && !fragment;
    (is_plain && (40..=end).contains(&payload_at)).then_some(payload_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A TCP segment with eight bytes of options and ten of data, in IPv4.
    fn packet() -> Vec<u8> {
        let mut packet = vec![0; 58];
        (packet[0], packet[3], packet[9], packet[32]) = (0x45, 58, protocol::TCP, 0x70);
        packet
    }

    #[test]
    fn packets_lie_in_chunks_and_come_back_whole() {
        let mut packets = Packets::new();
        let lengths = [0, 40, CHUNK - 50, 20, 1_500, CHUNK + 1, 7];
        for (number, length) in (0_u8..).zip(lengths) {
            packets.keep(u64::from(number), &vec![number; length], length);
        }
        for (number, length) in (0_u8..).zip(lengths) {
            let (sent, on_wire, bytes) = packets.slot(PacketId(u32::from(number))).unwrap();
            assert_eq!((sent, on_wire as usize), (u64::from(number), length));
            assert!(bytes == vec![number; length]);
        }
        assert_eq!(packets.arena.len(), 4);
        assert_eq!(packets.clone(), packets);
    }

    #[test]
    fn the_short_way_leads_to_the_same_place() {
        assert_eq!(short_way(&packet()), Some(48));
        let long_way = |bytes: &[u8]| Summary::of(bytes).ok()?.tcp().map(|tcp| tcp.payload_at as usize);
        let mut both = 0;
        for place in 0..packet().len() {
            for byte in 0..=u8::MAX {
                let mut packet = packet();
                packet[place] = byte;
                if let Some(at) = short_way(&packet) {
                    assert_eq!(Some(at), long_way(&packet), "byte {place} is {byte}");
                    both += 1;
                }
            }
        }
        // Most bytes make no difference.
        assert!(both > 12_000, "{both}");
        for cut in 0..packet().len() {
            let packet = &packet()[..cut];
            assert!(short_way(packet).is_none_or(|at| Some(at) == long_way(packet)), "{cut}");
        }
    }
}
