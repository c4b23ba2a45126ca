//! What commands mean.

use core::net::SocketAddr;

use portolan_wire::action::{FileType, TransferMode};
use portolan_wire::security::Protection;

use super::super::tools::{port_sum, short};
use crate::view::Request;

pub(super) fn command(who: &str, verb: &str, argument: Option<&str>, address: Option<SocketAddr>) -> String {
    let named = argument
        .map(|argument| short(argument, 3))
        .filter(|argument| !argument.is_empty());
    match (verb, address) {
        ("PORT", Some(address)) => {
            format!(
                "{who} listens on port {} and says so. Nobody has called it.",
                port_sum(address.port())
            )
        }
        ("EPRT", Some(address)) => {
            let port = address.port();
            format!("{who} listens on port {port} and says so, with IP version and address. Nobody has called it.")
        }
        _ => match named {
            Some(name) => with_argument(who, verb, &name),
            None => alone(who, verb),
        },
    }
}

/// Whether it says who the client is, or proves it.
pub(super) fn is_credential(verb: &str) -> bool {
    matches!(verb, "USER" | "PASS" | "ACCT")
}

fn with_argument(who: &str, verb: &str, name: &str) -> String {
    match verb {
        "USER" => format!("{who} sends the user name as readable text. Plain FTP does not hide it."),
        "PASS" => format!("{who} sends the password as readable text. Plain FTP hides neither it nor the name."),
        "ACCT" => format!("{who} sends an account name as readable text."),
        "TYPE" => representation(who, name),
        "CWD" => format!("{who} asks to work in the directory {name} from now on."),
        "RETR" => {
            format!("{who} asks for the file {name}. It will come over a data connection, not over this one.")
        }
        "STOR" | "APPE" => {
            format!("{who} wants to send the file {name}. It will go over a data connection, not over this one.")
        }
        "LIST" | "NLST" | "MLSD" => {
            format!("{who} asks what is in {name}. The listing will come over a data connection.")
        }
        "MLST" => format!("{who} asks for the facts about {name}. They come in the reply itself."),
        "SIZE" => format!("{who} asks how many bytes {name} has."),
        "MDTM" => format!("{who} asks when {name} was changed last."),
        "DELE" => format!("{who} asks the server to delete the file {name}."),
        "MKD" => format!("{who} asks the server to make the directory {name}."),
        "RMD" => format!("{who} asks the server to remove the directory {name}."),
        "RNFR" => format!("{who} wants to rename {name}. The new name comes with the next command."),
        "RNTO" => format!("{who} gives the new name: {name}."),
        "REST" => format!("{who} asks the next transfer to begin at byte {name}."),
        "AUTH" => format!("{who} asks to encrypt the control connection. This request is still readable."),
        "PBSZ" => format!("{who} names a buffer size, which is always 0 with TLS. The command must come first."),
        "PROT" if name == "P" => {
            format!("{who} asks: later data connections must use TLS too. PROT C leaves files readable.")
        }
        "PROT" => format!("{who} asks for data connections without TLS. Files stay readable."),
        "OPTS" => format!("{who} sets an option of the server: {name}."),
        "HOST" => format!("{who} says by which name it called the server: {name}."),
        "PORT" | "EPRT" => format!("{who} announces an address for the data connection, but it cannot be read."),
        "EPSV" => format!("{who} asks the server to listen on a port. No data connection yet."),
        _ => other(who, verb),
    }
}

fn alone(who: &str, verb: &str) -> String {
    match verb {
        "PASV" => format!("{who} asks the server to listen on a port and say which. No data connection yet."),
        "EPSV" => {
            format!("{who} asks the server to listen and say only the port. No data connection yet.")
        }
        "LIST" | "NLST" | "MLSD" => {
            format!("{who} asks what is in this directory. The listing will come over a data connection.")
        }
        "SYST" => format!("{who} asks which system the server runs on."),
        "FEAT" => format!("{who} asks which extensions the server knows."),
        "PWD" => format!("{who} asks which directory it works in."),
        "CDUP" => format!("{who} asks to work one directory further up."),
        "NOOP" => format!("{who} asks for nothing but an answer. It shows that both are still there."),
        "ABOR" => format!("{who} asks the server to stop the running transfer."),
        "QUIT" => format!("{who} says goodbye. The server will answer and close the control connection."),
        "STAT" => format!("{who} asks for the state of the session, over the control connection."),
        "HELP" => format!("{who} asks for help."),
        "CCC" => format!("{who} asks to make the control connection readable again."),
        "REIN" => format!("{who} asks to begin anew, without a login."),
        "PASS" | "USER" => format!("{who} sends an empty {verb}, as readable text."),
        _ => other(who, verb),
    }
}

fn representation(who: &str, name: &str) -> String {
    match name.chars().next() {
        Some('I' | 'i') => format!("{who} asks for binary transfers: every byte arrives as it is."),
        Some('A' | 'a') => format!("{who} asks for text transfers: line ends may change on the way."),
        _ => format!("{who} asks for the transfer type {name}."),
    }
}

fn other(who: &str, verb: &str) -> String {
    format!(
        "{who} sends the command {}, over the control connection.",
        short(verb, 2)
    )
}

pub(super) fn request(request: &Request) -> String {
    let name = |path: &String| short(path, 4);
    match request {
        Request::Call { port } => format!("call port {port}"),
        Request::Connect => "connect".into(),
        Request::LogIn { user } => format!("log in as {}", name(user)),
        Request::List => "list a directory".into(),
        Request::Get { path } => format!("download {}", name(path)),
        Request::Put { path } => format!("upload {}", name(path)),
        Request::Secure => "secure the connection".into(),
        Request::Protect(Protection::Private) => "protect data with TLS".into(),
        Request::Protect(Protection::Clear) => "send data in the clear".into(),
        Request::ClearControl => "make the control connection readable".into(),
        Request::Features => "ask for extensions".into(),
        Request::Inspect { path } => format!("ask about {}", name(path)),
        Request::Delete { path } => format!("delete {}", name(path)),
        Request::Rename { from, to } => format!("rename {} to {}", name(from), name(to)),
        Request::MakeDirectory { path } => format!("make the directory {}", name(path)),
        Request::RemoveDirectory { path } => format!("remove the directory {}", name(path)),
        Request::WorkingDirectory => "ask for the working directory".into(),
        Request::Type(FileType::Image) => "transfer octets".into(),
        Request::Type(FileType::Ascii) => "transfer text".into(),
        Request::ChangeDirectory { path } => format!("change to {}", name(path)),
        Request::Mode(mode) => format!("use {} mode", self::mode(*mode)),
        Request::Abort => "stop".into(),
        Request::Quit => "say goodbye".into(),
        Request::Raw { line } => format!("send {}", name(line)),
    }
}

pub(super) const fn mode(mode: TransferMode) -> &'static str {
    match mode {
        TransferMode::Active => "active",
        TransferMode::Passive => "passive",
        TransferMode::ExtendedActive => "extended active",
        TransferMode::ExtendedPassive => "extended passive",
    }
}
