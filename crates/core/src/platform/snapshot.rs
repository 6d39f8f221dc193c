//! The snapshot of the cluster, and what else it tells.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use super::state::Deployment;
use super::tree::is;
use crate::Value;
use crate::argocd::settings::ConfigMapData;
use crate::argocd::status::{Cluster, Scopes};

/// The cluster that Argo CD itself runs in.
const IN_CLUSTER: &str = "https://kubernetes.default.svc";

/// Every object of the snapshot, with what follows from them.
#[derive(Debug)]
pub struct Snapshot<'s> {
    /// The objects.
    pub objects: &'s [Value],
    /// The data of `argocd-cm`.
    pub settings: ConfigMapData,
    /// CustomResourceDefinitions.
    pub crds: Vec<Value>,
    /// The instant that windows are judged at, if one is given.
    pub at: Option<jiff::Timestamp>,
    applications: BTreeMap<&'s str, &'s Value>,
    /// Indices of the objects that name an Application in their tracking annotation or label.
    tracked: BTreeMap<&'s str, Vec<usize>>,
    /// Indices by kind and name.
    named: BTreeMap<(&'s str, &'s str), Vec<usize>>,
    /// Indices by namespace.
    spaces: BTreeMap<&'s str, Vec<usize>>,
    /// Custom kinds that the cluster is said to serve: group, version, kind, namespaced.
    apis: &'s [Value],
    known_scopes: OnceLock<Scopes>,
    known_definitions: OnceLock<Vec<Value>>,
}

const TRACKING_ID: &str = "argocd.argoproj.io/tracking-id";
const INSTANCE: &str = "app.kubernetes.io/instance";

impl<'s> Snapshot<'s> {
    /// Looks through the objects once.
    pub fn new(objects: &'s [Value], desired: impl Iterator<Item = &'s Value>, apis: &'s [Value]) -> Self {
        let name = |object: &'s Value| object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
        let settings = objects.iter().find(|object| is(object, "", "ConfigMap") && name(object) == "argocd-cm");
        let data = settings.and_then(|object| object.get("data")).and_then(Value::as_object);
        let (mut tracked, mut named, mut spaces) =
            (BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, Vec<_>>::new());
        for (at, object) in objects.iter().enumerate() {
            let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            let meta = |map: &str, key: &str| object.pointer(map).and_then(|map| map.get(key)).and_then(Value::as_str);
            let id = meta("/metadata/annotations", TRACKING_ID).and_then(|id| id.split(':').next());
            for owner in id.into_iter().chain(meta("/metadata/labels", INSTANCE)) {
                tracked.entry(owner).or_default().push(at);
            }
            named.entry((text("/kind"), text("/metadata/name"))).or_default().push(at);
            spaces.entry(text("/metadata/namespace")).or_default().push(at);
        }
        let is_crd = |object: &Value| is(object, "apiextensions.k8s.io", "CustomResourceDefinition");
        Self {
            settings: data.into_iter().flatten().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect(),
            crds: objects.iter().filter(|object| is_crd(object)).chain(desired.filter(|object| is_crd(object))).cloned().collect(),
            applications: objects
                .iter()
                .filter(|object| is(object, "argoproj.io", "Application"))
                .map(|object| (name(object), object))
                .collect(),
            objects,
            tracked,
            named,
            spaces,
            apis,
            at: None,
            known_scopes: OnceLock::new(),
            known_definitions: OnceLock::new(),
        }
    }

    /// The objects that can matter to an Application: those it tracks, those its targets name, its namespace if orphans are
    /// watched, and namespaces.
    pub fn matter(&self, name: &str, namespace: &str, targets: &[Value], project: Option<&Value>) -> Vec<Value> {
        let mut wanted: BTreeSet<usize> = self.tracked.get(name).into_iter().flatten().copied().collect();
        let qualified = format!("{}_{name}", crate::argocd::status::CONTROLLER_NAMESPACE);
        wanted.extend(self.tracked.get(qualified.as_str()).into_iter().flatten());
        for target in targets {
            let text = |pointer: &str| target.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            wanted.extend(self.named.get(&(text("/kind"), text("/metadata/name"))).into_iter().flatten());
        }
        if project.is_some_and(|project| project.pointer("/spec/orphanedResources").is_some_and(|value| !value.is_null())) {
            wanted.extend(self.spaces.get(namespace).into_iter().flatten());
        }
        wanted.extend(self.named.get(&("Namespace", namespace)).into_iter().flatten());
        wanted.into_iter().filter_map(|at| self.objects.get(at).cloned()).collect()
    }

    /// The cluster of a destination, if the snapshot is of it.
    pub fn cluster(&self, destination: &str) -> Option<Cluster> {
        matches!(destination, IN_CLUSTER | "in-cluster" | "").then(Cluster::default)
    }

