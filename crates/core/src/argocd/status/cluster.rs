//! The cluster as the controller's cache sees it (`gitops-engine/pkg/cache`).

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashSet};

use foldhash::fast::RandomState;

use super::{Application, Request};
use crate::argocd::settings::{ResourcesFilter, Settings};
use crate::argocd::tracking;
use crate::argocd::unstructured::{self, Gvk};
use crate::kube::resource_key::{KeyIndex, KeyMap, KeyRef};
use crate::kube::selector;
use crate::{Error, Map, Result, Value};

/// The destination cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// The API server's URL.
    pub server: String,
    /// The name in the cluster's secret.
    pub name: String,
    /// The namespaces that Argo CD is limited to; none is no limit.
    pub namespaces: Vec<String>,
    /// Whether cluster-scoped kinds are managed all the same.
    pub cluster_resources: bool,
}

impl Default for Cluster {
    fn default() -> Self {
        Self {
            server: "https://kubernetes.default.svc".to_owned(),
            name: "in-cluster".to_owned(),
            namespaces: Vec::new(),
            cluster_resources: false,
        }
    }
}

impl Cluster {
    /// Refuses an Application whose destination is not this cluster (`GetDestinationCluster`).
    pub(super) fn check_destination(&self, app: &Application<'_>) -> Result<()> {
        match (app.destination("server"), app.destination("name")) {
            ("", "") => Err(Error::upstream("unable to find destination server: application destination must have a server or a name")),
            ("", name) if name == self.name => Ok(()),
            ("", name) => Err(Error::upstream(format!("unable to find destination server: there are no clusters with this name: {name}"))),
            (server, "") if server.trim_end_matches('/') == self.server.trim_end_matches('/') => Ok(()),
            (server, "") => Err(Error::upstream(format!("error getting cluster by server {server:?}: cluster not found"))),
            (server, name) => {
                Err(Error::upstream(format!("application destination can't have both name and server defined: {name} {server}")))
            }
        }
    }
}

/// Scopes of kinds, by `group/Kind` (core: `/Kind`): those of installed custom kinds over those that
/// every cluster serves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scopes {
    custom: BTreeMap<String, bool>,
}

const NAMESPACED: &[&str] = &[
    "/Pod",
    "/Service",
    "/ConfigMap",
    "/Secret",
    "/ServiceAccount",
    "/PersistentVolumeClaim",
    "/ResourceQuota",
    "/LimitRange",
    "/Endpoints",
    "/ReplicationController",
    "/Event",
    "apps/Deployment",
    "apps/StatefulSet",
    "apps/DaemonSet",
    "apps/ReplicaSet",
    "apps/ControllerRevision",
    "batch/Job",
    "batch/CronJob",
    "autoscaling/HorizontalPodAutoscaler",
    "networking.k8s.io/Ingress",
    "networking.k8s.io/NetworkPolicy",
    "policy/PodDisruptionBudget",
    "rbac.authorization.k8s.io/Role",
    "rbac.authorization.k8s.io/RoleBinding",
    "discovery.k8s.io/EndpointSlice",
    "coordination.k8s.io/Lease",
    "events.k8s.io/Event",
];

const CLUSTER: &[&str] = &[
    "/Namespace",
    "/Node",
    "/PersistentVolume",
    "rbac.authorization.k8s.io/ClusterRole",
    "rbac.authorization.k8s.io/ClusterRoleBinding",
    "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
    "admissionregistration.k8s.io/MutatingWebhookConfiguration",
    "storage.k8s.io/StorageClass",
    "scheduling.k8s.io/PriorityClass",
    "networking.k8s.io/IngressClass",
    "apiextensions.k8s.io/CustomResourceDefinition",
    "apiregistration.k8s.io/APIService",
];

impl Scopes {
    /// Reads `group/Kind` to `Namespaced` or `Cluster`.
    pub fn read(scopes: &BTreeMap<String, String>) -> Self {
        Self {
            custom: scopes
                .iter()
                .filter(|(_, scope)| !scope.is_empty())
                .map(|(kind, scope)| (kind.clone(), scope == "Namespaced"))
                .collect(),
        }
    }

    /// Whether a kind is namespaced; none when it is not known.
    pub fn namespaced(&self, group: &str, kind: &str) -> Option<bool> {
        let key = format!("{group}/{kind}");
        if let Some(namespaced) = self.custom.get(&key) {
            return Some(*namespaced);
        }
        if NAMESPACED.contains(&key.as_str()) {
            return Some(true);
        }
        CLUSTER.contains(&key.as_str()).then_some(false)
    }
}

/// A cached object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cached<'a> {
    pub(crate) object: &'a Value,
    /// Whether the whole manifest is cached: it is tracked by some Application, or a CRD.
    pub(crate) has_manifest: bool,
    /// Whether it is tracked by this Application and owned by no other object.
    pub(crate) managed: bool,
}

/// The live objects, indexed.
pub(crate) struct Objects<'a> {
    all: &'a [Value],
    /// In the order of the cluster's list.
    cached: KeyIndex<KeyRef<'a>, Cached<'a>>,
    scopes: KeyMap<(&'a str, &'a str), Option<bool>>,
    /// The first object of each exact version, kind, name and namespace; made when first asked for.
    exact: OnceCell<KeyMap<(Gvk<'a>, &'a str, &'a str), &'a Value>>,
}

