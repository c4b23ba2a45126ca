use super::*;
use crate::export::sample;

#[test]
fn a_log_is_a_header_and_a_line_for_every_event() {
    let log = sample::log();
    let text = String::from_utf8(write(&log).unwrap()).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 1 + log.events().len());
    assert!(text.ends_with('\n'));
    assert!(lines[0].starts_with(r#"{"format":"portolan-log","version":1,"source":{"source":"simulation""#));
    assert!(
        lines[2].starts_with(
            r#"{"seq":1,"at":10,"host":0,"conn":0,"kind":"packet","packet":0,"seen":"sent","length":100,"bytes":"45000064"#
        ),
        "{}",
        lines[2]
    );
}
