//! Tests of [`super`] with certificates that OpenSSL 3.0 made: of RSA with alternative names, of P-256 signed by somebody else
//! and good beyond 2050, of Ed25519 with no name at all. What is expected is what `openssl x509` says of them.

use super::*;

const RSA: &[u8] = include_bytes!("fixtures/rsa.der");
const EC: &[u8] = include_bytes!("fixtures/ec.der");
const ED25519: &[u8] = include_bytes!("fixtures/ed25519.der");

#[test]
fn a_certificate_is_read() {
    let read = Certificate::read(RSA).unwrap();
    let expected = Certificate {
        subject: Some("ftp.example.net".to_owned()),
        issuer: Some("ftp.example.net".to_owned()),
        self_issued: true,
        serial: vec![0x4b, 0x1d],
        names: ["ftp.example.net", "*.example.net", "192.0.2.21", "2001:db8::21"]
            .map(str::to_owned)
            .to_vec(),
        from: 1_795_411_928,
        to: 2_110_771_928,
        key: Key::Rsa { bits: 2048 },
    };
    assert_eq!(read, expected);
}

#[test]
fn other_keys_names_and_times() {
    let read = Certificate::read(EC).unwrap();
    assert_eq!(
        (read.subject.as_deref(), read.issuer.as_deref()),
        (Some("Nameless"), Some("An Authority"))
    );
    assert_eq!((read.from, read.to), (1_795_411_841, 3_350_611_841));
    assert_eq!(
        (read.key, read.self_issued, read.serial),
        (Key::Ec { bits: 256 }, false, vec![0xff, 0x01])
    );
    let read = Certificate::read(ED25519).unwrap();
    assert_eq!((read.subject, read.issuer, read.names), (None, None, Vec::new()));
    assert_eq!((read.key, read.self_issued), (Key::Ed25519, true));
    assert_eq!(read.to - read.from, 86_400);
}

#[test]
fn what_is_none_is_an_error_that_says_where() {
    assert_eq!(Certificate::read(b""), Err(NoCertificate { at: 0 }));
    assert_eq!(
        Certificate::read(b"-----BEGIN CERTIFICATE-----"),
        Err(NoCertificate { at: 0 })
    );
    for length in 0..RSA.len() {
        assert!(Certificate::read(&RSA[..length]).is_err(), "{length}");
    }
    let mut late = RSA.to_vec();
    // The date's month.
    let month = late.windows(13).position(|bytes| bytes == b"261123053208Z").unwrap() + 2;
    late[month] = b'9';
    assert_eq!(Certificate::read(&late), Err(NoCertificate { at: month - 2 }));
}

#[test]
fn names_can_do_no_harm() {
    let mut odd = RSA.to_vec();
    while let Some(at) = odd.windows(15).position(|bytes| bytes == b"ftp.example.net") {
        odd[at] = 0x1b;
        odd[at + 1] = 0xff;
    }
    let read = Certificate::read(&odd).unwrap();
    assert_eq!(read.subject.as_deref(), Some("␛\u{fffd}p.example.net"));
    assert_eq!(read.names[0], "␛\u{fffd}p.example.net");
}
