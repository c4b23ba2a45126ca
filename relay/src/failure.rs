//! Why a run failed, in sentences a student understands. The words are those of the one catalogue of messages.

use portolan_session::Log;
use portolan_session::event::{Event, Kind};
use portolan_session::finding::{Cause, Finding, findings};
use portolan_session::words;
use portolan_wire::action::Action;
use portolan_wire::report::{Outcome, Report};

/// What was tried, why it failed, and what the network has to say to it.
pub(crate) fn sentence(action: &Action, number: u32, outcome: Option<&Outcome>, log: &Log) -> String {
    let said = outcome.and_then(|outcome| words::failure(action, outcome));
    // Neither should be: an action always ends, and a success is never a failure.
    let said = said.unwrap_or_else(|| format!("Action {number} did not come to its end."));
    match behind(number, log) {
        Some(finding) => format!("{said} {}", words::finding(&finding)),
        None => said,
    }
}

/// What went wrong on the network while the action ran, if that is known.
fn behind(number: u32, log: &Log) -> Option<Finding> {
    let begins = seq_of(
        log,
        |report| matches!(report, Report::Started { action, .. } if *action == number),
    )?;
    let ends = seq_of(
        log,
        |report| matches!(report, Report::Finished { action, .. } if *action == number),
    )?;
    let during = begins..=ends;
    let mut found = findings(log)
        .into_iter()
        .filter(|finding| during.contains(&finding.seq));
    // What the server or the client said of it is said already.
    found.find(|finding| !matches!(finding.what, Cause::Denied { .. } | Cause::Failed { .. }))
}

fn seq_of(log: &Log, is_it: impl Fn(&Report) -> bool) -> Option<u64> {
    let fits = |event: &&Event| match &event.kind {
        Kind::Endpoint { report } => is_it(report),
        _ => false,
    };
    log.events().iter().find(fits).map(|event| event.seq)
}
