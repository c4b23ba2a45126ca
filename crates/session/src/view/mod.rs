//! What the pictures draw: plain data, each a pure function of (log, moment, depth, eye).
//!
//! A view holds numbers, addresses and typed facts, never sentences: the words are in one catalogue of messages
//! and can be exchanged. Nothing here knows where the log came from, but for [`Overview`], which
//! says so. All types have [plain bytes](portolan_wire::plain), because an engine in another thread hands them over.
//!
//! # Moments and horizon
//! A *moment* is a sequence number: the picture after that event. A *horizon* is the last event that may be shown at
//! all (a question's stop, or the log's end). Functions that return rows take it and
//! return nothing behind it; a stage looks at nothing behind its moment.
//!
//! # Cost
//! [`timeline`], [`transcript`] and the Story [`ladder`] read the log once up to the horizon, [`stage`] up to its
//! moment. For a long log ask an [`Index`]: it keeps states at checkpoints, and what it has found up to the log's end.

mod caption;
mod eye;
mod gist;
mod index;
mod ladder;
mod overview;
mod packet_rungs;
mod rungs;
mod security;
mod stage;
mod timeline;
mod transcript;

pub use caption::{Call, Caption, Gist, PacketFate, Problem, Remark, Request, Who};
pub use eye::{Carries, Eye, Glimpse, Lens};
pub use index::Index;
pub use ladder::{Gap, Ladder, Lane, Rows, Rung, What, ladder};
pub use overview::{ChapterView, HostCard, LinkCard, Overview, Provenance, QuestionView, overview};
pub use security::{CertificateText, CertificateView, Fault, Insecurity, Security, certificate};
pub use stage::{Berth, Content, End, HostView, Line, LineState, Moving, Stage, stage};
pub use timeline::{Milestone, Timeline, timeline};
pub use transcript::{Row, Said, Speaker, transcript};

use portolan_wire::plain::Plain;

/// How much is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Plain)]
pub enum Depth {
    /// What a learner steps through: handshakes are one step, acknowledgements are hidden, bulk data is one bar.
    #[default]
    Story,
    /// Every packet.
    Packets,
}

#[cfg(test)]
mod more_tests;
#[cfg(test)]
mod security_tests;
#[cfg(test)]
mod tests;
