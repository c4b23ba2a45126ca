//! What happened, line by line, for a terminal: the conversation and the calls behind it, each with what it means.

use std::fmt::Write as _;

use portolan_session::event::{Header, Source};
use portolan_session::log::Log;
use portolan_session::view::{Caption, Row, Said, Speaker, transcript};
use portolan_session::words;
use portolan_wire::visible;

/// The whole log as text.
pub(crate) fn text(log: &Log) -> String {
    let mut text = head(log.header());
    for row in log.last().map(|last| transcript(log, last)).unwrap_or_default() {
        text.push_str(&lines(log, &row));
    }
    text
}

fn head(header: &Header) -> String {
    let mut text = format!("{}\n", visible(&header.title));
    // Writing to a string does not fail.
    if let Source::Simulation {
        scenario,
        seed,
        settings,
    } = &header.source
    {
        let _ = write!(text, "Simulation of {}, seed {seed}", visible(scenario));
        for (key, value) in settings {
            let _ = write!(text, ", {}={}", visible(key), visible(value));
        }
        text.push('\n');
    }
    for host in &header.hosts {
        let addresses: Vec<String> = host.addresses.iter().map(ToString::to_string).collect();
        let _ = write!(text, "  {:8} {}", visible(&host.name), addresses.join(", "));
        for rule in &host.firewall {
            let _ = write!(text, "; firewall: {}", visible(rule));
        }
        text.push('\n');
    }
    text.push('\n');
    text
}

/// A row of the conversation: when, where, what was said, and what that means.
fn lines(log: &Log, row: &Row) -> String {
    let host = log.host(row.host).map_or("", |host| host.name.as_str());
    let mark = match row.from {
        Speaker::Client => "> ",
        Speaker::Server => "< ",
        Speaker::Net => "",
    };
    let means = match &row.explains {
        Caption::Nothing => String::new(),
        explains => visible(&words::caption(explains)),
    };
    let said = match &row.said {
        Said::Explained => String::new(),
        said => words::said(said),
    };
    let mut text = String::new();
    let mut start = format!("{:>10}  {:8}  ", milliseconds(row), visible(host));
    let indent = " ".repeat(start.chars().count());
    for line in said.lines() {
        let _ = writeln!(text, "{start}{mark}{}", visible(line));
        start.clone_from(&indent);
    }
    if !means.is_empty() {
        let _ = writeln!(text, "{start}{}{means}", if said.is_empty() { "" } else { "  " });
    }
    text
}

/// Seconds with three digits: what a person can compare. The log has all six.
fn milliseconds(row: &Row) -> String {
    let micros = row.at.as_micros();
    format!("{}.{:03} s", micros / 1_000_000, micros % 1_000_000 / 1_000)
}
