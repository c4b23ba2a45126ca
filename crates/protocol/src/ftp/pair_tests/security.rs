//! The two in the clear and under TLS: the grid of ways, and what only TLS knows.

use std::sync::Arc;

use portolan_ciphers::{Authority, Identity, Subject, Validity, provider};
use portolan_wire::Duration;
use portolan_wire::Instant;
use portolan_wire::ftp::ReplyCode;
use portolan_wire::report::{Misuse, Purpose, Trouble};
use portolan_wire::security::{CertificateFault, Protection, Secured, SecurityCommand, TlsFault, Trusted};
use rustls::pki_types::ServerName;

use super::*;
use crate::endpoint::Endpoint;
use crate::speaker::Speaker;
use crate::tls::shell::{Shell, Side as TlsSide};
use crate::tls::{self, Trust, Versions};

const EPOCH: u64 = 1_777_000_000;
const GOOD: Validity = Validity {
    from: EPOCH - 1000,
    to: EPOCH + 100_000,
};
const NAME: &str = "ftp.example.net";

/// An endpoint with a shell or without.
pub(super) enum Party<S> {
    Bare(S),
    Shelled(Box<Shell<S>>),
}

impl<S: Speaker> Endpoint for Party<S> {
    fn handle_input(&mut self, now: Instant, input: Input) {
        match self {
            Self::Bare(bare) => bare.handle_input(now, input),
            Self::Shelled(shell) => shell.handle_input(now, input),
        }
    }

    fn poll_output(&mut self) -> Output {
        match self {
            Self::Bare(bare) => bare.poll_output(),
            Self::Shelled(shell) => shell.poll_output(),
        }
    }
}

/// What a session is protected by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cover {
    Plain,
    ExplicitClear,
    ExplicitPrivate,
    Implicit,
}

/// A way to hold a session.
#[derive(Clone, Copy, Debug)]
pub(super) struct How {
    pub(super) mode: TransferMode,
    pub(super) is_ipv6: bool,
    cover: Cover,
    versions: Versions,
    /// Whether the client means it from the start, or has to be asked.
    security: Option<client::Security>,
    terms: Option<server::Security>,
    /// What the server's certificate is worth.
    certificate: Worth,
    trust: Option<[u8; 32]>,
    resumes: bool,
}

#[derive(Clone, Copy, Debug)]
enum Worth {
    Good,
    Expired,
    Foreign,
    SelfSigned,
}

impl From<TransferMode> for How {
    fn from(mode: TransferMode) -> Self {
        Self::new(Cover::Plain, mode)
    }
}

impl How {
    fn new(cover: Cover, mode: TransferMode) -> Self {
        Self {
            mode,
            is_ipv6: false,
            cover,
            versions: Versions::Both,
            security: None,
            terms: None,
            certificate: Worth::Good,
            trust: None,
            resumes: true,
        }
    }

    fn explicit() -> Self {
        Self::new(Cover::ExplicitPrivate, TransferMode::Passive)
    }

    fn implicit() -> Self {
        Self::new(Cover::Implicit, TransferMode::Passive)
    }

    /// {plain, explicit C, explicit P, implicit} x {four modes} x {IPv4, IPv6}, and both versions of TLS.
    pub(super) fn grid() -> Vec<Self> {
        let mut grid = Vec::new();
        for cover in [
            Cover::Plain,
            Cover::ExplicitClear,
            Cover::ExplicitPrivate,
            Cover::Implicit,
        ] {
            for mode in TransferMode::ALL {
                for versions in [Versions::Only12, Versions::Only13] {
                    let how = Self {
                        versions,
                        ..Self::new(cover, mode)
                    };
                    grid.push(how);
                    if matches!(mode, TransferMode::ExtendedActive | TransferMode::ExtendedPassive) {
                        grid.push(Self { is_ipv6: true, ..how });
                    }
                }
            }
        }
        grid
    }

    const fn is_implicit(self) -> bool {
        matches!(self.cover, Cover::Implicit)
    }

