//! What may not be shown: passwords and accounts, where we say them and where a server echoes them.

use core::ops::Range;

use portolan_wire::ftp::octets;
use portolan_wire::report::{MASK, Outcome, Report, Trouble};
use portolan_wire::visible;

/// The most characters of a server's text that a report of trouble holds.
const LONGEST_TEXT: usize = 200;

/// The secrets of a session.
#[derive(Debug)]
pub(super) enum Secrets {
    /// They are the simulator's own, and that they can be read is the lesson.
    Shown,
    /// The longest first, for one may be part of another.
    Hidden(Vec<Secret>),
}

/// What a server says, and where: an echo may be cut between two pieces of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    /// On the control connection.
    Control,
    /// In a listing. There is one at a time.
    Listing,
}

/// One of them.
pub(super) struct Secret {
    text: String,
    /// As it looks in text whose control characters were made visible.
    shown: String,
    /// Its bytes, and the same with every 255 doubled if it has one (RFC 854).
    patterns: Vec<Pattern>,
}

/// Bytes to look for, and how many of them have just come, in each stream.
struct Pattern {
    bytes: Vec<u8>,
    /// For each length of a beginning: the longest shorter beginning that it ends with (Knuth, Morris and Pratt).
    shorter: Vec<usize>,
    control: usize,
    listing: usize,
}

impl Secrets {
    pub(super) fn hide(&mut self, text: &str) {
        let Self::Hidden(secrets) = self else { return };
        // Servers that skip spaces echo what is left; but a secret of spaces is one too.
        let text = Some(text.trim()).filter(|rest| !rest.is_empty()).unwrap_or(text);
        if !text.is_empty() && !secrets.iter().any(|secret| secret.text == text) {
            // The longest first.
            let place = secrets.partition_point(|secret| secret.text.len() >= text.len());
            secrets.insert(place, Secret::new(text));
        }
    }

    /// `text` with every known secret in it masked.
    pub(super) fn veil(&self, text: String) -> String {
        let Self::Hidden(secrets) = self else { return text };
        secrets
            .iter()
            .fold(text, |text, secret| masked(&text, &secret.text, MASK))
    }

    /// The same for a text that was made visible and cut at its limit: what was cut off may be the rest of a secret.
    fn veil_shown(&self, mut text: String) -> String {
        let Self::Hidden(secrets) = self else { return text };
        if text.chars().count() >= LONGEST_TEXT {
            let begun = secrets.iter().filter_map(|secret| secret.begun_at_end_of(&text)).min();
            if let Some(at) = begun {
                text.truncate(at);
                text.push_str(MASK);
            }
        }
        let text = secrets
            .iter()
            .fold(text, |text, secret| masked(&text, &secret.shown, MASK));
        text.chars().take(LONGEST_TEXT).collect()
    }

    /// A report with every known secret masked that a server's text in it holds. What a user asked for is masked where
    /// the report of it is made.
    pub(super) fn veil_report(&self, report: Report) -> Report {
        if matches!(self, Self::Shown) {
            return report;
        }
        let each = |lines: Vec<String>| lines.into_iter().map(|line| self.veil(line)).collect();
        match report {
            Report::Reply { sent, code, lines } => Report::Reply {
                sent,
                code,
                lines: each(lines),
            },
            Report::Listed { lines, form } => Report::Listed {
                lines: each(lines),
                form,
            },
            Report::Directory { path } => Report::Directory { path: self.veil(path) },
            Report::StoredAs { name } => Report::StoredAs { name: self.veil(name) },
            Report::Trouble { trouble } => Report::Trouble {
                trouble: self.veil_trouble(trouble),
            },
            Report::Finished { action, outcome } => Report::Finished {
                action,
                outcome: self.veil_outcome(outcome),
            },
            other => other,
        }
    }

    fn veil_outcome(&self, outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Denied { code, text } => Outcome::Denied {
                code,
                text: self.veil_shown(text),
            },
            Outcome::Failed { trouble } => Outcome::Failed {
                trouble: self.veil_trouble(trouble),
            },
            other => other,
        }
    }

    fn veil_trouble(&self, trouble: Trouble) -> Trouble {
        match trouble {
            Trouble::Unexpected { code, text } => Trouble::Unexpected {
                code,
                text: self.veil_shown(text),
            },
            Trouble::Malformed { what } => Trouble::Malformed {
                what: self.veil_shown(what),
            },
            other => other,
        }
    }

    /// What a report may show of a text that is a secret.
    pub(super) fn shown(&self, text: String) -> String {
        match self {
            Self::Shown => text,
            Self::Hidden(_) => MASK.to_owned(),
        }
    }

    /// Where secrets stand in `bytes`.
    pub(super) fn found_in(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        let Self::Hidden(secrets) = self else { return Vec::new() };
        let patterns = secrets.iter().flat_map(|secret| &secret.patterns);
        patterns.flat_map(|pattern| pattern.found_in(bytes)).collect()
    }

    /// The parts of `bytes`, which begin at the offset `start` of a stream of the server's, that are a secret or may
    /// turn out to be the beginning of one: whoever records them cannot wait for the rest.
    pub(super) fn echoes(&mut self, stream: Stream, start: u64, bytes: &[u8]) -> Vec<Range<u64>> {
        let Self::Hidden(secrets) = self else { return Vec::new() };
        let patterns = secrets.iter_mut().flat_map(|secret| &mut secret.patterns);
        patterns
            .flat_map(|pattern| pattern.echoes(stream, start, bytes))
            .collect()
    }
}

