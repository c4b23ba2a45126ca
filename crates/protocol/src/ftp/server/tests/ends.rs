//! Transfers that end early: what the client is told, and what is left behind.

use portolan_wire::report::StoreError;

use super::*;
use crate::endpoint::{OpenHow, StoreRequest};
use crate::tree::Quota;

#[test]
fn a_store_that_says_no_is_heard_in_rfc_959s_words() {
    for (tree, command, code) in [
        (files(), "RETR nothing", 550),
        (files(), "RETR pub", 550),
        (files(), "STOR pub", 553),
        (files(), "STOR none/x", 553),
        (files(), "LIST none", 450),
        (files().read_only(), "STOR new", 553),
    ] {
        let mut s = Script::start(Bench::new(server(config())).with_tree(tree));
        s.log_in();
        s.passive_and_called();
        s.command(command);
        s.expect_reply(code);
        s.expect_silence();
        s.quit();
    }
}

#[test]
fn a_store_that_is_full_ends_an_upload_with_552() {
    let tree = files().with_quota(Quota { bytes: 100_000 });
    let mut s = Script::start(Bench::new(server(config())).with_tree(tree));
    s.log_in();
    let conn = s.passive_and_called();
    s.command("STOR new");
    s.say(conn, &vec![b'x'; 300_000]);
    assert_eq!(s.codes(), [125, 552]);
    let why = StoreError::Full;
    s.expect_trouble(conn, Trouble::Store { why });
    s.expect(&Output::Abort { conn });
    s.quit();
}

#[test]
fn a_store_that_fails_in_the_middle_is_a_451() {
    let mut s = Script::with_slow_store();
    let conn = s.passive_and_called();
    s.command("RETR pub/big.bin");
    s.answer();
    s.expect_reply(125);
    let (op, _) = s.bench.take_request().unwrap();
    let why = StoreError::Failed;
    s.give(Input::Stored { op, result: Err(why) });
    s.expect_reply(451);
    s.expect_trouble(conn, Trouble::Store { why });
    // The other reads are answered, and then the file is closed.
    while s.bench.answer(0) {}
    s.quit();
}

#[test]
fn a_lost_data_connection_is_a_426() {
    for command in [
        "RETR pub/big.bin",
        "STOR new",
        "APPE new",
        "STOU",
        "LIST",
        "NLST",
        "MLSD",
    ] {
        let mut s = Script::with_slow_store();
        let listener = s.passive();
        s.command(command);
        s.answer();
        s.expect_reply(150);
        let conn = s.call(listener);
        s.writable(conn, 10);
        s.say(conn, &vec![b'x'; 100_000]);
        s.reset(conn);
        s.expect_reply(426);
        s.expect_trouble(conn, Trouble::DataLost);
        while s.bench.answer(1) {}
        s.quit();
    }
}

#[test]
fn abort_in_the_middle_is_426_and_226() {
    for command in [
        "RETR pub/big.bin",
        "STOR new",
        "APPE new",
        "STOU",
        "LIST",
        "NLST",
        "MLSD",
    ] {
        // Before the store has answered, before the client has called, and in the middle.
        for stage in 0..3 {
            let mut s = Script::with_slow_store();
            let listener = s.passive();
            s.command(command);
            if stage > 0 {
                s.answer();
                s.expect_reply(150);
            }
            let conn = (stage > 1).then(|| s.call(listener));
            if let Some(conn) = conn {
                s.writable(conn, 10);
                s.say(conn, &vec![b'x'; 100_000]);
            }
            s.say(CONTROL, b"\xff\xf4\xff\xf2ABOR\r\n");
            s.expect_reply(426);
            s.expect_reply(226);
            if let Some(conn) = conn {
                s.expect(&Output::Abort { conn });
                // What was on its way.
                s.give(Input::Writable { conn, bytes: 9 });
            }
            s.command("NOOP");
            s.expect_reply(200);
            while s.bench.answer(1) {}
            s.quit();
        }
    }
}

#[test]
fn abort_overtakes_the_commands_before_it_and_none_of_their_replies() {
    let mut s = Script::with_slow_store();
    let conn = s.passive_and_called();
    s.say(
        CONTROL,
        b"RETR pub/big.bin\r\nNOOP\r\nRETR readme.txt\r\nABOR\r\nPWD\r\n",
    );
    assert_eq!(s.codes(), [426, 200, 425, 226, 257]);
    s.expect(&Output::Abort { conn });
    while s.bench.answer(0) {}
    s.quit();
}

