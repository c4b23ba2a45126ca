//! The ladder: time runs down, slope is latency, long silences are folded.

use portolan_link::{Ladder, Rung, Shape};
use portolan_session::view::Lane;
use portolan_wire::Instant;

use super::Point;

/// Height of a folded silence.
pub const FOLD: f64 = 24.0;

/// What one way over the net takes on the screen.
const SLOPE: f64 = 34.0;

/// What a letter of a label takes, about.
const LETTER: f64 = 6.9;

/// Where a label begins to come too near to the corner at its sender's side, in lane widths from the middle.
const CORNER: f64 = 0.26;

/// The least distance between two labels of a lane.
const LABEL: f64 = 18.0;

/// The least distance between two labels of a lane whose arrows run against each other, and so tilt towards each other.
const AGAINST: f64 = 30.0;

/// Room for the lanes' names, which stay in sight above the rows.
pub const HEADS: f64 = 38.0;

/// Room above the first row.
pub const HEAD: f64 = 8.0;

/// The least height: an empty ladder shows its lines.
const LEAST: f64 = 96.0;

/// Room below the last row.
const FOOT: f64 = 24.0;

/// A ladder on the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// The lanes, left to right.
    pub lanes: Vec<LaneBox>,
    /// A place for each row.
    pub rungs: Vec<Place>,
    /// Folded silences: the middle, and how long.
    pub folds: Vec<(f64, String)>,
    /// Height of it all.
    pub height: f64,
}

/// A lane: a client's line on its left, a server's on its right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LaneBox {
    /// Which.
    pub lane: Lane,
    /// The client's line.
    pub left: f64,
    /// The server's line.
    pub right: f64,
}

/// Where a row is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Left and right line of its lane.
    pub lane: (f64, f64),
    /// Whether it goes from left to right.
    pub rightwards: bool,
    /// Where it is sent.
    pub sent: f64,
    /// Where it arrives; where it would have, if it does not.
    pub arrived: f64,
    /// Where the last of it arrives: the answer of a handshake, the last packet of many.
    pub until: f64,
    /// Where its label's base line is.
    pub label: f64,
}

impl Place {
    /// Its upper and lower ends, with some room.
    pub fn extent(&self) -> (f64, f64) {
        let lowest = self.arrived.max(self.until).max(self.label + 4.0);
        (self.sent.min(self.label - 13.0), lowest)
    }
}

/// Lays out a ladder in this width.
pub fn layout(ladder: &Ladder, width: f64) -> Layout {
    let lanes = lanes(ladder, width);
    let mut scale = Scale::new(ladder);
    let mut rungs = Vec::with_capacity(ladder.rows.len());
    let mut folds = Vec::new();
    // Of each lane: its last label, and which way its arrow runs.
    let mut lowest: [(f64, Option<bool>); 3] = [(f64::MIN, None); 3];
    // Where the row before begins: nothing is drawn above what came before it, in whichever lane.
    let mut before = f64::MIN;
    let mut height: f64 = HEAD;
    for (number, row) in ladder.rows.iter().enumerate() {
        let Some(lane) = lanes.iter().find(|lane| lane.lane == row.lane).or(lanes.first()) else {
            continue;
        };
        if let Some(gap) = ladder.gaps.iter().find(|gap| gap.before == ladder.first + number) {
            // What lies above a fold ends above it, also what never arrived.
            folds.push((height + FOLD / 2.0, gap.span.clone()));
            scale.zero = row.sent_at;
            scale.top = height + FOLD;
            height = scale.top;
            lowest = [(height, None); 3];
        }
        let mut place = place(row, ladder, *lane, &scale);
        if let Some(lowest) = lowest.get_mut(nth(row.lane)) {
            // A label never lies on the one above it: the row moves down with it, its slope stays.
            let (above, way) = *lowest;
            let against = way.is_some_and(|way| way != place.rightwards);
            let distance = if against { AGAINST } else { LABEL };
            let push = (above + distance - place.label).max(before - place.sent).max(0.0);
            place.sent += push;
            place.arrived += push;
            place.until += push;
            place.label += push;
            *lowest = (place.label, Some(place.rightwards));
            before = place.sent;
        }
        height = height.max(place.extent().1);
        rungs.push(place);
    }
    Layout {
        lanes,
        rungs,
        folds,
        height: (height + FOOT).max(LEAST),
    }
}

fn nth(lane: Lane) -> usize {
    match lane {
        Lane::Control => 0,
        Lane::Data => 1,
        Lane::Other => 2,
    }
}

