//! The world before anything happens.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use smol_str::format_smolstr;

use super::{Roles, Simulation, Template, moment, references, scenario::Scenario};
use crate::{
    Error, Result, Value,
    rollouts::{
        hashes,
        objects::text,
        reconcile::{
            answer,
            workload::{self, Workload},
            world::World,
        },
        spec::{self, AnalysisTemplate, Reading, RolloutStatus, Service, normalize},
        status::WORKLOAD_GENERATION,
    },
};

fn put(world: &mut World, object: &Value, namespace: &str, now: i64) -> Result<()> {
    let (kind, name) = (text(object, "/kind"), text(object, "/metadata/name"));
    if name.is_empty() {
        return Err(Error::invalid("object without name"));
    }
    let taken = || Err(Error::invalid(format!("{kind} \"{name}\" already exists")));
    match kind {
        "Service" => {
            let service = answer::service(object, namespace, moment(now))?;
            let same = |other: &Arc<Service>| {
                (&other.metadata.name, &other.metadata.namespace) == (&service.metadata.name, &service.metadata.namespace)
            };
            if world.services.iter().any(same) {
                return taken();
            }
            world.services.push(Arc::new(service));
        }
        "AnalysisTemplate" | "ClusterAnalysisTemplate" => {
            let template: AnalysisTemplate = spec::read("AnalysisTemplate", object, Reading::Lenient)?;
            let shelf = if kind == "AnalysisTemplate" { &mut world.templates } else { &mut world.cluster_templates };
            if Arc::make_mut(shelf).insert(name.to_owned(), Ok(Arc::new(template))).is_some() {
                return taken();
            }
        }
        "Ingress" | "VirtualService" | "DestinationRule" | "TrafficSplit" | "TraefikService" | "ApisixRoute" | "Mapping"
        | "VirtualRouter" | "VirtualNode" => {
            let object = answer::routed(kind, object, namespace);
            if world.objects.get(kind, text(&object, "/metadata/namespace"), name).is_some() {
                return taken();
            }
            world.objects.insert(object, false);
        }
        "Deployment" | "ReplicaSet" | "PodTemplate" => {
            let workload = Workload::read(object, namespace)?;
            let mut workload =
                workload.ok_or_else(|| Error::invalid(format!("unsupported {kind} of {:?}", text(object, "/apiVersion"))))?;
            workload.generation = workload.generation.max(1);
            let same = |other: &Arc<Workload>| {
                (&other.kind, &other.name, &other.namespace) == (&workload.kind, &workload.name, &workload.namespace)
            };
            if world.workloads.iter().any(same) {
                return taken();
            }
            world.workloads.push(Arc::new(workload));
        }
        _ => return Err(Error::invalid(format!("unsupported object kind {kind:?}"))),
    }
    Ok(())
}

/// A cluster with what the scenario lists and what the Rollout refers to, but not yet the Rollout.
pub(super) fn set_up(rollout: &Value, scenario: Scenario) -> Result<Simulation> {
    let document = normalize("Rollout", rollout, Reading::Lenient)?;
    let mut rollout = answer::stored(document.clone())?;
    rollout.status = RolloutStatus::default();
    let metadata = &mut rollout.metadata;
    if metadata.name.is_empty() {
        return Err(Error::invalid("rollout has no name"));
    }
    if metadata.namespace.is_empty() {
        metadata.namespace = "default".into();
    }
    let namespace = metadata.namespace.clone();
    let mut world = World::default();
    for object in &scenario.objects {
        put(&mut world, object, &namespace, scenario.start)?;
    }
    for object in references::plain_objects(&rollout) {
        let same = |other: &Value| other["kind"] == object["kind"] && other["metadata"]["name"] == object["metadata"]["name"];
        let path = format!("{}/{}", text(&object, "/kind"), text(&object, "/metadata/name"));
        if !scenario.objects.iter().any(same) && !scenario.missing.contains(&path) {
            put(&mut world, &object, &namespace, scenario.start)?;
        }
    }
    world.services.sort_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
    world.rollout = rollout;
    Ok(Simulation {
        now: scenario.start,
        world,
        scenario,
        document,
        template: Template::default(),
        roles: Roles::default(),
        pods: BTreeMap::new(),
        watched: BTreeMap::new(),
        wakes: BTreeSet::new(),
        retry: None,
        error: String::new(),
        timeline: Vec::new(),
        touched: true,
        faults: super::faults::Checked::default(),
        unknown: None,
        recording: false,
        rests_until: None,
        instant: false,
        unsettled: false,
    })
}

impl Simulation {
    /// The Rollout appears.
    pub(super) fn create(&mut self) -> Result<()> {
        let metadata = &mut self.world.rollout.metadata;
        metadata.generation = 1;
        if metadata.uid.is_empty() {
            metadata.uid = format_smolstr!("uid-rollout-{}", metadata.name);
        }
        metadata.creation_timestamp.get_or_insert(moment(self.now));
        self.tell_workload();
        self.derive()
    }

    /// Changes the workload that the Rollout refers to, if it does so.
    pub(super) fn edit_workload(&mut self, edit: impl FnOnce(&mut Value)) -> Result<()> {
        let rollout = &self.world.rollout;
        let Some(reference) = &rollout.spec.workload_ref else { return Ok(()) };
        let namespace = &rollout.metadata.namespace;
        let Some(workload) = self.world.workloads.iter_mut().find(|workload| workload.is(reference, namespace)) else { return Ok(()) };
        let mut changed = (**workload).clone();
        if let Some(template) = &mut changed.template {
            edit(template);
        }
        if changed != **workload {
            changed.generation = changed.generation.saturating_add(1);
            *workload = Arc::new(changed);
        }
        self.tell_workload();
        self.derive()
    }

    /// The controller's watch on workloads (`updateRolloutsReferenceAnnotation`): the Rollout carries the
    /// generation. True when it had another.
    pub(super) fn tell_workload(&mut self) -> bool {
        let rollout = &mut self.world.rollout;
        let Some(reference) = &rollout.spec.workload_ref else { return false };
        let namespace = &rollout.metadata.namespace;
        let Some(workload) = self.world.workloads.iter().find(|workload| workload.is(reference, namespace)) else { return false };
        let generation = workload.generation.to_string();
        if rollout.metadata.annotations.get(WORKLOAD_GENERATION) == Some(&generation) {
            return false;
        }
        rollout.metadata.annotations.insert(WORKLOAD_GENERATION.into(), generation);
        true
    }

    /// What follows from the spec.
    pub(super) fn derive(&mut self) -> Result<()> {
        let rollout = &self.world.rollout;
        let resolved = workload::resolve(rollout, &self.world.workloads).ok().flatten();
        let template = resolved.as_ref().map_or(&rollout.spec.template, |(spec, _)| &spec.template);
        self.template = Template { json: hashes::pod_template_json(template)?, ..Template::default() };
        self.world.hashes.steps = hashes::steps(rollout)?.into();
        self.world.forget_verdicts();
        Ok(())
    }
}
