//! What plain and tagged scalars mean: the core schema of YAML 1.2, and that of
//! YAML 1.1 for documents that ask for it with `%YAML 1.1`.

use super::node::Js;

pub(super) const PREFIX: &str = "tag:yaml.org,2002:";

/// Which tags are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Schema {
    /// YAML 1.1.
    pub(super) old: bool,
    /// `<<` merges.
    pub(super) merge: bool,
}

/// What came of a scalar.
#[derive(Debug, PartialEq)]
pub(super) enum Resolved {
    Value(Js),
    /// A refusal.
    Bad(String),
}

impl Schema {
    /// Whether a plain `<<`, however tagged, merges.
    pub(super) fn merges(self) -> bool {
        self.merge || self.old
    }

    /// A plain scalar without a tag; none for a string.
    pub(super) fn plain(self, text: &str, at_key: bool) -> Option<Js> {
        if at_key && self.merges() && text == "<<" {
            return Some(Js::Merge);
        }
        // What begins any of them; most strings end here.
        if !matches!(
            text.as_bytes().first(),
            None | Some(b'~' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'y' | b'Y' | b'o' | b'O' | b'+' | b'-' | b'.' | b'0'..=b'9')
        ) {
            return None;
        }
        // No number of YAML 1.2 begins with a letter.
        let tags: &[&str] = match text.as_bytes().first() {
            Some(first) if first.is_ascii_alphabetic() && !self.old => &["null", "bool"],
            _ => &["null", "bool", "int", "float", "timestamp"],
        };
        tags.iter().find_map(|tag| self.matches(tag, text))
    }

    /// A scalar with a tag, by the tag's full name.
    pub(super) fn tagged(self, tag: &str, text: &str) -> Resolved {
        let string = || Resolved::Value(Js::string(text));
        let Some(name) = tag.strip_prefix(PREFIX) else { return string() };
        match name {
            "binary" => Resolved::Value(Js::Bytes(base64(text))),
            "merge" => Resolved::Value(Js::Merge),
            "timestamp" if self.old => self.matches(name, text).map_or_else(string, Resolved::Value),
            "timestamp" => match timestamp(text) {
                Some(date) => Resolved::Value(date),
                None => Resolved::Bad("!!timestamp expects a date, starting with yyyy-mm-dd".to_owned()),
            },
            _ => self.matches(name, text).map_or_else(string, Resolved::Value),
        }
    }

    /// The value of a text that has the form of a tag.
    fn matches(self, tag: &str, text: &str) -> Option<Js> {
        match tag {
            "null" => matches!(text, "" | "~" | "null" | "Null" | "NULL").then_some(Js::Null),
            "bool" => match text {
                "true" | "True" | "TRUE" => Some(Js::Bool(true)),
                "false" | "False" | "FALSE" => Some(Js::Bool(false)),
                "Y" | "y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" if self.old => Some(Js::Bool(true)),
                "N" | "n" | "no" | "No" | "NO" | "off" | "Off" | "OFF" if self.old => Some(Js::Bool(false)),
                _ => None,
            },
            "int" if self.old => old_int(text).map(Js::Number),
            "int" => int(text).map(Js::Number),
            "float" if self.old => old_float(text).map(Js::Number),
            "float" => special(text).or_else(|| float(text)).map(Js::Number),
            "timestamp" if self.old => timestamp(text),
            _ => None,
        }
    }
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['+', '-']).unwrap_or(text)
}

fn all(text: &str, fits: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(fits)
}

fn digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

fn int(text: &str) -> Option<f64> {
    if let Some(octal) = text.strip_prefix("0o") {
        return all(octal, |byte| (b'0'..=b'7').contains(&byte)).then(|| radix(octal, 8));
    }
    if let Some(hex) = text.strip_prefix("0x") {
        return all(hex, |byte| byte.is_ascii_hexdigit()).then(|| radix(hex, 16));
    }
    all(unsigned(text), digit).then(|| text.parse().ok())?
}

/// `parseInt` with a radix, as a double.
fn radix(digits: &str, radix: u32) -> f64 {
    match u128::from_str_radix(digits, radix) {
        Ok(value) => value as f64,
        Err(_) => {
            digits.chars().filter_map(|digit| digit.to_digit(radix)).fold(0.0, |value, digit| value * f64::from(radix) + f64::from(digit))
        }
    }
}

