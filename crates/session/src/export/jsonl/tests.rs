use core::net::{IpAddr, SocketAddr};

use portolan_wire::Instant;
use proptest::prelude::*;

use super::*;
use crate::event::{Evidence, HostId, Kind, PacketId};
use crate::export::every::{self, Values};
use crate::export::sample::{self, CLIENT, SERVER};
use crate::log::{Limits as Kept, Log, Recorder};

/// Lines behind the sample's header; each must be whole JSON but for what a test wants to be wrong.
fn log_of(lines: &[&str]) -> Result<Log, ReadError> {
    let mut text = write(&Log::new(sample::header())).unwrap();
    for line in lines {
        text.extend_from_slice(line.as_bytes());
        text.push(b'\n');
    }
    read(&text)
}

fn complaint(lines: &[&str]) -> String {
    log_of(lines).unwrap_err().to_string()
}

fn again(log: &Log) -> Log {
    read(&write(log).unwrap()).unwrap()
}

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
    assert_eq!(again(&log), log);
}

/// Every kind around `values`, and packets of some lengths.
fn everything(values: &Values) -> Log {
    let mut recorder = Recorder::with_limits(
        every::header(values),
        Kept {
            per_direction: 100,
            total: 150,
        },
    );
    let conn = Some(recorder.open_conn());
    let at = Instant::from_micros(values.number);
    for (nth, bytes) in [vec![], vec![0; 200], sample::segment(90), sample::segment(90)]
        .iter()
        .enumerate()
    {
        let packet = recorder.sent(at, CLIENT, conn, bytes);
        assert_eq!(packet, PacketId(nth as u32));
    }
    for seen in every::fates(values) {
        recorder.event(at, SERVER, conn, every::seen(PacketId(1), seen));
    }
    for kind in every::kinds(values) {
        for evidence in [Evidence::Observed, Evidence::Inferred, Evidence::Synthesised] {
            recorder.event_with(evidence, at, SERVER, None, kind.clone());
        }
    }
    recorder.into_log()
}

#[test]
fn every_kind_comes_back() {
    let log = everything(&Values::default());
    let back = again(&log);
    for (one, other) in log.events().iter().zip(back.events()) {
        assert_eq!(one, other);
    }
    assert!(back == log);
}

prop_compose! {
    fn values()(
        text in any::<String>(),
        number in 0..1_u64 << 53,
        port in any::<u16>(),
        ip in any::<IpAddr>(),
    ) -> Values {
        Values { text, number, port, address: SocketAddr::new(ip, port) }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever the values, and however the file is cut, and with the line ends of other systems.
    #[test]
    fn a_log_comes_back_exactly(values in values(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..9)) {
        let log = everything(&values);
        let text = write(&log).unwrap();
        prop_assert!(read(&text).unwrap() == log);

        let mut reader = Reader::new(Limits::default());
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(text.len())).collect();
        cuts.sort_unstable();
        let mut start = 0;
        for end in cuts {
            reader.feed(&text[start..end]).unwrap();
            start = end;
        }
        reader.feed(&text[start..]).unwrap();
        prop_assert!(reader.finish().unwrap() == log);

        let windows = String::from_utf8(text).unwrap().replace('\n', "\r\n");
        let padded = format!("\u{feff}{windows}\r\n \r\n");
        prop_assert!(read(padded.as_bytes()).unwrap() == log);
        prop_assert!(read(windows.trim_end().as_bytes()).unwrap() == log);
    }

    /// A file with one byte changed is read or refused, and what is read can be written.
    #[test]
    fn damage_is_survived(place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut text = write(&sample::log()).unwrap();
        let place = place.index(text.len());
        text[place] = byte;
        if let Ok(log) = read(&text) {
            prop_assert_eq!(again(&log), log);
        }
    }
}

