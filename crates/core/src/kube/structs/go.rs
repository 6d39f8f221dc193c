//! Numbers as Go's `encoding/json` sees them.

use serde_json::Number;

/// The integer that decoding a JSON number into `int64` gives, if it gives one.
pub(super) fn integer(number: &Number) -> Option<i64> {
    if let Some(integer) = number.as_i64() {
        return Some(integer);
    }
    let float = number.as_f64()?;
    // Go prints integral floats below 1e21 without an exponent, so they read back as integers.
    #[allow(clippy::cast_possible_truncation)]
    (float.fract() == 0.0 && float.abs() < 9_223_372_036_854_775_808.0 && !number.is_u64()).then_some(float as i64)
}

/// A number as Go prints it after one round trip: integral floats become integers, integers beyond
/// `int64` become floats.
pub fn go_number(number: &Number) -> Number {
    if number.is_i64() {
        return number.clone();
    }
    match integer(number) {
        Some(integer) => Number::from(integer),
        None => number.as_f64().and_then(Number::from_f64).unwrap_or_else(|| number.clone()),
    }
}
