use portolan_session::event::{Conn, Evidence, HostId, PacketId};
use portolan_session::view::{Call, CertificateView, Glimpse, Lane, Speaker, Who};
use portolan_wire::report::Purpose;
use portolan_wire::{Duration, Instant};

use super::*;
use crate::Sheet;

fn call() -> Call {
    Call {
        caller: Who::Client,
        from: "198.51.100.25:50123".parse().unwrap(),
        called: Who::Server,
        to: "203.0.113.10:21".parse().unwrap(),
        purpose: Purpose::Control,
        nth: 1,
    }
}

fn reply(address: Option<&str>) -> Caption {
    Caption::Reply {
        who: Who::Server,
        code: 227,
        text: "Entering Passive Mode".into(),
        to: Some("PASV".into()),
        transfer: None,
        overtakes: false,
        address: address.map(|address| address.parse().unwrap()),
    }
}

fn step(seq: u64, caption: Caption) -> view::Milestone {
    view::Milestone {
        seq,
        at: Instant::from_micros(seq),
        caption,
        chapter: None,
        stop: false,
    }
}

fn sent(what: What) -> view::Rung {
    view::Rung {
        seq: 4,
        sent: 3,
        sent_at: Instant::from_micros(10),
        arrived_at: Some(Instant::from_micros(20)),
        until: None,
        from: HostId(0),
        to: Some(HostId(2)),
        lane: Lane::Control,
        conn: Some(Conn(0)),
        locked: true,
        evidence: Evidence::Observed,
        what,
    }
}

fn packet(gist: Gist, lost: bool) -> What {
    What::Packet {
        packet: PacketId(0),
        from: 50_123,
        to: 21,
        gist,
        flags: None,
        length: 0,
        seq: 0,
        ack: 0,
        ended: lost.then_some((HostId(2), None)),
    }
}

#[test]
fn a_milestone_says_whether_a_call_goes_out_and_whether_a_reply_announces_a_port() {
    let address = Some("203.0.113.10:60523");
    for (caption, facts) in [
        (Caption::Calls(call()), (true, false)),
        (Caption::Connected(call()), (true, false)),
        (Caption::Refused(call()), (false, false)),
        (reply(address), (false, true)),
        (reply(None), (false, false)),
        (Caption::Said("So it is.".into()), (false, false)),
    ] {
        let sentence = words::caption(&caption);
        let printed = milestone(step(7, caption));
        assert_eq!((printed.calls, printed.announces), facts, "{sentence}");
        assert_eq!((printed.seq, printed.sentence), (7, sentence));
    }
}

#[test]
fn a_row_is_taken_apart_only_where_parts_of_it_are_drawn() {
    let argument = Some("notes.txt".to_owned());
    let event = |text: &str, failed| Said::Event {
        text: text.into(),
        failed,
    };
    for (view, printed) in [
        (
            view::Said::Command {
                verb: "RETR".into(),
                argument: argument.clone(),
            },
            Said::Command {
                verb: "RETR".into(),
                argument,
            },
        ),
        (
            view::Said::Reply {
                code: 211,
                lines: vec!["Features:".into(), " UTF8".into(), "End".into()],
            },
            Said::Reply {
                code: 211,
                text: "Features: /  UTF8 / End".into(),
            },
        ),
        (
            view::Said::Listed {
                lines: vec!["a".into()],
            },
            Said::Listing,
        ),
        (view::Said::Explained, Said::Explained),
        (view::Said::Greeting { text: "SSH-2.0".into() }, event("SSH-2.0", false)),
        (
            view::Said::Connected(call()),
            event("client 50123 -> server 21 connected", false),
        ),
        (
            view::Said::Refused(call()),
            event("client 50123 -> server 21 refused: RST", true),
        ),
        (
            view::Said::Silence(call()),
            event("client 50123 -> server 21 no answer", true),
        ),
        (
            view::Said::Unreachable(call()),
            event("client 50123 -> server 21 no way there", true),
        ),
        (
            view::Said::Dropped(call()),
            event("client 50123 -> server 21 SYN did not arrive", true),
        ),
    ] {
        let row = row(view::Row {
            seq: 4,
            at: Instant::from_micros(9),
            host: HostId(0),
            conn: Some(Conn(1)),
            locked: true,
            from: Speaker::Net,
            said: view,
            explains: Caption::Nothing,
            certificate: None,
        });
        assert_eq!(row.said, printed);
        assert_eq!((row.seq, row.conn, row.locked), (4, Some(Conn(1)), true));
        let lines: &[&str] = if printed == Said::Listing { &["a"] } else { &[] };
        assert_eq!(row.more, lines);
    }
}

