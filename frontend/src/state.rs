//! The page's state and its one reducer.
//!
//! What the user chose and what the engine told; everything drawn follows from these two. [`reduce`] is pure: what is
//! to be done outside comes back as [`Effect`]s.

mod choice;
mod look;
mod run;
mod told;
mod walk;

#[cfg(test)]
mod tests;

use portolan_link::live::Panel;
use portolan_link::{Milestone, Order, Reply, Request};
use portolan_session::view::{Depth, Eye, Lens};
use portolan_wire::ordered::{Map, Set};

use crate::shared::Shared;
use crate::words;

pub use choice::{Given, Place, Tab, Theme, calls, place_order, port_of};
pub use look::{Drawer, Look};
pub use run::open;
pub use told::{Engine, Told};

use run::{call, enter};
use walk::{answer, ask_rows, move_to, play, read_on, step};

/// The most calls on one page of the first lesson.
pub const MOST_CALLS: usize = 20;

/// Everything the page knows.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// What is run, or will be when the engine is there.
    pub order: Order,
    /// The run's number; replies about others are ignored.
    pub run: u32,
    /// The moment all views stand at.
    pub moment: u64,
    /// Where to go when the run opens; nothing once the page stands there.
    pub aim: Option<Aim>,
    /// How the log is looked at.
    pub lens: Lens,
    /// The questions that were answered or revealed.
    pub answers: Map<u16, Given>,
    /// Whether the story runs by itself.
    pub playing: bool,
    /// How the page looks.
    pub look: Look,
    /// What was wrong with what was typed.
    pub complaint: Option<String>,
    /// The engine.
    pub engine: Engine,
    /// What was told of the run's log.
    pub told: Option<Told>,
    /// What the reader offers, while the page is at the Live tab: then it is the reader who answers.
    pub live: Option<Shared<Panel>>,
}

/// Where to stand when a run opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// At its first milestone.
    Start,
    /// At this moment.
    At(u64),
    /// Where this reply comes first. Questions that hide it are revealed.
    Reply(u16),
    /// Where the last call begins, and on from there.
    LastCall,
    /// At the milestone that is nearest to this moment.
    Near(u64),
}

/// What can happen to the page.
#[derive(Clone, Debug, PartialEq)]
pub enum Msg {
    /// A port is called, as typed.
    Call(String),
    /// Another place is gone to.
    Go(Place, Aim),
    /// The order is changed in place: seed, settings.
    Reorder(Option<u64>, Vec<(String, String)>),
    /// One milestone on.
    Next,
    /// One milestone back.
    Back,
    /// To the first milestone.
    First,
    /// To the last milestone that may be shown.
    Last,
    /// To a moment.
    Seek(u64),
    /// The story runs, or halts.
    Play(bool),
    /// The time to read a caption is over; the number is the moment it was for.
    ReadingDone(u64),
    /// An answer was chosen.
    Answer(usize),
    /// The answer is wanted without one.
    Reveal,
    /// Story or packets.
    Depth(Depth),
    /// Whose eye looks.
    Eye(Eye),
    /// The pointer is over something of this moment.
    Hint(Option<u64>),
    /// Another pane.
    Tab(Tab),
    /// Other colours.
    Theme(Theme),
    /// Single letters as keys.
    Keys(bool),
    /// A drawer comes out or goes away.
    Drawer(Option<Drawer>),
    /// The engine said something.
    Heard(Box<Reply>),
    /// The engine takes more than a moment to start.
    Late,
    /// The recorded session is wanted.
    OpenRecording,
    /// The recorded session is there, and answers from now on.
    Recorded,
    /// The recorded session could not be had.
    NoRecording,
    /// What was typed makes no sense, for this reason.
    Complain(String),
    /// To the Live tab.
    Live,
    /// The reader offers something else.
    Panel(Box<Panel>),
}

/// What is to be done outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Start the engine's worker.
    Start,
    /// Say something to whoever answers: the engine, or the recording.
    Post(Request),
    /// Fetch the recorded session and answer from it.
    FetchRecording,
    /// Come back with [`Msg::ReadingDone`] after so many milliseconds.
    Read {
        /// The moment that is being read.
        moment: u64,
        /// How long that takes.
        millis: u32,
    },
    /// Keep the address bar in step.
    Address,
    /// Keep theme and keys for the next visit.
    Keep,
    /// Tell the reader that the page is at the Live tab, as this run; start it where that is still to be done.
    Enter(u32),
}

impl State {
    /// The page as it is found: the first screen.
    #[must_use]
    pub fn new() -> Self {
        Self {
            order: place_order(Place::Calls),
            run: 0,
            moment: 0,
            aim: None,
            lens: Lens::default(),
            answers: Map::new(),
            playing: false,
            look: Look::default(),
            complaint: None,
            engine: Engine::Asleep,
            told: None,
            live: None,
        }
    }

    /// Whether ports are called here one by one, rather than a plan followed.
    #[must_use]
    pub fn is_calling(&self) -> bool {
        self.order.scenario == "call-a-port" && self.order.actions.is_some()
    }

    /// Whether nothing was run yet.
    #[must_use]
    pub fn is_first_screen(&self) -> bool {
        self.is_calling() && calls(&self.order).next().is_none()
    }

