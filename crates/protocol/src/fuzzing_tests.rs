//! Runs every body over whole sessions, their beginnings and changes of them, and over arbitrary bytes.

use proptest::prelude::*;

use super::*;

/// The words with which `text` begins, as a script says them.
fn word(words: &[&str], text: &str) -> [u8; 2] {
    let at = words.iter().position(|word| word.starts_with(text)).unwrap();
    [1, u8::try_from(at).unwrap()]
}

/// A server's session: a download, an upload, a listing, a goodbye.
fn served() -> Vec<u8> {
    let line = |text: &str| word(LINES, text).to_vec();
    // The listener opens, the client calls, the reply and the data have room.
    let ways = || vec![15, 255, 8, 10, 1, 15, 255];
    [
        vec![8],
        line("EPSV\r"),
        ways(),
        line("RETR pub"),
        vec![14, 255, 14, 255, 12, 15, 255],
        line("PASV"),
        ways(),
        line("STOR"),
        vec![11, 9, 12, 15, 255],
        line("PORT 198"),
        line("LIST"),
        vec![15, 255, 8, 14, 255, 12, 15, 255],
        line("QUIT"),
        vec![15, 255, 19, 0],
    ]
    .concat()
}

/// A client's session: a login, a listing, a download, an upload, a goodbye.
fn called() -> Vec<u8> {
    let reply = |text: &str| word(REPLIES, text).to_vec();
    let act = |which: u8| vec![255, which];
    let passive = || [reply("229 (|||6"), vec![8], reply("150")].concat();
    [
        // Extended passive, images; logged in.
        vec![3, 2],
        act(4),
        reply("200"),
        passive(),
        vec![11, 3, 12],
        reply("226 d"),
        act(8),
        reply("200"),
        passive(),
        vec![11, 3, 12],
        reply("226 d"),
        act(12),
        passive(),
        vec![14, 255],
        reply("226 d"),
        vec![12],
        act(23),
        reply("200"),
        vec![19, 0],
    ]
    .concat()
}

fn corpus() -> Vec<Vec<u8>> {
    // The last: an action that begins while all winds up, because the one before it ended only then.
    let again = vec![
        0x40, 0xff, 0xfe, 6, 0xff, 0xff, 14, 0xaa, 0xaa, 2, 0xee, 0x2a, 0x52, 0xff,
    ];
    vec![served(), called(), Vec::new(), again]
}

fn run_all(data: &[u8]) {
    for (_, body) in ALL {
        body(data);
    }
}

#[test]
fn sessions_are_what_they_say() {
    for (reports, most) in [(serve(&served()), 3), (call(&called()), 3)] {
        let transfers = reports
            .iter()
            .filter(|report| matches!(report, Report::TransferDone { .. }));
        assert_eq!(transfers.count(), most, "{reports:#?}");
    }
}

#[test]
fn sessions_and_all_their_beginnings() {
    for input in corpus() {
        for end in 0..=input.len() {
            run_all(&input[..end]);
        }
    }
}

#[test]
fn sessions_with_each_byte_changed() {
    for input in corpus() {
        for at in 0..input.len() {
            for change in [1, 2, 4, 8, 16, 0x80] {
                let mut changed = input.clone();
                changed[at] ^= change;
                run_all(&changed);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn arbitrary_bytes(data in proptest::collection::vec(any::<u8>(), 0..400)) {
        run_all(&data);
    }
}
