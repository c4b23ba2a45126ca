//! What TLS does for a connection, and what went wrong with it.

use portolan_wire::dissect::{alert_name, version_name};
use portolan_wire::ftp::TimeVal;
use portolan_wire::report::Purpose;
use portolan_wire::security::SecurityCommand;

use super::super::tools::short;
use super::network::connection;
use crate::view::{Fault, Insecurity};

/// What a build says that has no words for TLS.
const UNTOLD: &str = "The connection could not be secured.";

pub(super) fn secured(purpose: Purpose, version: u16, resumed: bool) -> String {
    let version = self::version(version);
    match purpose {
        Purpose::Data if resumed => {
            format!(
                "The data connection is {version} too, and resumes the control connection's session: both have one owner."
            )
        }
        Purpose::Data => {
            format!("The data connection is {version} too. It resumes no session: the handshake began from nothing.")
        }
        _ => format!(
            "From here on the {} is {version}: whoever looks on sees sizes and times, no commands.",
            connection(purpose)
        ),
    }
}

/// USER, PASS and ACCT under TLS.
pub(super) fn credential(who: &str, verb: &str) -> String {
    let what = match verb {
        "USER" => "user name",
        "PASS" => "password",
        _ => "account name",
    };
    format!("{who} sends the {what} within TLS. Whoever looks on sees only how long the record is.")
}

pub(super) const fn cleared() -> &'static str {
    "The control connection is readable again; data connections stay as they were."
}

/// A row of the conversation.
pub(super) fn said(purpose: Purpose, version: u16, resumed: bool) -> String {
    let resumed = if resumed { ", session resumed" } else { "" };
    format!("{} under {}{resumed}", connection(purpose), self::version(version))
}

fn version(version: u16) -> String {
    version_name(version).map_or_else(|| format!("TLS version {version:04x}"), str::to_owned)
}

/// At most 13 words, so that it fits behind what was asked.
pub(super) fn problem(why: &Insecurity) -> String {
    match why {
        Insecurity::Untold => UNTOLD.into(),
        Insecurity::NoGreeting => "The server said nothing. Implicit FTPS waits for TLS: try ftps://.".into(),
        Insecurity::Refused { command, code, text } => {
            let text = short(text.trim_end_matches('.'), 4);
            match command {
                SecurityCommand::Auth => format!("The server refuses TLS: {code} {text}."),
                SecurityCommand::Pbsz | SecurityCommand::Prot => {
                    format!(
                        "The server refuses {}, so data stays readable: {code} {text}.",
                        command.verb()
                    )
                }
                SecurityCommand::Ccc => {
                    format!("The server keeps the control connection under TLS: {code} {text}.")
                }
            }
        }
        Insecurity::Tls { purpose, why } => fault(connection(*purpose), why),
        Insecurity::NotResumed => "The data connection's TLS did not resume the control connection's session.".into(),
    }
}

fn fault(connection: &str, why: &Fault) -> String {
    match why {
        Fault::Plaintext { .. } if connection == self::connection(Purpose::Control) => {
            "The server answered in the clear, not in TLS: try ftpes://.".into()
        }
        Fault::Plaintext { .. } => format!("The {connection} came in the clear, not in TLS."),
        Fault::Expired { last: Some(last), .. } => format!("The server's certificate ended on {}.", date(*last)),
        Fault::Expired { last: None, .. } => "The time of the server's certificate is over.".into(),
        Fault::NotYetValid { first: Some(first), .. } => {
            format!("The server's certificate begins only on {}.", date(*first))
        }
        Fault::NotYetValid { first: None, .. } => "The time of the server's certificate has not come.".into(),
        Fault::WrongName { holds_for, .. } => match holds_for.first() {
            Some(name) => format!("The server's certificate is somebody else's: {}.", short(name, 1)),
            None => "The server's certificate is somebody else's.".into(),
        },
        Fault::UnknownIssuer { .. } => "Nobody who is trusted vouches for the server's certificate.".into(),
        Fault::NotPinned { .. } => "The server's certificate is not the one that was trusted before.".into(),
        Fault::BadSignature { .. } => "The signature on the server's certificate is wrong.".into(),
        Fault::Unusable { what, .. } => format!("The server's certificate is unusable: {}.", quoted(what, 6)),
        Fault::Alert { description } => format!("The other side broke off TLS and said why: {}.", alert(*description)),
        Fault::NothingInCommon => "Client and server share no version or cipher suite of TLS.".into(),
        Fault::BadRecord => format!("A TLS record on the {connection} was changed, or is none."),
        Fault::Misbehaved { what } => format!("The other side broke TLS's rules: {}.", quoted(what, 6)),
        Fault::Stalled => format!("The TLS handshake of the {connection} did not end in time."),
        Fault::Unfinished => format!("The {connection} ended in the middle of its TLS handshake."),
        Fault::CutShort => format!("The {connection} ended without TLS's goodbye: it may be cut short."),
        Fault::Setup { what } => format!("This side is not set up for TLS: {}.", quoted(what, 5)),
    }
}

