//! The fields of IPv4 and IPv6 headers.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::super::bytes::{array, be8, be16, be32};
use super::super::ip::Ip;
use super::super::{Field, checksum, protocol};
use super::{checksum as checksum_field, counted};

const V4: &str = "RFC 791 section 3.1";
const V6: &str = "RFC 8200 section 3";

pub(super) fn field(bytes: &[u8], ip: &Ip) -> Field {
    let (name, why, children) = match ip.source {
        IpAddr::V4(_) => ("Internet Protocol version 4", V4, v4(bytes, ip)),
        IpAddr::V6(_) => ("Internet Protocol version 6", V6, v6(bytes, ip)),
    };
    // The header was read already, so its fields are there.
    let children = children.unwrap_or_default();
    Field::new(name, format!("{} to {}", ip.source, ip.destination), 0..ip.payload)
        .why(why)
        .children(children)
}

fn v4(bytes: &[u8], ip: &Ip) -> Option<Vec<Field>> {
    let service = be8(bytes, 1)?;
    let fragment = be16(bytes, 6)?;
    let mut fields = vec![
        Field::new("Version", "4", 0..1).why(V4),
        Field::new("Header length", counted(ip.payload), 0..1).why(V4),
        Field::new("Differentiated services", (service >> 2).to_string(), 1..2).why("RFC 2474 section 3"),
        congestion(service, 1..2),
        Field::new("Total length", length(ip.end, bytes.len()), 2..4).why(V4),
        Field::new("Identification", be16(bytes, 4)?.to_string(), 4..6).why("RFC 6864"),
        fragment_flags(fragment),
        Field::new("Fragment offset", counted(usize::from(fragment & 0x1fff) * 8), 6..8).why(V4),
        hops("Time to live", ip.hops, 8, V4),
        Field::new("Protocol", protocol_name(ip.protocol), 9..10).why(V4),
        checksum_field(bytes, 10, Some(checksum::header_holds(bytes, ip.payload)), "RFC 1071")?,
        Field::new("Source address", ip.source.to_string(), 12..16).why(V4),
        Field::new(
            "Destination address",
            Ipv4Addr::from(array(bytes, 16)?).to_string(),
            16..20,
        )
        .why(V4),
    ];
    if ip.payload > 20 {
        fields.push(Field::new("Options", counted(ip.payload - 20), 20..ip.payload).why(V4));
    }
    Some(fields)
}

fn fragment_flags(fragment: u16) -> Field {
    let flag = |bit: u16| if fragment & bit == 0 { "not set" } else { "set" };
    Field::new("Flags", format!("{:#05b}", fragment >> 13), 6..7)
        .why(V4)
        .children(vec![
            Field::new("Don't fragment", flag(0x4000), 6..7).why(V4),
            Field::new("More fragments", flag(0x2000), 6..7).why(V4),
        ])
}

fn v6(bytes: &[u8], ip: &Ip) -> Option<Vec<Field>> {
    let first = be32(bytes, 0)?;
    let class = u8::try_from((first >> 20) & 0xff).ok()?;
    let mut fields = vec![
        Field::new("Version", "6", 0..1).why(V6),
        Field::new("Differentiated services", (class >> 2).to_string(), 0..2).why("RFC 2474 section 3"),
        congestion(class, 1..2),
        Field::new("Flow label", format!("{:#07x}", first & 0xf_ffff), 1..4).why("RFC 6437"),
        Field::new(
            "Payload length",
            length(ip.end - 40, bytes.len().saturating_sub(40)),
            4..6,
        )
        .why(V6),
        Field::new("Next header", protocol_name(be8(bytes, 6)?), 6..7).why(V6),
        hops("Hop limit", ip.hops, 7, V6),
        Field::new(
            "Source address",
            Ipv6Addr::from(array::<16>(bytes, 8)?).to_string(),
            8..24,
        )
        .why(V6),
        Field::new("Destination address", ip.destination.to_string(), 24..40).why(V6),
    ];
    if ip.payload > 40 {
        let last = format!("{}, then {}", counted(ip.payload - 40), protocol_name(ip.protocol));
        fields.push(Field::new("Extension headers", last, 40..ip.payload).why("RFC 8200 section 4"));
    }
    Some(fields)
}

fn congestion(service: u8, range: core::ops::Range<usize>) -> Field {
    let value = match service & 3 {
        0 => "0 (the sender does not take part)",
        3 => "3 (a router is congested)",
        1 => "1 (the sender takes part)",
        _ => "2 (the sender takes part)",
    };
    Field::new("Congestion notification", value, range).why("RFC 3168 section 5")
}

fn hops(name: &'static str, hops: u8, at: usize, why: &'static str) -> Field {
    let field = Field::new(name, hops.to_string(), at..at + 1).why(why);
    if hops == 0 {
        field.problem("No packet may be sent with no hops left.")
    } else {
        field
    }
}

/// A length as the header says it, and how much of it is at hand.
fn length(says: usize, has: usize) -> String {
    if says <= has {
        return counted(says);
    }
    format!("{}, of which {has} are here", counted(says))
}

fn protocol_name(number: u8) -> String {
    let name = match number {
        protocol::ICMP => "ICMP",
        protocol::TCP => "TCP",
        protocol::UDP => "UDP",
        protocol::ICMPV6 => "ICMPv6",
        0 => "hop-by-hop options",
        43 => "routing",
        44 => "fragment",
        59 => "nothing more",
        60 => "destination options",
        _ => return number.to_string(),
    };
    format!("{number} ({name})")
}
