//! For the tests: every kind of event there is, with all its variants, around some values.

use core::net::SocketAddr;

use portolan_wire::action::{Action, FileType, PutHow, TransferMode};
use portolan_wire::report::{
    ConnectError, Limit, ListenError, ListingForm, LooksLike, Misuse, Note, Outcome, PathKind, Purpose, Report,
    StoreError, TransferKind, Trouble,
};
use portolan_wire::security::{
    CertificateFault, Protection, Secured, SecurityCommand, ShownCertificate, TlsFault, Trusted,
};
use portolan_wire::{Argument, Duration};

use crate::event::{DropReason, Header, Kind, Link, PacketId, Seen};
use crate::export::sample;
use crate::lesson::{Answer, Chapter, Fact, Fate, Lesson, Question, When};

/// What the events are about.
#[derive(Clone, Debug)]
pub(super) struct Values {
    pub(super) text: String,
    pub(super) number: u64,
    pub(super) port: u16,
    pub(super) address: SocketAddr,
}

impl Default for Values {
    fn default() -> Self {
        Self {
            text: "harbour.txt".into(),
            number: 3,
            port: 21,
            address: SocketAddr::from(([203, 0, 113, 10], 60523)),
        }
    }
}

impl Values {
    const fn code(&self) -> u16 {
        100 + self.port % 600
    }

    fn argument(&self) -> Argument {
        Argument::new(self.text.replace(['\r', '\n', '\0'], " ")).unwrap()
    }
}

/// Every kind but packets that were sent, which only a recorder can make, and unknown ones.
pub(super) fn kinds(values: &Values) -> Vec<Kind> {
    let address = values.address;
    let mut kinds = vec![
        Kind::listen_closed(address),
        Kind::Refused,
        Kind::TimedOut,
        Kind::Unreachable,
        Kind::FinSent,
        Kind::FinReceived,
        Kind::Closed,
        Kind::Reset { sent: true },
        Kind::Reset { sent: false },
        Kind::Ended,
    ];
    for purpose in [Purpose::Control, Purpose::Data, Purpose::Other] {
        kinds.push(Kind::listen_opened(address, purpose, &*values.text));
        kinds.push(Kind::attempted(address, address, purpose));
        kinds.push(Kind::established(address, address, true, purpose));
        kinds.push(Kind::established(address, address, false, purpose));
    }
    kinds.extend(reports(values).into_iter().map(Kind::report));
    kinds
}

/// What may befall a packet that was sent.
pub(super) fn fates(values: &Values) -> Vec<Seen> {
    let mut fates = vec![Seen::Forwarded, Seen::Delivered, Seen::Lost];
    for by in [
        DropReason::Firewall,
        DropReason::NoRoute,
        DropReason::Expired,
        DropReason::QueueFull,
    ] {
        fates.extend([None, Some(values.port)].map(|rule| Seen::Dropped { by, rule }));
    }
    fates
}

/// A packet event.
pub(super) const fn seen(packet: PacketId, seen: Seen) -> Kind {
    Kind::Packet { packet, seen }
}

fn reports(values: &Values) -> Vec<Report> {
    let text = || values.text.clone();
    let lines = || vec![text(), String::new()];
    let (action, code) = (values.number as u32, values.code());
    let mut reports = vec![
        Report::Command {
            sent: true,
            verb: "RETR".into(),
            argument: Some(text()),
        },
        Report::Command {
            sent: false,
            verb: "PASV".into(),
            argument: None,
        },
        Report::Reply {
            sent: false,
            code,
            lines: lines(),
        },
        Report::Progress { bytes: values.number },
        Report::TransferDone { bytes: values.number },
        Report::Features { features: lines() },
        Report::Directory { path: text() },
        Report::StoredAs { name: text() },
        Report::Greeting { text: text() },
        Report::Tickets { left: action },
        Report::Cleared,
    ];
    reports.extend(secured(values).into_iter().map(Report::Secured));
    reports.extend(TransferMode::ALL.map(|mode| Report::Announced {
        sent: true,
        mode,
        address: values.address,
    }));
    for form in [ListingForm::Lines, ListingForm::Names, ListingForm::Facts] {
        let lines = lines();
        reports.push(Report::Listed { lines, form });
    }
    for path_kind in [
        None,
        Some(PathKind::File),
        Some(PathKind::Directory),
        Some(PathKind::Other),
    ] {
        let number = path_kind.map(|_| values.number);
        reports.push(Report::Facts {
            path: text(),
            path_kind,
            size: number,
            modified: number,
        });
    }
    for kind in [TransferKind::Listing, TransferKind::Download, TransferKind::Upload] {
        reports.extend([None, Some(values.number)].map(|size| Report::Transfer {
            kind,
            path: text(),
            size,
            offset: size.unwrap_or_default(),
        }));
    }
    reports.extend(actions(values).into_iter().map(|what| Report::Started { action, what }));
    reports.extend(
        outcomes(values)
            .into_iter()
            .map(|outcome| Report::Finished { action, outcome }),
    );
    reports.extend(notes(values).into_iter().map(|note| Report::Note { note }));
    reports.extend(troubles(values).into_iter().map(|trouble| Report::Trouble { trouble }));
    reports
}

