//! Packets made up to show what sockets did: the capture of a live session.
//!
//! Whoever drives real sockets sees streams, not packets. [`Synthesiser`] makes a packet of each thing that a socket
//! did: a handshake, a piece of the stream and its acknowledgement, a FIN, a RST. Addresses, ports, the bytes, their
//! order and the times at which this side saw them are real; sequence numbers begin at zero, segments are as long as
//! what was read or written at once, and every acknowledgement is immediate. Each packet is marked
//! [`Evidence::Synthesised`], and the capture's comment says so.
//!
//! # Rules
//! * Bytes are those of the *masked* stream ([`crate::mask`]): sequence numbers count masked bytes, so a capture does
//!   not even tell how long a secret was.
//! * A connection that was never established has no packets.
//! * IPv4 (RFC 791) and IPv6 (RFC 8200) after the local address; TCP (RFC 9293) with a window scale (RFC 7323) that
//!   lets no reader think the window was full.

use core::net::{IpAddr, SocketAddr};
use std::collections::BTreeMap;

use portolan_wire::Instant;
use portolan_wire::dissect::{TcpFlags, internet_checksum, protocol};

use crate::event::{Conn, Evidence, Header, HostId, Kind, Seen};
use crate::log::{Limits, Log, Recorder};

/// The longest payload of one packet, in bytes: what fits an IPv4 packet behind both headers.
const LONGEST: usize = 65_535 - 60;

/// The window both sides show, and the scale it is meant with: a gibibyte.
const WINDOW: u16 = u16::MAX;
const SCALE: u8 = 14;

/// Makes packets of what sockets did.
#[derive(Clone, Debug)]
pub struct Synthesiser {
    recorder: Recorder,
    here: HostId,
    there: HostId,
    flows: BTreeMap<Conn, Flow>,
}

/// Which side of a connection did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The one whose sockets are seen.
    Here,
    /// The other.
    There,
}

/// One connection.
#[derive(Clone, Debug)]
struct Flow {
    local: SocketAddr,
    peer: SocketAddr,
    /// The next sequence number of this side and of the other.
    sequence: [u32; 2],
}

/// A segment to be written.
struct Segment<'a> {
    from: SocketAddr,
    to: SocketAddr,
    sequence: u32,
    /// The other side's next sequence number, for an acknowledgement.
    next: u32,
    flags: TcpFlags,
    payload: &'a [u8],
}

impl Synthesiser {
    /// For a log with this header, whose sockets are those of `here`; what they talk to is `there`.
    #[must_use]
    pub fn new(header: Header, here: HostId, there: HostId) -> Self {
        Self {
            recorder: Recorder::with_limits(header, Limits::default()),
            here,
            there,
            flows: BTreeMap::new(),
        }
    }

    /// A connection is established, called by `caller`.
    pub fn established(&mut self, at: Instant, conn: Conn, local: SocketAddr, peer: SocketAddr, caller: Side) {
        let sequence = [0; 2];
        self.flows.insert(conn, Flow { local, peer, sequence });
        let called = caller.other();
        self.packet(at, conn, caller, TcpFlags::SYN, &[]);
        self.advance(conn, caller, 1);
        self.packet(at, conn, called, TcpFlags::SYN | TcpFlags::ACK, &[]);
        self.advance(conn, called, 1);
        self.packet(at, conn, caller, TcpFlags::ACK, &[]);
    }

    /// One side sent bytes, masked where they are secret.
    pub fn sent(&mut self, at: Instant, conn: Conn, side: Side, bytes: &[u8]) {
        for piece in bytes.chunks(LONGEST) {
            self.packet(at, conn, side, TcpFlags::PSH | TcpFlags::ACK, piece);
            self.advance(conn, side, piece.len());
            self.packet(at, conn, side.other(), TcpFlags::ACK, &[]);
        }
    }

    /// One side has no more to send.
    pub fn finished(&mut self, at: Instant, conn: Conn, side: Side) {
        self.packet(at, conn, side, TcpFlags::FIN | TcpFlags::ACK, &[]);
        self.advance(conn, side, 1);
        self.packet(at, conn, side.other(), TcpFlags::ACK, &[]);
    }

    /// One side threw the connection away.
    pub fn reset(&mut self, at: Instant, conn: Conn, side: Side) {
        self.packet(at, conn, side, TcpFlags::RST | TcpFlags::ACK, &[]);
        self.flows.remove(&conn);
    }

    /// A log that holds the packets and nothing else: to be written as a capture.
    #[must_use]
    pub fn into_log(self) -> Log {
        self.recorder.into_log()
    }

    fn advance(&mut self, conn: Conn, side: Side, by: usize) {
        if let Some([here, there]) = self.flows.get_mut(&conn).map(|flow| &mut flow.sequence) {
            let next = match side {
                Side::Here => here,
                Side::There => there,
            };
            *next = next.wrapping_add(u32::try_from(by).unwrap_or(u32::MAX));
        }
    }

    fn packet(&mut self, at: Instant, conn: Conn, side: Side, flags: TcpFlags, payload: &[u8]) {
        let Some(flow) = self.flows.get(&conn) else { return };
        let [here, there] = flow.sequence;
        let (from, to, sequence, next, host) = match side {
            Side::Here => (flow.local, flow.peer, here, there, self.here),
            Side::There => (flow.peer, flow.local, there, here, self.there),
        };
        let bytes = Segment {
            from,
            to,
            sequence,
            next,
            flags,
            payload,
        }
        .emit();
        let evidence = Evidence::Synthesised;
        let packet = self.recorder.sent_with(evidence, at, host, Some(conn), &bytes);
        if side == Side::There {
            let seen = Seen::Delivered;
            let kind = Kind::Packet { packet, seen };
            self.recorder.event_with(evidence, at, self.here, Some(conn), kind);
        }
    }
}

