//! Values with units, as people write them: `20ms`, `100Mbit/s`, `1%`, `60000-65535`.
//!
//! All are integers underneath; decimals are read digit by digit, because a float must not reach a log.

use core::fmt;
use core::str::FromStr;

use portolan_wire::Duration;
use portolan_wire::plain::Plain;
use serde::{Deserialize, Serialize};

/// A span of time: a number and `us`, `ms`, `s` or `min`, as in `20ms` or `1.5s`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Plain)]
#[serde(try_from = "String", into = "String")]
pub struct Span(pub Duration);

/// Bits per second: a number and `bit/s`, `kbit/s`, `Mbit/s` or `Gbit/s` (powers of ten); `/s` may be left away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Plain)]
#[serde(try_from = "String", into = "String")]
pub struct Rate(pub u64);

/// A share of packets, in millionths: a number and `%`, at most four digits behind the point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Plain)]
#[serde(try_from = "String", into = "String")]
pub struct Loss(pub u32);

/// Ports, both ends included: `60000-65535`, or one port alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(try_from = "String", into = "String")]
pub struct PortRange {
    first: u16,
    last: u16,
}

/// Why a text is no such value. It says what would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitError {
    /// Not a span of time.
    Span,
    /// Not a rate.
    Rate,
    /// Not a share.
    Loss,
    /// Not a range of ports.
    PortRange,
    /// Port 0 in a range.
    PortZero,
    /// The range's end is before its beginning.
    Backwards,
}

impl PortRange {
    /// RFC 6335's dynamic ports, 49152-65535: from these a system chooses unless a scenario says otherwise.
    pub const DYNAMIC: Self = Self {
        first: 49_152,
        last: 65_535,
    };

    /// The passive ports of an FTP server unless a scenario says otherwise, 60000-65535: a common choice.
    pub const PASSIVE: Self = Self {
        first: 60_000,
        last: 65_535,
    };

    /// The ports from `first` to `last`.
    ///
    /// # Errors
    /// When `first` is 0, which is never a real endpoint (RFC 6335 section 6), or behind `last`.
    pub const fn new(first: u16, last: u16) -> Result<Self, UnitError> {
        if first == 0 {
            Err(UnitError::PortZero)
        } else if first > last {
            Err(UnitError::Backwards)
        } else {
            Ok(Self { first, last })
        }
    }

    /// The lowest.
    #[must_use]
    pub const fn first(self) -> u16 {
        self.first
    }

    /// The highest.
    #[must_use]
    pub const fn last(self) -> u16 {
        self.last
    }

    /// How many there are.
    #[must_use]
    pub const fn count(self) -> u32 {
        self.last as u32 - self.first as u32 + 1
    }

    /// Whether `port` is one of them.
    #[must_use]
    pub const fn contains(self, port: u16) -> bool {
        self.first <= port && port <= self.last
    }
}

impl FromStr for Span {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let (number, unit) = split(text);
        let decimals = match unit {
            "us" | "µs" => return decimal(number, 0, 1).map(span).ok_or(UnitError::Span),
            "ms" => (3, 1),
            "s" => (6, 1),
            "min" => (6, 60),
            _ => return Err(UnitError::Span),
        };
        decimal(number, decimals.0, decimals.1).map(span).ok_or(UnitError::Span)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.as_micros();
        if micros.is_multiple_of(1_000_000) {
            write!(f, "{}s", micros / 1_000_000)
        } else if micros.is_multiple_of(1_000) {
            write!(f, "{}ms", micros / 1_000)
        } else {
            write!(f, "{micros}us")
        }
    }
}

impl FromStr for Rate {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let (number, unit) = split(text.strip_suffix("/s").unwrap_or(text));
        let places = match unit {
            "bit" => 0,
            "kbit" => 3,
            "Mbit" => 6,
            "Gbit" => 9,
            _ => return Err(UnitError::Rate),
        };
        decimal(number, places, 1).map(Self).ok_or(UnitError::Rate)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (of, name) = [(1_000_000_000, "Gbit/s"), (1_000_000, "Mbit/s"), (1_000, "kbit/s")]
            .into_iter()
            .find(|(of, _)| self.0 > 0 && self.0.is_multiple_of(*of))
            .unwrap_or((1, "bit/s"));
        write!(f, "{}{name}", self.0 / of)
    }
}

impl FromStr for Loss {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let number = text.strip_suffix('%').ok_or(UnitError::Loss)?.trim_end();
        let ppm = decimal(number, 4, 1).ok_or(UnitError::Loss)?;
        let ppm = u32::try_from(ppm).map_err(|_| UnitError::Loss)?;
        if ppm > 1_000_000 {
            Err(UnitError::Loss)
        } else {
            Ok(Self(ppm))
        }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 10_000, self.0 % 10_000);
        if rest == 0 {
            return write!(f, "{whole}%");
        }
        let digits = format!("{rest:04}");
        write!(f, "{whole}.{}%", digits.trim_end_matches('0'))
    }
}

