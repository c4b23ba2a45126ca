//! A recorded session that answers where there is no engine.

use std::collections::BTreeSet;

use portolan_session::lesson::{self, Verdict};
use portolan_session::view::{Depth, Overview, Stage};
use serde::{Deserialize, Serialize};

use crate::{Answer, Book, LADDER_ROWS, Question, Sheet};

/// Every answer that a [`Book`] can give, worked out beforehand: for a short log only, whose ladder of packets is handed
/// over in one piece.
///
/// It is a file beside the page rather than a log and what it takes to read one: that would be as much WebAssembly again
/// as all the rest of the page, for nothing wherever the engine starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recording {
    overview: Overview,
    /// The chapters that ask, in their order.
    asking: Vec<u16>,
    /// What is said to their questions.
    verdicts: Vec<(u16, Verdict)>,
    story: Told,
    packets: Told,
}

/// What is told at one depth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Told {
    /// Up to each question's stop, and up to the log's end.
    sheets: Vec<Sheet>,
    /// At every moment.
    stages: Vec<Stage>,
}

impl Recording {
    /// Asks a book everything; nothing comes of it if the book's log is empty, or too long to be recorded.
    #[must_use]
    pub fn of(book: &Book) -> Option<Self> {
        let asking = asking(book);
        let verdict = |chapter: &u16| Some((*chapter, lesson::verdict(book.log(), *chapter)?));
        Some(Self {
            overview: book.overview(),
            verdicts: asking.iter().filter_map(verdict).collect(),
            story: Told::of(book, Depth::Story, &asking)?,
            packets: Told::of(book, Depth::Packets, &asking)?,
            asking,
        })
    }

    /// What is known before anything happens.
    #[must_use]
    pub const fn overview(&self) -> &Overview {
        &self.overview
    }

    /// Answers as the book would; nothing only from bytes that no book has written.
    #[must_use]
    pub fn answer(&self, question: &Question) -> Option<Answer> {
        match question {
            Question::Rows { depth, answered, .. } => {
                let sheet = self.told(*depth).sheets.get(self.reach(answered))?;
                Some(Answer::Rows(Box::new(sheet.clone())))
            }
            Question::Stage {
                moment,
                depth,
                answered,
            } => {
                let told = self.told(*depth);
                let horizon = told.sheets.get(self.reach(answered))?.horizon.unwrap_or(0);
                let moment = usize::try_from(horizon.min(*moment)).ok()?;
                Some(Answer::Stage(Box::new(told.stages.get(moment)?.clone())))
            }
            Question::Verdict { chapter } => {
                let found = self.verdicts.iter().find(|(known, _)| known == chapter);
                Some(Answer::Verdict {
                    chapter: *chapter,
                    verdict: found.map(|(_, verdict)| verdict.clone()),
                })
            }
        }
    }

    const fn told(&self, depth: Depth) -> &Told {
        match depth {
            Depth::Story => &self.story,
            Depth::Packets => &self.packets,
        }
    }

    /// How many questions' stops are passed.
    fn reach(&self, answered: &BTreeSet<u16>) -> usize {
        let open = self.asking.iter().position(|chapter| !answered.contains(chapter));
        open.unwrap_or(self.asking.len())
    }
}

impl Told {
    fn of(book: &Book, depth: Depth, asking: &[u16]) -> Option<Self> {
        let mut answered = BTreeSet::new();
        let mut sheets = vec![sheet(book, depth, &answered)?];
        for chapter in asking {
            answered.insert(*chapter);
            sheets.push(sheet(book, depth, &answered)?);
        }
        let last = book.log().last()?;
        let stage = |moment| match book.answer(&Question::Stage {
            moment,
            depth,
            answered: answered.clone(),
        }) {
            Answer::Stage(stage) => Some(*stage),
            _ => None,
        };
        let stages = (0..=last).map(stage).collect::<Option<_>>()?;
        Some(Self { sheets, stages })
    }
}

fn asking(book: &Book) -> Vec<u16> {
    let chapters = book.overview().chapters;
    let asks = |number: u16| {
        let chapter = chapters.get(usize::from(number));
        chapter.is_some_and(|chapter| chapter.question.is_some())
    };
    lesson::resolve(book.log())
        .into_iter()
        .map(|(_, number)| number)
        .filter(|number| asks(*number))
        .collect()
}

fn sheet(book: &Book, depth: Depth, answered: &BTreeSet<u16>) -> Option<Sheet> {
    let question = Question::Rows {
        depth,
        answered: answered.clone(),
        around: 0,
    };
    match book.answer(&question) {
        Answer::Rows(sheet) if sheet.ladder.total <= LADDER_ROWS => Some(*sheet),
        _ => None,
    }
}
