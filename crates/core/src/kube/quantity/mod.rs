//! Resource quantities: `500m`, `1.5Gi`, `1e3` (apimachinery v0.37
//! `api/resource`).

mod amount;
mod decimal;
mod text;

use std::cmp::Ordering;
use std::fmt;

use num_bigint::BigInt;
use serde_json::Value;

use crate::error::{Error, Result};
use amount::Amount;
use decimal::Decimal;

/// The family of suffixes a quantity is written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// `1e6`.
    DecimalExponent,
    /// `1Mi`.
    BinarySi,
    /// `1M`.
    DecimalSi,
    /// None: a quantity that was null.
    Unset,
}

impl Format {
    /// Upstream's name: `DecimalExponent`, `BinarySI`, `DecimalSI` or nothing.
    pub fn name(self) -> &'static str {
        match self {
            Self::DecimalExponent => "DecimalExponent",
            Self::BinarySi => "BinarySI",
            Self::DecimalSi => "DecimalSI",
            Self::Unset => "",
        }
    }
}

#[derive(Debug, Clone)]
enum Number {
    Small(Amount),
    Large(Decimal),
}

/// A quantity. Its text is the one it was read from while that is canonical.
#[derive(Debug, Clone)]
pub struct Quantity {
    number: Number,
    format: Format,
    written: Option<String>,
}

impl Quantity {
    /// Reads a quantity: `ParseQuantity`.
    ///
    /// # Errors
    /// When the text is no quantity.
    pub fn parse(text: &str) -> Result<Self> {
        text::parse(text)
    }

    /// Reads a quantity from a document: a string, a number or null.
    ///
    /// # Errors
    /// When the value is no quantity.
    pub fn from_value(value: &Value) -> Result<Self> {
        match value {
            Value::Null => Ok(Self { number: Number::Small(Amount { value: 0, scale: 0 }), format: Format::Unset, written: None }),
            Value::String(text) => Self::parse(text.trim()),
            Value::Number(number) => Self::parse(&text::json_number(number)),
            other => Self::parse(&other.to_string()),
        }
    }

    /// How it was written.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Whether it is 0.
    pub fn is_zero(&self) -> bool {
        self.sign() == 0
    }

    /// -1, 0 or 1.
    pub fn sign(&self) -> i32 {
        match &self.number {
            Number::Small(amount) => amount.value.signum() as i32,
            Number::Large(decimal) => decimal.sign(),
        }
    }

    /// The value in whole units, rounded up: `Value`. Values that do not fit
    /// are 0, or wrap, as upstream's.
    pub fn value(&self) -> i64 {
        self.scaled_value(0)
    }

    /// The value in thousandths, rounded up: `MilliValue`.
    pub fn milli_value(&self) -> i64 {
        self.scaled_value(-3)
    }

    /// The value in units of ten to the power of `scale`: `ScaledValue`.
    pub fn scaled_value(&self, scale: i32) -> i64 {
        match &self.number {
            Number::Small(amount) => amount.scaled_wrapping(scale),
            Number::Large(decimal) => decimal.scaled(-i64::from(scale)).unwrap_or(0),
        }
    }

    /// The value as a double: `AsApproximateFloat64`.
    pub fn approximate(&self) -> f64 {
        let decimal = self.decimal();
        format!("{}e{}", decimal.unscaled, -decimal.scale).parse().unwrap_or(0.0)
    }

    /// Compares two quantities by value: `Cmp`.
    #[expect(clippy::should_implement_trait, reason = "upstream's name; equality of quantities is not equality of fields")]
    pub fn cmp(&self, other: &Self) -> Ordering {
        match (&self.number, &other.number) {
            (Number::Small(one), Number::Small(two)) => one.compare(*two),
            _ => self.decimal().compare(&other.decimal()),
        }
    }

    /// The sum: `Add`. It is written like `self`, or like `other` when `self` is 0.
    ///
    /// # Errors
    /// When the exponents are too far apart to add.
    pub fn add(&self, other: &Self) -> Result<Self> {
        let format = if self.is_zero() { other.format } else { self.format };
        let small = match (&self.number, &other.number) {
            (Number::Small(one), Number::Small(two)) => one.add(*two),
            _ => None,
        };
        let number = match small {
            Some(amount) => Number::Small(amount),
            None => Number::Large(self.decimal().add(&other.decimal())?),
        };
        Ok(Self { number, format, written: None })
    }

    /// The difference: `Sub`.
    ///
    /// # Errors
    /// When the exponents are too far apart to subtract.
    pub fn sub(&self, other: &Self) -> Result<Self> {
        let number = match &other.number {
            Number::Small(amount) => Number::Small(Amount { value: amount.value.wrapping_neg(), scale: amount.scale }),
            Number::Large(decimal) => Number::Large(decimal.negated()),
        };
        self.add(&Self { number, format: other.format, written: None })
    }

    /// Rounds up to a power of ten, away from zero (`RoundUp`), and says whether that changed nothing.
    pub fn round_up(&mut self, scale: i32) -> bool {
        let (number, exact) = match &self.number {
            Number::Small(amount) if amount.scale >= scale => return true,
            Number::Small(amount) => {
                let (rounded, exact) = amount.as_scale(scale);
                (Number::Small(rounded), exact)
            }
            Number::Large(decimal) => match decimal.round_up(-i64::from(scale)) {
                Ok((rounded, exact)) => (Number::Large(rounded), exact),
                Err(_) => return true,
            },
        };
        self.number = number;
        self.written = None;
        exact
    }

    /// The canonical text, whatever it was read from.
    pub fn canonical(&self) -> String {
        text::canonical(self)
    }

    fn decimal(&self) -> Decimal {
        match &self.number {
            Number::Small(amount) => amount.decimal(),
            Number::Large(decimal) => decimal.clone(),
        }
    }

    /// Whole units, rounded up, as an integer of any size, and whether that is exact.
    fn rounded(&self) -> Result<(BigInt, bool)> {
        match &self.number {
            Number::Small(amount) => {
                let (rounded, exact) = amount.as_scale(0);
                let value = match rounded.scaled(0) {
                    Some(value) => value.into(),
                    None => rounded.decimal().round_up(0)?.0.unscaled,
                };
                Ok((value, exact))
            }
            Number::Large(decimal) => decimal.round_up(0).map(|(decimal, exact)| (decimal.unscaled, exact)),
        }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.written {
            Some(text) => formatter.write_str(text),
            None => formatter.write_str(&self.canonical()),
        }
    }
}

impl std::str::FromStr for Quantity {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}
