//! `divergences.yaml`: where we knowingly differ from upstream, and why.

use std::collections::BTreeMap;

use serde_json::Value;

/// Vector id to reason. An entry that starts to agree fails the suite.
pub fn read() -> Result<BTreeMap<String, String>, String> {
    let path = crate::root().join("tests/divergences.yaml");
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let value = lofting::yaml::kubernetes::unmarshal(&text).map_err(|e| e.to_string())?;
    let entries = value.get("divergences").and_then(Value::as_array).cloned().unwrap_or_default();
    let field = |entry: &Value, name: &str| entry.get(name).and_then(Value::as_str).filter(|t| !t.is_empty()).map(str::to_owned);
    entries
        .iter()
        .map(|entry| match (field(entry, "id"), field(entry, "reason"), field(entry, "upstream")) {
            (Some(id), Some(reason), Some(_)) => Ok((id, reason)),
            _ => Err(format!("divergences.yaml: an entry needs id, reason and upstream: {entry}")),
        })
        .collect()
}
