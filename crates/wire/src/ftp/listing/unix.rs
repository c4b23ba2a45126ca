//! `ls -l`: permissions, links, owner, group, size, date, name.

use super::{Entry, EntryKind, Modified};

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// The line of `entry`, without a line end.
pub(super) fn emit(entry: &Entry) -> String {
    let (permissions, links) = match entry.kind {
        EntryKind::File => ("-rw-r--r--", 1),
        EntryKind::Directory => ("drwxr-xr-x", 2),
        EntryKind::Link { .. } => ("lrwxrwxrwx", 1),
        EntryKind::Other => ("prw-r--r--", 1),
    };
    let Modified { year, month, day, time } = entry.modified;
    let month = MONTHS.get(usize::from(month).wrapping_sub(1)).unwrap_or(&"Jan");
    let when = match (time, year) {
        (Some((hour, minute)), _) => format!("{hour:02}:{minute:02}"),
        (None, year) => year.unwrap_or(1970).to_string(),
    };
    let size = entry.size.unwrap_or(0);
    let name = match &entry.kind {
        EntryKind::Link { target: Some(target) } => format!("{} -> {target}", entry.name),
        _ => entry.name.clone(),
    };
    let name = name.replace(['\r', '\n', '\0'], "?");
    format!("{permissions} {links:4} ftp      ftp      {size:12} {month} {day:2} {when:>5} {name}")
}

/// The entry that `line` shows, if it has the shape.
pub(super) fn parse(line: &str) -> Option<Entry> {
    let mode = line.split(' ').next()?;
    let kind = mode.chars().next()?;
    // Nine permissions and perhaps a mark for what they leave out (`+`, `.`, `@`).
    let permissions = mode.get(1..10)?;
    if !permissions.chars().all(|c| "rwxsStTlL-".contains(c)) || mode.len() > 11 {
        return None;
    }
    let mut words = words(line).skip(2).peekable();
    let (size, modified, name) = loop {
        let (_, size) = words.next()?;
        let rest = line.get(words.peek()?.0..)?;
        if let Some((modified, name)) = size
            .bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| date_and_name(rest))
            .flatten()
        {
            break (size.parse().ok()?, modified, name);
        }
    };
    let (kind, size, name) = match kind {
        '-' => (EntryKind::File, Some(size), name),
        'd' => (EntryKind::Directory, Some(size), name),
        'l' => match name.split_once(" -> ") {
            Some((name, target)) => (
                EntryKind::Link {
                    target: Some(target.to_owned()),
                },
                Some(size),
                name,
            ),
            None => (EntryKind::Link { target: None }, Some(size), name),
        },
        // A device's last number before the date is its minor number.
        'b' | 'c' => (EntryKind::Other, None, name),
        'p' | 's' | 'D' => (EntryKind::Other, Some(size), name),
        _ => return None,
    };
    (!name.is_empty()).then(|| Entry {
        kind,
        size,
        modified,
        name: name.to_owned(),
    })
}

/// Words and where they start.
fn words(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    line.split(' ').filter_map(move |word| {
        let start = at;
        at += word.len() + 1;
        (!word.is_empty()).then_some((start, word))
    })
}

/// `Nov 22 14:59 name`, `Nov 22  2025 name` or `2026-11-22 14:59 name`. Exactly one space stands before the name: a
/// further one is the name's.
fn date_and_name(text: &str) -> Option<(Modified, &str)> {
    let (first, rest) = text.split_once(' ')?;
    if let Some(month) = MONTHS.iter().position(|month| month.eq_ignore_ascii_case(first)) {
        let (day, rest) = rest.trim_start_matches(' ').split_once(' ')?;
        let (when, name) = rest.trim_start_matches(' ').split_once(' ')?;
        let (year, time) = match time_of(when) {
            Some(time) => (None, Some(time)),
            None => (Some(number(when, 4)?), None),
        };
        let modified = Modified {
            year,
            month: u8::try_from(month + 1).ok()?,
            day: small(day)?,
            time,
        };
        return modified.is_valid().then_some((modified, name));
    }
    let (year, rest_of_date) = first.split_once('-')?;
    let (month, day) = rest_of_date.split_once('-')?;
    let (time, name) = rest.split_once(' ')?;
    let year = Some(number(year, 4).filter(|_| year.len() == 4)?);
    let modified = Modified {
        year,
        month: small(month)?,
        day: small(day)?,
        time: Some(time_of(time)?),
    };
    modified.is_valid().then_some((modified, name))
}

fn time_of(text: &str) -> Option<(u8, u8)> {
    let (hour, minute) = text.split_once(':')?;
    Some((small(hour)?, small(minute).filter(|_| minute.len() == 2)?))
}

fn small(text: &str) -> Option<u8> {
    u8::try_from(number(text, 2)?).ok()
}

/// A decimal number of one to `most` digits (`str::parse` would take a plus sign too).
pub(super) fn number(text: &str, most: usize) -> Option<u16> {
    let is_number = (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}
