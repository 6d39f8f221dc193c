//! Service, Ingress, PersistentVolumeClaim, APIService.

use super::Check;
use crate::Value;
use crate::argocd::health::field::{at, list, text};
use crate::argocd::health::status::{Health, HealthCode::*};

pub(super) fn service(object: &Value) -> Check {
    let waiting = text(object, &["spec", "type"])? == "LoadBalancer" && list(object, &["status", "loadBalancer", "ingress"])?.is_empty();
    Ok(Health::new(if waiting { Progressing } else { Healthy }, ""))
}

pub(super) fn ingress(object: &Value) -> Check {
    let served = matches!(at(object, &["status", "loadBalancer", "ingress"]), Some(Value::Array(items)) if !items.is_empty());
    Ok(Health::new(if served { Healthy } else { Progressing }, ""))
}

pub(super) fn persistent_volume_claim(object: &Value) -> Check {
    let code = match text(object, &["status", "phase"])? {
        "Lost" => Degraded,
        "Pending" => Progressing,
        "Bound" => Healthy,
        _ => Unknown,
    };
    Ok(Health::new(code, ""))
}

pub(super) fn api_service(object: &Value) -> Check {
    for condition in list(object, &["status", "conditions"])? {
        if text(condition, &["type"])? == "Available" {
            let code = if text(condition, &["status"])? == "True" { Healthy } else { Progressing };
            return Ok(Health::new(code, format!("{}: {}", text(condition, &["reason"])?, text(condition, &["message"])?)));
        }
    }
    Ok(Health::new(Progressing, "Waiting to be processed"))
}
