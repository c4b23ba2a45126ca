//! Names and paths: odd ones, and none that leads out.

use proptest::prelude::*;

use super::*;

#[test]
fn directories_are_made_and_removed() {
    let mut s = Script::logged_in();
    assert_eq!(s.ask("MKD pub/new", 257), "\"/pub/new\" is made.");
    s.ask("MKD pub/new", 550);
    s.ask("MKD readme.txt", 550);
    s.ask("MKD nowhere/new", 550);
    s.ask("CWD pub/new", 250);
    assert_eq!(s.ask("MKD ../other", 257), "\"/pub/other\" is made.");
    s.ask("RMD /pub", 550);
    s.ask("RMD ../other", 250);
    s.ask("RMD ../other", 550);
    s.ask("RMD /readme.txt", 550);
    s.ask("RMD /", 550);
    s.quit();
}

#[test]
fn files_are_deleted_and_renamed() {
    let mut s = Script::logged_in();
    for (line, code) in [
        ("RNTO nothing", 503),
        ("RNFR nothing", 550),
        ("RNTO nothing", 503),
        ("RNFR readme.txt", 350),
        ("RNTO pub/moved.txt", 250),
        ("SIZE readme.txt", 550),
        ("SIZE pub/moved.txt", 213),
        // Only the very next command will do.
        ("RNFR pub/moved.txt", 350),
        ("NOOP", 200),
        ("RNTO readme.txt", 503),
        ("RNFR pub/moved.txt", 350),
        ("FOO", 500),
        ("RNTO readme.txt", 503),
        ("RNFR pub/moved.txt", 350),
        ("RNTO", 501),
        ("RNTO readme.txt", 503),
        // Not onto a directory, nor into one that is not there, nor into itself.
        ("RNFR pub/moved.txt", 350),
        ("RNTO pub", 553),
        ("RNFR pub/moved.txt", 350),
        ("RNTO nowhere/moved.txt", 553),
        ("RNFR pub", 350),
        ("RNTO pub/inside", 553),
        ("RNFR pub", 350),
        ("RNTO public", 250),
        ("DELE public", 550),
        ("DELE public/moved.txt", 250),
        ("DELE public/moved.txt", 550),
    ] {
        s.ask(line, code);
    }
    s.quit();
}

#[test]
fn old_names_of_commands_are_understood() {
    let mut s = Script::logged_in();
    for (line, code) in [
        ("XMKD a", 257),
        ("XCWD a", 250),
        ("XPWD", 257),
        ("XCUP", 250),
        ("XRMD a", 250),
        ("XRMD", 501),
        ("XPWD x", 501),
        ("XXXX", 500),
    ] {
        s.ask(line, code);
    }
}

#[test]
fn quotes_are_doubled_and_undone() {
    let mut s = Script::logged_in();
    assert_eq!(s.ask("MKD say \"hi\"", 257), "\"/say \"\"hi\"\"\" is made.");
    s.ask("CWD say \"hi\"", 250);
    assert_eq!(s.ask("PWD", 257), "\"/say \"\"hi\"\"\" is the working directory.");
}

/// What the server sends for these bytes, byte by byte.
fn answer_to(bytes: &[u8]) -> Vec<u8> {
    let mut bench = Bench::new(server(config())).with_connection(CONTROL).with_tree(files());
    bench.give(Input::Begin);
    let (conn, credit) = (CONTROL, 99_999);
    bench.give(Input::Writable { conn, bytes: credit });
    bench.say(CONTROL, b"USER ada\r\nPASS secret\r\n");
    bench.take_sent(CONTROL);
    bench.say(CONTROL, bytes);
    bench.take_sent(CONTROL)
}

#[test]
fn names_of_any_bytes_go_both_ways() {
    // UTF-8, Latin-1, and the byte 255, which Telnet doubles.
    for name in [
        &b"caf\xc3\xa9"[..],
        b"caf\xe9",
        b"a\xff\xffb",
        b" two  spaces ",
        b"\x1b[2J",
        b"-l",
    ] {
        let (make, change) = ([b"MKD ", name, b"\r\n"].concat(), [b"CWD ", name, b"\r\n"].concat());
        let answer = answer_to(&[&make[..], &change, b"PWD\r\n"].concat());
        let expected = [
            &b"257 \"/"[..],
            name,
            b"\" is made.\r\n250 \"/",
            name,
            b"\" is the working directory now.\r\n257 \"/",
            name,
            b"\" is the working directory.\r\n",
        ];
        assert_eq!(answer, expected.concat(), "{}", String::from_utf8_lossy(name));
    }
}

#[test]
fn a_line_end_or_nothing_in_a_name_is_refused() {
    for line in [
        &b"MKD a\r\0b\r\n"[..],
        b"MKD a\rb\r\n",
        b"MKD a\0\r\n",
        b"RNFR \r\0\r\n",
    ] {
        assert!(answer_to(line).starts_with(b"501 "), "{line:?}");
    }
    // A bare line feed ends a line, as the robustness rule wants it.
    assert!(answer_to(b"NOOP\nNOOP\n").starts_with(b"200 Fine.\r\n200 "));
}

proptest! {
    /// Whatever is said, where one stands is a path from the root, and nothing beside the tree is asked for.
    #[test]
    fn no_path_leads_out(paths in proptest::collection::vec("(/|\\.\\./|\\./|pub/|a/|\\.\\.\\./){1,6}", 1..9)) {
        let mut s = Script::logged_in();
        for path in &paths {
            for verb in ["MKD", "CWD"] {
                s.command(&format!("{verb} {path}"));
                s.codes();
            }
            let text = s.ask("PWD", 257);
            prop_assert!(text.starts_with("\"/"), "{text}");
            let inside = text.split('"').nth(1).unwrap_or_default();
            prop_assert!(!inside.split('/').any(|name| name == ".." || name == "."), "{text}");
        }
    }
}
