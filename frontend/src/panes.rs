//! Everything around the chart: properties in, HTML and callbacks out.
//!
//! A pane is a component if it has something of its own to keep, as a size or what is typed, or much to draw anew. Each
//! costs a visitor one or two kilobytes, so the others are drawn by a function of what they show.

mod call;
mod caption;
mod console;
mod drawer;
mod header;
mod ladder;
mod settings;
mod timeline;
mod transcript;

pub use call::{CallPane, StepsPane, TRIES, go, skip};
pub use caption::CaptionPane;
pub use console::{ConsolePane, offers};
pub use drawer::DrawerPane;
pub use header::{Header, depth_switch, eye_switch};
pub use ladder::LadderPane;
pub use timeline::TimelinePane;
pub use transcript::TranscriptPane;

use portolan_session::view::Lane;
use portolan_wire::Instant;

/// The colour class of a lane.
const fn lane(lane: Lane) -> &'static str {
    match lane {
        Lane::Control => "control",
        Lane::Data => "data",
        Lane::Other => "other",
    }
}

/// Seconds with three digits.
fn clock(at: Instant) -> String {
    let micros = at.as_micros();
    format!("{}.{:03}", micros / 1_000_000, micros / 1_000 % 1_000)
}