#[test]
fn what_is_not_known_is_kept() {
    let lines = [
        r#"{"seq":0,"at":1,"host":0,"conn":0,"kind":"attempted","from":"198.51.100.25:50123","to":"203.0.113.10:21","purpose":"control","colour":"red","depth":[1,{"a":null}]}"#,
        r#"{"seq":1,"at":2,"host":0,"kind":"nat-mapping","inner":"10.0.0.1:7", "outer":1.50}"#,
        r#"{"seq":2,"at":3,"host":0,"conn":1,"kind":"endpoint","report":"tls-handshake","step":"hello"}"#,
        r#"{"seq":3,"at":3,"host":2,"kind":"endpoint","report":"started","action":0,"what":{"do":"connect","tls":true}}"#,
        r#"{"seq":4,"at":3,"host":2,"kind":"endpoint","report":"finished","action":0,"outcome":{"outcome":"denied","code":530,"text":"no","hint":{"x":1}}}"#,
        r#"{"seq":5,"at":3,"host":0,"kind":"packet","packet":0,"seen":"sent","length":4,"bytes":"45","ttl":9}"#,
        r#"{"seq":6,"at":3,"host":0,"kind":"packet","packet":0,"seen":"translated","to":"x"}"#,
        r#"{"seq":7,"at":3,"host":0,"evidence":"observed","kind":"refused"}"#,
    ];
    let log = log_of(&lines).unwrap();
    let name = |seq| match &log.event(seq).unwrap().kind {
        Kind::Unknown(unknown) => Some(unknown.name.as_str()),
        _ => None,
    };
    let names: Vec<_> = (0..8).map(name).collect();
    assert_eq!(
        names,
        [
            None,
            Some("nat-mapping"),
            Some("tls-handshake"),
            Some("tls"),
            None,
            None,
            Some("translated"),
            None
        ]
    );
    assert_eq!(log.extra(0), Some(r#"{"colour":"red","depth":[1,{"a":null}]}"#));
    assert_eq!(log.extra(4), Some(r#"{"outcome":{"hint":{"x":1}}}"#));
    assert_eq!(log.extra(5), Some(r#"{"ttl":9}"#));
    assert_eq!(log.extra(7), None);
    assert_eq!(log.connections(), 2);

    let text = String::from_utf8(write(&log).unwrap()).unwrap();
    for seq in [1, 2, 3, 6] {
        assert_eq!(
            text.lines().nth(seq + 1),
            Some(lines[seq]),
            "an event that is not known stays as it was"
        );
    }
    for part in [r#""colour":"red""#, r#""hint":{"x":1}"#, r#""ttl":9"#] {
        assert!(text.contains(part), "{part}");
    }
    assert_eq!(again(&log), log);
}

#[test]
fn a_header_from_a_later_day_is_kept() {
    let text = String::from_utf8(write(&Log::new(every::header(&Values::default()))).unwrap()).unwrap();
    let known = read(text.as_bytes()).unwrap();
    assert!(known.header().lesson.is_some() && known.header_extra().is_none());

    let more = text.replacen('{', r#"{"author":"anna","#, 1);
    let log = read(more.as_bytes()).unwrap();
    assert_eq!(log.header(), known.header());
    assert_eq!(log.header_extra(), Some(r#"{"author":"anna"}"#));
    assert_eq!(again(&log), log);

    let riddle = text.replacen(r#""goal":"#, r#""riddle":1,"goal":"#, 1);
    let log = read(riddle.as_bytes()).unwrap();
    assert_eq!(log.header().lesson, None);
    assert!(log.header_extra().unwrap().starts_with(r#"{"lesson":{"#));
    assert!(
        String::from_utf8(write(&log).unwrap())
            .unwrap()
            .contains(r#""riddle":1"#)
    );
    assert_eq!(again(&log), log);
}

#[test]
fn a_later_version_is_refused_by_name() {
    let text = String::from_utf8(write(&sample::log()).unwrap()).unwrap();
    let later = text.replacen(r#""version":1"#, r#""version":2,"shape":"new""#, 1);
    assert_eq!(
        read(later.as_bytes()).unwrap_err().to_string(),
        "line 1: the log is of version 2 of the format, and this program reads version 1; a newer program is needed"
    );
    for bad in [r#""version":0"#, r#""version":-1"#, r#""version":"1""#] {
        let text = text.replacen(r#""version":1"#, bad, 1);
        let error = read(text.as_bytes()).unwrap_err().to_string();
        assert_eq!(error, "line 1: a log's version is a number from 1");
    }
}

#[test]
fn what_is_no_log_is_told_so() {
    let no_log = "line 1: this is no session log; the first line of one begins with {\"format\":\"portolan-log\"";
    for text in ["{}", "hello", "\u{1b}[2J", r#"{"format":"pcap"}"#, "[1]"] {
        assert_eq!(read(text.as_bytes()).unwrap_err().to_string(), no_log, "{text}");
    }
    assert_eq!(read(b"").unwrap_err().to_string(), "line 1: the file is empty");
    assert_eq!(read(b"\n\r\n").unwrap_err().to_string(), "line 1: the file is empty");
    assert_eq!(read(b"\xff").unwrap_err().to_string(), "line 1: the line is not UTF-8");
    assert_eq!(
        read(br#"{"format":"portolan-log","version":1"#)
            .unwrap_err()
            .to_string(),
        "line 1: the line is not JSON: the line ends before its value does"
    );
    assert_eq!(
        read(br#"{"format":"portolan-log","version":1}"#)
            .unwrap_err()
            .to_string(),
        "line 1: missing field `source`"
    );
}

#[test]
fn a_broken_event_is_named_with_its_line() {
    const SENT: &str =
        r#"{"seq":0,"at":5,"host":0,"kind":"packet","packet":0,"seen":"sent","length":2,"bytes":"45ff"}"#;
    const REFUSED: &str = r#"{"seq":0,"at":5,"host":0,"kind":"refused"}"#;
    let cases: &[(&[&str], &str)] = &[
        (
            &[SENT, "{"],
            "line 3: the line is not JSON: the line ends before its value does",
        ),
        (&["{]"], "line 2: the line is not JSON: column 2: key must be a string"),
        (&["7"], "line 2: invalid type: integer `7`, expected struct Envelope"),
        (&[r#"{"seq":0,"at":5,"host":0}"#], "line 2: missing field `kind`"),
        (
            &[r#"{"seq":0,"at":5,"kind":"refused"}"#],
            "line 2: missing field `host`",
        ),
        (&[REFUSED, REFUSED], "line 3: event 1 has its turn, and this is event 0"),
        (
            &[REFUSED, r#"{"seq":1,"at":4,"host":0,"kind":"refused"}"#],
            "line 3: time goes back, from 0.000005 s to 0.000004 s",
        ),
        (
            &[r#"{"seq":0,"at":0,"host":3,"kind":"refused"}"#],
            "line 2: the header has no host of the number 3",
        ),
        (
            &[r#"{"seq":0,"at":0,"host":0,"conn":1,"kind":"refused"}"#],
            "line 2: connection 1 comes before connection 0; they are counted from 0",
        ),
        (
            &[r#"{"seq":0,"at":9007199254740992,"host":0,"kind":"refused"}"#],
            "line 2: a number is 2^53 or more",
        ),
        (
            &[r#"{"seq":0,"at":0,"host":0,"kind":"later","n":[-1e300]}"#],
            "line 2: a number is 2^53 or more",
        ),
        (
            &[r#"{"seq":0,"at":0,"host":0,"evidence":"hearsay","kind":"refused"}"#],
            "line 2: `hearsay` is not known",
        ),
        (
            &[r#"{"seq":0,"at":0,"host":0,"kind":"listen-closed","local":"here"}"#],
            "line 2: invalid socket address syntax",
        ),
        (
            &[r#"{"seq":0,"at":0,"host":0,"kind":"endpoint","report":"progress","bytes":"\u001b[2J"}"#],
            "line 2: invalid type: string \"\\u{1b}[2J\", expected u64",
        ),
        (
            &[
                SENT,
                r#"{"seq":1,"at":9,"host":2,"kind":"packet","packet":1,"seen":"delivered"}"#,
            ],
            "line 3: packet 1 is seen and was never sent",
        ),
        (
            &[&SENT.replace(r#""packet":0"#, r#""packet":1"#)],
            "line 2: packet 0 has its turn to be sent, and this is packet 1",
        ),
        (&[&SENT.replace(r#""length":2,"#, "")], "line 2: missing field `length`"),
        (
            &[&SENT.replace("45ff", "45f")],
            "line 2: a packet's bytes are an even number of hexadecimal digits",
        ),
        (
            &[&SENT.replace("45ff", "45xx")],
            "line 2: a packet's bytes are an even number of hexadecimal digits",
        ),
        (
            &[&SENT.replace("45ff", "45ff00")],
            "line 2: a packet 2 bytes long has 3 bytes",
        ),
    ];
    for (lines, message) in cases {
        assert_eq!(complaint(lines), *message, "{lines:?}");
    }
    let long = complaint(&[&REFUSED
        .replace("refused", "endpoint\",\"report\":\"listed\",\"lines\":\"")
        .replace("\"}", &format!("{}\"}}", "x".repeat(1_000)))]);
    assert!(long.chars().count() < 260, "{long}");
}

#[test]
fn a_header_has_every_host_once() {
    let mut header = every::header(&Values::default());
    header.hosts[2].id = HostId(0);
    header.links.clear();
    let error = read(&write(&Log::new(header.clone())).unwrap()).unwrap_err();
    assert_eq!(error.to_string(), "line 1: two hosts have the number 0");
    header = every::header(&Values::default());
    header.links[0].between.1 = HostId(8);
    let error = read(&write(&Log::new(header)).unwrap()).unwrap_err();
    assert_eq!(error.to_string(), "line 1: the header has no host of the number 8");
}

#[test]
fn a_file_has_limits_and_they_are_told() {
    let text = write(&sample::log()).unwrap();
    let longest = text.split(|byte| *byte == b'\n').map(<[u8]>::len).max().unwrap();
    let events = sample::log().events().len();
    let fits = Limits {
        line: longest,
        events,
        total: text.len() as u64,
    };
    let within = |limits| {
        let mut reader = Reader::new(limits);
        for piece in text.chunks(7) {
            reader.feed(piece)?;
        }
        reader.finish()
    };
    assert_eq!(within(fits), Ok(sample::log()));
    let line = Limits {
        line: longest - 1,
        ..fits
    };
    assert_eq!(
        within(line).unwrap_err().to_string(),
        format!("line 1: the line is longer than {} bytes", longest - 1)
    );
    let few = Limits {
        events: events - 1,
        ..fits
    };
    let error = within(few).unwrap_err().to_string();
    assert_eq!(
        error,
        format!("line {}: the log has more than {} events", events + 1, events - 1)
    );
    let total = Limits {
        total: fits.total - 1,
        ..fits
    };
    let error = within(total).unwrap_err().to_string();
    assert!(
        error.ends_with(&format!("the log is larger than {} bytes", fits.total - 1)),
        "{error}"
    );
}

#[test]
fn nothing_is_read_behind_a_mistake() {
    let mut reader = Reader::new(Limits::default());
    let error = reader.feed(b"hello\n").unwrap_err();
    assert_eq!(reader.feed(&write(&sample::log()).unwrap()), Err(error.clone()));
    assert_eq!(reader.finish(), Err(error));
}

#[test]
fn a_number_that_some_readers_would_bend_is_not_written() {
    let mut recorder = Recorder::new(sample::header());
    let bytes = 1 << 53;
    let report = portolan_wire::report::Report::Progress { bytes };
    recorder.event(Instant::ZERO, CLIENT, None, Kind::report(report));
    assert_eq!(
        write(recorder.log()).unwrap_err().to_string(),
        "event 0 cannot be written: 9007199254740992 is 2^53 or more; not every reader of JSON keeps such numbers whole"
    );
    let mut header = sample::header();
    if let crate::event::Source::Simulation { seed, .. } = &mut header.source {
        *seed = u64::MAX;
    }
    let error = write(&Log::new(header)).unwrap_err().to_string();
    assert!(
        error.starts_with("the header cannot be written: 18446744073709551615 is 2^53"),
        "{error}"
    );
}
