//! The chart: two coasts with their berths, the courses between them, walls, and where things end.

use std::net::SocketAddr;

use portolan_link::{Line, Stage};
use portolan_session::event::{Conn, HostId, Role};
use portolan_session::view::{Berth, End, HostView, LineState};
use portolan_wire::ordered::Map;
use portolan_wire::report::Purpose;

use super::berths::spread;
use super::rail::Rail;
use super::{Point, RAIL_BOTTOM, RAIL_TOP};

/// Height of a berth's chip.
pub const CHIP: f64 = 28.0;

/// A chip and the space to the next.
const PITCH: f64 = 32.0;

/// Width of a rail.
pub const RAIL_WIDTH: f64 = 14.0;

/// How many ghosts of data connections are drawn.
const GHOSTS: usize = 3;

/// The measures that depend on the room there is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// Width of the whole chart.
    pub width: f64,
    /// Its height.
    pub height: f64,
    /// From the chart's edge to the rail.
    pub margin: f64,
    /// From the rail to the chips.
    pub lead: f64,
    /// Width of a chip.
    pub chip: f64,
    /// Whether there is room for words.
    pub roomy: bool,
}

impl Frame {
    /// For a chart of this size.
    pub fn new(width: f64, height: f64) -> Self {
        if width < 720.0 {
            Self {
                width,
                height,
                margin: 6.0,
                lead: 6.0,
                chip: 70.0,
                roomy: false,
            }
        } else {
            Self {
                width,
                height,
                margin: 24.0,
                lead: 38.0,
                chip: 176.0,
                roomy: true,
            }
        }
    }

    fn rail(self) -> Rail {
        Rail {
            top: RAIL_TOP,
            height: (self.height - RAIL_TOP - RAIL_BOTTOM).max(0.0),
        }
    }
}

/// Everything on the chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// Left and right.
    pub coasts: Vec<Coast>,
    /// In the order of drawing: ghosts first, then what is alive.
    pub courses: Vec<Course>,
    /// The walls of firewalls.
    pub walls: Vec<Wall>,
}

/// A host's side of the chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Coast {
    /// Which host.
    pub host: HostId,
    /// Its name.
    pub name: String,
    /// Its part.
    pub role: Role,
    /// Its address in use.
    pub address: String,
    /// Whether it lies on the left.
    pub left: bool,
    /// The rail's left edge.
    pub rail_x: f64,
    /// The rail.
    pub rail: Rail,
    /// Its berths, in port order.
    pub chips: Vec<Chip>,
    /// Berths that found no room.
    pub left_out: usize,
    /// A range of ports worth a bracket, its ends, and whether it is for passive data connections.
    pub bracket: Option<Bracket>,
}

/// A range of ports beside the rail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bracket {
    /// Lowest and highest port.
    pub ports: (u16, u16),
    /// Where they lie.
    pub y: (f64, f64),
    /// Ports offered for passive data connections, rather than those the system takes for its own calls.
    pub passive: bool,
}

/// A port's label.
#[derive(Clone, Debug, PartialEq)]
pub struct Chip {
    /// What it shows.
    pub berth: Berth,
    /// How the newest call from or to it stands, where that is no connection: not answered yet, or failed.
    pub call: Option<LineState>,
    /// Its left edge.
    pub x: f64,
    /// Its middle.
    pub y: f64,
    /// Where the port lies on the rail.
    pub true_y: f64,
}

/// A connection's line.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// The connection.
    pub line: Line,
    /// At the one who called.
    pub caller: Point,
    /// At the one who was called; for a call that got nowhere, where it ended.
    pub called: Point,
    /// Only a ghost is left of it.
    pub ghost: bool,
}

/// A firewall.
#[derive(Clone, Debug, PartialEq)]
pub struct Wall {
    /// Whose.
    pub host: HostId,
    /// Its middle.
    pub x: f64,
    /// Upper and lower ends of its parts: between them it lets something pass.
    pub parts: Vec<(f64, f64)>,
}

/// Lays out a stage.
pub fn chart(stage: &Stage, frame: Frame) -> Chart {
    let shown: Vec<&HostView> = stage.hosts.iter().filter(|host| host.role != Role::Router).collect();
    let ends = [shown.first(), if shown.len() > 1 { shown.last() } else { None }];
    let coasts: Vec<Coast> = ends
        .into_iter()
        .flatten()
        .enumerate()
        .map(|(nth, host)| coast(host, &stage.lines, nth == 0, frame))
        .collect();
    let walls_at: Vec<(HostId, f64)> = shown
        .iter()
        .filter(|host| has_wall(host, &stage.lines))
        .filter_map(|host| {
            Some((
                host.id,
                coasts.iter().find(|coast| coast.host == host.id)?.wall_x(frame),
            ))
        })
        .collect();
    let courses = courses(&stage.lines, &coasts, &walls_at, frame);
    let walls = walls_at
        .into_iter()
        .map(|(host, x)| wall(host, x, &courses, frame))
        .collect();
    Chart { coasts, courses, walls }
}

