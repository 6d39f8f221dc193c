//! What one pass of the controller would create, update and delete.

mod policy;
mod reconcile;
mod requeue;
mod validity;
mod warn;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use self::reconcile::{Pass, Reconciler};
use super::{
    conditions::{SetCondition, Status},
    inventory::Inventory,
    live,
    needs::Need,
    set::ApplicationSet,
    steps::Clock,
};
use crate::{Diagnostic, Result, Value};

/// A set, what it was, and what lives.
#[derive(Debug)]
pub struct DiffRequest<'r> {
    /// The set as it is to be.
    pub after: &'r ApplicationSet,
    /// The set as it was; reconciled first.
    pub before: Option<&'r ApplicationSet>,
    /// The live Applications; without `ownerReferences` they are the set's own.
    pub current: &'r [Value],
    /// The set is being deleted.
    pub deleted: bool,
    /// What the generators and the checks look up.
    pub inventory: &'r Inventory,
    /// What there was to look up when the set was reconciled before; absent: the same. With it and no `before`, the set itself is
    /// what was reconciled then.
    pub before_inventory: Option<&'r Inventory>,
    /// The time of the pass.
    pub now: Timestamp,
}

/// How a pass ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// All of it was applied.
    Applied,
    /// Some Applications were refused.
    PartlyInvalid,
    /// Nothing was applied.
    GenerationFailed,
    /// A rolling sync without steps: nothing was applied.
    NoSteps,
    /// The controller stopped midway.
    Error,
    /// The set is gone.
    Deleted,
    /// The inventory lacks something: nothing was compared.
    Incomplete,
}

/// An Application that would be deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Deletion {
    /// Its name.
    pub name: String,
    /// Its finalizers at that moment.
    pub finalizers: Vec<String>,
}

