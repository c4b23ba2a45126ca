//! A log that answers questions.

use portolan_session::lesson;
use portolan_session::log::Log;
use portolan_session::view::{self, Depth, Index, Lens, Overview, Rows};
use portolan_wire::ordered::Set;

use crate::{Answer, Question, Sheet, print};

/// The most rows of a ladder that are handed over at once; Story ladders are far shorter.
pub const LADDER_ROWS: usize = 400;

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
        answer(&self.log, &self.index, question)
    }
}

/// Answers from a log that may still grow, and its index.
#[must_use]
pub fn answer(log: &Log, index: &Index, question: &Question) -> Answer {
    match question {
        Question::Rows { lens, answered, around } => {
            Answer::Rows(Box::new(sheet(log, index, *lens, answered, *around)))
        }
        Question::Stage { moment, eye, answered } => {
            let horizon = index.horizon(log, answered).unwrap_or(0);
            // What is drawn is the same at every depth: only the view's caption differs, which is the rows' affair.
            let lens = Lens {
                depth: Depth::Story,
                eye: *eye,
            };
            let stage = index.stage(log, (*moment).min(horizon), lens);
            Answer::Stage(Box::new(print::stage(stage)))
        }
        Question::Verdict { chapter } => Answer::Verdict {
            chapter: *chapter,
            verdict: lesson::verdict(log, *chapter),
        },
    }
}

fn sheet(log: &Log, index: &Index, lens: Lens, answered: &Set<u16>, around: u64) -> Sheet {
    let horizon = index.horizon(log, answered);
    let limit = horizon.unwrap_or(0);
    let rows = match lens.depth {
        Depth::Story => Rows::All,
        Depth::Packets => Rows::Around {
            seq: around,
            most: LADDER_ROWS,
        },
    };
    let timeline = index.timeline(log, lens, limit);
    // A stage holds every connection so far, in the order of their numbers.
    let stage = index.stage(log, limit, lens);
    Sheet {
        lens,
        private: index.is_private(),
        horizon,
        asks: horizon != log.last(),
        milestones: timeline.milestones.into_iter().map(print::milestone).collect(),
        transcript: index
            .transcript(log, lens.eye, limit)
            .into_iter()
            .map(print::row)
            .collect(),
        ladder: print::ladder(index.ladder(log, lens, rows, limit)),
        purposes: stage.lines.iter().map(|line| line.purpose).collect(),
    }
}