impl Coast {
    /// Where courses begin and end.
    pub fn shore(&self, frame: Frame) -> f64 {
        let inset = frame.margin + RAIL_WIDTH + frame.lead + frame.chip;
        if self.left { inset } else { frame.width - inset }
    }

    fn wall_x(&self, frame: Frame) -> f64 {
        let off = if frame.roomy { 72.0 } else { 22.0 };
        self.shore(frame) + if self.left { off } else { -off }
    }

    fn y(&self, port: u16) -> Option<f64> {
        self.chips
            .iter()
            .find(|chip| chip.berth.port == port)
            .map(|chip| chip.y)
    }
}

/// A client's firewall concerns every call; a server's is drawn once it has thrown something away.
fn has_wall(host: &HostView, lines: &[Line]) -> bool {
    !host.firewall.is_empty()
        && (host.role == Role::Client || lines.iter().any(|line| line.dropped_at == Some(host.id)))
}

fn coast(host: &HostView, lines: &[Line], left: bool, frame: Frame) -> Coast {
    let rail = frame.rail();
    let rail_x = if left {
        frame.margin
    } else {
        frame.width - frame.margin - RAIL_WIDTH
    };
    let room = ((rail.height + PITCH - CHIP) / PITCH).floor().max(0.0) as usize;
    let (berths, left_out) = fitting(host, lines, room);
    let wanted: Vec<f64> = berths.iter().map(|berth| rail.y(berth.port)).collect();
    let centres = spread(&wanted, PITCH, rail.top - 2.0, rail.top + rail.height + 2.0);
    let x = if left {
        rail_x + RAIL_WIDTH + frame.lead
    } else {
        rail_x - frame.lead - frame.chip
    };
    let chips = berths
        .into_iter()
        .zip(wanted)
        .zip(centres)
        .map(|((berth, true_y), y)| Chip {
            call: open_call(host.id, berth.port, lines),
            berth,
            x,
            y,
            true_y,
        });
    let range = match host.role {
        Role::Server => host.passive.map(|ports| (ports, true)),
        _ => host.ephemeral.map(|ports| (ports, false)),
    };
    Coast {
        host: host.id,
        name: host.name.clone(),
        role: host.role,
        address: address(host, lines),
        left,
        rail_x,
        rail,
        chips: chips.collect(),
        left_out,
        bracket: range.map(|(ports, passive)| Bracket {
            ports,
            y: (rail.y(ports.0), rail.y(ports.1)),
            passive,
        }),
    }
}

/// The address that connections use; without connections, the first.
fn address(host: &HostView, lines: &[Line]) -> String {
    let used = lines.iter().flat_map(|line| [line.caller, line.called]);
    let mut used = used
        .filter(|end| end.host == Some(host.id))
        .map(|end: End| end.address.ip());
    used.next()
        .or(host.addresses.first().copied())
        .map_or_else(String::new, |ip| ip.to_string())
}

/// The berths there is room for, in port order, and how many are left out: what is alive goes before what is over, and
/// what is younger before what is older.
fn fitting(host: &HostView, lines: &[Line], room: usize) -> (Vec<Berth>, usize) {
    let mut age: Map<u16, usize> = Map::new();
    for (nth, line) in lines.iter().enumerate() {
        for end in [line.caller, line.called] {
            if end.host == Some(host.id) {
                age.insert(end.address.port(), nth + 1);
            }
        }
    }
    let shown = host
        .berths
        .iter()
        .filter(|berth| berth.listening || berth.used || berth.tried);
    let ranked: Map<_, &Berth> = shown
        .map(|berth| {
            let over = !berth.listening && berth.connected == 0;
            let age = age.get(&berth.port).copied().unwrap_or(0);
            ((over, core::cmp::Reverse(age), berth.port), berth)
        })
        .collect();
    let left_out = ranked.len().saturating_sub(room);
    let kept = ranked.into_values().take(room).map(|berth| (berth.port, berth.clone()));
    (kept.collect::<Map<_, _>>().into_values().collect(), left_out)
}

