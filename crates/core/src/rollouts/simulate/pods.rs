//! The toy ReplicaSet controller: it makes and takes pods, and each is ready after a while.

use std::sync::Arc;

use smol_str::format_smolstr;

use super::{Simulation, moment};
use crate::{
    Error, Result,
    rollouts::{
        reconcile::{
            revision::set_template_label,
            world::{Pod as Shown, Set},
        },
        spec::{ObjectMeta, OwnerReference, POD_TEMPLATE_HASH, ReplicaSetStatus, template_annotations, template_labels},
    },
};

/// More pods than this are refused.
const MOST: usize = 50_000;

#[derive(Debug, Clone)]
struct Pod {
    number: u64,
    created: i64,
    /// Never without.
    ready_at: Option<i64>,
    ready_since: Option<i64>,
    /// Its labels and annotations, once the controller has looked at them.
    metadata: Option<Arc<ObjectMeta>>,
}

/// The pods of a ReplicaSet, oldest first.
#[derive(Debug, Default)]
pub(super) struct Pods {
    made: u64,
    all: Vec<Pod>,
}

impl Pods {
    /// Takes the surplus away: the youngest that is not ready, else the youngest.
    fn shrink(&mut self, size: usize, ready: impl Fn(usize, &Pod) -> bool) {
        while self.all.len() > size {
            let idle = (0..self.all.len()).rev().find(|at| self.all.get(*at).is_some_and(|pod| !ready(*at, pod)));
            self.all.remove(idle.unwrap_or(self.all.len() - 1));
        }
    }
}

impl Simulation {
    /// The role of a ReplicaSet by name, "" before it has one.
    pub(super) fn role(&self, set: &str) -> &str {
        self.roles.sets.get(set).map_or("", String::as_str)
    }

    pub(super) fn of_experiment(&self, set: &Set) -> bool {
        set.metadata.owner_references.iter().any(|owner| owner.controller == Some(true) && owner.kind == "Experiment")
    }

    /// Gives new ReplicaSets their roles.
    pub(super) fn number(&mut self) {
        if self.roles.sets.len() == self.world.replica_sets.len()
            && self.world.replica_sets.iter().all(|set| self.roles.sets.contains_key(&set.metadata.name))
        {
            return;
        }
        let fresh = |set: &&Set| !self.roles.sets.contains_key(&set.metadata.name);
        let mut sets: Vec<Set> = self.world.replica_sets.iter().filter(fresh).cloned().collect();
        sets.sort_by(|a, b| (a.metadata.creation_timestamp, &a.metadata.name).cmp(&(b.metadata.creation_timestamp, &b.metadata.name)));
        for set in sets {
            let name = set.metadata.name.clone();
            if self.of_experiment(&set) {
                self.roles.experiment += 1;
                let role = format!("x{}", self.roles.experiment);
                let token = self.roles.tokens.entry(set.hash().to_owned()).or_insert_with(|| role.as_str().into()).clone();
                self.relabel(&name, &token);
                self.roles.sets.insert(name, role);
            } else {
                self.roles.rollout += 1;
                self.roles.tokens.entry(self.template.hash.clone()).or_insert_with(|| set.hash().into());
                self.roles.sets.insert(name, format!("r{}", self.roles.rollout));
            }
        }
    }

    /// Lets a ReplicaSet of an Experiment carry its hash's role.
    fn relabel(&mut self, name: &str, token: &str) {
        let Some(set) = self.world.replica_sets.iter_mut().find(|set| set.metadata.name == name) else { return };
        let set = Arc::make_mut(set);
        set.metadata.labels.insert(POD_TEMPLATE_HASH.into(), token.to_owned());
        set_template_label(Arc::make_mut(&mut set.spec.template), POD_TEMPLATE_HASH, token);
        if let Some(selector) = &mut set.spec.selector {
            selector.match_labels.insert(POD_TEMPLATE_HASH.into(), token.to_owned());
        }
    }

    /// Brings pods to the wanted number; whether anything changed.
    pub(super) fn run_pods(&mut self) -> Result<bool> {
        self.number();
        let now = self.now;
        let mut changed = false;
        let mut total = 0usize;
        for set in &mut self.world.replica_sets {
            let role = self.roles.sets.get(&set.metadata.name).map_or("", String::as_str);
            let want = usize::try_from(set.desired()).unwrap_or(0);
            total = total.saturating_add(want);
            if total > MOST {
                return Err(Error::limit(format!("more than {MOST} pods")));
            }
            let limit = self.scenario.limits.get(role).map_or(usize::MAX, |limit| usize::try_from(*limit).unwrap_or(0));
            if !self.pods.contains_key(&set.metadata.name) {
                self.pods.insert(set.metadata.name.clone(), Pods::default());
            }
            let Some(pods) = self.pods.get_mut(&set.metadata.name) else { continue };
            let is_ready = |at: usize, pod: &Pod| at < limit && pod.ready_at.is_some_and(|ready| ready <= now);
            if pods.all.len() > want {
                pods.shrink(want, is_ready);
                changed = true;
            }
            while pods.all.len() < want {
                let delay = match self.scenario.ready_rules.get(role) {
                    _ if self.instant => Some(0),
                    Some(rule) => *rule,
                    None => self.scenario.ready_after,
                };
                pods.made += 1;
                let ready_at = delay.map(|delay| now.saturating_add(delay));
                pods.all.push(Pod { number: pods.made, created: now, ready_at, ready_since: None, metadata: None });
                changed = true;
            }
            let settle = i64::from(set.spec.min_ready_seconds);
            let (mut ready, mut available) = (0, 0);
            for (at, pod) in pods.all.iter_mut().enumerate() {
                if !is_ready(at, pod) {
                    pod.ready_since = None;
                    continue;
                }
                pod.ready_since.get_or_insert(now);
                ready += 1;
                if pod.ready_at.is_some_and(|at| at.saturating_add(settle) <= now) {
                    available += 1;
                }
            }
            let count = i32::try_from(pods.all.len()).unwrap_or(i32::MAX);
            let status = &set.status;
            let known = (status.replicas, status.ready_replicas, status.available_replicas, status.observed_generation);
            if known != (count, ready, available, set.metadata.generation) || status.fully_labeled_replicas != count {
                let set = Arc::make_mut(set);
                set.status = ReplicaSetStatus {
                    replicas: count,
                    fully_labeled_replicas: count,
                    ready_replicas: ready,
                    available_replicas: available,
                    observed_generation: set.metadata.generation,
                    conditions: Vec::new(),
                };
                changed = true;
            }
        }
        if self.pods.len() > self.world.replica_sets.len() {
            let sets = &self.world.replica_sets;
            self.pods.retain(|name, _| sets.iter().any(|set| set.metadata.name == *name));
        }
        Ok(changed)
    }