    pub(super) fn server(self) -> SocketAddr {
        let port = if self.is_implicit() { 990 } else { 21 };
        let ip = if self.is_ipv6 { "2001:db8::10" } else { "192.0.2.10" };
        SocketAddr::new(ip.parse().unwrap(), port)
    }

    pub(super) fn configure(self, here: &mut client::Config, there: &mut server::Config) {
        let (security, terms) = match self.cover {
            Cover::Plain => (client::Security::Never, server::Security::Unknown),
            Cover::ExplicitClear | Cover::ExplicitPrivate => (
                client::Security::Explicit,
                server::Security::Offered(server::Terms::EXPLICIT),
            ),
            Cover::Implicit => (
                client::Security::Implicit,
                server::Security::Offered(server::Terms::IMPLICIT),
            ),
        };
        here.security = self.security.unwrap_or(security);
        there.security = self.terms.unwrap_or(terms);
        if self.cover == Cover::ExplicitClear {
            here.protection = Protection::Clear;
        }
    }

    pub(super) fn parties(self, client: Client, server: Server) -> (Party<Client>, Party<Server>) {
        if self.cover == Cover::Plain {
            return (Party::Bare(client), Party::Bare(server));
        }
        let authority = Authority::new("Portolan Test Authority", [1; 32], GOOD);
        let subject = |name: &str| Subject {
            name: "FTP Server".to_owned(),
            hosts: vec![name.to_owned()],
            addresses: Vec::new(),
        };
        let identity = match self.certificate {
            Worth::Good => authority.issue(&subject(NAME), [2; 32], GOOD),
            Worth::Expired => {
                let (from, to) = (EPOCH - 100, EPOCH - 1);
                authority.issue(&subject(NAME), [2; 32], Validity { from, to })
            }
            Worth::Foreign => authority.issue(&subject("www.example.net"), [2; 32], GOOD),
            Worth::SelfSigned => Identity::self_signed(&subject(NAME), [2; 32], GOOD),
        };
        let here = tls::Client::new(tls::ClientConfig {
            provider: Arc::new(provider([3; 32])),
            trust: match self.trust {
                Some(pin) => Trust::Pinned(pin),
                None => Trust::Authorities(vec![authority.root().clone()]),
            },
            versions: self.versions,
            resumes: self.resumes,
            name: ServerName::try_from(NAME).unwrap(),
            epoch: EPOCH,
            patience: Duration::from_secs(10),
            keys: None,
        });
        let there = tls::Server::new(tls::ServerConfig {
            provider: Arc::new(provider([4; 32])),
            identity: identity.certified(),
            versions: self.versions,
            epoch: EPOCH,
            patience: Duration::from_secs(10),
            keys: None,
        });
        let client = Shell::new(client, TlsSide::Client(here.unwrap()));
        let server = Shell::new(server, TlsSide::Server(there.unwrap())).with_connection(ConnId::accepted(0));
        (Party::Shelled(Box::new(client)), Party::Shelled(Box::new(server)))
    }
}

fn connect() -> Action {
    let (host, port) = (None, None);
    Action::Connect { host, port }
}

fn log_in() -> Action {
    Action::LogIn {
        user: text("ada"),
        password: text("secret"),
        account: None,
    }
}

fn list() -> Action {
    Action::List { path: None }
}

fn get() -> Action {
    Action::Get {
        remote: text("pub/down.bin"),
        local: None,
        resume: false,
    }
}

/// A session with that plan, come to its end.
fn session(how: How, plan: impl IntoIterator<Item = Action>) -> Pair {
    let mut pair = Pair::new(how, (5000, 5000), 7);
    pair.plan = plan.into_iter().collect();
    pair.run(None);
    pair.client.contract().assert_over();
    pair.server.contract().assert_over();
    pair
}

impl Pair {
    fn outcome(&self, action: u32) -> &Outcome {
        let mut outcomes = self.outcomes.iter();
        let (_, outcome) = outcomes.find(|(number, _)| *number == action).unwrap();
        outcome
    }

    fn trouble(&self, action: u32) -> &Trouble {
        let Outcome::Failed { trouble } = self.outcome(action) else {
            panic!("{:?}", self.outcome(action));
        };
        trouble
    }

