//! One row a field: what would change, and why.

use super::last_applied::last_applied;
use super::mask::{MASK, OTHER_MASK, mask_secret};
use crate::Value;
use crate::argocd::unstructured::{self, Gvk};
use crate::kube::managed_fields::{Set, managed_fields};
use crate::text::pointer;

/// Why a field differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The desired object has it, the live one does not.
    Added,
    /// It was applied before and is no longer in the desired object.
    RemovedFromGit,
    /// The desired object says something else than what was last applied.
    ChangedInGit,
    /// The live object was changed by this manager since.
    ChangedLive(String),
    /// The two differ; who changed it is not recorded.
    Differs,
    /// There is no live object.
    Missing,
    /// There is no desired object.
    Extra,
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Added => f.write_str("added in Git"),
            Self::RemovedFromGit => f.write_str("removed in Git"),
            Self::ChangedInGit => f.write_str("changed in Git"),
            Self::ChangedLive(manager) => write!(f, "set in the cluster by {manager}"),
            Self::Differs => f.write_str("differs"),
            Self::Missing => f.write_str("not in the cluster"),
            Self::Extra => f.write_str("not in Git"),
        }
    }
}

/// One field.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// JSON pointer in the normalised live object, or in the predicted one for what is new.
    pub path: String,
    /// The live value.
    pub before: Option<Value>,
    /// The value that the sync would leave.
    pub after: Option<Value>,
    /// Why.
    pub cause: Cause,
}

/// The rows between two normalised objects; `live` is the object as it stands, with its managed fields
/// and what was last applied.
pub fn changes(normalized: &Value, predicted: &Value, live: Option<&Value>) -> Vec<Change> {
    let mut rows = Vec::new();
    match (normalized, predicted) {
        (Value::Null, Value::Null) => {}
        (Value::Null, predicted) => {
            rows.push(Change { path: String::new(), before: None, after: Some(predicted.clone()), cause: Cause::Missing })
        }
        (normalized, Value::Null) => {
            rows.push(Change { path: String::new(), before: Some(normalized.clone()), after: None, cause: Cause::Extra })
        }
        _ => walk(&mut String::new(), Some(normalized), Some(predicted), &mut rows),
    }
    if let Some(live) = live {
        let applied = last_applied(live).ok().flatten();
        for row in rows.iter_mut().filter(|row| row.cause == Cause::Differs || row.cause == Cause::Added) {
            row.cause = cause(row, live, applied.as_ref());
        }
    }
    rows
}

/// As [`changes`], with what a Secret holds, and the given annotations of any Secret, masked as Argo CD
/// masks them. Rows about whole objects carry no values. Where Argo CD refuses to mask a Secret (its `data`
/// is no map), every value is a mask: the rows say where it differs and nothing of what it holds.
pub fn masked_changes(normalized: &Value, predicted: &Value, live: Option<&Value>, annotations: &[String]) -> Vec<Change> {
    let secret = [normalized, predicted].iter().any(|object| {
        let Gvk { group, kind, .. } = unstructured::gvk(object);
        group.is_empty() && kind == "Secret"
    });
    let mut rows = if secret {
        let some = |value| Some(value).filter(|value: &&Value| !value.is_null());
        match mask_secret(some(predicted), some(normalized), annotations) {
            Ok((after, before)) => changes(&before.unwrap_or_default(), &after.unwrap_or_default(), None),
            Err(_) => hidden(changes(normalized, predicted, None)),
        }
    } else {
        changes(normalized, predicted, live)
    };
    for row in rows.iter_mut().filter(|row| row.path.is_empty()) {
        (row.before, row.after) = (None, None);
    }
    rows
}

/// Every value masked; the two of a row get different masks, as they differ.
fn hidden(mut rows: Vec<Change>) -> Vec<Change> {
    for row in &mut rows {
        let other = if row.before.is_some() { OTHER_MASK } else { MASK };
        for (value, mask) in [(&mut row.before, MASK), (&mut row.after, other)] {
            if let Some(value) = value {
                *value = Value::from(mask);
            }
        }
    }
    rows
}

fn cause(row: &Change, live: &Value, applied: Option<&Value>) -> Cause {
    let before = applied.and_then(|applied| applied.pointer(&row.path));
    match (&row.before, &row.after, applied) {
        (Some(_), None, _) => Cause::RemovedFromGit,
        (_, Some(after), Some(_)) if before == Some(after) => changed_live(row, live),
        (None, Some(_), _) => Cause::Added,
        (Some(live_value), Some(_), Some(_)) if before == Some(live_value) => Cause::ChangedInGit,
        _ => match changed_live(row, live) {
            Cause::ChangedLive(manager) if !manager.starts_with("argocd") => Cause::ChangedLive(manager),
            _ => Cause::Differs,
        },
    }
}

fn changed_live(row: &Change, live: &Value) -> Cause {
    let owner = managed_fields(live).into_iter().find(|(_, fields)| Set::read(fields).is_ok_and(|set| set.owns(&row.path, live)));
    owner.map_or(Cause::Differs, |(manager, _)| Cause::ChangedLive(manager.to_owned()))
}

fn walk(path: &mut String, before: Option<&Value>, after: Option<&Value>, rows: &mut Vec<Change>) {
    let len = path.len();
    match (before, after) {
        (Some(before), Some(after)) if before == after => {}
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let mut names: Vec<&String> = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name))).collect();
            names.sort_unstable();
            for name in names {
                pointer::push(path, name);
                walk(path, before.get(name), after.get(name), rows);
                path.truncate(len);
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) => {
            for at in 0..before.len().max(after.len()) {
                pointer::push(path, &at.to_string());
                walk(path, before.get(at), after.get(at), rows);
                path.truncate(len);
            }
        }
        _ => {
            let cause = if before.is_none() { Cause::Added } else { Cause::Differs };
            rows.push(Change { path: path.clone(), before: before.cloned(), after: after.cloned(), cause });
        }
    }
}
