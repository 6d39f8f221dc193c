//! Health of one live object, as Argo CD's controller judges it.
//!
//! The order is gitops-engine's `GetResourceHealth` (v3.6.1): customisations
//! first, then the built-in check of the kind, and a pending deletion last.

pub mod builtin;
mod field;
mod status;

use crate::Value;

pub use status::{Health, HealthCode, is_worse};

/// The finalizer that keeps hooks; objects that carry it are judged as if they were not being deleted.
const HOOK_FINALIZER: &str = "argocd.argoproj.io/hook-finalizer";

/// Judges a live object; `None` when its kind has no health.
pub fn assess(object: &Value) -> Option<Health> {
    let health = match builtin::check(object) {
        Some(Err(message)) => return Some(Health::failed(message)),
        Some(Ok(health)) => Some(health),
        None => None,
    };
    pending_deletion(object).or(health)
}

fn pending_deletion(object: &Value) -> Option<Health> {
    let metadata = object.get("metadata")?;
    metadata.get("deletionTimestamp").filter(|stamp| !stamp.is_null())?;
    let finalizers: Vec<&str> =
        metadata.get("finalizers").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    if finalizers.contains(&HOOK_FINALIZER) {
        return None;
    }
    let blocked = if finalizers.is_empty() { String::new() } else { format!("; blocked by finalizers: {}", finalizers.join(", ")) };
    Some(Health::new(HealthCode::Progressing, format!("Pending deletion{blocked}")))
}
