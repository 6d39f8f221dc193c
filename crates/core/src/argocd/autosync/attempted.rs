//! Was this very sync tried before? (`alreadyAttemptedSync`)

use crate::{Map, Value};

/// What the last operation says about the desired state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attempt {
    /// The same revisions and sources were synced.
    pub(super) attempted: bool,
    /// What it synced.
    pub(super) revisions: Vec<String>,
    /// How it ended.
    pub(super) phase: String,
}

/// Compares revisions (unless the commits have nothing for the Application) and sources; nothing else
/// of the Application counts.
pub(super) fn already_attempted(application: &Value, desired: &[String], new_revision_has_changes: bool) -> Attempt {
    let none = |attempted, phase: &str| Attempt { attempted, revisions: Vec::new(), phase: phase.to_owned() };
    let Some(state) = application.pointer("/status/operationState").filter(|state| !state.is_null()) else { return none(false, "") };
    let phase = state.get("phase").and_then(Value::as_str).unwrap_or("");
    let Some(result) = state.get("syncResult").filter(|result| !result.is_null()) else {
        return none(matches!(phase, "Failed" | "Error" | "Succeeded"), phase);
    };
    let spec = application.get("spec").unwrap_or(&Value::Null);
    let multiple = has_multiple_sources(spec);
    let revisions = if multiple { texts(result.get("revisions")) } else { vec![text(result, "revision").to_owned()] };
    let answer = |attempted| Attempt { attempted, revisions: revisions.clone(), phase: phase.to_owned() };
    if new_revision_has_changes && revisions != desired {
        return answer(false);
    }
    answer(if multiple {
        same(spec.get("sources").unwrap_or(&Value::Null), result.get("sources").unwrap_or(&Value::Null))
    } else {
        same(&sync_source(spec), result.get("source").unwrap_or(&Value::Null))
    })
}

/// `HasMultipleSources`.
pub(super) fn has_multiple_sources(spec: &Value) -> bool {
    let hydrated = spec.get("sourceHydrator").is_some_and(|hydrator| !hydrator.is_null());
    !hydrated && spec.get("sources").and_then(Value::as_array).is_some_and(|sources| !sources.is_empty())
}

/// `GetSource`: where the manifests come from.
pub(super) fn sync_source(spec: &Value) -> Value {
    if let Some(hydrator) = spec.get("sourceHydrator").filter(|hydrator| !hydrator.is_null()) {
        let of = |section: &str, key: &str| hydrator.get(section).map_or("", |section| text(section, key));
        let own = of("syncSource", "repoURL");
        let repo = if own.is_empty() { of("drySource", "repoURL") } else { own };
        return serde_json::json!({ "repoURL": repo, "path": of("syncSource", "path"), "targetRevision": of("syncSource", "targetBranch") });
    }
    match spec.get("sources").and_then(Value::as_array).and_then(|sources| sources.first()) {
        Some(first) => first.clone(),
        None => spec.get("source").filter(|source| !source.is_null()).cloned().unwrap_or_else(|| Value::Object(Map::new())),
    }
}

pub(super) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or("")
}

pub(super) fn texts(list: Option<&Value>) -> Vec<String> {
    list.and_then(Value::as_array).into_iter().flatten().map(|item| item.as_str().unwrap_or("").to_owned()).collect()
}

/// Equal once decoded into Go structs: zero values and absent members are the same.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            one.iter().all(|(key, value)| same(value, other.get(key).unwrap_or(&Value::Null)))
                && other.iter().all(|(key, value)| one.contains_key(key) || is_zero(value))
        }
        (Value::Array(one), Value::Array(other)) => one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other)),
        (Value::Null, Value::Object(members)) | (Value::Object(members), Value::Null) => {
            // Only the source itself is a struct that is not behind a pointer.
            members.is_empty() || (members.contains_key("repoURL") && members.values().all(is_zero))
        }
        _ => one == other || (is_zero(one) && is_zero(other)),
    }
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Number(number) => number.as_f64() == Some(0.0),
        _ => false,
    }
}
