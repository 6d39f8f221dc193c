//! Go's `time.Duration`: `1h30m`, and the shorter forms `kubectl` prints.

use crate::error::{Error, Result};

const MICROSECOND: u64 = 1_000;
const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// Reads a duration: `time.ParseDuration`, in nanoseconds.
///
/// # Errors
/// When the text is no duration, or does not fit 64 bits.
pub fn parse(text: &str) -> Result<i64> {
    let invalid = || Error::upstream(format!("time: invalid duration {text:?}"));
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let limit = 1_u64 << 63;
    let mut total = 0_u64;
    while !rest.is_empty() {
        let (whole, after) = rest.split_at(digits(rest));
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => after.split_at(digits(after)),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let unit_len = after.find(|character: char| character == '.' || character.is_ascii_digit()).unwrap_or(after.len());
        let (unit_text, after) = after.split_at(unit_len);
        if unit_text.is_empty() {
            return Err(Error::upstream(format!("time: missing unit in duration {text:?}")));
        }
        let unit = unit(unit_text).ok_or_else(|| Error::upstream(format!("time: unknown unit {unit_text:?} in duration {text:?}")))?;
        let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok().filter(|whole| *whole <= limit).ok_or_else(invalid)? };
        let mut part = whole.checked_mul(unit).filter(|part| *part <= limit).ok_or_else(invalid)?;
        part = part.checked_add(fraction_of(fraction, unit)).filter(|part| *part <= limit).ok_or_else(invalid)?;
        total = total.checked_add(part).filter(|total| *total <= limit).ok_or_else(invalid)?;
        rest = after;
    }
    if negative {
        return Ok((total as i64).wrapping_neg());
    }
    i64::try_from(total).map_err(|_| invalid())
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

fn unit(text: &str) -> Option<u64> {
    Some(match text {
        "ns" => 1,
        "us" | "\u{b5}s" | "\u{3bc}s" => MICROSECOND,
        "ms" => MILLISECOND,
        "s" => SECOND,
        "m" => MINUTE,
        "h" => HOUR,
        _ => return None,
    })
}

/// The digits behind a point, of a unit; digits past 64 bits do not count.
fn fraction_of(digits: &str, unit: u64) -> u64 {
    let (mut value, mut scale) = (0_u64, 1.0_f64);
    for digit in digits.bytes() {
        let next = value.checked_mul(10).and_then(|value| value.checked_add(u64::from(digit - b'0')));
        match next.filter(|_| value <= ((1 << 63) - 1) / 10).filter(|next| *next <= 1 << 63) {
            Some(next) => value = next,
            None => break,
        }
        scale *= 10.0;
    }
    (value as f64 * (unit as f64 / scale)) as u64
}

/// The text of a duration in nanoseconds: `Duration.String`.
pub fn format(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let total = nanoseconds.unsigned_abs();
    if total == 0 {
        return "0s".to_owned();
    }
    if total < SECOND {
        let (unit, name) = match total {
            ..MICROSECOND => (1, "ns"),
            MICROSECOND..MILLISECOND => (MICROSECOND, "\u{b5}s"),
            _ => (MILLISECOND, "ms"),
        };
        return format!("{sign}{}{name}", decimal(total, unit));
    }
    let seconds = decimal(total % MINUTE, SECOND);
    let (hours, minutes) = (total / HOUR, total / MINUTE % 60);
    match (hours, minutes) {
        (0, 0) => format!("{sign}{seconds}s"),
        (0, _) => format!("{sign}{minutes}m{seconds}s"),
        _ => format!("{sign}{hours}h{minutes}m{seconds}s"),
    }
}

/// A number of nanoseconds in a unit, without trailing zeros.
fn decimal(value: u64, unit: u64) -> String {
    let (whole, rest) = (value / unit, value % unit);
    if rest == 0 {
        return whole.to_string();
    }
    let width = unit.ilog10() as usize;
    let fraction = format!("{rest:0width$}");
    format!("{whole}.{}", fraction.trim_end_matches('0'))
}