    /// The scopes of custom kinds: as their definitions say, else as the snapshot's objects show.
    pub fn scopes(&self) -> Scopes {
        self.known_scopes.get_or_init(|| self.read_scopes()).clone()
    }

    fn read_scopes(&self) -> Scopes {
        let mut scopes = BTreeMap::new();
        for object in self.objects {
            let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            let group = text("/apiVersion").rsplit_once('/').map_or("", |(group, _)| group);
            if group.contains('.') && !group.ends_with(".k8s.io") {
                let scope = if text("/metadata/namespace").is_empty() { "Cluster" } else { "Namespaced" };
                scopes.insert(format!("{group}/{}", text("/kind")), scope.to_owned());
            }
        }
        for api in self.apis {
            let scope = if api.get("namespaced") == Some(&Value::Bool(false)) { "Cluster" } else { "Namespaced" };
            scopes.insert(format!("{}/{}", text_at(api, "/group"), text_at(api, "/kind")), scope.to_owned());
        }
        for crd in &self.crds {
            let text = |pointer: &str| crd.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            scopes.insert(format!("{}/{}", text("/spec/group"), text("/spec/names/kind")), text("/spec/scope").to_owned());
        }
        // Argo CD and Argo Rollouts are here by the nature of the platform.
        for kind in ["Application", "ApplicationSet", "AppProject", "Rollout", "AnalysisTemplate", "AnalysisRun", "Experiment"] {
            scopes.entry(format!("argoproj.io/{kind}")).or_insert_with(|| "Namespaced".to_owned());
        }
        Scopes::read(&scopes)
    }

    /// Definitions of the custom kinds that the snapshot shows in use, for a toy cluster that must know them. The snapshot's own
    /// definitions are among its objects; the real ones of the rest are not here, but where there are objects, there is a kind.
    pub fn definitions(&self) -> &[Value] {
        self.known_definitions.get_or_init(|| self.read_definitions())
    }

    fn read_definitions(&self) -> Vec<Value> {
        let known: BTreeSet<(&str, &str)> =
            self.crds.iter().map(|crd| (text_at(crd, "/spec/group"), text_at(crd, "/spec/names/kind"))).collect();
        let mut kinds: BTreeMap<(&str, &str), (&str, bool)> = BTreeMap::new();
        for object in self.objects {
            let Some((group, version)) = text_at(object, "/apiVersion").rsplit_once('/') else { continue };
            let kind = text_at(object, "/kind");
            if group.contains('.') && !group.ends_with(".k8s.io") && !known.contains(&(group, kind)) {
                kinds.insert((group, kind), (version, !text_at(object, "/metadata/namespace").is_empty()));
            }
        }
        for api in self.apis {
            let namespaced = api.get("namespaced") != Some(&Value::Bool(false));
            kinds.insert((text_at(api, "/group"), text_at(api, "/kind")), (text_at(api, "/version"), namespaced));
        }
        kinds.into_iter().map(|((group, kind), (version, namespaced))| definition(group, kind, version, namespaced)).collect()
    }

    /// The objects that say they belong to an Application.
    pub fn tracked_by(&self, name: &str) -> impl Iterator<Item = &'s Value> + '_ {
        self.tracked.get(name).into_iter().flatten().filter_map(|at| self.objects.get(*at))
    }

    /// Every Application of the snapshot, by name.
    pub fn applications(&self) -> impl Iterator<Item = (&'s str, &'s Value)> + '_ {
        self.applications.iter().map(|(name, object)| (*name, *object))
    }

    /// The Application as the snapshot has it.
    pub fn application(&self, name: &str) -> Option<&'s Value> {
        self.applications.get(name).copied()
    }

    /// `status.history` of an Application, newest first.
    pub fn history(&self, name: &str) -> Vec<Deployment> {
        let rows = self.application(name).and_then(|app| app.pointer("/status/history")).and_then(Value::as_array);
        rows.into_iter()
            .flatten()
            .rev()
            .take(10)
            .map(|row| {
                let text = |pointer: &str| row.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
                Deployment { revision: text("/revision"), deployed_at: text("/deployedAt"), initiated_by: text("/initiatedBy/username") }
            })
            .collect()
    }
}

fn text_at<'v>(object: &'v Value, pointer: &str) -> &'v str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn definition(group: &str, kind: &str, version: &str, namespaced: bool) -> Value {
    let lower = kind.to_lowercase();
    let plural = match lower.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if lower.ends_with('s') => format!("{lower}es"),
        _ => format!("{lower}s"),
    };
    serde_json::json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.{group}")},
        "spec": {
            "group": group,
            "names": {"kind": kind, "plural": plural},
            "scope": if namespaced { "Namespaced" } else { "Cluster" },
            "versions": [{"name": version, "served": true, "storage": true}],
        },
    })
}
