//! The first screen's picture: the world of `call-a-port` before anybody calls, for as long as there is no engine.
//!
//! The engine's tests hold it against the scenario.

use core::net::{IpAddr, Ipv4Addr};

use portolan_session::event::{HostId, Role};
use portolan_session::view::{Berth, Caption, HostView, Stage};
use portolan_wire::Instant;
use portolan_wire::report::Purpose;

/// The scenario that the first screen belongs to.
pub const SCENARIO: &str = "call-a-port";

/// Client and server; nobody has called.
#[must_use]
pub fn stage() -> Stage {
    let client = HostView {
        id: HostId(0),
        name: "client".into(),
        role: Role::Client,
        addresses: vec![IpAddr::V4(Ipv4Addr::new(198, 51, 100, 25))],
        berths: vec![],
        passive: None,
        ephemeral: Some((49152, 65535)),
        firewall: vec![],
    };
    let server = HostView {
        id: HostId(2),
        name: "server".into(),
        role: Role::Server,
        addresses: vec![IpAddr::V4(Ipv4Addr::new(203, 0, 113, 10))],
        berths: vec![
            listening(21, "FTP", Purpose::Control),
            listening(22, "SSH", Purpose::Other),
        ],
        passive: None,
        ephemeral: None,
        firewall: vec![],
    };
    Stage {
        seq: 0,
        at: Instant::ZERO,
        hosts: vec![client, server],
        lines: vec![],
        moving: None,
        caption: Caption::Nothing,
        chapter: None,
    }
}

fn listening(port: u16, service: &str, purpose: Purpose) -> Berth {
    Berth {
        port,
        listening: true,
        service: Some(service.into()),
        purpose,
        connected: 0,
        tried: false,
        used: false,
    }
}
