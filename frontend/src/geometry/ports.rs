//! The port rail and its berths.
//!
//! The rail is piecewise linear, low ports on top: 0-1023 takes 30 % of it, 1024-49151 25 %, 49152-65535 45 %. So the
//! well-known ports and the dynamic ones, where nearly everything happens, have room; the breaks are drawn.

/// The rail's breaks: the first port of each part, and where on the rail it begins.
pub const PARTS: [(u32, f64); 4] = [(0, 0.0), (1_024, 0.30), (49_152, 0.55), (65_536, 1.0)];

/// The height of a berth's chip.
pub const BERTH: f64 = 28.0;

/// From one chip's top to the next one's, at the least.
pub const PITCH: f64 = BERTH + 4.0;

/// Where on a rail a port is, from 0 (top) to 1.
#[must_use]
pub fn on_rail(port: u16) -> f64 {
    let port = u32::from(port);
    let [mut from, ..] = PARTS;
    for to in PARTS.into_iter().skip(1) {
        if port < to.0 {
            let share = f64::from(port - from.0) / f64::from(to.0 - from.0);
            return from.1 + share * (to.1 - from.1);
        }
        from = to;
    }
    1.0
}

/// Tops of chips: each as near to its wish as the others allow, in the order of the wishes, none over another, none
/// outside `low..high` (the last may stand at `high - BERTH`). Where there is no room for all at the usual distance,
/// they overlap evenly.
#[must_use]
pub fn moor(wishes: &[f64], low: f64, high: f64) -> Vec<f64> {
    let room = (high - low - BERTH).max(0.0);
    let gaps = wishes.len().saturating_sub(1);
    #[expect(clippy::cast_precision_loss, reason = "a host has a handful of berths")]
    let pitch = if gaps == 0 {
        PITCH
    } else {
        PITCH.min(room / gaps as f64)
    };
    let mut tops = Vec::with_capacity(wishes.len());
    let mut next = low;
    for wish in wishes {
        let top = (wish - BERTH / 2.0).max(next);
        tops.push(top);
        next = top + pitch;
    }
    // What was pushed over the end is pushed back, and whatever stands in its way with it.
    let mut most = low + room;
    for top in tops.iter_mut().rev() {
        *top = top.min(most);
        most = *top - pitch;
    }
    tops
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rail_has_the_parts_of_the_chart() {
        assert!((on_rail(0) - 0.0).abs() < 1e-9);
        assert!((on_rail(1_024) - 0.30).abs() < 1e-9);
        assert!((on_rail(49_152) - 0.55).abs() < 1e-9);
        assert!(on_rail(65_535) < 1.0 && on_rail(65_535) > 0.999);
        assert!((0..65_535).all(|port| on_rail(port) < on_rail(port + 1)));
    }

    #[test]
    fn chips_keep_their_order_and_stay_on_the_coast() {
        let wishes = [50.0, 51.0, 52.0, 299.0, 300.0];
        let tops = moor(&wishes, 40.0, 300.0);
        for pair in tops.windows(2) {
            assert!(pair[1] - pair[0] >= PITCH - 1e-9, "{tops:?}");
        }
        assert!(tops[0] >= 40.0 && tops[4] + BERTH <= 300.0 + 1e-9, "{tops:?}");
        let lone = moor(&[100.0], 0.0, 300.0);
        assert!((lone[0] - 86.0).abs() < 1e-9);
    }

    #[test]
    fn too_many_chips_overlap_rather_than_leave() {
        let wishes: Vec<f64> = (0..40).map(|n| f64::from(n) * 5.0).collect();
        let tops = moor(&wishes, 0.0, 200.0);
        assert!(tops.iter().all(|top| (-1e-9..=172.0 + 1e-9).contains(top)), "{tops:?}");
        assert!(tops.windows(2).all(|pair| pair[0] <= pair[1] + 1e-9));
    }
}
