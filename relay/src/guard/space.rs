//! What kind of address an address is, however it is spelled.

use core::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The part of the address space in which an address lies (IANA's special-purpose registries, RFC 6890).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    /// Anybody's: the only one that a name may lead to without being allowed by its address.
    Public,
    /// This machine (127.0.0.0/8, `::1`).
    Loopback,
    /// No address at all, which systems take for this machine (0.0.0.0/8, `::`).
    Unspecified,
    /// A private network (RFC 1918, RFC 4193, and RFC 3879's former site-local).
    Private,
    /// A provider's inner network (100.64.0.0/10, RFC 6598).
    Shared,
    /// This link only, where clouds keep their metadata (169.254.0.0/16, `fe80::/10`, and `fd00:ec2::/32`).
    LinkLocal,
    /// Many at once (RFC 1112, RFC 4291 section 2.7), or all of a link.
    Multicast,
    /// Documentation, benchmarks, protocols' own, and what nobody has been given.
    Reserved,
    /// IPv6 that carries an IPv4 address through a tunnel somewhere (6to4, Teredo, local NAT64 prefixes).
    Transition,
}

impl Space {
    /// Where `address` lies. Of an IPv4 address inside an IPv6 one, the IPv4 address counts.
    pub fn of(address: IpAddr) -> Self {
        match meant(address) {
            IpAddr::V4(v4) => Self::of_v4(v4),
            IpAddr::V6(v6) => Self::of_v6(v6),
        }
    }

    fn of_v4(v4: Ipv4Addr) -> Self {
        match v4.octets() {
            [0, ..] => Self::Unspecified,
            [127, ..] => Self::Loopback,
            [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Self::Private,
            [100, 64..=127, ..] => Self::Shared,
            [169, 254, ..] => Self::LinkLocal,
            [224..=239, ..] | [255, 255, 255, 255] => Self::Multicast,
            // Protocol assignments, the three documentation nets, the former 6to4 relay, benchmarks, the former class E.
            [192, 0, 0 | 2, _] | [198, 51, 100, _] | [203, 0, 113, _] | [192, 88, 99, _] => Self::Reserved,
            [198, 18 | 19, ..] | [240..=255, ..] => Self::Reserved,
            _ => Self::Public,
        }
    }

    fn of_v6(v6: Ipv6Addr) -> Self {
        match v6.segments() {
            [0, 0, 0, 0, 0, 0, 0, 0] => Self::Unspecified,
            [0, 0, 0, 0, 0, 0, 0, 1] => Self::Loopback,
            // Amazon's metadata service; the prefix is private, and this says it more plainly.
            [0xfd00, 0x0ec2, ..] => Self::LinkLocal,
            [0xfc00..=0xfdff, ..] | [0xfec0..=0xfeff, ..] => Self::Private,
            [0xfe80..=0xfebf, ..] => Self::LinkLocal,
            [0xff00..=0xffff, ..] => Self::Multicast,
            [0x2002, ..] | [0x2001, 0, ..] | [0x64, 0xff9b, 1, ..] => Self::Transition,
            // Protocol assignments (2001::/23), documentation (2001:db8::/32, 3fff::/20).
            [0x2001, 0..=0x01ff, ..] | [0x2001, 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] => Self::Reserved,
            // Global unicast is all that has been given out (RFC 4291 section 2.4).
            [0x2000..=0x3fff, ..] => Self::Public,
            _ => Self::Reserved,
        }
    }
}

/// The address that is meant: IPv4 for one that is mapped (RFC 4291 section 2.5.5.2), compatible (2.5.5.1), or behind
/// the well-known NAT64 prefix (RFC 6052 section 2.1).
pub fn meant(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    let low = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        IpAddr::V4(Ipv4Addr::new(a, b, c, d))
    };
    match v6.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => address,
        [0, 0, 0, 0, 0, 0 | 0xffff, a, b] | [0x64, 0xff9b, 0, 0, 0, 0, a, b] => low(a, b),
        _ => address,
    }
}

impl fmt::Display for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "a public address",
            Self::Loopback => "a loopback address, this machine's own",
            Self::Unspecified => "no address, which leads to this machine",
            Self::Private => "a private address",
            Self::Shared => "an address inside a provider's network",
            Self::LinkLocal => "a link-local address, where clouds keep their secrets",
            Self::Multicast => "a multicast or broadcast address",
            Self::Reserved => "a reserved address",
            Self::Transition => "a tunnel's address",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn space(text: &str) -> Space {
        Space::of(text.parse().unwrap())
    }

    #[test]
    fn every_spelling_of_an_address_lies_in_the_same_space() {
        for (v4, expected) in [
            ("127.0.0.1", Space::Loopback),
            ("127.255.255.254", Space::Loopback),
            ("0.0.0.0", Space::Unspecified),
            ("10.1.2.3", Space::Private),
            ("172.16.0.1", Space::Private),
            ("172.32.0.1", Space::Public),
            ("192.168.1.1", Space::Private),
            ("100.64.0.1", Space::Shared),
            ("100.128.0.1", Space::Public),
            ("169.254.169.254", Space::LinkLocal),
            ("224.0.0.1", Space::Multicast),
            ("255.255.255.255", Space::Multicast),
            ("198.51.100.25", Space::Reserved),
            ("198.18.0.1", Space::Reserved),
            ("240.0.0.1", Space::Reserved),
            ("8.8.8.8", Space::Public),
        ] {
            assert_eq!(space(v4), expected, "{v4}");
            for prefix in ["::ffff:", "64:ff9b::"] {
                assert_eq!(space(&format!("{prefix}{v4}")), expected, "{prefix}{v4}");
            }
        }
        assert_eq!(space("::127.0.0.1"), Space::Loopback);
    }

    #[test]
    fn only_global_unicast_is_public() {
        for (v6, expected) in [
            ("::", Space::Unspecified),
            ("::1", Space::Loopback),
            ("fd00:ec2::254", Space::LinkLocal),
            ("fd12::1", Space::Private),
            ("fec0::1", Space::Private),
            ("fe80::1", Space::LinkLocal),
            ("ff02::1", Space::Multicast),
            ("2002:7f00:1::", Space::Transition),
            ("2001:0:4136:e378::", Space::Transition),
            ("64:ff9b:1::7f00:1", Space::Transition),
            ("2001:db8::1", Space::Reserved),
            ("2001:2::1", Space::Reserved),
            ("5f00::1", Space::Reserved),
            ("100::1", Space::Reserved),
            ("2606:4700::1", Space::Public),
        ] {
            assert_eq!(space(v6), expected, "{v6}");
        }
    }
}
