//! Files larger than four gigabytes, in the memory of a small one.

use super::*;
use crate::endpoint::{BLOCK, HandleId, OUTSTANDING, StoreAnswer, StoreRequest};

/// Four gigabytes and a little: its last offsets don't fit in 32 bits.
const SIZE: u64 = (4 << 30) + 12_345;

/// The most content that may be held at once, in bytes.
const MOST: u64 = BLOCK as u64 * OUTSTANDING as u64;

/// Answers as a store would whose only file is [`SIZE`] zeros, or takes what is written. Says how far it was written.
fn answer_all(s: &mut Script, written: &mut u64) {
    while let Some((op, request)) = s.bench.take_request() {
        let answer = match request {
            StoreRequest::Open { .. } => StoreAnswer::Opened {
                handle: HandleId(7),
                size: SIZE,
            },
            StoreRequest::ReadAt { offset, length, .. } => {
                assert!(offset + u64::from(length) <= SIZE);
                StoreAnswer::Data(vec![0; length as usize])
            }
            StoreRequest::WriteAt { offset, bytes, .. } => {
                assert_eq!(offset, *written);
                *written += bytes.len() as u64;
                StoreAnswer::Done
            }
            StoreRequest::Close { complete, .. } => {
                assert!(complete);
                StoreAnswer::Done
            }
            other => panic!("{other:?}"),
        };
        s.give(Input::Stored { op, result: Ok(answer) });
    }
}

fn script() -> Script {
    let mut s = Script::start(Bench::new(server(config())));
    s.log_in();
    s
}

#[test]
fn a_download_of_four_gigabytes_holds_four_blocks() {
    let mut s = script();
    let conn = s.passive_and_called();
    s.command("RETR huge");
    answer_all(&mut s, &mut 0);
    s.expect_reply(125);
    let mut sent = 0;
    while sent < SIZE {
        s.writable(conn, BLOCK as usize * 2);
        answer_all(&mut s, &mut 0);
        let before = sent;
        for output in s.outputs.drain(..) {
            if let Output::Send { bytes, .. } = output {
                sent += bytes.len() as u64;
            }
        }
        assert_ne!(sent, before, "it stands still at {sent}");
    }
    assert_eq!(sent, SIZE);
    s.expect_reply(226);
    let most = s.bench.contract().most_held();
    assert!(
        (MOST / 2..MOST + 1_000).contains(&most),
        "{most} bytes were held at once"
    );
}

#[test]
fn an_upload_of_four_gigabytes_holds_four_blocks() {
    let mut s = script();
    let conn = s.passive_and_called();
    s.command("STOR huge");
    let mut written = 0;
    answer_all(&mut s, &mut written);
    s.expect_reply(125);
    let mut said = 0;
    while said < SIZE {
        // As much as it asked for, before the store gets to work.
        while said < SIZE {
            let credit = s.bench.contract().readable(conn).min(BLOCK as usize);
            let length = usize::try_from((SIZE - said).min(credit as u64)).unwrap();
            if length == 0 {
                break;
            }
            let bytes = vec![0; length];
            s.give(Input::Received { conn, bytes });
            said += length as u64;
        }
        answer_all(&mut s, &mut written);
        s.outputs.clear();
    }
    s.end(conn);
    answer_all(&mut s, &mut written);
    assert_eq!(written, SIZE);
    s.expect_reply(226);
    let report = Report::TransferDone { bytes: SIZE };
    s.expect(&Output::Event {
        conn: Some(conn),
        report,
    });
    let most = s.bench.contract().most_held();
    assert!(
        (u64::from(BLOCK)..MOST + 1_000).contains(&most),
        "{most} bytes were held at once"
    );
}

#[test]
fn a_transfer_goes_on_behind_four_gigabytes() {
    let mut s = script();
    let offset = SIZE - 5_000;
    let conn = s.passive_and_called();
    s.ask(&format!("REST {offset}"), 350);
    s.command("RETR huge");
    s.writable(conn, 9_999);
    answer_all(&mut s, &mut 0);
    assert_eq!(s.sent(conn).len(), 5_000);
    assert_eq!(s.codes(), [125, 226]);
    s.end(conn);

    let conn = s.passive_and_called();
    s.ask(&format!("REST {offset}"), 350);
    s.command("STOR huge");
    let mut written = offset;
    answer_all(&mut s, &mut written);
    s.say(conn, &[0; 5_000]);
    s.end(conn);
    answer_all(&mut s, &mut written);
    assert_eq!(written, SIZE);
    assert_eq!(s.codes(), [125, 226]);
    s.end(conn);
    s.quit();
}
