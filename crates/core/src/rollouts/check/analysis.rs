//! Analysis templates against the place of a rollout that names them.

use std::sync::Arc;

use super::error::{Errors, Path};
use crate::{
    Result, Value,
    rollouts::{
        analysis::{
            arguments::{self, Source},
            build,
            resolve::resolve_metric,
        },
        spec::{self, AnalysisRunArgument, AnalysisTemplate, Argument, Metric, POD_TEMPLATE_HASH, ReplicaSet, Rollout, to_wire},
    },
};

const PLACEHOLDER: &str = "dummy-value";

/// The templates one place of a rollout names.
#[derive(Debug, Clone, Default)]
pub struct Templates<'a> {
    /// `PrePromotionAnalysis`, `PostPromotionAnalysis`, `InlineAnalysis` or `BackgroundAnalysis`.
    pub kind: &'a str,
    /// Of an inline analysis: its step.
    pub step: i64,
    /// The arguments the rollout gives.
    pub args: &'a [AnalysisRunArgument],
    /// AnalysisTemplates.
    pub templates: Vec<Arc<AnalysisTemplate>>,
    /// ClusterAnalysisTemplates.
    pub cluster_templates: Vec<Arc<AnalysisTemplate>>,
}

/// `ValidateAnalysisTemplatesWithType`.
pub(super) fn validate(rollout: &Rollout, given: &Templates<'_>, errors: &mut Errors) -> Result<()> {
    let spec = Path::root("spec");
    let strategy = spec.child("strategy");
    let (blue_green, canary) = (strategy.child("blueGreen"), strategy.child("canary"));
    let steps = canary.child("steps");
    let step = steps.index(usize::try_from(given.step).unwrap_or(0));
    let holder = match given.kind {
        "PrePromotionAnalysis" => blue_green.child("prePromotionAnalysis"),
        "PostPromotionAnalysis" => blue_green.child("postPromotionAnalysis"),
        "InlineAnalysis" => step.child("analysis"),
        "BackgroundAnalysis" => canary.child("analysis"),
        _ => return Ok(()),
    };
    let path = holder.child("templates");
    if let Err(error) = combine(rollout, given)? {
        let names: Vec<&str> =
            given.templates.iter().chain(&given.cluster_templates).map(|template| template.metadata.name.as_str()).collect();
        errors.invalid(&path, &format!("templateNames: [{}]", names.join(" ")), error);
        return Ok(());
    }
    for template in given.templates.iter().chain(&given.cluster_templates) {
        if given.kind == "BackgroundAnalysis" {
            background(rollout, template, &path, errors);
        } else {
            bounded(template, &path, errors);
        }
    }
    Ok(())
}

/// All templates must make one run, also with what each inline analysis adds.
fn combine(rollout: &Rollout, given: &Templates<'_>) -> Result<Result<(), String>> {
    let dummy = |hash: &str| {
        let mut set = ReplicaSet::default();
        set.metadata.labels.insert(POD_TEMPLATE_HASH.into(), hash.into());
        set
    };
    let (new, stable) = (dummy("dummy-new-hash"), dummy("dummy-stable-hash"));
    let needs_document = given.args.iter().any(|arg| arg.value_from.as_ref().is_some_and(|from| from.field_ref.is_some()));
    let document = if needs_document { to_wire("Rollout", &serde_json::to_value(rollout).unwrap_or_default())? } else { Value::Null };
    let source = Source { document: &document, metadata: &rollout.metadata, new: Some(&new), stable: Some(&stable) };
    let (args, _) = arguments::build(given.args, &source);
    let templates: Vec<&AnalysisTemplate> = given.templates.iter().chain(&given.cluster_templates).map(|template| &**template).collect();
    let inline = rollout.steps().iter().filter_map(|step| step.analysis.as_ref());
    let extras =
        std::iter::once((&[][..], &[][..])).chain(inline.map(|analysis| (&analysis.dry_run[..], &analysis.measurement_retention[..])));
    for (dry_run, retention) in extras {
        if let Err(error) = build::run_from_templates(&templates, &args, dry_run, retention) {
            return Ok(Err(error));
        }
    }
    Ok(Ok(()))
}

/// A run that is waited for must come to an end.
fn bounded(template: &AnalysisTemplate, path: &Path<'_>, errors: &mut Errors) {
    let name = &template.metadata.name;
    match resolved(template) {
        Err(error) => errors.invalid(path, name, format!("AnalysisTemplate {name}: {error}")),
        Ok(metrics) => {
            for metric in metrics.iter().filter(|metric| metric.effective_count().is_none()) {
                let count = metric.count.as_ref().map_or_else(|| "<nil>".into(), spec::IntOrString::to_string);
                let message =
                    format!("AnalysisTemplate {name} has metric {} which runs indefinitely. Invalid value for count: {count}", metric.name);
                errors.invalid(path, name, message);
            }
        }
    }
}

/// `validateAnalysisMetrics`: metrics with placeholders for values that come from elsewhere.
fn resolved(template: &AnalysisTemplate) -> Result<Vec<Metric>, String> {
    let mut args: Vec<Argument> = template.spec.args.clone();
    for arg in &mut args {
        if arg.value_from.is_some() && arg.value.is_some() {
            return Err(format!("arg '{}' has both Value and ValueFrom fields", arg.name));
        }
        arg.value.get_or_insert_with(|| PLACEHOLDER.into());
    }
    template.spec.metrics.iter().map(|metric| resolve_metric(metric, &args)).collect()
}

/// Arguments of a background analysis must be given by the rollout.
fn background(rollout: &Rollout, template: &AnalysisTemplate, path: &Path<'_>, errors: &mut Errors) {
    let name = &template.metadata.name;
    let background = rollout.canary().and_then(|canary| canary.analysis.as_ref()).filter(|_| rollout.spec.background_args_given);
    let given = background.map(|background| &background.analysis.args);
    for arg in template.spec.args.iter().filter(|arg| arg.value.is_none() && arg.value_from.is_none()) {
        match given {
            None => errors.invalid(path, name, "missing analysis arguments in rollout spec"),
            Some(given) if !given.iter().any(|one| one.name == arg.name) => errors.invalid(path, name, arg.name.clone()),
            Some(_) => {}
        }
    }
}
