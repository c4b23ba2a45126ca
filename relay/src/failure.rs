//! Why a run failed, in a sentence a student understands.

use portolan_scenario::Ending;
use portolan_session::Log;
use portolan_session::event::{Event, Kind};
use portolan_session::finding::{Cause, Finding, findings};
use portolan_session::words;
use portolan_wire::action::{Action, TransferMode};
use portolan_wire::report::{ConnectError, ListenError, Misuse, Outcome, Report, StoreError, Trouble};
use portolan_wire::visible;

/// What was tried, why it failed, and what the network has to say to it.
pub(crate) fn sentence(ending: &Ending, log: &Log) -> String {
    let said = in_short(ending);
    match behind(ending, log) {
        Some(finding) => format!("{said} {}", words::finding(&finding)),
        None => said,
    }
}

/// What went wrong on the network while the action ran, if that is known.
fn behind(ending: &Ending, log: &Log) -> Option<Finding> {
    let report = |event: &Event| match &event.kind {
        Kind::Endpoint { report } => match report.as_ref() {
            Report::Started { action, .. } if *action == ending.number => Some(true),
            Report::Finished { action, .. } if *action == ending.number => Some(false),
            _ => None,
        },
        _ => None,
    };
    let seq = |started| {
        log.events()
            .iter()
            .find(|event| report(event) == Some(started))
            .map(|event| event.seq)
    };
    let during = seq(true)?..=seq(false)?;
    let mut found = findings(log)
        .into_iter()
        .filter(|finding| during.contains(&finding.seq));
    // What the server or the client said of it is in the sentence already.
    found.find(|finding| !matches!(finding.what, Cause::Denied { .. } | Cause::Failed { .. }))
}

fn in_short(ending: &Ending) -> String {
    let tried = tried(&ending.action);
    let why = match &ending.outcome {
        None => "the network came to rest before it ended".to_owned(),
        // A success is always expected; this is for completeness.
        Some(Outcome::Done) => "it ended as asked, which was not expected".to_owned(),
        Some(Outcome::Aborted) => "it was stopped".to_owned(),
        Some(Outcome::Denied { code, text }) => denied(*code, text),
        Some(Outcome::Refused { why }) => refused(*why).to_owned(),
        Some(Outcome::Failed { trouble }) => failed(trouble),
    };
    format!("{tried} failed: {why}.")
}

fn tried(action: &Action) -> String {
    let name = |argument: &portolan_wire::Argument| visible(argument.as_str());
    match action {
        Action::Call { port, .. } => format!("the call to port {port}"),
        Action::Connect { .. } => "connecting to the server".to_owned(),
        Action::LogIn { user, .. } => format!("logging in as {}", name(user)),
        Action::List { .. } => "listing the directory".to_owned(),
        Action::Get { remote, .. } => format!("downloading {}", name(remote)),
        Action::Put { local, .. } => format!("uploading {}", name(local)),
        Action::ChangeDirectory { path } => format!("changing to the directory {}", name(path)),
        Action::Mode { mode } => format!("choosing {} mode", mode_words(*mode)),
        Action::Abort => "stopping the running action".to_owned(),
        Action::Quit => "saying goodbye".to_owned(),
        Action::Raw { line } => format!("the command {}", name(line)),
    }
}

const fn mode_words(mode: TransferMode) -> &'static str {
    match mode {
        TransferMode::Active => "active",
        TransferMode::Passive => "passive",
        TransferMode::ExtendedActive => "extended active",
        TransferMode::ExtendedPassive => "extended passive",
    }
}

fn denied(code: u16, text: &str) -> String {
    let text = visible(text);
    let text = text.trim().trim_end_matches('.');
    let meaning = match code {
        421 => " (the server ends the session)",
        425 => " (the server could not make the data connection)",
        426 => " (the data connection broke in the middle)",
        530 => " (the server does not accept this login)",
        550 => " (no such file, or not allowed)",
        _ => "",
    };
    format!("the server answered {code} \"{text}\"{meaning}")
}

