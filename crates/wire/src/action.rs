//! Actions: the one vocabulary of what a user can ask of a session.
//!
//! Scenario plans, the flags of `portolan connect`, the page's console and the relay's WebSocket all speak it. An
//! action says *what* is wanted, never which bytes to send; only the simulator takes a raw command line.
//!
//! # Rules
//! * Actions of one session run one after the other, in the order they were given. The next one starts when the one
//!   before it has *finished* ([`crate::report::Report::Finished`]), except [`Action::Abort`], which is taken at once
//!   and makes the running action finish.
//! * Every action finishes, with exactly one outcome, also when the connection under it dies.
//! * An action that makes no sense in the session's state (a list before the connect) finishes as refused, says why,
//!   and changes nothing.

use serde::{Deserialize, Serialize};

use crate::Argument;
use crate::plain::Plain;
use crate::security::Protection;

/// One thing a user asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Action {
    /// Call a TCP port and see who answers; say nothing, and hang up when the greeting came or nobody answered.
    /// The first lesson, before any FTP.
    Call {
        /// Who is called: a host's name or address. Without one, the session's server.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        host: Option<Argument>,
        /// The port called. Zero is refused: it is reserved (RFC 6335 section 6).
        port: u16,
    },
    /// Open the control connection and wait for the greeting.
    Connect {
        /// Who is called: a host's name or address. Without one, the session's server.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        host: Option<Argument>,
        /// The port called; without one, the protocol's own (21 for FTP).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        port: Option<u16>,
    },
    /// USER and, if asked for, PASS.
    LogIn {
        /// The user's name.
        user: Argument,
        /// The password: a secret wherever the session is live.
        password: Argument,
        /// What ACCT says where the server asks for an account with a 332; a secret too.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<Argument>,
    },
    /// Secure the control connection, and then data connections (AUTH TLS, RFC 4217). One that was asked to be secured from
    /// the start is, without this.
    Secure,
    /// Change what data connections are protected by from now on (PBSZ, PROT).
    Protect {
        /// By what.
        level: Protection,
    },
    /// Make the control connection readable again (CCC), for the sake of NATs that want to read it. Data connections stay
    /// as they are.
    ClearControl,
    /// Ask which extensions the server has (FEAT, RFC 2389), and believe it from now on.
    Features,
    /// List a directory over a data connection.
    List {
        /// Which one; without a path, the working directory.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        path: Option<Argument>,
    },
    /// List a directory's names and nothing else (NLST).
    Names {
        /// Which one; without a path, the working directory.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        path: Option<Argument>,
    },
    /// What the server knows of one path: MLST, or else SIZE and MDTM (RFC 3659).
    Inspect {
        /// Which.
        path: Argument,
    },
    /// Download a file.
    Get {
        /// The file on the server.
        remote: Argument,
        /// Its name on this side; without one, the last part of `remote`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        local: Option<Argument>,
        /// Keep what is here already and fetch what is missing (REST, RFC 3659 section 5); otherwise what is here is
        /// replaced. Only sound for images: an ASCII transfer is refused.
        #[serde(default, skip_serializing_if = "is_false")]
        resume: bool,
    },
    /// Upload a file.
    Put {
        /// The file on this side.
        local: Argument,
        /// Its name on the server; without one, the last part of `local`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        remote: Option<Argument>,
        /// What becomes of a file that is there already.
        #[serde(default, skip_serializing_if = "PutHow::is_replace")]
        how: PutHow,
    },
    /// Delete a file.
    Delete {
        /// Which.
        path: Argument,
    },
    /// Give a file or directory another name or place.
    Rename {
        /// Its name now.
        from: Argument,
        /// Its name then.
        to: Argument,
    },
    /// Make a directory.
    MakeDirectory {
        /// Which.
        path: Argument,
    },
    /// Remove an empty directory.
    RemoveDirectory {
        /// Which.
        path: Argument,
    },
    /// Ask for the working directory.
    WorkingDirectory,
    /// Change the working directory.
    ChangeDirectory {
        /// To where; `..` is CDUP.
        path: Argument,
    },
    /// How files are represented from now on.
    Type {
        /// As what.
        representation: FileType,
    },
    /// Change how data connections are made from now on.
    Mode {
        /// The new mode.
        mode: TransferMode,
    },
    /// Stop the running action.
    Abort,
    /// Say goodbye and close the control connection.
    Quit,
    /// Simulation only: one command line as typed, without its line end.
    Raw {
        /// The line.
        line: Argument,
    },
}

/// What becomes of a file that an upload finds in its place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(rename_all = "kebab-case")]
pub enum PutHow {
    /// STOR: it is replaced.
    #[default]
    Replace,
    /// SIZE, then REST and STOR, or APPE where the server has no REST: what is missing is added. A file that is there
    /// and larger than ours is left alone, and the action fails.
    Resume,
    /// APPE: ours is added to its end.
    Append,
    /// STOU: the server finds a name that is free, and says which.
    Unique,
}

impl PutHow {
    /// Whether nothing special is asked.
    #[must_use]
    pub const fn is_replace(&self) -> bool {
        matches!(self, Self::Replace)
    }
}

/// How files are represented on their way (RFC 959 section 3.1.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(rename_all = "kebab-case")]
pub enum FileType {
    /// TYPE I: octet by octet.
    #[default]
    Image,
    /// TYPE A: lines that end with CR LF on their way, and with LF on this side.
    Ascii,
}

/// How data connections are made (RFC 959 section 3.2, RFC 2428).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Plain)]
#[serde(rename_all = "kebab-case")]
pub enum TransferMode {
    /// PORT: the client listens, the server calls.
    Active,
    /// PASV: the server listens, the client calls.
    #[default]
    Passive,
    /// EPRT: as active, for IPv4 and IPv6.
    ExtendedActive,
    /// EPSV: as passive, for IPv4 and IPv6; only the port is told.
    ExtendedPassive,
}

impl TransferMode {
    /// All four, in the order in which they are taught.
    pub const ALL: [Self; 4] = [Self::Active, Self::Passive, Self::ExtendedActive, Self::ExtendedPassive];

    /// Whether the client listens and the server calls.
    #[must_use]
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Active | Self::ExtendedActive)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}
