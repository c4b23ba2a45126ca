//! A number of bytes in digits: SIZE's 213, REST's argument, `size=` (RFC 3659 sections 4, 5 and 7.5.7).

/// Reads digits and nothing else; nothing when there is something else, or more than 64 bits hold.
#[must_use]
pub fn parse(text: &str) -> Option<u64> {
    // `str::parse` would take a plus sign too.
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn digits_and_nothing_else() {
        assert_eq!(parse("0"), Some(0));
        assert_eq!(parse("007"), Some(7));
        assert_eq!(parse("18446744073709551615"), Some(u64::MAX));
        for text in [
            "",
            "+1",
            "-1",
            " 1",
            "1 ",
            "1.0",
            "0x1",
            "18446744073709551616",
            "\u{661}",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn each_comes_back(count: u64) {
            prop_assert_eq!(parse(&count.to_string()), Some(count));
        }
    }
}