const fn refused(why: Misuse) -> &'static str {
    match why {
        Misuse::NotConnected => "there is no control connection",
        Misuse::AlreadyConnected => "there is a control connection already",
        Misuse::NotLoggedIn => "nobody has logged in",
        Misuse::NothingToAbort => "nothing was running",
        Misuse::Unsupported => "this client does not know that action",
        Misuse::WrongAddressFamily => {
            "PORT and PASV can only tell IPv4 addresses; over IPv6 use extended-active or extended-passive"
        }
        Misuse::ReservedPort => "port 0 is reserved and never a real endpoint",
    }
}

fn failed(trouble: &Trouble) -> String {
    match trouble {
        Trouble::ControlConnect { why } => not_connected("the server", *why),
        Trouble::DataConnect { why } => not_connected("the server's data port", *why),
        Trouble::DataNotCalled => {
            "the client listened for the data connection, but nobody called; a firewall may drop incoming calls"
                .to_owned()
        }
        Trouble::Listen { why } => not_listening(*why).to_owned(),
        Trouble::ControlLost => "the control connection broke".to_owned(),
        Trouble::DataLost => "the data connection broke before the end of the file".to_owned(),
        Trouble::Timeout => "the server did not answer in time".to_owned(),
        Trouble::Malformed { what } => format!("the server sent something that is no reply: {}", visible(what)),
        Trouble::LineTooLong { limit } => format!("the server sent a line of more than {limit} bytes"),
        Trouble::Unexpected { code, text } => {
            format!(
                "the server answered {code} \"{}\", which does not belong here",
                visible(text)
            )
        }
        Trouble::Store { why } => not_stored(*why).to_owned(),
    }
}

fn not_connected(whom: &str, why: ConnectError) -> String {
    match why {
        ConnectError::Refused => format!("{whom} refused the call: nobody listens on that port"),
        ConnectError::TimedOut => {
            format!("nothing came back from {whom}: the call was dropped, perhaps by a firewall, or the host is away")
        }
        ConnectError::Unreachable => format!("there is no way to {whom}, says an ICMP message"),
        ConnectError::LocalPort => "the port to call from is taken".to_owned(),
        ConnectError::NotAllowed => format!("calling {whom} is not allowed"),
    }
}

const fn not_listening(why: ListenError) -> &'static str {
    match why {
        ListenError::Exhausted => "every port it could listen on is taken",
        ListenError::NoSuchAddress => "it cannot listen on an address that is not its own",
        ListenError::NotAllowed => "it is not allowed to listen",
    }
}

const fn not_stored(why: StoreError) -> &'static str {
    match why {
        StoreError::NotFound => "there is no such file on the client",
        StoreError::WrongKind => "that is a directory where a file is wanted, or the other way round",
        StoreError::Denied => "the client may not read or write that file",
        StoreError::Full => "the client has no room for the file",
        StoreError::Failed => "the client's file system failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portolan_wire::Argument;

    fn ending(outcome: Outcome) -> Ending {
        Ending {
            number: 0,
            action: Action::Get {
                remote: Argument::new("a\u{1b}[2J.txt").unwrap(),
                local: None,
            },
            outcome: Some(outcome),
            expected: false,
        }
    }

    #[test]
    fn the_servers_text_drives_no_terminal() {
        let text = "No\u{1b}]0;evil\u{7} way\r\n.".to_owned();
        let said = in_short(&ending(Outcome::Denied { code: 550, text }));
        assert!(!said.chars().any(char::is_control), "{said:?}");
        assert!(said.contains("the server answered 550"), "{said}");
    }

    #[test]
    fn silence_and_refusal_are_told_apart() {
        let say = |why| {
            in_short(&ending(Outcome::Failed {
                trouble: Trouble::DataConnect { why },
            }))
        };
        assert!(say(ConnectError::Refused).contains("nobody listens"));
        assert!(say(ConnectError::TimedOut).contains("nothing came back"));
    }
}
