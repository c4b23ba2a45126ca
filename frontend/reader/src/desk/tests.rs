//! The desk against a relay that is a script.

use portolan_link::live::{FieldKind, Mark, Part};
use portolan_link::{Answer, Question};
use portolan_session::view::Depth;
use portolan_wire::ordered::Set;
use serde_json::{Value, json};

use super::*;

const HEADER: &str = r#"{"format":"portolan-log","version":1,"source":{"source":"live","began":5},"title":"x","hosts":[{"id":0,"name":"client","role":"client","addresses":["127.0.0.1"]},{"id":1,"name":"sandbox","role":"server","addresses":["127.0.0.1"]}]}"#;

/// A desk, and what it has sent and told since one asked last.
struct Try {
    desk: Desk,
    now: u64,
    outs: Vec<Out>,
}

impl Try {
    fn new() -> Self {
        Self {
            desk: Desk::new("http://127.0.0.1:8021/".to_owned()),
            now: 1_000_000,
            outs: Vec::new(),
        }
    }

    /// At the Live tab of a relay that has a sandbox.
    fn up() -> Self {
        let mut desk = Self::new();
        desk.deed(&[(DEED, ENTER), ("run", "7")]);
        desk.open();
        desk.welcome();
        desk
    }

    /// With a session that has logged in.
    fn in_session() -> Self {
        let mut desk = Self::up();
        desk.deed(&[(DEED, "offered")]);
        desk.say(
            json!({"say": "opened", "session": "s1", "drive": "d1", "watch": "w1"}),
            "",
        );
        desk.say(
            json!({"say": "attached", "session": "s1", "driving": true, "taken": 0}),
            HEADER,
        );
        desk.sent();
        desk
    }

    fn now(&self) -> Now {
        Now {
            millis: self.now,
            behind: -60,
        }
    }

    fn deed(&mut self, pairs: &[(&str, &str)]) {
        let pairs = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let form = Form {
            pairs: pairs.collect(),
            file: None,
        };
        let outs = self.desk.form(self.now(), &form);
        self.outs.extend(outs);
    }

    fn open(&mut self) {
        let outs = self.desk.opened(self.now());
        self.outs.extend(outs);
    }

    fn close(&mut self) {
        let outs = self.desk.closed(self.now());
        self.outs.extend(outs);
    }

    fn say(&mut self, head: Value, lines: &str) {
        let outs = self.desk.heard(self.now(), &format!("{head}\n{lines}"));
        self.outs.extend(outs);
        self.wait(0);
    }

    fn wait(&mut self, millis: u64) {
        self.now += millis;
        let outs = self.desk.tick(self.now());
        self.outs.extend(outs);
    }

    fn welcome(&mut self) {
        let sandbox = json!({"name": "sandbox", "address": "127.0.0.1:2121", "sandbox": true, "user": "anna", "password": "kelp"});
        let limits = json!({"file": 1_048_576, "log": 1_000_000, "idle": 600, "away": 60});
        self.say(
            json!({"say": "welcome", "program": "portolan", "servers": [sandbox], "typed": true, "credentials": true, "limits": limits}),
            "",
        );
    }

    /// Events from `from` on: reports as JSON.
    fn events(&mut self, from: u64, reports: &[Value]) {
        let lines = reports.iter().zip(from..).map(|(report, seq)| {
            let mut event = json!({"seq": seq, "at": seq * 1_000, "host": 0, "kind": "endpoint"});
            for (name, value) in report.as_object().unwrap() {
                event[name] = value.clone();
            }
            format!("{event}\n")
        });
        let lines: String = lines.collect();
        self.say(json!({"say": "events", "from": from, "count": reports.len()}), &lines);
    }

    /// What was sent since last time.
    fn sent(&mut self) -> Vec<Value> {
        let outs = core::mem::take(&mut self.outs);
        let sent = outs.iter().filter_map(|out| match out {
            Out::Send(text) => Some(serde_json::from_str(text).unwrap()),
            _ => None,
        });
        sent.collect()
    }

    fn panel(&self) -> &Panel {
        &self.desk.panel
    }

