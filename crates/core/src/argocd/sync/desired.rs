//! From rendered manifests to what is managed: tracking written, scope settled, duplicates dropped.

use std::collections::HashMap;
use std::sync::Arc;

use super::cluster::Cluster;
use super::hook::HookFacts;
use super::object::Object;
use crate::argocd::tracking::{INSTANCE_LABEL, Tracking, TrackingMethod, set_app_instance};
use crate::argocd::unstructured;
use crate::kube::resource_key::ResourceKey;
use crate::{Error, Result, Value};

/// A condition of an Application.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Condition {
    pub(crate) kind: String,
    pub(crate) message: String,
}

impl Condition {
    pub(crate) fn new(kind: &str, message: impl Into<String>) -> Self {
        Self { kind: kind.to_owned(), message: message.into() }
    }
}

/// Targets as the comparison sees them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Desired {
    pub(crate) targets: Vec<Arc<Object>>,
    pub(crate) conditions: Vec<Condition>,
}

/// What targets are read for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Destination<'a> {
    /// The Application's instance name.
    pub(crate) app_instance: &'a str,
    /// The destination namespace.
    pub(crate) namespace: &'a str,
}

impl Destination<'_> {
    fn track(&self, object: &mut Value) -> Result<()> {
        let tracking = Tracking {
            method: TrackingMethod::Annotation,
            label_key: INSTANCE_LABEL,
            installation_id: "",
            app_instance: self.app_instance,
            namespace: self.namespace,
        };
        set_app_instance(object, &tracking)
    }
}

/// The repo server's step: tracking metadata on all but definitions.
pub(crate) fn render(targets: &[Value], to: &Destination<'_>) -> Result<Vec<Value>> {
    let track = |target: &Value| {
        let mut target = target.clone();
        if !to.app_instance.is_empty() && !unstructured::is_crd(&target) {
            // Upstream's words, with numbers as encoding/json reads them.
            to.track(&mut target)
                .map_err(|error| Error::upstream(error.message.replace("is of the type int64,", "is of the type float64,")))?;
        }
        Ok(target)
    };
    targets.iter().map(track).collect()
}

/// `GetRepoObjs`, then `NormalizeTargetObjects` and the filter of excluded kinds.
pub(crate) fn desired(targets: &[Value], to: &Destination<'_>, cluster: &dyn Cluster) -> Desired {
    let rendered = match render(targets, to) {
        Ok(rendered) => rendered,
        Err(error) => {
            let message = format!("Failed to load target state: failed to generate manifest for source 1 of 1: {error}");
            return Desired { conditions: vec![Condition::new("ComparisonError", message)], ..Desired::default() };
        }
    };
    let mut desired = Desired::default();
    let mut scopes: HashMap<(String, String), bool> = HashMap::new();
    let mut places: HashMap<ResourceKey, (usize, usize)> = HashMap::new();
    for (index, mut target) in rendered.into_iter().enumerate() {
        if let Err(error) = settle_scope(&mut target, to, cluster, &mut scopes) {
            let key = ResourceKey::of(&target);
            let message = format!("failed to set app instance label on resource {}/{}: {error}", key.kind, key.name);
            desired.conditions.push(Condition::new("ComparisonError", format!("Failed to normalize target state: {message}")));
            desired.targets.clear();
            return desired;
        }
        let mut key = ResourceKey::of(&target);
        if key.name.is_empty() && !unstructured::generate_name(&target).is_empty() {
            key.name = format!("{}{index}", unstructured::generate_name(&target));
        }
        let object = Arc::new(Object::new(target));
        let (at, times) = places.entry(key).or_insert((desired.targets.len(), 0));
        *times += 1;
        // The last of several wins.
        match desired.targets.get_mut(*at) {
            Some(earlier) => *earlier = object,
            None => desired.targets.push(object),
        }
    }
    let mut repeated: Vec<_> = places.into_iter().filter(|(_, (_, times))| *times > 1).collect();
    repeated.sort();
    for (key, (_, times)) in repeated {
        let message = format!("Resource {key} appeared {times} times among application resources.");
        desired.conditions.push(Condition::new("RepeatedResourceWarning", message));
    }
    exclude(&mut desired);
    desired
}

/// A cluster-scoped object loses its namespace, a namespaced one without gets the destination's; both
/// are tracked anew then.
fn settle_scope(
    target: &mut Value,
    to: &Destination<'_>,
    cluster: &dyn Cluster,
    scopes: &mut HashMap<(String, String), bool>,
) -> Result<()> {
    let gvk = unstructured::gvk(target);
    let key = (gvk.group.to_owned(), gvk.kind.to_owned());
    let namespaced = *scopes.entry(key).or_insert_with_key(|(group, kind)| cluster.is_namespaced(group, kind).unwrap_or(true));
    let own = unstructured::namespace(target);
    if namespaced != own.is_empty() {
        return Ok(());
    }
    unstructured::set_namespace(target, if namespaced { to.namespace } else { "" });
    to.track(target)
}

/// The exclusions that are compiled in.
fn exclude(desired: &mut Desired) {
    let Desired { targets, conditions, .. } = desired;
    targets.retain(|target| {
        let key = target.key();
        let excluded = match key.group.as_str() {
            "events.k8s.io" | "metrics.k8s.io" => true,
            "" => key.kind == "Event",
            "coordination.k8s.io" => key.kind == "Lease",
            _ => false,
        };
        if excluded {
            let message = format!("Resource {}/{} {} is excluded in the settings", key.group, key.kind, key.name);
            conditions.push(Condition::new("ExcludedResourceWarning", message));
        }
        !excluded
    });
}

/// Whether deletion hooks take a target out of the sync (`partitionTargetObjsForSync`).
pub(crate) fn is_for_sync(hook: &HookFacts) -> bool {
    !(hook.pre_delete || hook.post_delete) || !hook.phases.is_empty()
}
