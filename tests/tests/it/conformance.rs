//! One body of cases, two drivers: what client and server say to each other, and what is in both trees afterwards, is the
//! same in the simulated network and over real sockets.
//!
//! Only what the network decides may differ, and is left out: addresses and ports, and whether a data connection was
//! open already when its command came (125) or not (150).

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use portolan_protocol::endpoint::ConnId;
use portolan_protocol::ftp::{client, server};
use portolan_protocol::tree::{Tree, TreePath};
use portolan_relay::drive::{Driver, MOST_ACTIONS, Memory};
use portolan_scenario::{Order, Run, Scenario, Settings, built_in};
use portolan_session::event::{HostId, Kind};
use portolan_wire::Argument;
use portolan_wire::Instant;
use portolan_wire::action::{Action, FileType, PutHow, TransferMode};
use portolan_wire::report::{Outcome, Report};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// Far more than a run takes; a hang must end the test, not the patience of whoever waits for it.
const TOO_LONG: Duration = Duration::from_secs(60);

/// What came of a run.
struct Told {
    conversation: Vec<String>,
    outcomes: Vec<Outcome>,
    client: Vec<String>,
    server: Vec<String>,
}

fn argument(text: &str) -> Argument {
    Argument::new(text).unwrap()
}

fn get(remote: &str, local: &str, resume: bool) -> Action {
    Action::Get {
        remote: argument(remote),
        local: Some(argument(local)),
        resume,
    }
}

fn put(remote: &str, how: PutHow) -> Action {
    Action::Put {
        local: argument("logbook.txt"),
        remote: Some(argument(remote)),
        how,
    }
}

/// Every action, where it succeeds and where it is denied.
fn cases() -> Vec<Action> {
    let path = argument;
    let representation = |representation| Action::Type { representation };
    vec![
        Action::Connect { host: None, port: None },
        Action::List { path: None },
        Action::LogIn {
            user: path("anna"),
            password: path("wrong"),
            account: None,
        },
        Action::LogIn {
            user: path("anna"),
            password: path("seagull"),
            account: None,
        },
        Action::Features,
        Action::WorkingDirectory,
        Action::List { path: None },
        Action::Names { path: None },
        Action::List {
            path: Some(path("/none")),
        },
        Action::Inspect {
            path: path("harbour.txt"),
        },
        Action::Inspect { path: path("none") },
        get("harbour.txt", "copy", false),
        get("harbour.txt", "copy", true),
        get("charts/coast.dat", "coast", false),
        get("none", "none", false),
        get("charts", "charts", false),
        Action::MakeDirectory {
            path: path("new \"dir\""),
        },
        Action::MakeDirectory { path: path("charts") },
        Action::ChangeDirectory {
            path: path("new \"dir\""),
        },
        Action::WorkingDirectory,
        put("ünder way", PutHow::Replace),
        put("ünder way", PutHow::Resume),
        put("ünder way", PutHow::Append),
        put("fresh", PutHow::Resume),
        put("log", PutHow::Unique),
        put("log", PutHow::Unique),
        put("no/such/place", PutHow::Replace),
        Action::Names { path: None },
        representation(FileType::Ascii),
        put("text", PutHow::Replace),
        get("text", "text", false),
        get("text", "text", true),
        representation(FileType::Image),
        get("text", "octets", false),
        Action::Rename {
            from: path("text"),
            to: path("/charts/renamed"),
        },
        Action::Rename {
            from: path("none"),
            to: path("other"),
        },
        Action::Delete { path: path("fresh") },
        Action::Delete { path: path("fresh") },
        Action::ChangeDirectory { path: path("..") },
        Action::RemoveDirectory {
            path: path("new \"dir\""),
        },
        Action::RemoveDirectory { path: path("none") },
        Action::ChangeDirectory { path: path("../../..") },
        Action::Raw {
            line: path("SITE HELP"),
        },
        Action::Raw { line: path("XYZZY") },
        Action::Raw { line: path("MODE B") },
        Action::Abort,
        Action::Quit,
        Action::WorkingDirectory,
    ]
}

fn scenario(mode: TransferMode, ipv6: bool) -> Scenario {
    let name = match mode {
        TransferMode::Active => "ftp-active",
        TransferMode::Passive => "ftp-passive",
        TransferMode::ExtendedActive => "ftp-extended-active",
        TransferMode::ExtendedPassive => "ftp-extended-passive",
    };
    let mut settings = Settings::new();
    if ipv6 {
        settings.add_text("ip=6").unwrap();
    }
    settings.apply(built_in(name).unwrap()).unwrap()
}

/// In the simulated network.
fn simulated(scenario: &Scenario) -> Told {
    let order = Order {
        actions: Some(cases()),
        ..Order::default()
    };
    let mut run = Run::new(scenario.clone(), &order).unwrap();
    run.finish();
    let reports: Vec<Report> = run
        .log()
        .events()
        .iter()
        .filter(|event| event.host == HostId(0))
        .filter_map(|event| match &event.kind {
            Kind::Endpoint { report } => Some(report.as_ref().clone()),
            _ => None,
        })
        .collect();
    let client = tree(run.files("client").unwrap());
    let server = tree(run.files("server").unwrap());
    told(&reports, client, server)
}

