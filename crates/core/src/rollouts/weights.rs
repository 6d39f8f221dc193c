//! Which weight a rollout is at, and how many pods a weight stands for.

use super::{
    spec::{ReplicaSet, Rollout, SetCanaryScale},
    steps,
};

/// `GetCurrentSetWeight`: the nearest `setWeight` at or before the current step; 0 when
/// aborted or before the first, everything past the last step.
pub(crate) fn current_set_weight(rollout: &Rollout) -> i32 {
    if rollout.status.abort {
        return 0;
    }
    let Some(done) = steps::up_to_current(rollout) else { return rollout.max_traffic_weight() };
    done.iter().rev().find_map(|step| step.set_weight).unwrap_or(0)
}

/// `UseSetCanaryScale`: the `setCanaryScale` in force, if any.
pub(crate) fn canary_scale(rollout: &Rollout) -> Option<&SetCanaryScale> {
    rollout.traffic_routing()?;
    // An aborted rollout keeps its scale only if it is told never to scale down.
    if rollout.status.abort && rollout.abort_scale_down_delay().0.is_some() {
        return None;
    }
    let scale = steps::up_to_current(rollout)?.iter().rev().find_map(|step| step.set_canary_scale.as_ref())?;
    (!scale.match_traffic_weight).then_some(scale)
}

/// `GetCanaryReplicasOrWeight`: an explicit number of canary pods, and the weight that
/// sizes the canary otherwise.
pub(crate) fn canary_replicas_or_weight(rollout: &Rollout, new: Option<&ReplicaSet>, stable: Option<&ReplicaSet>) -> (Option<i32>, i32) {
    let status = &rollout.status;
    if status.promote_full || status.stable_rs.is_empty() || rollout.is_fully_promoted() {
        return (None, rollout.max_traffic_weight());
    }
    match canary_scale(rollout) {
        Some(SetCanaryScale { replicas: Some(replicas), .. }) => (Some(*replicas), 0),
        Some(SetCanaryScale { weight: Some(weight), .. }) => (None, *weight),
        _ => (None, desired_canary_weight(rollout, new, stable)),
    }
}

/// `GetDesiredCanaryWeight`: as [`current_set_weight`], except that an aborted rollout
/// with a dynamic stable scale walks back down its own steps.
pub(crate) fn desired_canary_weight(rollout: &Rollout, new: Option<&ReplicaSet>, stable: Option<&ReplicaSet>) -> i32 {
    let dynamic = rollout.canary().is_some_and(|canary| canary.dynamic_stable_scale);
    let (true, Some(new), Some(stable)) = (rollout.status.abort && dynamic, new, stable) else { return current_set_weight(rollout) };
    let (replicas, full) = (rollout.replicas(), rollout.max_traffic_weight());
    let pods = replicas.wrapping_sub(stable.status.available_replicas).max(new.status.available_replicas);
    let weights = rollout.steps().iter().rev().filter_map(|step| step.set_weight);
    weights.into_iter().find(|weight| weight_to_replicas(replicas, *weight, full) < pods).unwrap_or(0)
}

/// `trafficWeightToReplicas`: pods for a weight, rounded up.
pub(crate) fn weight_to_replicas(replicas: i32, weight: i32, full: i32) -> i32 {
    go_int32((f64::from(weight) * f64::from(replicas) / f64::from(full)).ceil())
}

/// Go's conversion of a float64 to int32 on amd64: what does not fit is the smallest number.
pub(crate) fn go_int32(value: f64) -> i32 {
    if value > -2_147_483_649.0 && value < 2_147_483_648.0 { value as i32 } else { i32::MIN }
}
