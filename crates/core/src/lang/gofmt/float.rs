//! `strconv.FormatFloat`.

/// The decimal digits of a number and the place of its point: `0.d1d2d3… × 10^point`.
struct Digits {
    digits: Vec<u8>,
    point: i32,
}

/// Shortest digits that read back as the same number, or `count` digits.
fn digits(value: f64, count: Option<usize>) -> Digits {
    if value == 0.0 {
        return Digits { digits: Vec::new(), point: 0 };
    }
    let text = match count {
        None => format!("{value:e}"),
        Some(count) => format!("{value:.*e}", count.saturating_sub(1)),
    };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mut digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
    while digits.last() == Some(&b'0') {
        digits.pop();
    }
    Digits { digits, point: exponent.parse::<i32>().unwrap_or(0) + 1 }
}

/// `strconv.FormatFloat(value, verb, precision, 64)`; a negative precision is the shortest form.
pub fn format(value: f64, verb: u8, precision: i32) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.into();
    }
    let negative = value.is_sign_negative();
    let sign = if negative { "-" } else { "" };
    let magnitude = value.abs();
    match verb {
        b'b' => return format!("{sign}{}", binary(magnitude)),
        b'x' | b'X' => {
            let text = hexadecimal(magnitude, precision);
            return format!("{sign}{}", if verb == b'X' { text.to_uppercase() } else { text });
        }
        _ => {}
    }
    let shortest = precision < 0;
    let precision = usize::try_from(precision).unwrap_or(0);
    let body = match verb {
        b'f' | b'F' if !shortest => format!("{magnitude:.precision$}"),
        b'f' | b'F' => format!("{magnitude}"),
        b'e' | b'E' => {
            let wanted = (!shortest).then_some(precision + 1);
            let found = digits(magnitude, wanted);
            let count = wanted.unwrap_or(found.digits.len());
            exponential(&found, count, verb)
        }
        _ => general(magnitude, shortest, precision, verb),
    };
    format!("{sign}{body}")
}

fn general(value: f64, shortest: bool, precision: usize, verb: u8) -> String {
    let precision = if !shortest && precision == 0 { 1 } else { precision };
    let found = digits(value, (!shortest).then_some(precision));
    let count = found.digits.len();
    let point = found.point;
    let mut limit = if shortest { 6 } else { precision as i32 };
    if !shortest && limit > count as i32 && count as i32 >= point {
        limit = count as i32;
    }
    let exponent = point - 1;
    if exponent < -4 || exponent >= limit {
        let letter = if verb == b'G' { b'E' } else { b'e' };
        return exponential(&found, count.max(1), letter);
    }
    plain(&found, (count as i32 - point).max(0) as usize)
}

fn plain(found: &Digits, decimals: usize) -> String {
    let digit = |at: i32| usize::try_from(at).ok().and_then(|at| found.digits.get(at)).copied().unwrap_or(b'0') as char;
    let mut text = String::new();
    if found.point > 0 {
        text.extend((0..found.point).map(digit));
    } else {
        text.push('0');
    }
    if decimals > 0 {
        text.push('.');
        text.extend((0..decimals as i32).map(|at| digit(found.point + at)));
    }
    text
}

fn exponential(found: &Digits, count: usize, letter: u8) -> String {
    let digit = |at: usize| found.digits.get(at).copied().unwrap_or(b'0') as char;
    let mut text = String::new();
    text.push(digit(0));
    if count > 1 {
        text.push('.');
        text.extend((1..count).map(digit));
    }
    let exponent = if found.digits.is_empty() { 0 } else { found.point - 1 };
    text.push(if letter == b'E' || letter == b'G' { 'E' } else { 'e' });
    text.push(if exponent < 0 { '-' } else { '+' });
    text.push_str(&format!("{:02}", exponent.abs()));
    text
}

fn parts(value: f64) -> (u64, i32) {
    let bits = value.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32;
    let mantissa = bits & ((1 << 52) - 1);
    if exponent == 0 { (mantissa, -1074) } else { (mantissa | 1 << 52, exponent - 1075) }
}

fn binary(value: f64) -> String {
    let (mantissa, exponent) = parts(value);
    let sign = if exponent >= 0 { "+" } else { "" };
    format!("{mantissa}p{sign}{exponent}")
}

fn hexadecimal(value: f64, precision: i32) -> String {
    let (mut mantissa, mut exponent) = parts(value);
    exponent = if mantissa == 0 { 0 } else { exponent + 52 };
    mantissa <<= 60 - 52;
    while mantissa != 0 && mantissa >> 60 == 0 {
        mantissa <<= 1;
        exponent -= 1;
    }
    if (0..15).contains(&precision) {
        let shift = precision as u32 * 4;
        let extra = mantissa << shift & ((1 << 60) - 1);
        mantissa >>= 60 - shift;
        if extra | (mantissa & 1) > 1 << 59 {
            mantissa += 1;
        }
        mantissa <<= 60 - shift;
        if mantissa >> 61 != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let mut text = format!("0x{}", mantissa >> 60 & 1);
    mantissa <<= 4;
    if precision < 0 && mantissa != 0 {
        text.push('.');
        while mantissa != 0 {
            text.push(char::from_digit((mantissa >> 60) as u32 & 15, 16).unwrap_or('0'));
            mantissa <<= 4;
        }
    } else if precision > 0 {
        text.push('.');
        for _ in 0..precision {
            text.push(char::from_digit((mantissa >> 60) as u32 & 15, 16).unwrap_or('0'));
            mantissa <<= 4;
        }
    }
    text.push('p');
    text.push(if exponent < 0 { '-' } else { '+' });
    text.push_str(&format!("{:02}", exponent.abs()));
    text
}
