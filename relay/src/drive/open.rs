//! Opening sockets, with the ports that the endpoint asked for.

use core::hash::{BuildHasher, Hasher};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::task::{Context, Poll, ready};
use std::hash::RandomState;
use std::io::{self, ErrorKind};

use portolan_protocol::endpoint::{FromPort, Ports};
use portolan_wire::report::{ConnectError, ListenError};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// Callers that may wait to be accepted: the right one, and a few strangers that get there first.
const BACKLOG: u32 = 8;

/// A call that nobody has answered yet.
pub(super) struct Calling {
    from: FromPort,
    /// Nothing when the call was answered; it is not polled again.
    stream: Option<TcpStream>,
}

impl Calling {
    /// Calls `to`.
    pub(super) fn start(from: FromPort, to: SocketAddr) -> Result<Self, ConnectError> {
        let socket = bound_for(from, to).map_err(|_| ConnectError::LocalPort)?;
        match socket.connect(&to.into()) {
            Ok(()) => {}
            Err(error) if is_under_way(&error) => {}
            Err(error) => return Err(connect_error(&error, from)),
        }
        let stream = TcpStream::from_std(socket.into()).map_err(|error| connect_error(&error, from))?;
        let stream = Some(stream);
        Ok(Self { from, stream })
    }

    /// Where it calls from: known as soon as the first SYN has left.
    pub(super) fn local(&self) -> Option<SocketAddr> {
        self.stream.as_ref().and_then(|stream| stream.local_addr().ok())
    }

    /// The connection, when it is established.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<TcpStream, ConnectError>> {
        let Some(stream) = &self.stream else {
            return Poll::Pending;
        };
        let ready = ready!(stream.poll_write_ready(cx));
        // Writable says that the attempt has ended; how, the socket's pending error says.
        let ended = ready
            .and_then(|()| stream.take_error())
            .and_then(|error| error.map_or(Ok(()), Err));
        match (ended, self.stream.take()) {
            (Err(error), _) => Poll::Ready(Err(connect_error(&error, self.from))),
            (Ok(()), Some(stream)) => Poll::Ready(Ok(stream)),
            (Ok(()), None) => Poll::Pending,
        }
    }
}

/// A connect that does not block says so with an error.
fn is_under_way(error: &io::Error) -> bool {
    // EINPROGRESS, which the standard library has no stable name for. Windows says WSAEWOULDBLOCK.
    let in_progress = if cfg!(any(target_os = "linux", target_os = "android")) {
        115
    } else {
        36
    };
    error.kind() == ErrorKind::WouldBlock || (cfg!(unix) && error.raw_os_error() == Some(in_progress))
}

fn bound_for(from: FromPort, to: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(to), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    if let FromPort::Exactly(port) = from {
        let any = match to {
            SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        };
        // The connection before from this port may be in TIME-WAIT still.
        socket.set_reuse_address(true)?;
        socket.bind(&SocketAddr::new(any, port).into())?;
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
