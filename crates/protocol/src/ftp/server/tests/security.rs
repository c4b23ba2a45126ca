//! The server and what it hears of TLS, word by word: the shell around it is this test.

use portolan_wire::report::Purpose;
use portolan_wire::security::TlsFault;

use super::*;
use crate::endpoint::StoreRequest;
use crate::ftp::server::{Security, Terms, TlsBegins};
use crate::speaker::{Heard, Said};
use crate::testing::Talk;

const DATA: ConnId = ConnId::accepted(1);

/// A server that may say what it likes.
fn begun(security: Security) -> Talk<Server> {
    let mut talk = Talk::new(server(Config { security, ..config() }), files());
    talk.give(Input::Begin);
    let (conn, bytes) = (CONTROL, 1 << 20);
    talk.give(Input::Writable { conn, bytes });
    talk
}

fn offered() -> Talk<Server> {
    begun(Security::Offered(Terms::EXPLICIT))
}

/// Secured, with Ada logged in and PROT P agreed on.
fn private() -> Talk<Server> {
    let mut talk = offered();
    talk.say("AUTH TLS");
    talk.secured(CONTROL);
    for line in ["USER ada", "PASS secret", "PBSZ 0", "PROT P", "TYPE I"] {
        talk.say(line);
    }
    talk.said.clear();
    talk
}

impl Talk<Server> {
    /// A line comes; the code of what is answered, or 0.
    fn say(&mut self, line: &str) -> u16 {
        let before = self.codes().len();
        self.line(CONTROL, line);
        self.codes().get(before).copied().unwrap_or_default()
    }

    fn codes(&self) -> Vec<u16> {
        let codes = self.reports().filter_map(|report| match report {
            Report::Reply { code, .. } => Some(*code),
            _ => None,
        });
        codes.collect()
    }

    /// Opens a passive data connection.
    fn open_data(&mut self) {
        self.say("EPSV");
        let listener = ListenerId(0);
        let local = address("192.0.2.10:60000");
        self.give(Input::Listening { listener, local });
        let (conn, peer) = (DATA, address("198.51.100.7:51000"));
        self.give(Input::Accepted {
            listener,
            conn,
            local,
            peer,
        });
        let bytes = 1 << 20;
        self.give(Input::Writable { conn, bytes });
    }
}

#[test]
fn what_was_slipped_in_behind_auth_is_never_carried_out() {
    let mut talk = offered();
    talk.say("AUTH TLS\r\nUSER ada\r\nPASS sec");
    assert_eq!(talk.codes(), [220, 234]);
    assert!(talk.has_said(&Said::Secure { conn: CONTROL }));
    talk.say("ret\r\nQUIT");
    talk.secured(CONTROL);
    assert_eq!(talk.codes(), [220, 234]);
    assert_eq!(talk.say("PASS secret"), 503, "nobody has said USER");
}

#[test]
fn what_comes_out_of_order_or_is_not_there_has_its_code() {
    let mut talk = offered();
    for (line, code) in [
        ("PBSZ 0", 503),
        ("PROT P", 503),
        ("CCC", 533),
        ("AUTH", 501),
        ("AUTH GSSAPI", 504),
        ("AUTH ssl", 234),
    ] {
        assert_eq!(talk.say(line), code, "{line}");
    }
    talk.secured(CONTROL);
    for (line, code) in [
        ("AUTH TLS", 503),
        ("PROT P", 503),
        ("PBSZ many", 501),
        ("PBSZ 4096", 200),
        ("PROT S", 536),
        ("PROT E", 536),
        ("PROT X", 504),
        ("PROT p", 200),
        ("PROT C", 200),
        ("CCC", 200),
    ] {
        assert_eq!(talk.say(line), code, "{line}");
    }
    assert!(talk.has_said(&Said::Clear { conn: CONTROL }));
    assert_eq!(talk.say("NOOP"), 0, "nothing is said until it is cleared");
    talk.hear(Heard::Cleared { conn: CONTROL });
    assert_eq!(talk.codes().last(), Some(&200));
    assert_eq!(talk.say("AUTH TLS"), 503, "not twice");
}

