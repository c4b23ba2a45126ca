//! One session: the endpoint, its driver, and the actions one after the other.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use portolan_protocol::ftp::client::Config;
use portolan_protocol::tls;
use portolan_session::Log;
use portolan_session::event::Kind;
use portolan_wire::action::Action;
use portolan_wire::report::{ConnectError, Outcome, Report, Trouble as Fault};
use portolan_wire::security::{Secured, ShownCertificate, TlsFault};
use portolan_wire::{Argument, Instant, visible};
use tokio::sync::mpsc;

use super::keep::Kept;
use super::progress::Progress;
use crate::drive::{Files, Gate};
use crate::live::{self, Live, Recorded};
use crate::{Trouble, failure};

/// As it stands on the wire (RFC 8446 section 4.2.1).
const TLS_13: u16 = 0x0304;

/// What is to be done.
pub(super) struct Order {
    /// What is spoken.
    pub(super) what: &'static str,
    /// A name or an address.
    pub(super) host: String,
    pub(super) port: u16,
    /// Everything between connecting and leaving. The first that fails is the last that is tried.
    pub(super) actions: Vec<Action>,
    /// Whether packets are made up for a capture.
    pub(super) capture: bool,
    /// The file that the log is written to.
    pub(super) log: Option<PathBuf>,
    /// Whether the whole log is wanted at the end.
    pub(super) whole: bool,
    /// Whether long transfers are told of while they run.
    pub(super) progress: bool,
}

/// What came of it.
pub(super) struct Finished {
    pub(super) recorded: Recorded,
    pub(super) failure: Option<Failure>,
}

/// The action that did not do what it was asked.
pub(super) struct Failure {
    action: Action,
    number: u32,
    outcome: Outcome,
}

impl Failure {
    /// The certificate for whose sake the session failed.
    pub(super) fn certificate(&self) -> Option<&ShownCertificate> {
        match &self.outcome {
            Outcome::Failed {
                trouble:
                    Fault::Tls {
                        why: TlsFault::Certificate { shown, .. },
                        ..
                    },
            } => shown.as_ref(),
            _ => None,
        }
    }

    /// Why, for a person.
    pub(super) fn sentence(&self, log: &Log) -> String {
        let why = failure::sentence(&self.action, self.number, Some(&self.outcome), log);
        match self.is_for_want_of_tickets(log) {
            true => format!(
                "{why} The tickets of TLS 1.3 are used up, and this server wants one for each data connection: --tls 1.2 \
                 does without."
            ),
            false => why,
        }
    }

    /// Whether a data connection was refused that could not resume, behind others that could.
    fn is_for_want_of_tickets(&self, log: &Log) -> bool {
        let is_refused = matches!(self.outcome, Outcome::Denied { code: 425 | 522, .. });
        let secured = log.events().iter().filter_map(|event| match &event.kind {
            Kind::Endpoint { report } => match report.as_ref() {
                Report::Secured(secured) => Some(secured),
                _ => None,
            },
            _ => None,
        });
        let secured: Vec<&Secured> = secured.collect();
        let (last, before) = match secured.split_last() {
            Some((last, before)) if is_refused => (last, before),
            _ => return false,
        };
        last.version == TLS_13 && !last.resumed && before.iter().any(|secured| secured.resumed)
    }
}

/// Holds the session. `config` makes a client of the server's address.
pub(super) async fn hold(
    order: Order,
    tls: Option<tls::Client>,
    config: impl FnOnce(SocketAddr) -> Config,
) -> Result<Finished, Trouble> {
    let addresses = resolve(&order.host, order.port).await?;
    let Some(&server) = addresses.first() else {
        return Err(Trouble::Failed(format!("{} has no address", visible(&order.host))));
    };
    let files =
        Files::new(Path::new("/")).map_err(|error| Trouble::Failed(format!("no files can be reached: {error}")))?;
    let (sender, actions) = mpsc::channel(1);
    let (ends, ended) = mpsc::unbounded_channel();
    let mut progress = order.progress.then(Progress::default);
    let tell = move |report: &Report| {
        if let Some(progress) = &mut progress {
            progress.hear(report);
        }
        if let Report::Finished { outcome, .. } = report {
            // Whoever gave the action waits for this.
            let _heard = ends.send(outcome.clone());
        }
    };
    let title = format!("{} with {}", order.what, visible(&order.host));
    // A file takes what there is.
    let capture = order.capture.then_some(u32::MAX);
    let live = Live::new(&order.host, &addresses, &title, capture, tell);
    let kept = Kept::new(live, order.log.as_deref(), order.whole)?;
    let began = tokio::time::Instant::now();
    let session = live::hold(config(server), tls, Gate::Open, files, actions, kept);
    let script = Script {
        sender,
        ended,
        given: 0,
    };
    let (kept, failure) = tokio::join!(session, script.play(addresses, order.actions));
    let passed = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    let recorded = kept.finish(Instant::from_micros(passed))?;
    Ok(Finished { recorded, failure })
}

/// Gives one action after the other.
struct Script {
    sender: mpsc::Sender<Action>,
    ended: mpsc::UnboundedReceiver<Outcome>,
    given: u32,
}

impl Script {
    /// Connects, does everything that was asked, and leaves; or tells what failed.
    async fn play(mut self, addresses: Vec<SocketAddr>, actions: Vec<Action>) -> Option<Failure> {
        if let Some(failure) = self.connect(&addresses).await {
            return Some(failure);
        }
        let mut failure = None;
        for action in actions {
            failure = self.act(action).await;
            if failure.is_some() {
                break;
            }
        }
        // A server that has hung up already makes no difference any more.
        let left = self.act(Action::Quit).await;
        failure.or(left.filter(|left| !matches!(left.outcome, Outcome::Refused { .. })))
    }

    /// Calls the addresses one after the other, until somebody is there.
    async fn connect(&mut self, addresses: &[SocketAddr]) -> Option<Failure> {
        let mut failure = None;
        for (nth, address) in addresses.iter().enumerate() {
            // The first is the endpoint's own idea of the server; a scope, which an address as text would lose, is in it.
            let host = (nth > 0)
                .then(|| Argument::new(address.ip().to_string()).ok())
                .flatten();
            failure = self.act(Action::Connect { host, port: None }).await;
            match failure.as_ref().map(|failure| &failure.outcome) {
                Some(Outcome::Failed {
                    trouble:
                        Fault::ControlConnect {
                            why: ConnectError::Refused | ConnectError::Unreachable | ConnectError::TimedOut,
                        },
                }) => {}
                _ => return failure,
            }
        }
        failure
    }

    async fn act(&mut self, action: Action) -> Option<Failure> {
        self.given += 1;
        let number = self.given;
        // The driver lives as long as this sender; both waits end with the action.
        self.sender.send(action.clone()).await.ok()?;
        match self.ended.recv().await? {
            Outcome::Done => None,
            outcome => Some(Failure {
                action,
                number,
                outcome,
            }),
        }
    }
}

/// The addresses of a host, in the system's order.
async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, Trouble> {
    let found = tokio::net::lookup_host((host, port)).await;
    let found = found.map_err(|error| Trouble::Failed(format!("{} has no address: {error}", visible(host))))?;
    let mut addresses: Vec<SocketAddr> = Vec::new();
    for address in found {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    Ok(addresses)
}
