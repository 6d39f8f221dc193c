//! Updates of a Rollout played through: the repository's own scenarios, or one in which all goes well.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::tree::{Class, Object, Tree};
use crate::rollouts::simulate::simulate;
use crate::rollouts::simulate::state::{Entry, Summary};
use crate::{Error, Value, yaml};

/// States shown of one timeline; longer ones are cut.
const MOMENTS: usize = 500;
/// Scenarios played for one Rollout.
const SCENARIOS: usize = 8;
/// Kinds that a scenario can hold.
const OBJECTS: [&str; 6] = ["Service", "Ingress", "VirtualService", "DestinationRule", "AnalysisTemplate", "ClusterAnalysisTemplate"];

/// One update of a Rollout from its beginning to its end.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Timeline {
    /// The scenario's name: its file without extension, or `every check passes`.
    pub scenario: String,
    /// The scenario's first comment.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The scenario's file; absent when the repository has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The states, each different from the one before.
    pub moments: Vec<Moment>,
    /// States that are left out at the end.
    #[serde(skip_serializing_if = "is_zero")]
    pub omitted: usize,
    /// The end, and some figures; absent when it cannot be played.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<Summary>,
    /// Why it cannot be played.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// One state.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Moment {
    /// Seconds since the start.
    pub at: i64,
    /// `status.phase`.
    pub phase: String,
    /// `status.message`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// `status.currentStepIndex`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<i32>,
    /// Share of the traffic that the new version has, of 100.
    pub weight: i32,
    /// The ReplicaSets in order of creation.
    pub sets: Vec<Pods>,
    /// AnalysisRuns: `NAME: Phase`, with the message if there is one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub analysis: Vec<String>,
    /// What the controller reports, `Reason: message`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
}

/// The pods of one ReplicaSet.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Pods {
    /// `r1`, `r2` in order of creation.
    pub name: String,
    /// `stable`, `new`, `old`; with blue-green also `active`, `preview`.
    pub role: &'static str,
    /// Wanted.
    pub wanted: i32,
    /// Ready.
    pub ready: i32,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// A scenario of the repository.
#[derive(Debug)]
pub(super) struct Scenario<'f> {
    path: &'f str,
    text: &'f str,
    value: Value,
    /// Images that it sets, without tag.
    images: Vec<String>,
}

/// Data files that list events with `at` and `do`.
pub(super) fn scenarios<'f>(tree: &Tree<'f>) -> Vec<Scenario<'f>> {
    let data = tree.files.iter().filter(|file| tree.classes.get(file.path.as_str()) == Some(&Class::Data) && file.text.contains("events:"));
    data.filter_map(|file| {
        let value = yaml::kubernetes::unmarshal(&file.text).ok()?;
        let events = value.get("events")?.as_array()?;
        let commands = events.iter().filter(|event| event.get("at").is_some() && event.get("do").is_some());
        let images: Vec<String> =
            commands.filter_map(|event| event.get("image")?.as_str()).map(|image| repository(image).to_owned()).collect();
        (!images.is_empty()).then_some(Scenario { path: &file.path, text: &file.text, value, images })
    })
    .collect()
}

