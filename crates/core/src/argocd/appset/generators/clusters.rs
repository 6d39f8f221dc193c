//! The cluster generator.

use std::collections::HashMap;

use super::{
    ParamSets, flag,
    transform::{Asked, Generation},
    values,
};
use crate::{
    Map as Members, Value,
    argocd::appset::{
        inventory::Cluster,
        needs::Need,
        params::{Params, strings},
        stop::Stop,
    },
    kube::selector::LabelSelector,
    lang::{
        gofmt::{Elem, List, Map, Text, Value as GoValue},
        gotemplate::sanitize_name,
    },
};

/// `KubernetesInternalAPIServerAddr`
pub(in crate::argocd::appset) const IN_CLUSTER_SERVER: &str = "https://kubernetes.default.svc";
/// `KubernetesInClusterName`
pub(in crate::argocd::appset) const IN_CLUSTER_NAME: &str = "in-cluster";

const SECRET_TYPE: &str = "argocd.argoproj.io/secret-type";

/// Annotations of cluster secrets that templates do not see.
const HIDDEN: [&str; 7] = [
    "argocd.argoproj.io/refresh",
    "argocd.argoproj.io/refresh-timestamp",
    "argocd.argoproj.io/hydrate",
    "argocd.argoproj.io/hydrate-timestamp",
    "argocd.argoproj.io/tracking-id",
    "argocd.argoproj.io/installation-id",
    "kubectl.kubernetes.io/last-applied-configuration",
];

/// `ClusterGenerator.GenerateParams`; Go's random order is the inventory's here, the implicit cluster last.
pub(super) fn generate(generation: &Generation<'_>, asked: &Asked<'_>) -> ParamSets {
    let Some(clusters) = &generation.inventory.clusters else {
        generation.needs.borrow_mut().push(need(asked.path));
        return with(generation, asked, &[]);
    };
    with(generation, asked, clusters)
}

fn need(path: &str) -> Need {
    Need {
        kind: "clusters".into(),
        entry: serde_json::json!({"name": "", "server": "", "labels": {}}),
        command: "kubectl get secrets -n argocd -l argocd.argoproj.io/secret-type=cluster -o json".into(),
        path: path.to_owned(),
    }
}

/// The labels of a cluster's secret.
fn labels(cluster: &Cluster) -> Vec<(&str, &str)> {
    let own = cluster.labels.iter().filter(|(key, _)| key.as_str() != SECRET_TYPE).map(|(key, value)| (key.as_str(), value.as_str()));
    own.chain([(SECRET_TYPE, "cluster")]).collect()
}

fn with(generation: &Generation<'_>, asked: &Asked<'_>, clusters: &[Cluster]) -> ParamSets {
    let empty = Value::Object(Members::new());
    let wanted = asked.generator.get("selector").unwrap_or(&empty);
    let count =
        |name: &str| wanted.get(name).map_or(0, |part| part.as_object().map_or(0, Members::len) + part.as_array().map_or(0, Vec::len));
    let selective = count("matchLabels") + count("matchExpressions") > 0;
    let selector = LabelSelector::from_value(wanted)
        .map_err(|error| Stop::Error(format!("error getting cluster secrets: error converting label selector: {}", error.message)))?;
    let mut kept: HashMap<&str, &Cluster> = HashMap::new();
    let mut rank: HashMap<&str, usize> = HashMap::new();
    for (index, cluster) in clusters.iter().enumerate() {
        rank.insert(&cluster.name, index);
        let labels = labels(cluster);
        if selector.matches_with(|key| labels.iter().find(|(name, _)| *name == key).map(|(_, value)| *value)) {
            kept.insert(&cluster.name, cluster);
        }
    }
    let mut ordered: Vec<&Cluster> = kept.into_values().collect();
    ordered.sort_by_key(|cluster| rank.get(cluster.name.as_str()).copied().unwrap_or(usize::MAX));
    let mut sets: Vec<(usize, Params)> = Vec::with_capacity(ordered.len() + 1);
    for cluster in &ordered {
        let params = parameters(cluster, generation.engine.go);
        values::append(&generation.engine, asked.generator, &params)
            .map_err(|stop| stop.context("error appending templated values for cluster"))?;
        sets.push((rank.get(cluster.name.as_str()).copied().unwrap_or(usize::MAX), params));
    }
    if !selective && !ordered.iter().any(|cluster| cluster.server == IN_CLUSTER_SERVER) {
        let params = strings([
            ("name", IN_CLUSTER_NAME.to_owned()),
            ("nameNormalized", IN_CLUSTER_NAME.to_owned()),
            ("server", IN_CLUSTER_SERVER.to_owned()),
            ("project", String::new()),
        ]);
        values::append(&generation.engine, asked.generator, &params)
            .map_err(|stop| stop.context("error appending templated values for local cluster"))?;
        sets.push((rank.get(IN_CLUSTER_NAME).copied().unwrap_or(usize::MAX), params));
    }
    sets.sort_by_key(|(rank, _)| *rank);
    let sets: Vec<Params> = sets.into_iter().map(|(_, params)| params).collect();
    if flag(asked.generator, "flatList") {
        let list = List::new(Elem::AnyMap, sets.into_iter().map(GoValue::Map).collect());
        return Ok(vec![Map::any([(Text::from("clusters"), GoValue::List(list))])]);
    }
    Ok(sets)
}

fn parameters(cluster: &Cluster, go: bool) -> Params {
    let params = strings([
        ("name", cluster.name.clone()),
        ("nameNormalized", sanitize_name(&cluster.name)),
        ("server", cluster.server.clone()),
        ("project", cluster.project.clone().unwrap_or_default()),
    ]);
    let annotations = || cluster.annotations.iter().filter(|(key, _)| !HIDDEN.contains(&key.as_str()));
    let labels = labels(cluster);
    if go {
        let metadata = Map::any([]);
        if !cluster.annotations.is_empty() {
            let map = Map::strings(annotations().map(|(key, value)| (Text::from(key.as_str()), Text::from(value.as_str()))));
            metadata.set(Text::from("annotations"), GoValue::Map(map));
        }
        let map = Map::strings(labels.into_iter().map(|(key, value)| (Text::from(key), Text::from(value))));
        metadata.set(Text::from("labels"), GoValue::Map(map));
        params.set(Text::from("metadata"), GoValue::Map(metadata));
    } else {
        for (key, value) in annotations() {
            params.set(Text::from(format!("metadata.annotations.{key}")), GoValue::text(value.as_str()));
        }
        for (key, value) in labels {
            params.set(Text::from(format!("metadata.labels.{key}")), GoValue::text(value));
        }
    }
    params
}
