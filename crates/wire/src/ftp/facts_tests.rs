use proptest::prelude::*;

use super::*;

fn line(kind: FactKind, size: Option<u64>, modified: Option<u64>, name: &str) -> FactLine {
    let facts = Facts {
        kind: Some(kind),
        size,
        modified: modified.map(TimeVal::new),
    };
    let name = name.to_owned();
    FactLine { facts, name }
}

#[test]
fn a_line_is_facts_and_a_name() {
    for (text, expected) in [
        (
            "type=file;size=12;modify=20261122113000; notes.txt",
            line(FactKind::File, Some(12), Some(1_795_347_000), "notes.txt"),
        ),
        (
            "type=dir;  spaces in  it ",
            line(FactKind::Directory, None, None, " spaces in  it "),
        ),
        ("type=cdir; /", line(FactKind::Current, None, None, "/")),
        (
            "type=OS.unix=slink:/a; b",
            line(FactKind::Other("OS.unix=slink:/a".to_owned()), None, None, "b"),
        ),
    ] {
        assert_eq!(FactLine::parse(text), Ok(expected.clone()));
        assert_eq!(expected.to_line(), text);
        // MLST's has one more space.
        assert_eq!(FactLine::parse_reply_line(&format!(" {text}")), Ok(expected));
    }
    // Nothing at all is told of it.
    let (facts, name) = (Facts::default(), "name".to_owned());
    let bare = FactLine { facts, name };
    assert_eq!(FactLine::parse(" name"), Ok(bare.clone()));
    assert_eq!(FactLine::parse_reply_line("  name"), Ok(bare.clone()));
    assert_eq!(bare.to_line(), " name");
}

#[test]
fn other_servers_lines() {
    for text in [
        "Type=file;Size=1024990;Modify=19970214165800;Perm=r; /tmp/cap60.pl",
        "modify=19970214165800.25;perm=adfr;size=1024990;type=FILE;unique=801U1;UNIX.mode=0644; cap",
        "type=file;size=1024990;modify=19970214165800 cap",
    ] {
        let read = FactLine::parse(text).unwrap();
        assert_eq!(read.facts.kind, Some(FactKind::File));
        assert_eq!(read.facts.size, Some(1_024_990));
        assert_eq!(read.facts.modified.map(TimeVal::seconds), Some(855_939_480));
    }
}

#[test]
fn what_is_no_line_of_facts() {
    for (text, why) in [
        ("", FactsError::NoName),
        ("type=file;", FactsError::NoName),
        ("type=file; ", FactsError::NoName),
        ("drwxr-xr-x 2 ftp ftp 0 Jan  1 00:00 a", FactsError::NoFact),
        ("type=file;; a", FactsError::NoFact),
        ("=file; a", FactsError::NoFact),
        ("size=-1; a", FactsError::Value),
        ("size=; a", FactsError::Value),
        ("size=99999999999999999999; a", FactsError::Value),
        ("modify=19691231235959; a", FactsError::Value),
    ] {
        assert_eq!(FactLine::parse(text), Err(why), "{text}");
    }
}

#[test]
fn facts_are_chosen() {
    let all = FactSelection::ALL;
    assert_eq!(all.to_feature(), "type*;size*;modify*;");
    let some = FactSelection::parse("Size;unknown;TYPE");
    assert_eq!(some.to_string(), "type;size;");
    assert_eq!(some.to_feature(), "type*;size*;modify;");
    assert_eq!(FactSelection::parse_feature(&some.to_feature()), (all, some));
    let few = FactSelection::parse_feature("Type*;Perm*;UNIX.mode;");
    assert_eq!(
        (few.0.to_string(), few.1.to_string()),
        ("type;".to_owned(), "type;".to_owned())
    );
    assert_eq!(FactSelection::parse(""), FactSelection::NONE);
    assert_eq!(FactSelection::NONE.to_string(), "");
    let FactLine { facts, .. } = FactLine::parse("type=file;size=1; a").unwrap();
    let chosen = FactSelection { size: false, ..all }.choose(facts.clone());
    assert_eq!((chosen.kind, chosen.size), (Some(FactKind::File), None));
    assert_eq!(all.choose(facts.clone()), facts);
}

#[test]
fn no_name_or_kind_breaks_out_of_its_line() {
    let hostile = line(FactKind::Other("a;b c\r".to_owned()), None, None, "x\r\n226 y\0");
    let mut out = Vec::new();
    hostile.emit_into(&mut out);
    assert_eq!(out, b"type=a?b?c?; x??226 y?\r\n");
}

fn any_line() -> impl Strategy<Value = FactLine> {
    let kind = prop_oneof![
        Just(FactKind::File),
        Just(FactKind::Directory),
        Just(FactKind::Current),
        Just(FactKind::Parent),
        "OS\\.[a-z]{1,5}=[a-z:/]{0,9}".prop_map(FactKind::Other),
    ];
    let time =
        (0..=TimeVal::LAST, 0_u32..1_000_000).prop_map(|(seconds, micros)| TimeVal::new(seconds).with_micros(micros));
    let facts = (
        proptest::option::of(kind),
        any::<Option<u64>>(),
        proptest::option::of(time),
    );
    (facts, "[a-zé =;\"]{1,20}").prop_map(|((kind, size, modified), name)| FactLine {
        facts: Facts { kind, size, modified },
        name,
    })
}

proptest! {
    #[test]
    fn each_line_comes_back(line in any_line()) {
        prop_assert_eq!(FactLine::parse(&line.to_line()), Ok(line));
    }

    #[test]
    fn each_choice_comes_back(kind: bool, size: bool, modified: bool) {
        let selection = FactSelection { kind, size, modified };
        prop_assert_eq!(FactSelection::parse(&selection.to_string()), selection);
        prop_assert_eq!(FactSelection::parse_feature(&selection.to_feature()), (FactSelection::ALL, selection));
    }

    #[test]
    fn no_text_makes_it_stumble(text in "[a-z;= 0-9]{0,40}|\\PC{0,40}") {
        if let Ok(line) = FactLine::parse(&text) {
            prop_assert_eq!(FactLine::parse(&line.to_line()), Ok(line));
        }
        let selection = FactSelection::parse(&text);
        prop_assert_eq!(FactSelection::parse(&selection.to_string()), selection);
    }
}
