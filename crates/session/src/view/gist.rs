//! A packet in a word.

use portolan_wire::dissect::{IcmpMeaning, Summary, TcpFlags, Transport};

use super::{Caption, Gist, PacketFate};
use crate::event::{HostId, PacketId, Seen};
use crate::log::Log;
use crate::state::who;

pub(super) fn gist(summary: &Summary) -> Gist {
    match &summary.transport {
        Transport::Tcp(tcp) => {
            let has = |flags| tcp.flags.contains(flags);
            match tcp.payload_len {
                _ if has(TcpFlags::RST) => Gist::Rst,
                _ if tcp.flags.is_call() => Gist::Syn,
                _ if has(TcpFlags::SYN) => Gist::SynAck,
                0 if has(TcpFlags::FIN) => Gist::Fin,
                0 => Gist::Ack,
                bytes => Gist::Data {
                    bytes,
                    fin: has(TcpFlags::FIN),
                },
            }
        }
        Transport::Icmp(icmp) => match icmp.kind.meaning() {
            IcmpMeaning::NetworkUnreachable
            | IcmpMeaning::HostUnreachable
            | IcmpMeaning::ProtocolUnreachable
            | IcmpMeaning::PortUnreachable
            | IcmpMeaning::Prohibited
            | IcmpMeaning::OtherUnreachable => Gist::IcmpUnreachable,
            _ => Gist::Icmp,
        },
        Transport::Fragment { .. } | Transport::Other { .. } => Gist::Other,
    }
}

/// What is said of a packet where every packet is shown.
pub(super) fn packet_caption(log: &Log, here: HostId, packet: PacketId, seen: Seen) -> Option<Caption> {
    let record = log.packet(packet)?;
    let summary = record.summary().ok()?;
    let fate = match seen {
        Seen::Sent | Seen::Forwarded | Seen::Delivered => None,
        Seen::Lost => Some(PacketFate::Lost),
        Seen::Dropped { by, .. } => Some(PacketFate::Dropped {
            at: who(log.header(), here),
            by,
        }),
    };
    Some(Caption::Packet {
        sender: who(log.header(), record.host),
        from: summary.source.port(),
        to: summary.destination.port(),
        gist: gist(&summary),
        fate,
    })
}
