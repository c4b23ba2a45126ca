//! A run: a scenario's world in virtual time, and the plan's actions, one after the other.

use core::fmt;
use std::collections::VecDeque;

use portolan_netsim::{AppId, PlaceError, PlanError, Progress, StoreId, World};
use portolan_protocol::tls::Keys;
use portolan_protocol::tree::Tree;
use portolan_session::event::Source;
use portolan_session::lesson::{Fact, Lesson};
use portolan_session::log::Log;
use portolan_wire::action::{Action, TransferMode};
use portolan_wire::report::Outcome;
use portolan_wire::{Argument, Duration};

use crate::file::{Expected, Ip, Scenario, StepError, check};
use crate::settings::{SettingError, Settings};
use crate::setup::{BuildError, address, build};

/// Virtual time between actions that come without a pause of their own.
const PAUSE: Duration = Duration::from_millis(500);

/// What is wanted of a run besides its scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// The seed; without one, the scenario's own, for which alone its pinned ports hold.
    pub seed: Option<u64>,
    /// What is changed about the scenario.
    pub settings: Settings,
    /// What the client does instead of the plan. Half a second lies between one and the next.
    ///
    /// The scenario's lesson is about its plan and is left out then.
    pub actions: Option<Vec<Action>>,
}

/// A scenario that runs.
///
/// Call [`Run::advance`] until it says [`Advance::Ended`]. The same scenario, seed, settings and actions give the same
/// log, byte for byte, natively and in a browser, and whatever the budgets were.
pub struct Run {
    world: World,
    ftp: AppId,
    caller: AppId,
    /// Where each host's files are.
    stores: Vec<(String, StoreId)>,
    keys: Keys,
    /// What is still to be done.
    script: VecDeque<Scripted>,
    stage: Stage,
    endings: Vec<Ending>,
}

/// Where a run stands.
#[derive(Clone, Debug)]
enum Stage {
    /// The next action of the script can be given.
    Ready,
    /// This one is under way.
    Acting(Scripted),
    /// The script is done; connections close.
    Settling,
    /// It is over, and the log is complete.
    Ended,
}

/// An action of the script.
#[derive(Clone, Debug)]
struct Scripted {
    action: Action,
    pause: Duration,
    expect: Expected,
}

/// How far a run came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advance {
    /// There is more to do.
    More,
    /// Everything is over and the log is complete.
    Ended,
}

/// How an action of a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Its number in the log's reports, from 0.
    pub number: u32,
    /// The action.
    pub action: Action,
    /// How it ended; nothing if the network came to rest before it did, which should not be.
    pub outcome: Option<Outcome>,
    /// Whether that is what the scenario leads one to expect.
    pub expected: bool,
}

/// Why a run cannot begin.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RunError {
    /// A setting is wrong.
    Setting(SettingError),
    /// A step of the plan is no action.
    Step(StepError),
    /// The seed is 2^53 or more; not every JSON reader keeps such numbers whole.
    Seed,
    /// There is nothing to do.
    NoActions,
    /// An action names a host that is not there.
    UnknownHost(Argument),
    /// The scenario has no client, or no server: it was never checked.
    Incomplete,
    /// The network cannot be built.
    Plan(PlanError),
    /// A program cannot be put on its host.
    Place(PlaceError),
}

impl Run {
    /// Builds the world and holds the plan ready.
    ///
    /// The scenario must have passed [`check`], as those of the catalogue and of [`parse`](crate::parse) have. It is not
    /// checked again: the engine in the browser has the catalogue alone, and does without the checks and all they say.
    ///
    /// # Errors
    /// When settings, seed or actions make no sense.
    pub fn new(scenario: Scenario, order: &Order) -> Result<Self, RunError> {
        debug_assert_eq!(check(&scenario), Ok(()), "this scenario was never checked");
        let story = Story::of(&scenario);
        let mut scenario = order.settings.apply(scenario).map_err(RunError::Setting)?;
        let seed = order.seed.unwrap_or(scenario.seed);
        if seed >= 1 << 53 {
            return Err(RunError::Seed);
        }
        let script = script(&scenario, order.actions.as_deref())?;
        let lesson = scenario.lesson.take().filter(|_| order.actions.is_none());
        let is_told = seed == scenario.seed && story == Story::of(&scenario);
        let lesson = lesson.map(|lesson| if is_told { lesson } else { story.left_out_of(lesson) });
        let source = Source::Simulation {
            scenario: scenario.name.clone(),
            seed,
            settings: order.settings.texts(),
        };
        let built = build(&scenario, seed, source, lesson)?;
        Ok(Self {
            world: built.world,
            ftp: built.ftp,
            caller: built.caller,
            stores: built.stores,
            keys: built.keys,
            script,
            stage: Stage::Ready,
            endings: Vec::new(),
        })
    }

