//! Which command a reply answers.

use std::collections::VecDeque;

use portolan_wire::report::TransferKind;

/// The commands of one control connection that wait for their replies, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Talk {
    waiting: VecDeque<String>,
}

/// The most commands that are remembered; who sends more without waiting is not followed.
const MOST: usize = 64;

impl Talk {
    pub(super) fn command(&mut self, verb: &str) {
        if self.waiting.len() < MOST {
            self.waiting.push_back(verb.to_owned());
        }
    }

    /// The command that a reply answers; nothing for a greeting. A 1yz is not the last word (RFC 959 section 4.2).
    pub(super) fn reply(&mut self, code: u16) -> Option<String> {
        if code < 200 {
            self.waiting.front().cloned()
        } else {
            self.waiting.pop_front()
        }
    }
}

/// What a command moves over a data connection, if it does.
pub(super) fn moves(verb: &str) -> Option<TransferKind> {
    match verb {
        "RETR" => Some(TransferKind::Download),
        "STOR" | "STOU" | "APPE" => Some(TransferKind::Upload),
        "LIST" | "NLST" | "MLSD" => Some(TransferKind::Listing),
        _ => None,
    }
}
