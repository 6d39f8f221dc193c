//! How many pods each ReplicaSet should have.
//!
//! Counts are int32 and wrap as Go's do; ratios are float64.

use smallvec::SmallVec;

use super::{
    spec::{POD_TEMPLATE_HASH, ReplicaProgressThreshold, ReplicaSet, Rollout, TrafficWeights},
    weights::{canary_replicas_or_weight, go_int32, weight_to_replicas},
};
use crate::{Error, Result};

/// Canary and stable pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Pods of the new version.
    pub canary: i32,
    /// Pods of the stable version.
    pub stable: i32,
}

/// `resolveFenceposts`: surge rounded up and unavailable rounded down, at least one of
/// them; both 0 if either cannot be read.
fn fenceposts(rollout: &Rollout) -> (i32, i32) {
    let desired = rollout.replicas();
    let surge = rollout.max_surge_or_default().scaled(desired, true);
    let unavailable = rollout.max_unavailable_or_default().scaled(desired, false);
    match (surge, unavailable) {
        (Some(0), Some(0)) => (0, 1),
        (Some(surge), Some(unavailable)) => (surge as i32, unavailable as i32),
        _ => (0, 0),
    }
}

/// `MaxSurge`: pods above `spec.replicas` a canary may have.
pub(crate) fn max_surge(rollout: &Rollout) -> i32 {
    if rollout.canary().is_none() { 0 } else { fenceposts(rollout).0 }
}

/// `MaxUnavailable`: pods below `spec.replicas` that may be missing.
pub(crate) fn max_unavailable(rollout: &Rollout) -> i32 {
    let replicas = rollout.replicas();
    if replicas == 0 {
        return 0;
    }
    let unavailable = match rollout.canary() {
        Some(_) => fenceposts(rollout).1,
        None => rollout.max_unavailable_or_default().scaled(replicas, false).unwrap_or(0) as i32,
    };
    unavailable.min(replicas)
}

/// `approximateWeightedCanaryStableReplicaCounts`: the whole numbers of pods that come
/// closest to a weight, with one pod more in all if surge allows it.
pub fn approximate(replicas: i32, weight: i32, full: i32, surge: i32) -> Counts {
    if replicas == 0 {
        return Counts { canary: 0, stable: 0 };
    }
    let share = f64::from(replicas.wrapping_mul(weight)) / f64::from(full);
    let (ceiling, floor) = (go_int32(share.ceil()), go_int32(share.floor()));
    let zero_allowed = weight == full || weight == 0 || (replicas == 1 && surge == 0);
    let floor_allowed = floor != 0 || zero_allowed;
    let total = replicas.wrapping_add(1);
    let options = [
        (ceiling < replicas || zero_allowed).then_some((ceiling, replicas)),
        (floor_allowed && !tied(weight, full, replicas)).then_some((floor, replicas)),
        (surge > 0).then_some((ceiling, total)),
        (surge > 0 && floor_allowed && !tied(weight, full, total)).then_some((floor, total)),
    ];
    let mut best: Option<(f64, i32, i32)> = None;
    for (canary, total) in options.into_iter().flatten() {
        let off = (f64::from(canary.wrapping_mul(full)) / f64::from(total) - f64::from(weight)).abs();
        // The first option stands unless a later one is closer; a NaN never is.
        if best.is_none_or(|(least, ..)| off < least) {
            best = Some((off, canary, total));
        }
    }
    best.map_or(Counts { canary: 0, stable: replicas }, |(_, canary, total)| Counts { canary, stable: total.wrapping_sub(canary) })
}

/// `floorCeilingTied`: rounding up and down are equally far off.
fn tied(weight: i32, full: i32, total: i32) -> bool {
    let share = f64::from(total) * (f64::from(weight) / f64::from(full));
    share.fract() == 0.5
}

fn spec_pods<'a>(sets: impl IntoIterator<Item = &'a ReplicaSet>) -> i32 {
    sets.into_iter().fold(0, |sum, set| sum.wrapping_add(set.desired()))
}

/// `CheckStableRSExists`: there is a stable ReplicaSet besides the new one.
fn stable_apart<'a>(new: Option<&ReplicaSet>, stable: Option<&'a ReplicaSet>) -> Option<&'a ReplicaSet> {
    stable.filter(|stable| new.is_none_or(|new| new.metadata.name != stable.metadata.name))
}

/// `GetReplicasForScaleDown`: the pods of a ReplicaSet that count when pods are taken away.
fn pods_for_scale_down(set: Option<&ReplicaSet>, ignore_availability: bool) -> i32 {
    let Some(set) = set else { return 0 };
    let available = set.status.available_replicas;
    if set.desired() < available || ignore_availability { set.desired() } else { available }
}

