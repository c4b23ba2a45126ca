//! The address bar: a reload, or whoever is sent the address, finds the same moment of the same run.

use portolan_session::view::{Depth, Eye, Lens};
use portolan_wire::action::Action;
use portolan_wire::ordered::Map;
use wasm_bindgen::prelude::JsValue;
use web_sys::UrlSearchParams;

use crate::state::{Aim, Given, MOST_CALLS, Place, State, calls, place_order};
use crate::words::SCENARIOS;

/// What an address says.
#[derive(Clone, Debug, PartialEq)]
pub struct Visit {
    /// What is run.
    pub order: portolan_link::Order,
    /// Where to stand.
    pub aim: Aim,
    /// How it is looked at.
    pub lens: Lens,
    /// The questions whose answers are known already.
    pub answers: Map<u16, Given>,
}

/// Reads the address; nothing where it names no run of ours.
pub fn read_address() -> Option<Visit> {
    let search = web_sys::window()?.location().search().ok()?;
    let params = UrlSearchParams::new_with_str(&search).ok()?;
    let ports: Vec<u16> = numbers(&params, "call");
    let mut order = match params.get("scenario") {
        Some(name) if SCENARIOS.iter().any(|(known, _)| *known == name) => place_order(Place::Scenario(name)),
        _ if !ports.is_empty() => place_order(Place::Calls),
        _ => return None,
    };
    if !ports.is_empty() {
        let ports = ports.into_iter().filter(|port| *port != 0).take(MOST_CALLS);
        order.actions = Some(ports.map(|port| Action::Call { host: None, port }).collect());
    }
    order.seed = params.get("seed").and_then(|seed| seed.parse().ok());
    order.settings = params
        .get_all("set")
        .iter()
        .filter_map(|pair| {
            let pair = pair.as_string()?;
            let (key, value) = pair.split_once('=')?;
            Some((key.to_owned(), value.to_owned()))
        })
        .collect();
    let moment = params.get("moment").and_then(|moment| moment.parse().ok());
    let answered: Vec<u16> = numbers(&params, "answered");
    let mut answers = Map::new();
    answers.extend(answered.into_iter().map(|chapter| (chapter, Given::Revealed)));
    Some(Visit {
        order,
        aim: moment.map_or(Aim::Start, Aim::At),
        lens: Lens {
            depth: if params.get("depth").as_deref() == Some("packets") {
                Depth::Packets
            } else {
                Depth::Story
            },
            eye: if params.get("eye").as_deref() == Some("network") {
                Eye::Network
            } else {
                Eye::Endpoint
            },
        },
        answers,
    })
}

fn numbers<T: core::str::FromStr>(params: &UrlSearchParams, key: &str) -> Vec<T> {
    let text = params.get(key).unwrap_or_default();
    text.split('.').filter_map(|part| part.parse().ok()).collect()
}

/// Writes the address, without a new entry in the browser's history.
pub fn write_address(state: &State) {
    let Some(address) = address(state) else { return };
    let history = web_sys::window().and_then(|window| window.history().ok());
    if let Some(history) = history {
        // A page without an origin (a file, a frame) may not; then its address stays as it was.
        let _written = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
    }
}

fn address(state: &State) -> Option<String> {
    if state.live.is_some() {
        return Some("?live".to_owned());
    }
    if state.is_first_screen() {
        return Some("./".to_owned());
    }
    let params = UrlSearchParams::new().ok()?;
    if state.is_calling() {
        params.set("call", &joined(calls(&state.order)));
    } else {
        params.set("scenario", &state.order.scenario);
    }
    if let Some(seed) = state.order.seed {
        params.set("seed", &seed.to_string());
    }
    for (key, value) in &state.order.settings {
        params.append("set", &format!("{key}={value}"));
    }
    if state.moment > 0 {
        params.set("moment", &state.moment.to_string());
    }
    if state.lens.depth == Depth::Packets {
        params.set("depth", "packets");
    }
    if state.lens.eye == Eye::Network {
        params.set("eye", "network");
    }
    if !state.answers.is_empty() {
        params.set("answered", &joined(state.answers.keys().copied()));
    }
    Some(format!("?{}", String::from(params.to_string())))
}

fn joined(numbers: impl Iterator<Item = u16>) -> String {
    numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(".")
}