    fn secured(&self) -> Vec<&Secured> {
        let secured = self.reports.iter().filter_map(|report| match report {
            Report::Secured(secured) => Some(secured),
            _ => None,
        });
        secured.collect()
    }

    fn said(&self) -> Vec<String> {
        let verbs = self.reports.iter().filter_map(|report| match report {
            Report::Command {
                sent: true,
                verb,
                argument,
            } => Some(
                format!("{verb} {}", argument.as_deref().unwrap_or_default())
                    .trim_end()
                    .to_owned(),
            ),
            _ => None,
        });
        verbs.collect()
    }

    fn shows(&self, words: &[u8]) -> bool {
        self.wire
            .values()
            .any(|bytes| bytes.windows(words.len()).any(|window| window == words))
    }

    fn server_reported(&self, wanted: impl Fn(&Report) -> bool) -> bool {
        self.there.iter().any(wanted)
    }
}

#[test]
fn an_explicit_session_says_auth_first_and_prot_behind_the_login() {
    let pair = session(How::explicit(), [connect(), log_in(), get(), Action::Quit]);
    let expected = [
        "AUTH TLS",
        "USER ada",
        "PASS ********",
        "PBSZ 0",
        "PROT P",
        "TYPE I",
        "PASV",
        "RETR pub/down.bin",
        "QUIT",
    ];
    assert_eq!(pair.said(), expected);
    assert!(pair.shows(b"AUTH TLS\r\n") && pair.shows(b"234 "));
    assert!(!pair.shows(b"USER") && !pair.shows(b"secret") && !pair.shows(b"RETR"));
}

#[test]
fn an_implicit_session_shows_no_word_at_all() {
    let pair = session(How::implicit(), [connect(), log_in(), get(), Action::Quit]);
    assert_eq!(pair.said()[..4], ["USER ada", "PASS ********", "PBSZ 0", "PROT P"]);
    assert!(!pair.shows(b"220 ") && !pair.shows(b"USER"));
    let calls = How::new(Cover::Implicit, TransferMode::Active);
    let pair = session(calls, [connect(), log_in(), get(), Action::Quit]);
    assert_eq!(pair.outcome(2), &Outcome::Done);
}

#[test]
fn data_connections_resume_and_say_so() {
    for versions in [Versions::Only12, Versions::Only13] {
        let terms = server::Terms {
            reuse: Some(ReplyCode::PROTOCOL_NOT_SUPPORTED),
            ..server::Terms::EXPLICIT
        };
        let how = How {
            versions,
            terms: Some(server::Security::Offered(terms)),
            ..How::explicit()
        };
        let pair = session(how, [connect(), log_in(), list(), get(), get(), Action::Quit]);
        assert_eq!(pair.outcome(4), &Outcome::Done);
        let resumed: Vec<bool> = pair.secured().iter().map(|secured| secured.resumed).collect();
        assert_eq!(resumed, [false, true, true, true], "{versions:?}");
        assert!(
            pair.secured()
                .iter()
                .all(|secured| secured.trusted == Some(Trusted::Authority))
        );
        let left = pair
            .reports
            .iter()
            .any(|report| matches!(report, Report::Tickets { left: 1.. }));
        assert_eq!(left, versions == Versions::Only13, "tickets are counted in TLS 1.3");
    }
}

#[test]
fn reuse_that_is_demanded_and_missing_is_a_522() {
    let terms = server::Terms {
        reuse: Some(ReplyCode::PROTOCOL_NOT_SUPPORTED),
        ..server::Terms::EXPLICIT
    };
    let how = How {
        terms: Some(server::Security::Offered(terms)),
        resumes: false,
        ..How::explicit()
    };
    let clear = Action::Protect {
        level: Protection::Clear,
    };
    let pair = session(how, [connect(), log_in(), get(), clear, get(), Action::Quit]);
    assert!(
        matches!(pair.outcome(2), Outcome::Denied { code: 522, .. }),
        "{:?}",
        pair.outcome(2)
    );
    assert!(pair.server_reported(|report| matches!(
        report,
        Report::Trouble {
            trouble: Trouble::NotResumed
        }
    )));
    assert_eq!(pair.outcome(4), &Outcome::Done, "the session goes on");
}

