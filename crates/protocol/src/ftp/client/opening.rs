//! The first bytes that a server says, which tell whether it speaks FTP at all.

use portolan_wire::report::LooksLike;

/// What other protocols begin with. TLS: an alert or a handshake record, of any version.
const MARKS: [(&[u8], LooksLike); 6] = [
    (b"HTTP/", LooksLike::Http),
    (b"SSH-", LooksLike::Ssh),
    (b"\x15\x03", LooksLike::Tls),
    (b"\x16\x03", LooksLike::Tls),
    (b"+OK", LooksLike::Mail),
    (b"* OK", LooksLike::Mail),
];

/// How far the first bytes have been looked at.
#[derive(Debug)]
pub(super) enum Opening {
    /// They may still become a mark: these came.
    Open { heard: Vec<u8> },
    /// They are none.
    Settled,
}

impl Opening {
    pub(super) const fn new() -> Self {
        Self::Open { heard: Vec::new() }
    }

    /// Looks at what came next. Says what the server is as soon as that is clear, if it is not FTP.
    pub(super) fn hear(&mut self, bytes: &[u8]) -> Option<LooksLike> {
        let Self::Open { heard } = self else { return None };
        for byte in bytes {
            heard.push(*byte);
            if let Some((_, looks_like)) = MARKS.iter().find(|(mark, _)| *mark == heard.as_slice()) {
                return Some(*looks_like);
            }
            if !MARKS.iter().any(|(mark, _)| mark.starts_with(heard.as_slice())) {
                *self = Self::Settled;
                return None;
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_known_at_its_last_byte_however_it_is_cut() {
        for (mark, looks_like) in MARKS {
            let mut opening = Opening::new();
            let (last, first) = mark.split_last().unwrap();
            for byte in first {
                assert_eq!(opening.hear(&[*byte]), None);
            }
            assert_eq!(opening.hear(&[*last]), Some(looks_like));
            let whole = [mark, b" and more"].concat();
            assert_eq!(Opening::new().hear(&whole), Some(looks_like));
        }
    }

    #[test]
    fn a_mark_that_comes_later_is_none() {
        let mut opening = Opening::new();
        assert_eq!(opening.hear(b"220 SSH-2.0"), None);
        assert_eq!(opening.hear(b"SSH-"), None);
        assert_eq!(Opening::new().hear(b"HTTSSH-"), None);
    }
}
