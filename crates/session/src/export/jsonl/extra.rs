//! Fields that this version does not know: found when a line is read, put back when it is written.

use serde::Serialize;
use serde_json::{Map, Value};

/// What `line` says and `known`, which was read from it, does not: as the text of one JSON object, or nothing if that
/// is nothing. Objects inside objects are looked into.
///
/// # Errors
/// When `known` cannot be written as JSON.
pub(super) fn of(line: &Value, known: &impl Serialize) -> Result<Option<String>, serde_json::Error> {
    let known = serde_json::to_value(known)?;
    Ok(beyond(line, &known).map(|fields| Value::Object(fields).to_string()))
}

/// `known`, and what an earlier reader did not know.
///
/// # Errors
/// When `known` cannot be written as JSON. The extra is JSON since it was read.
pub(super) fn put_back(known: &impl Serialize, extra: &str) -> Result<Value, String> {
    let mut known = serde_json::to_value(known).map_err(|error| error.to_string())?;
    let extra: Map<String, Value> = serde_json::from_str(extra).map_err(|error| error.to_string())?;
    merge(&mut known, extra);
    Ok(known)
}

fn beyond(line: &Value, known: &Value) -> Option<Map<String, Value>> {
    let (Value::Object(line), Value::Object(known)) = (line, known) else {
        return None;
    };
    let fields: Map<String, Value> = line
        .iter()
        .filter_map(|(name, value)| {
            let more = match known.get(name) {
                // The one known field that may be said and need not be.
                None if name == "evidence" => return None,
                None => value.clone(),
                Some(inner) => Value::Object(beyond(value, inner)?),
            };
            Some((name.clone(), more))
        })
        .collect();
    (!fields.is_empty()).then_some(fields)
}

/// Puts fields into an object, and into the objects inside it. What the object has already stays.
fn merge(into: &mut Value, fields: Map<String, Value>) {
    let Value::Object(into) = into else { return };
    for (name, value) in fields {
        match (into.get_mut(&name), value) {
            (Some(inner), Value::Object(fields)) => merge(inner, fields),
            (Some(_), _) => {}
            (None, value) => {
                into.insert(name, value);
            }
        }
    }
}
