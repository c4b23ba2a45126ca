use super::*;
use crate::catalogue::{built_in, catalogue};
use portolan_protocol::tree::{Content, TreePath};
use portolan_session::event::{Attempted, Kind};
use portolan_wire::Instant;
use portolan_wire::report::{ConnectError, Misuse, Purpose, Report, Trouble};

fn begun(name: &str, seed: Option<u64>, settings: &[(&str, &str)], actions: Option<Vec<Action>>) -> Run {
    let order = Order {
        seed,
        settings: Settings::read(settings.iter().copied()).unwrap(),
        actions,
    };
    Run::new(built_in(name).unwrap(), &order).unwrap()
}

fn finished(name: &str, seed: Option<u64>, settings: &[(&str, &str)]) -> Run {
    let mut run = begun(name, seed, settings, None);
    run.finish();
    run
}

/// Every attempt to connect: what for, from which port to which.
fn attempts(run: &Run) -> Vec<(Purpose, u16, u16)> {
    let attempt = |kind: &Kind| match kind {
        Kind::Attempted(attempt) => {
            let Attempted { from, to, purpose } = **attempt;
            Some((purpose, from.port(), to.port()))
        }
        _ => None,
    };
    run.log()
        .events()
        .iter()
        .filter_map(|event| attempt(&event.kind))
        .collect()
}

fn data(run: &Run) -> Vec<(u16, u16)> {
    let data = attempts(run)
        .into_iter()
        .filter(|(purpose, ..)| *purpose == Purpose::Data);
    data.map(|(_, from, to)| (from, to)).collect()
}

#[track_caller]
fn content(run: &mut Run, host: &str, path: &str) -> Vec<u8> {
    let content: &Content = run.files(host).unwrap().content(&TreePath::root().join(path)).unwrap();
    content.read(0, usize::MAX)
}

#[test]
fn every_built_in_does_what_its_plan_expects() {
    for scenario in catalogue() {
        let run = finished(&scenario.name, None, &[]);
        assert_eq!(run.failure(), None, "{}", scenario.name);
        assert_eq!(run.endings().len(), scenario.plan.len(), "{}", scenario.name);
        assert!(
            matches!(run.log().events().last().unwrap().kind, Kind::Ended),
            "{}",
            scenario.name
        );
        let last = run.log().events().last().unwrap().at;
        assert!(
            last < Instant::from_micros(60_000_000),
            "{} ends at {last}",
            scenario.name
        );
        for (step, ending) in scenario.plan.iter().zip(run.endings()) {
            let as_asked = ending.outcome == Some(Outcome::Done);
            assert_eq!(as_asked, step.expect.is_done(), "{}: {ending:?}", scenario.name);
        }
    }
}

#[test]
fn the_pinned_story_is_told_with_its_ports() {
    let control = (Purpose::Control, 50_123, 21);
    let first = attempts(&finished("first-file", None, &[]));
    assert_eq!(first, [control, (Purpose::Data, 51_890, 60_523)]);
    assert_eq!(attempts(&finished("ftp-passive", None, &[]))[..2], first);
    assert_eq!(attempts(&finished("ftp-extended-passive", None, &[]))[..2], first);
    for active in ["ftp-active", "ftp-extended-active", "active-blocked"] {
        let run = finished(active, None, &[]);
        assert_eq!(attempts(&run)[..2], [control, (Purpose::Data, 20, 51_890)], "{active}");
    }
}

#[test]
fn modes_differ_in_who_calls_whom() {
    for (name, active) in [
        ("ftp-active", true),
        ("ftp-extended-active", true),
        ("ftp-passive", false),
        ("ftp-extended-passive", false),
    ] {
        let calls = data(&finished(name, Some(77), &[]));
        assert_eq!(calls.len(), 3, "{name}: a listing, a download, an upload");
        for (from, to) in calls {
            let dynamic = 49_152..=65_535;
            let as_taught = if active {
                from == 20 && dynamic.contains(&to)
            } else {
                dynamic.contains(&from) && to >= 60_000
            };
            assert!(as_taught, "{name}: {from} -> {to}");
        }
    }
}

