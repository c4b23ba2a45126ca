//! The connections and listeners of one endpoint.

use core::net::{IpAddr, SocketAddr};
use core::task::{Context, Poll};
use std::collections::BTreeMap;

use portolan_protocol::endpoint::{ConnId, FromPort, Input, ListenerId, Ports};
use tokio::net::{TcpListener, TcpStream};

use super::conn::{Conn, Step};
use super::open;

/// The most connections at once. An FTP session needs two and a few that linger; more callers wait in the kernel.
const MOST_CONNS: usize = 16;

/// The connections and listeners of one endpoint.
#[derive(Default)]
pub(super) struct Net {
    conns: BTreeMap<ConnId, Conn>,
    listeners: BTreeMap<ListenerId, TcpListener>,
    accepted: u32,
    /// Whose turn it was last: a busy connection must not starve the others.
    last: Option<ConnId>,
}

impl Net {
    /// With a control connection that somebody else accepted.
    pub(super) fn with_accepted(stream: TcpStream) -> Self {
        let conns = BTreeMap::from([(ConnId::accepted(0), Conn::accepted(stream))]);
        let (accepted, rest) = (1, Self::default());
        Self {
            conns,
            accepted,
            ..rest
        }
    }

    /// Whether no connection is open or being opened.
    pub(super) fn is_over(&self) -> bool {
        self.conns.is_empty()
    }

    /// Calls `to`; tells from where, unless it fails at once.
    pub(super) fn connect(&mut self, conn: ConnId, from: FromPort, to: SocketAddr) -> Option<SocketAddr> {
        let (opening, local) = Conn::connect(from, to);
        self.conns.insert(conn, opening);
        local
    }

    pub(super) fn listen(&mut self, listener: ListenerId, address: IpAddr, ports: Ports) -> Input {
        match open::listen(address, ports) {
            Ok((socket, local)) => {
                self.listeners.insert(listener, socket);
                Input::Listening { listener, local }
            }
            Err(why) => Input::ListenFailed { listener, why },
        }
    }

    pub(super) fn stop_listening(&mut self, listener: ListenerId) {
        self.listeners.remove(&listener);
    }

    pub(super) fn send(&mut self, conn: ConnId, bytes: Vec<u8>) {
        if let Some(conn) = self.conns.get_mut(&conn) {
            conn.send(bytes);
        }
    }

    pub(super) fn shutdown(&mut self, conn: ConnId) {
        if let Some(conn) = self.conns.get_mut(&conn) {
            conn.shutdown();
        }
    }

    pub(super) fn abort(&mut self, conn: ConnId) {
        if let Some(conn) = self.conns.remove(&conn) {
            conn.abort();
        }
    }

    pub(super) fn read(&mut self, conn: ConnId, credit: usize) {
        if let Some(conn) = self.conns.get_mut(&conn) {
            conn.grant(credit);
        }
    }

    /// The next thing that happened.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Input> {
        if let Poll::Ready(input) = self.poll_listeners(cx) {
            return Poll::Ready(input);
        }
        // The connections after the last one served, then those before it and itself.
        let order: Vec<ConnId> = match self.last {
            None => self.conns.keys().copied().collect(),
            Some(last) => {
                let after = self.conns.keys().filter(|conn| **conn > last);
                let before = self.conns.keys().filter(|conn| **conn <= last);
                after.chain(before).copied().collect()
            }
        };
        for id in order {
            let Some(conn) = self.conns.get_mut(&id) else { continue };
            let step = match conn.poll(id, cx) {
                Poll::Pending => continue,
                Poll::Ready(step) => step,
            };
            self.last = Some(id);
            match step {
                Step::Happened(input) => return Poll::Ready(input),
                Step::Over(input) => {
                    self.conns.remove(&id);
                    if let Some(input) = input {
                        return Poll::Ready(input);
                    }
                }
            }
        }
        Poll::Pending
    }

    fn poll_listeners(&mut self, cx: &mut Context<'_>) -> Poll<Input> {
        if self.conns.len() >= MOST_CONNS {
            return Poll::Pending;
        }
        for (&listener, socket) in &self.listeners {
            // A caller that was gone before it was accepted is an error here, and nobody's business.
            while let Poll::Ready(accepted) = socket.poll_accept(cx) {
                let Ok((stream, peer)) = accepted else {
                    if is_exhausted(&accepted) {
                        break;
                    }
                    continue;
                };
                let Ok(local) = stream.local_addr() else { continue };
                let conn = ConnId::accepted(self.accepted);
                self.accepted += 1;
                self.conns.insert(conn, Conn::accepted(stream));
                return Poll::Ready(Input::Accepted {
                    listener,
                    conn,
                    local,
                    peer,
                });
            }
        }
        Poll::Pending
    }
}

/// Whether the process has no file descriptor left: asking again at once would spin.
fn is_exhausted<T>(result: &std::io::Result<T>) -> bool {
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    matches!(result, Err(error) if matches!(error.raw_os_error(), Some(ENFILE | EMFILE)))
}
