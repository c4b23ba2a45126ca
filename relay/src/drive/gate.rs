//! Which connections and listeners a driver may open.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use portolan_protocol::endpoint::{ConnId, Input};
use portolan_wire::report::Purpose;

use crate::guard::Permit;

/// Which connections and listeners a driver may open. An endpoint that asks for another is told that it is not allowed.
#[derive(Debug)]
pub enum Gate {
    /// All: the program's own user asks.
    Open,
    /// What the guard has let through: somebody else asks.
    Permitted(Permitted),
    /// A server's: its client, but for some ports of its machine.
    Client {
        /// Whom it may call.
        peer: IpAddr,
        /// Where not.
        never: Vec<u16>,
    },
}

/// A permit in use.
#[derive(Debug)]
pub struct Permitted {
    permit: Arc<Permit>,
    control: Control,
}

#[derive(Debug)]
enum Control {
    None,
    Calling(ConnId),
    Established { local: IpAddr, peer: SocketAddr },
}

impl From<Arc<Permit>> for Gate {
    fn from(permit: Arc<Permit>) -> Self {
        Self::Permitted(Permitted {
            permit,
            control: Control::None,
        })
    }
}

impl Gate {
    /// Whether `conn` may be opened to `to`.
    pub(super) fn may_call(&mut self, conn: ConnId, purpose: Purpose, to: SocketAddr) -> bool {
        match self {
            Self::Open => true,
            Self::Client { peer, never } => to.ip() == *peer && !never.contains(&to.port()),
            Self::Permitted(permitted) => match (purpose, &permitted.control) {
                (Purpose::Control, _) => {
                    permitted.control = Control::Calling(conn);
                    permitted.permit.may_call(to)
                }
                (Purpose::Data, Control::Established { peer, .. }) => permitted.permit.may_call_for_data(*peer, to),
                (Purpose::Data | Purpose::Other, _) => false,
            },
        }
    }

    /// Whether a listener may stand at `address`.
    pub(super) fn may_listen(&self, address: IpAddr) -> bool {
        match self {
            Self::Open | Self::Client { .. } => true,
            Self::Permitted(permitted) => match permitted.control {
                Control::Established { local, .. } => Permit::may_listen(local, address),
                Control::None | Control::Calling(_) => false,
            },
        }
    }

    /// Hears what the endpoint is told.
    pub(super) fn input(&mut self, input: &Input) {
        if let (Self::Permitted(permitted), Input::Connected { conn, local, peer }) = (self, input)
            && matches!(permitted.control, Control::Calling(calling) if calling == *conn)
        {
            permitted.control = Control::Established {
                local: local.ip(),
                peer: *peer,
            };
        }
    }
}
