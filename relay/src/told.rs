//! What happened, line by line, for a terminal: the conversation, and the calls behind it.

use std::fmt::Write as _;

use portolan_session::event::{Attempted, Conn, Established, Event, Header, Kind, Source};
use portolan_session::log::Log;
use portolan_wire::report::{Outcome, Purpose, Report};
use portolan_wire::visible;

/// The whole log. Lines of packets are left out.
pub(crate) fn text(log: &Log) -> String {
    let mut text = head(log.header());
    for event in log.events() {
        let host = log.host(event.host).map_or("", |host| host.name.as_str());
        for line in said(event) {
            let conn = event.conn.map_or_else(String::new, |Conn(number)| format!("#{number}"));
            // Writing to a string does not fail.
            let _ = writeln!(
                text,
                "{:>12}  {:10} {conn:>3}  {}",
                event.at.to_string(),
                visible(host),
                visible(&line)
            );
        }
    }
    text
}

fn head(header: &Header) -> String {
    let mut text = format!("{}\n", visible(&header.title));
    if let Source::Simulation { scenario, seed, .. } = &header.source {
        let _ = writeln!(text, "Simulation {}, seed {seed}", visible(scenario));
    }
    for host in &header.hosts {
        let addresses: Vec<String> = host.addresses.iter().map(ToString::to_string).collect();
        let _ = writeln!(text, "  {:10} {}", visible(&host.name), addresses.join(", "));
    }
    text.push('\n');
    text
}

fn said(event: &Event) -> Vec<String> {
    let line = match &event.kind {
        Kind::ListenOpened(opened) => format!("listens on port {} ({})", opened.local.port(), opened.service),
        Kind::ListenClosed { local } => format!("stops listening on port {}", local.port()),
        Kind::Attempted(attempted) => {
            let Attempted { from, to, purpose } = **attempted;
            format!("calls {to} from its port {} ({})", from.port(), purpose_words(purpose))
        }
        Kind::Established(established) => {
            let Established {
                local, peer, caller, ..
            } = **established;
            let who = if caller {
                "its call is answered"
            } else {
                "answers the call"
            };
            format!("{who}: port {} to {peer}", local.port())
        }
        Kind::Refused => "the call is refused: nobody listens there".to_owned(),
        Kind::TimedOut => "the call is given up: nothing came back".to_owned(),
        Kind::Unreachable => "the call is given up: there is no way".to_owned(),
        Kind::FinSent => "has no more bytes to send".to_owned(),
        Kind::Closed => "the connection is closed".to_owned(),
        Kind::Reset { .. } => "the connection is reset".to_owned(),
        Kind::Endpoint { report } => return reported(report),
        Kind::Ended => "the end".to_owned(),
        Kind::FinReceived | Kind::Packet { .. } => return Vec::new(),
        Kind::Unknown(unknown) => format!("({})", unknown.name),
    };
    vec![line]
}

fn reported(report: &Report) -> Vec<String> {
    match report {
        Report::Command {
            sent: true,
            verb,
            argument,
        } => match argument {
            Some(argument) => vec![format!("> {verb} {argument}")],
            None => vec![format!("> {verb}")],
        },
        Report::Reply {
            sent: true,
            code,
            lines,
        } => lines.iter().map(|line| format!("< {code} {line}")).collect(),
        Report::Listed { lines } => lines.iter().map(|line| format!("  {line}")).collect(),
        Report::Greeting { text } => vec![format!("hears: {text}")],
        Report::TransferDone { bytes } => vec![format!("the transfer is complete: {bytes} bytes")],
        Report::Finished { outcome, .. } if *outcome != Outcome::Done => vec![format!("fails: {outcome:?}")],
        _ => Vec::new(),
    }
}

const fn purpose_words(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Control => "control connection",
        Purpose::Data => "data connection",
        Purpose::Other => "just a call",
    }
}
