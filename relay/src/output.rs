//! Where results go: files, and standard output and standard error, which may be closed at any time and must not be taken over by a server's text.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use portolan_session::{Log, jsonl};

use crate::Trouble;

/// Writes to standard output. A reader that has seen enough (`portolan … | head`) is no failure.
pub(crate) fn print(bytes: &[u8]) -> Result<(), Trouble> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if is_closed(&error) => Ok(()),
        Err(error) => Err(Trouble::Wrong(format!("standard output cannot be written: {error}"))),
    }
}

/// Writes a file.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Trouble> {
    fs::write(path, bytes).map_err(|error| Trouble::Wrong(format!("{} cannot be written: {error}", path.display())))
}

/// A log as JSON Lines.
pub(crate) fn log_bytes(log: &Log) -> Result<Vec<u8>, Trouble> {
    jsonl::write(log).map_err(|error| Trouble::Failed(format!("the log could not be written: {}", error.why)))
}

/// Says on standard error why something went wrong. That nobody reads it changes nothing.
pub(crate) fn complain(why: &str) {
    let _ = writeln!(io::stderr().lock(), "portolan: {}", shown(why));
}

/// Whether an error says that the reader has gone.
pub(crate) fn is_closed(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}

/// Text of several lines, fit for a terminal: every control character but the line ends is made visible.
pub(crate) fn shown(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(portolan_wire::visible).collect();
    lines.join("\n")
}
