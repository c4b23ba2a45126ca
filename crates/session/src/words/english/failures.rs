//! What went wrong, and what would help.

use portolan_wire::report::{ConnectError, Limit, ListenError, LooksLike, Misuse, Purpose, StoreError};

use super::super::tools::short;
use super::{commands, ended, object, port_of, security, subject};
use crate::event::DropReason;
use crate::finding::Cause;
use crate::view::{Call, Problem, Remark, Request, Who};

pub(super) fn failed(request: &Request, problem: &Problem) -> String {
    let asked = short(&commands::request(request), 5);
    match problem {
        Problem::Aborted => format!("The client was told to stop and did: {}", ended(&asked)),
        _ => format!("The client could not {} {}", ended(&asked), self::problem(problem)),
    }
}

/// At most 14 words, so that it fits behind what was asked.
pub(super) fn problem(problem: &Problem) -> String {
    match problem {
        Problem::Denied { code, text } => {
            format!("The server said no: {code} {}.", short(text.trim_end_matches('.'), 7))
        }
        Problem::Misuse(why) => misuse(*why).into(),
        Problem::ControlConnect(why) => format!("The control connection failed: {}.", connect(*why)),
        Problem::DataConnect(why) => format!("The data connection failed: {}.", connect(*why)),
        Problem::DataNotCalled => "It listened for the data connection, but nobody called.".into(),
        Problem::Listen(why) => match why {
            ListenError::Exhausted => "Every port it may listen on is taken.".into(),
            ListenError::NoSuchAddress => "It cannot listen on an address that is not its own.".into(),
            ListenError::NotAllowed => "It is not allowed to listen.".into(),
        },
        Problem::ControlLost => "The control connection broke.".into(),
        Problem::DataLost => "The data connection broke before its end.".into(),
        Problem::Timeout => "The server did not answer in time.".into(),
        Problem::Malformed { what } => format!("The server's answer is no FTP: \"{}\".", short(what, 6)),
        Problem::LineTooLong { limit } => format!("The server sent a line of more than {limit} bytes."),
        Problem::ReplyTooLong { limit } => format!("The server sent a reply of more than {limit} bytes."),
        Problem::ListingTooLong { limit } => format!("The listing is longer than {limit} bytes."),
        Problem::WrongProtocol(looks_like) => wrong_protocol(*looks_like).into(),
        Problem::ResumeMismatch { here, there } => {
            format!("This side has {here} bytes and the server {there}: not the same file.")
        }
        Problem::Unexpected { code, text } => {
            format!(
                "The server answered what nobody asked: {code} {}.",
                short(text.trim_end_matches('.'), 5)
            )
        }
        Problem::Store(why) => format!("On its side, {}.", store(*why)),
        Problem::Insecure(why) => security::problem(why),
        Problem::Aborted => "The user stopped it.".into(),
    }
}

const fn wrong_protocol(looks_like: LooksLike) -> &'static str {
    match looks_like {
        LooksLike::Http => "A web server answered. FTP's port is usually 21.",
        LooksLike::Ssh => "An SSH server answered. Try SFTP, which runs over SSH.",
        LooksLike::Tls => "It speaks TLS at once. Try implicit FTPS: ftps://, usually port 990.",
        LooksLike::Mail => "A mail server answered. FTP's port is usually 21.",
    }
}

const fn misuse(why: Misuse) -> &'static str {
    match why {
        Misuse::NotConnected => "There is no control connection.",
        Misuse::AlreadyConnected => "There is a control connection already.",
        Misuse::NotLoggedIn => "Nobody has logged in.",
        Misuse::NothingToAbort => "Nothing is running that could be stopped.",
        Misuse::Unsupported => "This client does not know how.",
        Misuse::WrongAddressFamily => "PORT and PASV cannot carry IPv6 addresses; EPRT and EPSV can.",
        Misuse::ResumedText => "A text transfer can't be resumed; use TYPE I.",
        Misuse::NotSecured => "The control connection is not under TLS.",
        Misuse::AlreadySecured => "The control connection is under TLS already, or was once.",
        Misuse::ReservedPort => "Port 0 is reserved and never a real endpoint.",
    }
}

const fn connect(why: ConnectError) -> &'static str {
    match why {
        ConnectError::Refused => "a RST answered, for nobody listens there",
        ConnectError::TimedOut => "nothing answered",
        ConnectError::Unreachable => "no way leads there",
        ConnectError::LocalPort => "its own port was taken",
        ConnectError::NotAllowed => "this call is not allowed",
    }
}

const fn store(why: StoreError) -> &'static str {
    match why {
        StoreError::NotFound => "there is no such file or directory",
        StoreError::WrongKind => "directory and file were taken for each other",
        StoreError::Exists => "the name is taken",
        StoreError::NotEmpty => "the directory is not empty",
        StoreError::OutOfRange => "the file ends before that",
        StoreError::Denied => "the file may not be read or written",
        StoreError::Full => "there is no room left",
        StoreError::Failed => "the store failed",
    }
}

