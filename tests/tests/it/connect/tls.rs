//! FTPS with servers of the world: vsftpd and ProFTPD, which demand what they can.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use portolan_wire::report::Report;
use portolan_wire::security::{Secured, Trusted};

use super::{Line, Ran, carries_much, conforms};
use crate::files::MODES;
use crate::server::{Server, Tls};

const IPV4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const IPV6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

/// Sessions of TLS 1.2 are resumed as often as one likes.
const REUSE: Tls = Tls {
    reuse: true,
    version: "1.2",
    ..Tls::EXPLICIT
};

/// Of TLS 1.3 each ticket is used once (RFC 8446 appendix C.4), and new ones come over data connections. ProFTPD 1.3.8 sends
/// none over those of uploads, so that only vsftpd can be held to this both ways.
const REUSE_13: Tls = Tls {
    version: "1.3",
    ..REUSE
};

const IMPLICIT: Tls = Tls {
    implicit: true,
    ..Tls::EXPLICIT
};

fn secured(ran: &Ran) -> Vec<&Secured> {
    let secured = ran.reports().filter_map(|report| match report {
        Report::Secured(secured) => Some(secured),
        _ => None,
    });
    secured.collect()
}

/// To and fro, resumed files, changes, in all modes.
fn all_of_it(server: impl Fn(IpAddr, Tls) -> Option<Server>, ways: &[Tls]) {
    for tls in ways {
        let Some(server) = server(IPV4, *tls) else { return };
        conforms(&server, &MODES);
    }
}

#[test]
fn vsftpd_in_every_way() {
    let implicit = Tls {
        implicit: true,
        ..REUSE_13
    };
    all_of_it(
        Server::vsftpd_tls,
        &[Tls::EXPLICIT, REUSE, REUSE_13, IMPLICIT, implicit],
    );
}

#[test]
fn proftpd_in_every_way() {
    let implicit = Tls {
        implicit: true,
        ..REUSE
    };
    all_of_it(Server::proftpd_tls, &[Tls::EXPLICIT, REUSE, IMPLICIT, implicit]);
}

#[test]
fn the_extended_modes_over_ipv6() {
    for make in [Server::vsftpd_tls, Server::proftpd_tls] {
        for tls in [
            REUSE,
            Tls {
                implicit: true,
                ..REUSE
            },
        ] {
            let Some(server) = make(IPV6, tls) else { return };
            conforms(&server, &MODES[2..]);
        }
    }
}

#[test]
fn much_comes_and_goes() {
    for make in [Server::vsftpd_tls, Server::proftpd_tls] {
        let Some(server) = make(IPV4, REUSE) else { return };
        carries_much(&server);
    }
}

/// A thousand transfers on one control connection, each of which has to resume.
#[test]
fn a_thousand_data_connections_resume() {
    let both = ["--get", "pub/small.txt", "down", "--put", "up", "incoming/up"];
    let down = ["--get", "pub/small.txt", "down", "--get", "pub/small.txt", "down"];
    type Make = fn(IpAddr, Tls) -> Option<Server>;
    let ways: [(Make, Tls, [&str; 6]); 4] = [
        (Server::vsftpd_tls, REUSE, both),
        (Server::vsftpd_tls, REUSE_13, both),
        (Server::proftpd_tls, REUSE, both),
        (Server::proftpd_tls, REUSE_13, down),
    ];
    for (make, tls, steps) in ways {
        let Some(server) = make(IPV4, tls) else { return };
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("up"), b"a small file").unwrap();
        let mut line = Line::to(&server, "extended-passive");
        line.add(&["--quiet"]);
        for _ in 0..500 {
            line.add(&steps);
        }
        let ran = line.run(folder.path());
        ran.is_done();
        let secured = secured(&ran);
        assert_eq!(secured.len(), 1001, "{tls:?}");
        assert!(secured.iter().skip(1).all(|secured| secured.resumed), "{tls:?}");
        let wanted = if tls.version == "1.2" { 0x0303 } else { 0x0304 };
        assert!(secured.iter().all(|secured| secured.version == wanted), "{tls:?}");
    }
}

/// ProFTPD 1.3.8 sends no tickets over uploads. That is said, with what helps.
#[test]
fn tickets_that_are_used_up_are_told_of() {
    let Some(server) = Server::proftpd_tls(IPV4, REUSE_13) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("up"), b"a small file").unwrap();
    let mut line = Line::to(&server, "extended-passive");
    for _ in 0..4 {
        line.add(&["--put", "up", "incoming/up"]);
    }
    line.run(folder.path()).failed("--tls 1.2");
}

