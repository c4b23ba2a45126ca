//! Servers that keep no rules, before `portolan connect`.

mod transfers;

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use super::script::{Script, Server, Step};
use super::{Ran, watched};

use Step::{Data, DataEnd, DataFlood, Dribble, End, Flood, Join, Pause, Say, Stall};

/// The most memory that `connect` may take, in KiB, whatever its server sends: 16 MiB of a listing and all that is told
/// of it. It begins with about 7000.
const MOST_MEMORY: u32 = 128 * 1024;

/// The program, which dies where it takes more memory than that (on Linux; elsewhere the limit may mean nothing).
fn small(arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    let script = format!("ulimit -d {MOST_MEMORY} && exec \"$@\"");
    command
        .args(["-c", &script, "sh", env!("CARGO_BIN_EXE_portolan")])
        .args(arguments)
        .stdin(Stdio::null());
    command
}

/// A server, what is asked of it, and what comes of it.
struct Case {
    name: &'static str,
    /// What stands behind the URL; a file is asked for as `--get x`, without it a listing.
    arguments: &'static [&'static str],
    script: Script,
    /// Enough on a busy machine too, unless the case is about its end.
    patience: &'static str,
    status: i32,
    /// What is said: on standard error if it fails, on standard output if not.
    says: &'static [&'static str],
}

