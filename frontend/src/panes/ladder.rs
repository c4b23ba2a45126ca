//! The ladder: control at the left, data at the right; a row's slope is its latency.

use std::rc::Rc;

use portolan_link::Sheet;
use portolan_session::event::HostId;
use portolan_session::view::{HostCard, Ladder, Lane, Rung, What};
use portolan_session::words as session_words;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::lane;
use crate::chart::px;
use crate::geometry::ladder::{Place, lay_out};
use crate::shell;
use crate::state::Msg;
use crate::words;

/// The room for the lanes' heads.
const HEAD: f64 = 56.0;

/// What the ladder shows.
#[derive(Properties, PartialEq)]
pub struct LadderProps {
    /// The rows.
    pub sheet: Rc<Sheet>,
    /// The hosts, for their names.
    pub hosts: Rc<Vec<HostCard>>,
    /// The moment.
    pub moment: u64,
    /// What the pointer is over.
    pub hint: Option<u64>,
    /// Whether another pane has the room.
    pub away: bool,
    /// What the user does.
    pub on: Callback<Msg>,
}

/// The ladder.
#[component]
pub fn LadderPane(props: &LadderProps) -> Html {
    let body = use_node_ref();
    let size = use_state(|| (0.0, 0.0));
    {
        let (body, size) = (body.clone(), size.clone());
        use_effect_with((), move |()| shell::watch_size(&body, size.setter()));
    }
    {
        let body = body.clone();
        use_effect_with((props.moment, props.away, *size), move |_| {
            if let Some(body) = body.cast::<HtmlElement>() {
                shell::scroll_into_view(&body, ".pick");
            }
        });
    }
    let width = size.0;
    html! {
        <div class={classes!("pane", props.away.then_some("away"))} id="ladder">
            <h2 class="pane-name">{ words::LADDER }</h2>
            <div class="pane-body" ref={body} tabindex="0" role="region" aria-label={words::LADDER}>
                if width > 0.0 { { picture(props, width) } }
                <ol class="sr-only">{ for props.sheet.ladder.rows.iter().map(|row| readable(props, row)) }</ol>
            </div>
        </div>
    }
}

/// The two lifelines of a lane: the first host's, the last one's.
#[derive(Clone, Copy)]
struct Lines {
    left: f64,
    right: f64,
}

impl Lines {
    fn of(lane: Lane, width: f64, has_data: bool) -> Self {
        let edge = 28.0;
        if !has_data {
            return Self {
                left: edge,
                right: width - edge,
            };
        }
        let middle = width * 0.56;
        match lane {
            Lane::Control | Lane::Other => Self {
                left: edge,
                right: middle - edge,
            },
            Lane::Data => Self {
                left: middle + edge,
                right: width - edge,
            },
        }
    }
}

fn picture(props: &LadderProps, width: f64) -> Html {
    let ladder = &props.sheet.ladder;
    let (places, height) = lay_out(ladder, HEAD);
    let has_data = ladder.rows.iter().any(|row| row.lane == Lane::Data);
    let here = ladder.rows.iter().rposition(|row| row.seq <= props.moment);
    let lanes: &[Lane] = if has_data {
        &[Lane::Control, Lane::Data]
    } else {
        &[Lane::Control]
    };
    let rows = ladder
        .rows
        .iter()
        .zip(&places)
        .enumerate()
        .map(|(number, (row, place))| {
            let lines = Lines::of(row.lane, width, has_data);
            rung(props, row, *place, lines, here == Some(number), width)
        });
    html! {
        <svg class="ladder" width={px(width)} height={px(height)} viewBox={format!("0 0 {} {}", px(width), px(height))} aria-hidden="true">
            { for lanes.iter().map(|lane| head(props, ladder, *lane, Lines::of(*lane, width, has_data), height)) }
            { for places.iter().filter_map(|place| fold(*place, width)) }
            { for rows }
        </svg>
    }
}

fn head(props: &LadderProps, ladder: &Ladder, lane: Lane, lines: Lines, height: f64) -> Html {
    let name = |host: Option<&HostId>| {
        let card = host.and_then(|id| props.hosts.iter().find(|card| card.id == *id));
        card.map(|card| card.name.clone()).unwrap_or_default()
    };
    let title = match lane {
        Lane::Control => words::LANE_CONTROL,
        Lane::Data => words::LANE_DATA,
        Lane::Other => "",
    };
    let line = |x: f64| html! { <line class="lifeline" x1={px(x)} x2={px(x)} y1="46" y2={px(height)} /> };
    html! {
        <g>
            <text class="head" x={px((lines.left + lines.right) / 2.0)} y="18" text-anchor="middle">{ title }</text>
            <text x={px(lines.left - 20.0)} y="38">{ name(ladder.hosts.first()) }</text>
            <text x={px(lines.right + 20.0)} y="38" text-anchor="end">{ name(ladder.hosts.last()) }</text>
            { line(lines.left) }{ line(lines.right) }
        </g>
    }
}

