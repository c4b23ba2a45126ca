//! The server and what it hears of TLS, word by word: the shell around it is this test.

use portolan_wire::Instant;
use portolan_wire::report::Purpose;
use portolan_wire::security::{Secured, TlsFault};

use super::*;
use crate::endpoint::StoreRequest;
use crate::ftp::server::{Security, Terms, TlsBegins};
use crate::speaker::{Heard, Said, Speaker};

const DATA: ConnId = ConnId::accepted(1);

/// A server without a shell, and all it has said.
struct Talk {
    server: Server,
    said: Vec<Said>,
    store: Tree,
}

impl Talk {
    fn new(security: Security) -> Self {
        let mut talk = Self {
            server: server(Config { security, ..config() }),
            said: Vec::new(),
            store: files(),
        };
        talk.give(Input::Begin);
        let (conn, bytes) = (CONTROL, 1 << 20);
        talk.give(Input::Writable { conn, bytes });
        talk
    }

    fn offered() -> Self {
        Self::new(Security::Offered(Terms::EXPLICIT))
    }

    /// Secured, with Ada logged in and PROT P agreed on.
    fn private() -> Self {
        let mut talk = Self::offered();
        talk.say("AUTH TLS");
        talk.secured(CONTROL);
        for line in ["USER ada", "PASS secret", "PBSZ 0", "PROT P", "TYPE I"] {
            talk.say(line);
        }
        talk.said.clear();
        talk
    }

    fn hear(&mut self, heard: Heard) {
        self.server.handle(Instant::ZERO, heard);
        loop {
            match self.server.poll() {
                Said::Plain(Output::Timeout(_)) => return,
                Said::Plain(Output::Store { op, request }) => {
                    let result = self.store.answer(request.clone());
                    self.said.push(Said::Plain(Output::Store { op, request }));
                    self.server
                        .handle(Instant::ZERO, Heard::Plain(Input::Stored { op, result }));
                }
                said => self.said.push(said),
            }
        }
    }

    fn give(&mut self, input: Input) {
        self.hear(Heard::Plain(input));
    }

    fn say(&mut self, line: &str) -> u16 {
        let before = self.codes().len();
        let bytes = format!("{line}\r\n").into_bytes();
        self.give(Input::Received { conn: CONTROL, bytes });
        self.codes().get(before).copied().unwrap_or_default()
    }

    fn secured(&mut self, conn: ConnId) {
        let secured = Secured {
            version: 0x0304,
            suite: 0x1301,
            resumed: false,
            certificate: None,
            trusted: None,
            tickets: None,
        };
        self.hear(Heard::Secured { conn, secured });
    }

    fn codes(&self) -> Vec<u16> {
        let codes = self.said.iter().filter_map(|said| match said {
            Said::Plain(Output::Event {
                report: Report::Reply { code, .. },
                ..
            }) => Some(*code),
            _ => None,
        });
        codes.collect()
    }

    fn troubles(&self) -> Vec<&Trouble> {
        let troubles = self.said.iter().filter_map(|said| match said {
            Said::Plain(Output::Event {
                report: Report::Trouble { trouble },
                ..
            }) => Some(trouble),
            _ => None,
        });
        troubles.collect()
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
    let mut talk = Talk::offered();
    talk.say("AUTH TLS\r\nUSER ada\r\nPASS sec");
    assert_eq!(talk.codes(), [220, 234]);
    assert!(talk.said.contains(&Said::Secure { conn: CONTROL }));
    talk.say("ret\r\nQUIT");
    talk.secured(CONTROL);
    assert_eq!(talk.codes(), [220, 234]);
    assert_eq!(talk.say("PASS secret"), 503, "nobody has said USER");
}

#[test]
fn what_comes_out_of_order_or_is_not_there_has_its_code() {
    let mut talk = Talk::offered();
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
    assert!(talk.said.contains(&Said::Clear { conn: CONTROL }));
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
        let mut talk = Talk::new(security);
        talk.say("FEAT");
        let lines = talk.said.iter().find_map(|said| match said {
            Said::Plain(Output::Event {
                report: Report::Reply { code: 211, lines, .. },
                ..
            }) => Some(lines),
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
    let mut talk = Talk::private();
    talk.open_data();
    assert_eq!(talk.say("STOR new.txt"), 125);
    assert!(talk.said.contains(&Said::Secure { conn: DATA }));
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
    assert!(
        !talk.said.contains(&Said::Plain(Output::Abort { conn: DATA })),
        "it is over"
    );
    assert_eq!(talk.say("NOOP"), 200, "the session goes on");
}

#[test]
fn hands_that_are_not_shaken_are_a_522_and_a_file_that_was_sent_was_sent() {
    let mut talk = Talk::private();
    talk.open_data();
    talk.say("RETR readme.txt");
    let (conn, fault) = (DATA, TlsFault::Alert { description: 48 });
    talk.hear(Heard::Broken { conn, fault });
    assert_eq!(talk.codes().last(), Some(&522));
    let mut talk = Talk::private();
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
    let mut talk = Talk::new(Security::Offered(terms));
    assert_eq!(talk.codes(), [0; 0]);
    assert_eq!(talk.said.first(), Some(&Said::Secure { conn: CONTROL }));
    talk.secured(CONTROL);
    assert_eq!(talk.codes(), [220]);
    assert_eq!(talk.say("PROT C"), 200, "PBSZ need not be said");
    // A client in the clear may have begun with its password, which no log is to hold.
    let mut talk = Talk::new(Security::Offered(terms));
    let what = "PASS secret".to_owned();
    let (conn, fault) = (CONTROL, TlsFault::Plaintext { what });
    talk.hear(Heard::Broken { conn, fault });
    let (purpose, what) = (Purpose::Control, String::new());
    let why = TlsFault::Plaintext { what };
    assert_eq!(talk.troubles(), [&Trouble::Tls { purpose, why }]);
}
