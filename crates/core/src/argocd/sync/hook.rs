//! What the hook annotations of Argo CD and Helm make of an object.

use super::phase::SyncPhase;
use crate::Value;
use crate::argocd::unstructured::{annotation, annotation_items, annotations};

/// The annotation with Argo CD's hook types.
pub const HOOK: &str = "argocd.argoproj.io/hook";
/// The annotation with Argo CD's delete policies.
pub const HOOK_DELETE_POLICY: &str = "argocd.argoproj.io/hook-delete-policy";
/// Helm's annotation with hook types.
pub const HELM_HOOK: &str = "helm.sh/hook";
/// Helm's annotation with delete policies.
pub const HELM_HOOK_DELETE_POLICY: &str = "helm.sh/hook-delete-policy";
/// Helm's annotation with the weight; it sets the wave of any object.
pub const HELM_HOOK_WEIGHT: &str = "helm.sh/hook-weight";
/// The annotation with the wave.
pub const SYNC_WAVE: &str = "argocd.argoproj.io/sync-wave";
/// The finalizer that keeps a hook until its phase is over.
pub const HOOK_FINALIZER: &str = "argocd.argoproj.io/hook-finalizer";

/// When a hook is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeletePolicies {
    /// Once the sync has succeeded.
    pub hook_succeeded: bool,
    /// Once the sync has failed.
    pub hook_failed: bool,
    /// Before the next one is made; what holds when nothing is said.
    pub before_hook_creation: bool,
}

/// What the annotations say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HookFacts {
    /// gitops-engine's `hook.IsHook`.
    pub is_hook: bool,
    /// `hook.Skip`: neither applied nor pruned nor counted.
    pub skip: bool,
    /// The phases it runs in, as a hook; in order, each once.
    pub phases: Vec<SyncPhase>,
    /// A hook without any type that gitops-engine knows (`ignore.Ignore`).
    pub ignored: bool,
    /// Carries the `PreDelete` type.
    pub pre_delete: bool,
    /// Carries the `PostDelete` type.
    pub post_delete: bool,
    /// When it is deleted.
    pub policies: DeletePolicies,
}

impl HookFacts {
    /// Reads the annotations of an object.
    pub fn of(object: &Value) -> Self {
        let said = |name: &String| name.starts_with(HOOK) || name.starts_with(HELM_HOOK);
        if annotations(object).is_none_or(|annotations| !annotations.keys().any(said)) {
            let policies = DeletePolicies { before_hook_creation: true, ..DeletePolicies::default() };
            return Self { policies, ..Self::default() };
        }
        let argo = annotation(object, HOOK);
        let helm = annotation(object, HELM_HOOK);
        let (mut phases, mut skip_type) = (Vec::new(), false);
        for item in annotation_items(object, HOOK) {
            skip_type |= item == "Skip";
            phases.extend(SyncPhase::parse(item));
        }
        let mut any_type = skip_type || !phases.is_empty();
        if !any_type {
            phases.extend(annotation_items(object, HELM_HOOK).filter_map(|item| match item {
                "pre-install" | "pre-upgrade" => Some(SyncPhase::PreSync),
                "post-install" | "post-upgrade" => Some(SyncPhase::PostSync),
                _ => None,
            }));
            any_type = !phases.is_empty();
        }
        phases.sort_unstable();
        phases.dedup();
        let skip = skip_type && phases.is_empty();
        let is_hook = if argo.is_some() { !skip } else { helm.is_some_and(|value| value != "crd-install") };
        let has = |annotation: Option<&str>, word: &str| annotation.is_some_and(|value| value.split(',').any(|item| item.trim() == word));
        Self {
            is_hook,
            skip,
            phases,
            ignored: is_hook && !any_type,
            pre_delete: has(argo, "PreDelete") || has(helm, "pre-delete"),
            post_delete: has(argo, "PostDelete") || has(helm, "post-delete"),
            policies: delete_policies(object),
        }
    }

    /// The phases in which an object has a task (`syncPhases`).
    pub fn sync_phases(&self) -> &[SyncPhase] {
        match (self.skip, self.is_hook) {
            (true, _) => &[],
            (false, true) => &self.phases,
            (false, false) => &[SyncPhase::Sync],
        }
    }

    /// A hook in the controller's sense: of the engine, or of a deletion.
    pub fn is_any_hook(&self) -> bool {
        self.is_hook || self.pre_delete || self.post_delete
    }
}

fn delete_policies(object: &Value) -> DeletePolicies {
    let mut policies = DeletePolicies::default();
    for item in annotation_items(object, HOOK_DELETE_POLICY) {
        match item {
            "HookSucceeded" => policies.hook_succeeded = true,
            "HookFailed" => policies.hook_failed = true,
            "BeforeHookCreation" => policies.before_hook_creation = true,
            _ => {}
        }
    }
    for item in annotation_items(object, HELM_HOOK_DELETE_POLICY) {
        match item {
            "hook-succeeded" => policies.hook_succeeded = true,
            "hook-failed" => policies.hook_failed = true,
            "before-hook-creation" => policies.before_hook_creation = true,
            _ => {}
        }
    }
    if policies == DeletePolicies::default() {
        policies.before_hook_creation = true;
    }
    policies
}

/// The wave: Argo CD's annotation if it is an integer, else Helm's weight, else 0 (`syncwaves.Wave`).
pub fn sync_wave(object: &Value) -> i64 {
    let read = |key: &str| annotation(object, key).and_then(|text| text.parse().ok());
    read(SYNC_WAVE).or_else(|| read(HELM_HOOK_WEIGHT)).unwrap_or(0)
}