#[test]
fn abort_does_not_undo_a_file_that_is_being_closed() {
    let mut s = Script::with_slow_store();
    let conn = s.passive_and_called();
    s.command("STOR new");
    s.answer();
    s.say(conn, b"text");
    s.end(conn);
    s.answer();
    s.command("ABOR");
    assert_eq!(s.codes(), [125]);
    s.answer();
    assert_eq!(s.codes(), [226, 226]);
    s.quit();
}

#[test]
fn status_is_told_in_the_middle_and_quit_waits_for_the_end() {
    let mut s = Script::logged_in();
    let conn = s.passive_and_called();
    s.command("RETR pub/big.bin");
    s.command("STAT");
    s.command("QUIT");
    s.command("NOOP");
    s.expect_reply(125);
    let status = s.expect_reply(211);
    assert!(status.text().contains("Transferring /pub/big.bin"), "{status}");
    s.expect_silence();
    s.writable(conn, 2_000_000);
    assert_eq!(s.codes(), [226, 221]);
    s.end(conn);
    s.end(CONTROL);
    s.expect_over();
}

#[test]
fn status_of_a_path_waits_for_its_turn() {
    let mut s = Script::logged_in();
    let conn = s.passive_and_called();
    s.command("RETR pub/big.bin");
    s.command("STAT pub");
    s.command("STAT");
    assert_eq!(s.codes(), [125]);
    s.writable(conn, 2_000_000);
    assert_eq!(s.codes(), [226, 212, 211]);
    s.end(conn);
    s.quit();
}

#[test]
fn a_question_to_the_store_is_answered_before_the_client_that_left_is_let_go() {
    for line in ["MKD x", "RNFR readme.txt", "MLST", "STAT pub", "SIZE readme.txt"] {
        let mut s = Script::with_slow_store();
        s.command(line);
        s.end(CONTROL);
        s.expect_silence();
        while s.bench.answer(0) {}
        s.look();
        assert_eq!(s.codes().len(), 1, "{line}");
        s.expect_over();
        // Or nobody is there any more when the answer comes.
        let mut s = Script::with_slow_store();
        s.command(line);
        s.reset(CONTROL);
        while s.bench.answer(0) {}
        s.expect_over();
    }
}

#[test]
fn a_control_connection_that_closes_aborts_the_transfer() {
    let mut s = Script::with_slow_store();
    let conn = s.passive_and_called();
    s.command("RETR pub/big.bin");
    s.answer();
    s.expect_reply(125);
    s.end(CONTROL);
    s.expect_reply(426);
    s.expect_trouble(CONTROL, Trouble::ControlLost);
    s.expect(&Output::Abort { conn });
    while s.bench.answer(2) {}
    s.expect_over();

    // It may also be reset, while a file is just being opened.
    let mut s = Script::with_slow_store();
    s.passive();
    s.command("STOR new");
    s.reset(CONTROL);
    while s.bench.answer(0) {}
    s.expect_over();
}

#[test]
fn a_transfer_that_stands_still_is_idle() {
    let mut s = Script::logged_in();
    let conn = s.passive_and_called();
    s.command("RETR pub/big.bin");
    s.expect_reply(125);
    for _ in 0..5 {
        s.pass(Duration::from_secs(200));
        s.writable(conn, 1_000);
    }
    s.expect_silence();
    s.pass(Duration::from_secs(300));
    s.expect_reply(421);
    s.expect(&Output::Abort { conn });
    s.end(CONTROL);
    s.expect_over();
}

#[test]
fn no_more_is_left_behind_than_the_store_can_bear() {
    let mut s = Script::with_slow_store();
    s.passive();
    for _ in 0..100 {
        s.command("PORT 198,51,100,7,156,64");
        s.command("RETR readme.txt");
        s.command("ABOR");
    }
    let mut opened = 0;
    while let Some((op, request)) = s.bench.take_request() {
        assert!(matches!(request, StoreRequest::Open { how: OpenHow::Read, .. }));
        opened += 1;
        assert!(opened <= 8, "a store that never answers is asked for ever");
        let _ = op;
    }
    assert_eq!(opened, 8);
}

/// curl closes with TLS's tickets unread, which to its system is a reset; the file had come by then.
#[test]
fn a_reset_behind_the_end_of_an_upload_takes_nothing_away() {
    let mut s = Script::with_slow_store();
    let conn = s.passive_and_called();
    s.command("STOR new");
    s.answer();
    s.expect_reply(125);
    s.say(conn, b"all of it");
    s.bench.end(conn);
    s.give(Input::Reset { conn });
    while s.bench.has_requests() {
        s.answer();
    }
    assert_eq!(s.codes(), [226]);
    assert_eq!(s.bench.tree().content(&at("new")).unwrap().read(0, 100), b"all of it");
    s.quit();
}
