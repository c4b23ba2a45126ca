//! Our client as a library against vsftpd, over real sockets: what the program cannot be asked for, and each report.

mod verbs;

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};
use std::path::PathBuf;

use portolan_protocol::ftp::client::Config;
use portolan_wire::action::{Action, TransferMode};
use portolan_wire::ftp::listing::{Entry, ListingLine};
use portolan_wire::report::{ConnectError, Outcome, Report, TransferKind, Trouble};

use crate::server::{Server, contents};
use crate::session::{Session, argument, connect, get, list, log_in, put};

const IPV4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const IPV6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

fn config(server: &Server, mode: TransferMode) -> Config {
    Config {
        mode,
        ..Config::new(server.address)
    }
}

/// Lists, downloads and uploads everything, and compares.
fn everything(server: &Server, mode: TransferMode) {
    let local = tempfile::tempdir().unwrap();
    let mut actions = vec![connect(), log_in("anonymous", "guest@example.org"), list("pub")];
    for (name, _) in contents() {
        actions.push(get(&format!("pub/{name}")));
    }
    for (name, _) in contents() {
        actions.push(put(name, &format!("incoming/{mode:?}-{name}")));
    }
    actions.push(Action::ChangeDirectory {
        path: argument("incoming"),
    });
    actions.push(Action::Quit);
    let session = Session::run(config(server, mode), local.path(), actions);
    assert_eq!(
        session.outcomes(),
        vec![Outcome::Done; 11],
        "{mode:?}: {:#?}",
        session.reports
    );
    for (name, content) in contents() {
        let down = fs::read(local.path().join(name)).unwrap();
        let up = fs::read(server.root().join(format!("incoming/{mode:?}-{name}"))).unwrap();
        assert!(down == content, "{mode:?}: {name} came down otherwise");
        assert!(up == content, "{mode:?}: {name} went up otherwise");
    }
    let mut listed = entries(&session);
    listed.sort();
    let wanted = [("empty", 0), ("large.bin", 3_000_000), ("small.txt", 17)];
    assert_eq!(listed, wanted.map(|(name, size)| (name.to_owned(), Some(size))));
    let verb = match mode {
        TransferMode::Active => "PORT",
        TransferMode::Passive => "PASV",
        TransferMode::ExtendedActive => "EPRT",
        TransferMode::ExtendedPassive => "EPSV",
    };
    let said = session.verbs();
    assert_eq!(said.iter().filter(|said| **said == verb).count(), 7, "{said:?}");
    let transfers = session.reports.iter().filter_map(|(conn, report)| match report {
        Report::Transfer { kind, .. } => Some((*conn, *kind)),
        _ => None,
    });
    let transfers: Vec<_> = transfers.collect();
    assert_eq!(
        transfers
            .iter()
            .filter(|(_, kind)| *kind == TransferKind::Listing)
            .count(),
        1
    );
    let mut conns: Vec<_> = transfers.iter().map(|(conn, _)| conn.unwrap()).collect();
    conns.dedup();
    assert_eq!(conns.len(), 7, "each transfer has a data connection of its own");
}

fn entries(session: &Session) -> Vec<(String, Option<u64>)> {
    let entries = session
        .listed()
        .into_iter()
        .map(|line| match ListingLine::parse(&line) {
            ListingLine::Entry(Entry { name, size, .. }) => (name, size),
            ListingLine::Other(other) => panic!("not understood: {other}"),
        });
    entries.collect()
}

#[test]
fn all_four_modes_list_download_and_upload() {
    let Some(server) = Server::vsftpd(IPV4) else { return };
    for mode in TransferMode::ALL {
        everything(&server, mode);
    }
}

#[test]
fn the_extended_modes_work_over_ipv6() {
    let Some(server) = Server::vsftpd(IPV6) else { return };
    everything(&server, TransferMode::ExtendedActive);
    everything(&server, TransferMode::ExtendedPassive);
}

#[test]
fn a_no_is_an_answer_and_the_session_goes_on() {
    let Some(server) = Server::vsftpd(IPV4) else { return };
    for mode in TransferMode::ALL {
        let local = tempfile::tempdir().unwrap();
        fs::write(local.path().join("mine"), b"mine").unwrap();
        let actions = vec![
            connect(),
            log_in("root", "not-the-password"),
            log_in("anonymous", "guest@example.org"),
            get("pub/missing"),
            put("mine", "pub/not-here"),
            list("pub"),
            Action::ChangeDirectory {
                path: argument("nowhere"),
            },
            get("pub/small.txt"),
            Action::Raw { line: argument("WHAT") },
            Action::Quit,
        ];
        let session = Session::run(config(&server, mode), local.path(), actions);
        let codes: Vec<u16> = session
            .outcomes()
            .iter()
            .map(|outcome| match outcome {
                Outcome::Done => 0,
                Outcome::Denied { code, .. } => *code,
                other => panic!("{mode:?}: {other:?}"),
            })
            .collect();
        assert_eq!(codes, [0, 530, 0, 550, 553, 0, 550, 0, 500, 0], "{mode:?}");
        assert!(!local.path().join("missing").exists());
        assert_eq!(entries(&session).len(), 3);
    }
}

/// Large enough that no transfer of it ends before it can be aborted.
const HUGE: u64 = 1 << 30;

#[test]
fn an_abort_stops_a_transfer_and_not_the_session() {
    let Some(server) = Server::vsftpd(IPV4) else { return };
    let huge = |at: PathBuf| fs::File::create(at).unwrap().set_len(HUGE).unwrap();
    huge(server.root().join("pub/huge"));
    for mode in TransferMode::ALL {
        for upload in [false, true] {
            let local = tempfile::tempdir().unwrap();
            if upload {
                huge(local.path().join("huge"));
            }
            let transfer = if upload {
                put("huge", &format!("incoming/{mode:?}-huge"))
            } else {
                get("pub/huge")
            };
            let actions = vec![connect(), log_in("anonymous", "guest@example.org"), transfer];
            let session = Session::run_and_react(config(&server, mode), local.path(), actions, |report, sender| {
                if matches!(report, Report::Progress { .. })
                    && let Some(sender) = sender.take()
                {
                    for action in [Action::Abort, list("pub"), Action::Quit] {
                        sender.try_send(action).unwrap();
                    }
                }
            });
            use Outcome::{Aborted, Done};
            assert_eq!(
                session.outcomes(),
                [Done, Done, Aborted, Done, Done, Done],
                "{mode:?}: {:#?}",
                session.reports
            );
            assert_eq!(entries(&session).len(), 4);
            let moved = if upload {
                fs::metadata(server.root().join(format!("incoming/{mode:?}-huge")))
            } else {
                fs::metadata(local.path().join("huge"))
            };
            assert!(moved.unwrap().len() < HUGE);
        }
    }
}

#[test]
fn nobody_there_is_a_refusal() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let nobody = listener.local_addr().unwrap();
    drop(listener);
    let local = tempfile::tempdir().unwrap();
    let session = Session::run(Config::new(nobody), local.path(), vec![connect()]);
    let trouble = Trouble::ControlConnect {
        why: ConnectError::Refused,
    };
    assert_eq!(session.outcomes(), [Outcome::Failed { trouble }]);
}
