//! Where everything on the chart stands.

use core::net::SocketAddr;

use portolan_session::event::{Conn, HostId, Role};
use portolan_session::view::{Berth, HostView, Line, LineState, Stage};
use portolan_wire::report::Purpose;

use crate::geometry::ports::{BERTH, moor, on_rail};

/// The rail's top, under the host's name and address.
pub const TOP: f64 = 56.0;
/// The room under the rail.
const BOTTOM: f64 = 16.0;
/// The rail's width.
pub const RAIL: f64 = 14.0;
/// The most berths that are drawn at a host.
const MOST_BERTHS: usize = 7;
/// The most connections that are over and still drawn.
const MOST_GHOSTS: usize = 4;
/// Where the chart gets narrow.
const NARROW: f64 = 768.0;

/// The chart's parts in their places.
pub struct Layout {
    /// The hosts that have ports to show.
    pub coasts: Vec<CoastPlan>,
    /// The connections, those that are over first.
    pub courses: Vec<CoursePlan>,
}

/// A host with its ports.
#[derive(Clone, Debug, PartialEq)]
pub struct CoastPlan {
    /// The host.
    pub host: HostView,
    /// Whether it stands at the right.
    pub right: bool,
    /// The rail's left edge.
    pub rail: f64,
    /// The rail's height.
    pub height: f64,
    /// The chips, with their tops.
    pub berths: Vec<(Berth, f64)>,
    /// A chip's left edge and width.
    pub chip: (f64, f64),
    /// Where a course ends.
    pub quay: f64,
    /// The firewall's middle, where there is one, and the heights of its gaps.
    pub wall: Option<(f64, Vec<f64>)>,
    /// Whether there is room for words in the chips.
    pub wide: bool,
}

/// A connection with its ends.
#[derive(Clone, Debug, PartialEq)]
pub struct CoursePlan {
    /// Its number.
    pub conn: Conn,
    /// What it is for.
    pub purpose: Purpose,
    /// Which one of its purpose, from 1.
    pub nth: u32,
    /// How it stands.
    pub state: LineState,
    /// The caller's end.
    pub from: (f64, f64),
    /// The end of the one who is called.
    pub to: (f64, f64),
    /// Where it ends, if it comes only that far.
    pub stopped: Option<(f64, f64)>,
    /// What goes over it, in bytes.
    pub bytes: u64,
    /// Whether its name has room.
    pub wide: bool,
}

impl CoursePlan {
    /// Where it really ends.
    pub fn end(&self) -> (f64, f64) {
        self.stopped.unwrap_or(self.to)
    }

    /// The point at that share of the way, from the caller.
    pub fn at(&self, share: f64) -> (f64, f64) {
        let end = self.end();
        (
            self.from.0 + (end.0 - self.from.0) * share,
            self.from.1 + (end.1 - self.from.1) * share,
        )
    }
}

impl Layout {
    /// Puts everything in its place.
    pub fn new(stage: &Stage, width: f64, height: f64) -> Self {
        let shown = shown_lines(stage);
        let mut coasts: Vec<CoastPlan> = stage
            .hosts
            .iter()
            .filter(|host| host.role != Role::Router)
            .map(|host| coast(host, &shown, width, height))
            .collect();
        let courses: Vec<CoursePlan> = shown.iter().filter_map(|line| course(line, &coasts, width)).collect();
        for coast in &mut coasts {
            if let Some((wall, gaps)) = &mut coast.wall {
                let passing = courses
                    .iter()
                    .filter(|course| course.stopped.is_none() && !course.state.is_over());
                *gaps = passing.map(|course| crossing(course, *wall)).collect();
            }
        }
        Self { coasts, courses }
    }
}

