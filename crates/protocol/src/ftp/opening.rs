//! The first bytes that a peer says, which tell whether it speaks FTP at all.

use portolan_wire::report::LooksLike;

/// A beginning, and whose it is.
type Mark = (&'static [u8], LooksLike);

/// What servers of other protocols begin with. TLS: an alert or a handshake record, of any version.
const SERVERS: &[Mark] = &[
    (b"HTTP/", LooksLike::Http),
    (b"SSH-", LooksLike::Ssh),
    (b"\x15\x03", LooksLike::Tls),
    (b"\x16\x03", LooksLike::Tls),
    (b"+OK", LooksLike::Mail),
    (b"* OK", LooksLike::Mail),
];

/// What clients of other protocols begin with. Those of HTTP begin with a word and are known by the end of their line.
const CLIENTS: &[Mark] = &[(b"SSH-", LooksLike::Ssh), (b"\x16\x03", LooksLike::Tls)];

/// How far the first bytes have been looked at.
#[derive(Debug)]
pub(super) enum Opening {
    /// They may still become one of these marks: this came.
    Open { marks: &'static [Mark], heard: Vec<u8> },
    /// They are a mark, or none.
    Settled,
}

impl Opening {
    /// What a server says.
    pub(super) const fn of_server() -> Self {
        Self::Open {
            marks: SERVERS,
            heard: Vec::new(),
        }
    }

    /// What a client says.
    pub(super) const fn of_client() -> Self {
        Self::Open {
            marks: CLIENTS,
            heard: Vec::new(),
        }
    }

    /// Looks at what came next. Says once what the peer is, as soon as that is clear, if it is not FTP.
    pub(super) fn hear(&mut self, bytes: &[u8]) -> Option<LooksLike> {
        let Self::Open { marks, heard } = self else {
            return None;
        };
        for byte in bytes {
            heard.push(*byte);
            let found = marks.iter().find(|(mark, _)| *mark == heard.as_slice());
            if found.is_some() || !marks.iter().any(|(mark, _)| mark.starts_with(heard.as_slice())) {
                let looks_like = found.map(|(_, looks_like)| *looks_like);
                *self = Self::Settled;
                return looks_like;
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
        for (marks, new) in [
            (SERVERS, Opening::of_server as fn() -> Opening),
            (CLIENTS, Opening::of_client),
        ] {
            for (mark, looks_like) in marks {
                let mut opening = new();
                let (last, first) = mark.split_last().unwrap();
                for byte in first {
                    assert_eq!(opening.hear(&[*byte]), None);
                }
                assert_eq!(opening.hear(&[*last]), Some(*looks_like));
                assert_eq!(opening.hear(mark), None, "it is said once");
                let whole = [mark, &b" and more"[..]].concat();
                assert_eq!(new().hear(&whole), Some(*looks_like));
            }
        }
    }

    #[test]
    fn a_mark_that_comes_later_is_none() {
        let mut opening = Opening::of_server();
        assert_eq!(opening.hear(b"220 SSH-2.0"), None);
        assert_eq!(opening.hear(b"SSH-"), None);
        assert_eq!(Opening::of_server().hear(b"HTTSSH-"), None);
        // A server's word is none of a client's.
        assert_eq!(Opening::of_client().hear(b"HTTP/"), None);
    }
}
