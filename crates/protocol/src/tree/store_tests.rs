use super::*;

fn at(path: &str) -> TreePath {
    TreePath::root().join(path)
}

fn tree() -> Tree {
    let mut tree = Tree::new(10);
    tree.add_file(&at("pub/readme.txt"), Content::from(&b"hello"[..]), 20)
        .unwrap();
    tree.add_file(&at("pub/big.bin"), Generated { size: 5 << 30, seed: 1 }.into(), 30)
        .unwrap();
    tree
}

fn open(tree: &mut Tree, path: &str, how: OpenHow) -> Result<HandleId, StoreError> {
    match tree.answer(StoreRequest::Open { path: at(path), how })? {
        StoreAnswer::Opened { handle, .. } => Ok(handle),
        other => panic!("{other:?}"),
    }
}

#[test]
fn files_are_read_in_blocks_and_shorter_only_at_the_end() {
    let mut tree = tree();
    let handle = open(&mut tree, "pub/readme.txt", OpenHow::Read).unwrap();
    let mut read = |offset, length| tree.answer(StoreRequest::ReadAt { handle, offset, length });
    assert_eq!(read(0, 3), Ok(StoreAnswer::Data(b"hel".to_vec())));
    assert_eq!(read(3, 3), Ok(StoreAnswer::Data(b"lo".to_vec())));
    assert_eq!(read(5, 3), Ok(StoreAnswer::Data(Vec::new())));
    assert_eq!(tree.open_files(), 1);
    assert_eq!(
        tree.answer(StoreRequest::Close { handle, complete: true }),
        Ok(StoreAnswer::Done)
    );
    assert_eq!(tree.open_files(), 0);
    assert_eq!(
        tree.answer(StoreRequest::Close { handle, complete: true }),
        Err(StoreError::Failed)
    );
}

#[test]
fn an_upload_shows_when_it_is_closed() {
    let mut tree = tree();
    tree.set_time(99);
    let reader = open(&mut tree, "pub/readme.txt", OpenHow::Read).unwrap();
    let writer = open(&mut tree, "pub/readme.txt", OpenHow::Replace).unwrap();
    // The blocks come in any order.
    for (offset, bytes) in [(2, &b"new"[..]), (0, &b"a "[..])] {
        let request = StoreRequest::WriteAt {
            handle: writer,
            offset,
            bytes: bytes.to_vec(),
        };
        assert_eq!(tree.answer(request), Ok(StoreAnswer::Done));
    }
    assert_eq!(tree.content(&at("pub/readme.txt")).unwrap().read(0, 9), b"hello");
    tree.answer(StoreRequest::Close {
        handle: writer,
        complete: true,
    })
    .unwrap();
    assert_eq!(tree.content(&at("pub/readme.txt")).unwrap().read(0, 9), b"a new");
    let read = tree.answer(StoreRequest::ReadAt {
        handle: reader,
        offset: 0,
        length: 9,
    });
    assert_eq!(
        read,
        Ok(StoreAnswer::Data(b"hello".to_vec())),
        "a reader keeps what it opened"
    );
    let entry = tree.answer(StoreRequest::Stat {
        path: at("pub/readme.txt"),
    });
    let expected = Entry {
        name: "readme.txt".to_owned(),
        kind: EntryKind::File,
        size: 5,
        modified: 99,
    };
    assert_eq!(entry, Ok(StoreAnswer::Entry(expected)));
}

#[test]
fn the_quota_counts_what_is_kept_and_what_is_being_written() {
    let mut tree = tree().with_quota(Quota { bytes: 10 });
    let first = open(&mut tree, "a", OpenHow::Replace).unwrap();
    let write = |handle, offset, size: usize| StoreRequest::WriteAt {
        handle,
        offset,
        bytes: vec![b'x'; size],
    };
    assert_eq!(tree.answer(write(first, 0, 4)), Ok(StoreAnswer::Done));
    assert_eq!(
        tree.answer(write(first, 2, 3)),
        Ok(StoreAnswer::Done),
        "the end is at 5, and 5 are kept"
    );
    let second = open(&mut tree, "b", OpenHow::Replace).unwrap();
    assert_eq!(tree.answer(write(second, 0, 1)), Err(StoreError::Full));
    assert_eq!(
        tree.answer(write(second, u64::MAX, 1)),
        Err(StoreError::Full),
        "an offset costs no memory"
    );
    // Replacing gives back what was there.
    tree.answer(StoreRequest::Close {
        handle: first,
        complete: true,
    })
    .unwrap();
    let again = open(&mut tree, "pub/readme.txt", OpenHow::Replace).unwrap();
    tree.answer(StoreRequest::Close {
        handle: again,
        complete: false,
    })
    .unwrap();
    assert_eq!(tree.answer(write(second, 0, 5)), Ok(StoreAnswer::Done));
    assert_eq!(tree.answer(write(second, 5, 1)), Err(StoreError::Full));
}

