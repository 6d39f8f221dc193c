//! Hooks that run only when the Application is deleted.

use crate::Value;
use crate::argocd::sync::hook::HookFacts;

/// Takes them out of the targets (`partitionTargetObjsForSync`); says whether there were some for before
/// and for after the deletion.
pub(super) fn partition(targets: Vec<Value>) -> (Vec<Value>, bool, bool) {
    let (mut before, mut after) = (false, false);
    let targets = targets
        .into_iter()
        .filter(|target| {
            let hook = HookFacts::of(target);
            let in_sync = !hook.phases.is_empty();
            before |= hook.pre_delete;
            if hook.pre_delete && !in_sync {
                return false;
            }
            after |= hook.post_delete;
            !hook.post_delete || in_sync
        })
        .collect();
    (targets, before, after)
}
