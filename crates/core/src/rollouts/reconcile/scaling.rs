//! Sizes of ReplicaSets, and the deadlines that old ones wait for.

use crate::rollouts::objects::AtPath;
use std::sync::Arc;

use smol_str::ToSmolStr;

use super::{
    RESYNC,
    context::{Context, borrowed},
    revision::{DESIRED_REPLICAS, revision},
    world::{Action, Set},
};
use crate::rollouts::{
    objects::{Outcome, text},
    replicas,
    spec::{ReplicaSet, Rollout, Text, Time},
};

pub(crate) const DEADLINE: &str = "scale-down-deadline";

/// `HasScaleDownDeadline`.
pub(crate) fn has_deadline(set: &ReplicaSet) -> bool {
    set.metadata.annotations.get(DEADLINE).is_some_and(|text| !text.is_empty())
}

/// `GetTimeRemainingBeforeScaleDownDeadline`: nanoseconds until the deadline, if it is ahead; an error if
/// it cannot be read.
pub(crate) fn remaining_delay(set: &ReplicaSet, now: Time) -> Result<Option<i64>, ()> {
    if !has_deadline(set) {
        return Ok(None);
    }
    let text = set.metadata.annotations.get(DEADLINE).map_or("", String::as_str);
    let deadline = Time::parse(text).ok_or(())?;
    Ok((deadline > now).then(|| deadline.since(now)))
}

/// `IsSaturated`: as many pods as the Rollout wants, by size, annotation and availability.
pub(crate) fn is_saturated(rollout: &Rollout, set: Option<&ReplicaSet>) -> bool {
    let Some(set) = set else { return false };
    let replicas = rollout.replicas();
    let annotation = set.metadata.annotations.get(DESIRED_REPLICAS).and_then(|text| crate::rollouts::spec::go_parse_i32(text));
    set.desired() == replicas && annotation == Some(replicas) && set.status.available_replicas == replicas
}

/// `ReplicasAnnotationsNeedUpdate`.
fn annotation_stale(set: &ReplicaSet, replicas: i32) -> bool {
    let annotation = set.metadata.annotations.get(DESIRED_REPLICAS).map_or("", String::as_str);
    annotation != replicas.to_smolstr() || (replicas == 0 && has_deadline(set))
}

pub(crate) fn available(sets: &[Set]) -> i32 {
    sets.iter().fold(0i32, |sum, set| sum.wrapping_add(set.status.available_replicas))
}

pub(crate) fn actual(sets: &[Set]) -> i32 {
    sets.iter().fold(0i32, |sum, set| sum.wrapping_add(set.status.replicas))
}

/// Descending revision, then latest first.
fn by_revision(sets: &mut [Set]) {
    sets.sort_by_key(|set| std::cmp::Reverse((revision(&set.metadata.annotations), set.metadata.creation_timestamp)));
}

