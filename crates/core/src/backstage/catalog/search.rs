//! The rows by which entities are found (upstream `buildEntitySearch`).

use std::collections::HashSet;

use serde_json::Value;

use super::reference::DEFAULT_NAMESPACE;
use crate::lang::javascript::{to_text, truthy, utf16_len};

/// Longer keys are not searchable, longer values are stored as null.
const MAX_LENGTH: usize = 200;

/// Paths that are not traversed.
const SPECIAL: &[&str] = &["attachments", "relations", "status", "metadata.name", "metadata.namespace", "metadata.uid", "metadata.etag"];

/// One row of the search table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Dotted path in lower case.
    pub key: String,
    /// The value in lower case.
    pub value: Option<String>,
    /// The value as text.
    pub original: Option<String>,
}

/// The rows of a final entity; the error names the keys that differ only in case.
pub fn rows(entity: &Value) -> Result<Vec<Row>, Vec<String>> {
    let mut raw = Traversal::default();
    raw.visit("", entity, 0);
    let mut raw = raw.out;
    let metadata = entity.get("metadata").unwrap_or(&Value::Null);
    let own = |key: &str| metadata.get(key).cloned().unwrap_or(Value::Null);
    for key in ["name", "namespace", "uid"] {
        raw.push((format!("metadata.{key}"), own(key)));
    }
    if !truthy(&own("namespace")) {
        raw.push(("metadata.namespace".to_owned(), Value::String(DEFAULT_NAMESPACE.to_owned())));
    }
    for relation in entity.get("relations").and_then(Value::as_array).into_iter().flatten() {
        let kind = relation.get("type").map(to_text).unwrap_or_else(|| "undefined".to_owned());
        raw.push((format!("relations.{kind}"), relation.get("targetRef").cloned().unwrap_or(Value::Null)));
    }
    let duplicates = duplicate_keys(&raw);
    if !duplicates.is_empty() {
        return Err(duplicates);
    }
    let mut seen = HashSet::new();
    let mut rows = Vec::with_capacity(raw.len());
    for (key, value) in raw {
        let key = key.to_lowercase();
        if utf16_len(&key) > MAX_LENGTH {
            continue;
        }
        let original = if value.is_null() { None } else { Some(to_text(&value)) };
        let value = original.as_ref().map(|text| text.to_lowercase()).filter(|text| utf16_len(text) <= MAX_LENGTH);
        let original = original.filter(|_| value.is_some());
        if seen.insert((key.clone(), value.clone())) {
            rows.push(Row { key, value, original });
        }
    }
    Ok(rows)
}

fn duplicate_keys(raw: &[(String, Value)]) -> Vec<String> {
    let mut keys = HashSet::new();
    let mut lower = HashSet::new();
    let mut duplicates = Vec::new();
    for (key, _) in raw {
        if keys.insert(key.as_str()) && !lower.insert(key.to_lowercase()) {
            duplicates.push(key.to_lowercase());
        }
    }
    duplicates
}

#[derive(Default)]
struct Traversal {
    out: Vec<(String, Value)>,
    seen: HashSet<String>,
}

impl Traversal {
    fn visit(&mut self, path: &str, value: &Value, depth: usize) {
        if SPECIAL.contains(&path) || depth > 500 {
            return;
        }
        match value {
            Value::Array(items) => {
                for item in items {
                    self.visit(path, item, depth + 1);
                    if let Value::String(text) = item {
                        let key = format!("{path}.{text}");
                        if self.seen.insert(key.to_lowercase()) {
                            self.out.push((key, Value::Bool(true)));
                        }
                    }
                }
            }
            Value::Object(members) => {
                for (key, member) in members {
                    if path.is_empty() {
                        self.visit(key, member, depth + 1);
                    } else {
                        self.visit(&format!("{path}.{key}"), member, depth + 1);
                    }
                }
            }
            primitive => self.out.push((path.to_owned(), primitive.clone())),
        }
    }
}