/// The timelines of one Rollout: those scenarios that set an image of its containers, else an update in which every check passes.
pub(super) fn of(rollout: &Object<'_>, tree: &Tree<'_>, scenarios: &[Scenario<'_>]) -> Vec<Timeline> {
    let objects = objects(rollout, tree);
    let containers = rollout.value().pointer("/spec/template/spec/containers").and_then(Value::as_array);
    let images: Vec<&str> = containers.into_iter().flatten().filter_map(|one| one.get("image")?.as_str()).collect();
    let own = scenarios.iter().filter(|scenario| scenario.images.iter().any(|image| images.iter().any(|one| repository(one) == image)));
    let timelines: Vec<Timeline> = own
        .take(SCENARIOS)
        .map(|scenario| Timeline {
            description: comment(scenario.text),
            file: Some(scenario.path.to_owned()),
            ..play(stem(scenario.path), rollout.value(), scenario.value.clone(), &objects)
        })
        .collect();
    match images.first() {
        Some(image) if timelines.is_empty() => {
            let event = json!({"at": "0s", "do": "setImage", "image": format!("{}:next", repository(image))});
            vec![play("every check passes", rollout.value(), json!({"events": [event]}), &objects)]
        }
        _ => timelines,
    }
}

fn play(name: &str, rollout: &Value, mut scenario: Value, objects: &[Value]) -> Timeline {
    if let Some(members) = scenario.as_object_mut() {
        let own = members.entry("objects").or_insert(Value::Null);
        let mut all = own.as_array().cloned().unwrap_or_default();
        let known: Vec<(String, String)> = all.iter().map(key).collect();
        all.extend(objects.iter().filter(|object| !known.contains(&key(object))).cloned());
        *own = Value::Array(all);
    }
    let trace = match simulate(rollout, &scenario) {
        Ok(trace) => trace,
        Err(error) => return failed(name, error),
    };
    // Until something happens, a Rollout that is healthy from the start has no new version.
    let calm =
        trace.timeline.first().filter(|first| first.phase == "Healthy").map_or(0, |first| {
            trace.timeline.iter().take_while(|entry| entry.current == first.current && entry.phase == "Healthy").count()
        });
    let moments = trace.timeline.iter().take(MOMENTS).enumerate();
    Timeline {
        scenario: name.to_owned(),
        description: String::new(),
        file: None,
        omitted: trace.timeline.len().saturating_sub(MOMENTS),
        moments: moments.map(|(index, entry)| moment(entry, index < calm)).collect(),
        summary: Some(trace.summary),
        error: None,
    }
}

fn failed(name: &str, error: Error) -> Timeline {
    Timeline {
        scenario: name.to_owned(),
        description: String::new(),
        file: None,
        moments: Vec::new(),
        omitted: 0,
        summary: None,
        error: Some(error.message),
    }
}

fn moment(entry: &Entry, calm: bool) -> Moment {
    let runs = entry.analysis_runs.iter().map(|(name, run)| match run.message.as_str() {
        "" => format!("{name}: {}", run.phase),
        message => format!("{name}: {}: {message}", run.phase),
    });
    Moment {
        at: entry.at,
        phase: entry.phase.to_string(),
        message: entry.message.to_string(),
        step: entry.step,
        weight: if calm { 0 } else { weight(entry) },
        sets: pods(entry),
        analysis: runs.collect(),
        events: entry.events.clone(),
    }
}

/// The share of the traffic that the new version has: Argo Rollouts' word for a canary, the active Service's for blue-green.
fn weight(entry: &Entry) -> i32 {
    match &entry.blue_green {
        Some(strategy) if strategy.active == entry.current => 100,
        Some(_) => 0,
        None if entry.current == entry.stable => 100,
        None => entry.actual_weight.unwrap_or(0),
    }
}

fn pods(entry: &Entry) -> Vec<Pods> {
    let role = |name: &str| match &entry.blue_green {
        Some(strategy) if strategy.active == name => "active",
        Some(strategy) if strategy.preview == name => "preview",
        _ if entry.stable == name => "stable",
        _ if entry.current == name => "new",
        _ => "old",
    };
    let mut sets: Vec<Pods> = entry
        .replica_sets
        .iter()
        .map(|(name, set)| Pods { name: name.to_string(), role: role(name), wanted: set.spec, ready: set.ready })
        .collect();
    // `r10` after `r9`.
    sets.sort_by(|a, b| (a.name.len(), &a.name).cmp(&(b.name.len(), &b.name)));
    sets
}

/// The objects that the Rollout names: those beside it first.
fn objects(rollout: &Object<'_>, tree: &Tree<'_>) -> Vec<Value> {
    let mut names = Vec::new();
    texts(rollout.value().get("spec").unwrap_or(&Value::Null), &mut names);
    let home = directory(&rollout.file.path);
    let kind = |object: &Object<'_>| object.value().get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut found: Vec<&Object<'_>> =
        tree.objects.iter().filter(|object| OBJECTS.contains(&kind(object).as_str()) && names.contains(&object.meta("name"))).collect();
    found.sort_by_key(|object| (directory(&object.file.path) != home, object.file.path.as_str()));
    let mut chosen: BTreeMap<(String, String), Value> = BTreeMap::new();
    for object in found {
        chosen.entry(key(object.value())).or_insert_with(|| object.value().clone());
    }
    chosen.into_values().collect()
}

fn key(object: &Value) -> (String, String) {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    (text("/kind"), text("/metadata/name"))
}

fn texts<'v>(value: &'v Value, out: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => out.push(text),
        Value::Array(items) => items.iter().for_each(|item| texts(item, out)),
        Value::Object(members) => members.values().for_each(|member| texts(member, out)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// An image without digest and tag; a port of its registry is no tag.
fn repository(image: &str) -> &str {
    let image = image.split_once('@').map_or(image, |(name, _)| name);
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    }
}

fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// The first line of the comment that a file begins with.
fn comment(text: &str) -> String {
    text.lines().next().and_then(|line| line.strip_prefix('#')).unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::*;

    #[test]
    fn images_lose_tag_and_digest_and_keep_the_port() {
        assert_eq!(repository("ghcr.io/acme/app:1.0"), "ghcr.io/acme/app");
        assert_eq!(repository("localhost:5000/app"), "localhost:5000/app");
        assert_eq!(repository("localhost:5000/app:2@sha256:00"), "localhost:5000/app");
        assert_eq!(repository("app"), "app");
    }

    #[test]
    fn the_tenth_replica_set_comes_after_the_ninth() {
        let mut entry = Entry::default();
        for name in ["r9", "r10", "r1"] {
            entry.replica_sets.insert(name.into(), Default::default());
        }
        let names: Vec<String> = pods(&entry).into_iter().map(|set| set.name).collect();
        assert_eq!(names, ["r1", "r9", "r10"]);
    }
}
