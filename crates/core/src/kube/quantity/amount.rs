//! The small form of a quantity: a 64-bit integer and a power of ten.

use std::cmp::Ordering;

use super::decimal::Decimal;

/// `value` times ten to the power of `scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) value: i64,
    pub(super) scale: i32,
}

/// An integer times ten to a power that is not negative.
pub(super) fn scale_up(value: i64, power: i64) -> Option<i64> {
    if value == 0 {
        return Some(0);
    }
    let power = u32::try_from(power).ok().filter(|power| *power <= 19)?;
    value.checked_mul(10_i64.checked_pow(power)?)
}

/// An integer divided by ten to a power, rounded away from zero, and whether
/// that was exact.
fn scale_down(value: i64, power: i64) -> (i64, bool) {
    let divisor = u32::try_from(power).ok().and_then(|power| 10_i64.checked_pow(power));
    match divisor {
        Some(divisor) => match (value / divisor, value % divisor) {
            (quotient, 0) => (quotient, true),
            (quotient, rest) => (quotient + rest.signum(), false),
        },
        None => (value.signum(), value == 0),
    }
}

impl Amount {
    pub(super) fn decimal(self) -> Decimal {
        Decimal::new(self.value, -i64::from(self.scale))
    }

    pub(super) fn compare(self, other: Self) -> Ordering {
        self.decimal().compare(&other.decimal())
    }

    /// The sum, when it fits.
    pub(super) fn add(self, other: Self) -> Option<Self> {
        if other.value == 0 {
            return Some(self);
        }
        if self.value == 0 {
            return Some(other);
        }
        let scale = self.scale.min(other.scale);
        let one = scale_up(self.value, i64::from(self.scale) - i64::from(scale))?;
        let two = scale_up(other.value, i64::from(other.scale) - i64::from(scale))?;
        Some(Self { value: one.checked_add(two)?, scale })
    }

    /// Rounded up to a scale, and whether that changed nothing.
    pub(super) fn as_scale(self, scale: i32) -> (Self, bool) {
        if self.scale >= scale {
            return (self, true);
        }
        let (value, exact) = scale_down(self.value, i64::from(scale) - i64::from(self.scale));
        (Self { value, scale }, exact)
    }

    /// Like [`Amount::scaled`], with upstream's answer when it does not fit:
    /// the low bits for some powers, 0 for the others.
    pub(super) fn scaled_wrapping(self, scale: i32) -> i64 {
        let up = i64::from(self.scale) - i64::from(scale);
        match (self.scaled(scale), up) {
            (Some(value), _) => value,
            (None, 1 | 2 | 3 | 6 | 9) if self.value != i64::MIN => self.value.wrapping_mul(10_i64.pow(up as u32)),
            (None, _) => 0,
        }
    }

    /// The number of units of ten to the power of `scale`, rounded up; `None`
    /// when it does not fit.
    pub(super) fn scaled(self, scale: i32) -> Option<i64> {
        let up = i64::from(self.scale) - i64::from(scale);
        if up < 0 { Some(scale_down(self.value, -up).0) } else { scale_up(self.value, up) }
    }
}
