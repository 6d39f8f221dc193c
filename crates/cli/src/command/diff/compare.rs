//! The comparisons: an Application with its cluster, manifests with live objects, two trees.

use std::collections::{BTreeMap, BTreeSet};

use lofting::argocd::diff::{self, DiffOptions, DiffResult, Differ, LAST_APPLIED};
use lofting::argocd::settings::Settings;
use lofting::argocd::status::{self, Cluster};
use lofting::platform::snapshot::Snapshot;
use lofting::{Diagnostic, Value};
use serde_json::json;

use super::model::{Group, Row};
use crate::documents::{kind, name, text};
use crate::exit::Failure;

const TRACKING_ID: &str = "argocd.argoproj.io/tracking-id";

/// Annotations that Argo CD masks besides what Secrets hold (`resource.sensitive.mask.annotations`).
pub(super) fn sensitive(snapshot: &Snapshot<'_>) -> Vec<String> {
    let keys = snapshot.settings.get("resource.sensitive.mask.annotations").map_or("", String::as_str);
    keys.split(',').map(str::trim).filter(|key| !key.is_empty()).map(str::to_owned).collect()
}

/// The whole Application, as the controller compares it.
pub(super) fn application(
    application: &Value,
    targets: &[Value],
    snapshot: &Snapshot<'_>,
    cluster: Cluster,
    project: Option<&Value>,
    others: &[String],
) -> Result<Group, Failure> {
    let objects = snapshot.matter(name(application), text(application, "/spec/destination/namespace"), targets, project);
    let request = status::Request {
        application: Some(application),
        targets,
        live: &objects,
        settings: snapshot.settings.clone(),
        project,
        cluster,
        scopes: snapshot.scopes(),
        crds: &snapshot.crds,
        applications: others,
        explain: true,
        ..status::Request::default()
    };
    let comparison = status::compare(&request)?;
    let findings = status::lint(&request, &comparison)?;
    let sensitive = sensitive(snapshot);
    let needs: Vec<String> = comparison.needs.iter().map(ToString::to_string).collect();
    Ok(Group {
        name: name(application).to_owned(),
        sync: comparison.sync.to_owned(),
        health_message: comparison.health.message(),
        health: comparison.health.status.clone(),
        conditions: comparison.conditions.iter().map(|condition| format!("{}: {}", condition.ty, condition.message)).collect(),
        unknown: (!needs.is_empty()).then(|| format!("the API server's dry run of {} is not given", needs.join(", "))),
        findings,
        orphans: comparison.orphans.iter().map(ToString::to_string).collect(),
        rows: comparison.resources.iter().map(|one| Row::of(one, &sensitive)).collect(),
    })
}

fn group(object: &Value) -> &str {
    text(object, "/apiVersion").rsplit_once('/').map_or("", |(group, _)| group)
}

/// Object by object, with no Application: each manifest against the live object of its kind, namespace and name.
pub(super) fn plain(targets: &[Value], live: &[Value]) -> Result<Group, Failure> {
    let snapshot = Snapshot::new(live, targets.iter(), &[]);
    let settings = Settings::read(&snapshot.settings)?;
    let differ = Differ::new(&[], &settings, DiffOptions::default(), &snapshot.crds)?;
    let sensitive = sensitive(&snapshot);
    let mut by_name: BTreeMap<(&str, &str, &str), Vec<&Value>> = BTreeMap::new();
    for object in live {
        by_name.entry((group(object), kind(object), name(object))).or_default().push(object);
    }
    let (mut rows, mut findings) = (Vec::new(), Vec::new());
    for (at, target) in targets.iter().enumerate().filter(|(_, target)| !hook(target)) {
        let space = text(target, "/metadata/namespace");
        let same = by_name.get(&(group(target), kind(target), name(target))).into_iter().flatten();
        let twins: Vec<&Value> = same.copied().filter(|object| space.is_empty() || text(object, "/metadata/namespace") == space).collect();
        if let [_, _, ..] = twins.as_slice() {
            let spaces: Vec<&str> = twins.iter().map(|twin| text(twin, "/metadata/namespace")).collect();
            let what = format!("{}/{}", kind(target), name(target));
            return Err(Failure::Usage(format!(
                "{what} names no namespace and lives in {}; give the Application with --app",
                spaces.join(", ")
            )));
        }
        let twin = twins.first().copied();
        let diff = differ.trace(Some(&tracked(target, twin)), twin, None)?;
        for finding in diff::lint(Some(target), twin, &[], &settings, &diff.ignored) {
            let message = format!("{} {}: {}", kind(target), name(target), finding.message);
            findings.push(Diagnostic { path: format!("/targets/{at}{}", finding.path), message, ..finding });
        }
        let status = if diff.modified { "OutOfSync" } else { "Synced" };
        let space = twin.map_or(space, |twin| text(twin, "/metadata/namespace"));
        rows.push(Row::new([group(target), kind(target), space, name(target)], status, diff, twin, &sensitive));
    }
    Ok(Group { rows, findings, ..Group::default() })
}