fn special(text: &str) -> Option<f64> {
    match text {
        ".nan" | ".NaN" | ".NAN" => Some(f64::NAN),
        _ => matches!(unsigned(text), ".inf" | ".Inf" | ".INF")
            .then(|| if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY }),
    }
}

/// Digits with a point or an exponent.
fn float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = match unsigned(text).split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned(text), None),
    };
    if exponent.is_some_and(|exponent| !all(unsigned(exponent), digit)) {
        return None;
    }
    let fits = match mantissa.split_once('.') {
        Some(("", fraction)) => all(fraction, digit),
        Some((whole, fraction)) => all(whole, digit) && (fraction.is_empty() || all(fraction, digit)),
        None => exponent.is_some() && all(mantissa, digit),
    };
    fits.then(|| text.parse().ok())?
}

fn old_int(text: &str) -> Option<f64> {
    let rest = unsigned(text);
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    let clean = |digits: &str, base| {
        let digits = digits.replace('_', "");
        if digits.is_empty() { f64::NAN } else { sign * radix(&digits, base) }
    };
    if let Some(binary) = rest.strip_prefix("0b") {
        return all(binary, |byte| matches!(byte, b'0' | b'1' | b'_')).then(|| clean(binary, 2));
    }
    if let Some(hex) = rest.strip_prefix("0x") {
        return all(hex, |byte| byte.is_ascii_hexdigit() || byte == b'_').then(|| clean(hex, 16));
    }
    if let Some(octal) = rest.strip_prefix('0')
        && all(octal, |byte| (b'0'..=b'7').contains(&byte) || byte == b'_')
    {
        return Some(clean(octal, 8));
    }
    if !rest.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    if all(rest, |byte| digit(byte) || byte == b'_') {
        return Some(clean(rest, 10));
    }
    sexagesimal(text, false)
}

fn old_float(text: &str) -> Option<f64> {
    if let Some(value) = special(text) {
        return Some(value);
    }
    if text.contains(':') {
        return sexagesimal(text, true);
    }
    let (mantissa, exponent) = match unsigned(text).split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned(text), None),
    };
    if exponent.is_some_and(|exponent| !all(unsigned(exponent), digit)) {
        return None;
    }
    let underscored = |text: &str| text.bytes().all(|byte| digit(byte) || byte == b'_');
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let whole_fits = whole.is_empty() || (whole.starts_with(|first: char| first.is_ascii_digit()) && underscored(whole));
    if !whole_fits || !fraction.is_none_or(underscored) || (fraction.is_none() && exponent.is_none()) {
        return None;
    }
    Some(parse_float(&text.replace('_', "")))
}

/// JavaScript's `parseFloat`: the longest prefix that is a number.
fn parse_float(text: &str) -> f64 {
    (0..=text.len()).rev().filter_map(|end| text.get(..end)).find_map(|head| head.parse().ok()).unwrap_or(f64::NAN)
}

/// `190:20:30`, with a fraction if `float`.
fn sexagesimal(text: &str, float: bool) -> Option<f64> {
    let rest = unsigned(text);
    let (whole, fraction) = match rest.split_once('.') {
        Some((whole, fraction)) if float => (whole, Some(fraction)),
        None if !float => (rest, None),
        _ => return None,
    };
    let mut parts = whole.split(':');
    let first = parts.next().unwrap_or_default();
    if !first.starts_with(|first: char| first.is_ascii_digit()) || !all(first, |byte| digit(byte) || byte == b'_') {
        return None;
    }
    let mut count = 0;
    for part in parts {
        count += 1;
        if !matches!(part.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9']) {
            return None;
        }
    }
    if count == 0 || fraction.is_some_and(|fraction| !fraction.bytes().all(|byte| digit(byte) || byte == b'_')) {
        return None;
    }
    let clean = rest.replace('_', "");
    let value = clean.split(':').fold(0.0, |value, part| value * 60.0 + parse_float(part));
    Some(if text.starts_with('-') { -value } else { value })
}

