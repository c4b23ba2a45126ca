//! Files as text: CRLF on their way, LF here.

use portolan_wire::action::FileType;
use portolan_wire::report::TransferKind;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn as_text() -> Config {
    Config {
        file_type: FileType::Ascii,
        ..config()
    }
}

/// A session whose store holds `up.txt`.
fn with_file(bytes: &[u8]) -> Session {
    let mut tree = stocked();
    tree.add_file(&path("/local/up.txt"), Content::Bytes(bytes.into()), 0)
        .unwrap();
    let mut session = Session::on(Bench::new(Client::new(as_text())).with_tree(tree));
    session.come_in();
    session
}

fn download(pieces: &[&[u8]]) -> (Vec<u8>, Vec<Output>) {
    let mut session = Session::logged_in_with(as_text());
    session.act(get("down.txt"));
    assert_eq!(session.said(), "TYPE A\r\n");
    session.reply("200 text");
    session.reply("227 (192,0,2,1,234,96)");
    session.data_connected(DATA, 60_000);
    session.reply("150 here");
    for piece in pieces {
        session.data(DATA, piece);
    }
    session.eof(DATA);
    session.reply("226 done");
    assert_eq!(session.outcomes(), [(3, Outcome::Done)]);
    let outputs = session.bench.take();
    (session.file("/local/down.txt").unwrap(), outputs)
}

#[test]
fn a_download_loses_the_cr_of_its_line_ends() {
    let (file, _) = download(&[b"one\r\ntwo\r", b"\nthree\rfour\n\r", b"\r\nfive\r"]);
    assert_eq!(file, b"one\ntwo\nthree\rfour\n\r\nfive\r");
    assert_eq!(download(&[b"\r"]).0, b"\r");
    assert_eq!(download(&[]).0, b"");
}

#[test]
fn a_long_text_never_runs_out_of_credit() {
    let text = b"x\r\n".repeat(700_000);
    let (file, _) = download(&[&text]);
    assert!(file == b"x\n".repeat(700_000));
}

#[test]
fn an_upload_gains_the_cr_of_its_line_ends() {
    let mut session = with_file(b"one\ntwo\r\nthree\rfour\n");
    session.passive(put("up.txt"), "STOR up.txt\r\n");
    let (kind, path, size, offset) = (TransferKind::Upload, "up.txt".to_owned(), None, 0);
    assert!(session.reported(&Report::Transfer {
        kind,
        path,
        size,
        offset
    }));
    session.reply("150 send it");
    let mut sent = Vec::new();
    for _ in 0..30 {
        session.grant(DATA, 1);
        sent.extend(session.bench.take_sent(DATA));
    }
    assert_eq!(sent, b"one\r\ntwo\r\nthree\rfour\r\n");
    assert!(session.reported(&done(20)), "as it is in the file");
    session.reply("226 got it");
    session.eof(DATA);
    assert_eq!(session.outcomes(), [(3, Outcome::Done)]);
    session.quit();
}

#[test]
fn a_line_end_between_two_blocks_is_one() {
    let mut bytes = vec![b'x'; 65_535];
    bytes.extend_from_slice(b"\r\nend\n");
    let mut session = with_file(&bytes);
    session.passive(put("up.txt"), "STOR up.txt\r\n");
    session.grant(DATA, PLENTY);
    session.reply("150 send it");
    let sent = session.bench.take_sent(DATA);
    assert!(sent.ends_with(b"xx\r\nend\r\n"), "{}", sent.len());
    assert_eq!(sent.len(), 65_535 + 7);
}

#[test]
fn a_file_of_line_ends_keeps_its_order_and_its_bounds() {
    let bytes = b"\n".repeat(300_000);
    let mut session = with_file(&bytes);
    session.passive(put("up.txt"), "STOR up.txt\r\n");
    session.reply("150 send it");
    let mut sent = Vec::new();
    while sent.len() < 600_000 {
        session.grant(DATA, 10_001);
        sent.extend(session.bench.take_sent(DATA));
    }
    assert!(sent == b"\r\n".repeat(300_000));
    assert!(session.reported(&done(300_000)));
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn the_net_may_cut_a_text_anywhere(text in "[\r\nx]{0,60}", cuts in vec(1..9_usize, 1..9)) {
        let bytes = text.as_bytes();
        let (whole, _) = download(&[bytes]);
        let mut pieces = Vec::new();
        let mut rest = bytes;
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, more) = rest.split_at((*cut).min(rest.len()));
            pieces.push(piece);
            rest = more;
        }
        prop_assert_eq!(download(&pieces).0, whole);
    }
}
