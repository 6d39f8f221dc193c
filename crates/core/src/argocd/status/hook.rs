//! Hooks, as far as the comparison tells them apart.

use crate::Value;
use crate::argocd::unstructured::{annotation, annotation_items};

const HOOK: &str = "argocd.argoproj.io/hook";
const HELM_HOOK: &str = "helm.sh/hook";

/// What the annotations of an object say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Hook {
    /// `hook.IsHook`.
    pub(super) hook: bool,
    /// `hook.Skip`.
    pub(super) skip: bool,
    /// A hook without any type that the engine knows (`ignore.Ignore`).
    pub(super) ignored: bool,
    /// Carries a sync phase.
    pub(super) sync_phase: bool,
    pub(super) pre_delete: bool,
    pub(super) post_delete: bool,
}

impl Hook {
    pub(super) fn of(object: &Value) -> Self {
        let (argo, helm) = (annotation(object, HOOK), annotation(object, HELM_HOOK));
        if argo.is_none() && helm.is_none() {
            return Self::default();
        }
        let mut phases: Vec<&str> = annotation_items(object, HOOK).filter(|item| matches!(*item, "PreSync" | "Sync" | "PostSync" | "SyncFail" | "Skip")).collect();
        if phases.is_empty() {
            phases = annotation_items(object, HELM_HOOK)
                .filter_map(|item| match item {
                    "pre-install" | "pre-upgrade" => Some("PreSync"),
                    "post-install" | "post-upgrade" => Some("PostSync"),
                    _ => None,
                })
                .collect();
        }
        let skip = !phases.is_empty() && phases.iter().all(|phase| *phase == "Skip");
        let hook = if argo.is_some() { !skip } else { helm.is_some_and(|value| value != "crd-install") };
        let has = |value: Option<&str>, word: &str| value.is_some_and(|value| value.split(',').any(|item| item.trim() == word));
        Self {
            hook,
            skip,
            ignored: hook && phases.is_empty(),
            sync_phase: phases.iter().any(|phase| *phase != "Skip"),
            pre_delete: has(argo, "PreDelete") || has(helm, "pre-delete"),
            post_delete: has(argo, "PostDelete") || has(helm, "post-delete"),
        }
    }

    /// A hook in the controller's sense: of the engine, or of a deletion.
    pub(super) fn any(self) -> bool {
        self.hook || self.pre_delete || self.post_delete
    }
}

/// Takes out hooks that run only at deletion (`partitionTargetObjsForSync`); says whether there were
/// some for before and for after it.
pub(super) fn partition(targets: Vec<Value>) -> (Vec<Value>, bool, bool) {
    let (mut before, mut after) = (false, false);
    let targets = targets
        .into_iter()
        .filter(|target| {
            let hook = Hook::of(target);
            before |= hook.pre_delete;
            if hook.pre_delete && !hook.sync_phase {
                return false;
            }
            after |= hook.post_delete;
            !hook.post_delete || hook.sync_phase
        })
        .collect();
    (targets, before, after)
}

/// `syncwaves.Wave`: Argo CD's annotation if it is an integer, else Helm's weight, else zero.
pub(super) fn wave(object: &Value) -> i64 {
    let read = |key: &str| annotation(object, key).and_then(|text| text.parse().ok());
    read("argocd.argoproj.io/sync-wave").or_else(|| read("helm.sh/hook-weight")).unwrap_or(0)
}