    /// The deeds that are offered, in the caption and in the forms.
    fn deeds(&self) -> Vec<&str> {
        let parts = self.panel().groups.iter().flat_map(|group| &group.parts);
        let buttons = parts.filter_map(|part| match part {
            Part::Deed(deed) => Some(deed),
            _ => None,
        });
        self.panel()
            .deeds
            .iter()
            .chain(buttons)
            .map(|deed| deed.name.as_str())
            .collect()
    }

    fn steps(&self) -> Vec<(String, Mark)> {
        let parts = self.panel().groups.iter().flat_map(|group| &group.parts);
        let steps = parts.filter_map(|part| match part {
            Part::Steps(steps) => Some(steps),
            _ => None,
        });
        steps.flatten().map(|step| (step.text.clone(), step.mark)).collect()
    }
}

fn started(action: u32, what: Value) -> Value {
    json!({"report": "started", "action": action, "what": what})
}

fn done(action: u32) -> Value {
    json!({"report": "finished", "action": action, "outcome": {"outcome": "done"}})
}

#[test]
fn one_click_opens_the_sandbox_and_logs_in() {
    let mut desk = Try::up();
    assert_eq!(desk.sent(), [json!({"say": "hello", "version": 1})]);
    assert_eq!(desk.panel().sentence, words::EMPTY);
    assert_eq!(desk.panel().deeds[0].label, words::CONNECT_SANDBOX);
    // What is filled in can be seen.
    let parts: Vec<_> = desk.panel().groups[0].parts.iter().collect();
    assert!(parts.iter().any(|part| matches!(part, Part::Field { name, value, kind: FieldKind::Text, .. } if name == "password" && value == "kelp")));

    desk.deed(&[(DEED, "offered")]);
    assert_eq!(
        desk.sent(),
        [json!({"say": "open", "server": {"server": "offered", "name": "sandbox"}})]
    );
    desk.say(
        json!({"say": "opened", "session": "s1", "drive": "d1", "watch": "w1"}),
        "",
    );
    desk.say(
        json!({"say": "attached", "session": "s1", "driving": true, "taken": 0}),
        HEADER,
    );
    assert_eq!(
        desk.sent(),
        [
            json!({"say": "act", "number": 1, "what": {"do": "connect"}}),
            json!({"say": "act", "number": 2, "what": {"do": "log-in", "user": "anna", "password": "kelp"}}),
        ]
    );
    assert!(desk.deeds().contains(&"list"));
}

#[test]
fn a_dropped_socket_comes_back_and_repeats_what_was_not_taken() {
    let mut desk = Try::in_session();
    desk.events(0, &[started(1, json!({"do": "connect"})), done(1)]);
    desk.deed(&[(DEED, "list"), ("path", "")]);
    desk.deed(&[(DEED, "get"), ("path", "a.bin")]);
    assert_eq!(desk.sent().len(), 2);
    desk.close();
    let notice = desk.panel().notice.clone().unwrap();
    assert_eq!(
        notice,
        "The relay stopped answering at 1:16. Everything so far is kept."
    );
    assert!(
        !desk.deeds().contains(&"list"),
        "nothing can be asked of a relay that is away"
    );
    assert!(desk.deeds().contains(&"simulate") && desk.deeds().contains(&"save"));

    // It is dialled by itself, later every time.
    desk.outs.clear();
    desk.wait(499);
    assert!(!desk.outs.contains(&Out::Dial));
    desk.wait(1);
    assert!(desk.outs.contains(&Out::Dial));
    desk.close();
    desk.outs.clear();
    desk.wait(999);
    assert!(!desk.outs.contains(&Out::Dial));
    desk.wait(1);
    assert!(desk.outs.contains(&Out::Dial));

    desk.open();
    desk.welcome();
    let sent = desk.sent();
    assert_eq!(
        sent[1],
        json!({"say": "attach", "session": "s1", "key": "d1", "after": 2})
    );
    desk.say(
        json!({"say": "attached", "session": "s1", "driving": true, "taken": 3}),
        HEADER,
    );
    let again = desk.sent();
    assert_eq!(again.len(), 1);
    assert_eq!(again[0]["number"], 4);
    assert_eq!(desk.panel().notice, None);
    // Lines that are held already are left out, and nothing is counted twice.
    desk.events(1, &[done(1), started(3, json!({"do": "list"}))]);
    assert_eq!(desk.desk.session.as_ref().unwrap().folio.count(), 3);
    assert_eq!(String::from_utf8_lossy(desk.desk.text()).lines().count(), 4);
}