/// `CalculateReplicaCountsForBasicCanary`: one reconcile's sizes without traffic routing.
pub(crate) fn basic_canary(rollout: &Rollout, new: Option<&ReplicaSet>, stable: Option<&ReplicaSet>, older: &[&ReplicaSet]) -> Counts {
    let replicas = rollout.replicas();
    let (_, weight) = canary_replicas_or_weight(rollout, new, stable);
    let surge = max_surge(rollout);
    let apart = stable_apart(new, stable);
    let desired = match apart {
        Some(_) => approximate(replicas, weight, rollout.max_traffic_weight(), surge),
        None => Counts { canary: replicas, stable: 0 },
    };
    let allowed = replicas.wrapping_add(surge);
    let mut counts = Counts { canary: new.map_or(0, ReplicaSet::desired), stable: apart.map_or(0, ReplicaSet::desired) };
    let old_pods = spec_pods(older.iter().copied());
    let mut room = allowed.wrapping_sub(old_pods.wrapping_add(spec_pods(new)).wrapping_add(spec_pods(apart)));
    if counts.stable < desired.stable && apart.is_some() && room > 0 {
        let grown = counts.stable.wrapping_add(room).min(desired.stable);
        room = room.wrapping_sub(grown.wrapping_sub(counts.stable));
        counts.stable = grown;
    }
    if new.is_some() && counts.canary < desired.canary && room > 0 {
        counts.canary = counts.canary.wrapping_add(room).min(desired.canary);
    }
    // Older ReplicaSets are scaled down before these two are.
    if old_pods > 0 {
        return counts;
    }
    let least = replicas.wrapping_sub(max_unavailable(rollout));
    let increasing = new.is_none_or(|new| desired.canary >= new.desired());
    let standing = pods_for_scale_down(new, !increasing).wrapping_add(pods_for_scale_down(stable, increasing));
    if standing <= least {
        return counts;
    }
    let spare = standing.wrapping_sub(least);
    if !increasing {
        counts.canary = scale_down(new, desired.canary, spare, counts.canary);
        (counts.canary, counts.stable) = within_limits(new, stable, counts.canary, counts.stable, allowed, least);
    } else if apart.is_some() {
        counts.stable = scale_down(stable, desired.stable, spare, counts.stable);
        (counts.stable, counts.canary) = within_limits(stable, new, counts.stable, counts.canary, allowed, least);
    }
    counts
}

/// `calculateScaleDownReplicaCount`.
fn scale_down(set: Option<&ReplicaSet>, desired: i32, spare: i32, count: i32) -> i32 {
    match set.map(ReplicaSet::desired) {
        Some(current) if current > desired => desired.max(current.wrapping_sub(spare)),
        _ => count,
    }
}

/// `adjustReplicaWithinLimits`: after one ReplicaSet was drained, trims the other to the
/// surge limit without going below the availability limit.
fn within_limits(
    drained: Option<&ReplicaSet>,
    other: Option<&ReplicaSet>,
    drained_count: i32,
    other_count: i32,
    allowed: i32,
    least: i32,
) -> (i32, i32) {
    let Some(other) = other else { return (drained_count, other_count) };
    let over = |drained: i32, other: i32| other.wrapping_add(drained).wrapping_sub(allowed).max(0);
    let mut available = drained.map_or(0, |set| set.status.available_replicas.min(drained_count));
    let mut count = other_count.wrapping_sub(over(drained_count, other_count));
    available = available.wrapping_add(other.status.available_replicas.min(count));
    let lost = other.status.available_replicas.wrapping_sub(count).max(0);
    count = count.wrapping_add(lost.min(least.wrapping_sub(available).max(0)));
    (drained_count.wrapping_sub(over(drained_count, count)), count)
}

/// `CheckMinPodsPerReplicaSet`: never fewer than that, unless none at all.
pub(crate) fn at_least_min_pods(rollout: &Rollout, count: i32) -> i32 {
    let canary = rollout.canary().filter(|canary| canary.traffic_routing.is_some());
    match canary.and_then(|canary| canary.min_pods_per_replica_set) {
        Some(least) if count != 0 => count.max(least.min(rollout.replicas())),
        _ => count,
    }
}

/// `CalculateReplicaCountsForTrafficRoutedCanary`.
pub(crate) fn routed_canary(
    rollout: &Rollout,
    new: Option<&ReplicaSet>,
    stable: Option<&ReplicaSet>,
    weights: Option<&TrafficWeights>,
) -> Counts {
    let (replicas, full) = (rollout.replicas(), rollout.max_traffic_weight());
    let (explicit, weight) = canary_replicas_or_weight(rollout, new, stable);
    let pods = |weight: i32| weight_to_replicas(replicas, weight, full);
    let mut canary = explicit.unwrap_or_else(|| at_least_min_pods(rollout, pods(weight)));
    if !rollout.canary().is_some_and(|strategy| strategy.dynamic_stable_scale) {
        return Counts { canary, stable: replicas };
    }
    // Stable stays as large as the larger of the traffic it has and the traffic it will have.
    let mut stable = pods(full.wrapping_sub(weight));
    if let Some(actual) = weights {
        stable = stable.max(pods(actual.stable.weight));
        if rollout.status.abort {
            canary = canary.max(pods(actual.canary.weight));
        }
    }
    Counts { canary: at_least_min_pods(rollout, canary), stable: at_least_min_pods(rollout, stable) }
}

