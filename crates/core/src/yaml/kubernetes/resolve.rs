//! What a scalar's text means: go-yaml v2's rules (`resolve.go`).

use serde_json::{Number, Value};

pub(crate) const STR: &str = "tag:yaml.org,2002:str";
const BOOL: &str = "tag:yaml.org,2002:bool";
const INT: &str = "tag:yaml.org,2002:int";
const FLOAT: &str = "tag:yaml.org,2002:float";
const NULL: &str = "tag:yaml.org,2002:null";
const TIMESTAMP: &str = "tag:yaml.org,2002:timestamp";
pub(crate) const BINARY: &str = "tag:yaml.org,2002:binary";
pub(crate) const MERGE: &str = "tag:yaml.org,2002:merge";

/// A scalar with its type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Resolved {
    /// The text itself.
    Text,
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
}

impl Resolved {
    fn tag(self) -> &'static str {
        match self {
            Self::Text => STR,
            Self::Null => NULL,
            Self::Bool(_) => BOOL,
            Self::Int(_) | Self::Uint(_) => INT,
            Self::Float(_) => FLOAT,
        }
    }
}

/// The type of a scalar that is plain or tagged; `Err` with upstream's words
/// when text and tag do not go together. A tag of one's own gives text.
pub(crate) fn resolve(tag: Option<&str>, text: &str) -> Result<Resolved, String> {
    let Some(tag) = tag else { return Ok(untagged(text)) };
    match tag {
        STR => return Ok(Resolved::Text),
        TIMESTAMP if is_timestamp(text) => return Ok(Resolved::Text),
        BOOL | INT | FLOAT | NULL | TIMESTAMP => {}
        _ => return Ok(Resolved::Text),
    }
    let resolved = untagged(text);
    match resolved {
        Resolved::Int(int) if tag == FLOAT => Ok(Resolved::Float(int as f64)),
        _ if resolved.tag() == tag && !matches!((text, tag), ("<<", _)) => Ok(resolved),
        _ => Err(format!("cannot decode {} `{text}` as a {}", short(resolved.tag()), short(tag))),
    }
}

fn short(tag: &str) -> String {
    tag.replacen("tag:yaml.org,2002:", "!!", 1)
}

/// The type that a plain scalar's text has by itself.
pub(crate) fn untagged(text: &str) -> Resolved {
    match text.as_bytes().first() {
        None => Resolved::Null,
        Some(b'+' | b'-' | b'0'..=b'9') => special(text).unwrap_or_else(|| number(text)),
        Some(b'.') => special(text).unwrap_or_else(|| if text.contains('_') { underscored(text) } else { float(text) }),
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => special(text).unwrap_or(Resolved::Text),
        Some(_) => Resolved::Text,
    }
}

/// The words that are not strings.
fn special(text: &str) -> Option<Resolved> {
    if text.len() > 5 {
        return None;
    }
    Some(match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Resolved::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Resolved::Bool(false),
        "~" | "null" | "Null" | "NULL" => Resolved::Null,
        ".nan" | ".NaN" | ".NAN" => Resolved::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Resolved::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Resolved::Float(f64::NEG_INFINITY),
        _ => return None,
    })
}

/// A number that starts with a point: here underscores must separate digits.
fn underscored(text: &str) -> Resolved {
    let bytes = text.as_bytes();
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let separates = |at: usize| digit(at.checked_sub(1)) && digit(Some(at + 1));
    let fits = bytes.iter().enumerate().all(|(at, byte)| *byte != b'_' || separates(at));
    if fits { float(&text.replace('_', "")) } else { Resolved::Text }
}

/// Integers in any base, then floats; underscores do not count.
fn number(text: &str) -> Resolved {
    let stripped;
    let plain = if text.contains('_') {
        stripped = text.replace('_', "");
        stripped.as_str()
    } else {
        text
    };
    let (negative, digits) = match plain.as_bytes().first() {
        Some(b'-') => (true, plain.get(1..).unwrap_or_default()),
        Some(b'+') => (false, plain.get(1..).unwrap_or_default()),
        _ => (false, plain),
    };
    if let Some(magnitude) = go_magnitude(digits) {
        if negative {
            if magnitude <= 1 << 63 {
                return Resolved::Int((magnitude as i64).wrapping_neg());
            }
        } else if let Ok(int) = i64::try_from(magnitude) {
            return Resolved::Int(int);
        } else if !plain.starts_with('+') {
            return Resolved::Uint(magnitude);
        }
    }
    match float(plain) {
        Resolved::Text => {}
        float => return float,
    }
    let binary = if let Some(rest) = plain.strip_prefix("0b") {
        i64::from_str_radix(rest, 2)
            .map(Resolved::Int)
            .or_else(|_| u64::from_str_radix(rest.trim_start_matches('+'), 2).map(Resolved::Uint))
    } else if let Some(rest) = plain.strip_prefix("-0b") {
        i64::from_str_radix(&format!("-{rest}"), 2).map(Resolved::Int)
    } else {
        return Resolved::Text;
    };
    binary.unwrap_or(Resolved::Text)
}