/// Two to four sentences: what happened, how one sees it, what would help.
pub(super) fn cause(why: &Insecurity) -> String {
    let told = problem(why);
    match why {
        Insecurity::Untold => told,
        Insecurity::NoGreeting => {
            "The server took the call and said nothing. If the port is for implicit FTPS, as 990 is, \
                                   the client has to begin, with TLS: use ftps://."
                .into()
        }
        Insecurity::Refused { command, .. } => format!("{told} {}", without(*command)),
        Insecurity::Tls { purpose, why } => match advice(*purpose, why) {
            advice if advice.is_empty() => told,
            advice => format!("{told} {advice}"),
        },
        Insecurity::NotResumed => format!(
            "{told} This server demands that, for otherwise anybody could be at the other end. The client has to keep and \
             resume its TLS session."
        ),
    }
}

/// What a refusal means.
const fn without(command: SecurityCommand) -> &'static str {
    match command {
        SecurityCommand::Auth => {
            "Neither name nor password was sent. The server may speak implicit FTPS (ftps://), or only plain FTP (ftp://), \
             which anybody on the way can read."
        }
        SecurityCommand::Pbsz | SecurityCommand::Prot => {
            "The client was asked to protect files, so it did not go on without."
        }
        SecurityCommand::Ccc => "A NAT's helper will go on to see nothing of what is said.",
    }
}

fn advice(purpose: Purpose, why: &Fault) -> String {
    match why {
        Fault::Plaintext { what } => plaintext(purpose, what),
        Fault::Expired { shown, .. } => {
            with_fingerprint("Its owner has to renew it; or a clock is wrong.", shown.as_deref())
        }
        Fault::NotYetValid { shown, .. } => {
            with_fingerprint("Look at the clocks of both sides: one may be wrong.", shown.as_deref())
        }
        Fault::WrongName { holds_for, shown } => {
            let names: Vec<String> = holds_for.iter().take(5).map(|name| short(name, 1)).collect();
            let told = match (names.is_empty(), holds_for.len() > names.len()) {
                (true, _) => String::new(),
                (false, false) => format!("It holds for {}. ", names.join(", ")),
                (false, true) => format!("It holds for {} and others. ", names.join(", ")),
            };
            with_fingerprint(&(told + "Call the server by a name that is in it."), shown.as_deref())
        }
        Fault::UnknownIssuer { shown } => with_fingerprint(
            "It vouches for itself, or an authority does that this client does not know. Compare the fingerprint with one \
             that the server's owner tells you, and only then trust it.",
            shown.as_deref(),
        ),
        Fault::NotPinned { shown } => with_fingerprint(
            "The server has a new one, or somebody else answers in its place. Ask the server's owner before you trust it.",
            shown.as_deref(),
        ),
        Fault::BadSignature { shown } => {
            with_fingerprint("It was changed, or made up. Do not trust it.", shown.as_deref())
        }
        Fault::Unusable { shown, .. } => with_fingerprint("Its owner has to replace it.", shown.as_deref()),
        Fault::NothingInCommon => "One of them is too old, or allows too little.".into(),
        Fault::BadRecord => "Something on the way may have changed it; TLS noticed, and gave up.".into(),
        Fault::Stalled | Fault::Unfinished if purpose == Purpose::Control => {
            "A firewall that does not let TLS through looks like this, and so does a server for plain FTP.".into()
        }
        Fault::CutShort => "Without a close_notify nobody can tell the end from an attack: compare sizes.".into(),
        Fault::Stalled | Fault::Unfinished | Fault::Alert { .. } | Fault::Misbehaved { .. } | Fault::Setup { .. } => {
            String::new()
        }
    }
}

fn plaintext(purpose: Purpose, what: &str) -> String {
    let heard = match what {
        "" => String::new(),
        what => format!("It said \"{}\". ", short(what, 12)),
    };
    heard
        + match purpose {
            Purpose::Data => "What it carries could be read on the way, so nothing of it was taken.",
            _ => {
                "It speaks explicit FTPS, where the client asks for TLS first: use ftpes://. Or it knows no TLS at all."
            }
        }
}

fn with_fingerprint(told: &str, fingerprint: Option<&str>) -> String {
    match fingerprint {
        Some(fingerprint) => format!("{told} Its SHA-256 fingerprint is {fingerprint}."),
        None => told.to_owned(),
    }
}

/// What helps where a server's refusal of a transfer speaks of sessions: the code alone can mean other things.
pub(super) fn session_reuse(code: u16, text: &str) -> Option<&'static str> {
    if !matches!(code, 425 | 522) {
        return None;
    }
    let text = text.to_ascii_lowercase();
    (text.contains("session") && (text.contains("reuse") || text.contains("resum"))).then_some(
        "The server wants the data connection to resume the control connection's TLS session, which proves that both have \
         one owner.",
    )
}

fn alert(description: u8) -> String {
    alert_name(description).map_or_else(|| format!("alert {description}"), str::to_owned)
}

fn quoted(what: &str, words: usize) -> String {
    short(what.trim_end_matches('.'), words)
}

/// A second since 1970 as `2026-11-23 09:30 UTC`.
pub(super) fn date(seconds: u64) -> String {
    let digits = TimeVal::new(seconds).to_string();
    let part = |from, to| digits.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-{} {}:{} UTC",
        part(0, 4),
        part(4, 6),
        part(6, 8),
        part(8, 10),
        part(10, 12)
    )
}
