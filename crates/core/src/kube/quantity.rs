//! Quantities (`apimachinery/pkg/api/resource`): parsed, compared, and printed canonically.

use std::cmp::Ordering;
use std::fmt;

use crate::{Error, Result};

/// How a quantity was written, which decides how it is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `12e6`.
    DecimalExponent,
    /// `12Mi`.
    BinarySi,
    /// `12M`.
    DecimalSi,
}

/// A fixed-point number with a format: `unscaled` times ten to the power of `scale`.
#[derive(Debug, Clone)]
pub struct Quantity {
    unscaled: i128,
    scale: i32,
    format: Format,
    /// The text as written, when upstream would print it again unchanged.
    cached: Option<String>,
}

const NANO: i32 = -9;
const MAX_INT64_FACTORS: i64 = 18;

impl Quantity {
    /// Parses a quantity (`ParseQuantity`).
    pub fn parse(text: &str) -> Result<Self> {
        if text.is_empty() {
            return Err(wrong_format());
        }
        if text == "0" {
            return Ok(Self { unscaled: 0, scale: 0, format: Format::DecimalSi, cached: Some(text.to_owned()) });
        }
        let parts = Parts::split(text)?;
        let (base, exponent, format) = interpret(parts.suffix).ok_or_else(|| Error::upstream("unable to parse quantity's suffix"))?;
        match parts.fast(text, exponent, format) {
            Some(quick) => quick,
            None => parts.slow(base, exponent, format),
        }
    }

    /// The format it was written in.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        self.unscaled == 0
    }

    /// -1, 0 or 1.
    pub fn sign(&self) -> i32 {
        match self.unscaled.cmp(&0) {
            Ordering::Less => -1,
            Ordering::Equal => 0,
            Ordering::Greater => 1,
        }
    }

    /// The value in units of ten to the power of `scale`, rounded away from zero (`ScaledValue`).
    pub fn scaled(&self, scale: i32) -> i128 {
        rescale(self.unscaled, self.scale, scale).0
    }

    /// The value in whole units, rounded up (`Value`).
    pub fn value(&self) -> i128 {
        self.scaled(0)
    }

    /// The value in thousandths, rounded up (`MilliValue`).
    pub fn milli_value(&self) -> i128 {
        self.scaled(-3)
    }

    /// Rounds up to a scale (`RoundUp`); says whether nothing changed.
    pub fn round_up(&mut self, scale: i32) -> bool {
        if self.scale >= scale {
            return true;
        }
        self.cached = None;
        let (unscaled, exact) = rescale(self.unscaled, self.scale, scale);
        self.unscaled = unscaled;
        self.scale = scale;
        exact
    }
}

/// The number at another scale, rounded away from zero; whether it is exact.
fn rescale(unscaled: i128, from: i32, to: i32) -> (i128, bool) {
    let shift = from.saturating_sub(to);
    let factor = 10_i128.checked_pow(shift.unsigned_abs());
    if shift >= 0 {
        return factor.map_or((if unscaled < 0 { i128::MIN } else { i128::MAX }, false), |factor| (unscaled.saturating_mul(factor), true));
    }
    let Some(factor) = factor else { return (unscaled.signum(), unscaled == 0) };
    let (whole, rest) = (unscaled / factor, unscaled % factor);
    (if rest == 0 { whole } else { whole + unscaled.signum() }, rest == 0)
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        let scale = self.scale.min(other.scale);
        rescale(self.unscaled, self.scale, scale).0.cmp(&rescale(other.unscaled, other.scale, scale).0)
    }
}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Quantity {}

impl fmt::Display for Quantity {
    /// The canonical form, or the text as written where upstream keeps it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(cached) = &self.cached {
            return f.write_str(cached);
        }
        if self.unscaled == 0 {
            return f.write_str("0");
        }
        let mut format = self.format;
        if format == Format::BinarySi {
            let small = self.scaled(0).unsigned_abs() < 1024;
            let (whole, exact) = rescale(self.unscaled, self.scale, 0);
            if !small && exact {
                let (amount, times) = strip(whole, 1024);
                const SUFFIXES: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
                return write!(f, "{amount}{}", SUFFIXES.get(times as usize).copied().unwrap_or(""));
            }
            format = Format::DecimalSi;
        }
        let (amount, times) = strip(self.unscaled, 10);
        let exponent = self.scale.saturating_add(i32::try_from(times).unwrap_or(0));
        let up = exponent.rem_euclid(3);
        let amount = amount.saturating_mul(10_i128.pow(up.unsigned_abs()));
        let exponent = exponent - up;
        match format {
            Format::DecimalExponent if exponent != 0 => write!(f, "{amount}e{exponent}"),
            Format::DecimalExponent => write!(f, "{amount}"),
            _ => write!(f, "{amount}{}", decimal_suffix(exponent)),
        }
    }
}

fn decimal_suffix(exponent: i32) -> &'static str {
    match exponent {
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
}

fn strip(mut amount: i128, factor: i128) -> (i128, u32) {
    let mut times = 0;
    while amount != 0 && amount % factor == 0 {
        amount /= factor;
        times += 1;
    }
    (amount, times)
}

fn wrong_format() -> Error {
    Error::upstream("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
}

/// Base, exponent and format of a suffix.
fn interpret(suffix: &str) -> Option<(i32, i32, Format)> {
    let decimal = |exponent| Some((10, exponent, Format::DecimalSi));
    let binary = |exponent| Some((2, exponent, Format::BinarySi));
    match suffix {
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
            let digits = suffix.strip_prefix(['e', 'E']).filter(|rest| !rest.is_empty())?;
            let exponent: i64 = digits.parse().ok()?;
            #[allow(clippy::cast_possible_truncation)]
            Some((10, exponent as i32, Format::DecimalExponent))
        }
    }
}

