//! One row for each verb: what it is answered with in each state of a session.

use super::*;
use crate::ftp::server::commands::verbs;

/// The line; its code before the login, after it with nothing agreed on, after `EPSV ALL`, and without (or with) the
/// argument that it wants (or does not take).
const TABLE: &[(&str, u16, u16, u16, u16)] = &[
    ("ABOR", 226, 226, 226, 501),
    ("ACCT x", 503, 202, 202, 202),
    ("ALLO 5", 530, 202, 202, 501),
    ("APPE x", 530, 425, 425, 501),
    ("CDUP", 530, 250, 250, 501),
    ("CLNT x", 200, 200, 200, 501),
    ("CWD pub", 530, 250, 250, 501),
    ("DELE readme.txt", 530, 250, 250, 501),
    ("EPRT |1|198.51.100.7|40000|", 530, 200, 503, 501),
    ("EPSV x", 530, 501, 501, 0),
    ("FEAT", 211, 211, 211, 501),
    ("HELP", 214, 214, 214, 501),
    ("LIST", 530, 425, 425, 425),
    ("MDTM readme.txt", 530, 213, 213, 501),
    ("MKD x", 530, 257, 257, 501),
    ("MLSD", 530, 425, 425, 425),
    ("MLST", 530, 250, 250, 550),
    ("MODE S", 530, 200, 200, 501),
    ("NLST", 530, 425, 425, 425),
    ("NOOP", 200, 200, 200, 501),
    ("OPTS UTF8 ON", 200, 200, 200, 501),
    ("PASS x", 503, 503, 503, 503),
    ("PASV", 530, 0, 503, 501),
    ("PORT 198,51,100,7,156,64", 530, 200, 503, 501),
    ("PWD", 530, 257, 257, 501),
    ("QUIT", 221, 221, 221, 501),
    ("REIN", 220, 220, 220, 501),
    ("REST 5", 530, 350, 350, 501),
    ("RETR readme.txt", 530, 425, 425, 501),
    ("RMD pub", 530, 550, 550, 501),
    ("RNFR readme.txt", 530, 350, 350, 501),
    ("RNTO x", 530, 503, 503, 501),
    ("SITE HELP", 214, 214, 214, 501),
    ("SIZE readme.txt", 530, 213, 213, 501),
    ("STAT", 530, 211, 211, 450),
    ("STOR x", 530, 425, 425, 501),
    ("STOU", 530, 425, 425, 425),
    ("STRU F", 530, 200, 200, 501),
    ("SYST", 215, 215, 215, 501),
    ("TYPE I", 530, 200, 200, 501),
    ("USER x", 331, 331, 331, 501),
    // What this server lacks, and what nobody knows, is said before anything else.
    ("SMNT x", 502, 502, 502, 502),
    ("AUTH TLS", 502, 502, 502, 502),
    ("PBSZ 0", 502, 502, 502, 502),
    ("PROT P", 502, 502, 502, 502),
    ("CCC", 502, 502, 502, 502),
    ("HOST x", 502, 502, 502, 502),
    ("LANG x", 502, 502, 502, 502),
    ("FOO x", 500, 500, 500, 500),
    // The values of parameters.
    ("TYPE A N", 530, 200, 200, 501),
    ("TYPE A T", 530, 504, 504, 501),
    ("TYPE A C", 530, 504, 504, 501),
    ("TYPE E", 530, 504, 504, 501),
    ("TYPE L 8", 530, 200, 200, 501),
    ("TYPE L 7", 530, 504, 504, 501),
    ("TYPE X", 530, 501, 501, 501),
    ("MODE B", 530, 504, 504, 501),
    ("MODE C", 530, 504, 504, 501),
    ("MODE X", 530, 501, 501, 501),
    ("STRU R", 530, 504, 504, 501),
    ("STRU P", 530, 504, 504, 501),
    ("STRU X", 530, 501, 501, 501),
    ("ALLO 5 R 3", 530, 202, 202, 501),
    ("ALLO much", 530, 501, 501, 501),
    ("ALLO 5 R", 530, 501, 501, 501),
    ("HELP retr", 214, 214, 214, 0),
    ("HELP XPWD", 214, 214, 214, 0),
    ("HELP AUTH", 502, 502, 502, 0),
    ("HELP FOO", 501, 501, 501, 0),
    ("HELP x y", 501, 501, 501, 0),
    ("SITE CHMOD 644 x", 501, 501, 501, 501),
];

/// Zero in the table: not to be asked here.
const SKIP: u16 = 0;

#[test]
fn each_verb_has_its_code_in_each_state() {
    for &(line, new, logged_in, only_epsv, other_form) in TABLE {
        let check = |mut s: Script, line: &str, code: u16, state: &str| {
            if code != SKIP {
                s.command(line);
                assert_eq!(s.codes(), [code], "{line}, {state}");
            }
        };
        check(Script::new(), line, new, "before the login");
        check(Script::logged_in(), line, logged_in, "after the login");
        let mut s = Script::logged_in();
        s.ask("EPSV ALL", 200);
        check(s, line, only_epsv, "after EPSV ALL");
        let other = match line.split_once(' ') {
            Some((verb, _)) => verb.to_owned(),
            None => format!("{line} x"),
        };
        check(Script::logged_in(), &other, other_form, "in its other form");
    }
}

#[test]
fn no_verb_is_left_out_of_the_table() {
    for verb in verbs() {
        assert!(
            TABLE
                .iter()
                .any(|(line, ..)| line.split(' ').next() == Some(verb.as_str())),
            "{verb}"
        );
    }
}

#[test]
fn help_names_every_verb() {
    let mut s = Script::new();
    let text = s.ask("HELP", 214);
    for verb in verbs() {
        assert!(text.contains(&format!(" {verb}")), "{verb}");
    }
}
