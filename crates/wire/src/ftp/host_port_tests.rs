//! Tests of [`super`].

use core::net::Ipv6Addr;

use proptest::prelude::*;

use super::*;

fn v4(text: &str) -> HostPort {
    HostPort::new(text.parse().unwrap()).unwrap()
}

fn either(text: &str) -> ExtendedHostPort {
    ExtendedHostPort::new(text.parse().unwrap()).unwrap()
}

#[test]
fn port_argument() {
    let address = v4("192.168.1.2:51210");
    assert_eq!(address.to_argument().as_str(), "192,168,1,2,200,10");
    assert_eq!(HostPort::parse_argument("192,168,1,2,200,10"), Ok(address));
    assert_eq!(
        HostPort::parse_argument("192,168,001,002,200,010"),
        Ok(address),
        "leading zeros are decimal"
    );
    for bad in [
        "",
        "1,2,3,4,5",
        "1,2,3,4,5,6,7",
        "1,2,3,4,5,6,",
        "1,2,3,4,5, 6",
        "(1,2,3,4,5,6)",
        "1.2.3.4,5,6",
        "+1,2,3,4,5,6",
    ] {
        assert_eq!(HostPort::parse_argument(bad), Err(HostPortError::Malformed), "{bad:?}");
    }
    assert_eq!(
        HostPort::parse_argument("256,2,3,4,5,6"),
        Err(HostPortError::OutOfRange { value: 256 })
    );
    assert_eq!(
        HostPort::parse_argument("1,2,3,4,5,65536"),
        Err(HostPortError::OutOfRange { value: 65_536 })
    );
    assert_eq!(
        HostPort::parse_argument("1,2,3,4,5,99999999999"),
        Err(HostPortError::Malformed)
    );
    assert_eq!(HostPort::parse_argument("1,2,3,4,0,0"), Err(HostPortError::PortZero));
    assert_eq!(
        HostPort::new("1.2.3.4:0".parse().unwrap()),
        Err(HostPortError::PortZero)
    );
}

#[test]
fn text_of_227_with_and_without_parentheses() {
    let address = v4("192.0.2.1:60000");
    assert_eq!(address.to_reply_text(), "Entering Passive Mode (192,0,2,1,234,96).");
    for text in [
        "Entering Passive Mode (192,0,2,1,234,96).",
        "Entering Passive Mode 192,0,2,1,234,96",
        "=192,0,2,1,234,96",
        "192,0,2,1,234,96",
        "Mode 2, passive, 1,2,3 (192,0,2,1,234,96)",
        "port47192 x192,0,2,1,234,96",
    ] {
        assert_eq!(HostPort::parse_reply_text(text), Ok(address), "{text:?}");
    }
    let text = b"Entering Passive Mode (192,0,2,1,234,96).";
    let (_, range) = HostPort::find(text).unwrap();
    assert_eq!(&text[range], b"192,0,2,1,234,96");
    assert_eq!(
        HostPort::parse_reply_text("Entering Passive Mode"),
        Err(HostPortError::Malformed)
    );
    let too_many_digits = "1234567890192,0,2,1,234,96";
    assert_eq!(
        HostPort::parse_reply_text(too_many_digits),
        Err(HostPortError::Malformed),
        "no number begins midway"
    );
    assert_eq!(HostPort::parse_reply_text("(1,2,3,4,5)"), Err(HostPortError::Malformed));
    assert_eq!(
        HostPort::parse_reply_text("(1,2,3,400,5,6)"),
        Err(HostPortError::OutOfRange { value: 400 })
    );
    assert_eq!(
        HostPort::parse_reply_text("(1,2,3,4,0,0)"),
        Err(HostPortError::PortZero)
    );
}