pub(super) fn remark(remark: &Remark) -> String {
    match remark {
        Remark::DataPortFallback { wanted } => {
            format!("The server wanted to call from port {wanted}, could not have it, and takes another.")
        }
        Remark::PassiveAddressIgnored { told, used } => {
            format!(
                "The server named {}. The client ignores that address and calls {} instead.",
                told.ip(),
                used.ip()
            )
        }
        Remark::StrangerRefused { peer } => {
            format!(
                "A stranger at {} called the data port. Only the other side may, so it was closed.",
                peer.ip()
            )
        }
        Remark::BounceRefused { address } => {
            format!("The server refuses to call {address}: not the client's address, or a port below 1024.")
        }
        Remark::ModeFallback { from, to } => format!(
            "The server refuses {} mode. The client uses {} mode from now on.",
            commands::mode(*from),
            commands::mode(*to)
        ),
        Remark::ListingFallback => "The server has no MLSD. The client uses LIST from now on.".into(),
        Remark::NothingToResume { size } => {
            format!("Both sides have {size} bytes, so nothing is left to transfer. Nothing was compared.")
        }
        Remark::LimitReached(limit) => limit_reached(*limit).into(),
        Remark::OtherProtocol(looks_like) => other_protocol(*looks_like).into(),
    }
}

/// What the client is, and what to try: the server has said goodbye.
const fn other_protocol(looks_like: LooksLike) -> &'static str {
    match looks_like {
        LooksLike::Http => "The client speaks HTTP, as browsers do, so the server hangs up. Try an FTP client.",
        LooksLike::Ssh => "The client speaks SSH, so the server hangs up. Try an SFTP server, usually on port 22.",
        LooksLike::Tls => {
            "The client speaks TLS at once, so the server hangs up. Try implicit FTPS's port, or FTP without it."
        }
        LooksLike::Mail => "The client speaks a mail protocol, so the server hangs up. Try a mail server.",
    }
}

const fn limit_reached(limit: Limit) -> &'static str {
    match limit {
        Limit::Sessions => "The server has as many sessions as it takes, and turns this one away.",
        Limit::SessionsOfAddress => {
            "The server has as many sessions of this address as it takes, and turns this one away."
        }
        Limit::Tries => "Too many logins failed, so the server closes the connection.",
        Limit::Idle => "The client was silent for too long, so the server closes the connection.",
        Limit::PassivePorts => "Every port of the server's passive range is taken.",
    }
}

/// Two to four sentences: what happened, how one sees it, what would help.
pub(super) fn cause(cause: &Cause) -> String {
    match cause {
        Cause::NobodyListens(call) => format!(
            "{} A RST came back at once: no program listens there. That is a refusal, not a silence.",
            called(call)
        ),
        Cause::CallDropped {
            call,
            at,
            by,
            passive_helps,
        } => {
            let mut told = format!("{} {}", called(call), thrown_away(call, at, *by));
            if *passive_helps {
                told.push_str(" In passive mode the client would call, and its firewall lets its own calls out.");
            }
            told
        }
        Cause::CallLost(call) => format!("{} Every SYN was lost on the way, so nobody answered.", called(call)),
        Cause::Silence(call) => format!(
            "{} Nothing came back at all. A firewall that drops calls looks just like this; a refusal would be a RST.",
            called(call)
        ),
        Cause::NoWay(call) => format!("{} An ICMP message said that no way leads there.", called(call)),
        Cause::Denied { request, code, text } => {
            let mut told = format!(
                "The client could not {}. The server answered {code}: {}",
                commands::request(request),
                ended(&short(text, 20))
            );
            if let Some(why) = security::session_reuse(*code, text) {
                told.push(' ');
                told.push_str(why);
            }
            told
        }
        Cause::Failed {
            request,
            problem: Problem::Aborted,
        } => {
            format!("The client was told to stop, and did: {}.", commands::request(request))
        }
        Cause::Failed {
            request,
            problem: Problem::Insecure(why),
        } => {
            format!(
                "The client could not {}. {}",
                commands::request(request),
                security::cause(why)
            )
        }
        Cause::Failed { request, problem } => {
            format!(
                "The client could not {}. {}",
                commands::request(request),
                self::problem(problem)
            )
        }
        Cause::BounceRefused { address } => remark(&Remark::BounceRefused { address: *address }),
    }
}

fn called(call: &Call) -> String {
    let what = match call.purpose {
        Purpose::Control => " for the control connection",
        Purpose::Data => " for a data connection",
        Purpose::Other => "",
    };
    format!(
        "{} called {} from its own port {}{what}.",
        subject(&call.caller),
        port_of(&call.called, call.to.port()),
        call.from.port()
    )
}

fn thrown_away(call: &Call, at: &Who, by: DropReason) -> String {
    let (caller, place) = (object(&call.caller), object(at));
    match by {
        DropReason::Firewall => {
            format!("The firewall of {place} dropped the call without a word, so {caller} heard nothing and gave up.")
        }
        DropReason::NoRoute => format!("At {place} no way led further, and the call was dropped."),
        DropReason::Expired => format!("At {place} the call had passed too many routers and was dropped."),
        DropReason::QueueFull => format!("At {place} a queue was full, and the call was dropped."),
    }
}
