//! Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, Workflow.

use super::{Check, name};
use crate::Value;
use crate::argocd::health::field::{at, list, number, optional, text};
use crate::argocd::health::status::{Health, HealthCode::*};
use crate::lang::gofmt_quote;

const NOT_OBSERVED: &str = "observed deployment generation less than desired generation";

fn generation_is_ahead(object: &Value) -> Result<bool, String> {
    Ok(number(object, &["metadata", "generation"])? > number(object, &["status", "observedGeneration"])?)
}

pub(super) fn deployment(object: &Value) -> Check {
    if at(object, &["spec", "paused"]) == Some(&Value::Bool(true)) {
        return Ok(Health::new(Suspended, "Deployment is paused"));
    }
    if generation_is_ahead(object)? {
        return Ok(Health::new(Progressing, format!("Waiting for rollout to finish: {NOT_OBSERVED}")));
    }
    for condition in list(object, &["status", "conditions"])? {
        if text(condition, &["type"])? == "Progressing" {
            if text(condition, &["reason"])? == "ProgressDeadlineExceeded" {
                return Ok(Health::new(Degraded, format!("Deployment {} exceeded its progress deadline", gofmt_quote(name(object)?))));
            }
            break;
        }
    }
    let (replicas, updated, available) = (
        number(object, &["status", "replicas"])?,
        number(object, &["status", "updatedReplicas"])?,
        number(object, &["status", "availableReplicas"])?,
    );
    let waiting = match optional(object, &["spec", "replicas"])? {
        Some(desired) if updated < desired => format!("{updated} out of {desired} new replicas have been updated..."),
        _ if replicas > updated => format!("{} old replicas are pending termination...", replicas.saturating_sub(updated)),
        _ if available < updated => format!("{available} of {updated} updated replicas are available..."),
        _ => return Ok(Health::new(Healthy, "")),
    };
    Ok(Health::new(Progressing, format!("Waiting for rollout to finish: {waiting}")))
}

pub(super) fn stateful_set(object: &Value) -> Check {
    let observed = number(object, &["status", "observedGeneration"])?;
    if observed == 0 || generation_is_ahead(object)? {
        return Ok(Health::new(Progressing, "Waiting for statefulset spec update to be observed..."));
    }
    let desired = optional(object, &["spec", "replicas"])?;
    let ready = number(object, &["status", "readyReplicas"])?;
    let updated = number(object, &["status", "updatedReplicas"])?;
    if let Some(desired) = desired.filter(|desired| ready < *desired) {
        return Ok(Health::new(Progressing, format!("Waiting for {} pods to be ready...", desired.saturating_sub(ready))));
    }
    let strategy = text(object, &["spec", "updateStrategy", "type"])?;
    if strategy == "RollingUpdate" && at(object, &["spec", "updateStrategy", "rollingUpdate"]).is_some() {
        if let (Some(desired), Some(partition)) = (desired, optional(object, &["spec", "updateStrategy", "rollingUpdate", "partition"])?) {
            let wanted = desired.saturating_sub(partition);
            if updated < wanted {
                return Ok(Health::new(
                    Progressing,
                    format!("Waiting for partitioned roll out to finish: {updated} out of {wanted} new pods have been updated..."),
                ));
            }
        }
        return Ok(Health::new(Healthy, format!("partitioned roll out complete: {updated} new pods have been updated...")));
    }
    if strategy == "OnDelete" {
        return Ok(Health::new(Healthy, format!("statefulset has {ready} ready pods")));
    }
    let (update, current) = (text(object, &["status", "updateRevision"])?, text(object, &["status", "currentRevision"])?);
    if update != current {
        return Ok(Health::new(
            Progressing,
            format!("waiting for statefulset rolling update to complete {updated} pods at revision {update}..."),
        ));
    }
    let count = number(object, &["status", "currentReplicas"])?;
    Ok(Health::new(Healthy, format!("statefulset rolling update complete {count} pods at revision {current}...")))
}

pub(super) fn daemon_set(object: &Value) -> Check {
    if generation_is_ahead(object)? {
        return Ok(Health::new(Progressing, "Waiting for rollout to finish: observed daemon set generation less than desired generation"));
    }
    let updated = number(object, &["status", "updatedNumberScheduled"])?;
    let desired = number(object, &["status", "desiredNumberScheduled"])?;
    let available = number(object, &["status", "numberAvailable"])?;
    if text(object, &["spec", "updateStrategy", "type"])? == "OnDelete" {
        return Ok(Health::new(Healthy, format!("daemon set {updated} out of {desired} new pods have been updated")));
    }
    let name = gofmt_quote(name(object)?);
    if updated < desired {
        return Ok(Health::new(
            Progressing,
            format!("Waiting for daemon set {name} rollout to finish: {updated} out of {desired} new pods have been updated..."),
        ));
    }
    if available < desired {
        return Ok(Health::new(
            Progressing,
            format!("Waiting for daemon set {name} rollout to finish: {available} of {desired} updated pods are available..."),
        ));
    }
    Ok(Health::new(Healthy, ""))
}

pub(super) fn replica_set(object: &Value) -> Check {
    if generation_is_ahead(object)? {
        return Ok(Health::new(Progressing, "Waiting for rollout to finish: observed replica set generation less than desired generation"));
    }
    for condition in list(object, &["status", "conditions"])? {
        if text(condition, &["type"])? == "ReplicaFailure" {
            if text(condition, &["status"])? == "True" {
                return Ok(Health::new(Degraded, text(condition, &["message"])?));
            }
            break;
        }
    }
    let available = number(object, &["status", "availableReplicas"])?;
    match optional(object, &["spec", "replicas"])? {
        Some(desired) if available < desired => Ok(Health::new(
            Progressing,
            format!("Waiting for rollout to finish: {available} out of {desired} new replicas are available..."),
        )),
        _ => Ok(Health::new(Healthy, "")),
    }
}

pub(super) fn job(object: &Value) -> Check {
    let (mut complete, mut suspended, mut failure, mut message) = (false, false, None, "");
    for condition in list(object, &["status", "conditions"])? {
        let said = text(condition, &["message"])?;
        match text(condition, &["type"])? {
            "Failed" => failure = Some(said),
            "Complete" => (complete, message) = (true, said),
            "Suspended" => {
                (complete, message) = (true, said);
                suspended |= text(condition, &["status"])? == "True";
            }
            _ => {}
        }
    }
    Ok(match (failure, complete) {
        (Some(failure), _) => Health::new(Degraded, failure),
        (None, false) => Health::new(Progressing, message),
        (None, true) => Health::new(if suspended { Suspended } else { Healthy }, message),
    })
}

pub(super) fn workflow(object: &Value) -> Check {
    // Read from the bare object: what is no string counts as none.
    let word = |key: &str| at(object, &["status", key]).and_then(Value::as_str).unwrap_or_default();
    let code = match word("phase") {
        "" | "Pending" | "Running" => Progressing,
        "Succeeded" => Healthy,
        "Failed" | "Error" => Degraded,
        _ => Unknown,
    };
    Ok(Health::new(code, word("message")))
}
