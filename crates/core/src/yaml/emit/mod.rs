//! Values to YAML, byte for byte as `sigs.k8s.io/yaml` v1.6.0 writes them:
//! keys sorted, sequences at the indentation of their key, lines folded at 80.

mod analyze;
mod json;
mod order;
mod writer;

use serde_json::{Number, Value};

use crate::error::Result;
use crate::lang::gofmt::json::marshal_document;

use super::kubernetes::resolve::{Resolved, go_g, untagged};

/// The text of a value: `yaml.Marshal`, where upstream cannot write (a DEL
/// character, a key of more than 1,024 characters) the same without its detour.
pub fn emit(value: &Value) -> String {
    marshal(value).unwrap_or_else(|_| writer::write(value))
}

/// The text of a value: `yaml.Marshal`.
///
/// Upstream writes JSON and reads it back as YAML first; a few strings do not
/// survive that unchanged, and some are refused.
///
/// # Errors
/// When upstream cannot write the value.
pub fn marshal(value: &Value) -> Result<String> {
    if json::survives(value) {
        return Ok(writer::write(value));
    }
    Ok(writer::write(&super::kubernetes::unmarshal(&marshal_document(value))?))
}

/// A number as upstream writes it after a detour through JSON.
fn number_text(number: &Number) -> String {
    if number.is_i64() || number.is_u64() {
        return number.to_string();
    }
    let float = number.as_f64().unwrap_or(0.0);
    if float.fract() == 0.0 && float.abs() < 1e21 {
        let digits = if float == 0.0 { "0".to_owned() } else { format!("{float}") };
        if matches!(untagged(&digits), Resolved::Int(_) | Resolved::Uint(_)) {
            return digits;
        }
    }
    go_g(&format!("{float:e}"))
}
