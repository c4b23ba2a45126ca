//! One connection, from its first sign to its end.

use core::net::SocketAddr;

use portolan_wire::report::{Purpose, TransferKind};

use super::tap::Tap;
use super::{host_of, who, who_at};
use crate::event::{Conn, Header, HostId, Kind, Role};
use crate::view::{Call, Caption, End, Line, LineState, Who};

/// A line of the stage, and what must be remembered to go on drawing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Track {
    pub(crate) line: Line,
    /// Bytes that the caller sends.
    pub(super) forth: Flow,
    /// Bytes that the one who was called sends.
    pub(super) back: Flow,
    /// What has been said of it already, and is said once.
    pub(super) said: Said,
    /// What the network's eye makes of it.
    pub(crate) tap: Tap,
    /// Whether what goes over it was told under TLS.
    pub(super) private: bool,
    /// Bytes of content that were sent, as who sends them counts.
    pub(super) content_sent: u64,
    /// Bytes that arrived under TLS behind its handshake, as the network counts them.
    pub(super) passed: u64,
}

/// What is said once of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) dropped: bool,
    pub(super) lost: bool,
    pub(super) no_more: bool,
}

/// One direction, counted by TCP's own sequence numbers, so that what is sent again counts once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flow {
    /// The sequence number of the first byte.
    first: Option<u32>,
    /// Bytes from the first one to the furthest that arrived.
    pub(super) bytes: u64,
    /// Packets with payload that arrived.
    pub(super) packets: u32,
}

impl Flow {
    /// A SYN left: its sequence number is the one before the first byte's.
    pub(super) const fn begins(&mut self, syn: u32) {
        self.first = Some(syn.wrapping_add(1));
    }

    /// Payload arrived.
    pub(super) fn arrived(&mut self, seq: u32, length: u32) {
        let first = *self.first.get_or_insert(seq);
        self.packets = self.packets.saturating_add(1);
        // The counter wraps every 4 GiB: what counts is how far this ends ahead of what was the furthest.
        #[expect(clippy::cast_possible_truncation, reason = "sequence numbers are modulo 2^32")]
        let furthest = first.wrapping_add(self.bytes as u32);
        let ahead = seq.wrapping_add(length).wrapping_sub(furthest);
        if ahead < 1 << 31 {
            self.bytes = self.bytes.saturating_add(u64::from(ahead));
        }
    }
}

impl Track {
    /// A connection that is seen first at the host `seen.0`, which called if `seen.1` says so.
    pub(super) fn new(
        header: &Header,
        conn: Conn,
        (from, to): (SocketAddr, SocketAddr),
        purpose: Purpose,
        seen: (HostId, bool),
        nth: u32,
    ) -> Self {
        let (here, called_from_here) = seen;
        // On loopback both sides have one address: the other side is whoever has it and is not this host.
        let there = |address: SocketAddr| {
            let mut others = header.hosts.iter().filter(|host| host.id != here);
            let other = others.find(|host| host.addresses.contains(&address.ip()));
            other.or_else(|| host_of(header, address.ip())).map(|host| host.id)
        };
        let (caller, called) = if called_from_here {
            (Some(here), there(to))
        } else {
            (there(from), Some(here))
        };
        let line = Line {
            conn,
            purpose,
            nth,
            caller: End {
                host: caller,
                address: from,
            },
            called: End {
                host: called,
                address: to,
            },
            state: LineState::Attempted,
            dropped_at: None,
            content: None,
            bytes_from_caller: 0,
            bytes_from_called: 0,
            packets: 0,
            finished: (false, false),
            security: None,
        };
        Self {
            line,
            forth: Flow::default(),
            back: Flow::default(),
            said: Said::default(),
            tap: Tap::default(),
            private: false,
            content_sent: 0,
            passed: 0,
        }
    }

    pub(super) fn answer(&mut self) {
        if self.line.state == LineState::Attempted {
            self.line.state = LineState::Established;
            self.line.dropped_at = None;
        }
    }

    /// The call that made it.
    pub(crate) fn call(&self, header: &Header) -> Call {
        let Line {
            caller,
            called,
            purpose,
            nth,
            ..
        } = self.line;
        Call {
            caller: who_at(header, caller.host, caller.address.ip()),
            from: caller.address,
            called: who_at(header, called.host, called.address.ip()),
            to: called.address,
            purpose,
            nth,
        }
    }

    /// Whether that host called, as far as one can tell.
    pub(crate) fn is_caller(&self, host: HostId) -> bool {
        self.line.caller.host == Some(host)
    }

    /// The other end, seen from that host.
    pub(super) fn other(&self, header: &Header, host: HostId) -> Who {
        let end = if self.is_caller(host) {
            self.line.called
        } else {
            self.line.caller
        };
        who_at(header, end.host, end.address.ip())
    }

    /// FIN, RST, the end.
    pub(super) fn ending(&mut self, header: &Header, host: HostId, kind: &Kind) -> Option<Caption> {
        match kind {
            Kind::FinSent => self.finishes(self.is_caller(host)),
            Kind::FinReceived => {
                self.finishes(!self.is_caller(host));
                return self.no_more(header, host);
            }
            Kind::Closed if !self.line.state.is_over() => {
                self.line.state = LineState::Closed;
                return (self.line.purpose != Purpose::Data).then(|| self.closed(header));
            }
            Kind::Reset { sent } if !self.line.state.is_over() => {
                self.line.state = LineState::Reset;
                let by = if *sent {
                    who(header, host)
                } else {
                    self.other(header, host)
                };
                return Some(Caption::Reset {
                    purpose: self.line.purpose,
                    by,
                });
            }
            _ => {}
        }
        None
    }

    pub(super) fn closed(&self, header: &Header) -> Caption {
        let caller = who_at(header, self.line.caller.host, self.line.caller.address.ip());
        Caption::Closed {
            purpose: self.line.purpose,
            caller,
        }
    }

    fn finishes(&mut self, caller: bool) {
        let (forth, back) = &mut self.line.finished;
        *(if caller { forth } else { back }) = true;
        if self.line.state <= LineState::Established {
            self.line.state = LineState::Closing;
        }
    }

    /// The FIN of whoever sends the content has come to `receiver`.
    fn no_more(&mut self, header: &Header, receiver: HostId) -> Option<Caption> {
        let kind = self.line.content.as_ref().map(|content| content.kind);
        if self.line.purpose != Purpose::Data || self.said.no_more || !receives(header, receiver, kind) {
            return None;
        }
        self.said.no_more = true;
        let bytes = if self.is_caller(receiver) {
            self.line.bytes_from_called
        } else {
            self.line.bytes_from_caller
        };
        Some(Caption::NoMoreBytes {
            sender: self.other(header, receiver),
            kind,
            bytes,
        })
    }
}

/// Whether that host receives content of that kind, as far as its part tells.
pub(crate) fn receives(header: &Header, host: HostId, kind: Option<TransferKind>) -> bool {
    let role = header
        .hosts
        .iter()
        .find(|candidate| candidate.id == host)
        .map(|host| host.role);
    !matches!(
        (kind, role),
        (Some(TransferKind::Upload), Some(Role::Client))
            | (Some(TransferKind::Download | TransferKind::Listing), Some(Role::Server))
    )
}
