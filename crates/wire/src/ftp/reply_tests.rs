//! Tests of [`super`].

use proptest::prelude::*;

use super::*;
use crate::ftp::LineTooLong;
use crate::fuzzing::same_after_emission;

fn read(input: &str) -> Vec<Result<Reply, ReplyError>> {
    let mut input = input.as_bytes();
    let mut reader = ReplyReader::new();
    let mut out = Vec::new();
    loop {
        match reader.next_reply(&mut input) {
            Ok(None) => return out,
            Ok(Some(received)) => out.push(Ok(received.reply)),
            Err(error) => out.push(Err(error)),
        }
    }
}

fn reply(code: u16, lines: &[&str]) -> Reply {
    Reply::with_lines(ReplyCode::new(code).unwrap(), lines.iter().copied())
}

#[test]
fn codes_run_from_100_to_699_and_their_first_digit_means_something() {
    for bad in [0, 99, 700, 1_000] {
        assert_eq!(ReplyCode::new(bad), None);
    }
    for (code, class) in [
        (150, ReplyClass::Preliminary),
        (226, ReplyClass::Completion),
        (331, ReplyClass::Intermediate),
        (425, ReplyClass::TransientNegative),
        (550, ReplyClass::PermanentNegative),
        (631, ReplyClass::Protected),
    ] {
        let code = ReplyCode::new(code).unwrap();
        assert_eq!(code.class(), class);
        assert_eq!(code.is_negative(), matches!(code.value(), 400..600));
    }
}

#[test]
fn single_lines() {
    assert_eq!(read("220 Hello.\r\n"), [Ok(reply(220, &["Hello."]))]);
    assert_eq!(read("220\r\n"), [Ok(reply(220, &[""]))], "a bare code is in use");
    assert_eq!(read("220  two\r\n"), [Ok(reply(220, &[" two"]))]);
}

#[test]
fn several_lines_end_at_the_same_code_and_a_space() {
    // RFC 959 section 4.2's own example, and every look-alike there is.
    let text = "123-First line\r\n\
                Second line\r\n  234 A line beginning with numbers\r\n\
                226 another code does not end it\r\n\
                1234 nor do more digits\r\n\
                123-nor the code and a hyphen\r\n\
                \x20123 nor one with a space before it\r\n\
                \r\n\
                123 The last line\r\n\
                226 Next.\r\n";
    assert_eq!(
        read(text),
        [
            Ok(reply(
                123,
                &[
                    "First line",
                    "Second line",
                    "  234 A line beginning with numbers",
                    "226 another code does not end it",
                    "1234 nor do more digits",
                    "nor the code and a hyphen",
                    " 123 nor one with a space before it",
                    "",
                    "The last line",
                ]
            )),
            Ok(reply(226, &["Next."])),
        ]
    );
}

#[test]
fn feature_lines_are_emitted_with_their_space_and_nothing_before_it() {
    let features = reply(211, &["Features:", " UTF8", " EPSV", "End"]);
    assert_eq!(features.emit(), b"211-Features:\r\n UTF8\r\n EPSV\r\n211 End\r\n");
}

#[test]
fn no_line_can_end_its_reply_or_start_another() {
    let hostile = reply(
        214,
        &["a", "214 done", "230 Logged in", "", "b\r\n230 Logged in\0", "c"],
    );
    assert_eq!(
        hostile.emit(),
        b"214-a\r\n214-214 done\r\n214-230 Logged in\r\n214-\r\nb??230 Logged in?\r\n214 c\r\n"
    );
    assert_eq!(reply(200, &[]).emit(), b"200 \r\n");
}

#[test]
fn what_is_no_reply_is_named_and_reading_goes_on() {
    for bad in [
        "hello",
        "99 x",
        "099 x",
        "700 x",
        "2x0 x",
        "220x",
        "220_x",
        "",
        "SSH-2.0-x",
    ] {
        let read = read(&format!("{bad}\r\n220 ok\r\n"));
        assert_eq!(
            read,
            [
                Err(ReplyError::Malformed { what: bad.to_owned() }),
                Ok(reply(220, &["ok"]))
            ],
            "{bad:?}"
        );
    }
    let shown = read(&format!("\u{1b}[2J{}\r\n", "x".repeat(300)));
    let [Err(ReplyError::Malformed { what })] = shown.as_slice() else {
        panic!("{shown:?}")
    };
    assert!(what.starts_with("␛[2J") && what.chars().count() == 200);
}

#[test]
fn a_reply_is_bounded() {
    let endless = |line: &str, count: usize| format!("200-\r\n{}", format!("{line}\r\n").repeat(count));
    let limit = ReplyParser::MAX_BYTES;
    let begun = "200-\r\n200 .\r\n".len();
    let fits = format!("{}200 .\r\n", endless("", (limit - begun) / 2));
    assert_eq!(fits.len(), limit - 1);
    assert_eq!(read(&fits)[0].as_ref().unwrap().lines.len(), (limit - begun) / 2 + 2);
    assert_eq!(read(&endless("", limit / 2 - 2)), [Err(ReplyError::TooLong { limit })]);
    assert_eq!(
        read(&endless(&"x".repeat(8_000), 9)),
        [Err(ReplyError::TooLong { limit })]
    );
    assert!(matches!(
        read(&"x".repeat(10_000))[..],
        [Err(ReplyError::Line(LineTooLong { limit: 8_192, .. }))]
    ));
}

#[test]
fn a_reader_says_where_replies_stand_and_whether_it_holds_anything() {
    let mut reader = ReplyReader::new();
    let mut input = &b"220-a\r\n220 b\r\n331 p\r\n2"[..];
    let first = reader.next_reply(&mut input).unwrap().unwrap();
    assert_eq!((first.start, first.end), (0, 14));
    assert!(reader.is_idle());
    let second = reader.next_reply(&mut input).unwrap().unwrap();
    assert_eq!((second.start, second.end), (14, 21));
    assert_eq!(reader.next_reply(&mut input), Ok(None));
    assert!(!reader.is_idle(), "a begun line");
    let mut reader = ReplyReader::new();
    assert_eq!(reader.next_reply(&mut &b"220-a\r\n"[..]), Ok(None));
    assert!(!reader.is_idle(), "a begun reply");
}

proptest! {
    #[test]
    fn what_is_emitted_parses_the_same(
        code in 100_u16..700,
        lines in proptest::collection::vec("\\PC{0,30}|[0-9]{3}[- ][a-z]{0,3}|[0-9]{0,4}| ?[-a0]{0,2}", 1..8),
    ) {
        let code = ReplyCode::new(code).unwrap();
        // Lines that begin with the reply's own code are the ones that could end it.
        for own in [false, true] {
            let lines = lines.iter().map(|line| if own { format!("{code} {line}") } else { line.clone() });
            same_after_emission(&Reply::with_lines(code, lines));
        }
    }

    #[test]
    fn any_text_at_all_leaves_one_whole_reply(lines in proptest::collection::vec("[\r\n\0 2-]{0,6}(226)?[ -]?", 1..6)) {
        same_after_emission(&Reply::with_lines(ReplyCode::TRANSFER_COMPLETE, lines));
    }
}
