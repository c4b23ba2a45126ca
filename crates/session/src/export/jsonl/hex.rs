//! Bytes as hexadecimal digits, two for each, in lower case.

/// The digits of `bytes`.
pub(super) fn digits(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.extend([byte >> 4, byte & 15].map(|digit| char::from_digit(u32::from(digit), 16).unwrap_or('0')));
    }
    text
}

/// The bytes that `digits` stand for, in either case. Nothing if there is an odd number of them or a stranger among
/// them.
pub(super) fn bytes(digits: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs
        .iter()
        .map(|[high, low]| Some(value(*high)? << 4 | value(*low)?))
        .collect()
}

fn value(digit: u8) -> Option<u8> {
    u8::try_from(char::from(digit).to_digit(16)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_and_bytes_are_the_same() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(bytes(&digits(&all)), Some(all.clone()));
        assert_eq!(bytes(&digits(&all).to_uppercase()), Some(all));
        assert_eq!(digits(&[0, 0x1f, 0xa0]), "001fa0");
        for bad in ["0", "0g", "+1", " 1", "é"] {
            assert_eq!(bytes(bad), None, "{bad:?}");
        }
    }
}
