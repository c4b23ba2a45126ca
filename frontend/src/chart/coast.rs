//! A host's side of the chart: its name, its rail, its berths.

use portolan_session::view::LineState;
use portolan_wire::report::Purpose;
use yew::prelude::*;

use crate::geometry::chart::{CHIP, Chip, Coast, Frame, RAIL_WIDTH, class};
use crate::geometry::rail::BREAK;
use crate::geometry::{RAIL_TOP, put, px};
use crate::words;

/// Height of the hatched piece that stands for port 0.
const ZERO: f64 = 6.0;

/// A rail, graduated like the border of a chart.
pub fn rail(coast: &Coast, frame: Frame) -> Html {
    let x = coast.rail_x;
    let pieces = coast.rail.pieces();
    let bodies = pieces.iter().map(|piece| {
        html! { <rect class="rail-body" x={px(x)} y={px(piece.top)} width={px(RAIL_WIDTH)} height={px(piece.height)} /> }
    });
    // Every other tenth of a piece is dark, on the side of the land.
    let grades = pieces.iter().flat_map(|piece| {
        let step = piece.height / 8.0;
        let at = if coast.left { x + 1.0 } else { x + RAIL_WIDTH - 5.0 };
        (0..8).step_by(2).map(move |nth| {
            html! { <rect class="rail-grade" x={px(at)} y={px(piece.top + step * f64::from(nth))} width="4" height={px(step)} /> }
        })
    });
    let breaks = pieces.iter().skip(1).map(|piece| {
        let y = piece.top - BREAK / 2.0;
        html! { <path class="rail-break" d={put("M{} {}l3 -3 4 6 4 -6 4 6 3 -3", &[x - 2.0, y])} /> }
    });
    // Each piece is named by its first port, as a scale is by its graduations.
    let names = pieces.iter().filter(|_| frame.roomy).map(|piece| {
        let (turn, x, anchor) = match coast.left {
            true => (-90, x - 4.0, "end"),
            false => (90, x + RAIL_WIDTH + 4.0, "start"),
        };
        html! {
            <text class="scale" text-anchor={anchor} transform={format!("translate({} {}) rotate({turn})", px(x), px(piece.top))}>{ piece.first }</text>
        }
    });
    html! {
        <g>
            <rect class="rail-zero" x={px(x)} y={px(coast.rail.top - ZERO)} width={px(RAIL_WIDTH)} height={px(ZERO)} />
            { for bodies }{ for grades }{ for breaks }{ for names }{ bracket(coast, frame) }
        </g>
    }
}

fn bracket(coast: &Coast, frame: Frame) -> Html {
    let Some(bracket) = coast.bracket else {
        return Html::default();
    };
    let (side, x, anchor) = match coast.left {
        true => (-4, coast.rail_x + RAIL_WIDTH + 7.0, "start"),
        false => (4, coast.rail_x - 7.0, "end"),
    };
    let (top, bottom) = bracket.y;
    let text_x = if coast.left {
        coast.rail_x
    } else {
        coast.rail_x + RAIL_WIDTH
    };
    html! {
        <>
            <path class="bracket" d={format!("M{} {}h{}V{}h{side}", px(x + f64::from(side)), px(top), -side, px(bottom))} />
            if frame.roomy {
                <text class="scale" x={px(text_x)} y={px(frame.height - 5.0)} text-anchor={anchor}>
                    { words::bracket(bracket.ports, bracket.passive) }
                </text>
            }
        </>
    }
}

/// A host's name and address.
pub fn name(coast: &Coast) -> Html {
    let (x, anchor) = match coast.left {
        true => (coast.rail_x, "start"),
        false => (coast.rail_x + RAIL_WIDTH, "end"),
    };
    html! {
        <g>
            <text class="host" x={px(x)} y={px(RAIL_TOP - 32.0)} text-anchor={anchor}>{ capital(&coast.name) }</text>
            <text class="address" x={px(x)} y={px(RAIL_TOP - 14.0)} text-anchor={anchor}>{ &coast.address }</text>
        </g>
    }
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
    html! {
        <g key={berth.port} class={classes} onmouseenter={over} onmouseleave={out}>
            <path class="lead" d={lead} />
            <rect class="chip" x={px(chip.x)} y={px(chip.y - CHIP / 2.0)} width={px(frame.chip)} height={px(CHIP)} rx="4" />
            { ring(ring_x, chip) }
            <text class="number" x={px(text_x)} y={px(chip.y + 5.0)}>{ digits }</text>
            if frame.roomy {
                <text class="what" x={px(what_x)} y={px(chip.y + 5.0)}>{ words::berth(berth, chip.call) }</text>
            }
        </g>
    }
}

/// Hollow: nobody listening. With a flag: listening. Filled: connected. A ring in a ring: for data, as its line is double.
fn ring(x: f64, chip: &Chip) -> Html {
    let flag = chip.berth.listening;
    let y = if flag { chip.y + 4.0 } else { chip.y };
    let silent = matches!(chip.call, Some(LineState::Silent));
    let connected = chip.berth.connected > 0 && chip.call.is_none();
    let data = chip.berth.purpose == Purpose::Data;
    html! {
        <>
            if data {
                <circle class="ring" cx={px(x)} cy={px(y)} r="6.5" stroke-dasharray={silent.then_some("2 2.3")} />
            }
            <circle class={classes!("ring", connected.then_some("filled"))} cx={px(x)} cy={px(y)} r={if data { "2.6" } else { "5.5" }}
                stroke-dasharray={(silent && !data).then_some("2 2.3")} />
            if flag {
                <path class="flag" d={put("M{} {}v-8l8 3-6.6 2.6v2.4z", &[x - 0.7, y - 5.5])} />
            }
        </>
    }
}
