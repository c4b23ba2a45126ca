//! What replies mean (RFC 959 section 4.2).

use core::net::SocketAddr;

use portolan_wire::report::TransferKind;

use super::super::tools::{port_sum, short};

/// A reply, and what it answers.
pub(super) struct Answer<'a> {
    pub(super) code: u16,
    pub(super) text: &'a str,
    pub(super) to: Option<&'a str>,
    pub(super) transfer: Option<TransferKind>,
    pub(super) overtakes: bool,
}

pub(super) fn reply(who: &str, answer: &Answer<'_>, address: Option<SocketAddr>) -> String {
    let to = answer.to.unwrap_or_default();
    match (answer.code, to) {
        (120, _) => format!("{who} asks for patience: it will be ready soon."),
        (125, _) if answer.transfer.is_some() => begins_at_once(who, answer.transfer),
        (125 | 150, _) => begins(who, answer.transfer),
        (200, "PORT" | "EPRT") => format!("{who} takes note of the address. It calls when a transfer starts, not now."),
        (200, "TYPE") => format!("{who} agrees on the transfer type."),
        (200, "NOOP") => format!("{who} answers. The control connection works."),
        (200, "PROT") => format!("{who} agrees on how data connections are protected."),
        (200, "CCC") => format!("{who} agrees. The control connection will be readable from the next command on."),
        (200, "PBSZ") => format!("{who} agrees. Now the client may say how files are protected."),
        (202, _) => format!("{who} says that the command is not needed here."),
        (211, "FEAT") => format!("{who} lists the extensions that it knows."),
        (213, "SIZE" | "MDTM") => format!("{who} answers over the control connection: {}.", short(answer.text, 3)),
        (215, _) => format!("{who} names its system: {}.", short(answer.text, 4)),
        (220, _) => format!("{who} is ready. The control connection works; nobody has logged in."),
        (221, _) => format!("{who} says goodbye and closes the control connection."),
        (225, _) => format!("{who} has nothing to stop. The control connection works on."),
        (226, "ABOR") => format!("{who} has stopped the transfer. The control connection stays for the next command."),
        (226, _) if answer.overtakes => {
            format!("{who} reports success. The last bytes are still on their way, on the data connection.")
        }
        (226, _) => format!("{who} reports success. The control connection stays for the next command."),
        (227 | 229, _) => listens(who, answer, address),
        (230, _) => format!("{who} accepts the login. The client may ask for files now."),
        (234, _) => format!("{who} agrees to encrypt. The next bytes are TLS."),
        (250, "CWD" | "CDUP") => format!("{who} has changed the working directory."),
        (257, "PWD") => format!("{who} names the working directory: {}.", short(answer.text, 6)),
        (331, _) => format!("{who} takes the name and asks for the password."),
        (332, _) => format!("{who} asks for an account name as well."),
        (350, _) => format!("{who} waits for the command that completes this one."),
        (code, _) if code >= 400 => refuses(who, answer),
        _ => by_class(who, answer),
    }
}

fn begins(who: &str, transfer: Option<TransferKind>) -> String {
    match transfer {
        Some(TransferKind::Download) => {
            format!("{who} will send the file on the data connection. This reply travels on control.")
        }
        Some(TransferKind::Listing) => {
            format!("{who} will send the listing on the data connection. This reply travels on control.")
        }
        Some(TransferKind::Upload) => {
            format!("{who} is ready to receive the file on the data connection. This reply travels on control.")
        }
        None => format!("{who} begins a transfer. Another reply will tell how it ended."),
    }
}

/// A 125: the data connection is there already.
fn begins_at_once(who: &str, transfer: Option<TransferKind>) -> String {
    let (does, what) = match transfer {
        Some(TransferKind::Upload) => ("receives", "file"),
        Some(TransferKind::Listing) => ("sends", "listing"),
        _ => ("sends", "file"),
    };
    format!("{who} {does} the {what} on the data connection, which is there already. This reply travels on control.")
}

fn listens(who: &str, answer: &Answer<'_>, address: Option<SocketAddr>) -> String {
    match (answer.code, address) {
        (227, Some(address)) => format!("{who} listens at {}, port {}.", address.ip(), port_sum(address.port())),
        (229, Some(address)) => {
            format!(
                "{who} listens on port {}. No address given: use the control connection's.",
                address.port()
            )
        }
        _ => format!("{who} says that it listens, but where cannot be read."),
    }
}

fn refuses(who: &str, answer: &Answer<'_>) -> String {
    let text = short(answer.text.trim_end_matches('.'), 6);
    match (answer.code, answer.to.unwrap_or_default()) {
        (421, _) => format!("{who} ends the session and closes the control connection: {text}."),
        (425, _) => format!("{who} could not make the data connection. The control connection still works."),
        (426, _) => format!("{who} says that the transfer was broken off. The control connection still works."),
        (430 | 530, "USER" | "PASS") => {
            format!("{who} refuses this name or password. The control connection still works.")
        }
        (530, _) => format!("{who} wants a login first. The control connection works on."),
        (450 | 550, _) => format!("{who} says no: {text}. The control connection still works."),
        (500, _) => format!("{who} does not understand this command. The control connection still works."),
        (501, "PORT" | "EPRT") | (500..=504, "PORT" | "EPRT") => {
            format!("{who} does not accept this address. The control connection still works.")
        }
        (501, _) => format!("{who} does not accept this argument. The control connection still works."),
        (502, _) => format!("{who} does not offer this command. The control connection still works."),
        (503, _) => format!("{who} expects another command before this one. The control connection still works."),
        (504, _) => format!("{who} does not offer this kind of argument. The control connection still works."),
        (522, "PORT" | "EPRT" | "PASV" | "EPSV") => {
            format!("{who} does not offer that IP version for data. The control connection still works.")
        }
        (522, _) => format!("{who} does not accept how data is protected: {text}. The control connection still works."),
        (452 | 552, _) => format!("{who} has no room for the file. The control connection still works."),
        (553, _) => format!("{who} does not accept this file name. The control connection still works."),
        (400..=499, _) => format!("{who} cannot do it now: {text}. Trying again later may help."),
        _ => format!("{who} says no: {text}. The same command would fail again."),
    }
}

fn by_class(who: &str, answer: &Answer<'_>) -> String {
    let text = short(answer.text.trim_end_matches('.'), 6);
    match answer.code / 100 {
        1 => format!("{who} has begun: {text}. Another reply will follow."),
        2 => format!("{who} has done it: {text}."),
        3 => format!("{who} needs one more command: {text}."),
        _ => format!("{who} answers {}: {text}.", answer.code),
    }
}
