//! What the controller may do: `utils.DefaultPolicy`.

use crate::argocd::appset::{inventory::Inventory, set::ApplicationSet};

/// A policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Policy {
    /// Existing Applications may be changed.
    pub(super) update: bool,
    /// Applications that are no longer generated may be deleted.
    pub(super) delete: bool,
}

impl Policy {
    /// Its name as `applicationsSync` has it.
    pub(super) fn name(self) -> &'static str {
        match (self.update, self.delete) {
            (true, true) => "sync",
            (true, false) => "create-update",
            (false, true) => "create-delete",
            (false, false) => "create-only",
        }
    }

    /// The controller's, or the set's where it may override.
    pub(super) fn of(set: &ApplicationSet, inventory: &Inventory) -> Self {
        let settings = &inventory.settings;
        let overridable = settings.enable_policy_override.unwrap_or(settings.policy.is_empty());
        let own = set.value().pointer("/spec/syncPolicy/applicationsSync").and_then(crate::Value::as_str);
        match own.filter(|_| overridable) {
            Some(own) => Self { update: matches!(own, "sync" | "create-update"), delete: matches!(own, "sync" | "create-delete") },
            None => {
                let policy = settings.policy.as_str();
                Self {
                    update: !matches!(policy, "create-only" | "create-delete"),
                    delete: !matches!(policy, "create-only" | "create-update"),
                }
            }
        }
    }
}