/// What one pass would do; every list is sorted by name.
#[derive(Debug, Clone)]
pub struct Diff {
    /// New Applications.
    pub create: Vec<Value>,
    /// Changed Applications as they would be stored.
    pub update: Vec<Value>,
    /// What of each changed one differs, by name.
    pub changes: BTreeMap<String, Vec<Change>>,
    /// Deleted Applications.
    pub delete: Vec<Deletion>,
    /// The set's Applications that stay as they are.
    pub kept: Vec<String>,
    /// Why Applications are kept, or what of changed ones is preserved, by name.
    pub reasons: BTreeMap<String, Vec<String>>,
    /// Applications that lose their owner, when the set is deleted.
    pub released: Option<Vec<String>>,
    /// The set's new conditions.
    pub conditions: Vec<SetCondition>,
    /// How the pass ends.
    pub outcome: Outcome,
    /// When the controller looks again, 0 for never.
    pub requeue_after_seconds: Option<i64>,
    /// The controller's error.
    pub error: Option<String>,
    /// What the inventory lacks.
    pub needs: Vec<Need>,
    /// Findings: lost data, renames.
    pub diagnostics: Vec<Diagnostic>,
}

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Change {
    /// JSON pointer.
    pub path: String,
    /// What is stored now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What would be stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// What one pass of the controller would do.
///
/// # Errors
/// When a document cannot be decoded or a limit is reached.
pub fn diff(request: &DiffRequest<'_>) -> Result<Diff> {
    let clock = Clock { now: request.now, grace_seconds: 0 };
    let mut current = request.current.iter().map(|application| live::read(application, request.after)).collect::<Result<Vec<Value>>>()?;
    let before = request.before.or_else(|| request.before_inventory.map(|_| request.after));
    if let Some(before) = before {
        let inventory = request.before_inventory.unwrap_or(request.inventory);
        let pass = Reconciler { set: before, inventory, clock }.run(&current)?;
        if !pass.generated.needs.is_empty() {
            return Ok(incomplete(pass));
        }
        current = pass.cluster.applications;
    }
    let reconciler = Reconciler { set: request.after, inventory: request.inventory, clock };
    let pass = if request.deleted {
        Pass {
            cluster: reconciler.delete(&current),
            conditions: Status::read(request.after).conditions,
            requeue: None,
            error: None,
            generated: super::Generated::default(),
        }
    } else {
        reconciler.run(&current)?
    };
    Ok(describe(request, &current, pass))
}

/// What was before is not known.
fn incomplete(pass: Pass) -> Diff {
    Diff {
        create: Vec::new(),
        update: Vec::new(),
        changes: BTreeMap::new(),
        delete: Vec::new(),
        kept: Vec::new(),
        reasons: BTreeMap::new(),
        released: None,
        conditions: pass.conditions,
        outcome: Outcome::Incomplete,
        requeue_after_seconds: pass.requeue,
        error: pass.error,
        needs: pass.generated.needs,
        diagnostics: pass.generated.diagnostics,
    }
}

fn describe(request: &DiffRequest<'_>, current: &[Value], pass: Pass) -> Diff {
    let cluster = &pass.cluster;
    let after: BTreeMap<&str, &Value> = cluster.applications.iter().map(|application| (live::name(application), application)).collect();
    let before: BTreeMap<&str, &Value> = current.iter().map(|application| (live::name(application), application)).collect();
    let shown = |name: &str| after.get(name).map(|application| live::shown(live::encode(application)));
    let mut diff = Diff {
        create: cluster.created.iter().filter_map(|name| shown(name)).collect(),
        update: Vec::new(),
        changes: BTreeMap::new(),
        delete: Vec::new(),
        kept: Vec::new(),
        reasons: cluster.reasons.clone(),
        released: request.deleted.then(Vec::new),
        outcome: outcome(request, &pass),
        requeue_after_seconds: pass.requeue,
        error: pass.error,
        needs: pass.generated.needs,
        diagnostics: pass.generated.diagnostics,
        conditions: pass.conditions,
    };
    for (name, application) in before {
        let owned = live::is_owned(application, request.after);
        if let Some(finalizers) = cluster.deleted.get(name) {
            diff.delete.push(Deletion { name: name.to_owned(), finalizers: finalizers.clone() });
        } else if request.deleted && owned && after.get(name).is_some_and(|after| !live::is_owned(after, request.after)) {
            diff.released.get_or_insert_default().push(name.to_owned());
        } else if cluster.updated.contains(name) {
            let (old, new) = (live::shown(live::encode(application)), shown(name).unwrap_or_default());
            let mut changes = Vec::new();
            changed(&mut String::new(), Some(&old), Some(&new), &mut changes);
            if changes.is_empty() {
                // Something that no generator decides, such as the owner.
                let stored = after.get(name).map(|application| live::encode(application));
                changed(&mut String::new(), Some(&live::encode(application)), stored.as_ref(), &mut changes);
            }
            diff.changes.insert(name.to_owned(), changes);
            diff.update.push(new);
        } else if owned {
            diff.kept.push(name.to_owned());
        }
    }
    diff.reasons.retain(|name, _| diff.changes.contains_key(name) || diff.kept.binary_search(name).is_ok());
    warn::examine(&mut diff, current);
    diff
}

fn outcome(request: &DiffRequest<'_>, pass: &Pass) -> Outcome {
    let reason = |reason: &str| pass.conditions.iter().any(|condition| condition.reason == reason);
    if !pass.generated.needs.is_empty() {
        return Outcome::Incomplete;
    }
    if pass.conditions.iter().any(|condition| condition.kind == "ErrorOccurred" && condition.reason == "ApplicationSetRolloutError") {
        return Outcome::NoSteps;
    }
    if reason("ApplicationValidationError") {
        return Outcome::PartlyInvalid;
    }
    if request.deleted {
        return Outcome::Deleted;
    }
    if pass.error.is_some() {
        return Outcome::Error;
    }
    if reason("ApplicationGenerationFromParamsError") || reason("RenderTemplateParamsError") {
        return Outcome::GenerationFailed;
    }
    Outcome::Applied
}

/// The deepest fields that differ; lists are compared whole.
pub(super) fn changed(at: &mut String, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<Change>) {
    if before == after {
        return;
    }
    let (Some(Value::Object(old)), Some(Value::Object(new))) = (before, after) else {
        changes.push(Change { path: at.clone(), before: before.cloned(), after: after.cloned() });
        return;
    };
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for key in keys {
        let len = at.len();
        at.push('/');
        at.push_str(&key.replace('~', "~0").replace('/', "~1"));
        changed(at, old.get(key), new.get(key), changes);
        at.truncate(len);
    }
}
