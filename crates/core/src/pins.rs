//! The upstream releases whose behaviour this crate reproduces.
//!
//! `pins.json` is the one place that names them: `--version`, the README's
//! table and the oracles read it too.

use std::sync::OnceLock;

use crate::Value;

/// The text of the pins file.
pub const TEXT: &str = include_str!("../pins.json");

/// The pins file, parsed.
pub fn pins() -> &'static Value {
    static PINS: OnceLock<Value> = OnceLock::new();
    PINS.get_or_init(|| serde_json::from_str(TEXT).unwrap_or_default())
}
