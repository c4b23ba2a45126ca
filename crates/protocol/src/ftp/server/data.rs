//! The data connection's state (RFC 959 section 3.2).

use core::mem;
use core::net::SocketAddr;

use portolan_wire::Instant;
use portolan_wire::action::TransferMode;

use super::link::{Lingering, Link};
use super::outbox::Outbox;
use crate::endpoint::{ConnId, FromPort, ListenerId, Output};

/// How far the next data connection is, or the running one.
///
/// It says nothing about files: a client may call before its transfer command comes, and the connection is kept here
/// until then.
#[derive(Debug, Default)]
pub(super) enum Data {
    /// Nothing was agreed on.
    #[default]
    None,
    /// PASV or EPSV: the port is not known yet, and so neither is the reply.
    ListenRequested { listener: ListenerId, mode: TransferMode },
    /// The port was announced; nobody who may has called.
    Listening { listener: ListenerId },
    /// PORT or EPRT: the client listens there. It is called when a transfer command comes, not before.
    Announced { address: SocketAddr },
    /// The client is being called.
    Connecting {
        conn: ConnId,
        to: SocketAddr,
        from_port: FromPort,
    },
    /// It is open, in use or waiting to be.
    Open(Link),
}

impl Data {
    /// The connection that is open, if it is `conn`.
    pub(super) fn link_of(&mut self, conn: ConnId) -> Option<&mut Link> {
        match self {
            Self::Open(link) if link.conn == conn => Some(link),
            _ => None,
        }
    }

    /// Throws away whatever there is: the transfer it was for did not reach its end.
    pub(super) fn abort(&mut self, out: &mut Outbox) {
        match mem::take(self) {
            Self::None | Self::Announced { .. } => {}
            Self::ListenRequested { listener, .. } | Self::Listening { listener } => {
                out.push(Output::StopListening { listener });
            }
            Self::Open(Link { is_gone: true, .. }) => {}
            Self::Connecting { conn, .. } | Self::Open(Link { conn, .. }) => out.push(Output::Abort { conn }),
        }
    }

    /// Ends whatever there is in order: an open connection is closed behind all that was sent.
    pub(super) fn close(&mut self, lingering: &mut Lingering, until: Instant, out: &mut Outbox) {
        match mem::take(self) {
            Self::Open(Link { is_gone: true, .. }) => {}
            Self::Open(link) => {
                out.push(Output::Shutdown { conn: link.conn });
                if !link.has_ended {
                    lingering.add(link.conn, until, out);
                }
            }
            other => {
                *self = other;
                self.abort(out);
            }
        }
    }
}
