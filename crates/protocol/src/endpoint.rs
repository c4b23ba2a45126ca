//! The endpoint contract: one door each way.
//!
//! An endpoint is a state machine. It is given inputs ([`Endpoint::handle_input`]) and asked for outputs
//! ([`Endpoint::poll_output`]) until it answers [`Output::Timeout`]. It opens no socket, reads no clock and no file,
//! and owns no randomness. Use [`drive`](crate::drive()), the only caller of `poll_output`, not `poll_output` itself.
//!
//! # Rules for connections
//! * Ids are never used twice within one endpoint. The endpoint names the connections it opens ([`ConnId::opened`])
//!   and its listeners; the driver names the connections that it accepts ([`ConnId::accepted`]).
//! * After `Connect` the driver answers once: `Connected` or `ConnectFailed`; after `Listen` once: `Listening` or
//!   `ListenFailed`. A 227 cannot be written before `Listening` said which port was bound: that waiting is a state.
//! * `Listen` gives a listener that accepts any number of callers, until `StopListening`. A stranger's connection is
//!   handed over like any other; the endpoint aborts it and goes on listening.
//! * Credit, both ways. An endpoint sends at most what `Writable` granted in sum; a driver delivers at most what
//!   `Read` granted in sum. Both begin at zero. So the memory held for a connection is bounded by the two credits.
//! * `Shutdown` ends the endpoint's direction after all that was sent before it; the other direction stays open.
//!   `Eof` says the peer ended its direction; it comes once, after the last byte, and needs no credit.
//! * A connection is over when both directions have ended, or on `Abort`, `Reset` or `ConnectFailed`. After that, no
//!   output and no input names it any more, but for the events of that very drain, which say what it meant.
//!   `Abort` on a connection still being opened cancels it.
//!   An input for a connection that the endpoint aborted may still be on its way: it is ignored.
//! * `StopListening` on a listener still being opened cancels it. A caller that was accepted before the driver heard of
//!   it may still be handed over: the endpoint aborts that connection, as it does with every one it has no use for.
//! * TCP's urgent data is delivered in its place in the stream (`SO_OOBINLINE` on sockets): a client may send the last
//!   byte of ABOR urgently (RFC 959 section 4.1.3), and a line that loses its end is never answered.
//! * A server's machine begins with its control connection established. It has come to its end when that connection is
//!   over, no other is left, and every `Store` was answered; the driver may drop it then.
//!
//! # Rules for storage
//! * Each `Store` is answered by exactly one `Stored` with its id, in any order, at any later time.
//! * Files are read and written in blocks of at most [`BLOCK`] bytes, with at most [`OUTSTANDING`] requests waiting per
//!   transfer; listings come in pages. A 4 GiB file costs no more memory than a small one.
//! * An answer that comes after the transfer was aborted is ignored; if it opened a handle, the endpoint closes it.
//!   Every handle is closed exactly once, also when the control connection dies, and not before the other requests for
//!   it were answered: answers come in any order.
//!
//! # Rules for time
//! * `now` never goes back. `Timeout(Some(t))`: give [`Input::Tick`] at `t` if nothing came before. A tick that comes
//!   early is harmless.
//!
//! # Rules for secrets
//! * What goes over a connection under TLS is never marked: nobody beside the wire can read it.
//! * [`Output::Secret`] marks a range of a connection's byte stream, counted from its first byte. A range that was sent
//!   is marked before its `Send`; one that was received is marked in the drain that follows its `Received`. Who records
//!   bytes therefore records them after the drain. A secret split across inputs is marked piece by piece.
//!
//! # The hardest case, tried on paper
//! A 4 GiB upload under TLS is aborted while the listing of another session is half read. The upload's client holds at
//! most `OUTSTANDING` blocks read but not sent, because `ReadAt` is only asked for while send credit is left; TLS sits
//! inside the endpoint, as a shell around one that speaks in the clear (`tls::shell`, with the feature `tls`). Credit counts wire
//! bytes: of the client's words at most a window and one record wait for it, and while nothing waits to be read there is
//! credit for the server's tickets. On [`Action::Abort`] the
//! client sends ABOR, aborts the data connection (whose later inputs are then ignored), closes its handle when its last
//! `Stored` is in, and finishes the action once the replies to STOR and ABOR are in, whichever order they come in. The
//! server's writes that are still outstanding are answered, ignored, and its handle closed as incomplete. The other
//! session is another machine with ids, credits and a listing cursor of its own: its half-read page waits in its own
//! state, and nothing in this contract is shared between the two.

use core::net::{IpAddr, SocketAddr};
use core::ops::Range;

use portolan_wire::action::Action;
use portolan_wire::report::{ConnectError, ListenError, Purpose, Report, StoreError};
use portolan_wire::{Duration, Instant};

use crate::tree::{Entry, TreePath};

/// The largest block read from or written to a store at once, in bytes.
pub const BLOCK: u32 = 64 * 1024;

