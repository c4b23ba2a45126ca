//! The time of MDTM and of `modify=`: `YYYYMMDDHHMMSS`, perhaps with a fraction, always UTC (RFC 3659 section 2.3).

use core::fmt;

/// A moment from 1970 to 9999, UTC, to the microsecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeVal {
    seconds: u64,
    micros: u32,
}

/// A date and time of day in the proleptic Gregorian calendar, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// The year.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 60: RFC 3659 knows leap seconds. Nothing here makes one.
    pub second: u8,
}

/// Why a text is no time that can be told here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeValError {
    /// It is not fourteen digits, and perhaps a point and more digits.
    Malformed,
    /// It has the form, and the calendar has no such moment.
    NoSuchMoment,
    /// It lies before 1970.
    TooEarly,
}

impl TimeVal {
    /// The last second of the year 9999: the form has no room for more.
    pub const LAST: u64 = 253_402_300_799;

    /// The moment `seconds` behind 1970-01-01 UTC; the last there is, when that is later.
    #[must_use]
    pub const fn new(seconds: u64) -> Self {
        let seconds = if seconds > Self::LAST { Self::LAST } else { seconds };
        Self { seconds, micros: 0 }
    }

    /// The same second, and so many microseconds of it, at most 999,999.
    #[must_use]
    pub const fn with_micros(self, micros: u32) -> Self {
        let micros = if micros > 999_999 { 999_999 } else { micros };
        Self { micros, ..self }
    }

    /// Whole seconds since 1970-01-01 UTC.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.seconds
    }

    /// Microseconds behind the whole second.
    #[must_use]
    pub const fn micros(self) -> u32 {
        self.micros
    }

    /// Reads one. Digits of the fraction behind the sixth are dropped; a second 60 is the first of the next minute.
    ///
    /// # Errors
    /// When it is none; see [`TimeValError`].
    pub fn parse(text: &str) -> Result<Self, TimeValError> {
        let (whole, fraction) = match text.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (text, None),
        };
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() != 14 || !is_number(whole) || !fraction.is_none_or(is_number) {
            return Err(TimeValError::Malformed);
        }
        let small = |at: usize| whole.get(at..at + 2).and_then(|digits| digits.parse().ok());
        let date = || {
            Some(Date {
                year: whole.get(..4)?.parse().ok()?,
                month: small(4)?,
                day: small(6)?,
                hour: small(8)?,
                minute: small(10)?,
                second: small(12)?,
            })
        };
        let date = date()
            .filter(|date| date.is_valid())
            .ok_or(TimeValError::NoSuchMoment)?;
        let seconds = date.seconds().ok_or(TimeValError::TooEarly)?;
        let digits = fraction.unwrap_or_default().bytes().chain([b'0'; 6]).take(6);
        let micros = digits.fold(0, |micros, digit| micros * 10 + u32::from(digit - b'0'));
        Ok(Self::new(seconds).with_micros(micros))
    }
}

impl Date {
    /// The date `seconds` behind 1970-01-01 UTC; years behind 65,535 are told as that.
    ///
    /// Counted in 400-year cycles of years that begin in March, so that the leap day is the last of its year.
    #[must_use]
    pub fn of(seconds: u64) -> Self {
        // 0000-03-01 lies this many days before 1970-01-01.
        let days = seconds / 86_400 + 719_468;
        let (cycle, day) = (days / 146_097, days % 146_097);
        let year_of_cycle = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day_of_year = day - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let (month, turn) = if month_from_march < 10 {
            (month_from_march + 3, 0)
        } else {
            (month_from_march - 9, 1)
        };
        let second = seconds % 86_400;
        let small = |value: u64| u8::try_from(value).unwrap_or(u8::MAX);
        Self {
            year: u16::try_from(cycle * 400 + year_of_cycle + turn).unwrap_or(u16::MAX),
            month: small(month),
            day: small(day_of_month),
            hour: small(second / 3_600),
            minute: small(second / 60 % 60),
            second: small(second % 60),
        }
    }

    /// Seconds since 1970-01-01 UTC; nothing for what lies before. Only sound for a valid date.
    #[must_use]
    pub fn seconds(self) -> Option<u64> {
        let (month, day) = (u64::from(self.month), u64::from(self.day));
        // As above: March is the first month.
        let (year, month) = match month {
            3.. => (u64::from(self.year), month - 3),
            _ => (u64::from(self.year).checked_sub(1)?, month + 9),
        };
        let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day;
        let days = days.checked_sub(719_468 + 1)?;
        let (hour, minute, second) = (u64::from(self.hour), u64::from(self.minute), u64::from(self.second));
        Some(days * 86_400 + hour * 3_600 + minute * 60 + second)
    }

