//! What LIST sends. No RFC fixes it: RFC 959 calls it "information on the files" for people to read. Unix servers send
//! what `ls -l` prints, Windows servers what `dir` does; clients have guessed ever since. What is not understood is
//! kept as text.

use super::lines::LineSplitter;
use super::octets;
use super::time_val::Date;

mod unix;
mod windows;

/// One file or directory of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: EntryKind,
    /// Bytes, where the line says so; a directory's on Unix is its own, not its files'.
    pub size: Option<u64>,
    /// When it was last changed, as far as the line says.
    pub modified: Modified,
    /// Its name.
    pub name: String,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link {
        /// To what, if the line says so.
        target: Option<String>,
    },
    /// A device, a pipe, a socket.
    Other,
}

/// A date as a listing shows it: without a time zone, and with the year or the time left out on Unix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Modified {
    /// The year; Unix leaves it out for the last half year.
    pub year: Option<u16>,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// Hour and minute; Unix leaves them out for what is older.
    pub time: Option<(u8, u8)>,
}

/// One line of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListingLine {
    /// A file or directory.
    Entry(Entry),
    /// Something else (`total 12`, a shape nobody knows), as it stood there.
    Other(String),
}

impl ListingLine {
    /// Reads one line, without its line end.
    #[must_use]
    pub fn parse(line: &str) -> Self {
        match unix::parse(line).or_else(|| windows::parse(line)) {
            Some(entry) => Self::Entry(entry),
            None => Self::Other(line.to_owned()),
        }
    }
}

impl Entry {
    /// The entry as `ls -l` would show it, without a line end. The owner is always `ftp`, and the permissions follow
    /// from the kind: the same entry is the same line, always. CR, LF and NUL in a name become `?`. Of a date with
    /// year and time the time is shown; see [`Modified::shown`].
    #[must_use]
    pub fn to_line(&self) -> String {
        unix::emit(self)
    }

    /// Appends [`Entry::to_line`] to `out` as it goes over a data connection, line end and all.
    pub fn emit_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&octets::encode(&self.to_line()));
        out.extend_from_slice(b"\r\n");
    }
}

/// The whole date, to the minute.
impl From<Date> for Modified {
    fn from(date: Date) -> Self {
        Self {
            year: Some(date.year),
            month: date.month,
            day: date.day,
            time: Some((date.hour, date.minute)),
        }
    }
}

impl Modified {
    /// The date as `ls -l` shows it at the moment `now`: with the time if it lies less than half a year (182 days)
    /// back, else with the year. Both must have a year and a time; a part that is missing counts as the earliest.
    #[must_use]
    pub fn shown(self, now: Self) -> Self {
        let age = now.minutes() - self.minutes();
        if (0..182 * 24 * 60).contains(&age) {
            Self { year: None, ..self }
        } else {
            Self { time: None, ..self }
        }
    }

    /// Whether every field is in its range (years up to 9999) and the month has that day. Without a year, 29 February
    /// passes.
    #[must_use]
    pub fn is_valid(self) -> bool {
        let leap = self
            .year
            .is_none_or(|year| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
        let days = match self.month {
            4 | 6 | 9 | 11 => 30,
            2 => 28 + u8::from(leap),
            _ => 31,
        };
        self.year.is_none_or(|year| year <= 9_999)
            && (1..=12).contains(&self.month)
            && (1..=days).contains(&self.day)
            && self.time.is_none_or(|(hour, minute)| hour < 24 && minute < 60)
    }

    /// Minutes since a day long ago, in the proleptic Gregorian calendar.
    fn minutes(self) -> i64 {
        let (year, month, day) = (
            i64::from(self.year.unwrap_or(0)),
            i64::from(self.month),
            i64::from(self.day),
        );
        // Years that begin in March have their leap day at the end.
        let (year, month) = if month > 2 {
            (year, month - 3)
        } else {
            (year - 1, month + 9)
        };
        let days =
            365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + (153 * month + 2) / 5 + day;
        let (hour, minute) = self.time.unwrap_or((0, 0));
        days * 24 * 60 + i64::from(hour) * 60 + i64::from(minute)
    }
}

/// Reads a listing, fed in any pieces, line by line. It holds at most one unfinished line, of at most 8 KiB; a longer
/// one is dropped.
#[derive(Clone, Debug)]
pub struct ListingReader {
    splitter: LineSplitter,
}

impl Default for ListingReader {
    fn default() -> Self {
        Self {
            splitter: LineSplitter::for_data(LineSplitter::LIMIT),
        }
    }
}

impl ListingReader {
    /// A reader at a listing's start.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes from the front of `input` until a line is complete; the rest stays in `input`.
    pub fn next_line(&mut self, input: &mut &[u8]) -> Option<ListingLine> {
        loop {
            match self.splitter.next_line(input) {
                Ok(line) => return line.map(|line| ListingLine::parse(&line.text())),
                Err(_too_long) => {}
            }
        }
    }

    /// The line that the listing's end cut off, if there is one.
    #[must_use]
    pub fn finish(mut self) -> Option<ListingLine> {
        if self.splitter.pending() == 0 {
            return None;
        }
        self.next_line(&mut &b"\n"[..])
    }
}

#[cfg(test)]
#[path = "listing_tests.rs"]
mod tests;