#[test]
fn clients_never_take_ports_in_a_row() {
    for seed in 0..20 {
        let run = finished("ftp-passive", Some(seed), &[]);
        let ports: Vec<u16> = attempts(&run).iter().map(|(_, from, _)| *from).collect();
        assert!(
            ports.windows(2).all(|pair| pair[1].abs_diff(pair[0]) > 1),
            "seed {seed}: {ports:?}"
        );
    }
}

#[test]
fn files_arrive_whole() {
    for name in [
        "ftp-active",
        "ftp-passive",
        "ftp-extended-active",
        "ftp-extended-passive",
    ] {
        let mut run = finished(name, None, &[]);
        let there = content(&mut run, "server", "/charts/coast.dat");
        assert_eq!(there.len(), 120_000);
        assert!(
            content(&mut run, "client", "/coast.dat") == there,
            "{name}: the download differs"
        );
        let here = content(&mut run, "client", "/logbook.txt");
        assert!(
            !here.is_empty() && content(&mut run, "server", "/logbook.txt") == here,
            "{name}: the upload differs"
        );
    }
}

#[test]
fn files_arrive_whole_over_lossy_links_too() {
    let mut run = finished("ftp-passive", None, &[("loss", "3%"), ("file-size", "300000")]);
    assert_eq!(run.failure(), None);
    let there = content(&mut run, "server", "/charts/coast.dat");
    assert_eq!(there.len(), 300_000);
    assert!(content(&mut run, "client", "/coast.dat") == there);
}

#[test]
fn a_run_does_not_depend_on_how_it_is_cut() {
    let whole = finished("ftp-active", Some(5), &[("loss", "1%")]);
    for budget in [1, 2, 3, 64, 1_000] {
        let mut run = begun("ftp-active", Some(5), &[("loss", "1%")], None);
        while run.advance(budget) == Advance::More {}
        assert!(run.log() == whole.log(), "budget {budget}");
        assert_eq!(run.endings(), whole.endings());
    }
}

#[test]
fn the_same_seed_gives_the_same_log_and_another_other_ports() {
    let one = finished("ftp-passive", Some(9), &[]);
    assert!(finished("ftp-passive", Some(9), &[]).log() == one.log());
    let other = finished("ftp-passive", Some(10), &[]);
    assert_ne!(attempts(&one), attempts(&other));
    assert_ne!(
        attempts(&one)[0].1,
        50_123,
        "pinned ports hold for the scenario's own seed only"
    );
}

#[test]
fn settings_change_what_they_say() {
    let linux = finished(
        "ftp-passive",
        Some(3),
        &[("ephemeral", "32768-40000"), ("passive", "61000-61010")],
    );
    assert!(
        data(&linux)
            .iter()
            .all(|(from, to)| (32_768..=40_000).contains(from) && (61_000..=61_010).contains(to))
    );
    let active = finished("first-file", None, &[("mode", "active")]);
    assert_eq!(data(&active), [(20, 51_890)]);
    let slow = finished("first-file", None, &[("latency", "200ms")]);
    let quick = finished("first-file", None, &[("latency", "1ms")]);
    assert!(slow.log().events().last().unwrap().at > quick.log().events().last().unwrap().at);
    let opened = finished("active-blocked", None, &[("client-blocks-incoming", "false")]);
    assert!(
        opened
            .endings()
            .iter()
            .all(|ending| ending.outcome == Some(Outcome::Done))
    );
}

#[test]
fn a_blocked_active_transfer_is_a_failure_where_nobody_expects_it() {
    let run = finished("ftp-active", None, &[("client-blocks-incoming", "true")]);
    let failure = run.failure().unwrap();
    assert!(matches!(failure.action, Action::List { .. }));
    assert!(
        matches!(failure.outcome, Some(Outcome::Denied { code: 425, .. })),
        "{failure:?}"
    );
}

