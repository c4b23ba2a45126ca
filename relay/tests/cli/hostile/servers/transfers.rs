//! Servers that leave in the middle, name addresses that are none, and spoil data connections.

use super::{check, fails, works};
use crate::hostile::script::Script;
use crate::hostile::script::Step::{Data, DataEnd, DataReset, Deaf, End, Join, Passive, Reset, Say, Stall, Stranger};

#[test]
fn a_session_may_end_at_any_time() {
    check(&[
        fails(
            "421 for a greeting",
            &[("", &[Say(b"421 too \x1b[2Jmany\r\n"), End])],
            &["answered 421: too \u{241b}[2Jmany"],
        ),
        fails(
            "421 at the login",
            &[("PASS", &[Say(b"421 I go\r\n"), End])],
            &["answered 421: I go"],
        ),
        fails(
            "421 for a port",
            &[("EPSV", &[Say(b"421 I go\r\n"), End])],
            &["answered 421: I go"],
        ),
        fails(
            "421 for a file",
            &[("RETR", &[Say(b"421 I go\r\n"), End])],
            &["answered 421: I go"],
        )
        .with(&["--get", "x"]),
        fails(
            "421 in the middle of a file",
            &[(
                "RETR",
                &[Say(b"150 here\r\n"), Join, Data(b"half"), Say(b"421 I go\r\n"), End],
            )],
            &["answered 421: I go"],
        )
        .with(&["--get", "x"]),
        fails(
            "421 that nobody asked for",
            &[("PASS", &[Say(b"230 in\r\n421 I go\r\n"), End])],
            &["answered 421: I go"],
        ),
        fails(
            "an end for a greeting",
            &[("", &[End])],
            &["The control connection broke"],
        ),
        fails(
            "an end for an answer",
            &[("USER", &[End])],
            &["The control connection broke"],
        ),
        fails(
            "a reset for an answer",
            &[("USER", &[Reset])],
            &["The control connection broke"],
        ),
        fails(
            "an end in a line",
            &[("USER", &[Say(b"331 pass"), End])],
            &["The control connection broke"],
        ),
        fails(
            "an end in the middle of a file",
            &[("RETR", &[Say(b"150 here\r\n"), Join, Data(b"half"), End])],
            &["The control connection broke"],
        )
        .with(&["--get", "x"]),
        fails(
            "a reset in the middle of a file",
            &[("RETR", &[Say(b"150 here\r\n"), Join, Data(b"half"), Reset])],
            &["The control connection broke"],
        )
        .with(&["--get", "x"]),
    ]);
}

#[test]
fn an_address_that_is_none_is_not_called() {
    const PASSIVE: &[&str] = &["--mode", "passive"];
    let no_ftp = &["no FTP"];
    check(&[
        fails(
            "an octet too large",
            &[("PASV", &[Say(b"227 (127,0,0,256,200,10)\r\n")])],
            no_ftp,
        )
        .with(PASSIVE),
        fails(
            "a port's octet too large",
            &[("PASV", &[Say(b"227 (127,0,0,1,300,10)\r\n")])],
            no_ftp,
        )
        .with(PASSIVE),
        fails("five numbers", &[("PASV", &[Say(b"227 (127,0,0,1,200)\r\n")])], no_ftp).with(PASSIVE),
        fails(
            "a number of many digits",
            &[("PASV", &[Say(b"227 (127,0,0,1,200,99999999999999999999)\r\n")])],
            no_ftp,
        )
        .with(PASSIVE),
        fails("port 0", &[("PASV", &[Say(b"227 (127,0,0,1,0,0)\r\n")])], no_ftp).with(PASSIVE),
        fails("no numbers", &[("PASV", &[Say(b"227 passive\r\n")])], no_ftp).with(PASSIVE),
        fails("a port too large", &[("EPSV", &[Say(b"229 (|||70000|)\r\n")])], no_ftp),
        fails("an extended port 0", &[("EPSV", &[Say(b"229 (|||0|)\r\n")])], no_ftp),
        fails("no port", &[("EPSV", &[Say(b"229 (|||)\r\n")])], no_ftp),
        fails(
            "an address in a 229",
            &[("EPSV", &[Say(b"229 (127.0.0.1)\r\n")])],
            no_ftp,
        ),
        works(
            "another address",
            &[("PASV", &[Passive("227 (192,0,2,1,@)\r\n")])],
            &["192.0.2.1", "ignores that address", "Jan  1  2026 x"],
        )
        .with(PASSIVE),
        fails(
            "another address, as told",
            &[("PASV", &[Passive("227 (127,0,0,2,@)\r\n")])],
            &["no program listens"],
        )
        .with(&["--mode", "passive", "--passive-address", "as-told"]),
    ]);
}

