//! `ValidateRolloutStrategy`. Paths leave the strategy's name out, as upstream's do.

use super::{
    error::{Bad, Errors, Path},
    steps,
};
use crate::rollouts::spec::{AntiAffinity, Canary, IntOrString, Rollout, TrafficRouting, go_json};

pub(super) fn validate(rollout: &Rollout, path: &Path<'_>, errors: &mut Errors) {
    match (rollout.blue_green(), rollout.canary()) {
        (None, None) => {
            errors.required(&path.child("strategy"), "Rollout has missing field '.spec.strategy.canary or .spec.strategy.blueGreen'")
        }
        (Some(_), Some(_)) => {
            errors.invalid(&path.child("strategy"), "blueGreen: true canary: true", "Multiple Strategies can not be listed")
        }
        (Some(_), None) => blue_green(rollout, path, errors),
        (None, Some(strategy)) => canary(rollout, strategy, path, errors),
    }
}

fn blue_green(rollout: &Rollout, path: &Path<'_>, errors: &mut Errors) {
    let Some(strategy) = rollout.blue_green() else { return };
    if strategy.active_service == strategy.preview_service {
        let message = "This rollout uses the same service for the active and preview services, but two different services are required.";
        errors.invalid(&path.child("activeService"), &strategy.active_service, message);
    }
    if let Some(limit) = strategy.scale_down_delay_revision_limit.filter(|limit| rollout.revision_history_limit() < *limit) {
        let message = "This rollout's revision history limit can not be smaller than the rollout's scale down limit";
        errors.invalid(&path.child("scaleDownDelayRevisionLimit"), limit, message);
    }
    anti_affinity(strategy.anti_affinity.as_ref(), &path.child("antiAffinity"), errors);
}

fn canary(rollout: &Rollout, canary: &Canary, path: &Path<'_>, errors: &mut Errors) {
    surge(rollout, canary, &path.child("maxSurge"), errors);
    if !canary.canary_service.is_empty() && canary.canary_service == canary.stable_service {
        let message = "This rollout uses the same service for the stable and canary services, but two different services are required.";
        errors.invalid(&path.child("stableService"), &canary.stable_service, message);
    }
    ping_pong(canary, path, errors);
    if requires_services(canary) {
        let message = "Canary service and Stable service must to be set to use Traffic Routing";
        for (field, service) in [("stableService", &canary.stable_service), ("canaryService", &canary.canary_service)] {
            if service.is_empty() {
                errors.invalid(&path.child(field), service, message);
            }
        }
    }
    scaling(canary, path, errors);
    steps::validate(rollout, canary, path, errors);
    anti_affinity(canary.anti_affinity.as_ref(), &path.child("antiAffinity"), errors);
}

/// A number of an IntOrString, whether percent or not; unreadable ones are 0.
fn plain_number(value: &IntOrString) -> i64 {
    let IntOrString::Str(text) = value else { return value.int_value() };
    match text.strip_suffix('%') {
        Some(digits) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().unwrap_or(i64::MAX),
        _ => value.int_value(),
    }
}

/// `invalidMaxSurgeMaxUnavailable`: one of them must let something happen.
fn surge(rollout: &Rollout, canary: &Canary, path: &Path<'_>, errors: &mut Errors) {
    if plain_number(&rollout.max_surge_or_default()) == 0 && plain_number(&rollout.max_unavailable_or_default()) == 0 {
        let shown = serde_json::to_value(&canary.max_surge).unwrap_or_default();
        errors.invalid(path, Bad::Json(go_json(&shown)), "MaxSurge and MaxUnavailable both can not be zero");
    }
}

fn has_plugins(routing: &TrafficRouting) -> bool {
    routing.plugins.as_ref().is_some_and(|plugins| !plugins.is_empty())
}

