//! A line on the terminal that says how far a transfer is.

use std::io::Write as _;
use std::time::{Duration, Instant};

use portolan_wire::report::Report;
use portolan_wire::visible;

/// How often the line is written anew.
const EVERY: Duration = Duration::from_millis(200);

/// How long a transfer runs before it gets a line.
const LONG: Duration = Duration::from_secs(1);

/// Says how far a transfer is, once it takes long enough.
#[derive(Default)]
pub(super) struct Progress {
    running: Option<Running>,
}

struct Running {
    path: String,
    /// Bytes in all, where known, and those that were there before.
    size: Option<u64>,
    offset: u64,
    began: Instant,
    written: Option<Instant>,
}

impl Progress {
    pub(super) fn hear(&mut self, report: &Report) {
        match report {
            Report::Transfer { path, size, offset, .. } => {
                self.running = Some(Running {
                    path: visible(path),
                    size: *size,
                    offset: *offset,
                    began: Instant::now(),
                    written: None,
                });
            }
            Report::Progress { bytes } => {
                if let Some(running) = &mut self.running {
                    running.say(*bytes);
                }
            }
            Report::TransferDone { .. } | Report::Finished { .. } => self.wipe(),
            _ => {}
        }
    }
}

impl Progress {
    fn wipe(&mut self) {
        if self.running.take().is_some_and(|running| running.written.is_some()) {
            write("\r\u{1b}[K");
        }
    }
}

impl Running {
    fn say(&mut self, bytes: u64) {
        let now = Instant::now();
        let passed = now.duration_since(self.began);
        if passed < LONG || self.written.is_some_and(|last| now.duration_since(last) < EVERY) {
            return;
        }
        self.written = Some(now);
        let rate = bytes as f64 / passed.as_secs_f64();
        let done = self.offset.saturating_add(bytes);
        let share = match self.size.map(|size| self.offset.saturating_add(size)) {
            Some(whole) if whole > 0 => {
                format!(" of {}, {} %", amount(whole as f64), done.min(whole) * 100 / whole)
            }
            _ => String::new(),
        };
        write(&format!(
            "\r\u{1b}[K{}: {}{share}, {}/s",
            self.path,
            amount(done as f64),
            amount(rate)
        ));
    }
}

/// Nobody needs to read it.
fn write(text: &str) {
    let mut terminal = std::io::stderr().lock();
    let _ = terminal.write_all(text.as_bytes()).and_then(|()| terminal.flush());
}

/// Bytes in a unit that people read.
fn amount(bytes: f64) -> String {
    let mut value = bytes;
    for unit in ["bytes", "kB", "MB", "GB"] {
        if value < 1_000.0 {
            let places = usize::from(unit != "bytes");
            return format!("{value:.places$} {unit}");
        }
        value /= 1_000.0;
    }
    format!("{value:.1} TB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_by_people() {
        let shown = [0.0, 999.0, 1_000.0, 52_428_800.0, 4e9, 7e15].map(amount);
        assert_eq!(
            shown,
            ["0 bytes", "999 bytes", "1.0 kB", "52.4 MB", "4.0 GB", "7000.0 TB"]
        );
    }
}
