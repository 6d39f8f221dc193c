//! From templates to the spec of an AnalysisRun.

use std::collections::HashSet;

use crate::rollouts::spec::{AnalysisRunSpec, AnalysisTemplate, AnalysisTemplateSpec, Argument, DryRun, MeasurementRetention, Metric};

/// `NewAnalysisRunFromTemplates`, its spec: namespaced templates first, then cluster ones.
pub(crate) fn run_from_templates(
    templates: &[&AnalysisTemplate],
    args: &[Argument],
    dry_run: &[DryRun],
    retention: &[MeasurementRetention],
) -> Result<AnalysisRunSpec, String> {
    let flat = flatten(templates)?;
    let args = merge_args(args, flat.args)?;
    let dry_run = [dry_run, &flat.dry_run].concat();
    distinct_dry_runs(&dry_run)?;
    let measurement_retention = [retention, &flat.measurement_retention].concat();
    distinct_retentions(&measurement_retention)?;
    Ok(AnalysisRunSpec { metrics: flat.metrics, args, dry_run, measurement_retention, ..Default::default() })
}

/// `FlattenTemplates`: all templates as one.
pub(crate) fn flatten(templates: &[&AnalysisTemplate]) -> Result<AnalysisTemplateSpec, String> {
    let specs = || templates.iter().map(|template| &template.spec);
    let metrics: Vec<Metric> = specs().flat_map(|spec| spec.metrics.iter().cloned()).collect();
    let mut names = HashSet::new();
    if let Some(twice) = metrics.iter().find(|metric| !names.insert(metric.name.as_str())) {
        return Err(format!("two metrics have the same name '{}'", twice.name));
    }
    let dry_run: Vec<DryRun> = specs().flat_map(|spec| spec.dry_run.iter().cloned()).collect();
    distinct_dry_runs(&dry_run)?;
    let measurement_retention: Vec<MeasurementRetention> = specs().flat_map(|spec| spec.measurement_retention.iter().cloned()).collect();
    distinct_retentions(&measurement_retention)?;
    let mut args: Vec<Argument> = Vec::new();
    for arg in specs().flat_map(|spec| &spec.args) {
        add_arg(&mut args, arg)?;
    }
    Ok(AnalysisTemplateSpec { metrics, args, dry_run, measurement_retention, templates: Vec::new() })
}

/// `flattenArgs`: the same argument twice must not have two values; a value is kept over none.
fn add_arg(args: &mut Vec<Argument>, arg: &Argument) -> Result<(), String> {
    let Some(earlier) = args.iter_mut().find(|earlier| earlier.name == arg.name) else {
        args.push(arg.clone());
        return Ok(());
    };
    match (&earlier.value, &arg.value) {
        (Some(first), Some(second)) if first != second => {
            Err(format!("Argument `{}` specified multiple times with different values: '{first}', '{second}'", arg.name))
        }
        (None, _) => {
            *earlier = arg.clone();
            Ok(())
        }
        _ => Ok(()),
    }
}

/// `MergeArgs`: values from outside fill the templates' arguments; each must end up with one.
pub(crate) fn merge_args(incoming: &[Argument], mut args: Vec<Argument>) -> Result<Vec<Argument>, String> {
    for given in incoming {
        if let Some(arg) = args.iter_mut().find(|arg| arg.name == given.name) {
            if given.value.is_some() {
                arg.value.clone_from(&given.value);
            } else if given.value_from.is_some() {
                arg.value_from.clone_from(&given.value_from);
            }
        }
    }
    match args.iter().find(|arg| arg.value.is_none() && arg.value_from.is_none()) {
        Some(arg) => Err(format!("args.{} was not resolved", arg.name)),
        None => Ok(args),
    }
}

pub(crate) fn distinct_dry_runs(rules: &[DryRun]) -> Result<(), String> {
    let mut names = HashSet::new();
    match rules.iter().find(|rule| !names.insert(rule.metric_name.as_str())) {
        Some(rule) => Err(format!("two Dry-Run metric rules have the same name '{}'", rule.metric_name)),
        None => Ok(()),
    }
}

pub(crate) fn distinct_retentions(rules: &[MeasurementRetention]) -> Result<(), String> {
    let mut names = HashSet::new();
    match rules.iter().find(|rule| !names.insert(rule.metric_name.as_str())) {
        Some(rule) => Err(format!("two Measurement Retention metric rules have the same name '{}'", rule.metric_name)),
        None => Ok(()),
    }
}
