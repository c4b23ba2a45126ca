//! Bytes as text, without loss.
//!
//! A control connection carries bytes. Today they are UTF-8 (RFC 2640), but old servers still speak Latin-1 or worse,
//! and a path that was listed must go back to its server byte for byte. So a byte that is not part of valid UTF-8
//! becomes one character of the private range U+EF80 to U+EFFF (byte `0xE9` becomes U+EFE9), and goes back as that
//! byte. Bytes that *are* the UTF-8 of a character in that range are treated as three such bytes, so that
//! [`encode`]`(`[`decode`]`(bytes))` is `bytes` for every input. [`crate::visible`] shows such characters as `\xE9`.
//!
//! Only bytes from `0x80` up can come out of the private range: no text can smuggle in a CR, LF or NUL that way.

/// The private character of byte zero; only those of `0x80..=0xFF` are ever used.
const BASE: u32 = 0xEF00;

/// `bytes` as text; valid UTF-8 stays what it is.
#[must_use]
pub fn decode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if escaped(c).is_some() {
                let mut buffer = [0; 4];
                text.extend(c.encode_utf8(&mut buffer).bytes().filter_map(escape));
            } else {
                text.push(c);
            }
        }
        text.extend(chunk.invalid().iter().copied().filter_map(escape));
    }
    text
}

/// The bytes `text` stands for.
#[must_use]
pub fn encode(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        match escaped(c) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

/// The byte that `c` stands for, if it is one of the private characters that stand for one.
#[must_use]
pub fn escaped(c: char) -> Option<u8> {
    let low = u32::from(c).checked_sub(BASE)?;
    u8::try_from(low).ok().filter(|byte| *byte >= 0x80)
}

fn escape(byte: u8) -> Option<char> {
    char::from_u32(BASE + u32::from(byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn latin_1_survives_and_utf_8_stays_readable() {
        assert_eq!(decode("é".as_bytes()), "é");
        assert_eq!(decode(b"caf\xe9"), "caf\u{efe9}");
        assert_eq!(encode("caf\u{efe9}"), b"caf\xe9");
        assert_eq!(crate::visible(&decode(b"caf\xe9")), "caf\\xE9");
        // The private range itself, sent as UTF-8, must not be mistaken for an escape.
        assert_eq!(encode(&decode("\u{efe9}".as_bytes())), "\u{efe9}".as_bytes());
    }

    proptest! {
        #[test]
        fn no_byte_is_lost(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(encode(&decode(&bytes)), bytes);
        }

        #[test]
        fn no_text_smuggles_in_a_line_end(text in any::<String>()) {
            let clean = text.replace(['\r', '\n', '\0'], "");
            prop_assert!(!encode(&clean).iter().any(|b| matches!(b, b'\r' | b'\n' | 0)));
        }
    }
}