    /// Lets about `budget` things happen (packets that arrive, timers, actions).
    pub fn advance(&mut self, budget: u32) -> Advance {
        if let Stage::Ready = self.stage {
            self.next();
        }
        if let Stage::Ended = self.stage {
            return Advance::Ended;
        }
        match self.world.step(budget) {
            Progress::More => Advance::More,
            Progress::Finished { outcome, .. } => {
                self.finished(Some(outcome));
                Advance::More
            }
            Progress::Quiet => self.quiet(),
        }
    }

    /// Goes on to the end.
    pub fn finish(&mut self) {
        while self.advance(u32::MAX) == Advance::More {}
    }

    /// One more action behind those that are still to come. A run that has ended takes none.
    pub fn then(&mut self, action: Action, pause: Duration) -> bool {
        if let Stage::Ended = self.stage {
            return false;
        }
        let expect = Expected::Done;
        self.script.push_back(Scripted { action, pause, expect });
        if let Stage::Settling = self.stage {
            self.stage = Stage::Ready;
        }
        true
    }

    /// Takes the keys of what has gone under TLS since the last time: lines of a key log, with which a capture can be read
    /// ([`portolan_session::pcapng::write_with_keys`]).
    #[must_use]
    pub fn take_keys(&self) -> String {
        self.keys.take()
    }

    /// The log so far.
    #[must_use]
    pub const fn log(&self) -> &Log {
        self.world.log()
    }

    /// The log, taken out: complete if the run has ended.
    #[must_use]
    pub fn into_log(self) -> Log {
        self.world.into_log()
    }

    /// The files of a host as they are now: what was downloaded, what was uploaded.
    pub fn files(&mut self, host: &str) -> Option<&Tree> {
        let (_, store) = self.stores.iter().find(|(name, _)| name == host)?;
        self.world.store::<Tree>(*store).map(|tree| &*tree)
    }

    /// How the actions ended that have ended.
    #[must_use]
    pub fn endings(&self) -> &[Ending] {
        &self.endings
    }

    /// The first action that did not end as it should.
    #[must_use]
    pub fn failure(&self) -> Option<&Ending> {
        self.endings.iter().find(|ending| !ending.expected)
    }

    fn next(&mut self) {
        self.stage = match self.script.pop_front() {
            None => Stage::Settling,
            Some(scripted) => {
                let app = match scripted.action {
                    Action::Call { .. } => self.caller,
                    _ => self.ftp,
                };
                let number = self.number();
                let at = self.world.now() + scripted.pause;
                self.world.act(at, app, number, scripted.action.clone());
                Stage::Acting(scripted)
            }
        };
    }

    /// The number of the action that is next to end.
    fn number(&self) -> u32 {
        u32::try_from(self.endings.len()).unwrap_or(u32::MAX)
    }

    fn finished(&mut self, outcome: Option<Outcome>) {
        // A program finishes only what it was given, one at a time.
        if let Stage::Acting(Scripted { action, expect, .. }) = core::mem::replace(&mut self.stage, Stage::Ready) {
            let expected = outcome.as_ref().is_some_and(|outcome| expect.allows(outcome));
            self.endings.push(Ending {
                number: self.number(),
                action,
                outcome,
                expected,
            });
        }
    }

    fn quiet(&mut self) -> Advance {
        if let Stage::Acting(_) = self.stage {
            self.finished(None);
            return Advance::More;
        }
        self.world.end();
        self.stage = Stage::Ended;
        Advance::Ended
    }
}

