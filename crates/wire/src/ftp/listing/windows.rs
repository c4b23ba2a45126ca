//! `dir`: date, time, size or `<DIR>`, name. `11-22-26  02:59PM       <DIR>          name`

use super::{Entry, EntryKind, Modified, unix::number};

/// The entry that `line` shows, if it has the shape.
pub(super) fn parse(line: &str) -> Option<Entry> {
    let (date, rest) = line.split_once(' ')?;
    let (time, rest) = rest.trim_start_matches(' ').split_once(' ')?;
    let (kind, behind) = rest.trim_start_matches(' ').split_once(' ')?;
    let modified = modified(date, time)?;
    let (kind, size, name) = match kind {
        // `dir` pads to the column where names begin, so a name's own leading spaces can't be told apart.
        "<DIR>" => (EntryKind::Directory, None, behind.trim_start_matches(' ')),
        "<JUNCTION>" | "<SYMLINK>" | "<SYMLINKD>" => {
            let name = behind.trim_start_matches(' ');
            match name.strip_suffix(']').and_then(|name| name.split_once(" [")) {
                Some((name, target)) => (
                    EntryKind::Link {
                        target: Some(target.to_owned()),
                    },
                    None,
                    name,
                ),
                None => (EntryKind::Link { target: None }, None, name),
            }
        }
        size => {
            let digits = size.replace(',', "");
            let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            (
                EntryKind::File,
                Some(is_number.then(|| digits.parse().ok()).flatten()?),
                behind,
            )
        }
    };
    (!name.is_empty()).then(|| Entry {
        kind,
        size,
        modified,
        name: name.to_owned(),
    })
}

fn modified(date: &str, time: &str) -> Option<Modified> {
    let mut parts = date.split('-');
    let (month, day, year) = (parts.next()?, parts.next()?, parts.next()?);
    let year = match (number(year, 4)?, year.len()) {
        (year, 4) => year,
        // Two digits: IIS pivots like the C library does, POSIX `%y`.
        (year @ 69.., 2) => 1900 + year,
        (year, 2) => 2000 + year,
        _ => return None,
    };
    let (month, day) = (
        u8::try_from(number(month, 2)?).ok()?,
        u8::try_from(number(day, 2)?).ok()?,
    );
    let modified = Modified {
        year: Some(year),
        month,
        day,
        time: Some(time_of(time)?),
    };
    (parts.next().is_none() && modified.is_valid()).then_some(modified)
}

/// `02:59PM` or `14:59`.
fn time_of(text: &str) -> Option<(u8, u8)> {
    let (clock, add) = if let Some(clock) = text.strip_suffix("AM") {
        (clock, Some(0))
    } else if let Some(clock) = text.strip_suffix("PM") {
        (clock, Some(12))
    } else {
        (text, None)
    };
    let (hour, minute) = clock.split_once(':')?;
    let (hour, minute) = (
        u8::try_from(number(hour, 2)?).ok()?,
        u8::try_from(number(minute, 2)?).ok()?,
    );
    match add {
        // Twelve comes before one on this clock.
        Some(add) => (1..=12).contains(&hour).then_some((hour % 12 + add, minute)),
        None => Some((hour, minute)),
    }
}
