//! `ValidateRolloutSpec`.

use crate::rollouts::objects::AtPath;
use std::collections::BTreeMap;

use super::{
    error::{Bad, Errors, FieldError, Path},
    pod, selector, strategy,
};
use crate::rollouts::spec::{LabelSelector, Rollout, go_json, template_annotations, template_labels, to_wire};

/// `ValidateRollout`: all faults, in upstream's order.
pub(crate) fn rollout(rollout: &Rollout) -> Vec<FieldError> {
    let mut errors = Errors::default();
    let path = Path::root("spec");
    let spec = &rollout.spec;
    errors.non_negative(&path.child("replicas"), i64::from(rollout.replicas()));
    if spec.workload_ref.is_none() {
        validate_selector(spec.selector.as_ref(), &path, &mut errors);
    }
    let empty = template_labels(&spec.template).next().is_none() && template_annotations(&spec.template).next().is_none();
    if !spec.template_resolved_from_ref && spec.workload_ref.is_some() && !empty {
        errors.internal(&path.child("template"), "template must be empty for workload reference rollout");
    }
    match &spec.selector {
        Some(selector) if !selector::usable(selector) => errors.invalid(&path.child("selector"), shown(selector), "invalid label selector"),
        _ if spec.template_resolved_from_ref || spec.workload_ref.is_none() => template(rollout, &path.child("template"), &mut errors),
        _ => {}
    }
    errors.non_negative(&path.child("minReadySeconds"), i64::from(spec.min_ready_seconds));
    errors.non_negative(&path.child("revisionHistoryLimit"), i64::from(rollout.revision_history_limit()));
    let deadline = path.child("progressDeadlineSeconds");
    let seconds = rollout.progress_deadline_seconds();
    errors.non_negative(&deadline, i64::from(seconds));
    if seconds <= spec.min_ready_seconds {
        errors.invalid(&deadline, seconds, "must be greater than minReadySeconds");
    }
    strategy::validate(rollout, &path.child("strategy"), &mut errors);
    errors.0
}

fn shown(selector: &LabelSelector) -> Bad<'static> {
    let document = serde_json::to_value(selector).unwrap_or_default();
    Bad::Json(to_wire("LabelSelector", &document).map_or_else(|_| "{}".into(), |wire| go_json(&wire)))
}

fn validate_selector(selector: Option<&LabelSelector>, path: &Path<'_>, errors: &mut Errors) {
    let path = path.child("selector");
    let Some(selector) = selector else {
        errors.required(&path, "Rollout has missing field '.spec.selector'");
        return;
    };
    selector::validate(selector, &path, errors);
    if selector.match_labels.is_empty() && selector.match_expressions.is_empty() {
        errors.invalid(&path, shown(selector), "empty selector is invalid for deployment");
    }
}

/// `ValidatePodTemplateSpecForReplicaSet` with the defaults of the API server.
fn template(rollout: &Rollout, path: &Path<'_>, errors: &mut Errors) {
    let selector = rollout.spec.selector.as_ref();
    let everything = selector.is_some_and(|selector| selector.match_labels.is_empty() && selector.match_expressions.is_empty());
    let labels: BTreeMap<&str, &str> = template_labels(&rollout.spec.template).collect();
    if !everything && !selector::matches(selector, &labels) {
        let metadata = path.child("metadata");
        let shown = rollout.spec.template.at_path("/metadata/labels").map_or_else(|| "null".into(), go_json);
        errors.invalid(&metadata.child("labels"), Bad::Json(shown), "`selector` does not match template `labels`");
    }
    pod::template(&rollout.spec.template, path, errors);
}
