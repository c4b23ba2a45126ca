//! Tests of [`super`].

use proptest::prelude::*;

use super::*;

fn entry(line: &str) -> Entry {
    match ListingLine::parse(line) {
        ListingLine::Entry(entry) => entry,
        other => panic!("{other:?}"),
    }
}

fn emitted(entry: &Entry) -> String {
    let mut out = Vec::new();
    entry.emit_into(&mut out);
    String::from_utf8(out).unwrap()
}

const AT: Modified = Modified {
    year: Some(2026),
    month: 11,
    day: 22,
    time: Some((14, 59)),
};

#[test]
fn the_emitted_line_is_what_ls_prints() {
    let now = Modified { month: 12, ..AT };
    let file = Entry {
        kind: EntryKind::File,
        size: Some(1_234),
        modified: AT.shown(now),
        name: "notes.txt".into(),
    };
    assert_eq!(
        emitted(&file),
        "-rw-r--r--    1 ftp      ftp              1234 Nov 22 14:59 notes.txt\r\n"
    );
    let old = Modified {
        year: Some(2024),
        month: 2,
        day: 3,
        ..AT
    };
    let dir = Entry {
        kind: EntryKind::Directory,
        size: Some(4_096),
        modified: old.shown(now),
        name: " my dir".into(),
    };
    assert_eq!(
        emitted(&dir),
        "drwxr-xr-x    2 ftp      ftp              4096 Feb  3  2024  my dir\r\n"
    );
    let evil = Entry {
        name: "a\r\nb\0".into(),
        ..file
    };
    assert!(emitted(&evil).ends_with(" a??b?\r\n"));
}

#[test]
fn the_time_is_shown_for_half_a_year() {
    let shows_time = |then: Modified, now: Modified| then.shown(now).time.is_some();
    let day = |year, month, day| Modified {
        year: Some(year),
        month,
        day,
        time: Some((12, 0)),
    };
    let now = day(2026, 7, 2);
    assert!(shows_time(now, now));
    assert!(shows_time(day(2026, 1, 2), now), "181 days");
    assert!(!shows_time(day(2026, 1, 1), now), "182 days");
    assert!(
        !shows_time(day(2026, 7, 3), now),
        "the future is shown with its year, as ls does"
    );
    assert!(
        shows_time(day(2023, 12, 31), day(2024, 6, 29)),
        "181 days over a leap day"
    );
    assert!(
        !shows_time(day(2023, 12, 31), day(2024, 6, 30)),
        "182 days over a leap day"
    );
}

#[test]
fn lines_of_real_servers_and_their_likes() {
    // vsftpd
    let file = entry("-rw-r--r--    1 0        0            1048576 Nov 22 14:59 big file.bin");
    assert_eq!(
        (file.kind, file.size, file.name.as_str()),
        (EntryKind::File, Some(1_048_576), "big file.bin")
    );
    assert_eq!(file.modified, Modified { year: None, ..AT });
    // ProFTPD, and a name that begins with a space
    let dir = entry("drwxr-xr-x   2 ftp      ftp          4096 Jan  1  2025  x");
    assert_eq!((dir.kind, dir.name.as_str()), (EntryKind::Directory, " x"));
    assert_eq!(
        dir.modified,
        Modified {
            year: Some(2025),
            month: 1,
            day: 1,
            time: None
        }
    );
    // A link, an access list's mark, no group, a name that looks like a date, long-iso dates, a device
    let link = entry("lrwxrwxrwx 1 ftp ftp 7 Nov 22 14:59 bin -> usr/bin");
    assert_eq!(
        (link.kind, link.name.as_str()),
        (
            EntryKind::Link {
                target: Some("usr/bin".into())
            },
            "bin"
        )
    );
    assert_eq!(entry("-rw-rw-r--+ 1 ftp 12 Nov 22 14:59 a").size, Some(12));
    assert_eq!(
        entry("-rw-rw-r-- 1 1000 1000 12 Nov 22 14:59 1 Nov 22 14:59 a").name,
        "1 Nov 22 14:59 a"
    );
    assert_eq!(entry("-rw-r--r-- 1 ftp ftp 12 2026-11-22 14:59 a").modified, AT);
    let device = entry("brw-rw---- 1 root disk 8, 0 Nov 22 14:59 sda");
    assert_eq!(
        (device.kind, device.size, device.name.as_str()),
        (EntryKind::Other, None, "sda")
    );
}

