//! A connection's line on the chart.

use portolan_session::view::LineState;
use portolan_wire::report::Purpose;
use yew::prelude::*;

use crate::geometry::chart::{Course, class, failed_call};
use crate::geometry::names::Spot;
use crate::geometry::{Point, put, px};
use crate::shapes::{circle, group, growing, path, text, turned};
use crate::words;

/// From the shore to where the line begins.
const OFF: f64 = 9.0;

/// Length of an arrowhead.
const HEAD: f64 = 12.0;

/// Draws a course without its name.
pub fn course(
    course: &Course,
    marks: (bool, bool),
    on: Callback<MouseEvent>,
    over: Callback<MouseEvent>,
    out: Callback<MouseEvent>,
) -> Html {
    let line = &course.line;
    let failed = failed_call(line);
    let ahead = Direction::new(course.caller, course.called);
    let from = ahead.along(course.caller, OFF);
    let tip = if failed && line.state != LineState::Refused {
        course.called
    } else {
        ahead.along(course.called, -OFF + 4.0)
    };
    let to = if failed { tip } else { ahead.along(tip, -HEAD + 2.0) };
    let along = put("M{} {}L{} {}", &[from.x, from.y, to.x, to.y]);
    let attempt = matches!(line.state, LineState::Attempted) || failed;
    let double = line.purpose == Purpose::Data;
    let drawn = if attempt { path } else { growing };
    let width = match (course.ghost, double) {
        (true, _) => 0.0,
        (false, true) => 15.0,
        (false, false) => 11.0,
    };
    let classes = classes!(
        "course",
        class(line.purpose),
        attempt.then_some("attempt"),
        course.ghost.then_some("ghost"),
        (!attempt && !course.ghost).then_some("grow"),
        line.secured.then_some("locked"),
        marks.0.then_some("pick"),
        marks.1.then_some("hint"),
    );
    let mut pieces = vec![path("sel-band", along.clone())];
    if line.secured {
        pieces.push(path("sheath", along.clone()));
    }
    pieces.push(drawn("line", along.clone()));
    if double {
        pieces.push(drawn("core", along.clone()));
    }
    if !course.ghost {
        pieces.push(circle("end", from.x, from.y, 6.0));
        if failed {
            pieces.extend(failure(course, tip, ahead));
        } else {
            pieces.push(head(tip, ahead));
        }
    }
    html! {
        <g key={line.conn.0} class={classes} onmouseenter={over} onmouseleave={out} onclick={on}>
            { path("hit", along.clone()) }
            if width > 0.0 {
                <path class="halo" d={along} stroke-width={px(width)} />
            }
            { for pieces }
        </g>
    }
}

/// A course's name, along its line; of a ghost, only its number. Drawn after all lines.
pub fn name(course: &Course, spot: Spot, words: &str) -> Html {
    let at = spot.at;
    if course.ghost {
        let number = text("", at.x, at.y + 4.5, "middle", course.line.nth.to_string());
        return group("tomb", [circle("", at.x, at.y, 10.0), number]);
    }
    let (from, to) = (course.caller, course.called);
    let (left, right) = if from.x < to.x { (from, to) } else { (to, from) };
    let turn = (right.y - left.y).atan2(right.x - left.x).to_degrees();
    let off = if spot.below { 22.0 } else { -11.0 };
    let to = put("translate({} {}) rotate({}) translate(0 {})", &[at.x, at.y, turn, off]);
    html! {
        <g class={classes!("course", "named", class(course.line.purpose))}>{ turned("name", to, "", words.to_owned()) }</g>
    }
}

/// A unit vector.
#[derive(Clone, Copy)]
struct Direction {
    x: f64,
    y: f64,
}

impl Direction {
    fn new(from: Point, to: Point) -> Self {
        let (x, y) = (to.x - from.x, to.y - from.y);
        let length = x.hypot(y).max(1.0);
        Self {
            x: x / length,
            y: y / length,
        }
    }

    fn along(self, point: Point, by: f64) -> Point {
        Point {
            x: point.x + self.x * by,
            y: point.y + self.y * by,
        }
    }

    fn aside(self, point: Point, by: f64) -> Point {
        Point {
            x: point.x - self.y * by,
            y: point.y + self.x * by,
        }
    }
}

fn head(tip: Point, ahead: Direction) -> Html {
    let base = ahead.along(tip, -HEAD);
    let (a, b) = (ahead.aside(base, 7.0), ahead.aside(base, -7.0));
    let d = put("M{} {}L{} {}L{} {}z", &[tip.x, tip.y, a.x, a.y, b.x, b.y]);
    path("end", d)
}

/// Refused: a bar. Silent: a cross. Both with their words.
fn failure(course: &Course, tip: Point, ahead: Direction) -> [Html; 2] {
    let refused = course.line.state == LineState::Refused;
    let d = if refused {
        let (a, b) = (ahead.aside(tip, 11.0), ahead.aside(tip, -11.0));
        put("M{} {}L{} {}", &[a.x, a.y, b.x, b.y])
    } else {
        put("M{} {}l16 16m0 -16l-16 16", &[tip.x - 8.0, tip.y - 8.0])
    };
    let words = match course.line.state {
        LineState::Refused => words::RST_REFUSED,
        LineState::Unreachable => words::NO_WAY,
        _ => words::SILENCE,
    };
    let rightwards = course.called.x > course.caller.x;
    let (x, anchor) = match (refused, rightwards) {
        (true, true) => (tip.x - 16.0, "end"),
        (true, false) => (tip.x + 16.0, "start"),
        (false, _) => (tip.x, "middle"),
    };
    let y = if ahead.y > 0.0 && refused {
        tip.y - 16.0
    } else {
        tip.y + 26.0
    };
    [path("fail", d), text("fail-word", x, y, anchor, words)]
}
