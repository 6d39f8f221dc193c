//! metav1.Time and time.Duration.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment, RFC 3339 in JSON. Kept with nanoseconds, written back in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub Timestamp);

impl Time {
    /// The end of time.
    pub(crate) const MAX: Self = Self(Timestamp::MAX);

    /// Reads what `time.Parse(time.RFC3339, …)` reads.
    pub fn parse(text: &str) -> Option<Self> {
        rfc3339(text).map(Self)
    }

    /// This many nanoseconds later; saturates at the ends of time.
    #[must_use]
    pub fn plus(self, nanoseconds: i64) -> Self {
        let shifted = self.0.checked_add(jiff::SignedDuration::from_nanos(nanoseconds));
        Self(shifted.unwrap_or(if nanoseconds < 0 { Timestamp::MIN } else { Timestamp::MAX }))
    }

    /// Nanoseconds from `other` to this, saturating as Go's `Time.Sub` does.
    pub fn since(self, other: Self) -> i64 {
        i64::try_from(self.0.as_nanosecond() - other.0.as_nanosecond()).unwrap_or(if self > other { i64::MAX } else { i64::MIN })
    }

    /// As metav1.Time writes it: UTC, whole seconds.
    pub fn wire(self) -> String {
        Timestamp::from_second(self.0.as_nanosecond().div_euclid(1_000_000_000) as i64)
            .map_or_else(|_| self.0.to_string(), |whole| whole.to_string())
    }

    /// As `Format(time.RFC3339Nano)` in UTC writes it.
    pub fn precise(self) -> String {
        self.0.to_string()
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.precise())
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("parsing time {text:?} as RFC 3339")))
    }
}

fn digits(text: &str, count: usize) -> Option<(i32, &str)> {
    let head = text.get(..count)?;
    head.bytes().all(|b| b.is_ascii_digit()).then_some(())?;
    Some((head.parse().ok()?, text.get(count..)?))
}

fn rfc3339(text: &str) -> Option<Timestamp> {
    let (year, rest) = digits(text, 4)?;
    let (month, rest) = digits(rest.strip_prefix('-')?, 2)?;
    let (day, rest) = digits(rest.strip_prefix('-')?, 2)?;
    let rest = rest.strip_prefix('T')?;
    // Go takes an hour of one digit, too.
    let (hour, rest) = digits(rest, 2).or_else(|| digits(rest, 1))?;
    let (minute, rest) = digits(rest.strip_prefix(':')?, 2)?;
    let (second, mut rest) = digits(rest.strip_prefix(':')?, 2)?;
    let mut nanos = 0;
    if let Some(fraction) = rest.strip_prefix(['.', ',']) {
        let length = fraction.bytes().take_while(u8::is_ascii_digit).count();
        if length == 0 {
            return None;
        }
        let figures = fraction.get(..length.min(9))?;
        nanos = format!("{figures:0<9}").parse().ok()?;
        rest = fraction.get(length..)?;
    }
    let offset = match rest {
        "Z" => 0,
        _ => {
            let sign = if rest.starts_with('+') { 1 } else { -1 };
            let (hours, minutes) = rest.strip_prefix(['+', '-'])?.split_once(':')?;
            let ((hours, ""), (minutes, "")) = (digits(hours, 2)?, digits(minutes, 2)?) else { return None };
            if hours > 24 || minutes >= 60 {
                return None;
            }
            sign * (hours * 3600 + minutes * 60)
        }
    };
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let civil = jiff::civil::DateTime::new(year as i16, month as i8, day as i8, hour as i8, minute as i8, second as i8, nanos).ok()?;
    jiff::tz::Offset::from_seconds(offset).ok()?.to_timestamp(civil).ok()
}

const UNITS: [(&str, f64); 8] = [("ns", 1.0), ("us", 1e3), ("µs", 1e3), ("μs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9)];

/// `time.ParseDuration`: nanoseconds, or Go's own words for what is wrong.
pub fn go_duration(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", quote(text));
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let whole_length = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (whole, after) = rest.split_at(whole_length);
        let (fraction, after) = match after.strip_prefix('.') {
            Some(tail) => tail.split_at(tail.bytes().take_while(u8::is_ascii_digit).count()),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let unit_length = after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, tail) = after.split_at(unit_length);
        if unit.is_empty() {
            return Err(format!("time: missing unit in duration {}", quote(text)));
        }
        let Some((_, scale)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(format!("time: unknown unit {} in duration {}", quote(unit), quote(text)));
        };
        let value: u64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid())? };
        let value = value.checked_mul(*scale as u64).filter(|v| *v <= 1 << 63).ok_or_else(invalid)?;
        let part = fraction_of(fraction, *scale);
        total = value.checked_add(part).and_then(|v| total.checked_add(v)).filter(|v| *v <= 1 << 63).ok_or_else(invalid)?;
        rest = tail;
    }
    match i64::try_from(total) {
        Ok(value) => Ok(if negative { -value } else { value }),
        Err(_) if negative => Ok(i64::MIN),
        Err(_) => Err(invalid()),
    }
}

/// The fractional part in nanoseconds, truncated, with as many digits as fit 63 bits.
fn fraction_of(digits: &str, scale: f64) -> u64 {
    let (mut value, mut divisor): (u64, f64) = (0, 1.0);
    for digit in digits.bytes() {
        let Some(next) = value.checked_mul(10).and_then(|v| v.checked_add(u64::from(digit - b'0'))).filter(|v| *v < 1 << 63) else { break };
        value = next;
        divisor *= 10.0;
    }
    (value as f64 * (scale / divisor)) as u64
}

fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if (c as u32) >= 0x80 || c < ' ' => {
                let mut buffer = [0; 4];
                for byte in c.encode_utf8(&mut buffer).bytes() {
                    out.push_str(&format!("\\x{byte:02x}"));
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_as_go() {
        assert_eq!(go_duration("1h30m"), Ok(5_400_000_000_000));
        assert_eq!(go_duration(".5s"), Ok(500_000_000));
        assert_eq!(go_duration("10"), Err("time: missing unit in duration \"10\"".into()));
        assert_eq!(go_duration("1d"), Err("time: unknown unit \"d\" in duration \"1d\"".into()));
    }

    #[test]
    fn times_as_go() {
        assert_eq!(Time::parse("2025-12-31T19:00:00-05:00").map(Time::wire).as_deref(), Some("2026-01-01T00:00:00Z"));
        assert_eq!(Time::parse("yesterday"), None);
        assert_eq!(Time::parse("2026-02-30T00:00:00Z"), None);
    }
}
