//! Numbers as Go's encoding/json and `%v` write them.

pub use crate::lang::gofmt::json::marshal_ordered as go_json;
use crate::lang::gofmt::json::number;

/// A float64 as encoding/json writes it: shortest digits, exponent outside 1e-6..1e21.
pub(crate) fn go_float(value: f64) -> String {
    number(value).unwrap_or_default()
}

/// A float as Go's `%v` and the format `g` show it, from its shortest scientific form:
/// exponents from 1e6 on and below 1e-4.
pub(crate) fn general(scientific: &str) -> String {
    let (digits, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let zero = digits.trim_start_matches('-') == "0";
    if !zero && !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    scientific.parse::<f64>().map_or_else(|_| scientific.to_string(), |value| value.to_string())
}
