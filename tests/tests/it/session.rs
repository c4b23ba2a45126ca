//! Our client over real sockets, as a test uses it.

use std::path::Path;
use std::time::Duration;

use portolan_protocol::endpoint::ConnId;
use portolan_protocol::ftp::client::{Client, Config};
use portolan_relay::drive::{Driver, Files, MOST_ACTIONS};
use portolan_wire::Argument;
use portolan_wire::Instant;
use portolan_wire::action::Action;
use portolan_wire::report::{Outcome, Report};
use tokio::sync::mpsc;

/// Longer than any of these sessions takes.
const TOO_LONG: Duration = Duration::from_secs(120);

/// What came of a session.
pub struct Session {
    pub reports: Vec<(Option<ConnId>, Report)>,
}

impl Session {
    /// Runs these actions, with files in `directory`.
    pub fn run(config: Config, directory: &Path, actions: Vec<Action>) -> Self {
        // Who reacts to nothing asks for no more.
        Self::run_and_react(config, directory, actions, |_, sender| *sender = None)
    }

    /// The same; `react` sees each report and may ask for more actions, until it drops the sender it is given.
    pub fn run_and_react(
        config: Config,
        directory: &Path,
        actions: Vec<Action>,
        mut react: impl FnMut(&Report, &mut Option<mpsc::Sender<Action>>),
    ) -> Self {
        let (sender, receiver) = mpsc::channel(MOST_ACTIONS);
        for action in actions {
            sender.try_send(action).unwrap();
        }
        let mut reports = Vec::new();
        let mut sender = Some(sender);
        let hook = |_: Instant, conn, report: Report| {
            react(&report, &mut sender);
            reports.push((conn, report));
        };
        let files = Files::new(directory).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let run = Driver::new(Client::new(config), files, receiver, hook).run();
            let run = tokio::time::timeout(TOO_LONG, run);
            run.await.map(drop).expect("the session does not end");
        });
        Self { reports }
    }

    /// How each action ended, in the order of their numbers.
    pub fn outcomes(&self) -> Vec<Outcome> {
        let finished = self.reports.iter().filter_map(|(_, report)| match report {
            Report::Finished { action, outcome } => Some((*action, outcome.clone())),
            _ => None,
        });
        let mut finished: Vec<_> = finished.collect();
        finished.sort_by_key(|(action, _)| *action);
        finished.into_iter().map(|(_, outcome)| outcome).collect()
    }

    /// The lines of all listings.
    pub fn listed(&self) -> Vec<String> {
        let lines = self.reports.iter().filter_map(|(_, report)| match report {
            Report::Listed { lines, form: _ } => Some(lines.clone()),
            _ => None,
        });
        lines.flatten().collect()
    }

    /// The verbs said, in their order.
    pub fn verbs(&self) -> Vec<&str> {
        let verbs = self.reports.iter().filter_map(|(_, report)| match report {
            Report::Command { verb, .. } => Some(verb.as_str()),
            _ => None,
        });
        verbs.collect()
    }
}

pub fn argument(text: &str) -> Argument {
    Argument::new(text).unwrap()
}

pub fn connect() -> Action {
    Action::Connect { host: None, port: None }
}

pub fn log_in(user: &str, password: &str) -> Action {
    Action::LogIn {
        user: argument(user),
        password: argument(password),
        account: None,
    }
}

pub fn list(path: &str) -> Action {
    let path = Some(argument(path));
    Action::List { path }
}

pub fn get(remote: &str) -> Action {
    Action::Get {
        remote: argument(remote),
        local: None,
        resume: false,
    }
}

pub fn put(local: &str, remote: &str) -> Action {
    Action::Put {
        local: argument(local),
        remote: Some(argument(remote)),
        how: portolan_wire::action::PutHow::Replace,
    }
}