#[test]
fn features_tell_what_there_is() {
    for (security, expected) in [
        (Security::Unknown, &[][..]),
        (Security::Denied, &[]),
        (Security::Offered(Terms::EXPLICIT), &["AUTH TLS", "CCC", "PBSZ", "PROT"]),
        (
            Security::Offered(Terms {
                may_clear: false,
                ..Terms::EXPLICIT
            }),
            &["AUTH TLS", "PBSZ", "PROT"],
        ),
    ] {
        let mut talk = begun(security);
        talk.say("FEAT");
        let lines = talk.reports().find_map(|report| match report {
            Report::Reply { code: 211, lines, .. } => Some(lines),
            _ => None,
        });
        let told: Vec<&str> = lines
            .unwrap()
            .iter()
            .map(|line| line.trim())
            .filter(|line| {
                ["AUTH", "CCC", "PBSZ", "PROT"]
                    .iter()
                    .any(|verb| line.starts_with(verb))
            })
            .collect();
        assert_eq!(told, expected);
    }
}

#[test]
fn an_upload_that_ends_without_goodbye_is_kept_as_cut_short() {
    let mut talk = private();
    talk.open_data();
    assert_eq!(talk.say("STOR new.txt"), 125);
    assert!(talk.has_said(&Said::Secure { conn: DATA }));
    talk.secured(DATA);
    let (conn, bytes) = (DATA, b"half".to_vec());
    talk.give(Input::Received { conn, bytes });
    let (fault, purpose) = (TlsFault::CutShort, Purpose::Data);
    talk.hear(Heard::Broken { conn, fault });
    assert_eq!(talk.codes().last(), Some(&426));
    let why = TlsFault::CutShort;
    assert_eq!(talk.troubles(), [&Trouble::Tls { purpose, why }]);
    let is_incomplete = |said: &Said| {
        matches!(
            said,
            Said::Plain(Output::Store {
                request: StoreRequest::Close { complete: false, .. },
                ..
            })
        )
    };
    assert!(talk.said.iter().any(is_incomplete));
    assert!(!talk.has_said(&Said::Plain(Output::Abort { conn: DATA })), "it is over");
    assert_eq!(talk.say("NOOP"), 200, "the session goes on");
}

#[test]
fn hands_that_are_not_shaken_are_a_522_and_a_file_that_was_sent_was_sent() {
    let mut talk = private();
    talk.open_data();
    talk.say("RETR readme.txt");
    let (conn, fault) = (DATA, TlsFault::Alert { description: 48 });
    talk.hear(Heard::Broken { conn, fault });
    assert_eq!(talk.codes().last(), Some(&522));
    let mut talk = private();
    talk.open_data();
    talk.say("RETR readme.txt");
    talk.secured(DATA);
    assert_eq!(talk.codes().last(), Some(&226));
    let fault = TlsFault::CutShort;
    talk.hear(Heard::Broken { conn, fault });
    assert_eq!(talk.codes().last(), Some(&226));
    assert_eq!(talk.troubles(), [&Trouble::ControlLost; 0]);
}

#[test]
fn an_implicit_server_greets_when_hands_are_shaken() {
    let terms = Terms {
        begin: TlsBegins::AtOnce,
        ..Terms::EXPLICIT
    };
    let mut talk = begun(Security::Offered(terms));
    assert_eq!(talk.codes(), [0; 0]);
    assert_eq!(talk.said.first(), Some(&Said::Secure { conn: CONTROL }));
    talk.secured(CONTROL);
    assert_eq!(talk.codes(), [220]);
    assert_eq!(talk.say("PROT C"), 200, "PBSZ need not be said");
    // A client in the clear may have begun with its password, which no log is to hold.
    let mut talk = begun(Security::Offered(terms));
    let what = "PASS secret".to_owned();
    let (conn, fault) = (CONTROL, TlsFault::Plaintext { what });
    talk.hear(Heard::Broken { conn, fault });
    let (purpose, what) = (Purpose::Control, String::new());
    let why = TlsFault::Plaintext { what };
    assert_eq!(talk.troubles(), [&Trouble::Tls { purpose, why }]);
}