/// Hooks are made anew at each sync and never compared.
fn hook(target: &Value) -> bool {
    let annotations = target.pointer("/metadata/annotations").and_then(Value::as_object);
    annotations.is_some_and(|annotations| annotations.contains_key("argocd.argoproj.io/hook") || annotations.contains_key("helm.sh/hook"))
}

/// The target with the tracking that the controller has written, whichever Application it is of.
fn tracked(target: &Value, live: Option<&Value>) -> Value {
    let mut target = target.clone();
    let id = live.and_then(|live| live.pointer("/metadata/annotations")?.get(TRACKING_ID));
    if let Some(id) = id {
        annotate(&mut target, TRACKING_ID, id.clone());
    }
    target
}

/// Adds an annotation, unless it is there.
fn annotate(object: &mut Value, key: &str, value: Value) {
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    let annotations = metadata.entry("annotations").or_insert(Value::Null);
    if annotations.is_null() {
        *annotations = json!({});
    }
    if let Some(annotations) = annotations.as_object_mut() {
        annotations.entry(key).or_insert(value);
    }
}

/// Two states of the same manifests: what a sync would change in a cluster that is exactly as `before` says. What was last
/// applied is `before` too, so that what is gone from `after` counts.
pub(super) fn trees(before: &[Value], after: &[Value]) -> Result<Vec<Row>, Failure> {
    let settings = Settings::default();
    let crds: Vec<Value> = before.iter().chain(after).filter(|object| kind(object) == "CustomResourceDefinition").cloned().collect();
    let differ = Differ::new(&[], &settings, DiffOptions::default(), &crds)?;
    let before = by_key(before);
    let after = by_key(after);
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    keys.into_iter()
        .map(|key| {
            let (old, new) = (before.get(key).copied(), after.get(key).copied());
            let key = [key.0, key.1, key.2, key.3];
            Ok(match (old, new) {
                (Some(old), Some(new)) => {
                    let mut live = old.clone();
                    annotate(&mut live, LAST_APPLIED, Value::from(old.to_string()));
                    let diff = differ.trace(Some(new), Some(&live), None)?;
                    Row::new(key, if diff.modified { "OutOfSync" } else { "Synced" }, diff, Some(&live), &[])
                }
                (Some(old), None) => {
                    let diff = DiffResult { normalized_live: old.clone().into(), ..DiffResult::default() };
                    let mut row = Row::new(key, "OutOfSync", diff, Some(old), &[]);
                    row.prune = true;
                    row.changes.clear();
                    row
                }
                (None, new) => Row::new(key, "OutOfSync", differ.trace(new, None, None)?, None, &[]),
            })
        })
        .collect()
}

type Key<'v> = (&'v str, &'v str, &'v str, &'v str);

/// The objects by group, kind, namespace and name; of several the last.
fn by_key(objects: &[Value]) -> BTreeMap<Key<'_>, &Value> {
    objects.iter().map(|object| ((group(object), kind(object), text(object, "/metadata/namespace"), named(object)), object)).collect()
}

/// The name, or what a generated one begins with.
fn named(object: &Value) -> &str {
    let name = name(object);
    if name.is_empty() { text(object, "/metadata/generateName") } else { name }
}
