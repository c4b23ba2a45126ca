//! What the page and the engine say to each other, and how a log answers.
//!
//! The page asks ([`Request`]), the engine replies ([`Reply`]); both are JSON texts. What is asked *about* a log
//! ([`Question`]) is answered by [`Book`], wherever it is: in the engine's worker, or in the page itself when it plays a
//! recorded session without an engine.
//!
//! # Rules
//! * Every run has a number of the page's choosing. A reply names its run, and a page ignores replies about runs it has
//!   left. `Open` takes the place of whatever was running.
//! * Nothing behind the horizon is ever in a reply: see [`portolan_session::lesson::horizon`].

use std::collections::BTreeSet;

use portolan_session::lesson::{self, Verdict};
use portolan_session::log::Log;
use portolan_session::view::{self, Depth, Index, Ladder, Overview, Row, Rows, Stage, Timeline};
use portolan_wire::action::Action;
use portolan_wire::report::Purpose;
use serde::{Deserialize, Serialize};

/// The most rows of a ladder that are handed over at once; Story ladders are far shorter.
pub const LADDER_ROWS: usize = 400;

/// What reproduces a simulation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Question {
    /// The rows of all views, up to the horizon.
    Rows {
        /// How much is shown.
        depth: Depth,
        /// The chapters whose questions were answered or revealed.
        answered: BTreeSet<u16>,
        /// The moment around which a long ladder is wanted.
        around: u64,
    },
    /// The picture at a moment.
    Stage {
        /// The moment; one behind the horizon is drawn at the horizon.
        moment: u64,
        /// How much is shown.
        depth: Depth,
        /// The chapters whose questions were answered or revealed.
        answered: BTreeSet<u16>,
    },
    /// Which answers of a chapter's question are right.
    Verdict {
        /// The chapter, from 0.
        chapter: u16,
    },
}

/// What the engine replies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// The rows of all views, up to one horizon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// How much is shown.
    pub depth: Depth,
    /// The last event that may be shown; nothing in an empty log.
    pub horizon: Option<u64>,
    /// Whether the horizon is a question's stop rather than the log's end.
    pub asks: bool,
    /// The moments to step through.
    pub timeline: Timeline,
    /// The conversation.
    pub transcript: Vec<Row>,
    /// What was sent when.
    pub ladder: Ladder,
    /// What the connections that began by then are for, by number.
    pub purposes: Vec<Purpose>,
}

/// A log that answers questions.
#[derive(Clone, Debug)]
pub struct Book {
    log: Log,
    index: Index,
}

impl Book {
    /// Opens a log that is complete.
    #[must_use]
    pub fn open(log: Log) -> Self {
        let mut index = Index::new();
        index.catch_up(&log);
        Self { log, index }
    }

    /// What is known before anything happens.
    #[must_use]
    pub fn overview(&self) -> Overview {
        view::overview(self.log.header())
    }

    /// The log.
    #[must_use]
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// Answers.
    #[must_use]
    pub fn answer(&self, question: &Question) -> Answer {
        match question {
            Question::Rows {
                depth,
                answered,
                around,
            } => Answer::Rows(Box::new(self.sheet(*depth, answered, *around))),
            Question::Stage {
                moment,
                depth,
                answered,
            } => {
                let horizon = lesson::horizon(&self.log, answered).unwrap_or(0);
                Answer::Stage(Box::new(self.index.stage(&self.log, (*moment).min(horizon), *depth)))
            }
            Question::Verdict { chapter } => Answer::Verdict {
                chapter: *chapter,
                verdict: lesson::verdict(&self.log, *chapter),
            },
        }
    }

    fn sheet(&self, depth: Depth, answered: &BTreeSet<u16>, around: u64) -> Sheet {
        let horizon = lesson::horizon(&self.log, answered);
        let limit = horizon.unwrap_or(0);
        let rows = match depth {
            Depth::Story => Rows::All,
            Depth::Packets => Rows::Around {
                seq: around,
                most: LADDER_ROWS,
            },
        };
        Sheet {
            depth,
            horizon,
            asks: horizon != self.log.last(),
            timeline: view::timeline(&self.log, depth, limit),
            transcript: view::transcript(&self.log, limit),
            ladder: view::ladder(&self.log, depth, rows, limit),
            purposes: purposes(&self.index.stage(&self.log, limit, depth)),
        }
    }
}

/// A stage holds every connection so far, in the order of their numbers.
fn purposes(stage: &Stage) -> Vec<Purpose> {
    stage.lines.iter().map(|line| line.purpose).collect()
}
