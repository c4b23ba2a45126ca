//! Tests of [`super`]. That ranges nest is `fuzzing::any_packet`.

use super::*;
use crate::dissect::fixtures::{self, bytes};

fn layers_of(hex: &str) -> Vec<Field> {
    packet(&bytes(hex))
}

fn find<'a>(fields: &'a [Field], name: &str) -> &'a Field {
    fn search<'a>(fields: &'a [Field], name: &str) -> Option<&'a Field> {
        fields.iter().find_map(|field| {
            if field.name == name {
                Some(field)
            } else {
                search(&field.children, name)
            }
        })
    }
    search(fields, name).unwrap_or_else(|| panic!("no {name} in {fields:#?}"))
}

fn problems(fields: &[Field]) -> Vec<String> {
    fields
        .iter()
        .flat_map(|field| {
            let own = field.problem.iter().map(|problem| format!("{}: {problem}", field.name));
            own.chain(problems(&field.children)).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn a_packet_of_a_kernel_has_no_problem_and_every_field_a_reference() {
    fn all_referenced(field: &Field) -> bool {
        field.why.is_some() && field.children.iter().all(all_referenced)
    }
    for hex in fixtures::ALL {
        let fields = layers_of(hex);
        assert_eq!(problems(&fields), Vec::<String>::new());
        assert!(
            fields[..2].iter().all(|field| field.name == "Padding"
                || all_referenced(field)
                || field.name == "ICMPv6"
                || field.name.starts_with("Internet Control")),
            "{fields:#?}"
        );
    }
}

#[test]
fn the_fields_of_a_call() {
    let fields = layers_of(fixtures::SYN_V4);
    for (name, value, range) in [
        ("Total length", "60 bytes", (2, 4)),
        ("Identification", "28034", (4, 6)),
        ("Don't fragment", "set", (6, 7)),
        ("Time to live", "64", (8, 9)),
        ("Protocol", "6 (TCP)", (9, 10)),
        ("Source address", "192.0.2.1", (12, 16)),
        ("Destination address", "192.0.2.7", (16, 20)),
        ("Source port", "42574 (user port)", (20, 22)),
        ("Destination port", "21 (ftp, system port)", (22, 24)),
        ("Sequence number", "720189055", (24, 28)),
        ("Acknowledgment number", "0 (means nothing without ACK)", (28, 32)),
        ("SYN: synchronise sequence numbers", "set", (33, 34)),
        ("ACK: the acknowledgment number counts", "not set", (33, 34)),
        ("Window", "64240 bytes", (34, 36)),
        ("Maximum segment size", "1460 bytes", (40, 44)),
        ("Timestamps", "own 4166155551, echo 0", (46, 56)),
        ("Window scale", "10 (windows count 1024 times)", (57, 60)),
    ] {
        let field = find(&fields, name);
        assert_eq!(
            (field.value.as_str(), (field.start, field.end)),
            (value, range),
            "{name}"
        );
    }
    assert_eq!(find(&fields[1..], "Checksum").value, "0x4bc1 (correct)");

    let fields = layers_of(fixtures::SYN_V6);
    assert_eq!(find(&fields, "Flow label").value, "0x7e3c7");
    assert_eq!(find(&fields, "Payload length").value, "40 bytes");
    assert_eq!(find(&fields, "Source address").value, "2001:db8::1");
    assert_eq!(
        find(&layers_of(fixtures::SACK), "Selective acknowledgment").value,
        "1101 to 1121"
    );
}

#[test]
fn ftp_in_a_segment_is_read_and_the_address_has_its_place() {
    let fields = layers_of(fixtures::REPLY_227);
    let address = find(&fields, "The server listens on");
    assert_eq!(address.value, "192.0.2.1:60000");
    let packet = bytes(fixtures::REPLY_227);
    assert_eq!(
        &packet[address.start as usize..address.end as usize],
        b"192,0,2,1,234,96"
    );
    assert_eq!(find(&fields, "Code").value, "227");
}

#[test]
fn commands_in_a_segment() {
    let field = |payload: &[u8], from, to| ftp::field(payload, from, to);
    let layer = field(
        b"user anonymous\r\nPORT 192,168,1,2,200,10\r\nPORT 1,2\r\n\x1b\r\nPA",
        40_000,
        21,
    );
    assert_eq!(layer, None, "an escape is no text");
    let layer = vec![
        field(
            b"user anonymous\r\nPORT 192,168,1,2,200,10\r\nPORT 1,2\r\n?\r\nPA",
            40_000,
            21,
        )
        .unwrap(),
    ];
    assert_eq!(find(&layer, "Command").value, "USER");
    let address = find(&layer, "The client listens on");
    assert_eq!(
        (address.value.as_str(), address.start, address.end),
        ("192.168.1.2:51210", 21, 39)
    );
    assert_eq!(problems(&layer).len(), 2, "{:?}", problems(&layer));
    assert_eq!(find(&layer, "Unfinished line").value, "PA");
    assert_eq!(
        field(b"NOOP\r\n", 40_000, 2_121),
        None,
        "a segment alone can't tell on other ports"
    );
    assert_eq!(field(b"\x16\x03\x01", 40_000, 21), None);
    let extended = vec![field(b"229 Entering Extended Passive Mode (|||60000|)\r\n", 21, 40_000).unwrap()];
    assert_eq!(
        find(&extended, "The server listens on").value,
        "port 60000 of its own address"
    );
}

#[test]
fn icmp_shows_what_it_is_about() {
    for hex in [fixtures::UNREACHABLE_V4, fixtures::UNREACHABLE_V6] {
        let fields = layers_of(hex);
        let quoted = find(&fields, "The packet it is about");
        let source = &find(&quoted.children, "Source address");
        assert!(
            source.start >= quoted.start + 8,
            "ranges count from the outer packet's start"
        );
        assert!(matches!(source.value.as_str(), "192.0.2.7" | "2001:db8::7"));
    }
}

#[test]
fn problems_are_named_where_they_are() {
    let good = bytes(fixtures::SYN_V4);
    let with = |at: usize, byte: u8| {
        let mut packet = good.clone();
        packet[at] = byte;
        problems(&super::packet(&packet)).join("; ")
    };
    assert!(with(11, 0).contains("Checksum: "), "the header's");
    assert!(with(36, 0).contains("Checksum: "), "the segment's");
    assert!(with(23, 0).contains("Port 0 is reserved"));
    assert!(with(33, 0x03).contains("SYN goes with neither"));
    assert!(with(32, 0xa1).contains("Reserved bits"));
    assert!(with(41, 40).contains("An option's length"));
    assert!(with(8, 0).contains("no hops left"));
    assert!(with(0, 0x75).contains("7 is no version"));
    assert!(with(32, 0xf0).contains("TCP header can't be 60 bytes"));
    assert!(problems(&packet(&[])).join("").contains("needs 1 bytes"));
}

#[test]
fn congestion_bits() {
    let mut packet = bytes(fixtures::SYN_ACK);
    for (bits, value) in [
        (0, "0 (the sender does not take part)"),
        (2, "2 (the sender takes part)"),
        (3, "3 (a router is congested)"),
    ] {
        packet[1] = bits;
        assert_eq!(find(&super::packet(&packet), "Congestion notification").value, value);
    }
}

#[test]
fn a_packet_that_a_recorder_cut_has_no_problem() {
    let packet = bytes(fixtures::REPLY_227);
    let fields = super::packet(&packet[..60]);
    assert_eq!(problems(&fields), Vec::<String>::new());
    assert_eq!(find(&fields, "Total length").value, "87 bytes, of which 60 are here");
    assert!(find(&fields[1..], "Checksum").value.ends_with("(not checked)"));
}

#[test]
fn padding_and_other_protocols_are_bytes() {
    let mut packet = bytes(fixtures::SYN_ACK);
    packet.extend_from_slice(&[0; 4]);
    assert_eq!(find(&super::packet(&packet), "Padding").value, "4 bytes");
    packet[9] = 47;
    assert_eq!(find(&super::packet(&packet), "Payload").value, "28 bytes");
}
