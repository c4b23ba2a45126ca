//! A vsftpd for tests that are not written in Rust: says where it listens, and ends when its standard input does.

use std::io::Read as _;
use std::net::Ipv4Addr;

use portolan_tests::server::Server;

fn main() {
    let Some(server) = Server::vsftpd(Ipv4Addr::LOCALHOST.into()) else {
        return;
    };
    server.put("incoming/readme.txt", b"Soundings in fathoms.\n");
    println!("{}", server.address);
    let mut rest = Vec::new();
    // Whatever ends it, the test is over.
    let _over = std::io::stdin().read_to_end(&mut rest);
}
