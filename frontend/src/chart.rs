//! The chart: two coasts with their ports, and the courses between them; and the same in words.

mod coast;
mod course;
mod packet;

use portolan_link::Stage;
use portolan_session::event::{Conn, HostId};
use yew::prelude::*;

use crate::geometry::chart::{Chart as Drawing, Coast, Course, Frame, Wall, chart, open_call};
use crate::geometry::names::spots;
use crate::shapes::{circle, group, path, rect, text};
use crate::shared::Shared;
use crate::shell;
use crate::words;
use packet::Packet;

pub use crate::geometry::put;
pub use packet::Flow;

/// What a letter of a course's name takes, about.
const LETTER: f64 = 6.8;

/// What the chart draws.
#[derive(Properties, PartialEq)]
pub struct ChartProps {
    /// The picture.
    pub stage: Shared<Stage>,
    /// Who is before the first host, where that is not the browser itself.
    #[prop_or_default]
    pub route: Option<String>,
    /// What moves, if something does.
    pub flow: Option<Flow>,
    /// The connection that is selected: the moment's.
    pub pick: Option<Conn>,
    /// The connection the pointer is over somewhere.
    pub hint: Option<Conn>,
    /// The pointer is over a connection here, or over none.
    pub on_hint: Callback<Option<Conn>>,
    /// A connection was clicked.
    pub on_pick: Callback<Conn>,
}

/// The chart.
#[component]
pub fn Chart(props: &ChartProps) -> Html {
    let place = use_node_ref();
    let size = use_state_eq(|| (0.0, 0.0));
    {
        let (place, size) = (place.clone(), size.clone());
        use_effect_with((), move |()| shell::watch_size(&place, size.setter()));
    }
    let (width, height) = *size;
    let drawn = (width > 0.0).then(|| picture(props, Frame::new(width, height)));
    html! {
        <section class="stage" id="stage" aria-label={words::CHART} ref={place}>
            { drawn }
            if let Some(route) = &props.route {
                <p class="route">{ route }</p>
            }
            { told(&props.stage) }
        </section>
    }
}

fn picture(props: &ChartProps, frame: Frame) -> Html {
    let drawing = chart(&props.stage, frame);
    let courses = drawing.courses.iter().map(|drawn| {
        let conn = drawn.line.conn;
        course::course(
            drawn,
            (props.pick == Some(conn), props.hint == Some(conn)),
            props.on_pick.reform(move |_| conn),
            props.on_hint.reform(move |_| Some(conn)),
            props.on_hint.reform(|_| None),
        )
    });
    // Between walls and resting packets a short course has room for a short name only.
    let long = frame.roomy && frame.width >= 1_000.0;
    let texts: Vec<String> = drawing
        .courses
        .iter()
        .map(|drawn| words::line(&drawn.line, &name_of(&props.stage, drawn.line.caller.host), long))
        .collect();
    let widths: Vec<f64> = texts.iter().map(|text| text.chars().count() as f64 * LETTER).collect();
    let walls: Vec<f64> = drawing.walls.iter().map(|wall| wall.x).collect();
    let spots = spots(&drawing.courses, &widths, &walls);
    let names = drawing.courses.iter().zip(spots).zip(&texts);
    let names = names.map(|((drawn, spot), text)| course::name(drawn, spot, text));
    let berths = drawing
        .coasts
        .iter()
        .flat_map(|coast| coast.chips.iter().map(move |chip| (coast, chip)));
    let berths = berths.map(|(coast, chip)| {
        let at = |conn: Option<Conn>| {
            let mut courses = drawing.courses.iter().filter(|course| Some(course.line.conn) == conn);
            courses.any(|course| ends_at(course, coast.host, chip.berth.port))
        };
        // Pointing at a port means the newest connection that ends there.
        let newest = drawing
            .courses
            .iter()
            .rfind(|course| ends_at(course, coast.host, chip.berth.port));
        let newest = newest.map(|course| course.line.conn);
        coast::berth(
            coast,
            chip,
            frame,
            (at(props.pick), at(props.hint)),
            props.on_hint.reform(move |_| newest),
            props.on_hint.reform(|_| None),
        )
    });
    let packet = props.flow.as_ref().and_then(|flow| {
        let course = drawing.courses.iter().find(|course| course.line.conn == flow.conn)?;
        Some(html! { <Packet key={flow.seq} flow={flow.clone()} course={course.clone()} /> })
    });
    html! {
        <svg class="chart" aria-hidden="true" viewBox={put("0 0 {} {}", &[frame.width, frame.height])}>
            <defs>
                <pattern id="hatch" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                    <path class="hatch" d="M0 0V4" />
                </pattern>
            </defs>
            { rhumbs(frame) }
            { for drawing.coasts.iter().flat_map(|coast| [coast::name(coast), coast::rail(coast, frame)]) }
            { for drawing.walls.iter().map(wall) }
            { group("", courses) }
            { group("", berths) }
            { group("", names) }
            { elsewhere(&drawing, frame) }
            { for drawing.coasts.iter().filter(|coast| coast.left_out > 0).map(|coast| left_out(coast, frame)) }
            if frame.roomy {
                { text("scale", frame.width / 2.0, frame.height - 5.0, "middle", words::NOT_TO_SCALE) }
            }
            { packet }
        </svg>
    }
}

