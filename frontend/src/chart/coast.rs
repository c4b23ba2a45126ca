//! A host's side of the chart: its name, its rail, its berths.

use portolan_session::view::LineState;
use portolan_wire::report::Purpose;
use yew::prelude::*;

use crate::geometry::chart::{CHIP, Chip, Coast, Frame, RAIL_WIDTH, class};
use crate::geometry::rail::BREAK;
use crate::geometry::{RAIL_TOP, put};
use crate::shapes::{self, circle, group, path, rect, text, turned};
use crate::words;

/// Height of the hatched piece that stands for port 0.
const ZERO: f64 = 6.0;

/// A rail, graduated like the border of a chart.
pub fn rail(coast: &Coast, frame: Frame) -> Html {
    let x = coast.rail_x;
    let pieces = coast.rail.pieces();
    let bodies = pieces
        .iter()
        .map(|piece| rect("rail-body", x, piece.top, RAIL_WIDTH, piece.height));
    // Every other tenth of a piece is dark, on the side of the land.
    let grades = pieces.iter().flat_map(|piece| {
        let step = piece.height / 8.0;
        let at = if coast.left { x + 1.0 } else { x + RAIL_WIDTH - 5.0 };
        let grade = move |nth| rect("rail-grade", at, piece.top + step * f64::from(nth), 4.0, step);
        (0..8).step_by(2).map(grade)
    });
    let breaks = pieces.iter().skip(1).map(|piece| {
        let y = piece.top - BREAK / 2.0;
        path("rail-break", put("M{} {}l3 -3 4 6 4 -6 4 6 3 -3", &[x - 2.0, y]))
    });
    // Each piece is named by its first port, as a scale is by its graduations.
    let names = pieces.iter().filter(|_| frame.roomy).map(|piece| {
        let (turn, x, anchor) = match coast.left {
            true => (-90.0, x - 4.0, "end"),
            false => (90.0, x + RAIL_WIDTH + 4.0, "start"),
        };
        let to = put("translate({} {}) rotate({})", &[x, piece.top, turn]);
        turned("scale", to, anchor, piece.first.to_string())
    });
    let mut all = vec![rect("rail-zero", x, coast.rail.top - ZERO, RAIL_WIDTH, ZERO)];
    all.extend(bodies);
    all.extend(grades);
    all.extend(breaks);
    all.extend(names);
    all.extend(bracket(coast, frame));
    group("", all)
}

fn bracket(coast: &Coast, frame: Frame) -> Vec<Html> {
    let Some(bracket) = coast.bracket else {
        return Vec::new();
    };
    let (side, x, anchor) = match coast.left {
        true => (-4.0, coast.rail_x + RAIL_WIDTH + 7.0, "start"),
        false => (4.0, coast.rail_x - 7.0, "end"),
    };
    let (top, bottom) = bracket.y;
    let text_x = if coast.left {
        coast.rail_x
    } else {
        coast.rail_x + RAIL_WIDTH
    };
    let d = put("M{} {}h{}V{}h{}", &[x + side, top, -side, bottom, side]);
    let mut all = vec![path("bracket", d)];
    if frame.roomy {
        let words = words::bracket(bracket.ports, bracket.passive);
        all.push(text("scale", text_x, frame.height - 5.0, anchor, words));
    }
    all
}

/// A host's name and address.
pub fn name(coast: &Coast) -> Html {
    let (x, anchor) = match coast.left {
        true => (coast.rail_x, "start"),
        false => (coast.rail_x + RAIL_WIDTH, "end"),
    };
    let host = text("host", x, RAIL_TOP - 32.0, anchor, capital(&coast.name));
    let address = text("address", x, RAIL_TOP - 14.0, anchor, coast.address.clone());
    group("", [host, address])
}

/// A name as it begins a line.
pub fn capital(name: &str) -> String {
    // A scenario's hosts have names of small letters and digits.
    let mut name = name.to_owned();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    name
}

/// A berth: a chip, and a hairline to its true place.
pub fn berth(
    coast: &Coast,
    chip: &Chip,
    frame: Frame,
    marks: (bool, bool),
    over: Callback<MouseEvent>,
    out: Callback<MouseEvent>,
) -> Html {
    let berth = &chip.berth;
    let (near, rail) = match coast.left {
        true => (chip.x, coast.rail_x + RAIL_WIDTH),
        false => (chip.x + frame.chip, coast.rail_x),
    };
    let lead = put("M{} {}L{} {}", &[rail, chip.true_y, near, chip.y]);
    // Ring and number fill a narrow chip just so.
    let (ring_at, text_at) = match (frame.roomy, coast.left) {
        (true, true) => (16.0, 30.0),
        (true, false) => (frame.chip - 16.0, 10.0),
        (false, true) => (11.0, 20.0),
        (false, false) => (frame.chip - 11.0, 4.0),
    };
    let (ring_x, text_x) = (chip.x + ring_at, chip.x + text_at);
    let digits = berth.port.to_string();
    let what_x = text_x + digits.len() as f64 * 9.2 + 8.0;
    let classes = classes!(
        "berth",
        class(berth.purpose),
        (!berth.listening && berth.connected == 0).then_some("free"),
        marks.0.then_some("pick"),
        marks.1.then_some("hint"),
    );
    let mut pieces = vec![
        path("lead", lead),
        shapes::chip("chip", chip.x, chip.y - CHIP / 2.0, frame.chip, CHIP),
    ];
    pieces.extend(ring(ring_x, chip));
    pieces.push(text("number", text_x, chip.y + 5.0, "", digits));
    if frame.roomy {
        pieces.push(text("what", what_x, chip.y + 5.0, "", words::berth(berth, chip.call)));
    }
    html! { <g key={berth.port} class={classes} onmouseenter={over} onmouseleave={out}>{ for pieces }</g> }
}

/// Hollow: nobody listening. With a flag: listening. Filled: connected. A ring in a ring: for data, as its line is double.
fn ring(x: f64, chip: &Chip) -> Vec<Html> {
    let flag = chip.berth.listening;
    let y = if flag { chip.y + 4.0 } else { chip.y };
    let silent = matches!(chip.call, Some(LineState::Silent));
    let connected = chip.berth.connected > 0 && chip.call.is_none();
    let data = chip.berth.purpose == Purpose::Data;
    let around = if silent { "ring silent" } else { "ring" };
    let inner = match (connected, data) {
        (true, _) => "ring filled",
        (false, true) => "ring",
        (false, false) => around,
    };
    let mut pieces = Vec::new();
    if data {
        pieces.push(circle(around, x, y, 6.5));
    }
    pieces.push(circle(inner, x, y, if data { 2.6 } else { 5.5 }));
    if flag {
        let d = put("M{} {}v-8l8 3-6.6 2.6v2.4z", &[x - 0.7, y - 5.5]);
        pieces.push(path("flag", d));
    }
    pieces
}
