//! The client and what it hears of TLS, word by word: the shell around it is this test.

use portolan_wire::report::Purpose;
use portolan_wire::security::{Protection, SecurityCommand, TlsFault};

use super::*;
use crate::ftp::client::Security;
use crate::speaker::{Heard, Said};
use crate::testing::Talk;

/// A client, connected.
fn begun(security: Security) -> Talk<Client> {
    let mut talk = Talk::new(Client::new(Config { security, ..config() }), stocked());
    talk.give(Input::Act {
        action: 1,
        what: Action::Connect { host: None, port: None },
    });
    established(&mut talk, CONTROL, SERVER);
    talk
}

/// Secured, logged in, and agreed on PROT P.
fn private() -> Talk<Client> {
    let mut talk = begun(Security::Explicit);
    talk.reply("220 ready");
    talk.reply("234 go on");
    talk.secured(CONTROL);
    talk.act(2, log_in());
    for reply in ["331 password?", "230 welcome", "200 fine", "200 private"] {
        talk.reply(reply);
    }
    talk.said.clear();
    talk
}

fn established(talk: &mut Talk<Client>, conn: ConnId, peer: &str) {
    let (local, peer) = (CLIENT.parse().unwrap(), peer.parse().unwrap());
    talk.give(Input::Connected { conn, local, peer });
    let bytes = PLENTY;
    talk.give(Input::Writable { conn, bytes });
}

impl Talk<Client> {
    fn act(&mut self, action: u32, what: Action) {
        self.give(Input::Act { action, what });
    }

    fn reply(&mut self, line: &str) {
        self.line(CONTROL, line);
    }

    fn lines(&self) -> String {
        let sent = self.said.iter().filter_map(|said| match said {
            Said::Plain(Output::Send { conn: CONTROL, bytes }) => Some(String::from_utf8_lossy(bytes).into_owned()),
            _ => None,
        });
        sent.collect()
    }

    /// Begins a passive download, up to the data connection's handshake.
    fn download(&mut self) {
        let (local, resume) = (None, false);
        let remote = text("there.txt");
        self.act(3, Action::Get { remote, local, resume });
        self.reply("200 type");
        self.reply("227 Entering Passive Mode (192,0,2,1,200,1)");
        established(self, DATA, "192.0.2.1:51201");
        assert!(!self.has_said(&Said::Secure { conn: DATA }), "the server has not begun");
        self.reply("150 here it comes");
        assert!(self.has_said(&Said::Secure { conn: DATA }));
    }

    fn closed_as_complete(&self) -> Vec<bool> {
        let closed = self.said.iter().filter_map(|said| match said {
            Said::Plain(Output::Store {
                request: StoreRequest::Close { complete, .. },
                ..
            }) => Some(*complete),
            _ => None,
        });
        closed.collect()
    }
}

fn text(text: &str) -> Argument {
    Argument::new(text).unwrap()
}

fn lost(why: TlsFault) -> Outcome {
    let purpose = Purpose::Data;
    let trouble = Trouble::Tls { purpose, why };
    Outcome::Failed { trouble }
}

#[test]
fn what_was_slipped_in_behind_the_234_is_forgotten() {
    let mut talk = begun(Security::Explicit);
    talk.reply("220 ready");
    talk.reply("234 go on\r\n331 password?\r\n230 come in");
    assert!(talk.has_said(&Said::Secure { conn: CONTROL }));
    assert_eq!(talk.outcome(1), None, "nothing is done before it is secured");
    talk.secured(CONTROL);
    assert_eq!(talk.outcome(1), Some(&Outcome::Done));
    talk.act(2, log_in());
    assert!(talk.lines().ends_with("USER demo\r\n"), "{}", talk.lines());
    talk.reply("530 no");
    assert!(matches!(talk.outcome(2), Some(Outcome::Denied { code: 530, .. })));
}

