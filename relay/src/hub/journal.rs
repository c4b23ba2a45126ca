//! What the relay decided, for its operator: a line each on standard error, and never a secret.

use std::io::Write as _;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::{SystemTime, UNIX_EPOCH};

use portolan_wire::ftp::Date;
use portolan_wire::visible;

/// Lines that wait to be written. What comes on top of them is lost: nobody waits for whoever reads.
const WAITING: usize = 1024;

/// Where decisions are written down.
#[derive(Clone, Debug)]
pub struct Journal(Option<SyncSender<String>>);

impl Journal {
    /// One that writes to standard error, from a thread of its own.
    pub fn to_stderr() -> Self {
        let (sender, lines) = sync_channel::<String>(WAITING);
        let write = move || {
            for line in lines {
                if writeln!(std::io::stderr().lock(), "{line}").is_err() {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new().name("journal".to_owned()).spawn(write);
        Self(thread.ok().map(|_| sender))
    }

    /// One that writes nothing.
    pub const fn silent() -> Self {
        Self(None)
    }

    /// Writes a line.
    pub fn write(&self, what: &str) {
        if let Some(lines) = &self.0 {
            let since = SystemTime::now().duration_since(UNIX_EPOCH);
            let Date {
                year,
                month,
                day,
                hour,
                minute,
                second,
            } = Date::of(since.map_or(0, |since| since.as_secs()));
            let what = visible(what);
            let line = format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z {what}");
            let _lost = lines.try_send(line);
        }
    }
}
