//! Stages 5 to 7: the first sync, the Rollout, the card.

use serde_json::json;
use sha1::{Digest, Sha1};

use super::Finding;
use super::journey::Journey;
use crate::argocd::project::AppProject;
use crate::argocd::sync::ResultCode;
use crate::argocd::sync::plan::{Plan, PlanRequest, plan, sorted_results};
use crate::argocd::sync::remote_cluster;
use crate::argocd::sync::toy::Assume;
use crate::platform::application::Application;
use crate::platform::model::Platform;
use crate::platform::snapshot::Snapshot;
use crate::platform::{status, tree};
use crate::rollouts::{lint, simulate};
use crate::{Result, Severity, Value, yaml};

/// Runs a stage over the platform as it is after the change.
fn after(journey: &mut Journey<'_>, stage: impl FnOnce(&mut Journey<'_>, &Platform<'_>) -> Result<Finding>) -> Result<Finding> {
    let Some((files, config)) = journey.after.take() else { return Ok(Finding::unknown("there is no platform to look at")) };
    let found = {
        let platform = Platform::with(config.clone(), &files, &journey.request.rendered)?;
        stage(journey, &platform)
    };
    journey.after = Some((files, config));
    found
}

fn created<'p>(journey: &Journey<'_>, platform: &'p Platform<'_>) -> Vec<&'p Application> {
    journey.created.iter().filter_map(|name| platform.applications.get(name)).collect()
}

/// The first sync of every new Application, on a cluster that has what the snapshot shows.
pub(super) fn sync(journey: &mut Journey<'_>) -> Result<Finding> {
    after(journey, |journey, platform| {
        let snapshot = platform.snapshot();
        let (mut found, mut ends) = (Finding::default(), Vec::new());
        for application in created(journey, platform) {
            let targets: Vec<Value> = match &application.targets {
                Ok(targets) => targets.iter().map(|target| target.object.clone()).collect(),
                Err(why) => {
                    found.unknown = true;
                    ends.push(format!("{}: unknown: {why}", application.name));
                    continue;
                }
            };
            let made = first_sync(application, &targets, platform, &snapshot)?;
            found.product.extend(lines(application, &made));
            let phase = made.state.phase.as_str();
            ends.push(format!("{}: {phase}", application.name));
            if phase == "Succeeded" {
                let revision = revision(journey);
                journey.deployed.push(deployed(application, &made, &targets, &revision));
            } else {
                let message = format!("{}: the sync ends {phase}: {}", application.name, made.state.message.trim());
                let at = faulty(journey, &made);
                found.problems.push(at.map_or_else(
                    || journey.problem(&journey.template_file(), "/spec/steps", message.clone()),
                    |file| journey.problem(&file, "/kind", message.clone()),
                ));
            }
        }
        found.summary = ends.join("; ");
        Ok(found)
    })
}

fn first_sync(application: &Application, targets: &[Value], platform: &Platform<'_>, snapshot: &Snapshot<'_>) -> Result<Plan> {
    let project = platform.applications.projects.get(&application.project).map(AppProject::from_value).transpose()?;
    let mut live = snapshot.matter(&application.name, &application.destination.namespace, targets, None);
    live.extend(snapshot.definitions().iter().cloned());
    live.extend(snapshot.crds.iter().cloned());
    live.sort_by_key(|object| object.pointer("/metadata/name").map(ToString::to_string));
    live.dedup();
    plan(&PlanRequest {
        application: application.value.clone(),
        project,
        targets: targets.to_vec(),
        live,
        operation: None,
        revision: String::new(),
        assume: Assume::default(),
        clusters: remote_cluster(&application.value).into_iter().collect(),
    })
}

fn lines(application: &Application, made: &Plan) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut last = None;
    for task in &made.tasks {
        let here = (task.phase.as_str(), task.wave);
        if last != Some(here) {
            lines.push(format!("{}: {} wave {}", application.name, here.0, here.1));
            last = Some(here);
        }
        let what = if task.is_hook { "hook" } else { "apply" };
        lines.push(format!("  {what} {}/{}", task.key.kind, task.key.name));
    }
    lines
}

/// The file of the first object that was not applied.
fn faulty(journey: &Journey<'_>, made: &Plan) -> Option<crate::platform::File> {
    let results = sorted_results(&made.state);
    let failed = results.into_iter().find(|result| result.status == Some(ResultCode::SyncFailed))?;
    let holds = |file: &&crate::platform::File| {
        let documents = yaml::kubernetes::documents(&file.text).unwrap_or_default();
        documents.iter().any(|document| {
            let text = |pointer: &str| document.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            text("/kind") == failed.key.kind && text("/metadata/name") == failed.key.name
        })
    };
    journey.product.iter().find(holds).map(|file| journey.shown(file))
}