#[test]
fn a_server_that_refuses_to_protect_data_loses_the_session() {
    for refused in [SecurityCommand::Pbsz, SecurityCommand::Prot] {
        let mut talk = begun(Security::Explicit);
        talk.reply("220 ready");
        talk.reply("234 go on");
        talk.secured(CONTROL);
        talk.act(2, log_in());
        talk.reply("331 password?");
        talk.reply("230 welcome");
        if refused == SecurityCommand::Prot {
            talk.reply("200 fine");
        }
        talk.reply("534 not here");
        let Some(Outcome::Failed {
            trouble: Trouble::Insecure { command, code, .. },
        }) = talk.outcome(2)
        else {
            panic!("{:?}", talk.outcome(2));
        };
        assert_eq!((*command, *code), (refused, 534));
        assert!(talk.has_said(&Said::Plain(Output::Shutdown { conn: CONTROL })));
    }
}

/// Servers older than RFC 4217, and Windows', know no PROT behind an implicit beginning, and protect data.
#[test]
fn an_implicit_server_without_prot_is_believed_to_protect() {
    let mut talk = begun(Security::Implicit);
    assert!(talk.has_said(&Said::Secure { conn: CONTROL }));
    talk.secured(CONTROL);
    talk.reply("220 ready");
    talk.act(2, log_in());
    for reply in ["331 password?", "230 welcome", "502 no PBSZ"] {
        talk.reply(reply);
    }
    assert_eq!(talk.outcome(2), Some(&Outcome::Done));
    talk.download();
}

#[test]
fn a_download_that_ends_without_goodbye_is_not_whole() {
    let mut talk = private();
    talk.download();
    talk.secured(DATA);
    let bytes = b"half".to_vec();
    talk.give(Input::Received { conn: DATA, bytes });
    let fault = TlsFault::CutShort;
    talk.hear(Heard::Broken { conn: DATA, fault });
    assert_eq!(talk.outcome(3), None, "the server's word is still to come");
    talk.reply("226 all sent");
    assert_eq!(talk.outcome(3), Some(&lost(TlsFault::CutShort)));
    assert_eq!(talk.closed_as_complete(), [false]);
}

#[test]
fn who_knows_better_why_data_failed_has_the_last_word() {
    for (fault, knows_better) in [
        (TlsFault::BadRecord, true),
        (TlsFault::Stalled, true),
        (TlsFault::Unfinished, false),
        (TlsFault::Alert { description: 40 }, false),
    ] {
        let mut talk = private();
        talk.download();
        talk.hear(Heard::Broken {
            conn: DATA,
            fault: fault.clone(),
        });
        talk.reply("522 session reuse required");
        match knows_better {
            true => assert_eq!(talk.outcome(3), Some(&lost(fault))),
            false => assert!(matches!(talk.outcome(3), Some(Outcome::Denied { code: 522, .. }))),
        }
    }
}

#[test]
fn a_control_connection_that_breaks_ends_what_runs() {
    let mut talk = private();
    talk.download();
    let why = TlsFault::BadRecord;
    let (conn, fault) = (CONTROL, why.clone());
    talk.hear(Heard::Broken { conn, fault });
    let purpose = Purpose::Control;
    let trouble = Trouble::Tls { purpose, why };
    assert_eq!(talk.outcome(3), Some(&Outcome::Failed { trouble }));
    assert!(talk.has_said(&Said::Plain(Output::Abort { conn: DATA })));
    assert!(
        !talk.has_said(&Said::Plain(Output::Abort { conn: CONTROL })),
        "it is over"
    );
}

#[test]
fn levels_make_sense_under_tls_alone() {
    let mut talk = begun(Security::WhenAsked);
    talk.reply("220 ready");
    let level = Protection::Private;
    talk.act(2, Action::Protect { level });
    talk.act(3, Action::ClearControl);
    let why = Misuse::NotSecured;
    for action in [2, 3] {
        assert_eq!(talk.outcome(action), Some(&Outcome::Refused { why }));
    }
    talk.act(4, Action::Secure);
    talk.reply("504 what?");
    assert!(
        matches!(talk.outcome(4), Some(Outcome::Denied { code: 504, .. })),
        "nobody insisted"
    );
    talk.act(5, log_in());
    assert!(talk.lines().ends_with("USER demo\r\n"));
}
