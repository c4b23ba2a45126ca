//! The chart: two coasts with their ports, and the courses between them.

mod coast;
mod course;
mod layout;
mod packet;

use std::rc::Rc;

use portolan_session::event::{Conn, Role};
use portolan_session::view::Stage;
use yew::prelude::*;

use crate::shell;
use crate::words;
use coast::Coast;
use course::Course;
use layout::Layout;
use packet::Packet;

pub use packet::Flow;

/// What the chart draws.
#[derive(Properties, PartialEq)]
pub struct ChartProps {
    /// The picture.
    pub stage: Rc<Stage>,
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
    let size = use_state(|| (0.0, 0.0));
    {
        let (place, size) = (place.clone(), size.clone());
        use_effect_with((), move |()| shell::watch_size(&place, size.setter()));
    }
    let (width, height) = *size;
    let drawn = (width > 0.0).then(|| {
        let layout = Layout::new(&props.stage, width, height);
        html! {
            <svg class="chart" viewBox={format!("0 0 {width} {height}")} aria-hidden="true">
                <defs>
                    <pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                        <path class="hatch" d="M0 0V5" />
                    </pattern>
                </defs>
                { rhumbs(width, height) }
                { for layout.coasts.iter().map(|coast| html! { <Coast coast={coast.clone()} /> }) }
                { router(&props.stage, width, height) }
                { for layout.courses.iter().map(|course| html! {
                    <Course
                        key={course.conn.0}
                        course={course.clone()}
                        pick={props.pick == Some(course.conn)}
                        hint={props.hint == Some(course.conn)}
                        on_hint={props.on_hint.clone()}
                        on_pick={props.on_pick.clone()}
                    />
                }) }
                { packet(&layout, props.flow.as_ref()) }
            </svg>
        }
    });
    html! {
        <section class="stage" id="stage" aria-label={words::CHART} ref={place}>
            { drawn }
            <div class="sr-only">{ readable(&props.stage) }</div>
        </section>
    }
}

fn packet(layout: &Layout, flow: Option<&Flow>) -> Option<Html> {
    let flow = flow?;
    let course = layout.courses.iter().find(|course| course.conn == flow.conn)?;
    Some(html! { <Packet key={flow.seq} flow={flow.clone()} course={course.clone()} /> })
}

/// Faint lines as on an old chart: they mean nothing, and lead the eye from coast to coast.
fn rhumbs(width: f64, height: f64) -> Html {
    let (x, y) = (width / 2.0, height / 2.0 + 12.0);
    let rays = (0..8).map(|n| {
        let angle = f64::from(n) * core::f64::consts::PI / 8.0;
        let (dx, dy) = (angle.cos() * width, angle.sin() * width);
        html! { <line class="rhumb" x1={px(x - dx)} y1={px(y - dy)} x2={px(x + dx)} y2={px(y + dy)} /> }
    });
    html! { <g>{ for rays }</g> }
}

fn router(stage: &Stage, width: f64, height: f64) -> Option<Html> {
    let host = stage.hosts.iter().find(|host| host.role == Role::Router)?;
    (width > 700.0).then(|| {
        html! { <text class="scale" x={px(width / 2.0)} y={px(height - 8.0)} text-anchor="middle">{ &host.name }</text> }
    })
}

/// The same for those who do not see it.
fn readable(stage: &Stage) -> Html {
    let hosts = stage.hosts.iter().filter(|host| host.role != Role::Router).map(|host| {
        let addresses = host.addresses.first().map(ToString::to_string).unwrap_or_default();
        let ports = host
            .berths
            .iter()
            .map(|berth| html! { <li>{ coast::told(berth) }</li> });
        html! { <li>{ format!("{} {addresses}", host.name) }<ul>{ for ports }</ul></li> }
    });
    let lines = stage
        .lines
        .iter()
        .map(|line| html! { <li>{ course::told(line, stage) }</li> });
    html! { <><ul>{ for hosts }</ul><ul>{ for lines }</ul></> }
}

/// A number for an attribute: a tenth of a pixel is enough.
pub fn px(number: f64) -> String {
    format!("{:.1}", number)
}
