//! Opening sockets, with the ports that the endpoint asked for.

use core::hash::{BuildHasher, Hasher};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::hash::RandomState;
use std::io::{self, ErrorKind};

use portolan_protocol::endpoint::{FromPort, Ports};
use portolan_wire::report::{ConnectError, ListenError};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// Callers that may wait to be accepted: the right one, and a few strangers that get there first.
const BACKLOG: u32 = 8;

/// Calls `to`.
pub(super) async fn connect(from: FromPort, to: SocketAddr) -> Result<TcpStream, ConnectError> {
    let socket = bound_for(from, to).map_err(|_| ConnectError::LocalPort)?;
    socket.connect(to).await.map_err(|error| connect_error(&error, from))
}

fn bound_for(from: FromPort, to: SocketAddr) -> io::Result<TcpSocket> {
    let (socket, any) = if to.is_ipv4() {
        (TcpSocket::new_v4()?, IpAddr::V4(Ipv4Addr::UNSPECIFIED))
    } else {
        (TcpSocket::new_v6()?, IpAddr::V6(Ipv6Addr::UNSPECIFIED))
    };
    if let FromPort::Exactly(port) = from {
        // The connection before from this port may be in TIME-WAIT still.
        socket.set_reuseaddr(true)?;
        socket.bind(SocketAddr::new(any, port))?;
    }
    Ok(socket)
}

fn connect_error(error: &io::Error, from: FromPort) -> ConnectError {
    match error.kind() {
        ErrorKind::ConnectionRefused => ConnectError::Refused,
        ErrorKind::TimedOut => ConnectError::TimedOut,
        ErrorKind::PermissionDenied => ConnectError::NotAllowed,
        // With a port of our own choice, the pair of addresses and ports is taken; else the host has none left.
        ErrorKind::AddrInUse | ErrorKind::AddrNotAvailable if from != FromPort::Any => ConnectError::LocalPort,
        ErrorKind::AddrInUse => ConnectError::LocalPort,
        _ => ConnectError::Unreachable,
    }
}

/// Listens on one of `ports`, which one chance decides, and tells where.
pub(super) fn listen(address: IpAddr, ports: Ports) -> Result<(TcpListener, SocketAddr), ListenError> {
    let (first, last) = match ports {
        Ports::Any => return listen_on(SocketAddr::new(address, 0)).map_err(|error| listen_error(&error)),
        Ports::Range { first, last } => (first, last),
    };
    // Not one after the other: whoever guesses the next port could call it first.
    let count = u64::from(last.saturating_sub(first)) + 1;
    let start = RandomState::new().build_hasher().finish() % count;
    for step in 0..count {
        let offset = u16::try_from((start + step) % count).unwrap_or_default();
        let port = first.saturating_add(offset);
        match listen_on(SocketAddr::new(address, port)) {
            Ok(listening) => return Ok(listening),
            Err(error) if error.kind() == ErrorKind::AddrInUse => {}
            Err(error) => return Err(listen_error(&error)),
        }
    }
    Err(ListenError::Exhausted)
}

fn listen_on(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    // On Unix this allows a port whose last connection is in TIME-WAIT; elsewhere it would allow one that is in use.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    let listener = socket.listen(BACKLOG)?;
    let local = listener.local_addr()?;
    Ok((listener, local))
}

fn listen_error(error: &io::Error) -> ListenError {
    match error.kind() {
        ErrorKind::AddrInUse => ListenError::Exhausted,
        ErrorKind::AddrNotAvailable => ListenError::NoSuchAddress,
        _ => ListenError::NotAllowed,
    }
}