impl Side {
    const fn other(self) -> Self {
        match self {
            Self::Here => Self::There,
            Self::There => Self::Here,
        }
    }
}

impl Segment<'_> {
    /// The whole IP packet, checksums filled in.
    fn emit(&self) -> Vec<u8> {
        let mut tcp = Vec::with_capacity(24 + self.payload.len());
        tcp.extend(self.from.port().to_be_bytes());
        tcp.extend(self.to.port().to_be_bytes());
        tcp.extend(self.sequence.to_be_bytes());
        let next = if self.flags.contains(TcpFlags::ACK) {
            self.next
        } else {
            0
        };
        tcp.extend(next.to_be_bytes());
        let [high, low] = u16::try_from(LONGEST).unwrap_or(u16::MAX).to_be_bytes();
        // The longest segment (RFC 9293 section 3.7.1), the window's scale, and a filler: only a SYN has options.
        let options = [2, 4, high, low, 3, 3, SCALE, 1];
        let options = if self.flags.contains(TcpFlags::SYN) {
            options.as_slice()
        } else {
            &[]
        };
        let words = 5 + options.len() / 4;
        tcp.extend([(words as u8) << 4, self.flags.bits()]);
        tcp.extend(WINDOW.to_be_bytes());
        tcp.extend([0; 4]);
        tcp.extend(options);
        tcp.extend(self.payload);
        let sum = internet_checksum(&[&self.pseudo_header(tcp.len()), &tcp]);
        put(&mut tcp, 16, sum);
        let mut packet = self.ip_header(tcp.len());
        packet.append(&mut tcp);
        packet
    }

    fn ip_header(&self, length: usize) -> Vec<u8> {
        match (self.from.ip(), self.to.ip()) {
            (IpAddr::V4(from), IpAddr::V4(to)) => {
                let total = u16::try_from(20 + length).unwrap_or(u16::MAX);
                let [high, low] = total.to_be_bytes();
                // Don't fragment; a time to live of 64; TCP.
                let mut header = vec![0x45, 0, high, low, 0, 0, 0x40, 0, 64, 6, 0, 0];
                header.extend(from.octets());
                header.extend(to.octets());
                let sum = internet_checksum(&[&header]);
                put(&mut header, 10, sum);
                header
            }
            (from, to) => {
                let [high, low] = u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
                let mut header = vec![0x60, 0, 0, 0, high, low, 6, 64];
                header.extend(v6(from));
                header.extend(v6(to));
                header
            }
        }
    }

    /// What the checksum covers besides the segment (RFC 9293 section 3.1, RFC 8200 section 8.1).
    fn pseudo_header(&self, length: usize) -> Vec<u8> {
        let mut header = Vec::with_capacity(36);
        for address in [self.from.ip(), self.to.ip()] {
            match address {
                IpAddr::V4(address) => header.extend(address.octets()),
                IpAddr::V6(address) => header.extend(address.octets()),
            }
        }
        header.extend([0, protocol::TCP]);
        header.extend(u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes());
        header
    }
}

fn v6(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}

fn put(bytes: &mut [u8], at: usize, value: u16) {
    if let Some(place) = bytes.get_mut(at..at + 2) {
        place.copy_from_slice(&value.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use portolan_wire::dissect::{Checksums, checksums};

    use super::*;
    use crate::export::sample::{self, CLIENT, SERVER};

    fn packets(local: &str, peer: &str) -> Vec<Vec<u8>> {
        let mut synthesiser = Synthesiser::new(sample::header(), CLIENT, SERVER);
        let (conn, at) = (Conn(0), Instant::from_micros(5));
        let (local, peer) = (local.parse().unwrap(), peer.parse().unwrap());
        synthesiser.established(at, conn, local, peer, Side::Here);
        synthesiser.sent(at, conn, Side::There, b"220 odd\r\n");
        synthesiser.sent(at, conn, Side::Here, &[7; 100_000]);
        synthesiser.finished(at, conn, Side::Here);
        synthesiser.reset(at, conn, Side::There);
        synthesiser.sent(at, conn, Side::Here, b"nobody hears it");
        let log = synthesiser.into_log();
        let packet = |number| log.packet(crate::event::PacketId(number)).unwrap().bytes.to_vec();
        (0..log.packets()).map(packet).collect()
    }

    #[test]
    fn every_packet_is_whole_and_its_sums_are_right() {
        for (local, peer) in [
            ("198.51.100.25:50123", "203.0.113.10:21"),
            ("[2001:db8::1]:50123", "[2001:db8::2]:21"),
        ] {
            let packets = packets(local, peer);
            assert_eq!(packets.len(), 3 + 2 + 4 + 2 + 1);
            for packet in packets {
                let Checksums { header, transport } = checksums(&packet).unwrap();
                assert_ne!(header, Some(false));
                assert_eq!(transport, Some(true));
            }
        }
    }

    #[test]
    fn numbers_go_on_where_the_stream_does() {
        let packets = packets("198.51.100.25:50123", "203.0.113.10:21");
        let numbers: Vec<(u32, u32)> = packets
            .iter()
            .map(|packet| {
                let summary = portolan_wire::dissect::Summary::of(packet).unwrap();
                let tcp = summary.tcp().unwrap();
                (tcp.seq, tcp.ack)
            })
            .collect();
        let long = LONGEST as u32;
        assert_eq!(
            numbers,
            [
                (0, 0),
                (0, 1),
                (1, 1),
                (1, 1),
                (1, 10),
                (1, 10),
                (10, 1 + long),
                (1 + long, 10),
                (10, 100_001),
                (100_001, 10),
                (10, 100_002),
                (10, 100_002),
            ]
        );
    }
}