#[test]
fn lines_of_windows() {
    let dir = entry("11-22-26  02:59PM       <DIR>          My Files");
    assert_eq!(
        dir,
        Entry {
            kind: EntryKind::Directory,
            size: None,
            modified: AT,
            name: "My Files".into()
        }
    );
    let file = entry("11-22-2026  14:59            1,234 notes.txt");
    assert_eq!(
        file,
        Entry {
            kind: EntryKind::File,
            size: Some(1_234),
            modified: AT,
            name: "notes.txt".into()
        }
    );
    assert_eq!(
        entry("01-02-98  12:05AM    5 a").modified,
        Modified {
            year: Some(1998),
            month: 1,
            day: 2,
            time: Some((0, 5))
        }
    );
    assert_eq!(entry("01-02-98  12:05PM    5 a").modified.time, Some((12, 5)));
    let link = entry("11-22-26  02:59PM       <JUNCTION>     Docs [C:\\Documents]");
    assert_eq!(
        (link.kind, link.name.as_str()),
        (
            EntryKind::Link {
                target: Some("C:\\Documents".into())
            },
            "Docs"
        )
    );
}

#[test]
fn odd_lines_are_kept_as_text() {
    for odd in [
        "",
        "total 12",
        "ls: no such file",
        "-rw-r--r--",
        "-rw-r--r-- 1 ftp ftp 12 Nov 22 14:59",
        "-rw-r--r-- 1 ftp ftp 12 Nov 22 14:59 ",
        "-rw-r--r-- 1 ftp ftp 12 Nov 31 14:59 a",
        "-rw-r--r-- 1 ftp ftp 12 Nov 22 24:00 a",
        "-rw-r--r-- 1 ftp ftp 99999999999999999999 Nov 22 14:59 a",
        "-rw-r--r-- 1 ftp ftp 12 Foo 22 14:59 a",
        "13-22-26  02:59PM  5 a",
        "11-22-26  13:59PM  5 a",
        "11-22-26  02:59PM  five a",
        "ürw-r--r-- 1 ftp ftp 12 Nov 22 14:59 a",
    ] {
        assert_eq!(ListingLine::parse(odd), ListingLine::Other(odd.to_owned()));
    }
}

#[test]
fn a_reader_gives_the_last_line_too_and_drops_what_is_too_long() {
    let mut reader = ListingReader::new();
    let long = "x".repeat(10_000);
    let text = format!("total 1\r\n{long}\r\n-rw-r--r-- 1 ftp ftp 1 Nov 22 14:59 \u{ff}\n11-22-26  02:59PM  5 cut");
    let mut input = text.as_bytes();
    assert_eq!(reader.next_line(&mut input), Some(ListingLine::Other("total 1".into())));
    assert!(matches!(reader.next_line(&mut input), Some(ListingLine::Entry(entry)) if entry.name == "ÿ"));
    assert_eq!(reader.next_line(&mut input), None);
    assert!(matches!(reader.finish(), Some(ListingLine::Entry(entry)) if entry.name == "cut"));
    assert_eq!(ListingReader::new().finish(), None);
}

fn any_modified() -> impl Strategy<Value = Modified> {
    let day = (1_u8..=12, 1_u8..=28);
    (day, proptest::option::of((0_u8..24, 0_u8..60)), 0_u16..=9_999).prop_map(|((month, day), time, year)| Modified {
        year: time.is_none().then_some(year),
        month,
        day,
        time,
    })
}

fn any_kind() -> impl Strategy<Value = EntryKind> {
    prop_oneof![
        Just(EntryKind::File),
        Just(EntryKind::Directory),
        Just(EntryKind::Other),
        "[^\r\n\0\u{ef80}-\u{efff}]{1,9}".prop_map(|target| EntryKind::Link { target: Some(target) }),
    ]
}

proptest! {
    #[test]
    fn entries_come_back(
        kind in any_kind(),
        size in any::<u64>(),
        modified in any_modified(),
        name in "[^\r\n\0\u{ef80}-\u{efff}]{1,20}|[ 0-9]{1,3}Nov 22 14:59 a",
    ) {
        prop_assume!(!matches!(kind, EntryKind::Link { .. }) || !name.contains(" -> "));
        let entry = Entry { kind, size: Some(size), modified, name };
        let mut bytes = Vec::new();
        entry.emit_into(&mut bytes);
        let mut reader = ListingReader::new();
        let mut input = bytes.as_slice();
        prop_assert_eq!(reader.next_line(&mut input), Some(ListingLine::Entry(entry)));
        prop_assert!(input.is_empty());
    }
}
