//! What is kept of a session: its log goes into a file as it grows, and unless somebody wants to have it whole at the end,
//! no more of it is held than tells why the last action failed. So a session of ten thousand files takes no more memory
//! than one of ten.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use portolan_protocol::endpoint::{ConnId, Input, Output};
use portolan_session::Log;
use portolan_session::event::{Event, Kind};
use portolan_session::jsonl::{self, WriteError};
use portolan_wire::Instant;
use portolan_wire::report::Report;

use crate::Trouble;
use crate::drive::Watch;
use crate::live::{Live, Recorded};

/// Looks on like [`Live`], and writes down at once what that notes.
pub(super) struct Kept<P> {
    live: Live<P>,
    file: Option<LogFile>,
    /// Whether all of the log is held.
    whole: bool,
    /// The first event that has not been looked at.
    next: u64,
    /// Where the newest action began.
    began: u64,
}

/// A log in a file.
struct LogFile {
    path: PathBuf,
    out: BufWriter<File>,
    /// Why it is not complete. It is said when the session is over: whoever holds one wants to end it first.
    failed: Option<Trouble>,
}

impl<P: FnMut(&Report)> Kept<P> {
    /// Keeps `live`'s log, in the file called `path` if there is to be one, and in memory if it is wanted as a `whole`.
    pub(super) fn new(live: Live<P>, path: Option<&Path>, whole: bool) -> Result<Self, Trouble> {
        let file = path.map(|path| LogFile::create(path, live.log())).transpose()?;
        Ok(Self {
            live,
            file,
            whole,
            next: 0,
            began: 0,
        })
    }

    /// What was recorded, when all is over and the file is written.
    pub(super) fn finish(self, at: Instant) -> Result<Recorded, Trouble> {
        let recorded = self.live.finish(at);
        if let Some(mut file) = self.file {
            for event in recorded.log.after(self.next, usize::MAX).events {
                file.put(&recorded.log, event);
            }
            file.flush();
            file.failed.map_or(Ok(()), Err)?;
        }
        Ok(recorded)
    }

    /// Looks at what is new.
    fn pass_on(&mut self) {
        let log = self.live.log();
        let mut wanted_from = None;
        for event in log.after(self.next, usize::MAX).events {
            if let Some(file) = &mut self.file {
                file.put(log, event);
            }
            self.next = event.seq.saturating_add(1);
            match &event.kind {
                Kind::Endpoint { report } if matches!(**report, Report::Started { .. }) => {
                    // The action before is not forgotten yet: when one fails, the next one leaves.
                    wanted_from = Some(self.began);
                    self.began = event.seq;
                }
                Kind::Endpoint { report } if matches!(**report, Report::Finished { .. }) => {
                    if let Some(file) = &mut self.file {
                        file.flush();
                    }
                }
                _ => {}
            }
        }
        if let Some(seq) = wanted_from.filter(|_| !self.whole) {
            self.live.forget_before(seq);
        }
    }
}

impl<P: FnMut(&Report)> Watch for Kept<P> {
    fn report(&mut self, now: Instant, conn: Option<ConnId>, report: Report) {
        self.live.report(now, conn, report);
    }

    fn calling(&mut self, now: Instant, conn: ConnId, local: SocketAddr) {
        self.live.calling(now, conn, local);
    }

    fn input(&mut self, now: Instant, input: &Input) {
        self.live.input(now, input);
    }

    fn output(&mut self, now: Instant, output: &Output) {
        self.live.output(now, output);
    }

    fn drained(&mut self, now: Instant) {
        self.live.drained(now);
        self.pass_on();
    }
}

impl LogFile {
    fn create(path: &Path, log: &Log) -> Result<Self, Trouble> {
        let file = File::create(path).map_err(|error| not_written(path, &error))?;
        let mut new = Self {
            path: path.to_owned(),
            out: BufWriter::new(file),
            failed: None,
        };
        new.put_line(|line| jsonl::write_header(line, log));
        Ok(new)
    }

    fn put(&mut self, log: &Log, event: &Event) {
        // Half a line, or a hole, is worse than an end.
        if self.failed.is_none() {
            self.put_line(|line| jsonl::write_event(line, log, event));
        }
    }

    fn put_line(&mut self, make: impl FnOnce(&mut Vec<u8>) -> Result<(), WriteError>) {
        let mut line = Vec::new();
        match make(&mut line) {
            Ok(()) => {
                let written = self.out.write_all(&line);
                self.note(written);
            }
            Err(error) => self.failed = Some(Trouble::Failed(format!("the log could not be written: {}", error.why))),
        }
    }

    fn flush(&mut self) {
        if self.failed.is_none() {
            let flushed = self.out.flush();
            self.note(flushed);
        }
    }

    fn note(&mut self, result: io::Result<()>) {
        if let Err(error) = result {
            self.failed = Some(not_written(&self.path, &error));
        }
    }
}

fn not_written(path: &Path, error: &io::Error) -> Trouble {
    Trouble::Wrong(format!("{} cannot be written: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use portolan_wire::action::Action;
    use portolan_wire::report::Outcome;

    use super::*;

    /// A session of so many actions, each of which says something; and the most events that were held at once.
    fn session(actions: u32, path: &Path, whole: bool) -> (Recorded, usize) {
        let server = SocketAddr::from(([127, 0, 0, 1], 21));
        let live = Live::new("server", &[server], "A session", None, |_: &Report| {});
        let mut kept = Kept::new(live, Some(path), whole).unwrap();
        let mut most = 0;
        for action in 1..=actions {
            let now = Instant::from_micros(u64::from(action));
            let what = Action::Quit;
            let outcome = Outcome::Done;
            for report in [Report::Started { action, what }, Report::Finished { action, outcome }] {
                kept.report(now, None, report);
                kept.drained(now);
                most = most.max(kept.live.log().events().len());
            }
        }
        let recorded = kept.finish(Instant::from_micros(u64::from(actions) + 1)).unwrap();
        (recorded, most)
    }

    #[test]
    fn a_log_is_written_while_it_grows_as_it_would_be_at_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let (recorded, _) = session(50, &path, true);
        assert_eq!(recorded.log.events().len(), 101);
        assert_eq!(std::fs::read(path).unwrap(), jsonl::write(&recorded.log).unwrap());
    }

    #[test]
    fn what_nobody_wants_at_the_end_is_not_held() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let (recorded, most) = session(1_000, &path, false);
        assert!(most <= 4, "{most}");
        let numbers: Vec<u64> = recorded.log.events().iter().map(|event| event.seq).collect();
        assert_eq!(numbers, [1996, 1997, 1998, 1999, 2000]);
        let read = jsonl::read(&std::fs::read(path).unwrap()).unwrap();
        assert_eq!(read.events().len(), 2001);
    }

    #[test]
    fn a_file_that_cannot_be_written_is_said() {
        let server = SocketAddr::from(([127, 0, 0, 1], 21));
        let live = Live::new("server", &[server], "A session", None, |_: &Report| {});
        assert!(matches!(
            Kept::new(live, Some(Path::new("/nowhere/log")), false),
            Err(Trouble::Wrong(_))
        ));
        if Path::new("/dev/full").exists() {
            let live = Live::new("server", &[server], "A session", None, |_: &Report| {});
            let kept = Kept::new(live, Some(Path::new("/dev/full")), false).unwrap();
            assert!(matches!(kept.finish(Instant::ZERO), Err(Trouble::Wrong(_))));
        }
    }
}
