//! What a caption says, as facts. The words are elsewhere, in one catalogue.

use core::net::SocketAddr;

use portolan_wire::action::{FileType, TransferMode};
use portolan_wire::plain::Plain;
use portolan_wire::report::{ConnectError, Limit, ListenError, LooksLike, Misuse, Purpose, StoreError, TransferKind};
use portolan_wire::security::Protection;

use super::{Glimpse, Insecurity};
use crate::event::DropReason;

/// Whom a sentence is about.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub enum Who {
    /// The client.
    Client,
    /// The server.
    Server,
    /// Somebody else, by name.
    Named(String),
}

/// A call: who calls whom, from which port to which.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub struct Call {
    /// Who calls.
    pub caller: Who,
    /// From where.
    pub from: SocketAddr,
    /// Who is called.
    pub called: Who,
    /// Where.
    pub to: SocketAddr,
    /// What for, in the caller's view.
    pub purpose: Purpose,
    /// Which one of its purpose it is in this log, from 1.
    pub nth: u32,
}

/// What happens now, in facts.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub enum Caption {
    /// Nothing yet.
    Nothing,
    /// A lesson's own words, as they stand.
    Said(String),
    /// Ports are listened on.
    Listening {
        /// By whom.
        who: Who,
        /// Which ports, in their order; what listens there, for people.
        ports: Vec<(u16, String)>,
    },
    /// Ports are listened on no longer.
    StoppedListening {
        /// By whom.
        who: Who,
        /// Which.
        port: u16,
    },
    /// A host calls: its first SYN leaves.
    Calls(Call),
    /// The call was answered: a connection is established.
    Connected(Call),
    /// A RST answered the call.
    Refused(Call),
    /// Nothing answered the call until the caller gave up.
    Silence(Call),
    /// An ICMP message said that there is no way.
    Unreachable(Call),
    /// A call's packet was thrown away.
    CallDropped {
        /// The call.
        call: Call,
        /// At whose place.
        at: Who,
        /// By what.
        by: DropReason,
    },
    /// A call's packet was lost on a link.
    CallLost(Call),
    /// A command was sent.
    Command {
        /// By whom.
        who: Who,
        /// In upper case.
        verb: String,
        /// As it is shown.
        argument: Option<String>,
        /// The address that a PORT or EPRT announces.
        address: Option<SocketAddr>,
        /// Whether TLS hides it from whoever looks on.
        hidden: bool,
    },
    /// A reply came.
    Reply {
        /// From whom.
        who: Who,
        /// Its three digits.
        code: u16,
        /// Its first line's text, control characters made visible.
        text: String,
        /// The command it answers, in upper case; none for a greeting.
        to: Option<String>,
        /// The transfer it speaks of.
        transfer: Option<TransferKind>,
        /// Whether bytes of that transfer are still on their way to the client: the reply has overtaken them, for it
        /// travels on another connection.
        overtakes: bool,
        /// The address or, for a 229, the port that it announces.
        address: Option<SocketAddr>,
    },
    /// A port that was merely called said something.
    Greeting {
        /// Who said it.
        who: Who,
        /// Which port.
        port: u16,
        /// What, control characters made visible.
        text: String,
    },
    /// A connection is under TLS from here on.
    Secured {
        /// What it is for.
        purpose: Purpose,
        /// The version, as it stands on the wire.
        version: u16,
        /// Whether an older session was resumed.
        resumed: bool,
    },
    /// The control connection can be read again.
    Cleared,
    /// TLS records passed by, as somebody without keys sees them.
    Records {
        /// Who sent them.
        sender: Who,
        /// What their connection is for.
        purpose: Purpose,
        /// What is seen of them, in their order.
        seen: Vec<Glimpse>,
    },
    /// Bytes of a file or a listing came.
    Bulk {
        /// Who sends them.
        sender: Who,
        /// Who receives them.
        receiver: Who,
        /// What they are, if a transfer was announced.
        kind: Option<TransferKind>,
        /// How many so far.
        bytes: u64,
        /// In how many packets; 0 where packets are not seen.
        packets: u32,
    },
    /// One side of a data connection has no more bytes.
    NoMoreBytes {
        /// Whose FIN it is.
        sender: Who,
        /// What ends with it, if a transfer was announced.
        kind: Option<TransferKind>,
        /// Bytes of content in all.
        bytes: u64,
    },
    /// A connection is over in order.
    Closed {
        /// What it was for.
        purpose: Purpose,
        /// Who called it.
        caller: Who,
    },
    /// A connection is over by a RST.
    Reset {
        /// What it was for.
        purpose: Purpose,
        /// Who sent the RST.
        by: Who,
    },
    /// A user asked for something.
    Asked(Request),
    /// What a user asked for could not be had.
    Failed {
        /// What was asked.
        request: Request,
        /// What went wrong.
        problem: Problem,
    },
    /// An endpoint noted something.
    Noted {
        /// Which endpoint.
        who: Who,
        /// What.
        note: Remark,
    },
    /// A packet, where every packet is shown.
    Packet {
        /// Who sent it.
        sender: Who,
        /// From which port.
        from: u16,
        /// To which port.
        to: u16,
        /// What it is.
        gist: Gist,
        /// What became of it, if it did not arrive.
        fate: Option<PacketFate>,
    },
    /// Nothing more will happen.
    Ended,
    /// An event of a kind that this version does not know.
    Unknown {
        /// Its name.
        name: String,
    },
}