/// How the newest call to this port stands, if it failed or is not answered yet; or the newest one from it, if that one is
/// not answered yet.
pub fn open_call(host: HostId, port: u16, lines: &[Line]) -> Option<LineState> {
    let is_here = |end: End| end.host == Some(host) && end.address.port() == port;
    let newest = lines
        .iter()
        .rfind(|line| is_here(line.called) || is_here(line.caller))?;
    match (newest.state, newest.dropped_at) {
        (LineState::Attempted, _) if is_here(newest.caller) => Some(LineState::Attempted),
        _ if is_here(newest.caller) => None,
        (LineState::Refused | LineState::Silent | LineState::Unreachable, _) => Some(newest.state),
        (LineState::Attempted, Some(_)) => Some(LineState::Silent),
        (LineState::Attempted, None) => Some(LineState::Attempted),
        _ => None,
    }
}

fn courses(lines: &[Line], coasts: &[Coast], walls: &[(HostId, f64)], frame: Frame) -> Vec<Course> {
    let over: Vec<Conn> = lines
        .iter()
        .filter(|line| line.state.is_over())
        .map(|line| line.conn)
        .collect();
    let newest = lines.last().map(|line| line.conn);
    let courses = lines.iter().filter_map(|line| {
        let ghost = line.state.is_over() && !(Some(line.conn) == newest && failed_call(line));
        let rank = over.iter().rev().position(|conn| *conn == line.conn);
        if ghost && rank.is_some_and(|rank| rank >= GHOSTS) {
            return None;
        }
        course(line, coasts, walls, ghost, frame)
    });
    let (mut ghosts, mut others): (Vec<Course>, Vec<Course>) = courses.partition(|course| course.ghost);
    ghosts.append(&mut others);
    ghosts
}

/// Whether the call itself failed.
pub fn failed_call(line: &Line) -> bool {
    matches!(
        line.state,
        LineState::Refused | LineState::Silent | LineState::Unreachable
    ) || line.state == LineState::Attempted && line.dropped_at.is_some()
}

fn course(line: &Line, coasts: &[Coast], walls: &[(HostId, f64)], ghost: bool, frame: Frame) -> Option<Course> {
    let end = |host: Option<HostId>, address: SocketAddr| {
        let coast = coasts.iter().find(|coast| Some(coast.host) == host)?;
        Some(Point {
            x: coast.shore(frame),
            y: coast.y(address.port())?,
        })
    };
    let caller = end(line.caller.host, line.caller.address)?;
    let mut called = end(line.called.host, line.called.address)?;
    if matches!(line.state, LineState::Silent | LineState::Attempted) && line.dropped_at.is_some() {
        let wall = walls.iter().find(|(host, _)| Some(*host) == line.dropped_at);
        // Dropped on the way, or lost: it ends at the wall, or in the middle of nowhere.
        let x = wall.map_or((caller.x + called.x) / 2.0, |(_, x)| *x);
        called = caller.towards(called, ((x - caller.x) / (called.x - caller.x)).clamp(0.0, 1.0));
    } else if line.state == LineState::Silent {
        called = caller.towards(called, 0.7);
    }
    Some(Course {
        line: line.clone(),
        caller,
        called,
        ghost,
    })
}

fn wall(host: HostId, x: f64, courses: &[Course], frame: Frame) -> Wall {
    const GAP: f64 = 11.0;
    let (top, bottom) = (RAIL_TOP - 8.0, frame.height - RAIL_BOTTOM + 8.0);
    let crossings = courses
        .iter()
        .filter(|course| !failed_call(&course.line))
        .filter_map(|course| crossing(course, x));
    let mut passes: Vec<f64> = Vec::new();
    for y in crossings {
        passes.insert(passes.partition_point(|other| *other < y), y);
    }
    let mut parts = Vec::new();
    let mut from = top;
    for y in passes {
        if y - GAP > from {
            parts.push((from, y - GAP));
        }
        from = from.max(y + GAP);
    }
    if bottom > from {
        parts.push((from, bottom));
    }
    Wall { host, x, parts }
}

/// Where a course crosses the line at `x`.
fn crossing(course: &Course, x: f64) -> Option<f64> {
    let share = (x - course.caller.x) / (course.called.x - course.caller.x);
    (0.0..=1.0)
        .contains(&share)
        .then(|| course.caller.towards(course.called, share).y)
}

/// Whether this purpose is drawn as data.
pub const fn class(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Control => "control",
        Purpose::Data => "data",
        Purpose::Other => "other",
    }
}

#[cfg(test)]
mod tests;
