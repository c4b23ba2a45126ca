//! Services: ports that are listened on, and the machines that answer there.

use core::fmt;
use core::net::SocketAddr;

use portolan_protocol::endpoint::{ConnId, Endpoint};
use portolan_wire::report::{ListenError, Purpose};

use crate::store::StoreId;

/// A port that is listened on for as long as the world lasts. Every caller gets a machine of its own.
pub struct Service {
    /// The port.
    pub port: u16,
    /// The program's name, for people: `FTP`.
    pub name: String,
    /// What its connections are for.
    pub purpose: Purpose,
    /// How many sessions it serves at once. A caller beyond that is accepted and reset at once, as by a server that
    /// has run out of processes. [`Service::SESSIONS`] unless changed.
    pub sessions: usize,
    /// The files that all its sessions share; without one, every storage request fails.
    pub store: Option<StoreId>,
    /// Makes the machine for one caller.
    pub start: Start,
}

/// Makes a server's machine for one control connection.
pub type Start = Box<dyn FnMut(Session) -> Box<dyn Endpoint>>;

/// What a server's machine is told when it is made. Its first input is `Begin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// The control connection, which is established.
    pub control: ConnId,
    /// The server's address and port.
    pub local: SocketAddr,
    /// The caller's.
    pub peer: SocketAddr,
    /// How many sessions this service had before this one.
    pub number: u32,
    /// A seed of its own, for machines that need randomness.
    pub seed: u64,
}

impl Service {
    /// Sessions at once, unless a service says otherwise.
    pub const SESSIONS: usize = 64;

    /// A service for control connections on `port`.
    #[must_use]
    pub fn new(port: u16, name: impl Into<String>, start: Start) -> Self {
        Self {
            port,
            name: name.into(),
            purpose: Purpose::Control,
            sessions: Self::SESSIONS,
            store: None,
            start,
        }
    }

    /// The same with files.
    #[must_use]
    pub fn with_store(mut self, store: StoreId) -> Self {
        self.store = Some(store);
        self
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("port", &self.port)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Why something could not be put on a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceError {
    /// There is no such host, or it is a router.
    NoSuchHost,
    /// The port is zero, or taken.
    Port(ListenError),
}

impl fmt::Display for PlaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSuchHost => "there is no such host",
            Self::Port(_) => "the port is taken",
        })
    }
}

impl core::error::Error for PlaceError {}