#[test]
fn eprt_argument() {
    // The two examples of RFC 2428 section 2.
    assert_eq!(
        ExtendedHostPort::parse_argument("|1|132.235.1.2|6275|"),
        Ok(either("132.235.1.2:6275"))
    );
    let v6 = either("[1080::8:800:200C:417A]:5282");
    assert_eq!(
        ExtendedHostPort::parse_argument("|2|1080::8:800:200C:417A|5282|"),
        Ok(v6)
    );
    assert_eq!(v6.to_argument().as_str(), "|2|1080::8:800:200c:417a|5282|");
    for same in [
        "!2!1080::8:800:200C:417A!5282!",
        "~2~1080::8:800:200C:417A~5282~",
        ":2:1080::8:800:200C:417A:5282:",
    ] {
        assert_eq!(ExtendedHostPort::parse_argument(same), Ok(v6), "{same:?}");
    }
    for bad in [
        "",
        "|",
        "||",
        "|1|192.0.2.1|21",
        "1|192.0.2.1|21|",
        "|1|192.0.2.1|21||",
        "|1|192.0.2.1||",
        "|||21|",
        " 1 192.0.2.1 21 ",
        "\u{7f}1\u{7f}192.0.2.1\u{7f}21\u{7f}",
        "é1é192.0.2.1é21é",
        "|1|192.0.2.1|+21|",
    ] {
        assert!(
            matches!(
                ExtendedHostPort::parse_argument(bad),
                Err(HostPortError::Malformed | HostPortError::Address)
            ),
            "{bad:?}"
        );
    }
    for bad in [
        "|1|2001:db8::7|21|",
        "|2|192.0.2.1|21|",
        "|1|192.0.2|21|",
        "|1|example.org|21|",
        "|1||21|",
    ] {
        assert_eq!(
            ExtendedHostPort::parse_argument(bad),
            Err(HostPortError::Address),
            "{bad:?}"
        );
    }
    let parse = ExtendedHostPort::parse_argument;
    assert_eq!(parse("|3|x|21|"), Err(HostPortError::UnknownProtocol { protocol: 3 }));
    assert_eq!(parse("|1|192.0.2.1|0|"), Err(HostPortError::PortZero));
    assert_eq!(
        parse("|1|192.0.2.1|65536|"),
        Err(HostPortError::OutOfRange { value: 65_536 })
    );
}

#[test]
fn text_of_229() {
    let port = ExtendedPort::new(6_446).unwrap();
    assert_eq!(port.to_reply_text(), "Entering Extended Passive Mode (|||6446|)");
    for text in [
        "Entering Extended Passive Mode (|||6446|)",
        "... ok (!!!6446!)",
        "|||6446|",
        "||||6446|",
    ] {
        assert_eq!(ExtendedPort::parse_reply_text(text), Ok(port), "{text:?}");
    }
    let text = b"Entering Extended Passive Mode (|||6446|)";
    let (_, range) = ExtendedPort::find(text).unwrap();
    assert_eq!(&text[range], b"|||6446|");
    for bad in [
        "",
        "(|||6446)",
        "(||6446|)",
        "(|||x|)",
        "(|1|192.0.2.1|6446|)",
        "aaa6446a",
        "   6446 ",
        "1116446",
    ] {
        assert_eq!(
            ExtendedPort::parse_reply_text(bad),
            Err(HostPortError::Malformed),
            "{bad:?}"
        );
    }
    assert_eq!(ExtendedPort::parse_reply_text("(|||0|)"), Err(HostPortError::PortZero));
    assert_eq!(
        ExtendedPort::parse_reply_text("(|||65536|)"),
        Err(HostPortError::OutOfRange { value: 65_536 })
    );
    assert_eq!(ExtendedPort::new(0), Err(HostPortError::PortZero));
}

proptest! {
    #[test]
    fn addresses_come_back(octets in any::<[u8; 4]>(), wide in any::<[u8; 16]>(), port in 1..=u16::MAX, around in "[a-z (]{0,9}") {
        let address = HostPort::new(SocketAddrV4::new(octets.into(), port)).unwrap();
        prop_assert_eq!(HostPort::parse_argument(address.to_argument().as_str()), Ok(address));
        prop_assert_eq!(HostPort::parse_reply_text(&format!("{around}{address}{around}")), Ok(address));
        for ip in [IpAddr::V4(octets.into()), IpAddr::V6(Ipv6Addr::from(wide))] {
            let address = ExtendedHostPort::new(SocketAddr::new(ip, port)).unwrap();
            let argument = address.to_argument();
            prop_assert_eq!(ExtendedHostPort::parse_argument(argument.as_str()), Ok(address));
            prop_assert_eq!(address.address(), SocketAddr::new(ip, port));
        }
        let port = ExtendedPort::new(port).unwrap();
        prop_assert_eq!(ExtendedPort::parse_reply_text(&port.to_reply_text()), Ok(port));
    }

    #[test]
    fn any_delimiter_of_rfc_2428_will_do(delimiter in 33_u8..=126) {
        let d = char::from(delimiter);
        let parsed = ExtendedHostPort::parse_argument(&format!("{d}1{d}192.0.2.7{d}51234{d}"));
        // A digit, or the address's own dot, is a delimiter that nobody could tell from the fields.
        if !d.is_ascii_digit() {
            prop_assert_eq!(parsed, Ok(either("192.0.2.7:51234")));
        }
    }
}
