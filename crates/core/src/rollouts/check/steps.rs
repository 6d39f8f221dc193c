//! The rules for canary steps, in upstream's order.

use serde::Serialize;

use super::error::{Bad, Errors, Path};
use crate::rollouts::{
    analysis::arguments::extract_metadata,
    spec::{AnalysisRunArgument, Canary, CanaryStep, Rollout, StringMatch, TrafficRouting, go_json, to_wire},
};

const STEP_MESSAGE: &str = "Step must have one of the following set: experiment, setWeight, setCanaryScale, plugin or pause";
const VALUE_MISSED: &str = "StringMatch value missed, match value must have one of the following: exact, regex, prefix";

pub(super) fn validate(rollout: &Rollout, canary: &Canary, path: &Path<'_>, errors: &mut Errors) {
    let steps = path.child("steps");
    for (index, step) in canary.steps.iter().enumerate() {
        let at = steps.index(index);
        kinds(step, &at, errors);
        weight_and_pause(rollout, step, &at, errors);
        if step.set_canary_scale.is_some() && canary.traffic_routing.is_none() {
            errors.required(&path.child("trafficRouting"), "SetCanaryScale requires TrafficRouting to be set");
        }
        header_route(step, canary.traffic_routing.as_ref(), &at, errors);
        mirror_route(step, canary.traffic_routing.as_ref(), &at, errors);
        managed_routes(step, canary.traffic_routing.as_ref(), path, &at, errors);
        experiment_weights(step, canary.traffic_routing.as_ref(), &at, errors);
        arguments(rollout, step, &at, errors);
    }
}

/// Several kinds in one step: only four of them are compared.
fn kinds(step: &CanaryStep, path: &Path<'_>, errors: &mut Errors) {
    let (experiment, pause, weight, analysis) =
        (step.experiment.is_some(), step.pause.is_some(), step.set_weight.is_some(), step.analysis.is_some());
    if [experiment, pause, weight, analysis].iter().filter(|set| **set).count() > 1 {
        let shown = format!("step.Experiment: {experiment} step.Pause: {pause} step.SetWeight: {weight} step.Analysis: {analysis}");
        errors.invalid(path, &shown, STEP_MESSAGE);
    }
    let others =
        step.set_canary_scale.is_some() || step.set_header_route.is_some() || step.set_mirror_route.is_some() || step.plugin.is_some();
    if !(experiment || pause || weight || analysis || others) {
        let shown = "step.Experiment: true step.Pause: true step.SetWeight: true step.Analysis: true step.SetCanaryScale: true step.SetHeaderRoute: true step.SetMirrorRoute: true step.Plugin: true";
        errors.invalid(path, shown, STEP_MESSAGE);
    }
}

fn weight_and_pause(rollout: &Rollout, step: &CanaryStep, path: &Path<'_>, errors: &mut Errors) {
    let full = rollout.max_traffic_weight();
    if let Some(weight) = step.set_weight.filter(|weight| *weight < 0 || *weight > full) {
        errors.invalid(&path.child("setWeight"), weight, format!("SetWeight needs to be between 0 and {full}"));
    }
    if let Some(seconds) = step.pause.as_ref().map(|pause| pause.duration_seconds()).filter(|seconds| *seconds < 0) {
        let pause = path.child("pause");
        errors.invalid(&pause.child("duration"), seconds, "Duration needs to be greater than 0");
    }
}

fn json(type_name: &str, model: &impl Serialize) -> Bad<'static> {
    let document = serde_json::to_value(model).unwrap_or_default();
    Bad::Json(to_wire(type_name, &document).map_or_else(|_| "null".into(), |wire| go_json(&wire)))
}

fn plugins(routing: &TrafficRouting) -> bool {
    routing.plugins.as_ref().is_some_and(|plugins| !plugins.is_empty())
}

fn header_route(step: &CanaryStep, routing: Option<&TrafficRouting>, path: &Path<'_>, errors: &mut Errors) {
    let Some(route) = &step.set_header_route else { return };
    let path = path.child("setHeaderRoute");
    let able = |routing: &&TrafficRouting| routing.istio.is_some() || routing.alb.is_some() || routing.apisix.is_some() || plugins(routing);
    let Some(routing) = routing.filter(able) else {
        errors.invalid(&path, json("SetHeaderRoute", route), "SetHeaderRoute requires TrafficRouting, supports Istio and ALB and Apisix");
        return;
    };
    let matches = path.child("match");
    for (index, one) in route.matches.iter().flatten().enumerate() {
        let at = matches.index(index);
        match &one.header_value {
            None => errors.invalid(&at, Bad::Json("null".into()), VALUE_MISSED),
            Some(value) if routing.alb.is_some() => {
                if value.exact.is_empty() || !value.regex.is_empty() || !value.prefix.is_empty() {
                    errors.invalid(&at, json("StringMatch", value), "SetHeaderRoute match value invalid. ALB supports 'exact' value only");
                }
            }
            Some(value) => one_matcher(value, &at, errors),
        }
    }
}

