//! `IntOrString`: a number, or a percentage of some total (apimachinery
//! `util/intstr`).

use std::fmt;

use serde_json::Value;

use crate::error::{Error, Result};

/// A number or a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IntOrString {
    /// A number of 32 bits.
    Int(i32),
    /// A text, usually a percentage.
    String(String),
}

impl IntOrString {
    /// Reads it from a document.
    ///
    /// # Errors
    /// When the value is neither a string nor an integer of 32 bits.
    pub fn from_value(value: &Value) -> Result<Self> {
        let wrong = || Error::upstream(format!("json: cannot unmarshal {value} into Go value of type int32"));
        match value {
            Value::String(text) => Ok(Self::String(text.clone())),
            Value::Number(number) => number.as_i64().and_then(|int| i32::try_from(int).ok()).map(Self::Int).ok_or_else(wrong),
            Value::Null => Ok(Self::Int(0)),
            _ => Err(wrong()),
        }
    }

    /// A number when the text is one: `intstr.Parse`.
    pub fn parse(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::String(text.to_owned()), Self::Int)
    }

    /// The number, or the text as one; 0 when it is none: `IntValue`.
    pub fn int_value(&self) -> i64 {
        match self {
            Self::Int(int) => i64::from(*int),
            Self::String(text) => go_atoi_or_clamp(text),
        }
    }

    /// A number as it is, or a percentage of `total`, rounded up or down:
    /// `GetScaledValueFromIntOrPercent`. Texts must end with `%`.
    ///
    /// # Errors
    /// When the text is no percentage.
    pub fn scaled_value(&self, total: i64, round_up: bool) -> Result<i64> {
        match self {
            Self::Int(int) => Ok(i64::from(*int)),
            Self::String(text) => match text.strip_suffix('%') {
                Some(number) => percentage(text, number, total, round_up),
                None => Err(Error::upstream("invalid value for IntOrString: invalid type: string is not a percentage")),
            },
        }
    }

    /// The older `GetValueFromIntOrPercent`: a text is a percentage with or
    /// without `%` (which may stand anywhere).
    ///
    /// # Errors
    /// When the text is no number.
    pub fn value_from(&self, total: i64, round_up: bool) -> Result<i64> {
        match self {
            Self::Int(int) => Ok(i64::from(*int)),
            Self::String(text) => percentage(text, &text.replace('%', ""), total, round_up),
        }
    }
}

impl fmt::Display for IntOrString {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(int) => write!(formatter, "{int}"),
            Self::String(text) => formatter.write_str(text),
        }
    }
}

fn percentage(text: &str, number: &str, total: i64, round_up: bool) -> Result<i64> {
    let percent: i64 =
        number.parse().map_err(|_| Error::upstream(format!("invalid value for IntOrString: invalid value {text:?}: not a number")))?;
    let exact = percent as f64 * total as f64 / 100.0;
    let rounded = if round_up { exact.ceil() } else { exact.floor() };
    // A Go conversion that does not fit gives the smallest integer on amd64.
    let fits = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&rounded);
    Ok(if fits { rounded as i64 } else { i64::MIN })
}

/// `strconv.Atoi` with its error dropped: 0, or the nearest number when the
/// digits do not fit.
fn go_atoi_or_clamp(text: &str) -> i64 {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    match text.parse() {
        Ok(int) => int,
        Err(_) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            if text.starts_with('-') {
                i64::MIN
            } else {
                i64::MAX
            }
        }
        Err(_) => 0,
    }
}