impl Context<'_> {
    /// `scaleReplicaSetAndRecordEvent`: whether the size changed, and the ReplicaSet as stored.
    pub(crate) fn scale(&mut self, set: &Set, size: i32) -> Outcome<(bool, Set)> {
        let replicas = self.rollout.replicas();
        let old = set.desired();
        if old == size && !annotation_stale(set, replicas) {
            return Ok((false, Arc::clone(set)));
        }
        let mut copy = (**set).clone();
        copy.spec.replicas = Some(size);
        copy.metadata.annotations.insert(DESIRED_REPLICAS.into(), replicas.to_string());
        if size == 0 && !self.delays_scale_down_on_abort() {
            copy.metadata.annotations.remove(DEADLINE);
        }
        let stored = self.update_set(copy).map_err(|failure| {
            failure
                .within("failed to updateReplicaSet in scaleReplicaSet")
                .within("failed to scaleReplicaSet in scaleReplicaSetAndRecordEvent")
        })?;
        if old != size {
            let operation = if old < size { "up" } else { "down" };
            let (name, revision) = (&stored.metadata.name, revision(&stored.metadata.annotations));
            self.world
                .event("ScalingReplicaSet", format!("Scaled {operation} ReplicaSet {name} (revision {revision}) from {old} to {size}"));
        }
        Ok((old != size, stored))
    }

    /// `shouldDelayScaleDownOnAbort`: an aborted canary or preview stays up for a while.
    pub(crate) fn delays_scale_down_on_abort(&self) -> bool {
        if !self.pause.aborted(&self.rollout) || self.stable.is_none() {
            return false;
        }
        if self.rollout.canary().is_some_and(|canary| canary.traffic_routing.is_none()) {
            return false;
        }
        let (delay, given) = self.rollout.abort_scale_down_delay();
        let dynamic = self.rollout.canary().is_some_and(|canary| canary.dynamic_stable_scale);
        delay.is_some() && (given || !dynamic)
    }

    /// What is left until a ReplicaSet's deadline, nanoseconds.
    pub(crate) fn remaining_delay(&self, set: &ReplicaSet) -> Option<i64> {
        let remaining = remaining_delay(set, self.now).ok().flatten()?;
        self.watch_resync(self.now.plus(remaining));
        Some(remaining)
    }

    fn remove_deadline(&mut self, set: &Set) {
        if has_deadline(set) {
            self.world.annotate_set(&set.metadata.name, DEADLINE, None);
            self.edit_set(set, |set| {
                set.metadata.annotations.remove(DEADLINE);
            });
        }
    }

    /// `addScaleDownDelay`: stored, but not seen in this reconcile.
    fn add_deadline(&mut self, set: &Set, delay: i64) {
        if delay == 0 {
            self.remove_deadline(set);
        } else {
            let deadline = self.now.plus(delay).wire();
            self.world.annotate_set(&set.metadata.name, DEADLINE, Some(deadline));
        }
    }

    /// `removeScaleDownDeadlines`: new and stable are wanted again.
    pub(crate) fn remove_deadlines(&mut self) {
        let new = self.new.clone().filter(|_| !self.delays_scale_down_on_abort());
        let name = self.new.as_ref().map(|set| set.metadata.name.clone());
        let stable = self.stable.clone().filter(|set| new.is_none() || name.as_ref() != Some(&set.metadata.name));
        for set in new.into_iter().chain(stable) {
            self.remove_deadline(&set);
        }
    }

    /// `reconcileNewReplicaSet`.
    pub(crate) fn reconcile_new_set(&mut self) -> Outcome<bool> {
        let Some(new) = self.new.clone() else { return Ok(false) };
        let weights = self.status.canary.weights.as_ref();
        let mut size = replicas::new_replicas(&self.rollout, &borrowed(&self.all), Some(&new), weights)
            .map_err(|error| crate::rollouts::objects::Failure::new(error.message))?;
        if self.delays_scale_down_on_abort() {
            let (delay, _) = self.rollout.abort_scale_down_delay();
            match new.metadata.annotations.get(DEADLINE).map(|text| Time::parse(text)) {
                Some(Some(deadline)) if deadline > self.now => {
                    self.watch_resync(deadline);
                    let remaining = deadline.since(self.now);
                    if remaining < RESYNC {
                        self.after.push(remaining);
                        self.sync_size_annotation()?;
                        return Ok(false);
                    }
                }
                Some(Some(_)) => size = 0,
                Some(None) => {}
                None => {
                    if let Some(delay) = delay {
                        self.sync_size_annotation()?;
                        let ready = self.stable.as_ref().is_some_and(|stable| stable.status.available_replicas >= self.rollout.replicas());
                        if ready && let Some(new) = self.new.clone() {
                            self.add_deadline(&new, delay);
                        }
                        return Ok(false);
                    }
                }
            }
        }
        let new = self.new.clone().unwrap_or(new);
        let (scaled, _) = self
            .scale(&new, size)
            .map_err(|failure| failure.within("failed to scaleReplicaSetAndRecordEvent in reconcileNewReplicaSet"))?;
        self.shrink_workload(size)?;
        Ok(scaled)
    }

    /// `syncNewRSReplicasAnnotation`: the annotation follows `spec.replicas` while the size is held.
    fn sync_size_annotation(&mut self) -> Outcome {
        let Some(new) = self.new.clone() else { return Ok(()) };
        if annotation_stale(&new, self.rollout.replicas()) {
            let (_, stored) = self.scale(&new, new.desired())?;
            self.new = Some(stored);
        }
        Ok(())
    }

    /// `reconcileOtherReplicaSets`: true when one of them got smaller. Errors end it silently.
    pub(crate) fn reconcile_other_sets(&mut self) -> bool {
        let active: Vec<Set> = self.other.iter().filter(|set| set.desired() > 0).cloned().collect();
        if active.is_empty() {
            return false;
        }
        let scaled = if self.rollout.canary().is_some() {
            self.scale_down_old_for_canary(active).map(|count| count > 0)
        } else {
            self.scale_down_old_for_blue_green(active)
        };
        scaled.unwrap_or(false)
    }

    /// `cleanupUnhealthyReplicas`: pods that are not available go first.
    fn clean_up_unhealthy(&mut self, sets: &mut [Set]) -> Outcome<i32> {
        sets.sort_by(|a, b| (a.metadata.creation_timestamp, &a.metadata.name).cmp(&(b.metadata.creation_timestamp, &b.metadata.name)));
        let mut total = 0i32;
        for slot in sets {
            let (size, available) = (slot.desired(), slot.status.available_replicas);
            if size == 0 || size == available {
                continue;
            }
            if available > size {
                return Err(crate::rollouts::objects::Failure::new("invalid request to scale down"));
            }
            let (_, stored) = self.scale(slot, available)?;
            total = total.wrapping_add(size.wrapping_sub(available));
            *slot = stored;
        }
        Ok(total)
    }

    /// `scaleDownOldReplicaSetsForCanary`: how many pods were taken away.
    fn scale_down_old_for_canary(&mut self, mut sets: Vec<Set>) -> Outcome<i32> {
        let Ok(mut total) = self.clean_up_unhealthy(&mut sets) else { return Ok(0) };
        let least = self.rollout.replicas().wrapping_sub(replicas::max_unavailable(&self.rollout));
        let mut spare = available(&self.all).wrapping_sub(least);
        if spare <= 0 {
            return Ok(0);
        }
        by_revision(&mut sets);
        let routed = self.rollout.traffic_routing().is_some();
        let dynamic = self.rollout.canary().is_some_and(|canary| canary.dynamic_stable_scale);
        let mut annotated = 0;
        for set in sets {
            if routed && self.is_referenced(&set) {
                continue;
            }
            if spare <= 0 {
                break;
            }
            let size = set.desired();
            if size == 0 {
                continue;
            }
            let wanted = if !routed {
                size.wrapping_sub(spare).max(0)
            } else if (self.rollout.is_fully_promoted() || has_deadline(&set)) && !dynamic {
                self.delay_scale_down(&set, &mut annotated, size)
            } else {
                0
            };
            if size == wanted {
                continue;
            }
            self.scale(&set, wanted)?;
            spare = spare.wrapping_sub(size.wrapping_sub(wanted));
            total = total.wrapping_add(size.wrapping_sub(wanted));
        }
        Ok(total)
    }

    /// `scaleDownOldReplicaSetsForBlueGreen`.
    fn scale_down_old_for_blue_green(&mut self, mut sets: Vec<Set>) -> Outcome<bool> {
        if super::pause::condition(&self.rollout, super::pause::INCONCLUSIVE_ANALYSIS).is_some() {
            return Ok(false);
        }
        if self.waits_for_post_promotion() {
            return Ok(false);
        }
        by_revision(&mut sets);
        let mut scaled = false;
        let mut annotated = 0;
        let replicas = self.rollout.replicas();
        for set in sets {
            if self.is_referenced(&set) || set.desired() == 0 {
                continue;
            }
            let wanted = self.delay_scale_down(&set, &mut annotated, replicas);
            if set.desired() == wanted {
                continue;
            }
            self.scale(&set, wanted)?;
            scaled = true;
        }
        Ok(scaled)
    }

    /// `scaleDownDelayHelper`: the size an old ReplicaSet keeps until its deadline.
    fn delay_scale_down(&mut self, set: &Set, annotated: &mut i32, keep: i32) -> i32 {
        let limit = self
            .rollout
            .blue_green()
            .and_then(|strategy| strategy.scale_down_delay_revision_limit)
            .or_else(|| self.rollout.canary().and_then(|canary| canary.scale_down_delay_revision_limit))
            .unwrap_or(i32::MAX);
        if !has_deadline(set) {
            if set.desired() == 0 || *annotated >= limit {
                return 0;
            }
            *annotated += 1;
            let delay = self.rollout.scale_down_delay();
            self.add_deadline(set, delay);
            self.after.push(delay);
            self.watch_always();
            return set.desired();
        }
        *annotated += 1;
        if *annotated > limit {
            return 0;
        }
        let Some(remaining) = self.remaining_delay(set) else { return 0 };
        if remaining < RESYNC {
            self.after.push(remaining);
        }
        keep
    }

    /// `isReplicaSetReferenced`: the status or a service still points at it.
    fn is_referenced(&self, set: &ReplicaSet) -> bool {
        let hash = set.hash();
        if hash.is_empty() {
            return false;
        }
        let status = &self.rollout.status;
        let blue_green = &status.blue_green;
        let mut named = vec![&status.stable_rs, &status.current_pod_hash, &blue_green.active_selector, &blue_green.preview_selector];
        if let Some(weights) = &status.canary.weights {
            named.extend([&weights.canary.pod_template_hash, &weights.stable.pod_template_hash]);
        }
        if named.into_iter().any(|named| named == hash) {
            return true;
        }
        let services = match (self.rollout.canary(), self.rollout.blue_green()) {
            (Some(canary), _) => [&canary.canary_service, &canary.stable_service],
            (None, Some(strategy)) => [&strategy.active_service, &strategy.preview_service],
            (None, None) => return false,
        };
        let selected =
            |name: &String| !name.is_empty() && self.service(name).is_some_and(|service| super::services::selected(service) == hash);
        services.into_iter().any(selected) || self.is_referenced_by_destination_rule(hash)
    }

    /// A subset of the DestinationRule selects it.
    fn is_referenced_by_destination_rule(&self, hash: &str) -> bool {
        if !self.world.watches_destination_rules {
            return false;
        }
        let rule = self.rollout.traffic_routing().and_then(|routing| routing.istio.as_ref());
        let Some(rule) = rule.and_then(|istio| istio.destination_rule.as_ref()) else { return false };
        let document = self.world.objects.get("DestinationRule", &self.rollout.metadata.namespace, &rule.name);
        let subsets = document.and_then(|document| document.at_path("/spec/subsets")).and_then(|subsets| subsets.as_array());
        subsets.into_iter().flatten().any(|subset| text(subset, "/labels/rollouts-pod-template-hash") == hash)
    }

    /// `reconcileRevisionHistoryLimit`: deletes the oldest ReplicaSets that are empty, with their runs.
    pub(crate) fn reconcile_revision_history(&mut self) {
        let mut sets: Vec<Set> = self.other.iter().filter(|set| set.metadata.deletion_timestamp.is_none()).cloned().collect();
        let limit = usize::try_from(self.rollout.revision_history_limit()).unwrap_or(0);
        let excess = sets.len().saturating_sub(limit);
        if excess == 0 {
            return;
        }
        sets.sort_by(|a, b| (a.metadata.creation_timestamp, &a.metadata.name).cmp(&(b.metadata.creation_timestamp, &b.metadata.name)));
        for set in sets.into_iter().take(excess) {
            let settled = set.metadata.generation <= set.status.observed_generation;
            if set.status.replicas != 0 || set.desired() != 0 || !settled {
                continue;
            }
            let name = set.metadata.name.clone();
            let before = self.world.replica_sets.len();
            self.world.replica_sets.retain(|stored| stored.metadata.name != name);
            if self.world.replica_sets.len() != before {
                self.world.dirty = true;
                self.world.note(|| Action::Delete { kind: "ReplicaSet", name: name.into() });
            }
            let hash = set.hash();
            if hash.is_empty() {
                continue;
            }
            let label = crate::rollouts::spec::POD_TEMPLATE_HASH;
            let runs: Vec<Text> = self
                .other_runs
                .iter()
                .filter(|run| {
                    run.metadata.deletion_timestamp.is_none() && run.metadata.labels.get(label).is_some_and(|label| label == hash)
                })
                .map(|run| run.metadata.name.clone())
                .collect();
            runs.iter().for_each(|name| self.delete_run(name));
            let experiments: Vec<Text> = self
                .other_experiments
                .iter()
                .filter(|experiment| experiment.metadata.labels.get(label).is_some_and(|label| label == hash))
                .map(|experiment| experiment.metadata.name.clone())
                .collect();
            experiments.iter().for_each(|name| self.delete_experiment(name));
        }
    }
}