/// Over real sockets, on the trees that the scenario begins with.
fn real(scenario: &Scenario, mode: TransferMode, ipv6: bool) -> Told {
    let mut run = Run::new(scenario.clone(), &Order::default()).unwrap();
    let [here, there] = ["client", "server"].map(|host| Arc::new(Mutex::new(run.files(host).unwrap().clone())));
    let (reports, heard) = std::sync::mpsc::channel();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let address: SocketAddr = if ipv6 {
            (Ipv6Addr::LOCALHOST, 0).into()
        } else {
            (Ipv4Addr::LOCALHOST, 0).into()
        };
        let listener = TcpListener::bind(address).await.unwrap();
        let config = client::Config {
            mode,
            show_secrets: true,
            ..client::Config::new(listener.local_addr().unwrap())
        };
        let (sender, actions) = mpsc::channel(MOST_ACTIONS);
        // One after the other, as the simulated client is given them: an abort is taken at once.
        let mut left = cases().into_iter();
        sender.try_send(left.next().unwrap()).unwrap();
        let mut sender = Some(sender);
        let tell = move |_: Instant, _: Option<ConnId>, report: Report| {
            if matches!(report, Report::Finished { .. }) {
                match (left.next(), &sender) {
                    (Some(action), Some(sender)) => sender.try_send(action).unwrap(),
                    _ => sender = None,
                }
            }
            reports.send(report).unwrap();
        };
        let client = Driver::new(
            client::Client::new(config),
            Memory::new(Arc::clone(&here)),
            actions,
            tell,
        )
        .run();
        let serving = async {
            let (stream, peer) = listener.accept().await.unwrap();
            let config = server::Config {
                greeting: "Harbour office FTP ready".to_owned(),
                show_secrets: true,
                ..server::Config::default()
            };
            let server = server::Server::new(
                config.with_account("anna", "seagull"),
                ConnId::accepted(0),
                stream.local_addr().unwrap(),
                peer,
            );
            let quiet = |_: Instant, _: Option<ConnId>, _: Report| {};
            drop(
                Driver::serving(server, stream, Memory::new(Arc::clone(&there)), quiet)
                    .run()
                    .await,
            );
        };
        tokio::time::timeout(TOO_LONG, async { tokio::join!(client, serving) })
            .await
            .map(drop)
            .unwrap();
    });
    let reports: Vec<Report> = heard.try_iter().collect();
    let [client, server] = [here, there].map(|files| tree(&files.lock().unwrap()));
    told(&reports, client, server)
}

fn told(reports: &[Report], client: Vec<String>, server: Vec<String>) -> Told {
    let mut conversation = Vec::new();
    let mut outcomes = Vec::new();
    for report in reports {
        match report {
            Report::Command {
                sent: true,
                verb,
                argument,
            } => conversation.push(match verb.as_str() {
                "PORT" | "EPRT" => verb.clone(),
                _ => format!("{verb} {}", argument.as_deref().unwrap_or_default()),
            }),
            Report::Reply {
                sent: false,
                code,
                lines,
            } => conversation.push(match code {
                125 | 150 => "1xx".to_owned(),
                227 | 229 => code.to_string(),
                _ => format!("{code} {}", lines.join("\n")),
            }),
            Report::Finished { outcome, .. } => outcomes.push(outcome.clone()),
            Report::Directory { .. } | Report::Features { .. } | Report::Facts { .. } | Report::StoredAs { .. } => {
                conversation.push(format!("{report:?}"));
            }
            _ => {}
        }
    }
    Told {
        conversation,
        outcomes,
        client,
        server,
    }
}

/// Every path of a tree, and what is in it.
fn tree(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    let mut left = vec![TreePath::root()];
    while let Some(path) = left.pop() {
        let names = names(tree, &path);
        for name in names {
            let path = path.join(&name);
            match tree.content(&path) {
                Ok(content) => {
                    let bytes = content.read(0, usize::try_from(content.size()).unwrap());
                    let sum = bytes
                        .iter()
                        .fold(7_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)));
                    found.push(format!("{path}: {} bytes, {sum:016x}", bytes.len()));
                }
                Err(_) => {
                    found.push(format!("{path}/"));
                    left.push(path);
                }
            }
        }
    }
    found.sort();
    found
}

fn names(tree: &Tree, path: &TreePath) -> Vec<String> {
    use portolan_protocol::endpoint::{StoreAnswer, StoreRequest};
    let request = StoreRequest::List {
        path: path.clone(),
        after: None,
        limit: 1_000,
    };
    match tree.clone().answer(request).unwrap() {
        StoreAnswer::Page { entries, .. } => entries.into_iter().map(|entry| entry.name).collect(),
        other => panic!("{other:?}"),
    }
}

fn same(mode: TransferMode, ipv6: bool) {
    let scenario = scenario(mode, ipv6);
    let (simulated, real) = (simulated(&scenario), real(&scenario, mode, ipv6));
    for (number, (one, other)) in simulated.conversation.iter().zip(&real.conversation).enumerate() {
        assert_eq!(one, other, "line {number} of the conversation");
    }
    assert_eq!(simulated.conversation.len(), real.conversation.len());
    assert_eq!(simulated.outcomes, real.outcomes);
    assert_eq!((simulated.client, simulated.server), (real.client, real.server));
    assert_eq!(real.outcomes.len(), cases().len());
    let done = real
        .outcomes
        .iter()
        .filter(|outcome| **outcome == Outcome::Done)
        .count();
    assert!(done >= 28, "{done} of the actions are done: {:#?}", real.outcomes);
}

#[test]
fn active() {
    same(TransferMode::Active, false);
}

#[test]
fn passive() {
    same(TransferMode::Passive, false);
}

#[test]
fn extended_active() {
    same(TransferMode::ExtendedActive, false);
    same(TransferMode::ExtendedActive, true);
}

#[test]
fn extended_passive() {
    same(TransferMode::ExtendedPassive, false);
    same(TransferMode::ExtendedPassive, true);
}
