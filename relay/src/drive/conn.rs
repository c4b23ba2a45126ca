//! One connection: its socket, its two credits, and how far each direction is.

use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::collections::VecDeque;
use std::io;

use core::net::SocketAddr;

use bytes::BufMut;
use portolan_protocol::endpoint::{ConnId, FromPort, Input};
use portolan_wire::report::ConnectError;
use socket2::SockRef;
use tokio::io::{AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::open::Calling;

/// The most bytes read at once.
const READ: usize = 64 * 1024;

/// The most bytes that the endpoint may have sent and the kernel has not taken.
const SEND: usize = 256 * 1024;

/// A connection.
pub(super) enum Conn {
    /// It is being opened.
    Opening(Calling),
    /// It could not even be tried.
    Failed(ConnectError),
    /// It is open, at least in one direction.
    Open(Open),
}

/// What came of polling a connection.
pub(super) enum Step {
    Happened(Input),
    /// The connection is over, with this input if the endpoint does not know it.
    Over(Option<Input>),
}

/// An open connection.
pub(super) struct Open {
    stream: TcpStream,
    /// What the peer sends.
    inbound: Inbound,
    outbound: Outbound,
    unsent: VecDeque<Vec<u8>>,
    /// How much of the first of these the kernel has taken.
    taken: usize,
    /// Granted to the endpoint, and not yet told.
    grant: usize,
}

/// The peer's direction.
enum Inbound {
    /// So much may be delivered.
    Credit(usize),
    Ended,
}

/// Our direction.
#[derive(PartialEq, Eq)]
enum Outbound {
    Sending,
    /// It ends when everything was taken.
    Ending,
    Ended,
    /// The peer takes no more. What it said before it stopped is read first.
    Broken,
}

impl Conn {
    /// Calls `to`, and tells from where.
    pub(super) fn connect(from: FromPort, to: SocketAddr) -> (Self, Option<SocketAddr>) {
        match Calling::start(from, to) {
            Ok(calling) => {
                let local = calling.local();
                (Self::Opening(calling), local)
            }
            Err(why) => (Self::Failed(why), None),
        }
    }

    /// Established by the peer.
    pub(super) fn accepted(stream: TcpStream) -> Self {
        Self::Open(Open::new(stream))
    }

    pub(super) fn send(&mut self, bytes: Vec<u8>) {
        if let Self::Open(open) = self
            && open.outbound == Outbound::Sending
        {
            open.unsent.push_back(bytes);
        }
    }

    pub(super) fn shutdown(&mut self) {
        if let Self::Open(open) = self
            && open.outbound == Outbound::Sending
        {
            open.outbound = Outbound::Ending;
        }
    }

    pub(super) fn grant(&mut self, credit: usize) {
        if let Self::Open(Open {
            inbound: Inbound::Credit(left),
            ..
        }) = self
        {
            *left = left.saturating_add(credit);
        }
    }

    /// Throws the connection away, with a reset if it is open.
    pub(super) fn abort(self) {
        if let Self::Open(open) = self {
            // Where this fails, the peer sees an ordinary end: the most that is left to be done.
            let _reset = open.stream.set_zero_linger();
        }
    }

    pub(super) fn poll(&mut self, id: ConnId, cx: &mut Context<'_>) -> Poll<Step> {
        match self {
            Self::Failed(why) => Poll::Ready(Step::Over(Some(Input::ConnectFailed { conn: id, why: *why }))),
            Self::Opening(calling) => Poll::Ready(match ready!(calling.poll(cx)).and_then(addressed) {
                Ok((stream, local, peer)) => {
                    *self = Self::Open(Open::new(stream));
                    Step::Happened(Input::Connected { conn: id, local, peer })
                }
                Err(why) => Step::Over(Some(Input::ConnectFailed { conn: id, why })),
            }),
            Self::Open(open) => open.poll(id, cx),
        }
    }
}

fn addressed(stream: TcpStream) -> Result<(TcpStream, SocketAddr, SocketAddr), ConnectError> {
    match (stream.local_addr(), stream.peer_addr()) {
        (Ok(local), Ok(peer)) => Ok((stream, local, peer)),
        // It was gone before it could be looked at.
        _ => Err(ConnectError::Refused),
    }
}

impl Open {
    fn new(stream: TcpStream) -> Self {
        // Commands are small and waited for; data comes in large pieces anyway.
        let _prompt = stream.set_nodelay(true);
        // Urgent bytes stay in their place in the stream: the contract wants it of a driver (an urgent ABOR).
        let _in_line = SockRef::from(&stream).set_out_of_band_inline(true);
        Self {
            stream,
            inbound: Inbound::Credit(0),
            outbound: Outbound::Sending,
            unsent: VecDeque::new(),
            taken: 0,
            grant: SEND,
        }
    }

    fn poll(&mut self, id: ConnId, cx: &mut Context<'_>) -> Poll<Step> {
        self.poll_write(cx);
        if self.grant >= self.told_from() && self.outbound == Outbound::Sending {
            let bytes = core::mem::take(&mut self.grant);
            return Poll::Ready(Step::Happened(Input::Writable { conn: id, bytes }));
        }
        if let Poll::Ready(step) = self.poll_inbound(id, cx) {
            return Poll::Ready(step);
        }
        match (&self.inbound, &self.outbound) {
            (Inbound::Ended, Outbound::Ended) => Poll::Ready(Step::Over(None)),
            (Inbound::Ended, Outbound::Broken) => Poll::Ready(Step::Over(Some(Input::Reset { conn: id }))),
            _ => Poll::Pending,
        }
    }

    /// How much may be sent anew before the endpoint hears of it. While there is something to send still, a little is not
    /// worth a word: it would cut the stream into crumbs.
    fn told_from(&self) -> usize {
        if self.unsent.is_empty() { 1 } else { SEND / 4 }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) {
        while let Some(first) = self.unsent.front() {
            let rest = first.get(self.taken..).unwrap_or_default();
            match Pin::new(&mut self.stream).poll_write(cx, rest) {
                Poll::Pending => return,
                Poll::Ready(Err(_)) => return self.break_off(),
                Poll::Ready(Ok(count)) => {
                    self.taken += count;
                    self.grant += count;
                    if self.taken >= first.len() {
                        self.taken = 0;
                        self.unsent.pop_front();
                    }
                }
            }
        }
        if self.outbound == Outbound::Ending {
            match Pin::new(&mut self.stream).poll_shutdown(cx) {
                Poll::Pending => {}
                Poll::Ready(Ok(())) => self.outbound = Outbound::Ended,
                Poll::Ready(Err(_)) => self.break_off(),
            }
        }
    }

    fn break_off(&mut self) {
        self.unsent.clear();
        self.outbound = Outbound::Broken;
    }

    fn poll_inbound(&mut self, id: ConnId, cx: &mut Context<'_>) -> Poll<Step> {
        let Inbound::Credit(credit) = &mut self.inbound else {
            return Poll::Pending;
        };
        let read = if *credit > 0 {
            ready!(poll_read(&self.stream, cx, (*credit).min(READ)))
        } else if self.outbound == Outbound::Broken {
            // Nobody wants to read what may be left, and nobody can send.
            return Poll::Ready(Step::Over(Some(Input::Reset { conn: id })));
        } else {
            ready!(poll_end(&self.stream, cx))
        };
        Poll::Ready(match read {
            Err(_) => Step::Over(Some(Input::Reset { conn: id })),
            Ok(bytes) if bytes.is_empty() => {
                self.inbound = Inbound::Ended;
                match self.outbound {
                    Outbound::Broken => Step::Over(Some(Input::Reset { conn: id })),
                    Outbound::Ended => Step::Over(Some(Input::Eof { conn: id })),
                    Outbound::Sending | Outbound::Ending => Step::Happened(Input::Eof { conn: id }),
                }
            }
            Ok(bytes) => {
                *credit = credit.saturating_sub(bytes.len());
                Step::Happened(Input::Received { conn: id, bytes })
            }
        })
    }
}

/// Reads what there is. Not by `AsyncRead`, which takes a short read for a sign that nothing more is there and waits for
/// the system's next word: a read also stops short before an urgent byte, and nothing would ever be heard of it.
fn poll_read(stream: &TcpStream, cx: &mut Context<'_>, most: usize) -> Poll<io::Result<Vec<u8>>> {
    let mut bytes = Vec::with_capacity(most);
    loop {
        ready!(stream.poll_read_ready(cx))?;
        match stream.try_read_buf(&mut (&mut bytes).limit(most)) {
            Ok(_) => return Poll::Ready(Ok(bytes)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Poll::Ready(Err(error)),
        }
    }
}

/// Sees the end of the peer's direction without reading: it needs no credit. Ready only with the end, or an error.
fn poll_end(stream: &TcpStream, cx: &mut Context<'_>) -> Poll<io::Result<Vec<u8>>> {
    let mut byte = [0];
    match ready!(stream.poll_peek(cx, &mut ReadBuf::new(&mut byte))) {
        Ok(0) => Poll::Ready(Ok(Vec::new())),
        // Bytes are waiting for credit; when that comes, everything is polled again.
        Ok(_) => Poll::Pending,
        Err(error) => Poll::Ready(Err(error)),
    }
}
