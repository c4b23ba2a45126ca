//! Who somebody is: accounts, starting over, logging in again.

use super::*;
use crate::ftp::server::{Account, Password};

/// Ada has an account besides, and Bob has none.
fn with_account() -> Config {
    let mut config = config().with_account("bob", "word");
    config.accounts.push(Account {
        user: "eve".to_owned(),
        password: Password::Exactly("pass".to_owned()),
        account: Some(Password::Exactly("money".to_owned())),
    });
    config
}

#[test]
fn an_account_is_asked_for_where_there_is_one() {
    let mut s = Script::with(with_account());
    for (line, code) in [
        ("ACCT money", 503),
        ("USER bob", 331),
        ("ACCT money", 503),
        ("PASS word", 230),
        ("ACCT whatever", 202),
        ("ACCT", 202),
        ("USER eve", 331),
        ("PASS pass", 332),
        // Not in yet.
        ("PWD", 530),
        ("PASS pass", 503),
        ("ACCT money", 230),
        ("PWD", 257),
        ("ACCT money", 202),
        ("USER eve", 331),
        ("PASS pass", 332),
        // One account wrong, and all begins anew.
        ("ACCT honey", 530),
        ("ACCT money", 503),
        ("PWD", 530),
    ] {
        s.ask(line, code);
    }
    assert!(!format!("{:?}", s.reports()).contains("money"));
    assert!(!format!("{:?}", with_account()).contains("money"));
}

#[test]
fn reinitializing_puts_everything_back() {
    let mut s = Script::logged_in();
    for (line, code) in [
        ("CWD pub", 250),
        ("OPTS MLST size;", 200),
        ("EPSV ALL", 200),
        ("REST 5", 350),
        ("REIN", 220),
        ("PWD", 530),
        ("RETR readme.txt", 530),
        ("PASS secret", 503),
        ("USER ada", 331),
        ("PASS secret", 230),
    ] {
        s.ask(line, code);
    }
    assert_eq!(s.ask("PWD", 257), "\"/\" is the working directory.");
    assert!(s.ask("STAT", 211).contains("TYPE A"));
    assert!(s.ask("FEAT", 211).contains("MLST type*;size*;modify*;"));
    let listener = s.passive();
    s.ask("REIN", 220);
    s.expect(&Output::StopListening { listener });
    s.quit();
}

#[test]
fn reinitializing_waits_for_the_transfer_that_runs() {
    let mut s = Script::logged_in();
    let conn = s.passive_and_called();
    s.say(CONTROL, b"RETR pub/big.bin\r\nREIN\r\nPWD\r\n");
    assert_eq!(s.codes(), [125]);
    s.writable(conn, 2_000_000);
    assert_eq!(s.sent(conn).len(), 1_000_000);
    assert_eq!(s.codes(), [226, 220, 530]);
    s.end(conn);
    s.quit();
}

#[test]
fn another_user_keeps_the_transfer_parameters() {
    let mut s = Script::with(with_account());
    s.log_in();
    for (line, code) in [("CWD pub", 250), ("USER bob", 331), ("PASS word", 230)] {
        s.ask(line, code);
    }
    // RFC 959 section 4.1.1: "All transfer parameters are unchanged".
    assert!(s.ask("STAT", 211).contains("TYPE I"));
    assert_eq!(s.ask("PWD", 257), "\"/\" is the working directory.");
}
