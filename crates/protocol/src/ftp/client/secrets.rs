//! What may not be shown: passwords, where we say them and where a server echoes them.

use core::cmp::Reverse;
use core::ops::Range;

use portolan_wire::ftp::octets;
use portolan_wire::report::MASK;

/// The secrets of a session.
#[derive(Debug)]
pub(super) enum Secrets {
    /// They are the simulator's own, and that they can be read is the lesson.
    Shown,
    /// The longest first, for one may be part of another.
    Hidden(Vec<Secret>),
}

/// One of them, and how much of it the server's stream has just brought.
pub(super) struct Secret {
    text: String,
    bytes: Vec<u8>,
    /// For each length of a beginning: the longest shorter beginning that it ends with (Knuth, Morris and Pratt).
    shorter: Vec<usize>,
    matched: usize,
}

impl Secrets {
    pub(super) fn hide(&mut self, text: &str) {
        if let Self::Hidden(secrets) = self
            && !text.is_empty()
            && !secrets.iter().any(|secret| secret.text == text)
        {
            secrets.push(Secret::new(text));
            secrets.sort_by_key(|secret| Reverse(secret.text.len()));
        }
    }

    /// `text` with every known secret in it masked.
    pub(super) fn veil(&self, text: String) -> String {
        match self {
            Self::Shown => text,
            Self::Hidden(secrets) => secrets.iter().fold(text, |text, secret| {
                if text.contains(&secret.text) {
                    text.replace(&secret.text, MASK)
                } else {
                    text
                }
            }),
        }
    }

    /// What a report may show of a text that is a secret.
    pub(super) fn shown(&self, text: String) -> String {
        match self {
            Self::Shown => text,
            Self::Hidden(_) => MASK.to_owned(),
        }
    }

    /// The server's stream begins anew.
    pub(super) fn restart(&mut self) {
        if let Self::Hidden(secrets) = self {
            for secret in secrets {
                secret.matched = 0;
            }
        }
    }

    /// The parts of `bytes`, which begin at the offset `start` of the server's stream, that are a secret or may turn
    /// out to be the beginning of one: whoever records them cannot wait for the rest.
    pub(super) fn echoes(&mut self, start: u64, bytes: &[u8]) -> Vec<Range<u64>> {
        match self {
            Self::Shown => Vec::new(),
            Self::Hidden(secrets) => secrets
                .iter_mut()
                .flat_map(|secret| secret.echoes(start, bytes))
                .collect(),
        }
    }
}

impl Secret {
    fn new(text: &str) -> Self {
        let bytes = octets::encode(text);
        let mut shorter = vec![0];
        let mut matched = 0;
        for byte in bytes.iter().skip(1) {
            matched = step(&bytes, &shorter, matched, *byte);
            shorter.push(matched);
        }
        Self {
            text: text.to_owned(),
            bytes,
            shorter,
            matched: 0,
        }
    }

    fn echoes(&mut self, start: u64, bytes: &[u8]) -> Vec<Range<u64>> {
        let mut found: Vec<Range<u64>> = Vec::new();
        let mut mark = |end: u64, length: usize| {
            // What came with earlier bytes was marked with them.
            let from = end.saturating_sub(length as u64).max(start);
            match found.last_mut() {
                Some(last) if last.end >= from => last.end = end,
                _ => found.push(from..end),
            }
        };
        let mut end = start;
        for byte in bytes {
            end = end.saturating_add(1);
            if self.matched == self.bytes.len() {
                self.matched = self.shorter.last().copied().unwrap_or_default();
            }
            self.matched = step(&self.bytes, &self.shorter, self.matched, *byte);
            if self.matched == self.bytes.len() {
                mark(end, self.matched);
            }
        }
        if self.matched > 0 {
            mark(end, self.matched);
        }
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hidden(secrets: &[&str]) -> Secrets {
        let mut hidden = Secrets::Hidden(Vec::new());
        for secret in secrets {
            hidden.hide(secret);
        }
        hidden
    }

    #[test]
    fn a_secret_is_masked_wherever_it_stands() {
        let secrets = hidden(&["open", "open sesame", ""]);
        assert_eq!(
            secrets.veil("not open sesame, not openly".to_owned()),
            format!("not {MASK}, not {MASK}ly")
        );
        assert_eq!(Secrets::Shown.veil("open".to_owned()), "open");
    }

    #[test]
    fn an_echo_is_marked_piece_by_piece() {
        let mut secrets = hidden(&["abab"]);
        let mut marked = |start, bytes: &[u8]| {
            let found = secrets.echoes(start, bytes);
            found
                .into_iter()
                .map(|range| (range.start, range.end))
                .collect::<Vec<_>>()
        };
        assert_eq!(marked(0, b"xababx"), [(1, 5)]);
        assert_eq!(marked(6, b"ababab"), [(6, 12)], "they overlap");
        assert_eq!(marked(12, b" .. ab"), [(16, 18)]);
        assert_eq!(marked(18, b"ab"), [(18, 20)]);
        assert_eq!(marked(20, b"x ab x ab"), [(27, 29)], "it may yet become one");
        secrets.restart();
        assert_eq!(secrets.echoes(0, b"ab"), hidden(&["abab"]).echoes(0, b"ab"));
    }

    proptest! {
        #[test]
        fn no_byte_of_an_echo_escapes(secret in "[ab]{1,5}", text in "[abc]{0,40}", cuts in prop::collection::vec(1..7_usize, 1..9)) {
            let mut secrets = hidden(&[&secret]);
            let mut marked = vec![false; text.len()];
            let (mut rest, mut start) = (text.as_bytes(), 0);
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (piece, more) = rest.split_at((*cut).min(rest.len()));
                for range in secrets.echoes(start as u64, piece) {
                    prop_assert!(range.start >= start as u64 && range.end <= (start + piece.len()) as u64);
                    prop_assert!(range.start < range.end);
                    for at in range {
                        marked[usize::try_from(at).unwrap()] = true;
                    }
                }
                (rest, start) = (more, start + piece.len());
            }
            for (at, _) in text.match_indices(&secret) {
                prop_assert!(marked[at..at + secret.len()].iter().all(|marked| *marked));
            }
        }
    }
}
