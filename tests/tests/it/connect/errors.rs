//! What goes wrong with servers of the world: one sentence on standard error, and the exit status.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};

use portolan_wire::report::Report;

use super::{Line, Ran};
use crate::files::MODES;
use crate::server::{PASSWORD, Server};

/// What is tried, and what the sentence says of it.
const NOS: [(&[&str], &str); 7] = [
    (&["--get", "pub/missing"], "550"),
    (&["--list", "pub", "--get", "pub/missing – нет"], "550"),
    (&["--put", "mine", "pub/not here"], "55"),
    (&["--put", "not mine"], "there is no such file"),
    (&["--change-directory", "nowhere"], "550"),
    (&["--delete", "pub/small.txt"], "550"),
    (&["--make-directory", "pub/new"], "550"),
];

fn says_no(server: &Server) {
    for (mode, _) in MODES {
        for (steps, why) in NOS {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("mine"), b"mine").unwrap();
            let mut line = Line::to(server, mode);
            line.add(steps);
            // What comes after a failure is not tried.
            line.add(&["--delete", "incoming/never tried"]);
            let ran = line.run(folder.path());
            ran.failed(why);
            assert_eq!(ran.count("DELE incoming"), 0, "{steps:?}");
            assert_eq!(ran.commands().last().map(String::as_str), Some("QUIT"), "{steps:?}");
            let left = fs::read_dir(folder.path()).unwrap().count();
            assert_eq!(left, 1, "{steps:?} leaves something behind");
        }
    }
    assert!(server.root().join("pub/small.txt").exists());
}

fn wants_the_right_password(server: &Server, user: &str) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("ftp://{user}:x{PASSWORD}@{}/", server.address);
    let ran = Ran::connect(folder.path(), &[&url]);
    ran.failed("530");
    assert_eq!(ran.count("LIST") + ran.count("MLSD"), 0);
    // Each piece of it that a server could echo is as secret.
    let said = ran.reports().filter(|report| matches!(report, Report::Reply { .. }));
    assert!(said.count() >= 2);
}

#[test]
fn vsftpd_says_no() {
    let Some(server) = Server::vsftpd(Ipv4Addr::LOCALHOST.into()) else {
        return;
    };
    says_no(&server);
    wants_the_right_password(&server, "root");
}

#[test]
fn proftpd_says_no() {
    let Some(server) = Server::proftpd(Ipv4Addr::LOCALHOST.into()) else {
        return;
    };
    says_no(&server);
    wants_the_right_password(&server, "anna");
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let nobody = listener.local_addr().unwrap();
    drop(listener);
    let folder = tempfile::tempdir().unwrap();
    let url = format!("ftp://anna:{PASSWORD}@{nobody}/");
    let ran = Ran::connect(folder.path(), &[&url]);
    ran.failed("nobody listens").failed(&nobody.port().to_string());
}

#[test]
fn ports_that_were_asked_for_are_listened_on() {
    let Some(server) = Server::vsftpd(Ipv4Addr::LOCALHOST.into()) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let ports = 50_000..=50_999;
    let mut line = Line::to(&server, "active");
    line.add(&[
        "--active-ports",
        "50000-50999",
        "--list",
        "pub",
        "--get",
        "pub/small.txt",
    ]);
    let ran = line.run(folder.path());
    ran.is_done();
    let commands = ran.commands();
    let announced = commands.iter().filter_map(|command| command.strip_prefix("PORT "));
    let announced: Vec<u32> = announced
        .map(|text| {
            let numbers: Vec<u32> = text.split(',').map(|number| number.parse().unwrap()).collect();
            numbers[4] * 256 + numbers[5]
        })
        .collect();
    assert_eq!(announced.len(), 2, "{commands:#?}");
    assert!(announced.iter().all(|port| ports.contains(port)), "{announced:?}");
}
