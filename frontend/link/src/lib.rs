//! What the page and the engine say to each other, and how a log answers. What it and the reader say: [`live`].
//!
//! The page asks ([`Request`]), the engine replies ([`Reply`]); both cross as [plain bytes](portolan_wire::plain). What is asked
//! *about* a log ([`Question`]) is answered by [`Book`] in the engine's worker. Where there is no engine, a [`Recording`]
//! answers: a table of a book's answers, so that the page holds nothing that reads logs. Answers are printed: a [`Sheet`] and
//! a [`Stage`] hold sentences, and of what happened no more facts than are drawn.
//!
//! # Rules
//! * Every run has a number of the page's choosing. A reply names its run, and a page ignores replies about runs it has
//!   left. `Open` takes the place of whatever was running.
//! * Page and engine are of one build: the bytes name neither fields nor versions.
//! * Nothing behind the horizon is ever in a reply: see [`portolan_session::lesson::horizon`].

mod book;
pub mod live;
mod print;
mod recording;
mod sheet;
#[cfg(test)]
mod tests;

use portolan_session::lesson::Verdict;
use portolan_session::view::{Eye, Lens, Overview};
use portolan_wire::action::Action;
use portolan_wire::ordered::Set;
use portolan_wire::plain::Plain;

pub use book::{Book, LADDER_ROWS, answer};
pub use portolan_wire::plain::{read, write};
pub use recording::Recording;
pub use sheet::{Gap, Ladder, Line, Milestone, Row, Rung, Said, Shape, Sheet, Stage};

/// What is said of bytes that are no message of the other side's.
pub const GARBLED: &str = "page and engine are not of one build";

/// What reproduces a simulation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Plain)]
pub struct Order {
    /// The scenario's name in the catalogue.
    pub scenario: String,
    /// The seed; without one, the scenario's own.
    pub seed: Option<u64>,
    /// Settings that differ from the scenario's own, by name.
    pub settings: Vec<(String, String)>,
    /// What the client does instead of the scenario's plan.
    pub actions: Option<Vec<Action>>,
}

/// What the page asks of the engine.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub enum Request {
    /// Run a scenario to its end.
    Open {
        /// The run's number.
        run: u32,
        /// What to run.
        order: Order,
    },
    /// Something about the run's log.
    Ask {
        /// The run's number.
        run: u32,
        /// What.
        question: Question,
    },
}

/// Something one can ask about a log.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub enum Question {
    /// The rows of all views, up to the horizon.
    Rows {
        /// How it is looked at.
        lens: Lens,
        /// The chapters whose questions were answered or revealed.
        answered: Set<u16>,
        /// The moment around which a long ladder is wanted.
        around: u64,
    },
    /// The picture at a moment.
    Stage {
        /// The moment; one behind the horizon is drawn at the horizon.
        moment: u64,
        /// Whose eye looks.
        eye: Eye,
        /// The chapters whose questions were answered or revealed.
        answered: Set<u16>,
    },
    /// Which answers of a chapter's question are right.
    Verdict {
        /// The chapter, from 0.
        chapter: u16,
    },
}

/// What the engine replies.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub enum Reply {
    /// The engine is there.
    Ready,
    /// A run goes on; it has recorded so many events.
    Running {
        /// The run's number.
        run: u32,
        /// Events so far.
        events: u64,
    },
    /// A run is over, and its log can be asked about.
    Opened {
        /// The run's number.
        run: u32,
        /// What is known before anything happens.
        overview: Overview,
    },
    /// An answer about a run's log.
    Told {
        /// The run's number.
        run: u32,
        /// The answer.
        answer: Answer,
    },
    /// A run could not begin, or a question makes no sense.
    Refused {
        /// The run's number.
        run: u32,
        /// Why, in a sentence.
        why: String,
    },
    /// The engine could not start, or fell over.
    Broken {
        /// Why, for whoever looks for the cause.
        why: String,
    },
}

/// The answer to a [`Question`].
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub enum Answer {
    /// To [`Question::Rows`].
    Rows(Box<Sheet>),
    /// To [`Question::Stage`].
    Stage(Box<Stage>),
    /// To [`Question::Verdict`]; nothing if that chapter asks nothing.
    Verdict {
        /// The chapter, from 0.
        chapter: u16,
        /// The truth.
        verdict: Option<Verdict>,
    },
}
