//! Where things are drawn. Pure functions from views to coordinates, in CSS pixels; they run natively in tests.

pub mod berths;
pub mod chart;
pub mod ladder;
pub mod names;
pub mod rail;

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

/// A coordinate as it stands in an attribute: one digit behind the point is finer than a screen. In whole tenths, for what
/// writes floats in full weighs more than a pane.
pub fn px(value: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a cast keeps within the bounds, and no screen has so many pixels"
    )]
    let tenths = (value * 10.0).round() as i32;
    let (sign, tenths) = (if tenths < 0 { "-" } else { "" }, tenths.unsigned_abs());
    match (tenths / 10, tenths % 10) {
        (whole, 0) => format!("{sign}{whole}"),
        (whole, tenth) => format!("{sign}{whole}.{tenth}"),
    }
}