/// Where in a line, as it was typed, the argument of PASS or ACCT begins, whatever white space stands around the verb.
pub(super) fn secret_part(line: &str) -> Option<usize> {
    let is_space = |c: char| c.is_ascii_whitespace();
    let command = line.trim_start_matches(is_space);
    let (verb, rest) = command.split_at_checked(4)?;
    let is_secret = verb.eq_ignore_ascii_case("PASS") || verb.eq_ignore_ascii_case("ACCT");
    let has_ended = rest.starts_with(is_space);
    // One space belongs to the grammar; all behind it may belong to the password.
    (is_secret && has_ended).then(|| line.len() - rest.len() + 1)
}

/// The text with `mask` wherever it holds the secret. Looked for place by place: lines are short, and the standard library's
/// search for long ones would weigh a kilobyte in the engine.
fn masked(text: &str, secret: &str, mask: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text.chars();
    loop {
        match rest.as_str().strip_prefix(secret).filter(|_| !secret.is_empty()) {
            Some(behind) => {
                masked.push_str(mask);
                rest = behind.chars();
            }
            None => match rest.next() {
                Some(first) => masked.push(first),
                None => return masked,
            },
        }
    }
}

impl Secret {
    fn new(text: &str) -> Self {
        let bytes = octets::encode(text);
        let mut doubled = Vec::with_capacity(bytes.len());
        for byte in &bytes {
            doubled.extend(core::iter::repeat_n(*byte, if *byte == 255 { 2 } else { 1 }));
        }
        let is_other = doubled != bytes;
        let patterns = [Some(bytes), Some(doubled).filter(|_| is_other)];
        Self {
            text: text.to_owned(),
            shown: visible(text),
            patterns: patterns.into_iter().flatten().map(Pattern::new).collect(),
        }
    }

    /// Where a part of the secret begins that goes on behind the end of `text`.
    fn begun_at_end_of(&self, text: &str) -> Option<usize> {
        let starts = text.char_indices().map(|(at, _)| at);
        let longest = text.len().saturating_sub(self.shown.len());
        starts
            .skip_while(|at| *at < longest)
            .find(|at| text.get(*at..).is_some_and(|end| self.shown.starts_with(end)))
    }
}

impl Pattern {
    fn new(bytes: Vec<u8>) -> Self {
        let mut shorter = vec![0];
        let mut matched = 0;
        for byte in bytes.iter().skip(1) {
            matched = step(&bytes, &shorter, matched, *byte);
            shorter.push(matched);
        }
        Self {
            bytes,
            shorter,
            control: 0,
            listing: 0,
        }
    }

    fn found_in(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        let length = self.bytes.len();
        let windows = bytes.windows(length).enumerate();
        windows
            .filter(|(_, window)| *window == self.bytes)
            .map(|(at, _)| at..at + length)
            .collect()
    }

    fn echoes(&mut self, stream: Stream, start: u64, bytes: &[u8]) -> Vec<Range<u64>> {
        let mut found: Vec<Range<u64>> = Vec::new();
        let mut mark = |end: u64, length: usize| {
            // What came with earlier bytes was marked with them.
            let from = end.saturating_sub(length as u64).max(start);
            match found.last_mut() {
                Some(last) if last.end >= from => last.end = end,
                _ => found.push(from..end),
            }
        };
        let came = match stream {
            Stream::Control => &mut self.control,
            Stream::Listing => &mut self.listing,
        };
        let mut matched = if start == 0 { 0 } else { *came };
        let mut end = start;
        for byte in bytes {
            end = end.saturating_add(1);
            if matched == self.bytes.len() {
                matched = self.shorter.last().copied().unwrap_or_default();
            }
            matched = step(&self.bytes, &self.shorter, matched, *byte);
            if matched == self.bytes.len() {
                mark(end, matched);
            }
        }
        if matched > 0 {
            mark(end, matched);
        }
        *came = matched;
        found
    }
}

/// How much of `pattern` is matched after `byte`, when `matched` (less than all) was matched before it.
fn step(pattern: &[u8], shorter: &[usize], mut matched: usize, byte: u8) -> usize {
    loop {
        if pattern.get(matched) == Some(&byte) {
            return matched + 1;
        }
        match matched.checked_sub(1) {
            None => return 0,
            Some(before) => matched = shorter.get(before).copied().unwrap_or_default(),
        }
    }
}

/// Never the secret itself: clients get printed.
impl core::fmt::Debug for Secret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(MASK)
    }
}

#[cfg(test)]
#[path = "secrets_tests.rs"]
mod tests;