fn ping_pong(canary: &Canary, path: &Path<'_>, errors: &mut Errors) {
    let Some(pair) = &canary.ping_pong else { return };
    let routing_path = path.child("trafficRouting");
    let alb_path = routing_path.child("alb");
    let routing = canary.traffic_routing.as_ref();
    if routing.is_some_and(|routing| routing.alb.is_none() && routing.istio.is_none() && !has_plugins(routing)) {
        let message = "Ping-pong feature works with the ALB, Istio, and plugin-based traffic routers only";
        errors.invalid(&alb_path, Bad::Json("null".into()), message);
    }
    let pair_path = path.child("pingPong");
    for (field, service) in [("pingService", &pair.ping_service), ("pongService", &pair.pong_service)] {
        if service.is_empty() {
            errors.invalid(&pair_path.child(field), service, "Ping service and Pong service must to be set to use Ping-Pong feature");
        }
    }
    if pair.ping_service == pair.pong_service {
        let message = "This rollout uses the same service for the ping and pong services, but two different services are required.";
        errors.invalid(&pair_path.child("pingService"), &pair.ping_service, message);
    }
    if routing.and_then(|routing| routing.alb.as_ref()).is_some_and(|alb| alb.root_service.is_empty()) {
        let message = "Root service field is required for the configuration with ALB and ping-pong feature enabled";
        errors.invalid(&alb_path.child("rootService"), "", message);
    }
}

/// `requireCanaryStableServices`.
fn requires_services(canary: &Canary) -> bool {
    let Some(routing) = &canary.traffic_routing else { return false };
    let plain = canary.ping_pong.is_none();
    plain && (routing.alb.is_some() || routing.istio.as_ref().is_some_and(|istio| istio.destination_rule.is_none()))
        || routing.smi.is_some()
        || routing.apisix.is_some()
        || routing.ambassador.is_some()
        || routing.nginx.is_some()
        || routing.app_mesh.is_some()
        || routing.traefik.is_some()
}

fn scaling(canary: &Canary, path: &Path<'_>, errors: &mut Errors) {
    let dynamic = path.child("dynamicStableScale");
    let Some(routing) = &canary.traffic_routing else {
        if let Some(delay) = canary.scale_down_delay_seconds {
            errors.invalid(
                &path.child("scaleDownDelaySeconds"),
                delay,
                "Canary scaleDownDelaySeconds can only be used with traffic routing",
            );
        }
        if canary.dynamic_stable_scale {
            errors.invalid(&dynamic, Bad::Flag(true), "Canary dynamicStableScale can only be used with traffic routing");
        }
        return;
    };
    if canary.scale_down_delay_seconds.is_some() && canary.dynamic_stable_scale {
        errors.invalid(&dynamic, Bad::Flag(true), "Canary dynamicStableScale cannot be used with scaleDownDelaySeconds");
    }
    if let Some(weight) = routing.max_traffic_weight.filter(|_| routing.nginx.is_none() && !has_plugins(routing)) {
        let routing_path = path.child("trafficRouting");
        let message = "Canary maxTrafficWeight in traffic routing only supported in Nginx and Plugins";
        errors.invalid(&routing_path.child("maxTrafficWeight"), weight, message);
    }
}

/// `ValidateRolloutStrategyAntiAffinity`.
fn anti_affinity(affinity: Option<&AntiAffinity>, path: &Path<'_>, errors: &mut Errors) {
    let Some(affinity) = affinity else { return };
    let (preferred, required) = (affinity.preferred.is_some(), affinity.required.is_some());
    if preferred == required {
        let shown = format!(
            "antiAffinity.PreferredDuringSchedulingIgnoredDuringExecution: {preferred} antiAffinity.RequiredDuringSchedulingIgnoredDuringExecution: {required}"
        );
        errors.invalid(path, &shown, "AntiAffinity must have exactly one strategy listed");
    }
    if let Some(preferred) = affinity.preferred.as_ref().filter(|preferred| !(1..=100).contains(&preferred.weight)) {
        errors.invalid(&path.child("weight"), preferred.weight, "AntiAffinity weight must be between 1-100");
    }
}
