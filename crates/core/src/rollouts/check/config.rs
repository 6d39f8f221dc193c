//! Which of two ways to name ingresses and virtual services is used: exactly one must be.

use super::error::{Errors, FieldError, Path};
use crate::rollouts::spec::Rollout;

/// `ValidateRolloutNginxIngressesConfig`, `ValidateRolloutAlbIngressesConfig` and
/// `ValidateRolloutVirtualServicesConfig`, in that order.
pub(crate) fn validate(rollout: &Rollout) -> Vec<FieldError> {
    let mut errors = Errors::default();
    let Some(routing) = rollout.traffic_routing() else { return errors.0 };
    let spec = Path::root("spec");
    let strategy = spec.child("strategy");
    let canary = strategy.child("canary");
    let path = canary.child("trafficRouting");
    if let Some(nginx) = &routing.nginx {
        either(
            !nginx.stable_ingress.is_empty(),
            nginx.stable_ingresses.is_some(),
            "StableIngress or StableIngresses",
            &path.child("nginx"),
            &mut errors,
        );
    }
    if let Some(alb) = &routing.alb {
        either(!alb.ingress.is_empty(), alb.ingresses.is_some(), "Ingress or Ingresses", &path.child("alb"), &mut errors);
    }
    if routing.istio.as_ref().is_some_and(|istio| istio.virtual_services.is_some() == istio.virtual_service.is_some()) {
        errors.internal(&path.child("istio"), "either VirtualService or VirtualServices must be configured");
    }
    errors.0
}

fn either(single: bool, several: bool, what: &str, path: &Path<'_>, errors: &mut Errors) {
    match (single, several) {
        (true, true) => errors.internal(path, &format!("Either {what} must be configured. Both are configured.")),
        (false, false) => errors.internal(path, &format!("Either {what} must be configured. Neither are configured.")),
        _ => {}
    }
}
