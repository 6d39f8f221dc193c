//! The kinds a toy cluster serves.

/// One kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ApiKind {
    pub(super) group: String,
    pub(super) version: String,
    pub(super) kind: String,
    pub(super) plural: String,
    pub(super) namespaced: bool,
}

/// Built-in kinds: group, version, kind, plural, namespaced.
const BUILT_IN: [(&str, &str, &str, &str, bool); 33] = [
    ("", "v1", "Namespace", "namespaces", false),
    ("", "v1", "ConfigMap", "configmaps", true),
    ("", "v1", "Secret", "secrets", true),
    ("", "v1", "Service", "services", true),
    ("", "v1", "ServiceAccount", "serviceaccounts", true),
    ("", "v1", "Pod", "pods", true),
    ("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", true),
    ("", "v1", "PersistentVolume", "persistentvolumes", false),
    ("", "v1", "LimitRange", "limitranges", true),
    ("", "v1", "ResourceQuota", "resourcequotas", true),
    ("", "v1", "ReplicationController", "replicationcontrollers", true),
    ("apps", "v1", "Deployment", "deployments", true),
    ("apps", "v1", "StatefulSet", "statefulsets", true),
    ("apps", "v1", "DaemonSet", "daemonsets", true),
    ("apps", "v1", "ReplicaSet", "replicasets", true),
    ("batch", "v1", "Job", "jobs", true),
    ("batch", "v1", "CronJob", "cronjobs", true),
    ("networking.k8s.io", "v1", "Ingress", "ingresses", true),
    ("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", true),
    ("networking.k8s.io", "v1", "IngressClass", "ingressclasses", false),
    ("rbac.authorization.k8s.io", "v1", "Role", "roles", true),
    ("rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings", true),
    ("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", false),
    ("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", "clusterrolebindings", false),
    ("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", true),
    ("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", false),
    ("storage.k8s.io", "v1", "StorageClass", "storageclasses", false),
    ("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", true),
    ("apiregistration.k8s.io", "v1", "APIService", "apiservices", false),
    ("argoproj.io", "v1alpha1", "Application", "applications", true),
    ("argoproj.io", "v1alpha1", "AppProject", "appprojects", true),
    ("argoproj.io", "v1alpha1", "Workflow", "workflows", true),
    ("argoproj.io", "v1alpha1", "Rollout", "rollouts", true),
];

/// The kinds that are served without a definition.
pub(super) fn built_in() -> Vec<ApiKind> {
    let kind = |(group, version, kind, plural, namespaced): (&str, &str, &str, &str, bool)| ApiKind {
        group: group.to_owned(),
        version: version.to_owned(),
        kind: kind.to_owned(),
        plural: plural.to_owned(),
        namespaced,
    };
    BUILT_IN.into_iter().map(kind).collect()
}

/// The kinds of a CustomResourceDefinition: one for each version.
pub(super) fn defined(definition: &crate::Value) -> Vec<ApiKind> {
    let text = |pointer: &str| definition.pointer(pointer).and_then(crate::Value::as_str).unwrap_or("").to_owned();
    let versions = definition.pointer("/spec/versions").and_then(crate::Value::as_array);
    let kind = |version: &crate::Value| ApiKind {
        group: text("/spec/group"),
        version: version.get("name").and_then(crate::Value::as_str).unwrap_or("").to_owned(),
        kind: text("/spec/names/kind"),
        plural: text("/spec/names/plural"),
        namespaced: text("/spec/scope") == "Namespaced",
    };
    versions.into_iter().flatten().filter(|version| version.is_object()).map(kind).collect()
}
