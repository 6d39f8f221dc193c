//! One `Reconcile` of a set.

use std::collections::BTreeSet;

use super::{policy::Policy, requeue, validity, write::Cluster};
use crate::{
    Result, Value,
    argocd::appset::{
        conditions::{SetCondition, Status, Statuses},
        generate::{Generated, generate},
        inventory::Inventory,
        live,
        set::ApplicationSet,
        steps::{self, Clock},
    },
};

const REQUEUE_AFTER_ERROR: i64 = 180;

/// How a pass ended.
#[derive(Debug)]
pub(super) struct Pass {
    pub(super) cluster: Cluster,
    pub(super) conditions: Vec<SetCondition>,
    /// Absent where the controller returns an error, which it retries on its own.
    pub(super) requeue: Option<i64>,
    /// The controller's error.
    pub(super) error: Option<String>,
    pub(super) generated: Generated,
}

/// A set's pass over a cluster.
#[derive(Debug)]
pub(super) struct Reconciler<'r> {
    pub(super) set: &'r ApplicationSet,
    pub(super) inventory: &'r Inventory,
    pub(super) clock: Clock,
}

enum End {
    /// Nothing more to do; look again after so many seconds.
    Requeue(i64),
    Error(String),
}

impl Reconciler<'_> {
    pub(super) fn run(&self, applications: &[Value]) -> Result<Pass> {
        let status = Status::read(self.set);
        let mut statuses = Statuses { local: status.clone(), cluster: status };
        for status in [&mut statuses.local, &mut statuses.cluster] {
            for entry in &mut status.applications {
                entry.target_revisions.get_or_insert_default();
            }
        }
        let mut cluster = Cluster { applications: applications.to_vec(), ..Cluster::default() };
        let generated = generate(self.set, self.inventory, false)?;
        let end = if generated.needs.is_empty() { self.apply(&generated, &mut statuses, &mut cluster)? } else { End::Requeue(0) };
        let (requeue, error) = match end {
            End::Requeue(seconds) => (Some(seconds), None),
            End::Error(error) => (None, Some(error)),
        };
        Ok(Pass { cluster, conditions: statuses.cluster.conditions, requeue, error, generated })
    }

    fn apply(&self, generated: &Generated, statuses: &mut Statuses, cluster: &mut Cluster) -> Result<End> {
        let rolling = steps::is_rolling(self.set);
        if generated.upstream.failed {
            let message = generated.upstream.error.clone().unwrap_or_default();
            let reason = generated.upstream.reason.as_deref().unwrap_or_default();
            if reason == "panic" {
                return Ok(End::Error(message));
            }
            statuses.condition(rolling, &[SetCondition::error(reason, message)], false);
            return Ok(End::Requeue(REQUEUE_AFTER_ERROR));
        }
        let mut applications =
            generated.applications.iter().map(|application| live::decode(&application.value)).collect::<Result<Vec<Value>>>()?;
        for application in &mut applications {
            live::metadata_mut(application).insert("namespace".into(), Value::from(live::namespace_of(self.set)));
        }
        let errors = validity::errors(self.set, self.inventory, &applications);
        let may = match self.progress(statuses, cluster, &applications) {
            Ok(may) => may,
            Err(end) => return Ok(end),
        };
        if let Some(message) = errors.values().last() {
            let message = if errors.len() > 1 { format!("{message} (and {} more)", errors.len() - 1) } else { message.clone() };
            statuses.condition(rolling, &[SetCondition::error("ApplicationValidationError", message)], true);
        }
        for application in &applications {
            if let Some(error) = errors.get(&validity::qualified(application)) {
                cluster.reason(live::name(application), format!("the generated one is refused: {error}"));
            }
        }
        let mut valid: Vec<Value> =
            applications.iter().filter(|application| !errors.contains_key(&validity::qualified(application))).cloned().collect();
        if self.inventory.settings.progressive_syncs && steps::is_enabled(self.set) {
            valid = steps::desired_to_write(&statuses.local, &may, &valid);
        }
        valid.sort_by(|a, b| live::name(a).cmp(live::name(b)));
        if let Err((reason, message)) = self.write(cluster, &valid) {
            statuses.condition(rolling, &[SetCondition::error(reason, message.as_str())], true);
            return Ok(End::Error(message));
        }
        let policy = Policy::of(self.set, self.inventory);
        let names: BTreeSet<&str> = applications.iter().map(live::name).collect();
        if policy.delete {
            cluster.delete(self.set, self.inventory, &names);
        } else {
            cluster.spare(self.set, &names, policy.name());
        }
        // writing status.resources reads the set again
        statuses.local = statuses.cluster.clone();
        let requeue = requeue::seconds(self.set);
        if errors.is_empty() {
            let fine =
                SetCondition::new("ResourcesUpToDate", true, "ApplicationSetUpToDate", "All applications have been generated successfully");
            statuses.condition(rolling, &[fine], true);
            return Ok(End::Requeue(requeue));
        }
        Ok(End::Requeue(if requeue == 0 { REQUEUE_AFTER_ERROR } else { requeue }))
    }

    fn progress(&self, statuses: &mut Statuses, cluster: &Cluster, applications: &[Value]) -> Result<BTreeSet<String>, End> {
        if !self.inventory.settings.progressive_syncs || !steps::is_rolling(self.set) {
            if !statuses.local.applications.is_empty() {
                statuses.applications(&[]);
            }
            return Ok(BTreeSet::new());
        }
        if !steps::is_enabled(self.set) {
            let error = SetCondition::error("ApplicationSetRolloutError", "No steps defined for rollout");
            statuses.condition(true, &[error], true);
            return Err(End::Requeue(REQUEUE_AFTER_ERROR));
        }
        // upstream works on a copy: only the cluster sees what it decides
        let mut inner = statuses.clone();
        let performed = steps::perform(self.set, &mut inner, &cluster.current(self.set), applications, self.clock);
        statuses.cluster = inner.cluster;
        performed.map(|performed| performed.may).map_err(End::Error)
    }

    fn write(&self, cluster: &mut Cluster, valid: &[Value]) -> Result<(), (&'static str, String)> {
        let policy = Policy::of(self.set, self.inventory);
        if policy.update {
            return cluster.create_or_update(self.set, self.inventory, valid).map_err(|error| ("UpdateApplicationError", error));
        }
        let current = cluster.current(self.set);
        let current: BTreeSet<&str> = current.iter().map(live::name).collect();
        self.note_unwritten(cluster, valid, policy);
        let new: Vec<Value> = valid.iter().filter(|application| !current.contains(live::name(application))).cloned().collect();
        cluster.create_or_update(self.set, self.inventory, &new).map_err(|error| ("CreateApplicationError", error))
    }

    /// Says which live Applications would change if the policy let them.
    fn note_unwritten(&self, cluster: &mut Cluster, valid: &[Value], policy: Policy) {
        let mut tried = cluster.clone();
        if tried.create_or_update(self.set, self.inventory, valid).is_ok() {
            for name in &tried.updated {
                cluster.reason(name, format!("it differs from the generated one, but the policy {} forbids updates", policy.name()));
            }
        }
    }

    /// The set is being deleted.
    pub(super) fn delete(&self, applications: &[Value]) -> Cluster {
        let mut cluster = Cluster { applications: applications.to_vec(), ..Cluster::default() };
        if !Policy::of(self.set, self.inventory).delete {
            cluster.release(self.set);
        }
        let reversed = self.set.text("/spec/strategy/deletionOrder").eq_ignore_ascii_case("Reverse");
        if reversed && steps::is_enabled(self.set) {
            let current = cluster.current(self.set);
            let (list, _) = steps::build(self.set, &current);
            let last = list.step_of.iter().max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0)));
            if let Some(application) = last.and_then(|(name, _)| current.iter().find(|application| live::name(application) == name)) {
                cluster.remove(application);
            }
        }
        cluster
    }
}