fn lanes(ladder: &Ladder, width: f64) -> Vec<LaneBox> {
    let has = |lane| ladder.rows.iter().any(|row| row.lane == lane);
    let edge = if width < 500.0 { 14.0 } else { 40.0 };
    // Calls that are neither have the whole width for themselves, as long as there is nothing else.
    if has(Lane::Other) && !has(Lane::Control) && !has(Lane::Data) {
        return vec![LaneBox {
            lane: Lane::Other,
            left: edge,
            right: width - edge,
        }];
    }
    let middle = width / 2.0;
    let inner = if width < 500.0 { 8.0 } else { 28.0 };
    let mut lanes = vec![
        LaneBox {
            lane: Lane::Control,
            left: edge,
            right: middle - inner,
        },
        LaneBox {
            lane: Lane::Data,
            left: middle + inner,
            right: width - edge,
        },
    ];
    if has(Lane::Other) {
        lanes.push(LaneBox {
            lane: Lane::Other,
            left: edge,
            right: middle - inner,
        });
    }
    lanes
}

fn place(row: &Rung, ladder: &Ladder, lane: LaneBox, scale: &Scale) -> Place {
    let sent = scale.y(row.sent_at);
    let arrived = row.arrived_at.map_or(sent + SLOPE, |at| scale.y(at));
    let until = match row.shape {
        Shape::Lost => arrived,
        _ => row.until.map_or(arrived, |at| scale.y(at)),
    };
    let rightwards = ladder.hosts.first() == Some(&row.from);
    Place {
        lane: (lane.left, lane.right),
        rightwards,
        sent,
        arrived,
        until,
        label: (sent + arrived) / 2.0 - 5.0,
    }
}

/// From times to places: linear from one fold to the next.
struct Scale {
    /// The time at `top`.
    zero: Instant,
    /// Where the rows since the last fold begin.
    top: f64,
    /// Pixels a microsecond.
    rate: f64,
}

impl Scale {
    fn new(ladder: &Ladder) -> Self {
        let flight = |row: &Rung| Some(row.arrived_at?.since(row.sent_at).as_micros()).filter(|micros| *micros > 0);
        let one_way = ladder.rows.iter().filter_map(flight).min().unwrap_or(20_000);
        Self {
            zero: ladder.rows.first().map_or(Instant::ZERO, |row| row.sent_at),
            top: HEAD + 12.0,
            rate: SLOPE / one_way as f64,
        }
    }

    fn y(&self, at: Instant) -> f64 {
        self.top + at.since(self.zero).as_micros() as f64 * self.rate
    }
}

/// A row's label: the text, cut to what there is room for, and the middle of it. It lies along its arrow, and keeps clear of
/// the corner that the arrow may form with the one before it, at the side of its sender.
pub fn label(text: &str, place: &Place) -> (String, Point) {
    let (left, right) = place.lane;
    let width = right - left;
    let most = (width * 0.74 / LETTER).max(4.0) as usize;
    let letters = text.chars().count();
    let cut = if letters <= most {
        text.to_owned()
    } else {
        text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
    };
    let half = letters.min(most) as f64 * LETTER / 2.0;
    let aside = (half - width * CORNER).max(0.0);
    let aside = if place.rightwards { aside } else { -aside };
    let tilt = (place.arrived - place.sent) / width * if place.rightwards { 1.0 } else { -1.0 };
    let middle = Point {
        x: (left + right) / 2.0 + aside,
        y: place.label + tilt * aside,
    };
    (cut, middle)
}

#[cfg(test)]
mod tests {
    use portolan_link::Gap;
    use portolan_session::event::HostId;

    use super::*;

    fn row(seq: u64, sent: u64, arrived: Option<u64>, lane: Lane) -> Rung {
        Rung {
            seq,
            sent: seq,
            sent_at: Instant::from_micros(sent * 1_000),
            arrived_at: arrived.map(|at| Instant::from_micros(at * 1_000)),
            until: None,
            from: HostId(0),
            to: Some(HostId(2)),
            lane,
            conn: None,
            locked: false,
            inferred: false,
            shape: Shape::Arrow,
            text: String::new(),
            label: String::new(),
        }
    }

    fn ladder(rows: Vec<Rung>, gaps: Vec<Gap>) -> Ladder {
        Ladder {
            hosts: vec![HostId(0), HostId(2)],
            total: rows.len(),
            first: 0,
            rows,
            gaps,
        }
    }

    #[test]
    fn slope_is_latency_and_time_is_linear() {
        let rows = vec![row(0, 0, Some(20), Lane::Control), row(1, 40, Some(80), Lane::Control)];
        let laid = layout(&ladder(rows, vec![]), 600.0);
        let [a, b] = laid.rungs[..] else { panic!("two rows") };
        assert_eq!(a.arrived - a.sent, SLOPE);
        assert_eq!(b.arrived - b.sent, 2.0 * SLOPE);
        assert_eq!(b.sent - a.sent, 2.0 * SLOPE);
    }