/// What a user asked for.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub enum Request {
    /// Call a port.
    Call {
        /// Which.
        port: u16,
    },
    /// Open the control connection.
    Connect,
    /// Log in.
    LogIn {
        /// The user's name.
        user: String,
    },
    /// List a directory.
    List,
    /// Download a file.
    Get {
        /// Its name on the server.
        path: String,
    },
    /// Upload a file.
    Put {
        /// Its name on the client.
        path: String,
    },
    /// Secure the control connection.
    Secure,
    /// Change what data connections are protected by.
    Protect(Protection),
    /// Make the control connection readable again.
    ClearControl,
    /// Ask which extensions the server has.
    Features,
    /// Ask what the server knows of a path.
    Inspect {
        /// Which.
        path: String,
    },
    /// Delete a file.
    Delete {
        /// Which.
        path: String,
    },
    /// Give something another name.
    Rename {
        /// Its name now.
        from: String,
        /// Its name then.
        to: String,
    },
    /// Make a directory.
    MakeDirectory {
        /// Which.
        path: String,
    },
    /// Remove a directory.
    RemoveDirectory {
        /// Which.
        path: String,
    },
    /// Ask for the working directory.
    WorkingDirectory,
    /// Change how files are represented on their way.
    Type(FileType),
    /// Change the working directory.
    ChangeDirectory {
        /// To where.
        path: String,
    },
    /// Change how data connections are made.
    Mode(TransferMode),
    /// Stop what is running.
    Abort,
    /// Say goodbye.
    Quit,
    /// A command line as typed.
    Raw {
        /// The line.
        line: String,
    },
}

/// Why something could not be had.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub enum Problem {
    /// The server answered no.
    Denied {
        /// Its reply's code.
        code: u16,
        /// Its text, control characters made visible.
        text: String,
    },
    /// It makes no sense now.
    Misuse(Misuse),
    /// The control connection could not be made.
    ControlConnect(ConnectError),
    /// A data connection could not be made.
    DataConnect(ConnectError),
    /// Nobody called the port that was listened on for data.
    DataNotCalled,
    /// No port could be listened on.
    Listen(ListenError),
    /// The control connection broke.
    ControlLost,
    /// A data connection broke.
    DataLost,
    /// No answer in time.
    Timeout,
    /// The peer broke the protocol's grammar.
    Malformed {
        /// What it sent, control characters made visible.
        what: String,
    },
    /// The peer's line is too long.
    LineTooLong {
        /// The limit in bytes.
        limit: u64,
    },
    /// The peer's reply is too long.
    ReplyTooLong {
        /// The limit in bytes.
        limit: u64,
    },
    /// The listing is too long.
    ListingTooLong {
        /// The limit in bytes.
        limit: u64,
    },
    /// What answered speaks another protocol.
    WrongProtocol(LooksLike),
    /// What is here already is more than what is there.
    ResumeMismatch {
        /// Bytes on the side of the client.
        here: u64,
        /// Bytes on the server.
        there: u64,
    },
    /// A reply that does not belong here.
    Unexpected {
        /// Its code.
        code: u16,
        /// Its text, control characters made visible.
        text: String,
    },
    /// A file on this side could not be read or written.
    Store(StoreError),
    /// A connection is not as safe as it was meant to be.
    Insecure(Insecurity),
    /// Stopped by the user.
    Aborted,
}

/// Something worth knowing that is no error.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub enum Remark {
    /// The server could not call from the port beside its control port.
    DataPortFallback {
        /// The port it wanted.
        wanted: u16,
    },
    /// The address in a 227 is not the server's.
    PassiveAddressIgnored {
        /// The address as told.
        told: SocketAddr,
        /// What is called instead.
        used: SocketAddr,
    },
    /// A stranger called a data port.
    StrangerRefused {
        /// Who.
        peer: SocketAddr,
    },
    /// A PORT or EPRT named an address that is refused.
    BounceRefused {
        /// Which.
        address: SocketAddr,
    },
    /// The server refused an extended form, and the plain one is used.
    ModeFallback {
        /// What was refused.
        from: TransferMode,
        /// What is used.
        to: TransferMode,
    },
    /// The server has no MLSD, and LIST is used.
    ListingFallback,
    /// Both sides have the same number of bytes.
    NothingToResume {
        /// That number.
        size: u64,
    },
    /// One of the server's limits was reached.
    LimitReached(Limit),
    /// The client speaks another protocol, and the server hangs up on it.
    OtherProtocol(LooksLike),
}

/// What a packet is, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Plain)]
pub enum Gist {
    /// SYN: a call.
    Syn,
    /// SYN and ACK: the call is answered.
    SynAck,
    /// An acknowledgement and nothing else.
    Ack,
    /// Bytes of payload.
    Data {
        /// How many.
        bytes: u32,
        /// Whether it also says that no more come.
        fin: bool,
    },
    /// No more bytes.
    Fin,
    /// Refusal, or abrupt end.
    Rst,
    /// An ICMP message that says there is no way.
    IcmpUnreachable,
    /// Another ICMP message.
    Icmp,
    /// Something else.
    Other,
}

/// What became of a packet that did not arrive.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub enum PacketFate {
    /// Lost on a link.
    Lost,
    /// Thrown away.
    Dropped {
        /// At whose place.
        at: Who,
        /// By what.
        by: DropReason,
    },
}
