//! The ladder: control at the left, data at the right; a row's slope is its latency.

use std::rc::Rc;

use portolan_link::{Ladder, Rung, Shape, Sheet};
use portolan_session::event::HostId;
use portolan_session::view::{HostCard, Lane};
use web_sys::HtmlElement;
use yew::prelude::*;

use super::lane;
use crate::geometry::ladder::{HEAD, HEADS, Layout, Place, label, layout};
use crate::geometry::{put, px};
use crate::shapes::{group, line, path, rect, text, turned};
use crate::shared::Shared;
use crate::shell;
use crate::state::Msg;
use crate::words;

/// What the ladder shows.
#[derive(Properties, PartialEq)]
pub struct LadderProps {
    /// The rows.
    pub sheet: Shared<Sheet>,
    /// The hosts, for their names.
    pub hosts: Rc<Vec<HostCard>>,
    /// The moment.
    pub moment: u64,
    /// What the pointer is over.
    pub hint: Option<u64>,
    /// Whether another pane has the room.
    pub away: bool,
    /// How its times are known, where they were not all measured.
    #[prop_or_default]
    pub badge: Option<String>,
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
        let rows = (props.sheet.ladder.first, props.sheet.ladder.rows.len());
        use_effect_with((props.moment, props.away, *size, rows), move |_| {
            if let Some(body) = body.cast::<HtmlElement>() {
                shell::scroll_into_view(&body, ".pick");
            }
        });
    }
    let width = size.0;
    html! {
        <div class={classes!("pane", props.away.then_some("away"))} id="ladder">
            <h2 class="pane-name">{ words::LADDER }</h2>
            if let Some(badge) = &props.badge {
                <p class="badge">{ badge }</p>
            }
            <div class="pane-body" ref={body} tabindex="0" role="region" aria-label={words::LADDER}>
                if width > 0.0 { { picture(props, width) } }
                <ol class="sr-only">{ for props.sheet.ladder.rows.iter().map(|row| readable(props, row)) }</ol>
            </div>
        </div>
    }
}

fn picture(props: &LadderProps, width: f64) -> Html {
    let ladder = &props.sheet.ladder;
    let laid = layout(ladder, width);
    let here = current(ladder, props.moment);
    let rows = ladder.rows.iter().zip(&laid.rungs).enumerate();
    let rungs = rows.map(|(number, (row, place))| rung(props, row, place, here == Some(number)));
    // Below all arrows, so that what is selected hides none of its neighbours.
    let bands = ladder
        .rows
        .iter()
        .zip(&laid.rungs)
        .enumerate()
        .filter_map(|(number, (row, place))| {
            let pick = here == Some(number);
            (pick || props.hint == Some(row.seq)).then(|| band(place, pick))
        })
        .flatten();
    html! {
        <>
        <svg class="ladder heads" width={px(width)} height={px(HEADS)} viewBox={put("0 0 {} {}", &[width, HEADS])} aria-hidden="true">
            { heads(props, &laid) }
        </svg>
        <svg class="ladder" width={px(width)} height={px(laid.height)} viewBox={put("0 0 {} {}", &[width, laid.height])} aria-hidden="true">
            { for bands }
            { lifelines(&laid) }
            { for rungs }
            { for laid.folds.iter().map(|(y, span)| fold(*y, format!("… {span}"), &laid)) }
        </svg>
        </>
    }
}

/// The row of a moment: what happened then, or last before. Rows stand in the order of their sending, so it need not be
/// the last one.
fn current(ladder: &Ladder, moment: u64) -> Option<usize> {
    let known = ladder.rows.iter().enumerate().filter(|(_, row)| row.seq <= moment);
    known
        .max_by_key(|(number, row)| (row.seq, *number))
        .map(|(number, _)| number)
}

fn lifelines(laid: &Layout) -> Html {
    let lines = laid.lanes.iter().flat_map(|lane| [lane.left, lane.right]);
    let lines = lines.map(|x| {
        let (top, bottom) = (px(HEAD - 8.0), px(laid.height - 8.0));
        line("lifeline", [px(x), top], [px(x), bottom])
    });
    group("", lines)
}

fn heads(props: &LadderProps, laid: &Layout) -> Html {
    let name = |host: Option<&HostId>| {
        let card = host.and_then(|id| props.hosts.iter().find(|card| card.id == *id));
        card.map(|card| card.name.clone()).unwrap_or_default()
    };
    let hosts = &props.sheet.ladder.hosts;
    let heads = laid.lanes.iter().map(|lane| {
        let title = match lane.lane {
            Lane::Control => words::LANE_CONTROL,
            Lane::Data => words::LANE_DATA,
            Lane::Other => words::LANE_CALLS,
        };
        let wide = lane.right - lane.left > 140.0;
        let title_y = if wide { 32.0 } else { 15.0 };
        let right = lane.right + (lane.left - 4.0).min(12.0);
        [
            text("head", (lane.left + lane.right) / 2.0, title_y, "middle", title),
            text("side", (lane.left - 12.0).max(4.0), 32.0, "", name(hosts.first())),
            text("side", right, 32.0, "end", name(hosts.last())),
        ]
    });
    group("", heads.flatten())
}

