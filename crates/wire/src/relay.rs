//! What the page and the relay say to each other over a WebSocket. `relay/PROTOCOL.md` shows every message.
//!
//! Actions go up, the log comes down. The relay holds a *session*: a client endpoint, its sockets, and the session log
//! that it makes. A *viewer* is one WebSocket that reads that log from a cursor on; at most one viewer *drives*.
//!
//! # Rules for messages
//! * A message is one text frame. Its first line is one JSON object: [`ToRelay`] upwards, at most [`UP`] bytes;
//!   [`FromRelay`] downwards. Binary frames and longer ones end the socket.
//! * [`FromRelay::Attached`] and [`FromRelay::Events`] go on after that line with lines of the session log exactly as
//!   its written form has them: the header's line, or one line an event. What is shown, saved and sent is one text.
//! * The first message is [`ToRelay::Hello`], within ten seconds. The relay answers [`FromRelay::Welcome`], or
//!   [`FromRelay::Bye`] and closes. A version that is not [`VERSION`] is refused: page and relay are of one build, and
//!   the page is to be loaded again.
//! * A socket that has said hello opens or attaches to one session; doing so again leaves the one before. Leaving ends
//!   nothing.
//! * The relay says [`FromRelay::Beat`] at least every twenty seconds when it has nothing else to say. Who hears nothing
//!   for [`SILENCE`] takes it for lost.
//!
//! # Rules for sessions
//! * [`ToRelay::Open`] makes a session and attaches its viewer as the driver. Its answer holds two keys: the drive key
//!   acts and comes back, the watch key looks on. Whoever holds a key is its owner; neither is ever in an address that
//!   a server sees.
//! * Actions are numbered by the driver, from 1 and without a hole. The relay takes each number once, and says in
//!   [`FromRelay::Attached`] how many it has taken: a driver whose socket dropped attaches again from its cursor and
//!   repeats what lies behind that number. So nothing is done twice and nothing is lost.
//! * The number is the one that the log's reports name. An action that the relay does not pass on is
//!   [`FromRelay::Refused`] with its number, and is not taken: the next action has that number. What was sent behind it
//!   is refused too, for its number.
//! * [`Action::Abort`] is passed on at once. Of the others at most [`WAITING`] wait.
//! * Only one drives: who attaches with the drive key takes over, and the one before is told by [`FromRelay::Bye`].
//! * A session without a driver's socket ends after a while, as do one that nobody acts in and one whose log is full;
//!   what the limits are, [`Limits`] says. An ended session's log can be read for a while.
//! * A viewer that reads slowly is sent what comes after its cursor when it reads again; nobody waits for it.
//!
//! # Rules for certificates
//! * The relay looks at every certificate. One is taken because the relay's system trusts who vouches for it, or because it
//!   is the one that was pinned: by the operator for servers on offer, by the relay itself for its sandbox, by the user for
//!   a server that was typed. No message turns that off.
//! * A certificate that will not do ends the attempt before a name or a password is said, and the log has its SHA-256. To
//!   take it all the same is another [`ToRelay::Open`].
//! * Keys stay in the relay: in no message, and in no log.
//!
//! # Rules for files
//! * A file goes over HTTP, beside the socket, so that the browser's own means save and read it, however large.
//!   [`FromRelay::File`] gives the driver a ticket when the endpoint opens a file: `GET` [`FILES`]`/TICKET` downloads,
//!   `PUT` to it uploads. A ticket is good once, for the session's driver, for thirty seconds.
//! * The transfer goes as fast as its slower side. A file that is longer than [`Limits::file`] fails with its limit.
//!
//! # Rules for secrets
//! * A password goes up in [`Action::LogIn`] and nowhere else, and comes down in no message. Where the operator has set
//!   one, [`ToRelay::LogIn`] stands in its place, and the browser never knows it. The sandbox's own is no secret from
//!   those it is for ([`Offered::password`]).
//!
//! # The hardest case, tried on paper
//! A 1 GB download runs, actions 5 (the download) and 6 are sent, and the driver's socket drops before 6 arrives. The
//! download goes on: its bytes travel over HTTP, and its events lie in the session's log. A viewer that has stopped
//! reading keeps one task waiting, its own. The driver attaches with its cursor 812, hears that 5 actions were taken,
//! gets the events from 812 on, and repeats 6. Had the browser's download broken instead, the store's next write would
//! fail, the endpoint would give the transfer up (ABOR, the reply awaited), and 6 would run.

