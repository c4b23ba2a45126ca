//! Four gigabytes, in the memory of a few blocks.

use super::*;
use crate::endpoint::{BLOCK, HandleId, OUTSTANDING, StoreAnswer};

const FOUR_GIGABYTES: u64 = 4 << 30;

/// More than a transfer may hold at once: what the store is busy with, and one block of either end's.
const BOUND: u64 = BLOCK as u64 * (OUTSTANDING as u64 + 1);

/// Answers all storage requests but the newest `late` ones; the newest first, for no order is promised.
fn serve_store(session: &mut Session, late: usize, waiting: &mut Vec<(OpId, StoreRequest)>) {
    loop {
        waiting.extend(core::iter::from_fn(|| session.bench.take_request()));
        if waiting.len() <= late {
            return;
        }
        let (op, request) = waiting.pop().unwrap();
        let answer = match request {
            StoreRequest::Open { .. } => StoreAnswer::Opened {
                handle: HandleId(7),
                size: FOUR_GIGABYTES,
            },
            StoreRequest::ReadAt { offset, length, .. } => {
                let mut block = vec![0; length as usize];
                block[..8].copy_from_slice(&offset.to_le_bytes());
                StoreAnswer::Data(block)
            }
            _ => StoreAnswer::Done,
        };
        session.bench.give(Input::Stored { op, result: Ok(answer) });
    }
}

#[test]
fn four_gigabytes_come_down_through_few_blocks() {
    let mut session = Session::logged_in_without_store(TransferMode::Passive);
    session.passive(get("huge"), "RETR huge\r\n");
    session.reply("150 here it comes");
    let mut waiting = Vec::new();
    serve_store(&mut session, 0, &mut waiting);
    let (mut given, mut seen) = (0, false);
    while given < FOUR_GIGABYTES {
        let (readable, held) = (session.bench.contract().readable(DATA), session.bench.contract().held());
        assert!(
            readable as u64 + held <= BOUND,
            "{readable} may come and {held} are held"
        );
        let left = usize::try_from(FOUR_GIGABYTES - given).unwrap_or(usize::MAX);
        let length = session.bench.contract().readable(DATA).min(left).min(100_000);
        if length == 0 {
            // The store is behind, and so nothing more may come: that is the brake.
            seen = true;
            serve_store(&mut session, 0, &mut waiting);
            continue;
        }
        let bytes = vec![0; length];
        given += length as u64;
        session.bench.give(Input::Received { conn: DATA, bytes });
        serve_store(&mut session, OUTSTANDING, &mut waiting);
        session.bench.take();
    }
    session.eof(DATA);
    session.reply("226 done");
    serve_store(&mut session, 0, &mut waiting);
    session.log.append(&mut session.bench.take_reports());
    assert!(seen, "the brake was never tried");
    assert!(session.reported(&done(FOUR_GIGABYTES)));
    assert_eq!(session.outcomes(), [(3, Outcome::Done)]);
    let most = session.bench.contract().most_held();
    assert!(most <= BOUND, "{most} bytes were held");
}

#[test]
fn four_gigabytes_go_up_through_few_blocks() {
    let mut session = Session::logged_in_without_store(TransferMode::Passive);
    let mut waiting = Vec::new();
    session.act(put("huge"));
    serve_store(&mut session, 0, &mut waiting);
    session.reply("200 type set");
    session.reply("227 (192,0,2,1,234,96)");
    session.data_connected(DATA, 60_000);
    session.reply("150 send it");
    let mut sent: u64 = 0;
    while !session.has(&Output::Shutdown { conn: DATA }) {
        session.outputs.clear();
        session.bench.give(Input::Writable {
            conn: DATA,
            bytes: 300_000,
        });
        serve_store(&mut session, 0, &mut waiting);
        for output in session.bench.take() {
            match output {
                Output::Send { bytes, .. } => {
                    if sent.is_multiple_of(u64::from(BLOCK)) {
                        assert_eq!(bytes[..8], sent.to_le_bytes(), "blocks are out of order");
                    }
                    sent += bytes.len() as u64;
                }
                output => session.outputs.push(output),
            }
        }
    }
    assert_eq!(sent, FOUR_GIGABYTES);
    session.reply("226 done");
    serve_store(&mut session, 0, &mut waiting);
    session.log.append(&mut session.bench.take_reports());
    assert_eq!(session.outcomes(), [(3, Outcome::Done)]);
    let most = session.bench.contract().most_held();
    assert!(most <= BOUND, "{most} bytes were held");
}

/// An upload whose store answers by hand, up to the 150.
fn upload(size: u64) -> Session {
    let mut session = Session::logged_in_without_store(TransferMode::Passive);
    session.act(put("file"));
    let (op, _) = session.bench.take_request().unwrap();
    let handle = HandleId(7);
    let result = Ok(StoreAnswer::Opened { handle, size });
    session.give(Input::Stored { op, result });
    session.reply("200 type set");
    session.reply("227 (192,0,2,1,234,96)");
    session.data_connected(DATA, 60_000);
    session.reply("150 send it");
    session
}

/// The blocks that are asked for: offsets and lengths.
fn asked(session: &mut Session) -> Vec<(OpId, u64, u32)> {
    let requests = core::iter::from_fn(|| session.bench.take_request());
    requests
        .filter_map(|(op, request)| match request {
            StoreRequest::ReadAt { offset, length, .. } => Some((op, offset, length)),
            _ => None,
        })
        .collect()
}

#[test]
fn nothing_is_read_that_could_not_be_sent() {
    let mut session = upload(1 << 20);
    assert_eq!(asked(&mut session), []);
    session.grant(DATA, 1);
    let first = asked(&mut session);
    assert_eq!(first.iter().map(|(_, offset, _)| *offset).collect::<Vec<_>>(), [0]);
    session.grant(DATA, BLOCK as usize);
    let second = asked(&mut session);
    assert_eq!(
        second.iter().map(|(_, offset, _)| *offset).collect::<Vec<_>>(),
        [u64::from(BLOCK)]
    );
    session.grant(DATA, PLENTY);
    assert_eq!(asked(&mut session).len(), OUTSTANDING - 2);
}

#[test]
fn a_file_that_has_become_shorter_ends_where_it_ends() {
    let mut session = upload(150_000);
    session.grant(DATA, PLENTY);
    let blocks = asked(&mut session);
    assert_eq!(
        blocks.iter().map(|(_, _, length)| *length).collect::<Vec<_>>(),
        [65_536, 65_536, 18_928]
    );
    // The last first: nothing can be sent yet, and then it lies behind the end.
    for (index, content) in [(2, Vec::new()), (1, vec![2; 10]), (0, vec![1; 65_536])] {
        let result = Ok(StoreAnswer::Data(content));
        let op = blocks[index].0;
        session.give(Input::Stored { op, result });
    }
    assert_eq!(session.bench.take_sent(DATA).len(), 65_546);
    assert!(session.has(&Output::Shutdown { conn: DATA }));
    let bytes = 65_546;
    assert!(session.reported(&Report::TransferDone { bytes }));
}
