//! The Experiment controller, as far as a rollout sees it.

mod analyses;
mod status;

use crate::rollouts::objects::AtPath;
use std::{collections::BTreeMap, sync::Arc};

use smol_str::format_smolstr;

use super::Simulation;
use crate::{
    Value,
    rollouts::{
        hashes,
        reconcile::{
            analysis_runs,
            context::{controller_uid, whole_seconds},
            revision::set_template_label,
            scaling::{self, DEADLINE},
            world::{Set, World},
        },
        spec::{
            Experiment, ExperimentStatus, ObjectMeta, OwnerReference, POD_TEMPLATE_HASH, ReplicaSet, Service, ServiceSpec, TemplateSpec,
            TemplateStatus, Time, template_labels,
        },
    },
};
use status::{deadline_seconds, duration_left, template_completed, template_status, terminating, valid, wanted};

const SECOND: i64 = 1_000_000_000;
const NAME: &str = "experiment.argoproj.io/name";
const TEMPLATE: &str = "experiment.argoproj.io/template-name";
const SCALE_DOWN_DELAY: i32 = 30;

fn owner(experiment: &Experiment) -> OwnerReference {
    OwnerReference { kind: "Experiment".into(), ..analysis_runs::owner(&experiment.metadata) }
}

fn marks(experiment: &Experiment, template: &str) -> BTreeMap<String, String> {
    BTreeMap::from([(NAME.into(), experiment.metadata.name.to_string()), (TEMPLATE.into(), template.to_owned())])
}

/// One reconcile of one Experiment.
struct Pass<'a> {
    world: &'a mut World,
    experiment: &'a Experiment,
    terminating: bool,
    status: ExperimentStatus,
    now: Time,
    /// Delays after which to look again.
    after: Vec<i64>,
}