/// `GetStableRS`: the ReplicaSet whose hash the status calls stable.
pub(crate) fn stable_of<'a>(rollout: &Rollout, new: Option<&'a ReplicaSet>, all: &[&'a ReplicaSet]) -> Option<&'a ReplicaSet> {
    let hash = rollout.status.stable_rs.as_str();
    if hash.is_empty() {
        return None;
    }
    new.filter(|new| new.hash() == hash).or_else(|| all.iter().copied().find(|set| set.hash() == hash))
}

/// `GetOtherRSs`: those that are neither new nor stable, by name.
pub(crate) fn others<'a>(new: Option<&ReplicaSet>, stable: Option<&ReplicaSet>, all: &[&'a ReplicaSet]) -> SmallVec<[&'a ReplicaSet; 8]> {
    let named = |set: Option<&ReplicaSet>, name: &str| set.is_some_and(|set| set.metadata.name == name);
    all.iter().copied().filter(|set| !named(stable, &set.metadata.name) && !named(new, &set.metadata.name)).collect()
}

/// `NewRSNewReplicas`: the size of the new ReplicaSet, for either strategy.
pub(crate) fn new_replicas(
    rollout: &Rollout,
    all: &[&ReplicaSet],
    new: Option<&ReplicaSet>,
    weights: Option<&TrafficWeights>,
) -> Result<i32> {
    if rollout.blue_green().is_some() {
        return Ok(blue_green_replicas(rollout, all, new));
    }
    let Some(canary) = rollout.canary() else { return Err(Error::upstream("no rollout strategy provided")) };
    let stable = stable_of(rollout, new, all);
    Ok(match canary.traffic_routing {
        None => basic_canary(rollout, new, stable, &others(new, stable, all)),
        Some(_) => routed_canary(rollout, new, stable, weights),
    }
    .canary)
}

fn blue_green_replicas(rollout: &Rollout, all: &[&ReplicaSet], new: Option<&ReplicaSet>) -> i32 {
    let desired = rollout.replicas();
    let Some(preview) = rollout.blue_green().and_then(|strategy| strategy.preview_replica_count) else { return desired };
    let active_hash = rollout.status.blue_green.active_selector.as_str();
    // The last one of that hash, as `GetReplicaSetByTemplateHash` has it.
    let labelled = |set: &&&ReplicaSet| set.metadata.labels.get(POD_TEMPLATE_HASH).is_some_and(|hash| hash == active_hash);
    let active = if active_hash.is_empty() { None } else { all.iter().rev().find(labelled) };
    let Some((active, new)) = active.zip(new) else { return desired };
    if active.metadata.name == new.metadata.name || rollout.status.promote_full {
        return desired;
    }
    if new.hash() != rollout.status.current_pod_hash {
        return preview;
    }
    let paused = rollout.spec.paused || !rollout.status.pause_conditions.is_empty();
    if !paused && rollout.status.blue_green.scale_up_preview_check_point { desired } else { preview }
}

/// `ReadyForPause`: the new ReplicaSet has the size it should have, all available.
pub(crate) fn ready_for_pause(rollout: &Rollout, new: &ReplicaSet, all: &[&ReplicaSet]) -> bool {
    new_replicas(rollout, all, Some(new), None).is_ok_and(|count| new.desired() == count && new.status.available_replicas == count)
}

/// `ReplicaProgressThresholdMet`: enough of the new pods are available to go on.
pub(crate) fn threshold_met(threshold: Option<&ReplicaProgressThreshold>, set: Option<&ReplicaSet>, desired: i32) -> bool {
    let Some(set) = set else { return false };
    let available = set.status.available_replicas;
    match threshold.filter(|threshold| threshold.value >= 0) {
        None => desired == set.desired() && desired == available,
        Some(threshold) if threshold.kind == "Percent" => {
            let percent = f64::from(available) / f64::from(desired) * 100.0;
            let wanted = f64::from(threshold.value);
            desired == 0 || percent >= wanted || (percent - wanted).abs() <= 1e-10
        }
        Some(threshold) => available >= threshold.value,
    }
}

/// `AtDesiredReplicaCountsForCanary`: sizes are where the current step wants them.
pub(crate) fn at_desired(
    rollout: &Rollout,
    new: Option<&ReplicaSet>,
    stable: Option<&ReplicaSet>,
    older: &[&ReplicaSet],
    weights: Option<&TrafficWeights>,
) -> bool {
    let Some(canary) = rollout.canary() else { return false };
    let basic = canary.traffic_routing.is_none();
    let counts = if basic { basic_canary(rollout, new, stable, older) } else { routed_canary(rollout, new, stable, weights) };
    if !threshold_met(canary.replica_progress_threshold.as_ref(), new, counts.canary) {
        return false;
    }
    let created = stable.is_some_and(|set| set.desired() == counts.stable && set.status.replicas == counts.stable);
    if (basic || !canary.dynamic_stable_scale) && !created {
        return false;
    }
    !basic || older.iter().fold(0_i32, |sum, set| sum.wrapping_add(set.status.available_replicas)) == 0
}