impl FromStr for PortRange {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let port = |text: &str| text.trim().parse::<u16>().map_err(|_| UnitError::PortRange);
        Self::new(port(first)?, port(last)?)
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            write!(f, "{}", self.first)
        } else {
            write!(f, "{}-{}", self.first, self.last)
        }
    }
}

impl fmt::Display for UnitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Span => "a time is a number and us, ms, s or min, as in 20ms",
            Self::Rate => "a rate is a number and bit/s, kbit/s, Mbit/s or Gbit/s, as in 100Mbit/s",
            Self::Loss => "a loss is a number from 0 to 100 and %, as in 1% or 0.5%",
            Self::PortRange => "ports are one number or two with a hyphen, from 1 to 65535, as in 60000-65535",
            Self::PortZero => "port 0 is reserved and never a real endpoint; ports begin at 1",
            Self::Backwards => "a range of ports begins with its lower end, as in 60000-65535",
        })
    }
}

impl core::error::Error for UnitError {}

const fn span(micros: u64) -> Span {
    Span(Duration::from_micros(micros))
}

/// Splits a text into its leading number and what follows, without white space.
fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    (number, unit.trim())
}

/// A decimal number times 10^`places` times `factor`; nothing if it is none, has more digits, or is too large.
fn decimal(text: &str, places: usize, factor: u64) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > places.max(1) || (places == 0 && part != "0") {
        return None;
    }
    let scale = 10_u64.checked_pow(u32::try_from(places).ok()?)?;
    let padded: u64 = if places == 0 {
        0
    } else {
        format!("{part:0<places$}").parse().ok()?
    };
    let number = whole.parse::<u64>().ok()?.checked_mul(scale)?.checked_add(padded)?;
    number.checked_mul(factor)
}

macro_rules! as_text {
    ($($unit:ty),*) => {$(
        impl TryFrom<String> for $unit {
            type Error = UnitError;

            fn try_from(text: String) -> Result<Self, UnitError> {
                text.parse()
            }
        }

        impl From<$unit> for String {
            fn from(value: $unit) -> Self {
                value.to_string()
            }
        }
    )*};
}

as_text!(Span, Rate, Loss, PortRange);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_without_floats() {
        let micros = |text: &str| text.parse::<Span>().map(|span| span.0.as_micros());
        assert_eq!(micros("20ms"), Ok(20_000));
        assert_eq!(micros("1.5 s"), Ok(1_500_000));
        assert_eq!(micros("0.25min"), Ok(15_000_000));
        assert_eq!(micros("7us"), Ok(7));
        for bad in [
            "20",
            "ms",
            "1.5us",
            "-1s",
            "1..5s",
            "0.0001ms",
            "1e3s",
            "99999999999999999999s",
        ] {
            assert_eq!(micros(bad), Err(UnitError::Span), "{bad}");
        }
        assert_eq!("100Mbit/s".parse(), Ok(Rate(100_000_000)));
        assert_eq!("1.5Gbit".parse(), Ok(Rate(1_500_000_000)));
        assert_eq!("100".parse::<Rate>(), Err(UnitError::Rate));
        assert_eq!("0.05%".parse(), Ok(Loss(500)));
        assert_eq!("101%".parse::<Loss>(), Err(UnitError::Loss));
    }

    #[test]
    fn ranges_hold_no_port_zero_and_run_upwards() {
        assert_eq!("60000-65535".parse(), Ok(PortRange::PASSIVE));
        assert_eq!("21".parse::<PortRange>().map(PortRange::count), Ok(1));
        assert_eq!("0-9".parse::<PortRange>(), Err(UnitError::PortZero));
        assert_eq!("9-8".parse::<PortRange>(), Err(UnitError::Backwards));
        assert_eq!("1-65536".parse::<PortRange>(), Err(UnitError::PortRange));
    }

    #[test]
    fn what_is_written_is_read_again() {
        for text in ["20ms", "0s", "7us", "3s"] {
            assert_eq!(text.parse::<Span>().unwrap().to_string(), text);
        }
        for text in ["100Mbit/s", "64kbit/s", "1500bit/s", "0bit/s"] {
            assert_eq!(text.parse::<Rate>().unwrap().to_string(), text);
        }
        for text in ["1%", "0.5%", "12.0004%", "0%"] {
            assert_eq!(text.parse::<Loss>().unwrap().to_string(), text);
        }
    }
}
