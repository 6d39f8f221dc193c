//! `shopspring/decimal`: an integer and a power of ten.

use num_bigint::{BigInt, Sign};

/// `value × 10^exponent`
#[derive(Debug, Clone)]
pub(super) struct Decimal {
    value: BigInt,
    exponent: i32,
}

/// Digits after the point that a division keeps.
const DIVISION_PRECISION: i32 = 16;

fn power(exponent: i32) -> BigInt {
    BigInt::from(10).pow(u32::try_from(exponent.max(0)).unwrap_or(0))
}

impl Decimal {
    /// The shortest decimal that reads back as the number; nothing for NaN and infinities.
    pub(super) fn from_float(number: f64) -> Option<Self> {
        if !number.is_finite() {
            return None;
        }
        if number == 0.0 {
            return Some(Self { value: BigInt::ZERO, exponent: 0 });
        }
        let text = format!("{number:e}");
        let (mantissa, exponent) = text.split_once('e')?;
        let decimals = mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        let value: BigInt = mantissa.replace('.', "").parse().ok()?;
        Some(Self { value, exponent: exponent.parse::<i32>().ok()? - decimals as i32 })
    }

    fn aligned(&self, other: &Self) -> (BigInt, BigInt, i32) {
        let exponent = self.exponent.min(other.exponent);
        let scaled = |decimal: &Self| &decimal.value * power(decimal.exponent - exponent);
        (scaled(self), scaled(other), exponent)
    }

    pub(super) fn add(&self, other: &Self) -> Self {
        let (a, b, exponent) = self.aligned(other);
        Self { value: a + b, exponent }
    }

    pub(super) fn sub(&self, other: &Self) -> Self {
        let (a, b, exponent) = self.aligned(other);
        Self { value: a - b, exponent }
    }

    pub(super) fn mul(&self, other: &Self) -> Self {
        Self { value: &self.value * &other.value, exponent: self.exponent.saturating_add(other.exponent) }
    }

    /// Rounded half away from zero at sixteen digits; nothing by zero.
    pub(super) fn div(&self, other: &Self) -> Option<Self> {
        if other.value == BigInt::ZERO {
            return None;
        }
        let shift = self.exponent.saturating_sub(other.exponent).saturating_add(DIVISION_PRECISION);
        let (a, b) =
            if shift < 0 { (self.value.clone(), &other.value * power(-shift)) } else { (&self.value * power(shift), other.value.clone()) };
        let quotient = &a / &b;
        let remainder = &a - &quotient * &b;
        let twice: BigInt = &remainder * 2;
        let rounded = if twice.magnitude() < b.magnitude() {
            quotient
        } else if (self.value.sign() == Sign::Minus) == (other.value.sign() == Sign::Minus) {
            quotient + 1
        } else {
            quotient - 1
        };
        Some(Self { value: rounded, exponent: -DIVISION_PRECISION })
    }

    pub(super) fn is_huge(&self) -> bool {
        super::numeric::too_many_bits(&self.value) || self.exponent.unsigned_abs() > 20_000
    }

    /// The nearest float.
    pub(super) fn to_float(&self) -> f64 {
        format!("{}e{}", self.value, self.exponent).parse().unwrap_or(f64::NAN)
    }
}