/// `hasMultipleMatchValues`.
fn one_matcher(value: &StringMatch, path: &Path<'_>, errors: &mut Errors) {
    let set = [&value.exact, &value.regex, &value.prefix].iter().filter(|text| !text.is_empty()).count();
    if set > 1 {
        let message = "StringMatch match value must have exactly one of the following: exact, regex, prefix";
        errors.invalid(path, json("StringMatch", value), message);
    } else if set == 0 {
        errors.invalid(path, json("StringMatch", value), VALUE_MISSED);
    }
}

fn mirror_route(step: &CanaryStep, routing: Option<&TrafficRouting>, path: &Path<'_>, errors: &mut Errors) {
    let Some(route) = &step.set_mirror_route else { return };
    let path = path.child("setMirrorRoute");
    if !routing.is_some_and(|routing| routing.istio.is_some() || plugins(routing)) {
        errors.invalid(&path, json("SetMirrorRoute", route), "SetMirrorRoute requires TrafficRouting, supports Istio and Plugins");
    }
    let matches = path.child("match");
    for (index, one) in route.matches.iter().flatten().enumerate() {
        let at = matches.index(index);
        // Upstream looks at the method twice and at the headers never.
        for value in [&one.method, &one.path, &one.method].into_iter().flatten() {
            one_matcher(value, &at, errors);
        }
    }
}

fn managed_routes(step: &CanaryStep, routing: Option<&TrafficRouting>, strategy: &Path<'_>, path: &Path<'_>, errors: &mut Errors) {
    let Some(routing) = routing else { return };
    if step.set_header_route.is_none() && step.set_mirror_route.is_none() {
        return;
    }
    let Some(managed) = &routing.managed_routes else {
        let routing_path = strategy.child("trafficRouting");
        let message = "Rollout has missing field 'spec.strategy.canary.trafficRouting.managedRoutes'";
        errors.required(&routing_path.child("managedRoutes"), message);
        return;
    };
    let header = step.set_header_route.as_ref().map(|route| ("setHeaderRoute", &route.name));
    let mirror = step.set_mirror_route.as_ref().map(|route| ("setMirrorRoute", &route.name));
    for (field, name) in [header, mirror].into_iter().flatten() {
        if !managed.iter().any(|route| route.name == *name) {
            let message = "Steps define a route that does not exist in spec.strategy.canary.trafficRouting.managedRoutes";
            errors.invalid(&path.child(field), name, message);
        }
    }
}

fn experiment_weights(step: &CanaryStep, routing: Option<&TrafficRouting>, path: &Path<'_>, errors: &mut Errors) {
    let Some(experiment) = &step.experiment else { return };
    let message = match routing {
        None => "Experiment template weight cannot be set unless TrafficRouting is enabled",
        Some(routing) if routing.alb.is_none() && routing.smi.is_none() && routing.istio.is_none() && !plugins(routing) => {
            "Experiment template weight is only available for TrafficRouting with SMI, ALB, Istio and Plugins at this time"
        }
        Some(_) => return,
    };
    let experiment_path = path.child("experiment");
    let templates = experiment_path.child("templates");
    for (index, template) in experiment.templates.iter().enumerate() {
        if let Some(weight) = template.weight {
            let at = templates.index(index);
            errors.invalid(&at.child("weight"), weight, message);
        }
    }
}

/// Paths into metadata must be ones of the downward API.
fn arguments(rollout: &Rollout, step: &CanaryStep, path: &Path<'_>, errors: &mut Errors) {
    let experiment = step.experiment.iter().flat_map(|experiment| &experiment.analyses).flat_map(|analysis| &analysis.args);
    let analysis = step.analysis.iter().flat_map(|analysis| &analysis.args);
    let args: Vec<&AnalysisRunArgument> = experiment.chain(analysis).collect();
    for arg in &args {
        let field = arg.value_from.as_ref().and_then(|from| from.field_ref.as_ref());
        let Some(field) = field.filter(|field| field.field_path.starts_with("metadata")) else { continue };
        if extract_metadata(&rollout.metadata, &field.field_path).is_err() {
            let message = "Analyses arguments must refer to valid object metadata supported by downwardAPI";
            errors.invalid(&path.child("analyses"), json("[]AnalysisRunArgument", &args), message);
        }
    }
}
