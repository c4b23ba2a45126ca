//! Berths: labels beside the rail, in port order, each as near to its true place as its neighbours allow.

/// The centres of labels of height `size` that would like to be at `wanted` (in order), between `top` and `bottom`.
///
/// Neighbours that would overlap stand side by side around the mean of their wishes, so that the sum of squared
/// distances is least. Where there are too many, they are squeezed evenly.
pub fn spread(wanted: &[f64], size: f64, top: f64, bottom: f64) -> Vec<f64> {
    let room = (bottom - top).max(0.0);
    let count = wanted.len();
    if count == 0 {
        return Vec::new();
    }
    if size * count as f64 >= room {
        let step = room / count as f64;
        return (0..count).map(|nth| top + step * (nth as f64 + 0.5)).collect();
    }
    // Runs of labels that touch: their mean wish for the first one, and how many they are.
    let mut runs: Vec<(f64, usize)> = Vec::new();
    for (nth, wish) in wanted.iter().enumerate() {
        let _ = nth;
        let mut run = (*wish, 1_usize);
        while let Some((first, length)) = runs.last().copied() {
            let start = clamp(first, length, size, top, bottom);
            if start + size * length as f64 <= clamp(run.0, run.1, size, top, bottom) {
                break;
            }
            runs.pop();
            let (a, b) = (length as f64, run.1 as f64);
            run = ((first * a + (run.0 - size * a) * b) / (a + b), length + run.1);
        }
        runs.push(run);
    }
    let mut centres = Vec::with_capacity(count);
    for (first, length) in runs {
        let start = clamp(first, length, size, top, bottom);
        centres.extend((0..length).map(|nth| start + size * nth as f64));
    }
    centres
}

/// The first centre of a run, kept so that the whole run fits.
fn clamp(first: f64, length: usize, size: f64, top: f64, bottom: f64) -> f64 {
    let lowest = bottom - size * (length as f64 - 0.5);
    first.min(lowest).max(top + size / 2.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn who_has_room_stands_where_they_wish() {
        assert_eq!(spread(&[50.0, 100.0], 30.0, 0.0, 200.0), [50.0, 100.0]);
    }

    #[test]
    fn who_overlaps_moves_apart_evenly() {
        assert_eq!(spread(&[99.0, 101.0], 30.0, 0.0, 200.0), [85.0, 115.0]);
        assert_eq!(spread(&[1.0, 2.0], 30.0, 0.0, 200.0), [15.0, 45.0]);
        assert_eq!(spread(&[199.0, 200.0], 30.0, 0.0, 200.0), [155.0, 185.0]);
    }

    #[test]
    fn too_many_are_squeezed() {
        assert_eq!(spread(&[0.0; 4], 30.0, 0.0, 80.0), [10.0, 30.0, 50.0, 70.0]);
    }

    proptest! {
        #[test]
        fn nobody_overlaps_and_nobody_leaves(mut wanted in proptest::collection::vec(-50.0..350.0_f64, 0..10)) {
            wanted.sort_by(f64::total_cmp);
            let centres = spread(&wanted, 28.0, 0.0, 300.0);
            prop_assert_eq!(centres.len(), wanted.len());
            prop_assert!(centres.windows(2).all(|pair| pair[1] - pair[0] >= 28.0 - 1e-6));
            prop_assert!(centres.iter().all(|centre| (14.0 - 1e-6..=286.0 + 1e-6).contains(centre)));
        }
    }
}