#[test]
fn silence_is_a_loss_too() {
    let mut desk = Try::in_session();
    desk.wait(44_000);
    assert!(desk.panel().notice.is_none());
    desk.say(json!({"say": "beat"}), "");
    desk.wait(45_000);
    assert!(desk.panel().notice.is_none());
    desk.wait(1_000);
    assert!(desk.panel().notice.is_some());
    assert!(desk.outs.contains(&Out::HangUp));
}

#[test]
fn a_relay_that_has_forgotten_the_session_loses_nothing_of_what_was_shown() {
    let mut desk = Try::in_session();
    desk.events(0, &[started(1, json!({"do": "connect"}))]);
    desk.close();
    desk.wait(500);
    desk.open();
    desk.welcome();
    desk.say(
        json!({"say": "refused", "why": "session", "text": "No such session."}),
        "",
    );
    assert_eq!(desk.panel().notice.as_deref(), Some(words::GONE));
    assert!(desk.deeds().contains(&"save"));
    assert_eq!(desk.desk.shown().unwrap().count(), 1);
}

#[test]
fn a_page_that_is_loaded_again_comes_back_as_the_driver() {
    let mut desk = Try::in_session();
    let kept = serde_json::to_string(&desk.desk.kept).unwrap();
    desk.outs.clear();

    let mut again = Try::new();
    again.deed(&[(DEED, ENTER), ("run", "1"), ("kept", &kept)]);
    again.open();
    again.welcome();
    let sent = again.sent();
    assert_eq!(
        sent[1],
        json!({"say": "attach", "session": "s1", "key": "d1", "after": 0})
    );
    again.say(
        json!({"say": "attached", "session": "s1", "driving": true, "taken": 2}),
        HEADER,
    );
    assert!(again.sent().is_empty(), "nothing is done twice");
    assert!(again.deeds().contains(&"capture"), "it is still one with the sandbox");
    again.deed(&[(DEED, "list")]);
    assert_eq!(
        again.sent(),
        [json!({"say": "act", "number": 3, "what": {"do": "list"}})]
    );
}

#[test]
fn whoever_watches_sees_and_does_not_act() {
    let mut desk = Try::new();
    desk.deed(&[(DEED, ENTER), ("run", "1"), ("fragment", "#watch=s1.w1&token=t")]);
    desk.open();
    desk.welcome();
    let sent = desk.sent();
    assert_eq!(sent[0], json!({"say": "hello", "version": 1, "token": "t"}));
    assert_eq!(
        sent[1],
        json!({"say": "attach", "session": "s1", "key": "w1", "after": 0})
    );
    desk.say(
        json!({"say": "attached", "session": "s1", "driving": false, "taken": 2}),
        HEADER,
    );
    assert!(!desk.deeds().contains(&"list"));
    desk.deed(&[(DEED, "list")]);
    assert!(desk.sent().is_empty());
    let texts = format!("{:?}", desk.panel().groups);
    assert!(texts.contains(words::WATCHING) && texts.contains("?live#watch=s1.w1"));
}

