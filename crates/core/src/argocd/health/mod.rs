//! Health of one live object, as Argo CD's controller judges it.
//!
//! The order is gitops-engine's `GetResourceHealth` (v3.6.1): an operator's
//! script for exactly that kind, then one whose key is a glob that matches, then
//! the customisation that ships with Argo CD, then the built-in check. A pending
//! deletion is looked at last.

pub mod builtin;
mod customizations;
mod field;
mod script;
mod shipped;
mod status;

use crate::Value;

pub use customizations::{Customization, Customizations};
pub use script::Assessed;
pub use status::{Health, HealthCode, is_worse};

/// The finalizer that keeps hooks; objects that carry it are judged as if they were not being deleted.
const HOOK_FINALIZER: &str = "argocd.argoproj.io/hook-finalizer";

/// Judges a live object without an operator's customisations; `None` when its kind has no health.
pub fn assess(object: &Value) -> Option<Health> {
    assess_with(object, &Customizations::default())
}

/// Judges a live object; `None` when its kind has no health.
pub fn assess_with(object: &Value, customizations: &Customizations) -> Option<Health> {
    let assessed = match judge(object, customizations) {
        Ok(assessed) => assessed,
        Err(message) => return Some(Health::failed(message)),
    };
    match pending_deletion(object, assessed.as_ref()) {
        Some(deletion) => Some(deletion),
        None => assessed.map(|assessed| assessed.health),
    }
}

/// What script or check says of an object, a pending deletion left aside; `None` when its kind has no health. So upstream's own
/// tests of health scripts look at them.
///
/// # Errors
/// What gopher-lua says when the script fails, or why the object cannot be judged.
pub fn judge(object: &Value, customizations: &Customizations) -> Result<Option<Assessed>, String> {
    let (group, kind) = group_kind(object);
    let custom = if customizations.is_empty() {
        None
    } else if group.is_empty() {
        customizations.entry(kind)
    } else {
        customizations.entry(&format!("{group}/{kind}"))
    };
    let scripted = match custom {
        Some(entry) => script::run(entry.program()?, object, entry.custom.open_libs)?,
        None => shipped::check(group, kind, object)?,
    };
    match scripted {
        Some(assessed) => Ok(Some(assessed)),
        None => builtin::check(object).transpose().map(|health| health.map(Assessed::from)),
    }
}

/// The API group and the kind.
fn group_kind(object: &Value) -> (&str, &str) {
    let text = |key: &str| field::member(object, key).and_then(Value::as_str).unwrap_or_default();
    (text("apiVersion").rsplit_once('/').map_or("", |(group, _)| group), text("kind"))
}

/// A judgement made elsewhere, unless the object is on its way out.
pub(crate) fn unless_deleting(object: &Value, judged: &Health) -> Health {
    pending_deletion(object, None).unwrap_or_else(|| judged.clone())
}

/// Whether Go reads it as RFC 3339; a stamp that it cannot read is no stamp (`GetDeletionTimestamp`).
fn is_time(text: &str) -> bool {
    let at = |index: usize| text.as_bytes().get(index).copied();
    let from_end = |index: usize| text.len().checked_sub(index).and_then(at);
    let zoned = from_end(1) == Some(b'Z') || (from_end(3) == Some(b':') && matches!(from_end(6), Some(b'+' | b'-')));
    let seconds = text.get(17..19);
    zoned && at(10) == Some(b'T') && seconds.is_some_and(|s| s != "60") && text.parse::<jiff::Timestamp>().is_ok()
}

fn pending_deletion(object: &Value, assessed: Option<&Assessed>) -> Option<Health> {
    let metadata = field::member(object, "metadata")?;
    field::member(metadata, "deletionTimestamp").and_then(Value::as_str).filter(|stamp| is_time(stamp))?;
    let finalizers: Vec<&str> =
        metadata.get("finalizers").and_then(Value::as_array).and_then(|list| list.iter().map(Value::as_str).collect()).unwrap_or_default();
    if finalizers.contains(&HOOK_FINALIZER) {
        return None;
    }
    if let Some(assessed) = assessed.filter(|assessed| !assessed.deletion_message.is_empty()) {
        return Some(Health { message: assessed.deletion_message.clone(), ..assessed.health.clone() });
    }
    let blocked = if finalizers.is_empty() { String::new() } else { format!("; blocked by finalizers: {}", finalizers.join(", ")) };
    Some(Health::new(HealthCode::Progressing, format!("Pending deletion{blocked}")))
}