struct Parts<'a> {
    positive: bool,
    num: &'a str,
    denom: &'a str,
    suffix: &'a str,
}

impl<'a> Parts<'a> {
    fn split(text: &'a str) -> Result<Self> {
        let positive = !text.starts_with('-');
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let stripped = unsigned.trim_start_matches('0');
        if stripped.is_empty() {
            return Ok(Self { positive, num: "0", denom: "", suffix: "" });
        }
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let (num, rest) = stripped.split_at_checked(digits(stripped)).unwrap_or((stripped, ""));
        let (denom, suffix) = match rest.strip_prefix('.') {
            Some(rest) => rest.split_at_checked(digits(rest)).unwrap_or((rest, "")),
            None => ("", rest),
        };
        let after = suffix.trim_start_matches(['e', 'E', 'i', 'n', 'u', 'm', 'k', 'K', 'M', 'G', 'T', 'P']);
        let after = after.strip_prefix(['+', '-']).unwrap_or(after);
        if !after.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(wrong_format());
        }
        Ok(Self { positive, num: if num.is_empty() { "0" } else { num }, denom, suffix })
    }

    fn len(&self) -> i64 {
        i64::try_from(self.num.len() + self.denom.len()).unwrap_or(i64::MAX)
    }

    fn digits(&self) -> Result<i128> {
        let mut value: i128 = 0;
        for digit in self.num.bytes().chain(self.denom.bytes()) {
            value = value
                .checked_mul(10)
                .and_then(|value| value.checked_add(i128::from(digit - b'0')))
                .ok_or_else(|| Error::limit("quantity has too many digits"))?;
        }
        Ok(value)
    }

    /// Upstream's path for what fits into 64 bits; none when it does not apply.
    fn fast(&self, text: &str, exponent: i32, format: Format) -> Option<Result<Quantity>> {
        let (precision, scale, factor) = match format {
            Format::BinarySi if self.denom.is_empty() => {
                let num = i64::try_from(self.num.len()).unwrap_or(i64::MAX);
                (15_i64.saturating_sub(num) - i64::from(exponent * 3 / 10) - 1, 0, 1_i128 << exponent)
            }
            Format::BinarySi => return None,
            _ => (MAX_INT64_FACTORS.saturating_sub(self.len()), exponent, 1),
        };
        let scale = scale.checked_sub(i32::try_from(self.denom.len()).ok()?)?;
        if precision < 0 || scale < NANO {
            return None;
        }
        let value = match self.digits() {
            Ok(value) if value <= i128::from(i64::MAX) => value,
            Ok(_) => return Some(Err(Error::upstream("unable to parse numeric part of quantity"))),
            Err(error) => return Some(Err(error)),
        };
        let result = value.checked_mul(factor).filter(|value| *value <= i128::from(i64::MAX))?;
        let canonical = match format {
            Format::BinarySi => exponent % 10 == 0 && value & 7 != 0,
            _ => scale % 3 == 0 && !self.ends_in_thousand() && !self.num.starts_with('0'),
        };
        Some(Ok(Quantity {
            unscaled: if self.positive { result } else { -result },
            scale,
            format,
            cached: canonical.then(|| text.to_owned()),
        }))
    }

    fn ends_in_thousand(&self) -> bool {
        let mut last = self.num.bytes().chain(self.denom.bytes()).rev();
        (0..3).all(|_| last.next() == Some(b'0'))
    }

    fn slow(&self, base: i32, exponent: i32, mut format: Format) -> Result<Quantity> {
        let too_big = || Error::limit("quantity is too large");
        let mut unscaled = self.digits()?;
        let mut scale = i32::try_from(self.denom.len()).map_err(|_| too_big())?.checked_neg().ok_or_else(too_big)?;
        if base == 10 {
            scale = scale.checked_add(exponent).ok_or_else(too_big)?;
        } else {
            unscaled = unscaled.checked_mul(1_i128 << exponent).ok_or_else(too_big)?;
        }
        if scale < NANO {
            unscaled = rescale(unscaled, scale, NANO).0;
            scale = NANO;
        }
        if format == Format::BinarySi {
            let (whole, _) = rescale(unscaled, scale, 0);
            if whole > i128::from(i64::MAX) {
                unscaled = i128::from(i64::MAX);
                scale = 0;
            } else if unscaled != 0 && unscaled < 10_i128.checked_pow(scale.unsigned_abs()).unwrap_or(i128::MAX) && scale < 0 {
                format = Format::DecimalSi;
            }
        }
        Ok(Quantity { unscaled: if self.positive { unscaled } else { -unscaled }, scale, format, cached: None })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn prints_as_upstream() {
        for (text, printed) in [
            ("1000m", "1"),
            ("0.5", "500m"),
            ("1024Mi", "1Gi"),
            ("0.5Gi", "512Mi"),
            ("1.500", "1.500"),
            ("1.5", "1500m"),
            ("100m", "100m"),
            ("2048Mi", "2Gi"),
            ("1e3", "1e3"),
            ("1000", "1k"),
            ("0", "0"),
            ("00", "0"),
            ("0.1n", "1n"),
            ("1023Mi", "1023Mi"),
            ("500Ki", "500Ki"),
            ("8Ki", "8Ki"),
            ("-1000m", "-1"),
        ] {
            assert_eq!(Quantity::parse(text).unwrap().to_string(), printed, "{text}");
        }
        assert!(Quantity::parse("1x").is_err() && Quantity::parse("").is_err() && Quantity::parse("abc").is_err());
    }
}