/// The connections that are drawn: all that live, and the last few that do not.
fn shown_lines(stage: &Stage) -> Vec<&Line> {
    let over = stage.lines.iter().filter(|line| line.state.is_over()).count();
    let mut skip = over.saturating_sub(MOST_GHOSTS);
    let mut shown: Vec<&Line> = stage
        .lines
        .iter()
        .filter(|line| {
            let hidden = line.state.is_over() && skip > 0;
            skip -= usize::from(hidden);
            !hidden
        })
        .collect();
    shown.sort_by_key(|line| !line.state.is_over());
    shown
}

fn coast(host: &HostView, shown: &[&Line], width: f64, height: f64) -> CoastPlan {
    let wide = width >= NARROW;
    let right = host.role == Role::Server;
    let (margin, chip_width, lead) = if wide { (24.0, 176.0, 38.0) } else { (6.0, 72.0, 12.0) };
    let rail = if right { width - margin - RAIL } else { margin };
    let length = height - TOP - BOTTOM;
    let left = if right {
        rail - lead - chip_width
    } else {
        rail + RAIL + lead
    };
    let quay = if right { left } else { left + chip_width };
    let berths = shown_berths(host, shown);
    let wishes: Vec<f64> = berths.iter().map(|berth| TOP + on_rail(berth.port) * length).collect();
    let tops = moor(&wishes, TOP, TOP + length);
    let off = if wide { 44.0 } else { 18.0 };
    CoastPlan {
        right,
        rail,
        height: length,
        chip: (left, chip_width),
        quay,
        wall: (!host.firewall.is_empty()).then(|| (if right { quay - off } else { quay + off }, Vec::new())),
        berths: berths.into_iter().cloned().zip(tops).collect(),
        host: host.clone(),
        wide,
    }
}

/// The berths of the connections that are drawn, and listening ones; the rest as far as there is room.
fn shown_berths<'a>(host: &'a HostView, shown: &[&Line]) -> Vec<&'a Berth> {
    let matters = |berth: &&Berth| {
        berth.listening
            || berth.connected > 0
            || shown.iter().any(|line| {
                [&line.caller, &line.called]
                    .iter()
                    .any(|end| end.host == Some(host.id) && end.address.port() == berth.port)
            })
    };
    let mut berths: Vec<&Berth> = host.berths.iter().filter(matters).collect();
    berths.truncate(MOST_BERTHS);
    berths
}

fn course(line: &Line, coasts: &[CoastPlan], width: f64) -> Option<CoursePlan> {
    let from = mooring(coasts, line.caller.host, line.caller.address)?;
    let to = mooring(coasts, line.called.host, line.called.address)?;
    let mut plan = CoursePlan {
        conn: line.conn,
        purpose: line.purpose,
        nth: line.nth,
        state: line.state,
        from,
        to,
        stopped: None,
        bytes: line.bytes_from_caller + line.bytes_from_called,
        wide: width >= NARROW,
    };
    let unheard = matches!(line.state, LineState::Attempted | LineState::Silent);
    if let Some(at) = line.dropped_at.filter(|_| unheard) {
        let wall = coasts
            .iter()
            .find(|coast| coast.host.id == at)
            .and_then(|coast| coast.wall.as_ref());
        plan.stopped = Some(match wall {
            Some((x, _)) => (*x, crossing(&plan, *x)),
            None => plan.at(0.5),
        });
    }
    Some(plan)
}

fn mooring(coasts: &[CoastPlan], host: Option<HostId>, address: SocketAddr) -> Option<(f64, f64)> {
    let coast = coasts.iter().find(|coast| Some(coast.host.id) == host)?;
    let (_, top) = coast.berths.iter().find(|(berth, _)| berth.port == address.port())?;
    Some((coast.quay, top + BERTH / 2.0))
}

/// How high a course is at `x`.
fn crossing(course: &CoursePlan, x: f64) -> f64 {
    let run = course.to.0 - course.from.0;
    if run.abs() < 1.0 {
        return course.from.1;
    }
    course.from.1 + (course.to.1 - course.from.1) * (x - course.from.0) / run
}
