use proptest::prelude::*;

use super::*;

fn hidden(secrets: &[&str]) -> Secrets {
    let mut hidden = Secrets::Hidden(Vec::new());
    for secret in secrets {
        hidden.hide(secret);
    }
    hidden
}

#[test]
fn a_secret_is_masked_wherever_it_stands() {
    let secrets = hidden(&["open", "open sesame", ""]);
    assert_eq!(
        secrets.veil("not open sesame, not openly".to_owned()),
        format!("not {MASK}, not {MASK}ly")
    );
    assert_eq!(Secrets::Shown.veil("open".to_owned()), "open");
}

#[test]
fn a_text_that_was_cut_may_end_in_a_secret() {
    let secrets = hidden(&["ses\tame"]);
    let whole = format!("{}{}", "x".repeat(150), visible("ses\tame"));
    assert_eq!(secrets.veil_shown(whole), format!("{}{MASK}", "x".repeat(150)));
    for kept in 1..7 {
        let cut: String = format!("{}{}", "x".repeat(200 - kept), visible("ses\tame"));
        let cut: String = cut.chars().take(200).collect();
        let veiled = secrets.veil_shown(cut);
        assert_eq!(veiled.chars().count(), 200.min(208 - kept), "{veiled}");
        assert!(!veiled.contains('s'), "{veiled}");
    }
}

#[test]
fn a_typed_line_holds_a_secret_however_it_is_spaced() {
    for (line, secret) in [
        ("PASS sesame", "sesame"),
        ("acct 12 34", "12 34"),
        ("  Pass\tx", "x"),
        ("PASS  x", " x"),
        ("PASS ", ""),
    ] {
        let from = secret_part(line).unwrap();
        assert_eq!(&line[from..], secret);
    }
    for line in ["PASS", "PASSWORD x", "USER PASS x", "PA", "päss x"] {
        assert_eq!(secret_part(line), None, "{line}");
    }
    let secrets = hidden(&["ab"]);
    assert_eq!(secrets.found_in(b"SITE abab"), [5..7, 7..9]);
}

#[test]
fn an_echo_may_double_its_255() {
    let mut secrets = hidden(&["a\u{efff}b"]);
    for (echo, length) in [(&b".a\xff\xffb."[..], 4), (b".a\xffb.", 3)] {
        let found = secrets.echoes(Stream::Control, 0, echo);
        assert!(found.iter().any(|range| *range == (1..1 + length)), "{found:?}");
    }
}

#[test]
fn an_echo_is_marked_piece_by_piece() {
    let mut secrets = hidden(&["abab"]);
    let mut marked = |start, bytes: &[u8]| {
        let found = secrets.echoes(Stream::Control, start, bytes);
        found
            .into_iter()
            .map(|range| (range.start, range.end))
            .collect::<Vec<_>>()
    };
    assert_eq!(marked(0, b"xababx"), [(1, 5)]);
    assert_eq!(marked(6, b"ababab"), [(6, 12)], "they overlap");
    assert_eq!(marked(12, b" .. ab"), [(16, 18)]);
    assert_eq!(marked(18, b"ab"), [(18, 20)]);
    assert_eq!(marked(20, b"x ab x ab"), [(27, 29)], "it may yet become one");
    assert_eq!(secrets.echoes(Stream::Listing, 0, b"x"), [], "another stream");
    assert_eq!(
        secrets.echoes(Stream::Control, 0, b"ab"),
        hidden(&["abab"]).echoes(Stream::Control, 0, b"ab"),
        "the stream begins anew"
    );
}

proptest! {
    #[test]
    fn no_byte_of_an_echo_escapes(secret in "[ab]{1,5}", text in "[abc]{0,40}", cuts in prop::collection::vec(1..7_usize, 1..9)) {
        let mut secrets = hidden(&[&secret]);
        let mut marked = vec![false; text.len()];
        let (mut rest, mut start) = (text.as_bytes(), 0);
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, more) = rest.split_at((*cut).min(rest.len()));
            for range in secrets.echoes(Stream::Listing, start as u64, piece) {
                prop_assert!(range.start >= start as u64 && range.end <= (start + piece.len()) as u64);
                prop_assert!(range.start < range.end);
                for at in range {
                    marked[usize::try_from(at).unwrap()] = true;
                }
            }
            (rest, start) = (more, start + piece.len());
        }
        for (at, _) in text.match_indices(&secret) {
            prop_assert!(marked[at..at + secret.len()].iter().all(|marked| *marked));
        }
    }
}