#[test]
fn what_became_of_an_action_is_told() {
    let mut desk = Try::in_session();
    desk.deed(&[(DEED, "list"), ("path", "/pub")]);
    assert_eq!(desk.steps().last().unwrap().1, Mark::Waits);
    let lines = json!([
        "-rw-r--r--   1 ftp      ftp          1396 Nov 22  2025 a.txt",
        "drwxr-xr-x   1 ftp      ftp             0 Nov 22  2025 deep"
    ]);
    desk.events(
        0,
        &[
            started(3, json!({"do": "list", "path": "/pub"})),
            json!({"report": "listed", "lines": lines}),
            done(3),
        ],
    );
    assert_eq!(desk.steps().last().unwrap().1, Mark::Done);
    let names = desk.desk.session.as_ref().unwrap().asked.names.clone();
    assert_eq!(
        names,
        [
            ("/pub/a.txt".to_owned(), "a.txt".to_owned()),
            ("/pub/deep".to_owned(), "deep/".to_owned())
        ]
    );

    desk.deed(&[(DEED, "get"), ("path", "/pub/a.txt")]);
    desk.events(
        3,
        &[
            started(4, json!({"do": "get", "remote": "/pub/a.txt"})),
            json!({"report": "transfer", "carries": "download", "path": "/pub/a.txt", "size": 2_048}),
            json!({"report": "progress", "bytes": 1_024}),
        ],
    );
    assert_eq!(
        desk.steps().last().unwrap(),
        &("download /pub/a.txt: 1 KiB of 2 KiB".to_owned(), Mark::Runs(Some(500)))
    );
    desk.events(6, &[json!({"report": "finished", "action": 4, "outcome": {"outcome": "denied", "code": 550, "text": "No such file."}})]);
    let (text, mark) = desk.steps().pop().unwrap();
    assert!(mark == Mark::Failed && text.contains("550"), "{text}");

    desk.deed(&[(DEED, "mode"), ("mode", "active")]);
    desk.say(
        json!({"say": "refused", "number": 5, "why": "limit", "text": "Too many wait."}),
        "",
    );
    let (text, mark) = desk.steps().pop().unwrap();
    assert!(mark == Mark::Failed && text.ends_with("Too many wait."), "{text}");
}

#[test]
fn the_console_offers_what_the_control_connection_allows() {
    let mut desk = Try::in_session();
    let offered = |desk: &Try, deed: &str| desk.deeds().contains(&deed);
    let can_protect = |desk: &Try| {
        let parts = desk.panel().groups.iter().flat_map(|group| &group.parts);
        let mut choices = parts.filter(|part| matches!(part, Part::Choice { deed, .. } if deed == "protect"));
        choices.next().is_some()
    };
    assert!(offered(&desk, "secure") && !offered(&desk, "clear-control") && !can_protect(&desk));
    desk.sent();
    desk.deed(&[(DEED, "secure")]);
    assert_eq!(desk.sent().pop().unwrap()["what"], json!({"do": "secure"}));
    desk.events(
        0,
        &[json!({"report": "secured", "version": 772, "suite": 4867, "resumed": false})],
    );
    assert!(!offered(&desk, "secure") && offered(&desk, "clear-control") && can_protect(&desk));
    for level in ["clear", "private"] {
        desk.deed(&[(DEED, "protect"), ("protect", level)]);
        assert_eq!(
            desk.sent().pop().unwrap()["what"],
            json!({"do": "protect", "level": level})
        );
    }
    desk.deed(&[(DEED, "protect"), ("protect", "half")]);
    assert!(desk.sent().is_empty());
    desk.deed(&[(DEED, "clear-control")]);
    assert_eq!(desk.sent().pop().unwrap()["what"], json!({"do": "clear-control"}));
    // A data connection's security is not the control connection's.
    let secured = json!({"report": "secured", "version": 772, "suite": 4867, "resumed": true});
    desk.events(1, &[json!({"report": "cleared"}), secured]);
    assert!(!offered(&desk, "secure") && !offered(&desk, "clear-control") && !can_protect(&desk));
}

#[test]
fn who_drives_a_session_with_the_sandbox_can_save_its_capture() {
    let mut desk = Try::in_session();
    assert!(desk.deeds().contains(&"capture"));
    desk.deed(&[(DEED, "capture")]);
    let is_asked =
        |out: &Out| matches!(out, Out::Capture { href, key } if href.starts_with("relay/capture/") && !key.is_empty());
    assert!(desk.outs.iter().any(is_asked), "{:?}", desk.outs);
}

#[test]
fn what_goes_on_in_simulation_is_protected_as_the_session_was() {
    let secured = json!({"report": "secured", "version": 772, "suite": 4867, "resumed": false});
    let greeting = json!({"report": "reply", "sent": false, "code": 220, "lines": ["Ready."]});
    for (reports, wanted) in [
        (vec![greeting.clone()], "ftp-extended-passive"),
        (vec![greeting, secured.clone()], "ftps-explicit"),
        (vec![secured], "ftps-implicit"),
    ] {
        let mut desk = Try::in_session();
        desk.events(0, &reports);
        desk.deed(&[(DEED, "simulate")]);
        let said = |out: &Out| matches!(out, Out::Say(FromReader::Simulate { scenario }) if scenario == wanted);
        assert!(desk.outs.iter().any(said), "{wanted}");
    }
}