    /// When a pod is next ready or available.
    pub(super) fn next_pod(&self) -> Option<i64> {
        let mut best = None::<i64>;
        for set in &self.world.replica_sets {
            let Some(pods) = self.pods.get(&set.metadata.name) else { continue };
            for ready in pods.all.iter().filter_map(|pod| pod.ready_at) {
                for at in [ready, ready.saturating_add(i64::from(set.spec.min_ready_seconds))] {
                    if at > self.now && best.is_none_or(|best| at < best) {
                        best = Some(at);
                    }
                }
            }
        }
        best
    }

    /// Whether the controller changes pods' metadata.
    pub(super) fn labels_pods(&self) -> bool {
        let rollout = &self.world.rollout;
        rollout.canary().is_some_and(|canary| canary.canary_metadata.is_some() || canary.stable_metadata.is_some())
            || rollout.blue_green().is_some_and(|strategy| strategy.active_metadata.is_some() || strategy.preview_metadata.is_some())
    }

    /// Whether the controller restarts pods.
    pub(super) fn restarts_pods(&self) -> bool {
        let rollout = &self.world.rollout;
        rollout.spec.restart_at.is_some() && rollout.spec.restart_at != rollout.status.restarted_at
    }

    /// Shows the controller the pods, when it is going to look at them.
    pub(super) fn show_pods(&mut self) {
        self.world.pods.clear();
        self.world.evicted.clear();
        if !self.labels_pods() && !self.restarts_pods() {
            return;
        }
        for set in &self.world.replica_sets {
            let listed = self.listed(&set.metadata.name);
            let owner = OwnerReference {
                api_version: "apps/v1".into(),
                kind: "ReplicaSet".into(),
                name: set.metadata.name.clone(),
                uid: set.metadata.uid.clone(),
                controller: Some(true),
                block_owner_deletion: Some(true),
            };
            let texts = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
            for pod in self.pods.get(&set.metadata.name).into_iter().flat_map(|pods| &pods.all) {
                let metadata = match &pod.metadata {
                    Some(metadata) => (**metadata).clone(),
                    None => ObjectMeta {
                        name: format_smolstr!("{}-{}", set.metadata.name, pod.number),
                        namespace: set.metadata.namespace.clone(),
                        uid: format_smolstr!("uid-pod-{}-{}", set.metadata.name, pod.number),
                        creation_timestamp: Some(moment(pod.created)),
                        labels: template_labels(&set.spec.template).map(texts).collect(),
                        annotations: template_annotations(&set.spec.template).map(texts).collect(),
                        owner_references: vec![owner.clone()],
                        ..ObjectMeta::default()
                    },
                };
                let listed = format_smolstr!("{listed}-{}", pod.number);
                self.world.pods.push(Shown { metadata, ready: pod.ready_since.map(|since| Some(moment(since))), listed });
            }
        }
    }

    /// The name of a ReplicaSet with the hash that its role stands for.
    fn listed(&self, set: &str) -> String {
        let token = set.rsplit_once('-');
        let found = token.and_then(|(stem, token)| {
            let hash = self.roles.tokens.iter().filter(|(_, role)| **role == token).map(|(hash, _)| hash).min()?;
            Some(format!("{stem}-{hash}"))
        });
        found.unwrap_or_else(|| set.to_owned())
    }

    /// What the controller did to the pods.
    pub(super) fn take_pods(&mut self) {
        for name in &self.world.evicted {
            let Some((set, number)) = name.rsplit_once('-') else { continue };
            if let (Some(pods), Ok(number)) = (self.pods.get_mut(set), number.parse::<u64>()) {
                pods.all.retain(|pod| pod.number != number);
            }
        }
        if self.labels_pods() {
            for shown in &self.world.pods {
                let Some((set, number)) = shown.metadata.name.rsplit_once('-') else { continue };
                let pods = self.pods.get_mut(set).into_iter().flat_map(|pods| &mut pods.all);
                if let Some(pod) = pods.into_iter().find(|pod| number.parse() == Ok(pod.number)) {
                    pod.metadata = Some(Arc::new(shown.metadata.clone()));
                }
            }
        }
    }
}
