use portolan_wire::action::TransferMode;
use portolan_wire::report::{ConnectError, Limit, LooksLike, Misuse, Purpose, StoreError, TransferKind};
use portolan_wire::security::Protection;

use super::*;
use crate::testing::{self, CLIENT, SERVER, address};
use crate::view::{Call, Depth, Eye, Who, timeline, transcript};
use crate::words::security_tests::insecurities;

fn words_of(sentence: &str) -> usize {
    sentence.split_whitespace().count()
}

fn check(sentence: &str) {
    assert!(
        words_of(sentence) <= MOST_WORDS,
        "{} words: {sentence}",
        words_of(sentence)
    );
    assert!(sentence.ends_with(['.', '"']), "no full stop: {sentence}");
    assert!(!sentence.to_lowercase().contains("open port"), "{sentence}");
    assert!(!sentence.contains("  "), "{sentence}");
}

#[test]
fn captions_of_stories_are_one_breath_long() {
    for (name, log) in testing::all() {
        for depth in [Depth::Story, Depth::Packets] {
            let timeline = timeline(&log, depth, u64::MAX);
            assert!(timeline.milestones.len() > 8, "{name}");
            for milestone in &timeline.milestones {
                check(&caption(&milestone.caption));
            }
        }
        for row in transcript(&log, Eye::Endpoint, u64::MAX) {
            assert!(!said(&row.said).contains('\r'));
        }
    }
}

/// Commands as anybody might send them: every verb that the catalogue knows, one that it does not, long arguments.
#[test]
fn captions_of_commands_are_one_breath_long() {
    let verbs = "USER PASS ACCT TYPE CWD CDUP RETR STOR APPE STOU LIST NLST MLSD MLST SIZE MDTM DELE MKD RMD RNFR RNTO \
                 REST AUTH PBSZ PROT OPTS HOST PORT EPRT PASV EPSV SYST FEAT PWD NOOP ABOR QUIT STAT HELP CCC REIN XYZZY";
    let long = "a very long name with many words in it that goes on and on until nobody wants to read it any more";
    for verb in verbs.split_whitespace() {
        for argument in [
            None,
            Some(""),
            Some("P"),
            Some("I"),
            Some("A"),
            Some("1,2,3"),
            Some(long),
        ] {
            for (address, hidden) in [(None, true), (Some(address(CLIENT, 51890)), true), (None, false)] {
                let argument = argument.map(str::to_owned);
                check(&caption(&Caption::Command {
                    who: Who::Client,
                    verb: verb.into(),
                    argument,
                    address,
                    hidden,
                }));
            }
        }
    }
}

#[test]
fn captions_of_replies_are_one_breath_long() {
    let commands = [
        None,
        Some("PORT"),
        Some("TYPE"),
        Some("PASS"),
        Some("CWD"),
        Some("PWD"),
        Some("RETR"),
        Some("SIZE"),
        Some("ABOR"),
        Some("AUTH"),
        Some("PROT"),
        Some("CCC"),
    ];
    let kinds = [
        None,
        Some(TransferKind::Download),
        Some(TransferKind::Upload),
        Some(TransferKind::Listing),
    ];
    for code in 100..=699 {
        for to in commands {
            for transfer in kinds {
                for (address, overtakes) in [(None, false), (Some(address(SERVER, 60523)), true)] {
                    check(&caption(&Caption::Reply {
                        who: Who::Server,
                        code,
                        text: "Some rather long text that a server might have thought up to explain itself.".into(),
                        to: to.map(str::to_owned),
                        transfer,
                        overtakes,
                        address,
                    }));
                }
            }
        }
    }
}

fn call(purpose: Purpose, caller: Who, called: Who) -> Call {
    Call {
        caller,
        from: address(CLIENT, 50123),
        called,
        to: address(SERVER, 60523),
        purpose,
        nth: 2,
    }
}