/// A commit that stands for the new repository: made of its files, so that it is the same each time.
fn revision(journey: &Journey<'_>) -> String {
    let mut hash = Sha1::new();
    for file in &journey.product {
        hash.update(file.path.as_bytes());
        hash.update([0]);
        hash.update(file.text.as_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The Application as the controller would leave it after the sync.
fn deployed(application: &Application, made: &Plan, targets: &[Value], revision: &str) -> Value {
    let mut live = application.value.clone();
    let images: std::collections::BTreeSet<&str> = targets
        .iter()
        .filter_map(|target| target.pointer("/spec/template/spec/containers")?.as_array())
        .flatten()
        .filter_map(|container| container.get("image")?.as_str())
        .collect();
    let at = made.state.finished_at.map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default();
    if let Value::Object(members) = &mut live {
        members.insert(
            "status".into(),
            json!({
                "sync": {"status": "Synced", "revision": revision},
                "health": {"status": "Healthy"},
                "history": [{"id": 0, "revision": revision, "deployedAt": at}],
                "operationState": {"phase": "Succeeded", "message": made.state.message, "finishedAt": at},
                "summary": {"images": images},
            }),
        );
    }
    live
}

/// The checks and the timeline of the Rollouts among the manifests.
pub(super) fn rollout(journey: &mut Journey<'_>) -> Result<Finding> {
    let mut found = Finding::default();
    let mut rollouts = 0;
    let product = journey.product.clone();
    for file in product.iter().filter(|file| file.text.contains("kind: Rollout")) {
        let shown = journey.shown(file);
        let documents = yaml::kubernetes::documents(&file.text).unwrap_or_default();
        for document in documents.iter().filter(|document| tree::is(document, "argoproj.io", "Rollout")) {
            rollouts += 1;
            let name = document.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
            let scenario = json!({"events": [{"at": "0s", "do": "setImage", "image": "next"}]});
            match simulate::simulate(document, &scenario) {
                Ok(trace) => {
                    for entry in &trace.timeline {
                        found.product.push(format!("{name} after {} s: {} {}", entry.at, entry.phase, entry.message).trim_end().to_owned());
                    }
                    if !matches!(trace.summary.phase.as_str(), "Healthy" | "Paused") {
                        let message = format!("{name}: an update ends {}", trace.summary.phase);
                        found.problems.push(journey.problem(&shown, "/spec/strategy", message));
                    }
                }
                Err(error) => found.problems.push(journey.problem(&shown, "/spec", error.message)),
            }
        }
        match lint::lint(&file.text) {
            Ok(report) => {
                for finding in report.diagnostics.into_iter().filter(|finding| finding.severity == Severity::Error) {
                    let mut problem = journey.problem(&shown, "", finding.message);
                    if let Some(at) = finding.location {
                        problem.location = crate::Location { file: shown.path.clone(), ..at };
                    }
                    found.problems.push(problem);
                }
            }
            Err(error) => found.problems.push(journey.problem(&shown, "", error.message)),
        }
    }
    found.summary = match rollouts {
        0 => "there is none: the workload is no Rollout".into(),
        number => format!("{number} checked, and an update of each played through"),
    };
    Ok(found)
}

/// The card that the portal shows after the first sync.
pub(super) fn card(journey: &mut Journey<'_>) -> Result<Finding> {
    after(journey, |journey, platform| {
        let Some(entity) = journey.entity.as_deref().and_then(|entity| platform.catalog.get(entity)) else {
            return Ok(Finding::unknown("the catalog has no new entity"));
        };
        let snapshot = Snapshot::new(&journey.deployed, std::iter::empty(), &[]);
        let mut card = status::card(platform, &snapshot, entity);
        card.applications.retain(|application| journey.created.contains(&application.name));
        let mut found = Finding::default();
        for application in &card.applications {
            found.product.push(format!("{}: {} {} at {}", application.name, application.sync, application.health, application.revision));
            found.product.push(format!("  {}", application.link));
        }
        let well = |application: &status::ApplicationCard| {
            application.sync == "Synced" && application.health == "Healthy" && !application.revision.is_empty()
        };
        if let Some(error) = &card.error {
            found.problems.push(crate::platform::flow::Problem { message: error.clone(), location: entity.location.clone() });
        } else if !card.applications.iter().any(well) {
            let message = card.missing.first().cloned().unwrap_or_else(|| "the annotations of the entity find no new Application".into());
            found.problems.push(crate::platform::flow::Problem { message, location: entity.location.clone() });
        }
        found.summary = match card.applications.iter().find(|application| well(application)) {
            Some(application) => format!("{} is Synced and Healthy at {}", application.name, application.revision),
            None => "the card stays empty".into(),
        };
        journey.card = Some(card);
        Ok(found)
    })
}
