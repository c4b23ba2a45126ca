//! What the Live tab says. What happens in a session is said by [`portolan_session::words`], all else of the page by its
//! own catalogue.

use portolan_wire::action::TransferMode;
use portolan_wire::relay::{Ending, Tls};
use portolan_wire::security::Protection;

pub const TITLE: &str = "Live: a real session";
pub const ABOUT: &str = "Your browser asks the relay. The relay is the FTP client: it calls the server, and what its sockets do is drawn here.";
pub const ROUTE: &str = "your browser → relay = FTP client";
pub const BADGE: &str = "reconstructed from sockets";

pub const DIALLING: &str = "Asking for the relay…";
pub const NO_RELAY: &str = "No relay answers here. A browser cannot make FTP connections itself; a relay on your computer does it for the page.";
pub const NO_RELAY_TITLE: &str = "Start a relay";
pub const NO_RELAY_HOW: &str =
    "Download Portolan, run this command, and load the page from the address that it prints:";
pub const NO_RELAY_COMMAND: &str = "portolan serve";
pub const COMMAND: &str = "Command";
pub const TRY_AGAIN: &str = "Try again";
pub const EMPTY: &str = "No session yet.";
pub const CONNECT_SANDBOX: &str = "Connect sandbox";
pub const CONNECT: &str = "Connect";
pub const RECONNECT: &str = "Reconnect";
pub const SIMULATE: &str = "Continue in simulation";
pub const RELOAD: &str = "Page and relay are not of one build. Load the page again.";

pub const TOKEN_TITLE: &str = "Access token";
pub const TOKEN_HOW: &str = "This relay wants the access token that it printed when it started.";
pub const TOKEN: &str = "Token";
pub const TOKEN_GO: &str = "Go on";

pub const SANDBOX: &str = "The relay's sandbox";
pub const SANDBOX_HOW: &str = "A practice server on the relay's own machine. Nothing you do there can break anything.";
pub const OTHER: &str = "Another server";
pub const OTHER_HOW: &str = "The relay's operator allows some.";
pub const OTHER_NEVER: &str =
    "This relay connects to the servers it offers only. Its operator can allow others with --allow HOST:PORT.";
pub const DATA_NOT_ALLOWED: &str =
    "The relay's operator can allow ports for data with --allow-data ADDRESS:FIRST-LAST.";
pub const NO_CREDENTIALS: &str = "Names and passwords are not typed over this unprotected connection.";
pub const HOST: &str = "Server";
pub const PORT: &str = "Port, if not the usual one";
pub const TLS: &str = "Protocol";
pub const PIN: &str = "Certificate's SHA-256, if known";
pub const TRUST: &str = "Trust it and connect";
pub const ADDRESS: &str = "Address";
pub const USER: &str = "User";
pub const PASSWORD: &str = "Password";
pub const SET_BY_OPERATOR: &str = "The relay's operator has set who logs in.";

pub const OPEN_TITLE: &str = "A saved log";
pub const OPEN_HOW: &str = "Opens a session log (.jsonl) from your disk. It is read in your browser and sent nowhere.";
pub const OPEN: &str = "Open a log…";
pub const CLOSE: &str = "Close this log";

pub const CONSOLE: &str = "Console";
pub const MODE: &str = "Mode";
pub const TYPE: &str = "Type";
pub const TYPE_IMAGE: &str = "I (octets)";
pub const TYPE_ASCII: &str = "A (text)";
pub const PATH: &str = "Path";
pub const NEW_NAME: &str = "New name";
pub const UPLOAD: &str = "Upload a file…";
pub const ABORT: &str = "Abort";
pub const QUIT: &str = "Quit";
pub const END: &str = "End now";
pub const STEPS: &str = "What was asked";
pub const SESSION: &str = "This session";
pub const NEW_SESSION: &str = "New session";
pub const LEAVE: &str = "Leave this session";
pub const SAVE: &str = "Save log";
pub const SAVE_CAPTURE: &str = "Save capture";
pub const WATCH_LINK: &str = "Link for those who watch";
pub const WATCHING: &str = "You watch this session. Only whoever opened it can act in it.";
pub const NEEDS_PATH: &str = "Type a path first, or choose a name from a listing.";
pub const NEEDS_NAME: &str = "Type the new name too.";
pub const NEEDS_FILE: &str = "Choose a file first.";
pub const NEEDS_HOST: &str = "Type the server's name or address.";
pub const NEEDS_PORT: &str = "A port is a whole number from 1 to 65535.";
pub const GONE: &str = "The relay no longer has this session. Everything so far is kept.";
pub const UNREADABLE: &str = "The relay sent a log that cannot be read:";
pub const HOLE: &str = "The relay left out a part of the log.";