    /// The milestones that may be shown.
    #[must_use]
    pub fn milestones(&self) -> &[Milestone] {
        self.told
            .as_ref()
            .and_then(|told| told.sheet.as_ref())
            .map(|sheet| sheet.milestones.as_slice())
            .unwrap_or_default()
    }

    /// The place of the milestone the page stands at: the last one at the moment or before it.
    #[must_use]
    pub fn here(&self) -> Option<usize> {
        self.milestones()
            .partition_point(|milestone| milestone.seq <= self.moment)
            .checked_sub(1)
    }

    /// The milestone the page stands at.
    #[must_use]
    pub fn milestone(&self) -> Option<&Milestone> {
        self.milestones().get(self.here()?)
    }

    /// The chapter whose question is asked now: the page stands at its stop, and all behind it is hidden.
    #[must_use]
    pub fn asked(&self) -> Option<u16> {
        self.open_question().filter(|_| !self.can_go_on())
    }

    /// The chapter whose question hides what comes after it, wherever the page stands.
    #[must_use]
    pub fn open_question(&self) -> Option<u16> {
        let sheet = self.told.as_ref()?.sheet.as_ref()?;
        let last = self.milestones().last().filter(|_| sheet.asks)?;
        last.chapter
    }

    /// The chapter whose question was answered at this very milestone.
    #[must_use]
    pub fn just_answered(&self) -> Option<u16> {
        self.milestone()?
            .chapter
            .filter(|chapter| self.answers.contains_key(chapter))
    }

    /// Whether there is a milestone further on.
    #[must_use]
    pub fn can_go_on(&self) -> bool {
        self.here().map_or(0, |here| here + 1) < self.milestones().len()
    }

    /// The sentence of the moment.
    #[must_use]
    pub fn sentence(&self) -> Option<&str> {
        self.milestone().map(|milestone| milestone.sentence.as_str())
    }

    /// Whether the two eyes see different things.
    #[must_use]
    pub fn is_private(&self) -> bool {
        let sheet = self.told.as_ref().and_then(|told| told.sheet.as_ref());
        sheet.is_some_and(|sheet| sheet.private)
    }

    fn answered(&self) -> Set<u16> {
        let mut answered = Set::new();
        // One by one: collecting would link a sort, and there are hardly any.
        answered.extend(self.answers.keys().copied());
        answered
    }
}

impl Default for State {
    fn default() -> Self {
        Self::new()
    }
}

/// Looks at the log in another way.
fn look(state: &mut State, lens: Lens) -> Vec<Effect> {
    state.lens = lens;
    state.playing = false;
    let mut effects = ask_rows(state);
    effects.push(Effect::Address);
    effects
}

/// The page after `msg`, and what is to be done outside.
pub fn reduce(state: &mut State, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Call(typed) => call(state, &typed),
        Msg::Go(place, aim) => open(state, place_order(place), aim),
        Msg::Reorder(seed, settings) => {
            let order = Order {
                seed,
                settings,
                ..state.order.clone()
            };
            open(state, order, Aim::Start)
        }
        Msg::Next => step(state, 1),
        Msg::Back => step(state, -1),
        Msg::First => step(state, isize::MIN),
        Msg::Last => step(state, isize::MAX),
        Msg::Seek(moment) => {
            state.playing = false;
            move_to(state, moment)
        }
        Msg::Play(playing) => play(state, playing),
        Msg::ReadingDone(moment) => read_on(state, moment),
        Msg::Answer(choice) => answer(state, Given::Chosen(choice)),
        Msg::Reveal => answer(state, Given::Revealed),
        Msg::Depth(depth) => look(state, Lens { depth, ..state.lens }),
        Msg::Eye(eye) => {
            // What one eye sees as a command is a record to the other, at the same moment or the next.
            state.aim = Some(Aim::Near(state.moment));
            look(state, Lens { eye, ..state.lens })
        }
        Msg::Heard(reply) => told::hear(state, *reply),
        Msg::Live => enter(state),
        Msg::Panel(panel) => {
            if state.live.is_some() {
                if !panel.log {
                    // It was closed, and another has not come.
                    state.told = None;
                }
                state.live = Some(Shared::new(*panel));
            }
            Vec::new()
        }
        Msg::OpenRecording => vec![Effect::FetchRecording],
        Msg::Recorded => {
            state.order = place_order(Place::Scenario("first-file".to_owned()));
            state.lens.eye = Eye::Endpoint;
            state.engine = Engine::Recorded;
            state.run += 1;
            state.told = None;
            state.aim = Some(Aim::Start);
            state.answers.clear();
            vec![Effect::Address]
        }
        Msg::Late => {
            if state.engine == (Engine::Starting { late: false }) {
                state.engine = Engine::Starting { late: true };
            }
            Vec::new()
        }
        Msg::NoRecording => {
            state.complaint = Some(words::NO_RECORDING.to_owned());
            Vec::new()
        }
        Msg::Complain(why) => {
            state.complaint = Some(why);
            state.look.drawer = None;
            Vec::new()
        }
        Msg::Hint(_) | Msg::Tab(_) | Msg::Theme(_) | Msg::Keys(_) | Msg::Drawer(_) => state.look.choose(&msg),
    }
}
