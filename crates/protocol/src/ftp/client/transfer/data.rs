//! A transfer's data connection, and the path to it.

use portolan_wire::report::{Note, Report};

use core::net::{IpAddr, SocketAddr};

use super::super::desk::Desk;
use super::super::files::Leftovers;
use crate::endpoint::{ConnId, ListenerId, Output};

/// Where the data connection of a transfer stands, once its address is settled.
#[derive(Clone, Copy, Debug)]
pub(super) enum Data {
    /// Active: the server has not called.
    Listening { listener: ListenerId },
    /// Both directions are open.
    Open { conn: ConnId },
    /// The server's direction has ended. Ours is open, unless the connection is gone.
    Ended { open: Option<ConnId> },
    /// Ours has ended too; nothing is left to do here.
    Over,
    /// It broke before its end.
    Lost,
}

impl Data {
    /// The connection, while there is one.
    pub(super) const fn conn(&self) -> Option<ConnId> {
        match self {
            Self::Open { conn } => Some(*conn),
            Self::Ended { open } => *open,
            Self::Listening { .. } | Self::Over | Self::Lost => None,
        }
    }

    pub(super) fn is(&self, conn: ConnId) -> bool {
        self.conn() == Some(conn)
    }

    /// Somebody called. Only the control connection's peer may; a stranger uses nothing up.
    pub(super) fn accepted(
        &mut self,
        desk: &mut Desk,
        server: IpAddr,
        called: ListenerId,
        (conn, peer): (ConnId, SocketAddr),
    ) -> Option<ConnId> {
        let listener = match *self {
            Self::Listening { listener } if listener == called => listener,
            // The call was on its way when its listener was closed.
            _ => {
                desk.push(Output::Abort { conn });
                return None;
            }
        };
        if peer.ip().to_canonical() != server {
            let note = Note::StrangerRefused { peer };
            desk.report(Some(conn), Report::Note { note });
            desk.push(Output::Abort { conn });
            return None;
        }
        desk.push(Output::StopListening { listener });
        *self = Self::Open { conn };
        Some(conn)
    }

    /// The server's direction ended.
    pub(super) const fn ended(&mut self) {
        if let Self::Open { conn } = *self {
            *self = Self::Ended { open: Some(conn) };
        }
    }

    /// The connection is gone. If the server's direction had ended, all it sent has come; what we had to send has not
    /// all gone.
    pub(super) const fn reset(&mut self, is_upload: bool) {
        *self = match self {
            Self::Ended { .. } if !is_upload => Self::Ended { open: None },
            _ => Self::Lost,
        };
    }

    /// Ends our direction, in order.
    pub(super) fn hang_up(&mut self, desk: &mut Desk, leftovers: &mut Leftovers) {
        match *self {
            Self::Listening { listener } => desk.push(Output::StopListening { listener }),
            Self::Open { conn } => leftovers.hang_up(desk, conn),
            Self::Ended { open: Some(conn) } => desk.push(Output::Shutdown { conn }),
            Self::Ended { open: None } | Self::Over | Self::Lost => {}
        }
        *self = Self::Over;
    }

    /// Throws the connection away.
    pub(super) fn abort(&mut self, desk: &mut Desk) {
        match *self {
            Self::Listening { listener } => desk.push(Output::StopListening { listener }),
            Self::Open { conn } | Self::Ended { open: Some(conn) } => desk.push(Output::Abort { conn }),
            Self::Ended { open: None } | Self::Over | Self::Lost => {}
        }
        *self = Self::Over;
    }
}
