//! Tests of [`super`], of the headers below it and of the checksums. The expected numbers are tshark's.

use super::*;
use crate::dissect::fixtures::{self, bytes};
use crate::dissect::{IcmpMeaning, Layer, TcpFlags, checksums};

fn of(hex: &str) -> Summary {
    Summary::of(&bytes(hex)).unwrap()
}

fn tcp(hex: &str) -> TcpSummary {
    *of(hex).tcp().unwrap()
}

#[test]
fn a_call_over_either_version() {
    let summary = of(fixtures::SYN_V4);
    assert_eq!(summary.source, "192.0.2.1:42574".parse().unwrap());
    assert_eq!(summary.destination, "192.0.2.7:21".parse().unwrap());
    assert_eq!(summary.hops, 64);
    let expected = TcpSummary {
        flags: TcpFlags::SYN,
        seq: 720_189_055,
        ack: 0,
        window: 64_240,
        payload_at: 60,
        payload_len: 0,
    };
    assert_eq!(summary.transport, Transport::Tcp(expected));
    assert!(expected.flags.is_call());
    assert_eq!(expected.sequence_length(), 1);

    let summary = of(fixtures::SYN_V6);
    assert_eq!(summary.source, "[2001:db8::1]:60766".parse().unwrap());
    assert_eq!(summary.destination, "[2001:db8::7]:21".parse().unwrap());
    assert_eq!(tcp(fixtures::SYN_V6).seq, 3_250_762_343);
    assert_eq!(tcp(fixtures::SYN_V6).payload_at, 80);
}

#[test]
fn an_answer_and_its_payload() {
    let answer = tcp(fixtures::SYN_ACK);
    assert_eq!((answer.seq, answer.ack), (554_594_478, 1_001));
    assert_eq!(answer.flags, TcpFlags::SYN | TcpFlags::ACK);
    assert_eq!(answer.flags.to_string(), "SYN, ACK");
    assert!(!answer.flags.is_call());

    let packet = bytes(fixtures::REPLY_227);
    let reply = tcp(fixtures::REPLY_227);
    assert_eq!(reply.payload_range(), 40..87);
    assert_eq!(
        reply.payload(&packet),
        b"227 Entering Passive Mode (192,0,2,1,234,96).\r\n"
    );
    assert_eq!(reply.sequence_length(), 47);

    // A recorder may have kept less, or a link may have padded.
    let cut = &packet[..60];
    assert_eq!(Summary::of(cut), Summary::of(&packet));
    assert_eq!(reply.payload(cut), b"227 Entering Passive");
    let padded = [&packet[..], &[0; 6]].concat();
    assert_eq!(Summary::of(&padded), Summary::of(&packet));
}

#[test]
fn icmp_names_the_packet_it_is_about() {
    for (hex, v6, from, to) in [
        (fixtures::UNREACHABLE_V4, false, "192.0.2.7:5000", "192.0.2.1:6000"),
        (
            fixtures::UNREACHABLE_V6,
            true,
            "[2001:db8::7]:5000",
            "[2001:db8::1]:6000",
        ),
    ] {
        let icmp = *of(hex).icmp().unwrap();
        assert_eq!(icmp.kind.meaning(), IcmpMeaning::PortUnreachable);
        assert_eq!(icmp.kind.v6, v6);
        let about = icmp.about.unwrap();
        assert_eq!((about.protocol, about.seq), (protocol::UDP, None));
        assert_eq!(
            (about.source, about.destination),
            (from.parse().unwrap(), to.parse().unwrap())
        );
    }
}

#[test]
fn icmp_about_a_tcp_segment_cut_after_eight_bytes() {
    let call = bytes(fixtures::SYN_V4);
    let mut packet = bytes("4500003800010000400100000a0000010a0000020301000000000000");
    packet.extend_from_slice(&call[..28]);
    let icmp = *Summary::of(&packet).unwrap().icmp().unwrap();
    assert_eq!(icmp.kind.to_string(), "host unreachable (type 3, code 1)");
    let about = icmp.about.unwrap();
    assert_eq!(about.source, "192.0.2.1:42574".parse().unwrap());
    assert_eq!(about.destination, "192.0.2.7:21".parse().unwrap());
    assert_eq!(about.seq, Some(720_189_055));
    // An echo quotes nothing, whatever its data look like.
    packet[20] = 8;
    assert_eq!(Summary::of(&packet).unwrap().icmp().unwrap().about, None);
    let mut packet = bytes(fixtures::UNREACHABLE_V6);
    packet[40] = 128;
    let icmp = *Summary::of(&packet).unwrap().icmp().unwrap();
    assert_eq!((icmp.kind.meaning(), icmp.about), (IcmpMeaning::EchoRequest, None));
}

