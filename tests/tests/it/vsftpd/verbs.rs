//! All the rest of FTP: features, resumption, names, text, directories.

use std::path::Path;

use portolan_wire::action::{FileType, PutHow};
use portolan_wire::report::Note;

use super::*;

fn put_so(local: &str, remote: Option<&str>, how: PutHow) -> Action {
    Action::Put {
        local: argument(local),
        remote: remote.map(argument),
        how,
    }
}

fn cd(path: &str) -> Action {
    Action::ChangeDirectory { path: argument(path) }
}

fn logged_in(actions: impl IntoIterator<Item = Action>) -> Vec<Action> {
    let first = [connect(), log_in("anonymous", "guest@example.org")];
    first.into_iter().chain(actions).chain([Action::Quit]).collect()
}

fn run_well(config: Config, local: &Path, actions: Vec<Action>) -> Session {
    let count = actions.len();
    let session = Session::run(config, local, actions);
    assert_eq!(session.outcomes(), vec![Outcome::Done; count], "{:#?}", session.reports);
    session
}

fn has(session: &Session, wanted: impl Fn(&Report) -> bool) -> bool {
    session.reports.iter().any(|(_, report)| wanted(report))
}

#[test]
fn what_was_begun_is_gone_on_with() {
    let Some(server) = Server::vsftpd(IPV4) else { return };
    let [_, _, (name, whole)] = contents();
    for mode in TransferMode::ALL {
        let local = tempfile::tempdir().unwrap();
        fs::write(local.path().join(name), &whole[..1_234_567]).unwrap();
        fs::write(local.path().join("all.bin"), &whole).unwrap();
        let there = server.root().join("incoming/all.bin");
        server.put("incoming/all.bin", &whole[..2_000_001]);
        let get_rest = || Action::Get {
            remote: argument(&format!("pub/{name}")),
            local: None,
            resume: true,
        };
        let put_rest = || put_so("all.bin", Some("incoming/all.bin"), PutHow::Resume);
        let actions = logged_in([get_rest(), get_rest(), put_rest(), put_rest(), get("pub/small.txt")]);
        let session = run_well(config(&server, mode), local.path(), actions);
        assert!(fs::read(local.path().join(name)).unwrap() == whole, "{mode:?}");
        assert!(fs::read(&there).unwrap() == whole, "{mode:?}");
        for (kind, from) in [(TransferKind::Download, 1_234_567), (TransferKind::Upload, 2_000_001)] {
            assert!(has(&session, |report| matches!(
                report,
                Report::Transfer { kind: found, offset, size: Some(size), .. }
                    if *found == kind && *offset == from && *size == 3_000_000 - from
            )));
        }
        let nothing = Note::NothingToResume { size: 3_000_000 };
        let told = session
            .reports
            .iter()
            .filter(|(_, report)| matches!(report, Report::Note { note } if *note == nothing));
        assert_eq!(told.count(), 2);
    }
}

#[test]
fn directories_names_text_and_facts() {
    let Some(server) = Server::vsftpd(IPV4) else { return };
    let text = b"one\ntwo\nthree\n";
    for mode in TransferMode::ALL {
        let local = tempfile::tempdir().unwrap();
        fs::write(local.path().join("text"), text).unwrap();
        let config = Config {
            discover: true,
            ..config(&server, mode)
        };
        let path = || argument(&format!("a {mode:?} \u{e9} \"box\""));
        let ascii = FileType::Ascii;
        let session = run_well(
            config,
            local.path(),
            logged_in([
                cd("incoming"),
                Action::MakeDirectory { path: path() },
                cd(path().as_str()),
                Action::WorkingDirectory,
                Action::Type { representation: ascii },
                put_so("text", None, PutHow::Replace),
                put_so("text", None, PutHow::Append),
                Action::Get {
                    remote: argument("text"),
                    local: Some(argument("text-again")),
                    resume: false,
                },
                put_so("text", None, PutHow::Unique),
                Action::Inspect { path: argument("text") },
                Action::Rename {
                    from: argument("text"),
                    to: argument("renamed"),
                },
                Action::Names { path: None },
                Action::List { path: None },
                Action::Delete {
                    path: argument("renamed"),
                },
                cd(".."),
                Action::MakeDirectory { path: argument("gone") },
                Action::RemoveDirectory { path: argument("gone") },
            ]),
        );
        let directory = server.root().join("incoming").join(path().as_str());
        let twice = [&text[..], &text[..]].concat();
        assert_eq!(fs::read(local.path().join("text-again")).unwrap(), twice);
        assert!(!directory.join("renamed").exists() && !directory.join("text").exists());
        let told = format!("/incoming/{}", path().as_str());
        assert!(has(
            &session,
            |report| matches!(report, Report::Directory { path } if *path == told)
        ));
        let facts = |report: &Report| {
            matches!(
                report,
                Report::Facts {
                    size: Some(28),
                    modified: Some(_),
                    ..
                }
            )
        };
        assert!(has(&session, facts), "{:#?}", session.reports);
        let features = |report: &Report| matches!(report, Report::Features { features } if features.iter().any(|line| line == "REST STREAM"));
        assert!(has(&session, features));
        let names = session.reports.iter().find_map(|(_, report)| match report {
            Report::StoredAs { name } => Some(name.clone()),
            _ => None,
        });
        let name = names.expect("the server tells the name");
        assert_eq!(
            fs::read(directory.join(&name)).unwrap(),
            text,
            "line ends are the server's own again"
        );
        assert!(session.listed().iter().any(|line| line == "renamed"));
        assert!(session.verbs().contains(&"FEAT"));
    }
}
