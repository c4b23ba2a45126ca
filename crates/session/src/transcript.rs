//! The conversation as plain text, for terminals and files.

use core::fmt::Write as _;

use portolan_wire::visible;

use crate::event::{Header, Source};
use crate::finding::findings;
use crate::log::Log;
use crate::view::{Caption, Eye, Row, Speaker, transcript};
use crate::words;

/// The whole conversation, one line after the other: when it was sent or came, who speaks, what is said; then what
/// failed, and why. Control characters in it are visible, so it can be printed on any terminal.
#[must_use]
pub fn text(log: &Log) -> String {
    told(log, Eye::Endpoint, false)
}

/// As [`text`], with what each line means below it.
#[must_use]
pub fn explained(log: &Log) -> String {
    told(log, Eye::Endpoint, true)
}

/// As [`explained`], for somebody beside the wire: what TLS hides is not in it, nor what only the endpoints know of failures.
#[must_use]
pub fn overheard(log: &Log) -> String {
    told(log, Eye::Network, true)
}

fn told(log: &Log, eye: Eye, explain: bool) -> String {
    let mut text = head(log.header());
    for row in transcript(log, eye, u64::MAX) {
        push(&mut text, &row, explain);
    }
    let found = match eye {
        Eye::Endpoint => findings(log),
        Eye::Network => Vec::new(),
    };
    if !found.is_empty() {
        text.push_str("\nWhat failed, and why:\n");
    }
    for finding in &found {
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "{:>12}  {}",
            at(log, finding.seq),
            visible(&words::finding(finding))
        );
    }
    text
}

fn head(header: &Header) -> String {
    let mut text = format!("{}\n", visible(&header.title));
    match &header.source {
        Source::Simulation {
            scenario,
            seed,
            settings,
        } => {
            let _ = write!(text, "Simulation {}, seed {seed}", visible(scenario));
            for (key, value) in settings {
                let _ = write!(text, ", {}={}", visible(key), visible(value));
            }
        }
        Source::Live { .. } => text.push_str("Live session"),
    }
    text.push('\n');
    for host in &header.hosts {
        let addresses: Vec<String> = host.addresses.iter().map(ToString::to_string).collect();
        let _ = write!(text, "  {:<10}  {}", visible(&host.name), addresses.join(", "));
        for rule in &host.firewall {
            let _ = write!(text, "; firewall: {}", visible(rule));
        }
        text.push('\n');
    }
    text.push('\n');
    text
}

fn push(text: &mut String, row: &Row, explain: bool) {
    let speaker = match row.from {
        Speaker::Client => "client",
        Speaker::Server => "server",
        Speaker::Net => "",
    };
    let means = match &row.explains {
        Caption::Nothing => String::new(),
        caption => words::caption(caption),
    };
    let said = words::said(&row.said);
    let mut when = row.at.to_string();
    for line in said.split('\n').filter(|line| !line.is_empty()) {
        line_of(text, &when, speaker, line);
        when.clear();
    }
    if said.is_empty() {
        line_of(text, &when, speaker, &means);
    } else if explain && !means.is_empty() {
        line_of(text, "", "", &format!("  {means}"));
    }
}

fn line_of(text: &mut String, when: &str, speaker: &str, said: &str) {
    let line = format!("{when:>12}  {speaker:<6}  {}", visible(said));
    text.push_str(line.trim_end());
    text.push('\n');
}

fn at(log: &Log, seq: u64) -> String {
    log.event(seq).map(|event| event.at.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn a_session_as_text() {
        insta::assert_snapshot!(text(&testing::active_blocked()));
    }

    #[test]
    fn a_session_explained() {
        let text = explained(&testing::active_blocked());
        let line = "  server  425 Can't open data connection.\n";
        let place = text.find(line).expect("what was said stands there") + line.len();
        let below = text[place..].lines().next().expect("a line below it");
        assert!(
            below.starts_with(&" ".repeat(24)) && below.contains("could not"),
            "{below}"
        );
    }

    #[test]
    fn who_listens_in_hears_what_is_in_the_clear() {
        let log = testing::secured();
        let (explained, overheard) = (explained(&log), overheard(&log));
        for both in ["AUTH TLS", "234 Go on.", "Still."] {
            assert!(explained.contains(both) && overheard.contains(both), "{both}");
        }
        for hidden in ["RETR notes.txt", "Logged in.", "227 Entering"] {
            assert!(explained.contains(hidden) && !overheard.contains(hidden), "{hidden}");
        }
    }

    #[test]
    fn no_control_character_reaches_a_terminal() {
        let mut script = testing::Script::new();
        let control = testing::logged_in(&mut script);
        script.header.title = "Evil\u{1b}[2J".into();
        script
            .says(control, "CWD \u{1b}]0;x\u{7}")
            .replies(control, 550, "\u{9b}31m\r\nNo\u{202e}.");
        script.report(
            testing::CLIENT,
            Some(control),
            portolan_wire::report::Report::Listed {
                lines: vec!["a\u{1b}[2K".into(), "b\r".into()],
                form: portolan_wire::report::ListingForm::Lines,
            },
        );
        let shown = text(&script.log());
        assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
        assert!(!shown.contains('\u{202e}'));
        assert!(shown.contains("␛[2K\n"), "{shown}");
    }
}
