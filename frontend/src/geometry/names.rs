//! Where the names of courses stand, and the numbers of ghosts: where least else is in the way.

use portolan_wire::report::Purpose;

use super::Point;
use super::chart::Course;

/// From a course to the middle of its name.
const OFF: f64 = 16.0;

/// What a name wants between itself and any other line, and a number of a ghost.
const CLEAR: f64 = 16.0;

/// Where along a course a name would like to stand, best first.
const NAMES: [f64; 11] = [0.5, 0.45, 0.55, 0.4, 0.6, 0.35, 0.65, 0.3, 0.7, 0.25, 0.75];

/// Where along a course a number would like to stand, best first.
const NUMBERS: [f64; 11] = [0.5, 0.57, 0.43, 0.64, 0.36, 0.71, 0.29, 0.78, 0.22, 0.85, 0.15];

/// Where a course's name or number stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spot {
    /// On the course.
    pub at: Point,
    /// Whether a name stands below its course, rather than above.
    pub below: bool,
}

/// A spot for each course: for its name of this width, or for its number where a ghost is left of it. Names keep out of
/// the way of lines, of each other and of `walls`; numbers of all of these.
pub fn spots(courses: &[Course], widths: &[f64], walls: &[f64]) -> Vec<Spot> {
    let mut taken: Vec<Point> = Vec::new();
    let mut spots = vec![Spot::default(); courses.len()];
    let named = courses.iter().zip(widths).zip(&mut spots).enumerate();
    for (nth, ((course, width), spot)) in named.filter(|(_, ((course, _), _))| !course.ghost) {
        *spot = name(course, *width, others(courses, nth), &taken, walls);
        taken.extend(text(course, spot.at, spot.below, *width));
    }
    let numbered = courses.iter().zip(&mut spots).enumerate();
    for (nth, (course, spot)) in numbered.filter(|(_, (course, _))| course.ghost) {
        spot.at = number(course, others(courses, nth), &taken, walls);
        // A number is a disc; the next one wants more room than a line does.
        let at = spot.at;
        taken.extend([(-9.0, 0.0), (9.0, 0.0), (0.0, -9.0), (0.0, 9.0)].map(|(x, y)| Point {
            x: at.x + x,
            y: at.y + y,
        }));
    }
    spots
}

fn others(courses: &[Course], nth: usize) -> impl Iterator<Item = &Course> + Clone {
    let others = courses.iter().enumerate().filter(move |(other, _)| *other != nth);
    others.map(|(_, other)| other)
}

fn name<'a>(
    course: &Course,
    width: f64,
    others: impl Iterator<Item = &'a Course> + Clone,
    taken: &[Point],
    walls: &[f64],
) -> Spot {
    let usual = course.line.purpose == Purpose::Data;
    let ways = NAMES
        .into_iter()
        .flat_map(|share| [usual, !usual].map(|below| (share, below)));
    let ways = ways.map(|(share, below)| Spot {
        at: course.caller.towards(course.called, share),
        below,
    });
    let clear = |spot: Spot| {
        let text = text(course, spot.at, spot.below, width);
        let walled = |point: &Point| walls.iter().any(|x| (x - point.x).abs() < 12.0);
        if text.iter().any(|point| walled(point) || !is_free(course, point.x)) {
            BARRED
        } else {
            clearance(&text, others.clone(), taken)
        }
    };
    best(ways, clear).unwrap_or_default()
}

fn number<'a>(
    course: &Course,
    others: impl Iterator<Item = &'a Course> + Clone,
    taken: &[Point],
    walls: &[f64],
) -> Point {
    let ways = NUMBERS
        .into_iter()
        .map(|share| course.caller.towards(course.called, share));
    let clear = |at: Point| {
        if walls.iter().any(|x| (x - at.x).abs() < 18.0) {
            BARRED
        } else {
            clearance(&[at], others.clone(), taken)
        }
    };
    best(ways, clear).unwrap_or_default()
}

/// How clear a place is: of words, which nothing may cover, and of lines. The first counts first.
type Clear = (f64, f64);

/// A place that is out of the question, unless there is no other.
const BARRED: Clear = (-1.0, 0.0);

/// The first way that is clear enough, or the clearest.
fn best<T: Copy>(ways: impl Iterator<Item = T>, clear: impl Fn(T) -> Clear) -> Option<T> {
    let mut best: Option<(T, Clear)> = None;
    for way in ways {
        let (words, lines) = clear(way);
        let clear = (words.min(CLEAR), lines.min(CLEAR));
        if clear == (CLEAR, CLEAR) {
            return Some(way);
        }
        if best.is_none_or(|(_, most)| clear > most) {
            best = Some((way, clear));
        }
    }
    best.map(|(way, _)| way)
}

