//! Pod.

use super::Check;
use crate::Value;
use crate::argocd::health::field::{at, list, number, text};
use crate::argocd::health::status::{Health, HealthCode::*};
use crate::lang::gofmt_quote;

pub(super) fn pod(object: &Value) -> Check {
    let policy = text(object, &["spec", "restartPolicy"])?;
    let ignores = text(object, &["metadata", "annotations", "argocd.argoproj.io/ignore-restart-policy"])? == "true";
    let long_running = policy == "Always" || (ignores && !is_hook(object)?);
    let message = text(object, &["status", "message"])?;
    let containers = list(object, &["status", "containerStatuses"])?;
    if long_running && let Some(waiting) = waiting(containers)? {
        return Ok(Health::new(Degraded, waiting));
    }
    let code = match text(object, &["status", "phase"])? {
        "Pending" => Progressing,
        "Succeeded" => Healthy,
        "Failed" => return Ok(Health::new(Degraded, failure(object, message, containers)?)),
        "Running" if long_running && is_ready(object)? => Healthy,
        "Running" if long_running && containers.iter().any(|c| at(c, &["lastState", "terminated"]).is_some()) => Degraded,
        "Running" if long_running || matches!(policy, "OnFailure" | "Never") => Progressing,
        _ => Unknown,
    };
    Ok(Health::new(code, message))
}

/// The messages of containers that cannot start; init containers are not looked at upstream.
fn waiting(containers: &[Value]) -> Result<Option<String>, String> {
    let mut messages = Vec::new();
    for container in containers {
        let reason = text(container, &["state", "waiting", "reason"])?;
        if reason.starts_with("Err") || reason.ends_with("Error") || reason.ends_with("BackOff") {
            messages.push(text(container, &["state", "waiting", "message"])?);
        }
    }
    Ok((!messages.is_empty()).then(|| messages.join(", ")))
}

fn failure(object: &Value, message: &str, containers: &[Value]) -> Result<String, String> {
    if !message.is_empty() {
        return Ok(message.to_owned());
    }
    for container in list(object, &["status", "initContainerStatuses"])?.iter().chain(containers) {
        let Some(terminated) = at(container, &["state", "terminated"]) else { continue };
        let said = text(terminated, &["message"])?;
        if !said.is_empty() {
            return Ok(said.to_owned());
        }
        if text(terminated, &["reason"])? == "OOMKilled" {
            return Ok("OOMKilled".to_owned());
        }
        let code = number(terminated, &["exitCode"])?;
        if code != 0 {
            return Ok(format!("container {} failed with exit code {code}", gofmt_quote(text(container, &["name"])?)));
        }
    }
    Ok(String::new())
}

fn is_ready(object: &Value) -> Result<bool, String> {
    for condition in list(object, &["status", "conditions"])? {
        if text(condition, &["type"])? == "Ready" {
            return Ok(text(condition, &["status"])? == "True");
        }
    }
    Ok(false)
}

/// Argo CD's own hook annotation, or Helm's.
fn is_hook(object: &Value) -> Result<bool, String> {
    let argocd = text(object, &["metadata", "annotations", "argocd.argoproj.io/hook"])?;
    let helm = text(object, &["metadata", "annotations", "helm.sh/hook"])?;
    Ok(if argocd.is_empty() {
        !helm.is_empty() && helm.trim() != "crd-install"
    } else {
        argocd.split(',').all(|kind| kind.trim() != "Skip")
    })
}
