//! What a command is answered with when the store says no, before anything was transferred.
//!
//! | commands | code | when |
//! | --- | --- | --- |
//! | LIST, NLST, STAT | 450 | always: their lists in RFC 959 section 5.4 have no 550 |
//! | MLSD | 501 | it is no directory (RFC 3659 section 7.2.1); otherwise 550 |
//! | RETR | 554 | it would begin behind the file's end (RFC 1123 section 4.1.3.4) |
//! | | 450 | the store failed; otherwise 550 |
//! | STOR, APPE, STOU | 554 | it would begin behind the file's end |
//! | | 452 | there is no room |
//! | | 450 | the store failed; otherwise 553, as STOR's list has no 550 |
//! | DELE, RNFR | 450 | the store failed; otherwise 550 |
//! | RNTO | 451 | the store failed; otherwise 553 |
//! | CWD, CDUP, MKD, RMD, SIZE, MDTM, MLST, MLSD | 451 | the store failed; otherwise 550 |
//!
//! A 451 is in none of the last two rows' lists; it is what a local error is called, and a 550 would tell the client
//! that something is wrong with its path (RFC 1123 section 4.1.2.11 allows it). MKD of what is there already is a 550:
//! the 521 of RFC 959's appendix II is in no list of the RFC itself.

use portolan_wire::ftp::{ReplyCode, Verb};
use portolan_wire::report::StoreError;

/// The code and the words.
pub(super) const fn refusal(verb: Verb, why: StoreError) -> (ReplyCode, &'static str) {
    (code(verb, why), text(verb, why))
}

const fn code(verb: Verb, why: StoreError) -> ReplyCode {
    use StoreError::{Failed, Full, OutOfRange, WrongKind};
    match (verb, why) {
        (Verb::LIST | Verb::NLST | Verb::STAT, _) => ReplyCode::FILE_BUSY,
        (Verb::MLSD, WrongKind) => ReplyCode::ARGUMENT_ERROR,
        (Verb::RETR | Verb::STOR | Verb::APPE | Verb::STOU, OutOfRange) => ReplyCode::INVALID_RESTART,
        (Verb::STOR | Verb::APPE | Verb::STOU, Full) => ReplyCode::INSUFFICIENT_STORAGE,
        (Verb::RETR | Verb::STOR | Verb::APPE | Verb::STOU | Verb::DELE | Verb::RNFR, Failed) => ReplyCode::FILE_BUSY,
        (_, Failed) => ReplyCode::LOCAL_ERROR,
        (Verb::STOR | Verb::APPE | Verb::STOU | Verb::RNTO, _) => ReplyCode::NAME_NOT_ALLOWED,
        _ => ReplyCode::FILE_UNAVAILABLE,
    }
}

const fn text(verb: Verb, why: StoreError) -> &'static str {
    match why {
        StoreError::NotFound => match verb {
            Verb::RETR | Verb::DELE => "There is no such file.",
            Verb::STOR | Verb::APPE | Verb::STOU | Verb::CWD | Verb::CDUP | Verb::RMD | Verb::MLSD => {
                "There is no such directory."
            }
            Verb::MKD | Verb::RNTO => "There is no directory for it.",
            _ => "There is no such file or directory.",
        },
        StoreError::WrongKind => match verb {
            Verb::RETR => "That is a directory.",
            Verb::STOR | Verb::APPE | Verb::STOU => "A file can't have that name.",
            Verb::CWD | Verb::CDUP => "That is no directory.",
            Verb::MLSD => "That is no directory; MLST tells of files.",
            Verb::RMD => "That is no directory; DELE deletes files.",
            Verb::DELE => "That is no file; RMD removes directories.",
            Verb::SIZE | Verb::MDTM => "That is no plain file.",
            Verb::RNTO => "It can't go there.",
            _ => "The path goes through a file.",
        },
        StoreError::Denied => match verb {
            Verb::LIST | Verb::NLST | Verb::MLSD => "You may not list that.",
            Verb::RETR => "You may not read that.",
            Verb::STOR | Verb::APPE | Verb::STOU => "You may not write that.",
            Verb::CWD | Verb::CDUP => "You may not go there.",
            Verb::STAT | Verb::SIZE | Verb::MDTM | Verb::MLST => "You may not look at that.",
            _ => "You may not change that.",
        },
        StoreError::Exists => "That name is taken.",
        StoreError::NotEmpty => "The directory is not empty.",
        StoreError::OutOfRange => "The file ends before that byte.",
        StoreError::Full => "There is no room.",
        StoreError::Failed => "The store failed.",
    }
}
