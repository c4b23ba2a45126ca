//! A connection: control is one solid line, data a double one; dashes only while it is attempted. A dot marks the
//! caller, an arrowhead the one who is called.

use portolan_session::event::{Conn, HostId};
use portolan_session::view::{Line, LineState, Stage};
use portolan_wire::report::Purpose;
use yew::prelude::*;

use super::layout::CoursePlan;
use super::px;

/// A connection in its place.
#[derive(Properties, PartialEq)]
pub struct CourseProps {
    /// What and where.
    pub course: CoursePlan,
    /// Whether it is the moment's.
    pub pick: bool,
    /// Whether the pointer is over it somewhere.
    pub hint: bool,
    /// The pointer comes or goes.
    pub on_hint: Callback<Option<Conn>>,
    /// It was clicked.
    pub on_pick: Callback<Conn>,
}

/// A connection.
#[component]
pub fn Course(props: &CourseProps) -> Html {
    let course = &props.course;
    let conn = course.conn;
    let (from, to) = (course.from, course.end());
    let path = format!("M{} {}L{} {}", px(from.0), px(from.1), px(to.0), px(to.1));
    let established = matches!(course.state, LineState::Established | LineState::Closing);
    let ghost = matches!(course.state, LineState::Closed | LineState::Reset);
    let double = course.purpose == Purpose::Data && (established || ghost);
    let class = classes!(
        "course",
        purpose(course.purpose),
        (!established && !ghost).then_some("attempt"),
        ghost.then_some("ghost"),
        props.pick.then_some("pick"),
        props.hint.then_some("hint"),
    );
    let halo = if double { 15 } else { 11 };
    let enter = props.on_hint.reform(move |_: MouseEvent| Some(conn));
    let leave = props.on_hint.reform(|_: MouseEvent| None);
    let click = props.on_pick.reform(move |_: MouseEvent| conn);
    html! {
        <g {class} onmouseenter={enter} onmouseleave={leave} onclick={click}>
            <path class="hit" d={path.clone()} />
            <path class="halo" d={path.clone()} stroke-width={halo.to_string()} />
            if props.pick { <path class="sel-band" d={path.clone()} /> }
            <path class="line" d={path.clone()} pathLength="1" />
            if double { <path class="core" d={path} pathLength="1" /> }
            { ends(course) }
            { name(course) }
            { fate(course) }
        </g>
    }
}

/// The class of a purpose.
pub const fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Control => "control",
        Purpose::Data => "data",
        Purpose::Other => "other",
    }
}

fn ends(course: &CoursePlan) -> Html {
    let (from, to) = (course.from, course.to);
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy).max(1.0);
    let (ux, uy) = (dx / length, dy / length);
    let point = |along: f64, aside: f64| {
        format!(
            "{},{}",
            px(to.0 - ux * along - uy * aside),
            px(to.1 - uy * along + ux * aside)
        )
    };
    html! {
        <>
            <circle class="end" cx={px(from.0)} cy={px(from.1)} r="6" />
            if course.stopped.is_none() {
                <polygon class="end" points={format!("{} {} {}", point(0.0, 0.0), point(14.0, 7.0), point(14.0, -7.0))} />
            }
        </>
    }
}

fn name(course: &CoursePlan) -> Option<Html> {
    let failed = matches!(
        course.state,
        LineState::Refused | LineState::Silent | LineState::Unreachable
    );
    if failed || !course.wide && course.state.is_over() {
        return None;
    }
    // Names of connections that lie close together stand at different places along them.
    let share = match course.purpose {
        Purpose::Control => 0.42,
        Purpose::Data => 0.58 + 0.1 * f64::from(course.nth % 2),
        Purpose::Other => 0.5,
    };
    let (x, y) = course.at(share);
    let text = label(course);
    Some(html! { <text class="name" x={px(x)} y={px(y - 9.0)}>{ text }</text> })
}

fn label(course: &CoursePlan) -> String {
    let what = match (course.purpose, course.wide) {
        (Purpose::Control, true) => "control connection".to_owned(),
        (Purpose::Control, false) => "control".to_owned(),
        (Purpose::Data, true) => format!("data connection {}", course.nth),
        (Purpose::Data, false) => format!("data {}", course.nth),
        (Purpose::Other, true) => format!("call {}", course.nth),
        (Purpose::Other, false) => "call".to_owned(),
    };
    match course.state {
        LineState::Attempted => format!("{what}: calling"),
        LineState::Closed if course.wide => format!("{what}: closed"),
        LineState::Reset => format!("{what}: reset"),
        LineState::Closing | LineState::Closed | LineState::Established => what,
        LineState::Refused | LineState::Silent | LineState::Unreachable => what,
    }
}

/// How a call failed: a cross for silence, a bar for a refusal.
fn fate(course: &CoursePlan) -> Option<Html> {
    let (x, y) = course.end();
    let (mark, word) = match course.state {
        LineState::Attempted if course.stopped.is_some() => (cross(x, y), "dropped"),
        LineState::Silent => (cross(x, y), "silence"),
        LineState::Unreachable => (cross(x, y), "unreachable"),
        LineState::Refused => (bar(course), "RST: refused"),
        _ => return None,
    };
    let (lx, ly) = course.at(0.5);
    let (wx, wy) = if course.stopped.is_some() {
        (x, y - 14.0)
    } else {
        (lx, ly - 9.0)
    };
    Some(html! {
        <>
            <path class="fail-mark" d={mark} />
            <text class="fail-word" x={px(wx)} y={px(wy)} text-anchor="middle">{ word }</text>
        </>
    })
}

fn cross(x: f64, y: f64) -> String {
    format!("M{} {}l14 14m0 -14l-14 14", px(x - 7.0), px(y - 7.0))
}

fn bar(course: &CoursePlan) -> String {
    let (from, to) = (course.from, course.to);
    let back = if to.0 > from.0 { -20.0 } else { 20.0 };
    format!("M{} {}v24", px(to.0 + back), px(to.1 - 12.0))
}

/// A connection for those who do not see it.
pub fn told(line: &Line, stage: &Stage) -> String {
    let name = |host: Option<HostId>| {
        stage
            .hosts
            .iter()
            .find(|view| Some(view.id) == host)
            .map_or("somebody", |view| view.name.as_str())
    };
    let what = match line.purpose {
        Purpose::Control => "Control connection",
        Purpose::Data => "Data connection",
        Purpose::Other => "Call",
    };
    let state = match line.state {
        LineState::Attempted => "calling",
        LineState::Established => "established",
        LineState::Closing => "closing",
        LineState::Closed => "closed",
        LineState::Refused => "refused",
        LineState::Silent => "no answer",
        LineState::Unreachable => "unreachable",
        LineState::Reset => "reset",
    };
    format!(
        "{what} {}: called by {} from port {}, to {} port {}; {state}",
        line.nth,
        name(line.caller.host),
        line.caller.address.port(),
        name(line.called.host),
        line.called.address.port(),
    )
}
