//! Tests of [`super`]. That no cut of the input changes anything is `fuzzing::lines`.

use super::*;

fn all(input: &[u8]) -> Vec<Result<Line, LineTooLong>> {
    all_of(LineSplitter::default(), input)
}

fn all_of(mut splitter: LineSplitter, mut input: &[u8]) -> Vec<Result<Line, LineTooLong>> {
    let mut out = Vec::new();
    loop {
        match splitter.next_line(&mut input) {
            Ok(None) => return out,
            Ok(Some(line)) => out.push(Ok(line)),
            Err(error) => out.push(Err(error)),
        }
    }
}

fn texts(input: &[u8]) -> Vec<Vec<u8>> {
    all(input).into_iter().map(|line| line.unwrap().bytes).collect()
}

#[test]
fn lines_know_where_they_stand_and_how_they_ended() {
    let lines = all(b"USER a\r\nNOOP\nQU");
    let [Ok(user), Ok(noop)] = lines.as_slice() else {
        panic!("{lines:?}")
    };
    assert_eq!(
        (user.text().as_str(), user.start, user.end, user.bare_lf),
        ("USER a", 0, 8, false)
    );
    assert_eq!(
        (noop.text().as_str(), noop.start, noop.end, noop.bare_lf),
        ("NOOP", 8, 13, true)
    );
    assert_eq!((user.offset_of(5), noop.offset_of(4)), (Some(5), Some(12)));
}

#[test]
fn it_stops_at_each_line_so_that_what_follows_can_go_elsewhere() {
    let mut splitter = LineSplitter::default();
    let mut input = &b"AUTH TLS\r\n\x16\x03\x01"[..];
    assert!(splitter.next_line(&mut input).unwrap().is_some());
    assert_eq!(input, b"\x16\x03\x01");
    assert_eq!((splitter.pending(), splitter.offset()), (0, 10));
}

#[test]
fn only_the_line_ends_own_cr_is_taken_off() {
    assert_eq!(texts(b"a\r\r\n"), [b"a\r"]);
    assert_eq!(texts(b"a\rb\r\n\r\n\n"), [&b"a\rb"[..], b"", b""]);
}

#[test]
fn telnet_is_skipped_and_an_interrupt_is_noted() {
    // What a client sends to abort: IAC IP, IAC DM, ABOR (RFC 959 section 4.1.3).
    let lines = all(b"\xff\xf4\xff\xf2ABOR\r\n");
    let [Ok(line)] = lines.as_slice() else {
        panic!("{lines:?}")
    };
    assert_eq!(line.bytes, b"ABOR");
    assert!(line.interrupted);
    assert_eq!((line.telnet, line.offset_of(0)), (4, None));

    for (sent, meant) in [
        (&b"NO\xff\xfb\x01OP\r\n"[..], &b"NOOP"[..]), // IAC WILL ECHO
        (b"\xff\xfd\x06\xff\xfe\x06\xff\xfc\x06NOOP\r\n", b"NOOP"),
        (b"N\xff\xfa\x18\x01\xff\xff\r\n\xff\xf0OOP\r\n", b"NOOP"), // IAC SB ... IAC SE, a line end inside
        (b"\xff\xfa\x18\xff\x01\r\n\xff\xf0NOOP\r\n", b"NOOP"),     // another command does not end it
        (b"caf\xff\xff\r\n", b"caf\xff"),
        (b"\xff\xf1NOOP\r\n", b"NOOP"), // IAC NOP
    ] {
        let lines = all(sent);
        let [Ok(line)] = lines.as_slice() else {
            panic!("{lines:?}")
        };
        assert_eq!(line.bytes, meant);
        assert!(!line.interrupted, "{meant:?}");
        assert_eq!(line.telnet as usize + line.bytes.len() + 2, sent.len());
    }
}

#[test]
fn an_abort_whose_data_mark_was_urgent_and_lost_is_read() {
    let lines = all(b"\xff\xf4\xffABOR\r\n");
    let [Ok(line)] = lines.as_slice() else {
        panic!("{lines:?}")
    };
    assert_eq!(
        (line.bytes.as_slice(), line.interrupted, line.telnet),
        (&b"ABOR"[..], true, 3)
    );
}

#[test]
fn an_undoubled_255_of_a_latin_1_peer_is_kept() {
    assert_eq!(
        texts(b"RETR \xffa\r\nRETR \xff\r\nRETR \xff\n"),
        [&b"RETR \xffa"[..], b"RETR \xff", b"RETR \xff"]
    );
}

#[test]
fn data_connections_speak_no_telnet() {
    let lines = all_of(LineSplitter::for_data(100), b"\xff\xfb\x01a\xff\xff\r\n");
    assert_eq!(lines[0].as_ref().unwrap().bytes, b"\xff\xfb\x01a\xff\xff");
}

#[test]
fn a_line_may_be_as_long_as_the_limit_and_no_longer() {
    let run = |input: &[u8]| all_of(LineSplitter::new(4), input);
    for fits in [&b"1234\r\n"[..], b"1234\n", b"123\r\r\n"] {
        assert!(matches!(run(fits)[..], [Ok(_)]), "{fits:?}");
    }
    for (too_long, start) in [
        (&b"12345\r\nNOOP\n"[..], 0),
        (b"1234\rX\r\nNOOP\n", 0),
        (b"a\n12345\nNOOP\n", 2),
    ] {
        let lines = run(too_long);
        assert!(lines.contains(&Err(LineTooLong { limit: 4, start })), "{lines:?}");
        assert_eq!(
            lines.last().unwrap().as_ref().unwrap().bytes,
            b"NOOP",
            "it goes on with the next line"
        );
    }
}

#[test]
fn endless_input_takes_no_memory() {
    let mut splitter = LineSplitter::new(100);
    let block = [b'x'; 1_000];
    let mut errors = 0;
    for _ in 0..100 {
        let mut input = &block[..];
        while !input.is_empty() {
            errors += usize::from(splitter.next_line(&mut input).is_err());
        }
    }
    assert_eq!(errors, 1, "a line is complained about once");
    assert!(splitter.line.bytes.capacity() <= 256);
    // Telnet without end is bounded too.
    let mut splitter = LineSplitter::new(100);
    assert!(splitter.next_line(&mut &b"\xff\xfa".repeat(200)[..]).is_err());
}
