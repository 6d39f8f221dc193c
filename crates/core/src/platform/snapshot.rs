//! The snapshot of the cluster, and what else it tells.

use std::collections::BTreeMap;

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
    applications: BTreeMap<&'s str, &'s Value>,
}

impl<'s> Snapshot<'s> {
    /// Looks through the objects once.
    pub fn new(objects: &'s [Value], desired: impl Iterator<Item = Value>) -> Self {
        let name = |object: &'s Value| object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
        let settings = objects.iter().find(|object| is(object, "", "ConfigMap") && name(object) == "argocd-cm");
        let data = settings.and_then(|object| object.get("data")).and_then(Value::as_object);
        let is_crd = |object: &Value| is(object, "apiextensions.k8s.io", "CustomResourceDefinition");
        Self {
            settings: data.into_iter().flatten().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect(),
            crds: objects.iter().filter(|object| is_crd(object)).cloned().chain(desired.filter(is_crd)).collect(),
            applications: objects.iter().filter(|object| is(object, "argoproj.io", "Application")).map(|object| (name(object), object)).collect(),
            objects,
        }
    }

    /// The cluster of a destination, if the snapshot is of it.
    pub fn cluster(&self, destination: &str) -> Option<Cluster> {
        matches!(destination, IN_CLUSTER | "in-cluster" | "").then(Cluster::default)
    }

    /// The scopes of custom kinds: as their definitions say, else as the snapshot's objects show.
    pub fn scopes(&self) -> Scopes {
        let mut scopes = BTreeMap::new();
        for object in self.objects {
            let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            let group = text("/apiVersion").rsplit_once('/').map_or("", |(group, _)| group);
            if group.contains('.') && !group.ends_with(".k8s.io") {
                let scope = if text("/metadata/namespace").is_empty() { "Cluster" } else { "Namespaced" };
                scopes.insert(format!("{group}/{}", text("/kind")), scope.to_owned());
            }
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