#[test]
fn a_data_connection_that_fails_is_told() {
    const ACTIVE: &[&str] = &["--mode", "active"];
    const GET: &[&str] = &["--get", "x"];
    check(&[
        fails(
            "nobody calls",
            &[("LIST", &[Say(b"150 soon\r\n"), Stall])],
            &["nobody called"],
        )
        .waited_for()
        .with(ACTIVE),
        fails(
            "a call that fails",
            &[("LIST", &[Say(b"150 soon\r\n425 I can't\r\n")])],
            &["answered 425: I can't"],
        )
        .with(ACTIVE),
        fails(
            "nobody listens",
            &[("EPSV", &[Say(b"229 (|||1|)\r\n")])],
            &["no program listens"],
        ),
        fails(
            "nobody answers",
            &[("PASV", &[Deaf("227 (127,0,0,1,@)\r\n")])],
            &["Nothing came back"],
        )
        .waited_for()
        .with(&["--mode", "passive"]),
        fails(
            "a reset, and why",
            &[(
                "RETR",
                &[
                    Say(b"150 here\r\n"),
                    Join,
                    Data(b"half"),
                    DataReset,
                    Say(b"426 lost it\r\n"),
                ],
            )],
            &["answered 426: lost it"],
        )
        .with(GET),
        fails(
            "a reset, and a lie",
            &[(
                "RETR",
                &[
                    Say(b"150 here\r\n"),
                    Join,
                    Data(b"half"),
                    DataReset,
                    Say(b"226 done\r\n"),
                ],
            )],
            &["The data connection broke"],
        )
        .with(GET),
        fails(
            "a reset, and no word",
            &[("RETR", &[Say(b"150 here\r\n"), Join, Data(b"half"), DataReset, Stall])],
            &["The data connection broke"],
        )
        .waited_for()
        .with(GET),
        fails(
            "an end, and no word",
            &[("RETR", &[Say(b"150 here\r\n"), Join, Data(b"all"), DataEnd, Stall])],
            &["did not answer in time"],
        )
        .waited_for()
        .with(GET),
        fails(
            "a stall",
            &[("RETR", &[Say(b"150 here\r\n"), Join, Data(b"half"), Stall])],
            &["did not answer in time"],
        )
        .waited_for()
        .with(GET),
        fails(
            "a 226, and no end",
            &[(
                "RETR",
                &[Say(b"150 here\r\n"), Join, Data(b"half"), Say(b"226 done\r\n"), Stall],
            )],
            &["did not answer in time"],
        )
        .waited_for()
        .with(GET),
        fails(
            "a 226, and no connection",
            &[("LIST", &[Say(b"226 done\r\n")])],
            &["nobody called"],
        )
        .waited_for()
        .with(ACTIVE),
    ]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_stranger_does_not_use_the_clients_port_up() {
    const SCRIPT: Script = &[(
        "LIST",
        &[
            Say(b"150 soon\r\n"),
            Stranger,
            Stranger,
            Join,
            Data(b"a-name\r\n"),
            DataEnd,
            Say(b"226 done\r\n"),
        ],
    )];
    let says = &["A stranger at 127.0.0.2", "a-name", "226 done"];
    check(&[works("strangers", SCRIPT, says).with(&["--mode", "active"])]);
}
