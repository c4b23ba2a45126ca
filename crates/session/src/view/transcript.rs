//! The conversation: commands, replies, and what happened on the network between them.

use portolan_wire::Instant;
use serde::{Deserialize, Serialize};

use super::{Call, Caption, Remark};
use crate::event::{Conn, HostId};

/// One line of the conversation. All text in it has its control characters made visible.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The moment.
    pub seq: u64,
    /// When that is.
    pub at: Instant,
    /// Where it was seen.
    pub host: HostId,
    /// The connection it belongs to.
    pub conn: Option<Conn>,
    /// Who speaks.
    pub from: Speaker,
    /// What is said.
    pub said: Said,
    /// What it means.
    pub explains: Caption,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Speaker {
    /// The client, on the control connection.
    Client,
    /// The server, on the control connection.
    Server,
    /// Nobody: it happened on the network.
    Net,
}

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Said {
    /// A command.
    Command {
        /// In upper case.
        verb: String,
        /// As it is shown.
        argument: Option<String>,
    },
    /// A reply.
    Reply {
        /// Its three digits.
        code: u16,
        /// Its lines, without codes.
        lines: Vec<String>,
    },
    /// What a port said that was merely called.
    Greeting {
        /// What.
        text: String,
    },
    /// A call that is not answered yet, or never.
    Calls(Call),
    /// A connection was established.
    Connected(Call),
    /// A call was refused.
    Refused(Call),
    /// A call was not answered.
    Silence(Call),
    /// There is no way for a call.
    Unreachable(Call),
    /// A call's packet was thrown away or lost.
    Dropped(Call),
    /// Bytes on a data connection.
    Bulk {
        /// How many.
        bytes: u64,
        /// In how many packets; 0 where packets are not seen.
        packets: u32,
    },
    /// No more bytes on a data connection.
    NoMoreBytes {
        /// How many there were in all.
        bytes: u64,
    },
    /// A connection is over.
    Closed {
        /// By a RST.
        reset: bool,
    },
    /// Lines of a listing.
    Listed {
        /// As the server wrote them.
        lines: Vec<String>,
    },
    /// An endpoint noted something.
    Noted(Remark),
    /// Only the explanation: a lesson's words, an action that failed.
    Explained,
}