use serde::{Deserialize, Serialize};

use crate::Argument;
use crate::action::Action;

/// The version of this conversation.
pub const VERSION: u32 = 1;

/// Where the WebSocket is, beside the page.
pub const PATH: &str = "relay";

/// Where files are, beside the page.
pub const FILES: &str = "relay/file";

/// Where captures of sessions with the relay's own sandbox are, beside the page.
pub const CAPTURES: &str = "relay/capture";

/// The longest message upwards, in bytes.
pub const UP: usize = 16 * 1024;

/// The most actions that wait for the one that is running.
pub const WAITING: u32 = 16;

/// After so many seconds without a word the relay is lost.
pub const SILENCE: u32 = 45;

/// What a page says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ToRelay {
    /// The first message.
    Hello {
        /// The page's [`VERSION`].
        version: u32,
        /// The relay's access token, where it wants one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<String>,
    },
    /// Begin a session with a server: no connection is made before [`Action::Connect`].
    Open {
        /// With whom.
        server: Server,
        /// When it is secured.
        #[serde(default, skip_serializing_if = "Tls::is_none")]
        tls: Tls,
        /// The SHA-256 of the certificate that a server has to show, instead of one that the relay's system trusts: 64
        /// hexadecimal digits, with colons between them or without. Of servers that are typed only: whom those on offer
        /// have to be is set where they are.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pin: Option<String>,
    },
    /// Come back to a session, or look on.
    Attach {
        /// Which session.
        session: String,
        /// Its drive key or its watch key.
        key: String,
        /// The sequence number of the first event that is wanted.
        after: u64,
    },
    /// An action of the driver's.
    Act {
        /// Its number: one more than the last one's.
        number: u32,
        /// What is wanted. `connect` names nobody: the session has its server.
        what: Action,
    },
    /// [`Action::LogIn`] with the name and password that the operator has set for the session's server.
    LogIn {
        /// The action's number.
        number: u32,
    },
    /// End the session now, whatever it is doing.
    End,
}

/// Whom a session is with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "server", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Server {
    /// One that the relay has on offer.
    Offered {
        /// Its name in [`FromRelay::Welcome`].
        name: String,
    },
    /// One that the user typed.
    Typed {
        /// A name or an address.
        host: Argument,
        /// Its control port.
        port: u16,
    },
}

/// When a session's control connection is secured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tls {
    /// Not before [`Action::Secure`] asks for it: FTP.
    #[default]
    None,
    /// Behind the greeting, with AUTH TLS (RFC 4217): explicit FTPS.
    Explicit,
    /// Before the first word (draft-murray-auth-ftp-ssl): implicit FTPS.
    Implicit,
}

impl Tls {
    /// All, in the order in which they are taught.
    pub const ALL: [Self; 3] = [Self::None, Self::Explicit, Self::Implicit];

    /// Its name in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Explicit => "explicit",
            Self::Implicit => "implicit",
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
    fn is_none(&self) -> bool {
        *self == Self::None
    }

    /// What can be done with a server of which nothing is said.
    fn plain() -> Vec<Self> {
        vec![Self::None]
    }
}