#[test]
fn what_is_no_packet_says_why() {
    let packet = bytes(fixtures::SYN_V4);
    let changed = |at: usize, byte: u8| {
        let mut packet = packet.clone();
        packet[at] = byte;
        Summary::of(&packet)
    };
    let ip = Layer::Ip;
    assert_eq!(
        Summary::of(&[]),
        Err(DissectError::Truncated {
            layer: ip,
            needs: 1,
            has: 0
        })
    );
    assert_eq!(
        Summary::of(&packet[..19]),
        Err(DissectError::Truncated {
            layer: ip,
            needs: 20,
            has: 19
        })
    );
    assert_eq!(changed(0, 0x55), Err(DissectError::Version { version: 5 }));
    assert_eq!(
        changed(0, 0x44),
        Err(DissectError::HeaderLength { layer: ip, length: 16 })
    );
    assert_eq!(changed(3, 19), Err(DissectError::TotalLength { length: 19 }));
    assert_eq!(
        changed(32, 0x40),
        Err(DissectError::HeaderLength {
            layer: Layer::Tcp,
            length: 16
        })
    );
    assert_eq!(
        changed(32, 0xb0),
        Err(DissectError::HeaderLength {
            layer: Layer::Tcp,
            length: 44
        })
    );
    assert_eq!(
        changed(3, 39),
        Err(DissectError::Truncated {
            layer: Layer::Tcp,
            needs: 40,
            has: 39
        })
    );
    assert_eq!(
        Summary::of(&packet[..39]),
        Err(DissectError::Truncated {
            layer: Layer::Tcp,
            needs: 40,
            has: 39
        })
    );
    let v6 = bytes(fixtures::SYN_V6);
    assert_eq!(
        Summary::of(&v6[..39]),
        Err(DissectError::Truncated {
            layer: ip,
            needs: 40,
            has: 39
        })
    );
}

#[test]
fn fragments() {
    let mut packet = bytes(fixtures::SYN_V4);
    packet[6] = 0x20; // more fragments: the first one still has its header
    assert!(Summary::of(&packet).unwrap().tcp().is_some());
    assert_eq!(checksums(&packet).unwrap().transport, None);
    let protocol = protocol::TCP;
    for (high, low) in [(0x20, 0x05), (0x00, 0x01), (0x10, 0x00)] {
        (packet[6], packet[7]) = (high, low);
        assert_eq!(
            Summary::of(&packet).unwrap().transport,
            Transport::Fragment { protocol }
        );
    }
    assert_eq!(Summary::of(&packet).unwrap().source.port(), 0);
}

#[test]
fn extension_headers_of_ipv6() {
    let plain = bytes(fixtures::SYN_V6);
    let with = |first: u8, extensions: &[u8]| {
        let mut packet = plain[..40].to_vec();
        packet[6] = first;
        packet[5] += u8::try_from(extensions.len()).unwrap();
        packet.extend_from_slice(extensions);
        packet.extend_from_slice(&plain[40..]);
        packet
    };
    let hop_by_hop_then_options = with(
        0,
        &[60, 0, 1, 4, 0, 0, 0, 0, 6, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    );
    let summary = Summary::of(&hop_by_hop_then_options).unwrap();
    assert_eq!(summary.tcp().unwrap().payload_at, 80 + 24);
    assert_eq!(summary.destination, "[2001:db8::7]:21".parse().unwrap());
    assert_eq!(checksums(&hop_by_hop_then_options).unwrap().transport, Some(true));
    let first = with(44, &[6, 0, 0, 1, 0, 0, 0, 1]);
    assert!(Summary::of(&first).unwrap().tcp().is_some());
    assert_eq!(checksums(&first).unwrap().transport, None, "the rest is elsewhere");
    // An atomic fragment is whole; a later one has no ports.
    assert!(
        Summary::of(&with(44, &[6, 0, 0, 0, 0, 0, 0, 1]))
            .unwrap()
            .tcp()
            .is_some()
    );
    let later = Summary::of(&with(44, &[6, 0, 0, 8, 0, 0, 0, 1])).unwrap();
    assert_eq!(
        later.transport,
        Transport::Fragment {
            protocol: protocol::TCP
        }
    );
    // A header longer than its packet, and a tower of headers.
    assert_eq!(
        Summary::of(&with(60, &[6, 255, 0, 0, 0, 0, 0, 0])),
        Err(DissectError::HeaderLength {
            layer: Layer::Ip,
            length: 2_048
        })
    );
    assert_eq!(
        Summary::of(&with(60, &[60, 0, 0, 0, 0, 0, 0, 0].repeat(20))),
        Err(DissectError::TooManyExtensions)
    );
}

#[test]
fn checksums_of_a_kernel_hold_until_a_bit_flips() {
    for hex in fixtures::ALL {
        let packet = bytes(hex);
        let good = checksums(&packet).unwrap();
        let has_header_sum = packet[0] >> 4 == 4;
        assert_eq!(
            (good.header, good.transport),
            (has_header_sum.then_some(true), Some(true)),
            "{hex}"
        );
        let mut changed = packet.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert_eq!(checksums(&changed).unwrap().transport, Some(false));
        // The addresses are in both sums: what a translator has to mend (RFC 3022 section 4.1).
        let mut translated = packet.clone();
        translated[if has_header_sum { 15 } else { 23 }] ^= 2;
        let found = checksums(&translated).unwrap();
        assert_eq!(found.header, has_header_sum.then_some(false));
        let sum_covers_addresses = of(hex).tcp().is_some() || !has_header_sum;
        assert_eq!(found.transport, Some(!sum_covers_addresses));
        assert_eq!(
            checksums(&packet[..packet.len() - 1]).unwrap().transport,
            None,
            "a cut packet can't be checked"
        );
    }
}

#[test]
fn a_summary_is_small() {
    assert!(size_of::<Summary>() <= 160, "{}", size_of::<Summary>());
}
