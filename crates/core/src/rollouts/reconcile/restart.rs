//! Restarting pods that are older than `spec.restartAt`.

use super::{
    context::{Context, Sets, whole_seconds},
    selector,
    world::{Action, Pod, Set},
};
use crate::rollouts::{objects::Outcome, replicas, spec::Time};

const CHECK_AGAIN: i64 = 30 * 1_000_000_000;

/// `podutil.IsPodAvailable`.
fn is_available(pod: &Pod, min_ready_seconds: i32, now: Time) -> bool {
    match pod.ready {
        None => false,
        Some(_) if min_ready_seconds == 0 => true,
        Some(since) => since.is_some_and(|since| since.plus(i64::from(min_ready_seconds) * 1_000_000_000) < now),
    }
}

impl Context<'_> {
    /// `RolloutPodRestarter.Reconcile`: how many pods were evicted.
    pub(crate) fn restart_pods(&mut self) -> Outcome<usize> {
        let Some(at) = self.rollout.spec.restart_at else { return Ok(0) };
        self.watch_resync(at);
        if self.now <= at && self.now.plus(super::RESYNC) > at {
            self.after.push(at.since(self.now));
        }
        let restarted = self.rollout.status.restarted_at.is_some_and(|done| whole_seconds(done) == whole_seconds(at));
        if restarted || self.now <= at {
            return Ok(0);
        }
        let sets = self.sets_by_priority();
        let selector = self.rollout.spec.selector.as_ref();
        let owned = |pod: &&Pod| {
            let owners = &pod.metadata.owner_references;
            selector::matches(selector, &pod.metadata.labels)
                && owners.iter().any(|owner| sets.iter().any(|set| set.metadata.uid == owner.uid))
        };
        let mut pods: Vec<&Pod> = self.world.pods.iter().filter(owned).collect();
        pods.sort_by(|a, b| a.listed.cmp(&b.listed));
        let total = sets.iter().fold(0i32, |sum, set| sum.wrapping_add(set.desired()));
        let min_ready = self.rollout.spec.min_ready_seconds;
        let ready = pods.iter().filter(|pod| pod.metadata.deletion_timestamp.is_none() && is_available(pod, min_ready, self.now)).count();
        let concurrent = replicas::max_unavailable(&self.rollout).max(1);
        let least = self.rollout.replicas().max(total).wrapping_sub(concurrent);
        let mut budget = i32::try_from(ready).unwrap_or(i32::MAX).wrapping_sub(least);
        let mut needed = 0usize;
        let mut evicted: Vec<String> = Vec::new();
        for pod in pods {
            if pod.metadata.creation_timestamp.is_some_and(|created| created >= at) {
                continue;
            }
            needed += 1;
            if budget > 0 && pod.metadata.deletion_timestamp.is_none() {
                evicted.push(pod.metadata.name.to_string());
                budget -= 1;
            }
        }
        self.world.dirty |= !evicted.is_empty();
        for name in &evicted {
            self.world.pods.retain(|pod| pod.metadata.name != *name);
            self.world.evicted.push(name.clone());
            self.world.note(|| Action::Evict { name: name.clone() });
        }
        if needed == evicted.len() {
            self.status.restarted_at = self.rollout.spec.restart_at;
        } else {
            self.after.push(CHECK_AGAIN);
        }
        Ok(evicted.len())
    }

    /// Stable, new, then older ones by age.
    fn sets_by_priority(&self) -> Sets {
        let mut sets = self.all.clone();
        let name = |set: &Option<Set>| set.as_ref().map(|set| set.metadata.name.clone());
        let (stable, new) = (name(&self.stable), name(&self.new));
        let rank = |set: &Set| {
            let name = Some(set.metadata.name.clone());
            (name != stable, name != new, set.metadata.creation_timestamp)
        };
        sets.sort_by_key(rank);
        sets
    }
}