/// Digits with Go's base prefixes.
fn go_magnitude(digits: &str) -> Option<u64> {
    let bytes = digits.as_bytes();
    let (base, digits) = match bytes {
        [b'0', b'x' | b'X', ..] => (16, digits.get(2..)?),
        [b'0', b'o' | b'O', ..] => (8, digits.get(2..)?),
        [b'0', b'b' | b'B', ..] => (2, digits.get(2..)?),
        [b'0', _, ..] => (8, digits.get(1..)?),
        _ => (10, digits),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    u64::from_str_radix(digits, base).ok()
}

/// A decimal number that fits a double.
fn float(text: &str) -> Resolved {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (unsigned.get(..at).unwrap_or_default(), unsigned.get(at + 1..)),
        None => (unsigned, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_ok = match mantissa.split_once('.') {
        Some(("", fraction)) => digits(fraction),
        Some((whole, fraction)) => digits(whole) && (fraction.is_empty() || digits(fraction)),
        None => digits(mantissa),
    };
    if !mantissa_ok || !exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))) {
        return Resolved::Text;
    }
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Resolved::Float(value),
        _ => Resolved::Text,
    }
}

/// A float as the JSON number that Go writes for it and Kubernetes reads back:
/// integers where its text has neither point nor exponent.
pub(crate) fn json_float(value: f64) -> Option<Value> {
    if !value.is_finite() {
        return None;
    }
    if value.fract() == 0.0 && value.abs() < 1e21 {
        if value == 0.0 {
            return Some(Value::from(0));
        }
        let text = format!("{value}");
        if let Ok(int) = text.parse::<i64>() {
            return Some(Value::from(int));
        }
        if let Ok(int) = text.parse::<u64>() {
            return Some(Value::from(int));
        }
    }
    Number::from_f64(value).map(Value::Number)
}

/// Go's `FormatFloat(value, 'g', -1, ..)` from Rust's shortest scientific text,
/// with YAML's words for what is not finite.
pub(crate) fn go_g(scientific: &str) -> String {
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return match scientific {
            "inf" => ".inf".into(),
            "-inf" => "-.inf".into(),
            _ => ".nan".into(),
        };
    };
    let power: i32 = exponent.parse().unwrap_or(0);
    if !(-4..6).contains(&power) {
        let sign = if power < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", power.abs());
    }
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let whole = usize::try_from(power + 1).unwrap_or(0);
    let text = match (power < 0, digits.split_at_checked(whole)) {
        (true, _) => format!("0.{}{digits}", "0".repeat(power.unsigned_abs() as usize - 1)),
        (false, Some((whole, ""))) => whole.to_owned(),
        (false, Some((whole, fraction))) => format!("{whole}.{fraction}"),
        (false, None) => format!("{digits:0<whole$}"),
    };
    format!("{sign}{text}")
}

/// The four spellings of time that go-yaml reads.
pub(crate) fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() < 5 || !bytes.iter().take(4).all(u8::is_ascii_digit) || bytes.get(4) != Some(&b'-') {
        return false;
    }
    let Some(rest) = text.get(5..) else { return false };
    let year: u32 = text.get(..4).and_then(|year| year.parse().ok()).unwrap_or(0);
    let Some((month, rest)) = short_number(rest, 12) else { return false };
    let Some((day, rest)) = rest.strip_prefix('-').and_then(|rest| short_number(rest, 31)) else { return false };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if month == 0 || day == 0 || day > days {
        return false;
    }
    match rest.as_bytes().first() {
        None => true,
        Some(b'T' | b't') => rest.get(1..).and_then(clock).is_some_and(zone),
        Some(b' ') => rest.get(1..).and_then(clock).is_some_and(str::is_empty),
        Some(_) => false,
    }
}

/// One or two digits, at most `max`.
fn short_number(text: &str, max: u32) -> Option<(u32, &str)> {
    let len = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
    let number: u32 = text.get(..len)?.parse().ok()?;
    (number <= max).then_some((number, text.get(len..)?))
}

/// Hours, minutes, seconds and a fraction; the rest.
fn clock(text: &str) -> Option<&str> {
    // Go's `15` takes two digits, `4` and `5` one or two.
    if !text.bytes().take(2).all(|byte| byte.is_ascii_digit()) || text.len() < 2 {
        return None;
    }
    let (_, rest) = short_number(text, 23)?;
    let (_, rest) = short_number(rest.strip_prefix(':')?, 59)?;
    let (_, rest) = short_number(rest.strip_prefix(':')?, 59)?;
    match rest.as_bytes() {
        [b'.' | b',', b'0'..=b'9', ..] => {
            let len = rest.bytes().skip(1).take_while(u8::is_ascii_digit).count();
            rest.get(len + 1..)
        }
        _ => Some(rest),
    }
}

/// `Z` or `+hh:mm`.
fn zone(text: &str) -> bool {
    let digits =
        |range: std::ops::Range<usize>, max: u32| text.get(range).and_then(|part| part.parse::<u32>().ok()).is_some_and(|part| part <= max);
    text == "Z"
        || (text.len() == 6
            && text.starts_with(['+', '-'])
            && text.as_bytes().get(3) == Some(&b':')
            && digits(1..3, 24)
            && digits(4..6, 60))
}
