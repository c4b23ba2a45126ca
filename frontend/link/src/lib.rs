//! What the page and its engine say to each other, and how a session log answers.
//!
//! The page sends a [`Request`], the engine a [`Response`]; both travel as JSON text between page and worker. A log
//! answers the same way wherever it is: [`look`] is called by the engine for the runs it holds, and by the page for
//! the recorded session it plays when there is no engine.
//!
//! # Rules
//! * A [`Scene`] is everything there is to draw at one moment, so that all views stand at the same one.
//! * A scene holds nothing behind its horizon: the future of an open question never reaches the page.
//! * Numbers of runs and questions are chosen by the page and come back with what they brought; the page drops what it
//!   no longer waits for.

pub mod first;
mod look;

use std::collections::BTreeMap;

use portolan_session::lesson::Verdict;
use portolan_session::view::{Depth, Ladder, Overview, QuestionView, Row, Stage, Timeline};
use portolan_wire::action::Action;
use serde::{Deserialize, Serialize};

pub use look::look;

/// What the page asks of the engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// Run a scenario from its start, in place of the one before, and show it.
    Open {
        /// The page's number for the run.
        run: u32,
        /// What is to be run.
        plan: Plan,
        /// Where to look first.
        look: Look,
    },
    /// Show the run at a moment.
    Look {
        /// The page's number for the run.
        run: u32,
        /// Where.
        look: Look,
    },
}

/// What the engine answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Response {
    /// It is there and can be asked.
    Ready {
        /// Names and titles of the built-in scenarios, in the order in which they are taught.
        catalogue: Vec<Title>,
    },
    /// It could not be loaded.
    Broken {
        /// What the browser said.
        why: String,
    },
    /// A run cannot begin: a setting makes no sense.
    Refused {
        /// The page's number for the run.
        run: u32,
        /// Why, in a sentence for people.
        why: String,
    },
    /// A run is complete.
    Opened {
        /// The page's number for the run.
        run: u32,
        /// What is known before anything happens.
        overview: Overview,
    },
    /// The picture asked for.
    Scene {
        /// The page's number for the run.
        run: u32,
        /// The picture.
        scene: Box<Scene>,
    },
}

/// A built-in scenario's name and title.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Title {
    /// Its name, as it stands in addresses and on command lines.
    pub name: String,
    /// Its title, for people.
    pub title: String,
}

/// What is to be run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The built-in scenario's name.
    pub scenario: String,
    /// The seed; without one, the scenario's own.
    pub seed: Option<u64>,
    /// Settings that differ from the scenario's own, by name.
    pub settings: BTreeMap<String, String>,
    /// What the client does instead of the scenario's plan.
    pub actions: Option<Vec<Action>>,
}

/// Where to look.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// The page's number for the question.
    pub ask: u32,
    /// The moment.
    pub moment: Moment,
    /// How much is shown.
    pub depth: Depth,
    /// What has been answered, by chapter.
    pub answers: BTreeMap<u16, Answered>,
}

/// A moment, as a user names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Moment {
    /// The first milestone.
    #[default]
    Start,
    /// After the event with this sequence number.
    At(u64),
    /// The first milestone of the client's action of this number, from 0.
    Action(u32),
    /// The beginning of a lesson's chapter, from 0.
    Chapter(u16),
}

/// How a question was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answered {
    /// With this answer, from 0.
    Chose(u16),
    /// Not at all: the user asked to be shown.
    Revealed,
}

/// Everything there is to draw at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scene {
    /// The page's number for the question.
    pub ask: u32,
    /// The moment, after what the horizon allows.
    pub moment: u64,
    /// The milestones up to the horizon.
    pub timeline: Timeline,
    /// Whether there is more behind the horizon.
    pub more: bool,
    /// Hosts, ports and connections.
    pub stage: Stage,
    /// The conversation up to the horizon.
    pub rows: Vec<Row>,
    /// The ladder up to the horizon.
    pub ladder: Ladder,
    /// The question that is asked at this moment.
    pub question: Option<Asked>,
}

/// A question at its moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Its chapter, from 0.
    pub chapter: u16,
    /// Its words.
    pub question: QuestionView,
    /// How it was answered, and the truth about it; nothing while it is open.
    pub answer: Option<(Answered, Verdict)>,
}