/// A date, with or without time and zone.
fn timestamp(text: &str) -> Option<Js> {
    let (date, rest) = match text.find(['t', 'T', ' ', '\t']) {
        Some(at) => (text.get(..at)?, text.get(at..)?),
        None => (text, ""),
    };
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let number = |text: &str, min: usize, max: usize| {
        if (min..=max).contains(&text.len()) && all(text, digit) { text.parse::<i64>().ok() } else { None }
    };
    if parts.next().is_some() {
        return None;
    }
    let (year, month, day) = (number(year, 4, 4)?, number(month, 1, 2)?, number(day, 1, 2)?);
    let mut time = 0.0;
    if !rest.is_empty() {
        let rest = rest.strip_prefix(['t', 'T']).unwrap_or_else(|| rest.trim_start_matches([' ', '\t']));
        time = clock(rest)?;
    }
    let year = if (0..100).contains(&year) { year + 1900 } else { year };
    Some(Js::Date(days_from_civil(year, month, day) as f64 * 86_400_000.0 + time))
}

/// Milliseconds of a time of day with an optional zone.
fn clock(text: &str) -> Option<f64> {
    let end = text.find(|end: char| !(end.is_ascii_digit() || end == ':' || end == '.')).unwrap_or(text.len());
    let (time, zone) = text.split_at(end);
    let (time, fraction) = match time.split_once('.') {
        Some((time, fraction)) if all(fraction, digit) => (time, fraction),
        Some(_) => return None,
        None => (time, ""),
    };
    let mut parts = time.split(':').map(|part| if (1..=2).contains(&part.len()) { part.parse::<f64>().ok() } else { None });
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() {
        return None;
    }
    // Upstream adds the fraction to the seconds, which drops it, and then its first three digits.
    let millis: f64 = format!("{fraction:0<3}").get(..3).and_then(|digits| digits.parse().ok()).unwrap_or(0.0);
    let zone = zone.trim_start_matches([' ', '\t']);
    let offset = match zone {
        "" | "Z" => 0.0,
        _ => {
            let (hours, minutes) = unsigned(zone).split_once(':').unwrap_or((unsigned(zone), ""));
            let hours_fit = matches!(hours.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'2', b'0'..=b'9']);
            if !zone.starts_with(['+', '-']) || !hours_fit || !(minutes.is_empty() || (minutes.len() == 2 && all(minutes, digit))) {
                return None;
            }
            let (hours, minutes): (f64, Option<f64>) = (hours.parse().ok()?, minutes.parse().ok());
            let mut offset = minutes.map_or(hours, |minutes| hours * 60.0 + minutes);
            if offset < 30.0 {
                offset *= 60.0;
            }
            if zone.starts_with('-') { -offset } else { offset }
        }
    };
    Some(((hour * 60.0 + minute - offset) * 60.0 + second) * 1000.0 + millis)
}

/// Days since 1970-01-01; months and days may overflow.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = (year + (month - 1).div_euclid(12), (month - 1).rem_euclid(12) + 1);
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468 + day - 1
}

/// A date as `toISOString` writes it; `None` when it is invalid.
pub(super) fn iso(millis: f64) -> Option<String> {
    if !millis.is_finite() || millis.abs() > 8.64e15 {
        return None;
    }
    let millis = millis as i64;
    let (days, of_day) = (millis.div_euclid(86_400_000), millis.rem_euclid(86_400_000));
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let of_era_year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * of_era_year + of_era_year / 4 - of_era_year / 100);
    let part = (5 * of_year + 2) / 153;
    let day = of_year - (153 * part + 2) / 5 + 1;
    let month = if part < 10 { part + 3 } else { part - 9 };
    let year = era * 400 + of_era_year + i64::from(month <= 2);
    let (seconds, millis) = (of_day / 1000, of_day % 1000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let year = match year {
        0..=9999 => format!("{year:04}"),
        10_000.. => format!("+{year:06}"),
        _ => format!("-{:06}", -year),
    };
    Some(format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z"))
}

/// Node's lenient base64: what is no digit of it is skipped, and `=` ends it.
fn base64(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for unit in text.encode_utf16() {
        // Only the low byte of a code unit counts.
        let [byte, _] = unit.to_le_bytes();
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => break,
            _ => continue,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    out
}