#[test]
fn captions_of_the_network_are_one_breath_long() {
    use crate::event::DropReason::{Expired, Firewall, NoRoute, QueueFull};
    let named = || Who::Named("the host with a long name".into());
    for purpose in [Purpose::Control, Purpose::Data, Purpose::Other] {
        for (caller, called) in [
            (Who::Client, Who::Server),
            (Who::Server, Who::Client),
            (named(), named()),
        ] {
            let call = call(purpose, caller.clone(), called.clone());
            for by in [Firewall, NoRoute, Expired, QueueFull] {
                for at in [Who::Client, Who::Server, named()] {
                    check(&caption(&Caption::CallDropped {
                        call: call.clone(),
                        at,
                        by,
                    }));
                }
            }
            for one in [
                Caption::Calls(call.clone()),
                Caption::Connected(call.clone()),
                Caption::Refused(call.clone()),
                Caption::Silence(call.clone()),
                Caption::Unreachable(call.clone()),
                Caption::CallLost(call.clone()),
                Caption::Closed {
                    purpose,
                    caller: caller.clone(),
                },
                Caption::Reset {
                    purpose,
                    by: called.clone(),
                },
                Caption::Greeting {
                    who: called.clone(),
                    port: 60523,
                    text: "hello ".repeat(50),
                },
                Caption::NoMoreBytes {
                    sender: caller.clone(),
                    kind: None,
                    bytes: 7,
                },
                Caption::Bulk {
                    sender: caller.clone(),
                    receiver: called.clone(),
                    kind: Some(TransferKind::Listing),
                    bytes: u64::MAX,
                    packets: u32::MAX,
                },
            ] {
                check(&caption(&one));
            }
        }
    }
    let ports = |count: u16| (1..=count).map(|port| (port, "a service".to_owned())).collect();
    for count in [1, 2, 4, 5, 100] {
        check(&caption(&Caption::Listening {
            who: named(),
            ports: ports(count),
        }));
    }
}

#[test]
fn captions_of_failures_are_one_breath_long() {
    let long = || "word ".repeat(60);
    let requests = [
        Request::Call { port: 80 },
        Request::Connect,
        Request::LogIn { user: long() },
        Request::List,
        Request::Get { path: long() },
        Request::Put { path: long() },
        Request::ChangeDirectory { path: long() },
        Request::Mode(TransferMode::ExtendedPassive),
        Request::Quit,
        Request::Secure,
        Request::Protect(Protection::Clear),
        Request::Protect(Protection::Private),
        Request::ClearControl,
        Request::Features,
        Request::Inspect { path: long() },
        Request::Rename {
            from: long(),
            to: long(),
        },
        Request::RemoveDirectory { path: long() },
        Request::WorkingDirectory,
        Request::Raw { line: long() },
    ];
    let problems = [
        Problem::Denied {
            code: 550,
            text: long(),
        },
        Problem::Misuse(Misuse::WrongAddressFamily),
        Problem::Misuse(Misuse::NotSecured),
        Problem::Misuse(Misuse::AlreadySecured),
        Problem::ControlConnect(ConnectError::Refused),
        Problem::DataConnect(ConnectError::LocalPort),
        Problem::DataNotCalled,
        Problem::ControlLost,
        Problem::DataLost,
        Problem::Timeout,
        Problem::Malformed { what: long() },
        Problem::LineTooLong { limit: 4_096 },
        Problem::ReplyTooLong { limit: 65_536 },
        Problem::ListingTooLong { limit: u64::MAX },
        Problem::WrongProtocol(LooksLike::Tls),
        Problem::ResumeMismatch {
            here: u64::MAX,
            there: u64::MAX,
        },
        Problem::Unexpected {
            code: 999,
            text: long(),
        },
        Problem::Store(StoreError::WrongKind),
        Problem::Aborted,
    ];
    let insecure = insecurities(&long()).into_iter().map(Problem::Insecure);
    let problems: Vec<Problem> = problems.into_iter().chain(insecure).collect();
    for request in &requests {
        check(&caption(&Caption::Asked(request.clone())));
        for problem in &problems {
            check(&caption(&Caption::Failed {
                request: request.clone(),
                problem: problem.clone(),
            }));
        }
    }
    let (told, used) = (address(CLIENT, 60523), address(SERVER, 60523));
    for note in [
        Remark::DataPortFallback { wanted: 20 },
        Remark::PassiveAddressIgnored { told, used },
        Remark::StrangerRefused { peer: told },
        Remark::BounceRefused { address: told },
        Remark::ModeFallback {
            from: TransferMode::ExtendedPassive,
            to: TransferMode::Passive,
        },
        Remark::ListingFallback,
        Remark::NothingToResume { size: u64::MAX },
        Remark::LimitReached(Limit::SessionsOfAddress),
        Remark::OtherProtocol(LooksLike::Http),
        Remark::OtherProtocol(LooksLike::Ssh),
        Remark::OtherProtocol(LooksLike::Tls),
        Remark::OtherProtocol(LooksLike::Mail),
    ] {
        check(&caption(&Caption::Noted { who: Who::Server, note }));
    }
    check(&caption(&Caption::Unknown { name: long() }));
}
