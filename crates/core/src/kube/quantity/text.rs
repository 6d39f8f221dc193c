//! Quantities from and to text.

use std::cmp::Ordering;

use num_bigint::BigInt;

use crate::error::{Error, Result};

use super::amount::Amount;
use super::decimal::Decimal;
use super::{Format, Number, Quantity};

const WRONG: &str = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
/// Smallest power of ten that is kept: billionths.
const NANO: i32 = -9;

/// Longer texts are refused, as their arithmetic grows with the square.
const MAX_LEN: usize = 4096;

/// The pieces of a quantity's text.
struct Parts<'a> {
    positive: bool,
    /// Sign, digits and point.
    value: &'a str,
    /// Digits before the point, leading zeros gone.
    whole: &'a str,
    fraction: &'a str,
    suffix: &'a str,
}

fn split(text: &str) -> Result<Parts<'_>> {
    let positive = !text.starts_with('-');
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let zeros = unsigned.bytes().take_while(|byte| *byte == b'0').count();
    if zeros == unsigned.len() {
        return Ok(Parts { positive, value: "0", whole: "0", fraction: "", suffix: "" });
    }
    let rest = unsigned.get(zeros..).unwrap_or_default();
    let (whole, mut rest) = rest.split_at(digits(rest));
    let mut fraction = "";
    if let Some(after) = rest.strip_prefix('.') {
        (fraction, rest) = after.split_at(digits(after));
    }
    let value = text.get(..text.len() - rest.len()).unwrap_or_default();
    let letters = rest.bytes().take_while(|byte| b"eEinumkKMGTP".contains(byte)).count();
    let tail = rest.get(letters..).unwrap_or_default();
    let number = if letters < rest.len() { tail.strip_prefix(['-', '+']).unwrap_or(tail) } else { tail };
    if number.bytes().any(|byte| !byte.is_ascii_digit()) {
        return Err(Error::upstream(WRONG));
    }
    let whole = if whole.is_empty() { "0" } else { whole };
    Ok(Parts { positive, value, whole, fraction, suffix: rest })
}

/// Base, exponent and family of a suffix.
fn suffix(text: &str) -> Option<(u32, i32, Format)> {
    let decimal = |exponent| Some((10, exponent, Format::DecimalSi));
    let binary = |exponent| Some((2, exponent, Format::BinarySi));
    match text {
        "" => decimal(0),
        "n" => decimal(-9),
        "u" => decimal(-6),
        "m" => decimal(-3),
        "k" => decimal(3),
        "M" => decimal(6),
        "G" => decimal(9),
        "T" => decimal(12),
        "P" => decimal(15),
        "E" => decimal(18),
        "Ki" => binary(10),
        "Mi" => binary(20),
        "Gi" => binary(30),
        "Ti" => binary(40),
        "Pi" => binary(50),
        "Ei" => binary(60),
        _ => {
            let exponent: i64 = text.strip_prefix(['e', 'E'])?.parse().ok()?;
            Some((10, exponent as i32, Format::DecimalExponent))
        }
    }
}

pub(super) fn parse(text: &str) -> Result<Quantity> {
    if text.is_empty() {
        return Err(Error::upstream(WRONG));
    }
    if text == "0" {
        let number = Number::Small(Amount { value: 0, scale: 0 });
        return Ok(Quantity { number, format: Format::DecimalSi, written: Some(text.to_owned()) });
    }
    if text.len() > MAX_LEN {
        return Err(Error::limit(format!("quantity: longer than {MAX_LEN} bytes")));
    }
    let parts = split(text)?;
    let (base, exponent, format) = suffix(parts.suffix).ok_or_else(|| Error::upstream("unable to parse quantity's suffix"))?;
    if let Some(quantity) = small(text, &parts, exponent, format)? {
        return Ok(quantity);
    }
    large(&parts, base, exponent, format)
}

