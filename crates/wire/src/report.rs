//! Reports: what an endpoint says it did and understood. The *endpoint's eye* of the session log.
//!
//! Endpoints emit reports ([`portolan_protocol`'s `Output::Event`]); whoever drives them records each with the host,
//! the time and the connection it belongs to. What the *network's* eye can see comes from [`crate::dissect`] instead;
//! in plain FTP the two agree.
//!
//! # Rules
//! * A report about bytes comes after the bytes were sent (or received), in the same drain.
//! * Secrets: the text of a command that carries one is masked by its maker (see [`Report::Command`]); the ranges of
//!   the byte stream are marked by `Output::Secret`.
//! * `Progress` may be coalesced by the driver; all other reports are kept.
//!
//! [`portolan_protocol`'s `Output::Event`]: crate::report

use core::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::action::{Action, TransferMode};
use crate::plain::Plain;
use crate::security::{Secured, SecurityCommand, TlsFault};

/// One thing an endpoint did or understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "report", rename_all = "kebab-case")]
pub enum Report {
    /// An action began.
    Started {
        /// The driver's number for it.
        action: u32,
        /// What was asked. A live password has been replaced by [`MASK`].
        what: Action,
    },
    /// An action ended, as every action does, exactly once.
    Finished {
        /// The driver's number for it.
        action: u32,
        /// How.
        outcome: Outcome,
    },
    /// A command was sent (client) or understood (server).
    Command {
        /// Sent by this endpoint, or received by it.
        sent: bool,
        /// The verb in upper case, as far as it is one: `RETR`.
        verb: String,
        /// The argument, if there is one; a password is shown only where the endpoint was told to show it.
        argument: Option<String>,
    },
    /// A reply was sent (server) or understood (client).
    Reply {
        /// Sent by this endpoint, or received by it.
        sent: bool,
        /// Its three digits.
        code: u16,
        /// Its text, one line after the other, without codes and line ends.
        lines: Vec<String>,
    },
    /// An address for a data connection was announced: by PORT and EPRT (client), by 227 and 229 (server).
    Announced {
        /// Sent by this endpoint, or received by it.
        sent: bool,
        /// Which of the four forms.
        mode: TransferMode,
        /// The address as told; a 229 tells none, and the control connection's peer is meant.
        address: SocketAddr,
    },
    /// A data connection is for this transfer from now on. Its connection is the event's connection.
    Transfer {
        /// What goes over it. In JSON the word is `carries`: a report lies flat in its event, which has a `kind`.
        #[serde(rename = "carries")]
        kind: TransferKind,
        /// The file or directory.
        path: String,
        /// Bytes it will carry, where that is known beforehand.
        size: Option<u64>,
        /// Bytes of the file before the first that is carried: not zero when a transfer is resumed (REST).
        #[serde(default, skip_serializing_if = "is_zero")]
        offset: u64,
    },
    /// So much of a transfer has passed.
    Progress {
        /// Bytes of content so far, in this endpoint's count.
        bytes: u64,
    },
    /// This endpoint has seen the end of a transfer (its data connection closed in order, its store done).
    TransferDone {
        /// Bytes of content in all.
        bytes: u64,
    },
    /// Lines of a listing as the server wrote them, whole and without their line ends. A long listing comes in several
    /// of these. Their text is the server's: make it [`crate::visible`] before it is shown.
    Listed {
        /// In the server's order; a line longer than 8 KiB is left out.
        lines: Vec<String>,
        /// What the lines are.
        #[serde(default, skip_serializing_if = "ListingForm::is_lines")]
        form: ListingForm,
    },
    /// What FEAT listed (RFC 2389 section 3.2).
    Features {
        /// One a line, without the space before it; at most 100 of at most 200 characters.
        features: Vec<String>,
    },
    /// The working directory, or one that was made, as a 257 told it.
    Directory {
        /// Its path, the quotes undone (RFC 959 appendix II).
        path: String,
    },
    /// What the server told of one path. What it did not tell is left out.
    Facts {
        /// Which, as it was asked for.
        path: String,
        /// Which kind.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        path_kind: Option<PathKind>,
        /// In bytes, as SIZE counts them for an image.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        size: Option<u64>,
        /// In seconds since 1970-01-01 UTC (MDTM's time is UTC, RFC 3659 section 2.3).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        modified: Option<u64>,
    },
    /// The name that the server found for an upload with [`crate::action::PutHow::Unique`].
    StoredAs {
        /// The name, as far as the reply's text tells it (RFC 1123 section 4.1.2.9).
        name: String,
    },
    /// What a port said when it was merely called ([`Action::Call`]), before a word was said to it.
    Greeting {
        /// Control characters made visible, at most 200 characters.
        text: String,
    },
    /// The event's connection is under TLS from here on.
    Secured(Secured),
    /// Tickets for other connections came over the event's connection (TLS 1.3, RFC 8446 section 4.6.1).
    Tickets {
        /// How many a client has left now.
        left: u32,
    },
    /// The event's connection is in the clear again (CCC, REIN).
    Cleared,
    /// Something a person would want to know that is no error: a fallback that was taken, a rule that struck.
    Note {
        /// Which.
        note: Note,
    },
    /// The other side, or the net, did something that this session could not go on from.
    Trouble {
        /// What.
        trouble: Trouble,
    },
}