/// The most storage requests that one transfer has waiting.
pub const OUTSTANDING: usize = 4;

/// A state machine that speaks a protocol. See the module for the rules.
pub trait Endpoint {
    /// Takes one input at the time `now`.
    fn handle_input(&mut self, now: Instant, input: Input);

    /// The next output. Call until it is [`Output::Timeout`], after every input.
    fn poll_output(&mut self) -> Output;
}

/// What an endpoint is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The driver begins: an endpoint that speaks first (a server's 220) does so now. The first input of all.
    Begin,
    /// The moment named by the last `Timeout` has come.
    Tick,
    /// A user asks for something. Servers ignore it.
    Act {
        /// The driver's number for the action, named again in its reports.
        action: u32,
        /// What is asked.
        what: Action,
    },
    /// A listener is open.
    Listening {
        /// Which.
        listener: ListenerId,
        /// The address and port that were bound.
        local: SocketAddr,
    },
    /// A listener could not be opened.
    ListenFailed {
        /// Which.
        listener: ListenerId,
        /// Why.
        why: ListenError,
    },
    /// Somebody called a listener, and the connection is established.
    Accepted {
        /// Which listener.
        listener: ListenerId,
        /// The new connection's id, named by the driver.
        conn: ConnId,
        /// This side's address.
        local: SocketAddr,
        /// The caller's.
        peer: SocketAddr,
    },
    /// A connection that was asked for is established.
    Connected {
        /// Which.
        conn: ConnId,
        /// This side's address.
        local: SocketAddr,
        /// The address that was called.
        peer: SocketAddr,
    },
    /// A connection that was asked for could not be made.
    ConnectFailed {
        /// Which.
        conn: ConnId,
        /// Why.
        why: ConnectError,
    },
    /// Bytes came, at most as many as `Read` granted.
    Received {
        /// Over which connection.
        conn: ConnId,
        /// The bytes, at least one.
        bytes: Vec<u8>,
    },
    /// So many more bytes may be sent.
    Writable {
        /// Over which connection.
        conn: ConnId,
        /// How many, on top of what was granted before.
        bytes: usize,
    },
    /// The peer will send no more.
    Eof {
        /// On which connection.
        conn: ConnId,
    },
    /// The connection is gone: the peer reset it, or the net did.
    Reset {
        /// Which.
        conn: ConnId,
    },
    /// A storage request was answered.
    Stored {
        /// Which.
        op: OpId,
        /// With what.
        result: Result<StoreAnswer, StoreError>,
    },
}

/// What an endpoint wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Open a connection.
    Connect {
        /// Its id from now on.
        conn: ConnId,
        /// What it is for.
        purpose: Purpose,
        /// The local port.
        from_port: FromPort,
        /// Whom to call.
        to: SocketAddr,
    },
    /// Open a listener.
    Listen {
        /// Its id from now on.
        listener: ListenerId,
        /// What it is for.
        purpose: Purpose,
        /// The local address.
        address: IpAddr,
        /// The ports to choose from; the driver chooses.
        ports: Ports,
    },
    /// Close a listener. Connections it accepted live on.
    StopListening {
        /// Which.
        listener: ListenerId,
    },
    /// Send bytes, at most as many as `Writable` granted.
    Send {
        /// Over which connection.
        conn: ConnId,
        /// The bytes, at least one.
        bytes: Vec<u8>,
    },
    /// End this side's direction after all that was sent.
    Shutdown {
        /// Of which connection.
        conn: ConnId,
    },
    /// Throw the connection away, with a reset if it is open.
    Abort {
        /// Which.
        conn: ConnId,
    },
    /// So many more bytes may be delivered.
    Read {
        /// From which connection.
        conn: ConnId,
        /// How many, on top of what was granted before.
        credit: usize,
    },
    /// Do something with files.
    Store {
        /// The request's id.
        op: OpId,
        /// What to do.
        request: StoreRequest,
    },
    /// Part of a connection's stream is a secret; see the module's rules.
    Secret {
        /// Of which connection.
        conn: ConnId,
        /// Sent by this endpoint, or received by it.
        sent: bool,
        /// Offsets in that direction's stream, from its first byte.
        range: Range<u64>,
    },
    /// What the endpoint did or understood, for the log.
    Event {
        /// The connection it belongs to, if it belongs to one.
        conn: Option<ConnId>,
        /// What.
        report: Report,
    },
    /// Nothing more to do before this time, or before the next input.
    Timeout(Option<Instant>),
}

/// A connection, within one endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(u32);

impl ConnId {
    /// The `n`th connection that the endpoint opens.
    #[must_use]
    pub const fn opened(n: u32) -> Self {
        Self(n << 1)
    }

    /// The `n`th connection that the driver accepts for it. A server's control connection is `accepted(0)`.
    #[must_use]
    pub const fn accepted(n: u32) -> Self {
        Self((n << 1) | 1)
    }
}

/// A listener, within one endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListenerId(pub u32);

