//! Methods of numbers.

use super::super::coerce::to_number;
use super::super::error::{Outcome, fail};
use super::super::value::Value;
use crate::lang::javascript::number_to_string;

pub(super) fn invoke(number: f64, name: &str, arguments: &[Value]) -> Outcome<Value> {
    let argument = match arguments.first() {
        None | Some(Value::Undefined) => None,
        Some(value) => Some(to_number(value)?),
    };
    let digits = argument.map_or(0.0, |digits| if digits.is_nan() { 0.0 } else { digits.trunc() });
    match name {
        "toFixed" => {
            if !(0.0..=100.0).contains(&digits) {
                return fail("toFixed() digits argument must be between 0 and 100");
            }
            if !number.is_finite() || number.abs() >= 1e21 {
                return Ok(Value::text(number_to_string(number)));
            }
            Ok(Value::text(fixed(number, digits as usize)))
        }
        "toExponential" => {
            if !number.is_finite() {
                return Ok(Value::text(number_to_string(number)));
            }
            if !(0.0..=100.0).contains(&digits) {
                return fail("toExponential() argument must be between 0 and 100");
            }
            Ok(Value::text(exponential(number, argument.map(|_| digits as usize))))
        }
        "toPrecision" => {
            if argument.is_none() || !number.is_finite() {
                return Ok(Value::text(number_to_string(number)));
            }
            if !(1.0..=100.0).contains(&digits) {
                return fail("toPrecision() argument must be between 1 and 100");
            }
            Ok(Value::text(precision(number, digits as usize)))
        }
        _ => {
            let radix = argument.map_or(10.0, |radix| if radix.is_nan() { 0.0 } else { radix.trunc() });
            if !(2.0..=36.0).contains(&radix) {
                return fail("toString() radix must be between 2 and 36");
            }
            Ok(Value::text(if radix == 10.0 || !number.is_finite() { number_to_string(number) } else { in_radix(number, radix as u32) }))
        }
    }
}

/// Decimal digits and the exponent of the first, rounded half up on the exact value.
fn rounded(number: f64, digits: usize) -> (String, i32) {
    let exact = format!("{:.*e}", digits + 40, number.abs());
    let (mantissa, exponent) = exact.split_once('e').unwrap_or((exact.as_str(), "0"));
    let mut exponent: i32 = exponent.parse().unwrap_or(0);
    let all: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
    let mut kept: Vec<u8> = all.iter().copied().take(digits + 1).collect();
    if all.get(digits + 1).is_some_and(|next| *next >= b'5') {
        let mut carry = true;
        for digit in kept.iter_mut().rev() {
            if *digit == b'9' {
                *digit = b'0';
            } else {
                *digit += 1;
                carry = false;
                break;
            }
        }
        if carry {
            kept.insert(0, b'1');
            kept.pop();
            exponent += 1;
        }
    }
    (String::from_utf8(kept).unwrap_or_default(), exponent)
}

fn fixed(number: f64, digits: usize) -> String {
    let plain = format!("{:.*}", digits + 60, number.abs());
    let (whole, part) = plain.split_once('.').unwrap_or((plain.as_str(), ""));
    let mut all: Vec<u8> = std::iter::once(b'0').chain(whole.bytes()).chain(part.bytes().take(digits)).collect();
    if part.as_bytes().get(digits).is_some_and(|next| *next >= b'5') {
        for digit in all.iter_mut().rev() {
            if *digit == b'9' {
                *digit = b'0';
            } else {
                *digit += 1;
                break;
            }
        }
    }
    let text = String::from_utf8(all).unwrap_or_default();
    let (whole, part) = text.split_at(text.len() - digits);
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let unsigned = if digits == 0 { whole.to_owned() } else { format!("{whole}.{part}") };
    // JavaScript keeps the sign of numbers that round to zero.
    if number < 0.0 { format!("-{unsigned}") } else { unsigned }
}

fn sign(number: f64) -> &'static str {
    if number < 0.0 { "-" } else { "" }
}

