//! The fields of an ICMP or ICMPv6 message.

use super::super::bytes::{be16, be32};
use super::super::checksum::transport_holds;
use super::super::icmp::{self, IcmpKind, IcmpMeaning, QUOTE};
use super::super::ip::Ip;
use super::super::{Field, protocol};
use super::{Quoted, checksum, layers, opaque};

pub(super) fn field(bytes: &[u8], ip: &Ip) -> Field {
    let v6 = ip.protocol == protocol::ICMPV6;
    let (name, why) = if v6 {
        ("ICMPv6", "RFC 4443 section 2.1")
    } else {
        ("Internet Control Message Protocol", "RFC 792")
    };
    let end = ip.end.min(bytes.len());
    let start = ip.payload.min(end);
    let kind = match icmp::parse(bytes, ip.payload, ip.end, v6) {
        Ok(summary) => summary.kind,
        Err(error) => return opaque(name, bytes, start..end).problem(error.to_string()),
    };
    let mut children = vec![
        Field::new("Type", kind.kind.to_string(), start..start + 1).why(why),
        Field::new("Code", kind.code.to_string(), start + 1..start + 2).why(why),
    ];
    children.extend(checksum(bytes, start + 2, transport_holds(bytes, ip), why));
    children.extend(
        rest_of_header(bytes, start + 4, kind)
            .into_iter()
            .map(|field| field.why(why)),
    );
    let quote = start + QUOTE;
    if quote < end {
        children.push(if kind.is_error() {
            let quoted = bytes.get(quote..end).unwrap_or_default();
            let parts = layers(quoted, Quoted::Yes)
                .into_iter()
                .map(|field| field.shifted(quote))
                .collect();
            Field::new("The packet it is about", "its first bytes", quote..end)
                .why(why)
                .children(parts)
        } else {
            opaque("Data", bytes, quote..end)
        });
    }
    Field::new(name, kind.to_string(), start..end)
        .why(why)
        .children(children)
}

/// Bytes 4 to 7, whose meaning depends on the type.
fn rest_of_header(bytes: &[u8], at: usize, kind: IcmpKind) -> Vec<Field> {
    let number = |name, at| be16(bytes, at).map(|value| Field::new(name, value.to_string(), at..at + 2));
    let fields = match kind.meaning() {
        IcmpMeaning::EchoRequest | IcmpMeaning::EchoReply => {
            [number("Identifier", at), number("Sequence number", at + 2)]
        }
        IcmpMeaning::TooBig if kind.v6 => [
            be32(bytes, at).map(|mtu| Field::new("Largest packet", mtu.to_string(), at..at + 4)),
            None,
        ],
        IcmpMeaning::TooBig => [number("Largest packet", at + 2), None],
        _ => [None, None],
    };
    fields.into_iter().flatten().collect()
}