const fn fails(name: &'static str, script: Script, says: &'static [&'static str]) -> Case {
    Case {
        name,
        arguments: &[],
        script,
        patience: "10",
        status: 1,
        says,
    }
}

const fn works(name: &'static str, script: Script, says: &'static [&'static str]) -> Case {
    Case {
        status: 0,
        ..fails(name, script, says)
    }
}

impl Case {
    const fn with(self, arguments: &'static [&'static str]) -> Self {
        Self { arguments, ..self }
    }

    /// One that the client's patience ends: the least that there is.
    const fn waited_for(self) -> Self {
        let patience = "1";
        Self { patience, ..self }
    }

    /// Holds the session.
    fn run(&self, folder: &Path) -> Ran {
        let server = Server::start(self.script);
        let url = format!("ftp://anna:seagull-4711@{}/", server.address);
        let mut command = small(&["connect", &url, "--patience", self.patience]);
        command
            .args(self.arguments)
            .current_dir(folder)
            .env_remove("PORTOLAN_PASSWORD");
        let ran = watched(command);
        server.end();
        ran
    }

    fn check(&self) {
        let folder = tempfile::tempdir().unwrap();
        let ran = self.run(folder.path());
        let (name, Ran { stdout, stderr, .. }) = (self.name, &ran);
        assert_eq!(ran.status, Some(self.status), "{name}: {stderr}\n{stdout}");
        for (what, text) in [("standard output", stdout), ("standard error", stderr)] {
            let raw = text.chars().find(|letter| letter.is_control() && *letter != '\n');
            assert_eq!(raw, None, "{name}: a control character on {what}: {text}");
            assert!(!text.contains("panicked"), "{name}: {text}");
            assert!(!text.contains("seagull"), "{name}: the password is on {what}");
        }
        let told = if self.status == 0 { stdout } else { stderr };
        for words in self.says {
            assert!(told.contains(words), "{name}: {words} is not in: {told}");
        }
        if self.status == 1 {
            assert!(
                stderr.starts_with("portolan: ") && stderr.ends_with(".\n"),
                "{name}: {stderr}"
            );
        }
    }
}

/// All at once: most of them only wait for the client's patience to end.
fn check(cases: &[Case]) {
    thread::scope(|scope| {
        for case in cases {
            let name = case.name.to_owned();
            thread::Builder::new()
                .name(name)
                .spawn_scoped(scope, || case.check())
                .unwrap();
        }
    });
}

#[test]
fn what_has_no_end_is_ended() {
    check(&[
        fails("a line", &[("", &[Flood(b"2")])], &["a line of more than 8192 bytes"]),
        fails(
            "a line of NULs",
            &[("", &[Flood(b"\0")])],
            &["a line of more than 8192 bytes"],
        ),
        fails(
            "a subnegotiation",
            &[("", &[Flood(b"\xff\xfa\x18x")])],
            &["a line of more than 8192 bytes"],
        ),
        fails(
            "a reply",
            &[("", &[Flood(b"220-more\r\n")])],
            &["a reply of more than 65536 bytes"],
        ),
        fails(
            "a reply of nothing",
            &[("", &[Say(b"220-more\r\n"), Flood(b"\r\n")])],
            &["a reply of more than 65536 bytes"],
        ),
        fails("patience", &[("USER", &[Flood(b"120 wait\r\n")])], &["120 wait"]),
        fails(
            "answers",
            &[("USER", &[Flood(b"331 password?\r\n")])],
            &["nobody asked: 331"],
        ),
        fails(
            "features",
            &[("FEAT", &[Say(b"211-all\r\n"), Flood(b" MORE\r\n")])],
            &["a reply of more than 65536 bytes"],
        ),
        fails(
            "a listing",
            &[(
                "LIST",
                &[
                    Say(b"150 here\r\n"),
                    Join,
                    DataFlood(b"-rw-r--r--   1 owner    group        1234 Jan  1  2026 a file.txt\r\n"),
                    Say(b"426 no\r\n"),
                ],
            )],
            &["longer than 16777216 bytes"],
        )
        .waited_for(),
        fails(
            "a listing of short lines",
            &[(
                "LIST",
                &[Say(b"150 here\r\n"), Join, DataFlood(b"a\n"), Say(b"426 no\r\n")],
            )],
            &["longer than 16777216 bytes"],
        )
        .waited_for(),
        fails(
            "a listing of nothing",
            &[(
                "LIST",
                &[Say(b"150 here\r\n"), Join, DataFlood(b"\n"), Say(b"426 no\r\n")],
            )],
            &["longer than 16777216 bytes"],
        )
        .waited_for(),
        fails(
            "a listing of one line",
            &[(
                "LIST",
                &[Say(b"150 here\r\n"), Join, DataFlood(b"a"), Say(b"426 no\r\n")],
            )],
            &["longer than 16777216 bytes"],
        )
        .waited_for(),
        fails(
            "a listing in a log",
            &[(
                "LIST",
                &[Say(b"150 here\r\n"), Join, DataFlood(b"a\r\n"), Say(b"426 no\r\n")],
            )],
            &["longer than 16777216 bytes"],
        )
        .waited_for()
        .with(&["--log", "log", "--pcapng", "capture", "--quiet"]),
    ]);
}

#[test]
fn what_dribbles_in_is_late() {
    let late = &["did not answer in time"];
    check(&[
        fails("a line", &[("", &[Dribble(b"2")])], late).waited_for(),
        fails("a reply", &[("", &[Dribble(b"220-x\r\n")])], late).waited_for(),
        fails("an answer", &[("PASS", &[Dribble(b"230-x\r\n")])], late).waited_for(),
        fails(
            "nothing",
            &[("", &[Stall])],
            &["The server took the call and said nothing"],
        )
        .waited_for(),
        fails("nothing to a command", &[("USER", &[Stall])], late).waited_for(),
        fails("no end of a reply", &[("", &[Say(b"220-x\r\n"), Stall])], late).waited_for(),
        fails("half a line", &[("", &[Say(b"220 rea"), Stall])], late).waited_for(),
        fails("one preliminary reply", &[("", &[Say(b"120 wait\r\n"), Stall])], late).waited_for(),
    ]);
}

#[test]
fn what_others_forgive_is_forgiven() {
    check(&[
        works(
            "bare line feeds",
            &[
                ("", &[Say(b"220-a\n220 b\n")]),
                ("USER", &[Say(b"331 go on\n")]),
                ("PASS", &[Say(b"230 in\n")]),
            ],
            &["Jan  1  2026 x"],
        ),
        works(
            "telnet",
            &[
                ("", &[Say(b"\xff\xfb\x01\xff\xfd\x03220 re\xff\xffady\r\n")]),
                ("USER", &[Say(b"\xff\xfa\x18\x01\xff\xf0331 \xff\xf1go\r\n")]),
            ],
            &["Jan  1  2026 x"],
        ),
        works(
            "a NUL and an escape",
            &[("", &[Say(b"220 re\0ady \x1b[2J\x07\xc2\x9b\r\n")])],
            &["220 re\u{2400}ady \u{241b}[2J"],
        ),
        works(
            "a 120 before the 220",
            &[("", &[Say(b"120 in a moment\r\n"), Pause, Say(b"220 ready\r\n")])],
            &["120 in a moment", "Jan  1  2026 x"],
        ),
        works(
            "replies inside of replies",
            &[(
                "PASS",
                &[Say(
                    b"230-hello\r\n 230 not yet\r\n421 nor this\r\n2300\r\n230-\r\n230 now\r\n",
                )],
            )],
            &["Jan  1  2026 x"],
        ),
        works(
            "no 150",
            &[("LIST", &[Join, Data(b"a-name\r\n"), DataEnd, Say(b"226 done\r\n")])],
            &["a-name", "226 done"],
        ),
        works(
            "a 150 behind the data",
            &[(
                "LIST",
                &[
                    Join,
                    Data(b"a-name\r\n"),
                    DataEnd,
                    Pause,
                    Say(b"150 here\r\n226 done\r\n"),
                ],
            )],
            &["a-name", "226 done"],
        ),
        works(
            "a 226 before the data",
            &[(
                "LIST",
                &[
                    Say(b"150 here\r\n226 done\r\n"),
                    Join,
                    Pause,
                    Data(b"a-name\r\n"),
                    DataEnd,
                ],
            )],
            &["a-name", "226 done"],
        ),
        works(
            "a 226 long behind it",
            &[(
                "LIST",
                &[
                    Say(b"150 here\r\n"),
                    Join,
                    Data(b"a-name\r\n"),
                    DataEnd,
                    Pause,
                    Pause,
                    Say(b"226 done\r\n"),
                ],
            )],
            &["a-name", "226 done"],
        ),
        works("no goodbye", &[("QUIT", &[End])], &["Jan  1  2026 x"]),
    ]);
}

#[test]
fn another_protocol_is_named_and_what_to_try() {
    check(&[
        fails(
            "HTTP",
            &[("", &[Say(b"HTTP/1.1 400 Bad Request\r\n\r\n"), End])],
            &["A web server answered", "FTP's port is usually 21"],
        ),
        fails(
            "SSH",
            &[("", &[Say(b"SSH-2.0-OpenSSH_9.2\r\n"), Stall])],
            &["An SSH server answered", "Try SFTP"],
        ),
        fails(
            "TLS",
            &[("", &[Say(b"\x15\x03\x01\x00\x02\x02\x46"), Stall])],
            &["TLS at once", "990"],
        ),
        fails(
            "mail",
            &[("", &[Say(b"+OK POP3 ready\r\n"), Stall])],
            &["A mail server answered"],
        ),
        fails(
            "another",
            &[("", &[Say(b"RFB 003.008\x1b[2J\n"), Stall])],
            &["no FTP: \"RFB 003.008\u{241b}[2J\""],
        ),
        fails(
            "a NUL in front",
            &[("", &[Say(b"\x00220 ready\r\n"), Stall])],
            &["no FTP: \"\u{2400}220"],
        ),
    ]);
}