#[test]
fn a_data_connection_that_the_relay_may_not_make_says_who_can_allow_it() {
    let mut desk = Try::in_session();
    let trouble = json!({"trouble": "data-connect", "why": "not-allowed"});
    desk.events(
        0,
        &[
            started(3, json!({"do": "list", "path": null})),
            json!({"report": "finished", "action": 3, "outcome": {"outcome": "failed", "trouble": trouble}}),
        ],
    );
    let (text, mark) = desk.steps().pop().unwrap();
    assert!(
        mark == Mark::Failed && text.ends_with(words::DATA_NOT_ALLOWED),
        "{text}"
    );
}

#[test]
fn an_action_that_lacks_something_says_what_and_is_not_sent() {
    let mut desk = Try::in_session();
    for (pairs, notice) in [
        (vec![(DEED, "get")], words::NEEDS_PATH),
        (vec![(DEED, "rename"), ("path", "a")], words::NEEDS_NAME),
        (vec![(DEED, "put")], words::NEEDS_FILE),
    ] {
        desk.deed(&pairs);
        assert_eq!(desk.panel().notice.as_deref(), Some(notice));
        assert!(desk.sent().is_empty());
    }
    let form = Form {
        pairs: vec![(DEED.to_owned(), "put".to_owned())],
        file: Some(("big".to_owned(), 2_000_000)),
    };
    desk.desk.form(desk.now(), &form);
    assert_eq!(
        desk.panel().notice.as_deref(),
        Some("big is longer than 1 MiB, the most that goes through this relay.")
    );
}

#[test]
fn files_go_beside_the_socket() {
    let mut desk = Try::in_session();
    let form = Form {
        pairs: vec![(DEED.to_owned(), "put".to_owned())],
        file: Some(("up.txt".to_owned(), 20)),
    };
    let outs = desk.desk.form(desk.now(), &form);
    assert!(outs.contains(&Out::Hold(3)));
    desk.outs.clear();
    desk.say(
        json!({"say": "file", "action": 3, "way": "upload", "name": "up.txt", "ticket": "t1"}),
        "",
    );
    let href = "relay/file/t1".to_owned();
    assert!(desk.outs.contains(&Out::Put { action: 3, href }));
    desk.say(
        json!({"say": "file", "action": 4, "way": "download", "name": "pub/a.txt", "ticket": "t2"}),
        "",
    );
    let (href, name) = ("relay/file/t2".to_owned(), "a.txt".to_owned());
    assert!(desk.outs.contains(&Out::Say(FromReader::Fetch { href, name })));
}

#[test]
fn no_relay_token_and_other_refusals_have_their_own_page() {
    let mut desk = Try::new();
    desk.deed(&[(DEED, ENTER), ("run", "1")]);
    desk.close();
    assert_eq!(desk.panel().sentence, words::NO_RELAY);
    desk.wait(60_000);
    assert_eq!(
        desk.outs.iter().filter(|out| **out == Out::Dial).count(),
        1,
        "it is not dialled again by itself"
    );

    desk.deed(&[(DEED, "dial")]);
    desk.open();
    desk.say(
        json!({"say": "bye", "why": "token", "text": "The token is missing."}),
        "",
    );
    desk.close();
    assert!(desk.deeds().contains(&"token"));
    desk.outs.clear();
    desk.deed(&[(DEED, "token"), ("token", "abc")]);
    desk.open();
    assert_eq!(desk.sent(), [json!({"say": "hello", "version": 1, "token": "abc"})]);
    desk.welcome();

    desk.deed(&[(DEED, "typed"), ("host", "ftp.example"), ("port", "21")]);
    assert_eq!(
        desk.sent(),
        [json!({"say": "open", "server": {"server": "typed", "host": "ftp.example", "port": 21}})]
    );
    let refusal = "This relay may not connect to ftp.example. Its operator can allow it with --allow ftp.example:21.";
    desk.say(json!({"say": "refused", "why": "target", "text": refusal}), "");
    assert_eq!(desk.panel().notice.as_deref(), Some(refusal));
    desk.deed(&[(DEED, "typed"), ("host", "ftp.example"), ("port", "0")]);
    assert_eq!(desk.panel().notice.as_deref(), Some(words::NEEDS_PORT));
}