fn actions(values: &Values) -> Vec<Action> {
    let text = || values.argument();
    let mut actions = vec![
        Action::Abort,
        Action::Quit,
        Action::Secure,
        Action::Protect {
            level: Protection::Clear,
        },
        Action::Protect {
            level: Protection::Private,
        },
        Action::ClearControl,
        Action::Features,
        Action::WorkingDirectory,
        Action::Inspect { path: text() },
        Action::Delete { path: text() },
        Action::Rename {
            from: text(),
            to: text(),
        },
        Action::MakeDirectory { path: text() },
        Action::RemoveDirectory { path: text() },
    ];
    actions.extend([FileType::Image, FileType::Ascii].map(|representation| Action::Type { representation }));
    let every_how = [PutHow::Replace, PutHow::Resume, PutHow::Append, PutHow::Unique];
    actions.extend(every_how.map(|how| Action::Put {
        local: text(),
        remote: None,
        how,
    }));
    actions.extend(TransferMode::ALL.map(|mode| Action::Mode { mode }));
    for some in [None, Some(text())] {
        let port = some.as_ref().map(|_| values.port);
        actions.extend([
            Action::Call {
                host: some.clone(),
                port: values.port,
            },
            Action::Connect {
                host: some.clone(),
                port,
            },
            Action::LogIn {
                user: text(),
                password: text(),
                account: some.clone(),
            },
            Action::List { path: some.clone() },
            Action::Names { path: some.clone() },
            Action::Get {
                remote: text(),
                local: some.clone(),
                resume: some.is_some(),
            },
            Action::Put {
                local: text(),
                remote: some.clone(),
                how: PutHow::Replace,
            },
            Action::ChangeDirectory { path: text() },
            Action::Raw { line: text() },
        ]);
    }
    actions
}

fn outcomes(values: &Values) -> Vec<Outcome> {
    let mut outcomes = vec![
        Outcome::Done,
        Outcome::Aborted,
        Outcome::Denied {
            code: values.code(),
            text: values.text.clone(),
        },
    ];
    outcomes.extend(
        [
            Misuse::NotConnected,
            Misuse::AlreadyConnected,
            Misuse::NotLoggedIn,
            Misuse::NothingToAbort,
            Misuse::Unsupported,
            Misuse::WrongAddressFamily,
            Misuse::ReservedPort,
            Misuse::ResumedText,
            Misuse::NotSecured,
            Misuse::AlreadySecured,
        ]
        .map(|why| Outcome::Refused { why }),
    );
    outcomes.extend(troubles(values).into_iter().map(|trouble| Outcome::Failed { trouble }));
    outcomes
}

const PROTOCOLS: [LooksLike; 4] = [LooksLike::Http, LooksLike::Ssh, LooksLike::Tls, LooksLike::Mail];

fn notes(values: &Values) -> Vec<Note> {
    let address = values.address;
    let limits = [
        Limit::Sessions,
        Limit::SessionsOfAddress,
        Limit::Tries,
        Limit::Idle,
        Limit::PassivePorts,
    ];
    let mut notes = vec![
        Note::DataPortFallback { wanted: values.port },
        Note::PassiveAddressIgnored {
            told: address,
            used: address,
        },
        Note::StrangerRefused { peer: address },
        Note::BounceRefused { address },
        Note::ModeFallback {
            from: TransferMode::ExtendedPassive,
            to: TransferMode::Passive,
            code: values.code(),
        },
        Note::ListingFallback { code: values.code() },
        Note::NothingToResume { size: values.number },
    ];
    notes.extend(limits.map(|limit| Note::LimitReached { limit }));
    notes.extend(PROTOCOLS.map(|looks_like| Note::OtherProtocol { looks_like }));
    notes
}

fn troubles(values: &Values) -> Vec<Trouble> {
    let text = || values.text.clone();
    let mut troubles = vec![
        Trouble::DataNotCalled,
        Trouble::ControlLost,
        Trouble::DataLost,
        Trouble::Timeout,
        Trouble::Malformed { what: text() },
        Trouble::LineTooLong { limit: 4_096 },
        Trouble::ReplyTooLong { limit: 65_536 },
        Trouble::ListingTooLong { limit: values.number },
        Trouble::ResumeMismatch {
            here: values.number,
            there: values.number,
        },
        Trouble::Unexpected {
            code: values.code(),
            text: text(),
        },
        Trouble::NoGreeting,
        Trouble::NotResumed,
    ];
    troubles.extend(COMMANDS.map(|command| Trouble::Insecure {
        command,
        code: values.code(),
        text: text(),
    }));
    troubles.extend(
        faults(values)
            .into_iter()
            .zip(PURPOSES.into_iter().cycle())
            .map(|(why, purpose)| Trouble::Tls { purpose, why }),
    );
    troubles.extend(PROTOCOLS.map(|looks_like| Trouble::WrongProtocol { looks_like }));
    for why in [
        ConnectError::Refused,
        ConnectError::TimedOut,
        ConnectError::Unreachable,
        ConnectError::LocalPort,
        ConnectError::NotAllowed,
    ] {
        troubles.extend([Trouble::ControlConnect { why }, Trouble::DataConnect { why }]);
    }
    troubles.extend(
        [
            ListenError::Exhausted,
            ListenError::NoSuchAddress,
            ListenError::NotAllowed,
        ]
        .map(|why| Trouble::Listen { why }),
    );
    troubles.extend(
        [
            StoreError::NotFound,
            StoreError::WrongKind,
            StoreError::Denied,
            StoreError::Exists,
            StoreError::NotEmpty,
            StoreError::OutOfRange,
            StoreError::Full,
            StoreError::Failed,
        ]
        .map(|why| Trouble::Store { why }),
    );
    troubles
}

