//! A vsftpd for tests that are not written in Rust: says where it listens, and ends when its standard input does. With the
//! argument `explicit` or `implicit` it speaks TLS, and says its certificate's SHA-256 in a second word.

use std::io::Read as _;
use std::net::Ipv4Addr;

use portolan_tests::server::{Server, Tls};

fn main() {
    let here = Ipv4Addr::LOCALHOST.into();
    let server = match std::env::args().nth(1).as_deref() {
        None => Server::vsftpd(here),
        Some(way) => {
            let implicit = way == "implicit";
            Server::vsftpd_tls(
                here,
                Tls {
                    implicit,
                    ..Tls::EXPLICIT
                },
            )
        }
    };
    let Some(server) = server else {
        return;
    };
    server.put("incoming/readme.txt", b"Soundings in fathoms.\n");
    println!("{} {}", server.address, server.fingerprint().unwrap_or_default());
    let mut rest = Vec::new();
    // Whatever ends it, the test is over.
    let _over = std::io::stdin().read_to_end(&mut rest);
}