/// What a connection or a listener is for, in the eyes of the endpoint that asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Plain)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Commands and replies.
    Control,
    /// One file or one listing.
    Data,
    /// Neither: a port that was merely called.
    Other,
}

/// What goes over a data connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(rename_all = "kebab-case")]
pub enum TransferKind {
    /// A directory listing, server to client.
    Listing,
    /// A file, server to client.
    Download,
    /// A file, client to server.
    Upload,
}

/// What the lines of a listing are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListingForm {
    /// LIST: lines for people, in the server's own fashion.
    #[default]
    Lines,
    /// NLST: names.
    Names,
    /// MLSD: facts for programs (RFC 3659 section 7).
    Facts,
}

impl ListingForm {
    /// Whether they are LIST's.
    #[must_use]
    pub const fn is_lines(&self) -> bool {
        matches!(self, Self::Lines)
    }
}

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PathKind {
    /// A file.
    File,
    /// A directory.
    Directory,
    /// Something else: a link, a device.
    Other,
}

/// How an action ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// As asked.
    Done,
    /// The server answered no: a 4xx or 5xx, which is an answer and not a broken connection.
    Denied {
        /// The reply's code.
        code: u16,
        /// Its text.
        text: String,
    },
    /// It makes no sense now, and nothing was sent.
    Refused {
        /// Why.
        why: Misuse,
    },
    /// The net or the peer failed.
    Failed {
        /// What went wrong.
        trouble: Trouble,
    },
    /// Stopped by the user.
    Aborted,
}

/// Why an action makes no sense in the session's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(rename_all = "kebab-case")]
pub enum Misuse {
    /// There is no control connection.
    NotConnected,
    /// There is one already.
    AlreadyConnected,
    /// Nobody has logged in.
    NotLoggedIn,
    /// Nothing is running that could be aborted.
    NothingToAbort,
    /// This endpoint does not know the action.
    Unsupported,
    /// A form of address that the connection's IP version has no command for (PORT and PASV on IPv6, RFC 2428).
    WrongAddressFamily,
    /// Port 0, which is never a real endpoint (RFC 6335 section 6).
    ReservedPort,
    /// A text transfer can't be resumed: no one knows which byte of it is the file's which.
    ResumedText,
    /// The control connection is not under TLS, or not any more.
    NotSecured,
    /// It is already, or was once and is not to be again.
    AlreadySecured,
}

/// Something worth knowing that is no error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "note", rename_all = "kebab-case")]
pub enum Note {
    /// The server wanted to call from the port beside its control port (RFC 959 section 3.2) and could not have it.
    DataPortFallback {
        /// The port it wanted, 20 beside 21.
        wanted: u16,
    },
    /// The address in a 227 is not the server's; the control connection's peer is dialled instead.
    PassiveAddressIgnored {
        /// The address as told.
        told: SocketAddr,
        /// What is dialled.
        used: SocketAddr,
    },
    /// A connection to a data port came from somebody who is not the control connection's peer, and was closed.
    StrangerRefused {
        /// Who called.
        peer: SocketAddr,
    },
    /// PORT or EPRT named an address that is not the client's, or a port below 1024 (RFC 2577).
    BounceRefused {
        /// The address as asked.
        address: SocketAddr,
    },
    /// The server refused an extended form, and the plain one is used from now on: EPSV to PASV, EPRT to PORT.
    ModeFallback {
        /// What was refused.
        from: TransferMode,
        /// What is used.
        to: TransferMode,
        /// The refusal's code.
        code: u16,
    },
    /// The server has no MLSD after all, and LIST is used from now on.
    ListingFallback {
        /// The refusal's code.
        code: u16,
    },
    /// There was nothing left to transfer: both sides have the same number of bytes. Nothing was compared.
    NothingToResume {
        /// That number.
        size: u64,
    },
    /// One of a server's limits was reached.
    LimitReached {
        /// Which.
        limit: Limit,
    },
    /// The client that called a server speaks another protocol, and is hung up on.
    OtherProtocol {
        /// Which, by its first bytes, or by the first line that is a request of that protocol's.
        looks_like: LooksLike,
    },
}

