//! What the engine does with the page's requests. Knows nothing of browsers.

use portolan_link::{Look, Plan, Request, Response, Title, look};
use portolan_scenario::{Advance, Order, Run, Settings, built_in};
use portolan_session::Log;
use portolan_session::view::{Index, overview};

/// Things that happen in a slice of a run: a few milliseconds' worth.
const SLICE: u32 = 5_000;

/// Runs one scenario at a time and keeps its log.
#[derive(Default)]
pub struct Engine {
    /// The page's number for the run.
    run: u32,
    state: State,
}

#[derive(Default)]
enum State {
    /// Nothing to show.
    #[default]
    Idle,
    /// A run is under way; the page waits to look here.
    Running { run: Box<Run>, look: Look },
    /// A log is complete.
    Done { log: Box<Log>, index: Box<Index> },
}

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Wait for the page.
    Wait,
    /// Another slice, soon.
    Slice,
}

/// The built-in scenarios.
pub fn catalogue() -> Vec<Title> {
    let titles = portolan_scenario::catalogue().into_iter();
    titles
        .map(|scenario| Title {
            name: scenario.name,
            title: scenario.title,
        })
        .collect()
}

impl Engine {
    /// Nothing to show yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a request.
    pub fn hear(&mut self, request: Request) -> (Vec<Response>, Next) {
        match request {
            Request::Open { run, plan, look } => {
                self.run = run;
                match begin(plan) {
                    Ok(begun) => {
                        self.state = State::Running {
                            run: Box::new(begun),
                            look,
                        };
                        self.slice()
                    }
                    Err(why) => {
                        self.state = State::Idle;
                        (vec![Response::Refused { run, why }], Next::Wait)
                    }
                }
            }
            Request::Look { run, look } if run == self.run => {
                if let State::Running { look: waiting, .. } = &mut self.state {
                    *waiting = look;
                    return (vec![], Next::Wait);
                }
                (self.scene(&look).into_iter().collect(), Next::Wait)
            }
            Request::Look { .. } => (vec![], Next::Wait),
        }
    }

    /// Goes on with the run.
    pub fn slice(&mut self) -> (Vec<Response>, Next) {
        let State::Running { run, .. } = &mut self.state else {
            return (vec![], Next::Wait);
        };
        if run.advance(SLICE) == Advance::More {
            return (vec![], Next::Slice);
        }
        let State::Running { run, look } = core::mem::take(&mut self.state) else {
            return (vec![], Next::Wait);
        };
        let log = run.into_log();
        let mut index = Index::new();
        index.catch_up(&log);
        let opened = Response::Opened {
            run: self.run,
            overview: overview(log.header()),
        };
        self.state = State::Done {
            log: Box::new(log),
            index: Box::new(index),
        };
        (core::iter::once(opened).chain(self.scene(&look)).collect(), Next::Wait)
    }

    fn scene(&self, wanted: &Look) -> Option<Response> {
        let State::Done { log, index } = &self.state else {
            return None;
        };
        let scene = look(log, index, wanted)?;
        Some(Response::Scene {
            run: self.run,
            scene: Box::new(scene),
        })
    }
}

fn begin(plan: Plan) -> Result<Run, String> {
    let scenario = built_in(&plan.scenario).ok_or_else(|| format!("There is no scenario `{}`.", plan.scenario))?;
    let settings = Settings::read(&plan.settings).map_err(|error| error.to_string())?;
    let order = Order {
        seed: plan.seed,
        settings,
        actions: plan.actions,
    };
    Run::new(&scenario, &order).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
