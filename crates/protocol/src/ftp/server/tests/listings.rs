//! NLST, MLSD, MLST, STAT of a path, SIZE, MDTM, and which facts are told.

use super::*;

/// A tree with times and odd names.
fn tree() -> Tree {
    let mut tree = Tree::new(0);
    let (then, now) = (951_782_400, 1_795_347_000);
    tree.add_file(&at("pub/caf\u{e9} 1.txt"), Content::from(&b"12345"[..]), then)
        .unwrap();
    tree.add_directory(&at("pub/inner"), now).unwrap();
    tree
}

fn script() -> Script {
    let config = Config {
        epoch: 1_795_347_000,
        ..config()
    };
    let mut s = Script::start(Bench::new(server(config)).with_tree(tree()));
    s.log_in();
    s
}

#[track_caller]
fn listed(s: &mut Script, line: &str) -> String {
    let (bytes, codes) = s.download(line);
    assert_eq!(codes, [125, 226], "{line}");
    String::from_utf8(bytes).unwrap()
}

#[test]
fn names_can_be_used_as_they_are() {
    let mut s = script();
    for (line, expected) in [
        ("NLST", "pub\r\n"),
        ("NLST pub", "pub/café 1.txt\r\npub/inner\r\n"),
        ("NLST pub/", "pub/café 1.txt\r\npub/inner\r\n"),
        ("NLST /pub", "/pub/café 1.txt\r\n/pub/inner\r\n"),
        ("NLST -a pub", "pub/café 1.txt\r\npub/inner\r\n"),
        ("NLST pub/café 1.txt", "pub/café 1.txt\r\n"),
        ("NLST pub/inner", ""),
    ] {
        assert_eq!(listed(&mut s, line), expected, "{line}");
    }
    // Each of them can be fetched.
    for name in listed(&mut s, "NLST pub").lines().take(1) {
        assert_eq!(s.download(&format!("RETR {name}")).0, b"12345");
    }
    s.quit();
}

#[test]
fn facts_are_for_programs() {
    let mut s = script();
    let expected = "type=file;size=5;modify=20000229000000; café 1.txt\r\ntype=dir;modify=20261122113000; inner\r\n";
    assert_eq!(listed(&mut s, "MLSD pub"), expected);
    assert_eq!(listed(&mut s, "MLSD").lines().count(), 1);
    // Whatever the type: the listing is no text file.
    s.ask("TYPE A", 200);
    assert_eq!(listed(&mut s, "MLSD pub"), expected);
    s.passive();
    s.ask("MLSD pub/café 1.txt", 501);
    s.ask("MLSD nowhere", 550);
    s.quit();
}

#[test]
fn facts_of_one_name_come_over_the_control_connection() {
    let mut s = script();
    for (line, expected) in [
        (
            "MLST pub/café 1.txt",
            " type=file;size=5;modify=20000229000000; /pub/café 1.txt",
        ),
        ("MLST pub", " type=dir;modify=20000229000000; /pub"),
        ("MLST", " type=dir;modify=19700101000000; /"),
    ] {
        let text = s.ask(line, 250);
        assert_eq!(text, format!("Facts:\n{expected}\nEnd"), "{line}");
    }
    s.ask("MLST nowhere", 550);
}

#[test]
fn the_facts_that_were_chosen_are_told() {
    let mut s = script();
    for (line, reply, entry) in [
        (
            "OPTS MLST type;size;",
            "MLST OPTS type;size;",
            "type=file;size=5; café 1.txt",
        ),
        ("opts mlst SIZE;nonsense;", "MLST OPTS size;", "size=5; café 1.txt"),
        ("OPTS MLST", "MLST OPTS", " café 1.txt"),
        (
            "OPTS MLST modify;size;type;",
            "MLST OPTS type;size;modify;",
            "type=file;size=5;modify=20000229000000; café 1.txt",
        ),
    ] {
        assert_eq!(s.ask(line, 200), reply);
        assert_eq!(listed(&mut s, "MLSD pub").lines().next(), Some(entry));
    }
    s.ask("OPTS MLST modify;", 200);
    assert!(s.ask("FEAT", 211).contains("\n MLST type;size;modify*;\n"));
}

#[test]
fn features_as_rfc_2389_wants_them() {
    let mut bench = Bench::new(server(config())).with_connection(CONTROL);
    bench.give(Input::Begin);
    let (conn, bytes) = (CONTROL, 999);
    bench.give(Input::Writable { conn, bytes });
    bench.take_sent(CONTROL);
    bench.say(CONTROL, b"FEAT\r\n");
    let expected = "211-Extensions supported:\r\n CLNT\r\n EPRT\r\n EPSV\r\n MDTM\r\n MLST type*;size*;modify*;\r\n \
                    REST STREAM\r\n SIZE\r\n TVFS\r\n UTF8\r\n211 End\r\n";
    assert_eq!(String::from_utf8(bench.take_sent(CONTROL)).unwrap(), expected);
}

#[test]
fn options_of_nothing_else() {
    let mut s = Script::new();
    for (line, code) in [
        ("OPTS UTF8 ON", 200),
        ("opts utf8 on", 200),
        ("OPTS UTF8 OFF", 501),
        ("OPTS UTF8", 501),
        ("OPTS UTF8 PERHAPS", 501),
        ("OPTS RETR x", 501),
        ("OPTS", 501),
    ] {
        s.ask(line, code);
    }
}

#[test]
fn sizes_and_times_of_plain_files() {
    let mut s = script();
    assert_eq!(s.ask("SIZE pub/café 1.txt", 213), "5");
    assert_eq!(s.ask("MDTM pub/café 1.txt", 213), "20000229000000");
    for line in ["SIZE pub", "MDTM pub", "SIZE nothing", "MDTM nothing"] {
        s.ask(line, 550);
    }
    // Its size on the wire would take reading it.
    s.ask("TYPE A", 200);
    s.ask("SIZE pub/café 1.txt", 550);
    s.ask("MDTM pub/café 1.txt", 213);
    s.ask("TYPE L 8", 200);
    s.ask("SIZE pub/café 1.txt", 213);
}

#[test]
fn status_of_a_path_comes_over_the_control_connection() {
    let mut s = script();
    let text = s.ask("STAT pub", 212);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert!(
        lines[1].starts_with("-rw-r--r--") && lines[1].ends_with("5 Feb 29  2000 café 1.txt"),
        "{text}"
    );
    assert!(
        lines[2].starts_with("drwxr-xr-x") && lines[2].ends_with("Nov 22 11:30 inner"),
        "{text}"
    );
    let text = s.ask("STAT -l pub/café 1.txt", 213);
    assert!(text.contains("5 Feb 29  2000 café 1.txt"), "{text}");
    s.ask("STAT nowhere", 450);
    assert_eq!(s.bench.contract().open_conns().count(), 1, "no data connection");
}

#[test]
fn a_status_is_short_however_long_the_directory() {
    let mut tree = Tree::new(0);
    for number in 0..5_000 {
        // Names that look like replies end none.
        tree.add_file(&at(&format!("212 {number:04}")), Content::from(&b""[..]), 0)
            .unwrap();
    }
    let mut s = Script::start(Bench::new(server(config())).with_tree(tree));
    s.writable(CONTROL, 100_000);
    s.log_in();
    let text = s.ask("STAT /", 212);
    assert_eq!(text.lines().count(), 102);
    assert!(text.lines().last().unwrap().contains("100"), "{text}");
    s.ask("NOOP", 200);
}
