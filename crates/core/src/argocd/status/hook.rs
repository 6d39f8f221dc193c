//! Hooks among the targets.

use crate::Value;
use crate::argocd::sync::hook::HookFacts;

/// The targets by what they are.
#[derive(Default)]
pub(super) struct Parted {
    /// Those that are compared.
    pub(super) plain: Vec<Value>,
    /// Hooks of a sync.
    pub(super) hooks: Vec<Value>,
    /// There are hooks for before a deletion.
    pub(super) pre_delete: bool,
    /// There are hooks for after a deletion.
    pub(super) post_delete: bool,
}

/// Takes those out that run only when the Application is deleted (`partitionTargetObjsForSync`), sets the hooks of a sync apart,
/// and drops what is ignored (`sync.Reconcile`).
pub(super) fn partition(targets: Vec<Value>) -> Parted {
    let mut parted = Parted { plain: Vec::with_capacity(targets.len()), ..Parted::default() };
    for target in targets {
        let hook = HookFacts::of(&target);
        let in_sync = !hook.phases.is_empty();
        parted.pre_delete |= hook.pre_delete;
        if hook.pre_delete && !in_sync {
            continue;
        }
        parted.post_delete |= hook.post_delete;
        if (hook.post_delete && !in_sync) || hook.ignored {
            continue;
        }
        if hook.is_hook { parted.hooks.push(target) } else { parted.plain.push(target) }
    }
    parted
}