fn exponential(number: f64, digits: Option<usize>) -> String {
    let (kept, exponent) = match digits {
        Some(digits) => rounded(number, digits),
        None => {
            let shortest = format!("{:e}", number.abs());
            let (mantissa, exponent) = shortest.split_once('e').unwrap_or((shortest.as_str(), "0"));
            (mantissa.replace('.', ""), exponent.parse().unwrap_or(0))
        }
    };
    let (first, rest) = kept.split_at(1.min(kept.len()));
    let point = if rest.is_empty() { "" } else { "." };
    let direction = if exponent < 0 { '-' } else { '+' };
    format!("{}{first}{point}{rest}e{direction}{}", sign(number), exponent.abs())
}

fn precision(number: f64, digits: usize) -> String {
    let (kept, exponent) = if number == 0.0 { ("0".repeat(digits), 0) } else { rounded(number, digits - 1) };
    if exponent < -6 || exponent >= digits as i32 {
        let (first, rest) = kept.split_at(1.min(kept.len()));
        let point = if rest.is_empty() { "" } else { "." };
        let direction = if exponent < 0 { '-' } else { '+' };
        return format!("{}{first}{point}{rest}e{direction}{}", sign(number), exponent.abs());
    }
    if exponent < 0 {
        return format!("{}0.{}{kept}", sign(number), "0".repeat((-exponent - 1) as usize));
    }
    let (whole, part) = kept.split_at((exponent as usize + 1).min(kept.len()));
    if part.is_empty() { format!("{}{whole}", sign(number)) } else { format!("{}{whole}.{part}", sign(number)) }
}

/// The shortest digits in a radix that identify the number.
fn in_radix(number: f64, radix: u32) -> String {
    let base = f64::from(radix);
    let digit = |value: f64| char::from_digit(value as u32, radix).unwrap_or('0');
    let value = number.abs();
    let mut whole = value.floor();
    let mut fraction = value - whole;
    let next_up = f64::from_bits(value.to_bits() + 1);
    let mut delta = (0.5 * (next_up - value)).max(f64::from_bits(1));
    let mut part: Vec<u32> = Vec::new();
    if fraction >= delta {
        loop {
            fraction *= base;
            delta *= base;
            let next = fraction.floor();
            part.push(next as u32);
            fraction -= next;
            if (fraction > 0.5 || (fraction == 0.5 && (next as u32 & 1) == 1)) && fraction + delta > 1.0 {
                // Round up, carrying into the whole part.
                loop {
                    match part.pop() {
                        None => {
                            whole += 1.0;
                            break;
                        }
                        Some(last) if last + 1 < radix => {
                            part.push(last + 1);
                            break;
                        }
                        Some(_) => {}
                    }
                }
                break;
            }
            if fraction < delta || part.len() > 1100 {
                break;
            }
        }
    }
    let mut digits: Vec<char> = Vec::new();
    // Beyond 2^53 the low digits are zeros.
    while whole / base >= 9_007_199_254_740_992.0 {
        whole /= base;
        digits.push('0');
    }
    loop {
        let rest = whole % base;
        digits.push(digit(rest));
        whole = (whole - rest) / base;
        if whole <= 0.0 {
            break;
        }
    }
    let mut out = sign(number).to_owned();
    out.extend(digits.into_iter().rev());
    if !part.is_empty() {
        out.push('.');
        out.extend(part.into_iter().map(|value| digit(f64::from(value))));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_like_javascript() {
        assert_eq!(fixed(2.5, 0), "3");
        assert_eq!(fixed(-2.5, 0), "-3");
        assert_eq!(fixed(1.005, 2), "1.00");
        assert_eq!(fixed(1.23456, 2), "1.23");
        assert_eq!(precision(0.000123, 2), "0.00012");
        assert_eq!(precision(123.456, 2), "1.2e+2");
        assert_eq!(exponential(255.0, Some(1)), "2.6e+2");
        assert_eq!(in_radix(255.0, 16), "ff");
        assert_eq!(in_radix(0.5, 2), "0.1");
    }
}
