//! The quoted path of a 257 reply (RFC 959 appendix II): `"/a ""quoted"" name" created`.

use core::fmt;

/// Why a text holds no quoted path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathError {
    /// It does not begin with a quotation mark.
    NotQuoted,
    /// The path's closing quotation mark is missing.
    Unterminated,
}

/// `path` in quotation marks, those inside doubled.
#[must_use]
pub fn quote(path: &str) -> String {
    format!("\"{}\"", path.replace('"', "\"\""))
}

/// The path at the front of `text`, and what stands behind its closing mark.
///
/// # Errors
/// When there is none; see [`PathError`].
pub fn unquote(text: &str) -> Result<(String, &str), PathError> {
    let mut rest = text.strip_prefix('"').ok_or(PathError::NotQuoted)?;
    let mut path = String::new();
    loop {
        let (part, behind) = rest.split_once('"').ok_or(PathError::Unterminated)?;
        path.push_str(part);
        match behind.strip_prefix('"') {
            Some(more) => {
                path.push('"');
                rest = more;
            }
            None => return Ok((path, behind)),
        }
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotQuoted => "the path does not stand in quotation marks",
            Self::Unterminated => "the path's closing quotation mark is missing",
        })
    }
}

impl core::error::Error for PathError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quotation_marks_inside_are_doubled() {
        assert_eq!(quote("/say \"hi\""), "\"/say \"\"hi\"\"\"");
        assert_eq!(
            unquote("\"/say \"\"hi\"\"\" created"),
            Ok(("/say \"hi\"".to_owned(), " created"))
        );
        assert_eq!(unquote("\"\""), Ok((String::new(), "")));
        assert_eq!(unquote("/plain"), Err(PathError::NotQuoted));
        assert_eq!(unquote("\"/a\"\""), Err(PathError::Unterminated));
        assert_eq!(unquote(""), Err(PathError::NotQuoted));
    }

    proptest! {
        #[test]
        fn what_was_quoted_comes_back(path in "[a\"/ ]{0,12}|\\PC{0,12}", comment in "( [a-z\" ]{0,9})?") {
            let text = format!("{}{comment}", quote(&path));
            prop_assert_eq!(unquote(&text), Ok((path, comment.as_str())));
        }

        #[test]
        fn no_text_makes_it_stumble(text in "[\"a]{0,9}|\\PC{0,20}") {
            if let Ok((path, rest)) = unquote(&text) {
                prop_assert_eq!(format!("{}{rest}", quote(&path)), text);
            }
        }
    }
}