/// A session with a typed server whose certificate nobody vouches for.
fn distrusted(desk: &mut Try) {
    desk.say(
        json!({"say": "opened", "session": "s1", "drive": "d1", "watch": "w1"}),
        "",
    );
    desk.say(
        json!({"say": "attached", "session": "s1", "driving": true, "taken": 0}),
        HEADER,
    );
    let shown = json!({"der": "3000", "sha256": "ab".repeat(32)});
    let why = json!({"fault": "certificate", "why": {"certificate": "unknown-issuer"}, "shown": shown});
    let trouble = json!({"trouble": "tls", "purpose": "control", "why": why});
    desk.events(
        0,
        &[
            started(1, json!({"do": "connect"})),
            json!({"report": "finished", "action": 1, "outcome": {"outcome": "failed", "trouble": trouble}}),
        ],
    );
}

#[test]
fn a_certificate_is_shown_and_taken_by_a_click_and_never_by_itself() {
    let mut desk = Try::up();
    desk.sent();
    let typed = [
        (DEED, "typed"),
        ("host", "ftp.example"),
        ("tls", "implicit"),
        ("user", "anna"),
        ("password", "kelp"),
    ];
    desk.deed(&typed);
    let server = json!({"server": "typed", "host": "ftp.example", "port": 990});
    assert_eq!(
        desk.sent(),
        [json!({"say": "open", "server": server, "tls": "implicit"})]
    );
    distrusted(&mut desk);
    desk.sent();
    desk.wait(60);
    let fingerprint = ["AB"; 32].join(":");
    assert!(desk.panel().notice.as_ref().unwrap().contains(&fingerprint));
    assert_eq!(desk.panel().deeds[0].label, words::TRUST);
    assert!(desk.sent().is_empty());

    desk.deed(&[(DEED, "pin")]);
    assert_eq!(
        desk.sent(),
        [
            json!({"say": "end"}),
            json!({"say": "open", "server": server, "tls": "implicit", "pin": fingerprint}),
        ]
    );
    desk.say(json!({"say": "ended", "why": "asked"}), "");
    desk.say(
        json!({"say": "opened", "session": "s2", "drive": "d2", "watch": "w2"}),
        "",
    );
    desk.say(
        json!({"say": "attached", "session": "s2", "driving": true, "taken": 0}),
        HEADER,
    );
    // The same name and password as before.
    let sent = desk.sent();
    assert_eq!(
        sent[1]["what"],
        json!({"do": "log-in", "user": "anna", "password": "kelp"})
    );
    assert_eq!(desk.panel().notice, None);
    assert!(!desk.deeds().contains(&"pin"));
}

#[test]
fn a_pin_can_be_typed_and_an_offered_server_is_the_operators_to_trust() {
    let mut desk = Try::up();
    desk.sent();
    let pin = "ab".repeat(32);
    desk.deed(&[
        (DEED, "typed"),
        ("host", "a.example"),
        ("tls", "explicit"),
        ("pin", &pin),
    ]);
    let server = json!({"server": "typed", "host": "a.example", "port": 21});
    assert_eq!(
        desk.sent(),
        [json!({"say": "open", "server": server, "tls": "explicit", "pin": pin})]
    );
    let class = json!({"name": "class", "address": "a.example:21", "sandbox": false, "tls": ["explicit"]});
    let limits = json!({"file": 1, "log": 1, "idle": 1, "away": 1});
    desk.say(
        json!({"say": "welcome", "program": "portolan", "servers": [class], "typed": false, "credentials": true, "limits": limits}),
        "",
    );
    desk.deed(&[(DEED, "offered"), ("server", "class"), ("tls", "none")]);
    let server = json!({"server": "offered", "name": "class"});
    assert_eq!(
        desk.sent(),
        [json!({"say": "open", "server": server, "tls": "explicit"})]
    );
    distrusted(&mut desk);
    assert!(!desk.deeds().contains(&"pin"));
    assert!(desk.panel().notice.as_ref().unwrap().contains("operator sets"));
    desk.sent();
    desk.deed(&[(DEED, "pin")]);
    assert!(desk.sent().is_empty());
}