fn ends_at(course: &Course, host: HostId, port: u16) -> bool {
    let ends = [course.line.caller, course.line.called];
    ends.iter()
        .any(|end| end.host == Some(host) && end.address.port() == port)
}

/// The network of courses that a portolan chart is drawn on. Decoration.
fn rhumbs(frame: Frame) -> Html {
    let (x, y) = (frame.width / 2.0, frame.height / 2.0);
    let far = frame.width;
    // Each ray is the one before it, turned by a sixteenth of a half circle.
    const COS: f64 = 0.980_785_280_403_230_4;
    const SIN: f64 = 0.195_090_322_016_128_27;
    let rays = core::iter::successors(Some((far, 0.0)), |(dx, dy)| {
        Some((dx * COS - dy * SIN, dx * SIN + dy * COS))
    });
    let rays = rays
        .take(16)
        .map(|(dx, dy)| put("M{} {}L{} {}", &[x - dx, y - dy, x + dx, y + dy]));
    let rays = rays.fold(String::new(), |all, ray| all + &ray);
    let ring = circle("rhumb", x, y, frame.height * 0.32);
    group("rhumbs", [path("rhumb", rays.into()), ring])
}

/// A wall with gaps where something passes.
fn wall(wall: &Wall) -> Html {
    const HALF: f64 = 6.0;
    let parts = wall.parts.iter().flat_map(|(top, bottom)| {
        let courses = ((bottom - top) / 8.0).floor() as i32;
        let bricks = (1..=courses).map(|nth| {
            let y = top + 8.0 * f64::from(nth);
            let joint = if nth % 2 == 0 { wall.x - 2.0 } else { wall.x + 2.0 };
            put("M{} {}h12M{} {}v-8", &[wall.x - HALF, y.min(*bottom), joint, y])
        });
        let bricks = bricks.fold(String::new(), |all, brick| all + &brick);
        [
            rect("wall", wall.x - HALF, *top, 2.0 * HALF, bottom - top),
            path("wall-brick", bricks.into()),
        ]
    });
    group("", parts)
}

/// On every other port nobody listens.
fn elsewhere(drawing: &Drawing, frame: Frame) -> Html {
    let free = |coast: &&Coast| !coast.left && frame.roomy && drawing.courses.is_empty();
    let Some(coast) = drawing.coasts.iter().find(free) else {
        return Html::default();
    };
    let y = coast.chips.iter().map(|chip| chip.y).fold(coast.rail.top, f64::max) + 34.0;
    let right = coast.shore(frame) + frame.chip;
    let ring = circle("ring", right - 16.0, y, 5.5);
    group(
        "berth free",
        [ring, text("what", right - 30.0, y + 4.5, "end", words::ELSEWHERE)],
    )
}

/// How many berths found no room.
fn left_out(coast: &Coast, frame: Frame) -> Html {
    let anchor = if coast.left { "end" } else { "start" };
    let words = words::left_out(coast.left_out);
    text("scale", coast.shore(frame), frame.height - 5.0, anchor, words)
}

fn name_of(stage: &Stage, host: Option<HostId>) -> String {
    let found = stage.hosts.iter().find(|known| Some(known.id) == host);
    found.map_or_else(|| words::SOMEBODY.to_owned(), |host| host.name.clone())
}

/// The chart for those who do not see it.
fn told(stage: &Stage) -> Html {
    let ports = stage.hosts.iter().flat_map(|host| {
        let busy = host.berths.iter().filter(|berth| berth.listening || berth.connected > 0);
        busy.map(|berth| {
            html! { <li>{ format!("{} port {}: {}", coast::capital(&host.name), berth.port, words::berth(berth, open_call(host.id, berth.port, &stage.lines))) }</li> }
        })
    });
    let lines = stage.lines.iter().map(|line| {
        html! { <li>{ words::line_told(line, &name_of(stage, line.caller.host), &name_of(stage, line.called.host)) }</li> }
    });
    html! { <ul class="sr-only" data-testid="chart-told">{ for ports }{ for lines }</ul> }
}