fn fold(y: f64, words: String, laid: &Layout) -> Html {
    let (left, right) = (
        laid.lanes.first().map_or(0.0, |lane| lane.left),
        laid.lanes.last().map_or(0.0, |lane| lane.right),
    );
    let edges = put("M{} {}H{}M{} {}H{}", &[left, y - 9.0, right, left, y + 9.0, right]);
    let pieces = [
        rect("", left - 6.0, y - 9.0, right - left + 12.0, 18.0),
        path("", edges),
        text("", (left + right) / 2.0, y + 4.5, "", words),
    ];
    group("fold", pieces)
}

fn rung(props: &LadderProps, row: &Rung, place: &Place, pick: bool) -> Html {
    let seq = row.seq;
    let class = classes!(
        "rung",
        lane(row.lane),
        row.shape.is_failure().then_some("fail"),
        row.locked.then_some("locked"),
        row.inferred.then_some("inferred"),
        pick.then_some("pick"),
        (row.sent.min(seq) > props.moment).then_some("later"),
        (props.hint == Some(seq)).then_some("hint"),
    );
    let (top, bottom) = place.extent();
    let (left, right) = place.lane;
    let (label, middle) = label(&row.text, place);
    // The label lies along its arrow.
    let (first, second) = if place.rightwards {
        (place.sent, place.arrived)
    } else {
        (place.arrived, place.sent)
    };
    let turn = (second - first).atan2(right - left).to_degrees();
    let at = put("translate({} {}) rotate({})", &[middle.x, middle.y, turn]);
    html! {
        <g key={format!("{}.{seq}", row.sent)} {class}
            onclick={props.on.reform(move |_: MouseEvent| Msg::Seek(seq))}
            onmouseenter={props.on.reform(move |_: MouseEvent| Msg::Hint(Some(seq)))}
            onmouseleave={props.on.reform(|_: MouseEvent| Msg::Hint(None))}>
            { rect("hit", left - 12.0, top - 2.0, right - left + 24.0, (bottom - top + 4.0).max(24.0)) }
            if row.locked {
                { path("sheath", put("M{} {}L{} {}", &[left, first, right, second])) }
            }
            { for drawing(row, place) }
            { turned("", at, "middle", label) }
        </g>
    }
}

/// What lies below a row that is selected, or that the pointer is over somewhere.
fn band(place: &Place, pick: bool) -> Vec<Html> {
    let (top, bottom) = place.extent();
    let (left, right) = place.lane;
    let height = (bottom - top + 4.0).max(24.0);
    let class = if pick { "band pick" } else { "band" };
    let mut pieces = vec![rect(class, left - 12.0, top - 2.0, right - left + 24.0, height)];
    if pick {
        pieces.push(rect("bar", left - 12.0, top - 2.0, 3.0, height));
    }
    pieces
}

/// The arrows of a row.
fn drawing(row: &Rung, place: &Place) -> Vec<Html> {
    let (from, to) = match place.rightwards {
        true => place.lane,
        false => (place.lane.1, place.lane.0),
    };
    let stub = (from * 0.4 + to * 0.6, place.sent * 0.4 + place.arrived * 0.6);
    match row.shape {
        Shape::Answered | Shape::Refused | Shape::Unreachable => {
            let mut arrows = arrow(from, place.sent, to, place.arrived);
            arrows.extend(arrow(to, place.arrived, from, place.until.max(place.arrived)));
            arrows
        }
        Shape::Lost => {
            let cross = put("M{} {}l10 10m0 -10l-10 10", &[stub.0 - 5.0, stub.1 - 5.0]);
            let way = put("M{} {}L{} {}", &[from, place.sent, stub.0, stub.1]);
            vec![path("line", way), path("mark line", cross)]
        }
        Shape::Bulk => {
            let slope = place.arrived - place.sent;
            let last = (place.until - slope).max(place.sent);
            let corners = [from, place.sent, to, place.arrived, place.until, from, last];
            let mut pieces = vec![path("bulk", put("M{} {}L{} {}V{}L{} {}z", &corners))];
            pieces.extend(arrow(from, place.sent, to, place.arrived));
            if place.until > place.arrived + 6.0 {
                pieces.extend(arrow(from, last, to, place.until));
            }
            pieces
        }
        Shape::Arrow | Shape::Reset => arrow(from, place.sent, to, place.arrived),
    }
}

fn arrow(x1: f64, y1: f64, x2: f64, y2: f64) -> Vec<Html> {
    let (dx, dy) = (x2 - x1, y2 - y1);
    let length = dx.hypot(dy).max(1.0);
    let (ux, uy) = (dx / length, dy / length);
    let (bx, by) = (x2 - ux * 9.0, y2 - uy * 9.0);
    let tip = put(
        "M{} {}L{} {}L{} {}z",
        &[x2, y2, bx - uy * 4.5, by + ux * 4.5, bx + uy * 4.5, by - ux * 4.5],
    );
    vec![path("line", put("M{} {}L{} {}", &[x1, y1, bx, by])), path("tip", tip)]
}

fn readable(props: &LadderProps, row: &Rung) -> Html {
    let name = |id: HostId| {
        let card = props.hosts.iter().find(|card| card.id == id);
        card.map_or("somebody", |card| card.name.as_str())
    };
    let to = row.to.map_or("somebody", name);
    html! { <li>{ format!("{} s, {} to {to}: {}", row.sent_at, name(row.from), row.text) }</li> }
}
