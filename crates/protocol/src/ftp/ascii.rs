//! Line ends in transfer: type A sends text with CRLF (NVT-ASCII, RFC 959 section 3.1.1.1), files here have LF.
//!
//! Both directions work on streams cut anywhere. They change any file that is no text, which is what type A is known for.

/// From a file to the data connection: LF becomes CRLF. A LF that has its CR already keeps it alone.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ToNetwork {
    after_cr: bool,
}

/// From the data connection to a file: CRLF becomes LF. A CR alone stays.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ToFile {
    /// A CR came last: whether it belongs to a line end, the next byte says.
    holds_cr: bool,
}

impl ToNetwork {
    /// Translates the next piece of the file.
    pub(crate) fn translate(&mut self, piece: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(piece.len() + piece.len() / 16);
        for &byte in piece {
            if byte == b'\n' && !self.after_cr {
                out.push(b'\r');
            }
            out.push(byte);
            self.after_cr = byte == b'\r';
        }
        out
    }
}

impl ToFile {
    /// Translates the next piece that came.
    pub(crate) fn translate(&mut self, piece: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(piece.len() + 1);
        for &byte in piece {
            if self.holds_cr && byte != b'\n' {
                out.push(b'\r');
            }
            self.holds_cr = byte == b'\r';
            if !self.holds_cr {
                out.push(byte);
            }
        }
        out
    }

    /// What is left at the end of the stream.
    pub(crate) const fn finish(self) -> &'static [u8] {
        if self.holds_cr { b"\r" } else { b"" }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn to_network(pieces: &[&[u8]]) -> Vec<u8> {
        let mut state = ToNetwork::default();
        pieces.iter().flat_map(|piece| state.translate(piece)).collect()
    }

    fn to_file(pieces: &[&[u8]]) -> Vec<u8> {
        let mut state = ToFile::default();
        let mut out: Vec<u8> = pieces.iter().flat_map(|piece| state.translate(piece)).collect();
        out.extend_from_slice(state.finish());
        out
    }

    #[test]
    fn line_ends_are_translated_and_nothing_else() {
        assert_eq!(to_network(&[b"a\nb\r\nc\n\n\r"]), b"a\r\nb\r\nc\r\n\r\n\r");
        assert_eq!(to_file(&[b"a\r\nb\nc\r\r\nd\r"]), b"a\nb\nc\r\nd\r");
    }

    proptest! {
        #[test]
        fn no_cut_changes_the_result(bytes in "[\r\na]{0,24}", cut in 0_usize..24) {
            let bytes = bytes.as_bytes();
            let (left, right) = bytes.split_at(cut.min(bytes.len()));
            prop_assert_eq!(to_network(&[left, right]), to_network(&[bytes]));
            prop_assert_eq!(to_file(&[left, right]), to_file(&[bytes]));
        }

        #[test]
        fn text_comes_back(text in "[a\n]{0,24}") {
            prop_assert_eq!(to_file(&[&to_network(&[text.as_bytes()])]), text.as_bytes());
        }
    }
}
