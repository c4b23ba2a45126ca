//! The picture of the first screen: what `index.html` has painted, before anything was run. The engine's own picture
//! takes its place with the first call.

use core::net::{IpAddr, Ipv4Addr};

use portolan_link::Stage;
use portolan_session::event::{HostId, Role};
use portolan_session::view::{Berth, HostView};
use portolan_wire::report::Purpose;

/// Two hosts; programs listen on two of the server's ports.
pub fn stage() -> Stage {
    Stage {
        seq: 0,
        hosts: vec![
            host(0, "client", Role::Client, Ipv4Addr::new(198, 51, 100, 25), Vec::new()),
            host(
                2,
                "server",
                Role::Server,
                Ipv4Addr::new(203, 0, 113, 10),
                vec![berth(21, "FTP", Purpose::Control), berth(22, "SSH", Purpose::Other)],
            ),
        ],
        lines: Vec::new(),
    }
}

fn host(id: u16, name: &str, role: Role, address: Ipv4Addr, berths: Vec<Berth>) -> HostView {
    HostView {
        id: HostId(id),
        name: name.to_owned(),
        role,
        addresses: vec![IpAddr::V4(address)],
        berths,
        passive: None,
        ephemeral: None,
        firewall: Vec::new(),
    }
}

fn berth(port: u16, service: &str, purpose: Purpose) -> Berth {
    Berth {
        port,
        listening: true,
        service: Some(service.to_owned()),
        purpose,
        connected: 0,
        tried: false,
        used: false,
    }
}