const PURPOSES: [Purpose; 3] = [Purpose::Control, Purpose::Data, Purpose::Other];

const COMMANDS: [SecurityCommand; 4] = [
    SecurityCommand::Auth,
    SecurityCommand::Pbsz,
    SecurityCommand::Prot,
    SecurityCommand::Ccc,
];

fn shown(values: &Values) -> ShownCertificate {
    ShownCertificate {
        der: values.text.clone().into_bytes(),
        sha256: [values.port as u8; 32],
    }
}

fn secured(values: &Values) -> Vec<Secured> {
    let least = Secured {
        version: 0x0303,
        suite: values.port,
        resumed: true,
        certificate: None,
        trusted: None,
        tickets: None,
    };
    let reasons = [Trusted::Authority, Trusted::Pinned, Trusted::Unchecked].map(|trusted| Secured {
        version: 0x0304,
        suite: 0x1303,
        resumed: false,
        certificate: Some(shown(values)),
        trusted: Some(trusted),
        tickets: Some(values.number as u32),
    });
    [least].into_iter().chain(reasons).collect()
}

fn faults(values: &Values) -> Vec<TlsFault> {
    let text = || values.text.clone();
    let mut faults = vec![
        TlsFault::Plaintext { what: text() },
        TlsFault::Alert {
            description: values.port as u8,
        },
        TlsFault::NothingInCommon,
        TlsFault::BadRecord,
        TlsFault::Misbehaved { what: text() },
        TlsFault::Stalled,
        TlsFault::Unfinished,
        TlsFault::CutShort,
        TlsFault::Setup { what: text() },
    ];
    for some in [None, Some(values.number)] {
        let certificates = [
            CertificateFault::Expired { last: some },
            CertificateFault::NotYetValid { first: some },
            CertificateFault::WrongName {
                holds_for: some.map(|_| text()).into_iter().collect(),
            },
            CertificateFault::UnknownIssuer,
            CertificateFault::NotPinned,
            CertificateFault::BadSignature,
            CertificateFault::Unusable { what: text() },
        ];
        faults.extend(certificates.map(|why| TlsFault::Certificate {
            why,
            shown: some.map(|_| shown(values)),
        }));
    }
    faults
}

/// A header in which nothing is left out.
pub(super) fn header(values: &Values) -> Header {
    let mut header = sample::header();
    header.title.clone_from(&values.text);
    for host in &mut header.hosts {
        host.addresses.push(values.address.ip());
        host.ephemeral = Some((49_152, 65_535));
        host.passive = Some((60_000, 65_535));
        host.firewall = vec!["incoming calls to port 23: drop".into()];
    }
    header.links = [(0, 1), (1, 2)]
        .map(|(one, other)| Link {
            between: (header.hosts[one].id, header.hosts[other].id),
            latency: Duration::from_millis(10),
            bandwidth: 100_000_000,
            loss_ppm: 5,
        })
        .into();
    header.lesson = Some(lesson(values));
    header
}

fn lesson(values: &Values) -> Lesson {
    let purpose = Purpose::Data;
    let moments = [
        When::Start,
        When::End,
        When::Action(values.number as u32),
        When::Command("PASV".into()),
        When::Reply(227),
        When::Attempted(purpose),
        When::Established(purpose),
        When::Failed(purpose),
        When::Over(purpose),
    ];
    let claims = [
        Fact::ConnectionsEstablished(2),
        Fact::DataCalledBy(values.text.clone()),
        Fact::DataCallsPort(values.port),
        Fact::DataComesFromPort(values.port),
        Fact::NextAttempt(Fate::Established),
        Fact::NextAttempt(Fate::Refused),
        Fact::NextAttempt(Fate::Silence),
        Fact::NextAttempt(Fate::Unreachable),
    ];
    let question = |claims: &[Fact]| Question {
        ask: values.text.clone(),
        answers: claims
            .iter()
            .map(|claims| Answer {
                text: values.text.clone(),
                claims: claims.clone(),
            })
            .collect(),
        because: values.text.clone(),
    };
    let mut questions = claims.chunks(4).map(question);
    Lesson {
        goal: values.text.clone(),
        chapters: moments
            .into_iter()
            .map(|at| Chapter {
                title: values.text.clone(),
                at,
                say: Some(values.text.clone()),
                stop: true,
                question: questions.next(),
            })
            .collect(),
    }
}
