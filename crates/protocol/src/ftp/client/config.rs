//! What an FTP client is told before it begins.

use core::net::{IpAddr, SocketAddr};

use portolan_wire::Duration;
use portolan_wire::action::{FileType, TransferMode};
use portolan_wire::security::Protection;

use crate::endpoint::{Patience, Ports};
use crate::tree::TreePath;

/// What a [`Client`](super::Client) is told before it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The server's control port. The driver resolved the name; see [`Client`](super::Client) for what becomes of the
    /// host and port in a connect action.
    pub server: SocketAddr,
    /// How data connections are made until an action says otherwise.
    pub mode: TransferMode,
    /// When the control connection is secured. Whom to trust, and what it takes, is the shell's (`tls::shell`).
    pub security: Security,
    /// What data connections are protected by, once the control connection is secured, until an action says otherwise. PROT
    /// says so behind the login, as curl and FileZilla do; a server that refuses to protect them loses the session.
    pub protection: Protection,
    /// How files are represented until an action says otherwise.
    pub file_type: FileType,
    /// How long things may take.
    pub patience: Patience,
    /// What is dialled when a 227 names an address that is not the server's.
    pub passive_address: PassiveAddress,
    /// The address that PORT and EPRT name. Without one, the control connection's own: right unless a router
    /// translates it, when the forwarding router's outer address belongs here.
    pub active_address: Option<IpAddr>,
    /// Where the client listens for the server's call.
    pub active_ports: Ports,
    /// Whether a password may stand in reports. Only the simulator's made-up ones may.
    pub show_secrets: bool,
    /// Whether FEAT is asked once after each login, and UTF-8 turned on where the server has a switch for it.
    pub discover: bool,
    /// Whether directories are listed with MLSD where FEAT told of it, by discovery or by an action of its own;
    /// otherwise always with LIST.
    pub machine_listings: bool,
    /// Whether PASV and PORT take the place of EPSV and EPRT, once the server has refused those.
    pub fall_back: bool,
    /// After how long without anything to do a NOOP is said; without one, never. At least a second.
    pub keep_alive: Option<Duration>,
    /// The most bytes of one listing; each of its lines counts 64 at least.
    pub listing_limit: u64,
    /// The directory of the store where downloads go and uploads come from.
    pub local: TreePath,
}

impl Config {
    /// A client of `server` with everything else as it usually is: passive, images, any port to listen on, secrets
    /// hidden, nothing asked that no action asks for, plain modes where extended ones are refused, listings of at most
    /// 16 MiB (some 150,000 files), files in the store's root.
    #[must_use]
    pub fn new(server: SocketAddr) -> Self {
        Self {
            server,
            mode: TransferMode::default(),
            security: Security::default(),
            protection: Protection::default(),
            file_type: FileType::default(),
            patience: Patience::default(),
            passive_address: PassiveAddress::default(),
            active_address: None,
            active_ports: Ports::Any,
            show_secrets: false,
            discover: false,
            machine_listings: true,
            fall_back: true,
            keep_alive: None,
            listing_limit: 16 * 1024 * 1024,
            local: TreePath::root(),
        }
    }
}

/// When a client secures its control connection. What it was told to secure it never leaves in the clear: it rather ends the
/// session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Security {
    /// Never: nothing around it could. The action is refused.
    #[default]
    Never,
    /// When [`Action::Secure`](portolan_wire::action::Action::Secure) asks for it.
    WhenAsked,
    /// Right behind the greeting, with AUTH TLS (RFC 4217).
    Explicit,
    /// Before the first word (draft-murray-auth-ftp-ssl).
    Implicit,
}

/// Which address is dialled after a 227 (a 229 tells only a port).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PassiveAddress {
    /// Always the control connection's peer, as curl and FileZilla do: a server behind a NAT often tells its inner
    /// address, and a hostile one could name somebody else's.
    #[default]
    Control,
    /// The one that was told, as RFC 959 has it.
    AsTold,
    /// The one that was told, unless it cannot be reached from outside its own network and the server's can.
    IfUnroutable,
}

impl PassiveAddress {
    /// The address to dial, for one that was `told` by a server at `peer`.
    pub(super) fn choose(self, told: SocketAddr, peer: IpAddr) -> SocketAddr {
        let as_told = match self {
            Self::Control => false,
            Self::AsTold => true,
            Self::IfUnroutable => !is_unroutable(told.ip()) || is_unroutable(peer),
        };
        SocketAddr::new(if as_told { told.ip() } else { peer }, told.port())
    }
}

/// Whether an address means nothing outside its own network (RFC 1918, 6598, 3927, 4193).
fn is_unroutable(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [first, second, ..] = v4.octets();
            let is_shared = first == 100 && (64..128).contains(&second);
            v4.is_private() || is_shared || v4.is_loopback() || v4.is_link_local() || v4.is_unspecified()
        }
        IpAddr::V6(v6) => {
            let [first, ..] = v6.segments();
            let is_local = first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfe80;
            is_local || v6.is_loopback() || v6.is_unspecified()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_of_no_use_is_overruled() {
        let inner: SocketAddr = "10.0.0.5:60001".parse().unwrap();
        let other: SocketAddr = "198.51.100.9:60001".parse().unwrap();
        let public: IpAddr = "203.0.113.7".parse().unwrap();
        let private: IpAddr = "192.168.1.7".parse().unwrap();
        let dialled = |policy: PassiveAddress, told, peer| policy.choose(told, peer).to_string();
        assert_eq!(dialled(PassiveAddress::Control, other, public), "203.0.113.7:60001");
        assert_eq!(dialled(PassiveAddress::AsTold, inner, public), "10.0.0.5:60001");
        assert_eq!(
            dialled(PassiveAddress::IfUnroutable, inner, public),
            "203.0.113.7:60001"
        );
        assert_eq!(dialled(PassiveAddress::IfUnroutable, inner, private), "10.0.0.5:60001");
        assert_eq!(
            dialled(PassiveAddress::IfUnroutable, other, public),
            "198.51.100.9:60001"
        );
    }
}