/// Rounded to a multiple, half away from zero: `Duration.Round`.
pub fn round(nanoseconds: i64, multiple: i64) -> i64 {
    if multiple <= 0 {
        return nanoseconds;
    }
    let rest = nanoseconds % multiple;
    // Upstream compares twice the rest without overflow.
    let below_half = (rest.unsigned_abs()) + rest.unsigned_abs() < multiple.unsigned_abs();
    if below_half {
        return nanoseconds - rest;
    }
    if nanoseconds < 0 {
        nanoseconds.checked_sub(multiple + rest).unwrap_or(i64::MIN)
    } else {
        nanoseconds.checked_add(multiple - rest).unwrap_or(i64::MAX)
    }
}

/// Rounded toward zero to a multiple: `Duration.Truncate`.
pub fn truncate(nanoseconds: i64, multiple: i64) -> i64 {
    if multiple <= 0 { nanoseconds } else { nanoseconds - nanoseconds % multiple }
}

/// Two units at most, as `kubectl get` prints ages: `HumanDuration`.
pub fn human(nanoseconds: i64) -> String {
    let seconds = nanoseconds / SECOND as i64;
    if let Some(text) = short_of(seconds, 120) {
        return text;
    }
    let two = |one: i64, name: &str, other: i64, other_name: &str| match other {
        0 => format!("{one}{name}"),
        _ => format!("{one}{name}{other}{other_name}"),
    };
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let (days, years) = (hours / 24, hours / 24 / 365);
    match (minutes, hours) {
        (..10, _) => two(minutes, "m", seconds % 60, "s"),
        (..180, _) => format!("{minutes}m"),
        (_, ..8) => two(hours, "h", minutes % 60, "m"),
        (_, ..48) => format!("{hours}h"),
        (_, ..192) => two(days, "d", hours % 24, "h"),
        (_, ..17_520) => format!("{days}d"),
        (_, ..70_080) => two(years, "y", days % 365, "d"),
        _ => format!("{years}y"),
    }
}

/// One unit: `ShortHumanDuration`.
pub fn short_human(nanoseconds: i64) -> String {
    let seconds = nanoseconds / SECOND as i64;
    if let Some(text) = short_of(seconds, 60) {
        return text;
    }
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    match (minutes, hours) {
        (..60, _) => format!("{minutes}m"),
        (_, ..24) => format!("{hours}h"),
        (_, ..8_760) => format!("{}d", hours / 24),
        _ => {
            // Upstream divides doubles here.
            let hours = hours as f64 + (nanoseconds % HOUR as i64) as f64 / HOUR as f64;
            format!("{}y", (hours / 24.0 / 365.0) as i64)
        }
    }
}

fn short_of(seconds: i64, limit: i64) -> Option<String> {
    match seconds {
        ..-1 => Some("<invalid>".to_owned()),
        -1 => Some("0s".to_owned()),
        _ if seconds < limit => Some(format!("{seconds}s")),
        _ => None,
    }
}

/// The seconds of a Rollouts pause: a number, or a string with or without
/// units; -1 when it cannot be read (`RolloutPause.DurationSeconds`).
pub fn pause_seconds(pause: &super::int_or_percent::IntOrString) -> i32 {
    use super::int_or_percent::IntOrString;
    match pause {
        IntOrString::Int(seconds) => *seconds,
        IntOrString::String(text) => match text.parse::<i32>() {
            Ok(seconds) => seconds,
            Err(_) => match parse(text) {
                Ok(nanoseconds) => {
                    let seconds = (nanoseconds / SECOND as i64) as f64 + (nanoseconds % SECOND as i64) as f64 / 1e9;
                    seconds as i64 as i32
                }
                Err(_) => -1,
            },
        },
    }
}
