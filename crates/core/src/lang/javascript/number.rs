//! Numbers as text and back.

use super::text::{is_space, trim};

/// ECMAScript `Number::toString` in base ten.
pub fn number_to_string(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    if number == 0.0 {
        return "0".to_owned();
    }
    if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 {
        return format!("{}", number as i64);
    }
    let (sign, shortest) = if number < 0.0 { ("-", format!("{:e}", -number)) } else { ("", format!("{number:e}")) };
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((shortest.as_str(), "0"));
    let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    let point = exponent.parse::<i32>().unwrap_or(0) + 1;
    format!("{sign}{}", place_point(&digits, point))
}

/// Writes `0.DIGITS × 10^point` as ECMAScript does.
fn place_point(digits: &str, point: i32) -> String {
    let count = digits.len() as i32;
    if count <= point && point <= 21 {
        return format!("{digits}{}", "0".repeat((point - count) as usize));
    }
    if 0 < point && point <= 21 {
        let (whole, part) = digits.split_at(point as usize);
        return format!("{whole}.{part}");
    }
    if -6 < point && point <= 0 {
        return format!("0.{}{digits}", "0".repeat(point.unsigned_abs() as usize));
    }
    let exponent = point - 1;
    let sign = if exponent < 0 { '-' } else { '+' };
    let (first, rest) = digits.split_at(1);
    if rest.is_empty() { format!("{first}e{sign}{}", exponent.abs()) } else { format!("{first}.{rest}e{sign}{}", exponent.abs()) }
}

/// ECMAScript `Number(text)`.
pub fn string_to_number(text: &str) -> f64 {
    let text = trim(text);
    if text.is_empty() {
        return 0.0;
    }
    let radix = match text.get(..2) {
        Some("0x" | "0X") => 16,
        Some("0o" | "0O") => 8,
        Some("0b" | "0B") => 2,
        _ => 10,
    };
    if radix != 10 {
        let digits = text.get(2..).unwrap_or_default();
        if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
            return f64::NAN;
        }
        return digits.chars().fold(0.0, |sum, c| sum * f64::from(radix) + f64::from(c.to_digit(radix).unwrap_or(0)));
    }
    let length = decimal_prefix(text);
    if length == text.len() { decimal(text) } else { f64::NAN }
}

/// ECMAScript `parseFloat`: the longest decimal prefix.
pub fn parse_float(text: &str) -> f64 {
    let text = text.trim_start_matches(is_space);
    let length = decimal_prefix(text);
    if length == 0 { f64::NAN } else { decimal(text.get(..length).unwrap_or_default()) }
}

/// ECMAScript `parseInt`: the longest prefix in the radix; radix 0 means "detect".
pub fn parse_int(text: &str, radix: i32) -> f64 {
    let text = text.trim_start_matches(is_space);
    let (negative, mut digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if radix != 0 && !(2..=36).contains(&radix) {
        return f64::NAN;
    }
    let mut radix = radix as u32;
    if (radix == 0 || radix == 16)
        && let Some(rest) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"))
    {
        digits = rest;
        radix = 16;
    }
    if radix == 0 {
        radix = 10;
    }
    let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
    let digits = digits.get(..end).unwrap_or_default();
    if digits.is_empty() {
        return f64::NAN;
    }
    let value = if radix == 10 {
        digits.parse().unwrap_or(f64::NAN)
    } else {
        digits.chars().fold(0.0, |sum, c| sum * f64::from(radix) + f64::from(c.to_digit(radix).unwrap_or(0)))
    };
    if negative { -value } else { value }
}

fn decimal(text: &str) -> f64 {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let value = if unsigned == "Infinity" { f64::INFINITY } else { unsigned.parse().unwrap_or(f64::NAN) };
    if negative { -value } else { value }
}

/// How many bytes of the text form a decimal literal with an optional sign.
fn decimal_prefix(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let start = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    if text.get(start..).is_some_and(|rest| rest.starts_with("Infinity")) {
        return start + 8;
    }
    let whole = digits(start);
    let mut end = whole;
    let mut any = whole > start;
    if bytes.get(whole) == Some(&b'.') {
        let part = digits(whole + 1);
        if part > whole + 1 || any {
            any = any || part > whole + 1;
            end = part;
        }
    }
    if !any {
        return 0;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let power = digits(sign);
        if power > sign {
            end = power;
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_like_javascript() {
        let cases = [
            (1e21, "1e+21"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1.5e-7, "1.5e-7"),
            (-0.0, "0"),
            (123456.5, "123456.5"),
            (12345678901234567000.0, "12345678901234567000"),
            (0.000001, "0.000001"),
            (100.0, "100"),
        ];
        for (number, text) in cases {
            assert_eq!(number_to_string(number), text);
        }
    }

    #[test]
    fn reads_prefixes() {
        assert_eq!(parse_int("12abc", 10), 12.0);
        assert_eq!(parse_int("0x1f", 0), 31.0);
        assert!(parse_int("x", 10).is_nan());
        assert_eq!(parse_float("1.5e3x"), 1500.0);
        assert_eq!(parse_float(".5"), 0.5);
        assert!(string_to_number("1x").is_nan());
        assert_eq!(string_to_number(" 12 "), 12.0);
        assert_eq!(string_to_number("5."), 5.0);
    }
}