/// Points along the middle of a name.
fn text(course: &Course, middle: Point, below: bool, width: f64) -> [Point; 7] {
    let (from, to) = (course.caller, course.called);
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let length = dx.hypot(dy).max(1.0);
    let off = if below { OFF } else { -OFF };
    [-0.5, -0.34, -0.17, 0.0, 0.17, 0.34, 0.5].map(|part| Point {
        x: middle.x + dx / length * width * part,
        y: middle.y + dy / length * width * part + off,
    })
}

/// How far these points are from what stands already, and from all these lines.
fn clearance<'a>(points: &[Point], others: impl Iterator<Item = &'a Course> + Clone, taken: &[Point]) -> Clear {
    let mut clear = (f64::MAX, f64::MAX);
    for point in points {
        for other in taken {
            // Letters follow each other closely: half of the way sideways counts.
            clear.0 = clear.0.min(((other.x - point.x) / 2.0).hypot(other.y - point.y));
        }
        for course in others.clone().filter(|course| is_beside(course, point.x)) {
            let share = (point.x - course.caller.x) / (course.called.x - course.caller.x);
            clear.1 = clear
                .1
                .min((course.caller.towards(course.called, share).y - point.y).abs());
        }
    }
    clear
}

/// Whether no packet ever rests over a name there: they do so near the ends.
fn is_free(course: &Course, x: f64) -> bool {
    let share = (x - course.caller.x) / (course.called.x - course.caller.x);
    (0.23..=0.77).contains(&share)
}

fn is_beside(course: &Course, x: f64) -> bool {
    let (a, b) = (course.caller.x, course.called.x);
    (a.min(b)..=a.max(b)).contains(&x) && a != b
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use portolan_link::Line;
    use portolan_session::event::Conn;
    use portolan_session::view::{End, LineState};

    use super::*;

    fn course(number: u32, purpose: Purpose, left: f64, right: f64, ghost: bool) -> Course {
        let address: SocketAddr = "192.0.2.1:21".parse().unwrap();
        let end = End { host: None, address };
        Course {
            line: Line {
                conn: Conn(number),
                purpose,
                nth: number,
                caller: end,
                called: end,
                state: LineState::Established,
                dropped_at: None,
                content: None,
                secured: false,
            },
            caller: Point { x: 250.0, y: left },
            called: Point { x: 1_000.0, y: right },
            ghost,
        }
    }

    #[test]
    fn alone_a_name_stands_in_the_middle() {
        for (purpose, below) in [(Purpose::Control, false), (Purpose::Data, true)] {
            let spots = spots(&[course(0, purpose, 200.0, 100.0, false)], &[250.0], &[]);
            assert_eq!((spots[0].at, spots[0].below), (Point { x: 625.0, y: 150.0 }, below));
        }
    }

    #[test]
    fn where_courses_cross_names_stay_away() {
        let courses = [
            course(0, Purpose::Control, 200.0, 100.0, false),
            course(1, Purpose::Data, 232.0, 70.0, false),
        ];
        let widths = [250.0, 250.0];
        let spots = spots(&courses, &widths, &[]);
        for (nth, other) in [(0, 1), (1, 0)] {
            let text = text(&courses[nth], spots[nth].at, spots[nth].below, widths[nth]);
            let (_, lines) = clearance(&text, [&courses[other]].into_iter(), &[]);
            assert!(lines >= 9.0, "{nth} {lines} {spots:?}");
        }
    }

    #[test]
    fn where_courses_cross_numbers_stay_away() {
        let courses = [
            course(1, Purpose::Data, 100.0, 200.0, true),
            course(0, Purpose::Control, 200.0, 100.0, false),
        ];
        let spots = spots(&courses, &[0.0, 250.0], &[]);
        let (_, lines) = clearance(&[spots[0].at], [&courses[1]].into_iter(), &[]);
        assert!(lines >= CLEAR, "{spots:?}");
    }

    #[test]
    fn numbers_of_ghosts_that_lie_on_each_other_stand_apart() {
        let ghosts: Vec<Course> = (0..3)
            .map(|nth| course(nth, Purpose::Data, 150.0, 120.0 + f64::from(nth), true))
            .collect();
        let spots = spots(&ghosts, &[0.0; 3], &[625.0]);
        for (nth, spot) in spots.iter().enumerate() {
            assert!((spot.at.x - 625.0).abs() >= 18.0, "not on the wall");
            for other in &spots[nth + 1..] {
                assert!((spot.at.x - other.at.x).abs() > 22.0, "{spots:?}");
            }
        }
    }
}