#[test]
fn what_belongs_to_a_row_stands_below_it_line_by_line() {
    let plain = view::Row {
        seq: 4,
        at: Instant::ZERO,
        host: HostId(0),
        conn: None,
        locked: false,
        from: Speaker::Server,
        said: view::Said::Records {
            seen: vec![Glimpse::ChangeCipherSpec, Glimpse::Alert { description: 42 }],
        },
        explains: Caption::Nothing,
        certificate: None,
    };
    let printed = row(plain.clone());
    let text = "ChangeCipherSpec".to_owned();
    assert_eq!(printed.said, Said::Event { text, failed: false });
    assert_eq!(printed.more, ["alert bad_certificate"]);
    let certificate = CertificateView {
        fingerprint: "AB:CD".into(),
        says: None,
    };
    let shown = row(view::Row {
        said: view::Said::Explained,
        certificate: Some(certificate),
        ..plain
    });
    assert_eq!(shown.more, ["SHA-256 AB:CD"]);
}

#[test]
fn a_rung_has_a_shape_and_a_word() {
    let (from, to) = (50_123, 21);
    let verb = "OVERLONGVERB".to_owned();
    for (what, drawn, word) in [
        (What::Connects { from, to }, Shape::Answered, "SYN"),
        (What::Calls { from, to }, Shape::Arrow, "SYN"),
        (What::Refused { from, to }, Shape::Refused, "RST"),
        (
            What::Silent {
                from,
                to,
                dropped: None,
            },
            Shape::Lost,
            "SYN",
        ),
        (What::Unreachable { from, to }, Shape::Unreachable, "SYN"),
        (What::Command { verb, argument: None }, Shape::Arrow, "OVERLONG"),
        (
            What::Reply {
                code: 226,
                text: "Done.".into(),
            },
            Shape::Arrow,
            "226",
        ),
        (What::Bulk { bytes: 9, packets: 1 }, Shape::Bulk, "9 B"),
        (What::Closes, Shape::Arrow, "FIN"),
        (What::Resets, Shape::Reset, "RST"),
        (packet(Gist::SynAck, false), Shape::Arrow, "SYN ACK"),
        (packet(Gist::Syn, true), Shape::Lost, "SYN"),
        (packet(Gist::Data { bytes: 7, fin: true }, false), Shape::Arrow, "7 B"),
    ] {
        let view = sent(what);
        let rung = rung(&view);
        assert_eq!((rung.shape, rung.label.as_str()), (drawn, word), "{view:?}");
        assert_eq!(rung.text, words::rung(&view));
    }
    let view = view::Rung {
        evidence: Evidence::Synthesised,
        ..sent(What::Closes)
    };
    assert!(rung(&view).inferred && !rung(&sent(What::Closes)).inferred);
}

#[test]
fn a_sentence_is_found_by_its_very_moment() {
    let span = Duration::from_millis(3_000);
    let sheet = Sheet {
        lens: view::Depth::Story.into(),
        private: false,
        horizon: Some(9),
        asks: false,
        milestones: [2, 5, 9]
            .map(|seq| milestone(step(seq, Caption::Said(format!("Step {seq}.")))))
            .to_vec(),
        transcript: Vec::new(),
        ladder: ladder(view::Ladder {
            hosts: Vec::new(),
            total: 0,
            first: 0,
            rows: Vec::new(),
            gaps: vec![view::Gap { before: 1, span }],
        }),
        purposes: Vec::new(),
    };
    assert_eq!(sheet.ladder.gaps[0].span, "3.0 s");
    let found: Vec<_> = (0..11).filter_map(|seq| sheet.sentence(seq)).collect();
    assert_eq!(found, ["Step 2.", "Step 5.", "Step 9."]);
    assert_eq!(sheet.sentence(5), Some("Step 5."));
}