impl Pass<'_> {
    fn owns(&self, metadata: &ObjectMeta, template: &str) -> bool {
        controller_uid(metadata) == Some(self.experiment.metadata.uid.as_str())
            && metadata.annotations.get(NAME).is_some_and(|name| *name == self.experiment.metadata.name)
            && metadata.annotations.get(TEMPLATE).is_some_and(|name| name == template)
    }

    fn set(&self, template: &str) -> Option<Set> {
        self.world.replica_sets.iter().find(|set| self.owns(&set.metadata, template)).cloned()
    }

    fn create_set(&mut self, template: &TemplateSpec) -> Set {
        let mut pods = template.template.clone();
        if let Some(labels) = pods.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
            labels.shift_remove(POD_TEMPLATE_HASH);
        }
        // The role that stands for this hash is put in when the ReplicaSet gets its own.
        let hash = hashes::pod_template_json(&pods).map(|json| hashes::hash_pod_template(&json, None)).unwrap_or_default();
        set_template_label(&mut pods, POD_TEMPLATE_HASH, &hash);
        let mut set = ReplicaSet::default();
        set.metadata.name = format_smolstr!("{}-{}", self.experiment.metadata.name, template.name);
        set.metadata.namespace.clone_from(&self.experiment.metadata.namespace);
        set.metadata.uid = format_smolstr!("uid-replicaset-{}", set.metadata.name);
        set.metadata.creation_timestamp = Some(whole_seconds(self.now));
        set.metadata.generation = 1;
        set.metadata.labels = template_labels(&pods).map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        set.metadata.annotations = marks(self.experiment, &template.name);
        set.metadata.owner_references = vec![owner(self.experiment)];
        set.spec.replicas = Some(0);
        set.spec.min_ready_seconds = template.min_ready_seconds;
        let mut selector = template.selector.clone().unwrap_or_default();
        selector.match_labels.insert(POD_TEMPLATE_HASH.into(), hash);
        set.spec.selector = Some(selector);
        set.spec.template = Arc::new(pods);
        let set = Arc::new(set);
        self.world.dirty = true;
        self.world.replica_sets.push(Arc::clone(&set));
        set
    }

    fn store(&mut self, set: &Set, edit: impl FnOnce(&mut ReplicaSet)) {
        let mut copy = (**set).clone();
        edit(&mut copy);
        self.world.store_set(copy);
    }

    fn template(&mut self, template: &TemplateSpec) {
        let now = self.now;
        let before = template_status(&self.experiment.status, &template.name).cloned();
        let before = before.unwrap_or_else(|| TemplateStatus { name: template.name.clone(), ..TemplateStatus::default() });
        let mut status = before.clone();
        let desired = wanted(self.experiment, &self.experiment.status, template);
        match self.set(&template.name) {
            None => {
                self.create_set(template);
                status.last_transition_time = Some(now);
            }
            Some(set) => {
                self.template_service(template, &mut status, &set, desired);
                if desired == 0 {
                    self.delay_scale_down(&set);
                }
                let set = self.set(&template.name).unwrap_or(set);
                if set.desired() != desired {
                    self.scale(&set, template, desired);
                    status.last_transition_time = Some(now);
                }
            }
        }
        let set = self.set(&template.name).map(|set| set.status.clone()).unwrap_or_default();
        (status.replicas, status.updated_replicas) = (set.replicas, set.replicas);
        (status.ready_replicas, status.available_replicas) = (set.ready_replicas, set.available_replicas);
        let counts = |status: &TemplateStatus| (status.replicas, status.updated_replicas, status.ready_replicas, status.available_replicas);
        if counts(&before) != counts(&status) {
            status.last_transition_time = Some(now);
        }
        if !template_completed(&status.status) {
            self.judge_template(template, &mut status, desired);
        }
        match self.status.template_statuses.iter_mut().find(|known| known.name == status.name) {
            Some(known) => *known = status,
            None => self.status.template_statuses.push(status),
        }
    }

    fn judge_template(&self, template: &TemplateSpec, status: &mut TemplateStatus, desired: i32) {
        let now = self.now;
        if desired == status.available_replicas {
            let passed = duration_left(self.experiment, &self.experiment.status, now).is_some_and(|left| left < 0);
            status.status = if passed || self.terminating { "Successful" } else { "Running" }.into();
            return;
        }
        let seconds = deadline_seconds(self.experiment);
        let deadline = status.last_transition_time.unwrap_or(now).plus(i64::from(seconds) * SECOND);
        if now > deadline {
            status.status = "Failed".into();
            status.message = format!("Template '{}' exceeded its progressDeadlineSeconds ({seconds})", template.name);
        } else {
            status.status = if self.terminating { "Successful" } else { "Progressing" }.into();
        }
    }

    fn template_service(&mut self, template: &TemplateSpec, status: &mut TemplateStatus, set: &Set, desired: i32) {
        let known = self.world.services.iter().find(|service| self.owns(&service.metadata, &template.name));
        let known = known.map(|service| service.metadata.name.clone());
        let remove = |pass: &mut Self, status: &mut TemplateStatus| {
            let Some(name) = &known else { return };
            pass.world.services.retain(|service| service.metadata.name != *name);
            pass.world.dirty = true;
            status.service_name.clear();
            status.pod_template_hash.clear();
        };
        let Some(wanted) = &template.service else { return remove(self, status) };
        if desired == 0 {
            if set.status.available_replicas == 0 {
                remove(self, status);
            }
            return;
        }
        let containers = set.spec.template.at_path("/spec/containers").and_then(Value::as_array);
        let port = |container: &Value| container.get("ports").and_then(Value::as_array).is_some_and(|ports| !ports.is_empty());
        if known.as_ref().is_some_and(|known| *known == set.metadata.name) || !containers.is_some_and(|all| all.iter().any(port)) {
            return;
        }
        let name = if wanted.name.is_empty() { set.metadata.name.to_string() } else { wanted.name.clone() };
        let namespace = &self.experiment.metadata.namespace;
        let existing = self.world.services.iter();
        match existing.clone().find(|service| service.metadata.name == name && service.metadata.namespace == *namespace) {
            Some(service) if !self.owns(&service.metadata, &template.name) => {
                status.status = "Error".into();
                status.message = format!(
                    "Failed to create Service {name} for template '{0}': service {name} already exists and is not owned by experiment template {0}",
                    template.name
                );
                return;
            }
            Some(_) => {}
            None => {
                let metadata = ObjectMeta {
                    name: name.as_str().into(),
                    namespace: namespace.clone(),
                    annotations: marks(self.experiment, &template.name),
                    owner_references: vec![owner(self.experiment)],
                    ..ObjectMeta::default()
                };
                self.world.services.push(Arc::new(Service { metadata, spec: ServiceSpec { selector: set.metadata.labels.clone() } }));
                self.world.dirty = true;
            }
        }
        status.service_name = name;
        set.hash().clone_into(&mut status.pod_template_hash);
    }

    fn delay_scale_down(&mut self, set: &Set) {
        let seconds = self.experiment.spec.scale_down_delay_seconds.unwrap_or(SCALE_DOWN_DELAY);
        if (seconds == 0) != scaling::has_deadline(set) {
            return;
        }
        let deadline = self.now.plus(i64::from(seconds) * SECOND).wire();
        self.store(set, |set| {
            if seconds == 0 {
                set.metadata.annotations.remove(DEADLINE);
            } else {
                set.metadata.annotations.insert(DEADLINE.into(), deadline);
            }
        });
    }

    fn scale(&mut self, set: &Set, template: &TemplateSpec, mut desired: i32) {
        if desired == 0
            && let Ok(Some(left)) = scaling::remaining_delay(set, self.now)
        {
            if left < crate::rollouts::reconcile::RESYNC {
                self.after.push(left);
            }
            desired = template.replicas.unwrap_or(1);
        }
        if set.desired() != desired {
            self.store(set, |set| set.spec.replicas = Some(desired));
        }
    }
}

/// Times as the API server stores them.
fn round(status: &mut ExperimentStatus) {
    status.available_at = status.available_at.map(whole_seconds);
    for template in &mut status.template_statuses {
        template.last_transition_time = template.last_transition_time.map(whole_seconds);
    }
}

impl Simulation {
    /// Every Experiment once, by name.
    pub(super) fn reconcile_experiments(&mut self) {
        let now = self.clock();
        self.world.experiments.sort_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
        for experiment in self.world.experiments.clone() {
            if !valid(&experiment) {
                continue;
            }
            let mut pass = Pass {
                world: &mut self.world,
                experiment: &experiment,
                terminating: terminating(&experiment, &experiment.status),
                status: experiment.status.clone(),
                now,
                after: Vec::new(),
            };
            for template in &experiment.spec.templates {
                pass.template(template);
            }
            for analysis in &experiment.spec.analyses {
                pass.analysis(analysis);
            }
            pass.judge();
            let next = pass.next();
            let (mut status, after) = (pass.status, pass.after);
            for delay in after.into_iter().chain(next) {
                self.wake(delay);
            }
            round(&mut status);
            let stored = self.world.experiments.iter_mut().find(|stored| stored.metadata.name == experiment.metadata.name);
            if let Some(stored) = stored.filter(|stored| stored.status != status) {
                Arc::make_mut(stored).status = status;
                self.world.dirty = true;
            }
        }
    }
}