/// The console's buttons: deed and label, in their order.
pub const ACTIONS: [(&str, &str); 8] = [
    ("list", "List"),
    ("change-directory", "Change directory"),
    ("up", "Up"),
    ("get", "Download"),
    ("inspect", "Inspect"),
    ("make-directory", "Make directory"),
    ("remove-directory", "Remove directory"),
    ("delete", "Delete"),
];
pub const RENAME: &str = "Rename";

pub const SECURE: &str = "Secure (AUTH TLS)";
pub const PROTECT: &str = "Files and listings";
pub const CLEAR_CONTROL: &str = "Make control readable (CCC)";

/// What data connections are protected by, with the command that asks for it.
pub const fn protection(level: Protection) -> (&'static str, &'static str) {
    match level {
        Protection::Clear => ("clear", "PROT C (readable)"),
        Protection::Private => ("private", "PROT P (TLS)"),
    }
}

/// What is spoken: its name in messages and in forms.
pub const fn tls(tls: Tls) -> (&'static str, &'static str) {
    let shown = match tls {
        Tls::None => "FTP",
        Tls::Explicit => "FTPS explicit (AUTH TLS)",
        Tls::Implicit => "FTPS implicit",
    };
    (tls.name(), shown)
}

/// A certificate that was not taken, and who may take it.
pub fn certificate(sha256: &str, can_pin: bool) -> String {
    let what = if can_pin {
        "Trust it only if the server's operator names the same one."
    } else {
        "The relay's operator sets which one this server has to show."
    };
    format!("Nothing more was said to this server: its certificate was not taken. Its SHA-256 is {sha256}. {what}")
}

/// A mode, with the command that asks for it.
pub const fn mode(mode: TransferMode) -> (&'static str, &'static str) {
    match mode {
        TransferMode::Passive => ("passive", "PASV (passive)"),
        TransferMode::Active => ("active", "PORT (active)"),
        TransferMode::ExtendedPassive => ("extended-passive", "EPSV (extended passive)"),
        TransferMode::ExtendedActive => ("extended-active", "EPRT (extended active)"),
    }
}

/// The relay does not answer any more.
pub fn lost(clock: &str) -> String {
    format!("The relay stopped answering at {clock}. Everything so far is kept.")
}

/// With whom.
pub fn with(name: &str, address: &str) -> String {
    if name == address {
        format!("Live session with {name}")
    } else {
        format!("Live session with {name}, {address}")
    }
}

/// Why a session is over.
pub const fn ended(why: Ending) -> &'static str {
    match why {
        Ending::Done => "The session is over.",
        Ending::Asked => "The session was ended.",
        Ending::Away => "The session ended: nobody was there to act in it.",
        Ending::Idle => "The session ended: nothing was done for too long.",
        Ending::LogFull => "The session ended: its log is full.",
        Ending::Relay => "The session ended with its relay.",
    }
}

/// How many look on.
pub fn viewers(count: u32) -> String {
    match count {
        0 | 1 => "Nobody else looks on.".to_owned(),
        2 => "One other looks on.".to_owned(),
        more => format!("{} others look on.", more - 1),
    }
}

/// The longest file.
pub fn file_limit(bytes: u64) -> String {
    format!("Files up to {} go through.", size(bytes))
}

/// A file that is longer.
pub fn too_long(name: &str, limit: u64) -> String {
    format!(
        "{name} is longer than {}, the most that goes through this relay.",
        size(limit)
    )
}

/// So much of a file has passed.
pub fn progress(bytes: u64, of: Option<u64>) -> String {
    match of {
        Some(of) => format!("{} of {}", size(bytes), size(of)),
        None => size(bytes),
    }
}

/// A log from a file.
pub fn file(name: &str, events: u64) -> String {
    format!("{name}: {events} events, from your disk.")
}

/// While one is read.
pub fn reading(name: &str, percent: u64) -> String {
    format!("Reading {name}: {percent} %.")
}

/// A file that is no log, or a broken one.
pub fn no_log(name: &str, why: &str) -> String {
    format!("{name} cannot be opened: {why}.")
}

/// A number of bytes for people.
pub fn size(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    for (unit, name) in UNITS {
        if bytes >= unit {
            let tenths = u64::try_from(u128::from(bytes) * 10 / u128::from(unit)).unwrap_or(u64::MAX);
            return match tenths % 10 {
                0 => format!("{} {name}", tenths / 10),
                tenth => format!("{}.{tenth} {name}", tenths / 10),
            };
        }
    }
    format!("{bytes} bytes")
}
