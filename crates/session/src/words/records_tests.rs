//! What is said of TLS records to whoever has no keys.

use portolan_wire::report::Purpose;

use super::*;
use crate::event::{Conn, Evidence, HostId};
use crate::view::{Carries, CertificateText, CertificateView, Glimpse, Lane, What, Who};

fn opaque(bytes: Option<u32>) -> Glimpse {
    Glimpse::Opaque {
        carries: Carries::Data,
        bytes,
    }
}

fn client_hello(name: Option<&str>) -> Glimpse {
    Glimpse::ClientHello {
        versions: vec![0x0304, 0x0303, 0x7f1c],
        suites: 9,
        server_name: name.map(str::to_owned),
        resumes: true,
    }
}

fn server_hello(version: u16) -> Glimpse {
    Glimpse::ServerHello {
        version,
        suite: 0x1301,
        resumes: true,
    }
}

fn text() -> CertificateText {
    CertificateText {
        subject: Some("ftp.example.net".into()),
        issuer: Some("Example Authority".into()),
        self_issued: false,
        names: vec!["ftp.example.net".into(), "192.0.2.1".into()],
        from: 0,
        to: 86_400,
        key: "P-256".into(),
    }
}

fn said_of(seen: &[Glimpse]) -> (String, String, String) {
    let caption = Caption::Records {
        sender: Who::Server,
        purpose: Purpose::Control,
        seen: seen.to_vec(),
    };
    let rung = Rung {
        seq: 0,
        sent: 0,
        sent_at: portolan_wire::Instant::ZERO,
        arrived_at: None,
        until: None,
        from: HostId(0),
        to: None,
        lane: Lane::Control,
        conn: Some(Conn(0)),
        locked: false,
        evidence: Evidence::Observed,
        what: What::Records { seen: seen.to_vec() },
    };
    let row = Said::Records { seen: seen.to_vec() };
    (super::caption(&caption), said(&row), super::rung(&rung))
}

#[test]
fn each_flight_has_a_sentence_of_one_breath() {
    let long = "a-server-whose-name-is-as-long-as-a-name-can-be.harbour.example.net";
    let flights = [
        vec![client_hello(Some(long))],
        vec![client_hello(None)],
        vec![server_hello(0x0304), Glimpse::ChangeCipherSpec, opaque(Some(444))],
        vec![server_hello(0x7f1c), Glimpse::Certificate(Some(text()))],
        vec![Glimpse::Handshake { kind: 16 }, Glimpse::ChangeCipherSpec],
        vec![Glimpse::Handshake { kind: 99 }],
        vec![Glimpse::Alert { description: 42 }],
        vec![Glimpse::Alert { description: 250 }],
        vec![opaque(Some(1)), opaque(Some(65_535))],
        vec![opaque(None)],
    ];
    for flight in flights {
        let (caption, said, rung) = said_of(&flight);
        let words = caption.split_whitespace().count();
        assert!((4..=MOST_WORDS).contains(&words), "{words}: {caption}");
        assert!(
            caption.ends_with('.') && !said.is_empty() && !rung.is_empty(),
            "{flight:?}"
        );
    }
}

#[test]
fn what_is_in_the_clear_is_told_whole() {
    let (caption, said, rung) = said_of(&[client_hello(Some("ftp.example.net"))]);
    assert!(caption.contains("names the server it wants: ftp.example.net. Anybody can read this."));
    assert_eq!(
        said,
        "ClientHello: TLS 1.3, TLS 1.2 and TLS version 7f1c; 9 cipher suites; server name ftp.example.net; has a ticket"
    );
    assert_eq!(rung, "ClientHello");
    let (caption, said, rung) = said_of(&[
        server_hello(0x0303),
        Glimpse::Certificate(Some(text())),
        Glimpse::Handshake { kind: 14 },
    ]);
    assert_eq!(
        caption,
        "The server chooses TLS 1.2 and resumes a session. Its certificate is readable too."
    );
    assert_eq!(
        said,
        "ServerHello: TLS 1.2; TLS_AES_128_GCM_SHA256; session resumed\nCertificate, in the clear\n  Certificate of ftp.example.net\n  \
         signed by Example Authority\n  holds for ftp.example.net, 192.0.2.1\n  valid 1970-01-01 00:00 UTC to 1970-01-02 00:00 UTC\n  \
         key P-256\nServerHelloDone"
    );
    assert_eq!(rung, "ServerHello, Certificate, ServerHelloDone");
}

#[test]
fn of_what_is_encrypted_the_size_is_told_if_it_was_recorded() {
    let (caption, said, rung) = said_of(&[opaque(Some(40)), opaque(Some(13))]);
    assert_eq!(
        caption,
        "The server sends 2 TLS records, 53 bytes. Whoever looks on learns size and time, no word."
    );
    assert_eq!(
        (said.as_str(), rung.as_str()),
        ("2 encrypted records, 53 bytes", "2 encrypted records, 53 bytes")
    );
    let (caption, said, _) = said_of(&[opaque(None)]);
    assert_eq!(
        caption,
        "The server sends something under TLS. Its size was not recorded."
    );
    assert_eq!(said, "encrypted");
    let finished = Glimpse::Opaque {
        carries: Carries::Handshake,
        bytes: Some(32),
    };
    let (_, said, rung) = said_of(&[Glimpse::ChangeCipherSpec, finished]);
    assert_eq!(said, "ChangeCipherSpec\nencrypted handshake message, 32 bytes");
    assert_eq!(rung, "ChangeCipherSpec, encrypted handshake message, 32 bytes");
}

#[test]
fn a_certificate_is_told_line_by_line() {
    let mut certificate = CertificateView {
        fingerprint: "AB:CD".into(),
        says: Some(CertificateText {
            self_issued: true,
            names: Vec::new(),
            ..text()
        }),
    };
    assert_eq!(
        super::certificate(&certificate),
        [
            "Certificate of ftp.example.net",
            "signed by itself",
            "valid 1970-01-01 00:00 UTC to 1970-01-02 00:00 UTC",
            "key P-256",
            "SHA-256 AB:CD",
        ]
    );
    certificate.says = None;
    assert_eq!(super::certificate(&certificate), ["SHA-256 AB:CD"]);
}