    #[test]
    fn a_long_silence_takes_as_much_room_as_any_other() {
        let mut heights = Vec::new();
        for silence in [500, 50_000] {
            let rows = vec![
                row(0, 0, Some(20), Lane::Control),
                row(1, 20 + silence, Some(40 + silence), Lane::Control),
            ];
            let gap = Gap {
                before: 1,
                span: silence.to_string(),
            };
            let laid = layout(&ladder(rows, vec![gap]), 600.0);
            assert_eq!(laid.folds.len(), 1);
            let room = laid.rungs[1].sent - laid.rungs[0].arrived;
            assert!((FOLD..2.0 * FOLD).contains(&room), "{room}");
            assert_eq!(laid.folds[0].1, silence.to_string());
            heights.push(laid.height);
        }
        assert_eq!(heights[0], heights[1]);
    }

    #[test]
    fn labels_of_a_lane_never_overlap_and_nothing_lies_above_what_came_before_it() {
        let rows = vec![
            row(0, 0, Some(20), Lane::Control),
            row(1, 0, Some(20), Lane::Control),
            row(2, 0, Some(20), Lane::Data),
        ];
        let laid = layout(&ladder(rows, vec![]), 600.0);
        let [a, b, c] = laid.rungs[..] else {
            panic!("three rows")
        };
        assert_eq!(b.label - a.label, LABEL);
        assert_eq!(c.sent, b.sent);
        assert!(a.lane.1 < c.lane.0, "control left, data right");
    }

    #[test]
    fn calls_into_the_void_do_not_lie_on_the_folds_between_them() {
        let rows = (0..4).map(|nth| row(nth, nth * 1_000, None, Lane::Data)).collect();
        let gaps = (1..4)
            .map(|before| Gap {
                before,
                span: String::new(),
            })
            .collect();
        let laid = layout(&ladder(rows, gaps), 600.0);
        for ((y, _), pair) in laid.folds.iter().zip(laid.rungs.windows(2)) {
            assert!(
                pair[0].extent().1 <= y - FOLD / 2.0 && pair[1].extent().0 >= y + FOLD / 2.0 - 6.0,
                "{laid:?}"
            );
        }
    }

    #[test]
    fn what_never_arrives_still_has_a_place() {
        let laid = layout(&ladder(vec![row(0, 0, None, Lane::Other)], vec![]), 600.0);
        assert!(laid.height.is_finite() && laid.rungs[0].arrived > laid.rungs[0].sent);
        assert_eq!(layout(&ladder(vec![], vec![]), 600.0).rungs, []);
    }

    #[test]
    fn labels_are_cut_and_keep_clear_of_their_senders_corner() {
        let rows = vec![
            row(0, 0, Some(20), Lane::Control),
            Rung {
                from: HostId(2),
                to: Some(HostId(0)),
                ..row(1, 20, Some(40), Lane::Control)
            },
        ];
        let laid = layout(&ladder(rows, vec![]), 600.0);
        let [there, back] = laid.rungs[..] else {
            panic!("two rows")
        };
        let (left, right) = there.lane;
        let middle = (left + right) / 2.0;
        let (text, at) = label("226", &back);
        assert_eq!(
            (text.as_str(), at),
            (
                "226",
                Point {
                    x: middle,
                    y: back.label
                }
            )
        );
        let long = "227 Entering Passive Mode (203,0,113,10,236,107)";
        let (text, at) = label(long, &back);
        assert!(
            text.ends_with('…') && long.starts_with(text.trim_end_matches('…')),
            "{text}"
        );
        let half = text.chars().count() as f64 * LETTER / 2.0;
        assert!(
            at.x + half < right - (right - left) * 0.15,
            "clear of the server's side"
        );
        assert!(at.x - half >= left, "and within the lane");
        assert!(at.y > back.label, "lower, where the arrow is lower");
        let (_, at) = label(long, &there);
        assert!(at.x - half > left + (right - left) * 0.15 && at.y > there.label);
    }

    #[test]
    fn arrows_against_each_other_keep_more_distance() {
        let rows = vec![
            row(0, 0, Some(20), Lane::Control),
            Rung {
                from: HostId(2),
                to: Some(HostId(0)),
                ..row(1, 1, Some(21), Lane::Control)
            },
        ];
        let laid = layout(&ladder(rows, vec![]), 600.0);
        assert_eq!(laid.rungs[1].label - laid.rungs[0].label, AGAINST);
    }
}
