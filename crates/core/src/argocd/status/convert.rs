//! A live object in the version of its target, for built-in kinds that have several.

use crate::Value;
use crate::argocd::unstructured::{self, Gvk};
use crate::kube::structs::{conforms, encode, structs};

/// The object in another version; none when there is no conversion.
pub(super) fn to_version(object: &Value, to: Gvk<'_>) -> Option<Value> {
    let from = unstructured::gvk(object);
    if from.group != to.group || from.kind != to.kind {
        return None;
    }
    let table = structs();
    let source = table.kind(from.group, from.version, from.kind)?;
    let target = table.kind(to.group, to.version, to.kind)?;
    conforms(object, source, false)?;
    let mut converted = encode(object, source);
    if from.kind == "HorizontalPodAutoscaler" {
        super::convert_autoscaler::convert(&mut converted, from.version, to.version)?;
    } else if !same_shape(from.group, from.kind) {
        return None;
    }
    let api_version = if to.group.is_empty() { to.version.to_owned() } else { format!("{}/{}", to.group, to.version) };
    converted.as_object_mut()?.insert("apiVersion".to_owned(), Value::from(api_version));
    conforms(&converted, target, false)?;
    Some(encode(&converted, target))
}

/// Kinds whose versions differ in nothing but the name of the version.
fn same_shape(group: &str, kind: &str) -> bool {
    matches!(
        (group, kind),
        ("batch", "CronJob")
            | ("policy", "PodDisruptionBudget")
            | ("storage.k8s.io", "StorageClass" | "CSIDriver" | "CSINode" | "VolumeAttachment")
            | ("scheduling.k8s.io", "PriorityClass")
            | ("rbac.authorization.k8s.io", "Role" | "ClusterRole" | "RoleBinding" | "ClusterRoleBinding")
            | ("coordination.k8s.io", "Lease")
            | ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "ControllerRevision")
            | ("networking.k8s.io", "IngressClass")
            | ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration")
    )
}
