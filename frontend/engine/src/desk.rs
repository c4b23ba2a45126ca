//! What the engine does, without a browser: one run at a time, in slices.

use portolan_link::{Book, Order, Question, Reply, Request};
use portolan_scenario::{Advance, Run, Settings, built_in};

/// Events of the simulated network in one slice: some milliseconds, so that a newer order is heard soon.
const SLICE: u32 = 20_000;

/// The one run that is under way or done.
#[derive(Default)]
pub struct Desk {
    now: Now,
}

#[derive(Default)]
enum Now {
    #[default]
    Nothing,
    /// The run's number, and how far it is.
    Running(u32, Box<Run>),
    /// The run's number, and its log.
    Done(u32, Box<Book>),
}

/// What came of a request or a turn.
#[derive(Default)]
pub struct Work {
    /// To be said to the page, in order.
    pub replies: Vec<Reply>,
    /// Whether another turn is wanted.
    pub more: bool,
}

impl Desk {
    /// Takes a request.
    pub fn take(&mut self, request: Request) -> Work {
        match request {
            Request::Open { run, order } => self.open(run, &order),
            Request::Ask { run, question } => self.ask(run, &question),
        }
    }

    /// Goes on with the run, for one slice.
    pub fn turn(&mut self) -> Work {
        let (number, mut run) = match core::mem::take(&mut self.now) {
            Now::Running(number, run) => (number, run),
            // A turn that was asked for by a run whose place another has taken.
            other => {
                self.now = other;
                return Work::default();
            }
        };
        match run.advance(SLICE) {
            Advance::More => {
                let events = run.log().events().len() as u64;
                self.now = Now::Running(number, run);
                Work {
                    replies: vec![Reply::Running { run: number, events }],
                    more: true,
                }
            }
            Advance::Ended => {
                let book = Book::open(run.into_log());
                let overview = book.overview();
                self.now = Now::Done(number, Box::new(book));
                Work::say(Reply::Opened { run: number, overview })
            }
        }
    }

    fn open(&mut self, number: u32, order: &Order) -> Work {
        let was_running = matches!(self.now, Now::Running(..));
        match begin(order) {
            Ok(run) => {
                self.now = Now::Running(number, Box::new(run));
                Work {
                    replies: Vec::new(),
                    // The turns of the run whose place this one takes go on for it.
                    more: !was_running,
                }
            }
            Err(why) => {
                self.now = Now::Nothing;
                Work::say(Reply::Refused { run: number, why })
            }
        }
    }

    fn ask(&self, number: u32, question: &Question) -> Work {
        match &self.now {
            Now::Done(run, book) if *run == number => Work::say(Reply::Told {
                run: number,
                answer: book.answer(question),
            }),
            // About a run that was left: the page ignores it too.
            _ => Work::default(),
        }
    }
}

impl Work {
    fn say(reply: Reply) -> Self {
        Self {
            replies: vec![reply],
            more: false,
        }
    }
}

fn begin(order: &Order) -> Result<Run, String> {
    let scenario = built_in(&order.scenario).ok_or_else(|| format!("There is no scenario \"{}\".", order.scenario))?;
    let pairs = order.settings.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    let settings = Settings::read(pairs).map_err(|error| error.to_string())?;
    let order = portolan_scenario::Order {
        seed: order.seed,
        settings,
        actions: order.actions.clone(),
    };
    Run::new(scenario, &order).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
