//! Where things are drawn. Pure functions from views to coordinates, in CSS pixels; they run natively in tests.

pub mod berths;
pub mod chart;
pub mod ladder;
pub mod names;
pub mod rail;

use yew::AttrValue;

/// Where host names end and the rails begin.
pub const RAIL_TOP: f64 = 56.0;

/// Room below the rails.
pub const RAIL_BOTTOM: f64 = 20.0;

/// A point.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Downwards.
    pub y: f64,
}

impl Point {
    /// The point that lies `share` (0 to 1) of the way to `to`.
    pub fn towards(self, to: Self, share: f64) -> Self {
        Self {
            x: self.x + (to.x - self.x) * share,
            y: self.y + (to.y - self.y) * share,
        }
    }
}

/// A coordinate as it stands in an attribute: one digit behind the point is finer than a screen.
pub fn px(value: f64) -> AttrValue {
    put("{}", &[value])
}

/// A form with coordinates in place of its `{}`: `M{} {}h12`. One function for all of them, in whole tenths: what writes
/// floats in full, and what joins texts at each place anew, weighs more than a pane.
#[inline(never)]
pub fn put(form: &str, coordinates: &[f64]) -> AttrValue {
    let mut text = String::new();
    let mut coordinates = coordinates.iter();
    for (nth, piece) in form.split("{}").enumerate() {
        if nth > 0 {
            let value = coordinates.next().copied().unwrap_or_default();
            #[expect(
                clippy::cast_possible_truncation,
                reason = "the cast keeps within bounds that no screen has"
            )]
            let tenths = (value * 10.0).round() as i32;
            if tenths < 0 {
                text.push('-');
            }
            let (whole, tenth) = (tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10);
            text.push_str(&whole.to_string());
            if tenth > 0 {
                text.push('.');
                text.push_str(&tenth.to_string());
            }
        }
        text.push_str(piece);
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_in_tenths() {
        assert_eq!(put("M{} {}h{}v8", &[-0.04, 12.36, -3.0]).as_str(), "M0 12.4h-3v8");
        assert_eq!((px(-0.26).as_str(), px(176.0).as_str()), ("-0.3", "176"));
    }
}
