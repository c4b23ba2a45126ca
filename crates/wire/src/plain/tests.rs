use core::net::SocketAddr;

use proptest::prelude::*;

use super::*;
use crate::action::{Action, FileType, PutHow, TransferMode};
use crate::ordered::Set;
use crate::{Argument, Instant};

/// One of everything that can be derived.
#[derive(Clone, Debug, PartialEq, Plain)]
enum Sample {
    Nothing,
    Numbers(u8, u16, u32, u64, usize),
    Named {
        text: String,
        list: Vec<Whole>,
        some: Option<Box<Whole>>,
        members: Set<u16>,
    },
}

#[derive(Clone, Debug, PartialEq, Plain)]
struct Whole {
    truth: bool,
    pair: (u16, Instant),
    address: SocketAddr,
}

fn whole() -> impl Strategy<Value = Whole> {
    (any::<bool>(), any::<u16>(), any::<u64>(), any::<bool>(), any::<u16>()).prop_map(|(truth, low, at, six, port)| {
        let address = if six {
            SocketAddr::from(([0x2001, 0xdb8, 0, 0, 0, 0, 0, low], port))
        } else {
            SocketAddr::from(([203, 0, 113, 10], port))
        };
        let pair = (low, Instant::from_micros(at));
        Whole { truth, pair, address }
    })
}

fn sample() -> impl Strategy<Value = Sample> {
    let numbers = any::<(u8, u16, u32, u64, u32)>();
    let numbers = numbers.prop_map(|(a, b, c, d, e)| Sample::Numbers(a, b, c, d, e as usize));
    let members = proptest::collection::vec(any::<u16>(), 0..4);
    let lists = (
        ".{0,9}",
        proptest::collection::vec(whole(), 0..4),
        proptest::option::of(whole()),
        members,
    );
    let named = lists.prop_map(|(text, list, some, members)| Sample::Named {
        text,
        list,
        some: some.map(Box::new),
        members: members.into_iter().collect(),
    });
    prop_oneof![Just(Sample::Nothing), numbers, named]
}

proptest! {
    #[test]
    fn what_was_written_is_read(value in proptest::collection::vec(sample(), 0..4)) {
        let bytes = write(&value);
        prop_assert_eq!(read(&bytes), Some(value));
        for end in 0..bytes.len() {
            prop_assert_eq!(read::<Vec<Sample>>(&bytes[..end]), None, "{} of {} bytes", end, bytes.len());
        }
        prop_assert_eq!(read::<Vec<Sample>>(&[bytes.as_slice(), &[0]].concat()), None);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        if let Some(value) = read::<Vec<Sample>>(&bytes) {
            prop_assert_eq!(read(&write(&value)), Some(value));
        }
        let _any = read::<Action>(&bytes);
    }
}

#[test]
fn numbers_are_held_to_their_type() {
    assert_eq!(write(&300_u16), [0xAC, 0x02]);
    assert_eq!(read(&[0xFF, 0xFF, 0x03]), Some(u16::MAX));
    assert_eq!(read::<u16>(&[0x80, 0x80, 0x04]), None);
    assert_eq!(read(&write(&u64::MAX)), Some(u64::MAX));
    assert_eq!(
        read::<u64>(&[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x03]),
        None
    );
    assert_eq!(read::<u64>(&[0x80; 12]), None);
    assert_eq!(read::<bool>(&[2]), None);
    assert_eq!(read::<Sample>(&[3]), None);
}

#[test]
fn a_length_is_not_believed() {
    // As many as there are bytes, and more.
    assert_eq!(read::<Vec<u64>>(&[4, 1, 1, 1]), None);
    assert_eq!(read::<Vec<u64>>(&write(&u64::MAX)), None);
    assert_eq!(read::<String>(&[2, b'a']), None);
    assert_eq!(read::<String>(&[1, 0xFF]), None);
}

#[test]
fn an_argument_stays_checked() {
    assert_eq!(read(&write(&"notes.txt".to_owned())), Argument::new("notes.txt").ok());
    assert_eq!(read::<Argument>(&write(&"a\r\nDELE b".to_owned())), None);
    assert_eq!(read::<Argument>(&write(&"x".repeat(Argument::MAX + 1))), None);
}

#[test]
fn actions_come_back_as_they_were() {
    let argument = |text: &str| Argument::new(text).unwrap();
    let actions = vec![
        Action::Call { host: None, port: 21 },
        Action::Connect {
            host: Some(argument("server")),
            port: Some(2121),
        },
        Action::LogIn {
            user: argument("anna"),
            password: argument(""),
            account: None,
        },
        Action::Get {
            remote: argument("notes.txt"),
            local: Some(argument("n")),
            resume: true,
        },
        Action::Put {
            local: argument("a"),
            remote: None,
            how: PutHow::Unique,
        },
        Action::Type {
            representation: FileType::Ascii,
        },
        Action::Mode {
            mode: TransferMode::ExtendedActive,
        },
        Action::Abort,
        Action::Raw { line: argument("NOOP") },
    ];
    assert_eq!(read(&write(&actions)), Some(actions));
}
