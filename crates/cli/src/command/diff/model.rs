//! What is shown: resources with their differences, grouped by Application.

use lofting::argocd::diff::{Cause, Change, DiffResult, Ignored, LAST_APPLIED, masked_changes, shown_secret};
use lofting::argocd::status::ResourceStatus;
use lofting::{Diagnostic, Value};
use serde_json::json;

/// The resources of one Application, or of none.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// The Application's name; empty when there is none.
    pub(super) name: String,
    pub(super) sync: String,
    pub(super) health: String,
    pub(super) health_message: String,
    pub(super) conditions: Vec<String>,
    /// What is worth a word about the manifests and the rules.
    pub(super) findings: Vec<Diagnostic>,
    /// Why nothing can be said.
    pub(super) unknown: Option<String>,
    /// What belongs to no Application, when the project watches for it.
    pub(super) orphans: Vec<String>,
    pub(super) rows: Vec<Row>,
}

/// One resource.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) group: String,
    pub(super) kind: String,
    pub(super) namespace: String,
    pub(super) name: String,
    /// Upstream's status; empty when the resource does not count.
    pub(super) status: String,
    pub(super) health: Option<(String, String)>,
    pub(super) hook: bool,
    pub(super) prune: bool,
    pub(super) changes: Vec<Change>,
    pub(super) ignored: Vec<Ignored>,
    /// As it is; null when it is not there. Secrets are masked, the API server's bookkeeping is left out.
    pub(super) before: Value,
    /// As it would be.
    pub(super) after: Value,
}

impl Group {
    pub(super) fn unknown(name: &str, why: impl Into<String>) -> Self {
        Self { name: name.to_owned(), sync: "unknown".into(), unknown: Some(why.into()), ..Self::default() }
    }

    pub(super) fn differs(&self) -> bool {
        self.rows.iter().any(Row::differs)
    }

    pub(super) fn to_json(&self) -> Value {
        let resources: Vec<Value> = self.rows.iter().map(Row::to_json).collect();
        let mut value = json!({"resources": resources});
        if !self.name.is_empty() {
            value["application"] = self.name.as_str().into();
        }
        if !self.sync.is_empty() {
            value["sync"] = self.sync.as_str().into();
        }
        if !self.health.is_empty() {
            value["health"] = json!({"status": self.health, "message": self.health_message});
            value["conditions"] = self.conditions.clone().into();
        }
        if !self.findings.is_empty() {
            value["diagnostics"] = json!(self.findings);
        }
        if let Some(why) = &self.unknown {
            value["unknown"] = why.as_str().into();
        }
        if !self.orphans.is_empty() {
            value["orphanedResources"] = self.orphans.clone().into();
        }
        value
    }
}

impl Row {
    /// A row for two objects as they were compared; `live` is the object as it stands.
    pub(super) fn new(key: [&str; 4], status: &str, diff: DiffResult<'_>, live: Option<&Value>, sensitive: &[String]) -> Self {
        let [group, kind, namespace, name] = key.map(str::to_owned);
        let changes = if status == "OutOfSync" {
            masked_changes(diff.normalized_live.value(), diff.predicted_live.value(), live, sensitive)
        } else {
            Vec::new()
        };
        let [before, after] = [diff.normalized_live, diff.predicted_live].map(|side| side.detached().into_value());
        let (before, after) = sides(before, after, &group, &kind, sensitive);
        let ignored = diff.ignored;
        Self {
            group,
            kind,
            namespace,
            name,
            status: status.to_owned(),
            health: None,
            hook: false,
            prune: false,
            changes,
            ignored,
            before,
            after,
        }
    }

    /// A resource of a compared Application.
    pub(super) fn of(one: &ResourceStatus<'_>, sensitive: &[String]) -> Self {
        let diff = if one.status == "OutOfSync" {
            one.diff.clone()
        } else {
            DiffResult { ignored: one.diff.ignored.clone(), ..DiffResult::default() }
        };
        let mut row = Self::new([&one.group, &one.kind, &one.namespace, &one.name], one.status, diff, one.live.as_deref(), sensitive);
        row.health = one.health.as_ref().map(|health| (health.status.clone(), health.message.clone()));
        row.hook = one.hook;
        row.prune = one.requires_pruning;
        if row.prune {
            row.changes.clear();
        }
        row
    }

    pub(super) fn differs(&self) -> bool {
        self.status == "OutOfSync"
    }

    /// `group/Kind/namespace/name`, without what is empty.
    pub(super) fn key(&self) -> String {
        let parts = [&self.group, &self.kind, &self.namespace, &self.name];
        parts.into_iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join("/")
    }

    /// Whether the whole object comes or goes, and why.
    pub(super) fn whole(&self) -> Option<&Cause> {
        match self.changes.as_slice() {
            [only] if only.path.is_empty() => Some(&only.cause),
            _ => None,
        }
    }

    fn to_json(&self) -> Value {
        let changes: Vec<Value> = self
            .changes
            .iter()
            .map(|change| {
                let mut row = json!({"path": change.path, "cause": change.cause.to_string()});
                if let Some(before) = &change.before {
                    row["before"] = before.clone();
                }
                if let Some(after) = &change.after {
                    row["after"] = after.clone();
                }
                row
            })
            .collect();
        let ignored: Vec<Value> = self
            .ignored
            .iter()
            .map(|one| {
                let side = if one.live { "live" } else { "target" };
                json!({"path": one.removed.path, "side": side, "rule": one.removed.source.to_string(), "expression": one.removed.expression})
            })
            .collect();
        json!({
            "group": self.group, "kind": self.kind, "namespace": self.namespace, "name": self.name, "status": self.status,
            "health": self.health.as_ref().map(|(status, message)| json!({"status": status, "message": message})),
            "hook": self.hook, "requiresPruning": self.prune, "changes": changes, "ignored": ignored,
        })
    }
}

/// Both sides as people should see them: what the API server keeps for itself is left out unless it differs.
fn sides(before: Value, after: Value, group: &str, kind: &str, sensitive: &[String]) -> (Value, Value) {
    let (mut before, mut after) = (before, after);
    if group.is_empty() && kind == "Secret" {
        (before, after) = shown_secret(&before, &after, sensitive);
    }
    for key in ["uid", "resourceVersion", "generation", "creationTimestamp"] {
        let of = |object: &Value| object.pointer("/metadata").and_then(|metadata| metadata.get(key)).cloned();
        if before.is_null() || after.is_null() || of(&before) == of(&after) {
            for object in [&mut before, &mut after] {
                if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
                    metadata.shift_remove(key);
                }
            }
        }
    }
    (readable(before), readable(after))
}

/// Without bookkeeping, keys in order.
fn readable(mut object: Value) -> Value {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.shift_remove("managedFields");
        if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
            annotations.shift_remove(LAST_APPLIED);
            if annotations.is_empty() {
                metadata.shift_remove("annotations");
            }
        }
    }
    object.sort_all_objects();
    object
}
