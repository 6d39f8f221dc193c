//! Hooks of a deletion: made all at once, watched, and removed in the end.

use std::collections::BTreeMap;

use super::step::Deletion;
use crate::argocd::health::is_worse;
use crate::argocd::sync::cluster::{ApiError, Cluster, Live};
use crate::argocd::sync::desired::{Destination, render};
use crate::argocd::sync::pass::health_of;
use crate::argocd::sync::recording::Recording;
use crate::argocd::sync::{Object, ResourceKey, Verb};
use crate::argocd::tracking::{INSTANCE_LABEL, Tracking, TrackingMethod, set_app_instance};
use crate::argocd::unstructured;

/// Before or after the resources are deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DeleteHook {
    PreDelete,
    PostDelete,
}

impl DeleteHook {
    fn as_str(self) -> &'static str {
        match self {
            Self::PreDelete => "PreDelete",
            Self::PostDelete => "PostDelete",
        }
    }

    fn is(self, object: &Object) -> bool {
        match self {
            Self::PreDelete => object.hook().pre_delete,
            Self::PostDelete => object.hook().post_delete,
        }
    }
}

impl Deletion<'_> {
    /// Makes the hooks that are missing, or looks at those that run; true when they are done
    /// (`executeHooks`). A hook without a name is missing each time.
    pub(super) fn execute(&self, hook: DeleteHook, cluster: &mut Recording<'_>) -> Result<bool, String> {
        let running: Vec<Live> = self.live(cluster.cluster).into_iter().filter(|live| hook.is(&live.object)).collect();
        let expected = self.expected(hook, &running, cluster.cluster)?;
        let mut created = false;
        for object in expected.into_values() {
            match cluster.create_resource(&object) {
                Ok(()) => created = true,
                Err(ApiError { already_exists: true, .. }) => {}
                Err(error) => return Err(error.message),
            }
        }
        if created {
            return Ok(false);
        }
        let (mut progressing, mut failed) = (false, Vec::new());
        for live in &running {
            match health_of(live) {
                Some(health) if health.failed => return Err(health.message),
                Some(health) if health.status == "Progressing" => progressing = true,
                Some(health) if health.status == "Degraded" => failed.push(live.object.key()),
                _ => {}
            }
        }
        if failed.is_empty() {
            return Ok(!progressing);
        }
        for key in &failed {
            // A failed deletion is only logged; the hook is tried anew.
            let _ = cluster.delete(Verb::Delete, key, None);
        }
        let mut names: Vec<String> = failed.iter().map(|key| format!("{}/{}", key.namespace, key.name)).collect();
        names.sort();
        Err(format!("{} hook(s) failed: {}", hook.as_str(), names.join(", ")))
    }

    /// Hooks in Git that do not run yet, permitted all of them, with tracking metadata.
    fn expected(&self, hook: DeleteHook, running: &[Live], cluster: &dyn Cluster) -> Result<BTreeMap<ResourceKey, Object>, String> {
        let namespace = &self.destination.namespace;
        let to = Destination { app_instance: &self.app_instance, namespace };
        let targets = render(self.targets, &to).map_err(|error| format!("failed to generate manifest for source 1 of 1: {error}"))?;
        let mut expected = BTreeMap::new();
        for mut target in targets {
            if !hook.is(&Object::new(target.clone())) {
                continue;
            }
            let gvk = unstructured::gvk(&target);
            let Some(namespaced) = cluster.is_namespaced(gvk.group, gvk.kind) else {
                let key = ResourceKey::of(&target);
                let missing = ApiError::not_found(gvk.group, gvk.kind, "").message;
                return Err(format!("failed to determine scope of {} hook {}: {missing}", hook.as_str(), key.go_struct()));
            };
            if namespaced && unstructured::namespace(&target).is_empty() {
                unstructured::set_namespace(&mut target, namespace);
            }
            let key = ResourceKey::of(&target);
            if running.iter().any(|live| *live.object.key() == key) {
                continue;
            }
            if let Some(refusal) = self.refusal(&key, namespaced) {
                return Err(format!("{} hook {} is not permitted: {refusal}", hook.as_str(), key.go_struct()));
            }
            let tracking = Tracking {
                method: TrackingMethod::Annotation,
                label_key: INSTANCE_LABEL,
                installation_id: "",
                app_instance: &self.app_instance,
                namespace,
            };
            set_app_instance(&mut target, &tracking)
                .map_err(|error| format!("failed to set app instance tracking on {} hook {}: {error}", hook.as_str(), key.go_struct()))?;
            expected.insert(key, Object::new(target));
        }
        Ok(expected)
    }

    /// `validateSyncPermissions`.
    fn refusal(&self, key: &ResourceKey, namespaced: bool) -> Option<String> {
        let (permissions, destination) = self.permissions()?;
        let project = &permissions.project().name;
        if !permissions.group_kind_name(&key.group, &key.kind, &key.name, namespaced) {
            return Some(format!("resource {}:{} is not permitted in project {project}", key.group, key.kind));
        }
        (namespaced && !permissions.destination(destination, &key.namespace, &[]))
            .then(|| format!("namespace {} is not permitted in project '{project}'", key.namespace))
    }

    /// Deletes hooks whose policy fits the worst health among them, and waits until they are gone
    /// (`cleanupHooks`). Hooks without a policy stay, because one is assumed for them.
    pub(super) fn clean_up(&self, hook: DeleteHook, cluster: &mut Recording<'_>) -> Result<bool, String> {
        let hooks: Vec<Live> = self.live(cluster.cluster).into_iter().filter(|live| hook.is(&live.object)).collect();
        let mut worst = "Healthy".to_owned();
        for live in &hooks {
            match health_of(live) {
                Some(health) if health.failed => return Err(health.message),
                Some(health) if is_worse(&worst, &health.status) => worst = health.status,
                _ => {}
            }
        }
        let mut pending = false;
        for live in &hooks {
            let policies = live.object.hook().policies;
            if !(policies.hook_failed && worst == "Degraded" || policies.hook_succeeded && worst == "Healthy") {
                continue;
            }
            pending = true;
            if live.object.is_terminating() {
                continue;
            }
            match cluster.delete(Verb::Delete, live.object.key(), None) {
                Ok(()) | Err(ApiError { not_found: true, .. }) => {}
                Err(error) => return Err(error.message),
            }
        }
        Ok(!pending)
    }
}
