//! A host: its name, the rail with all ports, and the berths that play a part.

use portolan_session::view::Berth;
use portolan_wire::report::Purpose;
use yew::prelude::*;

use super::layout::{CoastPlan, RAIL, TOP};
use super::px;
use crate::geometry::ports::{BERTH, PARTS, on_rail};

/// A host in its place.
#[derive(Properties, PartialEq)]
pub struct CoastProps {
    /// What and where.
    pub coast: CoastPlan,
}

/// A host.
#[component]
pub fn Coast(props: &CoastProps) -> Html {
    let coast = &props.coast;
    let (x, anchor) = if coast.right {
        (coast.rail + RAIL, "end")
    } else {
        (coast.rail, "start")
    };
    let name = capital(&coast.host.name);
    let address = coast
        .host
        .addresses
        .first()
        .map(ToString::to_string)
        .unwrap_or_default();
    html! {
        <g>
            <text class="host" x={px(x)} y="24" text-anchor={anchor}>{ name }</text>
            <text class="address" x={px(x)} y="42" text-anchor={anchor}>{ address }</text>
            { rail(coast) }
            { bracket(coast) }
            { for coast.berths.iter().map(|(seat, top)| berth(coast, seat, *top)) }
            { wall(coast) }
        </g>
    }
}

fn rail(coast: &CoastPlan) -> Html {
    let [zero, user, dynamic, end] = PARTS.map(|(_, share)| TOP + share * coast.height);
    let body = |from: f64, to: f64| {
        html! { <rect class="rail-body" x={px(coast.rail)} y={px(from)} width={px(RAIL)} height={px(to - from)} /> }
    };
    let broken = |at: f64| {
        let (x, half) = (coast.rail - 2.0, RAIL / 2.0 + 2.0);
        let path = format!("M{} {}l{half} -4 0 8 {half} -4", px(x), px(at),);
        html! { <path class="rail-break" d={path} /> }
    };
    html! {
        <>
            { body(zero, user) }
            { body(user, dynamic) }
            { body(dynamic, end) }
            <rect class="rail-zero" x={px(coast.rail)} y={px(zero)} width={px(RAIL)} height="4" />
            { broken(user) }
            { broken(dynamic) }
        </>
    }
}

/// The ports that are offered for passive data connections.
fn bracket(coast: &CoastPlan) -> Option<Html> {
    let (first, last) = coast.host.passive?;
    let [from, to] = [first, last].map(|port| TOP + on_rail(port) * coast.height);
    let (x, tick) = if coast.right {
        (coast.rail - 8.0, 5.0)
    } else {
        (coast.rail + RAIL + 8.0, -5.0)
    };
    let path = format!("M{} {}h-{tick}V{}h{tick}", px(x + tick), px(from), px(to));
    Some(html! { <path class="bracket" d={path}><title>{ format!("Passive range {first}-{last}") }</title></path> })
}

fn berth(coast: &CoastPlan, berth: &Berth, top: f64) -> Html {
    let (left, width) = coast.chip;
    let middle = top + BERTH / 2.0;
    let place = TOP + on_rail(berth.port) * coast.height;
    let (edge, rail) = if coast.right {
        (left + width, coast.rail)
    } else {
        (left, coast.rail + RAIL)
    };
    let purpose = match berth.purpose {
        Purpose::Control => "control",
        Purpose::Data => "data",
        Purpose::Other => "other",
    };
    let free = !berth.listening && berth.connected == 0;
    let ring = left + 16.0;
    let number = if coast.wide { left + 78.0 } else { left + width - 8.0 };
    let word = coast.wide.then(|| state(berth));
    html! {
        <g class={classes!("berth", purpose, free.then_some("free"))}>
            <path class="lead" d={format!("M{} {}L{} {}", px(edge), px(middle), px(rail), px(place))} />
            <rect class="chip" x={px(left)} y={px(top)} width={px(width)} height={px(BERTH)} rx="4" />
            <circle class={classes!("ring", (berth.connected > 0).then_some("filled"))} cx={px(ring)} cy={px(middle)} r="5" />
            if berth.listening {
                <path class="flag" d={format!("M{} {}v-11l8 4-8 4z", px(ring), px(middle))} />
            }
            <text class="number" x={px(number)} y={px(middle + 5.0)} text-anchor="end">{ berth.port }</text>
            if let Some(word) = word {
                <text class="what" x={px(left + 86.0)} y={px(middle + 4.5)}>{ word }</text>
            }
        </g>
    }
}

/// A berth's state in a few words.
fn state(berth: &Berth) -> String {
    let service = berth.service.as_deref().filter(|service| !service.is_empty());
    match (berth.listening, berth.connected > 0) {
        (true, true) => "connected".to_owned(),
        (true, false) => service.map_or_else(|| "listening".to_owned(), |service| format!("{service} listens")),
        (false, true) => "connected".to_owned(),
        (false, false) if berth.tried => "nobody".to_owned(),
        (false, false) => "was used".to_owned(),
    }
}

/// A berth for those who do not see it.
pub fn told(berth: &Berth) -> String {
    let service = berth.service.as_deref().unwrap_or_default();
    let listening = if berth.listening {
        "listening"
    } else {
        "nobody listening"
    };
    let connected = match berth.connected {
        0 => String::new(),
        1 => ", 1 connection".to_owned(),
        n => format!(", {n} connections"),
    };
    format!("Port {} {service}: {listening}{connected}", berth.port)
}

fn wall(coast: &CoastPlan) -> Option<Html> {
    let (x, gaps) = coast.wall.as_ref()?;
    let (top, bottom) = (TOP - 4.0, TOP + coast.height + 4.0);
    let mut gaps: Vec<f64> = gaps.clone();
    gaps.sort_by(f64::total_cmp);
    let mut pieces = Vec::new();
    let mut from = top;
    for gap in gaps {
        if gap - 11.0 > from {
            pieces.push((from, gap - 11.0));
        }
        from = from.max(gap + 11.0);
    }
    pieces.push((from, bottom));
    let drawn = pieces
        .into_iter()
        .filter(|(from, to)| to - from > 1.0)
        .map(|(from, to)| {
            html! {
                <>
                    <rect class="wall" x={px(x - 7.0)} y={px(from)} width="14" height={px(to - from)} />
                    <path class="wall-brick" d={bricks(*x, from, to)} />
                </>
            }
        });
    let rules = coast.host.firewall.join("; ");
    Some(html! { <g><title>{ rules }</title>{ for drawn }</g> })
}

fn bricks(x: f64, from: f64, to: f64) -> String {
    let mut path = String::new();
    let (mut y, mut odd) = (from + 9.0, false);
    while y < to {
        path += &format!("M{} {}h14", px(x - 7.0), px(y));
        let joint = if odd { x - 2.0 } else { x + 3.0 };
        path += &format!("M{} {}v-9", px(joint), px(y));
        y += 9.0;
        odd = !odd;
    }
    path
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
