//! The cluster decision resource generator.

use super::{
    ParamSets,
    clusters::{IN_CLUSTER_NAME, IN_CLUSTER_SERVER},
    text,
    transform::{Asked, Generation},
};
use crate::{
    Map as Members, Value,
    argocd::appset::{
        interpolate::sorted,
        needs::Need,
        params::{Params, strings},
        stop::Stop,
    },
    kube::selector::LabelSelector,
    lang::gofmt::{Map, Text, Value as GoValue},
};

/// `DuckTypeGenerator.GenerateParams`
pub(super) fn generate(generation: &Generation<'_>, asked: &Asked<'_>) -> ParamSets {
    let generator = asked.generator;
    let reference = text(generator, "configMapRef");
    let Some(config) = generation.inventory.config_maps.iter().find(|map| map.name == reference) else {
        generation.needs.borrow_mut().push(Need {
            kind: "configMaps".into(),
            entry: serde_json::json!({"name": reference, "data": {}}),
            command: format!("kubectl get configmap {reference} -n {} -o json", generation.inventory.settings.namespace()),
            path: asked.path.to_owned(),
        });
        return Err(Stop::Error(format!("error reading configMapRef: configmaps {reference:?} not found")));
    };
    let data = |key: &str| config.data.get(key).map(String::as_str).unwrap_or_default();
    let (api_version, kind) = (data("apiVersion"), data("kind"));
    if kind.is_empty() || api_version.find('/').is_none_or(|slash| slash < 1) {
        return Err("there is a problem with the apiVersion, kind or resourceName provided".into());
    }
    let name = text(generator, "name");
    let no_labels = Value::Object(Members::new());
    let labels = generator.get("labelSelector").unwrap_or(&no_labels);
    let selective = labels.get("matchLabels").is_some() || labels.get("matchExpressions").is_some();
    if name.is_empty() != selective {
        return Err("there is a problem with the definition of the ClusterDecisionResource generator".into());
    }
    let nothing = |key: &str| match labels.get(key) {
        Some(Value::Object(members)) => members.is_empty(),
        Some(Value::Array(items)) => items.is_empty(),
        _ => true,
    };
    if name.is_empty() && nothing("matchLabels") && nothing("matchExpressions") {
        // Upstream asks for the selector "<none>", which the API server cannot read. A matrix makes such selectors: it turns
        // absent maps of its second child into empty ones.
        let refusal = "found '<', expected: !, identifier, or 'end of string'";
        return Err(Stop::Error(format!("failed to get dynamic resources: {refusal}")));
    }
    let selector = if name.is_empty() {
        let compiled = LabelSelector::from_value(labels);
        Some(compiled.map_err(|error| Stop::Error(format!("failed to get dynamic resources: {}", error.message)))?)
    } else {
        None
    };
    let resources: Vec<&Value> = generation
        .inventory
        .decision_resources
        .iter()
        .filter(|resource| text(resource, "apiVersion") == api_version && format!("{}s", text(resource, "kind").to_lowercase()) == kind)
        .filter(|resource| match &selector {
            Some(selector) => selector.matches_with(|key| resource.pointer("/metadata/labels")?.get(key)?.as_str()),
            None => resource.pointer("/metadata/name").and_then(Value::as_str) == Some(name),
        })
        .collect();
    if resources.is_empty() {
        return Err("no clusterDecisionResources found".into());
    }
    let list_key = if data("statusListKey").is_empty() { "clusters" } else { data("statusListKey") };
    let match_key = data("matchKey");
    if match_key.is_empty() {
        return Ok(Vec::new());
    }
    let mut sets = Vec::new();
    for decision in decisions(&resources, list_key)? {
        sets.extend(parameters(generation, generator, decision, match_key)?);
    }
    Ok(sets)
}

/// `buildClusterDecisions`
fn decisions<'r>(resources: &[&'r Value], list_key: &str) -> Result<Vec<&'r Value>, Stop> {
    let mut found = Vec::new();
    for resource in resources {
        match resource.get("status") {
            None | Some(Value::Null) => {}
            Some(Value::Object(status)) if status.is_empty() => {}
            Some(Value::Object(status)) => match status.get(list_key) {
                Some(Value::Array(items)) => found.extend(items),
                _ => return Err(Stop::Panic(format!("interface conversion: status.{list_key} is no []interface {{}}"))),
            },
            Some(_) => return Err(Stop::Panic("interface conversion: status is no map[string]interface {}".into())),
        }
    }
    Ok(found)
}

fn parameters(generation: &Generation<'_>, generator: &Value, decision: &Value, match_key: &str) -> Result<Option<Params>, Stop> {
    let Value::Object(decision) = decision else {
        return Err(Stop::Panic("interface conversion: a decision is no map[string]interface {}".into()));
    };
    let wanted = match decision.get(match_key) {
        None | Some(Value::Null) => return Ok(None),
        Some(value) => GoValue::from_json(value).to_text(),
    };
    if wanted.is_empty() {
        return Ok(None);
    }
    let clusters = generation.inventory.clusters.as_deref().unwrap_or_default();
    let listed = clusters.iter().map(|cluster| (cluster.name.as_str(), cluster.server.trim_end_matches('/')));
    let implicit = !listed.clone().any(|(_, server)| server == IN_CLUSTER_SERVER);
    let mut known = listed.chain(implicit.then_some((IN_CLUSTER_NAME, IN_CLUSTER_SERVER)));
    let Some((name, server)) = known.find(|(name, _)| *name == wanted) else { return Ok(None) };
    let params = strings([("name", name.to_owned()), ("server", server.to_owned())]);
    for (key, value) in decision {
        params.set(Text::from(key.as_str()), GoValue::text(GoValue::from_json(value).to_text()));
    }
    let Some(Value::Object(values)) = generator.get("values") else { return Ok(Some(params)) };
    for (key, value) in sorted(values) {
        let value = value.as_str().unwrap_or_default();
        if !generation.engine.go {
            params.set(Text::from(format!("values.{key}")), GoValue::text(value));
            continue;
        }
        match params.get(b"values") {
            None => {
                let map = Map::strings([(Text::from(key.as_str()), Text::from(value))]);
                params.set(Text::from("values"), GoValue::Map(map));
            }
            Some(GoValue::Map(map)) => {
                map.set(Text::from(key.as_str()), GoValue::text(value));
            }
            Some(_) => return Err(Stop::Panic("interface conversion: interface {} is string, not map[string]string".into())),
        }
    }
    Ok(Some(params))
}
