//! Against ProFTPD.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{carries_much, conforms};
use crate::files::MODES;
use crate::server::Server;

#[test]
fn all_four_modes_do_everything() {
    let Some(server) = Server::proftpd(Ipv4Addr::LOCALHOST.into()) else {
        return;
    };
    conforms(&server, &MODES);
}

#[test]
fn the_extended_modes_do_everything_over_ipv6() {
    let Some(server) = Server::proftpd(Ipv6Addr::LOCALHOST.into()) else {
        return;
    };
    conforms(&server, &MODES[2..]);
}

#[test]
fn much_comes_and_goes() {
    let Some(server) = Server::proftpd(Ipv4Addr::LOCALHOST.into()) else {
        return;
    };
    carries_much(&server);
}
