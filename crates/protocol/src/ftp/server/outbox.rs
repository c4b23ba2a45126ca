//! Outputs on their way to the driver, and the numbers that name what they begin.

use core::net::{IpAddr, SocketAddr};
use std::collections::VecDeque;

use portolan_wire::report::{Purpose, Report};

use crate::endpoint::{ConnId, FromPort, ListenerId, OpId, Output, Ports, StoreRequest};
use crate::speaker::Said;

/// The outputs that the driver has not taken yet. No number is given twice.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    said: VecDeque<Said>,
    conns: u32,
    listeners: u32,
    ops: u32,
}

impl Outbox {
    pub(super) fn push(&mut self, output: Output) {
        self.said.push_back(Said::Plain(output));
    }

    pub(super) fn pop(&mut self) -> Option<Said> {
        self.said.pop_front()
    }

    /// `conn` is to be under TLS, behind all that was sent over it.
    pub(super) fn secure(&mut self, conn: ConnId) {
        self.said.push_back(Said::Secure { conn });
    }

    /// `conn` is to be in the clear again, behind all that was sent over it.
    pub(super) fn clear(&mut self, conn: ConnId) {
        self.said.push_back(Said::Clear { conn });
    }

    /// Says what was done or understood about a connection.
    pub(super) fn report(&mut self, conn: ConnId, report: Report) {
        self.push(Output::Event {
            conn: Some(conn),
            report,
        });
    }

    pub(super) fn store(&mut self, request: StoreRequest) -> OpId {
        let op = OpId(take_number(&mut self.ops));
        self.push(Output::Store { op, request });
        op
    }

    /// Calls `to` for a data connection.
    pub(super) fn connect(&mut self, from_port: FromPort, to: SocketAddr) -> ConnId {
        let conn = ConnId::opened(take_number(&mut self.conns));
        self.push(Output::Connect {
            conn,
            purpose: Purpose::Data,
            from_port,
            to,
        });
        conn
    }

    /// Listens for a data connection.
    pub(super) fn listen(&mut self, address: IpAddr, ports: Ports) -> ListenerId {
        let listener = ListenerId(take_number(&mut self.listeners));
        self.push(Output::Listen {
            listener,
            purpose: Purpose::Data,
            address,
            ports,
        });
        listener
    }
}

fn take_number(next: &mut u32) -> u32 {
    let number = *next;
    *next = next.wrapping_add(1);
    number
}