impl<'a> Objects<'a> {
    /// Lists what the cache would hold: served kinds that are not excluded, in managed namespaces,
    /// matching the selectors.
    pub(super) fn index(request: &'a Request<'a>, settings: &Settings, filter: &ResourcesFilter) -> Result<Self> {
        let instance = Application::read(request.application)?.instance_name();
        let mut objects = Self {
            all: request.live,
            cached: KeyIndex::with_capacity_and_hasher(request.live.len(), RandomState::default()),
            scopes: KeyMap::default(),
            exact: OnceCell::new(),
        };
        let cluster = &request.cluster;
        let mut selectors: KeyMap<(&str, &str), Option<selector::Selector>> = KeyMap::default();
        for object in request.live.iter().chain(request.targets) {
            let Gvk { group, kind, .. } = unstructured::gvk(object);
            if !kind.is_empty() && !objects.scopes.contains_key(&(group, kind)) {
                let scope = request.scopes.namespaced(group, kind).filter(|_| !filter.excludes(group, kind, &cluster.server));
                objects.scopes.insert((group, kind), scope);
            }
        }
        let namespaces: HashSet<&str> = cluster.namespaces.iter().map(String::as_str).collect();
        for object in request.live.iter().filter(|object| !object.is_null()) {
            let Gvk { group, kind, .. } = unstructured::gvk(object);
            let Some(namespaced) = objects.scope(group, kind) else { continue };
            let listed = namespaces.is_empty()
                || if namespaced { namespaces.contains(unstructured::namespace(object)) } else { cluster.cluster_resources };
            if !listed {
                continue;
            }
            let selector = selectors.entry((group, kind)).or_insert_with(|| {
                let text = filter.label_selector(group, kind, &cluster.server);
                if text.is_empty() { None } else { selector::parse(&text).ok() }
            });
            let none = Map::new();
            if selector.as_ref().is_some_and(|selector| !selector.matches(unstructured::coerced(object, "labels").unwrap_or(&none))) {
                continue;
            }
            let root = is_root(object);
            let app = if root { tracking::app_name(object, &settings.label_key, settings.method(), &settings.installation_id) } else { "" };
            let has_manifest = !app.is_empty() || kind == "CustomResourceDefinition";
            objects.cached.insert(KeyRef::of(object), Cached { object, has_manifest, managed: root && app == instance });
        }
        Ok(objects)
    }

    /// Whether a watched kind is namespaced; none when it is not watched.
    pub(crate) fn scope(&self, group: &str, kind: &str) -> Option<bool> {
        // a map of longer-lived keys is a map of shorter-lived ones
        let scopes: &KeyMap<(&str, &str), Option<bool>> = &self.scopes;
        scopes.get(&(group, kind)).copied().flatten()
    }

    /// The cached object of a key.
    pub(crate) fn cached(&self, key: KeyRef<'_>) -> Option<Cached<'a>> {
        let cached: &KeyIndex<KeyRef<'_>, Cached<'a>> = &self.cached;
        cached.get(&key).copied()
    }

    /// The objects that the Application tracks.
    pub(crate) fn managed(&self) -> impl Iterator<Item = (KeyRef<'a>, &'a Value)> {
        self.cached.iter().filter(|(_, cached)| cached.managed && cached.has_manifest).map(|(key, cached)| (*key, cached.object))
    }

    /// The cached objects of a namespace, in the order of the cluster's list.
    pub(super) fn in_namespace(&self, namespace: &str) -> impl Iterator<Item = (KeyRef<'a>, &'a Value)> {
        self.cached.iter().filter(move |(key, _)| key.namespace == namespace).map(|(key, cached)| (*key, cached.object))
    }

    /// The Applications among all objects.
    pub(super) fn applications(&self) -> impl Iterator<Item = &'a Value> {
        self.all.iter().filter(|object| {
            let Gvk { group, kind, .. } = unstructured::gvk(object);
            group == "argoproj.io" && kind == "Application"
        })
    }

    /// A direct read by exact version, kind, name and namespace.
    pub(crate) fn get(&self, gvk: Gvk<'_>, name: &str, namespace: &str) -> Option<&'a Value> {
        let exact: &KeyMap<(Gvk<'_>, &str, &str), &'a Value> = self.exact.get_or_init(|| {
            let mut exact = KeyMap::with_capacity_and_hasher(self.all.len(), RandomState::default());
            for object in self.all {
                let key = (unstructured::gvk(object), unstructured::name(object), unstructured::namespace(object));
                exact.entry(key).or_insert(object);
            }
            exact
        });
        exact.get(&(gvk, name, namespace)).copied()
    }
}

/// An object without owners, the inferred ones included (`resolveResourceReferences`).
fn is_root(object: &Value) -> bool {
    let owners = object.get("metadata").and_then(|metadata| metadata.get("ownerReferences")).and_then(Value::as_array);
    if owners.is_some_and(|owners| owners.iter().any(Value::is_object)) {
        return false;
    }
    let annotation = |key: &str| unstructured::annotation(object, key).unwrap_or("");
    match unstructured::gvk(object) {
        Gvk { group: "", kind: "Endpoints", .. } => false,
        Gvk { group: "operators.coreos.com", kind: "ClusterServiceVersion", .. } => annotation("olm.operatorGroup").is_empty(),
        Gvk { group: "", kind: "Secret", .. } => {
            unstructured::text(object, "type") != "kubernetes.io/service-account-token"
                || annotation("kubernetes.io/service-account.name").is_empty()
                || annotation("kubernetes.io/service-account.uid").is_empty()
        }
        _ => true,
    }
}
