//! The JSON Schema and the written description, against what is written.

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;

use portolan_wire::Instant;

use crate::event::{Evidence, PacketId};
use crate::export::every::{self, Values};
use crate::export::sample::{self, CLIENT, SERVER};
use crate::export::{SCHEMA, jsonl};
use crate::log::{Log, Recorder};

const FORMAT: &str = include_str!("../../FORMAT.md");

struct Validator {
    schemas: Schemas,
    line: SchemaIndex,
}

impl Validator {
    fn new() -> Self {
        let name = "urn:portolan:schema:portolan-log-1";
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler
            .add_resource(name, serde_json::from_str(SCHEMA).unwrap())
            .unwrap();
        let line = compiler.compile(name, &mut schemas).unwrap();
        Self { schemas, line }
    }

    fn complaint(&self, line: &str) -> Option<String> {
        let value: Value = serde_json::from_str(line).unwrap();
        let result = self.schemas.validate(&value, self.line);
        result.err().map(|error| format!("{error:#}"))
    }

    fn passes(&self, line: &str) {
        if let Some(complaint) = self.complaint(line) {
            panic!("{line}\n{complaint}");
        }
    }
}

fn lines(log: &Log) -> Vec<String> {
    let text = String::from_utf8(jsonl::write(log).unwrap()).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// A log of every kind of event, and the shortest header or the longest.
fn everything(header: crate::event::Header, values: &Values) -> Log {
    let mut recorder = Recorder::new(header);
    let conn = Some(recorder.open_conn());
    let at = Instant::from_micros(values.number);
    recorder.sent(at, CLIENT, conn, &sample::segment(values.port % 50));
    for seen in every::fates(values) {
        recorder.event(at, SERVER, conn, every::seen(PacketId(0), seen));
    }
    for kind in every::kinds(values) {
        recorder.event(at, SERVER, conn, kind.clone());
        recorder.event_with(Evidence::Synthesised, at, SERVER, None, kind);
    }
    recorder.into_log()
}

#[test]
fn whatever_is_written_is_what_the_schema_says() {
    let validator = Validator::new();
    let odd = Values {
        text: "\u{0}\r\n\u{1f980}\"".into(),
        number: (1 << 53) - 1,
        port: 0,
        address: "[fe80::1%7]:65535".parse().unwrap(),
    };
    for values in [Values::default(), odd] {
        for header in [sample::header(), every::header(&values)] {
            for line in lines(&everything(header, &values)) {
                validator.passes(&line);
            }
        }
    }
    let mut header = sample::header();
    header.source = crate::event::Source::Live { began: 5 };
    validator.passes(&lines(&Log::new(header))[0]);
}

/// Each way to break an object: leave a field out, add one, put something of another type in its place.
fn broken(line: &str) -> Vec<(String, Value)> {
    let whole: Value = serde_json::from_str(line).unwrap();
    let mut broken = Vec::new();
    for name in whole.as_object().unwrap().keys() {
        // Fields that need not be there; `null` is a value that these may have.
        let optional = [
            "evidence",
            "conn",
            "rule",
            "argument",
            "size",
            "links",
            "lesson",
            "form",
            "offset",
            "path_kind",
            "modified",
            "certificate",
            "trusted",
            "tickets",
        ]
        .contains(&name.as_str());
        let mut less = whole.clone();
        less.as_object_mut().unwrap().remove(name);
        if !optional {
            broken.push((format!("without {name}"), less));
        }
        let mut other = whole.clone();
        other[name] = Value::from(-1.5);
        broken.push((format!("with another {name}"), other));
    }
    let mut more = whole;
    more["surprise"] = Value::from(1);
    broken.push(("with a surprise".into(), more));
    broken
}

#[test]
fn a_broken_line_is_not_what_the_schema_says() {
    let validator = Validator::new();
    let values = Values::default();
    for line in lines(&everything(every::header(&values), &values)) {
        for (how, broken) in broken(&line) {
            assert!(validator.complaint(&broken.to_string()).is_some(), "{how}: {broken}");
        }
    }
    for wrong in [
        r#"{"seq":0,"at":0,"host":0,"kind":"packet","packet":0,"seen":"eaten"}"#,
        r#"{"seq":0,"at":0,"host":0,"kind":"packet","packet":0,"seen":"delivered","bytes":"45"}"#,
        r#"{"seq":0,"at":0,"host":0,"kind":"packet","packet":0,"seen":"sent","length":1,"bytes":"4"}"#,
        r#"{"seq":0,"at":0,"host":0,"kind":"listen-closed","local":"203.0.113.10"}"#,
        r#"{"seq":9007199254740992,"at":0,"host":0,"kind":"closed"}"#,
        r#"{"seq":0,"at":0,"host":0,"kind":"endpoint","report":"started","action":0,"what":{"do":"list","paht":"/"}}"#,
        r#"{"seq":0,"at":0,"host":0,"kind":"endpoint","report":"started","action":0,"what":{"do":"raw","line":"a\r\nb"}}"#,
        r#"{"seq":0,"at":0,"kind":"from-a-later-day"}"#,
    ] {
        assert!(validator.complaint(wrong).is_some(), "{wrong}");
    }
}

#[test]
fn a_kind_from_a_later_version_is_what_the_schema_says() {
    let validator = Validator::new();
    validator.passes(r#"{"seq":0,"at":0,"host":0,"kind":"nat-mapping","inner":"10.0.0.1:7"}"#);
}

/// The blocks of FORMAT.md that are fenced as `language`.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    FORMAT
        .split(&fence)
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect()
}

#[test]
fn the_examples_in_the_description_are_what_is_written() {
    let validator = Validator::new();
    let examples: Vec<_> = blocks("json").into_iter().flat_map(str::lines).collect();
    assert!(examples.len() > 9, "{examples:?}");
    for line in examples {
        validator.passes(line);
    }
    let [log] = blocks("jsonl")[..] else {
        panic!("one whole log")
    };
    log.lines().for_each(|line| validator.passes(line));
    let read = jsonl::read(log.as_bytes()).unwrap();
    assert_eq!(String::from_utf8(jsonl::write(&read).unwrap()).unwrap(), log);
}

#[test]
fn the_description_names_every_kind_and_report() {
    let values = Values::default();
    for line in lines(&everything(every::header(&values), &values)).iter().skip(1) {
        let event: Value = serde_json::from_str(line).unwrap();
        for name in ["kind", "report", "seen"]
            .iter()
            .filter_map(|field| event[field].as_str())
        {
            assert!(FORMAT.contains(&format!("`{name}`")), "{name}");
        }
    }
}
