//! intstr.IntOrString with the arithmetic that Rollouts uses.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An int32 or a string, as in `maxSurge: 25%`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum IntOrString {
    /// A number.
    Int(i32),
    /// A text.
    Str(String),
}

impl IntOrString {
    /// `IntValue`: the number, or the text read as one, or 0.
    pub fn int_value(&self) -> i64 {
        match self {
            Self::Int(value) => i64::from(*value),
            Self::Str(text) => go_atoi(text).unwrap_or(0),
        }
    }

    /// `GetValueFromIntOrPercent`: a number is absolute, any text is a percentage of
    /// `total` with or without its sign. `None` if the text is no number.
    pub fn scaled(&self, total: i32, round_up: bool) -> Option<i64> {
        match self {
            Self::Int(value) => Some(i64::from(*value)),
            Self::Str(text) => {
                let percent = go_atoi(&text.replace('%', ""))?;
                let exact = percent as f64 * f64::from(total) / 100.0;
                Some(if round_up { exact.ceil() } else { exact.floor() } as i64)
            }
        }
    }
}

impl std::fmt::Display for IntOrString {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Int(value) => write!(f, "{value}"),
            Self::Str(text) => f.write_str(text),
        }
    }
}

/// strconv.Atoi: an optional sign and decimal digits, 64 bits.
pub(crate) fn go_atoi(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

/// strconv.ParseInt(text, 10, 32).
pub(crate) fn go_parse_i32(text: &str) -> Option<i32> {
    go_atoi(text).and_then(|value| i32::try_from(value).ok())
}
