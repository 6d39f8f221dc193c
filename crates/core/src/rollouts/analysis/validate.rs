//! Whether metrics make sense together.

use std::collections::HashSet;

use crate::{
    Value,
    rollouts::spec::{IntOrString, Metric, go_duration},
};

/// `ValidateMetrics`: the first fault, in upstream's words.
pub(crate) fn metrics(metrics: &[Metric]) -> Result<(), String> {
    if metrics.is_empty() {
        return Err("no metrics specified".into());
    }
    let mut names = HashSet::new();
    for (index, one) in metrics.iter().enumerate() {
        if !names.insert(one.name.as_str()) {
            return Err(format!("metrics[{index}]: duplicate name '{}'", one.name));
        }
        metric(one).map_err(|fault| format!("metrics[{index}]: {fault}"))?;
    }
    Ok(())
}

/// `ValidateMetric`.
fn metric(metric: &Metric) -> Result<(), String> {
    let number = |limit: &Option<IntOrString>| limit.as_ref().map_or(0, IntOrString::int_value);
    let count = number(&metric.count);
    let failures = number(&metric.failure_limit);
    let successes = number(&metric.consecutive_success_limit);
    let inconclusive = number(&metric.inconclusive_limit);
    if successes < 0 {
        return Err("consecutiveSuccessLimit must be >= 0".into());
    }
    if failures < -1 {
        return Err("failureLimit must be >= 0, or -1 to be disabled".into());
    }
    if successes == 0 && failures == -1 {
        return Err("failureLimit and consecutiveSuccessLimit cannot both be disabled".into());
    }
    if inconclusive < 0 {
        return Err("inconclusiveLimit must be >= 0".into());
    }
    if number(&metric.consecutive_error_limit) < 0 {
        return Err("consecutiveErrorLimit must be >= 0".into());
    }
    if count > 0 {
        if failures >= 0 && count < failures.wrapping_add(successes) {
            return Err(format!(
                "count ({count}) must be >= failureLimit + consecutiveSuccessLimit ({failures} + {successes}) if both >= 0"
            ));
        }
        if failures < 0 && count < successes {
            return Err("count must be >= consecutiveSuccessLimit".into());
        }
        if count < inconclusive {
            return Err("count must be >= inconclusiveLimit".into());
        }
    }
    timing(metric, count)?;
    match providers(&metric.provider) {
        0 => Err("no provider specified".into()),
        1 => Ok(()),
        _ => Err("multiple providers specified".into()),
    }
}

fn timing(metric: &Metric, count: i64) -> Result<(), String> {
    if count > 1 && metric.interval.is_empty() {
        return Err("interval must be specified when count > 1".into());
    }
    if !metric.interval.is_empty() {
        go_duration(&metric.interval).map_err(|fault| format!("invalid interval string: {fault}"))?;
    }
    if !metric.initial_delay.is_empty() {
        go_duration(&metric.initial_delay).map_err(|fault| format!("invalid startDelay string: {fault}"))?;
    }
    Ok(())
}

/// How many providers there are; each plugin counts.
fn providers(provider: &Value) -> usize {
    let named = |(name, settings): (&String, &Value)| match settings {
        Value::Null => 0,
        Value::Object(plugins) if name == "plugin" => plugins.len(),
        _ => 1,
    };
    provider.as_object().map_or(0, |members| members.iter().map(named).sum())
}
