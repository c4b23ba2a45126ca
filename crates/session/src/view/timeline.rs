//! The timeline: the moments that Next and Back step through.

use portolan_wire::Instant;
use serde::{Deserialize, Serialize};

use super::Caption;

/// Milestones in their order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline {
    /// The last event's sequence number, at most the horizon; nothing in an empty log.
    pub end: Option<u64>,
    /// When that event happened.
    pub end_at: Instant,
    /// The milestones, each at another moment.
    pub milestones: Vec<Milestone>,
}

/// A moment worth a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Milestone {
    /// The moment.
    pub seq: u64,
    /// When that is.
    pub at: Instant,
    /// What happens.
    pub caption: Caption,
    /// The lesson's chapter that begins here, from 0.
    pub chapter: Option<u16>,
    /// Whether autoplay halts here.
    pub stop: bool,
}
