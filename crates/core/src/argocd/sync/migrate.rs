//! Moving field ownership from client-side to server-side apply (client-go's `csaupgrade`).

use crate::{Map, Value};

/// The manager that kubectl writes as, unless the Application names another.
pub(crate) const DEFAULT_MANAGER: &str = "kubectl-client-side-apply";
/// The manager that Argo CD applies as.
const ARGO_CD_MANAGER: &str = "argocd-controller";

fn entries(object: &Value) -> Option<&Vec<Value>> {
    object.pointer("/metadata/managedFields").and_then(Value::as_array)
}

fn text<'a>(entry: &'a Value, key: &str) -> &'a str {
    entry.get(key).and_then(Value::as_str).unwrap_or("")
}

/// The manager still owns fields by `Update`, of any subresource.
pub(crate) fn is_needed(live: &Value, manager: &str) -> bool {
    let owns = |entry: &Value| text(entry, "manager") == manager && text(entry, "operation") == "Update";
    !manager.is_empty() && entries(live).is_some_and(|entries| entries.iter().any(owns))
}

/// The managed fields after the move; none when there is nothing to move.
pub(crate) fn upgraded(object: &Value, manager: &str) -> Option<Vec<Value>> {
    if !is_needed(object, manager) {
        return None;
    }
    let mut entries = entries(object)?.clone();
    let at = |entries: &[Value], manager: &str, operation: &str| {
        entries.iter().position(|entry| {
            text(entry, "manager") == manager && text(entry, "operation") == operation && text(entry, "subresource").is_empty()
        })
    };
    let into = match at(&entries, ARGO_CD_MANAGER, "Apply") {
        Some(into) => into,
        None => {
            let from = at(&entries, manager, "Update")?;
            let entry = entries.get_mut(from)?.as_object_mut()?;
            entry.insert("manager".into(), ARGO_CD_MANAGER.into());
            entry.insert("operation".into(), "Apply".into());
            from
        }
    };
    let from_manager =
        |entry: &Value| text(entry, "manager") == manager && text(entry, "operation") == "Update" && text(entry, "subresource").is_empty();
    let version = entries.get(into).map(|entry| text(entry, "apiVersion").to_owned()).unwrap_or_default();
    let owned = entries
        .iter()
        .find(|entry| from_manager(entry) && text(entry, "apiVersion") == version)
        .and_then(|entry| entry.get("fieldsV1"))
        .cloned();
    if let (Some(Value::Object(owned)), Some(Value::Object(entry))) = (owned, entries.get_mut(into)) {
        let fields = entry.entry("fieldsV1").or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(fields) = fields {
            union(fields, owned, 0);
        }
    }
    entries.retain(|entry| !from_manager(entry));
    Some(entries)
}

/// Field sets are trees of maps; deeper than any manifest they are left alone.
fn union(into: &mut Map<String, Value>, from: Map<String, Value>, depth: usize) {
    const DEEPEST: usize = 256;
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Object(own)), Value::Object(other)) if depth < DEEPEST => union(own, other, depth + 1),
            (Some(_), _) => {}
            (None, value) => {
                into.insert(key, value);
            }
        }
    }
}