/// What a relay says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "kebab-case")]
pub enum FromRelay {
    /// To a hello that was right.
    Welcome {
        /// The relay's program, for people: `portolan 0.1.0`.
        program: String,
        /// The servers on offer, the sandbox first.
        servers: Vec<Offered>,
        /// Whether other servers may be typed: the operator allows some.
        typed: bool,
        /// Whether names and passwords may be typed; not over a plain connection beyond this machine.
        credentials: bool,
        /// The numbers it keeps to.
        limits: Limits,
    },
    /// A session was opened, and is the socket's from now on. [`FromRelay::Attached`] follows.
    Opened {
        /// Its name.
        session: String,
        /// For who acts.
        drive: String,
        /// For who looks on.
        watch: String,
    },
    /// The socket reads this session. The header's line of its log follows.
    Attached {
        /// Which session.
        session: String,
        /// Whether this socket drives.
        driving: bool,
        /// How many actions have been taken.
        taken: u32,
    },
    /// Lines of the log follow, in order and without a hole.
    Events {
        /// The first one's sequence number.
        from: u64,
        /// How many.
        count: u32,
    },
    /// The session is over; everything of its log has been sent.
    Ended {
        /// Why.
        why: Ending,
    },
    /// How many look on, the driver among them.
    Viewers {
        /// So many.
        count: u32,
    },
    /// The endpoint has opened a file on this side: for the driver only.
    File {
        /// The action it is for.
        action: u32,
        /// What is to be done with it.
        way: Way,
        /// Its name, as the action has it.
        name: String,
        /// Behind [`FILES`] and a slash.
        ticket: String,
    },
    /// Something is not done.
    Refused {
        /// The action's number, if it was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<u32>,
        /// Why.
        why: Refusal,
        /// The same in a sentence, with what would help.
        text: String,
    },
    /// The relay is still there.
    Beat,
    /// The last message: the relay closes the socket.
    Bye {
        /// Why.
        why: Refusal,
        /// The same in a sentence.
        text: String,
    },
}

/// A server on offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offered {
    /// Its name, which [`Server::Offered`] repeats.
    pub name: String,
    /// Its address and control port, as they are dialled.
    pub address: String,
    /// Whether it is the relay's own sandbox.
    pub sandbox: bool,
    /// How sessions with it can be opened, the usual way first. A relay from before there was TLS says nothing.
    #[serde(default = "Tls::plain")]
    pub tls: Vec<Tls>,
    /// Who logs in, where that is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The sandbox's password, to be shown and sent back. Others stay in the relay: say [`ToRelay::LogIn`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

/// The numbers a relay keeps to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// The longest file that goes through, in bytes.
    pub file: u64,
    /// The longest log of a session, in bytes of its written form.
    pub log: u64,
    /// A session in which nobody acts ends after so many seconds, unless something is under way.
    pub idle: u32,
    /// A session whose driver is gone ends after so many seconds.
    pub away: u32,
}

/// What is to be done with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// The relay has it: `GET` it.
    Download,
    /// The relay wants it: `PUT` it.
    Upload,
}

/// Why a session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// It came to its end: `quit`, or the control connection is gone.
    Done,
    /// Its driver said [`ToRelay::End`].
    Asked,
    /// Its driver was away for too long.
    Away,
    /// Nobody acted for too long.
    Idle,
    /// Its log is full.
    LogFull,
    /// The relay ends.
    Relay,
}

/// Why something is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// No such message, or not now.
    Malformed,
    /// Another [`VERSION`].
    Version,
    /// The token is missing or wrong.
    Token,
    /// The relay may not connect to that server.
    Target,
    /// Names and passwords may not be typed over this connection, or none is set for this server.
    Credentials,
    /// No session has that name and key, or it is over and forgotten.
    Session,
    /// This socket does not drive.
    Watching,
    /// The session is over.
    Over,
    /// An action that is for simulations only, or names another server than the session's.
    Action,
    /// The number is not one more than the last one's.
    Number,
    /// Too many: of sessions, sockets, or actions that wait.
    Limit,
    /// Another socket drives the session now.
    TakenOver,
    /// Nothing was said, or read, for too long.
    Silent,
    /// The relay ends.
    Ending,
}
