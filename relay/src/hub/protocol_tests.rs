//! `PROTOCOL.md` shows what the program takes and says.

use std::collections::BTreeSet;

use portolan_wire::relay::{FromRelay, Refusal, ToRelay};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

const TEXT: &str = include_str!("../../PROTOCOL.md");

/// The examples of one direction.
fn examples(way: &str) -> Vec<&'static str> {
    let fence = format!("```json {way}\n");
    let blocks = TEXT.split(&fence).skip(1);
    blocks
        .flat_map(|block| block.split("```").next().unwrap().lines())
        .collect()
}

/// Each example is read and written again as it was; tells what kinds there are.
fn kinds<T: Serialize + DeserializeOwned>(way: &str) -> BTreeSet<String> {
    let mut kinds = BTreeSet::new();
    for example in examples(way) {
        let message: T = serde_json::from_str(example).unwrap_or_else(|error| panic!("{example}: {error}"));
        assert_eq!(serde_json::to_string(&message).unwrap(), example);
        let value: Value = serde_json::from_str(example).unwrap();
        kinds.insert(value["say"].as_str().unwrap().to_owned());
    }
    kinds
}

#[test]
fn every_message_is_shown_as_it_is() {
    let up = ["act", "attach", "end", "hello", "log-in", "open"];
    assert_eq!(kinds::<ToRelay>("up"), up.map(str::to_owned).into());
    let down = [
        "attached", "beat", "bye", "ended", "events", "file", "opened", "refused", "viewers", "welcome",
    ];
    assert_eq!(kinds::<FromRelay>("down"), down.map(str::to_owned).into());
}

/// A new message or reason breaks this test before it is missing in the text.
#[test]
fn every_reason_is_explained() {
    let unknown = serde_json::from_str::<Refusal>("\"\"").unwrap_err().to_string();
    let reasons = unknown
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|reason| !reason.is_empty());
    let mut count = 0;
    for reason in reasons {
        assert!(TEXT.contains(&format!("| `{reason}` |")), "{reason}");
        count += 1;
    }
    assert!(count > 10, "{unknown}");
    for (message, told) in [("ToRelay", 6), ("FromRelay", 10)] {
        let error = match message {
            "ToRelay" => serde_json::from_str::<ToRelay>("{\"say\":\"\"}").unwrap_err(),
            _ => serde_json::from_str::<FromRelay>("{\"say\":\"\"}").unwrap_err(),
        };
        let names = error.to_string();
        assert_eq!(
            names
                .split('`')
                .skip(1)
                .step_by(2)
                .filter(|name| !name.is_empty())
                .count(),
            told,
            "{names}"
        );
    }
}
