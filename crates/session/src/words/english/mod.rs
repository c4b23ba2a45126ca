//! English.

mod commands;
mod failures;
mod network;
mod records;
mod replies;
mod security;

use super::Catalogue;
use super::tools::{plural, short, size};
use crate::finding::Cause;
use crate::view::{Call, Caption, CertificateView, Problem, Remark, Request, Rung, Said, What, Who};

/// The English catalogue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct English;

impl Catalogue for English {
    fn caption(&self, caption: &Caption) -> String {
        match caption {
            Caption::Nothing => "Nothing has happened yet.".into(),
            Caption::Said(words) => words.clone(),
            Caption::Command {
                who,
                verb,
                hidden: true,
                ..
            } if commands::is_credential(verb) => security::credential(&subject(who), verb),
            Caption::Command {
                who,
                verb,
                argument,
                address,
                hidden: _,
            } => commands::command(&subject(who), verb, argument.as_deref(), *address),
            Caption::Reply {
                who,
                code,
                text,
                to,
                transfer,
                overtakes,
                address,
            } => {
                let (to, transfer, overtakes) = (to.as_deref(), *transfer, *overtakes);
                let answer = replies::Answer {
                    code: *code,
                    text,
                    to,
                    transfer,
                    overtakes,
                };
                replies::reply(&subject(who), &answer, *address)
            }
            Caption::Secured {
                purpose,
                version,
                resumed,
            } => security::secured(*purpose, *version, *resumed),
            Caption::Cleared => security::cleared().into(),
            Caption::Records { sender, purpose, seen } => records::caption(sender, *purpose, seen),
            Caption::Asked(request) => format!("The client is asked to {}", ended(&short(&self.request(request), 12))),
            Caption::Failed { request, problem } => failures::failed(request, problem),
            Caption::Noted { note, .. } => failures::remark(note),
            Caption::Ended => "The client and the server have nothing more to say. The session is over.".into(),
            Caption::Unknown { name } => {
                format!(
                    "The log holds an event that this version cannot read: {}.",
                    short(name, 3)
                )
            }
            network => network::caption(network),
        }
    }

    fn said(&self, said: &Said) -> String {
        match said {
            Said::Command {
                verb,
                argument: Some(argument),
            } => format!("{verb} {argument}"),
            Said::Command { verb, argument: None } => verb.clone(),
            Said::Reply { code, lines } => reply_lines(*code, lines),
            Said::Greeting { text } => text.clone(),
            Said::Secured {
                purpose,
                version,
                resumed,
            } => security::said(*purpose, *version, *resumed),
            Said::Records { seen } => records::said(seen),
            Said::Cleared => "control connection in the clear again".into(),
            Said::Calls(call) => format!("{} calls", route(call)),
            Said::Connected(call) => format!("{} connected", route(call)),
            Said::Refused(call) => format!("{} refused: RST", route(call)),
            Said::Silence(call) => format!("{} no answer", route(call)),
            Said::Unreachable(call) => format!("{} no way there", route(call)),
            Said::Dropped(call) => format!("{} SYN did not arrive", route(call)),
            Said::Bulk { bytes, packets: 0 } => size(*bytes),
            Said::Bulk { bytes, packets } => {
                format!("{}, {}", size(*bytes), plural(u64::from(*packets), "packet", "packets"))
            }
            Said::NoMoreBytes { bytes } => format!("FIN: no more bytes, {} in all", size(*bytes)),
            Said::Closed { purpose, reset } => {
                format!(
                    "{} {}",
                    network::connection(*purpose),
                    if *reset { "reset" } else { "closed" }
                )
            }
            Said::Listed { lines } => lines.join("\n"),
            Said::Noted(note) => failures::remark(note),
            Said::Explained => String::new(),
        }
    }

    fn rung(&self, rung: &Rung) -> String {
        match &rung.what {
            What::Connects { from, to } => format!("connects {from} -> {to}"),
            What::Calls { from, to } => format!("calls {from} -> {to}"),
            What::Refused { from, to } => format!("calls {from} -> {to}: refused"),
            What::Silent { from, to, .. } => format!("calls {from} -> {to}: silence"),
            What::Unreachable { from, to } => format!("calls {from} -> {to}: no way there"),
            What::Command {
                verb,
                argument: Some(argument),
            } => format!("{verb} {argument}"),
            What::Command { verb, argument: None } => verb.clone(),
            What::Reply { code, text } => format!("{code} {text}"),
            What::Greeting { text } => text.clone(),
            What::Bulk { bytes, packets } => self.said(&Said::Bulk {
                bytes: *bytes,
                packets: *packets,
            }),
            What::Records { seen } => records::rung(seen),
            What::Closes => "FIN".into(),
            What::Resets => "RST".into(),
            What::Packet {
                gist,
                flags,
                length,
                seq,
                ack,
                ..
            } => network::packet_label(*gist, *flags, *length, *seq, *ack),
        }
    }

    fn request(&self, request: &Request) -> String {
        commands::request(request)
    }

    fn problem(&self, problem: &Problem) -> String {
        failures::problem(problem)
    }

    fn remark(&self, remark: &Remark) -> String {
        failures::remark(remark)
    }

    fn cause(&self, cause: &Cause) -> String {
        failures::cause(cause)
    }

    fn certificate(&self, certificate: &CertificateView) -> Vec<String> {
        records::certificate_lines(certificate)
    }
}

/// Who begins a sentence: `The client`.
fn subject(who: &Who) -> String {
    match who {
        Who::Client => "The client".into(),
        Who::Server => "The server".into(),
        Who::Named(name) => short(name, 3),
    }
}

/// Who stands within a sentence: `the client`.
fn object(who: &Who) -> String {
    match who {
        Who::Client => "the client".into(),
        Who::Server => "the server".into(),
        Who::Named(name) => short(name, 3),
    }
}

/// Whose port it is: `server port 21`.
fn port_of(who: &Who, port: u16) -> String {
    match who {
        Who::Client => format!("client port {port}"),
        Who::Server => format!("server port {port}"),
        Who::Named(name) => format!("{} port {port}", short(name, 2)),
    }
}

/// From where to where.
fn route(call: &Call) -> String {
    format!(
        "{} {} -> {} {}",
        word(&call.caller),
        call.from.port(),
        word(&call.called),
        call.to.port()
    )
}

/// A host in a word or two.
fn word(who: &Who) -> String {
    match who {
        Who::Client => "client".into(),
        Who::Server => "server".into(),
        Who::Named(name) => short(name, 3),
    }
}

/// A reply as it stands on the wire (RFC 959 section 4.2).
fn reply_lines(code: u16, lines: &[String]) -> String {
    let Some((last, before)) = lines.split_last() else {
        return code.to_string();
    };
    let mut text = String::new();
    for line in before {
        text.push_str(&format!("{code}-{line}\n"));
    }
    text + &format!("{code} {last}")
}

/// With a full stop, unless it has an end already.
fn ended(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}