/// What a server has only so much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// Sessions at once: a 421 instead of the greeting.
    Sessions,
    /// Sessions of one address at once: likewise.
    SessionsOfAddress,
    /// Logins that failed: a 421 instead of the next 530.
    Tries,
    /// Time without a command: a 421.
    Idle,
    /// Ports for passive mode: a 425, and the session goes on.
    PassivePorts,
}

/// What went wrong, by fault: the net's, the peer's, the store's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "trouble", rename_all = "kebab-case")]
pub enum Trouble {
    /// The control connection could not be made.
    ControlConnect {
        /// Why.
        why: ConnectError,
    },
    /// A data connection could not be made by this endpoint.
    DataConnect {
        /// Why.
        why: ConnectError,
    },
    /// Nobody called the port that this endpoint listened on for a data connection.
    DataNotCalled,
    /// This endpoint could not listen.
    Listen {
        /// Why.
        why: ListenError,
    },
    /// The control connection was reset, or ended in the middle of an exchange.
    ControlLost,
    /// A data connection was reset before its end.
    DataLost,
    /// The peer did not answer in time.
    Timeout,
    /// The peer broke the protocol's grammar.
    Malformed {
        /// What it sent, control characters made visible, at most 200 characters.
        what: String,
    },
    /// A line of the peer's is longer than the limit.
    LineTooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// A reply has more lines or bytes than the limit.
    ReplyTooLong {
        /// The limit in bytes, over all of its lines.
        limit: usize,
    },
    /// A listing has more bytes than the limit.
    ListingTooLong {
        /// The limit in bytes.
        limit: u64,
    },
    /// What answered speaks another protocol.
    WrongProtocol {
        /// Which, by its first bytes.
        looks_like: LooksLike,
    },
    /// What is on the receiving side already is more than the sender has: it is no beginning of that file.
    ResumeMismatch {
        /// Bytes on this side.
        here: u64,
        /// Bytes on the server.
        there: u64,
    },
    /// The peer's reply does not belong here.
    Unexpected {
        /// Its code.
        code: u16,
        /// Its text.
        text: String,
    },
    /// A file on this side could not be read or written.
    Store {
        /// Why.
        why: StoreError,
    },
    /// The server called said nothing. One that speaks implicit FTPS waits for the client to begin with TLS.
    NoGreeting,
    /// The server refused what this session's security needs, and the session has ended for it.
    Insecure {
        /// The command that it refused.
        command: SecurityCommand,
        /// The reply's code.
        code: u16,
        /// Its text.
        text: String,
    },
    /// A connection could not be secured, or did not stay so.
    Tls {
        /// What the connection was for.
        purpose: Purpose,
        /// Why.
        why: TlsFault,
    },
    /// A data connection's TLS did not resume a session of its control connection's, and this server demands that: it may
    /// be anybody's.
    NotResumed,
}

/// What a peer looks like whose first words are not FTP's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(rename_all = "kebab-case")]
pub enum LooksLike {
    /// `HTTP/`: a web server, or a browser.
    Http,
    /// `SSH-`: SFTP may be meant, which shares nothing with FTP but its purpose.
    Ssh,
    /// A TLS record: implicit FTPS may be meant (port 990).
    Tls,
    /// `+OK` or `* OK`: a mail server (POP3, IMAP).
    Mail,
}

/// Why a connection was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(rename_all = "kebab-case")]
pub enum ConnectError {
    /// A RST came back: nobody listens there.
    Refused,
    /// Nothing came back.
    TimedOut,
    /// An ICMP message said that there is no way.
    Unreachable,
    /// The local port that was asked for is taken, or needs a privilege.
    LocalPort,
    /// Whoever drives this endpoint does not allow it.
    NotAllowed,
}

/// Why a port could not be listened on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(rename_all = "kebab-case")]
pub enum ListenError {
    /// Every port of the range is taken.
    Exhausted,
    /// The address is not this host's.
    NoSuchAddress,
    /// Whoever drives this endpoint does not allow it.
    NotAllowed,
}

/// Why a storage operation failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(rename_all = "kebab-case")]
pub enum StoreError {
    /// There is no such file or directory.
    NotFound,
    /// It is a directory where a file is wanted, or the other way.
    WrongKind,
    /// It may not be read or written.
    Denied,
    /// The name is taken.
    Exists,
    /// The directory is not empty.
    NotEmpty,
    /// It would begin behind the file's end.
    OutOfRange,
    /// There is no room.
    Full,
    /// The store itself failed.
    Failed,
}

/// What stands in place of a secret: always of the same length, so that it tells nothing.
pub const MASK: &str = "********";

// A u64 is no larger than a reference on 64-bit targets alone.
#[cfg_attr(
    target_pointer_width = "64",
    expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")
)]
const fn is_zero(value: &u64) -> bool {
    *value == 0
}
