//! The ladder's time axis: linear inside bursts, gaps folded, no two rows on one line.

use portolan_session::view::Ladder;

/// From one row's start to the next one's, at the least.
pub const PITCH: f64 = 26.0;

/// The height of a folded gap, besides the row's pitch.
pub const FOLD: f64 = 24.0;

/// The least and the most that a row slopes: a latency too short to see, and one that would fill the picture.
const SLOPE: (f64, f64) = (3.0, 60.0);

/// Pixels for a millisecond.
const SCALE: f64 = 1.0;

/// A row's place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Where it is sent.
    pub top: f64,
    /// Where it arrives; as far as it comes, where it does not.
    pub bottom: f64,
    /// The fold above it: where it begins, and how long nothing happened, in microseconds.
    pub fold: Option<(f64, u64)>,
}

/// The rows' places and the whole height. Rows begin under `head`.
#[must_use]
pub fn lay_out(ladder: &Ladder, head: f64) -> (Vec<Place>, f64) {
    let mut places: Vec<Place> = Vec::with_capacity(ladder.rows.len());
    let mut before: Option<u64> = None;
    let mut top = head;
    for (number, row) in ladder.rows.iter().enumerate() {
        let sent = row.sent_at.as_micros();
        let gap = ladder.gaps.iter().find(|gap| gap.before == ladder.first + number);
        let fold = gap.map(|gap| (top + PITCH - 4.0, gap.span.as_micros()));
        if let Some(before) = before {
            top += match gap {
                Some(_) => PITCH + FOLD,
                None => pixels(sent.saturating_sub(before)).max(PITCH),
            };
        }
        let took = row.arrived_at.map(|at| pixels(at.since(row.sent_at).as_micros()));
        let slope = took.unwrap_or(SLOPE.0 * 4.0).clamp(SLOPE.0, SLOPE.1);
        places.push(Place {
            top,
            bottom: top + slope,
            fold,
        });
        before = Some(sent);
    }
    let end = places.iter().map(|place| place.bottom).fold(head, f64::max);
    (places, end + PITCH)
}

fn pixels(micros: u64) -> f64 {
    // Half a minute is far beyond what is drawn to scale.
    let micros = u32::try_from(micros.min(30_000_000)).unwrap_or(30_000_000);
    f64::from(micros) / 1_000.0 * SCALE
}

#[cfg(test)]
mod tests {
    use portolan_session::event::{Evidence, HostId};
    use portolan_session::view::{Gap, Lane, Rung, What};
    use portolan_wire::{Duration, Instant};

    use super::*;

    fn rung(sent: u64, arrived: Option<u64>) -> Rung {
        Rung {
            seq: sent,
            sent,
            sent_at: Instant::from_micros(sent),
            arrived_at: arrived.map(Instant::from_micros),
            until: None,
            from: HostId(0),
            to: Some(HostId(1)),
            lane: Lane::Control,
            conn: None,
            evidence: Evidence::Observed,
            what: What::Closes,
        }
    }

    #[test]
    fn slope_is_latency_and_rows_never_share_a_line() {
        let ladder = Ladder {
            hosts: vec![HostId(0), HostId(1)],
            total: 4,
            first: 0,
            rows: vec![
                rung(0, Some(20_000)),
                rung(1_000, Some(41_000)),
                rung(90_000, Some(110_000)),
                rung(3_000_000, None),
            ],
            gaps: vec![Gap {
                before: 3,
                span: Duration::from_micros(2_890_000),
            }],
        };
        let (places, height) = lay_out(&ladder, 40.0);
        assert!((places[0].bottom - places[0].top - 20.0).abs() < 1e-9);
        assert!((places[1].bottom - places[1].top - 40.0).abs() < 1e-9);
        assert!(places[1].top - places[0].top >= PITCH);
        assert!(
            (places[2].top - places[1].top - 89.0).abs() < 1e-9,
            "linear inside a burst"
        );
        assert!(
            (places[3].top - places[2].top - PITCH - FOLD).abs() < 1e-9,
            "a gap is folded"
        );
        assert_eq!(places[3].fold.map(|fold| fold.1), Some(2_890_000));
        assert!(height > places[3].bottom);
    }
}
