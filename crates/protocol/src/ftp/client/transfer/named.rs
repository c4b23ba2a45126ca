//! The name that a server found for an upload without one (STOU).
//!
//! RFC 1123 section 4.1.2.9 wants it in the 125 or 150, as `FILE: name`; servers from before it say
//! `(unique file name:name)` in the 226.

/// The name in a reply's text, as far as it tells one.
pub(super) fn stored_name(text: &str) -> Option<&str> {
    let name = match (behind(text, "unique file name:"), behind(text, "FILE:")) {
        (Some(rest), _) => rest.trim_end().trim_end_matches('.').trim_end_matches(')'),
        (None, Some(rest)) => rest,
        (None, None) => return None,
    };
    let name = name.trim();
    let bare = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    Some(bare.unwrap_or(name)).filter(|name| !name.is_empty())
}

/// What stands behind `mark`, which is found in any case, at the beginning of a word.
fn behind<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let begins_word = !before.is_alphanumeric();
        before = c;
        if begins_word
            && let Some((found, rest)) = text.get(at..).and_then(|text| text.split_at_checked(mark.len()))
            && found.eq_ignore_ascii_case(mark)
        {
            return Some(rest);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ways_to_tell_a_name() {
        for (text, name) in [
            ("FILE: stou.1", "stou.1"),
            ("file: a name.txt ", "a name.txt"),
            ("Opening data connection, FILE: \"x\"", "x"),
            ("Transfer complete (unique file name:foo.2).", "foo.2"),
            ("FILE:é", "é"),
        ] {
            assert_eq!(stored_name(text), Some(name), "{text}");
        }
        for text in ["", "Ok to send data.", "FILE: ", "PROFILE: x", "(unique file name:)"] {
            assert_eq!(stored_name(text), None, "{text}");
        }
    }
}