#[test]
fn auth_refused_ends_the_session_before_a_word_is_lost() {
    for (security, expected) in [
        (server::Security::Unknown, 502),
        (server::Security::Denied, 534),
        (server::Security::Unavailable, 431),
    ] {
        let how = How {
            terms: Some(security),
            ..How::explicit()
        };
        let pair = session(how, [connect(), log_in()]);
        let Trouble::Insecure { command, code, .. } = pair.trouble(0) else {
            panic!("{:?}", pair.trouble(0));
        };
        assert_eq!((*command, *code), (SecurityCommand::Auth, expected));
        let why = Misuse::NotConnected;
        assert_eq!(pair.outcome(1), &Outcome::Refused { why });
        assert_eq!(pair.said(), ["AUTH TLS"]);
    }
}

#[test]
fn levels_change_between_transfers() {
    let clear = Action::Protect {
        level: Protection::Clear,
    };
    let private = Action::Protect {
        level: Protection::Private,
    };
    let pair = session(
        How::explicit(),
        [connect(), log_in(), get(), clear, get(), private, get(), Action::Quit],
    );
    assert_eq!(pair.outcome(6), &Outcome::Done);
    assert_eq!(pair.secured().len(), 3, "control, and two of the three files");
    let file = Generated { size: 5000, seed: 6 }.read(0, 5000);
    assert!(pair.shows(&file[..200]), "PROT C shows the file");
    let pair = session(How::explicit(), [connect(), log_in(), get(), Action::Quit]);
    assert!(!pair.shows(&file[..50]), "PROT P does not");
}

#[test]
fn demands_of_a_server_have_codes_of_their_own() {
    let terms = server::Terms {
        login_secured: true,
        data_secured: true,
        may_clear: false,
        ..server::Terms::EXPLICIT
    };
    let how = How {
        security: Some(client::Security::WhenAsked),
        terms: Some(server::Security::Offered(terms)),
        ..How::explicit()
    };
    let clear = Action::Protect {
        level: Protection::Clear,
    };
    let plan = [
        connect(),
        log_in(),
        Action::Secure,
        log_in(),
        clear,
        Action::ClearControl,
        get(),
        Action::Quit,
    ];
    let pair = session(how, plan);
    for (action, expected) in [(1, 530), (4, 534), (5, 534)] {
        assert!(
            matches!(pair.outcome(action), Outcome::Denied { code, .. } if *code == expected),
            "{action}: {:?}",
            pair.outcome(action)
        );
    }
    for action in [2, 3, 6, 7] {
        assert_eq!(pair.outcome(action), &Outcome::Done, "{action}");
    }
}

#[test]
fn a_login_from_before_counts_for_nothing_behind_auth() {
    let how = How {
        security: Some(client::Security::WhenAsked),
        ..How::explicit()
    };
    let pair = session(
        how,
        [
            connect(),
            log_in(),
            list(),
            Action::Secure,
            list(),
            log_in(),
            list(),
            Action::Quit,
        ],
    );
    assert_eq!(pair.outcome(2), &Outcome::Done);
    let why = Misuse::NotLoggedIn;
    assert_eq!(pair.outcome(4), &Outcome::Refused { why });
    assert_eq!(pair.outcome(6), &Outcome::Done);
    assert!(pair.shows(b"PASS secret"), "the first login was readable");
}

#[test]
fn ccc_makes_commands_readable_and_leaves_files_alone() {
    for versions in [Versions::Only12, Versions::Only13] {
        let how = How {
            versions,
            ..How::explicit()
        };
        let pair = session(
            how,
            [
                connect(),
                log_in(),
                Action::ClearControl,
                get(),
                Action::Secure,
                Action::Quit,
            ],
        );
        assert_eq!(pair.outcome(2), &Outcome::Done);
        assert_eq!(pair.outcome(3), &Outcome::Done);
        let why = Misuse::AlreadySecured;
        assert_eq!(pair.outcome(4), &Outcome::Refused { why });
        assert!(pair.shows(b"RETR pub/down.bin\r\n") && pair.shows(b"227 ") && !pair.shows(b"USER"));
        let file = Generated { size: 5000, seed: 6 }.read(0, 50);
        assert!(!pair.shows(&file));
        assert!(pair.has_reported(|report| matches!(report, Report::Cleared)));
    }
}

