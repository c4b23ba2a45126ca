//! Numbers and quotations, in any language.

use portolan_wire::Duration;

/// `1047 bytes`, `24.5 kB`, `1.2 MB`, `4 GB`: decimal, cut and not rounded, so that it never says more than there is.
pub(super) fn size(bytes: u64) -> String {
    let (unit, name) = match bytes {
        0..10_000 => return plural(bytes, "byte", "bytes"),
        10_000..1_000_000 => (1_000, "kB"),
        1_000_000..1_000_000_000 => (1_000_000, "MB"),
        _ => (1_000_000_000, "GB"),
    };
    match (bytes / unit, bytes % unit / (unit / 10)) {
        (whole, 0) => format!("{whole} {name}"),
        (whole, tenths) => format!("{whole}.{tenths} {name}"),
    }
}

/// `1 packet`, `2 packets`.
pub(super) fn plural(number: u64, one: &str, more: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { more })
}

/// `3.0 s`, `12 ms`, `40 us`: cut likewise.
#[must_use]
pub fn span(span: Duration) -> String {
    let micros = span.as_micros();
    match micros {
        0..1_000 => format!("{micros} us"),
        1_000..1_000_000 => format!("{} ms", micros / 1_000),
        _ => format!("{}.{} s", micros / 1_000_000, micros % 1_000_000 / 100_000),
    }
}

/// Text of somebody else's, shortened to `words` words and 60 characters.
pub(super) fn short(text: &str, words: usize) -> String {
    let mut kept: String = text.split_whitespace().take(words).collect::<Vec<_>>().join(" ");
    let mut whole = text.split_whitespace().count() <= words;
    if let Some((at, _)) = kept.char_indices().nth(60) {
        kept.truncate(at);
        whole = false;
    }
    if whole { kept } else { format!("{kept}...") }
}

/// The arithmetic that a 227 or a PORT asks of its reader: `236 x 256 + 107 = 60523`.
pub(super) fn port_sum(port: u16) -> String {
    let [high, low] = port.to_be_bytes();
    format!("{high} x 256 + {low} = {port}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_cut_not_rounded() {
        assert_eq!(size(1), "1 byte");
        assert_eq!(size(999), "999 bytes");
        assert_eq!(size(9_999), "9999 bytes");
        assert_eq!(size(24_599), "24.5 kB");
        assert_eq!(size(1_240_000), "1.2 MB");
        assert_eq!(size(4 << 30), "4.2 GB");
        assert_eq!(size(120_000), "120 kB");
        assert_eq!(span(Duration::from_micros(3_040_000)), "3.0 s");
        assert_eq!(span(Duration::from_micros(12_345)), "12 ms");
        assert_eq!(port_sum(60523), "236 x 256 + 107 = 60523");
    }

    #[test]
    fn quotations_are_short() {
        assert_eq!(short("Not logged in.", 8), "Not logged in.");
        assert_eq!(short("a b c d", 2), "a b...");
        assert_eq!(short(&"x".repeat(200), 5).chars().count(), 63);
    }
}