    /// Whether every field is in its range and the month has that day.
    #[must_use]
    pub fn is_valid(self) -> bool {
        let is_leap = self.year.is_multiple_of(4) && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        let days = match self.month {
            4 | 6 | 9 | 11 => 30,
            2 => 28 + u8::from(is_leap),
            _ => 31,
        };
        (1..=12).contains(&self.month)
            && (1..=days).contains(&self.day)
            && self.hour < 24
            && self.minute < 60
            && self.second <= 60
    }
}

/// As it stands on the wire. The fraction is left out when there is none, and has no zero at its end.
impl fmt::Display for TimeVal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = Date::of(self.seconds);
        let Date { year, month, day, .. } = date;
        let Date {
            hour, minute, second, ..
        } = date;
        write!(f, "{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}")?;
        if self.micros == 0 {
            return Ok(());
        }
        let fraction = format!("{:06}", self.micros);
        write!(f, ".{}", fraction.trim_end_matches('0'))
    }
}

impl fmt::Display for TimeValError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "a time is fourteen digits, YYYYMMDDHHMMSS",
            Self::NoSuchMoment => "the calendar has no such moment",
            Self::TooEarly => "times before 1970 are not kept",
        })
    }
}

impl core::error::Error for TimeValError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn seconds_become_dates_and_come_back() {
        for (seconds, text) in [
            (0, "19700101000000"),
            (951_782_399, "20000228235959"),
            (951_782_400, "20000229000000"),
            (951_868_800, "20000301000000"),
            (1_767_225_599, "20251231235959"),
            (1_795_347_000, "20261122113000"),
            (4_107_542_400, "21000301000000"),
            (TimeVal::LAST, "99991231235959"),
        ] {
            assert_eq!(TimeVal::new(seconds).to_string(), text);
            assert_eq!(TimeVal::parse(text), Ok(TimeVal::new(seconds)), "{text}");
        }
        assert_eq!(TimeVal::new(u64::MAX), TimeVal::new(TimeVal::LAST));
    }

    #[test]
    fn a_fraction_is_kept_to_the_microsecond() {
        for (text, micros, again) in [
            ("20261122113000.5", 500_000, "20261122113000.5"),
            ("20261122113000.000001", 1, "20261122113000.000001"),
            ("20261122113000.1234567", 123_456, "20261122113000.123456"),
            ("20261122113000.000", 0, "20261122113000"),
        ] {
            let parsed = TimeVal::parse(text).unwrap();
            assert_eq!((parsed.seconds(), parsed.micros()), (1_795_347_000, micros), "{text}");
            assert_eq!(parsed.to_string(), again);
        }
    }

    #[test]
    fn a_leap_second_is_the_next_minutes_first() {
        assert_eq!(TimeVal::parse("20161231235960"), TimeVal::parse("20170101000000"));
    }

    #[test]
    fn what_is_no_time() {
        use TimeValError::{Malformed, NoSuchMoment, TooEarly};
        for (text, why) in [
            ("", Malformed),
            ("2026112211300", Malformed),
            // The year 2000 as servers once wrote it: 19100.
            ("191001122113000", Malformed),
            ("20261122113000.", Malformed),
            ("20261122113000.1x", Malformed),
            ("+0261122113000", Malformed),
            ("20261122 11300", Malformed),
            ("2026112211300\u{661}", Malformed),
            ("20261322113000", NoSuchMoment),
            ("20260022113000", NoSuchMoment),
            ("20260229113000", NoSuchMoment),
            ("21000229113000", NoSuchMoment),
            ("20261122243000", NoSuchMoment),
            ("20261122116000", NoSuchMoment),
            ("20261122113061", NoSuchMoment),
            ("19691231235959", TooEarly),
            ("00000101000000", TooEarly),
        ] {
            assert_eq!(TimeVal::parse(text), Err(why), "{text}");
        }
    }

    proptest! {
        #[test]
        fn each_moment_comes_back(seconds in 0..=TimeVal::LAST, micros in 0_u32..1_000_000) {
            let time = TimeVal::new(seconds).with_micros(micros);
            prop_assert_eq!(TimeVal::parse(&time.to_string()), Ok(time));
            let date = Date::of(seconds);
            prop_assert!(date.is_valid());
            prop_assert_eq!(date.seconds(), Some(seconds));
        }

        #[test]
        fn days_follow_each_other(seconds in 0..=TimeVal::LAST - 86_400) {
            let (today, tomorrow) = (Date::of(seconds), Date::of(seconds + 86_400));
            prop_assert!(tomorrow > today);
            prop_assert!(tomorrow.day == today.day + 1 || tomorrow.day == 1);
        }
    }
}