fn script(scenario: &Scenario, actions: Option<&[Action]>) -> Result<VecDeque<Scripted>, RunError> {
    let mut script = VecDeque::new();
    match actions {
        None => {
            for step in &scenario.plan {
                script.push_back(Scripted {
                    action: resolved(step.action().map_err(RunError::Step)?, scenario)?,
                    pause: step.pause.0,
                    expect: step.expect,
                });
            }
        }
        Some(actions) => {
            for (nth, action) in actions.iter().enumerate() {
                script.push_back(Scripted {
                    action: resolved(action.clone(), scenario)?,
                    pause: if nth == 0 { Duration::ZERO } else { PAUSE },
                    expect: Expected::Done,
                });
            }
        }
    }
    if script.is_empty() {
        Err(RunError::NoActions)
    } else {
        Ok(script)
    }
}

/// The action with the name of another host than the server replaced by its address. (A client takes a name to mean the
/// server it was told.)
fn resolved(mut action: Action, scenario: &Scenario) -> Result<Action, RunError> {
    let (Action::Call { host: Some(host), .. } | Action::Connect { host: Some(host), .. }) = &mut action else {
        return Ok(action);
    };
    let is_server = scenario.server().is_some_and(|server| server.name == host.as_str());
    if is_server || host.as_str().parse::<core::net::IpAddr>().is_ok() {
        return Ok(action);
    }
    let named = scenario.world.hosts.iter().find(|known| known.name == host.as_str());
    let address = named.and_then(|known| address(known, scenario));
    match address.and_then(|address| Argument::new(address.to_string()).ok()) {
        Some(address) => *host = address,
        None => return Err(RunError::UnknownHost(host.clone())),
    }
    Ok(action)
}

/// What the ports of a lesson's story hang on, beside the seed.
#[derive(PartialEq, Eq)]
struct Story {
    mode: TransferMode,
    ip: Ip,
    /// Of each host.
    pinned: Vec<Vec<u16>>,
}

impl Story {
    fn of(scenario: &Scenario) -> Self {
        let hosts = scenario.world.hosts.iter();
        Self {
            mode: scenario.mode,
            ip: scenario.world.ip,
            pinned: hosts.map(|host| host.pinned_ports.clone()).collect(),
        }
    }

    /// The lesson without the questions that hold for this story only.
    ///
    /// A question about a pinned port names its number in its words ("the reply ends in 236,107"). With another seed, or
    /// other ranges, the ports are others, and none of its answers would be true.
    fn left_out_of(&self, mut lesson: Lesson) -> Lesson {
        let needs_pins = |fact: &Fact| match fact {
            Fact::DataCallsPort(port) | Fact::DataComesFromPort(port) => {
                self.pinned.iter().any(|ports| ports.contains(port))
            }
            _ => false,
        };
        for chapter in &mut lesson.chapters {
            let claims = |question: &portolan_session::lesson::Question| {
                question.answers.iter().any(|answer| needs_pins(&answer.claims))
            };
            if chapter.question.as_ref().is_some_and(claims) {
                chapter.question = None;
            }
        }
        lesson
    }
}

impl From<BuildError> for RunError {
    fn from(error: BuildError) -> Self {
        match error {
            BuildError::Plan(error) => Self::Plan(error),
            BuildError::Place(error) => Self::Place(error),
            BuildError::Incomplete => Self::Incomplete,
        }
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(error) => error.fmt(f),
            Self::Step(error) => error.fmt(f),
            Self::Seed => f.write_str("a seed is a whole number below 9007199254740992 (2 to the 53rd)"),
            Self::NoActions => f.write_str("there is nothing to do: name at least one action"),
            Self::UnknownHost(name) => write!(f, "there is no host `{name}`"),
            Self::Incomplete => f.write_str("a scenario needs a client and a server"),
            Self::Plan(error) => error.fmt(f),
            Self::Place(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for RunError {}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run")
            .field("stage", &self.stage)
            .field("endings", &self.endings)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
