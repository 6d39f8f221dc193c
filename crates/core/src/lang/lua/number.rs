//! Numbers as gopher-lua reads and writes them.

/// A numeral: decimal, hexadecimal, or what Go's ParseFloat takes.
pub(crate) fn parse(text: &str) -> Option<f64> {
    let text = text.trim_matches([' ', '\t', '\n']);
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        let value = u64::from_str_radix(hex, 16).ok()? as f64;
        return Some(if negative { -value } else { value });
    }
    let first = digits.strip_prefix('+').unwrap_or(digits).bytes().next()?;
    if !(first.is_ascii_digit() || first == b'.') {
        return None;
    }
    text.parse().ok()
}

/// A number of the given base, as `tonumber(text, base)` reads it.
pub(super) fn parse_radix(text: &str, base: u32) -> Option<f64> {
    i64::from_str_radix(text.trim_matches([' ', '\t', '\n']), base).ok().map(|n| n as f64)
}

/// Whether Go's `int64` conversion keeps the value.
pub(super) fn is_integer(number: f64) -> bool {
    number.is_finite() && number.fract() == 0.0 && (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&number)
}

/// As `tostring` and `..` write it: integers plainly, others as Go's `%v`.
pub(crate) fn format(number: f64) -> String {
    if is_integer(number) {
        return (number as i64).to_string();
    }
    if number.is_nan() {
        return "NaN".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf".into() } else { "-Inf".into() };
    }
    let exponent = format!("{number:e}");
    let (digits, power) = exponent.split_once('e').unwrap_or((&exponent, "0"));
    let power: i32 = power.parse().unwrap_or(0);
    if (-4..21).contains(&power) {
        return format!("{number}");
    }
    format!("{digits}e{}{:02}", if power < 0 { '-' } else { '+' }, power.abs())
}
