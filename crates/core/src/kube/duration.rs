//! Go's `time.Duration`: nanoseconds, read and written as `1h30m0s`.

use std::fmt::Write as _;

use crate::{Error, Result};

const SECOND: i64 = 1_000_000_000;

/// Nanoseconds of a duration text (`time.ParseDuration`).
pub fn parse(text: &str) -> Result<i64> {
    let invalid = || Error::upstream(format!("time: invalid duration {text:?}"));
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let whole_len = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (whole, tail) = rest.split_at_checked(whole_len).ok_or_else(invalid)?;
        let (fraction, tail) = match tail.strip_prefix('.') {
            Some(tail) => tail.split_at_checked(tail.bytes().take_while(u8::is_ascii_digit).count()).ok_or_else(invalid)?,
            None => ("", tail),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let unit_len = tail.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(unit_len).ok_or_else(invalid)?;
        let unit: u64 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            "" => return Err(Error::upstream(format!("time: missing unit in duration {text:?}"))),
            other => return Err(Error::upstream(format!("time: unknown unit {other:?} in duration {text:?}"))),
        };
        let mut part = if whole.is_empty() { 0 } else { whole.parse::<u64>().map_err(|_| invalid())? };
        part = part.checked_mul(unit).filter(|part| *part <= 1 << 63).ok_or_else(invalid)?;
        part = part.checked_add(fraction_of(fraction, unit)).ok_or_else(invalid)?;
        total = total.checked_add(part).filter(|total| *total <= 1 << 63).ok_or_else(invalid)?;
        rest = tail;
    }
    match (i64::try_from(total), negative) {
        (Ok(total), false) => Ok(total),
        (Ok(total), true) => Ok(-total),
        (Err(_), true) => Ok(i64::MIN),
        (Err(_), false) => Err(invalid()),
    }
}

/// Go multiplies in floating point, after reading as many digits as fit.
fn fraction_of(digits: &str, unit: u64) -> u64 {
    let (mut value, mut scale) = (0_u64, 1.0_f64);
    for digit in digits.bytes() {
        let Some(next) =
            value.checked_mul(10).and_then(|value| value.checked_add(u64::from(digit - b'0'))).filter(|value| *value <= (1 << 63) - 1)
        else {
            break;
        };
        value = next;
        scale *= 10.0;
    }
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    {
        (value as f64 * (unit as f64 / scale)) as u64
    }
}

/// The text of a duration (`Duration.String`).
pub fn format(nanoseconds: i64) -> String {
    if nanoseconds == 0 {
        return "0s".to_owned();
    }
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let total = nanoseconds.unsigned_abs();
    let mut out = sign.to_owned();
    if total < SECOND.unsigned_abs() {
        let (unit, name) = match total {
            0..1_000 => (1, "ns"),
            1_000..1_000_000 => (1_000, "µs"),
            _ => (1_000_000, "ms"),
        };
        decimal(&mut out, total, unit);
        out.push_str(name);
        return out;
    }
    let seconds = total / 1_000_000_000;
    if seconds >= 3600 {
        let _ = write!(out, "{}h", seconds / 3600);
    }
    if seconds >= 60 {
        let _ = write!(out, "{}m", seconds / 60 % 60);
    }
    decimal(&mut out, total % 60_000_000_000, 1_000_000_000);
    out.push('s');
    out
}

fn decimal(out: &mut String, value: u64, unit: u64) {
    let _ = write!(out, "{}", value / unit);
    let rest = value % unit;
    if rest > 0 {
        let width = unit.ilog10() as usize;
        let digits = format!("{rest:0width$}");
        let _ = write!(out, ".{}", digits.trim_end_matches('0'));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn round_trips_as_go() {
        for (text, printed) in [
            ("1h", "1h0m0s"),
            ("90m", "1h30m0s"),
            ("1.5s", "1.5s"),
            ("100ms", "100ms"),
            ("0", "0s"),
            ("-2h45m", "-2h45m0s"),
            ("2160h", "2160h0m0s"),
        ] {
            assert_eq!(format(parse(text).unwrap()), printed);
        }
        assert!(parse("").is_err() && parse("3").is_err() && parse("1d").is_err());
    }
}
