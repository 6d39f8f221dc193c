//! `strconv.ParseInt` and `ParseFloat`.

/// Why a text is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberError {
    /// Not the syntax.
    Syntax,
    /// Too large; the value clamped to the range.
    Range,
}

/// `strconv.ParseUint(text, base, 64)`; base 0 reads prefixes and underscores.
pub fn parse_uint(text: &str, base: u32) -> Result<u64, NumberError> {
    let mut digits = text;
    let mut radix = base;
    if base == 0 {
        radix = 10;
        let lower = text.get(..2).map(str::to_ascii_lowercase);
        let prefixed = |n: u32| text.get(2..).filter(|rest| !rest.is_empty()).map(|rest| (n, rest));
        let found = match lower.as_deref() {
            Some("0x") if text.len() >= 3 => prefixed(16),
            Some("0b") if text.len() >= 3 => prefixed(2),
            Some("0o") if text.len() >= 3 => prefixed(8),
            Some(_) if text.starts_with('0') => text.get(1..).map(|rest| (8, rest)),
            _ => None,
        };
        if let Some((n, rest)) = found {
            (radix, digits) = (n, rest);
        }
    }
    if digits.is_empty() {
        return Err(NumberError::Syntax);
    }
    let mut value: u64 = 0;
    let mut overflow = false;
    let mut underscores = false;
    for c in digits.chars() {
        if c == '_' && base == 0 {
            underscores = true;
            continue;
        }
        let digit = c.to_digit(radix).ok_or(NumberError::Syntax)?;
        match value.checked_mul(u64::from(radix)).and_then(|v| v.checked_add(u64::from(digit))) {
            Some(next) => value = next,
            None => overflow = true,
        }
        if overflow {
            return Err(NumberError::Range);
        }
    }
    if underscores && !underscores_ok(text) {
        return Err(NumberError::Syntax);
    }
    Ok(value)
}

/// `strconv.ParseInt(text, base, 64)`.
pub fn parse_int(text: &str, base: u32) -> Result<i64, NumberError> {
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, text.get(1..).unwrap_or_default()),
        Some(b'+') => (false, text.get(1..).unwrap_or_default()),
        _ => (false, text),
    };
    let value = parse_uint(digits, base)?;
    if negative {
        if value > 1 << 63 {
            return Err(NumberError::Range);
        }
        Ok(0i64.wrapping_sub(value as i64))
    } else {
        i64::try_from(value).map_err(|_| NumberError::Range)
    }
}

/// `strconv.Atoi` with the value it gives beside an error.
pub fn atoi(text: &str) -> i64 {
    match parse_int(text, 10) {
        Ok(value) => value,
        Err(NumberError::Range) if text.starts_with('-') => i64::MIN,
        Err(NumberError::Range) => i64::MAX,
        Err(NumberError::Syntax) => 0,
    }
}

/// Underscores must separate digits, or follow a base prefix.
pub fn underscores_ok(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text).as_bytes();
    let mut last = b'^';
    let mut at = 0;
    let mut hex = false;
    if text.len() >= 2 && text.first() == Some(&b'0') {
        let second = text.get(1).map(u8::to_ascii_lowercase);
        if matches!(second, Some(b'b' | b'o' | b'x')) {
            at = 2;
            last = b'0';
            hex = second == Some(b'x');
        }
    }
    for &c in text.get(at..).unwrap_or_default() {
        if c.is_ascii_digit() || (hex && c.is_ascii_hexdigit()) {
            last = b'0';
        } else if c == b'_' {
            if last != b'0' {
                return false;
            }
            last = b'_';
        } else {
            if last == b'_' {
                return false;
            }
            last = b'!';
        }
    }
    last != b'_'
}

/// `strconv.ParseFloat(text, 64)`.
pub fn parse_float(text: &str) -> Result<f64, NumberError> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    match unsigned.to_ascii_lowercase().as_str() {
        "inf" | "infinity" => return Ok(sign * f64::INFINITY),
        "nan" => return Ok(f64::NAN),
        _ => {}
    }
    if unsigned.len() >= 2 && matches!(unsigned.get(..2), Some("0x" | "0X")) {
        return parse_hex_float(unsigned.get(2..).unwrap_or_default(), text).map(|value| sign * value);
    }
    if unsigned.contains('_') && !underscores_ok(text) {
        return Err(NumberError::Syntax);
    }
    let plain = unsigned.replace('_', "");
    if !decimal_shape(plain.as_bytes()) {
        return Err(NumberError::Syntax);
    }
    let value: f64 = plain.parse().map_err(|_| NumberError::Syntax)?;
    if value.is_infinite() { Err(NumberError::Range) } else { Ok(sign * value) }
}

/// Digits with at most one point and an exponent.
fn decimal_shape(bytes: &[u8]) -> bool {
    let (mut digits, mut dots, mut at) = (0, 0, 0);
    while let Some(c) = bytes.get(at) {
        match c {
            b'0'..=b'9' => digits += 1,
            b'.' if dots == 0 => dots += 1,
            b'e' | b'E' => break,
            _ => return false,
        }
        at += 1;
    }
    if at == bytes.len() {
        return digits > 0;
    }
    at += 1;
    if matches!(bytes.get(at), Some(b'+' | b'-')) {
        at += 1;
    }
    let exponent = bytes.get(at..).unwrap_or_default();
    digits > 0 && !exponent.is_empty() && exponent.iter().all(u8::is_ascii_digit)
}

/// `0x1.8p3`: the exponent is required.
fn parse_hex_float(digits: &str, whole: &str) -> Result<f64, NumberError> {
    if digits.contains('_') && !underscores_ok(whole) {
        return Err(NumberError::Syntax);
    }
    let digits = &digits.replace('_', "");
    let (mantissa, exponent) = digits.split_once(['p', 'P']).ok_or(NumberError::Syntax)?;
    let (whole_part, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole_part.is_empty() && fraction.is_empty() {
        return Err(NumberError::Syntax);
    }
    let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if unsigned.is_empty() || !unsigned.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NumberError::Syntax);
    }
    let mut power: i32 = exponent.parse::<i32>().unwrap_or(if exponent.starts_with('-') { -100_000 } else { 100_000 });
    let mut value: u64 = 0;
    let mut sticky = false;
    for (index, c) in whole_part.chars().chain(fraction.chars()).enumerate() {
        let digit = u64::from(c.to_digit(16).ok_or(NumberError::Syntax)?);
        if value >> 56 == 0 {
            value = value << 4 | digit;
            if index >= whole_part.len() {
                power = power.saturating_sub(4);
            }
        } else {
            sticky |= digit != 0;
            if index < whole_part.len() {
                power = power.saturating_add(4);
            }
        }
    }
    let value = (value | u64::from(sticky)) as f64;
    let half = power / 2;
    let result = value * 2f64.powi(half) * 2f64.powi(power - half);
    if result.is_infinite() { Err(NumberError::Range) } else { Ok(result) }
}

/// Go's conversion of a float to an int64 on amd64: out of range is the smallest integer.
pub fn float_to_int(value: f64) -> i64 {
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&value) { value as i64 } else { i64::MIN }
}
