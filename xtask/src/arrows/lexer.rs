//! Rust cut into words and marks.

/// A word or a mark of Rust code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The line it stands in, from 1.
    pub line: usize,
    /// What it is.
    pub kind: Kind,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A keyword, a name or a number.
    Word(String),
    /// Any other single character.
    Mark(char),
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Word(word) => f.write_str(word),
            Self::Mark(mark) => write!(f, "{mark}"),
        }
    }
}

/// Words and marks, without comments, strings, characters, lifetimes and white space.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut line = 1;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = literal_or_comment(rest);
        let word = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
        let length = if skipped > 0 {
            skipped
        } else if word > 0 {
            tokens.push(Token {
                line,
                kind: Kind::Word(rest.get(..word).unwrap_or_default().to_owned()),
            });
            word
        } else {
            if !first.is_whitespace() {
                tokens.push(Token {
                    line,
                    kind: Kind::Mark(first),
                });
            }
            first.len_utf8()
        };
        let (passed, left) = rest.split_at(length);
        line += passed.matches('\n').count();
        rest = left;
    }
    tokens
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length in bytes of the comment, string, character or lifetime that begins here; 0 if none does.
fn literal_or_comment(text: &str) -> usize {
    if text.starts_with("//") {
        return text.find('\n').unwrap_or(text.len());
    }
    if text.starts_with("/*") {
        return block_comment(text);
    }
    let bare = text.trim_start_matches(['b', 'c', 'r']);
    let prefix = text.len() - bare.len();
    let prefixed = prefix <= 2;
    let raw = prefixed && text.get(..prefix).is_some_and(|prefix| prefix.contains('r'));
    let hashes = bare.len() - bare.trim_start_matches('#').len();
    if raw && bare.get(hashes..).is_some_and(|text| text.starts_with('"')) {
        let end = format!("\"{}", "#".repeat(hashes));
        let body = bare.get(hashes + 1..).unwrap_or_default();
        return body
            .find(&end)
            .map_or(text.len(), |at| prefix + hashes + 1 + at + end.len());
    }
    if prefixed && bare.starts_with('"') {
        return prefix + quoted(bare, '"');
    }
    if text.starts_with("b'") {
        1 + quoted(bare, '\'')
    } else {
        character_or_lifetime(text)
    }
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, _) in text.char_indices() {
        let rest = text.get(at..).unwrap_or_default();
        // `/*/` opens and does not close: a mark that was just used counts once.
        if rest.starts_with("/*") {
            depth += 1;
        } else if rest.starts_with("*/") && !text.get(..at).is_some_and(|before| at == 1 && before == "/") {
            depth -= 1;
            if depth == 0 {
                return at + 2;
            }
        }
    }
    text.len()
}

fn character_or_lifetime(text: &str) -> usize {
    let Some(rest) = text.strip_prefix('\'') else { return 0 };
    let name = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
    let is_lifetime = name > 0 && !rest.get(name..).is_some_and(|after| after.starts_with('\''));
    if is_lifetime { 1 + name } else { quoted(text, '\'') }
}

/// The length of what stands between two of these marks, marks included; a backslash guards what follows it.
fn quoted(text: &str, mark: char) -> usize {
    let mut guarded = false;
    for (at, c) in text.char_indices().skip(1) {
        if !guarded && c == mark {
            return at + c.len_utf8();
        }
        guarded = !guarded && c == '\\';
    }
    text.len()
}
