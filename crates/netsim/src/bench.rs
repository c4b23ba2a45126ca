//! A transfer to measure: one connection, two endpoints that do nothing but send and receive, a router between them,
//! everything recorded. Behind the feature `bench`; no part of a simulation.

use core::net::IpAddr;
use std::cell::Cell;
use std::rc::Rc;

use portolan_protocol::endpoint::{ConnId, Endpoint, FromPort, Input, Output};
use portolan_session::event::{Role, Source};
use portolan_wire::action::Action;
use portolan_wire::report::Purpose;
use portolan_wire::{Duration, Instant};

use crate::{HostPlan, LinkPlan, PlanError, Progress, RouterPlan, Service, Topology, World};

const PORT: u16 = 20_000;
/// What the source sends at once, as a server that reads its files in blocks.
const BLOCK: usize = 64 * 1024;
/// What the sink lets come: what FTP's client grants a data connection.
const CREDIT: usize = 256 * 1024;

/// What a transfer moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Bytes that the receiving endpoint was given.
    pub bytes: u64,
    /// Packets that were sent.
    pub packets: u64,
    /// Events that were recorded.
    pub events: u64,
    /// The virtual time it took.
    pub took: Duration,
}

/// Moves `bytes` from a server to a client through a router, with a round trip of 10 ms and links of `bandwidth` bits
/// per second.
///
/// # Errors
/// Never: the plan is right.
pub fn transfer(bytes: u64, bandwidth: u64) -> Result<Moved, PlanError> {
    let [client, router, server] = [1, 254, 2].map(|last| IpAddr::from([192, 0, 2, last]));
    let mut plan = Topology::new();
    let link = LinkPlan {
        latency: Duration::from_micros(2_500),
        bandwidth,
        ..LinkPlan::default()
    };
    let at_client = plan.host(HostPlan::new("client", Role::Client, [client]));
    let at_router = plan.router(RouterPlan::new("router", [router]));
    let at_server = plan.host(HostPlan::new("server", Role::Server, [server]));
    plan.link(at_client, at_router, link);
    plan.link(at_router, at_server, link);
    let source = Source::Simulation {
        scenario: "bench".to_owned(),
        seed: 1,
        settings: portolan_wire::ordered::Map::new(),
    };
    let mut world = World::new(&plan, 1, plan.header(source, "bench", None))?;

    let start = Box::new(move |session: crate::Session| {
        Box::new(Sender {
            conn: session.control,
            left: bytes,
            next: Next::Nothing,
        }) as Box<dyn Endpoint>
    });
    let mut service = Service::new(PORT, "source", start);
    service.purpose = Purpose::Data;
    let received = Rc::new(Cell::new(0));
    let sink = Receiver {
        to: server,
        received: Rc::clone(&received),
        next: None,
    };
    let placed = world.serve(at_server, service).is_ok();
    let app = world.add_client(at_client, Box::new(sink), None);
    if let (true, Ok(app)) = (placed, app) {
        let call = Action::Call { host: None, port: PORT };
        world.act(Instant::ZERO, app, 0, call);
    }
    while world.step(10_000) != Progress::Quiet {}
    Ok(Moved {
        bytes: received.get(),
        packets: u64::from(world.log().packets()),
        events: world.log().events().len() as u64,
        took: world.now().since(Instant::ZERO),
    })
}

/// Sends zeros.
struct Sender {
    conn: ConnId,
    left: u64,
    next: Next,
}

enum Next {
    Nothing,
    Send(usize),
    Shutdown,
}

impl Endpoint for Sender {
    fn handle_input(&mut self, _: Instant, input: Input) {
        if let Input::Writable { bytes, .. } = input {
            let more = match self.next {
                Next::Send(granted) => granted,
                Next::Nothing | Next::Shutdown => 0,
            };
            self.next = Next::Send(more + bytes);
        }
    }

    fn poll_output(&mut self) -> Output {
        let conn = self.conn;
        match self.next {
            Next::Send(granted) => {
                let left = usize::try_from(self.left).unwrap_or(usize::MAX);
                let count = granted.min(left).min(BLOCK);
                self.left -= count as u64;
                self.next = match (self.left, granted - count) {
                    (0, _) => Next::Shutdown,
                    (_, 0) => Next::Nothing,
                    (_, granted) => Next::Send(granted),
                };
                let bytes = vec![0x5a; count];
                Output::Send { conn, bytes }
            }
            Next::Shutdown => {
                self.next = Next::Nothing;
                Output::Shutdown { conn }
            }
            Next::Nothing => Output::Timeout(None),
        }
    }
}

/// Calls, takes what comes, hangs up.
struct Receiver {
    to: IpAddr,
    received: Rc<Cell<u64>>,
    next: Option<Output>,
}

impl Endpoint for Receiver {
    fn handle_input(&mut self, _: Instant, input: Input) {
        let conn = ConnId::opened(0);
        self.next = match input {
            Input::Act {
                what: Action::Call { port, .. },
                ..
            } => Some(Output::Connect {
                conn,
                purpose: Purpose::Data,
                from_port: FromPort::Any,
                to: (self.to, port).into(),
            }),
            Input::Connected { .. } => Some(Output::Read { conn, credit: CREDIT }),
            Input::Received { bytes, .. } => {
                self.received.set(self.received.get() + bytes.len() as u64);
                let credit = bytes.len();
                Some(Output::Read { conn, credit })
            }
            Input::Eof { .. } => Some(Output::Shutdown { conn }),
            _ => None,
        };
    }

    fn poll_output(&mut self) -> Output {
        self.next.take().unwrap_or(Output::Timeout(None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_bytes_arrive() {
        let moved = transfer(3_000_000, 1_000_000_000).unwrap();
        assert_eq!(moved.bytes, 3_000_000);
        assert!(moved.packets > 3_000_000 / 1_460);
        assert!(moved.events >= moved.packets * 3);
    }
}