fn rung(props: &LadderProps, row: &Rung, place: Place, lines: Lines, pick: bool, width: f64) -> Html {
    let seq = row.seq;
    let to_right = props.sheet.ladder.hosts.first() == Some(&row.from);
    let (from, to) = if to_right {
        (lines.left, lines.right)
    } else {
        (lines.right, lines.left)
    };
    let failed = failed(&row.what);
    let ends = row.arrived_at.is_some() || matches!(row.what, What::Refused { .. });
    // What never arrives is drawn as far as it is known to have come: not to the other side.
    let (end, bottom) = if ends {
        (to, place.bottom)
    } else {
        (from + (to - from) * 0.7, place.top + (place.bottom - place.top) * 0.7)
    };
    let class = classes!(
        "rung",
        lane(row.lane),
        failed.then_some("fail"),
        pick.then_some("pick"),
        (seq > props.moment).then_some("later"),
        (props.hint == Some(seq)).then_some("hint"),
    );
    let back = if to_right { -9.0 } else { 9.0 };
    let tip = format!(
        "{},{} {},{} {},{}",
        px(end),
        px(bottom),
        px(end + back),
        px(bottom - 5.0),
        px(end + back),
        px(bottom + 4.0)
    );
    let click = props.on.reform(move |_: MouseEvent| Msg::Seek(seq));
    let enter = props.on.reform(move |_: MouseEvent| Msg::Hint(Some(seq)));
    let leave = props.on.reform(|_: MouseEvent| Msg::Hint(None));
    let hit = (place.top - 17.0, (place.bottom - place.top + 22.0).max(26.0));
    let half = if lines.right > width * 0.6 && lines.left < width * 0.3 {
        width
    } else {
        lines.right - lines.left + 56.0
    };
    html! {
        <g {class} onclick={click} onmouseenter={enter} onmouseleave={leave}>
            <rect class="hit" x={px(lines.left - 28.0)} y={px(hit.0)} width={px(half)} height={px(hit.1)} />
            if pick { <rect class="bar" x={px(lines.left - 28.0)} y={px(hit.0)} width="3" height={px(hit.1)} /> }
            if matches!(row.what, What::Bulk { .. }) {
                <path class="bulk" d={format!("M{} {}L{} {}v12L{} {}z", px(from), px(place.top - 6.0), px(end), px(bottom - 6.0), px(from), px(place.top + 6.0))} />
            }
            <line class="line" x1={px(from)} y1={px(place.top)} x2={px(end)} y2={px(bottom)} />
            if ends {
                <polygon class="tip" points={tip} />
            } else {
                <path class="line mark" d={format!("M{} {}l10 10m0 -10l-10 10", px(end - 5.0), px(bottom - 5.0))} />
            }
            <text x={px((lines.left + lines.right) / 2.0)} y={px((place.top + bottom) / 2.0 - 5.0)} text-anchor="middle">
                { short(&session_words::rung(row), lines.right - lines.left) }
            </text>
        </g>
    }
}

const fn failed(what: &What) -> bool {
    matches!(
        what,
        What::Refused { .. }
            | What::Silent { .. }
            | What::Unreachable { .. }
            | What::Resets
            | What::Packet { ended: Some(_), .. }
    )
}

/// As much of a text as has room, at 7 pixels a letter.
fn short(text: &str, room: f64) -> String {
    let mut left = room / 7.0;
    let mut shown = String::new();
    for letter in text.chars() {
        left -= 1.0;
        if left < 1.0 {
            shown.push('…');
            break;
        }
        shown.push(letter);
    }
    shown
}

fn fold(place: Place, width: f64) -> Option<Html> {
    let (top, micros) = place.fold?;
    let text = format!(
        "… {}",
        session_words::span(portolan_wire::Duration::from_micros(micros))
    );
    Some(html! {
        <g class="fold">
            <path d={format!("M8 {}H{}", px(top), px(width - 8.0))} stroke-dasharray="1 5" />
            <text x={px(width / 2.0)} y={px(top + 14.0)}>{ text }</text>
        </g>
    })
}

fn readable(props: &LadderProps, row: &Rung) -> Html {
    let name = |id: HostId| {
        let card = props.hosts.iter().find(|card| card.id == id);
        card.map_or("somebody", |card| card.name.as_str())
    };
    let to = row.to.map_or("somebody", name);
    html! { <li>{ format!("{} s, {} to {to}: {}", row.sent_at, name(row.from), session_words::rung(row)) }</li> }
}