/// The quantity as a 64-bit integer, when its digits are few enough.
fn small(text: &str, parts: &Parts<'_>, exponent: i32, format: Format) -> Result<Option<Quantity>> {
    let len = (parts.whole.len() + parts.fraction.len()) as i64;
    let (mut scale, mut mantissa) = (0_i32, 1_i64);
    let precision = match format {
        Format::BinarySi if parts.fraction.is_empty() => {
            mantissa = 1 << exponent;
            15 - parts.whole.len() as i64 - i64::from(exponent * 3 / 10) - 1
        }
        Format::BinarySi => -1,
        _ => {
            scale = exponent;
            18 - len
        }
    };
    if precision < 0 {
        return Ok(None);
    }
    scale = scale.wrapping_sub(parts.fraction.len() as i32);
    if scale < NANO {
        return Ok(None);
    }
    let digits = format!("{}{}", parts.whole, parts.fraction);
    let value: i64 = digits.parse().map_err(|_| Error::upstream("unable to parse numeric part of quantity"))?;
    let Some(mut result) = value.checked_mul(mantissa) else { return Ok(None) };
    if !parts.positive {
        result = -result;
    }
    let canonical = match format {
        Format::BinarySi => exponent % 10 == 0 && value & 7 != 0,
        _ => scale % 3 == 0 && !digits.ends_with("000") && !digits.starts_with('0'),
    };
    let number = Number::Small(Amount { value: result, scale });
    Ok(Some(Quantity { number, format, written: canonical.then(|| text.to_owned()) }))
}

fn large(parts: &Parts<'_>, base: u32, exponent: i32, mut format: Format) -> Result<Quantity> {
    let mut amount = Decimal::parse(parts.value).ok_or_else(|| Error::upstream("unable to parse numeric part of quantity"))?;
    if base == 10 {
        amount.scale = i64::from((amount.scale as i32).wrapping_sub(exponent));
    } else {
        amount.unscaled *= BigInt::from(1) << exponent;
    }
    let negative = amount.sign() < 0;
    if negative {
        amount = amount.negated();
    }
    if amount.sign() != 0 {
        amount = amount.round_up(i64::from(-NANO))?.0;
    }
    if format == Format::BinarySi {
        let largest = Decimal::new(i64::MAX, 0);
        if amount.compare(&largest) == Ordering::Greater {
            amount = largest;
        }
        if amount.sign() > 0 && amount.compare(&Decimal::new(1, 0)) == Ordering::Less {
            format = Format::DecimalSi;
        }
    }
    if negative {
        amount = amount.negated();
    }
    Ok(Quantity { number: Number::Large(amount), format, written: None })
}

/// `CanonicalizeBytes`: the shortest text of the quantity in its family.
pub(super) fn canonical(quantity: &Quantity) -> String {
    if quantity.is_zero() {
        return "0".to_owned();
    }
    let mut format = quantity.format;
    if format == Format::BinarySi {
        if let Some(text) = binary(quantity) {
            return text;
        }
        format = Format::DecimalSi;
    }
    let decimal = quantity.decimal();
    let (mut digits, times) = Decimal::remove_factors(decimal.unscaled, 10);
    let mut exponent = times - decimal.scale;
    while exponent % 3 != 0 {
        digits *= 10;
        exponent -= 1;
    }
    let suffix = match format {
        Format::DecimalSi => match exponent {
            -9 => "n",
            -6 => "u",
            -3 => "m",
            3 => "k",
            6 => "M",
            9 => "G",
            12 => "T",
            15 => "P",
            18 => "E",
            _ => "",
        }
        .to_owned(),
        _ if exponent == 0 => String::new(),
        _ => format!("e{exponent}"),
    };
    format!("{digits}{suffix}")
}

/// A whole number of at least 1,024 with a binary suffix.
fn binary(quantity: &Quantity) -> Option<String> {
    let bound = Decimal::new(1024, 0);
    let decimal = quantity.decimal();
    if decimal.compare(&bound) == Ordering::Less && decimal.compare(&bound.negated()) == Ordering::Greater {
        return None;
    }
    let (value, true) = quantity.rounded().ok()? else { return None };
    let (digits, times) = Decimal::remove_factors(value, 1024);
    let suffix = match times {
        1 => "Ki",
        2 => "Mi",
        3 => "Gi",
        4 => "Ti",
        5 => "Pi",
        6 => "Ei",
        _ => "",
    };
    Some(format!("{digits}{suffix}"))
}

/// A JSON number's text as Go writes it.
pub(super) fn json_number(number: &serde_json::Number) -> String {
    let text = number.to_string();
    if number.is_f64() {
        let value = number.as_f64().unwrap_or(0.0);
        if value != 0.0 && !(1e-6..1e21).contains(&value.abs()) {
            let scientific = format!("{value:e}");
            return match scientific.split_once('e') {
                Some((mantissa, exponent)) if !exponent.starts_with('-') => format!("{mantissa}e+{exponent}"),
                _ => scientific,
            };
        }
        return format!("{value}");
    }
    text
}
