//! Timestamps as Go reads them (`time.Parse` with RFC 3339) and `metav1` writes them.

use jiff::Timestamp;
use jiff::civil::DateTime;

use crate::Value;

/// A point in time as `metav1.Time` holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    seconds: i64,
    nanos: i64,
}

/// 0001-01-01T00:00:00Z, Go's zero time, in Unix seconds.
const ZERO: i64 = -62_135_596_800;

impl Stamp {
    pub(super) fn is_zero(self) -> bool {
        self.seconds == ZERO && self.nanos == 0
    }

    /// As `metav1.Time` encodes: UTC, whole seconds, null when zero.
    pub(super) fn seconds(self) -> Value {
        if self.is_zero() { Value::Null } else { Value::from(format!("{}Z", self.civil())) }
    }

    /// As `metav1.MicroTime` encodes.
    pub(super) fn micros(self) -> Value {
        if self.is_zero() { Value::Null } else { Value::from(format!("{}.{:06}Z", self.civil(), self.nanos / 1000)) }
    }

    fn civil(self) -> String {
        Timestamp::from_second(self.seconds)
            .map(|at| at.to_zoned(jiff::tz::TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S").to_string())
            .unwrap_or_default()
    }
}

/// Quick recognition of `2026-02-01T08:30:00Z`, which reads back as it is written. The last days of a
/// month are left to [`read`].
pub(super) fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let pair = |at: usize| match (bytes.get(at), bytes.get(at + 1)) {
        (Some(tens @ b'0'..=b'9'), Some(ones @ b'0'..=b'9')) => (tens - b'0') * 10 + (ones - b'0'),
        _ => u8::MAX,
    };
    let mark = |at: usize, byte: u8| bytes.get(at) == Some(&byte);
    bytes.len() == 20
        && (mark(4, b'-') && mark(7, b'-') && mark(10, b'T') && mark(13, b':') && mark(16, b':') && mark(19, b'Z'))
        && ((1..100).contains(&pair(0)) && pair(2) < 100)
        && ((1..=12).contains(&pair(5)) && (1..=28).contains(&pair(8)))
        && (pair(11) < 24 && pair(14) < 60 && pair(17) < 60)
}

/// RFC 3339 with any fraction; the hour may have one digit.
pub(super) fn read(text: &str) -> Option<Stamp> {
    parse(text, None)
}

/// RFC 3339 with exactly six fractional digits.
pub(super) fn read_micro(text: &str) -> Option<Stamp> {
    parse(text, Some(6))
}

fn parse(text: &str, digits: Option<usize>) -> Option<Stamp> {
    let (date, time) = text.split_once('T')?;
    let mut parts = date.split('-');
    let year = number(parts.next()?, 4, 4)?;
    let month = number(parts.next()?, 2, 2)?;
    let day = number(parts.next()?, 2, 2)?;
    if parts.next().is_some() {
        return None;
    }
    let zone_at = time.find(['Z', '+', '-'])?;
    let (clock, zone) = time.split_at(zone_at);
    let (whole, fraction) = clock.split_once(['.', ',']).map_or((clock, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut parts = whole.split(':');
    let hour = number(parts.next()?, 1, 2)?;
    let minute = number(parts.next()?, 2, 2)?;
    let second = number(parts.next()?, 2, 2)?;
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let nanos = fraction_nanos(fraction, digits)?;
    let offset = offset(zone)?;
    let at = DateTime::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
        i8::try_from(hour).ok()?,
        i8::try_from(minute).ok()?,
        i8::try_from(second).ok()?,
        0,
    )
    .ok()?
    .to_zoned(jiff::tz::TimeZone::UTC)
    .ok()?;
    Some(Stamp { seconds: at.timestamp().as_second() - offset, nanos })
}

fn fraction_nanos(fraction: Option<&str>, digits: Option<usize>) -> Option<i64> {
    let Some(fraction) = fraction else { return digits.is_none().then_some(0) };
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) || digits.is_some_and(|want| want != fraction.len()) {
        return None;
    }
    let nine: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    nine.parse().ok()
}

fn offset(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let (hours, minutes) = (number(hours, 2, 2)?, number(minutes, 2, 2)?);
    (hours <= 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

fn number(text: &str, least: usize, most: usize) -> Option<i64> {
    if (least..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quick_recognition_agrees_with_reading() {
        for text in ["2026-02-01T08:30:00Z", "0100-12-28T23:59:59Z", "9999-01-01T00:00:00Z"] {
            assert!(is_plain(text));
            assert_eq!(read(text).map(Stamp::seconds), Some(Value::from(text)));
        }
        for text in [
            "2026-02-29T08:30:00Z",
            "2026-13-01T08:30:00Z",
            "2026-02-01T24:00:00Z",
            "2026-02-01T08:30:00+00:00",
            "",
            "0001-01-01T00:00:00Z",
        ] {
            assert!(!is_plain(text), "{text}");
        }
    }
}
