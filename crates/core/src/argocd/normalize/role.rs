//! Roles (`normalizeRole`).

use crate::Value;

/// An aggregated role's rules are left out if so configured; empty rules are no rules.
pub(super) fn normalize_role(object: &mut Value, ignore_aggregated: bool) {
    let Some(members) = object.as_object_mut() else { return };
    if ignore_aggregated && members.get("aggregationRule").is_some_and(Value::is_object) {
        members.insert("rules".to_owned(), Value::Null);
    }
    if let Some(rules) = members.get_mut("rules")
        && rules.as_array().is_some_and(Vec::is_empty)
    {
        *rules = Value::Null;
    }
}