#[test]
fn a_directory_is_listed_in_pages_in_the_order_of_names() {
    let mut tree = Tree::new(1);
    for name in ["c", "a", "e", "b", "d"] {
        tree.add_file(&at("dir").join(name), Content::from(&b""[..]), 2)
            .unwrap();
    }
    tree.add_directory(&at("dir/sub"), 3).unwrap();
    let mut names = Vec::new();
    let mut after = None;
    loop {
        let request = StoreRequest::List {
            path: at("dir"),
            after: after.take(),
            limit: 4,
        };
        let Ok(StoreAnswer::Page { entries, more }) = tree.answer(request) else {
            panic!("no page");
        };
        names.extend(entries.into_iter().map(|entry| entry.name));
        if !more {
            break;
        }
        after = names.last().cloned();
    }
    assert_eq!(names, ["a", "b", "c", "d", "e", "sub"]);
}

#[test]
fn every_refusal_says_why() {
    let mut tree = tree();
    for (path, how, why) in [
        ("nothing", OpenHow::Read, StoreError::NotFound),
        ("pub", OpenHow::Read, StoreError::WrongKind),
        ("pub/readme.txt/x", OpenHow::Read, StoreError::NotFound),
        ("pub", OpenHow::Replace, StoreError::WrongKind),
        ("/", OpenHow::Replace, StoreError::WrongKind),
        ("none/x", OpenHow::Replace, StoreError::NotFound),
        ("pub/readme.txt/x", OpenHow::Replace, StoreError::WrongKind),
    ] {
        assert_eq!(open(&mut tree, path, how), Err(why), "{path}");
    }
    let list = StoreRequest::List {
        path: at("pub/readme.txt"),
        after: None,
        limit: 1,
    };
    assert_eq!(tree.answer(list), Err(StoreError::WrongKind));
    let mut tree = tree.read_only();
    assert_eq!(open(&mut tree, "pub/new", OpenHow::Replace), Err(StoreError::Denied));
    assert!(open(&mut tree, "pub/readme.txt", OpenHow::Read).is_ok());
}

#[test]
fn a_file_is_gone_on_with_where_it_ends_or_where_one_says() {
    let mut tree = tree();
    let mut write = |how, offset, text: &str| -> Result<u64, StoreError> {
        let request = StoreRequest::Open {
            path: at("pub/readme.txt"),
            how,
        };
        let StoreAnswer::Opened { handle, size } = tree.answer(request)? else {
            panic!("it was not opened");
        };
        let bytes = text.as_bytes().to_vec();
        tree.answer(StoreRequest::WriteAt { handle, offset, bytes })?;
        tree.answer(StoreRequest::Close { handle, complete: true })?;
        Ok(size)
    };
    assert_eq!(write(OpenHow::Append, 5, " you"), Ok(5));
    assert_eq!(write(OpenHow::From(7), 7, "world"), Ok(7));
    assert_eq!(write(OpenHow::From(99), 99, "x"), Err(StoreError::OutOfRange));
    assert_eq!(write(OpenHow::New, 0, "x"), Err(StoreError::Exists));
    let content = tree.content(&at("pub/readme.txt")).unwrap();
    assert_eq!(content.read(0, 99), b"hello yworld");
    let nothing = StoreRequest::Open {
        path: at("pub/none.txt"),
        how: OpenHow::From(1),
    };
    assert_eq!(tree.answer(nothing), Err(StoreError::NotFound));
}

#[test]
fn what_is_kept_of_a_file_counts_twice_until_it_is_closed() {
    let mut tree = Tree::new(0).with_quota(Quota { bytes: 10 });
    tree.add_file(&at("a"), Content::from(&b"123456"[..]), 0).unwrap();
    assert_eq!(open(&mut tree, "a", OpenHow::Append), Err(StoreError::Full));
    assert_eq!(open(&mut tree, "a", OpenHow::From(5)), Err(StoreError::Full));
    let handle = open(&mut tree, "a", OpenHow::From(4)).unwrap();
    tree.answer(StoreRequest::Close { handle, complete: true }).unwrap();
    assert_eq!(tree.content(&at("a")).unwrap().size(), 4);
    assert!(open(&mut tree, "a", OpenHow::Append).is_ok(), "the rest is free again");
}