#[test]
fn prot_c_leaves_files_readable_and_prot_p_does_not() {
    for tls in [Tls::EXPLICIT, IMPLICIT] {
        let Some(server) = Server::vsftpd_tls(IPV4, tls) else {
            return;
        };
        let words = b"words that are easily found again";
        server.put("pub/words", words);
        for (option, is_readable) in [(None, false), (Some("--clear-data"), true)] {
            let folder = tempfile::tempdir().unwrap();
            let mut line = Line::to(&server, "passive");
            line.add(option.as_slice());
            line.add(&["--get", "pub/words", "words"]);
            let ran = line.run(folder.path());
            ran.is_done();
            assert_eq!(fs::read(folder.path().join("words")).unwrap(), words);
            let is_found = ran.capture.windows(words.len()).any(|window| window == words);
            assert_eq!(is_found, is_readable);
            assert!(!ran.capture.windows(5).any(|window| window == b"USER "));
            assert_eq!(secured(&ran).len(), if is_readable { 1 } else { 2 });
        }
    }
}

#[test]
fn ccc_is_carried_out_by_proftpd() {
    let Some(server) = Server::proftpd_tls(IPV4, REUSE) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut line = Line::to(&server, "passive");
    line.add(&["--clear-control", "--get", "pub/small.txt", "small"]);
    let ran = line.run(folder.path());
    ran.is_done();
    assert!(ran.reports().any(|report| matches!(report, Report::Cleared)));
    let is_found = |words: &[u8]| ran.capture.windows(words.len()).any(|window| window == words);
    assert!(is_found(b"RETR pub/small.txt\r\n") && !is_found(b"USER "));
}

#[test]
fn whom_to_trust_is_a_matter_of_choice() {
    let Some(server) = Server::vsftpd_tls(IPV4, Tls::EXPLICIT) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let url = server.url("");
    let trusted = |ran: &Ran| secured(ran)[0].trusted;
    // The certificate vouches for itself, and nobody here trusts it.
    Ran::connect(folder.path(), &[&url, "--list", "pub"]).failed("certificate");
    let wrong = "00".repeat(32);
    Ran::connect(folder.path(), &[&url, "--list", "pub", "--pin", &wrong]).failed("certificate");
    let pin = &server.trust()[1];
    let ran = Ran::connect(folder.path(), &[&url, "--list", "pub", "--pin", pin]);
    assert_eq!(trusted(ran.is_done()), Some(Trusted::Pinned));
    // Once it is asked about aloud, and then never again.
    let known = ["--list", "pub", "--known-servers", "known"];
    let ran = Ran::connect(folder.path(), &[&[&*url][..], &known].concat());
    assert_eq!(ran.output.status.code(), Some(0));
    assert!(ran.err().contains("SHA-256"), "{}", ran.err());
    let ran = Ran::connect(folder.path(), &[&[&*url][..], &known].concat());
    assert_eq!(trusted(ran.is_done()), Some(Trusted::Pinned));
    let text = fs::read_to_string(folder.path().join("known")).unwrap();
    fs::write(folder.path().join("known"), text.replace(pin, &wrong)).unwrap();
    Ran::connect(folder.path(), &[&[&*url][..], &known].concat()).failed("certificate");
    let ran = Ran::connect(folder.path(), &[&url, "--list", "pub", "--insecure"]);
    assert_eq!(trusted(&ran), Some(Trusted::Unchecked));
    assert!(ran.err().contains("--insecure"), "{}", ran.err());
}

#[test]
fn what_is_wrong_with_security_is_said() {
    let folder = tempfile::tempdir().unwrap();
    // No TLS on offer.
    let Some(server) = Server::vsftpd(IPV4) else { return };
    let url = server.url("").replacen("ftp://", "ftpes://", 1);
    let ran = Ran::connect(folder.path(), &[&url, "--list", "pub"]);
    ran.failed("TLS");
    assert_eq!(ran.commands(), ["AUTH TLS"]);
    // TLS from the start, to a server that greets.
    let url = server.url("").replacen("ftp://", "ftps://", 1);
    Ran::connect(folder.path(), &[&url, "--list", "pub"]).failed("ftpes://");
    // A greeting from a server that waits for TLS.
    let Some(server) = Server::vsftpd_tls(IPV4, IMPLICIT) else {
        return;
    };
    for scheme in ["ftp://", "ftpes://"] {
        let url = server.url("").replacen("ftps://", scheme, 1);
        let ran = Ran::connect(folder.path(), &[&url, "--list", "pub", "--patience", "1"]);
        ran.failed("ftps://");
    }
}
