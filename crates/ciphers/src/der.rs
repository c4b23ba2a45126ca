//! As much of DER (X.690) as a certificate is written with.

/// A SEQUENCE.
pub(crate) const SEQUENCE: u8 = 0x30;
/// A SET.
pub(crate) const SET: u8 = 0x31;
/// A BOOLEAN.
pub(crate) const BOOLEAN: u8 = 0x01;
/// An INTEGER.
pub(crate) const INTEGER: u8 = 0x02;
/// A BIT STRING; its content begins with the number of bits left over.
pub(crate) const BIT_STRING: u8 = 0x03;
/// An OCTET STRING.
pub(crate) const OCTET_STRING: u8 = 0x04;
/// An OBJECT IDENTIFIER.
pub(crate) const OBJECT: u8 = 0x06;
/// A UTF8String.
pub(crate) const UTF8: u8 = 0x0c;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// A value of the kind `tag`, made of `parts`.
pub(crate) fn value(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = vec![tag];
    let big = length.to_be_bytes();
    if length < 0x80 {
        out.extend(big.last());
    } else {
        let digits: Vec<u8> = big.iter().copied().skip_while(|byte| *byte == 0).collect();
        // At most eight digits.
        out.push(0x80 | u8::try_from(digits.len()).unwrap_or_default());
        out.extend(digits);
    }
    parts.iter().for_each(|part| out.extend_from_slice(part));
    out
}

/// A time in seconds since 1970-01-01 UTC: a UTCTime up to 2049, a GeneralizedTime from then on (RFC 5280 section
/// 4.1.2.5).
pub(crate) fn time(seconds: u64) -> Vec<u8> {
    let (day, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(day);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let rest = format!("{month:02}{day:02}{hour:02}{minute:02}{second:02}Z");
    if year < 2050 {
        value(UTC_TIME, &[format!("{:02}{rest}", year % 100).as_bytes()])
    } else {
        value(GENERALIZED_TIME, &[format!("{year:04}{rest}").as_bytes()])
    }
}

/// Year, month and day of the `days`th day after 1970-01-01, by counting through: certificates are few, dates near.
fn date(mut days: u64) -> (u64, u64, u64) {
    let is_leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1970;
    // Four digits are all there is room for.
    while year < 9999 && days >= 365 + u64::from(is_leap(year)) {
        days -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let february = 28 + u64::from(is_leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    (year, month, days.min(30) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_take_as_many_bytes_as_they_need() {
        assert_eq!(value(OCTET_STRING, &[b"ab", b"c"]), b"\x04\x03abc");
        assert_eq!(value(OCTET_STRING, &[&[0; 127]])[..2], [4, 127]);
        assert_eq!(value(OCTET_STRING, &[&[0; 128]])[..3], [4, 0x81, 128]);
        assert_eq!(value(OCTET_STRING, &[&[0; 0x1234]])[..4], [4, 0x82, 0x12, 0x34]);
    }

    #[test]
    fn times_are_written_as_the_calendar_has_them() {
        let text = |seconds| String::from_utf8(time(seconds).split_off(2)).unwrap();
        assert_eq!(text(0), "700101000000Z");
        assert_eq!(text(951_782_399), "000228235959Z");
        assert_eq!(text(951_782_400), "000229000000Z");
        assert_eq!(text(1_735_689_599), "241231235959Z");
        assert_eq!(text(2_524_607_999), "491231235959Z");
        assert_eq!(text(2_524_608_000), "20500101000000Z");
        assert!(text(u64::MAX).starts_with("9999"));
    }
}
