use super::*;
use crate::catalogue;
use crate::file::{Fault, Rate, Scenario, Span};

/// What is said of `ftp-passive` after a change.
#[track_caller]
fn after(change: impl FnOnce(&mut Scenario)) -> String {
    let mut scenario = catalogue::built_in("ftp-passive").unwrap();
    assert_eq!(check(&scenario), Ok(()));
    change(&mut scenario);
    check(&scenario).unwrap_err().to_string()
}

#[test]
fn a_plan_has_steps_and_they_make_sense() {
    assert!(after(|s| s.plan.clear()).starts_with("plan: a plan needs at least one step"));
    assert!(after(|s| s.plan[0].port = Some(0)).contains("port 0 is reserved"));
    assert!(after(|s| s.plan[0].host = "nobody".to_owned().try_into().ok()).contains("there is no host `nobody`"));
    assert!(after(|s| s.plan[0].pause = Span(Duration::from_secs(3_601))).contains("from 0s to 3600s"));
    let step = catalogue::built_in("ftp-passive").unwrap().plan[0].clone();
    assert_eq!(
        after(|s| s.plan = vec![step; 201]),
        "plan: 201 steps are too many (at most 200)"
    );
}

#[test]
fn hosts_are_told_apart() {
    assert!(
        after(|s| s.world.hosts[2].addresses[0] = s.world.hosts[0].addresses[0]).contains("already that of `client`")
    );
    assert!(after(|s| s.world.hosts[1].name = "client".to_owned()).contains("stands here twice"));
    assert!(after(|s| s.world.hosts[0].name = "Client 1".to_owned()).contains("is no name"));
    assert!(after(|s| s.world.hosts[0].addresses[0] = "127.0.0.1".parse().unwrap()).contains("no host can have"));
    assert!(after(|s| s.world.hosts[0].addresses.truncate(0)).contains("has no IPv4 address"));
    assert!(after(|s| s.world.hosts[2].role = HostRole::Client).contains("only a host with the role `server`"));
    assert!(after(|s| s.world.hosts[1].role = HostRole::Client).contains("2 have it"));
}

#[test]
fn ports_are_taken_once_and_never_zero() {
    assert!(after(|s| s.world.hosts[2].ftp[0].port = 0).contains("port 0"));
    assert!(after(|s| s.world.hosts[2].greeters[0].port = 21).contains("port 21 is listened on twice"));
    assert!(after(|s| s.world.hosts[0].pinned_ports.push(80)).contains("port 80 is pinned"));
    assert!(after(|s| s.world.hosts[2].ftp[0].users.clear()).contains("at least one user"));
}

#[test]
fn files_have_a_path_and_one_content() {
    for path in ["harbour.txt", "/", "/a//b", "/a/../b", "/a/", "/a\n"] {
        assert!(
            after(|s| s.world.hosts[2].files[0].path = path.to_owned()).contains("is no path"),
            "{path:?}"
        );
    }
    assert!(after(|s| s.world.hosts[2].files[0].path = "/charts/coast.dat/x".to_owned()).contains("twice"));
    assert!(after(|s| s.world.hosts[2].files[0].path = "/charts".to_owned()).contains("twice"));
    assert!(after(|s| s.world.hosts[2].files[0].text = None).contains("exactly once"));
    assert!(after(|s| s.world.hosts[2].files[0].hex = Some("00".to_owned())).contains("exactly once"));
    let hex = |s: &mut Scenario, digits: &str| {
        s.world.hosts[2].files[0].text = None;
        s.world.hosts[2].files[0].hex = Some(digits.to_owned());
    };
    assert!(after(|s| hex(s, "0f f")).contains("two hexadecimal digits"));
    let too_large = after(|s| s.world.hosts[2].files[1].generated.as_mut().unwrap().size = limits::GENERATED + 1);
    assert!(too_large.contains("at most 134217728"), "{too_large}");
}

#[test]
fn links_lead_everywhere() {
    assert!(after(|s| s.world.links.clear()).contains("no links lead"));
    assert!(after(|s| s.world.links.truncate(1)).contains("no links lead from the client to `server`"));
    assert!(after(|s| s.world.links[0].between[0] = "router".to_owned()).contains("two different hosts"));
    assert!(after(|s| s.world.links[1] = s.world.links[0].clone()).contains("twice"));
    assert!(after(|s| s.world.links[0].bandwidth = Rate(1)).contains("from 8kbit/s to 100Gbit/s"));
    assert!(after(|s| s.world.links[0].loss = super::super::Loss(500_001)).contains("from 0% to 50%"));
}

#[test]
fn questions_have_two_to_four_different_answers() {
    fn question(s: &mut Scenario) -> &mut portolan_session::lesson::Question {
        let chapters = &mut s.lesson.as_mut().unwrap().chapters;
        chapters
            .iter_mut()
            .find_map(|chapter| chapter.question.as_mut())
            .unwrap()
    }
    assert!(after(|s| question(s).answers.truncate(1)).contains("this one has 1"));
    assert!(
        after(|s| {
            let answer = question(s).answers[0].clone();
            question(s).answers = vec![answer; 5];
        })
        .contains("this one has 5")
    );
    assert!(after(|s| question(s).answers[1] = question(s).answers[0].clone()).contains("say the same"));
    assert!(after(|s| question(s).because = "word ".repeat(23)).contains("23 words are too long (at most 22)"));
    assert!(after(|s| question(s).ask = "a\u{1b}b".to_owned()).contains("control characters"));
}

#[test]
fn a_hex_file_is_its_bytes() {
    let file = super::super::File {
        path: "/x".to_owned(),
        text: None,
        hex: Some("00 ff\n7F".to_owned()),
        generated: None,
    };
    assert_eq!(file.bytes(), Some(vec![0, 255, 127]));
    assert_eq!(file.size(), 3);
}

#[test]
fn a_problem_says_where() {
    let mut scenario = catalogue::built_in("ftp-passive").unwrap();
    scenario.world.hosts[2].ftp[0].port = 0;
    let problem = check(&scenario).unwrap_err();
    assert_eq!(problem.fault, Fault::PortZero);
    assert!(
        problem.to_string().starts_with("world.hosts[2].ftp[0].port: "),
        "{problem}"
    );
}