/// A storage request, within one endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpId(pub u32);

/// An open file, named by the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HandleId(pub u32);

/// The local port of a connection to be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FromPort {
    /// Any ephemeral port of the host's choice.
    Any,
    /// This one, or fail with [`ConnectError::LocalPort`].
    Exactly(u16),
}

/// The ports a listener may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ports {
    /// Any ephemeral port of the host's choice.
    Any,
    /// One of these, both ends included; which one, the driver chooses.
    Range {
        /// The lowest.
        first: u16,
        /// The highest.
        last: u16,
    },
}

/// What is wanted of a store. Paths are absolute within its root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreRequest {
    /// Open a file: answered by `Opened`.
    Open {
        /// Which.
        path: TreePath,
        /// For what.
        how: OpenHow,
    },
    /// Read a block: answered by `Data`, shorter than asked only at the end of the file.
    ReadAt {
        /// The open file.
        handle: HandleId,
        /// From this byte on.
        offset: u64,
        /// At most so many bytes, at most [`BLOCK`].
        length: u32,
    },
    /// Write a block: answered by `Done` when all of it is written.
    WriteAt {
        /// The open file.
        handle: HandleId,
        /// From this byte on.
        offset: u64,
        /// At most [`BLOCK`] bytes.
        bytes: Vec<u8>,
    },
    /// Close a file: answered by `Done`.
    Close {
        /// The open file.
        handle: HandleId,
        /// Whether the transfer reached its end; a store may keep or drop what was cut short.
        complete: bool,
    },
    /// A page of a directory, in the order of names: answered by `Page`.
    List {
        /// Which directory.
        path: TreePath,
        /// Go on behind this name; `None` begins.
        after: Option<String>,
        /// At most so many entries.
        limit: u32,
    },
    /// What is known of a path: answered by `Entry`.
    Stat {
        /// Which.
        path: TreePath,
    },
    /// Delete a file: answered by `Done`. Whoever has it open goes on reading it.
    Delete {
        /// Which.
        path: TreePath,
    },
    /// Make a directory in one that exists: answered by `Done`; [`StoreError::Exists`] when the name is taken.
    MakeDirectory {
        /// Which.
        path: TreePath,
    },
    /// Remove an empty directory: answered by `Done`; [`StoreError::NotEmpty`] when it is not. The root stays.
    RemoveDirectory {
        /// Which.
        path: TreePath,
    },
    /// Move a file or directory: answered by `Done`. A file in the way is replaced, as rename(2) does; a directory in
    /// the way is [`StoreError::Exists`]; into itself is [`StoreError::WrongKind`].
    Rename {
        /// Its path now.
        from: TreePath,
        /// Its path then.
        to: TreePath,
    },
}

impl StoreRequest {
    /// Whether it asks for a change of what is stored. Writing to an open file is none: opening it was.
    #[must_use]
    pub const fn changes(&self) -> bool {
        match self {
            Self::Open { how, .. } => !matches!(how, OpenHow::Read),
            Self::Delete { .. } | Self::MakeDirectory { .. } | Self::RemoveDirectory { .. } | Self::Rename { .. } => {
                true
            }
            Self::ReadAt { .. } | Self::WriteAt { .. } | Self::Close { .. } | Self::List { .. } | Self::Stat { .. } => {
                false
            }
        }
    }
}

/// What a file is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenHow {
    /// To be read.
    Read,
    /// To be written from its beginning; what was there is replaced.
    Replace,
    /// To be written behind what is there; made if it is not there. The answer's size is where to go on.
    Append,
    /// To be written from this byte on; what was there before it stays, what was behind it is cut off.
    /// [`StoreError::OutOfRange`] when the file ends before it, [`StoreError::NotFound`] when there is none and the
    /// offset is not zero.
    From(u64),
    /// To be written from its beginning, if the name is free: otherwise [`StoreError::Exists`].
    New,
}

/// A store's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreAnswer {
    /// The file is open.
    Opened {
        /// Its handle.
        handle: HandleId,
        /// Its size in bytes as it was opened: zero for one that was replaced, the offset for [`OpenHow::From`].
        size: u64,
    },
    /// A block.
    Data(Vec<u8>),
    /// It is done.
    Done,
    /// A page of a directory.
    Page {
        /// In the order of names.
        entries: Vec<Entry>,
        /// Whether there are more behind the last.
        more: bool,
    },
    /// What is known of the path.
    Entry(Entry),
}

/// Named limits of time that both roles use; a driver may set others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How long a client waits for a reply.
    pub reply: Duration,
    /// How long a connection attempt may take.
    pub connect: Duration,
    /// How long the listening side waits for the data connection to be called.
    pub data: Duration,
    /// How long a server keeps an idle control connection.
    pub idle: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            reply: Duration::from_secs(60),
            connect: Duration::from_secs(30),
            data: Duration::from_secs(30),
            idle: Duration::from_secs(300),
        }
    }
}