#[test]
fn rein_ends_tls_and_auth_begins_it_anew() {
    let rein = Action::Raw { line: text("REIN") };
    let pair = session(
        How::explicit(),
        [
            connect(),
            log_in(),
            rein,
            Action::WorkingDirectory,
            Action::Secure,
            log_in(),
            get(),
            Action::Quit,
        ],
    );
    assert_eq!(pair.outcome(2), &Outcome::Done);
    let why = Misuse::NotLoggedIn;
    assert_eq!(pair.outcome(3), &Outcome::Refused { why });
    for action in [4, 5, 6, 7] {
        assert_eq!(pair.outcome(action), &Outcome::Done, "{action}");
    }
    assert!(!pair.shows(b"USER") && !pair.shows(b"RETR"));
    let rein = Action::Raw { line: text("REIN") };
    let pair = session(
        How::implicit(),
        [connect(), log_in(), rein, log_in(), get(), Action::Quit],
    );
    assert_eq!(pair.outcome(4), &Outcome::Done, "what began under TLS stays so");
    assert!(!pair.shows(b"USER"));
}

#[test]
fn a_certificate_that_will_not_do_is_named_and_nothing_is_said() {
    for (certificate, is_it) in [
        (Worth::Expired, "expired"),
        (Worth::Foreign, "wrong-name"),
        (Worth::SelfSigned, "unknown-issuer"),
    ] {
        for how in [How::explicit(), How::implicit()] {
            let how = How { certificate, ..how };
            let pair = session(how, [connect(), log_in()]);
            let Trouble::Tls {
                purpose: Purpose::Control,
                why: TlsFault::Certificate { why, shown },
            } = pair.trouble(0)
            else {
                panic!("{:?}", pair.trouble(0));
            };
            let name = match why {
                CertificateFault::Expired { .. } => "expired",
                CertificateFault::WrongName { .. } => "wrong-name",
                CertificateFault::UnknownIssuer => "unknown-issuer",
                _ => "another",
            };
            assert_eq!(name, is_it);
            assert!(shown.is_some());
            assert!(!pair.said().iter().any(|said| said.starts_with("USER")));
            assert!(pair.server_reported(|report| matches!(
                report,
                Report::Trouble {
                    trouble: Trouble::Tls { .. }
                }
            )));
            // Who has looked at it and takes it as it is gets what he wants.
            let trust = shown.as_ref().map(|shown| shown.sha256);
            let pair = session(How { trust, ..how }, [connect(), log_in(), get(), Action::Quit]);
            assert_eq!(pair.outcome(2), &Outcome::Done);
            assert!(
                pair.secured()
                    .iter()
                    .all(|secured| secured.trusted == Some(Trusted::Pinned))
            );
        }
    }
}

#[test]
fn implicit_where_it_is_explicit_is_named() {
    let how = How {
        security: Some(client::Security::Implicit),
        ..How::explicit()
    };
    let pair = session(how, [connect()]);
    let Trouble::Tls {
        why: TlsFault::Plaintext { what },
        ..
    } = pair.trouble(0)
    else {
        panic!("{:?}", pair.trouble(0));
    };
    assert!(what.starts_with("220 "), "{what}");
}

#[test]
fn explicit_where_it_is_implicit_is_named() {
    let how = How {
        security: Some(client::Security::Explicit),
        ..How::implicit()
    };
    let pair = session(how, [connect()]);
    assert_eq!(pair.trouble(0), &Trouble::NoGreeting);
}

#[test]
fn a_client_that_nobody_secures_refuses_to_be() {
    let pair = session(
        How::from(TransferMode::Passive),
        [connect(), Action::Secure, log_in(), Action::Quit],
    );
    let why = Misuse::Unsupported;
    assert_eq!(pair.outcome(1), &Outcome::Refused { why });
    assert_eq!(pair.outcome(2), &Outcome::Done);
}
