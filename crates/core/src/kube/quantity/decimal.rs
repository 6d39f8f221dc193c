//! Decimals of any size, as `inf.Dec`: an integer and a power of ten.

use std::cmp::Ordering;

use num_bigint::{BigInt, Sign};

use crate::error::{Error, Result};

/// How far apart two exponents may be before arithmetic is refused. Upstream takes the factors out one by one: some
/// seconds for an exponent of 120,000, and no answer within the oracle's limit from 130,000.
const MAX_SHIFT: i64 = 125_000;

/// `unscaled` times ten to the power of `-scale`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decimal {
    pub(super) unscaled: BigInt,
    pub(super) scale: i64,
}

/// Ten to a power; refuses what would not fit in memory.
fn power_of_ten(power: i64) -> Result<BigInt> {
    match u32::try_from(power) {
        Ok(power) if i64::from(power) <= MAX_SHIFT => Ok(BigInt::from(10).pow(power)),
        _ => Err(Error::limit("quantity: exponent is too large")),
    }
}

/// The quotient where nothing is left over.
fn exact_quotient(value: &BigInt, divisor: &BigInt) -> Option<BigInt> {
    if divisor.bits() > value.bits() {
        return None;
    }
    let quotient = value / divisor;
    (&quotient * divisor == *value).then_some(quotient)
}

impl Decimal {
    pub(super) fn new(unscaled: impl Into<BigInt>, scale: i64) -> Self {
        Self { unscaled: unscaled.into(), scale }
    }

    /// Digits with an optional sign and point.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = format!("{whole}{fraction}");
        let unscaled = digits.strip_prefix('+').unwrap_or(&digits).parse().ok()?;
        Some(Self { unscaled, scale: fraction.len() as i64 })
    }

    pub(super) fn sign(&self) -> i32 {
        match self.unscaled.sign() {
            Sign::Minus => -1,
            Sign::NoSign => 0,
            Sign::Plus => 1,
        }
    }

    /// Digits of the integer.
    fn digits(&self) -> i64 {
        self.unscaled.magnitude().to_string().len() as i64
    }

    /// Both integers at the larger scale.
    fn aligned(&self, other: &Self) -> Result<(BigInt, BigInt, i64)> {
        let scale = self.scale.max(other.scale);
        let one = &self.unscaled * power_of_ten(scale - self.scale)?;
        let two = &other.unscaled * power_of_ten(scale - other.scale)?;
        Ok((one, two, scale))
    }

    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let sign = self.sign();
        match sign.cmp(&other.sign()) {
            Ordering::Equal if sign == 0 => return Ordering::Equal,
            Ordering::Equal => {}
            unequal => return unequal,
        }
        let magnitude = (self.digits() - self.scale).cmp(&(other.digits() - other.scale));
        match (magnitude, self.aligned(other)) {
            (Ordering::Equal, Ok((one, two, _))) => one.cmp(&two),
            (unequal, _) if sign < 0 => unequal.reverse(),
            (unequal, _) => unequal,
        }
    }

    pub(super) fn add(&self, other: &Self) -> Result<Self> {
        let (one, two, scale) = self.aligned(other)?;
        Ok(Self { unscaled: one + two, scale })
    }

    pub(super) fn negated(&self) -> Self {
        Self { unscaled: -&self.unscaled, scale: self.scale }
    }

    /// Rounded away from zero to a scale, and whether that changed nothing.
    pub(super) fn round_up(&self, scale: i64) -> Result<(Self, bool)> {
        let drop = self.scale - scale;
        if self.sign() == 0 {
            return Ok((Self::new(0, scale), true));
        }
        if drop <= 0 {
            return Ok((Self { unscaled: &self.unscaled * power_of_ten(-drop)?, scale }, true));
        }
        if drop > self.digits() {
            return Ok((Self::new(self.sign(), scale), false));
        }
        let divisor = power_of_ten(drop)?;
        let quotient = &self.unscaled / &divisor;
        let exact = (&quotient * divisor) == self.unscaled;
        let unscaled = if exact { quotient } else { quotient + self.sign() };
        Ok((Self { unscaled, scale }, exact))
    }

    /// The integer without its factors of `base`, and how many there were. One by one they would cost the square of their
    /// number: they go by powers, twice as many at a time while that works, then half as many.
    pub(super) fn remove_factors(mut value: BigInt, base: u32) -> (BigInt, i64) {
        let mut times = 0;
        if value.sign() == Sign::NoSign {
            return (value, times);
        }
        let mut powers = vec![BigInt::from(base)];
        while let Some(quotient) = powers.last().and_then(|power| exact_quotient(&value, power)) {
            value = quotient;
            times += 1 << (powers.len() - 1);
            powers.extend(powers.last().map(|power| power * power));
        }
        for (doublings, power) in powers.iter().enumerate().rev().skip(1) {
            if let Some(quotient) = exact_quotient(&value, power) {
                value = quotient;
                times += 1 << doublings;
            }
        }
        (value, times)
    }

    /// The low 64 bits of an integer, as Go's `big.Int.Int64`.
    pub(super) fn low_bits(value: &BigInt) -> i64 {
        let low = value.iter_u64_digits().next().unwrap_or(0) as i64;
        if value.sign() == Sign::Minus { low.wrapping_neg() } else { low }
    }

    /// The value times ten to the power of `new_scale`, rounded as upstream's
    /// `scaledValue` does: one is added whenever something is dropped.
    pub(super) fn scaled(&self, new_scale: i64) -> Result<i64> {
        let drop = self.scale - new_scale;
        if drop <= 0 {
            let power = if drop < -18 { i64::MIN } else { 10_i64.pow(u32::try_from(-drop).unwrap_or(0)) };
            return Ok(Self::low_bits(&self.unscaled).wrapping_mul(power));
        }
        if drop < 19 && self.unscaled < BigInt::from(i64::MAX) {
            let (value, divisor) = (Self::low_bits(&self.unscaled), 10_i64.pow(u32::try_from(drop).unwrap_or(0)));
            return Ok(value / divisor + i64::from(value % divisor != 0));
        }
        if drop > self.digits() + 1 {
            // Division that rounds down, then one more.
            return Ok(i64::from(self.sign() > 0));
        }
        let divisor = power_of_ten(drop)?;
        let (mut quotient, remainder) = (&self.unscaled / &divisor, &self.unscaled % &divisor);
        if remainder.sign() == Sign::NoSign {
            return Ok(Self::low_bits(&quotient));
        }
        if remainder.sign() == Sign::Minus {
            quotient -= 1;
        }
        Ok(Self::low_bits(&quotient).wrapping_add(1))
    }
}
