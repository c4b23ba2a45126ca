//! A recorded session that answers where there is no engine.

use portolan_session::lesson;
use portolan_session::view::{Depth, Eye, Overview};
use portolan_wire::ordered::Set;
use portolan_wire::plain::Plain;

use crate::{Answer, Book, LADDER_ROWS, Question, read, write};

/// Every answer that a [`Book`] can give, worked out beforehand: for a short log only, whose ladder of packets is handed
/// over in one piece. For the endpoints' eye: a session under TLS is none to record.
///
/// It is a file beside the page rather than a log and what it takes to read one: that would be as much WebAssembly again
/// as all the rest of the page, for nothing wherever the engine starts. Answers are kept as the bytes that an engine
/// would have sent, so that the page reads them with what it reads an engine with.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub struct Recording {
    overview: Overview,
    /// The chapters that ask, in their order.
    asking: Vec<u16>,
    /// What is said to their questions.
    verdicts: Vec<Bytes>,
    /// The last event that may be shown, up to each question's stop and up to the log's end.
    horizons: Vec<u64>,
    /// The rows up to each horizon, at each depth.
    sheets: Vec<(Depth, Vec<Bytes>)>,
    /// The picture at every moment.
    stages: Vec<Bytes>,
}

/// An [`Answer`] as [`write()`] makes it.
type Bytes = Vec<u8>;

impl Recording {
    /// Asks a book everything; nothing comes of it if the book's log is empty, or too long to be recorded.
    #[must_use]
    pub fn of(book: &Book) -> Option<Self> {
        let last = book.log().last()?;
        let asking = asking(book);
        let reaches: Vec<Set<u16>> = (0..=asking.len())
            .map(|passed| asking.iter().take(passed).copied().collect())
            .collect();
        let horizon = |answered| lesson::horizon(book.log(), answered);
        let verdict = |chapter: &u16| write(&book.answer(&Question::Verdict { chapter: *chapter }));
        Some(Self {
            overview: book.overview(),
            verdicts: asking.iter().map(verdict).collect(),
            horizons: reaches.iter().map(horizon).collect::<Option<_>>()?,
            sheets: [Depth::Story, Depth::Packets]
                .into_iter()
                .map(|depth| Some((depth, sheets(book, depth, &reaches)?)))
                .collect::<Option<_>>()?,
            stages: stages(book, reaches.last()?, last),
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
        let bytes = match question {
            Question::Rows { lens, answered, .. } => {
                let (_, sheets) = self.sheets.iter().find(|(known, _)| *known == lens.depth)?;
                sheets.get(self.reach(answered))?
            }
            Question::Stage {
                moment,
                answered,
                eye: _,
            } => {
                let horizon = *self.horizons.get(self.reach(answered))?;
                let moment = usize::try_from(horizon.min(*moment)).ok()?;
                self.stages.get(moment)?
            }
            Question::Verdict { chapter } => match self.asking.iter().position(|asking| asking == chapter) {
                Some(nth) => self.verdicts.get(nth)?,
                None => {
                    return Some(Answer::Verdict {
                        chapter: *chapter,
                        verdict: None,
                    });
                }
            },
        };
        read(bytes)
    }

    /// How many questions' stops are passed.
    fn reach(&self, answered: &Set<u16>) -> usize {
        let open = self.asking.iter().position(|chapter| !answered.contains(chapter));
        open.unwrap_or(self.asking.len())
    }
}

/// The rows up to the stops that each of the `reaches`, sets of answered questions, leaves open.
fn sheets(book: &Book, depth: Depth, reaches: &[Set<u16>]) -> Option<Vec<Bytes>> {
    let sheet = |answered: &Set<u16>| {
        let question = Question::Rows {
            lens: depth.into(),
            answered: answered.clone(),
            around: 0,
        };
        match book.answer(&question) {
            Answer::Rows(sheet) if sheet.ladder.total > LADDER_ROWS => None,
            answer => Some(write(&answer)),
        }
    };
    reaches.iter().map(sheet).collect()
}

/// The pictures up to the `last` event, where `all` questions are answered.
fn stages(book: &Book, all: &Set<u16>, last: u64) -> Vec<Bytes> {
    let stage = |moment| {
        let answered = all.clone();
        let eye = Eye::Endpoint;
        write(&book.answer(&Question::Stage { moment, eye, answered }))
    };
    (0..=last).map(stage).collect()
}

/// The chapters that begin and ask, in their order.
fn asking(book: &Book) -> Vec<u16> {
    let chapters = book.overview().chapters;
    let asks = |number: &u16| {
        let chapter = chapters.get(usize::from(*number));
        chapter.is_some_and(|chapter| chapter.question.is_some())
    };
    let found = lesson::resolve(book.log()).into_iter();
    found.map(|(_, number)| number).filter(asks).collect()
}
