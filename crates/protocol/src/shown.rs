//! A peer's bytes, made fit for a report.

use portolan_wire::visible;

/// The most characters of a peer's text that a report of trouble holds.
const LIMIT: usize = 200;

/// The beginning of `bytes` as text: control characters made visible, at most 200 characters.
pub(crate) fn shown(bytes: &[u8]) -> String {
    // A character has at most four bytes, so what lies behind these could not be shown anyway.
    let start = bytes.get(..LIMIT * 4).unwrap_or(bytes);
    visible(&String::from_utf8_lossy(start)).chars().take(LIMIT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_holds_little_of_what_a_peer_says() {
        assert_eq!(shown(b"SSH-2.0-x\r\n"), "SSH-2.0-x␍␊");
        assert_eq!(shown(&[0xff; 5_000]).chars().count(), 200);
        assert_eq!(shown(&[0x1b; 5_000]).chars().count(), 200);
    }
}
