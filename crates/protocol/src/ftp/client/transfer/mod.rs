//! Transfers: a file or a listing over a data connection of its own (RFC 959 sections 3.2 and 5, RFC 2428).
//!
//! # The steps
//! TYPE, if the server's is another (`A` for listings, for files what the user chose); SIZE, if one side has a part of
//! the file already; the address; REST in that case; then the transfer command. An upload's file is opened before
//! anything is said, a download's only when the server has begun: neither a missing file here nor one there does harm
//! on the other side.
//!
//! * Passive (PASV, EPSV): the client calls the port that was told, and says the transfer command *when the connection
//!   stands*, as curl does. So a connection that cannot be made leaves nothing unanswered on the control connection.
//! * Active (PORT, EPRT): the client listens first and tells the port that was bound. The server calls when the
//!   transfer command comes; only the control connection's peer is let in.
//!
//! # The races
//! Data and replies travel on two connections. The 150 may come after the first data, or not at all; the 226 before or
//! after the data connection's end, and both are needed; in active mode even the 226 may be seen before the call.
//! A 4yz or 5yz is the last word, whatever the data connection says.

mod address;
mod content;
mod data;
mod download;
mod listing;
mod named;
mod resume;
mod running;
mod steps;
mod upload;

use portolan_wire::action::TransferMode;
use portolan_wire::ftp::{Command, Representation};
use portolan_wire::report::{Purpose, StoreError, Trouble};
use portolan_wire::security::TlsFault;

use super::desk::Desk;
use super::files::{FileEvent, Leftovers};
use crate::endpoint::{ConnId, ListenerId, OpId, Output, StoreAnswer};

use content::Content;
use data::Data;

pub(super) use running::Happening;

/// One transfer, from its first command to its last reply.
#[derive(Debug)]
pub(super) struct Transfer {
    /// The transfer command.
    command: Command,
    /// The file or directory, as reports name it.
    path: String,
    mode: TransferMode,
    representation: Representation,
    start: Start,
    content: Content,
    /// Whether the name that the server found (STOU) was reported.
    is_named: bool,
    guard: Guard,
    step: Step,
}

/// What a transfer's data connection is protected by.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Guard {
    /// Nothing.
    Clear,
    /// It is to be TLS, when the server has begun.
    Wanted,
    /// Hands are being shaken.
    Shaking,
    /// TLS.
    Secured,
    /// It was to be TLS, which has failed.
    Broken(TlsFault),
}

/// Where in the file it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    /// At its first byte.
    Beginning,
    /// Behind what the receiving side has; how much that is, is being found out.
    Sought,
    /// At this byte, which is not the first.
    At(u64),
}

/// How far a transfer is.
#[derive(Debug)]
enum Step {
    /// The file on this side is being looked at, or opened.
    Preparing,
    /// TYPE was said.
    Typing,
    /// SIZE was said.
    Sizing,
    /// PASV or EPSV was said.
    Asking,
    /// The passive data connection is being opened.
    Dialling { conn: ConnId },
    /// The active one's listener is being opened.
    Opening { listener: ListenerId },
    /// PORT or EPRT was said, with this port. The data connection should not come yet, but may.
    Announcing { data: Data, port: u16 },
    /// REST was said.
    Restarting { data: Data },
    /// The transfer command was said.
    Running { data: Data, answer: Answer },
    /// Both connections have told of the end; the file on this side is being closed.
    Closing,
}

/// What the server has said to the transfer command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Awaited,
    /// 1yz.
    Begun,
    /// 2yz.
    Done,
}

impl Transfer {
    /// Whether the transfer command was said and has not been answered for good.
    pub(super) const fn is_at_work(&self) -> bool {
        matches!(
            self.step,
            Step::Running {
                answer: Answer::Awaited | Answer::Begun,
                ..
            }
        )
    }

    /// Whether both connections have told of the end, so that the loss of one no longer matters.
    pub(super) const fn is_closing(&self) -> bool {
        matches!(self.step, Step::Closing)
    }

    /// Whether `conn` is its data connection, or is to become it.
    pub(super) fn uses(&self, conn: ConnId) -> bool {
        match &self.step {
            Step::Dialling { conn: own } => *own == conn,
            step => step.data().is_some_and(|data| data.is(conn)),
        }
    }

    /// Why the data connection was lost.
    fn loss(&self) -> Trouble {
        match &self.guard {
            Guard::Broken(why) => Trouble::Tls {
                purpose: Purpose::Data,
                why: why.clone(),
            },
            _ => Trouble::DataLost,
        }
    }

    /// Whether it is known here, better than the server knows it, why the data connection failed.
    const fn knows_better(&self) -> bool {
        match &self.guard {
            Guard::Broken(why) => !matches!(why, TlsFault::Alert { .. } | TlsFault::CutShort | TlsFault::Unfinished),
            _ => false,
        }
    }

    /// The data connection stands.
    fn established(&mut self, desk: &mut Desk, conn: ConnId) {
        let offset = match self.start {
            Start::At(offset) => offset,
            Start::Beginning | Start::Sought => 0,
        };
        self.content.established(desk, conn, self.path.clone(), offset);
    }

    /// What a store's answer means, if it is for this transfer; else it comes back.
    pub(super) fn answered(
        &mut self,
        op: OpId,
        result: Result<StoreAnswer, StoreError>,
    ) -> Result<FileEvent, Result<StoreAnswer, StoreError>> {
        self.content.answered(op, result)
    }

    /// Gives up what it holds: the data connection goes at once, the file when the store has answered.
    pub(super) fn discard(self, desk: &mut Desk, leftovers: &mut Leftovers) {
        match self.step {
            Step::Dialling { conn } => desk.push(Output::Abort { conn }),
            Step::Opening { listener } => desk.push(Output::StopListening { listener }),
            Step::Announcing { mut data, .. } | Step::Restarting { mut data } | Step::Running { mut data, .. } => {
                data.abort(desk);
            }
            Step::Preparing | Step::Typing | Step::Sizing | Step::Asking | Step::Closing => {}
        }
        if let Some(file) = self.content.into_file() {
            leftovers.abandon(desk, file);
        }
    }
}

impl Step {
    /// The data connection, once its address is settled.
    const fn data(&self) -> Option<&Data> {
        match self {
            Self::Announcing { data, .. } | Self::Restarting { data } | Self::Running { data, .. } => Some(data),
            _ => None,
        }
    }

    const fn data_mut(&mut self) -> Option<&mut Data> {
        match self {
            Self::Announcing { data, .. } | Self::Restarting { data } | Self::Running { data, .. } => Some(data),
            _ => None,
        }
    }
}