#[test]
fn the_sandbox_is_one_form_with_a_choice() {
    let mut desk = Try::new();
    desk.deed(&[(DEED, ENTER), ("run", "7")]);
    desk.open();
    let sandbox = json!({"name": "sandbox", "address": "127.0.0.1:2121", "sandbox": true, "tls": ["none", "explicit", "implicit"], "user": "anna", "password": "kelp"});
    let limits = json!({"file": 1, "log": 1, "idle": 1, "away": 1});
    desk.say(
        json!({"say": "welcome", "program": "portolan", "servers": [sandbox], "typed": false, "credentials": true, "limits": limits}),
        "",
    );
    desk.sent();
    let choices = desk.panel().groups[0].parts.iter().filter_map(|part| match part {
        Part::Choice {
            deed, options, chosen, ..
        } => Some((deed.as_str(), options.len(), chosen.as_str())),
        _ => None,
    });
    assert_eq!(choices.collect::<Vec<_>>(), [("tls", 3, "none")]);
    desk.deed(&[(DEED, "tls"), ("tls", "explicit")]);
    assert!(desk.sent().is_empty());
    desk.deed(&[(DEED, "offered"), ("server", "sandbox"), ("tls", "explicit")]);
    assert_eq!(desk.sent()[0]["tls"], "explicit");
}

#[test]
fn a_hole_or_nonsense_in_the_log_is_said_and_what_came_before_stays() {
    let mut desk = Try::in_session();
    desk.events(0, &[started(1, json!({"do": "connect"}))]);
    desk.events(5, &[done(1)]);
    assert_eq!(desk.panel().notice.as_deref(), Some(words::HOLE));
    assert_eq!(desk.desk.shown().unwrap().count(), 1);
}

#[test]
fn a_log_from_a_file_is_shown_when_it_is_read_and_a_bad_one_names_its_line() {
    let mut desk = Try::up();
    let open = |desk: &mut Try, text: &str| {
        let form = Form {
            pairs: vec![(DEED.to_owned(), "open".to_owned())],
            file: Some(("a.jsonl".to_owned(), text.len() as u64)),
        };
        assert!(desk.desk.form(desk.now(), &form).contains(&Out::Read));
        for piece in text.as_bytes().chunks(50) {
            let (more, outs) = desk.desk.piece(piece);
            desk.outs.extend(outs);
            if !more {
                return;
            }
        }
        let outs = desk.desk.file_end(None);
        desk.outs.extend(outs);
    };
    desk.outs.clear();
    open(
        &mut desk,
        &format!("{HEADER}\n{{\"seq\":0,\"at\":0,\"host\":0,\"kind\":\"ended\"}}"),
    );
    let opened = |out: &Out| matches!(out, Out::Say(FromReader::Log(Reply::Opened { run: 7, .. })));
    assert!(desk.outs.iter().any(opened));
    let question = Question::Rows {
        lens: Depth::Story.into(),
        answered: Set::new(),
        around: 0,
    };
    let told = desk.desk.ask(7, &question);
    assert!(matches!(
        &told[..],
        [Out::Say(FromReader::Log(Reply::Told {
            answer: Answer::Rows(_),
            ..
        }))]
    ));
    assert!(desk.desk.ask(6, &question).is_empty(), "about a run that was left");

    open(&mut desk, &format!("{HEADER}\nnonsense\n"));
    let notice = desk.panel().notice.clone().unwrap();
    assert!(
        notice.starts_with("a.jsonl cannot be opened: line 2: the line is not JSON"),
        "{notice}"
    );
    open(&mut desk, "");
    assert_eq!(
        desk.panel().notice.as_deref(),
        Some("a.jsonl cannot be opened: the file is empty.")
    );
    desk.deed(&[(DEED, "close")]);
    assert_eq!(desk.panel().sentence, words::EMPTY);
}
