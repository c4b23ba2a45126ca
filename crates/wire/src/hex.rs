//! Bytes as hexadecimal digits, two for each, in lower case.

/// The digits of `bytes`.
#[must_use]
pub fn digits(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.extend([byte >> 4, byte & 15].map(|digit| char::from_digit(u32::from(digit), 16).unwrap_or('0')));
    }
    text
}

/// The bytes that `digits` stand for, in either case. Nothing if there is an odd number of them or a stranger among
/// them.
#[must_use]
pub fn bytes(digits: &str) -> Option<Vec<u8>> {
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

/// For serde: bytes as a text of digits.
pub(crate) mod text {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::digits(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        super::bytes(&text).ok_or_else(|| D::Error::custom("these are no pairs of hexadecimal digits"))
    }
}

/// For serde: 32 bytes as a text of 64 digits.
pub(crate) mod text_32 {
    use serde::de::Error;
    use serde::{Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
        super::text::serialize(bytes, serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
        let bytes = super::text::deserialize(deserializer)?;
        <[u8; 32]>::try_from(bytes).map_err(|_| D::Error::custom("these are not 64 hexadecimal digits"))
    }
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
