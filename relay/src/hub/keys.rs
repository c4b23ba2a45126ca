//! Names that nobody can guess.

/// The characters of a key: none that is taken for another, none that an address would encode.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// The characters of a key; five bits each.
const LENGTH: usize = 26;

/// The system gave no random numbers.
#[derive(Debug)]
pub struct NoRandomness;

/// A key of 130 bits: whoever has it may.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(String);

impl Key {
    /// A new one.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn random() -> Result<Self, NoRandomness> {
        letters(LENGTH).map(Self)
    }

    /// One that the operator chose.
    pub const fn chosen(text: String) -> Self {
        Self(text)
    }

    /// For its owner.
    pub fn show(&self) -> &str {
        &self.0
    }

    /// Whether `told` is this key. The time it takes tells nothing of where they differ.
    pub fn opens_for(&self, told: &str) -> bool {
        let (own, told) = (self.0.as_bytes(), told.as_bytes());
        let differs = own
            .iter()
            .zip(told)
            .fold(0, |differs, (own, told)| differs | (own ^ told));
        own.len() == told.len() && differs == 0
    }
}

/// So many random characters.
///
/// # Errors
/// When the system has no random numbers.
pub fn letters(count: usize) -> Result<String, NoRandomness> {
    let mut bytes = vec![0_u8; count];
    getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
    let letter = |byte: u8| {
        LETTERS
            .get(usize::from(byte) % LETTERS.len())
            .map(|letter| char::from(*letter))
    };
    Ok(bytes.into_iter().filter_map(letter).collect())
}

/// A key is no text for logs.
impl core::fmt::Debug for Key {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Key(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_opens_for_itself_alone() {
        let (key, other) = (Key::random().unwrap(), Key::random().unwrap());
        assert_eq!(key.show().len(), LENGTH);
        assert!(key.opens_for(key.show()));
        assert!(!key.opens_for(other.show()));
        assert!(!key.opens_for(""));
        assert!(!key.opens_for(&key.show()[1..]));
        assert!(!key.opens_for(&format!("{}a", key.show())));
        assert_eq!(format!("{key:?}"), "Key(..)");
    }
}
