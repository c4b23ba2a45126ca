//! What an action has come to: where it stands, and how it goes on.

use portolan_wire::Argument;
use portolan_wire::action::FileType;
use portolan_wire::ftp::{Command, Reply, ReplyClass, Verb};
use portolan_wire::report::{Misuse, Outcome, Trouble};
use portolan_wire::security::Protection;

use super::inspect::Inspecting;
use super::transfer::Transfer;
use crate::endpoint::ConnId;

/// The running action's state.
#[derive(Debug)]
pub(super) enum Job {
    /// The control connection is being opened.
    Connecting { conn: ConnId },
    /// It is open, and the greeting has not come.
    Greeting(Greeting),
    /// The session's security is being changed.
    Securing(Securing),
    /// USER, or what follows it, was said.
    LogIn(LogIn),
    /// One command was said whose final reply decides, or leads to another such command.
    Asking(Asking),
    /// What the server knows of one path is asked for.
    Inspecting(Inspecting),
    /// A file or a listing.
    Transfer(Box<Transfer>),
    /// It is over but for replies that are still owed; they must come before anything else can be said.
    Settling(Settling),
    /// Goodbye.
    Quitting(Quitting),
}

impl Job {
    /// Whether it needs nothing of the control connection any more.
    pub(super) const fn is_closing(&self) -> bool {
        matches!(self, Self::Transfer(transfer) if transfer.is_closing())
    }
}

/// Waiting for a 220.
#[derive(Clone, Copy, Debug)]
pub(super) enum Greeting {
    Awaited,
    /// A 120 came, and the wait began anew. It will not do so twice.
    Promised,
}

/// How far a change of the session's security is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Securing {
    /// AUTH was said.
    Auth,
    /// Hands are being shaken.
    Shaking,
    /// PBSZ was said; PROT comes next.
    Size { level: Protection, then: AfterProt },
    /// PROT was said.
    Level { level: Protection, then: AfterProt },
    /// CCC was said.
    Ccc,
    /// Both sides say goodbye to TLS.
    Clearing,
}

/// What comes behind PROT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AfterProt {
    /// Nothing: it was the action.
    Nothing,
    /// The rest of the login.
    LogIn,
}

/// Which answer of the login is awaited.
#[derive(Debug)]
pub(super) enum LogIn {
    /// The one to USER.
    User {
        password: Argument,
        account: Option<Argument>,
    },
    /// The one to PASS.
    Password { account: Option<Argument> },
    /// The one to ACCT.
    Account,
    /// Logged in; the one to FEAT.
    Features,
    /// Logged in; the one to OPTS UTF8 ON.
    Utf8,
}

/// What a single command was.
#[derive(Debug)]
pub(super) enum Asking {
    /// Anything that is done with a 2yz.
    Plain,
    /// CDUP. To a server that has none, CWD with this path means the same.
    Up { path: Argument },
    /// PWD.
    WorkingDirectory,
    /// MKD.
    MakeDirectory,
    /// RNFR. RNTO comes next.
    RenameFrom { to: Argument },
    /// TYPE.
    Type { wanted: FileType },
    /// FEAT.
    Features,
    /// A NOOP that no action asked for.
    KeepAlive,
    /// A line as it was typed. A command in it may change what we know of the session.
    Raw { command: Option<Command> },
}

/// An action that is over but for its replies.
#[derive(Debug)]
pub(super) struct Settling {
    /// How it ends.
    pub(super) outcome: Outcome,
    /// The abort actions that end with it.
    pub(super) aborts: Vec<u32>,
    /// What came of the replies.
    pub(super) heard: Heard,
}

/// How much of what it owed a server has said after an ABOR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Nothing,
    /// One final reply, which may be all: some servers answer the transfer and the ABOR with one.
    One,
}

impl Settling {
    pub(super) const fn new(outcome: Outcome, aborts: Vec<u32>) -> Self {
        Self {
            outcome,
            aborts,
            heard: Heard::Nothing,
        }
    }
}

/// How far a goodbye is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Quitting {
    /// QUIT was said.
    Said,
    /// Our side has ended; the server's has not.
    HungUp { conn: ConnId },
}

/// How a job goes on.
#[derive(Debug)]
pub(super) enum Next {
    Go(Job),
    Finish(Outcome),
    /// Finishes, and right behind it the abort actions that ended it.
    FinishAborted {
        outcome: Outcome,
        aborts: Vec<u32>,
    },
}

impl From<Settling> for Next {
    fn from(Settling { outcome, aborts, .. }: Settling) -> Self {
        Self::FinishAborted { outcome, aborts }
    }
}

impl Next {
    pub(super) const fn refuse(why: Misuse) -> Self {
        Self::Finish(Outcome::Refused { why })
    }

    pub(super) const fn fail(trouble: Trouble) -> Self {
        Self::Finish(Outcome::Failed { trouble })
    }
}

/// Verbs that the raw action refuses: they need a data connection, or end the grammar that we speak.
const NOT_RAW: [Verb; 9] = [
    Verb::RETR,
    Verb::STOR,
    Verb::STOU,
    Verb::APPE,
    Verb::LIST,
    Verb::NLST,
    Verb::MLSD,
    Verb::AUTH,
    Verb::CCC,
];

/// The command in a raw line, if it is one.
///
/// # Errors
/// When it is one that only an action of its own can carry out.
pub(super) fn raw_command(line: &Argument) -> Result<Option<Command>, Misuse> {
    match Command::parse(line.as_str().as_bytes()) {
        Ok(command) if NOT_RAW.contains(&command.verb) => Err(Misuse::Unsupported),
        Ok(command) => Ok(Some(command)),
        // Nonsense may be sent too: what the server says to it is a lesson.
        Err(_) => Ok(None),
    }
}

/// How an action ends whose fate is this final reply, if a 2yz is what it wants.
pub(super) fn outcome_of(reply: &Reply) -> Outcome {
    match reply.code.class() {
        ReplyClass::Completion => Outcome::Done,
        _ => not_wanted(reply),
    }
}

/// How an action ends that could not use this reply.
pub(super) fn not_wanted(reply: &Reply) -> Outcome {
    if reply.code.is_negative() {
        let (code, text) = (reply.code.value(), text_of(reply));
        Outcome::Denied { code, text }
    } else {
        let trouble = unexpected(reply);
        Outcome::Failed { trouble }
    }
}

/// A reply that does not belong where it came.
pub(super) fn unexpected(reply: &Reply) -> Trouble {
    let (code, text) = (reply.code.value(), text_of(reply));
    Trouble::Unexpected { code, text }
}

/// The most characters of a server's text that an outcome holds.
const LONGEST_TEXT: usize = 200;

fn text_of(reply: &Reply) -> String {
    reply.text().chars().take(LONGEST_TEXT).collect()
}