#[test]
fn over_six_only_the_extended_modes_work() {
    for name in ["ftp-extended-active", "ftp-extended-passive"] {
        let run = finished(name, None, &[("ip", "6")]);
        assert_eq!(run.failure(), None, "{name}");
        assert!(
            run.log()
                .header()
                .hosts
                .iter()
                .all(|host| host.addresses.iter().all(|address| address.is_ipv6()))
        );
    }
    let why = Misuse::WrongAddressFamily;
    let run = finished("ftp-passive", None, &[("ip", "6")]);
    assert_eq!(run.failure().unwrap().outcome, Some(Outcome::Refused { why }));
}

fn call(host: Option<&str>, port: u16) -> Action {
    let host = host.map(|host| Argument::new(host).unwrap());
    Action::Call { host, port }
}

#[test]
fn own_calls_take_the_place_of_the_plan() {
    let actions = vec![
        call(None, 21),
        call(Some("server"), 22),
        call(Some("203.0.113.10"), 80),
        call(None, 23),
    ];
    let mut run = begun("call-a-port", None, &[], Some(actions));
    run.finish();
    let outcomes: Vec<Outcome> = run
        .endings()
        .iter()
        .filter_map(|ending| ending.outcome.clone())
        .collect();
    let failed = |why| Outcome::Failed {
        trouble: Trouble::ControlConnect { why },
    };
    let expected = [
        Outcome::Done,
        Outcome::Done,
        failed(ConnectError::Refused),
        failed(ConnectError::TimedOut),
    ];
    assert_eq!(outcomes, expected);
    let greetings: Vec<&str> = run
        .log()
        .events()
        .iter()
        .filter_map(|event| match &event.kind {
            Kind::Endpoint { report } => match &**report {
                Report::Greeting { text } => Some(text.as_str()),
                _ => None,
            },
            _ => None,
        })
        .collect();
    assert_eq!(greetings, ["220 Harbour office FTP ready", "SSH-2.0-PortolanGreeter"]);
    assert_eq!(run.log().header().lesson, None);
}

#[test]
fn what_makes_no_sense_does_not_begin() {
    let error = |order: &Order| Run::new(built_in("call-a-port").unwrap(), order).unwrap_err();
    let nobody = Argument::new("nobody").unwrap();
    let order = |actions| Order {
        actions: Some(actions),
        ..Order::default()
    };
    assert_eq!(
        error(&order(vec![call(Some("nobody"), 21)])),
        RunError::UnknownHost(nobody)
    );
    assert_eq!(error(&order(Vec::new())), RunError::NoActions);
    let large = Order {
        seed: Some(1 << 53),
        ..Order::default()
    };
    assert_eq!(error(&large), RunError::Seed);
    let useless = Order {
        settings: Settings::read([("file-size", "5")]).unwrap(),
        ..Order::default()
    };
    assert!(matches!(
        error(&useless),
        RunError::Setting(SettingError::Useless { .. })
    ));
}

#[test]
fn questions_about_pinned_ports_stay_with_the_pinned_story() {
    let questions = |run: &Run| {
        let lesson = run.log().header().lesson.as_ref().unwrap();
        lesson
            .chapters
            .iter()
            .filter(|chapter| chapter.question.is_some())
            .count()
    };
    assert_eq!(questions(&begun("first-file", None, &[], None)), 2);
    assert_eq!(questions(&begun("first-file", None, &[("latency", "1ms")], None)), 2);
    assert_eq!(questions(&begun("first-file", Some(2), &[], None)), 1);
    assert_eq!(
        questions(&begun("first-file", None, &[("passive", "60000-60100")], None)),
        1
    );
}

#[test]
fn an_action_can_follow_while_the_run_goes_on() {
    let mut run = begun("call-a-port", None, &[], Some(vec![call(None, 80)]));
    while run.endings().is_empty() {
        run.advance(1);
    }
    assert!(run.then(call(None, 22), Duration::from_millis(10)));
    run.finish();
    assert_eq!(run.endings().len(), 2);
    assert!(
        !run.then(call(None, 22), Duration::ZERO),
        "a run that has ended takes no more"
    );
}
