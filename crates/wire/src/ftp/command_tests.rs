//! Tests of [`super`].

use proptest::prelude::*;

use super::*;

fn parse(line: &[u8]) -> Result<Command, CommandError> {
    Command::parse(line)
}

fn command(verb: Verb, argument: &str) -> Command {
    Command::with(verb, Argument::new(argument).unwrap())
}

#[test]
fn verbs_are_letters_in_upper_case_and_nothing_else() {
    assert_eq!(Verb::new("retr"), Some(Verb::RETR));
    assert_eq!(Verb::new("Cwd"), Some(Verb::CWD));
    assert_eq!(Verb::new("XQZZ").unwrap().as_str(), "XQZZ", "the space is open");
    for bad in ["", "US", "USERS", "US3R", "US R", "cwd\0", "ÜBE", "-ABC"] {
        assert_eq!(Verb::new(bad), None, "{bad:?}");
    }
}

#[test]
fn every_constant_is_the_verb_it_is_named_after() {
    for verb in Verb::ALL {
        assert_eq!(Verb::new(verb.as_str()), Some(*verb), "{verb}");
    }
    let mut sorted = Verb::ALL.to_vec();
    sorted.sort();
    sorted.dedup();
    assert_eq!(sorted.len(), Verb::ALL.len());
}

#[test]
fn the_argument_is_all_behind_one_space() {
    assert_eq!(parse(b"user anonymous"), Ok(command(Verb::USER, "anonymous")));
    assert_eq!(parse(b"RETR  two  spaces "), Ok(command(Verb::RETR, " two  spaces ")));
    assert_eq!(parse(b"NOOP"), Ok(Command::new(Verb::NOOP)));
    assert_eq!(
        parse(b"LIST "),
        Ok(Command::new(Verb::LIST)),
        "an empty argument is none"
    );
    assert_eq!(parse(b"CWD caf\xc3\xa9"), Ok(command(Verb::CWD, "café")));
}

#[test]
fn a_name_in_latin_1_goes_back_as_it_came() {
    let command = parse(b"RETR caf\xe9").unwrap();
    assert_eq!(command.emit(), b"RETR caf\xe9\r\n");
    assert_eq!(command.to_string(), "RETR caf\\xE9");
    assert_eq!(
        parse(b"RETR \xff").unwrap().emit(),
        b"RETR \xff\xff\r\n",
        "255 is doubled for Telnet"
    );
}

#[test]
fn what_is_no_command_says_why() {
    assert_eq!(parse(b""), Err(CommandError::Empty));
    for bad in [
        &b" NOOP"[..],
        b"GO",
        b"HELLO",
        b"123 x",
        b"USER\tx",
        b"\x16\x03\x01",
        b"NOOP\r",
    ] {
        assert_eq!(parse(bad), Err(CommandError::Verb), "{bad:?}");
    }
    for bad in [&b"CWD a\rDELE b"[..], b"CWD a\0"] {
        assert!(
            matches!(parse(bad), Err(CommandError::Argument { verb: Verb::CWD, .. })),
            "{bad:?}"
        );
    }
    let long = [b"CWD ", &[b'x'; Argument::MAX + 1][..]].concat();
    assert!(matches!(
        parse(&long),
        Err(CommandError::Argument {
            verb: Verb::CWD,
            why: ArgumentError::TooLong { length: 4_097 }
        })
    ));
}

proptest! {
    #[test]
    fn what_is_emitted_parses_the_same(verb in "[A-Za-z]{3,4}", argument in "\\PC{0,60}") {
        let verb = Verb::new(&verb).unwrap();
        let argument = Some(argument).filter(|text| !text.is_empty()).map(|text| Argument::new(text).unwrap());
        let command = Command { verb, argument };
        let bytes = command.emit();
        prop_assert!(bytes.ends_with(b"\r\n"));
        prop_assert_eq!(bytes.iter().filter(|b| matches!(b, b'\r' | b'\n')).count(), 2);
        prop_assert_eq!(Command::parse(&bytes[..bytes.len() - 2]), Ok(command));
    }
}
